"""Pages of matched entries, from real servers that behave, misbehave and lie; what cannot be read says why."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import os
import signal
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from digest.engine import pages
from digest.engine.pages import PageQueue, PageReader, read_page
from digest.engine.polling.page_facts import LESS, NO_ARTICLE
from digest.engine.polling.parsers import ParserPool
from digest.errors import FetchError
from digest.net.fetch import Limits
from digest.net.slots import Slots
from digest.store import schema as tables
from digest.values.messages import DeliveryKind, DeliveryState, PlannedDelivery
from digest.values.news import (
    EntryText,
    FeedUpdate,
    Hit,
    Identity,
    JudgedMatch,
    Match,
    NewEntry,
    Outcome,
    PollResult,
    Severity,
)
from digest.values.settings import FeedSpec
from tests.fakes.pages import ARTICLE, CHALLENGE, HEADLINE, page
from tests.fakes.raw_server import answer, serving
from tests.fakes.seeding import commit, seed
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from digest.store.articles import StoredArticle
    from digest.store.store import Store
    from tests.engine.conftest import Polls
    from tests.fakes.raw_server import Talk

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)
TEASER = "A ship has sailed, and a ship may come back."
SPACE = '[[rule]]\nid = "ships"\nany = ["destroyer", "ship"]\n'


@dataclass
class Newsroom:
    """A store with a feed that wants its pages read, and what reads them."""

    polls: Polls
    reader: PageReader
    parsers: ParserPool
    rung: list[int] = field(default_factory=list)
    full_text: bool = True
    entries: int = 0

    @property
    def store(self) -> Store:
        """It is open."""
        return self.polls.tools.store

    def queue(self) -> PageQueue:
        """What reads the pages, begun anew."""
        tools = self.polls.tools
        return PageQueue(self.reader, tools.rules, tools.store, tools.thread, lambda: self.rung.append(1))

    def publish(
        self,
        url: str,
        *,
        severity: Severity = Severity.NORMAL,
        outcome: Outcome = Outcome.ALERT,
        summary: str = TEASER,
        came: datetime = NOW,
        baseline: bool = False,
        word: str = "ship",
        title: str = HEADLINE,
    ) -> int:
        """Commit an entry with an alert and its message; its id."""
        spec = FeedSpec("https://wire.example/rss", full_text=self.full_text)
        self.store.polls.sync_feeds([spec], default_every=HOUR, now=came)
        feed = self.store.polls.all_feeds()[0]
        self.entries += 1
        at = summary.find(word)
        match = Match("ships", severity, (Hit("summary", at, at + len(word), word, word),))
        owed = [PlannedDelivery("desk", DeliveryKind.ALERT, severity, HEADLINE, rules=("ships",))]
        key = str(self.entries).encode().ljust(16, b".")
        made = NewEntry(
            Identity(key, key, b""), url, EntryText(title, summary, lang="en"), None, "", 0, baseline=baseline
        )
        judged = JudgedMatch(match, outcome, (summary,))
        entry = seed(made, [judged], owed if outcome is Outcome.ALERT else ())
        update = FeedUpdate(feed.id, came, ok=True, next_due=came + HOUR, interval=HOUR, failures=0)
        return commit(self.store, [PollResult(update, (entry,))], came)[0]

    def article(self, entry: int) -> StoredArticle | None:
        """What is stored of a page."""
        return self.store.articles.of(entry)

    def summary(self, entry: int) -> tuple[str, ...]:
        """What the entry's alert says."""
        return self.store.reads.matches_of(entry)[0].judged.summary

    @asynccontextmanager
    async def working(self) -> AsyncIterator[PageQueue]:
        """While pages are read."""
        queue = self.queue()
        task = asyncio.create_task(queue.run())
        try:
            yield queue
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def read(self, url: str, **more: object) -> tuple[int, StoredArticle]:
        """Publish an entry of this address, and see what became of its page."""
        self.rung.clear()
        entry = self.publish(url, **more)  # type: ignore[arg-type]  # by name
        async with self.working():
            await until(lambda: self.article(entry) and self.rung)
        found = self.article(entry)
        assert found is not None
        return entry, found


