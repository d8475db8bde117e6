"""The keys by which a rule waits, bundles and speaks again: read from its table into one value."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from digest.values.settings import TIERS, Deliver, Telling
from digest.words import read_span

if TYPE_CHECKING:
    from digest.toml.table import Table

_MOST_SOURCES = 100
_BRIEFEST_WITHIN = timedelta(minutes=1)
BRIEFEST_EVERY, _LONGEST_EVERY = timedelta(minutes=5), timedelta(hours=24)
_LEAST_SPIKE, _MOST_SPIKE = 1, 1000
_TIER_ADVICE = 'sources_tier is a letter from A (the best) to F: write sources_tier = "C"'


def read_telling(table: Table) -> Telling:
    """What a ``[[rule]]`` says of how it tells; what is wrong is noted, and stays as it is without the key."""
    default = Telling()
    deliver, every = table.parsed("deliver", (default.deliver, default.every), _deliver)
    telling = Telling(
        sources=table.number("sources", default.sources, least=2, most=_MOST_SOURCES),
        within=table.parsed("within", default.within, _within),
        sources_tier=table.choice("sources_tier", "", ("", *TIERS), _TIER_ADVICE),
        again=table.number("again", 0, least=1, most=_MOST_SOURCES) or None,
        spike=_spike(table),
        deliver=deliver,
        every=every,
    )
    for key in ("within", "sources_tier"):
        if table.has(key) and not table.has("sources"):
            table.wrong(key, f"{key} needs sources beside it: add sources = 3, or take this out", value=False)
    return telling


def _within(text: str) -> timedelta:
    """How long reports may lie apart."""
    span, longest = read_span(text), Telling().within
    if not _BRIEFEST_WITHIN <= span <= longest:
        raise ValueError("within must be from 1m to 72h: no story is followed longer")
    return span


def _spike(table: Table) -> float | None:
    """How many times the usual rate; a whole number is one too."""
    value = table.raw("spike")
    if value is None:
        return None
    if type(value) not in {int, float}:
        table.wrong("spike", "spike is a number: write spike = 3.0 for three times the usual rate")
        return None
    assert isinstance(value, int | float)
    if not _LEAST_SPIKE < value <= _MOST_SPIKE:  # no number is equal to one that is not a number
        table.wrong("spike", "spike must be above 1 and at most 1000, as in spike = 3.0")
        return None
    return float(value)


def _deliver(text: str) -> tuple[Deliver, timedelta | None]:
    """``now``, ``digest``, or ``every`` and a span."""
    word, _, rest = text.strip().partition(" ")
    if rest and word == Deliver.EVERY:
        every = read_span(rest)
        if not BRIEFEST_EVERY <= every <= _LONGEST_EVERY:
            raise ValueError("alerts are bundled every 5m to 24h: write a span between the two")
        return Deliver.EVERY, every
    if rest or word not in {Deliver.NOW, Deliver.DIGEST}:
        raise ValueError(f"“{text}” is no time to deliver: {_instead(text)}")
    return Deliver(word), None


def _instead(text: str) -> str:
    """What to write for a time that cannot be read."""
    try:
        read_span(text)
    except ValueError:
        return 'write "now", "digest", or "every" and a duration, as in "every 2h"'
    return f'write "every {text.strip()}"'
