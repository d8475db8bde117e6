"""How often functions are called: for rules about work that is done once."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType


def calls_during(run: Callable[[], object], *functions: object) -> list[int]:
    """How often each of these Python functions is called in this thread while something runs."""
    codes = [function.__code__ for function in functions]  # type: ignore[attr-defined]  # all have one
    calls: Counter[object] = Counter()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            calls[frame.f_code] += 1

    sys.setprofile(note)
    try:
        run()
    finally:
        sys.setprofile(None)
    return [calls[code] for code in codes]
