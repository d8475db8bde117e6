"""Scheduled digests are owed once, for the time since the last one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, insert, select, update

from digest.delivery.messages.digest import DigestFormat, digest_parts, render_digest
from digest.engine.period import read_period
from digest.engine.sending.digests import composed_for, owe_digest_now, owe_due_digest, since_last
from digest.feeds.identity import identities
from digest.match import load_rules
from digest.store.schema import entries, matches, stories
from digest.values.messages import DeliveryKind, PlannedDelivery
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
from digest.values.settings import ChannelSpec, DigestSpec, FeedSpec, Telegram
from tests.fakes.seeding import commit, seed
from tests.fakes.writing import stored_parts

if TYPE_CHECKING:
    from digest.store import Store
    from digest.values.messages import Delivery, DigestDocument

MORNING = DigestSpec("morning", "0 7 * * *", ("desk", "phone"))
SEVEN = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
CHANNELS = [ChannelSpec(name, Telegram(f"@{name}")) for name in ("desk", "phone", "late")]


@pytest.fixture(autouse=True)
def _channels(engine_store: Store) -> None:
    engine_store.channels.sync(CHANNELS[:2], {}, SEVEN - 48 * HOUR)
    engine_store.polls.sync_feeds([FeedSpec("https://x.example/")], default_every=HOUR, now=SEVEN - 48 * HOUR)
    engine_store.rules.save_loaded(load_rules({"a.toml": RULE}, {}), SEVEN - 48 * HOUR)


RULE = '[[rule]]\nid = "space"\nany = ["space"]\n'


def alert(store: Store, title: str, at: datetime, *owed: str) -> None:
    """An alert of that time, with messages owed to these channels."""
    (identity,) = identities([ParsedEntry(guid=title)])
    match = JudgedMatch(Match("space", Severity.NORMAL, ()), Outcome.ALERT)
    messages = [PlannedDelivery(to, DeliveryKind.ALERT, Severity.NORMAL, title, rules=("space",)) for to in owed]
    entry = seed(NewEntry(identity, "", EntryText(title), None, "", 1), [match], messages)
    (feed,) = store.polls.all_feeds()
    commit(store, [PollResult(FeedUpdate(feed.id, at, True, at, HOUR, 0), (entry,))], at)


def owed(store: Store) -> list[Delivery]:
    """The digests in the outbox."""
    return [delivery for delivery in store.outbox.list() if delivery.kind is DeliveryKind.DIGEST]


def text_of(store: Store, delivery: Delivery) -> str:
    """What a message says."""
    return "".join(stored_parts(store, delivery, CHANNELS[0]))


def test_a_digest_tells_of_its_period_once(engine_store: Store) -> None:
    """Every channel is owed one; a second look at the same time owes nothing."""
    alert(engine_store, "too early", SEVEN - 30 * HOUR)
    alert(engine_store, "in time", SEVEN - HOUR)
    alert(engine_store, "too late", SEVEN)
    assert owe_due_digest(engine_store, MORNING, CHANNELS, SEVEN + timedelta(seconds=1))
    assert not owe_due_digest(engine_store, MORNING, CHANNELS, SEVEN + HOUR)
    found = owed(engine_store)
    assert [delivery.channel for delivery in found] == ["desk", "phone"]
    text = text_of(engine_store, found[0])
    assert "in time" in text
    assert "too early" not in text
    assert "too late" not in text


def test_a_digest_of_a_clock_that_was_ahead_takes_nothing_from_the_right_one(engine_store: Store) -> None:
    """Nine hours ahead at half past ten, seven's digest goes out at once; at seven the night's alerts are told."""
    evening = SEVEN - 8.5 * HOUR
    alert(engine_store, "by day", evening - HOUR)
    assert owe_due_digest(engine_store, MORNING, CHANNELS, evening + 9 * HOUR)
    engine_store.set_right(evening)
    alert(engine_store, "by night", SEVEN - HOUR)
    assert owe_due_digest(engine_store, MORNING, CHANNELS, SEVEN)
    assert not owe_due_digest(engine_store, MORNING, CHANNELS, SEVEN + HOUR)
    first, second = (text_of(engine_store, delivery) for delivery in owed(engine_store) if delivery.channel == "desk")
    assert ("by day" in first, "by night" in first) == (True, False)
    assert ("by day" in second, "by night" in second) == (False, True)


def test_an_alert_of_ten_days_ahead_stands_in_the_next_digest(engine_store: Store) -> None:
    """Once the clock is right it is an alert of now, for digests and for whoever asks what came since."""
    alert(engine_store, "by a clock ahead", SEVEN + 10 * 24 * HOUR)
    engine_store.set_right(SEVEN - HOUR)
    assert [each.entry.text.title for each in engine_store.reads.alerts(since=SEVEN - 2 * HOUR, until=SEVEN)]
    assert owe_due_digest(engine_store, MORNING, CHANNELS, SEVEN)
    assert "by a clock ahead" in text_of(engine_store, owed(engine_store)[0])


def test_the_clock_set_back_a_moment_repeats_no_digest(engine_store: Store) -> None:
    """Seven comes twice within seconds, and again: what was told at the first is not told at the others."""
    alert(engine_store, "by day", SEVEN - HOUR)
    assert owe_due_digest(engine_store, MORNING, CHANNELS, SEVEN + timedelta(seconds=1))
    for seconds in (3, 2):
        engine_store.set_right(SEVEN - timedelta(seconds=seconds))
        assert owe_due_digest(engine_store, MORNING, CHANNELS, SEVEN)
    assert len(owed(engine_store)) == len(MORNING.channels)


def test_a_clock_ahead_for_days_takes_no_digest_of_these_days(engine_store: Store) -> None:
    """Each of them is composed when its time comes, with the alerts of its own day."""
    for days in (10, 11):
        assert owe_due_digest(engine_store, MORNING, CHANNELS, SEVEN + days * 24 * HOUR)
    engine_store.set_right(SEVEN - HOUR)
    for days in (10, 11):
        alert(engine_store, f"of day {days}", SEVEN + (days * 24 - 1) * HOUR)
        assert owe_due_digest(engine_store, MORNING, CHANNELS, SEVEN + days * 24 * HOUR)
        assert f"of day {days}" in text_of(engine_store, owed(engine_store)[-1])


def test_a_late_digest_is_made_up_for_and_the_next_goes_on_where_it_ended(engine_store: Store) -> None:
    """An engine that was down at seven sends it at nine; what came between is told the next day."""
    alert(engine_store, "first", SEVEN - HOUR)
    alert(engine_store, "second", SEVEN + HOUR)
    assert owe_due_digest(engine_store, MORNING, CHANNELS, SEVEN + 2 * HOUR)
    assert owe_due_digest(engine_store, MORNING, CHANNELS, SEVEN + 24 * HOUR)
    parts = [text_of(engine_store, delivery) for delivery in owed(engine_store) if delivery.channel == "desk"]
    assert ["first" in part for part in parts] == [True, False]
    assert ["second" in part for part in parts] == [False, True]


def test_alerts_of_a_rule_that_is_no_more_are_told_where_they_were_owed(engine_store: Store) -> None:
    """The rule went to the phone alone; now that nobody knows that any more, the desk's digest tells nothing of it."""
    alert(engine_store, "first", SEVEN - HOUR, "phone")
    engine_store.rules.save_loaded(load_rules({}, {}), SEVEN - HOUR)
    assert owe_due_digest(engine_store, MORNING, CHANNELS, SEVEN)
    told = {delivery.channel: text_of(engine_store, delivery) for delivery in owed(engine_store)}
    assert "first" in told["phone"]
    assert told["desk"] == (
        "Morning digest, Sun 22 Nov\nNothing alerted for this channel between 07:00 UTC, 21 Nov and 07:00 UTC, 22 Nov."
    )


