"""Holding, releasing and joining, from the store to a Bot API server, at times that a test sets."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, insert, update

from digest.channels.telegram import TelegramBot
from digest.delivery.messages.write import whole
from digest.delivery.queue import SETTLES, Situation
from digest.delivery.retries import MOST_COPIES, Patience, RetryPolicy
from digest.demo.bot_values import Chat
from digest.engine.ground.threads import StoreThread
from digest.engine.sending.chat import Coming
from digest.engine.sending.digests import owe_due_digests
from digest.engine.sending.outbox import DeliveryPolicy, OutboxDrain
from digest.feeds.identity import identities
from digest.store.schema import matches, mutes
from digest.values.messages import Delivery, DeliveryKind, DeliveryState, Hold, PlannedDelivery
from digest.values.news import (
    EntryText,
    FeedUpdate,
    JudgedMatch,
    Match,
    NewEntry,
    Outcome,
    ParsedEntry,
    PollResult,
    Severity,
)
from digest.values.settings import ChannelSpec, DigestSpec, FeedSpec, QuietHours, Telegram
from tests.fakes.bot_api import TOKEN, BotApi
from tests.fakes.bot_faults import bad_request, close_before, lose_answer, server_error, too_many_requests
from tests.fakes.seeding import commit, seed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from digest.store import Store

READER = Chat(42, "Reader", "private")
NIGHT = QuietHours(23 * 60, 7 * 60)
MIDNIGHT = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
QUEUED, HELD, SENT, DEAD = DeliveryState.QUEUED, DeliveryState.HELD, DeliveryState.SENT, DeliveryState.DEAD


class Token:
    """A token that shows itself on purpose only."""

    def reveal(self) -> str:
        """The token itself."""
        return TOKEN


@dataclass
class Desk:
    """A channel, its store and its far side, at a time that only a test moves, or, once it ticks, that passes, too."""

    store: Store
    api: BotApi
    now: datetime = MIDNIGHT
    quiet: QuietHours | None = None
    flood: int = 20
    digests: tuple[DigestSpec, ...] = ()
    on_unknown: str = "resend"
    ticking_since: float | None = None

    def tick(self) -> None:
        """Let time pass from now on: after a failure the drain waits for a second to be over."""
        self.ticking_since = time.monotonic()

    def clock(self) -> datetime:
        """The time."""
        passed = 0.0 if self.ticking_since is None else time.monotonic() - self.ticking_since
        return self.now + timedelta(seconds=passed)

    @asynccontextmanager
    async def drain(self) -> AsyncIterator[OutboxDrain]:
        """A drain that is prepared, as after the start of an engine."""
        channels = (ChannelSpec("desk", Telegram("42"), quiet=self.quiet),)
        self.store.sends.windows = lambda _: ()
        async with StoreThread() as thread, TelegramBot(Token(), self.api.url, answer_seconds=2) as bot:
            drain = OutboxDrain(
                self.store,
                thread,
                channels=channels,
                off={},
                open_channel=lambda _, chat: bot.channel(chat),
                policy=DeliveryPolicy(24 * HOUR, RetryPolicy(self.on_unknown == "hold"), flood=self.flood),
                owe_digests=partial(owe_due_digests, self.store, self.digests, channels),
                now=self.clock,
            )
            await drain.prepare()
            yield drain

    async def deliver(self) -> None:
        """Deliver what may go now."""
        async with self.drain() as drain:
            await drain.run_once()

    def alert(self, title: str, severity: Severity = Severity.NORMAL, *rules: str, site: str = "x.example") -> None:
        """A new entry of a site that alerted by some rules, with the message that is owed for it."""
        (identity,) = identities([ParsedEntry(guid=title)])
        found = tuple(JudgedMatch(Match(rule, severity, ()), Outcome.ALERT) for rule in rules or ("korea",))
        message = PlannedDelivery(
            "desk",
            DeliveryKind.ALERT,
            severity,
            title,
            {"lines": [title]},
            rules=tuple(each.match.rule for each in found),
        )
        url = f"https://{site}/{len(title)}"
        entry = seed(NewEntry(identity, url, EntryText(title, source="Example"), None, "", 1), found, [message])
        (feed,) = self.store.polls.all_feeds()
        update = FeedUpdate(feed.id, self.now, True, self.now, HOUR, 0)
        commit(self.store, [PollResult(update, (entry,))], self.now)

    def mute(self, rule: str, until: datetime) -> None:
        """Mute a rule, in place of what was said of it before."""
        with self.store.database.write() as (connection, _):
            connection.execute(delete(mutes).where(mutes.c.rule == rule))
            connection.execute(insert(mutes).values(rule=rule, until=until, by="Ann", since=self.now))

    def outbox(self) -> list[Delivery]:
        """Every delivery as it stands."""
        return list(self.store.outbox.list())

    def told(self) -> dict[str, list[str]]:
        """For each alert, by its title, the states of the messages that tell of it."""
        return {
            alert.entry.text.title: [delivery.state.value for delivery in alert.deliveries]
            for alert in self.store.reads.alerts()
        }


@pytest.fixture
async def desk(engine_store: Store) -> AsyncIterator[Desk]:
    """A desk at midnight."""
    engine_store.polls.sync_feeds([FeedSpec("https://x.example/")], default_every=HOUR, now=MIDNIGHT - 48 * HOUR)
    engine_store.channels.sync([ChannelSpec("desk", Telegram("42"))], {}, MIDNIGHT - 48 * HOUR)
    async with BotApi((READER,)) as api:
        yield Desk(engine_store, api)


async def test_a_night_ends_in_one_ranked_message(desk: Desk) -> None:
    """At night urgent passes and the rest is held, visibly; in the morning one message tells it, severest first."""
    desk.quiet = NIGHT
    desk.alert("low one", Severity.LOW)
    desk.alert("normal one")
    desk.alert("urgent one", Severity.URGENT)
    desk.alert("high one", Severity.HIGH, "korea", "syria")
    await desk.deliver()
    assert desk.api.texts() == ["urgent one"]
    held = [delivery for delivery in desk.outbox() if delivery.state is HELD]
    assert [each.title for each in held] == ["low one", "normal one", "high one"]
    assert {(each.held_by, each.not_before, each.reason) for each in held} == {
        (Hold.QUIET, MIDNIGHT + 7 * HOUR, "quiet hours until 07:00 UTC, 22 Nov")
    }
    desk.now += 7 * HOUR - timedelta(seconds=1)
    await desk.deliver()
    assert len(desk.api.messages) == 1
    desk.now += timedelta(seconds=1)
    await desk.deliver()
    _, message = desk.api.texts()
    lines = message.split("\n")
    assert lines[:2] == ["3 alerts held in quiet hours", "00:00 UTC, 22 Nov"]
    assert [line.partition(" · ")[0] for line in lines[3:6]] == ["▲ high one", "◆ normal one", "○ low one"]
    assert lines[3].endswith("korea, syria")
    (catch_up,) = (each for each in desk.outbox() if each.kind is DeliveryKind.CATCH_UP)
    assert (catch_up.title, len(lines)) == ("3 alerts held in quiet hours", 6), "it names all, so it says of no more"
    assert set(map(tuple, desk.told().values())) == {("sent",)}
    assert desk.store.outbox.counts()[SENT] == 2


async def test_a_single_message_of_the_night_goes_as_it_was_written(desk: Desk) -> None:
    """There is nothing to catch up with."""
    desk.quiet = NIGHT
    desk.alert("one")
    await desk.deliver()
    desk.now += 8 * HOUR
    await desk.deliver()
    assert desk.api.texts() == ["one"]


async def test_a_message_that_was_queued_before_the_night_is_held_when_it_begins(desk: Desk) -> None:
    """What failed at 22:59 is not tried at 23:10."""
    desk.quiet = NIGHT
    desk.now = MIDNIGHT - HOUR - timedelta(minutes=1)
    desk.api.fail(too_many_requests(600))
    desk.alert("one")
    await desk.deliver()
    assert desk.outbox()[0].state is QUEUED
    desk.now += timedelta(minutes=11)
    await desk.deliver()
    assert (desk.outbox()[0].state, desk.api.texts()) == (HELD, [])


async def test_a_user_may_have_a_held_message_now(desk: Desk) -> None:
    """`digest outbox retry` sends it, night or not."""
    desk.quiet = NIGHT
    desk.alert("one")
    desk.alert("two")
    await desk.deliver()
    desk.store.outbox.retry(1, desk.now)
    await desk.deliver()
    assert desk.api.texts() == ["one"]


@pytest.mark.parametrize("late", [timedelta(0), 2 * HOUR], ids=["on time", "engine down until nine"])
async def test_a_digest_of_the_same_morning_replaces_the_catch_up(desk: Desk, late: timedelta) -> None:
    """Quiet hours end at seven, the digest is due at seven: it goes, and what it tells is not told again."""
    desk.quiet = NIGHT
    desk.digests = (DigestSpec("morning", "0 7 * * *", ("desk",)),)
    desk.alert("one")
    desk.alert("two")
    await desk.deliver()
    desk.now = MIDNIGHT + 7 * HOUR + late
    await desk.deliver()
    (message,) = desk.api.texts()
    assert "\nMorning digest · 2 stories" in message
    assert desk.told() == {"one": ["sent"], "two": ["sent"]}


async def test_what_a_digest_covers_outlives_it(desk: Desk) -> None:
    """Until it is sent its alerts wait with it; refused, it leaves them to the catch-up."""
    desk.quiet = NIGHT
    desk.digests = (DigestSpec("morning", "0 7 * * *", ("desk",)),)
    desk.alert("one")
    desk.alert("two")
    await desk.deliver()
    desk.now = MIDNIGHT + 7 * HOUR
    desk.tick()
    desk.api.fail(too_many_requests(600))
    await desk.deliver()
    assert [(each.kind, each.state, each.reason) for each in desk.outbox()[:2]] == [
        (DeliveryKind.ALERT, HELD, "a digest tells it")
    ] * 2
    desk.now += HOUR
    desk.api.fail(bad_request("message is too long"))
    await desk.deliver()
    digest, catch_up = desk.outbox()
    assert (digest.kind, digest.state) == (DeliveryKind.DIGEST, DEAD)
    assert (catch_up.title, catch_up.state) == ("2 alerts held in quiet hours", SENT)
    assert set(map(tuple, desk.told().values())) == {("dead", "sent")}


async def test_what_a_digest_only_counts_is_told_all_the_same(desk: Desk) -> None:
    """It names two stories of an outlet where there are others; the message of the third was held, and goes."""
    desk.quiet = NIGHT
    desk.digests = (DigestSpec("morning", "0 7 * * *", ("desk",)),)
    for title in ("one", "two", "three"):
        desk.alert(title)
    desk.alert("another site's", site="y.example")
    await desk.deliver()
    desk.now = MIDNIGHT + 7 * HOUR
    await desk.deliver()
    (digest,) = (text for text in desk.api.texts() if "Morning digest" in text)
    (alone,) = (text for text in desk.api.texts() if "Morning digest" not in text)
    assert "\n\n+1 more\n" in digest
    assert "one" in alone
    assert desk.told() == {title: ["sent"] for title in ("one", "two", "three", "another site's")}


async def test_what_a_digest_covers_that_may_have_arrived_is_not_told_again(desk: Desk) -> None:
    """With `on_unknown = "hold"` a digest whose answer was lost is the user's to decide about, and tells them all."""
    desk.quiet, desk.on_unknown = NIGHT, "hold"
    desk.digests = (DigestSpec("morning", "0 7 * * *", ("desk",)),)
    desk.alert("one")
    await desk.deliver()
    desk.now = MIDNIGHT + 7 * HOUR
    desk.api.fail(lose_answer())
    await desk.deliver()
    assert desk.told() == {"one": ["unknown"]}