@pytest.fixture
async def newsroom(polls: Polls) -> AsyncIterator[Newsroom]:
    """A rule for ships; two seconds for a page of 300 kB at most."""
    (polls.rules / "ships.toml").write_text(SPACE, encoding="utf-8")
    await polls.tools.rules.refresh()
    limits = Limits(timedelta(seconds=2), 300_000, private_hosts=True)
    async with ParserPool(1, cpu_seconds=3) as parsers, PageReader(limits, Slots(8, 8), parsers) as reader:
        yield Newsroom(polls, reader, parsers)


async def test_an_alert_is_told_by_its_page(newsroom: Newsroom) -> None:
    """The article alone is kept; its sentences, one of which shows what the rule found, are the summary from now on."""
    async with serving({"/1": answer(200, page(), Content_Type="text/html")}) as server:
        entry, found = await newsroom.read(server.url("/1"))
    assert found.text == "\n".join(ARTICLE)
    assert not found.problem
    sentences = newsroom.summary(entry)
    assert sentences
    assert all(sentence in found.text for sentence in sentences)
    assert any("ship" in sentence for sentence in sentences)
    assert newsroom.rung
    assert server.asked[0]["accept"].startswith("text/html")


async def test_a_word_that_the_page_lacks_leaves_the_summary(newsroom: Newsroom) -> None:
    """It would not say why the rule fired: the feed's own sentence does."""
    body = page(*(each.replace("ship", "boat") for each in ARTICLE[1:3]), ARTICLE[0].replace("ship", "boat"))
    async with serving({"/1": answer(200, body.replace(b"Navy ship", b"Navy boat"))}) as server:
        teaser = "The frigate was seen."
        entry, found = await newsroom.read(server.url("/1"), summary=teaser, word="frigate", title="Seen")
    assert found.text
    assert newsroom.summary(entry) == (teaser,)


PROBLEMS = {
    "/missing": ("404", answer(404)),
    "/locked": ("403", answer(403)),
    "/huge": ("larger than", answer(200, b"<p>" + b"x" * 400_000)),
    "/bomb": ("larger than", answer(200, gzip.compress(bytes(20_000_000)), Content_Encoding="gzip")),
    "/picture": ("leads to no page", answer(200, b"\x89PNG", Content_Type="image/png")),
    "/circle": ("in circles", answer(302, Location="/circle")),
    "/file": ("not the web", answer(302, Location="file:///etc/passwd")),
    "/empty": (NO_ARTICLE, answer(200, b"")),
    "/login": (NO_ARTICLE, answer(200, b"<html><body><form><input name='user'></form></body></html>")),
    "/stub": (LESS, answer(200, page("A ship sailed."))),
}


@pytest.mark.parametrize("path", PROBLEMS)
async def test_what_is_no_article_says_why(newsroom: Newsroom, path: str) -> None:
    """In plain words, and the feed's own text serves."""
    words, body = PROBLEMS[path]
    async with serving({path: body}) as server:
        entry, found = await newsroom.read(server.url(path))
    assert not found.text
    assert words in found.problem
    assert newsroom.summary(entry) == (TEASER,)
    assert newsroom.rung  # its message need not wait any more


async def test_a_challenge_is_never_the_article(newsroom: Newsroom) -> None:
    """What a wall says is not what the outlet reports."""
    async with serving({"/": answer(200, CHALLENGE, Content_Type="text/html")}) as server:
        entry, found = await newsroom.read(server.url())
    assert (found.text, bool(found.problem)) == ("", True)
    assert newsroom.summary(entry) == (TEASER,)


async def test_a_page_leads_nobody_into_the_house(newsroom: Newsroom) -> None:
    """Neither by its address nor by a redirect: pages are fetched with the guards of feeds."""
    async with serving({"/": answer(200, page())}) as server:
        limits = Limits(timedelta(seconds=2), 300_000)
        async with PageReader(limits, Slots(8, 8), newsroom.parsers) as newsroom.reader:
            _, found = await newsroom.read(server.url())
    assert "private" in found.problem
    assert not server.asked


