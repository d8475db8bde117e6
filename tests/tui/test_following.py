"""The list follows the news while nobody reads, and never moves what is being read."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from digest.store import open_store
from digest.store.schema import deliveries
from digest.values.messages import DeliveryState
from tests.tui.newsdesk import NOW, Dispatch, add_report
from tests.tui.stage import settle, staged, text_of, until

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from digest.tui.app import DashboardApp


def arrive(url: str, *titles: str, rule: str = "launch", clock: str = "14:06") -> list[int]:
    """What the engine does when news comes in: another connection commits entries."""
    with open_store(url) as store, store.database.write() as (connection, seq):
        return [
            add_report(connection, Dispatch(clock, "Meridian", rule, title, title, unread=True), seq)
            for title in titles
        ]


def rows_of(app: DashboardApp) -> list[str]:
    """The lines of the list that are seen, without bar and names."""
    return [line[28:118] for line in text_of(app)[4:18]]


async def seen(app: DashboardApp, pilot: Pilot[int], words: str) -> None:
    """Wait until these words are on the screen."""
    await until(pilot, lambda: any(words in line for line in text_of(app)))


async def test_untouched_it_follows(day: str) -> None:
    """New entries come in at the top, and the cursor stays at the top."""
    async with staged(day) as (app, pilot):
        (entry,) = arrive(day, "Third missile falls short")
        await until(pilot, lambda: app.matches.selected == entry)
        await seen(app, pilot, "Third missile falls short")
        assert app.matches.position == (1, 70)
        assert app.matches.following


@pytest.mark.parametrize("key", ["j", "down", "G", "pagedown", "enter", "m", "space", "tab", "4"])
async def test_any_act_of_reading_holds_the_list(day: str, key: str) -> None:
    """After a move, a mark or an opened entry no line moves; the news waits in the bar, with the time of the pause."""
    async with staged(day) as (app, pilot):
        await pilot.press(key)
        await settle(app, pilot)
        before, selected = app.matches.order.ids(0, len(app.matches.order)), app.matches.selected
        arrive(day, "First to wait", "Second to wait")
        await until(pilot, lambda: app.matches.order.waiting == 2)
        await pilot.pause()
        assert app.matches.order.ids(0, len(app.matches.order)) == before
        assert app.matches.selected == selected
        assert app.reader.detail is not None
        assert app.reader.detail.entry.id == selected
        assert not app.matches.following


async def test_the_bar_tells_and_shows(day: str) -> None:
    """The bar says how many wait and since when nothing moved; g lets them in, at the top, and follows again."""
    async with staged(day) as (app, pilot):
        await pilot.press("j", "j")
        await settle(app, pilot)
        before = rows_of(app)
        arrive(day, "First to wait", "Second to wait")
        await seen(app, pilot, "↑ 2 new   list paused at 14:07, your place is kept")
        assert rows_of(app) == before
        await pilot.press("g")
        await settle(app, pilot)
        await seen(app, pilot, "Second to wait")
        assert app.matches.following
        assert app.matches.position == (1, 71)
        (entry,) = arrive(day, "Then a third")
        await until(pilot, lambda: app.matches.selected == entry)


async def test_the_reader_follows_what_becomes_of_the_messages(day: str) -> None:
    """Of the entry that is read: they go out, wait and fail without the entry itself being touched."""
    async with staged(day, (120, 50)) as (app, pilot):
        assert app.reader.detail is not None
        (number, *_) = [each.id for each in app.reader.detail.deliveries]
        for state, words in ((DeliveryState.HELD, "held"), (DeliveryState.DEAD, "given up")):
            with open_store(day) as store, store.database.write() as (connection, seq):
                change = update(deliveries).where(deliveries.c.id == number)
                connection.execute(change.values(state=state, reason="because", seq=seq))
            await until(
                pilot,
                lambda words=words: any(words in line and "DELIVERY" not in line for line in text_of(app)[28:]),  # type: ignore[misc]
            )


async def test_the_reader_tells_how_long_ago_it_was_by_now(day: str) -> None:
    """An entry may lie open for long."""
    async with staged(day) as (app, pilot):
        assert "6 min ago" in "\n".join(text_of(app)[20:])
        app.reader._now = lambda: NOW + timedelta(minutes=3)
        await seen(app, pilot, "9 min ago")


async def test_the_bar_can_be_clicked(day: str) -> None:
    """A click on the bar is n."""
    async with staged(day) as (app, pilot):
        await pilot.press("j")
        arrive(day, "One to wait")
        await until(pilot, lambda: app.matches.order.waiting == 1)
        await pilot.click("#matches", offset=(40, 1))
        await until(pilot, lambda: app.matches.following and not app.matches.order.waiting)
        await settle(app, pilot)
        assert any("One to wait" in line for line in text_of(app))


async def test_g_shows_what_waits_and_follows_again(day: str) -> None:
    """Whoever goes to the top asks for the news: what waits is let in, and what comes is followed."""
    async with staged(day) as (app, pilot):
        await pilot.press("j", "g")
        (entry,) = arrive(day, "Followed at once")
        await until(pilot, lambda: app.matches.selected == entry)
        await pilot.press("j")
        (waiting,) = arrive(day, "One to wait")
        await until(pilot, lambda: app.matches.order.waiting == 1)
        await pilot.press("g")
        assert app.matches.following
        assert app.matches.selected == waiting


async def test_news_of_another_rule_does_not_come_into_a_filtered_list(day: str) -> None:
    """With a rule chosen only its entries are listed, also those that come later."""
    async with staged(day) as (app, pilot):
        await pilot.press("2", "j")
        await until(pilot, lambda: app.matches.position[1] == 14)
        arrive(day, "Envoys meet again", rule="summit")
        (entry,) = arrive(day, "Third missile falls short", rule="launch")
        await until(pilot, lambda: app.matches.position[1] == 15)
        assert app.matches.order[0] == entry
        await pilot.press("escape", "escape")
        await until(pilot, lambda: app.matches.position[1] == 71)


async def test_marks_are_stored_and_seen_by_other_dashboards(day: str) -> None:
    """One key marks read and unread, another marks and goes on; a second dashboard shows it."""
    async with staged(day) as (app, pilot), staged(day) as (other, _):
        await pilot.press("m")
        await until(pilot, lambda: other.snapshot is not None and other.snapshot.figures.unread == 40)
        first = app.matches.selected
        await settle(app, pilot)
        await pilot.press("m")
        await until(pilot, lambda: other.snapshot is not None and other.snapshot.figures.unread == 41)
        await settle(app, pilot)
        await pilot.press("space")
        await until(pilot, lambda: other.snapshot is not None and other.snapshot.figures.unread == 40)
        assert app.matches.selected != first
        assert other.matches.selected == first


async def test_pruned_entries_leave_the_list(day: str) -> None:
    """An entry that the store forgot is no line any more once somebody wants to read it."""
    from sqlalchemy import delete, select

    from digest.store.schema import entries

    async with staged(day, (120, 20)) as (app, pilot):
        with open_store(day) as store, store.database.write() as (connection, _):
            oldest = connection.execute(select(entries.c.id).order_by(entries.c.first_seen).limit(3)).scalars().all()
            connection.execute(delete(entries).where(entries.c.id.in_(oldest)))
        await pilot.press("G")
        await until(pilot, lambda: app.matches.position == (66, 66))
        assert not {app.matches.order[line] for line in range(66)}.intersection(oldest)
