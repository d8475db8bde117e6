"""What somebody asks for is done on what they saw, whatever comes in, changes or takes long meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from digest.store import open_store
from digest.store import schema as tables
from digest.store.dashboard import Dashboard
from digest.tui.preferences import Preferences, remember
from digest.tui.widgets.pane import ListPane
from digest.values.listing import Listing
from digest.values.messages import DeliveryState
from tests.fakes.stores import store_url
from tests.tui.newsdesk import NOW
from tests.tui.newsweek import _message
from tests.tui.stage import places_in, settle, staged, text_of, until
from tests.tui.test_editor import FILE, editing, rules, type_over
from tests.tui.test_following import arrive

if TYPE_CHECKING:
    from pathlib import Path

    from digest.tui.app import DashboardApp

__all__ = ["rules"]  # a fixture


def starred(day: str) -> list[int | None]:
    """The entries with a star."""
    with open_store(day) as store:
        return [star.entry for star in store.stars.all()]


async def test_what_is_typed_behind_the_colon_is_for_the_entry_that_was_seen(day: str) -> None:
    """The list stays as it is while somebody types: news wait."""
    async with staged(day) as (app, pilot):
        meant = app.matches.selected
        await pilot.press("colon", *"note", "space", *"call")
        arrive(day, "Something else altogether")
        await until(pilot, lambda: app.matches.order.waiting == 1)
        await pilot.press("enter")
        await settle(app, pilot)
        assert starred(day) == [meant]


@pytest.mark.parametrize("key", ["a", "U"])
async def test_the_open_article_stays_when_the_list_is_another(day: str, key: str) -> None:
    """Whoever reads in a narrow window and shows another list goes on reading, whatever comes in."""
    async with staged(day, (80, 24)) as (app, pilot):
        await pilot.press("j", "j", "enter")
        await settle(app, pilot)
        await pilot.press(key)
        await settle(app, pilot)
        assert app.focused is app.reader
        assert app.reader.detail is not None
        before = app.reader.detail.entry.id
        arrive(day, "Something else altogether")
        await until(pilot, lambda: app.matches.order.waiting == 1)
        assert app.reader.detail.entry.id == before


async def test_esc_in_the_filter_line_leaves_the_list_where_it_was(day: str) -> None:
    """The same entry, on the same line, and no news followed."""
    async with staged(day) as (app, pilot):
        await pilot.press(*["j"] * 20)
        await settle(app, pilot)
        was = app.matches.selected, app.matches.position
        await pilot.press("slash", *"embassy")
        await until(pilot, lambda: app.matches.position[1] < was[1][1])
        await pilot.press("escape")
        await until(pilot, lambda: (app.matches.selected, app.matches.position) == was)
        assert not app.matches.following


async def test_a_list_that_lost_its_kept_entry_never_jumps_there_later(day: str, tmp_path: Path) -> None:
    """What is no longer in the kept list is forgotten, also by other lists."""
    with open_store(day) as store:
        board = Dashboard(store.database)
        unread = {*board.order(Listing(unread=True)).entries}
        read = [entry for entry in board.order(Listing()).entries if entry not in unread][-1]
    remember(tmp_path, Preferences(listing={"unread": True}, entry=read, toured=True))
    async with staged(day, state=tmp_path) as (app, pilot):
        await pilot.press("U")
        await settle(app, pilot)
        assert (app.matches.following, app.matches.position[0]) == (True, 1)


async def test_the_rule_of_the_kept_list_has_the_cursor(day: str, tmp_path: Path) -> None:
    """It is what the list shows: All rules can be chosen to leave it."""
    remember(tmp_path, Preferences(listing={"rule": "launch"}, toured=True))
    async with staged(day, state=tmp_path) as (app, _):
        assert app.rules.cursor == "launch"


async def test_a_star_that_somebody_else_takes_off_is_seen(day: str) -> None:
    """The command line and the bot star, too."""
    async with staged(day) as (app, pilot):
        second = app.matches.order.ids(1, 2)[0]
        for wanted in (True, False):
            with open_store(day) as store:
                if wanted:
                    store.stars.add(entry=second, note="", now=NOW)
                else:
                    store.stars.remove(entry=second)
            await until(pilot, lambda wanted=wanted: app.matches._rows[second].starred is wanted)  # type: ignore[misc]


async def test_an_undo_that_never_can_be_is_in_the_way_of_no_other(day: str) -> None:
    """A mute that a colleague has ended since is left to them; what was done before is taken back next."""
    async with staged(day) as (app, pilot):
        row = app.matches.selected_row
        assert row is not None
        await pilot.press("s")
        await until(pilot, lambda: starred(day) == [row.id])
        await pilot.press("M")
        await settle(app, pilot)
        with open_store(day) as store:
            store.changes.unmute(row.rules[0], "Ann", "unmuted", NOW)
        await pilot.press("u")
        await until(pilot, lambda: "not done" in text_of(app)[-1])
        await pilot.press("u")
        await until(pilot, lambda: starred(day) == [])


async def test_a_message_that_leaves_the_page_takes_no_key_elsewhere(week: Path) -> None:
    """The cursor goes to the line that takes its place, not to the first of those that need somebody."""
    url = store_url(week / "digest.db")
    async with staged(url, places=places_in(week)) as (app, pilot):
        await pilot.press("O")
        await settle(app, pilot)
        await pilot.press("G")
        chosen = lines_of(app).cursor
        first = next(item.key for item in lines_of(app)._items if item.key is not None)
        with open_store(url) as store, store.database.write() as (connection, seq):
            for number in range(3):
                _message(connection, "desk", DeliveryState.SENT, f"more {number}", NOW, seq)
        await until(pilot, lambda: lines_of(app).cursor != chosen)
        assert lines_of(app).cursor != first


async def test_a_cursor_that_was_in_view_stays_there_in_another_order(week: Path) -> None:
    """A feed that begins to fail goes to the top of its page, and the cursor with it."""
    url = store_url(week / "digest.db")
    async with staged(url, (120, 20), places=places_in(week)) as (app, pilot):
        await pilot.press("H")
        await settle(app, pilot)
        await pilot.press("G")
        feed, top = lines_of(app).cursor, lines_of(app)._top
        assert top > 0
        with open_store(url) as store, store.database.write() as (connection, seq):
            failing = {"last_error": "boom", "failures": 2, "last_status": 500, "seq": seq}
            connection.execute(update(tables.feeds).where(tables.feeds.c.id == feed).values(**failing))
        await until(pilot, lambda: lines_of(app)._top != top)
        lines = lines_of(app)
        place = next(place for place, item in enumerate(lines._items) if item.key == feed)
        assert lines._top <= place < lines._top + lines.room[1]


def lines_of(app: DashboardApp) -> ListPane:
    """The lines of the page."""
    return app.query_one("#lines", ListPane)


async def test_a_mistake_that_was_just_typed_is_never_saved_as_live(day: str, rules: Path) -> None:
    """The key waits for what is known of the text as it is now; a text that was just mended is saved."""
    async with editing(day) as (app, pilot, page):
        before = (rules / FILE).read_text()
        page.code.replace('query = "@missile AND ("', (10, 0), (10, 200))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "not saved" in text_of(app)[-1])
        assert (rules / FILE).read_text() == before
        page.code.replace('query = "@missile OR envoys"', (10, 0), (10, 200))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "envoys" in (rules / FILE).read_text())


async def test_a_save_is_taken_back_from_the_list_and_done_again(day: str, rules: Path) -> None:
    """The page of the file is closed by then; what is said is what was done."""
    async with editing(day) as (app, pilot, page):
        before = (rules / FILE).read_text()
        await type_over(pilot, page, 10, 'query = "@missile OR envoys"')
        await pilot.press("ctrl+s")
        await until(pilot, lambda: not page.is_changed)
        await pilot.press("escape")
        await until(pilot, lambda: app.page is None)
        await pilot.press("u")
        await until(pilot, lambda: (rules / FILE).read_text() == before)
        await until(pilot, lambda: f"{FILE} is saved" in text_of(app)[-1])
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "envoys" in (rules / FILE).read_text())


@pytest.mark.parametrize("number", ["²", "9" * 5_000, "77"])
async def test_what_is_no_number_of_a_link_is_said(day: str, number: str) -> None:
    """Whatever is typed behind the name of the action."""
    async with staged(day) as (app, pilot):
        app.action_link(number)
        await until(pilot, lambda: "there is no link" in text_of(app)[-1])
