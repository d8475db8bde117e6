"""Stored entries as searches of the past read them: folded texts alone in bulk, and a few entries in full."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, cast, func, select

from digest.store.rows import entry_query, source_name, stored_entry
from digest.store.schema import entries, entry_texts, feeds
from digest.values.listing import EntryIds
from digest.values.news import EntryText
from digest.values.states import outlet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

    from digest.store.database import Database
    from digest.values.news import StoredEntry

_TEXTS_AT_ONCE = 2_000
_ENTRIES_AT_ONCE = 500
_TEXTS_OF_NEWEST = 500
_NEWEST_AT_ONCE = 20


_TEXTS = (
    select(
        entries.c.id,
        entries.c.title,
        entry_texts.c.summary,
        entry_texts.c.content,
        source_name,
        entries.c.lang,
        entries.c.author,
        cast(entry_texts.c.tags, Text),  # as it is written, whatever a driver makes of it
        entry_texts.c.folded,
        entry_texts.c.fold_version,
        feeds.c.tier,
    )
    .join(feeds, feeds.c.id == entries.c.feed_id)
    .join(entry_texts, entry_texts.c.entry_id == entries.c.id)
)


class Archive:
    """The stored entries first seen at a time or later, in the order they came; all of them without a time.

    No read is held between two pages.
    """

    def __init__(self, database: Database, since: datetime | None = None) -> None:
        self._database = database
        self._since = since

    def newest_first(self) -> NewestFirst:
        """All stored entries the other way round, for who wants the last few."""
        return NewestFirst(self._database)

    def folded(self) -> Iterator[list[tuple[int, str]]]:
        """Pages of (id, folded text) of the entries; the text is empty where it was folded by an older version."""
        start, current = self._first(), _fold_version()
        while start is not None:
            columns = (entry_texts.c.entry_id, entry_texts.c.folded, entry_texts.c.fold_version)
            query = select(*columns).where(entry_texts.c.entry_id >= start).order_by(entry_texts.c.entry_id)
            with self._database.read() as connection:
                # The driver's own rows: to wrap a hundred thousand of them takes as long as to read them.
                rows = connection.execute(query.limit(_TEXTS_AT_ONCE)).cursor.fetchall()
            yield [(entry, folded if version == current else "") for entry, folded, version in rows]
            start = rows[-1][0] + 1 if len(rows) == _TEXTS_AT_ONCE else None

    def texts(self) -> Iterator[list[tuple[int, EntryText, str]]]:
        """Pages of (id, plain text, folded text) of the entries; the folded text as above."""
        start, current = self._first(), _fold_version()
        while start is not None:
            query = _TEXTS.where(entries.c.id >= start).order_by(entries.c.id).limit(_TEXTS_AT_ONCE)
            with self._database.read() as connection:
                rows = connection.execute(query).cursor.fetchall()
                found = [_text(row, current) for row in rows]
            yield found
            start = rows[-1][0] + 1 if len(rows) == _TEXTS_AT_ONCE else None

    def entries(self, ids: Sequence[int]) -> Iterator[StoredEntry]:
        """Those of these entries that belong here, in the order of their ids."""
        for at in range(0, len(ids), _ENTRIES_AT_ONCE):
            query = entry_query().where(entries.c.id.in_(ids[at : at + _ENTRIES_AT_ONCE])).order_by(entries.c.id)
            with self._database.read() as connection:
                found = [stored_entry(row) for row in connection.execute(query)]
            yield from (entry for entry in found if self._since is None or entry.first_seen >= self._since)

    def newest(self, limit: int) -> list[StoredEntry]:
        """The entries that came last, in full, the newest first."""
        with self._database.read() as connection:
            return [
                stored_entry(row)
                for row in connection.execute(entry_query().order_by(entries.c.id.desc()).limit(limit))
            ]

    def oldest(self) -> datetime | None:
        """When the first of the stored entries came."""
        with self._database.read() as connection:
            found: datetime | None = connection.execute(select(func.min(entries.c.first_seen))).scalar_one()
        return found

    def _first(self) -> int | None:
        """The least id that may belong here; ids do not always go with the time, for clocks are set back."""
        first = select(func.min(entries.c.id))
        if self._since is not None:
            first = first.where(entries.c.first_seen >= self._since)
        with self._database.read() as connection:
            found: int | None = connection.execute(first).scalar_one()
        return found


class Chosen:
    """Some of the stored entries, in the order they came, as `Archive` hands them out.

    Args:
        database: where they are.
        ids: theirs.
    """

    def __init__(self, database: Database, ids: Iterable[int]) -> None:
        self._database = database
        self._ids = EntryIds(ids)

    def folded(self) -> Iterator[list[tuple[int, str]]]:
        """As `Archive.folded`."""
        current = _fold_version()
        columns = (entries.c.id, entry_texts.c.folded, entry_texts.c.fold_version)
        for rows in self._pages(select(*columns).outerjoin(entry_texts, entry_texts.c.entry_id == entries.c.id)):
            yield [(entry, folded if version == current else "") for entry, folded, version in rows]

    def texts(self) -> Iterator[list[tuple[int, EntryText, str]]]:
        """As `Archive.texts`."""
        current = _fold_version()
        for rows in self._pages(_TEXTS):
            yield [_text(row, current) for row in rows]

    def entries(self, ids: Sequence[int]) -> Iterator[StoredEntry]:
        """These entries, in the order of their ids."""
        return Archive(self._database).entries(sorted(ids))

    def _pages(self, query: Select[Any]) -> Iterator[Sequence[Any]]:
        """The rows of a query for these entries, as the driver gives them."""
        for at in range(0, len(self._ids), _TEXTS_AT_ONCE):
            page = query.where(entries.c.id.in_(self._ids[at : at + _TEXTS_AT_ONCE])).order_by(entries.c.id)
            with self._database.read() as connection:
                rows = connection.execute(page).cursor.fetchall()
            yield rows


class NewestFirst:
    """All stored entries from the newest back, in small pages, so that whoever has enough has waited for little."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def folded(self) -> Iterator[list[tuple[int, str]]]:
        """As `Archive.folded`."""
        current = _fold_version()
        columns = (entry_texts.c.entry_id, entry_texts.c.folded, entry_texts.c.fold_version)
        for rows in self._pages(select(*columns), entry_texts.c.entry_id):
            yield [(entry, folded if version == current else "") for entry, folded, version in rows]

    def texts(self) -> Iterator[list[tuple[int, EntryText, str]]]:
        """As `Archive.texts`."""
        current = _fold_version()
        for rows in self._pages(_TEXTS, entries.c.id):
            yield [_text(row, current) for row in rows]

    def entries(self, ids: Sequence[int]) -> Iterator[StoredEntry]:
        """These entries, the newest first, read few at a time."""
        ids = sorted(ids, reverse=True)
        for at in range(0, len(ids), _NEWEST_AT_ONCE):
            query = entry_query().where(entries.c.id.in_(ids[at : at + _NEWEST_AT_ONCE]))
            with self._database.read() as connection:
                found = [stored_entry(row) for row in connection.execute(query.order_by(entries.c.id.desc()))]
            yield from found

    def _pages(self, query: Select[Any], key: ColumnElement[int]) -> Iterator[Sequence[Any]]:
        """The rows of a query from the greatest id down, as the driver gives them."""
        before: int | None = None
        while True:
            page = query if before is None else query.where(key < before)
            with self._database.read() as connection:
                rows = connection.execute(page.order_by(key.desc()).limit(_TEXTS_OF_NEWEST)).cursor.fetchall()
            if not rows:
                return
            yield rows
            before = rows[-1][0]


def _fold_version() -> int:
    """How texts are folded today; known to the matcher, which whoever only reads the store does without."""
    from digest.match import FOLD_VERSION

    return FOLD_VERSION


def _text(row: Sequence[Any], current: int) -> tuple[int, EntryText, str]:
    """A row of ``_TEXTS``, as the driver gives it; its folded text is empty if it is not of the current version."""
    entry, title, summary, content, source, lang, author, tags, folded, version, tier = row
    text = EntryText(title, summary, content, outlet(source), lang, author, _tags(tags), tier)
    return entry, text, folded if version == current else ""


@functools.lru_cache(maxsize=4_096)
def _tags(stored: str) -> tuple[str, ...]:
    return tuple(json.loads(stored))
