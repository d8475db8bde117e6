"""What is owed, in honest states."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from digest.delivery.media.formats import parts_for, record_of
from digest.delivery.media.markup import Span
from digest.delivery.messages.write import whole
from digest.errors import UsageError
from digest.store.channels import NO_LONGER_CONFIGURED
from digest.store.outbox import DROPPED_ON_ITS_WAY, LOST_IN_A_CRASH
from digest.store.schema import deliveries
from digest.store.telling import next_in
from digest.values.messages import Delivery, DeliveryKind, DeliveryState, Failure, Hold, PlannedDelivery
from digest.values.news import Severity
from digest.values.settings import Apprise, ChannelSpec, Folder, Telegram
from tests.fakes.line_by_line import lines
from tests.fakes.seeding import commit
from tests.fakes.sending import note_error, pause, put_in
from tests.store.conftest import MINUTE, NOW, alerting, entry, fails, found, message, polled, taken

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.store import Store

pytestmark = pytest.mark.both

QUEUED, SENDING, SENT, HELD, UNKNOWN, DEAD, DROPPED = DeliveryState


def put(store: Store, state: DeliveryState) -> int:
    """A delivery brought into a state by the ways that lead there."""
    (delivery,) = store.outbox.owe([message("m")], [], NOW)
    if state in {SENDING, SENT, UNKNOWN, DEAD}:
        assert taken(store, NOW) is not None
    match state:
        case DeliveryState.SENT:
            store.outbox.part_sent(delivery, 1, NOW)
            assert taken(store, NOW) is not None
            store.outbox.part_sent(delivery, 2, NOW)
        case DeliveryState.UNKNOWN:
            fails(store, delivery, Failure.UNKNOWN, hold_unknown=True)
        case DeliveryState.DEAD:
            fails(store, delivery, Failure.REFUSED)
        case DeliveryState.DROPPED:
            store.outbox.drop(delivery, NOW)
        case DeliveryState.HELD:
            put_in(store, delivery, HELD)
        case _:
            pass
    assert store.outbox.get(delivery).state == state
    return delivery


def begun(store: Store, state: DeliveryState) -> int:
    """A delivery of which one part has arrived, and that stands in this state."""
    delivery = put(store, SENDING)
    store.outbox.part_sent(delivery, 77, NOW)
    match state:
        case DeliveryState.UNKNOWN:
            assert taken(store, NOW) is not None
            fails(store, delivery, Failure.UNKNOWN, hold_unknown=True)
        case DeliveryState.DEAD:
            assert taken(store, NOW) is not None
            fails(store, delivery, Failure.REFUSED)
        case DeliveryState.DROPPED:
            store.outbox.drop(delivery, NOW)
        case _:
            pass
    found = store.outbox.get(delivery)
    assert (found.state, found.message_ids) == (state, (77,))
    return delivery


def taken_again(store: Store, delivery: int, spec: ChannelSpec) -> Delivery:
    """A delivery that is asked for again, and taken for its channel as that is now."""
    if store.outbox.get(delivery).state is SENDING:
        fails(store, delivery, Failure.CLOSED)
        store.channels.try_again(NOW)
    store.outbox.retry(delivery, LATER)
    chat = store.channels.state(spec.name).chat
    by_bot = isinstance(spec.medium, Telegram)
    there = replace(spec, medium=Telegram(chat)) if by_bot else spec
    claimed_now = taken(store, LATER, chat, there, lines if by_bot else whole)
    assert claimed_now is not None
    assert claimed_now.id == delivery
    return claimed_now


LATER = NOW + MINUTE
MOVES: list[tuple[str, Callable[[Store, int], object], dict[DeliveryState, DeliveryState]]] = [
    ("sent", lambda store, id_: store.outbox.sent(id_, NOW), {SENDING: SENT}),
    ("not now", lambda store, id_: fails(store, id_, Failure.RATE_LIMITED), {SENDING: QUEUED}),
    ("lost, held", lambda store, id_: fails(store, id_, Failure.UNKNOWN, hold_unknown=True), {SENDING: UNKNOWN}),
    ("lost", lambda store, id_: fails(store, id_, Failure.UNKNOWN), {SENDING: QUEUED}),
    ("closed", lambda store, id_: fails(store, id_, Failure.CLOSED), {SENDING: QUEUED}),
    ("refused", lambda store, id_: fails(store, id_, Failure.REFUSED), {SENDING: DEAD}),
]


@pytest.mark.parametrize("state", DeliveryState)
@pytest.mark.parametrize(("move", "allowed"), [move[1:] for move in MOVES], ids=[move[0] for move in MOVES])
def test_only_honest_moves(
    store: Store,
    state: DeliveryState,
    move: Callable[[Store, int], object],
    allowed: dict[DeliveryState, DeliveryState],
) -> None:
    """Each state leads only where it may; another move is refused in words and changes nothing."""
    delivery = put(store, state)
    if state in allowed:
        move(store, delivery)
        assert store.outbox.get(delivery).state == allowed[state]
        return
    before = store.outbox.get(delivery)
    with pytest.raises(UsageError, match=f"delivery {delivery} is {state}"):
        move(store, delivery)
    assert store.outbox.get(delivery) == before


ASKED = [
    ("retry", lambda store, id_: store.outbox.retry(id_, NOW)),
    ("drop", lambda store, id_: store.outbox.drop(id_, NOW)),
]


@pytest.mark.parametrize(
    ("state", "after"),
    [(state, SENDING if state is SENDING else QUEUED) for state in DeliveryState],
)
def test_a_user_may_have_anything_sent_again(store: Store, state: DeliveryState, after: DeliveryState) -> None:
    """Whatever state it is in, it goes at once; what was sent goes as a whole and says so, what is on its way stays."""
    delivery = put(store, state)
    if state is SENT:
        assert store.outbox.get(delivery).message_ids == (1, 2)
    assert store.outbox.retry(delivery, LATER) is state
    found = store.outbox.get(delivery)
    assert (found.state, found.retried, found.message_ids, found.not_before) == (after, LATER, (), None)
    assert found.maybe_repeat is (state in {SENT, UNKNOWN})
    assert found.wanted_since == LATER


@pytest.mark.parametrize("state", DeliveryState)
def test_a_user_may_drop_anything_that_is_owed(store: Store, state: DeliveryState) -> None:
    """It is owed no longer; what was sent stays sent, and what was on its way says that it may have arrived."""
    delivery = put(store, state)
    assert store.outbox.drop(delivery, LATER) is state
    found = store.outbox.get(delivery)
    assert found.state is (SENT if state is SENT else DROPPED)
    assert (found.reason == DROPPED_ON_ITS_WAY) is (state is SENDING)


def test_what_arrives_after_it_was_dropped_is_sent(store: Store) -> None:
    """The record tells the truth: a message that was accepted counts as sent, whatever was asked meanwhile."""
    delivery = put(store, SENDING)
    store.outbox.drop(delivery, NOW)
    store.outbox.part_sent(delivery, 1, NOW)
    assert store.outbox.get(delivery).state is DROPPED
    store.outbox.part_sent(delivery, 2, NOW)
    assert (store.outbox.get(delivery).state, store.outbox.get(delivery).reason) == (SENT, "")


@pytest.mark.parametrize("move", [*(move[1] for move in MOVES), *(move[1] for move in ASKED)])
def test_what_is_not_there_is_said(store: Store, move: Callable[[Store, int], object]) -> None:
    """A delivery that was never owed is named."""
    for absent in (99, -1, 10**30):
        with pytest.raises(UsageError, match=f"there is no delivery {absent}"):
            move(store, absent)


def claimed(store: Store) -> list[str]:
    """Titles in the order in which they are claimed until none may go."""
    titles = []
    while (delivery := taken(store, NOW)) is not None:
        titles.append(delivery.title)
    return titles


def test_the_severest_first_then_the_oldest(store: Store) -> None:
    """What matters more overtakes, equals keep their order, and another channel's messages stay."""
    for title, severity in [("a", Severity.LOW), ("b", Severity.HIGH), ("c", Severity.URGENT), ("d", Severity.HIGH)]:
        store.outbox.owe([message(title, severity), message("other", severity, channel="phone")], [], NOW)
    assert claimed(store) == ["c", "b", "d", "a"]
    assert store.outbox.counts() == dict.fromkeys(DeliveryState, 0) | {QUEUED: 4, SENDING: 4}


