"""Which polls are under way, and what follows from how they went."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from digest.engine.polling.commits import CommitQueue
from digest.engine.polling.rounds import Polling
from digest.store.schema import feeds
from tests.fakes.raw_server import answer, serving
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.engine.conftest import Polls

FEED = answer(200, b"<rss version='2.0'><channel><title>News</title></channel></rss>")


@pytest.fixture
async def polling(polls: Polls) -> AsyncIterator[Polling]:
    """Polling at work, its commits included."""
    commits = CommitQueue(polls.tools.store, polls.tools.thread, polls.deciding, lambda: None)
    running = asyncio.create_task(commits.run())
    yield Polling(polls.poller, commits, polls.tools.store, polls.tools.thread)
    commits.finish()
    await running


def waiting(polls: Polls) -> list[str]:
    """The feeds that are due now."""
    return [feed.spec.url for feed in polls.tools.store.polls.due_feeds(datetime.now(UTC), 100)]


async def test_due_feeds_are_polled_once_and_are_due_no_longer(polls: Polls, polling: Polling) -> None:
    """A feed under way is not begun again, though it is due until its result is stored."""
    async with serving({"/": FEED}) as server:
        polls.feed(server.url())
        await polling.start_due()
        await polling.start_due()
        assert polling.under_way == 1
        assert await polling.poll_now() == 1
        assert [asked["path"] for asked in server.asked] == ["/"]
    assert polling.under_way == 0
    assert waiting(polls) == []


async def test_a_feed_that_is_claimed_early_is_asked_when_it_is_due_and_no_sooner(
    polls: Polls, polling: Polling
) -> None:
    """However long the store takes to say what is due, polls are on time; until then nothing is under way."""
    async with serving({"/": FEED}) as server:
        feed = polls.feed(server.url())
        due = datetime.now(UTC) + timedelta(seconds=0.3)
        polls.tools.store.polls.put_off({feed.id: due})
        await polling.start_due()
        assert polling.under_way == 0
        await until(lambda: server.asked)
        assert datetime.now(UTC) >= due
        await until(lambda: not waiting(polls))


async def test_a_stop_begins_no_poll_that_was_only_claimed(polls: Polls, polling: Polling) -> None:
    """Its feed is due as before."""
    async with serving({"/": FEED}) as server:
        feed = polls.feed(server.url())
        polls.tools.store.polls.put_off({feed.id: datetime.now(UTC) + timedelta(seconds=1)})
        await polling.start_due()
        await polling.stop(grace=30)
        assert (server.asked, polling.under_way) == ([], 0)
        await polling.poll_now()
        assert len(server.asked) == 1


async def test_paused_feeds_and_feeds_not_named_are_left_alone(polls: Polls, polling: Polling) -> None:
    """``poll now`` means the feeds it names, or all that are not paused."""
    async with serving({"/a": FEED, "/b": FEED, "/c": FEED}) as server:
        feeds = [polls.feed(server.url(path)) for path in ("/a", "/b", "/c")]
        polls.tools.store.polls.set_paused(feeds[2].id, paused=True, now=datetime.now(UTC))
        assert await polling.poll_now([server.url("/b")]) == 1
        assert await polling.poll_now() == 2
        assert sorted(asked["path"] for asked in server.asked) == ["/a", "/b", "/b"]


async def test_a_stop_abandons_what_hangs_and_leaves_it_due(polls: Polls, polling: Polling) -> None:
    """The grace over, a poll is dropped as if it had never begun."""

    async def hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with serving(hang) as server:
        polls.feed(server.url())
        await polling.start_due()
        await polling.stop(grace=0.1)
        assert polling.under_way == 0
        assert waiting(polls) == [server.url()]


async def test_what_becomes_due_meanwhile_is_not_seen_through(polls: Polls, polling: Polling) -> None:
    """What is due by now is waited for, and nothing that comes later: in a long list something is always under way."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def answer_first(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        begun.set()
        if b" /later " in asked:
            await reader.read()
        await go_on.wait()
        writer.write(FEED)
        await writer.drain()
        writer.close()

    async with serving(answer_first) as server:
        polls.feed(server.url("/first"))
        seeing = asyncio.create_task(polling.see_due_through())
        await begun.wait()
        polls.feed(server.url("/later"))
        await polling.start_due()
        assert polling.under_way == 2
        assert not seeing.done()
        go_on.set()
        async with asyncio.timeout(5):
            await seeing
        assert polling.under_way == 1
        await polling.stop(grace=0.1)
        assert waiting(polls) == [server.url("/later")]


