"""Who has which event in hand, as the store keeps it; and what goes on to another channel, decided once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from digest.clock import ALWAYS
from digest.delivery.escalation import plan_escalations
from digest.delivery.queue import Situation
from digest.delivery.retries import Patience
from digest.store.people import Change, Colleague, Undoing
from digest.store.schema import deliveries, entries
from digest.values.messages import Delivery, DeliveryKind, DeliveryState, PlannedDelivery, Taken
from digest.values.news import Severity
from digest.values.settings import ChannelSpec, Escalate, Telegram
from tests.fakes.newsroom import FIRST_STORY as STORY
from tests.fakes.newsroom import TITLE, Newsroom
from tests.fakes.seeding import commit
from tests.store.conftest import MINUTE, NOW, entry, found, polled, taken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.delivery.decide import Asked, Decision
    from digest.store import Store

ANN = Colleague("Ann", "telegram 42", "Ann (42) by Telegram")
BOB = Colleague("Bob", "login bob", "bob by the command line")
DAY = timedelta(days=1)
DESK = ChannelSpec("desk", Telegram("-1001"), escalate=Escalate(10 * MINUTE, "phone"))
PHONE = ChannelSpec("phone", Telegram("7"), escalate=Escalate(15 * MINUTE, "boss"))
BOSS = ChannelSpec("boss", Telegram("8"))
CHANNELS = (DESK, PHONE, BOSS)


@pytest.fixture
def news(store: Store) -> Newsroom:
    """A story that was told the desk as urgent, and has to be taken by somebody."""
    store.channels.sync(CHANNELS, {}, NOW)
    room = Newsroom(store, lambda: NOW)
    room.report(room.story(), "Example", severity=Severity.URGENT)
    is_sent(store, 1, NOW)
    return room


def is_sent(store: Store, number: int, at: datetime) -> None:
    """A message was sent, and waits since then for somebody to take what it tells."""
    sent = {"state": DeliveryState.SENT, "parts": ["x"], "place": "-1001", "message_ids": [5], "untaken": at}
    with store.database.write() as (connection, _):
        connection.execute(update(deliveries).where(deliveries.c.id == number).values(sent))


def escalate(store: Store, now: datetime, channels: Sequence[ChannelSpec] = CHANNELS) -> list[str]:
    """What goes on now."""
    return store.duty.escalate(partial(plan_escalations, channels, DAY, ALWAYS, now), now)


def took(store: Store, who: Colleague, now: datetime, *, over: bool = False) -> Change:
    """Somebody takes the story."""
    change = store.changes.take(STORY, who, now, over=over)
    assert isinstance(change, Change)
    return change


def holder(store: Store) -> str | None:
    """Who has it."""
    found = store.duty.taken([STORY]).get(STORY)
    return None if found is None else found.who


def row(store: Store, number: int) -> dict[str, object]:
    """What is stored of a delivery."""
    with store.database.read() as connection:
        return dict(connection.execute(select(deliveries).where(deliveries.c.id == number)).one()._mapping)


def goes(store: Store, spec: ChannelSpec, now: datetime) -> Delivery | None:
    """The message for a channel that goes now."""
    return taken(store, now, spec=spec)


# --- taking ----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("news")
def test_the_second_hears_who_has_it_and_may_take_it_over(store: Store) -> None:
    """Nothing changes by asking; who has it already has it since then; each change is noted with who made it."""
    took(store, ANN, NOW)
    assert store.changes.take(STORY, BOB, NOW + MINUTE) == Taken("Ann", NOW, "telegram 42")
    assert store.changes.take(STORY, ANN, NOW + MINUTE, over=True) == Taken("Ann", NOW, "telegram 42")
    assert len(store.changes.last(9)) == 1
    took(store, BOB, NOW + 2 * MINUTE, over=True)
    assert holder(store) == "Bob"
    last, first = store.changes.last(9)
    assert (last.by, last.what) == ("bob by the command line", f"took “{TITLE}” over from Ann")
    assert (first.by, first.what) == ("Ann (42) by Telegram", f"took “{TITLE}”")


@pytest.mark.usefixtures("news")
def test_two_of_one_name_are_two(store: Store) -> None:
    """People are told apart by more than what they call themselves."""
    took(store, ANN, NOW)
    other = Colleague("Ann", "telegram 43", "Ann (43) by Telegram")
    assert isinstance(store.changes.take(STORY, other, NOW), Taken)
    assert isinstance(store.changes.release(STORY, other, NOW), Taken)


def test_what_did_not_alert_is_taken_by_nobody(store: Store) -> None:
    """Neither an entry that no rule found nor what is not there."""
    Newsroom(store, lambda: NOW).report(None, "Example", told=False)
    assert [store.changes.take(event, ANN, NOW) for event in (1, 99)] == [None, None]
    assert store.changes.release(99, ANN, NOW) is None


@pytest.mark.usefixtures("news")
def test_undoing(store: Store) -> None:
    """It is in whose hands it was before; not once it was changed again, and not twice."""
    first, second = took(store, ANN, NOW), took(store, BOB, NOW + MINUTE, over=True)
    assert store.changes.undo(first.id, "Ann", NOW + MINUTE) is Undoing.CHANGED_SINCE
    assert store.changes.undo(second.id, "Ann", NOW + MINUTE) is Undoing.DONE
    assert store.duty.taken([STORY])[STORY] == Taken("Ann", NOW, "telegram 42")
    assert store.changes.undo(second.id, "Ann", NOW + MINUTE) is Undoing.ALREADY
    assert store.changes.undo(first.id, "Ann", NOW + MINUTE) is Undoing.DONE
    assert holder(store) is None
    took(store, ANN, NOW + 2 * MINUTE)
    let_go = store.changes.release(STORY, ANN, NOW + 3 * MINUTE)
    assert isinstance(let_go, Change)
    assert holder(store) is None
    assert store.changes.undo(let_go.id, "Ann", NOW + 4 * MINUTE) is Undoing.DONE
    assert store.duty.taken([STORY])[STORY].since == NOW + 2 * MINUTE


def test_an_undo_by_a_clock_that_was_ahead(store: Store, news: Newsroom) -> None:
    """Once it is right again, who took it has it since now, and what was done can be undone."""
    del news
    change = took(store, ANN, NOW + DAY)
    store.set_right(NOW)
    assert store.duty.taken([STORY])[STORY].since == NOW
    assert store.changes.undo(change.id, "Ann", NOW) is Undoing.DONE


def test_every_message_of_the_story_says_so(store: Store, news: Newsroom) -> None:
    """Also what was told of an earlier report, and lists read its entries anew; other stories stay as they are."""
    news.report(STORY, "Reuters", severity=Severity.HIGH)
    other = news.report(news.story(), "AFP")
    for number in (2, 3):
        is_sent(store, number, NOW)
    before = store.seq()
    took(store, ANN, NOW)
    assert [row(store, number)["stale"] is not None for number in (1, 2, 3)] == [True, True, False]
    with store.database.read() as connection:
        touched = connection.execute(select(entries.c.id).where(entries.c.seq > before)).scalars().all()
    assert touched
    assert other not in touched
    assert [alert.taken and alert.taken.who for alert in store.reads.alerts()] == ["Ann", "Ann", None]


def test_a_report_that_may_be_of_another_event_is_taken_by_itself(store: Store, news: Newsroom) -> None:
    """As it is told by itself."""
    doubtful = news.report(STORY, "Reuters", severity=Severity.URGENT)
    with store.database.write() as (connection, _):
        connection.execute(update(entries).where(entries.c.id == doubtful).values(doubtful=True))
    found = store.reads.entry(str(doubtful))
    assert found is not None
    assert found.event == doubtful
    took(store, ANN, NOW)
    assert [alert.taken and alert.taken.who for alert in store.reads.alerts()] == ["Ann", None]
    assert isinstance(store.changes.take(doubtful, BOB, NOW), Change)
    assert [alert.taken and alert.taken.who for alert in store.reads.alerts()] == ["Ann", "Bob"]


def nothing(asked: Sequence[Asked], since: object, now: datetime) -> list[Decision]:
    """What decides that nothing follows."""
    from digest.delivery.decide import Decision

    del since, now
    return [Decision(each.matches) for each in asked]


def test_stories_that_become_one_or_two_stay_in_hand(store: Store, news: Newsroom) -> None:
    """Of two that become one it is the one's; who has a story has both that it is parted into."""
    second = news.story()
    report = news.report(second, "Reuters")
    store.changes.take(second, BOB, NOW)
    store.grouping.merge(STORY, second, NOW, nothing)
    assert holder(store) == "Bob"
    assert not store.duty.taken([second])
    new = store.grouping.part(STORY, [report], NOW, nothing)
    assert {event: each.who for event, each in store.duty.taken([STORY, new]).items()} == {STORY: "Bob", new: "Bob"}


