"""One poll of one feed, with a real server, a real parser child and a real store."""

from __future__ import annotations

import asyncio
import contextlib
import html
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from digest.engine.polling.parsers import ParserPool
from digest.engine.polling.poll import Poller
from digest.net.fetch import Fetcher, Limits
from digest.values.news import Outcome
from digest.values.settings import FeedAccess, FeedSpec
from digest.values.states import FeedHealth
from digest.watch.health import feed_health
from tests.fakes.raw_server import answer, serving
from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.values.news import PollResult
    from tests.engine.conftest import Polls


def rss(*titles: str) -> bytes:
    """A feed with these entries, newest first."""
    items = "".join(f"<item><guid>{title}</guid><title>{title}</title></item>" for title in titles)
    return f"<rss version='2.0'><channel><title>News</title>{items}</channel></rss>".encode()


def titles(result: PollResult) -> list[str]:
    """The new entries' titles."""
    return [entry.text.title for entry in result.entries]


async def test_a_feed_is_a_baseline_first_and_then_only_what_is_new(polls: Polls) -> None:
    """The first success stores all and alerts nobody; later polls bring the unseen, and the unchanged nothing."""
    async with serving({"/": answer(200, rss("a rocket", "b"), ETag='"1"')}) as server:
        first = await polls.poll(server.url())
        assert first.update.baseline
        assert titles(first) == ["b", "a rocket"]
        assert polls.outcomes() == {"a rocket": Outcome.BASELINE}

        server.answers["/"] = answer(200, rss("c rocket", "a rocket", "b"), ETag='"2"')
        second = await polls.poll(server.url())
        assert titles(second) == ["c rocket"]
        assert polls.owed() == ["c rocket"]
        assert not second.update.baseline

        server.answers["/"] = answer(304)
        third = await polls.poll(server.url())
        assert (third.update.status, third.entries) == (304, ())
        assert server.asked[-1]["if-none-match"] == '"2"'
        feed = polls.feed(server.url())
        assert (feed.title, feed.entries, feed.failures) == ("News", 3, 0)


async def test_a_failure_keeps_what_the_last_success_left(polls: Polls) -> None:
    """An error page between two polls makes the feed failing, and is forgotten: nothing is new, nothing baselined."""
    good = answer(200, rss("a rocket"), ETag='"1"')
    async with serving({"/": good}) as server:
        await polls.poll(server.url())
        server.answers["/"] = answer(200, b"<html><body>Sign in</body></html>", ETag='"page"', Content_Type="text/html")
        failed = await polls.poll(server.url())
        assert not failed.update.ok
        assert failed.update.error
        before = polls.feed(server.url())
        assert (before.etag, before.failures) == ('"1"', 1)
        server.answers["/"] = good
        again = await polls.poll(server.url())
        assert (again.update.ok, again.entries, again.update.failures) == (True, (), 0)


async def test_a_feed_that_failed_first_is_still_to_be_baselined(polls: Polls) -> None:
    """The first *successful* poll is the baseline, however many failed before."""
    async with serving({"/": answer(500)}) as server:
        assert (await polls.poll(server.url())).update.failures == 1
        assert (await polls.poll(server.url())).update.failures == 2
        server.answers["/"] = answer(200, rss("a rocket"))
        result = await polls.poll(server.url())
        assert result.update.baseline
        assert polls.owed() == []


async def test_a_feed_that_comes_back_unchanged_is_baselined_by_that(polls: Polls) -> None:
    """Out of the config and in again, and nothing new meanwhile: what it brings from then on alerts."""
    store, now = polls.tools.store.polls, datetime.now(UTC)
    async with serving({"/": answer(200, rss("a rocket"), ETag='"1"')}) as server:
        await polls.poll(server.url())
        store.sync_feeds([], default_every=timedelta(minutes=10), now=now)
        server.answers["/"] = answer(304)
        assert (await polls.poll(server.url())).update.baseline
        server.answers["/"] = answer(200, rss("b rocket", "a rocket"), ETag='"2"')
        await polls.poll(server.url())
        assert polls.outcomes()["b rocket"] == Outcome.ALERT


