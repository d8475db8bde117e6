"""Reports of one event by several outlets in a test's store, as polls and the deciding of stories leave them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, update

from digest.store.edits import OfStories, make_stale
from digest.store.schema import deliveries, delivery_alerts, entries, evidence, matches, stories
from digest.values.messages import DeliveryKind, PlannedDelivery
from digest.values.news import (
    EntryText,
    FeedUpdate,
    Identity,
    JudgedMatch,
    Match,
    NewEntry,
    Outcome,
    PollResult,
    Severity,
)
from digest.values.settings import FeedSpec
from tests.fakes.seeding import commit, seed

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from digest.store import Store
    from digest.values.messages import Tells
    from digest.values.stories import Development

FIRST_STORY = 1_000_001
"""None that an entry of a test goes by."""
TITLE = "North Korea closes its embassy in Syria"


def put_in_story(store: Store, entry: int, now: datetime) -> int:
    """Let the messages that tell of a stored entry be of its story; its id."""
    told = select(delivery_alerts.c.delivery_id).join(matches, matches.c.id == delivery_alerts.c.match_id)
    with store.database.write() as (connection, seq):
        joined = connection.execute(select(entries.c.story_id).where(entries.c.id == entry)).scalar_one()
        story = _begin(connection, now, seq) if joined is None else int(joined)
        connection.execute(update(entries).where(entries.c.id == entry).values(story_id=story))
        of_it = deliveries.c.id.in_(told.where(matches.c.entry_id == entry))
        connection.execute(update(deliveries).where(of_it).values(story_id=story))
    return story


def _begin(connection: Connection, now: datetime, seq: int) -> int:
    """A new story."""
    last = connection.execute(select(func.max(stories.c.id))).scalar_one() or 0
    story = max(last + 1, FIRST_STORY)
    connection.execute(insert(stories).values(id=story, created=now, updated=now, seq=seq))
    return int(story)


@dataclass
class Newsroom:
    """Outlets that report one event after the other; each is a feed and a publisher of its own."""

    store: Store
    now: Callable[[], datetime]
    channels: tuple[str, ...] = ("desk",)
    made: int = 0
    tiers: dict[str, str] = field(default_factory=dict)

    def story(self) -> int:
        """A new event; its id."""
        now = self.now()
        with self.store.database.write() as (connection, seq):
            return _begin(connection, now, seq)

    def report(
        self,
        story: int | None,
        outlet: str,
        title: str = TITLE,
        *,
        told: bool = True,
        news: Development | None = None,
        severity: Severity = Severity.HIGH,
        summary: tuple[str, ...] = ("The embassy in Damascus has been closed.",),
    ) -> int:
        """An outlet reports an event, or one of its own: it is told, or only joins what was told; its entry's id."""
        self.made += 1
        now, key = self.now(), f"report {self.made}".encode().ljust(16, b".")
        text = EntryText(title, " ".join(summary), source=outlet)
        found = JudgedMatch(Match("dprk-syria", severity, ()), Outcome.ALERT, summary)
        tells: Tells = {"update": True} if news else {}
        owed = [
            PlannedDelivery(name, DeliveryKind.ALERT, severity, title, tells, rules=("dprk-syria",))
            for name in self.channels
        ]
        entry = NewEntry(Identity(key, key, key), f"https://{outlet.lower()}.example/{self.made}", text, now, "", 0)
        update_of_feed = FeedUpdate(self._feed(outlet), now, ok=True, next_due=now, interval=timedelta(1), failures=0)
        new = seed(entry, [found], owed) if told else seed(entry)
        commit(self.store, [PollResult(update_of_feed, (new,))], now)
        with self.store.database.write() as (connection, seq):
            number = int(connection.execute(select(entries.c.id).order_by(entries.c.id.desc()).limit(1)).scalar_one())
            if story is None:
                return number
            of_it = {"story_id": story, "publisher": outlet, "seq": seq}
            connection.execute(update(entries).where(entries.c.id == number).values(of_it))
            connection.execute(update(matches).where(matches.c.entry_id == number).values(news=news))
            untold = deliveries.c.story_id.is_(None), deliveries.c.kind == DeliveryKind.ALERT
            if told:
                connection.execute(update(deliveries).where(*untold).values(story_id=story))
            else:
                make_stale(connection, OfStories([story]), now, seq)
        return number

    def correct(self, entry: int, before: str, after: str, *, still_found: bool = True) -> None:
        """A headline is changed after the match."""
        now = self.now()
        change = {"at": 0, "field": "title", "before": before, "after": after, "matches": still_found}
        row = {"entry_id": entry, "at": now, "sha256": "", "text": "", "changes": [change]}
        with self.store.database.write() as (connection, seq):
            connection.execute(delete(evidence).where(evidence.c.entry_id == entry))
            connection.execute(insert(evidence).values(row))
            story = connection.execute(select(entries.c.story_id).where(entries.c.id == entry)).scalar_one()
            make_stale(connection, OfStories([story]), now, seq)

    def part(self, entry: int) -> None:
        """A report turns out to belong to no story; nobody is told."""
        with self.store.database.write() as (connection, seq):
            connection.execute(update(entries).where(entries.c.id == entry).values(story_id=None, seq=seq))

    def stale(self, story: int) -> int:
        """Its messages may read differently; how many."""
        with self.store.database.write() as (connection, seq):
            return make_stale(connection, OfStories([story]), self.now(), seq)

    def _feed(self, outlet: str) -> int:
        known = {feed.spec.name: feed for feed in self.store.polls.all_feeds()}
        if outlet not in known:
            new = FeedSpec(f"https://{outlet.lower()}.example/rss", name=outlet, tier=self.tiers.get(outlet, ""))
            specs = [*(feed.spec for feed in known.values()), new]
            self.store.polls.sync_feeds(specs, default_every=timedelta(minutes=10), now=self.now())
            known = {feed.spec.name: feed for feed in self.store.polls.all_feeds()}
        return known[outlet].id