@pytest.fixture
def forum(store: Store) -> Store:
    """Two channels more, topics of one forum: the urgent waits in one, the low in the other."""
    specs = [ChannelSpec("desk", Telegram("@desk")), *(ChannelSpec(name, Telegram("-5")) for name in ("loud", "soft"))]
    store.channels.sync(specs, {}, NOW)
    for channel, severity in (("soft", Severity.LOW), ("loud", Severity.URGENT), ("desk", Severity.URGENT)):
        store.outbox.owe([message(channel, severity, channel=channel)], [], NOW)
    return store


def test_in_one_chat_the_severest_goes_first_whichever_channel_owes_it(forum: Store) -> None:
    """Topics of a forum share the pace of the chat; other chats do not count."""
    urgent, low = (taken(forum, NOW, "-5") for _ in range(2))
    assert urgent is not None
    assert low is not None
    assert (urgent.channel, low.channel) == ("loud", "soft")
    forum.outbox.owe([message("again", Severity.HIGH, channel="loud")], [], NOW)
    assert forum.outbox.part_sent(low.id, 1, NOW)
    again, rest = (taken(forum, NOW, "-5") for _ in range(2))
    assert again is not None
    assert rest is not None
    assert (again.title, rest.id, rest.message_ids, rest.attempts) == ("again", low.id, (1,), 1)


