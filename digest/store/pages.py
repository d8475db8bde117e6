"""What the dashboard's pages ask of the store: each a few short reads of narrow rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from digest.store.dashboard import Dashboard
from digest.store.schema import deliveries, digests, entries, matches, requests, rules, stars
from digest.values.desks import UNNAMED, of_desk
from digest.values.messages import DeliveryKind, DeliveryState, Hold
from digest.values.news import Outcome, Severity
from digest.values.stories import story_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from digest.store.dashboard import ChannelLine
    from digest.store.people import Mute
    from digest.store.store import Store
    from digest.values.messages import Alert, Correction
    from digest.values.stories import Story


@dataclass(frozen=True, slots=True)
class StoryDetail:
    """All that the page of a story shows, but for those that may be related."""

    story: Story
    alerts: tuple[Alert, ...]
    """What was told of it, oldest first."""
    rules: tuple[tuple[str, Severity], ...]
    """The titles of the rules that found a report of it, each with the highest severity; the severest first."""
    corrections: Mapping[int, Correction]
    """Of its reports' headlines, by the ids of their entries."""
    langs: Mapping[int, str]
    """Of its reports, likewise."""
    starred: frozenset[int]
    """The ids of its starred entries; all of them where the story is."""
    mute: Mute | None


def story_detail(store: Store, story: int, now: datetime, desk: str = UNNAMED) -> StoryDetail | None:
    """A story in full, with its mute at a desk; ``None`` if there is none of this id."""
    found = store.reads.story(story)
    if found is None:
        return None
    with store.database.read() as connection:
        of_it = select(entries.c.id, entries.c.lang).where(entries.c.story_id == story)
        langs = {row.id: row.lang for row in connection.execute(of_it)}
        picked = set(connection.execute(select(stars.c.entry_id)).scalars())
        found_by = _found_by(connection, story)
        whole = connection.execute(select(stars.c.id).where(stars.c.story_id == story)).first()
    ids = [report.entry for report in found.reports]
    starred = frozenset(ids) if whole else picked.intersection(ids)
    mute = store.mutes.of(of_desk(desk, story_name(story)), now)
    alerts = tuple(store.reads.alerts_about(story=story))
    return StoryDetail(found, alerts, found_by, store.reads.corrections(ids), langs, frozenset(starred), mute)


def _found_by(connection: Connection, story: int) -> tuple[tuple[str, Severity], ...]:
    severest = func.max(matches.c.severity)
    rows = connection.execute(
        select(matches.c.rule, func.max(rules.c.title), severest)
        .select_from(
            matches.join(entries, matches.c.entry_id == entries.c.id).join(rules, matches.c.rule == rules.c.id)
        )
        .where(entries.c.story_id == story)
        .group_by(matches.c.rule)
        .order_by(severest.desc(), matches.c.rule)
    )
    return tuple((title or rule, Severity(severity)) for rule, title, severity in rows)


_AT_ONCE: Final = 100
"""Messages of a kind that a page shows, at most."""
_NEEDS: Final = (DeliveryState.UNKNOWN, DeliveryState.DEAD)
_WAITS: Final = (DeliveryState.SENDING, DeliveryState.QUEUED, DeliveryState.HELD)


@dataclass(frozen=True, slots=True)
class MessageLine:
    """A message of the outbox, without what it says."""

    id: int
    channel: str
    kind: DeliveryKind
    state: DeliveryState
    severity: Severity
    title: str
    attempts: int
    created: datetime
    updated: datetime
    not_before: datetime | None
    reason: str
    held_by: Hold | None
    maybe_repeat: bool


@dataclass(frozen=True, slots=True)
class OutboxView:
    """The outbox at a glance."""

    needs: Sequence[MessageLine]
    """Nobody knows whether they arrived, or they were given up; the newest first, as all here."""
    waits: Sequence[MessageLine]
    done: Sequence[MessageLine]
    """Sent, or dropped."""
    counts: Mapping[DeliveryState, int]
    """How many there are of each, those that are done left out."""
    channels: Sequence[ChannelLine]


def outbox_view(store: Store) -> OutboxView:
    """What is owed, and what was sent lately."""
    columns = [deliveries.c[name] for name in MessageLine.__slots__]
    newest = select(*columns).order_by(deliveries.c.id.desc()).limit(_AT_ONCE)
    counted = select(deliveries.c.state, func.count()).where(deliveries.c.state.in_((*_NEEDS, *_WAITS)))
    # Said so that the last ones are read from the end: an index on the state would lead to all that was ever sent.
    done = newest.where(func.coalesce(deliveries.c.state, "").in_((DeliveryState.SENT, DeliveryState.DROPPED)))
    with store.database.read() as connection:
        needs, waits = (
            [_message(row) for row in connection.execute(newest.where(deliveries.c.state.in_(states)))]
            for states in (_NEEDS, _WAITS)
        )
        counts = {DeliveryState(state): number for state, number in connection.execute(counted.group_by("state"))}
        sent = [_message(row) for row in connection.execute(done)]
    return OutboxView(needs, waits, sent, counts, Dashboard(store.database).channels())


def _message(row: Row[Any]) -> MessageLine:
    return MessageLine(
        id=row.id,
        channel=row.channel,
        kind=DeliveryKind(row.kind),
        state=DeliveryState(row.state),
        severity=Severity(row.severity),
        title=row.title,
        attempts=row.attempts,
        created=row.created,
        updated=row.updated,
        not_before=row.not_before,
        reason=row.reason,
        held_by=Hold(row.held_by) if row.held_by else None,
        maybe_repeat=row.maybe_repeat,
    )


def last_hits(store: Store) -> Mapping[str, datetime]:
    """When each live rule found something last, by its id; those that never did are missing.

    What a feed held before it was known is no news, however late it was found.
    """
    found = matches.c.rule == rules.c.id, matches.c.outcome != Outcome.BASELINE
    last = select(func.max(matches.c.created)).where(*found).scalar_subquery()
    with store.database.read() as connection:
        rows = connection.execute(select(rules.c.id, last.label("last")))
        return {row.id: row.last for row in rows if row.last is not None}


@dataclass(frozen=True, slots=True)
class ComposedLine:
    """A digest that was composed at its time, without its document."""

    name: str
    local: str
    """What the local clock showed: ``2026-11-22T07:00``."""
    until: datetime
    alerts: int


def digest_lines(store: Store) -> list[ComposedLine]:
    """The digests that were composed, the newest first."""
    columns = digests.c.name, digests.c.local_date, digests.c.until, digests.c.alerts
    query = select(*columns).order_by(digests.c.until.desc(), digests.c.name).limit(_AT_ONCE)
    with store.database.read() as connection:
        return [ComposedLine(row.name, row.local_date, row.until, row.alerts) for row in connection.execute(query)]


def last_answer(store: Store, kind: str) -> Answer | None:
    """What came of the last request of a kind."""
    query = select(requests).where(requests.c.kind == kind).order_by(requests.c.id.desc()).limit(1)
    with store.database.read() as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else Answer(row.created, row.done, row.result)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request."""

    asked: datetime
    done: datetime | None
    words: str
    """Empty: all is well."""
