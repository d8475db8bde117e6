"""Polls on their way into the store."""

from __future__ import annotations

import asyncio
import itertools
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, update

from digest.delivery.decide import Policy, decide
from digest.engine.polling.commits import CommitQueue
from digest.errors import StoreError
from digest.feeds.identity import identities
from digest.store import schema
from digest.stories.cluster import languages
from digest.values.news import EntryText, FeedUpdate, Match, NewEntry, ParsedEntry, PollResult, Severity
from digest.values.settings import FeedSpec
from tests.waiting import until

if TYPE_CHECKING:
    from digest.delivery.decide import Decide
    from digest.engine.ground.threads import StoreThread
    from digest.store import Store
    from digest.values.states import FeedState

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def nothing_decided() -> Decide:
    """No entry of these tests matches."""
    return partial(decide, Policy(timedelta(days=30), []))


def result(feed_id: int, *titles: str) -> PollResult:
    """What a poll brought."""
    update = FeedUpdate(feed_id, NOW, True, NOW + timedelta(hours=1), timedelta(hours=1), 0)
    parsed = [ParsedEntry(guid=title) for title in titles]
    entries = [
        NewEntry(identity, "", EntryText(title), None, "", 1, baseline=False)
        for identity, title in zip(identities(parsed), titles, strict=True)
    ]
    return PollResult(update, tuple(entries))


def matched(brought: PollResult) -> PollResult:
    """The same where a rule found every entry."""
    match = (Match("rockets", Severity.NORMAL, ()), ())
    return replace(brought, entries=tuple(replace(entry, matches=(match,)) for entry in brought.entries))


@pytest.fixture
def feed_ids(engine_store: Store) -> list[int]:
    """Ten feeds."""
    specs = [FeedSpec(f"https://{number}.example/") for number in range(10)]
    engine_store.polls.sync_feeds(specs, default_every=timedelta(hours=1), now=NOW)
    return [feed.id for feed in engine_store.polls.all_feeds()]


async def test_polls_share_a_transaction_and_news_does_not_wait(
    engine_store: Store, thread: StoreThread, feed_ids: list[int]
) -> None:
    """Polls without news wait for company; the first with news takes all of them along, and rings if rules found it."""
    rung = asyncio.Event()
    queue = CommitQueue(engine_store, thread, nothing_decided, rung.set)
    running = asyncio.create_task(queue.run())
    before = engine_store.seq()
    quiet = [asyncio.create_task(queue.commit(result(feed_id))) for feed_id in feed_ids[1:]]
    await asyncio.sleep(0.05)
    assert not any(task.done() for task in quiet)
    await queue.commit(result(feed_ids[0], "news"))
    await asyncio.gather(*quiet)
    assert engine_store.seq() == before + 1
    assert not rung.is_set(), "nobody can be owed anything of what no rule found"
    await queue.commit(matched(result(feed_ids[0], "more news")))
    assert rung.is_set()
    queue.finish()
    await running


async def test_polls_without_news_are_stored_within_about_a_second(
    engine_store: Store, thread: StoreThread, feed_ids: list[int]
) -> None:
    """Company may never come; nobody is rung for."""
    rung = asyncio.Event()
    queue = CommitQueue(engine_store, thread, nothing_decided, rung.set)
    running = asyncio.create_task(queue.run())
    async with asyncio.timeout(10):
        await queue.commit(result(feed_ids[0]))
    assert not rung.is_set()
    queue.finish()
    await running


async def test_the_end_stores_what_waits(engine_store: Store, thread: StoreThread, feed_ids: list[int]) -> None:
    """More polls than one transaction takes, all stored when ``run`` returns."""
    queue = CommitQueue(engine_store, thread, nothing_decided, lambda: None)
    waiting = [asyncio.create_task(queue.commit(result(feed_ids[n % 10], f"entry {n}"))) for n in range(250)]
    await asyncio.sleep(0)
    queue.finish()
    await queue.run()
    await asyncio.gather(*waiting)
    assert engine_store.reads.count_entries() == 250


