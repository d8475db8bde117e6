"""Documents are read in children that may die of them, and the pool outlives every one."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import html
import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digest.engine.polling.facts import Source, entry_facts
from digest.engine.polling.parser_frames import (
    PackedRules,
    PageQuestion,
    edit_of,
    edit_row,
    entry_of,
    entry_row,
    kept_of,
    kept_row,
    pack_identities,
    pack_rules,
    page_of,
    page_row,
    text_of,
    text_row,
    unpack_identities,
)
from digest.engine.polling.parsers import CostlyError, ParserPool, Question, StoreAnswers, _Child, _FairSemaphore
from digest.errors import ParseError, StoreError
from digest.feeds.identity import identities
from digest.feeds.parse import parse_document
from digest.match import RuleSet, query_rule
from digest.values.news import (
    DocumentFacts,
    EntryEdit,
    EntryText,
    Hit,
    Identity,
    KeptEntry,
    MarkKind,
    Match,
    NewEntry,
    PageFacts,
    Severity,
    TextChange,
    TextMark,
)
from tests.fakes.pages import page
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

GOOD = b"<rss version='2.0'><channel><title>F</title><item><guid>1</guid><title>T</title></item></channel></rss>"


def rss(description: bytes) -> bytes:
    """An RSS document of one entry around this description."""
    return b"<rss version='2.0'><channel><item><title>T</title>" + description + b"</item></channel></rss>"


def many(count: int) -> bytes:
    """A document of so many entries."""
    return rss(
        b"</item><item>".join(
            b"<guid>%d</guid><link>https://a.example/%d</link><title>Nothing of note %d</title>" % (3 * (number,))
            for number in range(count)
        )
    )


RULES = pack_rules([query_rule("T OR rocket")], PackedRules())


async def read(pool: ParserPool, body: bytes, known: bytes = b"", *, feed: str = "a") -> DocumentFacts:
    """One document through the pool, in its feed's turn."""
    async with pool.turn(feed):
        return await pool.read(feed, Question(body, "text/xml", "https://a.example/feed", known), RULES)


def children(pool: ParserPool) -> set[int]:
    """The process ids of the quick lane's children."""
    return {child.pid for child in [*pool._quick.idle, *pool._quick.busy]}


def has_loaded(pid: int, library: str) -> bool:
    """Whether a process has a library of this name in its memory."""
    return library in Path(f"/proc/{pid}/maps").read_text("utf-8")


async def busy_child(pool: ParserPool) -> int:
    """The process id of the child that is at work, as soon as there is one."""
    await until(lambda: pool._quick.busy)
    return children(pool).pop()


def cpu_seconds(pid: int) -> float:
    """What a process has spent so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def open_files(pid: int) -> set[str]:
    """What a process has open."""
    return {str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir()}


def environment(pid: int) -> str:
    """What a process was started with."""
    return Path(f"/proc/{pid}/environ").read_text()


def is_alive(pid: int) -> bool:
    """False for a process that has ended, reaped or not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_for_end(pid: int) -> bool:
    """True once the process has ended; waits up to twenty seconds."""
    deadline = time.monotonic() + 20
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not is_alive(pid)


@pytest.fixture
async def pool() -> AsyncIterator[ParserPool]:
    """A pool of one child that allows little."""
    async with ParserPool(size=1, cpu_seconds=1, quick_seconds=1, memory_mb=256) as pool:
        yield pool


async def test_a_document_comes_back_as_it_was_read(pool: ParserPool) -> None:
    """The child's answer is what the core itself would say, hashes included; known entries are left out."""
    feed = parse_document(GOOD, content_type="text/xml", url="https://a.example/feed")
    (identity,) = identities(feed.entries)
    here = entry_facts(feed.entries[0], identity, Source("F"), RuleSet([query_rule("T OR rocket")]))
    there = await read(pool, GOOD)
    assert there.entries == (here,)
    assert [match.rule for match, _ in here.matches] == ["query"]
    assert (there.title, there.holds_entries, len(there.entry_hashes)) == ("F", True, 8)
    again = await read(pool, GOOD, there.entry_hashes)
    assert (again.entries, again.holds_entries, again.entry_hashes) == ((), True, there.entry_hashes)


