"""The looks at whether all is well, over a real store: told once, across restarts, to whoever is to be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, insert, select, update

from digest.config import load_config
from digest.engine.sending.notices import Notices
from digest.errors import Problem
from digest.match import load_rules
from digest.store import schema as tables
from digest.values.messages import DeliveryKind, DeliveryState, PlannedDelivery
from digest.values.news import Severity
from digest.values.settings import ChannelSpec, Escalate, Telegram
from digest.watch.conditions import BrokenFile, ModelSigns
from tests.fakes.newsroom import Newsroom
from tests.fakes.sending import note_error, put_in
from tests.fakes.writing import stored_parts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from digest.config import Config
    from digest.engine.ground.threads import StoreThread
    from digest.store import Store

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def config(tmp_path: Path, engine_store: Store) -> Config:
    """Four feeds, two channels that are told; all of it in the store."""
    feeds = "".join(f'[[feed]]\nurl = "https://{number}.example/rss"\nname = "Feed {number}"\n' for number in range(4))
    path = tmp_path / "config.toml"
    path.write_text(
        'timezone = "UTC"\n[[channel]]\nname = "desk"\ntelegram = "@desk"\n'
        '[[channel]]\nname = "phone"\ntelegram = "@phone"\n[notices]\nchannels = ["desk", "phone"]\n' + feeds
    )
    loaded = load_config(path)
    now = datetime.now(UTC)
    engine_store.polls.sync_feeds(loaded.feeds, default_every=loaded.poll.every, now=now - 30 * DAY)
    engine_store.channels.sync(loaded.channels, {}, now - 30 * DAY)
    all_feeds(engine_store, last_ok=now, last_attempt=now, failures=0)
    return loaded


def all_feeds(store: Store, number: int | None = None, **values: object) -> None:
    """Let feeds (or one) stand so."""
    with store.database.write() as (connection, seq):
        change = update(tables.feeds).values(values | {"seq": seq})
        if number is not None:
            change = change.where(tables.feeds.c.name == f"Feed {number}")
        connection.execute(change)


def brought(store: Store, number: int, times: Sequence[datetime]) -> None:
    """Let a feed have brought something new at these times."""
    with store.database.write() as (connection, _):
        feed = connection.scalars(select(tables.feeds.c.id).where(tables.feeds.c.name == f"Feed {number}")).one()
        rows = [{"feed_id": feed, "key": n.to_bytes(16), "first_seen": time} for n, time in enumerate(times)]
        connection.execute(insert(tables.identities), rows)
    all_feeds(store, number, last_new=max(times))


def age_conditions(store: Store, minutes: float) -> None:
    """Let what is wrong have been so since so long ago."""
    with store.database.write() as (connection, _):
        connection.execute(update(tables.conditions).values(since=datetime.now(UTC) - timedelta(minutes=minutes)))


def told(store: Store) -> list[tuple[str, str]]:
    """What is owed to whom, in order."""
    return [
        (one.channel, stored_parts(store, one, ChannelSpec(one.channel, Telegram("1")))[0])
        for one in store.outbox.list()
        if one.kind is DeliveryKind.NOTICE
    ]


class Looks:
    """Looks, as an engine does, begun anew with each `restart`."""

    def __init__(self, config: Config, store: Store, thread: StoreThread) -> None:
        self.config = config
        self._given = (lambda: config, store, thread)
        self.rung = 0
        self.restart()

    def restart(self) -> None:
        """Another engine."""
        self.notices = Notices(*self._given, self._ring)

    def away(self, since: datetime | None = None) -> None:
        """Let nobody have been at work from then to now; without a time, let somebody always have been."""
        now = datetime.now(UTC)
        with self._given[1].database.write() as (connection, _):
            connection.execute(delete(tables.awake))
            if since is not None:
                stretches = [{"begun": since - DAY, "ended": since}, {"begun": now, "ended": now}]
                connection.execute(insert(tables.awake), stretches)

    def _ring(self) -> None:
        self.rung += 1

    def long_awake(self) -> datetime:
        """Let the engine have been at work for a day; the time."""
        self.away()
        return datetime.now(UTC)

    async def look(self) -> None:
        """Once."""
        await self.notices.look()


@pytest.fixture
def looks(config: Config, engine_store: Store, thread: StoreThread) -> Looks:
    """Over that store."""
    return Looks(config, engine_store, thread)


async def test_a_failing_feed_is_told_to_every_channel_once_and_once_when_it_is_over(
    looks: Looks, engine_store: Store
) -> None:
    """A restart tells nothing twice; the deliverer is rung."""
    now = datetime.now(UTC)
    await looks.look()
    assert told(engine_store) == []
    all_feeds(engine_store, 1, failures=4, last_ok=now - 7 * HOUR, last_status=503, last_error="503 <again>")
    await looks.look()
    await looks.look()
    looks.restart()
    await looks.look()
    assert looks.rung == 1
    assert [channel for channel, _ in told(engine_store)] == ["desk", "phone"]
    assert "The feed Feed 1 has failed since" in told(engine_store)[0][1]
    assert "503 &lt;again&gt;" in told(engine_store)[0][1]
    assert [one.key for one in engine_store.conditions.known()] == ["feed:2:failing"]

    all_feeds(engine_store, 1, failures=0, last_ok=now)
    await looks.look()
    await looks.look()
    assert [text for _, text in told(engine_store)[2:]] == ["✓ over · The feed Feed 1 works again, after 7 hours"] * 2
    assert [one.severity for one in engine_store.outbox.list()] == [Severity.NORMAL] * 2 + [Severity.LOW] * 2
    assert engine_store.conditions.known() == []


async def test_an_outage_is_one_message_and_its_end_one(looks: Looks, engine_store: Store) -> None:
    """Neither its beginning nor the return of the network brings a message for each feed."""
    now = datetime.now(UTC)
    why = "the name cannot be resolved"
    all_feeds(engine_store, last_ok=now - 7 * HOUR, last_attempt=now - HOUR, failures=6, last_error=why)
    await looks.look()
    assert ["No feed could be reached" in text for _, text in told(engine_store)] == [True, True]
    all_feeds(engine_store, 0, failures=0, last_ok=now, last_attempt=now)  # the first one is reached again
    await looks.look()
    await looks.look()
    assert [text for _, text in told(engine_store)[2:]] == ["✓ over · Feeds can be reached again, after 7 hours"] * 2
    later = datetime.now(UTC)
    all_feeds(engine_store, 1, last_attempt=later, failures=7)  # and this one not, by its own fault
    await looks.look()
    assert "The feed Feed 1 has failed" in told(engine_store)[-1][1]


async def test_an_outage_is_not_over_because_feeds_are_paused(looks: Looks, engine_store: Store) -> None:
    """Those that are left are too few to tell; that one was reached is what ends it."""
    now = datetime.now(UTC)
    all_feeds(engine_store, last_ok=now - 7 * HOUR, last_attempt=now - HOUR, failures=6, last_error="timed out")
    await looks.look()
    all_feeds(engine_store, 0, paused=True)
    all_feeds(engine_store, 1, paused=True)
    await looks.look()
    assert not any("can be reached again" in text for _, text in told(engine_store))


async def test_a_feed_that_is_quiet_for_its_rhythm(looks: Looks, engine_store: Store) -> None:
    """Its rhythm is that of its own past entries, those of the first poll left out."""
    now = datetime.now(UTC)
    last = now - 26 * HOUR
    brought(engine_store, 2, [last - HOUR * number for number in range(12)] + [last - 40 * DAY])
    await looks.look()
    words = "The feed Feed 2 answers, but its newest entry is 26 hours old; it used to bring 24 a day"
    assert words in told(engine_store)[0][1]
    all_feeds(engine_store, 2, last_new=now)
    await looks.look()
    assert "The feed Feed 2 brings news again" in told(engine_store)[-1][1]


async def test_a_weekly_feed_has_a_rhythm_too(looks: Looks, engine_store: Store) -> None:
    """Its past is read so far back that it holds pauses enough; one that is three weeks late is no news yet."""
    now = datetime.now(UTC)
    brought(engine_store, 1, [now - 20 * DAY - 7 * DAY * number for number in range(40)])
    brought(engine_store, 2, [now - 22 * DAY - 7 * DAY * number for number in range(40)])
    await looks.look()
    assert [one.key for one in engine_store.conditions.known()] == ["feed:3:quiet"]
    words = "The feed Feed 2 answers, but its newest entry is 22 days old; it used to bring one a week"
    assert words in told(engine_store)[0][1]


async def test_a_feed_that_has_paused_for_so_long_before_is_not_quiet(looks: Looks, engine_store: Store) -> None:
    """More than once, that is, in all of the past that is read: each weekend of a feed that keeps office hours."""
    last = datetime.now(UTC) - 63 * HOUR
    hours = [HOUR * (day * 24 + hour) for day in range(5) for hour in range(9)]
    brought(engine_store, 1, [last - 7 * DAY * week - ago for week in range(4) for ago in hours])
    brought(engine_store, 2, [last - ago for ago in hours])  # no weekend of it is known
    await looks.look()
    assert [one.key for one in engine_store.conditions.known()] == ["feed:3:quiet"]


async def test_a_rule_that_has_gone_silent(looks: Looks, engine_store: Store) -> None:
    """Only one that used to fire, and that is still in force."""
    now = datetime.now(UTC)
    loaded = load_rules({"a.toml": '[[rule]]\nid = "a"\ntitle = "About A"\nany = ["alpha"]\n'}, {})
    engine_store.rules.save_loaded(loaded, now)
    with engine_store.database.write() as (connection, seq):
        for number in range(12):
            at = now - 8 * DAY - number * HOUR
            row = {"id": number + 1, "feed_id": 1, "first_seen": at, "seq": seq}
            connection.execute(insert(tables.entries).values(row))
            match = {"entry_id": number + 1, "rule": "a", "severity": 1, "outcome": "alert", "hits": [], "created": at}
            connection.execute(insert(tables.matches).values(match))
    await looks.look()
    assert "The rule About A has not fired since" in told(engine_store)[0][1]
    while engine_store.upkeep.prune(entries=DAY, alerts=DAY, seen=DAY, evidence=DAY, now=now):
        pass
    looks.restart()
    await looks.look()
    assert len(told(engine_store)) == 2, "a rule of which no alert is kept any longer did not fire again"
    engine_store.rules.save_loaded(load_rules({}, {}), now)
    await looks.look()
    assert len(told(engine_store)) == 2, "a rule that is no longer there is no news"
    assert engine_store.conditions.known() == []


async def test_rule_files_that_fail_to_load_are_told_together(looks: Looks, engine_store: Store) -> None:
    """What one look finds is one message; each file has its own end."""
    now = looks.long_awake()
    problems = (
        Problem("a.toml", 4, 7, "two terms"),
        Problem("a.toml", 9, 1, "more"),
        Problem("b.toml", 1, 1, "no TOML"),
    )
    engine_store.rules.save_loaded(replace(load_rules({}, {}), problems=problems), now)
    await looks.look()
    age_conditions(engine_store, 6)
    await looks.look()
    first = told(engine_store)[0][1]
    assert first.startswith("◆ notice · 2 things are wrong")
    assert "a.toml could not be loaded, nothing of it is live: 4:7: two terms (and 1 more)" in first
    good = load_rules({"b.toml": '[[rule]]\nid = "b"\nany = ["beta"]\n'}, {})
    engine_store.rules.save_loaded(replace(good, problems=problems[:1]), now)
    assert [one.key for one in engine_store.conditions.known()] == ["file:a.toml:broken"], "it is well before the look"
    await looks.look()
    assert told(engine_store)[-1][1].startswith("✓ over · The rule file b.toml is well again")


async def test_a_broken_file_that_is_deleted_is_not_well_again(looks: Looks, engine_store: Store) -> None:
    """Nor is one of whose folder nobody can tell any more; the folder itself is, once it can be read."""
    now = looks.long_awake()
    nothing, good = load_rules({}, {}), load_rules({"a.toml": '[[rule]]\nid = "a"\nany = ["alpha"]\n'}, {})
    mistake = Problem("a.toml", 4, 7, "two terms")
    engine_store.rules.save_loaded(replace(nothing, problems=(mistake,)), now)
    await looks.look()
    age_conditions(engine_store, 6)
    await looks.look()
    engine_store.rules.save_loaded(nothing, now)
    await looks.look()
    assert len(told(engine_store)) == 2
    assert engine_store.conditions.known() == []

    engine_store.rules.save_loaded(replace(good, problems=(mistake,)), now)
    await looks.look()
    age_conditions(engine_store, 6)
    await looks.look()
    folder = str(looks.config.rules)
    engine_store.rules.save_loaded(replace(good, problems=(Problem(folder, 1, 1, "it is not there"),)), now)
    await looks.look()
    age_conditions(engine_store, 6)
    await looks.look()
    assert not any("over" in text for _, text in told(engine_store))
    engine_store.rules.save_loaded(good, now)
    await looks.look()
    assert told(engine_store)[-1][1].startswith(f"✓ over · The rules folder {folder} is well again")
    assert engine_store.conditions.known() == []


async def test_a_channel_in_trouble_is_told_to_the_others(looks: Looks, engine_store: Store) -> None:
    """After an hour; one that is off is owed nothing at all."""
    now = datetime.now(UTC)
    note_error(engine_store, "desk", "Forbidden: bot was kicked", now)
    await looks.look()
    assert told(engine_store) == []
    looks.notices._troubled["desk"] = now - 2 * HOUR
    await looks.look()
    assert told(engine_store) == [
        ("phone", "◆ notice · The channel desk does not take messages: Forbidden: bot was kicked")
    ]
    looks.restart()  # it does not know for how long, and tells neither again nor that it is over
    await looks.look()
    assert len(told(engine_store)) == 1


def give_up(store: Store, lost: Sequence[PlannedDelivery], now: datetime) -> None:
    """Messages that were owed, and are given up."""
    for each in store.outbox.owe(lost, (), now):
        put_in(store, each, DeliveryState.DEAD, "no")


async def test_messages_given_up_are_told_to_the_others(looks: Looks, engine_store: Store) -> None:
    """A message to a channel that no longer takes any would be given up as well."""
    now = datetime.now(UTC)
    lost = PlannedDelivery("desk", DeliveryKind.ALERT, Severity.HIGH, "t", {"lines": ["t"]})
    give_up(engine_store, [lost], now)
    await looks.look()
    assert [channel for channel, _ in told(engine_store)] == ["phone"]
    assert "1 message to the channel desk could not be delivered and is given up: no" in told(engine_store)[0][1]


async def test_an_urgent_alert_that_can_go_on_to_nobody_is_told(
    config: Config, engine_store: Store, thread: StoreThread
) -> None:
    """Once, and it is known until the channel is in service, somebody takes it, or it is given up."""
    now = datetime.now(UTC)
    desk, phone = config.channels
    chain = replace(config, channels=(replace(desk, escalate=Escalate(HOUR / 6, "phone")), phone))
    looks = Looks(chain, engine_store, thread)
    looks.long_awake()
    engine_store.channels.sync(chain.channels, {"phone": "no token"}, now - DAY)
    room = Newsroom(engine_store, lambda: now - HOUR)
    room.report(room.story(), "Example", severity=Severity.URGENT)

    def waits(since: datetime) -> None:
        with engine_store.database.write() as (connection, _):
            alert = tables.deliveries.c.kind == DeliveryKind.ALERT
            connection.execute(update(tables.deliveries).where(alert).values(untaken=since))

    async def known() -> list[str]:
        await looks.look()
        return [one.key for one in engine_store.conditions.known()]

    waits(now - HOUR / 12)
    assert await known() == []
    waits(now - HOUR / 3)
    assert await known() == await known() == ["escalation:desk:stuck"]
    ((channel, said),) = told(engine_store)
    assert (channel, "Nobody took 1 urgent alert in the channel desk in time, and no" in said) == ("desk", True)
    waits(now - 2 * DAY)
    assert await known() == []
    waits(now - HOUR / 3)
    assert await known() == ["escalation:desk:stuck"]
    engine_store.channels.sync(chain.channels, {}, now)
    assert await known() == []


async def test_what_is_known_reads_as_it_is_by_now(looks: Looks, engine_store: Store) -> None:
    """Another mistake in a file, more messages given up: it is told once, and `digest status` is not behind."""
    lost = PlannedDelivery("desk", DeliveryKind.ALERT, Severity.HIGH, "t", {"lines": ["t"]})
    since: list[datetime] = []
    now = looks.long_awake()
    for problem, more in (Problem("a.toml", 4, 7, "two terms"), 1), (Problem("a.toml", 9, 1, "no TOML"), 2):
        engine_store.rules.save_loaded(replace(load_rules({}, {}), problems=(problem,)), now)
        give_up(engine_store, [lost] * more, datetime.now(UTC))
        await looks.look()
        since += [one.since for one in engine_store.conditions.known()]
    assert [channel for channel, _ in told(engine_store)] == ["phone"]
    given_up, broken = engine_store.conditions.known()
    assert given_up.sentence.startswith("3 messages to the channel desk could not be delivered")
    assert broken.sentence.endswith("nothing of it is live: 9:1: no TOML")
    assert since[:2] == since[2:], "it has been so since then"
    before = engine_store.database.seq()
    await looks.look()
    assert engine_store.database.seq() == before, "what reads as before is not written again"


async def test_the_daily_sign_of_life_comes_once_a_day(
    config: Config, engine_store: Store, thread: StoreThread
) -> None:
    """However often it is looked, and across a restart."""
    just_now = datetime.now(UTC) - timedelta(minutes=5)
    minutes = just_now.hour * 60 + just_now.minute
    daily = replace(config, notices=replace(config.notices, still_here=minutes))
    for _ in range(2):
        looks = Looks(daily, engine_store, thread)
        await looks.look()
        await looks.look()
    assert [channel for channel, _ in told(engine_store)] == ["desk", "phone"]
    assert told(engine_store)[0][1].startswith("○ still here · ")
    assert "Feeds: 4, and none fails" in told(engine_store)[0][1]


async def test_without_a_channel_in_service_what_is_wrong_is_known_all_the_same(
    looks: Looks, engine_store: Store, config: Config
) -> None:
    """`digest status` shows it."""
    now = datetime.now(UTC)
    engine_store.channels.sync(config.channels, {"desk": "no token", "phone": "no token"}, now)
    all_feeds(engine_store, 1, failures=1, gone_at=now, last_error="gone")
    await looks.look()
    assert told(engine_store) == []
    assert [one.key for one in engine_store.conditions.known()] == ["feed:2:failing"]


async def test_after_a_sleep_nothing_is_told_for_having_been_so_meanwhile(looks: Looks, engine_store: Store) -> None:
    """A feed that had failed once before, a channel that was in trouble: both get their time anew."""
    now = datetime.now(UTC)
    note_error(engine_store, "desk", "timed out", now)
    looks.notices._troubled["desk"] = now - DAY
    all_feeds(engine_store, 1, failures=1, last_ok=now - DAY, last_error="timed out")
    looks.away(now - DAY)
    await looks.look()
    assert told(engine_store) == []


# --- many are one, and what is young is not told -----------------------------------------------------------------


def provider(tmp_path: Path, store: Store, number: int) -> Config:
    """So many feeds of one provider, in the store, all well."""
    feeds = "".join(
        f'[[feed]]\nurl = "https://feeds{n % 3}.big.example/{n}"\nname = "Feed {n}"\n' for n in range(number)
    )
    path = tmp_path / "many.toml"
    path.write_text(f'[telegram]\nadmins = [7]\n[[channel]]\nname = "desk"\ntelegram = "@desk"\n{feeds}')
    config = load_config(path)
    now = datetime.now(UTC)
    store.polls.sync_feeds(config.feeds, default_every=config.poll.every, now=now - 30 * DAY)
    store.channels.sync(config.every_channel, {}, now - 30 * DAY)
    all_feeds(store, last_ok=now, last_attempt=now, failures=0)
    return config


async def test_thirty_feeds_of_one_provider_are_one_message_and_their_end_one(
    tmp_path: Path, engine_store: Store, thread: StoreThread
) -> None:
    """They come due, and become well, look by look, also across restarts: it goes to the admin, and not to readers."""
    looks = Looks(provider(tmp_path, engine_store, 31), engine_store, thread)
    now = datetime.now(UTC)
    for number in range(30):  # minutes apart; the last of them has failed for far less than six hours
        ok = now - timedelta(hours=6, minutes=15 - number)
        all_feeds(engine_store, number, last_ok=ok, failures=9, last_status=503, last_error="503: overloaded")
    for _ in range(3):
        await looks.look()
        looks.restart()
    ((channel, text),) = told(engine_store)
    assert channel == "admin 7"
    assert text.startswith("◆ notice · 30 feeds of big.example fail, the first since ")
    assert text.endswith(": 503: overloaded (Feed 0, Feed 1, Feed 2, Feed 3, Feed 4 and 25 more)")

    all_feeds(engine_store, 30, last_ok=now - timedelta(hours=6), failures=9, last_status=503, last_error="404")
    await looks.look()
    assert len(told(engine_store)) == 1, "one that joins them is shown, and no message"
    assert len(engine_store.conditions.known()) == 31

    for number in range(0, 30, 10):
        for feed in range(number, number + 10):
            all_feeds(engine_store, feed, failures=0, last_ok=datetime.now(UTC))
        await looks.look()
        looks.restart()
    left, over = (text for _, text in told(engine_store)[1:])
    assert over.startswith("✓ over · 30 things are well again\n• The feed Feed 0 works again, after 6 hours")
    assert left.startswith("◆ notice · The feed Feed 30 has failed since"), "it is the only one by now"
    assert [one.key for one in engine_store.conditions.known()] == ["feed:31:failing"]


async def test_feeds_that_fail_again_before_their_end_was_told_were_never_well(
    tmp_path: Path, engine_store: Store, thread: StoreThread
) -> None:
    """While others of them are waited for, one that comes and goes is no news."""
    looks = Looks(provider(tmp_path, engine_store, 4), engine_store, thread)
    now = datetime.now(UTC)
    all_feeds(engine_store, last_ok=now - 7 * HOUR, failures=9, last_status=503, last_error="503")
    await looks.look()
    all_feeds(engine_store, 0, failures=0, last_ok=datetime.now(UTC))
    await looks.look()
    assert [one.key for one in engine_store.conditions.known()] == [f"feed:{n}:failing" for n in (2, 3, 4)]
    all_feeds(engine_store, 0, failures=1)
    await looks.look()
    assert len(engine_store.conditions.known()) == 4
    assert len(told(engine_store)) == 1


async def test_a_rule_file_that_is_broken_for_less_than_five_minutes_is_only_shown(
    looks: Looks, engine_store: Store
) -> None:
    """That time begins anew once the file was loaded, not with another mistake in it; and its end is no news either."""
    now = looks.long_awake()
    good = load_rules({"a.toml": '[[rule]]\nid = "a"\nany = ["alpha"]\n'}, {})

    def broken(line: int) -> None:
        problem = Problem("a.toml", line, 7, "two terms")
        engine_store.rules.save_loaded(replace(good, problems=(problem,)), now)

    broken(1)
    await looks.look()
    engine_store.rules.save_loaded(good, now)  # between two looks
    broken(2)
    age_conditions(engine_store, 4.9)
    await looks.look()
    assert [one.key for one in engine_store.conditions.known()] == ["file:a.toml:broken"]
    age_conditions(engine_store, 4.9)
    await looks.look()
    assert told(engine_store) == []
    engine_store.rules.save_loaded(good, now)
    await looks.look()
    assert told(engine_store) == []
    assert engine_store.conditions.known() == []

    broken(1)
    await looks.look()
    age_conditions(engine_store, 5.1)
    broken(2)
    looks.restart()
    looks.away(datetime.now(UTC) - DAY)
    await looks.look()
    assert told(engine_store) == [], "an engine that has just come up gives it its time"
    looks.long_awake()
    await looks.look()
    await looks.look()
    assert [channel for channel, _ in told(engine_store)] == ["desk", "phone"]
    assert "2:7: two terms" in told(engine_store)[0][1]


async def test_an_engine_that_runs_now_and_then_goes_by_the_clock(looks: Looks, engine_store: Store) -> None:
    """With ``run --once`` it is never at work for five minutes."""
    broken = replace(load_rules({}, {}), problems=(Problem("a.toml", 1, 1, "no TOML"),))
    engine_store.rules.save_loaded(broken, datetime.now(UTC))
    await looks.notices.look(once=True)
    assert told(engine_store) == []
    age_conditions(engine_store, 5.1)
    await looks.notices.look(once=True)
    assert len(told(engine_store)) == 2


# --- who is told -------------------------------------------------------------------------------------------------


async def test_notices_that_are_owed_elsewhere_are_dropped(looks: Looks, engine_store: Store) -> None:
    """What an earlier config or version owed to a readers' channel, or to a former admin, goes there no longer."""
    now = datetime.now(UTC)
    for kind in (DeliveryKind.NOTICE, DeliveryKind.ALERT):
        planned = [
            PlannedDelivery(to, kind, Severity.NORMAL, "t", {"lines": ["t"]}) for to in ("desk", "phone", "admin 9")
        ]
        engine_store.outbox.owe(planned, (), now)
    assert engine_store.outbox.withdraw_notices(["phone"], now) == 2
    dropped = [(one.channel, one.kind) for one in engine_store.outbox.list([DeliveryState.DROPPED])]
    assert dropped == [("desk", DeliveryKind.NOTICE), ("admin 9", DeliveryKind.NOTICE)]