# --- going on --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("news")
def test_what_nobody_took_goes_on_once(store: Store) -> None:
    """After its time, whoever looks and however often; and from there on, as the chain says."""
    assert escalate(store, NOW + 9 * MINUTE) == []
    assert len(escalate(store, NOW + 10 * MINUTE)) == 1
    assert escalate(store, NOW + 11 * MINUTE) == []
    assert [each.channel for each in store.outbox.list()] == ["desk", "phone"]
    assert escalate(store, NOW + 24 * MINUTE) == []
    assert len(escalate(store, NOW + 25 * MINUTE)) == 1
    assert [each.channel for each in store.outbox.list()] == ["desk", "phone", "boss"]
    assert escalate(store, NOW + DAY) == []
    assert store.outbox.list()[2].tells["escalated"]["from"] == "phone"


def test_an_update_does_not_go_on_again(store: Store, news: Newsroom) -> None:
    """One event is one alert, also for who was called."""
    escalate(store, NOW + 10 * MINUTE)
    news.report(STORY, "Reuters", severity=Severity.URGENT)
    is_sent(store, 3, NOW + 20 * MINUTE)
    assert escalate(store, NOW + 40 * MINUTE) == ["escalated: North Korea closes its embassy in Syria, to boss"]
    assert [each.channel for each in store.outbox.list()] == ["desk", "phone", "desk", "boss"]