async def test_a_child_knows_the_tier_of_the_feed(pool: ParserPool) -> None:
    """So that its rules can ask for it; what it hands back says of what tier the feed was."""
    rules = pack_rules([query_rule("rocket AND tier:A..C")], PackedRules())
    body = GOOD.replace(b"</channel>", b"<item><guid>2</guid><title>A rocket</title></item></channel>")
    for tier, found in (("B", ["query"]), ("", [])):
        facts = await pool.read("a", Question(body, "", "https://a.example/", tier=tier), rules)
        (entry,) = [entry for entry in facts.entries if entry.text.title == "A rocket"]
        assert ([match.rule for match, _ in entry.matches], entry.text.tier) == (found, tier)


async def test_what_nobody_is_told_of_is_not_summed_up(pool: ParserPool) -> None:
    """At a first poll sentences would be chosen for nothing; what is told later has them, from the same child."""
    body = rss(b"<description>A rocket rose over the northern coast on Monday, officials said at noon.</description>")
    rules = pack_rules([query_rule("rocket")], PackedRules())
    for told in (False, True):
        facts = await pool.read("a", Question(body, "", "https://a.example/", told=told), rules)
        ((match, sentences),) = facts.entries[0].matches
        assert (match.rule, bool(sentences)) == ("query", told)


async def test_what_the_store_knows_is_no_news(pool: ParserPool) -> None:
    """The child asks which of its entries are known before it looks at them; a new rule is matched from then on."""
    two = GOOD.replace(b"</channel>", b"<item><guid>2</guid><title>A rocket</title></item></channel>")
    asked: list[Identity] = []

    async def known(raw: bytes) -> bytes:
        asked.extend(unpack_identities(raw))
        return pack_identities(asked[:1])

    for query, ids in (("T", []), ("rocket", ["query"])):
        facts = await pool.read(
            "a",
            Question(two, "", "https://a.example/"),
            pack_rules([query_rule(query)], PackedRules()),
            StoreAnswers(known),
        )
        assert [entry.text.title for entry in facts.entries] == ["A rocket"]
        assert [match.rule for match, _ in facts.entries[0].matches] == ids
    assert len(asked) == 4


def test_frames_carry_every_field() -> None:
    """Odd characters, dates with fractions and empty fields come through unchanged."""
    text = EntryText("t\u2028", "s", '북"c', "o", "ko", "a", ("x", "y"), "B")
    match = Match("r", Severity.HIGH, (Hit("title", 0, 1, "t", "t*"),))
    at = datetime(2026, 3, 1, 10, 0, 0, 250_000, tzinfo=UTC)
    found = (match, ("One.", "Two."))
    spans = (TextMark(MarkKind.HEADING, 0, 1, "2"),), (TextMark(MarkKind.LINK, 0, 1, "https://x.example/"),)
    identity = Identity(b"k" * 16, b"", b"t" * 16)
    full = NewEntry(identity, "u", text, at, " t ", 7, matches=(found,), summary_spans=spans[0], content_spans=spans[1])
    assert all(value for name, value in dataclasses.asdict(full).items() if name != "baseline")
    bare = NewEntry(Identity(b"k" * 16, b"l" * 16, b""), "", EntryText(), None, "", 0)
    for entry in (full, bare):
        (identity,) = unpack_identities(pack_identities([entry.identity]))
        assert entry_of(json.loads(json.dumps(entry_row(entry))), identity) == entry