@pytest.mark.parametrize("sends", [b"", b"HTTP/1.1 200 OK\r\n\r\n<p>and then", b"HTTP/1.1 200 OK\r\nX: 1\r\n"])
async def test_a_page_that_never_ends_is_given_up(newsroom: Newsroom, sends: bytes) -> None:
    """One deadline holds for all of it, and others are read meanwhile."""

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(sends)
        await asyncio.Event().wait()

    talk: Talk = hang
    async with serving(talk) as slow, serving({"/": answer(200, page())}) as quick:
        hanging, fine = newsroom.publish(slow.url()), newsroom.publish(quick.url())
        async with newsroom.working():
            await until(lambda: newsroom.article(fine) and newsroom.article(hanging))
    found, other = newsroom.article(hanging), newsroom.article(fine)
    assert found is not None
    assert "within 2 s" in found.problem
    assert other is not None
    assert other.text


async def test_a_page_that_kills_its_reader_is_told_and_others_are_read(newsroom: Newsroom) -> None:
    """A child that dies, of whatever, takes no other page with it."""
    async with serving({"/1": answer(200, page()), "/2": answer(200, page())}) as server:
        lane = newsroom.parsers._pages
        first = newsroom.publish(server.url("/1"))
        async with newsroom.working() as queue:

            def killed() -> bool:
                for child in lane.busy:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(child.pid, signal.SIGKILL)
                return newsroom.article(first) is not None

            await until(killed)
            second = newsroom.publish(server.url("/2"))
            queue.ring()
            await until(lambda: newsroom.article(second))
    one, other = newsroom.article(first), newsroom.article(second)
    assert one is not None
    assert "crashed the parser" in one.problem
    assert other is not None
    assert other.text == "\n".join(ARTICLE)


async def test_a_costly_page_is_ended(newsroom: Newsroom) -> None:
    """As a costly feed is: within its CPU time, in a child."""
    body = b"<html><body>" + b"<div><p>a" * 30_000
    async with (
        ParserPool(1, cpu_seconds=0.02) as newsroom.parsers,
        PageReader(Limits(HOUR, 1_000_000, private_hosts=True), Slots(8, 8), newsroom.parsers) as newsroom.reader,
        serving({"/": answer(200, body)}) as server,
    ):
        _, found = await newsroom.read(server.url())
    assert "seconds of computing" in found.problem


# --- which pages -------------------------------------------------------------------------------------------------


async def test_only_what_matched_in_a_feed_that_wants_it_is_read(newsroom: Newsroom) -> None:
    """Alerts first, then what matched all the same, the severest and newest of each first; nothing of yesterday."""

    def named(name: str) -> str:
        return f"https://wire.example/{name}"

    newsroom.publish(named("yesterday"), came=NOW - 25 * HOUR)
    newsroom.publish(named("old"), outcome=Outcome.TOO_OLD, severity=Severity.URGENT)
    newsroom.publish(named("first"))
    newsroom.publish(named("high"), severity=Severity.HIGH)
    newsroom.publish(named("second"))
    newsroom.publish("", severity=Severity.HIGH)
    wanted = newsroom.store.articles.to_read(NOW, most=9)
    assert [url.rpartition("/")[2] for _, url in wanted] == ["high", "second", "first", "old"]
    alerts = newsroom.store.articles.to_read(NOW, most=9, alerts=True)
    assert [url.rpartition("/")[2] for _, url in alerts] == ["high", "second", "first"]
    newsroom.full_text = False
    newsroom.publish(named("last"))
    assert newsroom.store.articles.to_read(NOW, most=9) == []


async def test_what_was_read_is_not_asked_again_at_once(newsroom: Newsroom) -> None:
    """Neither an article nor a failure."""
    async with serving({"/1": answer(200, page())}) as server:
        await newsroom.read(server.url("/1"))
        await newsroom.read(server.url("/2"))
        third = newsroom.publish(server.url("/3"))
        async with newsroom.working():
            await until(lambda: newsroom.article(third))
    assert [each["path"] for each in server.asked] == ["/1", "/2", "/3"]