def test_what_somebody_has_does_not_go_on(store: Store, news: Newsroom) -> None:
    """Neither what was told nor what comes of it later; let go, it counts from then on."""
    took(store, ANN, NOW + MINUTE)
    news.report(STORY, "Reuters", severity=Severity.URGENT)
    is_sent(store, 2, NOW + 2 * MINUTE)
    assert escalate(store, NOW + DAY) == []
    let_go = store.changes.release(STORY, ANN, NOW + DAY)
    assert isinstance(let_go, Change)
    assert escalate(store, NOW + DAY + 9 * MINUTE) == []
    assert len(escalate(store, NOW + DAY + 10 * MINUTE)) == 1
    assert store.outbox.list()[2].alerts == (1, 2)


@pytest.mark.usefixtures("news")
def test_what_is_taken_before_it_went_does_not_go(store: Store) -> None:
    """The message that waits for the phone is dropped when its turn comes; let go again, the phone is called anew."""
    escalate(store, NOW + 10 * MINUTE)
    change = took(store, ANN, NOW + 11 * MINUTE)
    assert goes(store, PHONE, NOW + 11 * MINUTE) is None
    dropped = store.outbox.get(2)
    assert (dropped.state, dropped.reason) == (DeliveryState.DROPPED, "Ann has it")
    store.changes.undo(change.id, "Ann", NOW + 12 * MINUTE)
    assert len(escalate(store, NOW + 22 * MINUTE)) == 1
    going = goes(store, PHONE, NOW + 22 * MINUTE)
    assert going is not None
    assert "ESCALATED · nobody took it in desk within 10m" in going.parts[0]


@pytest.mark.usefixtures("news")
def test_undone_before_it_was_dropped_it_goes(store: Store) -> None:
    """Whoever pressed by mistake has stopped nothing."""
    escalate(store, NOW + 10 * MINUTE)
    store.changes.undo(took(store, ANN, NOW + 10 * MINUTE).id, "Ann", NOW + 10 * MINUTE)
    assert goes(store, PHONE, NOW + 10 * MINUTE) is not None


