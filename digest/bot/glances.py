"""How things stand: /status and /feeds."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from digest.bot.replies import Reply, bold, count, span_words
from digest.delivery.media.markup import Span
from digest.engine.feeds_now import feeds_now
from digest.store.rows import outlet
from digest.values.states import FeedHealth

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from digest.bot.replies import View
    from digest.store.people import Change
    from digest.values.states import FeedState

_SHOWN_PROBLEMS: Final = 5
_SHOWN_CHANGES: Final = 5
_SHOWN_FEEDS: Final = 60
_WORST_FIRST: Final = (
    FeedHealth.FAILING,
    FeedHealth.GONE,
    FeedHealth.LATE,
    FeedHealth.PAUSED,
    FeedHealth.NEW,
    FeedHealth.OK,
)


def status(view: View, _argument: str = "") -> Reply:
    """Engine, feeds, rules and outbox at a glance; who muted and changed what; what is wrong."""
    return Reply(tuple(_status(view)), more="digest status")


def _status(view: View) -> Iterator[Span]:
    state = view.store.engine.state()
    since = f"at work since {view.time(state.started)}" if state.started else "at work"
    healths = Counter(health.value for _, health in feeds_now(view.config.feeds, view.store, view.now))
    owed = {state.value: number for state, number in view.store.outbox.counts().items()}
    problems = [problem for file in view.store.rules.files() for problem in file.problems]
    yield from _line("engine", since, first=True)
    yield from _line("feeds", f"{healths.total()}{_parts(healths)}")
    yield from _line("rules", str(len(view.rules.by_id)) + (f", {count(len(problems), 'problem')}:" * bool(problems)))
    for problem in problems[:_SHOWN_PROBLEMS]:
        yield Span(f"\n  {problem}")
    yield from _line("outbox", f"{count(sum(owed.values()), 'message')}{_parts(owed)}")
    for mute in view.store.mutes.in_force(view.now):
        yield from _line("muted", f"{mute.rule} until {view.time(mute.until)}, by {mute.by}")
    for change in view.store.changes.last(_SHOWN_CHANGES):
        yield from _line("change", change_words(change, view))
    yield from _strangers(view)
    for condition in view.store.conditions.known():
        yield from _line("wrong", condition.sentence)
    if state.problem:
        yield from _line("problem", state.problem)


def _line(head: str, words: str, *, first: bool = False) -> Iterator[Span]:
    if not first:
        yield Span("\n")
    yield bold(head)
    yield Span(f" {words}")


def _parts(numbers: Mapping[str, int]) -> str:
    """``: 33 ok, 2 failing``, leaving out what there is none of."""
    parts = ", ".join(f"{number:,} {word}" for word, number in numbers.items() if number)
    return f": {parts}" if parts else ""


def change_words(change: Change, view: View) -> str:
    """Who did what, when, and whether it was undone."""
    undone = f"; undone by {change.undone_by}, {view.time(change.undone)}" if change.undone else ""
    return f"{view.time(change.at)}: {change.by} {change.what}{undone}"


def _strangers(view: View) -> Iterator[Span]:
    known = view.store.strangers.all()
    if known:
        last = known[0]
        who = f"{last.name or 'without a name'} ({last.user_id}), {view.time(last.last_seen)}"
        yield from _line("refused", f"{count(len(known), 'stranger')}; the last: {who}")


def feeds(view: View, _argument: str = "") -> Reply:
    """Every feed in a line, the worst first, with the reason."""
    found = feeds_now(view.config.feeds, view.store, view.now)
    found.sort(key=lambda pair: _WORST_FIRST.index(pair[1]))
    if not found:
        return Reply((Span("There are no feeds: add [[feed]] with its url to config.toml."),))
    healths = Counter(health.value for _, health in found)
    spans = [bold(count(len(found), "feed")), Span(_parts(healths))]
    for feed, health in found[:_SHOWN_FEEDS]:
        spans += [Span(f"\n{health.value} "), bold(outlet(feed.name)), Span(_feed_words(feed, health, view))]
    if len(found) > _SHOWN_FEEDS:
        spans.append(Span(f"\n… and {len(found) - _SHOWN_FEEDS} more: digest feeds list shows all"))
    return Reply(tuple(spans), more="digest feeds list")


def _feed_words(feed: FeedState, health: FeedHealth, view: View) -> str:
    """What is wrong with a feed, and since when."""
    if health in {FeedHealth.OK, FeedHealth.NEW, FeedHealth.PAUSED}:
        return ""
    ok = f"last well {span_words(view.now - feed.last_ok)} ago" if feed.last_ok else "never well yet"
    return f": {feed.last_error} ({ok})" if feed.last_error else f" ({ok})"
