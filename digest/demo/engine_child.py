"""The demo's engine as a process, its hours short: it ends with standard input, so also when the demo is killed.

Then nobody is left to clear up but this process: it removes the demo's folder, too.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
from datetime import timedelta
from pathlib import Path

from digest.bot import run_bot
from digest.config import load_config
from digest.demo.hours import shorten_hours
from digest.engine.run import run_engine
from digest.errors import DigestError


def main() -> None:
    """Be the engine of the config that the command line names, in the folder that is to be removed.

    Behind it stands how many seconds an hour lasts.
    """
    config = Path(sys.argv[1])
    shorten_hours(timedelta(seconds=float(sys.argv[2])))
    threading.Thread(target=_end_with_input, args=[config.parent], name="end with the demo", daemon=True).start()
    try:
        sys.exit(run_engine(load_config(config), companions=[run_bot]))
    except DigestError as error:
        sys.exit(str(error))


def _end_with_input(folder: Path) -> None:
    while os.read(0, 1024):
        pass
    for _ in range(3):  # the engine writes there meanwhile
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


if __name__ == "__main__":
    main()