async def test_very_much_is_stored_in_parts_and_others_come_in_between(
    engine_store: Store, thread: StoreThread, feed_ids: list[int]
) -> None:
    """The feed counts as polled with the last part only, so what a crash leaves over is found again."""
    flood = result(feed_ids[0], *(f"entry {n}" for n in range(450)))
    seen = tuple(identities([ParsedEntry(guid=f"seen {n}") for n in range(5_000)]))
    flood = replace(flood, seen=seen, update=replace(flood.update, baseline=True, etag='"1"'))
    others: list[asyncio.Task[None]] = []

    def deciding() -> Decide:
        """Asked before each transaction: another poll ends as soon as the first part of the flood is stored."""
        if engine_store.reads.count_entries() >= 100 and not others:
            others.append(asyncio.create_task(queue.commit(result(feed_ids[1], "news"))))
            others[0].add_done_callback(lambda _: between.append((storing.done(), engine_store.polls.all_feeds()[0])))
        return nothing_decided()

    between: list[tuple[bool, FeedState]] = []
    queue = CommitQueue(engine_store, thread, deciding, lambda: None)
    running = asyncio.create_task(queue.run())
    storing = asyncio.create_task(queue.commit(flood))
    await until(lambda: between)
    ((stored, feed),) = between
    assert len(engine_store.polls.known_identities(feed_ids[0], seen).by_key) == 5_000, "what is seen comes first"
    assert (stored, feed.etag, feed.baseline_at) == (False, "", None)
    assert 0 < feed.entries < 450
    await storing
    after = engine_store.polls.all_feeds()[0]
    assert (after.entries, after.etag, after.baseline_at) == (450, '"1"', NOW)
    queue.finish()
    await running


async def test_long_texts_make_parts_of_their_own(
    engine_store: Store, thread: StoreThread, feed_ids: list[int]
) -> None:
    """Not the number of entries but their size makes a transaction long."""
    queue = CommitQueue(engine_store, thread, nothing_decided, lambda: None)
    running = asyncio.create_task(queue.run())
    long = result(feed_ids[0], "one", "two", "three")
    long = replace(long, entries=tuple(replace(entry, folded="x" * 400_000) for entry in long.entries))
    before = engine_store.seq()
    await queue.commit(long)
    assert (engine_store.seq() - before, engine_store.reads.count_entries()) == (2, 3)
    queue.finish()
    await running


async def test_what_rules_found_makes_smaller_parts_and_little_goes_before_much(
    engine_store: Store, thread: StoreThread, feed_ids: list[int]
) -> None:
    """However many feeds bring hundreds of alerts at once, one with a single alert waits for no more than a part."""
    stored: list[tuple[int, int]] = []

    def deciding() -> Decide:
        """Asked before each transaction: how much each feed has by then."""
        counts = [feed.entries for feed in engine_store.polls.all_feeds()]
        stored.append((sum(counts[:-1]), counts[-1]))
        return nothing_decided()

    queue = CommitQueue(engine_store, thread, deciding, lambda: None)
    much = [
        asyncio.create_task(queue.commit(matched(result(feed, *(f"{feed} brings {n}" for n in range(60))))))
        for feed in feed_ids[:-1]
    ]
    await asyncio.sleep(0)  # they stand in the queue
    little = asyncio.create_task(queue.commit(matched(result(feed_ids[-1], "news"))))
    running = asyncio.create_task(queue.run())
    await asyncio.gather(little, *much)
    queue.finish()
    await running
    assert [before for before, news in stored if not news] == [0], "it is stored first, though it came last"
    steps = [after - before for (before, _), (after, _) in itertools.pairwise(stored)]
    assert max(steps) <= 26
    assert engine_store.reads.count_entries() == 60 * len(much) + 1


