"""The demo's dashboard as a process, its hours short: it reads the demo's rules as the demo's engine does."""

from __future__ import annotations

import sys
from datetime import timedelta

from digest.cli.main import main
from digest.demo.hours import shorten_hours

if __name__ == "__main__":
    shorten_hours(timedelta(seconds=float(sys.argv[2])))
    main(["watch", "--config", sys.argv[1]])
