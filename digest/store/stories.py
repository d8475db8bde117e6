"""Stories as messages tell them: who reports them since when, and which of them have grown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Select, select

from digest.store.rows import source_name
from digest.store.schema import entries, feeds, stories
from digest.values.news import entry_time
from digest.values.states import outlet
from digest.values.stories import Report, Story

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection, Row

_AT_ONCE: Final = 500
"""Stories in one question."""


def read_stories(connection: Connection, ids: Iterable[int]) -> dict[int, Story]:
    """These stories with their reports, by their ids; those that are no longer stored are missing."""
    wanted, found = list(dict.fromkeys(ids)), {}
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        reports: dict[int, list[Report]] = {}
        for row in connection.execute(_REPORTS.where(entries.c.story_id.in_(some))):
            reports.setdefault(row.story_id, []).append(_report(row))
        for row in connection.execute(select(stories).where(stories.c.id.in_(some))):
            told = sorted(reports.get(row.id, ()), key=lambda each: (each.came, each.entry))
            found[row.id] = Story(row.id, row.created, row.updated, tuple(told), row.followed)
    return found


_REPORTS: Final[Select[Any]] = select(
    entries.c.id,
    entries.c.story_id,
    entries.c.title,
    entries.c.url,
    entries.c.publisher,
    entries.c.published,
    entries.c.first_seen,
    entries.c.baseline,
    entries.c.repeat,
    feeds.c.tier,
    source_name.label("source"),
).join(feeds, feeds.c.id == entries.c.feed_id)


def _report(row: Row[Any]) -> Report:
    source = outlet(row.source)
    return Report(
        entry=row.id,
        title=row.title,
        url=row.url,
        source=source,
        publisher=row.publisher or source,
        tier=row.tier,
        came=entry_time(row.published, row.first_seen) if row.baseline else row.first_seen,
        repeat=row.repeat,
    )
