"""Which entries a list holds, where they stand in it, and its lines.

A list may be of a million entries, and is read again and again: what is of all of them at once is in arrays, never an
object for each. Python gives back little of what a million objects took for a moment.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple, overload

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from digest.values.news import Severity

_AT_ONCE: Final = 4096
"""Ids that are sorted at once, as objects."""


@dataclass(frozen=True, slots=True)
class Listing:
    """All entries for which every one of these is so."""

    matched: bool = True
    """Only those that a rule found."""
    unread: bool = False
    starred: bool = False
    """Only those that a user picked, or whose story was."""
    feed: int | None = None
    rule: str = ""
    story: int | None = None
    delivery: int | None = None
    """A message of the outbox that tells of them, by its id."""


MATCHES: Final = Listing()
"""What the dashboard shows first."""


class ListPlace(NamedTuple):
    """Where an entry stands in the list: when it came, in milliseconds, then its id."""

    time: int
    entry: int


class ListPlaces(Sequence[ListPlace]):
    """Where entries stand, in the order in which they are given, in sixteen bytes each.

    Args:
        places: of each its time, in milliseconds, and its id.
    """

    __slots__ = ("entries", "times")

    def __init__(self, places: Iterable[tuple[int, int]] = ()) -> None:
        self.times, self.entries = array("q"), array("q")
        for time, entry in places:
            self.times.append(time)
            self.entries.append(entry)

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[ListPlace]:
        return map(ListPlace, self.times, self.entries)

    @overload
    def __getitem__(self, which: int) -> ListPlace: ...

    @overload
    def __getitem__(self, which: slice) -> ListPlaces: ...

    def __getitem__(self, which: int | slice) -> ListPlace | ListPlaces:
        if isinstance(which, slice):
            return ListPlaces(zip(self.times[which], self.entries[which], strict=True))
        return ListPlace(self.times[which], self.entries[which])


class EntryIds(Sequence[int]):
    """A set of ids, the lowest first, in eight bytes each."""

    __slots__ = ("_ids",)

    def __init__(self, ids: Iterable[int] = ()) -> None:
        self._ids = array("q")
        self.update(ids)

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[int]:
        return iter(self._ids)

    def __contains__(self, entry: object) -> bool:
        if not isinstance(entry, int):
            return False
        place = bisect_left(self._ids, entry)
        return place < len(self._ids) and self._ids[place] == entry

    @overload
    def __getitem__(self, which: int) -> int: ...

    @overload
    def __getitem__(self, which: slice) -> Sequence[int]: ...

    def __getitem__(self, which: int | slice) -> int | Sequence[int]:
        return self._ids[which]

    def update(self, ids: Iterable[int]) -> None:
        """Add these; soonest done where they ascend, and in stretches, so that few of them are objects at once."""
        left = iter(ids)
        while some := sorted(set(islice(left, _AT_ONCE))):
            if not self._ids or some[0] > self._ids[-1]:
                self._ids.extend(some)
            else:
                new = [entry for entry in some if entry not in self]
                insert_each(self._ids, [bisect_left(self._ids, entry) for entry in new], new)

    def discard(self, entry: int) -> None:
        """Take one out, if it is there."""
        if entry in self:
            del self._ids[bisect_left(self._ids, entry)]


def insert_each(numbers: array[int], places: Sequence[int], more: Sequence[int]) -> None:
    """Put more numbers among some, each before the one that stands at its place; places never descend.

    It is done where they are: each stretch between two places moves once, and nothing of it is copied elsewhere.
    """
    end = len(numbers)
    numbers.extend(more)
    with memoryview(numbers) as held:
        for shift in range(len(more) - 1, -1, -1):
            place = places[shift]
            held[place + shift + 1 : end + shift + 1] = held[place:end]
            held[place + shift] = more[shift]
            end = place


@dataclass(frozen=True, slots=True)
class MatchRow:
    """A line of the list."""

    id: int
    time: datetime
    """The entry's own, as `entry_time` says it."""
    title: str
    outlet: str
    severity: Severity | None
    """The highest of its matches; ``None``: no rule found it."""
    rules: tuple[str, ...]
    """Severest first."""
    unread: bool
    baseline: bool
    starred: bool = False
    story: int | None = None
    also: int = 0
    """How many other publishers report the same story."""
    taken: bool = False
    """Somebody has its event in hand."""