def test_an_empty_day_says_so_once(engine_store: Store) -> None:
    """And nothing comes of it later in the day."""
    assert owe_due_digest(engine_store, MORNING, CHANNELS, SEVEN)
    alert(engine_store, "afterwards", SEVEN + HOUR)
    assert not owe_due_digest(engine_store, MORNING, CHANNELS, SEVEN + 2 * HOUR)
    assert [text_of(engine_store, delivery) for delivery in owed(engine_store)] == [
        "Morning digest, Sun 22 Nov\nNothing alerted between 07:00 UTC, 21 Nov and 07:00 UTC, 22 Nov."
    ] * 2


def test_an_empty_hour_is_no_message(engine_store: Store) -> None:
    """Nobody wants to hear each hour that nothing was; it is noted as done."""
    hourly = replace(MORNING, cron="0 * * * *")
    assert owe_due_digest(engine_store, hourly, CHANNELS, SEVEN)
    assert not owe_due_digest(engine_store, hourly, CHANNELS, SEVEN)
    assert owed(engine_store) == []


def test_a_channel_is_not_told_that_nothing_was_before_it_was_there(engine_store: Store) -> None:
    """Nobody watched for it then."""
    engine_store.channels.sync(CHANNELS, {}, SEVEN - HOUR)
    spec = replace(MORNING, channels=("desk", "late"))
    assert owe_due_digest(engine_store, spec, CHANNELS, SEVEN)
    assert [delivery.channel for delivery in owed(engine_store)] == ["desk"]


