"""How things stand: /status and /feeds."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, Final

from digest.bot.replies import Reply, bold
from digest.delivery.media.markup import Span
from digest.engine.overview import EngineNow, RulesNow, facts, feeds_now, overview, parts
from digest.values.states import FeedHealth
from digest.words import count, typed_span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.bot.replies import View
    from digest.values.states import FeedState

_SHOWN_PROBLEMS: Final = 5
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
    said = view.store.engine.state()
    files = [file for file in view.store.rules.files() if file.is_folder or view.sees(file.path)]
    problems = [problem for file in files for problem in file.problems]
    rules = RulesNow(len(view.rules.by_id), problems[:_SHOWN_PROBLEMS])
    engine = EngineNow.of(said.pid or os.getpid(), said, said.problem)
    found = overview(view.config, view.store, view.now, engine, rules, desks=view.desks)
    for number, (head, words, _) in enumerate(facts(found, view.time)):
        yield Span("\n" if number else "")
        yield bold(head)
        yield Span(f" {words}")


def feeds(view: View, _argument: str = "") -> Reply:
    """Every feed in a line, the worst first, with the reason."""
    found = feeds_now(view.config.feeds, view.store, view.now)
    found.sort(key=lambda pair: _WORST_FIRST.index(pair[1]))
    if not found:
        return Reply((Span("There are no feeds: add [[feed]] with its url to config.toml."),))
    spans = [bold(count(len(found), "feed")), Span(parts(Counter(health for _, health in found)))]
    for feed, health in found[:_SHOWN_FEEDS]:
        spans += [Span(f"\n{health.value} "), bold(feed.name), Span(_feed_words(feed, health, view))]
    if len(found) > _SHOWN_FEEDS:
        spans.append(Span(f"\n… and {len(found) - _SHOWN_FEEDS} more: digest feeds list shows all"))
    return Reply(tuple(spans), more="digest feeds list")


def _feed_words(feed: FeedState, health: FeedHealth, view: View) -> str:
    """What is wrong with a feed, and since when."""
    if health in {FeedHealth.OK, FeedHealth.NEW, FeedHealth.PAUSED}:
        return ""
    ok = f"last well {typed_span(view.now - feed.last_ok)} ago" if feed.last_ok else "never well yet"
    return f": {feed.last_error} ({ok})" if feed.last_error else f" ({ok})"
