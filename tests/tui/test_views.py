"""What the list holds: matches, all entries, unread, starred, those of a feed, rule or story; its days; its news."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from digest.store import open_store
from digest.store.dashboard import Dashboard
from digest.store.schema import entries, matches
from digest.tui.palette import Ink
from digest.tui.widgets.lines import Days, EntryOrder
from digest.values.listing import ListPlaces
from digest.values.news import Outcome
from tests.tui.newsdesk import NOW
from tests.tui.stage import settle, staged, text_of, until
from tests.tui.test_following import arrive

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from digest.tui.app import DashboardApp


def is_at(app: DashboardApp, entry: int) -> bool:
    """Whether the cursor is on an entry."""
    return app.matches.selected == entry


async def listed(app: DashboardApp, pilot: Pilot[int], *keys: str) -> tuple[str, int]:
    """The list's heading and how many entries it holds, after some keys."""
    await pilot.press(*keys)
    await settle(app, pilot)
    return app.matches.heading, len(app.matches.order)


# --- views -----------------------------------------------------------------------------------------------------------


async def test_every_view_is_named_and_counted(day: str) -> None:
    """Matches, all entries, unread, starred and both at once; the heading says which, and the same key leads back."""
    async with staged(day) as (app, pilot):
        assert await listed(app, pilot) == ("MATCHES", 69)
        assert await listed(app, pilot, "a") == ("ALL ENTRIES", 78)
        assert any("78 of 78" in line for line in text_of(app))
        assert await listed(app, pilot, "U") == ("ALL ENTRIES, UNREAD", 50)
        assert await listed(app, pilot, "a") == ("UNREAD", 41)
        assert await listed(app, pilot, "U") == ("MATCHES", 69)
        await pilot.press("j", "s")
        await settle(app, pilot)
        assert await listed(app, pilot, "S") == ("STARRED", 1)
        assert await listed(app, pilot, "S") == ("MATCHES", 69)


async def test_what_was_starred_without_a_match_is_in_the_starred_view(day: str) -> None:
    """A star is the user's word, whatever the rules say."""
    async with staged(day) as (app, pilot):
        await listed(app, pilot, "a")
        await pilot.press("s")
        await settle(app, pilot)
        assert await listed(app, pilot, "S") == ("STARRED", 1)


async def test_enter_on_a_feed_opens_its_entries(day: str) -> None:
    """All of them, matches or not; a rule chosen then lists its own, of any feed."""
    async with staged(day) as (app, pilot):
        await pilot.press("2", "j")
        await settle(app, pilot)
        assert await listed(app, pilot, "3", "j", "enter") == ("Volga Post", 1)
        assert app.focused is app.matches
        assert await listed(app, pilot, "2", "j") == ("Missile and rocket launches", 14)
        assert await listed(app, pilot, "escape", "escape") == ("MATCHES", 69)


async def test_a_story_is_a_view_that_keeps_the_place(day: str) -> None:
    """Of the entry under the cursor, all its reports; the cursor stays on the entry, there and back."""
    async with staged(day) as (app, pilot):
        chosen = app.matches.selected
        heading, number = await listed(app, pilot, "I")
        assert (heading.partition(" ")[0], number) == ("STORY", 10)
        assert app.matches.selected == chosen
        assert app.matches.position == (7, 10)
        assert await listed(app, pilot, "I") == ("MATCHES", 69)
        assert app.matches.position == (1, 69)
        assert app.matches.selected == chosen


async def test_what_a_first_poll_brought_is_listed_and_counted_nowhere_else(day: str) -> None:
    """Neither today nor an hour nor a rule counts it: it was there before."""
    midnight = NOW - timedelta(hours=14)
    with open_store(day) as store:
        before = Dashboard(store.database).figures(NOW, midnight)
        with store.database.write() as (connection, seq):
            some = select(entries.c.id).where(entries.c.severity.is_not(None)).order_by(entries.c.first_seen.desc())
            ids = connection.execute(some.limit(9)).scalars().all()
            connection.execute(update(entries).where(entries.c.id.in_(ids)).values(baseline=True, seq=seq))
            mine = update(matches).where(matches.c.entry_id.in_(ids))
            of_them = connection.execute(mine.values(outcome=Outcome.BASELINE.value)).rowcount
        after = Dashboard(store.database).figures(NOW, midnight)
        assert (before.today, after.today) == (69, 60)
        assert sum(before.hours) - sum(after.hours) == 9
        book = Dashboard(store.database).rule_book(midnight, NOW)
        assert sum(rule.hits for rule in book.rules) == 70 - of_them
    async with staged(day) as (app, _):
        assert len(app.matches.order) == 69
        assert any("60 today" in line for line in text_of(app))
        assert any("│ ·" in line and "Drone hits" in line for line in text_of(app))