@pytest.mark.usefixtures("news")
def test_taken_while_it_is_on_its_way_it_is_edited_there(store: Store) -> None:
    """It may have arrived: if it fails, it goes all the same only where nobody can know; else it is edited."""
    escalate(store, NOW + 10 * MINUTE)
    going = goes(store, PHONE, NOW + 10 * MINUTE)
    assert going is not None
    assert going.taken is None
    took(store, ANN, NOW + 10 * MINUTE)
    store.outbox.part_sent(2, 77, NOW + 10 * MINUTE)
    assert store.outbox.get(2).state is DeliveryState.QUEUED  # it has more lines than one
    assert row(store, 2)["stale"] is not None
    assert goes(store, PHONE, NOW + 11 * MINUTE) is not None, "what has begun to arrive goes on"


@pytest.mark.usefixtures("news")
def test_a_mute_holds_what_goes_on(store: Store) -> None:
    """The rule or the story is muted: somebody has seen it. The message to the phone is held like any other."""
    store.changes.mute(f"story {STORY}", NOW + 60 * MINUTE, "Ann", "muted", NOW)
    escalate(store, NOW + 10 * MINUTE)
    situation = Situation(NOW + 10 * MINUTE, Patience(DAY))
    found, _ = store.queue.take("7", situation, lambda _: (PHONE, lambda part, *_: (part,)), None, MINUTE)
    assert found is None
    assert store.outbox.get(2).state is DeliveryState.HELD
    assert escalate(store, NOW + 40 * MINUTE) == [], "nor does it go on from there, for nobody was told"


@pytest.mark.usefixtures("news")
def test_an_escalation_takes_no_other_alerts_in(store: Store) -> None:
    """It may be dropped, and what else is told there must not go with it."""
    escalate(store, NOW + 10 * MINUTE)
    rules = ("korea",)
    planned = PlannedDelivery("phone", DeliveryKind.ALERT, Severity.URGENT, "b", rules=rules, story=STORY)
    commit(store, [polled(entry("b", found(), owed=[planned]))], NOW + 10 * MINUTE)
    assert [(each.channel, each.alerts) for each in store.outbox.list()] == [
        ("desk", (1,)),
        ("phone", (1,)),
        ("phone", (2,)),
    ]


@pytest.mark.usefixtures("news")
def test_a_channel_that_escalates_no_more_is_done_with_what_it_was_told(store: Store) -> None:
    """If it does again some day, nobody is called because of the past."""
    calm = (ChannelSpec("desk", Telegram("-1001")), PHONE, BOSS)
    assert escalate(store, NOW + DAY, calm) == []
    assert escalate(store, NOW + DAY) == []
    assert len(store.outbox.list()) == 1


def test_a_message_that_waits_and_becomes_urgent_has_to_be_taken(store: Store) -> None:
    """Another report made it so before it went."""
    store.channels.sync(CHANNELS, {}, NOW)
    calm = PlannedDelivery("desk", DeliveryKind.ALERT, Severity.NORMAL, "a", rules=("korea",), story=77)
    urgent = replace(calm, severity=Severity.URGENT, untaken=True)
    for name, at, owed in (("a", NOW, calm), ("b", NOW + MINUTE, urgent)):
        commit(store, [polled(entry(name, found(severity=owed.severity), owed=[owed]))], at)
        assert (row(store, 1)["untaken"] is None) is (owed is calm)
    assert len(store.outbox.list()) == 1
    assert escalate(store, NOW + 10 * MINUTE) == []
    assert len(escalate(store, NOW + 11 * MINUTE)) == 1


