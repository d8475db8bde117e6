"""The thread that reads the store for the dashboard: when it begins and ends."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from digest.presence import EngineLock
from digest.store import file_url
from digest.tui import acts
from digest.tui.questions import Acted, Refused, Sign, Unreadable
from digest.tui.watcher import Watcher
from tests.tui.newsdesk import NOW
from tests.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from textual.message import Message

    from digest.tui.questions import Act


def test_it_may_end_before_it_begins(tmp_path: Path) -> None:
    """A terminal that goes away while the screen is made ends the dashboard without an error, and nothing is told."""
    told: list[Message] = []
    watcher = Watcher(file_url(tmp_path / "digest.db"), told.append, lambda: datetime.now(UTC), UTC)
    watcher.stop()
    assert told == []
    assert not watcher.idle


def test_an_engine_is_seen_while_the_store_is_away(tmp_path: Path) -> None:
    """A server that goes away takes no engine with it: who looks is not told to start one."""
    told: list[Message] = []
    with EngineLock(tmp_path):
        where = file_url(tmp_path / "nowhere" / "digest.db")
        watcher = Watcher(where, told.append, lambda: NOW, UTC, state=tmp_path)
        watcher.start()
        wait_until(lambda: any(isinstance(one, Sign) for one in told))
        watcher.stop()
    assert any(isinstance(one, Unreadable) for one in told)


ACTS: dict[str, Act] = {
    "read": acts.mark_read([1], lambda: NOW, read=True),
    "unread": acts.mark_read([1], lambda: NOW, read=False),
    "star": acts.star(1, lambda: NOW),
    "mute": acts.mute("launch", "2h", lambda: NOW, UTC),
    "poll": acts.poll(lambda: NOW),
    "note": acts.note(1, "why", lambda: NOW),
}


@pytest.mark.sqlite
@pytest.mark.parametrize("read_only", [True, False])
def test_a_view_refuses_whatever_is_not_a_read(day: str, *, read_only: bool) -> None:
    """It says so, and the store is as it was; without that each of these writes."""
    told: list[Message] = []

    def stored() -> list[str]:
        with closing(sqlite3.connect(day.removeprefix("sqlite:///"))) as connection:
            return list(connection.iterdump())

    def answers() -> list[Acted | Refused]:
        return [one for one in told if isinstance(one, Acted | Refused)]

    watcher = Watcher(day, told.append, lambda: NOW, UTC, read_only=read_only)
    watcher.start()
    before = stored()
    for number, (name, act) in enumerate(ACTS.items(), 1):
        watcher.ask(act)
        wait_until(lambda number=number: len(answers()) == number)  # type: ignore[misc]
        answer, after = answers()[-1], stored()
        refused = answer.words if isinstance(answer, Refused) else ""
        assert refused == ("this is a view only: start digest serve with --allow-edit" if read_only else ""), name
        assert (after == before) == read_only, name
        before = after
    watcher.stop()
    assert len(answers()) == len(ACTS)
