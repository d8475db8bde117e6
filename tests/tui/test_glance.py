"""What is on the screen before the store is open is what the store says then."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, update

from digest.store import file_url, open_store
from digest.store import schema as tables
from digest.store.dashboard import Dashboard
from digest.store.glance import glance
from tests.tui.newsdesk import NOW, build, copied

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.sqlite
def test_a_glance_shows_what_the_store_shows(day: str) -> None:
    """The same places and lines: of untitled entries, of feeds without a name, of starred stories, of old entries."""
    with open_store(day) as store:
        with store.database.write() as (connection, seq):
            few = tables.entries.c.id
            connection.execute(update(tables.entries).where(few % 7 == 0).values(title="", seq=seq))
            connection.execute(update(tables.entries).where(few % 7 == 1).values(baseline=True, seq=seq))
            connection.execute(update(tables.entries).where(few % 5 == 0).values(read_at=None, seq=seq))
            connection.execute(insert(tables.stars).values(entry_id=3, at=NOW))
            address = "https://user:sesame@paid.example/rss"
            connection.execute(update(tables.feeds).where(tables.feeds.c.id == 1).values(name="", url=address, seq=seq))
        dashboard = Dashboard(store.database)
        places = list(dashboard.order())
        lines = {row.id: row for row in dashboard.rows([place.entry for place in places])}
    seen = glance(day, 1000)
    assert [place for place, _ in seen] == places
    assert {row.id: row for _, row in seen} == lines
    assert any(row.starred for row in lines.values())
    assert any(row.also for row in lines.values())
    assert {row.id for _, row in glance(day, 5)} <= lines.keys()


def _foreign(path: Path) -> None:
    path.write_bytes(b"no database" * 100)


def _older(path: Path) -> None:
    with open_store(file_url(path)) as store, store.database.write() as (connection, _):
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")


def _damaged(path: Path) -> None:
    with open_store(file_url(path)) as store, store.database.write() as (connection, _):
        connection.exec_driver_sql("UPDATE entries SET first_seen = 'noon'")


@pytest.mark.sqlite
@pytest.mark.parametrize("spoil", [_foreign, _older, _damaged])
def test_what_cannot_be_read_is_no_glance(tmp_path: Path, spoil: object) -> None:
    """Opening the store says what is wrong; a glance says nothing, and makes no file where none is."""
    path = tmp_path / "digest.db"
    assert glance(file_url(path), 10) == []
    assert not path.exists()
    copied(build, tmp_path)
    assert glance(file_url(path), 10)
    spoil(path)  # type: ignore[operator]  # one of the three
    assert glance(file_url(path), 10) == []


def test_the_first_paint_waits_for_no_import_of_the_store() -> None:
    """Neither the dashboard nor a glance imports SQLAlchemy, nor what tells and joins stories."""
    code = "import sys, digest.tui.app, digest.store.glance; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    heavy = ("sqlalchemy", "digest.delivery", "digest.store.schema", "digest.match")
    assert [name for name in modules if name.startswith(heavy)] == []