def test_frames_carry_pages_and_edits() -> None:
    """What goes to a child for them, and what comes back, unchanged."""
    change = TextChange("page", "a\n", "b", "-a\n+b", "ff")
    text = EntryText("t\u2028", "s", '북"c', "o", "ko", "a", ("x", "y"), "B")
    marks = (TextMark(MarkKind.LINK, 0, 1, "https://a.example/"),)
    page = PageFacts("T", "x", marks, "p", "text", {"r": ("One.",)}, frozenset("r"), change)
    assert all(dataclasses.asdict(page).values())
    kept = KeptEntry(b"k" * 16, {"title": "t"}, {"title": "ff"})
    edit = EntryEdit(b"\x00" * 16, (change, change), frozenset({"r", "s"}))
    assert text_of(json.loads(json.dumps(text_row(text)))) == text
    assert page_of(json.loads(json.dumps(page_row(page)))) == page
    assert page_of(json.loads(json.dumps(page_row(PageFacts())))) == PageFacts()
    assert kept_of(json.loads(json.dumps(kept_row(kept)))) == kept
    assert edit_of(json.loads(json.dumps(edit_row(edit)))) == edit


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="the system does not say what a process has loaded")
async def test_what_reads_pages_is_loaded_only_where_a_page_is_read(pool: ParserPool) -> None:
    """Children for feeds stay small, and the next page finds its child ready."""
    for _ in range(2):
        assert (await pool.read_page(PageQuestion(page(), "text/html", ""))).text
    await read(pool, GOOD)
    (of_pages,) = pool._pages.idle
    (of_feeds,) = pool._quick.idle
    assert (has_loaded(of_pages.pid, "charset_normalizer"), has_loaded(of_feeds.pid, "charset_normalizer")) == (
        True,
        False,
    )


async def test_dates_in_the_future_are_dropped(pool: ParserPool) -> None:
    """The child knows the time; the reader is told it."""
    body = rss(b"<pubDate>Fri, 31 Dec 2999 00:00:00 GMT</pubDate>")
    assert (await read(pool, body)).entries[0].published is None


async def test_a_document_that_is_no_feed_costs_no_child(pool: ParserPool) -> None:
    """A parse error is an answer; the child goes on."""
    await read(pool, GOOD)
    before = children(pool)
    with pytest.raises(ParseError, match="this is a web page, not a feed"):
        await read(pool, b"<html></html>")
    assert children(pool) == before


HEAVY = rss(b"<description>" + b"xy " * 30_000_000 + b"</description>")  # a second or two of computing, then the memory
DEADLY = [
    ("too much computing", many(40_000), 1, "more than 1 seconds of computing"),
    ("too much memory", HEAVY, 30, "more than 256 MB of memory"),
]


@pytest.mark.parametrize(("body", "seconds", "words"), [row[1:] for row in DEADLY], ids=[row[0] for row in DEADLY])
async def test_what_costs_too_much_ends_its_child_only(body: bytes, seconds: float, words: str) -> None:
    """A plain sentence for the feed's health; the next document is read by a new child."""
    async with ParserPool(size=1, cpu_seconds=seconds, quick_seconds=seconds, memory_mb=256) as pool:
        await read(pool, GOOD)
        (child,) = children(pool)
        with pytest.raises(ParseError, match=words):
            await read(pool, body)
        assert not is_alive(child)
        assert (await read(pool, GOOD)).title == "F"


