"""The lines of the list: which entry stands at which, which wait to be let in, where days begin, and the columns."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from operator import neg
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from digest.tui.cells import Line, Run, draw, fit, shown
from digest.tui.palette import INKS, Ground, Ink
from digest.values.listing import EntryIds, ListPlaces, insert_each
from digest.words import day_name, midnight

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import tzinfo

    from textual.strip import Strip

    from digest.tui.palette import Palette
    from digest.values.listing import MatchRow

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)


class EntryOrder:
    """Entries by time, newest first (the higher id first at the same time), in twenty-four bytes each.

    Arrivals wait outside, in as many bytes, until they are let in: the list never moves under its reader.

    Args:
        places: the entries, in that order.
    """

    def __init__(self, places: ListPlaces | None = None) -> None:
        self._listed, self._waiting = _Lines(places or ListPlaces()), _Lines(ListPlaces())

    def __len__(self) -> int:
        return len(self._listed.entries)

    def __getitem__(self, line: int) -> int:
        """The id of the entry at a line."""
        return self._listed.entries[line]

    @property
    def waiting(self) -> int:
        """How many entries wait."""
        return len(self._waiting.entries)

    def ids(self, first: int, last: int) -> list[int]:
        """The ids of a stretch of lines."""
        return self._listed.entries[max(0, first) : max(0, last)].tolist()

    def time(self, line: int) -> datetime:
        """When the entry at a line came, as the order has it."""
        return _EPOCH + timedelta(milliseconds=self._listed.times[line])

    def before(self, moment: datetime) -> int:
        """The first line whose entry came before a moment."""
        return bisect_right(self._listed.times, -((moment - _EPOCH) // timedelta(milliseconds=1)), key=neg)

    def arrive(self, places: Iterable[tuple[int, int]]) -> int:
        """Let entries wait that are not in the list; how many of them are new."""
        known = (self._listed.ids, self._waiting.ids)
        new = {entry: time for time, entry in places if not any(entry in ids for ids in known)}
        self._waiting.put(ListPlaces(sorted(((time, entry) for entry, time in new.items()), reverse=True)))
        return len(new)

    def admit(self) -> Sequence[int]:
        """Let in all that wait; their ids, newest first."""
        admitted, self._waiting = self._waiting, _Lines(ListPlaces())
        self._listed.put(admitted)
        return admitted.entries

    def drop(self, entries: Iterable[int]) -> None:
        """Take out entries that are no longer stored."""
        for entry in entries:
            self._listed.drop(entry)

    def line_of(self, entry: int) -> int | None:
        """Where an entry stands; ``None`` if it is not in the list."""
        return self._listed.entries.index(entry) if entry in self._listed.ids else None


class _Lines:
    """Entries, newest first, and which they are; they change where they are, for a copy of them may be large."""

    def __init__(self, places: ListPlaces) -> None:
        self.times, self.entries = places.times, places.entries
        self.ids = EntryIds(reversed(places.entries))

    def put(self, more: ListPlaces | _Lines) -> None:
        """Put more of them, in the same order, where they belong."""
        lines = array("q", map(self._line, more.times, more.entries))
        insert_each(self.times, lines, more.times)
        insert_each(self.entries, lines, more.entries)
        self.ids.update(reversed(more.entries))

    def drop(self, entry: int) -> None:
        """Take one out, if it is there."""
        if entry in self.ids:
            line = self.entries.index(entry)
            del self.times[line], self.entries[line]
            self.ids.discard(entry)

    def _line(self, time: int, entry: int) -> int:
        """Where an entry of this time and id belongs."""
        line = bisect_left(self.times, -time, key=neg)
        while line < len(self.times) and self.times[line] == time and self.entries[line] > entry:
            line += 1
        return line


class Days:
    """Where in the list a day begins: a line of its own there, but for today's at the top.

    Only the days are looked for, not the entries: a hundred thousand of three months are some ninety steps.

    Args:
        order: the entries.
        now: the time in UTC.
        zone: where the user's day begins.
    """

    def __init__(self, order: EntryOrder, now: datetime, zone: tzinfo) -> None:
        self._starts: list[int] = []
        """The first entry of each day that has a line."""
        self._lines: list[int] = []
        """Where those lines stand."""
        self._order, self._now, self._zone = order, now, zone
        self.entries = len(order)
        line, today = 0, midnight(now, zone)
        while line < self.entries:
            try:
                begun = midnight(order.time(line), zone)
                if line or begun != today:
                    self._lines.append(line + len(self._starts))
                    self._starts.append(line)
            except OverflowError:  # the first day that there is
                break
            line = max(line + 1, order.before(begun))

    def __len__(self) -> int:
        """The lines of the list."""
        return self.entries + len(self._starts)

    def line(self, entry: int) -> int:
        """At which line the entry of this place in the order stands."""
        return entry + bisect_right(self._starts, entry)

    def entry(self, line: int) -> int:
        """The place of the entry at a line, or of the first below a day's line."""
        return line - bisect_left(self._lines, line)

    def name(self, line: int) -> str:
        """The day whose line this is; empty: it is an entry's."""
        place = bisect_left(self._lines, line)
        if place == len(self._lines) or self._lines[place] != line:
            return ""
        return _day_words(self._order.time(self._starts[place]), self._now, self._zone)


