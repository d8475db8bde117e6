"""All that is wrong now, the worst first: what the status line has room for one of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, cast

from digest.tui.actions import Subject
from digest.tui.cells import Run, shown, wrapped
from digest.tui.pages.base import LinesPage, section
from digest.tui.palette import Ink
from digest.tui.widgets.pane import Item
from digest.watch.conditions import broken_file
from digest.watch.health import channel_wrong, is_wrong
from digest.words import count, short_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime, tzinfo

    from digest.errors import Problem
    from digest.store import Store
    from digest.store.dashboard import ChannelLine
    from digest.store.people import Mute
    from digest.values.states import EngineState, FeedState, RuleFileState
    from digest.watch.conditions import KnownCondition


class _Wrong(NamedTuple):
    """As it was read."""

    engine: EngineState
    files: Sequence[RuleFileState]
    conditions: Sequence[KnownCondition]
    channels: Sequence[ChannelLine]
    mutes: Sequence[Mute]
    """Each of the rule or story as it is called."""
    feeds: Sequence[FeedState]
    bot: str
    """Why the bot does not hear."""

    def of_engine(self, mistakes: Sequence[Problem], down: str) -> list[tuple[str, str]]:
        """That none runs, in words; what it says of itself, and of the bot; mistakes of the config stand elsewhere."""
        said = self.engine.problem.replace(self.bot, "").strip("; ")
        if any(mistake.is_told_in(said) for mistake in mistakes):
            said = ""
        return [(words, "") for words in (down, said, self.bot) if words]


class TroublesPage(LinesPage):
    """Of the engine, the rule files, the config, and what else is watched."""

    key = "troubles"
    crumb = "Troubles"
    hints = ("open", "find", "close", "help")

    def __init__(self, now: Callable[[], datetime], zone: tzinfo, doubts: Callable[[], Sequence[Problem]]) -> None:
        super().__init__()
        self._now, self._zone, self._doubts = now, zone, doubts
        self._wrong: _Wrong | None = None
        self._was_down = ""

    def read(self, store: Store) -> _Wrong:
        """Whatever ``digest status`` looks at as well."""
        from digest.store.dashboard import Dashboard

        dashboard = Dashboard(store.database)
        return _Wrong(
            store.engine.state(),
            store.rules.files(),
            store.conditions.known(),
            dashboard.channels(),
            [replace(mute, rule=store.reads.called(mute.rule)) for mute in store.mutes.in_force(self._now())],
            store.polls.all_feeds(),
            store.leases.problem(),
        )

    def show(self, value: object) -> None:
        """Show them."""
        self._wrong = cast("_Wrong", value)
        self.rebuild()

    def items(self, cells: int) -> list[Item]:
        """A section for each kind; where nothing is wrong, that."""
        if self._wrong is None:
            return []
        wrong = self._wrong
        problems = [(str(problem), "") for file in wrong.files for problem in file.problems]
        channels = [(words, "") for line in wrong.channels if (words := self._of_channel(line))]
        doubts = self._doubts()
        mistakes = [each for each in doubts if each.level == "error"]
        items = [
            *self._told("ENGINE", wrong.of_engine(mistakes, self._down()), Ink.HIGH, cells),
            *self._told("RULE FILES", problems, Ink.HIGH, cells),
            *self._told("CHANNELS", channels, Ink.HIGH, cells),
            *self._told("FEEDS", [*map(self._of_feed, self._failing(wrong))], Ink.HIGH, cells),
            *self._told("WATCHED", list(self._watched(wrong, mistakes)), Ink.HIGH, cells),
            *self._told("CONFIG", [(str(each), "") for each in doubts], Ink.HIGH if mistakes else Ink.NORMAL, cells),
            *self._told("MUTED", [self._muted(each) for each in wrong.mutes], Ink.NORMAL, cells),
        ]
        return items or [Item(()), Item([Run("  Nothing is wrong.", Ink.MUTED)])]

    def tick(self) -> None:
        """The engine's signs of life come by another way than what is stored."""
        if self._down() != self._was_down:
            self._was_down = self._down()
            self.rebuild()

    def _down(self) -> str:
        """That no engine runs, in words; empty: one does."""
        status = self.desk.status
        return "" if status.engine_lives else f"no engine runs: nothing is polled or sent; {status.starts} starts one"

    def _failing(self, wrong: _Wrong) -> Iterator[FeedState]:
        """The feeds that fail, but for those that fail for so long that they are watched."""
        watched = {each.key for each in wrong.conditions if not each.ended}
        for feed in wrong.feeds:
            if is_wrong(feed, self._now()) and f"feed:{feed.id}:failing" not in watched:
                yield feed

    def _of_feed(self, feed: FeedState) -> tuple[str, str]:
        """What is wrong with it, and since when."""
        since = short_time(feed.last_ok, self._now(), self._zone) if feed.last_ok else "never ok"
        return f"{feed.name_with_address}: {feed.last_error}", since

    def at_hand(self) -> Mapping[Subject, object]:
        """The broken rule file or the failing feed under the cursor."""
        match self.lines.cursor:
            case ("RULE FILES", int(number)) if number < len(paths := self._broken_paths()):
                return {Subject.FILE: paths[number]}
            case ("FEEDS", int(number)) if self._wrong and number < len(failing := [*self._failing(self._wrong)]):
                return {Subject.FEED: failing[number].id}
            case _:
                return {}

    async def open_line(self) -> None:
        """The editor at the mistake; the page of feeds at this one."""
        at_hand = self.at_hand()
        if Subject.FILE in at_hand:
            await self.desk.action_edit_broken()
        elif Subject.FEED in at_hand:
            await self.desk.action_health()

    def _broken_paths(self) -> list[str]:
        """The files of the mistakes, in their order."""
        return [file.path for file in self._wrong.files for _ in file.problems] if self._wrong else []

    def _watched(self, wrong: _Wrong, mistakes: Sequence[Problem]) -> Iterator[tuple[str, str]]:
        """What no other section tells."""
        told = {f"channel:{line.state.name}:down" for line in wrong.channels if channel_wrong(line.state, self._now())}
        told |= {broken_file(file.path) for file in wrong.files if file.problems}
        for each in wrong.conditions:
            if not each.ended and each.key not in told and not any(one.is_told_in(each.sentence) for one in mistakes):
                yield self._since(each)

    def _muted(self, mute: Mute) -> tuple[str, str]:
        until = short_time(mute.until, self._now(), self._zone)
        return f"{mute.rule} is muted until {until}, by {mute.by}", ""

    def _of_channel(self, line: ChannelLine) -> str:
        """What is wrong with it, and what of its messages waits for somebody."""
        counts = ((line.dead, "given up"), (line.unknown, "in doubt"))
        waits = [f"{count(number, 'message')} {what}" for number, what in counts if number]
        wrong = channel_wrong(line.state, self._now())
        if not waits:
            return wrong
        return f"{wrong or line.state.name}: {', '.join(waits)}; digest outbox list shows why"

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
