"""The first line: how everything stands, and what is wrong."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from digest.tui.cells import Line, Run, clipped, cut, isolated, shown, sides, spark, width
from digest.tui.life import Life
from digest.tui.palette import Ground, Ink
from digest.tui.widgets.feeds import until_next
from digest.tui.widgets.pane import Drawn
from digest.values.settings import is_admin_chat
from digest.values.states import ChannelHealth, FeedHealth
from digest.watch.conditions import NETWORK
from digest.watch.health import channel_health, feed_health, feeds_wrong, is_wrong, tally
from digest.words import brief, clock, count, countdown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime, tzinfo

    from digest.errors import Problem
    from digest.presence import Presence
    from digest.store.dashboard import ChannelLine
    from digest.tui.life import Bearing
    from digest.tui.questions import Snapshot
    from digest.values.states import EngineState, FeedState

STARTS: Final = "digest run"
"""The command that starts an engine."""
_OFF: Final = (
    (re.compile(r"no bot token in"), "no token"),
    (re.compile(r"does not know"), "wrong token"),
    (re.compile(r"is no bot token"), "no valid token"),
    (re.compile(r"cannot be read"), "token unreadable"),
    (re.compile(r"not supported"), "not supported"),
)
"""The reasons for which a channel is off, in the two words there is room for."""
_NEEDS_SOMEBODY: Final = 3
"""From this trouble on a channel does not get well by itself."""
_NAMES: Final = 16
"""Cells for the names of channels."""
_GAP: Final = Run("   ")
_TURN: Final = 4
"""Seconds for which each trouble is told."""
_TOLD_ELSEWHERE: Final = {"feed", "rule", "file", "network", "channel"}
"""Kinds of conditions that are counted in the line, or shown by the channels."""


def engine_spans(bearing: Bearing, starts: str = STARTS, *, narrow: bool) -> list[Run]:
    """A dot and a word for the engine; one that gave no sign of life for some seconds is down, and how to start it.

    One that lives and cannot write to the store says why it waits.

    Args:
        bearing: how it does.
        starts: what starts one.
        narrow: whether there is little room.
    """
    if bearing.waits:
        return [Run("▲ ", Ink.HIGH), Run("ENGINE WAITS", Ink.HIGH_BOLD), Run(f": {shown(bearing.waits)}", Ink.HIGH)]
    if bearing.lives:
        return [Run("● ", Ink.ACCENT), Run("live" if narrow else "engine live")]
    silent = "" if bearing.silent is None or narrow else f", silent for {brief(bearing.silent)}"
    start = [Run(": ", Ink.HIGH), Run(starts, Ink.BRIGHT), Run(" starts it")]
    return [Run("▲ ", Ink.HIGH), Run(f"ENGINE DOWN{silent}", Ink.HIGH_BOLD), *start]


def channel_spans(channels: Sequence[ChannelLine], now: datetime) -> list[Run]:
    """The channel that is worst off, or how many are alike: well, or in need of somebody; admins' only in trouble."""
    channels = [each for each in channels if _trouble(each, now)[0] > 1 or not is_admin_chat(each.state.name)]
    if not channels:
        return [Run("no channel", Ink.MUTED)]
    worst = max(channels, key=lambda channel: _trouble(channel, now)[0])
    level, words = _trouble(worst, now)
    ink = (Ink.TEXT, Ink.TEXT, Ink.NORMAL, Ink.NORMAL, Ink.HIGH)[level]
    alike = [each.state for each in channels if _needs_somebody(each, now) == (level >= _NEEDS_SOMEBODY)]
    if len(alike) == 1 or 0 < level < _NEEDS_SOMEBODY:
        return [Run(isolated(cut(shown(worst.state.name), _NAMES)) + " ", Ink.MUTED), Run(words, ink)]
    number = Run(f"{count(len(alike), 'channel')} ", Ink.MUTED)
    if not level:
        return [number, Run("ok")]
    health = {channel_health(state, now) for state in alike}
    word = health.pop().value if len(health) == 1 and ChannelHealth.OK not in health else "in trouble"
    names = isolated(cut(", ".join(shown(state.name) for state in alike), _NAMES))
    return [number, Run(word, ink), Run(f": {names}", Ink.MUTED)]


def _needs_somebody(channel: ChannelLine, now: datetime) -> bool:
    return _trouble(channel, now)[0] >= _NEEDS_SOMEBODY


def _trouble(channel: ChannelLine, now: datetime) -> tuple[int, str]:
    """How badly a channel does, from 0, and the word for it."""
    state, health = channel.state, channel_health(channel.state, now)
    if health is ChannelHealth.OFF:
        return 3, next((words for pattern, words in _OFF if pattern.search(state.off)), "off")
    if health is ChannelHealth.WAITS and state.paused_until is not None:
        return 2, f"waits {countdown(state.paused_until - now)}"
    if health is ChannelHealth.FAILING:
        return 4, "retrying" if channel.queued else "failing"
    return _left_over(channel)