@pytest.mark.parametrize("trouble", ["failing", "off", "moved away"])
def test_no_channel_waits_for_one_that_cannot_send(forum: Store, trouble: str) -> None:
    """What is severer there would hold up the rest for nothing."""
    match trouble:
        case "failing":
            found = taken(forum, NOW, "-5")
            assert found is not None
            fails(forum, found.id, Failure.CLOSED, chat="-5")
        case "off":
            forum.channels.sync([ChannelSpec(name, Telegram("-5")) for name in ("loud", "soft")], {"loud": "x"}, LATER)
        case "moved away":
            forum.channels.migrate_chat("loud", "-1005")
    soft = taken(forum, NOW, "-5")
    assert soft is not None
    assert soft.channel == "soft"


def test_a_claim_stands_before_anything_is_sent(store: Store) -> None:
    """A claim is counted and stored at once: a second one does not get the same message."""
    store.outbox.owe([message("a")], [], NOW)
    delivery = taken(store, LATER)
    assert delivery is not None
    assert (delivery.state, delivery.attempts, delivery.updated) == (SENDING, 1, LATER)
    assert store.outbox.get(delivery.id) == delivery
    assert taken(store, LATER) is None


def test_no_message_waits_for_a_time_of_a_wrong_clock(store: Store) -> None:
    """What was queued, or put off, while the clock was ahead may go once it is set right; the rest keeps its time."""
    store.outbox.owe([message("put off"), message("right")], [], NOW)
    ahead = NOW + timedelta(days=365)
    delivery = taken(store, ahead)
    assert delivery is not None
    fails(store, delivery.id, Failure.NOT_SENT, ahead)
    store.outbox.owe([message("queued")], [], ahead)
    assert store.set_right(NOW)["deliveries"] == 2
    assert claimed(store) == ["put off", "right", "queued"]
    assert {delivery.created for delivery in store.outbox.list()} == {NOW}


def test_nothing_goes_before_its_time(store: Store) -> None:
    """What is queued again waits for its time, and the next due time says so."""
    store.outbox.owe([message("a")], [], NOW)
    delivery = taken(store, NOW)
    assert delivery is not None
    fails(store, delivery.id, Failure.RATE_LIMITED, reason="slow down")
    assert taken(store, NOW) is None
    with store.database.read() as connection:
        assert (next_in(connection, "@desk", NOW), next_in(connection, "@phone", NOW)) == (LATER, None)
    waiting = store.outbox.get(delivery.id)
    assert (waiting.reason, waiting.not_before, waiting.maybe_repeat) == ("slow down", LATER, False)
    again = taken(store, LATER)
    assert again is not None
    assert (again.attempts, again.reason, again.not_before) == (2, "", None)


