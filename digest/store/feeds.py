"""Feeds, and what their polls brought: a poll's entries, matches and deliveries owed land together or not at all."""

from __future__ import annotations

import time
from dataclasses import fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    Select,
    and_,
    bindparam,
    case,
    func,
    insert,
    null,
    select,
    union,
    update,
)

from digest.feeds.identity import KnownIdentities
from digest.store.alerts import add_entries, add_matches, rekey, take_for_seen, tell, tell_grown
from digest.store.evidence import note_edits
from digest.store.rows import feed_state, to_ms
from digest.store.schema import feeds, identities
from digest.values.news import Identity
from digest.values.settings import reading_row
from digest.values.states import rhythm_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from digest.delivery.decide import Decide
    from digest.store.database import Database
    from digest.store.grouping import Grouping
    from digest.values.news import FeedUpdate, FoundMatch, PollResult
    from digest.values.settings import FeedSpec
    from digest.values.states import FeedState


_SETTLES_EVERY: Final = 1.0
"""Seconds at least: each time costs the disk two flushes more."""


class Polls:
    """The feeds of the store."""

    def __init__(self, database: Database, grouping: Grouping) -> None:
        self._database = database
        self._grouping = grouping
        self._unsettled = False
        self._settled = -_SETTLES_EVERY  # time.monotonic()

    def sync_feeds(
        self,
        specs: Sequence[FeedSpec],
        *,
        default_every: timedelta,
        now: datetime,
        bounds: tuple[timedelta, timedelta] | None = None,
    ) -> None:
        """Make the stored feeds those of the config.

        A new feed is due at once. One that left the config keeps its entries and is no longer polled; when it comes
        back, its first poll is a baseline again, so that what it published meanwhile floods nobody.

        Args:
            specs: the feeds.
            default_every: the interval that one begins with that has none of its own.
            now: the time.
            bounds: between these such an interval lies from now on; the sooner poll counts.
        """
        with self._database.write() as (connection, seq):
            stored = {row.url: row for row in connection.execute(select(feeds))}
            new = {spec.url: _new_feed(spec, default_every, now, seq) for spec in specs if spec.url not in stored}
            if new:
                connection.execute(insert(feeds), [*new.values()])
            for spec in specs:
                if spec.url in stored:
                    _change_feed(connection, spec, stored[spec.url], bounds, now, seq)
            wanted = {spec.url for spec in specs}
            left = [row.id for url, row in stored.items() if row.configured and url not in wanted]
            connection.execute(update(feeds).where(feeds.c.id.in_(left)).values(configured=False, seq=seq))

    def all_feeds(self) -> list[FeedState]:
        """Every feed of the config, in the order of their addition."""
        return self._feeds(select(feeds).where(feeds.c.configured).order_by(feeds.c.id))

    def due_feeds(self, by: datetime, limit: int, besides: Sequence[int] = ()) -> list[FeedState]:
        """At most ``limit`` feeds whose time has come by then, the longest overdue first; ``besides``: but these."""
        with self._database.read() as connection:
            rows = connection.execute(_DUE, {"by": by, "most": limit, "besides": list(besides)})
            return [feed_state(row) for row in rows]

    def make_due(self, now: datetime, urls: Sequence[str] | None = None) -> int:
        """Have the feeds with these addresses (all, without) polled next; how many that are. Paused ones stay so."""
        chosen = [feeds.c.configured, ~feeds.c.paused]
        if urls is not None:
            chosen.append(feeds.c.url.in_(urls))
        with self._database.write() as (connection, seq):
            return connection.execute(update(feeds).where(*chosen).values(next_due=now, seq=seq)).rowcount

    def put_off(self, dues: Mapping[int, datetime]) -> None:
        """Let feeds, by their ids, be due at these times; those that are due later anyway stay so."""
        with self._database.write() as (connection, seq):
            for feed, due in dues.items():
                earlier = (feeds.c.id == feed, feeds.c.next_due < due)
                connection.execute(update(feeds).where(*earlier).values(next_due=due, seq=seq))

    def set_paused(self, feed_id: int, *, paused: bool, now: datetime) -> None:
        """Pause a feed, or have it polled again, at once."""
        with self._database.write() as (connection, seq):
            change = {"paused": paused, "seq": seq} | ({} if paused else {"next_due": now})
            connection.execute(update(feeds).where(feeds.c.id == feed_id).values(change))

    def known_identities(self, feed_id: int, asked: Iterable[Identity]) -> KnownIdentities:
        """What this feed had before that shares key, link or title with one of the identities asked about."""
        found: set[Identity] = set()
        asked = tuple(asked)
        with self._database.read() as connection:
            for start in range(0, len(asked), _ASKED_AT_ONCE):
                some = asked[start : start + _ASKED_AT_ONCE]
                values = {name: list({getattr(each, name) for each in some} - {b""}) for name in _NAMES}
                rows = connection.execute(_SHARING, {"feed": feed_id, **values})
                found.update(Identity(*row) for row in rows)
        return KnownIdentities.of(found)

    def commit_polls(self, results: Sequence[PollResult], now: datetime, decide: Decide) -> list[int]:
        """Store all that some polls changed, and what follows from what they found, in one transaction.

        An entry whose key its feed already had is left out, so the same result twice adds nothing. Of a part of a poll
        that others follow, only what it brings is stored. Returns the ids of the new entries, in order.
        """
        with self._grouping.write() as (connection, seq):
            for result in results:
                rekey(connection, result.update.feed_id, result.rekeyed)
                take_for_seen(connection, result.update.feed_id, result.seen, now)
                note_edits(connection, result.update.feed_id, result.edits, now, seq)
            brought = add_entries(connection, results, now, seq)
            grown = self._grouping.join(connection, brought.matched, now, seq)
            tell_grown(connection, brought.matches, grown, decide, now, seq)
            for note, more in ((_NOTE_POLL, False), (_NOTE_PART, True)):
                changes = [
                    _poll_parameters(result.update, count, seq)
                    for result, count in zip(results, brought.added, strict=True)
                    if result.more is more
                ]
                if changes:
                    connection.execute(note, changes)
        self._settle_baselines(results)
        return brought.entries

    def _settle_baselines(self, results: Sequence[PollResult]) -> None:
        """Bring first polls into the file itself, many at once: a forgotten one is taken again, and silences news."""
        self._unsettled |= any(result.update.baseline and not result.more for result in results)
        if self._unsettled and time.monotonic() - self._settled >= _SETTLES_EVERY:
            self._database.settle()
            self._unsettled, self._settled = False, time.monotonic()

    def commit_late(self, found: Mapping[int, Sequence[FoundMatch]], now: datetime, decide: Decide) -> int:
        """Store what rules found in stored entries, by their ids, and what follows from it; how many became alerts.

        It is one transaction. The same again adds nothing.
        """
        with self._grouping.write() as (connection, seq):
            added = add_matches(connection, found, now, seq)
            grown = self._grouping.join(connection, sorted(found), now, seq)
            return tell_grown(connection, added, grown, decide, now, seq)

    def commit_stories(self, limit: int, now: datetime, decide: Decide, *, alerted: bool = False) -> int:
        """Let entries join stories that were compared with none yet, and what follows from that.

        The oldest go first; with ``alerted``, of those alone that alerted. How many it were, at most ``limit``; none:
        every one of these has its story.
        """
        with self._database.read() as connection:
            chosen = self._grouping.unjoined(connection, limit, alerted=alerted)
        if chosen:
            with self._grouping.write() as (connection, seq):
                grown = self._grouping.join(connection, chosen, now, seq)
                tell_grown(connection, [], grown, decide, now, seq)
        return len(chosen)

    def decide_again(self, match_ids: Sequence[int], now: datetime, decide: Decide) -> int:
        """Decide anew, in one transaction, of stored matches; how many became alerts of now."""
        with self._database.write() as (connection, seq):
            return tell(connection, match_ids, decide, now, seq)

    def _feeds(self, query: Select[Any]) -> list[FeedState]:
        with self._database.read() as connection:
            return [feed_state(row) for row in connection.execute(query)]


