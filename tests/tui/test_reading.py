"""Reading the news from top to bottom: what counts as read, what figures agree, what is said where nothing is there."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from digest.store import open_store
from digest.store import schema as tables
from digest.store.dashboard import Dashboard
from digest.store.pages import last_hits
from digest.store.statistics import Stretch, read_statistics, rule_figures
from digest.tui.actions import Subject
from digest.tui.pages.feeds import FeedsPage
from digest.values.listing import Listing
from digest.values.news import Outcome
from digest.watch.health import is_wrong
from digest.words import midnight
from tests.fakes.stores import store_url
from tests.tui.newsdesk import NOW, ZONE
from tests.tui.stage import places_in, settle, staged, text_of, until
from tests.tui.test_following import arrive

if TYPE_CHECKING:
    from pathlib import Path

    from digest.tui.app import DashboardApp


def test_pages_count_what_the_rules_pane_counts(week: Path) -> None:
    """What feeds held before Digest knew them is no hit anywhere: not in pane, statistics, page of rules, last hit."""
    with open_store(store_url(week / "digest.db")) as store:
        with store.database.write() as (connection, _):
            old = tables.matches.c.rule == "nuclear"
            connection.execute(update(tables.matches).where(old).values(outcome=Outcome.BASELINE))
        start = midnight(NOW, ZONE)
        pane = {rule.id: rule.hits for rule in Dashboard(store.database).rule_book(start, NOW).rules if rule.hits}
        stretch = Stretch(start, timedelta(days=1), 1)
        assert {each.rule: each.hits[0] for each in rule_figures(store.database, stretch)} == pane
        assert read_statistics(store.database, stretch).hits == sum(pane.values())
        after = Stretch(stretch.end, timedelta(days=1), 1)
        assert read_statistics(store.database, after).before == sum(pane.values())
        assert "nuclear" not in {*last_hits(store), *pane}


async def test_every_feed_that_the_first_line_counts_as_failing_stands_among_the_troubles(week: Path) -> None:
    """Each by its name, with what happened; one that is watched for it already is told there, once."""
    with open_store(store_url(week / "digest.db")) as store:
        with store.database.write() as (connection, seq):
            broken = {"failures": 1, "last_error": "404: there is no such page", "last_ok": None, "seq": seq}
            connection.execute(update(tables.feeds).where(tables.feeds.c.id < 3).values(broken))
        failing = [feed.name for feed in store.polls.all_feeds() if is_wrong(feed, NOW)]
        watched = [each.sentence for each in store.conditions.known() if not each.ended and "failing" in each.key]
    async with staged(store_url(week / "digest.db"), places=places_in(week)) as (app, pilot):
        assert f"▲ {len(failing)} feeds failing" in text_of(app)[0]
        await pilot.press("T")
        await settle(app, pilot)
        told = [line for line in text_of(app) if line.strip().startswith("▲")]
        assert all(sum(name in line for line in told) == 1 for name in failing), (failing, told)
        assert len(failing) > len(watched)


async def test_what_is_opened_with_n_is_read(day: str) -> None:
    """In the list n only moves; in the open reader each entry that it brings is read, the last one, too."""
    async with staged(day) as (app, pilot):
        await pilot.press("n", "n")
        await settle(app, pilot)
        assert _unread(app) == 41
        await pilot.press("enter")
        await settle(app, pilot)
        for left in (39, 38):
            await pilot.press("n")
            await settle(app, pilot)
            assert app.matches.selected_row is not None
            assert not app.matches.selected_row.unread
            assert _unread(app) == left
        await pilot.press("N")
        await settle(app, pilot)
        assert _unread(app) == 37  # the one above the entry that was opened first


def _unread(app: DashboardApp) -> int:
    with open_store(app.url) as store:
        return len(Dashboard(store.database).order(Listing(unread=True)))


async def test_nothing_is_marked_as_read_that_was_not_unread(day: str) -> None:
    """What a first poll brought is not counted, and where nothing is unread, nothing can be taken back."""
    with open_store(day) as store, store.database.write() as (connection, seq):
        connection.execute(update(tables.entries).where(tables.entries.c.id < 10).values(baseline=True, seq=seq))
    async with staged(day) as (app, pilot):
        await pilot.press("a")
        await settle(app, pilot)
        unread = _unread_of_all(app)
        await pilot.press("A")
        await until(pilot, lambda: any(f"marked as read: {unread} entries" in line for line in text_of(app)))
        await pilot.press("A")
        await until(pilot, lambda: any("not done: nothing of it is unread" in line for line in text_of(app)))
        await pilot.press("u")
        await until(pilot, lambda: any(f"{unread} entries unread again" in line for line in text_of(app)))
        assert _unread_of_all(app) == unread


def _unread_of_all(app: DashboardApp) -> int:
    with open_store(app.url) as store:
        return len(Dashboard(store.database).order(Listing(matched=False, unread=True)))


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (("m",), "such an entry is never unread"),
        (("i",), "i: there is no story here"),
        (("X",), "X: there is no story here"),
        (("9",), "9: there is no link here"),
        (("C", "n"), "n is for the list: Esc goes back to it"),
    ],
)
async def test_a_key_that_does_nothing_says_why(day: str, keys: tuple[str, ...], said: str) -> None:
    """It is a key of the list, and there is nothing here that it could act on."""
    with open_store(day) as store, store.database.write() as (connection, seq):
        connection.execute(update(tables.entries).values(baseline=True, story_id=0, seq=seq))
    async with staged(day) as (app, pilot):
        await pilot.press(*keys)
        await until(pilot, lambda: said in text_of(app)[-1])


async def test_escape_takes_one_thing_off_at_a_time(day: str) -> None:
    """First what was typed, then the view; the view that was filtered is not lost with its filter."""
    async with staged(day) as (app, pilot):
        await pilot.press("a", "slash", *"syria", "enter")
        await until(pilot, lambda: app.filter_words() == "all entries / syria")
        await settle(app, pilot)
        for words in ("all entries", ""):
            await pilot.press("escape")
            await settle(app, pilot)
            assert app.filter_words() == words
            await asyncio.sleep(0.2)  # typing settles, and must not bring it back
            assert app.filter_words() == words


async def test_the_reader_names_the_day_of_what_is_old(day: str) -> None:
    """A year says too little, and thousands of days nothing."""
    old = NOW.replace(year=NOW.year - 9, month=1, day=7)
    with open_store(day) as store, store.database.write() as (connection, seq):
        connection.execute(update(tables.entries).values(published=old, seq=seq))
    async with staged(day) as (app, _):
        assert any("Sat 7 Jan 2017, 9 years ago" in line for line in text_of(app))


async def test_what_was_said_of_the_list_does_not_stand_on_a_page(day: str) -> None:
    """A page begins with nothing said, and so does the list when the page is gone."""
    async with staged(day) as (app, pilot):
        await pilot.press("u")
        await until(pilot, lambda: "nothing was done that could be taken back" in text_of(app)[-1])
        await pilot.press("H")
        await until(pilot, lambda: app.page is not None)
        await settle(app, pilot)
        assert "taken back" not in text_of(app)[-1]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (("S",), "Nothing here is starred"),
        (("U",), "Nothing is unread here"),
        (("3", "enter"), "404: there is no such page"),
        (("a", "slash", *"zzzz", "enter"), "No entry passes the filter all entries / zzzz"),
    ],
)
async def test_an_empty_list_says_of_what_there_is_nothing(day: str, keys: tuple[str, ...], said: str) -> None:
    """Not starred, all read, a feed that has failed ever since; and that Esc leads back."""
    with open_store(day) as store, store.database.write() as (connection, seq):
        feed = connection.execute(select(tables.feeds.c.id).order_by(tables.feeds.c.id).limit(1)).scalar_one()
        other = select(tables.feeds.c.id).order_by(tables.feeds.c.id.desc()).limit(1)
        connection.execute(update(tables.entries).values(baseline=True, feed_id=other.scalar_subquery(), seq=seq))
        broken = {"failures": 3, "last_error": "404: there is no such page", "seq": seq}
        connection.execute(update(tables.feeds).where(tables.feeds.c.id == feed).values(broken))
    async with staged(day) as (app, pilot):
        await pilot.press(*keys)
        await until(pilot, lambda: app.snapshot is not None and not len(app.matches.order))
        await until(pilot, lambda: any(said in line for line in text_of(app)))
        assert any("Esc leads back" in line for line in text_of(app))


@pytest.mark.parametrize(("cells", "rows"), [(120, 36), (80, 24), (60, 50)])
async def test_the_page_of_feeds_counts_what_of_each_is_unread(week: Path, cells: int, rows: int) -> None:
    """Whether a rule found it or not: it is what Enter on the feed lists."""
    url = store_url(week / "digest.db")
    with open_store(url) as store:
        counts = Dashboard(store.database).unread_by_feed()
        of_each = {feed.name: feed.id for feed in store.polls.all_feeds()}
        for feed in of_each.values():
            listing = Listing(matched=False, unread=True, feed=feed)
            assert counts.get(feed, 0) == len(Dashboard(store.database).order(listing))
    assert sum(counts.values()) > 0
    async with staged(url, (cells, rows), places=places_in(week)) as (app, pilot):
        await pilot.press("H")
        await settle(app, pilot)
        lines = text_of(app)
        head = next(line for line in lines if "unread" in line and "next" in line)
        end = head.index("unread") + len("unread")
        shown = {name: line for name in of_each for line in lines[2:] if f"✓ {name} " in line}
        assert shown
        for name, line in shown.items():
            assert line[:end].split()[-1] == str(counts.get(of_each[name], 0))


async def test_n_leaves_no_unread_entry_out(day: str) -> None:
    """After the last one it goes on at the top: nothing is called read that is not, and what waits is told."""
    async with staged(day) as (app, pilot):
        await pilot.press("G")
        await settle(app, pilot)
        seen = set()
        for _ in range(_unread(app)):
            await pilot.press("n", "m")
            await settle(app, pilot)
            seen.add(app.matches.selected)
        assert len(seen) == 41
        assert _unread(app) == 0
        arrive(day, "Third missile falls short")
        await until(pilot, lambda: app.matches.order.waiting == 1)
        await pilot.press("n")
        await until(pilot, lambda: "no other entry here is unread, 1 new one came: g" in text_of(app)[-1])


@pytest.mark.parametrize("cells", [120, 80])
async def test_feed_after_feed_is_read_from_the_page_of_feeds(week: Path, cells: int) -> None:
    """It begins on the feed whose entries are listed: one line down is the next."""
    async with staged(store_url(week / "digest.db"), (cells, 36), places=places_in(week)) as (app, pilot):
        await pilot.press("H")
        await settle(app, pilot)
        read = []
        for _ in range(3):
            await pilot.press("j", "enter")
            await settle(app, pilot)
            read.append(app.feed_here)
            await pilot.press("H")
            await settle(app, pilot)
        assert isinstance(app.page, FeedsPage)
        rows = [row.key for row in app.page.rows(60) if row.key is not None]
        assert read == rows[1:4]


async def test_a_whole_feed_is_caught_up_with_from_the_feeds(week: Path) -> None:
    """There, and on their page, the key is for the feed under the cursor alone; it is taken back like all else."""
    async with staged(store_url(week / "digest.db"), places=places_in(week)) as (app, pilot):
        with open_store(store_url(week / "digest.db")) as store:
            board = Dashboard(store.database)
            before = board.unread_by_feed()
            assert len(before) > 1
            await pilot.press("3")
            await settle(app, pilot)
            while app.at_hand().get(Subject.FEED) not in before:
                await pilot.press("j")
            feed = app.at_hand()[Subject.FEED]
            await pilot.press("A")
            await until(pilot, lambda: board.unread_by_feed() == {key: before[key] for key in before if key != feed})
            await pilot.press("u")
            await until(pilot, lambda: board.unread_by_feed() == before)
            await pilot.press("H")
            await settle(app, pilot)
            assert app.at_hand()[Subject.FEED] == feed
            await pilot.press("A")
            await until(pilot, lambda: feed not in board.unread_by_feed())


async def test_what_is_unread_in_a_feed_is_counted_soon_where_counting_takes_long(week: Path) -> None:
    """Counted a moment ago, it is not counted with each change, but it is once the time has come, unasked."""
    async with staged(store_url(week / "digest.db"), places=places_in(week)) as (app, pilot):
        assert app.snapshot is not None
        before = app.snapshot.unread
        app.watcher._count_again = time.monotonic() + 2
        await pilot.press("m")
        await until(pilot, lambda: app.snapshot is not None and app.snapshot.unread != before, seconds=20)
        assert sum(app.snapshot.unread.values()) == sum(before.values()) - 1


async def test_no_feed_is_paused_by_who_reads(week: Path) -> None:
    """The key is for feeds; in a list of entries, a feed's too, and in the reader it says so."""
    async with staged(store_url(week / "digest.db"), places=places_in(week)) as (app, pilot):
        await pilot.press("3", "j", "enter")
        await settle(app, pilot)
        for keys in (("p",), ("enter", "p")):
            await pilot.press(*keys)
            await settle(app, pilot)
            assert "p: there is no feed here" in text_of(app)[-1]
        with open_store(store_url(week / "digest.db")) as store:
            assert not any(feed.paused for feed in store.polls.all_feeds())