async def test_what_a_child_ended_of_is_never_lost() -> None:
    """Its status names the cause, also when its end is noticed by its pipes before the system reports it."""
    for _ in range(80):
        program = ("/bin/sh", "-c", "exit 3")
        child = _Child(await asyncio.create_subprocess_exec(*program, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await child.read(Question(b"", "", ""), None, StoreAnswers(), 1)
        assert await child.died() == 3
        assert await child.end() == 3


async def test_cpu_time_is_counted_anew_for_each_document() -> None:
    """Many documents that each stay within the limit never end a child together."""
    async with ParserPool(size=1, cpu_seconds=0.5, quick_seconds=0.5) as pool:
        await read(pool, GOOD)
        (child,) = children(pool)
        before = cpu_seconds(child)
        while cpu_seconds(child) < before + 1.2:
            await read(pool, many(1_000))
            assert children(pool) == {child}


async def test_the_clock_ends_a_child_that_does_not_compute() -> None:
    """The watchdog needs no limits of the system's."""
    async with ParserPool(size=1, wall_seconds=0.3) as pool:
        with pytest.raises(ParseError, match=r"longer than 0\.3 seconds"):
            await read(pool, many(40_000))


async def test_a_child_that_does_not_start_stops_nothing() -> None:
    """It is ended, the document has its reason, and the next one is read by another child."""
    async with ParserPool(size=1, starts_within=1) as pool:
        pool._quick._starts_within = 0.0
        with pytest.raises(ParseError, match="the parser did not start within 0 seconds"):
            await read(pool, GOOD)
        assert not children(pool)
        pool._quick._starts_within = 60.0
        assert (await read(pool, GOOD)).title == "F"


async def test_a_child_that_died_idle_is_replaced(pool: ParserPool) -> None:
    """Somebody's kill costs no document."""
    await read(pool, GOOD)
    (child,) = children(pool)
    os.kill(child, signal.SIGKILL)
    await next(iter(pool._quick.idle))._process.wait()
    assert (await read(pool, GOOD)).title == "F"


async def test_a_child_that_is_killed_at_work_is_a_parse_error(pool: ParserPool) -> None:
    """Whoever killed it, the feed's health says so and the next document is read."""
    work = asyncio.create_task(read(pool, many(40_000)))
    child = await busy_child(pool)
    os.kill(child, signal.SIGKILL)
    with pytest.raises(ParseError, match="crashed the parser"):
        await work
    assert (await read(pool, GOOD)).title == "F"


async def test_a_cancelled_read_leaves_nothing_behind(pool: ParserPool) -> None:
    """Its child is ended, its place is free."""
    work = asyncio.create_task(read(pool, many(40_000)))
    child = await busy_child(pool)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert not is_alive(child)
    assert (await read(pool, GOOD)).title == "F"


async def test_a_quick_child_serves_all_and_a_slow_one_is_not_waited_for() -> None:
    """Starting one costs as much as many documents: another is started where those at work take longer than that."""
    async with ParserPool(size=2, start_seconds=60) as pool:
        await asyncio.gather(*(read(pool, GOOD) for _ in range(12)))
        assert len(children(pool)) == 1
    known, waits = asyncio.Event(), asyncio.Event()

    async def slowly(asked: bytes) -> bytes:
        waits.set()
        await known.wait()
        return b""

    async with ParserPool(size=2, start_seconds=0.05) as pool:
        first = asyncio.create_task(pool.read("slow", Question(GOOD, "", ""), RULES, StoreAnswers(slowly)))
        await waits.wait()
        assert (await read(pool, GOOD)).title == "F"
        assert len(children(pool)) == 2
        known.set()
        assert (await first).title == "F"


async def test_as_many_children_as_places_and_none_after() -> None:
    """Concurrency is the pool's size; leaving the pool ends them all."""
    async with ParserPool(size=2, start_seconds=0) as pool:
        assert children(pool) == set()
        await asyncio.gather(*(read(pool, GOOD) for _ in range(12)))
        pids = children(pool)
        assert 1 <= len(pids) <= 2
    assert not any(is_alive(pid) for pid in pids)


COSTLY = many(5_000)
"""More than a tenth of a second of CPU also where that is quick, and less than five where it is slow."""


async def test_a_costly_feed_waits_behind_the_others() -> None:
    """Its document is put off to the slow lane, which it has to itself; the quick one is free at once, and stays so."""
    async with ParserPool(size=1, quick_seconds=0.1) as pool:
        with pytest.raises(CostlyError):
            await read(pool, COSTLY, feed="costly")
        slow = asyncio.create_task(read(pool, COSTLY, feed="costly"))
        await until(lambda: pool._slow.busy)
        assert (await read(pool, GOOD, feed="good")).title == "F"
        assert not slow.done()
        assert (await slow).entries
        while pool._is_costly("costly"):
            assert (await read(pool, GOOD, feed="costly")).title == "F"


async def test_the_next_place_goes_to_whoever_costs_least() -> None:
    """Known by what their documents have cost, many feeds that each take a little hold up none that takes less."""
    places, order = _FairSemaphore(1), []

    async def take(name: str, cost: float | None) -> None:
        async with places.hold(cost):
            order.append(name)
            await asyncio.sleep(0)

    waiting = [("first", 9.0), ("dear", 0.3), ("gone", 0.1), ("cheap", 0.1), ("cheap too", 0.1), ("new", None)]
    tasks = [asyncio.create_task(take(name, cost)) for name, cost in waiting]
    await asyncio.sleep(0)
    tasks[2].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == ["first", "new", "cheap", "cheap too", "dear"]
    async with asyncio.timeout(1), places.hold(0.0):
        pass


async def test_a_place_is_kept_for_feeds_that_are_known() -> None:
    """At the start anybody may turn out to be costly: who is known to be cheap does not wait for that."""
    places = _FairSemaphore(3, kept=1)
    async with places.hold(None), places.hold(None):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05), places.hold(None):
                pass
        async with asyncio.timeout(1), places.hold(0.01):
            pass
    async with asyncio.timeout(1), places.hold(0.01), places.hold(0.01), places.hold(0.01):
        pass


async def test_what_cannot_be_read_is_remembered_as_costly_too() -> None:
    """A refusal in words costs what it costs; a document that stays the same costs nothing, and is forgiven for it."""
    broken = b"<rss><channel>" + b"<item><x y=1 y=2></item>" * 40_000
    async with ParserPool(size=1, quick_seconds=0.1) as pool:
        with pytest.raises(CostlyError):
            await read(pool, COSTLY)
        with pytest.raises(ParseError, match="no entry of it can be read"):
            await read(pool, broken)
        assert pool._costs["a"] > 0.2
        while pool._is_costly("a"):
            pool.unchanged("a")


async def test_a_store_that_fails_makes_no_feed_costly(pool: ParserPool) -> None:
    """A full disk says nothing of the documents that were being read."""

    async def full(asked: bytes) -> bytes:
        raise StoreError("the disk is full")

    with pytest.raises(StoreError):
        await pool.read("a", Question(GOOD, "", ""), RULES, StoreAnswers(full))
    assert not pool._is_costly("a")
    assert (await read(pool, GOOD)).title == "F"


async def test_costly_feeds_take_turns_before_they_are_fetched() -> None:
    """While four have theirs the next one waits without a request or a document; others have theirs at once."""
    async with ParserPool(size=1, quick_seconds=0.1) as pool:
        with pytest.raises(CostlyError):
            await read(pool, COSTLY, feed="costly")
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(4):
                await stack.enter_async_context(pool.turn("costly"))
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1), pool.turn("costly"):
                    pass
            async with asyncio.timeout(5), pool.turn("good"):
                pass
        async with asyncio.timeout(5), pool.turn("costly"):
            pass


