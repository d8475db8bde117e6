"""What becomes of matches is decided once, in the transaction that stores them."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from digest.delivery.decide import Asked, Decision, Policy, decide
from digest.delivery.retries import Trouble
from digest.store import open_store
from digest.store.channels import note_failure
from digest.stories.evidence import change_of
from digest.values.news import EntryEdit, JudgedMatch, Outcome, Severity
from digest.values.settings import ChannelSpec, FeedSpec, Telegram
from tests.fakes.seeding import commit
from tests.store.conftest import MINUTE, NOW, alerting, entry, found, identity, polled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from digest.store import Store

DAY = timedelta(days=1)
POLICY = Policy(30 * DAY, [ChannelSpec("desk", Telegram("@desk"))], {"korea": None})
DECIDE = partial(decide, POLICY)
SPECS = [FeedSpec("https://one.example/rss"), FeedSpec("https://two.example/rss")]


def once(store: Store, asked: Sequence[Asked]) -> list[Decision]:
    """Let only the first report of a rule alert, over all that was committed before, as a rule about stories will."""
    told = {alert.rule for alert in store.reads.alerts()}
    decisions = []
    for each in asked:
        judged = []
        for match in each.matches:
            outcome = Outcome.TOO_OLD if match.match.rule in told else Outcome.ALERT
            judged.append(JudgedMatch(match.match, outcome, match.summary))
            told.add(match.match.rule)
        decisions.append(Decision(tuple(judged)))
    return decisions


def outcomes(store: Store) -> list[Outcome]:
    """What became of the matches, in their order."""
    return [match.judged.outcome for entry in store.reads.entries() for match in store.reads.matches_of(entry.id)]


def test_two_feeds_that_bring_one_event_at_the_same_moment_see_each_other(store: Store, url: str) -> None:
    """Two connections commit at once: whichever is second decides over what the first has stored."""
    store.polls.sync_feeds(SPECS, default_every=MINUTE, now=NOW)
    start, deciding = threading.Barrier(2), threading.Semaphore()

    def decide_alone(asked: Sequence[Asked], since: Mapping[str, datetime], now: datetime) -> list[Decision]:
        assert deciding.acquire(blocking=False), "two decide at the same time"
        try:
            return once(store, asked)
        finally:
            deciding.release()

    def poll(feed: int) -> None:
        with open_store(url) as mine:
            start.wait(10)
            mine.polls.commit_polls([polled(entry(f"of {feed}", found()), feed=feed)], NOW, decide_alone)

    threads = [threading.Thread(target=poll, args=(feed,)) for feed in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert outcomes(store) == [Outcome.ALERT, Outcome.TOO_OLD]


def test_two_feeds_in_one_transaction_are_decided_together(store: Store) -> None:
    """Polls that share a commit are asked about in one question, in the order in which they came."""
    store.polls.sync_feeds(SPECS, default_every=MINUTE, now=NOW)
    results = [polled(entry("a", found()), feed=2), polled(entry("b", found()), feed=1)]
    store.polls.commit_polls(results, NOW, lambda asked, *_: once(store, asked))
    assert outcomes(store) == [Outcome.ALERT, Outcome.TOO_OLD]
    assert [alert.entry.feed_id for alert in store.reads.alerts()] == [2]


@pytest.mark.parametrize(("trouble", "owed"), [("", ["desk"]), ("no token", []), ("it refuses", ["desk"])])
def test_a_channel_that_is_off_is_owed_no_alert(store: Store, trouble: str, owed: list[str]) -> None:
    """One without a token is owed nothing; one whose place takes no messages now is owed them all the same."""
    store.channels.sync(POLICY.channels, {"desk": trouble} if trouble == "no token" else {}, NOW)
    if trouble == "it refuses":
        with store.database.write() as (connection, seq):
            note_failure(connection, "desk", trouble, Trouble(trouble, NOW + MINUTE, 1), NOW, seq)
    assert store.channels.state("desk").off == trouble
    store.polls.commit_polls([polled(entry("a", found()))], NOW, DECIDE)
    assert [[each.channel for each in alert.deliveries] for alert in store.reads.alerts()] == [owed]


def test_what_fails_to_be_decided_is_not_stored(store: Store) -> None:
    """The facts and what follows from them land together, or nothing does."""

    def fail(asked: Sequence[Asked], since: Mapping[str, datetime], now: datetime) -> list[Decision]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.polls.commit_polls([polled(entry("a", found()))], NOW, fail)
    assert store.reads.count_entries() == 0
    commit(store, [polled(alerting("a"))], NOW)
    assert store.reads.count_alerts() == 1


def test_the_past_is_told_by_the_same_decision(store: Store) -> None:
    """What a rule finds in stored entries is judged by when they came, and told once, however often it is asked."""
    old, young = store.polls.commit_polls([polled(entry("old", published=NOW - 31 * DAY), entry("young"))], NOW, DECIDE)
    late = {number: [(found(severity=Severity.HIGH).match, ("Said.",))] for number in (old, young)}
    later = NOW + 40 * DAY
    assert [store.polls.commit_late(late, later, DECIDE) for _ in range(2)] == [1, 0]
    assert outcomes(store) == [Outcome.TOO_OLD, Outcome.ALERT]
    (alert,) = store.reads.alerts()
    assert (alert.entry.id, alert.created, alert.summary) == (young, later, ("Said.",))
    assert [delivery.channel for delivery in alert.deliveries] == ["desk"]
    assert {each.severity for each in store.outbox.list()} == {Severity.HIGH}


def test_an_alert_is_told_once_whoever_asks_again(store: Store) -> None:
    """A decision taken again finds that there is nothing left to decide."""
    store.polls.commit_polls([polled(entry("a", found()))], NOW, DECIDE)
    (alert,) = store.reads.alerts()
    assert store.polls.decide_again([alert.id], NOW + MINUTE, DECIDE) == 0
    assert [each.created for each in store.reads.alerts()] == [NOW]
    assert len(store.outbox.list()) == 1


def test_what_a_rule_finds_later_is_kept_as_it_came(store: Store) -> None:
    """Once: what a second rule finds in it changes nothing of what was kept."""
    (number,) = store.polls.commit_polls([polled(entry("a"))], NOW, DECIDE)
    assert store.evidence.of(number) is None
    for rule, minutes in (("korea", 1), ("japan", 2)):
        late = {number: [(found(rule).match, ())]}
        store.polls.commit_late(late, NOW + minutes * MINUTE, DECIDE)
    kept = store.evidence.of(number)
    assert kept is not None
    assert (kept.at, kept.text) == (
        NOW + MINUTE,
        "title\n북한 a\n\nsummary\nsummary\n\ncontent\ncontent\nof blocks\n",
    )


def test_an_edit_is_noted_once(store: Store) -> None:
    """The same result twice adds nothing, and an edit of what did not match or is not there is nothing."""
    number, _ = store.polls.commit_polls([polled(entry("a", found()), entry("b"))], NOW, DECIDE)
    change = change_of("title", "북한 a", "북한 A")
    assert change is not None
    edits = tuple(EntryEdit(identity(name).key, (change,), frozenset({"korea"})) for name in ("a", "b", "c"))
    for minutes in (1, 2):
        store.polls.commit_polls([replace(polled(), edits=edits)], NOW + minutes * MINUTE, DECIDE)
    kept = store.evidence.of(number)
    assert kept is not None
    (noted,) = kept.changes
    assert datetime.fromtimestamp(noted["at"] / 1000, UTC) == NOW + MINUTE
    assert [len(each.deliveries) for each in store.reads.alerts()] == [1]
    assert store.upkeep.info().rows["evidence"] == 1
