"""A store on disk, and short words for what polls bring."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from digest.delivery.limits import chat_key
from digest.delivery.queue import Situation
from digest.delivery.retries import Failed, Patience, RetryPolicy
from digest.store.telling import claim_next
from digest.values.messages import Delivery, DeliveryKind, Failure, PlannedDelivery
from digest.values.news import (
    EntryText,
    FeedUpdate,
    Hit,
    Identity,
    JudgedMatch,
    Match,
    NewEntry,
    Outcome,
    PollResult,
    Severity,
)
from digest.values.settings import ChannelSpec, FeedSpec, Telegram
from tests.fakes.line_by_line import lines
from tests.fakes.seeding import Seed, seed
from tests.fakes.stores import new_store, store_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from digest.delivery.messages.write import Pieces
    from digest.store import Store

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Where the store of a test is."""
    return store_url(tmp_path / "digest.db")


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """A new store with one feed and one channel, ``desk``."""
    with new_store(url) as opened:
        opened.sends.windows = lambda _: ()
        opened.polls.sync_feeds([FeedSpec("https://one.example/rss")], default_every=10 * MINUTE, now=NOW)
        opened.channels.sync([ChannelSpec("desk", Telegram("@desk"))], {}, NOW)
        yield opened


def identity(name: str) -> Identity:
    """An identity that is its own, by name."""
    return Identity(*(f"{kind}:{name}".encode().ljust(16, b".")[:16] for kind in ("key", "link", "title")))


def message(title: str = "", severity: Severity = Severity.NORMAL, channel: str = "desk") -> PlannedDelivery:
    """A message of two parts, owed to a channel."""
    tells = {"lines": [f"<b>{title}</b>", "more"]}
    return PlannedDelivery(channel, DeliveryKind.ALERT, severity, title, tells, rules=("korea",))


def taken(
    store: Store, now: datetime = NOW, chat: str = "@desk", spec: ChannelSpec | None = None, pieces: Pieces = lines
) -> Delivery | None:
    """The next message for a chat, or for that of a channel, taken to be sent; it takes a line at a time."""
    where = chat_key(spec.medium) if spec else chat
    used = spec or ChannelSpec("desk", Telegram(chat))
    with store.database.write() as (connection, seq):
        found = claim_next(connection, where, now, seq, store.sends, lambda _: (used, pieces))
    return found if isinstance(found, Delivery) else None


def fails(
    store: Store,
    delivery: int,
    failure: Failure,
    now: datetime = NOW,
    *,
    reason: str = "why",
    chat: str = "@desk",
    **policy: Any,
) -> None:
    """What was taken for a chat fails."""
    failed = Failed(failure, reason, MINUTE if failure is Failure.RATE_LIMITED else timedelta(0))
    situation = Situation(now, Patience(timedelta(days=1)))
    store.queue.failed(chat, delivery, failed, situation, RetryPolicy(**policy), 0.0)


def found(rule: str = "korea", severity: Severity = Severity.NORMAL, outcome: Outcome = Outcome.ALERT) -> JudgedMatch:
    """What a rule found in an entry."""
    return JudgedMatch(Match(rule, severity, (Hit("title", 0, 2, "북한", "북한"),)), outcome, ("One sentence.",))


def entry(
    name: str, *matches: JudgedMatch, owed: Sequence[PlannedDelivery] = (), published: datetime | None = None
) -> Seed:
    """An unseen entry, by name."""
    made = NewEntry(
        identity(name),
        url=f"https://one.example/{name}",
        text=EntryText(f"북한 {name}", "summary", "content\nof blocks", "One", "ko", "Author", ("a", "b")),
        published=published,
        folded=f"folded {name}",
        fold_version=3,
    )
    return seed(made, matches, owed)


def alerting(name: str, severity: Severity = Severity.NORMAL) -> Seed:
    """An entry that alerts, with one message owed to ``desk``."""
    return entry(name, found(severity=severity), owed=[message(name, severity)])


def polled(*entries: NewEntry, feed: int = 1, now: datetime = NOW, **changes: object) -> PollResult:
    """A poll that went well."""
    update = FeedUpdate(feed, now, ok=True, next_due=now + 10 * MINUTE, interval=10 * MINUTE, failures=0)
    return PollResult(replace(update, **changes), entries)  # type: ignore[arg-type]  # fields by name