def join(store: Store, story: int, *titles: str) -> None:
    """Let entries be reports of one story, each of a publisher of its own."""
    with store.database.write() as (connection, seq):
        connection.execute(insert(stories).values(id=story, created=SEVEN, updated=SEVEN, seq=seq))
        for title in titles:
            change = {"story_id": story, "publisher": title, "doubtful": False}
            connection.execute(update(entries).where(entries.c.title == title).values(change))


def test_a_story_is_told_as_it_has_grown_since_the_last_digest(engine_store: Store) -> None:
    """Told yesterday: what alerted again is updated, what others report says only that, the rest is not told again."""
    for title in ("embassy", "launch", "quake"):
        alert(engine_store, title, SEVEN - 30 * HOUR)
    owe_due_digest(engine_store, MORNING, CHANNELS, SEVEN - 24 * HOUR)
    alert(engine_store, "embassy denied", SEVEN - HOUR)
    alert(engine_store, "also launch", SEVEN - HOUR)
    join(engine_store, 1001, "embassy", "embassy denied")
    join(engine_store, 1002, "launch", "also launch")
    with engine_store.database.write() as (connection, _):
        repeats = select(entries.c.id).where(entries.c.title == "also launch")
        connection.execute(delete(matches).where(matches.c.entry_id.in_(repeats)))
    assert owe_due_digest(engine_store, MORNING, CHANNELS, SEVEN)
    text = text_of(engine_store, owed(engine_store)[-1])
    assert "2 stories since" in text
    assert "<b>embassy denied</b>\nUPDATED · +1 outlet · " in text
    assert "<b>launch</b>\n+1 outlet · " in text
    assert "quake" not in text


def test_what_was_told_before_stays_so_when_a_clock_is_put_right(engine_store: Store) -> None:
    """A digest of the future says the same, though all its alerts are of now by then."""
    ahead = SEVEN + 240 * HOUR
    alert(engine_store, "embassy", ahead - 30 * HOUR)
    alert(engine_store, "embassy denied", ahead - HOUR)
    join(engine_store, 1001, "embassy", "embassy denied")
    assert owe_due_digest(engine_store, MORNING, CHANNELS, ahead)
    before = text_of(engine_store, owed(engine_store)[-1])
    engine_store.set_right(SEVEN)
    after = text_of(engine_store, owed(engine_store)[-1])
    assert all("<b>embassy denied</b>\nUPDATED" in text for text in (before, after))


def test_a_digest_is_kept_as_it_was_composed(engine_store: Store) -> None:
    """The same bytes in every format, also when its alerts read otherwise by now."""
    alert(engine_store, "first", SEVEN - 30 * HOUR)
    alert(engine_store, "second <b>", SEVEN - HOUR)
    alert(engine_store, "perhaps", SEVEN - HOUR)
    join(engine_store, 1001, "first", "second <b>", "perhaps")
    with engine_store.database.write() as (connection, _):
        connection.execute(update(entries).where(entries.c.title == "perhaps").values(doubtful=True))
    expected = read_period(engine_store, SEVEN - 24 * HOUR, SEVEN).digest("morning", "UTC", {"space": "space"})
    assert owe_due_digest(engine_store, MORNING, CHANNELS, SEVEN)
    with engine_store.database.write() as (connection, _):
        connection.execute(update(entries).values(title="other"))
    (kept,) = engine_store.digests.composed()
    assert (kept.name, kept.local, kept.until) == ("morning", "2026-11-22T07:00", SEVEN)
    assert kept.document is not None
    assert kept.document.entries == 1
    assert [each.title for each in kept.document.groups[0].lines[0].apart] == ["perhaps"]
    for style in DigestFormat:
        assert render_digest(kept.document, style) == render_digest(expected, style)
    assert engine_store.digests.composed("evening") == []


def test_a_channel_that_is_off_is_owed_no_digest(engine_store: Store) -> None:
    """Only those in service are."""
    alert(engine_store, "first", SEVEN - HOUR)
    engine_store.channels.sync(CHANNELS[:2], {"desk": "no token"}, SEVEN - HOUR)
    assert owe_due_digest(engine_store, MORNING, CHANNELS, SEVEN)
    assert [delivery.channel for delivery in owed(engine_store)] == ["phone"]


def test_a_new_channel_is_owed_no_digest_of_an_earlier_time(engine_store: Store) -> None:
    """Whoever adds a channel at nine does not get what was due at seven."""
    alert(engine_store, "first", SEVEN - HOUR)
    engine_store.channels.sync(CHANNELS, {}, SEVEN + HOUR)
    spec = DigestSpec("morning", "0 7 * * *", ("desk", "late"))
    assert owe_due_digest(engine_store, spec, CHANNELS, SEVEN + 2 * HOUR)
    assert [delivery.channel for delivery in owed(engine_store)] == ["desk"]


