"""A clock that was ahead and was put right loses nothing and tells nothing twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from digest.delivery.decide import Policy, decide
from digest.engine import requests as engine_requests
from digest.engine.polling.commits import as_baseline
from digest.engine.polling.facts import Source, entry_facts
from digest.engine.requests import WrongClock, misjudged
from digest.engine.rules import ActiveRules
from digest.engine.sending.open import channel_opener
from digest.engine.sending.outbox import DeliveryPolicy, OutboxDrain
from digest.feeds.identity import identities
from digest.match import RuleSet, query_rule
from digest.stories.compose import compose_digest
from digest.values.news import FeedUpdate, Outcome, ParsedEntry, PollResult
from digest.values.settings import ChannelSpec, FeedSpec, Telegram

if TYPE_CHECKING:
    import pytest

    from digest.delivery.decide import Decide
    from digest.engine.polling.poll import PollTools
    from digest.store import Store
    from digest.values.news import NewEntry
    from tests.engine.conftest import Polls

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
DESK = ChannelSpec("desk", Telegram("@desk"))
POLICY = Policy(30 * DAY, [DESK])
RULE = query_rule("rocket")
ACTIVE = ActiveRules(RuleSet([RULE]), {"query": None}, {"query": RULE})


def deciding(active: ActiveRules = ACTIVE) -> Decide:
    """What decides by these rules."""
    return partial(decide, replace(POLICY, routes=active.routes))


def came(
    store: Store,
    name: str,
    published: datetime,
    by_clock: datetime,
    *,
    first_poll: bool = False,
    active: ActiveRules = ACTIVE,
) -> None:
    """An entry that the rule hits came when the clock said so."""
    if not store.polls.all_feeds():
        store.channels.sync([DESK], {}, NOW - 90 * DAY)
        store.polls.sync_feeds([FeedSpec("https://x.example/")], default_every=HOUR, now=NOW - 90 * DAY)
    entry = ParsedEntry(guid=name, title=f"{name}: a rocket rose", published=published)
    (identity,) = identities([entry])
    made: tuple[NewEntry, ...] = (entry_facts(entry, identity, Source("Example", "en"), active.rules),)
    if first_poll:
        made = as_baseline(made, 0, by_clock)
    (feed,) = store.polls.all_feeds()
    update = FeedUpdate(feed.id, by_clock, ok=True, next_due=by_clock + HOUR, interval=HOUR, failures=0)
    store.polls.commit_polls([PollResult(update, made)], by_clock, deciding(active))


def judged_again(store: Store, now: datetime, active: ActiveRules = ACTIVE) -> int:
    """Judge again what was judged by a clock of the future; how many alerts."""
    told = store.polls.decide_again(misjudged(store, active, now), now, deciding(active))
    store.set_right(now)
    return told


def outcomes(store: Store) -> list[Outcome]:
    """What became of the matches, in the order in which their entries came."""
    found = store.reads.entries()
    return [stored.judged.outcome for entry in found for stored in store.reads.matches_of(entry.id)]


def test_what_only_a_wrong_clock_took_for_too_old_alerts_once(engine_store: Store) -> None:
    """It is an alert of now, owed to its channels; judged again, it is owed nothing more."""
    came(engine_store, "fresh", NOW - HOUR, NOW + 40 * DAY)
    assert outcomes(engine_store) == [Outcome.TOO_OLD]
    assert judged_again(engine_store, NOW) == 1
    (alert,) = engine_store.reads.alerts(since=NOW, until=NOW + HOUR)
    (delivery,) = alert.deliveries
    assert (alert.entry.first_seen, delivery.channel, delivery.created) == (NOW, "desk", NOW)
    assert judged_again(engine_store, NOW + HOUR) == 0
    assert len(engine_store.outbox.list()) == 1


def test_two_that_judge_again_at_once_owe_one_message(engine_store: Store) -> None:
    """What was found before another had stored it adds nothing."""
    came(engine_store, "fresh", NOW - HOUR, NOW + 40 * DAY)
    found = misjudged(engine_store, ACTIVE, NOW)
    assert [engine_store.polls.decide_again(found, NOW, deciding()) for _ in range(2)] == [1, 0]
    assert len(engine_store.outbox.list()) == 1


def test_what_is_too_old_by_any_clock_stays_so(engine_store: Store) -> None:
    """Of a baseline, an old date, an alert that went out and what the right clock judged nothing more is owed."""
    came(engine_store, "baseline", NOW - HOUR, NOW + 40 * DAY, first_poll=True)
    came(engine_store, "old", NOW - 31 * DAY, NOW + 40 * DAY)
    came(engine_store, "told", NOW + 39 * DAY, NOW + 40 * DAY)
    came(engine_store, "long ago", NOW - 32 * DAY, NOW - HOUR)
    before = outcomes(engine_store)
    assert before == [Outcome.BASELINE, Outcome.TOO_OLD, Outcome.ALERT, Outcome.TOO_OLD]
    assert judged_again(engine_store, NOW) == 0
    assert outcomes(engine_store) == before
    assert len(engine_store.outbox.list()) == 1


def test_a_clock_that_is_behind_makes_nothing_young(engine_store: Store) -> None:
    """By a clock that is years behind, all that was ever too old is of tomorrow: it stays too old."""
    came(engine_store, "old", NOW - 31 * DAY, NOW)
    assert judged_again(engine_store, NOW - 2000 * DAY) == 0
    assert outcomes(engine_store) == [Outcome.TOO_OLD]


def test_a_rule_that_is_gone_alerts_nobody(engine_store: Store) -> None:
    """Only live rules alert, and only they have a way to the channels."""
    came(engine_store, "fresh", NOW - HOUR, NOW + 40 * DAY)
    assert judged_again(engine_store, NOW, ActiveRules(RuleSet([]), {})) == 0


def wrong_clock(tools: PollTools) -> WrongClock:
    """What looks after the store of these tools, as at a start."""
    policy = DeliveryPolicy(DAY)
    opener = channel_opener(None)
    drain = OutboxDrain(tools.store, tools.thread, channels=[], off={}, open_channel=opener, policy=policy)
    return WrongClock(tools, lambda: deciding(tools.rules.active), drain)


async def test_a_clock_that_was_set_back_was_ahead_and_at_a_start_nobody_knows(polls: Polls) -> None:
    """Set back, it is made up for at once; at a start it may be today's clock that is behind for a moment."""
    store, now = polls.tools.store, datetime.now(UTC)
    came(store, "fresh", now - HOUR, now + 40 * DAY, active=polls.tools.rules.active)
    clock = wrong_clock(polls.tools)
    await clock.make_up()
    assert outcomes(store) == [Outcome.TOO_OLD]
    clock.jumped(-40 * DAY.total_seconds())
    await clock.make_up()
    await clock.make_up()
    assert outcomes(store) == [Outcome.ALERT]
    assert len(store.outbox.list()) == 1


