"""The parts of an engine over one database: who lives, what the dead held, and whose late writes are refused."""

from __future__ import annotations

import os
import socket
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from digest.engine.overview import EngineNow, Overview, RulesNow, facts
from digest.errors import EngineElsewhereError, LeaseLostError
from digest.store import open_store
from digest.store.engine import NOT_ANSWERED
from digest.store.outbox import LOST_IN_A_CRASH
from digest.store.parts import LEASE
from digest.store.schema import leases
from digest.values.messages import DeliveryState
from digest.values.settings import ChannelSpec, FeedSpec, Telegram
from tests.fakes import postgres
from tests.fakes.seeding import commit
from tests.fakes.sending import note_error
from tests.fakes.stores import new_store, of_kind, server, store_url
from tests.store.conftest import MINUTE, NOW, alerting, message, polled, taken
from tests.store.test_postgres import name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from digest.store import Store

pytestmark = pytest.mark.skipif(not postgres.available(), reason=postgres.MISSING)
SENDING, QUEUED = DeliveryState.SENDING, DeliveryState.QUEUED


@pytest.fixture(autouse=True)
def kind_of_database() -> Iterator[str]:
    """Only a server is shared."""
    with of_kind("postgresql"):
        yield "postgresql"


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[..., Store]]:
    """Begins a part of a kind; each has its own connections, as if it were on another machine."""
    url = store_url(tmp_path / "digest.db")
    with ExitStack() as opened:

        def begin(kind: str = "", *, only: bool = False) -> Store:
            store = opened.enter_context(open_store(url, migrate=True, part=True))
            store.sends.windows = lambda _: ()
            store.channels.sync([ChannelSpec("desk", Telegram("@desk"))], {}, NOW)
            assert not kind or store.parts.take(kind, only=only) == ""
            return store

        yield begin


def time_passes(store: Store, by: timedelta = LEASE + timedelta(seconds=1), *, of: Store | None = None) -> None:
    """All leases, or those of one, are so much older: what a part is that gives no sign of life for so long."""
    whose = leases.c.holder.like("%") if of is None else leases.c.holder == of.database.holder
    with store.database.apart() as connection:
        for row in connection.execute(select(leases).where(whose)).all():
            connection.execute(update(leases).where(leases.c.name == row.name).values(until=row.until - by))


def tokens(store: Store) -> list[int]:
    """Of the leases there are."""
    return [int(str(token)) for (token,) in server().ask("SELECT token FROM leases", name_of(store.database.name))]


def free_leases(store: Store) -> int:
    """How many leases nobody holds on to in a transaction."""
    return len(server().ask("SELECT 1 FROM leases FOR UPDATE SKIP LOCKED", name_of(store.database.name)))


# --- leases ----------------------------------------------------------------------------------------------------------


def test_there_is_one_clock_and_the_next_has_a_higher_token(begin: Callable[..., Store]) -> None:
    """While it lives, the next is told who it is; when it says nothing for long, the next takes its place."""
    first, second = begin("clock", only=True), begin()
    assert second.parts.take("clock", only=True) == first.database.holder
    first.parts.renew()
    assert tokens(second) == [1]
    time_passes(second)
    assert second.parts.take("clock", only=True) == ""
    assert tokens(second) == [2]


def test_a_clock_that_gives_back_is_followed_at_once_and_its_token_is_not_used_again(
    begin: Callable[..., Store],
) -> None:
    """One that was stopped in between, two clocks ago, must not take the third one's token for its own."""
    asleep, second = begin("clock", only=True), begin()
    time_passes(second)
    second.parts.take("clock", only=True)
    second.parts.give_back()
    third = begin("clock", only=True)
    assert tokens(third) == [3]
    with pytest.raises(LeaseLostError):
        asleep.requests.ask("poll", {}, NOW)


def test_any_number_of_another_kind_works_side_by_side(begin: Callable[..., Store]) -> None:
    """Each has a lease of its own, and an orderly end leaves none behind that lives."""
    first, second = begin("poller"), begin("poller")
    assert second.parts.living("poller") == 2
    assert second.parts.living("sender") == 0
    first.parts.give_back()
    assert second.parts.living("poller") == 1


def test_it_is_told_which_parts_there_are(begin: Callable[..., Store]) -> None:
    """By kind, host and process, and without the dead; that one is lacking is to be seen."""
    dead, reader = begin("clock", only=True), begin()
    parts = [begin(kind) for kind in ("poller", "poller", "sender")]
    time_passes(reader, of=dead)
    me = f"{socket.gethostname()} (pid {os.getpid()})"
    assert reader.parts.at_work() == {"poller": [me, me], "sender": [me]}
    (told,) = (
        each
        for each in facts(Overview(EngineNow(1), RulesNow(0), {}, {}, parts=reader.parts.at_work()), str)
        if each.head == "parts"
    )
    assert (told.words, told.wrong) == (f"poller on {me}, {me}; sender on {me}; there is no clock", True)
    for part in parts:
        part.parts.give_back()
    assert reader.parts.at_work() == {}


