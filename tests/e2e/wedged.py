"""``digest`` whose event loop hangs for good on SIGUSR1, and that is patient with that for three seconds only."""

from __future__ import annotations

import signal
import time

from digest.cli.main import main
from digest.engine import vitals

if __name__ == "__main__":
    vitals.LOOP_SILENT = 3.0
    signal.signal(signal.SIGUSR1, lambda _number, _frame: time.sleep(3600))
    main()