async def test_a_clock_that_has_been_steady_for_a_while_is_right(polls: Polls, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was stored under a wrong clock, before an engine began under the right one, is made up for, too."""
    monkeypatch.setattr(engine_requests, "_SETTLES", 0.0)
    store, now = polls.tools.store, datetime.now(UTC)
    came(store, "fresh", now - HOUR, now + 40 * DAY, active=polls.tools.rules.active)
    await wrong_clock(polls.tools).make_up()
    assert outcomes(store) == [Outcome.ALERT]


async def test_what_a_clock_ahead_left_lasts_no_longer_than_it_was_ahead(polls: Polls) -> None:
    """A digest of a time to come, a new channel and a mute: none is put off, or lasts, until the clock is there."""
    store, now = polls.tools.store, datetime.now(UTC)
    ahead = now + 365 * DAY
    store.channels.sync([DESK, ChannelSpec("new", Telegram("@new"))], {}, ahead)
    store.changes.mute("space", ahead + HOUR, "Ann", "muted space", ahead)
    store.digests.commit(
        compose_digest([], name="morning", since=now - DAY, until=ahead, timezone="UTC"), "x", [], ahead
    )
    clock = wrong_clock(polls.tools)
    clock.jumped(365 * DAY.total_seconds())
    await clock.make_up()
    assert store.digests.is_done("morning", "x"), "it may be today's clock that is behind"
    clock.jumped(-365 * DAY.total_seconds())
    await clock.make_up()
    right = datetime.now(UTC)
    assert store.channels.state("new").first_seen <= right
    assert [mute.until <= right + HOUR for mute in store.mutes.in_force(right)] == [True]
    assert not store.digests.is_done("morning", "x")