def _day_words(moment: datetime, now: datetime, zone: tzinfo) -> str:
    name, begun, today = day_name(moment, now, zone), midnight(moment, zone), midnight(now, zone)
    if begun == today:
        return f"Today, {name}"
    return f"Yesterday, {name}" if begun == midnight(today - _DAY / 2, zone) else name


class Needs(NamedTuple):
    """Cells that the longest of each column takes."""

    outlet: int = 12
    rule: int = 0
    worded: bool = False
    """Whether a severity needs its word: where there are no colours."""


_SIGNS: Final = 12
"""Cells before the outlet: cursor, unread, star, severity, whether somebody has it, time, a blank."""
_ALSO: Final = 5
_WORD: Final = 6
_SHORT: Final = 28
"""A title's cells before an outlet gets any."""
_USUAL: Final = 50
"""A title's cells before an outlet gets more than ten ..."""
_LONG: Final = 60
"""... and more than twelve."""
_BEFORE_WORD: Final = 45
"""Cells of outlet and title before a severity has its word, where it needs one."""
_OUTLET, _RULE = 24, 32
"""The most cells of a column."""


class Columns(NamedTuple):
    """Cells of each; 0 leaves one out."""

    word: int
    outlet: int
    rule: int
    title: int
    blank: int = 0
    also: int = 0
    cells: int = 0
    """Of all of a line."""

    @classmethod
    def fitting(cls, cells: int, base: int, needs: Needs) -> Self:
        """Those that fit: of ``base`` cells what signs and outlet leave is the title's; the others share the rest.

        No cell more of ``base`` leaves a title less, whatever is needed.

        Args:
            cells: in all.
            base: of them; see `digest.tui.layout.DeskPlan`.
            needs: what the columns hold.
        """
        base = min(cells, base)
        also = _ALSO if base >= _SIGNS + _SHORT + _ALSO else 0
        word, room = _worded(base - _SIGNS - also, needs)
        outlet = _outlet_beside(room, needs.outlet)
        title = room - outlet - 1 if outlet else min(room, _SHORT) if base >= _SIGNS + _SHORT else room
        rest = cells - base
        more = min(needs.outlet, _OUTLET) - outlet if outlet else 0
        more = more if more <= rest else 0
        rule = max(0, min(needs.rule, _RULE, rest - more - 1))
        rule = rule if rule >= min(needs.rule, 12) else 0
        rest -= more + (rule + 1 if rule else 0)
        word = word or (_WORD if rest > _WORD else 0)
        used = _SIGNS + also + title + sum(each + 1 for each in (word, outlet + more, rule) if each)
        return cls(word, outlet + more, rule, max(1, title), max(0, cells - used), also, cells)

    def names(self) -> Run:
        """Their names."""
        spans = " " * 3 + fit("SEV" if self.word else "", self.word + 2 if self.word else 1) + " "
        spans += fit("TIME", 6, right=True) + " "
        columns = (("OUTLET", self.outlet), ("RULE", self.rule), ("TITLE", self.title + self.blank - 1))
        for name, cells in columns:
            spans += fit(name, cells) + " " if cells > 0 else ""
        return Run(spans + fit("ALSO ", self.also, right=True), Ink.MUTED)

    def spans(self, row: MatchRow, time: Run, titles: Sequence[str]) -> list[Run]:
        """An entry, after the first cell, which is the cursor's.

        Args:
            row: the entry.
            time: in six cells at most, and how it is drawn.
            titles: of its rules.
        """
        value, dim, bright = _inks(row)
        # What a feed's first poll brought was there before us: it is never news, but it is not read either.
        dot = Run("●", Ink.ACCENT) if row.unread else Run("·" if row.baseline else " ", Ink.MUTED)
        glyph, word, ink = " ", "", Ink.MUTED
        if row.severity is not None:
            glyph, word, ink = row.severity.glyph, row.severity.word, INKS[row.severity]
        also = f"+{row.also} " if row.also else ""
        cells = (
            (self.word, Run(fit(word, self.word) + " ", ink if row.unread else dim)),
            (6, Run(fit(time.text, 6, right=True) + " ", value if time.ink is Ink.TEXT else time.ink)),
            (self.outlet, Run(fit(shown(row.outlet), self.outlet) + " ", value)),
            (self.rule, Run(fit(_rule_names(titles), self.rule) + " ", dim)),
            (self.title, Run(fit(shown(row.title), self.title) + " " * self.blank, bright)),
            (self.also, Run(fit(also, self.also, right=True), Ink.MUTED)),
        )
        signs = [dot, Run("★" if row.starred else " ", Ink.ACCENT), Run(f"{glyph} ", ink)]
        if row.taken:
            signs[-1:] = [Run(glyph, ink), Run("✓", Ink.ACCENT)]
        return [*signs, *(run for there, run in cells if there)]


