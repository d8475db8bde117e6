"""How all stands, gathered and said once: for ``digest status``, its JSON lines and the bot's /status."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from digest.config.editing import twin, with_scheme
from digest.delivery.messages.duty import in_hand_words
from digest.errors import UsageError
from digest.rulebook.folder import NO_RULE
from digest.text import quoted, without_login
from digest.values.desks import UNNAMED, desk_of
from digest.values.messages import DeliveryState
from digest.values.push import PushState
from digest.values.states import FeedHealth, FeedState
from digest.watch.conditions import broken_file
from digest.watch.health import channel_wrong, feed_health, with_silence, with_subscriptions
from digest.words import count

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from digest.config import Config
    from digest.errors import Problem
    from digest.store.people import Change, Mute
    from digest.store.store import Store
    from digest.store.strangers import Stranger
    from digest.values.messages import InHand
    from digest.values.settings import FeedSpec
    from digest.values.states import EngineState, Pushed, RuleFileState
    from digest.watch.conditions import KnownCondition

PARTS: Final = ("clock", "poller", "sender", "bot")
_LAST_CHANGES: Final = 5
_LOOKED_AT: Final = 50
"""Changes of all desks among which those of some are looked for."""
_IN_HAND: Final = 12
"""Events of which it is told who has them."""


def feeds_now(specs: Sequence[FeedSpec], store: Store | None, now: datetime) -> list[tuple[FeedState, FeedHealth]]:
    """The feeds of the config, in its order, and how each does; one that no engine has met yet is new."""
    known = with_silence(store.polls.all_feeds(), store.conditions.known()) if store else []
    known = with_subscriptions(known, store.subscriptions.all()) if store else []
    stored = {feed.spec.url: feed for feed in known}
    feeds = [stored.get(spec.url) or FeedState(id=0, spec=spec) for spec in specs]
    return [(feed, feed_health(feed, now)) for feed in feeds]


def find_feed(specs: Sequence[FeedSpec], titles: Mapping[str, str], words: str) -> int:
    """The place of the feed that a user means, by its address or its name.

    Args:
        specs: the feeds of the config.
        titles: the feeds' own titles, by their addresses: they serve those that have no name.
        words: as the user wrote them.

    Raises:
        UsageError: there is none, or there are several.
    """
    names = [spec.name or titles.get(spec.url, "") for spec in specs]
    tests: Sequence[Callable[[int], bool]] = (
        lambda at: words in {specs[at].url, names[at]},
        lambda at: twin(specs[at].url) == twin(with_scheme(words)),
        lambda at: names[at].casefold() == words.strip().casefold(),
    )
    for test in tests:
        found = [at for at in range(len(specs)) if test(at)]
        if len(found) > 1:
            which = ", ".join(without_login(specs[at].url) for at in found)
            raise UsageError(f"several feeds are called {quoted(words)}: name one by its address: {which}")
        if found:
            return found[0]
    from difflib import get_close_matches

    known = {name.casefold(): name for name in (*(without_login(spec.url) for spec in specs), *names) if name}
    close = get_close_matches(words.casefold(), known, n=1, cutoff=0.5)
    hint = f"did you mean {quoted(known[close[0]])}?" if close else "digest feeds list shows all"
    raise UsageError(f"the config has no feed {quoted(words)}: {hint}")


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
    pushes: Mapping[PushState, int] = field(default_factory=dict)
    """Feeds that name a hub, by how that was asked."""
    entries: int = 0
    alerts: int = 0
    files: Sequence[RuleFileState] = ()
    channels: Mapping[str, str] = field(default_factory=dict)
    """What is wrong with channels, by their names, in sentences."""
    mutes: Sequence[Mute] = ()
    in_hand: Sequence[InHand] = ()
    """What nobody has and ought to, then what somebody has."""
    changes: Sequence[Change] = ()
    """The last ones, the latest first."""
    strangers: Sequence[Stranger] = ()
    """Whom the bot refused, the latest first."""
    bot_listens: bool = False
    bot_problem: str = ""
    doubts: Sequence[Problem] = ()
    """Warnings about the config."""
    mistakes: Sequence[Problem] = ()
    """Of the config file: the engine goes on by what it said before."""
    conditions: Sequence[KnownCondition] = ()
    """What is wrong and was told, the oldest first."""
    parts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Of an engine in parts: which there are, by their kind, each by its host and process."""
    pushed: Pushed | None = None
    """Who pushed the rules, if they are none of the engine's folder."""


