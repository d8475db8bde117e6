"""The rules pane: every live rule under its topic with today's hits, and what is wrong with the rule files."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

from digest.tui.cells import Run, bar, cut, fit, shown, wrapped
from digest.tui.palette import INKS, Ink
from digest.tui.widgets.pane import Item, ListPane
from digest.words import short_time

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Sequence
    from datetime import datetime, tzinfo

    from digest.errors import Problem
    from digest.store.dashboard import RuleBook, RuleRow
    from digest.values.states import RuleFileState

ALL_RULES = ""
"""The key of the line that filters by no rule."""


class RulesPane(ListPane):
    """Choosing a rule filters the list by it."""

    heading = "RULES"
    number = "2"
    orders = ("config", "name", "hits")

    def __init__(self, now: Callable[[], datetime], zone: tzinfo) -> None:
        super().__init__(id="rules")
        self._now, self._zone = now, zone
        self._book: RuleBook | None = None
        self._today = 0
        self._silent: Collection[str] = ()
        self._cursor = ALL_RULES

    def show(self, book: RuleBook, today: int, silent: Collection[str] = ()) -> None:
        """Show the rules as they are now.

        Args:
            book: the rules.
            today: how many entries matched since midnight.
            silent: the ids of those that have not fired for unusually long.
        """
        self._book, self._today, self._silent = book, today, silent
        self.rebuild()

    def count(self) -> Sequence[Run]:
        """What the figures are of."""
        return (Run("today", Ink.MUTED),)

    def overflow(self) -> Sequence[Run]:
        """What lies below, and how many rules are switched off."""
        if below := super().overflow():
            return below
        rules = self._book.rules if self._book else ()
        counts = {"off": sum(not rule.enabled for rule in rules), "muted": sum(rule.muted for rule in rules)}
        words = ", ".join(f"{number} {word}" for word, number in counts.items() if number)
        return (Run(words, Ink.MUTED),) if words else ()

    def items(self, cells: int) -> list[Item]:
        """Trouble first, then all rules, then each topic's."""
        if self._book is None:
            return []
        files = {file.path: file for file in self._book.files}
        items = [item for file in files.values() if file.problems for item in self._trouble(file, cells)]
        rules = self._book.rules
        columns = self._columns(cells)
        items.append(_all_rules(self._today, columns))
        live = sorted((rule for rule in rules if rule.enabled), key=lambda rule: self.rank(rule.id))
        if self.chosen_order != self.orders[0]:
            items += [Item(()), Item([Run(f"BY {self.chosen_order.upper()}", Ink.MUTED)])]
            items += [Item(_rule_spans(rule, columns, self._silent), rule.id, _title(rule)) for rule in live]
        else:
            for path, grouped in groupby(live, key=lambda rule: rule.path):
                rows = list(grouped)
                items += [Item(()), Item(self._head(rows[0].topic, files.get(path), cells))]
                items += [Item(_rule_spans(rule, columns, self._silent), rule.id, _title(rule)) for rule in rows]
        if not rules:
            first, *more = wrapped([Run("no rule is live, so nothing alerts")], cells - 3)
            items += [Item(()), Item([Run("▲ ", Ink.HIGH), *first]), *(Item([Run("  "), *line]) for line in more)]
        return items

    def in_order(self, order: str) -> Sequence[Hashable]:
        """By title, or those that hit most today first."""
        rules = sorted(self._book.rules if self._book else (), key=lambda rule: _title(rule).casefold())
        if order == "hits":
            rules.sort(key=lambda rule: -rule.hits)
        return [rule.id for rule in rules] if order != self.orders[0] else []

    def _columns(self, cells: int) -> _Columns:
        """Titles get what they hold before bars get anything."""
        rules = self._book.rules if self._book else ()
        top = max((rule.hits for rule in rules), default=0)
        figure = max(2, len(str(max(top, self._today))))
        room = cells - figure - 4
        name = max(10, min(max((cell_len(_title(rule)) for rule in rules), default=0), room))
        return _Columns(name, figure, max(0, min(24, room - name - 1)), top)

    def _head(self, topic: str, file: RuleFileState | None, cells: int) -> list[Run]:
        """A file's heading: its topic, and at the right which version of it is live since when, where that fits."""
        words = shown(topic).upper() or "RULES"
        for version in self._versions(file):
            if (gap := cells - 1 - cell_len(words) - cell_len(version)) > 0:
                return [Run(words + " " * gap + version, Ink.MUTED)]
        return [Run(words, Ink.MUTED)]

    def _versions(self, file: RuleFileState | None) -> tuple[str, ...]:
        """Which version is live, in full and short."""
        if file is None or file.version is None or file.since is None:
            return ()
        return (f"v{file.version} {short_time(file.since, self._now(), self._zone)}", f"v{file.version}")

    def _trouble(self, file: RuleFileState, cells: int) -> list[Item]:
        """What is wrong with a file on disk, and what is live of it all the same."""
        items = [
            item
            for number, problem in enumerate(file.problems)
            for item in _problem_items(problem, FileMistake(file.path, number), cells)
        ]
        live = f"{versions[0]} stays live" if (versions := self._versions(file)) else "nothing of it is live"
        live = "what was live stays live" if file.is_folder else live
        return [*items[:-1], Item([Run(f"  {cut(live, cells - 3)}", Ink.MUTED)]), Item(())]


