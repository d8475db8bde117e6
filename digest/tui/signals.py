"""What the terminal itself is asked to show: the title of its window, and for urgent entries a bell and a notification.

Every text is stripped of what a terminal would read as a command; where the terminal knows none of these, it stays
silent.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from digest.text import bounded
from digest.tui.cells import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from digest.values.listing import MatchRow
    from digest.values.settings import Alarms

KEEP_TITLE: Final = "\x1b[22;2t"
"""The title before this one is kept by the terminal …"""
FORMER_TITLE: Final = "\x1b[23;2t"
"""… and had again."""
_BELL: Final = "\x07"
_LONGEST: Final = 120
"""Characters of a notification."""


class Signals:
    """Sends them, each once.

    Args:
        write: sends a command to the terminal.
        alarms: what an urgent entry may do.
        environment: says which terminal this is.
    """

    def __init__(
        self, write: Callable[[str], None], alarms: Alarms, environment: Mapping[str, str] = os.environ
    ) -> None:
        self._write, self.alarms, self._environment = write, alarms, environment
        self._unread = -1
        self._told: set[int] = set()

    def count(self, unread: int) -> None:
        """Show in the title how many entries are unread."""
        if unread != self._unread:
            self._unread = unread
            self._write(f"\x1b]2;{f'({unread}) ' if unread else ''}Digest{_BELL}")

    def again(self) -> None:
        """The terminal was away: show the title anew."""
        unread, self._unread = self._unread, -1
        if unread >= 0:
            self.count(unread)

    def urgent(self, rows: Sequence[MatchRow]) -> None:
        """Ring for urgent entries that came."""
        new = [row for row in rows if row.id not in self._told]
        self._told.update(row.id for row in new)
        if new and self.alarms.bell:
            self._write(_BELL)
        if new and self.alarms.notify:
            more = f" (and {len(new) - 1} more)" if len(new) > 1 else ""
            words = bounded(shown(f"{new[0].outlet}: {new[0].title}"), _LONGEST)
            self._write(_notification(words + more, self._environment))


def _notification(words: str, environment: Mapping[str, str]) -> str:
    """OSC 777 for the terminals that know no OSC 9 with a text, OSC 9 for all others."""
    term = environment.get("TERM", "")
    if term.startswith(("rxvt", "foot")) or "VTE_VERSION" in environment:
        return f"\x1b]777;notify;Digest;{words}{_BELL}"
    return f"\x1b]9;{words}{_BELL}"
