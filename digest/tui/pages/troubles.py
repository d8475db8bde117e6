"""All that is wrong now, the worst first: what the status line has room for one of."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from digest.tui.cells import Run, shown, wrapped
from digest.tui.pages.base import LinesPage, section
from digest.tui.palette import Ink
from digest.tui.widgets.pane import Item
from digest.words import count, short_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime, tzinfo

    from digest.errors import Problem
    from digest.store import Store
    from digest.values.states import EngineState, RuleFileState
    from digest.watch.conditions import KnownCondition

    Wrong = tuple[EngineState, Sequence[RuleFileState], Sequence[KnownCondition]]


class TroublesPage(LinesPage):
    """Of the engine, the rule files, the config, and what else is watched."""

    key = "troubles"
    crumb = "Troubles"

    def __init__(self, now: Callable[[], datetime], zone: tzinfo, doubts: Sequence[Problem]) -> None:
        super().__init__()
        self._now, self._zone, self._doubts = now, zone, doubts
        self._wrong: Wrong | None = None

    def read(self, store: Store) -> Wrong:
        """The engine, the rule files and the conditions."""
        return store.engine.state(), store.rules.files(), store.conditions.known()

    def show(self, value: object) -> None:
        """Show them."""
        self._wrong = cast("Wrong", value)
        self.lines.rebuild()

    def items(self, cells: int) -> list[Item]:
        """A section for each kind; where nothing is wrong, that."""
        if self._wrong is None:
            return []
        engine, files, conditions = self._wrong
        problems = [problem for file in files for problem in file.problems]
        items = [
            *self._told("ENGINE", [(engine.problem, "")] if engine.problem else [], Ink.HIGH, cells),
            *self._told("RULE FILES", [(str(each), "") for each in problems], Ink.HIGH, cells),
            *self._told("WATCHED", [self._since(each) for each in conditions if not each.ended], Ink.HIGH, cells),
            *self._told("CONFIG", [(str(each), "") for each in self._doubts], Ink.NORMAL, cells),
        ]
        return items or [Item(()), Item([Run("  Nothing is wrong.", Ink.MUTED)])]

    def _since(self, condition: KnownCondition) -> tuple[str, str]:
        return condition.sentence, short_time(condition.since, self._now(), self._zone)

    def _told(self, label: str, told: Sequence[tuple[str, str]], ink: Ink, cells: int) -> Iterator[Item]:
        """A section, where there is something to tell."""
        if not told:
            return
        yield section(label, count(len(told), "trouble"), cells)
        for number, (sentence, since) in enumerate(told):
            first, *rest = wrapped([Run(shown(sentence))], max(1, cells - 14))
            when = Run(f"{since:>9} ", Ink.MUTED)
            yield Item([Run("▲ " if ink is Ink.HIGH else "◆ ", ink), when, *first], (label, number))
            yield from (Item([Run(" " * 12), *line]) for line in rest)
        yield Item(())
