"""How all stands, gathered and said once: for ``digest status``, its JSON lines and the bot's /status."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from digest.rulebook.folder import NO_RULE
from digest.values.messages import DeliveryState
from digest.values.states import FeedHealth, FeedState
from digest.watch.conditions import broken_file
from digest.watch.health import channel_wrong, feed_health, with_silence
from digest.words import count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from digest.config import Config
    from digest.errors import Problem
    from digest.store.people import Change, Mute
    from digest.store.store import Store
    from digest.store.strangers import Stranger
    from digest.values.settings import FeedSpec
    from digest.values.states import EngineState, RuleFileState
    from digest.watch.conditions import KnownCondition

_LAST_CHANGES: Final = 5


def feeds_now(specs: Sequence[FeedSpec], store: Store | None, now: datetime) -> list[tuple[FeedState, FeedHealth]]:
    """The feeds of the config, in its order, and how each does; one that no engine has met yet is new."""
    known = with_silence(store.polls.all_feeds(), store.conditions.known()) if store else []
    stored = {feed.spec.url: feed for feed in known}
    feeds = [stored.get(spec.url) or FeedState(id=0, spec=spec) for spec in specs]
    return [(feed, feed_health(feed, now)) for feed in feeds]


@dataclass(frozen=True, slots=True)
class EngineNow:
    """What is known of the engine by whoever asks: the process itself, or one that looked at its lock."""

    pid: int | None = None
    """``None``: none runs."""
    started: datetime | None = None
    activity: str = ""
    problem: str = ""

    @classmethod
    def of(cls, pid: int | None, said: EngineState, problem: str) -> EngineNow:
        """Of an engine with this pid, by what it has said; what another said is left out."""
        own = pid is not None and said.pid == pid
        return cls(pid, said.started if own else None, said.activity if own else "", problem if pid is not None else "")


@dataclass(frozen=True, slots=True)
class RulesNow:
    """What is in force of the rule files."""

    loaded: int
    problems: Sequence[Problem] = ()
    doubts: Sequence[Problem] = ()
    """Warnings about the rules folder itself."""


@dataclass(frozen=True, slots=True)
class Overview:
    """How all stands at one time."""

    engine: EngineNow
    rules: RulesNow
    feeds: Mapping[FeedHealth, int]
    outbox: Mapping[DeliveryState, int]
    """Messages."""
    entries: int = 0
    alerts: int = 0
    files: Sequence[RuleFileState] = ()
    channels: Mapping[str, str] = field(default_factory=dict)
    """What is wrong with channels, by their names, in sentences."""
    mutes: Sequence[Mute] = ()
    changes: Sequence[Change] = ()
    """The last ones, the latest first."""
    strangers: Sequence[Stranger] = ()
    """Whom the bot refused, the latest first."""
    bot_listens: bool = False
    bot_problem: str = ""
    doubts: Sequence[Problem] = ()
    """Warnings about the config."""
    conditions: Sequence[KnownCondition] = ()
    """What is wrong and was told, the oldest first."""


def overview(config: Config, store: Store | None, now: datetime, engine: EngineNow, rules: RulesNow) -> Overview:
    """How all stands now; without a store there is little to say yet."""
    feeds = Counter(health for _, health in feeds_now(config.feeds, store, now))
    if store is None:
        return Overview(engine, rules, feeds, Counter(), doubts=config.warnings)
    problem = store.leases.problem()
    return Overview(
        engine,
        rules,
        feeds,
        outbox=store.outbox.counts(),
        entries=store.reads.count_entries(),
        alerts=store.reads.count_alerts(),
        files=store.rules.files(),
        channels=dict(_channels(config, store, now)),
        mutes=store.mutes.in_force(now),
        changes=store.changes.last(_LAST_CHANGES),
        strangers=store.strangers.all(),
        bot_listens=not problem and store.leases.any_held("bot:", now),
        bot_problem=problem,
        doubts=config.warnings,
        conditions=store.conditions.known(),
    )


def _channels(config: Config, store: Store, now: datetime) -> Iterator[tuple[str, str]]:
    """Which channels cannot be written to, and why; one that the config has no more only where something waits."""
    from digest.store.dashboard import Dashboard

    names = [spec.name for spec in config.every_channel]
    for line in Dashboard(store.database).channels():
        channel = line.state
        if channel.name not in names:
            if waiting := line.queued + line.held:
                words = f"{count(waiting, 'message')} for it: name it there again, or digest outbox drop them"
                yield channel.name, f"{channel.name} is no longer in config.toml, with {words}"
        elif wrong := channel_wrong(channel, now):
            yield channel.name, wrong


# --- in words ----------------------------------------------------------------------------------------------------


class Fact(NamedTuple):
    """A line of what is said: the word before it, the sentence, and whether somebody should look at it."""

    head: str
    """Empty: it belongs to the line before."""
    words: str
    wrong: bool = False


def facts(found: Overview, time: Callable[[datetime], str]) -> Iterator[Fact]:
    """How all stands, line by line; ``time`` writes a moment as the reader's place does."""
    engine = found.engine
    since = f" since {time(engine.started)}" if engine.started else ""
    yield Fact("engine", f"runs{since} (pid {engine.pid})" if engine.pid is not None else "does not run")
    yield Fact("feeds", f"{sum(found.feeds.values()):,}{parts(found.feeds)}")
    yield Fact("entries", f"{count(found.entries, 'entry')}, {count(found.alerts, 'alert')}")
    yield from _rules(found, time)
    yield Fact("outbox", f"{count(sum(found.outbox.values()), 'message')}{parts(found.outbox)}")
    for channel in found.channels.values():
        yield Fact("channel", channel, wrong=True)
    for doubt in found.doubts:
        yield _warning("config", doubt)
    yield from _people(found, time)
    if engine.activity:
        yield Fact("now", engine.activity)
    if problem := engine.problem.replace(found.bot_problem, "").strip("; "):
        yield Fact("problem", problem, wrong=True)
    said = {f"channel:{name}:down" for name in found.channels}
    said |= {broken_file(file.path) for file in found.files if file.problems}
    for condition in found.conditions:
        if condition.key not in said:
            yield Fact("wrong", condition.sentence, wrong=True)