async def test_notices_that_were_given_up_are_no_news(looks: Looks, engine_store: Store) -> None:
    """To tell of them would take a notice, which would be given up as well."""
    notice = PlannedDelivery("desk", DeliveryKind.NOTICE, Severity.NORMAL, "t", {"lines": ["t"]})
    give_up(engine_store, [notice], datetime.now(UTC))
    await looks.look()
    assert engine_store.conditions.known() == []


async def test_a_model_that_does_not_answer_is_only_shown(
    config: Config, engine_store: Store, thread: StoreThread
) -> None:
    """Digests come all the same, so nobody is told; it is shown from the first failure on, until it answers."""
    now = datetime.now(UTC)
    state: list[ModelSigns | None] = [ModelSigns("127.0.0.1", now - HOUR, "it did not answer within 20 s")]
    notices = Notices(lambda: config, engine_store, thread, lambda: None, model=lambda: state[0])
    await notices.look()
    (shown,) = engine_store.conditions.known()
    assert shown.sentence.startswith("The language model at 127.0.0.1 gave no answer that could be used since ")
    assert "it did not answer within 20 s" in shown.sentence
    assert told(engine_store) == []
    state[0] = ModelSigns("127.0.0.1", now - HOUR, "401: a login is needed")
    await notices.look()
    (shown,) = engine_store.conditions.known()
    assert "401: a login is needed" in shown.sentence
    state[0] = None
    await notices.look()
    assert engine_store.conditions.known() == []
    assert told(engine_store) == []


async def test_a_config_with_a_mistake_is_told_as_a_broken_rule_file_is(
    config: Config, engine_store: Store, thread: StoreThread
) -> None:
    """Once it has been so for five minutes, and once more when it is mended."""
    path, now = str(config.path.absolute()), datetime.now(UTC)
    young = BrokenFile(path, f"{path}:3:9: no", live=True, since=now, what="config file")
    state: list[BrokenFile | None] = [young]
    notices = Notices(lambda: config, engine_store, thread, lambda: None, broken=lambda: state[0])
    await notices.look(once=True)
    assert told(engine_store) == []
    (shown,) = engine_store.conditions.known()
    assert shown.sentence == (
        f"The config file {path} could not be loaded, its last good version stays live: {path}:3:9: no"
    )
    state[0] = replace(young, since=now - HOUR)
    await notices.look(once=True)
    assert [words for _, words in told(engine_store)] != []
    state[0] = None
    await notices.look(once=True)
    assert "is well again" in told(engine_store)[-1][1]
    assert engine_store.conditions.known() == []