async def test_a_child_knows_no_secret(pool: ParserPool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the engine's environment it gets what a Python needs, and no token, whatever it is called."""
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "123:sesame")
    monkeypatch.setenv("ANOTHER_NAME", "123:sesame")
    await read(pool, GOOD)
    (child,) = children(pool)
    assert "sesame" not in environment(child)


async def test_interrupts_are_the_engine_s_business(pool: ParserPool) -> None:
    """Ctrl-C and a service's stop reach the whole group; a child goes on until the engine ends it."""
    await read(pool, GOOD)
    (child,) = children(pool)
    os.kill(child, signal.SIGINT)
    os.kill(child, signal.SIGTERM)
    assert os.getsid(child) == child
    await read(pool, GOOD)
    assert children(pool) == {child}


async def test_a_child_inherits_nothing(pool: ParserPool, tmp_path: Path) -> None:
    """No lock file and no socket of the engine's is open in a child."""
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    async with server:
        with (tmp_path / "lock").open("w"):
            await read(pool, GOOD)
            (child,) = children(pool)
            files = open_files(child)
    assert not any(name.startswith(("socket:", str(tmp_path))) for name in files), files


PARENT = """
import asyncio, time
from digest.engine.polling.parsers import ParserPool, Question

async def main():
    async with ParserPool(size=1) as pool:
        await pool.read("a", Question(b"<rss version='2.0'><channel></channel></rss>", "", ""))
        print(pool._quick.idle[0].pid, flush=True)
        time.sleep(60)

asyncio.run(main())
"""


def test_children_end_with_an_engine_that_is_killed() -> None:
    """Nothing is left running after kill -9: a child's standard input ends."""
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_alive(child)
        parent.kill()
    assert wait_for_end(child)


