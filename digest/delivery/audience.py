"""Which of a period's alerts a digest may tell one channel: those that would have gone there by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from digest.values.messages import Alert
    from digest.values.news import Severity
    from digest.values.settings import ChannelSpec


def alerts_for(
    channel: ChannelSpec,
    alerts: Iterable[Alert],
    routes: Mapping[str, tuple[str, ...] | None],
    *,
    owed_since: datetime,
) -> list[Alert]:
    """The alerts that are for a channel, in their order.

    Args:
        channel: an entry counts as severe as the most severe of its alerts that go there.
        alerts: of the period.
        routes: the channels that a rule names, by its id; ``None``, or a rule that is no more, means every channel.
        owed_since: when the channel was first seen: it is owed nothing older.
    """
    routed = [alert for alert in alerts if alert.created >= owed_since and _goes_to(channel, routes.get(alert.rule))]
    severity: dict[int, Severity] = {}
    for alert in routed:
        severity[alert.entry.id] = max(alert.severity, severity.get(alert.entry.id, alert.severity))
    return [alert for alert in routed if severity[alert.entry.id] >= channel.severity]


def _goes_to(channel: ChannelSpec, named: tuple[str, ...] | None) -> bool:
    return named is None or channel.name in named
