"""The figures of a run are honest: what did not arrive is named, whatever the reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from digest.delivery.messages.write import whole
from digest.demo.bot_values import AcceptedMessage, Chat
from digest.demo.tally import tally
from digest.values.messages import DeliveryKind, PlannedDelivery
from digest.values.news import (
    EntryText,
    FeedUpdate,
    Identity,
    JudgedMatch,
    Match,
    NewEntry,
    Outcome,
    PollResult,
    Severity,
)
from digest.values.settings import ChannelSpec, FeedSpec, Telegram
from tests.fakes.seeding import commit, seed
from tests.fakes.stores import new_store, store_url
from tests.store.conftest import taken

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from digest.store import Store

NOW = datetime(2026, 11, 24, 14, tzinfo=UTC)
URL = "http://127.0.0.1:1/meridian/syria-1.html"
HTML = f'<a href="{URL}">Title</a>'


def accepted(number: int, html: str = HTML) -> AcceptedMessage:
    """A message as the Bot API server keeps it."""
    return AcceptedMessage(number, Chat(1001, "Syria", "private"), html, "Title", (), silent=False, thread=None, at=NOW)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with one entry that alerted and owes one message."""
    with new_store(store_url(tmp_path / "digest.db")) as opened:
        opened.polls.sync_feeds([FeedSpec("http://127.0.0.1:1/f")], default_every=timedelta(minutes=1), now=NOW)
        opened.channels.sync([ChannelSpec("syria", Telegram("1001"))], {}, NOW)
        (feed,) = opened.polls.all_feeds()
        found = JudgedMatch(Match("syria", Severity.HIGH, ()), Outcome.ALERT)
        tells = {"lines": ["Title"]}
        owed = PlannedDelivery("syria", DeliveryKind.ALERT, Severity.HIGH, "Title", tells, rules=("syria",))
        entry = seed(NewEntry(Identity(b"k" * 16, b"", b""), URL, EntryText("Title"), NOW, "", 1), [found], [owed])
        update = FeedUpdate(feed.id, NOW, ok=True, next_due=NOW, interval=timedelta(minutes=1), failures=0)
        commit(opened, [PollResult(update, (entry,))], NOW)
        yield opened


def send(store: Store) -> None:
    """Let the owed message be sent, as far as the store knows."""
    delivery = taken(store, NOW, spec=ChannelSpec("syria", Telegram("1001")), pieces=whole)
    assert delivery is not None
    store.outbox.part_sent(delivery.id, 1, NOW)


def test_a_run_in_which_all_arrived_has_nothing_lost(store: Store) -> None:
    """One report, one alert, one message."""
    send(store)
    result = tally(store, [URL], [accepted(1)])
    assert result.sentence == "1 entry, 1 alert, 1 story, 1 message, 0 edits, 0 repeats, nothing lost"


def test_a_message_accepted_twice_is_a_repeat(store: Store) -> None:
    """The same words to the same chat count once; others do not count as repeats."""
    send(store)
    assert tally(store, [URL], [accepted(1), accepted(2), accepted(3, "<b>else</b>")]).repeats == 1


def test_what_is_still_owed_is_lost_when_the_run_ends(store: Store) -> None:
    """A queued message names its channel, its state and its title."""
    assert tally(store, [URL], []).lost == ("not sent (syria queued): syria: Title",)


def test_what_the_far_end_never_saw_is_lost_whatever_the_store_says(store: Store) -> None:
    """The count is made at the far end."""
    send(store)
    assert tally(store, [URL], []).lost == ("marked as sent, but never accepted: syria: Title",)


def test_an_alert_told_among_others_arrived(store: Store) -> None:
    """A message for many need not name it: that it tells how to see them all is enough."""
    send(store)
    told = "All of them: digest alerts --delivery 1, or digest watch --delivery 1"
    assert tally(store, [URL], [accepted(1, told)]).lost == ()
    assert tally(store, [URL], [accepted(1, told.replace("1,", "12,"))]).lost != ()


def test_a_report_that_was_never_stored_is_lost(store: Store) -> None:
    """Every report told must be an entry."""
    send(store)
    missing = URL.replace("1.html", "2.html")
    assert tally(store, [URL, missing], [accepted(1)]).lost == (f"never stored: {missing}",)


def test_what_is_left_to_a_digest_arrives_by_it_alone(store: Store) -> None:
    """An alert that is owed no message of its own is lost, unless a digest came that lists or counts it."""
    (first,) = store.reads.alerts()
    found = JudgedMatch(Match("syria", Severity.NORMAL, ()), Outcome.ALERT)
    (feed,) = store.polls.all_feeds()
    entry = seed(NewEntry(Identity(b"d" * 16, b"", b""), f"{URL}?2", EntryText("Second"), NOW, "", 1), [found], [])
    update = FeedUpdate(feed.id, NOW, ok=True, next_due=NOW, interval=timedelta(minutes=1), failures=0)
    commit(store, [PollResult(update, (entry,))], NOW)
    send(store)
    assert tally(store, [], [accepted(1)]).lost == ("not sent (owed to nobody): syria: Second",)
    digest = PlannedDelivery("syria", DeliveryKind.DIGEST, Severity.NORMAL, "digest evening", {"lines": ["All of it"]})
    store.outbox.owe([digest], [first.id], NOW)
    assert tally(store, [], [accepted(1)]).lost != ()
    later = NOW + timedelta(seconds=2)
    taken_then = taken(store, later, spec=ChannelSpec("syria", Telegram("1001")), pieces=whole)
    assert taken_then is not None
    store.outbox.part_sent(taken_then.id, 1, later)
    (sent,) = [each for each in store.outbox.list() if each.kind is DeliveryKind.DIGEST]
    assert tally(store, [], [accepted(1)]).lost == ("not sent (owed to nobody): syria: Second",)
    assert tally(store, [], [accepted(1), accepted(2, sent.parts[0])]).lost == ()