def test_what_part_was_accepted_is_never_owed_again(store: Store) -> None:
    """After a lost answer only the parts without a message id are owed, the next marked as a possible repeat."""
    store.outbox.owe([message("a")], [], NOW)
    first = taken(store, NOW)
    assert first is not None
    store.outbox.part_sent(first.id, 71, NOW)
    assert taken(store, NOW) is not None
    fails(store, first.id, Failure.UNKNOWN, resend=(timedelta(0),))
    second = taken(store, NOW)
    assert second is not None
    assert second.parts[len(second.message_ids) :] == ("more",)
    assert second.maybe_repeat
    store.outbox.part_sent(second.id, 72, NOW)
    assert not store.outbox.get(second.id).maybe_repeat
    done = store.outbox.get(first.id)
    assert (done.state, done.message_ids) == (SENT, (71, 72))


def test_of_what_is_dropped_midway_no_other_part_is_owed(store: Store) -> None:
    """And it stays dropped; with its last part it has arrived."""
    first, second = store.outbox.owe([message("a"), message("b")], [], NOW)
    assert {first, second} == {each.id for _ in "ab" if (each := taken(store, NOW)) is not None}
    assert store.outbox.part_sent(second, 1, NOW)
    store.outbox.drop(first, NOW)
    store.outbox.drop(second, NOW)
    assert not store.outbox.part_sent(first, 1, NOW)
    assert store.outbox.get(first).state is DROPPED
    assert store.outbox.part_sent(second, 2, NOW)
    assert store.outbox.get(second).state is SENT


@pytest.mark.parametrize(("hold", "state"), [(True, UNKNOWN), (False, QUEUED)])
def test_what_a_crash_left_is_a_lost_answer(store: Store, hold: bool, state: DeliveryState) -> None:  # noqa: FBT001 - a case
    """At the start, what was being sent may have arrived: kept for the user, or queued and marked; nothing is lost."""
    for title in "abc":
        store.outbox.owe([message(title)], [], NOW)
    sending = taken(store, NOW)
    assert sending is not None
    assert store.outbox.recover(LATER, hold=hold) == 1
    left = store.outbox.get(sending.id)
    assert (left.state, left.maybe_repeat, left.reason, left.attempts) == (state, True, LOST_IN_A_CRASH, 1)
    assert store.outbox.recover(LATER, hold=hold) == 0
    assert store.outbox.counts()[QUEUED] == (2 if hold else 3)


def test_each_crash_is_a_copy_more(store: Store) -> None:
    """An engine that ends whenever it sends does not flood a chat: two copies go at once, the next ones wait."""
    store.outbox.owe([message("a")], [], NOW)
    now, waits = NOW, []
    for _ in range(5):
        sending = taken(store, now)
        assert sending is not None
        store.outbox.recover(now, hold=False)
        again = store.outbox.get(sending.id).not_before or now
        waits.append(again - now)
        now = again
    assert waits == [timedelta(0), timedelta(0), MINUTE, 5 * MINUTE, 30 * MINUTE]


def test_a_retry_is_young_again(store: Store) -> None:
    """Asked for again, a message goes at once, and giving up counts from then."""
    delivery = put(store, DEAD)
    store.outbox.retry(delivery, LATER)
    again = store.outbox.get(delivery)
    assert (again.state, again.retried, again.created, again.not_before, again.reason) == (QUEUED, LATER, NOW, None, "")


def test_what_may_be_owed_once_is_owed_once(store: Store) -> None:
    """A key that was ever used adds nothing, also when its message is long gone."""
    (delivery,) = store.outbox.owe([message("notice")], [], NOW, key="notice:1")
    store.outbox.drop(delivery, NOW)
    assert store.outbox.owe([message("notice")], [], NOW, key="notice:1") == []
    assert len(store.outbox.list()) == 1


def test_lists_are_narrowed(store: Store) -> None:
    """By state and by channel, oldest first."""
    put(store, DEAD)
    store.outbox.owe([message("b"), message("c", channel="phone")], [], NOW)
    assert [each.title for each in store.outbox.list([QUEUED])] == ["b", "c"]
    assert [each.title for each in store.outbox.list(channel="desk")] == ["m", "b"]
    assert [each.title for each in store.outbox.list([DEAD], channel="phone")] == []


def test_a_message_names_its_alerts(store: Store) -> None:
    """One message about an entry that two rules hit tells of both alerts; of a rule not routed there it does not."""
    both = entry("a", found("korea"), found("syria"), owed=[message("a")])
    commit(store, [polled(both)], NOW)
    korea, syria = store.reads.alerts()
    assert [each.alerts for each in korea.deliveries] == [(korea.id,)]
    assert syria.deliveries == ()