def overview(  # noqa: PLR0913, PLR0917 - what is looked at
    config: Config,
    store: Store | None,
    now: datetime,
    engine: EngineNow,
    rules: RulesNow,
    mistakes: Sequence[Problem] = (),
    *,
    desks: Collection[str] | None = None,
) -> Overview:
    """How all stands now; without a store there is little to say yet.

    Args:
        config: that in force, as far as it is known.
        store: open, if there is one.
        now: the time.
        engine: what is known of it.
        rules: what is in force of them.
        mistakes: of the config file.
        desks: of whose rules and channels it is told; ``None``: of all, and of whom the bot refused.
    """
    states = feeds_now(config.feeds, store, now)
    feeds = Counter(health for _, health in states)
    if store is None:
        return Overview(engine, rules, feeds, Counter(), doubts=config.warnings, mistakes=mistakes)
    problem = store.leases.problem()
    return Overview(
        engine,
        rules,
        feeds,
        outbox=store.outbox.counts(),
        pushes=Counter(feed.subscription.state(now) for feed, _ in states if feed.subscription),
        entries=store.reads.count_entries(),
        alerts=store.reads.count_alerts(),
        files=[file for file in store.rules.files() if file.is_folder or _is_told(desks, file.path)],
        channels=dict(_channels(None if mistakes else config, store, now, desks)),
        mutes=[mute for mute in store.mutes.in_force(now) if _is_told(desks, mute.rule)],
        in_hand=store.duty.in_hand(now, desks),
        changes=_changes(store, desks),
        strangers=store.strangers.all() if desks is None else (),
        bot_listens=not problem and store.leases.any_held("bot:", now),
        bot_problem=problem,
        doubts=config.warnings,
        mistakes=mistakes,
        conditions=[each for each in store.conditions.known() if _is_condition_told(each.key, config, desks)],
        parts=store.parts.at_work(),
        pushed=store.rules.pushed(),
    )


def _changes(store: Store, desks: Collection[str] | None) -> Sequence[Change]:
    """The last ones of these desks and of what is shared, the latest first."""
    last = store.changes.last(_LAST_CHANGES if desks is None else _LOOKED_AT)
    return [each for each in last if each.is_shared or _is_told(desks, each.rule)][:_LAST_CHANGES]


def _is_told(desks: Collection[str] | None, name: str) -> bool:
    """Whether a rule, a rule file or a muted story is of these desks, by its name."""
    return desks is None or desk_of(name) in desks


def _is_condition_told(key: str, config: Config, desks: Collection[str] | None) -> bool:
    """Whether what is wrong, by its key, is of these desks, or of all."""
    kind, _, name = key.partition(":")
    name = name.rpartition(":")[0] or name
    if kind == "rule":
        return _is_told(desks, name)
    return (
        kind not in {"channel", "escalation"} or desks is None or config.desks_of_channels.get(name, UNNAMED) in desks
    )


