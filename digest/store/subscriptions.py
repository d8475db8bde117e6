"""What the hubs of feeds were asked for, and that their feeds are due when they tell of something."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from digest.store.schema import feeds, subscriptions
from digest.values.push import Subscription
from digest.watch.alike import server_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime, timedelta

    from digest.store.database import Database

_COLUMNS = tuple(subscriptions.c[field.name] for field in fields(Subscription))
_WANT_PEACE = (429, 503)


class Subscriptions:
    """The subscriptions of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Subscription]:
        """Every one of them, at most one for a feed."""
        with self._database.read() as connection:
            rows = connection.execute(select(*_COLUMNS).order_by(subscriptions.c.feed_id)).all()
        return [Subscription(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name

    def put(self, changed: Sequence[Subscription], gone: Collection[int] = ()) -> None:
        """Store these in place of what was stored of their feeds, and forget those of others."""
        with self._database.write() as (connection, seq):
            replaced = {one.feed_id for one in changed} | set(gone)
            connection.execute(delete(subscriptions).where(subscriptions.c.feed_id.in_(replaced)))
            if changed:
                connection.execute(insert(subscriptions), [asdict(one) | {"seq": seq} for one in changed])

    def make_due(self, feed_ids: Collection[int], now: datetime, shortest: timedelta) -> None:
        """Have feeds polled as soon as they may be: not sooner after their last poll, nor while their server rests.

        One that fails, is gone or is paused waits as it does.
        """
        wants_peace = (feeds.c.failures > 0, feeds.c.last_status.in_(_WANT_PEACE), feeds.c.next_due > now)
        chosen = (feeds.c.id.in_(feed_ids), feeds.c.configured, ~feeds.c.paused, feeds.c.failures == 0)
        with self._database.write() as (connection, seq):
            resting = {
                server_of(row.url): row.next_due
                for row in connection.execute(
                    select(feeds.c.url, feeds.c.next_due).where(*wants_peace).order_by(feeds.c.next_due)
                )
            }
            for row in connection.execute(select(feeds.c.id, feeds.c.url, feeds.c.last_attempt).where(*chosen)).all():
                due = max(now, resting.get(server_of(row.url), now), (row.last_attempt or now - shortest) + shortest)
                later = (feeds.c.id == row.id, feeds.c.next_due > due)
                connection.execute(update(feeds).where(*later).values(next_due=due, seq=seq))
