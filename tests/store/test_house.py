"""Requests, the engine's own row, digests: the small parts."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from digest.store.engine import NOT_ANSWERED
from digest.values.messages import DigestDocument
from digest.values.states import EngineState
from tests.fakes.seeding import commit
from tests.store.conftest import MINUTE, NOW, alerting, message, polled

if TYPE_CHECKING:
    from digest.store import Store


def test_requests_are_taken_once_in_order(store: Store) -> None:
    """The engine takes the oldest first, each once, with what was asked."""
    asked = [store.requests.ask(kind, {"name": kind}, NOW) for kind in ("poll", "stop")]
    taken = [store.requests.claim(NOW) for _ in range(3)]
    assert [(each.id, each.kind, each.args, each.created) for each in taken if each] == [
        (asked[0], "poll", {"name": "poll"}, NOW),
        (asked[1], "stop", {"name": "stop"}, NOW),
    ]


def test_an_answer_is_waited_for(store: Store) -> None:
    """Who asked hears the answer when it comes, and nothing when it does not."""
    asked = store.requests.ask("poll", {}, NOW)
    assert store.requests.wait(asked, seconds=0) is None
    answer = threading.Timer(0.1, store.requests.finish, (asked, "12 feeds polled", NOW))
    answer.start()
    assert store.requests.wait(asked, seconds=30) == "12 feeds polled"
    assert store.requests.result(asked) == "12 feeds polled"
    answer.join()


def test_a_new_engine_does_not_do_what_was_asked_of_the_old(store: Store) -> None:
    """A stop that came too late does not stop the next engine; who asked is told."""
    left = [store.requests.ask("stop", {}, NOW), store.requests.ask("poll", {}, NOW)]
    store.requests.claim(NOW)
    store.engine.started(1, "host", "0.1.0", NOW + MINUTE)
    assert [store.requests.result(each) for each in left] == [NOT_ANSWERED, NOT_ANSWERED]
    assert store.requests.claim(NOW + MINUTE) is None
    store.requests.ask("poll", {}, NOW + MINUTE)
    assert store.requests.claim(NOW + MINUTE) is not None


def test_what_the_engine_says_of_itself(store: Store) -> None:
    """Started, alive, stopped; what it said last stays."""
    assert store.engine.state() == EngineState()
    store.engine.started(7, "host", "0.1.0", NOW)
    store.engine.beat(NOW + MINUTE, "polling 3 of 40 feeds", problem="the disk is nearly full")
    said = EngineState(7, "host", "0.1.0", NOW, NOW + MINUTE, "polling 3 of 40 feeds", "the disk is nearly full")
    assert store.engine.state() == said
    store.engine.stopped(NOW + 2 * MINUTE)
    assert (store.engine.state().pid, store.engine.state().activity) == (None, "")
    store.engine.started(8, "host", "0.1.0", NOW + 3 * MINUTE)
    assert store.engine.state() == EngineState(8, "host", "0.1.0", NOW + 3 * MINUTE, NOW + 3 * MINUTE)


def test_a_digest_is_owed_once(store: Store) -> None:
    """However often its time is struck: the first time its messages are owed, then nothing."""
    commit(store, [polled(alerting("a"))], NOW)
    (alert,) = store.reads.alerts()
    local, until = "2026-11-22T07:00", NOW + MINUTE
    document = DigestDocument("morning", NOW, until, "UTC", (), 1)
    planned = [(message("digest"), [alert.id]), (message("digest", channel="phone"), [alert.id])]
    assert not store.digests.is_done("morning", local)
    assert store.digests.last_until("morning") is None
    assert store.digests.commit(document, local, planned, until)
    assert not store.digests.commit(document, local, planned, until)
    assert store.digests.is_done("morning", local)
    assert store.digests.last_until("morning") == until
    assert not store.digests.is_done("evening", local)
    owed = [each for each in store.outbox.list() if each.title == "digest"]
    assert [(each.channel, each.alerts) for each in owed] == [("desk", (alert.id,)), ("phone", (alert.id,))]