def _left_over(channel: ChannelLine) -> tuple[int, str]:
    """The same by the messages that have not arrived: what was given up stays until somebody decides about it."""
    counts = (
        (3, channel.dead, "given up"),
        (3, channel.unknown, "in doubt"),
        (1, channel.queued, "queued"),
        (1, channel.held, "held"),
    )
    return next(((level, f"{number} {words}") for level, number, words in counts if number), (0, "ok"))


def _channel_part(channels: Sequence[ChannelLine], now: datetime, *, narrow: bool) -> list[tuple[int, list[Run]]]:
    """The channels with their place in the order of importance; on narrow screens only when they need somebody."""
    needs_somebody = any(_needs_somebody(channel, now) for channel in channels)
    if narrow and not needs_somebody:
        return []
    return [(1 if needs_somebody else 4, channel_spans(channels, now))]


def _next_poll(feeds: Sequence[FeedState], now: datetime) -> list[Run]:
    """The soonest poll of any feed that is polled at all; those overdue come last, for they say nothing of when."""
    never = {FeedHealth.PAUSED, FeedHealth.GONE}
    due = [
        (until < timedelta(0), until)
        for feed in feeds
        if feed_health(feed, now) not in never
        for until in [until_next(feed, now)]
    ]
    return [Run("next poll ", Ink.MUTED), Run(countdown(min(due)[1]) if due else "–")]