@lru_cache(500)
def drawn_row(  # noqa: PLR0913, PLR0917 - all that the line depends on: it is a cache
    columns: Columns, row: MatchRow, time: Run, titles: tuple[str, ...], mark: Run, palette: Palette
) -> Strip:
    """An entry's line, which is drawn once, however often new ones above it move it down.

    Args:
        columns: the cells of each.
        row: the entry.
        time: in six cells at most, and how it is drawn.
        titles: of its rules.
        mark: the cell before it; one that is not blank is the cursor.
        palette: the colours.
    """
    ground = Ground.PAGE if mark.text == " " else Ground.SELECTED
    spans = [mark, *columns.spans(row, time, titles)]
    return draw(Line(spans, ground), columns.cells, palette)


def _worded(room: int, needs: Needs) -> tuple[int, int]:
    """The cells of a severity's word where it is needed, and what it leaves; a title keeps what it had before it."""
    if not needs.worded or room <= _BEFORE_WORD:
        return 0, room
    return (_WORD, room - _WORD - 1) if room > _BEFORE_WORD + _WORD else (0, _BEFORE_WORD)


def _outlet_beside(room: int, needed: int) -> int:
    """The cells of an outlet: the wider the title is already, the more."""
    if room <= _SHORT + 6:
        return 0
    return min(needed, _OUTLET, max(min(10, room - 1 - _SHORT), min(12, room - 1 - _USUAL), room - 1 - _LONG))


def _inks(row: MatchRow) -> tuple[Ink, Ink, Ink]:
    """Of values, of what is less, and of the title: what is read and what no rule found are quieter."""
    if not row.unread:
        return Ink.READ, Ink.READ, Ink.READ
    return (Ink.READ, Ink.READ, Ink.TEXT) if row.severity is None else (Ink.TEXT, Ink.MUTED, Ink.BRIGHT)


def _rule_names(rules: Sequence[str]) -> str:
    """The severest rule, and how many more there are."""
    if not rules:
        return ""
    return f"{shown(rules[0])}{f' +{len(rules) - 1}' if len(rules) > 1 else ''}"