def _new_feed(spec: FeedSpec, default_every: timedelta, now: datetime, seq: int) -> dict[str, Any]:
    row = _spec_columns(spec) | {"url": spec.url, "added": now, "interval_ms": to_ms(spec.every or default_every)}
    return row | {"next_due": now, "seq": seq}


def _change_feed(  # noqa: PLR0913, PLR0917 - a row, and what it is to fit
    connection: Connection,
    spec: FeedSpec,
    row: Row[Any],
    bounds: tuple[timedelta, timedelta] | None,
    now: datetime,
    seq: int,
) -> None:
    """Write what the config says differently; a changed interval counts from the last attempt."""
    columns = _spec_columns(spec)
    change = {name: value for name, value in columns.items() if getattr(row, name) != value}
    if "every_ms" in change and spec.every is not None:
        change["interval_ms"] = to_ms(spec.every)
        change["next_due"] = now if row.last_attempt is None else row.last_attempt + spec.every
    elif spec.every is None and bounds is not None:
        change |= _within(row, bounds)
    if "reading" in change:  # what the same document says is to be seen anew
        change |= {"etag": "", "last_modified": "", "body_hash": b"", "entry_hashes": b"", "next_due": now}
    if not row.configured:
        change |= {"configured": True, "paused": False, "baseline_at": None, "next_due": now}
    if change:
        connection.execute(update(feeds).where(feeds.c.id == row.id).values(change | {"seq": seq}))


def _within(row: Row[Any], bounds: tuple[timedelta, timedelta]) -> dict[str, Any]:
    """The change that brings an interval between these; a feed that fails waits as long as it did."""
    shortest, longest = bounds
    was = timedelta(milliseconds=row.interval_ms)
    interval = max(shortest, min(longest, was))
    if interval == was:
        return {}
    change: dict[str, Any] = {"interval_ms": to_ms(interval)}
    if not row.failures and row.last_attempt is not None:
        change["next_due"] = min(row.next_due, row.last_attempt + interval)
    return change


