"""Whatever befalls the store, the dashboard says so, loses nothing that was asked, and goes on when it can."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text

from digest.store import open_store
from digest.store.schema import entries
from digest.store.sqlite import file_of
from digest.tui.crash import farewell
from digest.tui.questions import Act
from tests.tui import stage
from tests.tui.newsdesk import NOW, Dispatch, add_report, build
from tests.tui.stage import settle, staged, text_of, until
from tests.tui.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.store import Store


def run(url: str, command: str) -> None:
    """Change the database behind everybody's back."""
    with open_store(url) as store, store.database.write() as (connection, _):
        connection.execute(text(command))


def add(url: str, *titles: str) -> None:
    """Entries come in."""
    with open_store(url) as store, store.database.write() as (connection, seq):
        for title in titles:
            add_report(connection, Dispatch("14:06", "Meridian", "launch", title, title, unread=True), seq)


def remove(url: str) -> None:
    """What ``rm`` does to a database and its log."""
    for end in ("", "-wal", "-shm"):
        Path(f"{file_of(url)}{end}").unlink(missing_ok=True)


@pytest.mark.sqlite
async def test_a_database_that_was_replaced_is_read_anew(day: str, tmp_path: Path) -> None:
    """After the state folder was emptied and an engine began anew, the list is the new one's, not the lost one's."""
    other = build(tmp_path / "other.db", earlier=3)
    add(other, "Only in the new one")
    async with staged(day) as (app, pilot):
        await pilot.press("j", "j")
        await settle(app, pilot)
        remove(day)
        await until(pilot, lambda: any("there is no database" in line for line in text_of(app)))
        assert not any("Drone hits" in line for line in text_of(app))
        shutil.move(file_of(other), file_of(day))
        await until(pilot, lambda: any("Only in the new one" in line for line in text_of(app)))
        await settle(app, pilot)
        with open_store(day) as store, store.database.read() as connection:
            listed = select(entries.c.id, entries.c.title).where(entries.c.severity.is_not(None))
            titles = {row.id: row.title for row in connection.execute(listed)}
        assert app.matches.position == (1, len(titles))
        assert all(titles[entry] == row.title for entry, row in app.matches._rows.items())


async def test_a_damaged_database_is_told_and_survived(day: str) -> None:
    """The watcher never ends in silence; a place far down the list, and what was asked meanwhile, are kept."""
    add(day, *(f"Dispatch {number}" for number in range(150)))
    async with staged(day) as (app, pilot):
        await pilot.press("G", "k")
        await settle(app, pilot)
        kept = app.matches.selected
        run(day, "ALTER TABLE rules RENAME TO lost")
        await until(pilot, lambda: any("there is no table rules" in line for line in text_of(app)))
        assert app.matches.selected == kept
        await pilot.press("m")
        run(day, "ALTER TABLE lost RENAME TO rules")
        await until(pilot, lambda: not any("there is no table" in line for line in text_of(app)))
        await settle(app, pilot)
        assert app.matches.selected == kept

        def is_one() -> bool:
            row, detail = app.matches.selected_row, app.reader.detail
            return row is not None and detail is not None and detail.unread == row.unread

        await until(pilot, is_one)


@pytest.mark.sqlite
async def test_a_rule_chosen_while_the_store_is_gone_is_listed_once_it_is_back(day: str) -> None:
    """A question that comes at the wrong moment is answered later."""
    path = file_of(day)
    away = path.with_name("away.db")
    async with staged(day) as (app, pilot):
        with open_store(day) as store, store.database._engine.connect() as connection:
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        shutil.copy(path, away)
        remove(day)
        await until(pilot, lambda: any("there is no database" in line for line in text_of(app)))
        app.rules.choose("launch")
        await until(pilot, lambda: app.watcher._scope.listing.rule == "" and app.watcher._questions.empty())
        away.rename(path)
        await until(pilot, lambda: app.matches.position[1] == 14)
        assert app.watcher._scope.listing.rule == "launch"


