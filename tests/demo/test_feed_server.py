"""The simulated outlets behave like honest servers: right documents, validators, and the troubles they announce."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from digest.demo.feed_server import FeedServer
from digest.demo.newsday import NewsDay, load_newsday
from digest.feeds.parse import parse_document
from digest.text import html_to_text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from digest.demo.newsday import Outlet

DAY = load_newsday()
QUICK: Any = {"live_seconds": 1000.0, "slowness": 0.0}


class Clock:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        """Give the seconds it stands at."""
        return self.seconds


@pytest.fixture
async def server() -> AsyncIterator[FeedServer]:
    """A server whose live part lasts longer than any test."""
    async with FeedServer(DAY, live_seconds=1000.0, slowness=0.0) as running:
        yield running


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    """A plain web client."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.mark.parametrize("outlet", DAY.outlets, ids=lambda outlet: outlet.id)
async def test_every_feed_reads_as_it_was_written(
    server: FeedServer, client: aiohttp.ClientSession, outlet: Outlet
) -> None:
    """Title, summary, language and link of every report survive each format; the newest stands first."""
    async with client.get(server.address(outlet)) as response:
        body, content_type = await response.read(), response.headers["Content-Type"]
    feed = parse_document(body, content_type=content_type, url=server.address(outlet))
    told = [report for report in DAY.reports[: DAY.baseline] if report.outlet == outlet.id]
    assert [html_to_text(entry.title) for entry in feed.entries] == [report.title for report in reversed(told)]
    texts = [html_to_text(entry.summary or entry.content) for entry in feed.entries]
    assert texts == [report.summary for report in reversed(told)]
    assert html_to_text(feed.title) == outlet.name
    assert feed.lang == outlet.lang
    assert all(entry.published and entry.guid and entry.link in server.pages() for entry in feed.entries)
    dates = [entry.published for entry in feed.entries if entry.published]
    assert dates == sorted(dates, reverse=True)


async def test_an_unchanged_feed_answers_304(server: FeedServer, client: aiohttp.ClientSession) -> None:
    """Either validator will do; a tag that does not fit goes before a date that does."""
    address = server.address(DAY.outlets[0])
    async with client.get(address) as response:
        etag, modified = response.headers["ETag"], response.headers["Last-Modified"]
    for headers, status in (
        ({"If-None-Match": etag}, 304),
        ({"If-None-Match": f'"old", W/{etag}'}, 304),
        ({"If-Modified-Since": modified}, 304),
        ({"If-None-Match": '"old"', "If-Modified-Since": modified}, 200),
        ({"If-Modified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"}, 200),
    ):
        async with client.get(address, headers=headers) as response:
            assert (response.status, headers) == (status, headers)
            assert (await response.read() == b"") is (status == 304)


async def test_the_live_part_brings_new_reports_and_a_new_tag(client: aiohttp.ClientSession) -> None:
    """Once it is over, every report of the day is there."""
    outlet = DAY.outlets[0]
    clock = Clock()
    async with FeedServer(DAY, live_seconds=100.0, slowness=0.0, clock=clock) as server:
        async with client.get(server.address(outlet)) as response:
            before = response.headers["ETag"]
        server.begin()
        for seconds, over in ((50.0, False), (100.0, True)):
            clock.seconds = seconds
            assert server.is_over() is over
            async with client.get(server.address(outlet), headers={"If-None-Match": before}) as response:
                assert response.status == 200
                before, text = response.headers["ETag"], await response.text()
            assert all(report.id in text for report in DAY.of(outlet.id)) is over


async def test_an_outlet_edits_a_headline_and_the_entry_stays(client: aiohttp.ClientSession) -> None:
    """The feed changes, by either validator, though it has no new report; the guid and the link are those of before."""
    (report,) = [each for each in DAY.reports if each.edit is not None]
    assert report.edit is not None
    outlet = next(each for each in DAY.outlets if each.id == report.outlet)
    alone = NewsDay((outlet,), (replace(DAY.reports[0], outlet=outlet.id), report, replace(report, id="last")), 1)
    late = replace(alone.reports[2], at=time(23), edit=None)
    clock = Clock()
    async with FeedServer(replace(alone, reports=(*alone.reports[:2], late)), **QUICK, clock=clock) as server:
        server.begin()
        found = []
        for clock.seconds in (1.0, 500.0):
            async with client.get(server.address(outlet)) as response:
                body, modified = await response.read(), response.headers["Last-Modified"]
            parsed = parse_document(body, content_type=response.headers["Content-Type"], url=server.address(outlet))
            newest = parsed.entries[0]
            found.append((html_to_text(newest.title), newest.guid, newest.link, parsedate_to_datetime(modified)))
    (before, *same, old), (after, *same_too, new) = found
    assert (before, after) == (report.title, report.edit.title)
    assert same == same_too
    assert new > old


async def test_it_says_when_every_feed_was_given_out(server: FeedServer, client: aiohttp.ClientSession) -> None:
    """The live part may begin only after every outlet has had its first poll."""
    for outlet in DAY.outlets:
        assert not server.baseline_fetched.is_set()
        async with client.get(server.address(outlet)) as response:
            await response.read()
    assert server.baseline_fetched.is_set()


@pytest.mark.parametrize(("trouble", "part"), [("flaky", 0.35), ("slow", 0.6)])
async def test_troubles_come_in_the_live_part_and_pass(
    client: aiohttp.ClientSession, trouble: str, part: float
) -> None:
    """The flaky outlet answers 503 and the slow one late, for a while only."""
    (outlet,) = [outlet for outlet in DAY.outlets if outlet.trouble == trouble]
    clock = Clock()
    async with FeedServer(DAY, live_seconds=100.0, slowness=30.0, clock=clock) as server:
        server.begin()
        for seconds, well in ((0.0, True), (part * 100, False), (90.0, True)):
            clock.seconds = seconds
            try:
                async with client.get(server.address(outlet), timeout=aiohttp.ClientTimeout(total=1.0)) as response:
                    assert (response.status == 200) is well
            except TimeoutError:
                assert not well
                assert trouble == "slow"


async def test_links_lead_to_pages(server: FeedServer, client: aiohttp.ClientSession) -> None:
    """A report's link opens it; what is not there is not found."""
    async with client.get(server.pages()[0]) as response:
        assert DAY.reports[0].title in await response.text()
    base = server.address(DAY.outlets[0]).removesuffix("/feed")
    for path in (f"{base}/nothing.html", f"{base}x/feed"):
        async with client.get(path) as response:
            assert response.status == 404
