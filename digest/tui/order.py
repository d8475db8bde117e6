"""Which entry stands at which line of the list, and which wait to be let in; made for a hundred thousand of them."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


_FEW = 64
"""Arrivals up to which each is put in its place: more are sorted in, for every insertion moves all that is below."""


class EntryOrder:
    """Entries by time, newest first (the higher id first at the same time), in sixteen bytes each.

    Arrivals wait outside until they are let in: the list never moves under its reader.
    """

    def __init__(self, places: Iterable[tuple[int, int]] = ()) -> None:
        self._waiting: dict[int, int] = {}
        self._sort(places)
        self._known = {-entry for entry in self._entries}

    def _sort(self, places: Iterable[tuple[int, int]]) -> None:
        ordered = sorted(((-time, -entry) for time, entry in places))
        self._times = array("q", (time for time, _ in ordered))
        self._entries = array("q", (entry for _, entry in ordered))

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, line: int) -> int:
        """The id of the entry at a line."""
        return -self._entries[line]

    @property
    def waiting(self) -> int:
        """How many entries wait."""
        return len(self._waiting)

    def ids(self, first: int, last: int) -> list[int]:
        """The ids of a stretch of lines."""
        return [-entry for entry in self._entries[max(0, first) : max(0, last)]]

    def places(self) -> list[tuple[int, int]]:
        """Every (time, id) in the list, newest first."""
        return [(-time, -entry) for time, entry in zip(self._times, self._entries, strict=True)]

    def arrive(self, places: Iterable[tuple[int, int]]) -> int:
        """Let entries wait that are not in the list; how many of them are new."""
        before = len(self._waiting)
        self._waiting.update((entry, time) for time, entry in places if entry not in self._known)
        return len(self._waiting) - before

    def admit(self) -> None:
        """Let in all that wait."""
        if len(self._waiting) > _FEW:
            self._sort([*self.places(), *((time, entry) for entry, time in self._waiting.items())])
        else:
            for entry, time in self._waiting.items():
                line = self._line(-time, -entry)
                self._times.insert(line, -time)
                self._entries.insert(line, -entry)
        self._known.update(self._waiting)
        self._waiting.clear()

    def drop(self, entries: Sequence[int]) -> None:
        """Take out entries that are no longer stored."""
        for entry in self._known.intersection(entries):
            line = self._entries.index(-entry)
            del self._times[line], self._entries[line]
            self._known.discard(entry)

    def line_of(self, entry: int) -> int | None:
        """Where an entry stands; ``None`` if it is not in the list."""
        if entry not in self._known:
            return None
        return self._entries.index(-entry)

    def _line(self, time: int, entry: int) -> int:
        """Where an entry of this (negated) time and id belongs."""
        line = bisect_left(self._times, time)
        while line < len(self._times) and self._times[line] == time and self._entries[line] < entry:
            line += 1
        return line
