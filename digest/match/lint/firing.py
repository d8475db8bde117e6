"""Rules that never match, and rules that match far more often than the others, by how often each has matched."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from digest.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from digest.match.rules.rule import Rule

_SILENT = timedelta(days=30)
_WEEK = timedelta(days=7)
_TIMES = 10
"""How many times the median of the other rules that fire is far above them ..."""
_A_DAY = 20
"""... and how many matches a day are a lot for a reader, whatever the others do."""


@dataclass(frozen=True, slots=True)
class Firing:
    """How a rule has fired."""

    last: datetime | None = None
    """When it matched last; ``None``: never."""
    week: int = 0
    """How often in the last seven days."""


def lint_firing(
    rules: Iterable[Rule],
    firing: Mapping[str, Firing],
    live_since: Mapping[str, datetime],
    oldest: datetime | None,
    now: datetime,
) -> Iterator[Problem]:
    """Warn of rules that have not fired for long, or fire far above the others.

    Args:
        rules: disabled ones are left out.
        firing: by rule id; a rule that never matched need not be there.
        live_since: for each rule file, by the path of its rules, since when its text is live.
        oldest: when the oldest stored entry came.
        now: the time.
    """
    enabled = [rule for rule in rules if rule.enabled]
    weeks = {rule.id: firing[rule.id].week for rule in enabled if rule.id in firing and firing[rule.id].week}
    for rule in enabled:
        fired = firing.get(rule.id, Firing())
        silent = now - max(filter(None, (fired.last, live_since.get(rule.path, now), oldest or now)))
        if silent >= _SILENT:
            yield _at(rule, f"has not fired for {silent.days} days: is it still wanted, and spelled as the news is?")
        a_day = fired.week / _WEEK.days
        if a_day > _A_DAY and len(weeks) > 1:
            usual = statistics.median(week for name, week in weeks.items() if name != rule.id)
            if fired.week > _TIMES * usual:
                others = f"the others {usual / _WEEK.days:.1f}"
                yield _at(rule, f"fires {a_day:.0f} times a day, {others}: ask for more with AND or NEAR")


def _at(rule: Rule, message: str) -> Problem:
    return Problem(rule.path, rule.line, 1, f"rule “{rule.id}” {message}", "warning")
