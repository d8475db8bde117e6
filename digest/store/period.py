"""What came in a period, as digests tell it: for those that are due, those asked for, and whoever was away."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.stories.compose import compose_digest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from digest.store.store import Store
    from digest.values.messages import Alert, DigestDocument
    from digest.values.stories import Kin, Story


@dataclass(frozen=True, slots=True)
class Period:
    """The alerts of a time, and who reports their stories; ``since`` is inside it, ``until`` is not."""

    since: datetime
    until: datetime
    alerts: Sequence[Alert] = ()
    earlier: Sequence[Alert] = ()
    """Of before, of stories that got another report in this time."""
    stories: Mapping[int, Story] | None = None
    kin: Sequence[Kin] = ()
    """Which of these are told as one event."""

    def digest(self, name: str, timezone: str, rules: Mapping[str, str], title: str = "") -> DigestDocument:
        """Its digest; ``rules``: their titles by their ids."""
        return compose_digest(
            self.alerts,
            name=name,
            since=self.since,
            until=self.until,
            timezone=timezone,
            rules=rules,
            earlier=self.earlier,
            stories=self.stories,
            kin=self.kin,
            title=title,
        )


def read_period(store: Store, since: datetime, until: datetime, desks: Collection[str] | None = None) -> Period:
    """What came from ``since`` up to, not including, ``until``, for these desks or, ``None``, for all."""
    alerts = list(store.reads.alerts(since=since, until=until, desks=desks))
    earlier = list(store.reads.grown(since, until, desks))
    ids = {alert.entry.story for alert in (*alerts, *earlier)}
    stories = store.reads.stories(story for story in ids if story is not None)
    return Period(since, until, alerts, earlier, stories, _kin(store, (*alerts, *earlier), stories, until))


def _kin(store: Store, alerts: Iterable[Alert], stories: Mapping[int, Story], until: datetime) -> Sequence[Kin]:
    """Which stories of these alerts are likely one event, by what was reported of them up to a time."""
    if len(stories) < 2:
        return ()
    from digest.stories.cluster import Clue, Whole, kin_of  # numpy, which only who looks at stories needs

    found: dict[int, dict[str, None]] = defaultdict(dict)
    for alert in alerts:
        found[alert.entry.story or 0][alert.rule] = None
    remembered = store.reads.remembered(stories)
    wholes = []
    for story in stories.values():
        reports = [report for report in story.reports if report.came < until]
        known = [remembered[report.entry] for report in reports if report.entry in remembered]
        if known:
            clues = (Clue(each.title, each.text, each.source, known[0].lang, each.came) for each in reports)
            vectors = tuple(each.vector for each in known)
            rules = tuple(found[story.id])
            wholes.append(Whole(story.id, known[0].lang, story.created, tuple(clues), vectors, rules))
    return kin_of(wholes)