def test_a_digest_is_whole_after_the_clock_was_set_back(engine_store: Store) -> None:
    """One that was composed while the clock went wrong, far in the future, does not empty those that follow."""
    alert(engine_store, "first", SEVEN - HOUR)
    owe_due_digest(engine_store, MORNING, CHANNELS, SEVEN + timedelta(days=365))
    assert owe_due_digest(engine_store, MORNING, CHANNELS, SEVEN)
    assert "first" in text_of(engine_store, owed(engine_store)[-1])


def test_before_its_time_nothing_is_due(engine_store: Store) -> None:
    """And nothing is noted."""
    assert not owe_due_digest(engine_store, MORNING, CHANNELS, SEVEN - HOUR)
    assert engine_store.digests.last_until("morning") is None


EVENT = (
    "Kretinsky rocket explodes: 18 people killed",
    "Kretinsky: Rakete explodiert, 18 Menschen getötet",
    "Old satellite falls into the sea",
)


OTHERS = (
    "Budget vote fails", "Tigers win cup final", "Heavy snow shuts airport", "Mayor quits", "Bees return to city parks",
    "Oil price climbs", "Actor dies aged 90", "Bridge toll scrapped", "New chess champion", "School meals get cheaper",
    "Volcano rumbles", "Museum buys rare stamp",
)  # fmt: skip


def test_the_same_event_in_two_languages_is_one_entry_of_what_is_sent_and_kept(engine_store: Store) -> None:
    """Both alerts are told, and both stories stay what they are."""
    for title in EVENT:
        alert(engine_store, title, SEVEN - HOUR)
    assert owe_due_digest(engine_store, MORNING, CHANNELS, SEVEN)
    (kept,) = engine_store.digests.composed()
    assert kept.document is not None
    lines = {line.title: line.also for group in kept.document.groups for line in group.lines}
    assert [[other.title for other in also] for also in lines.values()] == [[], [EVENT[0]]]
    for delivery in owed(engine_store):
        assert len(delivery.alerts) == 3
        assert f"Also in another language: <b>{EVENT[0]}</b>" in text_of(engine_store, delivery)
    assert len(engine_store.reads.stories([1, 2, 3])) == 3


def test_what_is_shown_before_is_what_is_sent(engine_store: Store) -> None:
    """To each channel, byte by byte, at its time as when it is asked for; also where some is only counted."""
    for title in EVENT:
        alert(engine_store, title, SEVEN - HOUR)
    for title in OTHERS:
        alert(engine_store, title, SEVEN - 2 * HOUR)
    channels = [CHANNELS[0], replace(CHANNELS[1], severity=Severity.HIGH)]
    since = since_last(engine_store, MORNING, SEVEN)
    _, told = composed_for(engine_store, MORNING, channels, since, SEVEN, engine_store.rules.live())
    shown = {each.channel.name: "".join(telegram(each.document, each.channel)) for each in told}
    assert [each.document.more > 0 for each in told] == [True, False]
    assert owe_digest_now(engine_store, MORNING, channels, since, SEVEN + HOUR, until=SEVEN) == 2
    assert owe_due_digest(engine_store, MORNING, channels, SEVEN)
    sent = [(delivery.channel, text_of(engine_store, delivery)) for delivery in owed(engine_store)]
    assert [text for channel, text in sent if channel == "desk"] == [shown["desk"]] * 2
    assert ["for this channel" in text for channel, text in sent if channel == "phone"] == [True] * 2


def telegram(document: DigestDocument, channel: ChannelSpec) -> tuple[str, ...]:
    """A digest as a chat gets it."""
    return digest_parts(document, channel, delivery=1, cut=lambda parts: parts)


def test_the_time_of_a_digest_begins_where_its_last_one_ended(engine_store: Store) -> None:
    """For one that is asked for as for the planned; the first of its name looks back as long as it is to the next."""
    assert since_last(engine_store, MORNING, SEVEN + HOUR) == SEVEN + HOUR - 24 * HOUR
    assert owe_due_digest(engine_store, MORNING, CHANNELS, SEVEN)
    assert since_last(engine_store, MORNING, SEVEN + HOUR) == SEVEN


def test_a_channel_is_told_only_what_is_for_it(engine_store: Store) -> None:
    """Its severity holds for digests, too: the alert is normal, the phone wants what is high."""
    alert(engine_store, "first", SEVEN - HOUR)
    channels = [CHANNELS[0], replace(CHANNELS[1], severity=Severity.HIGH)]
    assert owe_due_digest(engine_store, MORNING, channels, SEVEN)
    told = {delivery.channel: text_of(engine_store, delivery) for delivery in owed(engine_store)}
    assert "first" in told["desk"]
    assert "Nothing alerted for this channel" in told["phone"]