async def test_a_crash_only_fetches_again(newsroom: Newsroom) -> None:
    """Nothing is remembered but in the store: what was under way is asked for by the next engine."""
    asked = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del writer
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await asyncio.Event().wait()

    talk: Talk = hang
    async with serving(talk) as server:
        entry = newsroom.publish(server.url())
        async with newsroom.working():
            await asked.wait()
    assert newsroom.article(entry) is None
    assert [one for one, _ in newsroom.queue()._store.articles.to_read(NOW, most=9)] == [entry]


async def test_once_waits_for_alerts_alone(newsroom: Newsroom) -> None:
    """Nobody's message waits for what did not alert."""
    async with serving({"/1": answer(200, page()), "/2": answer(200, page())}) as server:
        alert = newsroom.publish(server.url("/1"))
        other = newsroom.publish(server.url("/2"), outcome=Outcome.TOO_OLD)
        await newsroom.queue().see_through()
    assert newsroom.article(alert) is not None
    assert newsroom.article(other) is None


# --- what was sent already ---------------------------------------------------------------------------------------


def _set_state(store: Store, state: DeliveryState) -> None:
    with store.database.write() as (connection, _):
        connection.execute(update(tables.deliveries).values(state=state))


@pytest.mark.parametrize(
    ("state", "stale"), [(DeliveryState.SENT, True), (DeliveryState.SENDING, True), (DeliveryState.QUEUED, False)]
)
async def test_a_late_page_has_what_was_sent_edited(newsroom: Newsroom, state: DeliveryState, *, stale: bool) -> None:
    """What still waits is written when it goes."""
    async with serving({"/": answer(200, page())}) as server:
        entry = newsroom.publish(server.url())
        _set_state(newsroom.store, state)
        async with newsroom.working():
            await until(lambda: newsroom.article(entry))
    with newsroom.store.database.read() as connection:
        row = connection.execute(select(tables.deliveries)).one()
    assert (row.stale is not None, row.edit_at is not None) == (stale, stale)


async def test_a_page_without_an_article_edits_nothing(newsroom: Newsroom) -> None:
    """The message says already what there is to say."""
    async with serving({"/": answer(403)}) as server:
        entry = newsroom.publish(server.url())
        _set_state(newsroom.store, DeliveryState.SENT)
        async with newsroom.working():
            await until(lambda: newsroom.article(entry))
    with newsroom.store.database.read() as connection:
        assert connection.execute(select(tables.deliveries.c.stale)).scalar_one() is None


# --- looked at again ---------------------------------------------------------------------------------------------


def _age(store: Store, entry: int, by: timedelta) -> None:
    """Let an entry have come, and its page have been read, so much earlier."""
    with store.database.write() as (connection, _):
        for table, column in (("entries", "first_seen"), ("articles", "at"), ("evidence", "at")):
            of = tables.metadata.tables[table]
            key = of.c.id if table == "entries" else of.c.entry_id
            before = connection.execute(select(of.c[column]).where(key == entry)).scalar_one()
            connection.execute(update(of).where(key == entry).values({column: before - by}))


async def again(newsroom: Newsroom, entry: int) -> None:
    """Read the page of an entry that is due again."""
    before = newsroom.article(entry)
    async with newsroom.working():
        await until(lambda: newsroom.article(entry) != before)


def changes_of(newsroom: Newsroom, entry: int) -> list[tuple[str, str, str, bool]]:
    """What was noted of an entry's changes."""
    kept = newsroom.store.evidence.of(entry)
    assert kept is not None
    return [(one["field"], one["before"], one["after"], one["matches"]) for one in kept.changes]


