"""The demo's dashboard as a process, its hours short: it reads the demo's rules as the demo's engine does.

When the day is over it says so, and what can be done next.
"""

from __future__ import annotations

import runpy
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from digest import tui
from digest.demo.folder import OVER
from digest.demo.hours import shorten_hours

if TYPE_CHECKING:
    from collections.abc import Sequence

_NEXT: Final = (
    "This day is over. `D` has its digest, `q` leaves; all of it is thrown away then.",
    "Next: `digest init` sets up yours, `digest watch` shows it, `digest help` explains.",
)


def _told(folder: Path) -> Sequence[str]:
    return _NEXT if (folder / OVER).exists() else ()


if __name__ == "__main__":
    config, hour = sys.argv[1:]
    shorten_hours(timedelta(seconds=float(hour)))
    tui.run_dashboard = partial(tui.run_dashboard, told=partial(_told, Path(config).parent))
    sys.argv = ["digest", "watch", "--config", config]
    runpy.run_module("digest", run_name="__main__")