@pytest.mark.sqlite
async def test_a_mark_that_cannot_be_written_is_told_and_taken_back(day: str) -> None:
    """With the disk full an entry is not shown as read when it is not, and reading goes on."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    async with staged(day) as (app, pilot):
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
            await pilot.press("m")
            await until(pilot, lambda: any("not done: the disk of" in line for line in text_of(app)))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        await settle(app, pilot)
        assert app.matches.selected_row is not None
        assert app.matches.selected_row.unread
        assert app.snapshot is not None
        assert not any("opening the store" in line for line in text_of(app))


async def test_a_mark_just_before_the_end_is_stored(day: str) -> None:
    """M and then q at once loses nothing."""
    async with staged(day) as (app, pilot):
        selected = app.matches.selected
        await pilot.press("m", "q")
    with open_store(day) as store, store.database.read() as connection:
        read_at = connection.execute(select(entries.c.read_at).where(entries.c.id == selected)).scalar_one()
    assert read_at is not None


_LOCK = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Another process writes, and does not come to an end."""
    command = [sys.executable, "-c", _LOCK, str(file_of(url))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"locked\n"
        yield


@pytest.mark.sqlite
async def test_what_keys_ask_for_waits_for_another_writer(day: str) -> None:
    """In their order, however long that takes; it is said, and meanwhile the list is read as ever."""
    async with staged(day) as (app, pilot):
        first = app.matches.selected
        with locked(day):
            await pilot.press("s", "M", "u", "m")
            await until(pilot, lambda: "not done yet, 4 changes to be stored" in text_of(app)[-1])
            await pilot.press("G")
            await until(pilot, lambda: app.reader.detail is not None and app.reader.detail.entry.id != first)
            assert not app.watcher.idle
        await settle(app, pilot)
        with open_store(day) as store:
            assert [star.entry for star in store.stars.all()] == [first]
            assert not [*store.mutes.in_force(NOW)]
            with store.database.read() as connection:
                assert connection.execute(select(entries.c.read_at).where(entries.c.id == first)).scalar_one()
        await pilot.press("u", "u")
        await settle(app, pilot)
        with open_store(day) as store:
            assert not store.stars.all()


@pytest.mark.sqlite
async def test_what_could_not_be_taken_back_can_be_tried_again(day: str) -> None:
    """Taking back fails as doing does, and is then as if it had not been asked for."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    async with staged(day) as (app, pilot):
        await pilot.press("s")
        await until(pilot, lambda: "starred" in text_of(app)[-1])
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
            await pilot.press("u")
            await until(pilot, lambda: "not done:" in text_of(app)[-1])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        await pilot.press("u")
        await until(pilot, lambda: "the star is off" in text_of(app)[-1])


async def test_a_write_that_fails_by_a_fault_of_ours_is_told(day: str) -> None:
    """The watcher goes on, and what was asked after it is done."""

    def fail(_store: Store) -> str:
        raise ZeroDivisionError("a fault")

    async with staged(day) as (app, pilot):
        app.act(Act(fail))
        await pilot.press("s")
        await until(pilot, lambda: "starred" in text_of(app)[-1])
        assert app.watcher._thread.is_alive()


@pytest.mark.sqlite
def test_the_end_says_what_was_not_stored(day: str) -> None:
    """Whoever leaves while another process writes reads on the terminal that a change is lost."""
    with Terminal(Terminal.dashboard(day)) as terminal:
        terminal.see("WHY IT FIRED")
        with locked(day):
            terminal.press("s")
            terminal.see("not done yet, 1 change")
            terminal.press("q")
            assert terminal.ended() == 0
        assert b"1 change not stored" in terminal.wire
        assert terminal.left_in_order


async def test_a_fault_of_ours_leaves_a_report(day: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The dashboard ends with two lines on the terminal; what failed stands in the state folder, without values."""
    secret = "xox-secret"
    monkeypatch.setattr(stage, "PLACES", replace(stage.PLACES, state=tmp_path))

    def fail(token: str) -> None:
        assert token
        raise ZeroDivisionError("a fault\x1b[2J")

    async def fail_on_stage() -> None:
        async with staged(day) as (app, pilot):
            app.call_later(fail, secret)
            await pilot.pause(1)

    with pytest.raises(ZeroDivisionError):
        await fail_on_stage()
    path, text = only_report(tmp_path)
    assert "ZeroDivisionError" in text
    assert "fail" in text
    assert secret not in text
    words = farewell(ZeroDivisionError("a fault\x1b[2J"), path)
    assert str(path) in words
    assert "\x1b" not in words


def only_report(folder: Path) -> tuple[Path, str]:
    """The one report in a folder, and what it says."""
    (path,) = folder.glob("crash-*.txt")
    return path, path.read_text(encoding="utf-8")
