"""What polls bring, and what is decided of it, in a transaction that is already open; each table in one statement."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, bindparam, case, exists, func, insert, select, type_coerce, update
from sqlalchemy import cast as sql_cast

from digest.delivery.decide import Asked
from digest.store.channels import IN_SERVICE
from digest.store.database import insert_new
from digest.store.edits import OfStories, make_stale
from digest.store.events import note_decision
from digest.store.evidence import keep_evidence, keep_stored
from digest.store.owing import insert_for_ids, not_yet_gone, owe
from digest.store.rows import alert_query, entry_query, hits_as_json, judged_match, stored_entry
from digest.store.schema import (
    channels,
    entries,
    entry_texts,
    feeds,
    identities,
    matches,
    meta,
)
from digest.store.stories import newest_unfound, read_pace, so_far, waiting_in
from digest.values.news import JudgedMatch, Match, Outcome, entry_time

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from digest.delivery.decide import Decide
    from digest.values.messages import PlannedDelivery
    from digest.values.news import FoundMatch, Identity, NewEntry, PollResult

MEMORY: Final = timedelta(hours=72)
"""A report that was older when it was stored is compared with none."""
_ASKED_AT_ONCE = 5_000
"""Matches in one question: SQLite takes 32,766 values."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What polls brought that was not stored before."""

    entries: list[int]
    """Their ids, in order ..."""
    matches: list[int]
    """... and those of their matches, of which nothing is decided yet."""
    matched: list[int]
    """Those of the entries that have one and may join a story."""
    added: list[int]
    """How many entries each result brought."""


def add_entries(connection: Connection, results: Sequence[PollResult], now: datetime, seq: int) -> Brought:
    """Store the entries that their feeds never had, with their matches, and keep what the matched ones say."""
    fresh = _claim_identities(connection, results, now)
    added = [0] * len(results)
    for index, _ in fresh:
        added[index] += 1
    if not fresh:
        return Brought([], [], [], added)
    feed_of = [results[index].update.feed_id for index, _ in fresh]
    new = [entry for _, entry in fresh]
    rows = [_entry_row(entry, feed, now, seq) for entry, feed in zip(new, feed_of, strict=True)]
    ids = insert_for_ids(connection, entries, rows)
    texts = [_text_row(entry, entry_id) for entry, entry_id in zip(new, ids, strict=True)]
    connection.execute(insert(entry_texts), texts)
    connection.execute(
        _POINT_AT_ENTRY,
        [
            {"feed": feed, "known": entry.identity.key, "entry": entry_id}
            for entry, feed, entry_id in zip(new, feed_of, ids, strict=True)
        ],
    )
    found = [
        _match_row(entry_id, match, summary, now, seq)
        for entry_id, entry in zip(ids, new, strict=True)
        for match, summary in entry.matches
    ]
    said = {entry_id: entry.text for entry_id, entry in zip(ids, new, strict=True) if entry.matches}
    keep_evidence(connection, said, now)
    joining = [each for each, row in zip(ids, rows, strict=True) if each in said and row["story_id"] is None]
    return Brought(ids, insert_for_ids(connection, matches, found), joining, added)


def add_matches(
    connection: Connection, found: Mapping[int, Sequence[FoundMatch]], now: datetime, seq: int
) -> list[int]:
    """Store what rules found in stored entries, by their ids, after these had come; the ids of what is new of it."""
    rows = [_match_row(entry, match, summary, now, seq) for entry, some in found.items() for match, summary in some]
    if not rows:
        return []
    fresh = insert_new(connection, matches).returning(matches.c.id, matches.c.entry_id, matches.c.severity)
    added = connection.execute(fresh, rows).all()
    highest: dict[int, int] = {}
    for row in added:
        highest[row.entry_id] = max(row.severity, highest.get(row.entry_id, row.severity))
    for entry, severity in highest.items():
        higher = case((entries.c.severity > severity, entries.c.severity), else_=severity)
        connection.execute(update(entries).where(entries.c.id == entry).values(severity=higher, seq=seq))
    keep_stored(connection, highest, now)
    return sorted(row.id for row in added)


def tell_grown(  # noqa: PLR0913, PLR0917 - as for `tell`
    connection: Connection, match_ids: Sequence[int], grown: Collection[int], decide: Decide, now: datetime, seq: int
) -> int:
    """As `tell`, of new matches, and of what waited in stories that have more reports now.

    A rule that waited for sources tells the first report, one that is told again for more of them the newest that it
    found, or else the newest of all.
    """
    few, suppressed = waiting_in(connection, grown)
    told = tell(connection, [*few, *match_ids, *suppressed], decide, now, seq)
    waiting = set(connection.execute(_STILL_WAITING, {"wanted": list(few)}).scalars()) if any(few.values()) else few
    behind = [each for oldest, some in few.items() if oldest not in waiting for each in some]
    told += tell(connection, sorted(behind), decide, now, seq)
    told += _become(connection, _unfound(connection, grown, now), decide, now, seq)
    make_stale(connection, OfStories(grown), now, seq)  # they say who else reports it
    return told