def test_reports_that_join_what_waits_do_not_put_it_off(store: Store) -> None:
    """The desk's chat is down, and a report comes every few minutes: somebody is called ten minutes after the first."""
    store.channels.sync(CHANNELS, {}, NOW)
    urgent = PlannedDelivery("desk", DeliveryKind.ALERT, Severity.URGENT, "a", rules=("korea",), story=77, untaken=True)
    calm = replace(urgent, severity=Severity.NORMAL, untaken=False)
    for minute, owed in ((0, urgent), (4, urgent), (8, calm)):
        seeded = entry(f"a{minute}", found(severity=owed.severity), owed=[owed])
        commit(store, [polled(seeded)], NOW + minute * MINUTE)
    assert [each.alerts for each in store.outbox.list()] == [(1, 2, 3)]
    assert escalate(store, NOW + 9 * MINUTE) == []
    assert len(escalate(store, NOW + 10 * MINUTE)) == 1


@pytest.mark.usefixtures("news")
def test_what_was_muted_counts_from_when_it_is_let_go(store: Store) -> None:
    """Nobody could know of it before."""
    with store.database.write() as (connection, _):
        again = {"state": DeliveryState.QUEUED, "parts": [], "message_ids": []}
        connection.execute(update(deliveries).where(deliveries.c.id == 1).values(again))
    store.changes.mute(f"story {STORY}", NOW + 60 * MINUTE, "Ann", "muted", NOW)

    def plan(now: datetime) -> DeliveryState:
        situation = Situation(now, Patience(DAY))
        store.queue.take("-1001", situation, lambda _: (DESK, lambda part, *_: (part,)), None, MINUTE)
        return store.outbox.get(1).state

    assert plan(NOW) is DeliveryState.HELD
    assert plan(NOW + 61 * MINUTE) is not DeliveryState.HELD
    assert escalate(store, NOW + 70 * MINUTE) == []
    assert len(escalate(store, NOW + 71 * MINUTE)) == 1


@pytest.mark.sqlite
def test_the_look_of_every_second_reads_an_index(store: Store) -> None:
    """Of what waits for somebody alone: what a desk ever sent is much."""
    from digest.store.duty import _WAIT

    with store.database.read() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {_WAIT.compile(connection)}").all()
    assert [line.detail for line in plan] == [plan[0].detail]
    assert "ix_deliveries_untaken" in plan[0].detail


# --- who has what ----------------------------------------------------------------------------------------------------


def test_what_is_told_to_whoever_takes_over(store: Store, news: Newsroom) -> None:
    """First what nobody has and where that went, then who has what; what is not urgent only if somebody has it."""
    calm, taken_calm = news.story(), news.story()
    news.report(calm, "Reuters", "Calm")
    news.report(taken_calm, "AFP", "In hand")
    store.changes.take(taken_calm, BOB, NOW)
    escalate(store, NOW + 10 * MINUTE)
    found = store.duty.in_hand(NOW + 10 * MINUTE)
    assert [(each.event, each.taken and each.taken.who, each.went_to) for each in found] == [
        (STORY, None, ("phone",)),
        (taken_calm, "Bob", ()),
    ]
    assert [each.event for each in store.duty.in_hand(NOW + 25 * 60 * MINUTE)] == []


def test_where_nobody_ever_takes_anything_there_is_nothing_to_tell(store: Store) -> None:
    """A desk of one person without `escalate` is not told all day what nobody has."""
    room = Newsroom(store, lambda: NOW)
    room.report(room.story(), "Example", severity=Severity.URGENT)
    assert store.duty.in_hand(NOW) == []
    room.report(room.story(), "Reuters", severity=Severity.URGENT)
    store.changes.take(STORY, ANN, NOW)
    assert [each.event for each in store.duty.in_hand(NOW)] == [STORY + 1, STORY]


@pytest.mark.usefixtures("news")
def test_what_is_kept_no_longer_is_forgotten(store: Store) -> None:
    """With its alerts, not before."""
    took(store, ANN, NOW)
    keep = {"entries": DAY, "alerts": 2 * DAY, "seen": 9 * DAY, "evidence": DAY}
    while store.upkeep.prune(**keep, now=NOW + DAY):
        pass
    assert holder(store) == "Ann"
    while store.upkeep.prune(**keep, now=NOW + 3 * DAY):
        pass
    assert holder(store) is None