@pytest.mark.parametrize(("again", "states"), [(False, ["unknown"]), (True, ["held", "queued"])])
async def test_what_a_digest_covers_after_a_crash(desk: Desk, states: list[str], *, again: bool) -> None:
    """One that was on its way may have arrived; where a user asked for it again meanwhile it is still to come."""
    desk.quiet = NIGHT
    desk.alert("one")
    await desk.deliver()
    desk.now = MIDNIGHT + 7 * HOUR
    spec = ChannelSpec("desk", Telegram("42"))
    owe_due_digests(desk.store, [DigestSpec("morning", "0 7 * * *", ("desk",))], [spec], desk.now)
    situation = Situation(desk.now, Patience(HOUR))
    digest, _ = desk.store.queue.take("42", situation, lambda _: (spec, whole), None, HOUR)
    assert isinstance(digest, Delivery)
    if again:
        desk.store.outbox.retry(digest.id, desk.now)
    desk.store.outbox.recover(desk.now, hold=True)
    assert desk.told() == {"one": states}


async def test_a_digest_that_falls_into_the_night_waits_and_covers_what_it_tells(desk: Desk) -> None:
    """Due at five, sent at seven; what came after five is told in a catch-up of its own."""
    desk.quiet = NIGHT
    desk.digests = (DigestSpec("early", "0 5 * * *", ("desk",)),)
    desk.alert("before")
    await desk.deliver()
    desk.now = MIDNIGHT + 5 * HOUR
    owe_due_digests(desk.store, desk.digests, [ChannelSpec("desk", Telegram("42"))], desk.now)
    await desk.deliver()
    assert desk.api.texts() == []
    desk.now += HOUR
    desk.alert("after")
    desk.alert("later")
    await desk.deliver()
    desk.now = MIDNIGHT + 7 * HOUR
    await desk.deliver()
    first, second = sorted(desk.api.texts())
    assert first.startswith("2 alerts held in quiet hours")
    assert "before" not in first
    assert "\nEarly digest · 1 story" in second
    assert desk.told() == {"before": ["sent"], "after": ["sent"], "later": ["sent"]}


