"""The demo's dashboard as a process, its hours short: it reads the demo's rules as the demo's engine does."""

from __future__ import annotations

import runpy
import sys
from datetime import timedelta

from digest.demo.hours import shorten_hours

if __name__ == "__main__":
    config, hour = sys.argv[1:]
    shorten_hours(timedelta(seconds=float(hour)))
    sys.argv = ["digest", "watch", "--config", config]
    runpy.run_module("digest", run_name="__main__")
