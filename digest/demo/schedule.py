"""When each report of the simulated day appears: first a baseline, then the rest of the day in a few minutes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.demo.newsday import NewsDay, Report


@dataclass(frozen=True, slots=True)
class Appearance:
    """A report and when it appears."""

    report: Report
    after: float | None
    """Seconds of the live part; ``None`` for the baseline, which stands in the feeds from the start."""
    earlier: timedelta = timedelta(0)
    """How long before the start a report of the baseline was published."""

    def published(self, start: datetime) -> datetime:
        """Give its date, to the second, where the live part begins at ``start``: never in the future once it shows."""
        moment = start - self.earlier if self.after is None else start + timedelta(seconds=self.after)
        return moment.replace(microsecond=0)


def schedule(day: NewsDay, *, seconds: float) -> tuple[Appearance, ...]:
    """Spread the day's reports: its baseline at once, the others over ``seconds`` as the day spread them."""
    first, rest = day.reports[: day.baseline], day.reports[day.baseline :]
    opening = _minutes(rest[0]) if rest else 0
    span = max(1, _minutes(rest[-1]) - opening) if rest else 1
    shown = [Appearance(report, None, timedelta(minutes=opening - _minutes(report))) for report in first]
    shown += [Appearance(report, (_minutes(report) - opening) / span * seconds) for report in rest]
    return tuple(shown)


def visible(appearances: Sequence[Appearance], elapsed: float | None) -> tuple[Appearance, ...]:
    """Give what can be seen ``elapsed`` seconds into the live part; before it (``None``) only the baseline."""
    return tuple(
        shown for shown in appearances if shown.after is None or (elapsed is not None and shown.after <= elapsed)
    )


def _minutes(report: Report) -> int:
    return report.at.hour * 60 + report.at.minute