async def test_a_muted_rule_is_held_and_then_told_in_one(desk: Desk) -> None:
    """Nothing of it is dropped; a message that another rule owes, too, goes at once."""
    desk.mute("korea", MIDNIGHT + HOUR)
    desk.alert("one", Severity.URGENT)
    desk.alert("two")
    desk.alert("three")
    desk.alert("both", Severity.NORMAL, "korea", "syria")
    await desk.deliver()
    assert desk.api.texts() == ["both"]
    held = [delivery for delivery in desk.outbox() if delivery.state is HELD]
    assert {(each.held_by, each.reason) for each in held} == {(Hold.MUTE, "muted until 01:00 UTC, 22 Nov")}
    desk.now += HOUR
    await desk.deliver()
    assert sorted(text.partition("\n")[0] for text in desk.api.texts()[1:]) == ["2 alerts held while muted", "one"]


async def test_a_mute_that_is_lifted_releases_at_once(desk: Desk) -> None:
    """What was held until tonight goes now."""
    desk.mute("korea", MIDNIGHT + 24 * HOUR)
    desk.alert("one")
    await desk.deliver()
    desk.mute("korea", desk.now)
    await desk.deliver()
    assert desk.api.texts() == ["one"]


async def test_a_catch_up_whose_answer_was_lost_takes_in_what_comes(desk: Desk) -> None:
    """A day on which Telegram answers with errors ends in one message, which says that it may have come before."""
    for batch in range(3):
        for number in range(21):
            desk.alert(f"{batch} {number}", Severity.HIGH if batch else Severity.NORMAL)
        desk.api.fail(*[server_error(502)] * 30)
        desk.tick()
        await desk.deliver()
        desk.now += HOUR
    [catch_up] = desk.outbox()
    assert (catch_up.title, catch_up.maybe_repeat, len(catch_up.alerts)) == ("63 alerts at once", True, 63)