def tell(connection: Connection, match_ids: Sequence[int], decide: Decide, now: datetime, seq: int) -> int:
    """Decide what becomes of stored matches, and owe what follows; how many of them became alerts of now.

    The one way to an alert: for what a poll brought, what a rule found later, what was judged by a wrong clock, and
    what waited for its story to grow. It is decided over all that was committed so far, for no other transaction
    writes meanwhile. What is an alert already stays one, and is told no more.
    """
    return _become(connection, _asked(connection, match_ids, now), decide, now, seq)


def _become(
    connection: Connection, asked: Sequence[tuple[Asked, dict[str, int]]], decide: Decide, now: datetime, seq: int
) -> int:
    """As `tell`; what stands in no row yet, by the ids of the rows by rule, gets one if it becomes an alert."""
    if not asked:
        return 0
    since = {row.name: row.first_seen for row in connection.execute(_SINCE)}
    decisions = decide([each for each, _ in asked], since, now)
    changed: dict[Outcome, list[dict[str, Any]]] = {}
    owed: dict[bool, list[tuple[PlannedDelivery, Sequence[int]]]] = {False: [], True: []}
    doubtful = _doubtful_feeds(connection, {each.entry.feed_id for each, _ in asked})
    for (each, ids), decision in zip(asked, decisions, strict=True):
        for before, after in zip(each.matches, decision.matches, strict=True):
            if after.outcome is not before.outcome:
                if after.match.rule not in ids:
                    from digest.stories.summarise import Summariser  # much to load, and rarely needed

                    found = after.match, Summariser(each.entry.text).summary(())
                    (ids[after.match.rule],) = add_matches(connection, {each.entry.id: [found]}, now, seq)
                told = {"match": ids[after.match.rule], "why": after.news, "voices": after.sources}
                changed.setdefault(after.outcome, []).append(told)
        note_decision(connection, each, decision, ids)
        # What was told of an entry whose feed was not polled since writes were lacking may have been sent before.
        owed[each.entry.feed_id in doubtful] += [
            (planned, [ids[rule] for rule in planned.rules if rule in ids]) for planned in decision.owed
        ]
    for outcome, rows in changed.items():
        same = {"became": outcome, "at": now, "number": seq}
        connection.execute(_DECIDED, [row | same for row in rows])
    for maybe_repeat, some in owed.items():
        owe(connection, not_yet_gone(connection, some, now, seq), now, seq, maybe_repeat=maybe_repeat)
    return len(changed.get(Outcome.ALERT, ()))


# Made once: they are asked in every transaction that brings something, and making them costs more than asking.
_STILL_WAITING: Final = select(matches.c.id).where(
    matches.c.id.in_(bindparam("wanted", expanding=True)), matches.c.outcome == Outcome.FEW_SOURCES
)
_SINCE: Final = select(channels.c.name, channels.c.first_seen).where(IN_SERVICE)
_DECIDED: Final = (
    update(matches)
    .where(matches.c.id == bindparam("match"))
    .values(
        outcome=bindparam("became"),
        created=bindparam("at"),
        news=bindparam("why"),
        sources=bindparam("voices"),
        seq=bindparam("number"),
    )
)
_ASKED: Final = alert_query(matches.c.outcome).where(
    matches.c.id.in_(bindparam("wanted", expanding=True)), matches.c.outcome != Outcome.ALERT
)

_NEWEST: Final = entry_query().where(entries.c.id.in_(bindparam("wanted", expanding=True))).order_by(entries.c.id)


def _asked(connection: Connection, match_ids: Sequence[int], now: datetime) -> list[tuple[Asked, dict[str, int]]]:
    """Of which entries it is to be decided, in this order of their matches, each with the ids of these by rule."""
    found: dict[int, Row[Any]] = {}
    for start in range(0, len(match_ids), _ASKED_AT_ONCE):
        some = connection.execute(_ASKED, {"wanted": match_ids[start : start + _ASKED_AT_ONCE]})
        found |= {row.match_id: row for row in some}
    rows: dict[int, list[Row[Any]]] = {}
    for match in dict.fromkeys(match_ids):
        if match in found:
            rows.setdefault(found[match].id, []).append(found[match])
    pace = cache(partial(read_pace, connection, now=now))  # nothing of it changes while it is decided
    stories = so_far(connection, {some[0].story_id for some in rows.values() if some[0].story_id})
    return [
        (
            Asked(stored_entry(some[0]), tuple(map(judged_match, some)), stories.get(some[0].story_id), pace),
            {row.rule: row.match_id for row in some},
        )
        for some in rows.values()
    ]


