"""Stories with their reports, and headlines that were changed, as far as messages tell of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, select

from digest.store.rows import source_name
from digest.store.schema import entries, evidence, feeds, stories
from digest.values.messages import Correction
from digest.values.states import outlet
from digest.values.stories import Report, Story

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Row

_AT_ONCE: Final = 5_000
"""Ids in one statement: SQLite takes 32,766 values."""


def stories_of(connection: Connection, ids: Collection[int]) -> Mapping[int, Story]:
    """Stories by their ids, with all their reports; what is no longer kept is left out."""
    reports: dict[int, list[Report]] = {}
    found: dict[int, Story] = {}
    for some in _some(ids):
        for row in connection.execute(_REPORTS, {"wanted": some}):
            reports.setdefault(row.story_id, []).append(_report(row))
        for row in connection.execute(_STORIES, {"wanted": some}):
            found[row.id] = Story(row.id, row.created, row.updated, tuple(reports.get(row.id, ())), row.followed)
    return found


# Made once: making a statement costs more than SQLite takes for it.
_STORIES: Final = select(stories).where(stories.c.id.in_(bindparam("wanted", expanding=True)))
_REPORTS: Final = (
    select(
        entries.c.id,
        entries.c.story_id,
        entries.c.title,
        entries.c.url,
        entries.c.publisher,
        entries.c.repeat,
        entries.c.first_seen,
        feeds.c.tier,
        source_name.label("source"),
    )
    .join(feeds, feeds.c.id == entries.c.feed_id)
    .where(entries.c.story_id.in_(bindparam("wanted", expanding=True)))
    .order_by(entries.c.first_seen, entries.c.id)
)


def _report(row: Row[Any]) -> Report:
    source = outlet(row.source)
    return Report(
        entry=row.id,
        title=row.title,
        url=row.url,
        source=source,
        publisher=row.publisher or source,
        tier=row.tier,
        came=row.first_seen,
        repeat=row.repeat,
    )


def corrections_of(connection: Connection, ids: Collection[int]) -> Mapping[int, Correction]:
    """What headlines of entries, by their ids, said at the match, and what they say now, where that differs."""
    found = {}
    for some in _some(ids):
        for row in connection.execute(_CHANGES, {"wanted": some}):
            correction = _correction(row.changes)
            if correction is not None:
                found[row.entry_id] = correction
    return found


_CHANGES: Final = select(evidence.c.entry_id, evidence.c.changes).where(
    evidence.c.entry_id.in_(bindparam("wanted", expanding=True))
)


def _correction(changes: Sequence[Mapping[str, Any]]) -> Correction | None:
    """The changes of a title, oldest first, as one."""
    of_title = [each for each in changes if each.get("field") == "title"]
    if not of_title:
        return None
    before, after = str(of_title[0].get("before", "")), str(of_title[-1].get("after", ""))
    if before == after or not after:
        return None
    return Correction(before, after, matches=bool(of_title[-1].get("matches", True)))


def _some(ids: Collection[int]) -> Iterator[Sequence[int]]:
    """The ids, some thousands at a time, each once."""
    wanted = sorted(set(ids))
    return (wanted[start : start + _AT_ONCE] for start in range(0, len(wanted), _AT_ONCE))