async def test_a_catch_up_that_nobody_confirms_keeps_no_other(desk: Desk) -> None:
    """After five lost answers it may be its own fault: what comes then goes by itself."""
    for number in range(21):
        desk.alert(f"{number}")
    while (first := desk.outbox()[0]).kind is not DeliveryKind.CATCH_UP or first.attempts < MOST_COPIES:
        desk.api.fail(*[server_error(502)] * 30)
        desk.tick()
        await desk.deliver()
        desk.now += HOUR
    desk.alert("later")
    desk.tick()
    await desk.deliver()
    assert [(each.kind, len(each.alerts)) for each in desk.outbox()] == [
        (DeliveryKind.CATCH_UP, 21),
        (DeliveryKind.ALERT, 1),
    ]


async def test_others_go_on_after_the_first_lost_answer_to_a_catch_up(desk: Desk) -> None:
    """It alone waits longer and longer, while the service takes what comes after it."""
    for number in range(21):
        desk.alert(f"{number}")
    desk.tick()
    for batch in range(3):
        desk.api.fail(lose_answer())
        await desk.deliver()
        desk.alert(f"later {batch}")
        desk.now += timedelta(seconds=2)
        await desk.deliver()
        desk.now += HOUR
    catch_up, *others = desk.outbox()
    assert (catch_up.kind, catch_up.state, len(catch_up.alerts)) == (DeliveryKind.CATCH_UP, QUEUED, 21)
    assert [(each.title, each.state) for each in others] == [(f"later {batch}", SENT) for batch in range(3)]


