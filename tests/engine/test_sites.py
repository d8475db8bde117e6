"""Sites without feeds, polled like feeds: pages, Telegram channels, news sitemaps; with a real server and child."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from digest.config import PollConfig
from digest.engine.discovery import _discover
from digest.engine.polling.poll import Poller
from digest.values.news import Outcome
from digest.values.settings import FeedAccess, FeedSpec, PageSelectors, PublicChannel, Reading
from digest.values.states import PollHints
from tests.fakes.raw_server import answer, serving
from tests.fakes.telegram_web import channel_page, message, no_messages

if TYPE_CHECKING:
    from digest.values.news import PollResult
    from tests.engine.conftest import Polls


async def poll(polls: Polls, url: str, reading: Reading | None) -> PollResult:
    """Poll what is read so, and commit."""
    store, now = polls.tools.store.polls, datetime.now(UTC)
    others = [feed.spec for feed in store.all_feeds() if feed.spec.url != url]
    store.sync_feeds([*others, FeedSpec(url, reading=reading)], default_every=timedelta(minutes=10), now=now)
    return await polls.poll(url)


def page(*titles: str, tag: str = "li") -> bytes:
    """A page that lists these."""
    items = "".join(f"<{tag} class=n><a href='/{title[0]}'>{title}</a></{tag}>" for title in titles)
    return f"<!doctype html><html><head><title>Site</title></head><body>{items}</body></html>".encode()


async def test_a_page_is_polled_like_a_feed(polls: Polls) -> None:
    """Baseline, then what is new by its link, and an edit of what is known; unchanged costs a hash."""
    selectors = PageSelectors("li.n")
    async with serving({"/": answer(200, page("b old", "a rocket"), Content_Type="text/html")}) as server:
        url = server.url()
        first = await poll(polls, url, selectors)
        assert (first.update.baseline, [entry.text.title for entry in first.entries]) == (True, ["a rocket", "b old"])
        assert first.entries[0].url == f"{url.rstrip('/')}/a"
        assert polls.feed(url).title == "Site"
        unchanged = await poll(polls, url, selectors)
        assert (unchanged.update.ok, unchanged.update.body_hash, unchanged.entries) == (True, None, ())
        server.answers["/"] = answer(200, page("c rocket", "b older", "a rocket"), Content_Type="text/html")
        assert [entry.text.title for entry in (await poll(polls, url, selectors)).entries] == ["c rocket"]
        assert polls.outcomes()["c rocket"] == Outcome.ALERT


async def test_a_page_that_changed_its_markup_is_failing_and_comes_back_without_alerts(polls: Polls) -> None:
    """Which selector finds nothing is said; new selectors read the same page anew, and what is known is known."""
    body = page("a rocket", "b")
    async with serving({"/": answer(200, body, Content_Type="text/html", ETag='"1"')}) as server:
        url = server.url()
        await poll(polls, url, PageSelectors("li.n"))
        server.answers["/"] = answer(200, page("a rocket", "b", "c rocket", tag="div"), Content_Type="text/html")
        failed = await poll(polls, url, PageSelectors("li.n"))
        assert not failed.update.ok
        assert failed.update.error.startswith("entry = “li.n” finds nothing on the page")
        mended = await poll(polls, url, PageSelectors("div.n"))
        assert "if-none-match" not in server.asked[-1]
        assert (mended.update.ok, [entry.text.title for entry in mended.entries]) == (True, ["c rocket"])


async def test_what_is_missing_from_every_entry_is_told_and_the_feed_is_well(polls: Polls) -> None:
    """A date that cannot be found costs no alert."""
    async with serving({"/": answer(200, page("a", "b"), Content_Type="text/html")}) as server:
        found = await poll(polls, server.url(), PageSelectors("li.n", date="time"))
        assert (found.update.ok, found.update.error.startswith("date = “time” finds nothing")) == (True, True)


CHALLENGE = (
    b"<!doctype html><html><head><title>One moment, please</title></head><body><h1>site.example</h1>"
    b"<p>Verify you are human by completing the action below.</p></body></html>"
)


@pytest.mark.parametrize("reading", [None, PageSelectors("li.n"), PublicChannel("desk")])
async def test_a_page_that_wants_proof_of_a_person_is_told_as_such(polls: Polls, reading: Reading | None) -> None:
    """In the place of a feed or of a page, with status 200."""
    async with serving({"/": answer(200, CHALLENGE, Content_Type="text/html")}) as server:
        failed = await poll(polls, server.url(), reading)
        assert failed.update.error == "the site answers with a page that asks for proof that a person is reading"


async def test_a_telegram_channel_is_polled_like_a_feed(polls: Polls) -> None:
    """What comes alerts, what is edited does not; a preview that is switched off is failing, in words."""
    first = channel_page(message(1, "A rocket"))
    async with serving({"/s/desk": answer(200, first.encode(), Content_Type="text/html")}) as server:
        url, channel = server.url("/s/desk"), PublicChannel("desk")
        assert (await poll(polls, url, channel)).update.baseline
        assert polls.feed(url).title == "The desk & more"
        more = channel_page(message(1, "A rocket, edited"), message(2, "Another rocket<br>It flew."))
        server.answers["/s/desk"] = answer(200, more.encode(), Content_Type="text/html")
        (new,) = (await poll(polls, url, channel)).entries
        assert (new.text.title, new.text.content, new.url) == ("Another rocket", "It flew.", "https://t.me/desk/2")
        assert polls.owed() == ["Another rocket"]
        server.answers["/s/desk"] = answer(302, Location="/desk")
        server.answers["/desk"] = answer(200, no_messages("The desk", extra="9 subscribers").encode())
        assert "has its web preview switched off" in (await poll(polls, url, channel)).update.error


def sitemap(*titles: str) -> bytes:
    """A news sitemap."""
    pages = "".join(
        f"<url><loc>https://x.example/{title[0]}</loc><n:news><n:title>{title}</n:title></n:news></url>"
        for title in titles
    )
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="n">{pages}</urlset>'.encode()


async def test_a_sitemap_index_is_read_where_it_leads(polls: Polls) -> None:
    """Also when the index stays the same and what it leads to changes; unchanged news cost a hash."""
    async with serving({"/news.xml": answer(200, sitemap("a rocket"), ETag='"child"')}) as server:
        child = f"<sitemapindex><sitemap><loc>{server.url('/news.xml')}</loc></sitemap></sitemapindex>"
        server.answers["/"] = answer(200, child.encode(), ETag='"index"')
        url = server.url()
        assert (await poll(polls, url, None)).update.baseline
        again = await poll(polls, url, None)
        assert (again.update.ok, again.update.body_hash) == (True, None)
        server.answers["/news.xml"] = answer(200, sitemap("b rocket", "a rocket"))
        assert [entry.text.title for entry in (await poll(polls, url, None)).entries] == ["b rocket"]
        server.answers["/news.xml"] = answer(
            200, f"<sitemapindex><sitemap><loc>{url}</loc></sitemap></sitemapindex>".encode()
        )
        assert "another one" in (await poll(polls, url, None)).update.error
        server.answers["/news.xml"] = answer(410)
        gone = (await poll(polls, url, None)).update
        assert (gone.gone, gone.error.partition(": 410")[0]) == (False, "the sitemap that it leads to")


async def test_where_an_index_leads_is_asked_with_what_the_feed_is_asked_with(polls: Polls) -> None:
    """Its proxy and its login: the news of a site that wants one lie behind the same one."""
    async with serving({"/news.xml": answer(200, sitemap("a rocket"))}) as server:
        child = f"<sitemapindex><sitemap><loc>{server.url('/news.xml')}</loc></sitemap></sitemapindex>"
        server.answers["/"] = answer(200, child.encode())
        tools = replace(polls.tools, access=lambda _: FeedAccess((("X-Key", "sesame"),)))
        polls.poller = Poller(lambda: polls.config, tools)
        assert (await poll(polls, server.url(), None)).update.ok
    assert [asked["x-key"] for asked in server.asked] == ["sesame", "sesame"]


async def test_a_feed_that_is_found_behind_a_login_is_still_asked_with_it_where_it_moved() -> None:
    """The address that it moved to is told without the login: that one alone would be refused."""
    async with serving(
        {"/old": answer(301, Location="/"), "/": answer(200, rss("Sun, 22 Nov 2026 10:00 GMT"))}
    ) as server:
        moved = await _discover(server.url("/old"), PollConfig(private_hosts=True))
        with_login = server.url("/old").replace("//", "//me:sesame@")
        kept = await _discover(with_login, PollConfig(private_hosts=True))
    assert [each.url for each in (*moved.feeds, *kept.feeds)] == [server.url(), with_login]


# --- how often -----------------------------------------------------------------------------------------------------


def rss(*dates: str, head: str = "") -> bytes:
    """A feed of entries of these dates."""
    items = "".join(f"<item><title>at {date}</title><pubDate>{date}</pubDate></item>" for date in dates)
    return f"<rss version='2.0'><channel><title>x</title>{head}{items}</channel></rss>".encode()


async def test_a_feeds_rhythm_is_learned_from_its_first_document_and_kept(polls: Polls) -> None:
    """By the dates of its entries, with what it asks for; what is unchanged leaves it as it is."""
    now = datetime.now(UTC)
    dates = [(now - timedelta(minutes=10 * number)).isoformat() for number in range(1, 100)]
    async with serving({"/": answer(200, rss(*dates, head="<ttl>30</ttl>"))}) as server:
        await polls.poll(server.url())
        feed = polls.feed(server.url())
        assert feed.rhythm.events == pytest.approx(99, abs=3)
        assert feed.rhythm.hints == PollHints(timedelta(minutes=30))
        assert timedelta(minutes=2) < feed.interval < timedelta(minutes=6)
        assert (await polls.poll(server.url())).update.rhythm is None
        assert polls.feed(server.url()).rhythm == feed.rhythm


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ({}, 9, 11),
        ({"Cache_Control": "public, max-age=2400"}, 35, 45),
        ({"Cache_Control": "max-age=2400", "Age": "1500"}, 13, 17),
        ({"Cache_Control": "no-cache, max-age=2400"}, 9, 11),
        ({"Cache_Control": "s-maxage=2400"}, 9, 11),
    ],
)
async def test_what_stays_fresh_is_not_asked_for_sooner(
    polls: Polls, headers: dict[str, str], least: float, most: float
) -> None:
    """``max-age``, less what the copy is old already."""
    async with serving({"/": answer(200, rss(), **headers)}) as server:
        update = (await polls.poll(server.url())).update
        assert least <= (update.next_due - update.attempted) / timedelta(minutes=1) <= most


def test_feed_specs_say_their_key() -> None:
    """For messages that name a place in the config."""
    spec = FeedSpec("https://x.example/")
    keys = [replace(spec, reading=each).key for each in (None, PageSelectors("li"), PublicChannel("desk"))]
    assert keys == ["url", "page", "telegram"]
