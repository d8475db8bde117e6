"""Puts into words what Digest has to say of itself: what is wrong, what is over, and that it is still here.

::

    ◆ notice · The feed Example News has failed since 08:12 KST, 12 Mar: the server answered 503

    ◆ notice · 2 things are wrong
    • The feed Example News has failed since 08:12 KST, 12 Mar: the server answered 503
    • The rule file north-korea.toml could not be loaded, its last good version stays live: 4:7: ...

    ◆ notice · 30 feeds of example.org fail, the first since 08:12 KST, 12 Mar: the server answered 503 (One, Two ...)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from digest.values.news import Severity
from digest.watch.alike import MANY, alike
from digest.words import count, local_time, long_span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from digest.watch.conditions import Condition, KnownCondition

_LINES: Final = 20
"""More than so many are counted, not listed: `digest status` shows all."""
_NAMED: Final = 5
"""So many feeds that are wrong alike are named."""


@dataclass(frozen=True, slots=True)
class LastDay:
    """What a sign of life tells of the last 24 hours."""

    entries: int
    alerts: int
    sent: int
    """Messages."""
    feeds: int
    failing: Sequence[str] = ()
    """Names of the feeds that fail, or are gone."""
    wrong: Sequence[str] = ()
    """What else is wrong now, in sentences."""


def began_lines(began: Sequence[Condition]) -> list[str]:
    """The message that tells what is wrong since the last look; there is something."""
    return list(_listed(f"{Severity.NORMAL.glyph} notice", began_sentences(began), "things are wrong"))


def began_sentences(began: Sequence[Condition]) -> list[str]:
    """What is wrong, in sentences: one for all that is wrong alike, where that is much."""
    return [
        sentence
        for group in alike(began)
        for sentence in ([_of_many(group)] if len(group) >= MANY else [one.sentence for one in group])
    ]


def _of_many(group: Sequence[Condition]) -> str:
    """How many feeds are wrong alike, where, since when, why, and the names of some."""
    first = min(group, key=lambda one: one.since)
    of_site = f" of {first.site}" if first.site and len({one.site for one in group}) == 1 else ""
    what = f"{len(group)} feeds{of_site} {first.many}, the first since {first.clock}"
    if len({one.reason for one in group}) > 1:
        return f"{what} ({_some([f'{one.name}: {one.reason}' for one in group], _NAMED, '; ')})"
    why = f": {first.reason}" if first.reason else ""
    return f"{what}{why} ({_some([one.name for one in group], _NAMED)})"


def over_lines(over: Sequence[KnownCondition], now: datetime) -> list[str]:
    """The message that tells what is well again since the last look; there is something."""
    sentences = [f"{one.over}, after {long_span((one.ended or now) - one.since)}" for one in over]
    return list(_listed("✓ over", sentences, "things are well again"))


def still_here_lines(day: LastDay, now: datetime, timezone: str) -> list[str]:
    """The daily sign of life."""
    time = local_time(now, ZoneInfo(timezone), now=now)
    counts = [count(day.entries, "entry"), count(day.alerts, "alert"), count(day.sent, "message")]
    lines = [f"In the last 24 hours: {', '.join(counts)} sent"]
    if day.failing:
        lines.append(f"Feeds that fail: {len(day.failing)} of {day.feeds} ({_some(day.failing)})")
    else:
        lines.append(f"Feeds: {day.feeds}, and none fails" if day.feeds else "There are no feeds")
    return [f"{Severity.LOW.glyph} still here · {time}", *lines, *day.wrong[:_LINES]]


def _listed(kind: str, sentences: Sequence[str], many: str) -> Iterator[str]:
    if len(sentences) == 1:
        yield f"{kind} · {sentences[0]}"
        return
    yield f"{kind} · {len(sentences)} {many}"
    for sentence in sentences[:_LINES]:
        yield f"• {sentence}"
    if len(sentences) > _LINES:
        yield f"and {len(sentences) - _LINES} more: digest status lists them"


def _some(names: Sequence[str], most: int = _LINES, between: str = ", ") -> str:
    shown = between.join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