async def test_what_an_older_copy_owes_is_one_message_that_says_so(desk: Desk) -> None:
    """None of it was sent by what that copy knows: it is joined like any other, with what was held, and labelled."""
    for number in range(60):
        desk.alert(f"{number}")
    desk.mute("korea", MIDNIGHT + HOUR)
    await desk.deliver()
    desk.mute("korea", MIDNIGHT)
    for number in range(60, 70):
        desk.alert(f"{number}")
    desk.store.database.lacks_writes = "it lacks what was written last"
    desk.store.engine.started(1, "here", "1", desk.now)
    await desk.deliver()
    (text,) = desk.api.texts()
    assert text.startswith("↻ possible repeat\n70 alerts held while muted")
    assert set(map(tuple, desk.told().values())) == {("sent",)}


async def test_a_digest_that_an_older_copy_does_not_know_says_so(desk: Desk) -> None:
    """What that copy lacks may be that it went; one of a later time is none of these."""
    desk.alert("one")
    await desk.deliver()
    desk.now = MIDNIGHT + 8 * HOUR
    desk.store.database.lacks_writes = "it lacks what was written last"
    desk.store.engine.started(1, "here", "1", desk.now)
    for day in range(2):
        desk.now += day * 24 * HOUR
        owe_due_digests(
            desk.store, [DigestSpec("morning", "0 7 * * *", ("desk",))], [ChannelSpec("desk", Telegram("42"))], desk.now
        )
        desk.alert("two")
    digests = [each.maybe_repeat for each in desk.outbox() if each.kind is DeliveryKind.DIGEST]
    assert digests == [True, False]


async def test_a_flood_is_one_message(desk: Desk) -> None:
    """Two hundred alerts: one message says how many, names the weightiest, and no alert is lost in it."""
    for number in range(200):
        desk.alert(f"entry {number:03}", Severity.HIGH if number == 77 else Severity.NORMAL)
    desk.alert("urgent", Severity.URGENT)
    await desk.deliver()
    urgent, message = desk.api.texts()
    assert urgent == "urgent"
    lines = message.split("\n")
    assert lines[0] == "200 alerts at once"
    assert lines[3].startswith("▲ entry 077")
    named = sum(line.startswith(("▲", "◆")) for line in lines)
    assert 20 < named < 99
    assert lines[-1].startswith(f"{200 - named} more are not shown. All of them: digest alerts --delivery ")
    assert set(map(tuple, desk.told().values())) == {("sent",)}


async def test_a_backlog_becomes_one_message(desk: Desk) -> None:
    """While Telegram is away alerts pile up; what may have arrived is sent by itself, labelled, the rest as one."""
    desk.flood = 5
    desk.tick()
    desk.api.fail(lose_answer())
    desk.alert("lost")
    await desk.deliver()
    for number in range(10):
        desk.alert(f"entry {number}")
    desk.now += HOUR
    await desk.deliver()
    _, repeat, catch_up = desk.api.texts()
    assert repeat == "↻ possible repeat\nlost"
    assert catch_up.startswith("10 alerts at once")


async def test_while_gathering_only_urgent_goes(desk: Desk) -> None:
    """Right after a start alerts wait for each other; then there are few and go by themselves, or they are one."""
    async with desk.drain() as drain:
        coming = Coming(desk.now + HOUR, desk.now + HOUR)
        drain.gather(coming)
        desk.alert("one")
        desk.alert("urgent", Severity.URGENT)
        await drain.run_once()
        assert desk.api.texts() == ["urgent"]
        drain.let_go(coming)
        await drain.run_once()
        assert desk.api.texts() == ["urgent", "one"]