async def test_unread_is_found_beyond_what_is_in_memory(day: str) -> None:
    """The next unread may be a hundred thousand lines below: the store knows it."""
    with open_store(day) as store, store.database.write() as (connection, seq):
        connection.execute(update(entries).values(read_at=NOW, seq=seq))
        oldest = select(entries.c.id).where(entries.c.severity.is_not(None)).order_by(entries.c.first_seen).limit(1)
        last = connection.execute(oldest).scalar_one()
        connection.execute(update(entries).where(entries.c.id == last).values(read_at=None, seq=seq))
    async with staged(day) as (app, pilot):
        here = set(app.matches.order.ids(0, 20))
        app.matches._rows = {entry: row for entry, row in app.matches._rows.items() if entry in here}
        await pilot.press("n")
        await until(pilot, lambda: app.matches.selected == last)
        await pilot.press("n")
        await until(pilot, lambda: any("no other entry here is unread" in line for line in text_of(app)))
        await pilot.press("g", "N")
        await until(pilot, lambda: any("no entry above is unread" in line for line in text_of(app)))


async def test_that_the_next_unread_is_at_the_top_again_is_said(day: str) -> None:
    """Below the cursor there is none: who goes on without knowing would read what was put off anew."""
    async with staged(day) as (app, pilot):
        top = app.matches.order[0]
        with open_store(day) as store, store.database.write() as (connection, seq):
            connection.execute(update(entries).where(entries.c.id != top).values(read_at=NOW, seq=seq))
        await until(pilot, lambda: app.snapshot is not None and app.snapshot.figures.unread == 1)
        await settle(app, pilot)
        await pilot.press("G", "n")
        await until(pilot, lambda: "from the top again" in text_of(app)[-1])
        assert app.matches.selected == top


async def test_after_the_last_unread_entry_of_a_feed_comes_the_next_feed(day: str) -> None:
    """Feed after feed in the order of the pane, past those with nothing unread; with none left it says so."""
    with open_store(day) as store, store.database.write() as (connection, seq):
        feeds = dict.fromkeys(connection.execute(select(entries.c.feed_id).order_by(entries.c.feed_id)).scalars())
        first, skipped, third = [*feeds][:3]
        unread = {}
        connection.execute(update(entries).values(read_at=NOW, seq=seq))
        for feed in (first, third):
            unread[feed] = connection.execute(
                select(entries.c.id).where(entries.c.feed_id == feed, ~entries.c.baseline).limit(1)
            ).scalar_one()
            connection.execute(update(entries).where(entries.c.id == unread[feed]).values(read_at=None, seq=seq))
    async with staged(day) as (app, pilot):
        app.show_listing(matched=False, feed=skipped)
        await settle(app, pilot)
        for feed in (third, first):
            await pilot.press("n")
            await until(pilot, partial(is_at, app, unread[feed]))
            assert app._scope.listing.feed == feed
            await pilot.press("m")
            await settle(app, pilot)
        await pilot.press("n")
        await until(pilot, lambda: any("no other entry here is unread" in line for line in text_of(app)))
        assert app._scope.listing.feed == first


# --- days ------------------------------------------------------------------------------------------------------------

TIMES = st.lists(st.integers(0, 40 * 24 * 60), max_size=60)
"""Minutes before the pictures' moment, or after it."""


@given(TIMES, st.sampled_from(["Asia/Seoul", "America/Havana", "Africa/Casablanca"]))
def test_every_day_begins_with_a_line(minutes: list[int], name: str) -> None:
    """Every entry has a line, in order; one of another day than the one above it has the day's name between them."""
    zone = ZoneInfo(name)
    newest = round(NOW.timestamp() * 1000) + 86_400_000
    came = ((newest - minute * 60_000, entry) for entry, minute in enumerate(minutes, start=1))
    order = EntryOrder(ListPlaces(sorted(came, reverse=True)))
    days = Days(order, NOW, zone)
    shown = [days.name(line) or days.entry(line) for line in range(len(days))]
    assert [each for each in shown if isinstance(each, int)] == list(range(len(order)))
    for entry in range(len(order)):
        line = days.line(entry)
        assert days.name(line) == ""
        assert days.entry(line) == entry
        of_today = order.time(entry).astimezone(zone).date() == NOW.astimezone(zone).date()
        before = order.time(entry - 1).astimezone(zone).date() if entry else None
        begins = before != order.time(entry).astimezone(zone).date() and not (entry == 0 and of_today)
        assert bool(line and days.name(line - 1)) is begins


