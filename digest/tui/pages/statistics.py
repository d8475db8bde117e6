"""How much came, of what, from whom, and how fast was it told? The figures of a day, a week or a month, plotted."""

from __future__ import annotations

from datetime import timedelta
from itertools import chain
from statistics import median
from typing import TYPE_CHECKING, Final, cast

from rich.cells import cell_len

from digest.store.statistics import Stretch, read_statistics
from digest.tui.cells import Run, bar, fit, shown, sides
from digest.tui.pages.base import LinesPage, Paced, nothing, section
from digest.tui.pages.charts import dots, heat
from digest.tui.palette import INKS, Ink
from digest.tui.widgets.pane import Item
from digest.values.listing import Listing
from digest.words import brief, count, day_name, language, midnight

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime, tzinfo

    from digest.store import Store
    from digest.store.statistics import RuleFigures, Statistics

_RANGES: Final = (
    ("24 hours", "HOUR", timedelta(hours=1), 24),
    ("7 days", "6 HOURS", timedelta(hours=6), 28),
    ("30 days", "DAY", timedelta(days=1), 30),
)
"""Name, the name of a part, its length, how many there are."""
_OUTLETS: Final = 12
_LANGS: Final = 6
_ROWS: Final = 5
"""Of the chart of latency."""
_OFTEN: Final = 20
"""One of so many takes longer than what is called p95."""


def stretch_of(chosen: int, now: datetime, zone: tzinfo) -> Stretch:
    """The parts of a range, which end with the hour, the quarter of the day or the day that is not over."""
    _, _, part, parts = _RANGES[chosen]
    day = midnight(now, zone)
    end = day + part * (int((now - day) / part) + 1)
    return Stretch(end - part * parts, part, parts)


