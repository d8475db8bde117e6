"""What is left behind when the dashboard fails: a report in the state folder, and two lines on the terminal."""

from __future__ import annotations

import contextlib
import platform
import sys
import traceback
from typing import TYPE_CHECKING, Final

from digest.text import clean_line

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

_KEPT: Final = 10
"""Reports in the folder, at most: the oldest go."""


def report(state: Path | None, error: BaseException, now: datetime) -> Path | None:
    """Write down what failed and where, without the values that were there, which may be anybody's text.

    Returns:
        The file; ``None`` where it cannot be written.
    """
    if state is None:
        return None
    path = state / f"crash-{now:%Y%m%d-%H%M%S}.txt"
    lines = [f"{now.isoformat()}  Python {platform.python_version()} on {sys.platform}", ""]
    with contextlib.suppress(OSError):
        path.write_text("\n".join(lines) + "".join(traceback.format_exception(error)), encoding="utf-8")
        for old in sorted(state.glob("crash-*.txt"))[:-_KEPT]:
            old.unlink(missing_ok=True)
        return path
    return None


def farewell(error: BaseException, path: Path | None) -> str:
    """What is said on the terminal."""
    where = f"The report is {path}." if path else "No report could be written."
    return (
        f"The dashboard failed, and the engine goes on: {type(error).__name__}: {clean_line(str(error))[:200]}\n"
        f"{where} digest watch opens the dashboard again."
    )
