"""Puts into words what Digest has to say of itself: what is wrong, what is over, and that it is still here.

::

    ◆ notice · The feed Example News has failed since 08:12 KST, 12 Mar: the server answered 503

    ◆ notice · 2 things are wrong
    • The feed Example News has failed since 08:12 KST, 12 Mar: the server answered 503
    • The rule file north-korea.toml could not be loaded, its last good version stays live: 4:7: ...
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from digest.delivery.conditions import span_words
from digest.delivery.markup import Span
from digest.delivery.render import GLYPHS, local_time
from digest.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from digest.delivery.conditions import Condition, KnownCondition

_LINES: Final = 20
"""More than so many are counted, not listed: `digest status` shows all."""


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


def began_spans(began: Sequence[Condition]) -> tuple[Span, ...]:
    """The message that tells what is wrong since the last look; there is something."""
    return tuple(_listed(f"{GLYPHS[Severity.NORMAL]} notice", [one.sentence for one in began], "things are wrong"))


def over_spans(over: Sequence[KnownCondition], now: datetime) -> tuple[Span, ...]:
    """The message that tells what is well again since the last look; there is something."""
    sentences = [f"{one.over}, after {span_words(now - one.since)}" for one in over]
    return tuple(_listed("✓ over", sentences, "things are well again"))


def still_here_spans(day: LastDay, now: datetime, timezone: str) -> tuple[Span, ...]:
    """The daily sign of life."""
    time = local_time(now, ZoneInfo(timezone), now=now)
    counts = [_counted(day.entries, "entry", "entries"), _counted(day.alerts, "alert"), _counted(day.sent, "message")]
    lines = [f"In the last 24 hours: {', '.join(counts)} sent"]
    if day.failing:
        lines.append(f"Feeds that fail: {len(day.failing)} of {day.feeds} ({_some(day.failing)})")
    else:
        lines.append(f"Feeds: {day.feeds}, and none fails" if day.feeds else "There are no feeds")
    lines += day.wrong[:_LINES]
    return (Span(f"{GLYPHS[Severity.LOW]} still here · {time}"), *(Span(f"\n{line}") for line in lines))


def _listed(kind: str, sentences: Sequence[str], many: str) -> Iterator[Span]:
    yield Span(f"{kind} · ")
    if len(sentences) == 1:
        yield Span(sentences[0])
        return
    yield Span(f"{len(sentences)} {many}")
    for sentence in sentences[:_LINES]:
        yield Span(f"\n• {sentence}")
    if len(sentences) > _LINES:
        yield Span(f"\nand {len(sentences) - _LINES} more: digest status lists them")


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_LINES])
    return shown if len(names) <= _LINES else f"{shown} and {len(names) - _LINES} more"


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
