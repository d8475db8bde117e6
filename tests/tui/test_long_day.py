"""A day with a hundred thousand matches, clocks that go back, and what was there before: nothing piles up or jumps."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, update

from digest.store import open_store
from digest.store.schema import entries
from digest.tui.widgets.matches import _KEPT
from digest.values.listing import MatchRow
from digest.values.news import Severity
from digest.words import midnight
from tests.tui.newsdesk import NOW
from tests.tui.stage import settle, staged, until

if TYPE_CHECKING:
    from collections.abc import Iterator


def _row(entry: int) -> MatchRow:
    return MatchRow(entry, NOW, f"Dispatch {entry}", "Meridian", Severity.LOW, ("launch",), unread=True, baseline=False)


def _batches(of: int, size: int) -> Iterator[list[int]]:
    for first in range(1000, 1000 + of, size):
        yield list(range(first, first + size))


@pytest.mark.parametrize("following", [True, False], ids=["following", "paused"])
async def test_rows_do_not_pile_up(day: str, *, following: bool) -> None:
    """However much comes in, only the rows near what is seen stay in memory; the others are asked for again."""
    newest = round(NOW.timestamp() * 1000)
    async with staged(day) as (app, _):
        if not following:
            app.matches.hold()
        for batch in _batches(_KEPT * 3, 100):
            app.matches.arrive([(newest + entry, entry) for entry in batch], [_row(entry) for entry in batch])
        assert len(app.matches._rows) <= _KEPT + 100
        assert len(app.matches._asked) <= _KEPT + 200
        seen = app.matches.order.ids(0, app.matches.seen)
        assert all(entry in app.matches._rows for entry in seen)


async def test_what_goes_above_the_cursor_does_not_move_it(day: str) -> None:
    """Entries that the store forgot leave the list, and the cursor keeps its entry and its line on the screen."""
    async with staged(day) as (app, pilot):
        await pilot.press("G", "k")
        await settle(app, pilot)
        kept, above = app.matches.selected, app.matches.order.ids(0, 3)
        line = app.matches._cursor - app.matches._top
        with open_store(day) as store, store.database.write() as (connection, _):
            connection.execute(delete(entries).where(entries.c.id.in_(above)))
        app.matches.put_rows(above, [])
        assert (app.matches.selected, app.matches.position) == (kept, (65, 66))
        assert app.matches._cursor - app.matches._top == line


async def test_what_a_first_poll_brought_is_not_marked_unread(day: str) -> None:
    """It is never news, so m shows no mark that the next look at the store would take away."""
    async with staged(day) as (app, pilot):
        with open_store(day) as store, store.database.write() as (connection, seq):
            mine = update(entries).where(entries.c.id == app.matches.selected)
            connection.execute(mine.values(baseline=True, read_at=None, seq=seq))
        await until(pilot, lambda: app.matches.selected_row is not None and app.matches.selected_row.baseline)
        await pilot.press("m")
        assert app.matches.selected_row is not None
        assert not app.matches.selected_row.unread


@pytest.mark.parametrize("minute", [0, 30, 60, 90, 119, 150])
def test_a_day_begins_once(minute: int) -> None:
    """Where clocks go back over midnight (Havana, 1 November 2026, from one to twelve) the day began at the first."""
    began = datetime(2026, 11, 1, 4, tzinfo=UTC)
    now = datetime.fromtimestamp(began.timestamp() + minute * 60, UTC)
    assert midnight(now, ZoneInfo("America/Havana")) == began