def _unfound(connection: Connection, grown: Collection[int], now: datetime) -> list[tuple[Asked, dict[str, int]]]:
    """The newest reports of some stories, each with the rules that told its story and found nothing in the report."""
    rules = newest_unfound(connection, grown)
    if not rules:
        return []
    pace = cache(partial(read_pace, connection, now=now))
    rows = connection.execute(_NEWEST, {"wanted": list(rules)}).all()
    stories = so_far(connection, {row.story_id for row in rows})
    return [
        (
            Asked(
                stored_entry(row),
                tuple(JudgedMatch(Match(rule, severity, ()), Outcome.SAME_STORY) for rule, severity in rules[row.id]),
                stories.get(row.story_id),
                pace,
            ),
            {},
        )
        for row in rows
    ]


DOUBT: Final = "doubt"
"""The fact that writes were found to be lacking, and when, in milliseconds since 1970."""

_doubted = select(sql_cast(meta.c.value, BigInteger)).where(meta.c.key == DOUBT).scalar_subquery()
_last_ok = func.coalesce(type_coerce(feeds.c.last_ok, BigInteger), 0)
_DOUBTFUL: Final = select(feeds.c.id).where(feeds.c.id.in_(bindparam("some", expanding=True)), _last_ok < _doubted)


def _doubtful_feeds(connection: Connection, some: Collection[int]) -> frozenset[int]:
    """Those of some feeds of which no poll was stored since writes were lacking: they may bring what was told."""
    return frozenset(connection.execute(_DOUBTFUL, {"some": list(some)}).scalars())


def is_doubtful(connection: Connection, at: datetime) -> bool:
    """Whether writes were found to be lacking since: what was told then may have been told before."""
    return bool(connection.execute(select(_doubted >= round(at.timestamp() * 1000))).scalar_one())


def rekey(connection: Connection, feed_id: int, pairs: Sequence[tuple[Identity, Identity]]) -> None:
    """Let entries of a feed be known by their new identities instead of the old; a new one that is taken stays."""
    other = identities.alias()
    for known, new in pairs:
        taken = exists().where(other.c.feed_id == feed_id, other.c.key == new.key)
        change = update(identities).where(identities.c.feed_id == feed_id, identities.c.key == known.key, ~taken)
        connection.execute(change.values(asdict(new)))


def take_for_seen(connection: Connection, feed_id: int, some: Sequence[Identity], now: datetime) -> None:
    """Let a feed's entries of these identities never count as new; what is known already stays as it is."""
    if some:
        connection.execute(insert_new(connection, identities), [_identity_row(each, feed_id, now) for each in some])


_POINT_AT_ENTRY = (
    update(identities)
    .where(identities.c.feed_id == bindparam("feed"), identities.c.key == bindparam("known"))
    .values(entry_id=bindparam("entry"))
)


def _claim_identities(
    connection: Connection, results: Sequence[PollResult], now: datetime
) -> list[tuple[int, NewEntry]]:
    """The entries whose keys were free, each with the number of its result; the unique key decides."""
    asked = [(index, entry) for index, result in enumerate(results) for entry in result.entries]
    if not asked:
        return []
    rows = [_identity_row(entry.identity, results[index].update.feed_id, now) for index, entry in asked]
    claim = insert_new(connection, identities).returning(identities.c.feed_id, identities.c.key)
    free = {(row.feed_id, row.key) for row in connection.execute(claim, rows)}
    fresh = []
    for index, entry in asked:
        key = (results[index].update.feed_id, entry.identity.key)
        if key in free:
            free.remove(key)  # the same key again in these results is the same entry
            fresh.append((index, entry))
    return fresh


def _identity_row(identity: Identity, feed_id: int, now: datetime) -> dict[str, Any]:
    return {
        "feed_id": feed_id,
        "key": identity.key,
        "link": identity.link,
        "title": identity.title,
        "twin": identity.twin,
        "words": identity.words,
        "first_seen": now,
    }


def _match_row(entry_id: int, match: Match, summary: tuple[str, ...], now: datetime, seq: int) -> dict[str, Any]:
    return {
        "entry_id": entry_id,
        "rule": match.rule,
        "severity": match.severity,
        "outcome": Outcome.UNDECIDED,
        "hits": hits_as_json(match.hits),
        "summary": summary,
        "created": now,
        "seq": seq,
    }


def _entry_row(entry: NewEntry, feed_id: int, now: datetime, seq: int) -> dict[str, Any]:
    return {
        "feed_id": feed_id,
        "url": entry.url,
        "title": entry.text.title,
        "author": entry.text.author,
        "lang": entry.text.lang,
        "published": entry.published,
        "first_seen": now,
        "baseline": entry.baseline,
        "story_id": 0 if entry.baseline and now - entry_time(entry.published, now) > MEMORY else None,
        "severity": max((match.severity for match, _ in entry.matches), default=None),
        "seq": seq,
    }


def _text_row(entry: NewEntry, entry_id: int) -> dict[str, Any]:
    return {
        "entry_id": entry_id,
        "summary": entry.text.summary,
        "content": entry.text.content,
        "tags": entry.text.tags,
        "folded": entry.folded,
        "fold_version": entry.fold_version,
        "summary_spans": entry.summary_spans,
        "content_spans": entry.content_spans,
    }