async def test_an_empty_first_poll_is_no_baseline(polls: Polls) -> None:
    """A feed that holds nothing yet, however often it is asked, is baselined by the first poll that holds an entry."""
    async with serving({"/": answer(200, rss(), ETag='"0"')}) as server:
        assert not (await polls.poll(server.url())).update.baseline
        server.answers["/"] = answer(304)
        assert not (await polls.poll(server.url())).update.baseline
        server.answers["/"] = answer(200, rss("a rocket"))
        first = await polls.poll(server.url())
        assert (first.update.baseline, first.entries[0].baseline) == (True, True)
        server.answers["/"] = answer(200, rss("b rocket", "a rocket"))
        await polls.poll(server.url())
        assert polls.owed() == ["b rocket"]


async def test_entries_have_the_tier_that_the_config_gives_their_feed(polls: Polls) -> None:
    """The child that matches them is told of it with each document, as the config has it at that poll."""
    async with serving({"/": answer(200, rss("a rocket"))}) as server:
        for tier in ("B", ""):
            specs = [FeedSpec(server.url(), tier=tier)]
            polls.tools.store.polls.sync_feeds(specs, default_every=timedelta(minutes=10), now=datetime.now(UTC))
            server.answers["/"] = answer(200, rss(f"rocket {tier}", "a rocket"))
            result = await polls.poll(server.url())
            assert {entry.text.tier for entry in result.entries} == {tier}


def many(count: int, *, first: int = 0, mark: str = "") -> bytes:
    """An RSS document of so many entries, the oldest first; the mark changes the bytes of each and no more."""
    start = datetime.now(UTC) - timedelta(days=1)
    items = "".join(
        f"<item><guid isPermaLink='false'>g{n}</guid><link>/n/{n}</link><title>rocket &amp; {n}</title>"
        f"<pubDate>{(start + timedelta(seconds=n)):%a, %d %b %Y %H:%M:%S} GMT</pubDate><x>{mark}</x></item>"
        for n in range(first, first + count)
    )
    return f"<rss version='2.0'><channel><title>N</title>{items}</channel></rss>".encode()


def numbers(result: PollResult) -> list[int]:
    """Which of the entries of `many` came."""
    return [int(title.rpartition(" ")[2]) for title in titles(result)]


async def test_of_too_many_entries_the_newest_are_stored_and_the_others_known(polls: Polls) -> None:
    """The rest never comes back as new, also when its bytes change or it stands alone; it is told while it is so."""
    polls.allow(most=50)
    async with serving({"/": answer(200, many(300))}) as server:
        first = await polls.poll(server.url())
        assert numbers(first) == list(range(250, 300))
        assert (len(first.seen), first.update.ok) == (250, True)
        assert "300 new entries at once: the newest 50 are stored (poll.max_entries)" in first.update.error
        assert polls.feed(server.url()).last_error == first.update.error
        for later in (many(300, mark="edited"), many(40), many(40, mark="again")):
            server.answers["/"] = answer(200, later)
            assert (await polls.poll(server.url())).entries == ()
            assert polls.feed(server.url()).last_error == first.update.error, "it is told until something new comes"
        server.answers["/"] = answer(200, many(310, mark="more"))
        assert numbers(await polls.poll(server.url())) == list(range(300, 310))
        assert polls.feed(server.url()).last_error == ""
        assert polls.feed(server.url()).entries == 60


def named(guid: str, path: str, title: str) -> bytes:
    """A document of one dated entry."""
    link = f"<link>https://a.example/{path}</link>"
    item = f"<item><guid>{guid}</guid>{link}<title>{title}</title><pubDate>22 Nov 2026 10:00 GMT</pubDate></item>"
    return f"<rss version='2.0'><channel><title>N</title>{item}</channel></rss>".encode()


async def test_an_entry_is_one_whatever_its_guid_says_and_other_news_under_it_is_another(polls: Polls) -> None:
    """As the store remembers it: a guid or a token that is new at every poll, and a guid that is used again."""
    documents = {
        named("g1", "quake?t=a81bc81b", "Quake kills 9 in the north"): 1,
        named("g2", "quake?t=dead4e5d", "Quake kills 9 in the north"): 0,
        named("g3", "quake?t=0ff1ce00", "Quake kills 9 in the north"): 0,
        named("g3", "vote", "Parliament votes on the budget"): 1,
        named("g3", "quake?t=0ff1ce00", "Quake kills 9 in the north"): 0,
        named("g3", "vote", "Parliament votes on the new budget"): 0,
    }
    async with serving({"/": answer(200, b"")}) as server:
        for document, new in documents.items():
            server.answers["/"] = answer(200, document)
            assert len((await polls.poll(server.url())).entries) == new


