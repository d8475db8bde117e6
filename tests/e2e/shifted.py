"""``digest`` under a wall clock that a test moves while it runs: ``python -m tests.e2e.shifted SHIFT_FILE run ...``.

What the nursery starts follows the file that the variable ``DIGEST_TEST_SHIFT`` names.

The file says by how many seconds the clock is wrong. The steady clock is left alone, as when a machine sleeps or its
clock is set.
"""

from __future__ import annotations

import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine

VARIABLE = "DIGEST_TEST_SHIFT"


def shift_clock(file: Path) -> None:
    """Let this process go by the clock that the file sets."""
    clock = time_machine.travel(datetime.now(UTC), tick=True).start()

    def follow() -> None:
        shift = 0.0
        while True:
            wanted = float(file.read_text() or shift)
            if wanted != shift:
                clock.shift(timedelta(seconds=wanted - shift))
                shift = wanted
            time.sleep(0.02)

    threading.Thread(target=follow, daemon=True).start()


def main() -> None:
    """Follow the file, and be ``digest``."""
    shift_clock(Path(sys.argv[1]))
    sys.argv[1:2] = []
    from digest.cli.main import main as digest
    from tests.e2e.quick_digest import hurry

    hurry()
    digest()


if __name__ == "__main__":
    main()