def test_absurd_times_end_the_days_and_nothing_else() -> None:
    """The first day that there is has no midnight in some zones."""
    first = round((datetime.min.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)
    order = EntryOrder(ListPlaces([(round(NOW.timestamp() * 1000), 2), (first, 1)]))
    days = Days(order, NOW, ZoneInfo("America/Havana"))
    assert [days.entry(line) for line in range(len(days)) if not days.name(line)] == [0, 1]


async def test_old_rows_stand_under_their_day_with_their_hour(day: str) -> None:
    """What came late has its date: it stands under the day on which it came."""
    with open_store(day) as store, store.database.write() as (connection, seq):
        ids = connection.execute(
            select(entries.c.id).where(entries.c.severity.is_not(None)).order_by(entries.c.first_seen.desc()).limit(5)
        ).scalars()
        for number, entry in enumerate(ids):
            came = NOW - timedelta(hours=1, days=number // 2)
            said = came - timedelta(days=2) if number == 3 else came
            mine = update(entries).where(entries.c.id == entry)
            connection.execute(mine.values(first_seen=came, published=said, seq=seq))
    async with staged(day) as (app, pilot):
        await pilot.press("G")
        await settle(app, pilot)
        lines = [line[28:118] for line in text_of(app)]
        (yesterday,) = [place for place, line in enumerate(lines) if "Yesterday, Mon 23 Nov ───" in line]
        assert sorted(line.split()[1 + ("●" in line)] for line in lines[yesterday + 1 : yesterday + 3]) == [
            "13:07",
            "21",
        ]
        assert "Sun 22 Nov ───" in lines[yesterday + 3]
        before = app.matches.position
        await pilot.click("#matches", offset=(60, yesterday - 1))
        assert app.matches.position == before
        await pilot.click("#matches", offset=(60, yesterday))
        assert app.matches.position == (67, 69)


async def test_at_midnight_today_becomes_yesterday(day: str) -> None:
    """The line of the day comes above what was today's, and the cursor keeps its place on the screen."""
    async with staged(day, (120, 20)) as (app, pilot):
        await pilot.press(*("j",) * 30)
        await settle(app, pilot)
        selected, line = app.matches.selected, app.matches._days.line(app.matches._cursor) - app.matches._top
        app.matches._now = lambda: NOW + timedelta(hours=10)
        app.matches.tick()
        assert app.matches.selected == selected
        assert app.matches._days.line(app.matches._cursor) - app.matches._top == line
        assert app.matches._days.name(0) == "Yesterday, Tue 24 Nov"


# --- what is new -----------------------------------------------------------------------------------------------------


def new_ones(app: DashboardApp) -> list[int]:
    """The entries in view whose time is marked."""
    rows = [(entry, app.matches._rows[entry]) for entry in app.matches.order.ids(0, app.matches.seen)]
    times = [(entry, app.matches._time(place, row)) for place, (entry, row) in enumerate(rows)]
    return [entry for entry, time in times if time.ink is Ink.ACCENT_BOLD]


async def test_new_rows_are_marked_until_somebody_looks(day: str) -> None:
    """What came in while nobody was there, and what g lets in; the next move takes the marks off."""
    async with staged(day) as (app, pilot):
        assert new_ones(app) == []
        came = arrive(day, "One comes in", "Another comes in")
        await until(pilot, lambda: sorted(new_ones(app)) == came)
        await pilot.press("j")
        assert new_ones(app) == []
        waiting = arrive(day, "One waits")
        await until(pilot, lambda: app.matches.order.waiting == 1)
        await pilot.press("g")
        await settle(app, pilot)
        assert new_ones(app) == waiting
        await pilot.press("m")
        assert new_ones(app) == []


async def test_the_open_article_stays_whatever_comes(day: str) -> None:
    """A click into the reader is reading, too."""
    async with staged(day) as (app, pilot):
        await pilot.click("#reader", offset=(20, 4))
        await settle(app, pilot)
        reads = app.matches.selected
        arrive(day, "One to wait")
        await until(pilot, lambda: app.matches.order.waiting == 1)
        assert app.matches.selected == reads
        assert app.reader.detail is not None
        assert app.reader.detail.entry.id == reads


@pytest.mark.parametrize("size", [(120, 14), (40, 8)])
async def test_what_waits_is_told_where_there_is_no_bar(day: str, size: tuple[int, int]) -> None:
    """In the frame, or wherever the count stands."""
    async with staged(day, size) as (app, pilot):
        assert not app.matches.has_bar
        await pilot.press("j")
        arrive(day, "One to wait")
        await until(pilot, lambda: app.matches.order.waiting == 1)
        assert "1 new" in "".join(span.text for span in app.matches.count())
        assert size[0] < 120 or any("↑ 1 new" in line for line in text_of(app))


def test_a_store_finds_urgent_entries_that_came(day: str) -> None:
    """Unread ones that were touched since, of the last hour only."""
    with open_store(day) as store:
        dashboard, since = Dashboard(store.database), store.seq() - 1
        assert len(dashboard.urgent(since, NOW - timedelta(hours=1))) == 1
        assert dashboard.urgent(since, NOW - timedelta(minutes=9)) == []
        assert dashboard.urgent(store.seq(), NOW - timedelta(hours=1)) == []


async def test_a_list_that_was_left_by_somebody_who_read_is_found_again(day: str) -> None:
    """With the cursor where it was; one that was followed is followed again."""
    async with staged(day) as (app, pilot):
        feed = next(each.id for each in app.snapshot.feeds)  # type: ignore[union-attr]
        app.show_listing(feed=feed)
        await settle(app, pilot)
        app.show_listing(feed=None)
        await settle(app, pilot)
        assert app.matches.following
        await pilot.press("j", "j", "j")
        place = app.matches.selected
        app.show_listing(feed=feed)
        await settle(app, pilot)
        assert app.matches.following
        app.show_listing(feed=None)
        await settle(app, pilot)
        assert (app.matches.selected, app.matches.following) == (place, False)
