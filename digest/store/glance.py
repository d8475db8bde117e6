"""The newest lines of the dashboard's list, read without SQLAlchemy, whose import takes longer than all of the rest.

It is what is seen first, and seen for a moment only: the store reads the same lines again as soon as it is open. So
whatever is in the way here is no matter: then there is nothing to see, and opening the store says why.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from digest.errors import StoreError
from digest.store.migrations import ASK_VERSION, HEAD
from digest.store.sqlite import file_of
from digest.text import headline
from digest.values.listing import ListPlace, MatchRow
from digest.values.news import Severity, entry_time
from digest.values.states import outlet

if TYPE_CHECKING:
    from pathlib import Path

_PATIENCE: Final = 0.2
"""Seconds."""
_NEWEST: Final = """
    SELECT
        CASE WHEN e.baseline AND e.published < e.first_seen THEN e.published ELSE e.first_seen END AS came,
        e.id, e.published, e.first_seen, e.title, e.url, e.severity, e.read_at IS NULL AND NOT e.baseline AS unread,
        e.baseline, e.story_id,
        CASE WHEN f.name <> '' THEN f.name WHEN f.title <> '' THEN f.title ELSE f.url END AS outlet,
        (SELECT group_concat(rule, ' ') FROM
            (SELECT rule FROM matches WHERE entry_id = e.id ORDER BY severity DESC, id)) AS rules,
        EXISTS (SELECT * FROM stars AS s
            WHERE s.entry_id = e.id OR (s.story_id = e.story_id AND e.story_id <> 0)) AS starred,
        EXISTS (SELECT * FROM duties AS d WHERE d.event =
            CASE WHEN e.story_id > 0 AND NOT e.doubtful THEN e.story_id ELSE e.id END) AS taken,
        (SELECT count(DISTINCT publisher) FROM entries WHERE story_id = e.story_id AND e.story_id <> 0) AS voices,
        CASE WHEN e.title = '' THEN (SELECT summary FROM entry_texts WHERE entry_id = e.id) END AS summary,
        CASE WHEN e.title = '' THEN (SELECT content FROM entry_texts WHERE entry_id = e.id) END AS content
    FROM (SELECT * FROM entries WHERE severity IS NOT NULL ORDER BY first_seen DESC, id DESC LIMIT ?) AS e
    JOIN feeds AS f ON f.id = e.feed_id
    ORDER BY came DESC, e.id DESC
"""


def glance(url: str, limit: int) -> list[tuple[ListPlace, MatchRow]]:
    """The newest entries that a rule found, the newest first; none where they cannot be read just so.

    Args:
        url: the database.
        limit: how many at most.
    """
    try:
        return _read(file_of(url), limit)
    except (StoreError, sqlite3.Error, ValueError, TypeError, OverflowError, OSError):
        return []


def _read(path: Path, limit: int) -> list[tuple[ListPlace, MatchRow]]:
    """Read only: nothing of the database, nor of its log, is touched."""
    with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", timeout=_PATIENCE, uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        if [row[0] for row in connection.execute(ASK_VERSION)] != [HEAD]:
            return []
        return [(ListPlace(row["came"], row["id"]), _line(row)) for row in connection.execute(_NEWEST, (limit,))]


def _line(row: sqlite3.Row) -> MatchRow:
    published = None if row["published"] is None else _time(row["published"])
    untitled = headline("", row["summary"], row["content"]) if row["summary"] is not None else ""
    return MatchRow(
        id=row["id"],
        time=entry_time(published, _time(row["first_seen"])),
        title=row["title"] or untitled or row["url"],
        outlet=outlet(row["outlet"]),
        severity=Severity(row["severity"]),
        rules=tuple((row["rules"] or "").split()),
        unread=bool(row["unread"]),
        baseline=bool(row["baseline"]),
        starred=bool(row["starred"]),
        story=row["story_id"] or None,
        also=max(0, row["voices"] - 1),
        taken=bool(row["taken"]),
    )


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
