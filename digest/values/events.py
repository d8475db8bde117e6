"""What the engine's log tells of a decision beside its sentence: its kind, and the ids of what it is about.

A record of the log is an event if it has a kind. Whoever decides logs it as any other line, with these beside it::

    _log.info("%s answers again", name, extra=event(EventKind.FEED_RECOVERED, feed=3))
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, Final, TypedDict, Unpack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.errors import Problem


class EventKind(enum.StrEnum):
    """What was decided. Of a delivery it is the state that it came to, as ``digest outbox list`` has it."""

    ALERT = "alert"
    SUPPRESSED = "suppressed"
    DELIVERY_OWED = "delivery.owed"
    DELIVERY_QUEUED = "delivery.queued"
    DELIVERY_HELD = "delivery.held"
    DELIVERY_SENDING = "delivery.sending"
    DELIVERY_SENT = "delivery.sent"
    DELIVERY_UNKNOWN = "delivery.unknown"
    DELIVERY_DEAD = "delivery.dead"
    DELIVERY_DROPPED = "delivery.dropped"
    DELIVERY_JOINED = "delivery.joined"
    """Another message tells what it was to tell."""
    FEED_FAILING = "feed.failing"
    FEED_RECOVERED = "feed.recovered"
    FEED_MOVED = "feed.moved"
    RULES_LIVE = "rules.live"
    RULES_REFUSED = "rules.refused"
    CONFIG_LIVE = "config.live"
    CONFIG_REFUSED = "config.refused"
    CHANNEL_OFF = "channel.off"
    DIGEST_COMPOSED = "digest.composed"
    NOTICE_BEGAN = "notice.began"
    NOTICE_OVER = "notice.over"
    ENGINE_STARTED = "engine.started"
    ENGINE_STOPPED = "engine.stopped"

    @property
    def group(self) -> str:
        """What it is about: ``delivery`` of ``delivery.sent``."""
        return self.partition(".")[0]


class Fields(TypedDict, total=False):
    """What an event can say beside its sentence; numbers are ids of the store."""

    feed: int | None
    entry: int | None
    rule: str | None
    """Its id."""
    severity: str | None
    story: int | None
    delivery: int | None
    channel: str | None
    into: int | None
    """The delivery that tells it instead."""
    digest: str | None
    """Its name."""
    reason: str | None
    """Why: a named one where something decides by names, as of entries; else words."""
    failures: int | None
    """How many in a row."""
    path: str | None
    line: int | None
    column: int | None
    key: str | None
    """Of a condition that is told in notices."""


KIND: Final = "kind"
NAMES: Final = (KIND, *Fields.__annotations__)
"""What a record may carry, in the order in which it is written."""


def event(kind: EventKind, **fields: Unpack[Fields]) -> Mapping[str, Any]:
    """What makes a record of the log an event, the ``extra`` of ``logging``; of what is ``None`` it says nothing."""
    return {KIND: kind.value} | {name: value for name, value in fields.items() if value is not None}


def at(problem: Problem) -> Fields:
    """Where something is wrong in a file, and what."""
    return {"path": problem.path, "line": problem.line, "column": problem.column, "reason": problem.message}