def _channels(
    config: Config | None, store: Store, now: datetime, desks: Collection[str] | None
) -> Iterator[tuple[str, str]]:
    """Which channels cannot be written to, and why; one that the config has no more only where something waits.

    Without a config, those count as its own that the engine takes for such.
    """
    from digest.store.channels import NO_LONGER_CONFIGURED
    from digest.store.dashboard import Dashboard

    names = None if config is None else [spec.name for spec in config.every_channel]
    of_others = {} if config is None or desks is None else config.desks_of_channels
    for line in Dashboard(store.database).channels():
        channel = line.state
        if of_others.get(channel.name, UNNAMED) not in (desks or {UNNAMED}):
            continue
        if channel.off == NO_LONGER_CONFIGURED if names is None else channel.name not in names:
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
    yield from _of_parts(found.parts)
    yield from _feeds(found)
    yield Fact("entries", f"{count(found.entries, 'entry')}, {count(found.alerts, 'alert')}")
    yield from _rules(found, time)
    yield Fact("outbox", f"{count(sum(found.outbox.values()), 'message')}{parts(found.outbox)}")
    for channel in found.channels.values():
        yield Fact("channel", channel, wrong=True)
    yield from _mistakes(found)
    for doubt in found.doubts:
        yield _warning("config", doubt)
    yield from _people(found, time)
    if engine.activity:
        yield Fact("now", engine.activity)
    if (problem := engine.problem.replace(found.bot_problem, "").strip("; ")) and not any(
        mistake.is_told_in(problem) for mistake in found.mistakes
    ):
        yield Fact("problem", problem, wrong=True)
    said = {f"channel:{name}:down" for name in found.channels}
    said |= {broken_file(file.path) for file in found.files if file.problems}
    said |= {broken_file(str(Path(mistake.path).absolute())) for mistake in found.mistakes}
    for condition in found.conditions:
        if condition.key not in said:
            yield Fact("wrong", condition.sentence, wrong=True)


def _feeds(found: Overview) -> Iterator[Fact]:
    """How feeds do, and what hubs were asked to push of them."""
    yield Fact("feeds", f"{sum(found.feeds.values()):,}{parts(found.feeds)}")
    if found.pushes:
        yield Fact("push", f"{count(sum(found.pushes.values()), 'feed')} with a hub{parts(found.pushes)}")


def _mistakes(found: Overview) -> Iterator[Fact]:
    """What is wrong with the config file while an engine goes on by what it said before."""
    for mistake in found.mistakes:
        yield Fact("config", str(mistake), wrong=True)
    if found.mistakes:
        yield Fact("", "what the file said before stays in force", wrong=True)


def _people(found: Overview, time: Callable[[datetime], str]) -> Iterator[Fact]:
    """Who has what in hand, what was asked of the bot, and whether it hears."""
    for one in found.in_hand[:_IN_HAND]:
        yield Fact("on duty", in_hand_words(one, time), wrong=one.taken is None)
    if (more := len(found.in_hand) - _IN_HAND) > 0:
        yield Fact("", f"and {count(more, 'more event')}: the dashboard's page of who has what shows all")
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


def _of_parts(found: Mapping[str, Sequence[str]]) -> Iterator[Fact]:
    """The parts of an engine in parts; without one of the first three it does not do its work."""
    if not found:
        return
    there = [f"{kind} on {', '.join(found[kind])}" for kind in PARTS if kind in found]
    lacking = [f"there is no {kind}" for kind in PARTS[:3] if kind not in found]
    yield Fact("parts", "; ".join([*there, *lacking]), wrong=bool(lacking))


def _rules(found: Overview, time: Callable[[datetime], str]) -> Iterator[Fact]:
    rules = found.rules
    if not rules.loaded and not rules.problems:
        yield Fact("rules", f"0: {NO_RULE}", wrong=True)
    else:
        troubles = f", {count(len(rules.problems), 'problem')}:" * bool(rules.problems)
        pushed = f", pushed by {found.pushed.by}, {time(found.pushed.at)}" if found.pushed else ""
        yield Fact("rules", f"{rules.loaded:,}{pushed}{troubles}")
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


def parts(counts: Mapping[FeedHealth, int] | Mapping[DeliveryState, int] | Mapping[PushState, int]) -> str:
    """``: 33 ok, 2 failing``, in the order of their states, leaving out what there is none of."""
    order = [*FeedHealth, *DeliveryState, *PushState]
    found = sorted(
        ((state, number) for state, number in counts.items() if number), key=lambda pair: order.index(pair[0])
    )
    return f": {', '.join(f'{number:,} {state.value}' for state, number in found)}" if found else ""