async def test_the_reader_goes_to_the_entries_around(week: Path) -> None:
    """Next and before, read or not, without leaving it; at the ends that is said."""
    async with staged(store_url(week / "digest.db"), places=places_in(week)) as (app, pilot):
        await pilot.press("a", "enter")
        await settle(app, pilot)

        def shown_one() -> int | None:
            return app.reader.detail.entry.id if app.reader.detail else None

        first = shown_one()
        await pilot.press("K")
        assert "this is the first entry here" in text_of(app)[-1]
        await pilot.press("J")
        await until(pilot, lambda: shown_one() not in {None, first})
        await pilot.press("K")
        await until(pilot, lambda: shown_one() == first)
        assert app.focused is app.reader


async def test_a_saved_view_is_chosen_from_a_list(week: Path) -> None:
    """The key shows those that there are; what is typed narrows them, and Enter takes the one under the cursor."""
    async with staged(store_url(week / "digest.db"), places=places_in(week)) as (app, pilot):
        app.views |= {"harbour strikes": "harbour", "summits": "summit since:2d"}
        await pilot.press("V")
        await until(pilot, lambda: any("harbour strikes" in line for line in text_of(app)))
        assert any("summits" in line for line in text_of(app))
        await pilot.press(*"mit", "enter")
        await settle(app, pilot)
        assert app.typed_filter == "summit since:2d"


async def test_a_filter_that_finds_no_match_points_to_all_entries(week: Path) -> None:
    """Among what rules found there is none: that is not all there is."""
    async with staged(store_url(week / "digest.db"), places=places_in(week)) as (app, pilot):
        await pilot.press("slash", *"zzzz", "enter")
        await settle(app, pilot)
        assert any("a looks through all entries" in line for line in text_of(app))
        await pilot.press("a")
        await settle(app, pilot)
        assert not any("a looks through all entries" in line for line in text_of(app))