def _spec_columns(spec: FeedSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "tags": list(spec.tags),
        "lang": spec.lang,
        "publisher": spec.publisher,
        "tier": spec.tier,
        "every_ms": None if spec.every is None else to_ms(spec.every),
        "full_text": spec.full_text,
        "reading": reading_row(spec.reading),
    }


# Made once: making a statement costs more than SQLite takes for it, and this is asked twice a second.
DUE_WHERE: Final = and_(
    feeds.c.configured, ~feeds.c.paused, feeds.c.next_due <= bindparam("by", type_=feeds.c.next_due.type)
)
"""Whether the time of a feed has come by then."""
_DUE = (
    select(feeds)
    .where(DUE_WHERE)
    .where(feeds.c.id.not_in(bindparam("besides", expanding=True)))
    .order_by(feeds.c.next_due, feeds.c.id)
    .limit(bindparam("most"))
)

_NAMES = ("key", "link", "title")

_ASKED_AT_ONCE = 5_000
"""Identities in one question: SQLite takes 32,766 values, and a document of 10 MB may hold 100,000 entries."""


# A feed's identities that share one of the three with those asked about. One index serves each of them; an OR over the
# three might scan all that the feed ever had. Built once, for building it costs more than asking.
_SHARING = union(
    *(
        select(*(identities.c[each.name] for each in fields(Identity))).where(
            identities.c.feed_id == bindparam("feed"), identities.c[name].in_(bindparam(name, expanding=True))
        )
        for name in _NAMES
    )
)


_KEPT_IF_NULL = (
    "last_ok",
    "last_new",
    "etag",
    "last_modified",
    "body_hash",
    "entry_hashes",
    "fetch_url",
    "title",
    "rhythm",
)

_FIXED_MEANWHILE = and_(bindparam("ok", type_=feeds.c.paused.type), feeds.c.every_ms < bindparam("interval"))

_NOTE_POLL = (
    update(feeds)
    .where(feeds.c.id == bindparam("feed_id"))
    .values(
        {
            "last_attempt": bindparam("attempted"),
            "last_error": bindparam("error"),
            "last_status": bindparam("status"),
            "failures": bindparam("failed"),
            # An interval that the config fixed while the feed was asked holds, and its next poll comes by that.
            "interval_ms": func.coalesce(feeds.c.every_ms, bindparam("interval")),
            "next_due": case(
                (_FIXED_MEANWHILE, bindparam("by_fixed", type_=feeds.c.next_due.type) + feeds.c.every_ms),
                else_=bindparam("due", type_=feeds.c.next_due.type),
            ),
            "entries": feeds.c.entries + bindparam("new_count"),
            "job": null(),
            "seq": bindparam("number"),
            # The first success is the baseline, and stays it.
            "baseline_at": func.coalesce(feeds.c.baseline_at, bindparam("baseline", type_=feeds.c.baseline_at.type)),
            # Gone since the first 410, until a poll succeeds.
            "gone_at": case(
                (bindparam("ok", type_=feeds.c.paused.type), null()),
                else_=func.coalesce(feeds.c.gone_at, bindparam("gone", type_=feeds.c.gone_at.type)),
            ),
        }
        | {
            name: func.coalesce(bindparam(f"new_{name}", type_=feeds.c[name].type), feeds.c[name])
            for name in _KEPT_IF_NULL
        }
    )
)
"""One statement for every outcome of a poll, so that many polls are one round of it."""

_NOTE_PART = (
    update(feeds)
    .where(feeds.c.id == bindparam("feed_id"))
    .values(
        entries=feeds.c.entries + bindparam("new_count"),
        last_new=func.coalesce(bindparam("new_last_new", type_=feeds.c.last_new.type), feeds.c.last_new),
        seq=bindparam("number"),
    )
)
"""What a part of a poll changes in its feed, before the last one does all the rest."""


def _poll_parameters(change: FeedUpdate, added: int, seq: int) -> dict[str, Any]:
    return {
        "feed_id": change.feed_id,
        "attempted": change.attempted,
        "ok": change.ok,
        "error": change.error,
        "status": change.status,
        "failed": change.failures,
        "interval": to_ms(change.interval),
        "due": change.next_due,
        "by_fixed": change.attempted,
        "new_count": added,
        "number": seq,
        "baseline": change.attempted if change.baseline else None,
        "gone": change.attempted if change.gone else None,
        "new_last_ok": change.attempted if change.ok else None,
        "new_last_new": change.attempted if added else None,
        "new_etag": change.etag,
        "new_last_modified": change.last_modified,
        "new_body_hash": change.body_hash,
        "new_entry_hashes": change.entry_hashes,
        "new_fetch_url": change.fetch_url,
        "new_title": change.title,
        "new_rhythm": None if change.rhythm is None else rhythm_row(change.rhythm),
    }