# --- channels ----------------------------------------------------------------------------------------------------


def test_a_channel_out_of_service_keeps_what_it_is_owed(store: Store) -> None:
    """Off or gone from the config, nothing is sent to it and every message says why; back in service, it goes on."""
    store.outbox.owe([message("a")], [], NOW)
    desk = ChannelSpec("desk", Telegram("@desk"))
    for specs, off, reason in [
        ([desk], {"desk": "no token in TELEGRAM_BOT_TOKEN"}, "no token in TELEGRAM_BOT_TOKEN"),
        ([], {}, NO_LONGER_CONFIGURED),
    ]:
        store.channels.sync(specs, off, LATER)
        assert taken(store, LATER) is None
        assert [each.reason for each in store.outbox.list([QUEUED])] == [reason]
        assert store.channels.state("desk").off == reason
    store.channels.sync([desk], {}, LATER)
    assert [each.reason for each in store.outbox.list([QUEUED])] == [""]
    assert claimed(store) == ["a"]
    assert store.channels.state("desk").first_seen == NOW


def test_a_retry_says_what_it_waits_for(store: Store) -> None:
    """A channel that is off or gone gets nothing, whoever asks for it; what was on its way then says so, too."""
    store.outbox.owe([message("a"), message("b")], [], NOW)
    on_its_way = taken(store, NOW)
    assert on_its_way is not None
    store.outbox.recover(NOW, hold=False)
    store.channels.sync([], {}, LATER)
    assert [each.reason for each in store.outbox.list()] == [NO_LONGER_CONFIGURED] * 2
    store.outbox.retry(on_its_way.id, LATER)
    assert store.outbox.get(on_its_way.id).reason == NO_LONGER_CONFIGURED


def test_a_reason_of_its_own_outlives_a_restart(store: Store) -> None:
    """A start of the engine does not wipe why a message was queued again."""
    store.outbox.owe([message("a")], [], NOW)
    delivery = taken(store, NOW)
    assert delivery is not None
    fails(store, delivery.id, Failure.RATE_LIMITED, reason="slow down")
    store.channels.sync([ChannelSpec("desk", Telegram("@desk"))], {}, LATER)
    assert store.outbox.get(delivery.id).reason == "slow down"


def test_another_chat_is_another_channel(store: Store) -> None:
    """What was learned of a chat does not follow the channel's name to another chat."""
    store.channels.migrate_chat("desk", "-100123")
    (delivery,) = store.outbox.owe([message("a")], [], NOW)
    store.outbox.part_sent(delivery, 1, NOW)
    pause(store, "-100123", LATER, NOW)
    note_error(store, "desk", "too many requests", NOW)
    learned = store.channels.state("desk")
    assert (learned.chat, learned.paused_until) == ("-100123", LATER)
    store.channels.sync([ChannelSpec("desk", Telegram("@desk"))], {}, LATER)
    assert store.channels.state("desk") == learned
    store.channels.sync([ChannelSpec("desk", Telegram("@other"))], {}, LATER)
    other = store.channels.state("desk")
    assert (other.chat, other.paused_until, other.last_error) == ("@other", None, "")


def test_an_apprise_address_is_not_stored(store: Store) -> None:
    """It may hold a password: its kind and a fingerprint are enough to tell it from another."""
    targets = set()
    for password in ("hunter2", "hunter3"):
        store.channels.sync([ChannelSpec("phone", Apprise(f"mailto://me:{password}@example.org"))], {}, NOW)
        targets.add(store.channels.state("phone").target)
    assert len(targets) == 2
    assert all(target.startswith("mailto:") and "hunter" not in target for target in targets)


def test_a_channel_that_is_not_there_is_named(store: Store) -> None:
    """Asking for it is the user's mistake, said in words."""
    with pytest.raises(UsageError, match="no channel named phone"):
        store.channels.state("phone")
    assert [channel.name for channel in store.channels.all()] == ["desk"]