def test_a_late_renewal_counts_while_nobody_has_taken_over(begin: Callable[..., Store]) -> None:
    """A server that was away for longer than a lease costs no part its place."""
    clock, poller = begin("clock", only=True), begin("poller")
    time_passes(clock)
    poller.parts.renew()
    poller.parts.take_over()
    clock.parts.renew()
    clock.requests.ask("poll", {}, NOW)
    poller.requests.ask("poll", {}, NOW)
    assert clock.parts.living("clock") == clock.parts.living("poller") == 1


def test_it_is_the_servers_clock_that_counts(begin: Callable[..., Store]) -> None:
    """Nothing that a part is handed says what time it is: its machine's clock may be years wrong."""
    clock = begin("clock", only=True)
    ((ahead,),) = server().ask(
        "SELECT until - extract(epoch FROM clock_timestamp()) * 1000 FROM leases", name_of(clock.database.name)
    )
    assert 0 < float(str(ahead)) <= LEASE / timedelta(milliseconds=1)


@pytest.mark.parametrize("put_right", ["let_go", "set_right"])
def test_what_a_part_stores_by_a_clock_a_little_ahead_stays(begin: Callable[..., Store], put_right: str) -> None:
    """Two machines never agree on the time: a clock that begins, and is behind, shifts no row of another."""
    poller, clock = begin("poller"), begin("clock", only=True)
    now = datetime.now(UTC)
    poller.polls.sync_feeds([FeedSpec("https://one.example/rss")], default_every=10 * MINUTE, now=NOW)
    note_error(poller, "desk", "no answer", now + MINUTE / 2)
    commit(poller, [polled(alerting("a"), attempted=now + MINUTE / 2)], now + MINUTE / 2)
    before = [poller.polls.all_feeds(), poller.channels.all(), poller.outbox.list()]
    assert not any(getattr(clock, put_right)(now - MINUTE).values())
    assert [poller.polls.all_feeds(), poller.channels.all(), poller.outbox.list()] == before


def test_what_a_part_stored_by_a_clock_far_ahead_is_put_right(begin: Callable[..., Store]) -> None:
    """It would be of tomorrow for everybody."""
    poller, clock = begin("poller"), begin("clock", only=True)
    now = datetime.now(UTC)
    note_error(poller, "desk", "no answer", now + timedelta(days=1))
    clock.set_right(now)
    (desk,) = poller.channels.all()
    assert desk.last_error_at is not None
    assert desk.last_error_at <= now + 2 * MINUTE


# --- the fence -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["clock", "poller"])
def test_what_a_part_writes_late_is_refused(begin: Callable[..., Store], kind: str) -> None:
    """Stopped for so long that others took over, it stores nothing when it wakes, learns why, and is to end."""
    asleep = begin(kind, only=kind == "clock")
    other = begin()
    time_passes(other)
    other.parts.take(kind, only=kind == "clock")
    before = other.seq()
    with pytest.raises(LeaseLostError, match=f"this {kind} gave no sign of life for 15 s"):
        asleep.requests.ask("stop", {}, NOW)
    assert other.seq() == before
    assert other.requests.claim(NOW) is None
    assert "others have taken over what it had in hand" in asleep.database.lost()
    with pytest.raises(LeaseLostError):
        asleep.parts.renew()
    other.requests.ask("poll", {}, NOW)
    assert other.database.lost() == ""


def test_a_part_says_that_it_lives_while_it_writes(begin: Callable[..., Store]) -> None:
    """Over a slow network a write may well take longer than a lease lasts: it has a connection of its own for that."""
    part, other = begin("poller"), begin("poller")
    with part.database.write() as (connection, _):
        assert connection.in_transaction()
        time_passes(other, of=part)
        part.parts.renew()
        assert other.parts.living("poller") == 2


def test_a_write_that_is_under_way_is_waited_for(begin: Callable[..., Store]) -> None:
    """Between the look at the lease and the commit nobody takes over."""
    asleep, other = begin("clock", only=True), begin()
    with asleep.database.write() as (connection, _):
        assert connection.in_transaction()
        assert free_leases(other) == 0
    assert free_leases(other) == 1


def test_parts_keep_a_whole_engine_away_and_the_other_way_round(begin: Callable[..., Store], tmp_path: Path) -> None:
    """Whoever is a whole engine takes all for its own that anybody has in hand."""
    url = store_url(tmp_path / "digest.db")
    with closing(begin("poller")), pytest.raises(EngineElsewhereError):
        open_store(url, migrate=True)
    with closing(new_store(url)), pytest.raises(EngineElsewhereError):
        begin()


def test_a_whole_engine_leaves_no_place_to_a_part_that_was_cut_off(begin: Callable[..., Store], tmp_path: Path) -> None:
    """Its lock was free because the part had lost its connections; what the part writes when it is back is refused."""
    url = store_url(tmp_path / "digest.db")
    part = begin("poller")
    part.database._writer.dispose()
    with new_store(url) as whole:
        whole.engine.started(1, "here", "1", NOW)
    with pytest.raises(LeaseLostError):
        part.requests.ask("poll", {}, NOW)


