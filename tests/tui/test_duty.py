"""Taking what is listed in hand: the key, the sign, the reader, and the page of who has what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from digest.store import open_store
from digest.store.people import Change, Colleague
from digest.store.schema import matches
from digest.tui.actions import Subject
from digest.values.news import Severity
from digest.values.stories import story_name
from tests.tui.newsdesk import NOW
from tests.tui.stage import settle, staged, text_of, until

if TYPE_CHECKING:
    import pytest
    from textual.pilot import Pilot

    from digest.tui.app import DashboardApp

BOB = Colleague("Bob", "telegram 43", "Bob (43) by Telegram")


async def said(app: DashboardApp, pilot: Pilot[int], words: str) -> None:
    """Wait until something is to be read."""
    await until(pilot, lambda: any(words in line for line in text_of(app)))


def titled_as(day: str, entry: int) -> str:
    """What is taken in hand with an entry, as messages call it."""
    with open_store(day) as store:
        return store.reads.called(story_name(event_of(day, entry)))


def event_of(day: str, entry: int) -> int:
    """What is taken in hand with an entry."""
    with open_store(day) as store:
        found = store.reads.entry(str(entry))
        assert found is not None
        return found.event


async def test_one_key_takes_it_and_lets_it_go(day: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list has a sign and the reader says who; undone, neither."""
    monkeypatch.setenv("LOGNAME", "ann")
    async with staged(day) as (app, pilot):
        entry = app.at_hand()[Subject.ENTRY]
        event, called = event_of(day, entry), titled_as(day, entry)
        assert called[0] == "“"
        await pilot.press("h")
        await said(app, pilot, f"took {called}")
        await said(app, pilot, "✓ ann has it since 14:07")
        assert app.matches.selected == entry
        row = app.matches.selected_row
        assert row is not None
        assert row.taken
        assert any(f"{row.severity.glyph if row.severity else ''}✓ " in line for line in text_of(app))
        await pilot.press("u")
        await said(app, pilot, f"taken back: took {called}")
        await until(pilot, lambda: not any("has it since" in line for line in text_of(app)))
        await pilot.press("h")
        await said(app, pilot, "has it since 14:07")
        await pilot.press("h")
        await said(app, pilot, f"let go of {called}")
        with open_store(day) as store:
            assert not store.duty.taken([event])


async def test_the_page_of_what_is_in_hand_opens_in_the_browser(day: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not what the list below has under its cursor; where there is no browser, the link is shown."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"):
        monkeypatch.delenv(name, raising=False)
    async with staged(day) as (app, pilot):
        await pilot.press("h", "j", "B", "o")
        await said(app, pilot, "no browser can be opened from here: https://")


async def test_what_somebody_else_has_is_taken_over_on_purpose_only(day: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key says who has it and how to take it over; found by typing, that takes it."""
    monkeypatch.setenv("LOGNAME", "ann")
    async with staged(day) as (app, pilot):
        entry = app.at_hand()[Subject.ENTRY]
        event, called = event_of(day, entry), titled_as(day, entry)
        with open_store(day) as store:
            assert isinstance(store.changes.take(event, BOB, NOW), Change)
        await settle(app, pilot)
        await pilot.press("h")
        await said(app, pilot, "not done: Bob has it since 14:07; :take_over takes it")
        await pilot.press("colon", *"take_over", "enter")
        await said(app, pilot, f"took {called} over from Bob")
        with open_store(day) as store:
            assert store.duty.taken([event])[event].who == "ann"


async def test_the_page_tells_what_nobody_has_and_who_has_what(day: str) -> None:
    """What nobody has first; the key works there, and Enter reads it."""
    with open_store(day) as store:
        (first, *others) = store.reads.latest_alerts(3)
        with store.database.write() as (connection, _):
            chosen = matches.c.id.in_([first.id, others[0].id])
            connection.execute(update(matches).where(chosen).values(severity=Severity.URGENT))
        assert isinstance(store.changes.take(others[-1].entry.event, BOB, NOW), Change)
    async with staged(day) as (app, pilot):
        await pilot.press("B")
        await said(app, pilot, "NOBODY HAS")
        await said(app, pilot, "IN HAND")
        text = text_of(app)
        free, taken = (next(at for at, line in enumerate(text) if head in line) for head in ("NOBODY HAS", "IN HAND"))
        assert free < taken
        assert any("Bob" in line for line in text[taken:])
        entry = app.at_hand()[Subject.ENTRY]
        await pilot.press("h")
        await until(pilot, lambda: sum("nobody " in line for line in text_of(app)) < sum("nobody " in x for x in text))
        await pilot.press("enter")
        await until(pilot, lambda: app.place == "desk" and app.matches.selected is not None)
        assert app.matches.selected is not None
        assert isinstance(entry, int)


async def test_the_page_of_a_desk_where_nobody_takes_anything(day: str) -> None:
    """It says so, and how to begin."""
    async with staged(day) as (app, pilot):
        await pilot.press("B")
        await said(app, pilot, "Nothing waits for anybody, and nobody has anything in hand.")
        await said(app, pilot, "h on an alert says that you have it")