class StatisticsPage(LinesPage):
    """The figures."""

    key = "statistics"
    crumb = "Statistics"
    hints = ("shorter", "longer", "open", "find", "close", "help")

    def __init__(self, now: Callable[[], datetime], zone: tzinfo) -> None:
        super().__init__()
        self._now, self._zone = now, zone
        self._chosen = 0
        self._figures: Statistics | None = None
        self._paced = Paced()

    def read(self, store: Store) -> Statistics:
        """The figures of the range."""
        stretch = stretch_of(self._chosen, self._now(), self._zone)
        return cast("Statistics", self._paced(stretch, lambda: read_statistics(store.database, stretch)))

    def show(self, value: object) -> None:
        """Show them."""
        self._figures = cast("Statistics", value)
        self.rebuild()

    def action_range(self, step: int) -> None:
        """A longer range, or a shorter one."""
        chosen = max(0, min(self._chosen + step, len(_RANGES) - 1))
        if chosen != self._chosen:
            self._chosen = chosen
            self.look_again()

    async def open_line(self) -> None:
        """List what the rule found."""
        if isinstance(self.lines.cursor, str):
            await self.desk.list_entries(Listing(rule=self.lines.cursor))

    # --- lines ---------------------------------------------------------------------------------------------------

    def aside_cells(self, cells: int) -> int:
        """Two fifths of it."""
        return cells * 36 // 100

    def head(self, cells: int) -> list[Sequence[Run]]:
        """The range among the others, and the figures that matter most."""
        if (figures := self._figures) is None:
            return []
        shown_ranges = [
            Run(f"{name}   ", Ink.ACCENT_BOLD if at == self._chosen else Ink.MUTED)
            for at, (name, *_) in enumerate(_RANGES)
        ]
        told = [
            (f"{figures.hits:,}", " hits", f"{figures.before:,} before that"),
            (f"{figures.matched:,}", " matched", f"of {count(figures.entries, 'entry')}"),
            (f"{figures.stories:,}", " stories", ""),
        ]
        waits = [seconds for channel in figures.channels for _, seconds in channel.waits]
        if waits:
            told.append((_seconds(median(waits)), " until told", f"p95 {_seconds(high(waits))}"))
        wide = max(16, cells // len(told))
        upper = [piece for figure, word, _ in told for piece in _column(figure, word, wide)]
        lower = [Run(fit(words, wide - 2) + "  ", Ink.MUTED) for _, _, words in told]
        if cells < wide * len(told):
            lines = [[Run(figure, Ink.BRIGHT), Run(f"{word}  {words}", Ink.MUTED)] for figure, word, words in told]
            return [shown_ranges, *lines, []]
        return [[], shown_ranges, [], upper, lower, []]

    def items(self, cells: int) -> list[Item]:
        """Hits of each rule, then how long messages took."""
        if (figures := self._figures) is None:
            return []
        if not figures.entries and not figures.rules:
            advice = [
                Run("→", Ink.BRIGHT),
                Run(" shows a longer time, "),
                Run("r", Ink.BRIGHT),
                Run(" polls every feed"),
            ]
            return nothing("Nothing came in this time.", advice, cells)
        name = _RANGES[self._chosen][1]
        items = [section(f"HITS PER RULE AND {name}", f"{figures.hits:,}", cells)]
        top = max(chain.from_iterable(rule.hits for rule in figures.rules), default=0)
        names = [shown(self.desk.matches.titled(rule.rule)) for rule in figures.rules]
        label = max(8, min(max(map(cell_len, names), default=8), 14 if cells < 60 else 28))
        room = cells - label - 14
        for rule, named in zip(figures.rules, names, strict=True):
            items.append(Item(_rule(rule, fit(named, label), room, top), rule.rule))
        items += [Item([Run(" " * (label + 4)), *self._axis(room)]), Item(())]
        return items + self._latency(figures, cells)

    def _axis(self, room: int) -> list[Run]:
        """Hours or days below a line of heat."""
        assert self._figures is not None
        stretch, line = self._figures.stretch, [" "] * room
        last = -6
        for part in range(stretch.parts):
            at = part * room // stretch.parts
            moment = stretch.start + stretch.part * part
            local = moment.astimezone(self._zone)
            word, is_round = (
                (f"{local:%H}", local.hour % 6 == 0),
                (day_name(moment, moment, self._zone)[:3], local.hour == 0),
                (str(local.day), part % 5 == 0),
            )[self._chosen]
            if is_round and at - last >= 5 and at + len(word) <= room:
                line[at : at + len(word)] = list(word)
                last = at
        return [Run("".join(line), Ink.MUTED)]

    def _latency(self, figures: Statistics, cells: int) -> list[Item]:
        """How long messages took in each part."""
        stretch = figures.stretch
        parts: list[list[float]] = [[] for _ in range(stretch.parts)]
        for at, seconds in chain.from_iterable(channel.waits for channel in figures.channels):
            parts[min(stretch.parts - 1, int((at - stretch.start) / stretch.part))].append(seconds)
        if not any(parts):
            return []
        middle = [median(found) if found else None for found in parts]
        highest = [high(found) if found else None for found in parts]
        top = max(value for value in highest if value is not None) or 1.0
        legend = [Run("■ ", Ink.ACCENT), Run("median   ", Ink.MUTED), Run("■ ", Ink.READ), Run("p95", Ink.MUTED)]
        room = cells - 10
        lines = dots([middle, highest], [Ink.ACCENT, Ink.READ], top, room, _ROWS)
        edges = {0: _seconds(top), _ROWS - 1: "0"}
        chart = [Item([Run(f"{edges.get(row, ''):>7}  ", Ink.MUTED), *line]) for row, line in enumerate(lines)]
        return [section("FROM SEEN TO TOLD", legend, cells), *chart, Item([Run(" " * 9), *self._axis(room)])]

    def beside(self, cells: int) -> list[Item]:
        """Outlets, languages, channels."""
        if (figures := self._figures) is None or not figures.outlets:
            return []
        return [*self._coverage(figures, cells), *self._languages(figures, cells), *self._delivery(figures, cells)]

    def _coverage(self, figures: Statistics, cells: int) -> Iterator[Item]:
        yield section("COVERAGE BY OUTLET", "reports   first", cells)
        top = figures.outlets[0].reports
        most = max(each.first for each in figures.outlets)
        for each in figures.outlets[:_OUTLETS]:
            ink = Ink.ACCENT_BOLD if each.first and each.first == most else Ink.MUTED
            right = [Run(f"{each.reports:>8,}"), Run(f"{each.first:>8,} ", ink)]
            yield Item(sides(_bar(shown(each.name), each.reports, top, cells - 18), right, cells))
        if others := figures.outlets[_OUTLETS:]:
            total, first = sum(each.reports for each in others), sum(each.first for each in others)
            right = [Run(f"{total:>8,}{first:>8,} ", Ink.MUTED)]
            yield Item(sides([Run(f" {count(len(others), 'other')}", Ink.MUTED)], right, cells))
        yield Item(())

    @staticmethod
    def _languages(figures: Statistics, cells: int) -> Iterator[Item]:
        yield section("LANGUAGES", "reports", cells)
        for lang, number in figures.langs[:_LANGS]:
            name = language(lang) if lang else "not said"
            yield Item(
                sides(_bar(shown(name), number, figures.langs[0][1], cells - 10), [Run(f"{number:>8,} ")], cells)
            )
        yield Item(())

    def _delivery(self, figures: Statistics, cells: int) -> Iterator[Item]:
        if not figures.channels:
            return
        yield section("DELIVERY", f"{'sent':>5}{'median':>9}{'p95':>9}", cells)
        for channel in figures.channels:
            waits = [seconds for _, seconds in channel.waits]
            sent = Run(f"{len(waits):,}".rjust(5), Ink.BRIGHT)
            told = Run(f"{_seconds(median(waits)):>9}{_seconds(high(waits)):>9} ", Ink.MUTED)
            yield Item(sides([Run(f" {shown(channel.channel)}")], [sent, told], cells))


def high(values: Sequence[float]) -> float:
    """What one of twenty is above."""
    return sorted(values)[max(0, len(values) - 1 - len(values) // _OFTEN)]


def _rule(rule: RuleFigures, name: str, room: int, top: int) -> list[Run]:
    """A rule with its hits in each part, and in all."""
    return [
        Run(f" {rule.severity.glyph} ", INKS[rule.severity]),
        Run(name + " "),
        *heat(rule.hits, top, room),
        Run(f"{sum(rule.hits):>8,} ", Ink.BRIGHT),
    ]


def _bar(name: str, number: int, top: int, cells: int) -> list[Run]:
    """A name, and a bar behind it."""
    label = min(15, max(8, cells // 2))
    return [Run(" " + fit(name, label) + " "), Run(bar(number, top, max(1, cells - label - 3)), Ink.ACCENT)]


def _column(figure: str, word: str, cells: int) -> list[Run]:
    blank = max(0, cells - cell_len(figure + word))
    return [Run(figure, Ink.BRIGHT), Run(word + " " * blank)]


def _seconds(seconds: float) -> str:
    """``1.4 s``, ``28 s``, ``3 m``."""
    return f"{seconds:.1f} s" if seconds < 10 else brief(timedelta(seconds=seconds))
