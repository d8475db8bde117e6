"""A story as faces show it: who reports it, what was told of it, and which headlines were changed since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from digest.store.store import Store
    from digest.values.messages import Alert, Correction
    from digest.values.stories import Report, Story


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """A report of a story."""

    report: Report
    alert: Alert | None
    """What was told of it; ``None``: nothing."""
    changed: Correction | None
    """How its headline was changed after a rule had found it."""

    @property
    def source(self) -> str:
        """Its outlet, with the tier where one is said."""
        return f"{self.report.source} ({self.report.tier})" if self.report.tier else self.report.source

    @property
    def words(self) -> str:
        """Its entry, and what was made of it."""
        told = ""
        if self.alert is not None:
            told = f" · UPDATE: {self.alert.news.words}" if self.alert.news else " · alerted"
        return f"entry {self.report.entry}{' · the same report' * self.report.repeat}{told}"


def timeline(store: Store, story: Story, desks: Collection[str] | None = None) -> Sequence[TimelineLine]:
    """The reports of a story, oldest first, with what was told of them for these desks or, ``None``, for any."""
    told = {alert.entry.id: alert for alert in store.reads.alerts_about(story=story.id, desks=desks)}
    changed = store.reads.corrections(report.entry for report in story.reports)
    return [TimelineLine(report, told.get(report.entry), changed.get(report.entry)) for report in story.reports]