class StatusBar(Drawn):
    """The first line; what does not fit goes, the least important first."""

    def __init__(
        self,
        now: Callable[[], datetime],
        zone: tzinfo,
        steady: Callable[[], float] = time.monotonic,
        doubts: Sequence[Problem] = (),
    ) -> None:
        super().__init__(id="status")
        self.doubts = doubts
        """What is wrong with the config, or doubtful."""
        self.crumbs: Sequence[str] = ()
        """The pages that lie over the desk."""
        self.starts = STARTS
        """What starts an engine: a command, or what is typed here."""
        self.key_of_all = "T"
        """What opens the page of all troubles."""
        self._now, self._zone, self._steady = now, zone, steady
        self._life = Life(steady)
        self._snapshot: Snapshot | None = None
        self._engine: EngineState | None = None  # as it was last heard of, also when there is no store any more
        self._trouble = ""
        self._last = Line()

    def show(self, snapshot: Snapshot | None, trouble: str = "") -> None:
        """Show how everything stands; ``trouble`` is why the store cannot be read, if it cannot."""
        self._snapshot, self._trouble = snapshot, trouble
        if snapshot is not None:
            self._engine = snapshot.engine
            self._life.hear(snapshot.engine, self._now())
        self.tick()

    def see(self, presence: Presence | None) -> None:
        """The engine's sign of life that needs no store."""
        self._life.see(presence)
        self.tick()

    @property
    def engine_lives(self) -> bool:
        """Whether an engine is there, as the line shows it."""
        return self._snapshot is not None and self._life.bearing(self._snapshot.engine).lives

    def tick(self) -> None:
        """A second passed: draw the line if it changed."""
        line = self.line(0, self.size.width)
        if line != self._last:
            self._last = line
            self.refresh()

    def line(self, y: int, cells: int) -> Line:
        """The status in order of importance from the left, the clock at the right."""
        del y
        now = self._now()
        right = [Run(clock(now, self._zone), Ink.BRIGHT), Run(" ")]
        narrow = cells < 100
        left = [Run(" ")] if narrow else [Run(" "), Run("Digest", Ink.BRIGHT), _GAP]
        left += [span for crumb in self.crumbs for span in (Run("› ", Ink.MUTED), Run(crumb), _GAP)]
        left += self._parts(now, cells - width(left) - width(right) - 2, narrow=narrow)
        return Line(sides(left, right, cells), Ground.RAISED)

    def _parts(self, now: datetime, room: int, *, narrow: bool) -> list[Run]:
        if self._trouble or self._snapshot is None:
            return self._without_store()
        snapshot = self._snapshot
        bearing = self._life.bearing(snapshot.engine)
        parts = [
            (0, engine_spans(bearing, self.starts, narrow=narrow)),
            (2, [Run(f"{snapshot.figures.unread:,}", Ink.BRIGHT), Run(" unread", Ink.MUTED)]),
            (3, self._hits(snapshot, narrow=narrow)),
            *([] if narrow or not bearing.lives else [(5, _next_poll(snapshot.feeds, now))]),
            *_channel_part(snapshot.channels, now, narrow=narrow),
        ]
        half, troubles = max(room // 2, 24), [] if bearing.waits else _troubles(snapshot, self.doubts, now)
        told = self._trouble_now(troubles, half)
        parts = [part for part in (*parts, (1, told)) if part[1]]
        while _taken(parts) > room and len(parts) > 1:
            parts.remove(max(parts, key=lambda part: part[0]))
        if told and parts[-1][1] is told:  # it takes what room the others left
            parts[-1] = (1, self._trouble_now(troubles, half + room - _taken(parts)))
        return [span for _, spans in parts for span in (*spans, _GAP)][:-1]

    def _trouble_now(self, troubles: Sequence[Run], room: int) -> list[Run]:
        """One after the other, each for some seconds in the same cells, the worst first; how many there are.

        What opens the page of all is named where there are several, or one is cut.
        """
        if not troubles:
            return []
        place = int(self._steady() // _TURN) % len(troubles)
        number = f" {place + 1}/{len(troubles)} " if len(troubles) > 1 else " "
        longest = max(width([each]) for each in troubles)
        whole = len(troubles) == 1 and longest <= room
        after = [] if whole else [Run(number, Ink.MUTED), Run(self.key_of_all, Ink.BRIGHT)]
        widest = min(longest, room - width(after))
        told = clipped([troubles[place]], widest)
        return [*told, *after, Run(" " * (widest - width(told)))]

    def _without_store(self) -> list[Run]:
        """Why nothing is shown; first of all that the engine is gone, which may well have gone with its store."""
        if not self._trouble:
            return [Run("○ ", Ink.ACCENT), Run("opening the store…")]
        bearing = None if self._engine is None else self._life.bearing(self._engine)
        if bearing is not None and not bearing.lives:
            return [*engine_spans(bearing, self.starts, narrow=True), _GAP, Run(self._trouble)]
        return [Run("▲ ", Ink.HIGH), Run(self._trouble)]

    @staticmethod
    def _hits(snapshot: Snapshot, *, narrow: bool) -> list[Run]:
        hours = list(snapshot.figures.hours)
        if not hours:
            return []
        chart = spark(hours)
        return [
            Run(chart[:-1], Ink.FAINT),
            Run(chart[-1], Ink.ACCENT),
            Run(f" {hours[-1]:,}", Ink.BRIGHT),
            Run("/h" if narrow else " hits/h", Ink.MUTED),
        ]


def _taken(parts: Sequence[tuple[int, list[Run]]]) -> int:
    """Cells that parts of the line take, with the gaps between them."""
    return sum(width([*spans, _GAP]) for _, spans in parts) - width([_GAP])


def _troubles(snapshot: Snapshot, doubts: Sequence[Problem], now: datetime) -> list[Run]:
    """All that is wrong and has no other place in the line, the worst first."""
    troubles = [Run(f"▲ {shown(snapshot.engine.problem)}", Ink.HIGH)] if snapshot.engine.problem else []
    if files := sum(bool(file.problems) for file in snapshot.book.files):
        troubles.append(Run(f"▲ {count(files, 'rule file')} broken", Ink.HIGH))
    if any(one.key == NETWORK for one in snapshot.wrong):
        troubles.append(Run("▲ no feed can be reached", Ink.HIGH))
    elif wrong := [feed for feed in snapshot.feeds if is_wrong(feed, now)]:
        alone = f"{shown(wrong[0].name)} {feed_health(wrong[0], now).value}"
        troubles.append(Run(f"▲ {alone if len(wrong) == 1 else feeds_wrong(tally(wrong, now))}", Ink.HIGH))
    troubles += [
        Run(f"▲ {shown(one.sentence)}", Ink.HIGH)
        for one in snapshot.wrong
        if one.key.partition(":")[0] not in _TOLD_ELSEWHERE
    ]
    for sort, what in (("feed", "quiet"), ("rule", "silent")):
        if found := snapshot.wrong_of(sort, what):
            troubles.append(Run(f"◆ {count(len(found), sort)} {what}", Ink.NORMAL))
    return troubles + list(_of_config(doubts, snapshot.engine.problem))


def _of_config(doubts: Sequence[Problem], said: str) -> Iterator[Run]:
    """What is wrong with the config, or doubtful, but for what the engine has said of it."""
    for doubt in doubts:
        if doubt.level != "error":
            yield Run(f"◆ config: {shown(doubt.message.partition(':')[0])}", Ink.NORMAL)
        elif not doubt.is_told_in(said):
            place = f"{PurePath(doubt.path).name}:{doubt.line}:{doubt.column}"
            yield Run(f"▲ {shown(f'{place}: {doubt.message}')}", Ink.HIGH)