async def test_after_an_outage_feeds_are_asked_at_once(polls: Polls, polling: Polling) -> None:
    """Feeds that failed together do not sit out hours of backing off, whatever engine saw them fail, or how."""
    paths = [f"/{number}" for number in range(3)]
    answers = dict.fromkeys([*paths, "/local"], FEED)
    async with serving(answers) as server:
        for path in answers:
            polls.feed(server.url(path))
        await polling.poll_now()
        answers |= {paths[0]: answer(503), paths[1]: b"", paths[2]: answer(500)}
        await polling.poll_now()
        await polling.poll_now([server.url("/local")])
        assert waiting(polls) == []
        answers |= dict.fromkeys(paths, FEED)
        anew = Polling(polls.poller, polling._commits, polls.tools.store, polls.tools.thread)
        told: list[tuple[timedelta, int]] = []
        anew.on_recovery = lambda outage: told.append((outage, failing(polls)))
        await anew.poll_now([server.url(paths[0])])
        assert sorted(waiting(polls)) == [server.url(path) for path in paths[1:]]
        [(outage, still)] = told
        assert timedelta(0) < outage < timedelta(minutes=1)
        assert still == 3, "what comes is gathered before the first of it is stored"
        await anew.poll_now()
        assert len(told) == 1
        assert waiting(polls) == []


@pytest.mark.parametrize("other", ["long dead", "never well", "paused", "asks for peace"])
async def test_what_fails_for_reasons_of_its_own_is_no_outage(polls: Polls, polling: Polling, other: str) -> None:
    """Each feed keeps its own pace."""
    answers = {"/": FEED, "/other": answer(500) if other == "never well" else FEED}
    async with serving(answers) as server:
        feed = polls.feed(server.url("/other"))
        await polling.poll_now()
        if other == "long dead":
            back = {"last_ok": datetime.now(UTC) - timedelta(days=1)}
            with polls.tools.store.database.write() as (connection, _):
                connection.execute(update(feeds).where(feeds.c.id == feed.id).values(back))
        polls.feed(server.url())
        await polling.poll_now([server.url()])
        answers |= {"/": answer(500), "/other": answer(429 if other == "asks for peace" else 500)}
        await polling.poll_now()
        if other == "paused":
            polls.tools.store.polls.set_paused(feed.id, paused=True, now=datetime.now(UTC))
        answers["/"] = FEED
        polling.on_recovery = lambda _: pytest.fail("there was no outage")
        await polling.poll_now([server.url()])
        assert waiting(polls) == []


def failing(polls: Polls) -> int:
    """How many feeds the store takes for failing."""
    return sum(feed.failures > 0 for feed in polls.tools.store.polls.all_feeds())


async def test_a_server_that_asks_for_peace_gets_it_from_its_other_feeds(polls: Polls, polling: Polling) -> None:
    """Their due times move, one after the other; those of other servers, and what is due later anyway, stay."""
    store, now = polls.tools.store.polls, datetime.now(UTC)
    async with serving({"/": answer(429, Retry_After="120")}) as server:
        urls = [server.url(name) for name in ("/", "/soon", "/sooner", "/late")] + ["http://127.0.0.1:1/"]
        late = [polls.feed(url) for url in urls][3]
        store.put_off({late.id: now + timedelta(days=1)})
        await polling.poll_now(urls[:1])
    _, soon, sooner, later, elsewhere = [feed.next_due or now for feed in store.all_feeds()]
    assert timedelta(seconds=120) < soon - now < timedelta(seconds=180)
    assert sooner - soon == timedelta(seconds=10)
    assert later - now > timedelta(hours=23)
    assert elsewhere <= datetime.now(UTC)
