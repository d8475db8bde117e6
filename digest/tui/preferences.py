"""What the dashboard keeps from one time to the next: the theme, the sizes, the order; in a file of the state folder.

It is a convenience and nothing more: what cannot be read counts as never kept, and what cannot be written is let go.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pathlib import Path

_FILE: Final = "dashboard.json"
_LONGEST: Final = 100_000
"""Bytes; a file that is longer is not ours."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What is kept."""

    theme: str = ""
    toured: bool = False
    """Whether the tour was seen or left."""


def preferences(state: Path | None) -> Preferences:
    """What was kept; what is missing or of another kind is as at the first time."""
    found: Any = None
    if state is not None:
        with contextlib.suppress(OSError, ValueError):
            text = (state / _FILE).read_bytes()
            found = json.loads(text) if len(text) <= _LONGEST else None
    if not isinstance(found, dict):
        return Preferences()
    default = Preferences()
    kept = {each.name: found.get(each.name) for each in fields(Preferences)}
    same = {name: value for name, value in kept.items() if type(value) is type(getattr(default, name))}
    return replace(default, **same)  # type: ignore[arg-type]  # each is of its own kind


def remember(state: Path | None, what: Preferences) -> None:
    """Keep it, whole: two dashboards that write at once leave the words of one of them."""
    if state is None:
        return
    with contextlib.suppress(OSError):
        aside = state / f".{_FILE}.{os.getpid()}"
        aside.write_text(json.dumps(asdict(what)), encoding="utf-8")
        aside.replace(state / _FILE)
