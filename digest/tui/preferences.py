"""What the dashboard keeps from one time to the next: theme, sizes, orders, view and place; in the state folder.

It is a convenience and nothing more: what cannot be read is told and counts as never kept, and what cannot be written
is let go.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from digest.values.listing import MATCHES, Listing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_FILE: Final = "dashboard.json"
_LONGEST: Final = 100_000
"""Bytes; a file that is longer is not ours."""
_MOST: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class Preferences:
    """What is kept; as it is here at the first time."""

    theme: str = ""
    toured: bool = False
    """Whether the tour was seen or left."""
    share: int = 0
    """Steps by which the list was made higher, or (below 0) the reader."""
    folded: bool = False
    """Whether the side bar is put away."""
    rules: str = ""
    """The order of the rules, by its name; empty: the config's."""
    feeds: str = ""
    listing: Mapping[str, object] = field(default_factory=dict)
    """What the list held, where that is not what it begins with: the fields of a `digest.values.listing.Listing`."""
    filter: str = ""
    """As it was typed."""
    entry: int = 0
    """The id of the entry under the cursor, if somebody read there; 0: the news were followed."""

    @property
    def view(self) -> Listing:
        """What the list held."""
        return Listing(**self.listing)  # type: ignore[arg-type]  # of the kinds that are asked for where it is read


def preferences(state: Path | None) -> tuple[Preferences, str]:
    """What was kept, and why it was not all understood, if so: what was not is as at the first time."""
    if state is None:
        return Preferences(), ""
    try:
        with (state / _FILE).open("rb") as file:
            text = file.read(_LONGEST + 1)
        found: Any = json.loads(text) if len(text) <= _LONGEST else None
    except FileNotFoundError:
        return Preferences(), ""
    except (OSError, ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        return Preferences(), f"{_FILE} in the state folder cannot be read: the dashboard begins as at the first time"
    kept = {name: found[name] for name in found.keys() & _FIRST.keys() if _is_like(found[name], _FIRST[name])}
    kept["listing"] = _listing(kept.get("listing", {}))
    doubtful = sorted(name for name in found.keys() & _FIRST.keys() if name not in kept or kept[name] != found[name])
    told = f"{_FILE} in the state folder: {', '.join(doubtful)} not understood, and left as at the first time"
    return Preferences(**kept), told if doubtful else ""


def _listing(found: Mapping[str, object]) -> dict[str, object]:
    """What of it is a listing's; a message of the outbox was asked for once."""
    first = asdict(MATCHES) | dict.fromkeys(("feed", "story"), 0)
    del first["delivery"]
    return {name: found[name] for name in found.keys() & first.keys() if _is_like(found[name], first[name])}


def _is_like(value: object, first: object) -> bool:
    """Whether it is of the same kind, and of no senseless size."""
    return type(value) is type(first) and (not isinstance(value, int) or abs(value) < _MOST)


def remember(state: Path | None, what: Preferences) -> None:
    """Keep it, whole: two dashboards that write at once leave the words of one of them."""
    if state is None:
        return
    with contextlib.suppress(OSError):
        aside = state / f".{_FILE}.{os.getpid()}"
        aside.write_text(json.dumps(asdict(what)), encoding="utf-8")
        aside.replace(state / _FILE)


_FIRST: Final = asdict(Preferences())
