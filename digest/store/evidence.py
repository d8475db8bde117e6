"""What entries said when rules matched them, and what they and their pages were seen to say otherwise since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import exists, select, update

from digest.store.database import insert_new
from digest.store.edits import CORRECTED, OfMatches, make_stale
from digest.store.schema import entries, entry_texts, evidence, identities, matches, rules
from digest.stories.evidence import FIELDS, fingerprint, kept_text
from digest.values.news import EntryText, KeptEntry, Outcome

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from digest.store.database import Database
    from digest.values.news import EntryEdit, TextChange

_AT_ONCE: Final = 5_000
"""Ids in one statement: SQLite takes 32,766 values."""
_MOST_CHANGES: Final = 50
"""Of one entry that are kept: the first ones, and the last."""
_MOST_CHARACTERS: Final = 4_000_000
"""Of kept texts that are compared with one document."""


@dataclass(frozen=True, slots=True)
class StoredEvidence:
    """What was kept of an entry."""

    entry: int
    at: datetime
    sha256: str
    """Of the text, in UTF-8."""
    text: str
    changes: tuple[Mapping[str, Any], ...]
    """What was seen to differ, oldest first; each has these:

    - ``at``: when it was seen, in milliseconds since 1970
    - ``field``: ``title``, ``summary``, ``content`` or ``page``
    - ``before``, ``after``: of a title what it was and is; else the sentences that are gone, and those that are new
    - ``difference``: the lines of a unified diff; of a page that is gone, what its server says
    - ``sha256``: of the field's whole text as it was then
    - ``matches``: whether a rule that matched the entry still did; true where no such rule was live
    """


class Evidence:
    """What is kept of entries that matched."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def kept(self, feed_id: int, keys: Sequence[bytes]) -> list[KeptEntry]:
        """Of a feed's entries that have these keys, those that matched, as they are compared with what they say now."""
        query = (
            select(identities.c.key, entries.c.title, entry_texts.c.summary, entry_texts.c.content, evidence.c.changes)
            .join(entries, entries.c.id == identities.c.entry_id)
            .join(evidence, evidence.c.entry_id == entries.c.id)
            .join(entry_texts, entry_texts.c.entry_id == entries.c.id)
            .where(identities.c.feed_id == feed_id, identities.c.key.in_(keys[:_AT_ONCE]))
            .order_by(entries.c.id.desc())
        )
        left = _MOST_CHARACTERS
        found = []
        with self._database.read() as connection:
            for row in connection.execute(query):
                texts = {"title": row.title, "summary": row.summary, "content": row.content}
                texts |= {each["field"]: each["after"] for each in row.changes if each["field"] == "title"}
                left -= sum(map(len, texts.values()))
                if left < 0:
                    break
                found.append(KeptEntry(row.key, texts, known_of(row.changes)))
        return found

    def of(self, entry: int) -> StoredEvidence | None:
        """What was kept of an entry; ``None``: nothing, or it was let go."""
        with self._database.read() as connection:
            row = connection.execute(select(evidence).where(evidence.c.entry_id == entry)).one_or_none()
        return None if row is None else StoredEvidence(entry, row.at, row.sha256, row.text, tuple(row.changes))


def known_of(changes: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """By field, the fingerprint of what it was seen to say last, of those that changed."""
    return {each["field"]: each["sha256"] for each in changes}


def keep_evidence(connection: Connection, texts: Mapping[int, EntryText], now: datetime) -> None:
    """Keep what entries say that have matched, by their ids; inside the transaction that stores the matches."""
    kept = {entry: kept_text(text) for entry, text in texts.items()}
    rows = [
        {"entry_id": entry, "at": now, "sha256": fingerprint(text), "text": text, "changes": []}
        for entry, text in kept.items()
    ]
    if rows:
        connection.execute(insert_new(connection, evidence), rows)


def keep_stored(connection: Connection, entry_ids: Collection[int], now: datetime) -> None:
    """The same of stored entries that a rule found later."""
    bare = ~exists().where(evidence.c.entry_id == entries.c.id)
    query = select(entries.c.id, entries.c.title, entry_texts.c.summary, entry_texts.c.content).join(entry_texts)
    rows = connection.execute(query.where(entries.c.id.in_(entry_ids), bare)).all()
    keep_evidence(connection, {row.id: EntryText(row.title, row.summary, row.content) for row in rows}, now)


def note_edits(connection: Connection, feed_id: int, edits: Sequence[EntryEdit], now: datetime, seq: int) -> None:
    """Note what a feed's entries say otherwise than when they matched; the same again adds nothing.

    What was sent of one whose title is another is to be edited.
    """
    if not edits:
        return
    by_key = {edit.key: edit for edit in edits}
    query = select(identities.c.key, identities.c.entry_id).where(
        identities.c.feed_id == feed_id, identities.c.key.in_(by_key), identities.c.entry_id.is_not(None)
    )
    retitled: list[int] = []
    for row in connection.execute(query).all():
        edit = by_key[row.key]
        noted = note_changes(connection, row.entry_id, edit.changes, edit.rules, now)
        if any(change.field == FIELDS[0] for change in noted):
            retitled.append(row.entry_id)
    if retitled:
        told = connection.scalars(select(matches.c.id).where(matches.c.entry_id.in_(retitled))).all()
        make_stale(connection, OfMatches(told), now, seq, ahead=CORRECTED)


def note_changes(
    connection: Connection, entry: int, changes: Sequence[TextChange], rules_now: Collection[str], now: datetime
) -> list[TextChange]:
    """Note what an entry or its page says otherwise, and whether its rules still match; what of it is new."""
    stored = connection.execute(select(evidence.c.changes).where(evidence.c.entry_id == entry)).scalar_one_or_none()
    if stored is None:
        return []
    known = known_of(stored)
    fresh = [change for change in changes if known.get(change.field) != change.sha256]
    if fresh:
        still = _still_match(connection, entry, rules_now)
        more = [*stored, *(_change_row(change, now, matches=still) for change in fresh)]
        kept = more if len(more) <= _MOST_CHANGES else [*more[: _MOST_CHANGES - len(fresh)], *more[-len(fresh) :]]
        connection.execute(update(evidence).where(evidence.c.entry_id == entry).values(changes=kept))
    return fresh


def _still_match(connection: Connection, entry: int, rules_now: Collection[str]) -> bool:
    """Whether one of an entry's rules, of those that alerted if any did, matches what it says now."""
    query = select(matches.c.rule, matches.c.outcome).join(rules, rules.c.id == matches.c.rule)
    rows = connection.execute(query.where(matches.c.entry_id == entry, rules.c.enabled)).all()
    alerted = {row.rule for row in rows if row.outcome == Outcome.ALERT} or {row.rule for row in rows}
    return not alerted or not alerted.isdisjoint(rules_now)


def _change_row(change: TextChange, now: datetime, *, matches: bool) -> dict[str, Any]:
    return {
        "at": round(now.timestamp() * 1000),
        "field": change.field,
        "before": change.before,
        "after": change.after,
        "difference": change.difference,
        "sha256": change.sha256,
        "matches": matches,
    }
