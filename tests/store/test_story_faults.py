"""What stories must not do: count what is none, hold up the store, or outlive what they tell of."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import update

from digest.store.schema import entries
from digest.store.stories import read_stories
from digest.store.telling import facts_of
from tests.store.conftest import MINUTE, NOW
from tests.store.test_one_alert import DESK, LAUNCH, OTHER, brings
from tests.store.test_one_alert import store as store  # noqa: PLC0414 - pytest finds the fixture by its name

if TYPE_CHECKING:
    from digest.store import Store

HOUR = timedelta(hours=1)


def test_story_0_is_none(store: Store) -> None:
    """Entries that were too old to be compared share no story: none is read, and none has grown."""
    old = brings(store, 1, LAUNCH, "dprk")
    new = brings(store, 2, OTHER, "dprk", now=NOW + HOUR)
    with store.database.write() as (connection, _):
        connection.execute(update(entries).where(entries.c.id.in_((old, new))).values(story_id=0))
        first, _ = store.outbox.list()
        assert facts_of(connection, first, DESK).stories == {}
    assert list(store.reads.grown(NOW + HOUR, NOW + 2 * HOUR)) == []


def test_any_number_of_stories_is_read(store: Store) -> None:
    """A catch-up or a digest may tell of more of them than the database takes values."""
    entry = brings(store, 1, LAUNCH, "dprk", now=NOW + MINUTE)
    with store.database.read() as connection:
        assert list(read_stories(connection, range(-1, 70_000))) == [entry]
