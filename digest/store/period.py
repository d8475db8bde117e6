"""What came in a period, as digests tell it: for those that are due, those asked for, and whoever was away."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from digest.delivery.decide import alerts_for
from digest.stories.compose import compose_digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from digest.delivery.decide import Routes
    from digest.store.store import Store
    from digest.values.messages import Alert, DigestDocument
    from digest.values.settings import ChannelSpec
    from digest.values.stories import Story


@dataclass(frozen=True, slots=True)
class Period:
    """The alerts of a time, and who reports their stories; ``since`` is inside it, ``until`` is not."""

    since: datetime
    until: datetime
    alerts: Sequence[Alert] = ()
    earlier: Sequence[Alert] = ()
    """Of before, of stories that got another report in this time."""
    stories: Mapping[int, Story] | None = None

    def told(self, channel: ChannelSpec, routes: Routes, since: datetime) -> Period:
        """What of it is for a channel that is there since then; ``routes``: the channels of each rule of now."""
        told, earlier = (alerts_for(channel, some, routes, since=since) for some in (self.alerts, self.earlier))
        return replace(self, alerts=told, earlier=earlier)

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
            title=title,
        )


def read_period(store: Store, since: datetime, until: datetime) -> Period:
    """What came from ``since`` up to, not including, ``until``."""
    alerts = list(store.reads.alerts(since=since, until=until))
    earlier = list(store.reads.grown(since, until))
    ids = {alert.entry.story for alert in (*alerts, *earlier)}
    stories = store.reads.stories(story for story in ids if story is not None)
    return Period(since, until, alerts, earlier, stories)
