"""Tells the log what a transaction decided, once it is committed: what was rolled back never happened.

Whoever writes notes it on the connection; ``Database.write`` logs it. Only an engine's process has a log: what a
command decides by itself, as ``digest outbox drop``, stands in none.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from digest.text import quoted
from digest.values.events import EventKind, event
from digest.values.news import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from digest.delivery.decide import Asked, Decision
    from digest.delivery.queue import Plan, Waiting
    from digest.values.messages import Delivery, DeliveryState, PlannedDelivery
    from digest.values.news import JudgedMatch, StoredEntry

LOGGER: Final = __name__
"""What all these are logged as."""
_log = logging.getLogger(LOGGER)
_NOTED: Final = "digest.noted"
_NO_CHANNEL: Final = "no channel is owed it"


class _Noted(NamedTuple):
    """What a transaction decided until now."""

    lines: list[tuple[str, Mapping[str, Any]]]
    """Sentences, each with its fields."""
    entries: dict[int, StoredEntry]
    """By the ids of their matches, those of which it was decided."""


def begin(connection: Connection) -> None:
    """A transaction begins: what another noted that was rolled back is forgotten."""
    connection.info.pop(_NOTED, None)


def committed(connection: Connection) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """What is to be logged once this is committed."""
    noted: _Noted | None = connection.info.pop(_NOTED, None)
    return () if noted is None else noted.lines


def log(lines: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """Log these."""
    for sentence, extra in lines:
        _log.info("%s", sentence, extra=extra)


def _noted(connection: Connection) -> _Noted | None:
    """Where to note it; ``None``: nobody reads it."""
    if not _log.isEnabledFor(logging.INFO):
        return None
    found: _Noted = connection.info.setdefault(_NOTED, _Noted([], {}))
    return found


def note_decision(connection: Connection, asked: Asked, decision: Decision, ids: Mapping[str, int]) -> None:
    """What became of the matches of an entry; ``ids``: those of the matches by rule."""
    if (noted := _noted(connection)) is None:
        return
    owed = {rule for planned in decision.owed for rule in planned.rules}
    for before, after in zip(asked.matches, decision.matches, strict=True):
        if after.match.rule in ids:
            noted.entries[ids[after.match.rule]] = asked.entry
        if after.outcome is not before.outcome:
            noted.lines.append(_decided(asked.entry, after, is_owed=after.match.rule in owed))


def _decided(entry: StoredEntry, judged: JudgedMatch, *, is_owed: bool) -> tuple[str, Mapping[str, Any]]:
    rule, alert = judged.match.rule, judged.outcome is Outcome.ALERT
    if alert:
        reason = (judged.news or "") if is_owed else _NO_CHANNEL
        words = f"is an alert of {rule}" + (f": {reason}" if reason else "")
    else:
        reason, words = judged.outcome.value, f"is no alert of {rule}: {judged.outcome.sentence}"
    extra = event(
        EventKind.ALERT if alert else EventKind.SUPPRESSED,
        feed=entry.feed_id,
        entry=entry.id,
        rule=rule,
        severity=judged.match.severity.word,
        story=entry.story or None,
        reason=reason or None,
    )
    return f"{quoted(entry.title)} {words}", extra


def note_owed(connection: Connection, delivery: int, planned: PlannedDelivery, matches: Sequence[int]) -> None:
    """A message is owed, or one that waits tells more: an event for each entry of which it was decided just now."""
    if (noted := _noted(connection)) is None:
        return
    told = {noted.entries[match].id: noted.entries[match] for match in matches if match in noted.entries}
    about: list[StoredEntry | None] = [*told.values()] or [None]
    for entry in about:
        extra = event(
            EventKind.DELIVERY_OWED,
            feed=None if entry is None else entry.feed_id,
            entry=None if entry is None else entry.id,
            story=planned.story or None,
            delivery=delivery,
            channel=planned.channel,
        )
        title = planned.title if entry is None else entry.title
        noted.lines.append((f"delivery {delivery} to {planned.channel} is owed: {quoted(title)}", extra))


def note_state(connection: Connection, delivery: Delivery, state: DeliveryState, reason: str = "") -> None:
    """What became of a message."""
    note_states(connection, [(delivery.id, delivery.channel)], state, reason)


def note_states(
    connection: Connection, some: Iterable[tuple[int, str]], state: DeliveryState, reason: str = ""
) -> None:
    """What became of messages, by their ids and channels, and why."""
    if (noted := _noted(connection)) is None:
        return
    for delivery, channel in some:
        words = f"delivery {delivery} to {channel}: {state.value}" + (f": {reason}" if reason else "")
        extra = event(EventKind(f"delivery.{state.value}"), delivery=delivery, channel=channel, reason=reason or None)
        noted.lines.append((words, extra))


def note_plan(connection: Connection, plan: Plan, waiting: Sequence[Waiting]) -> None:
    """What was held, let go or given up of what waits, and what goes on to wait for something else, and why."""
    if not plan.placed or _noted(connection) is None:
        return
    was = {each.id: each for each in waiting}
    for placed in plan.placed:
        before = was[placed.id]
        if placed.state is not before.state or (placed.reason and placed.reason != before.reason):
            note_states(connection, [(placed.id, before.channel)], placed.state, placed.reason)


def note_joined(connection: Connection, some: Iterable[int], into: int, channel: str) -> None:
    """Another message tells now what these were to tell."""
    if (noted := _noted(connection)) is None:
        return
    for each in some:
        extra = event(EventKind.DELIVERY_JOINED, delivery=each, channel=channel, into=into)
        noted.lines.append((f"delivery {each} to {channel} is told by delivery {into}", extra))