async def test_entries_by_the_thousand_are_within_the_caps(polls: Polls) -> None:
    """Only the newest are parsed, which costs much, and what costs little tells the others again."""
    polls.allow(most=100)
    async with serving({"/": answer(200, many(12_000))}) as server:
        result = await polls.poll(server.url())
        assert (result.update.ok, len(result.entries), len(result.seen)) == (True, 100, 11_900)
        assert numbers(result)[-1] == 11_999
        server.answers["/"] = answer(200, many(12_000, mark="edited"))
        assert (await polls.poll(server.url())).entries == ()


async def test_a_poll_that_waited_matches_by_the_rules_of_now(polls: Polls, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that was saved while a feed waited for its place finds what the feed then brings."""
    slots, asked = polls.tools.slots, asyncio.Event()
    hold = slots.hold

    def ask(url: str, *, well: bool = False) -> contextlib.AbstractAsyncContextManager[None]:
        asked.set()
        return hold(url, well=well)

    async with serving({"/": answer(200, rss("a rocket and a moon"))}) as server:
        polls.feed(server.url())
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(4):
                await stack.enter_async_context(hold(server.url()))
            monkeypatch.setattr(slots, "hold", ask)
            polling = asyncio.create_task(polls.poll(server.url()))
            await asyncio.wait_for(asked.wait(), PATIENCE)  # there is none left: it waits for its place
            polls.write_rule("moon")
            await polls.tools.rules.refresh()
            assert not server.asked
        (entry,) = (await polling).entries
    assert {match.rule for match, _ in entry.matches} == {"space", "moon"}


HOSTILE = {
    "dots": ". " * 250_000,
    "one word": "rocket " * 70_000,
    "near each other": "rocket a b " * 45_000,
    "Han": "\u671d\u9c9c\u53d9\u5229\u4e9a" * 30_000,
    "marks": "e\u0301\u0302" * 90_000,
    "no end of tags": html.escape("<a <a <a " * 25_000),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_the_loop_never_waits_for_what_a_stranger_wrote(polls: Polls, text: str) -> None:
    """Nineteen entries beyond all measure hold up nobody: they are read elsewhere, or the feed fails in plain words."""
    item = f"<item><guid>%d</guid><title>rocket</title><description>{text}</description></item>"
    items = "".join(item % number for number in range(19))
    body = f"<rss version='2.0'><channel><title>News</title>{items}</channel></rss>".encode()
    answers = {"/": answer(200, body), "/good": answer(200, rss("a rocket"))}
    async with serving(answers) as server, ParserPool(1, cpu_seconds=0.5, quick_seconds=0.2) as parsers:
        polls.tools = replace(polls.tools, parsers=parsers)
        polls.poller = Poller(lambda: polls.config, polls.tools)
        with lateness() as late:
            result = await polls.poll(server.url())
            assert (await polls.poll(server.url("/good"))).update.ok
    assert result.update.ok or "computing" in result.update.error, result.update.error
    assert max(late) < 1.0


@contextlib.contextmanager
def lateness() -> Iterator[list[float]]:
    """By how many seconds the event loop was late, look by look, while the block lasts."""
    late: list[float] = [0.0]

    async def look() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.02)
            late.append(time.perf_counter() - before - 0.02)

    task = asyncio.get_running_loop().create_task(look())
    try:
        yield late
    finally:
        task.cancel()


async def test_waits_asked_for_are_kept_and_what_is_gone_is_left_alone(polls: Polls) -> None:
    """``Retry-After`` moves the next try; a 410 makes the feed gone, for days."""
    now = datetime.now(UTC)
    answers = {"/busy": answer(429, Retry_After="7200"), "/gone": answer(410)}
    async with serving(answers) as server:
        busy = (await polls.poll(server.url("/busy"))).update
        gone = (await polls.poll(server.url("/gone"))).update
    assert busy.next_due >= now + timedelta(hours=2)
    assert (busy.gone, gone.gone) == (False, True)
    assert gone.next_due > now + timedelta(days=3)


async def test_a_moved_feed_is_asked_at_its_new_place_and_at_the_old_one_when_that_fails(polls: Polls) -> None:
    """A permanent redirect is remembered; if the new place fails, the user's address gets its turn, and wins."""
    moved = answer(301, Location="/new")
    async with serving({"/old": moved, "/new": answer(200, rss("a"))}) as server:
        await polls.poll(server.url("/old"))
        await polls.poll(server.url("/old"))
        assert [asked["path"] for asked in server.asked] == ["/old", "/new", "/new"]
        assert polls.feed(server.url("/old")).fetch_url == server.url("/new")
        server.answers |= {"/old": answer(200, rss("a", "b")), "/new": answer(404)}
        assert not (await polls.poll(server.url("/old"))).update.ok
        back = await polls.poll(server.url("/old"))
        assert (back.update.ok, titles(back)) == (True, ["b"])
        assert polls.feed(server.url("/old")).fetch_url == ""


async def test_a_redirect_to_an_error_moves_nothing(polls: Polls) -> None:
    """A captive portal's permanent redirect does not capture the feed."""
    portal = answer(200, b"<html>Welcome to our WLAN</html>")
    async with serving({"/": answer(301, Location="/portal"), "/portal": portal}) as server:
        assert not (await polls.poll(server.url())).update.ok
        assert polls.feed(server.url()).fetch_url == ""


async def test_after_a_failure_the_document_itself_is_asked_for(polls: Polls) -> None:
    """A 304 would prove nothing: the server may say so of whatever it last showed. Who asks for peace is spared."""
    async with serving({"/": answer(200, rss("a"), ETag='"1"')}) as server:
        page, peace, unchanged = answer(200, b"<html>Sign in</html>"), answer(429), answer(304)
        for there in (peace, unchanged, page, peace, unchanged, answer(200, rss("a"))):
            await polls.poll(server.url())
            server.answers["/"] = there
        await polls.poll(server.url())
        asked = ["if-none-match" in asked for asked in server.asked]
    assert asked == [False, True, True, True, False, False, False]
    assert polls.feed(server.url()).failures == 0


async def test_a_feed_is_asked_with_what_its_config_says(polls: Polls) -> None:
    """The store knows nothing of it; and where it is missing the feed fails and says so, without being asked."""
    async with serving({"/": answer(200, rss("a"))}) as server:
        access = {server.url(): FeedAccess((("X-Key", "sesame"),))}
        polls.poller = Poller(lambda: polls.config, replace(polls.tools, access=access.__getitem__))
        assert (await polls.poll(server.url())).update.ok
        assert server.asked[0]["x-key"] == "sesame"
        access[server.url()] = FeedAccess(problem="the password is missing: it is not there")
        failed = await polls.poll(server.url())
        assert (failed.update.ok, failed.update.error) == (False, "the password is missing: it is not there")
        assert len(server.asked) == 1
    assert "sesame" not in repr(polls.feed(server.url()))


async def test_an_encoding_that_nobody_knows_is_told_of_a_feed_that_is_well(polls: Polls) -> None:
    """It is read as best, and it may be wrong."""
    document = b"<?xml version='1.0' encoding='x-klingon'?>" + rss("a").replace(b">a<", b">caf\xe9<")
    async with serving({"/": answer(200, document)}) as server:
        found = await polls.poll(server.url())
    assert titles(found) == ["café"]
    assert polls.feed(server.url()).last_error.startswith("it names an encoding that nobody knows, “x-klingon”")
    assert feed_health(polls.feed(server.url()), datetime.now(UTC)) is FeedHealth.OK


async def test_our_own_fault_is_a_failing_feed_and_no_crash(polls: Polls) -> None:
    """Whatever goes wrong in us, the feed says so and is tried again; here a fetcher that was never opened."""
    unopened = replace(polls.tools, fetcher=Fetcher(Limits(timedelta(seconds=1), 1000)))
    result = await Poller(lambda: polls.config, unopened).poll(polls.feed("http://example.invalid/"))
    assert (result.update.ok, result.update.failures) == (False, 1)
    assert "engine.log" in result.update.error