async def test_the_current_folder_is_never_imported_from(
    pool: ParserPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file called like a library, where Digest happens to be started, does nothing."""
    (tmp_path / "feedparser.py").write_text("raise SystemExit")
    monkeypatch.chdir(tmp_path)
    assert (await read(pool, GOOD)).title == "F"


ENTITY = (
    b'<!DOCTYPE rss [<!ENTITY a "' + b"x" * 1000 + b'">]>' + rss(b"<description>" + b"&a;" * 500 + b"</description>")
)
MARKUP = html.escape('<p>A paragraph with <a href="https://a.example/?a=1">a link</a> &amp; text.</p>' * 35).encode()
ATTRIBUTES = b"<description " + b" ".join(b"a%d='x'" % number for number in range(8_000)) + b">x</description>"
LARGE = b"".join(b"<item><guid>%d</guid><description>%b</description></item>\n" % (i, MARKUP) for i in range(2200))

# A document, and how many entries it may yield within the limits that the engine sets; 0: refused in plain words.
HOSTILE = [
    ("8,000 attributes", rss(ATTRIBUTES), {1}),
    ("an entity, over and over", ENTITY, {1}),
    ("open comments in the text", rss(b"<description><![CDATA[" + b"<!--" * 87_000 + b"]]></description>"), {1}),
    ("open comments in the document", rss(b"") + b"<!--" * 87_000, {1}),
    ("nested elements", rss(b"<a>" * 20_000 + b"</a>" * 20_000), {1}),
    ("nested tags in the text", rss(b"<description><![CDATA[" + b"<b>" * 20_000 + b"]]></description>"), {1}),
    ("nested JSON", b'{"items":' + b"[" * 100_000, {0}),
    ("large, and broken at its end", b"<rss version='2.0'><channel>" + LARGE + b"<oops", {0, 2200}),
    ("escape sequences", rss(b"<description>" + b"\x1b]0;x" * 60_000 + b"</description>"), {1}),
]


@pytest.mark.parametrize(("body", "counts"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
async def test_hostile_documents_are_read_or_refused(body: bytes, counts: set[int]) -> None:
    """None takes the pool down, and none is refused that could be read."""
    async with ParserPool(size=1, quick_seconds=5) as pool:
        (answer,) = await asyncio.gather(read(pool, body), return_exceptions=True)
        assert isinstance(answer, DocumentFacts | ParseError)
        entries = len(answer.entries) + len(answer.rest) if isinstance(answer, DocumentFacts) else 0
        assert entries in counts, str(answer)[:200]
        assert (await read(pool, GOOD)).title == "F"


@pytest.fixture
def corpus() -> list[Path]:
    """The real feed documents in the folder that DIGEST_CORPUS names."""
    folder = os.environ.get("DIGEST_CORPUS")
    if not folder:
        pytest.skip("DIGEST_CORPUS names no folder of real feeds")
    return sorted(path for path in Path(folder).rglob("*") if path.is_file())


KNOWN_FOLDER = (140, 3414, {"rome__src__site__apt__Opml__index.apt": "this is plain text, not a feed"})
"""What one folder of real feeds holds: documents, entries (one that stands twice is one), and what is no feed."""


async def test_every_real_feed_is_read_or_refused_in_plain_words(corpus: list[Path]) -> None:
    """All real documents yield their entries, but for the few that are none."""
    async with ParserPool(quick_seconds=5) as pool:
        answers = await asyncio.gather(*(read(pool, path.read_bytes()) for path in corpus), return_exceptions=True)
    by_name = dict(zip((path.name for path in corpus), answers, strict=True))
    entries = {name: len(one.entries) for name, one in by_name.items() if isinstance(one, DocumentFacts)}
    refused = {name: str(one) for name, one in by_name.items() if isinstance(one, ParseError)}
    empty = [name for name, count in entries.items() if not count]
    summary = f"{len(entries)} feeds with {sum(entries.values())} entries, empty: {empty}, refused: {refused}"
    assert len(entries) + len(refused) == len(corpus), summary
    if len(corpus) == KNOWN_FOLDER[0]:
        assert (sum(entries.values()), refused, empty) == (*KNOWN_FOLDER[1:], []), summary
    assert len(refused) + len(empty) <= len(corpus) / 20, summary