@pytest.mark.sqlite
async def test_a_failing_store_is_told_to_every_poll_of_the_batch(
    engine_store: Store, thread: StoreThread, feed_ids: list[int]
) -> None:
    """Nobody believes to be stored who is not; the queue goes on."""
    queue = CommitQueue(engine_store, thread, nothing_decided, lambda: None)
    running = asyncio.create_task(queue.run())
    with engine_store.database.write() as (connection, _):
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    await thread.call(_limit_pages, engine_store, pages)
    many = [f"{n} " + "x" * 2000 for n in range(200)]
    outcomes = await asyncio.gather(
        *(queue.commit(result(feed_id, *many)) for feed_id in feed_ids[:2]), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [StoreError, StoreError]
    assert engine_store.reads.count_entries() == 0
    await thread.call(_limit_pages, engine_store, 1_000_000)
    await queue.commit(result(feed_ids[0], *many))
    assert engine_store.reads.count_entries() == 200
    queue.finish()
    await running


def _limit_pages(store: Store, pages: int) -> None:
    """A disk that is full when the database has so many pages; the pool hands this connection to the next to ask."""
    with store.database.read() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


async def test_one_result_that_cannot_be_stored_takes_no_other_along(
    engine_store: Store, thread: StoreThread, feed_ids: list[int]
) -> None:
    """A fault in what one poll made is that poll's alone."""
    queue = CommitQueue(engine_store, thread, nothing_decided, lambda: None)
    bad = result(feed_ids[0], "bad")
    bad = replace(bad, entries=(replace(bad.entries[0], published=datetime(2026, 11, 22)),))  # noqa: DTZ001 - naive
    asked = [asyncio.create_task(queue.commit(each)) for each in (bad, result(feed_ids[1], "good"))]
    await asyncio.sleep(0)
    queue.finish()
    await queue.run()
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(outcomes[0], Exception)
    assert outcomes[1] is None
    assert engine_store.reads.count_entries() == 1


async def test_a_queue_that_is_begun_anew_loses_nothing(
    engine_store: Store, thread: StoreThread, feed_ids: list[int]
) -> None:
    """Cancelled while the store has it in hand, a batch is committed once more, which adds nothing twice."""
    queue = CommitQueue(engine_store, thread, nothing_decided, lambda: None)
    let_go = threading.Event()
    hold_up = asyncio.create_task(thread.call(let_go.wait))
    hung = asyncio.create_task(queue.run())
    polls = [asyncio.create_task(queue.commit(result(feed_id, f"news {feed_id}"))) for feed_id in feed_ids[:3]]
    await until(lambda: thread._pool._work_queue.qsize() == 1)  # the batch waits for the store's thread
    hung.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hung
    assert not any(poll.done() for poll in polls)
    again = asyncio.create_task(queue.run())
    let_go.set()
    await asyncio.gather(hold_up, *polls)
    queue.finish()
    await again
    assert engine_store.reads.count_entries() == 3


async def test_what_alerted_joins_its_story_before_the_first_poll(
    engine_store: Store, thread: StoreThread, feed_ids: list[int]
) -> None:
    """After an update from a version without stories; what alerted nobody takes its time."""
    matched, other = result(feed_ids[0], "a rocket").entries[0], result(feed_ids[0], "nothing").entries[0]
    found = replace(matched, matches=((Match("rockets", Severity.NORMAL, ()), ()),))
    alerted, silent = engine_store.polls.commit_polls(
        [replace(result(feed_ids[0]), entries=(found, other))], datetime.now(UTC), nothing_decided()
    )
    with engine_store.database.write() as (connection, _):
        connection.execute(update(schema.entries).values(story_id=None))
        connection.execute(delete(schema.story_window))
        connection.execute(delete(schema.stories))
    queue = CommitQueue(engine_store, thread, nothing_decided, lambda: None)
    await queue.join_alerted()
    stories = {each.id: each.story for each in engine_store.reads.entries()}
    assert (stories[alerted], stories[silent]) == (alerted, None)


async def test_what_cannot_be_prepared_keeps_nothing_from_being_stored(
    engine_store: Store, thread: StoreThread, feed_ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the model of languages cannot be loaded, each poll that needs it is stored all the same."""
    languages._model.cache_clear()
    monkeypatch.setitem(sys.modules, "py3langid.langid", None)
    queue = CommitQueue(engine_store, thread, nothing_decided, lambda: None)
    running = asyncio.create_task(queue.run())
    for feed_id in feed_ids[:3]:
        await queue.commit(result(feed_id, f"Statuti vetus lex {feed_id}"))
        await queue._until_prepared()
    assert [feed.entries for feed in engine_store.polls.all_feeds()][:3] == [1, 1, 1]
    queue.finish()
    await running