class FileMistake(NamedTuple):
    """What a line for a mistake goes by."""

    path: str
    """In the rules folder."""
    number: int
    """Of the mistake in its file."""


class _Columns(NamedTuple):
    """Cells of a rule's title, figure and bar, and how many hits the longest bar stands for."""

    name: int
    figure: int
    bar: int
    top: int


def _title(rule: RuleRow) -> str:
    return shown(rule.title or rule.id)


def _all_rules(today: int, columns: _Columns) -> Item:
    return Item([Run(f"  {fit('All rules', columns.name)} {today:>{columns.figure}}", Ink.BRIGHT)], ALL_RULES)


def _rule_spans(rule: RuleRow, columns: _Columns, silent: Collection[str]) -> list[Run]:
    """A rule: its title, its hits and their bar; of one that is muted or silent for long, that."""
    word, ink = ("muted", Ink.MUTED) if rule.muted else ("quiet", Ink.NORMAL) if rule.id in silent else ("", Ink.TEXT)
    name = columns.name if not word or columns.bar > len(word) else columns.name - len(word) - 1 + columns.bar
    spans = [
        Run(rule.severity.glyph + " ", Ink.MUTED if rule.muted else INKS[rule.severity]),
        Run(fit(_title(rule), name) + " ", Ink.MUTED if rule.muted else Ink.TEXT),
        Run(f"{rule.hits:>{columns.figure}}", Ink.TEXT if rule.hits else Ink.MUTED),
    ]
    if word:
        return [*spans, Run(f" {word}", ink)]
    return [*spans, Run(f" {bar(rule.hits, columns.top, columns.bar)}" if columns.bar else "", Ink.ACCENT)]


def _problem_items(problem: Problem, key: FileMistake, cells: int) -> list[Item]:
    """A file's problem: its place, which can be chosen, then what is wrong there."""
    path, place = shown(problem.path), f":{problem.line}:{problem.column}"
    fits = cell_len(path + place) + 3 <= cells
    head = [Run("▲ ", Ink.HIGH), Run(cut(path, cells - 3), Ink.HIGH), Run(place if fits else "", Ink.HIGH)]
    words = [Run("" if fits else f"{place} ", Ink.HIGH), Run(shown(problem.message))]
    lines = [[Run("  "), *line] for line in wrapped(words, cells - 3)][:6]
    return [Item(head, key, path), *map(Item, lines), Item(())]