def test_alerts_show_their_deliveries(store: Store) -> None:
    """Every message that tells of an alert stands with it, its state as of now."""
    commit(store, [polled(alerting("a"))], NOW)
    (alert,) = store.reads.alerts()
    store.outbox.owe([message("digest")], [alert.id], LATER)
    (alert,) = store.reads.alerts()
    assert [(each.title, each.state) for each in alert.deliveries] == [("a", QUEUED), ("digest", QUEUED)]


@pytest.mark.parametrize("state", [QUEUED, SENDING, SENT, HELD, UNKNOWN, DEAD, DROPPED])
def test_every_message_follows_its_channel_to_another_kind_of_place(store: Store, state: DeliveryState) -> None:
    """Written anew for it, whatever became of it: what was sent or dropped may be asked for again."""
    delivery = put(store, state)
    moved = ChannelSpec("desk", Apprise("json://localhost"))
    store.channels.sync([moved], {}, LATER)
    assert store.outbox.get(delivery).state == state
    after = taken_again(store, delivery, moved)
    assert after.parts == ("<b>m</b>\nmore",)


@pytest.mark.parametrize(("was", "becomes"), [("jsonl", "markdown"), ("markdown", "jsonl")])
def test_every_message_follows_its_channel_to_another_format(store: Store, was: str, becomes: str) -> None:
    """A file of one format holds no message written for the other."""
    spec = ChannelSpec("archive", Folder("/srv/news", was))
    store.channels.sync([spec], {}, NOW)
    owed = PlannedDelivery("archive", DeliveryKind.NOTICE, Severity.NORMAL, "t", {"lines": ["A * B hello"]})
    (delivery,) = store.outbox.owe([owed], [], NOW)
    first = taken_again(store, delivery, spec)
    changed = replace(spec, medium=Folder("/srv/news", becomes))
    store.channels.sync([changed], {}, LATER)
    record = record_of(DeliveryKind.NOTICE, Severity.NORMAL, NOW, "t")
    for made, format_ in ((first, spec), (taken_again(store, delivery, changed), changed)):
        assert made.parts == parts_for(format_, [Span("A * B hello")], record)


@pytest.mark.parametrize("state", [QUEUED, UNKNOWN, DEAD, DROPPED])
@pytest.mark.parametrize(
    "spec",
    [
        ChannelSpec("desk", Telegram("@other")),
        ChannelSpec("desk", Folder("/srv/news")),
        ChannelSpec("desk", Apprise("a://")),
    ],
)
def test_a_message_begun_in_one_chat_begins_anew_in_another(
    store: Store, spec: ChannelSpec, state: DeliveryState
) -> None:
    """Nobody gets the rest alone; whoever may know the beginning is told that it may be a repeat."""
    delivery = begun(store, state)
    store.channels.sync([spec], {}, LATER)
    after = taken_again(store, delivery, spec)
    assert (after.message_ids, after.maybe_repeat) == ((), True)


def test_what_was_sent_whole_stays_sent(store: Store) -> None:
    """A channel that leads elsewhere sends nothing twice, and where it went is still known."""
    delivery = put(store, SENT)
    store.channels.sync([ChannelSpec("desk", Telegram("@other"))], {}, LATER)
    assert store.outbox.get(delivery).message_ids == (1, 2)
    assert claimed(store) == []


def test_a_config_that_follows_its_group_begins_nothing_anew(store: Store) -> None:
    """A group that became a supergroup is where its messages go already: the rest of one goes there alone."""
    delivery = begun(store, QUEUED)
    store.channels.migrate_chat("desk", "-100123")
    moved = ChannelSpec("desk", Telegram("-100123"))
    store.channels.sync([moved], {}, LATER)
    after = taken_again(store, delivery, moved)
    assert (after.message_ids, after.maybe_repeat) == ((0,), False)  # there it has no id


def test_held_for_a_channel_that_is_gone_says_so(store: Store) -> None:
    """Not for ever that its quiet hours end some day that has passed."""
    (number,) = store.outbox.owe([message("a")], [], NOW)
    with store.database.write() as (connection, _):
        held = {"state": DeliveryState.HELD, "held_by": Hold.QUIET, "reason": "quiet hours until 07:00"}
        connection.execute(update(deliveries).where(deliveries.c.id == number).values(held))
    store.channels.sync([], {}, LATER)
    assert store.outbox.get(number).reason == NO_LONGER_CONFIGURED
