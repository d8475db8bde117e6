"""The pages of matched entries: which are still to be read, and what they say.

Which these are stands in the rows alone: an entry that matched, of a feed with ``full_text``, and nothing in
``articles``. So an engine that dies while it reads a page only reads it again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, and_, bindparam, exists, insert, or_, select, type_coerce, update

from digest.store.edits import OfMatches, make_stale
from digest.store.evidence import known_of, note_changes
from digest.store.rows import entry_query, hits_of, stored_entry, to_ms
from digest.store.schema import articles, entries, evidence, feeds, matches
from digest.values.news import Outcome

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import ColumnElement, Connection, Select

    from digest.store.database import Database
    from digest.values.news import PageFacts, StoredEntry

OLDEST: Final = timedelta(hours=24)
"""An entry that came earlier is left without its page."""
_AGAIN: Final = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
"""So long after the match the page of an alert is looked at again."""
_LOOKED_AT: Final = timedelta(hours=30)
"""For so long after it came."""
_MOST_WORDS: Final = 50
"""Of what a rule found, that are looked for on the page."""

_readable = and_(feeds.c.full_text, feeds.c.configured, entries.c.url != "")
_alerted = exists().where(matches.c.entry_id == entries.c.id, matches.c.outcome == Outcome.ALERT)
_read = exists().where(articles.c.entry_id == entries.c.id)

UNREAD: Final = and_(_readable, entries.c.first_seen > bindparam("oldest"), ~_read)
"""Whether the page of an entry, joined with its feed, is still to be read."""


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """What the page of an entry said when it was first read."""

    at: datetime
    """When it was read last."""
    title: str
    text: str
    """Empty: there is none ..."""
    problem: str
    """... and why, in plain words."""


@dataclass(frozen=True, slots=True)
class WantedPage:
    """An entry whose page is to be read."""

    entry: StoredEntry
    found: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The words that rules found in it, by their ids."""
    before: str = ""
    """The article, where the page was read before ..."""
    known: str = ""
    """... and the fingerprint of what it was seen to say since."""


class Articles:
    """The pages of entries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def to_read(
        self, now: datetime, *, most: int, but: Collection[int] = (), alerts: bool = False
    ) -> list[tuple[int, str]]:
        """Entries whose pages are to be read, with their addresses: alerts first, severest first, newest first.

        Args:
            now: the time.
            most: how many at most.
            but: not these.
            alerts: only those of alerts.
        """
        came = or_(~entries.c.baseline, entries.c.published.is_(None), entries.c.published > now - OLDEST)
        order = _alerted.desc(), entries.c.severity.desc(), entries.c.first_seen.desc(), entries.c.id.desc()
        pages = _pages(UNREAD, entries.c.severity.is_not(None), came, entries.c.id.not_in(but)).order_by(*order)
        if alerts:
            pages = pages.where(_alerted)
        with self._database.read() as connection:
            return [(row.id, row.url) for row in connection.execute(pages.limit(most), {"oldest": now - OLDEST})]

    def to_read_again(self, now: datetime, *, most: int, but: Collection[int] = ()) -> list[tuple[int, str]]:
        """Alerts whose page is to be looked at again, the newest first; as above."""
        pages = _pages(_readable, entries.c.id.not_in(but), _alerted, *_is_due_again(now))
        with self._database.read() as connection:
            rows = connection.execute(pages.order_by(entries.c.id.desc()).limit(most))
            return [(row.id, row.url) for row in rows]

    def wanted(self, entry: int) -> WantedPage | None:
        """An entry whose page is to be read, with what is to be known of it; ``None``: it is gone."""
        with self._database.read() as connection:
            row = connection.execute(entry_query().where(entries.c.id == entry)).one_or_none()
            if row is None:
                return None
            found = connection.execute(select(matches.c.rule, matches.c.hits).where(matches.c.entry_id == entry)).all()
            text = connection.execute(select(articles.c.text).where(articles.c.entry_id == entry)).scalar_one_or_none()
            noted = connection.execute(select(evidence.c.changes).where(evidence.c.entry_id == entry))
            known = known_of(noted.scalar_one_or_none() or ())
            words = {each.rule: tuple(_words(each.hits)) for each in found}
            return WantedPage(stored_entry(row), words, text or "", known.get("page", ""))

    def save(self, entry: int, page: PageFacts, now: datetime) -> None:
        """Store what the page of an entry says, or why it says nothing; its alerts are told by it from now on.

        Of one that was read before it is noted what it says otherwise. What was sent already is to be edited.
        """
        with self._database.write() as (connection, seq):
            if connection.execute(select(entries.c.id).where(entries.c.id == entry)).one_or_none() is None:
                return  # let go meanwhile
            before = select(articles.c.text).where(articles.c.entry_id == entry)
            if connection.execute(before).scalar_one_or_none():
                connection.execute(update(articles).where(articles.c.entry_id == entry).values(at=now))
                if page.change:
                    note_changes(connection, entry, [page.change], page.rules, now)
                return
            _put(connection, entry, page, now)
            if told := _tell_by(connection, entry, page.summaries, seq):
                make_stale(connection, OfMatches(told), now, seq)
            connection.execute(update(entries).where(entries.c.id == entry).values(seq=seq))

    def of(self, entry: int) -> StoredArticle | None:
        """The page of an entry; ``None``: it was not read."""
        with self._database.read() as connection:
            row = connection.execute(select(articles).where(articles.c.entry_id == entry)).one_or_none()
        return None if row is None else StoredArticle(row.at, row.title, row.text, row.problem)


def _pages(*wanted: ColumnElement[bool]) -> Select[Any]:
    return select(entries.c.id, entries.c.url).join(feeds, feeds.c.id == entries.c.feed_id).where(*wanted)


def _is_due_again(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Whether a page was last read before a time at which it should be looked at again."""
    read_after = type_coerce(articles.c.at, BigInteger) - type_coerce(evidence.c.at, BigInteger)
    due = or_(*(and_(evidence.c.at <= now - span, read_after < to_ms(span)) for span in _AGAIN))
    return (
        entries.c.severity.is_not(None),
        entries.c.first_seen > now - _LOOKED_AT,
        exists().where(evidence.c.entry_id == entries.c.id, articles.c.entry_id == entries.c.id, due),
    )


def _words(hits: list[Any]) -> list[str]:
    """The words that a rule found in an entry's text."""
    found = (hit.text for hit in hits_of(hits) if hit.field in {"title", "summary", "content"})
    return list(dict.fromkeys(found))[:_MOST_WORDS]


def _put(connection: Connection, entry: int, page: PageFacts, now: datetime) -> None:
    values = {"at": now, "title": page.title, "text": page.text, "spans": page.spans, "problem": page.problem}
    if not connection.execute(update(articles).where(articles.c.entry_id == entry).values(values)).rowcount:
        connection.execute(insert(articles).values(values | {"entry_id": entry}))


def _tell_by(connection: Connection, entry: int, summaries: Mapping[str, tuple[str, ...]], seq: int) -> list[int]:
    """Give the matches of an entry these summaries, by their rules; the ids of the alerts that have another one now."""
    rows = connection.execute(select(matches).where(matches.c.entry_id == entry, matches.c.rule.in_(summaries))).all()
    changed = [row for row in rows if summaries[row.rule] and list(summaries[row.rule]) != list(row.summary)]
    for row in changed:
        values = {"summary": summaries[row.rule], "seq": seq}
        connection.execute(update(matches).where(matches.c.id == row.id).values(values))
    return [row.id for row in changed if row.outcome == Outcome.ALERT]