def _people(found: Overview, time: Callable[[datetime], str]) -> Iterator[Fact]:
    """What was asked of the bot, and whether it hears."""
    for mute in found.mutes:
        yield Fact("muted", f"{mute.rule} until {time(mute.until)}, by {mute.by}", wrong=True)
    for change in found.changes:
        yield Fact("change", change_words(change, time))
    if found.strangers:
        last = found.strangers[0]
        who = f"{last.name or 'without a name'} ({last.user_id}), {time(last.last_seen)}"
        yield Fact("refused", f"{count(len(found.strangers), 'stranger')}; the last: {who}")
    if found.bot_problem:
        yield Fact("bot", found.bot_problem, wrong=True)
    elif found.bot_listens:
        yield Fact("bot", "listens to its admins")


def _rules(found: Overview, time: Callable[[datetime], str]) -> Iterator[Fact]:
    rules = found.rules
    if not rules.loaded and not rules.problems:
        yield Fact("rules", f"0: {NO_RULE}", wrong=True)
    else:
        troubles = f", {count(len(rules.problems), 'problem')}:" * bool(rules.problems)
        yield Fact("rules", f"{rules.loaded:,}{troubles}")
    for problem in rules.problems:
        yield Fact("", str(problem), wrong=True)
    for doubt in rules.doubts:
        yield _warning("", doubt)
    for file in found.files:
        broken = any(problem.level == "error" for problem in file.problems)
        if file.since is None:
            yield Fact("", f"{file.path}: nothing of it is live", wrong=broken)
        else:
            live = f"{file.path}: version {file.version} is live since {time(file.since)}"
            yield Fact("", live + "; the file on disk has an error" * broken, wrong=broken)


def _warning(head: str, doubt: Problem) -> Fact:
    return Fact(head, f"{doubt.path}:{doubt.line}:{doubt.column}: warning: {doubt.message}", wrong=True)


def change_words(change: Change, time: Callable[[datetime], str]) -> str:
    """Who did what, when, and whether it was undone."""
    undone = f"; undone by {change.undone_by}, {time(change.undone)}" if change.undone else ""
    return f"{time(change.at)}: {change.by} {change.what}{undone}"


def parts(counts: Mapping[FeedHealth, int] | Mapping[DeliveryState, int]) -> str:
    """``: 33 ok, 2 failing``, in the order of their states, leaving out what there is none of."""
    order = [*FeedHealth, *DeliveryState]
    found = sorted(
        ((state, number) for state, number in counts.items() if number), key=lambda pair: order.index(pair[0])
    )
    return f": {', '.join(f'{number:,} {state.value}' for state, number in found)}" if found else ""