# --- what the dead held ----------------------------------------------------------------------------------------------


def test_only_what_nobody_living_holds_counts_as_a_lost_answer(begin: Callable[..., Store]) -> None:
    """Of two senders one dies: what it was sending may have arrived, what the other one is sending is none of that."""
    first, second = begin("sender"), begin("sender")
    ids = first.outbox.owe([message("a"), message("b")], [], NOW)
    for sender in (first, second):
        assert taken(sender) is not None
    third = begin("sender")
    assert third.outbox.recover(NOW, hold=False) == 0
    time_passes(third, of=first)
    third.parts.take_over()
    assert third.outbox.recover(NOW, hold=False) == 1
    found = [third.outbox.get(each) for each in ids]
    assert [each.state for each in found] == [QUEUED, SENDING]
    assert (found[0].reason, found[0].maybe_repeat) == (LOST_IN_A_CRASH, True)


def test_what_it_holds_itself_is_taken_back_as_well(begin: Callable[..., Store]) -> None:
    """Delivering that is begun anew in one process knows no more than another would what became of it."""
    sender = begin("sender")
    sender.outbox.owe([message("a")], [], NOW)
    assert taken(sender) is not None
    assert sender.outbox.recover(NOW, hold=False) == 1


def test_a_turn_of_one_who_lives_is_not_ended(begin: Callable[..., Store]) -> None:
    """The limits of a chat are kept across senders: what one has on its way counts for the others until its answer."""
    first, second = begin("sender"), begin("sender")
    turns = [each.sends.take(f"-{number}", NOW) for number, each in enumerate((first, second))]
    time_passes(second, of=first)
    second.parts.take_over()
    third = begin("sender")
    third.outbox.recover(NOW + MINUTE, hold=False)
    rows = server().ask("SELECT id, done FROM sends ORDER BY id", name_of(third.database.name))
    assert rows == [(turns[0], True), (turns[1], False)]


def test_a_new_clock_answers_what_the_dead_one_had_taken(begin: Callable[..., Store]) -> None:
    """What a part that lives is about to answer is left to it."""
    first = begin("clock", only=True)
    other = begin("poller")
    asked = [first.requests.ask("poll", {}, NOW) for _ in range(2)]
    first.requests.claim(NOW)
    other.requests.claim(NOW)
    time_passes(first, of=first)
    second = begin("clock", only=True)
    second.engine.started(1, "here", "1", NOW + MINUTE)
    assert [second.requests.result(each) for each in asked] == [NOT_ANSWERED, None]


def test_a_request_is_given_back_by_its_own_holder_alone(begin: Callable[..., Store]) -> None:
    """A server that went away at a commit leaves one part in doubt; what another has in hand is no matter of it."""
    first, second = begin("clock", only=True), begin("poller")
    first.requests.ask("poll", {}, NOW)
    assert first.requests.claim(NOW) is not None
    second.requests.give_back(())
    assert second.requests.claim(NOW) is None
    first.requests.give_back(())
    assert second.requests.claim(NOW) is not None


# --- chats -----------------------------------------------------------------------------------------------------------

CHATS = {"-1", "-2", "-3", "-4", "-5"}


def test_each_chat_is_one_senders_and_they_share_them(begin: Callable[..., Store]) -> None:
    """The first has all; a second one gets its share as soon as the first has let go of it."""
    first = begin("sender")
    assert first.parts.share_chats("sender", CHATS) == (CHATS, set())
    second = begin("sender")
    assert second.parts.share_chats("sender", CHATS) == (set(), set())
    held, surplus = first.parts.share_chats("sender", CHATS)
    assert (len(held), len(surplus)) == (5, 2)
    assert all(first.parts.let_go(chat) for chat in surplus)
    assert second.parts.share_chats("sender", CHATS) == (surplus, set())
    assert first.parts.share_chats("sender", CHATS) == (CHATS - surplus, set())


def test_a_chat_is_not_let_go_of_while_something_is_on_its_way(begin: Callable[..., Store]) -> None:
    """Else its next sender could overtake what the first one sends."""
    sender = begin("sender")
    sender.parts.share_chats("sender", {"@desk"})
    (owed,) = sender.outbox.owe([message("a")], [], NOW)
    delivery = taken(sender)
    assert delivery is not None
    assert not sender.parts.let_go("@desk")
    for number in range(len(delivery.parts)):
        sender.outbox.part_sent(owed, number + 1, NOW)
        if number + 1 < len(delivery.parts):
            assert sender.parts.let_go("@desk")
            taken(sender)
    assert sender.parts.let_go("@desk")


def test_the_chats_of_a_dead_sender_are_taken_over(begin: Callable[..., Store]) -> None:
    """Whoever finds it dead has its chats at once, in the same look."""
    first, second = begin("sender"), begin("sender")
    first.parts.share_chats("sender", CHATS)
    time_passes(second, of=first)
    assert second.parts.share_chats("sender", CHATS) == (CHATS, set())
    with pytest.raises(LeaseLostError):
        first.parts.let_go("-1")