async def test_a_flood_that_goes_on_joins_the_same_message(desk: Desk) -> None:
    """Out of a hurry a catch-up waits a moment for what else comes, then goes."""
    spec, seen = ChannelSpec("desk", Telegram("42")), None

    def take() -> Delivery | datetime | None:
        nonlocal seen
        situation = Situation(desk.now, Patience(HOUR), flood=3)
        found, seen = desk.store.queue.take("42", situation, lambda _: (spec, whole), seen, HOUR)
        return found

    for number in range(4):
        desk.alert(f"early {number}")
    assert take() == desk.now + SETTLES
    desk.now += timedelta(seconds=2)
    desk.alert("late")
    assert take() == desk.now + SETTLES
    (catch_up,) = desk.outbox()
    assert (catch_up.title, len(catch_up.alerts)) == ("5 alerts at once", 5)
    desk.now += SETTLES
    assert isinstance(take(), Delivery)


@pytest.mark.parametrize(
    ("restarted", "asleep", "at_least"),
    [
        (False, 30 * HOUR, 24 * HOUR),  # asleep
        (True, 30 * HOUR, 24 * HOUR),  # without an engine
        (True, 0 * HOUR, timedelta(minutes=10)),  # an engine ran, and had its chance
    ],
)
async def test_time_asleep_is_no_time_of_trying(
    desk: Desk, asleep: timedelta, at_least: timedelta, *, restarted: bool
) -> None:
    """A day of sleep does not count towards giving up, and even what is old is tried for some minutes first."""
    desk.store.engine.started(1, "here", "1", desk.now)
    desk.alert("one")
    desk.now += 30 * HOUR
    woke = desk.now
    if not asleep:
        desk.store.engine.beat(woke)
    desk.store.engine.woke(woke)  # as the engine says, with a new start as well
    desk.api.fail(*[close_before()] * 1000)
    async with desk.drain() as drain:
        if not restarted:
            await drain.woke(asleep)
    async with desk.drain() as drain:  # the next engine knows of it, too
        stop = asyncio.Event()
        running = asyncio.create_task(drain.run(stop))
        async with asyncio.timeout(30):
            while (found := desk.outbox()[0]).state is not DEAD:
                desk.now += at_least / 60
                drain.ring()
                await asyncio.sleep(0.01)
        stop.set()
        await running
    assert found.reason.startswith("given up: ")
    assert at_least <= desk.now - woke <= at_least * 1.5


async def test_run_once_now_and_then_gives_up_at_last(desk: Desk) -> None:
    """It is never up for long: what is old and has failed some times is given up all the same."""
    desk.alert("one")
    desk.now += 25 * HOUR
    desk.tick()
    desk.api.fail(*[close_before()] * 100)
    for _ in range(3):
        desk.store.engine.woke(desk.now)
        async with desk.drain() as drain:
            await drain.run_once()
        desk.now += HOUR / 2
    assert (desk.outbox()[0].state, desk.outbox()[0].attempts) == (DEAD, 3)


async def test_a_muted_rule_makes_nothing_urgent(desk: Desk) -> None:
    """An entry of a muted urgent rule and a normal one waits for the morning, like others of the normal one."""
    desk.quiet = NIGHT
    desk.mute("war", MIDNIGHT + 48 * HOUR)
    desk.alert("mixed", Severity.URGENT, "war", "korea")
    with desk.store.database.write() as (connection, _):
        connection.execute(update(matches).where(matches.c.rule == "korea").values(severity=Severity.NORMAL))
    await desk.deliver()
    assert [(each.state, each.held_by) for each in desk.outbox()] == [(HELD, Hold.QUIET)]
    desk.now += 8 * HOUR
    await desk.deliver()
    assert [each.state for each in desk.outbox()] == [SENT]


async def test_time_in_which_it_was_held_is_no_time_of_trying(desk: Desk) -> None:
    """A message that was held for two days is not given up at its first failure."""
    desk.mute("korea", MIDNIGHT + 48 * HOUR)
    desk.alert("one")
    async with desk.drain() as drain:
        await drain.run_once()
        desk.now += 48 * HOUR
        desk.tick()
        desk.api.fail(*[close_before()] * 100)
        await drain.run_once()
    assert desk.outbox()[0].state is QUEUED