async def test_the_page_of_an_alert_is_looked_at_again(newsroom: Newsroom) -> None:
    """After 1, 6 and 24 hours: what it says otherwise is noted once, and what it said first stays."""
    answers: dict[str, bytes] = {"/": answer(200, page())}
    async with serving(answers) as server:
        entry, first = await newsroom.read(server.url())
        due = newsroom.store.articles.to_read_again
        assert [bool(due(NOW + hours * HOUR, most=9)) for hours in (0, 0.9, 1.1, 6.1, 24.1, 31)] == [
            False, False, True, True, True, False,
        ]  # fmt: skip
        changed = (*ARTICLE[:2], "Nobody watched it pass, the harbour master said.", ARTICLE[3])
        answers["/"] = answer(200, page(*changed))
        _age(newsroom.store, entry, 2 * HOUR)
        await again(newsroom, entry)
        wanted = [("page", ARTICLE[2], changed[2], True)]
        assert changes_of(newsroom, entry) == wanted
        assert due(datetime.now(UTC), most=9) == []
        _age(newsroom.store, entry, 5 * HOUR)
        await again(newsroom, entry)
    assert changes_of(newsroom, entry) == wanted
    later = newsroom.article(entry)
    assert later is not None
    assert later.text == first.text


@pytest.mark.parametrize(("status", "noted"), [(404, True), (410, True), (403, False), (500, False)])
async def test_a_page_that_is_gone_is_noted(newsroom: Newsroom, status: int, *, noted: bool) -> None:
    """A server that is ill, or wants a login, says nothing of that."""
    answers: dict[str, bytes] = {"/": answer(200, page())}
    async with serving(answers) as server:
        entry, _ = await newsroom.read(server.url())
        answers["/"] = answer(status)
        for _ in range(2):
            _age(newsroom.store, entry, 3 * HOUR)
            await again(newsroom, entry)
    assert changes_of(newsroom, entry) == ([("page", "", "", True)] if noted else [])


async def test_a_page_that_could_not_be_read_is_tried_again(newsroom: Newsroom) -> None:
    """An hour later it tells the alert."""
    answers: dict[str, bytes] = {"/": answer(503)}
    async with serving(answers) as server:
        entry, first = await newsroom.read(server.url())
        assert first.problem
        answers["/"] = answer(200, page())
        _age(newsroom.store, entry, 2 * HOUR)
        await again(newsroom, entry)
    found = newsroom.article(entry)
    assert found is not None
    assert (found.text, found.problem) == ("\n".join(ARTICLE), "")
    assert newsroom.summary(entry) != (TEASER,)


# --- a page that a user names ------------------------------------------------------------------------------------


async def test_a_page_that_a_user_names_is_read_likewise() -> None:
    """With the same guards, and no store."""
    async with serving({"/": answer(200, page()), "/wall": answer(200, b"")}) as server:
        limits = Limits(timedelta(seconds=9), 300_000, private_hosts=True)
        found = await asyncio.to_thread(read_page, limits, server.url(), title=HEADLINE)
        wall = await asyncio.to_thread(read_page, limits, server.url("/wall"))
        with pytest.raises(FetchError, match="private"):
            await asyncio.to_thread(read_page, replace(limits, private_hosts=False), server.url())
    assert (found.title, found.text) == (HEADLINE, "\n".join(ARTICLE))
    assert (wall.text, wall.problem) == ("", NO_ARTICLE)


async def test_what_did_not_alert_leaves_places_for_what_did(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many pages hang that nobody waits for, that of an alert is read at once."""
    monkeypatch.setattr(pages, "_OTHERS", 1)  # of one host no more than two are read at once
    asked: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).split()[1])
        if asked[-1] == b"/hangs":
            await asyncio.Event().wait()
        writer.write(answer(200, page()))

    limits = Limits(HOUR, 300_000, private_hosts=True)
    async with serving(talk) as server, PageReader(limits, Slots(9, 9), newsroom.parsers) as newsroom.reader:
        for _ in range(9):
            newsroom.publish(server.url("/hangs"), outcome=Outcome.TOO_OLD)
        async with newsroom.working() as queue:
            await until(lambda: asked)
            alert = newsroom.publish(server.url("/news"))
            queue.ring()
            await until(lambda: newsroom.article(alert) and len(queue._reading) == 1)
    assert asked == [b"/hangs", b"/news"]
