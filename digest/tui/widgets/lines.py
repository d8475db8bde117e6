"""The lines of the list of matches: which entry stands at which, which wait to be let in, and the columns of each."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple, Self

from digest.tui.cells import Run, cut_middle, fit, shown
from digest.tui.palette import INKS, Ink

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from digest.store.dashboard import MatchRow
    from digest.values.news import Severity

_FEW = 64
"""Arrivals up to which each is put in its place: more are sorted in, for every insertion moves all that is below."""
_TITLE = 42
"""Cells that a title keeps before the rules' names get more than thirteen."""


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


class Columns(NamedTuple):
    """Cells of each; 0 leaves one out."""

    word: int
    outlet: int
    rule: int
    title: int

    @classmethod
    def fitting(cls, cells: int, rule: int) -> Self:
        """Those that fit so many cells: the rule's goes first, then the severity's word, then the outlet's.

        Args:
            cells: in all.
            rule: what the longest name of a rule would take.
        """
        word = 6 if cells >= 70 else 0
        outlet = 0 if cells < 40 else 10 if cells < 56 else 12 if cells < 110 else 18
        rest = cells - 13 - (word + 1 if word else 0) - (outlet + 1 if outlet else 0)
        rule = 0 if cells < 84 else min(rule, max(13, rest - _TITLE))
        return cls(word, outlet, rule, max(1, rest - (rule + 1 if rule else 0)))

    def names(self) -> Run:
        """Their names."""
        spans = " " * 3 + fit("SEV", self.word + 2 if self.word else 1) + " " + fit("TIME", 6, right=True) + " "
        for name, cells in (("OUTLET", self.outlet), ("RULE", self.rule), ("TITLE", self.title)):
            spans += fit(name, cells) + " " if cells else ""
        return Run(spans, Ink.MUTED)

    def spans(self, row: MatchRow, time: str) -> list[Run]:
        """An entry, after the first cell, which is the cursor's; ``time`` in six cells at most."""
        quiet = not row.unread
        value, dim = (Ink.READ, Ink.READ) if quiet else (Ink.TEXT, Ink.MUTED)
        # What a feed's first poll brought was there before us: it is never news, but it is not read either.
        dot = Run("●", Ink.ACCENT) if row.unread else Run("·" if row.baseline else " ", Ink.MUTED)
        glyph, word, ink = ("·", "", Ink.MUTED) if row.severity is None else (*_sign(row.severity), INKS[row.severity])
        spans = [dot, Run("★" if row.starred else " ", Ink.ACCENT), Run(glyph + " ", ink)]
        if self.word:
            spans.append(Run(fit(word, self.word) + " ", dim if quiet else ink))
        spans.append(Run(fit(time, 6, right=True) + " ", value))
        if self.outlet:
            spans.append(Run(fit(shown(row.outlet), self.outlet) + " ", value))
        if self.rule:
            spans.append(Run(fit(_rule_names(row.rules, self.rule), self.rule) + " ", dim))
        spans.append(Run(fit(shown(row.title), self.title), Ink.READ if quiet else Ink.BRIGHT))
        return spans


def _sign(severity: Severity) -> tuple[str, str]:
    return severity.glyph, severity.word


def _rule_names(rules: Sequence[str], cells: int) -> str:
    """The severest rule's name, and how many more there are."""
    if not rules:
        return ""
    more = f" +{len(rules) - 1}" if len(rules) > 1 else ""
    return cut_middle(rules[0], cells - len(more)) + more
