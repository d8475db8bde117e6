"""Scheduled digests: composes what is due and owes it to its channels, once for each local time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.delivery.digests import DigestFormat, render_digest
from digest.engine.digest_times import due_digest
from digest.model import DeliveryKind, PlannedDelivery, Severity
from digest.stories.compose import compose_digest

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from digest.model import DigestSpec
    from digest.store.store import Store


def owe_due_digest(store: Store, spec: DigestSpec, off: Collection[str], now: datetime) -> bool:
    """Owe a digest if one is due and was not composed yet; true when it was.

    It tells of the alerts since the last one, up to its own time, also when it is late. Without any alerts it is
    noted as done and nobody gets a message; a channel that is newer than its time gets none.

    Args:
        store: where alerts are read and deliveries owed.
        spec: the digest of the config.
        off: names of the channels that are owed nothing.
        now: the time.
    """
    due = due_digest(spec, now)
    if due is None or store.digests.is_done(spec.name, due.local):
        return False
    last = store.digests.last_until(spec.name)
    since = last if last is not None and last < due.at else due.at - due.period  # later: the clock was set back
    alerts = list(store.reads.alerts(since=since, until=due.at))
    titles = {rule.id: rule.title for rule in store.rules.live()}
    document = compose_digest(alerts, name=spec.name, since=since, until=due.at, timezone=spec.timezone, rules=titles)
    parts = render_digest(document, DigestFormat.TELEGRAM)
    older = {channel.name for channel in store.channels.all() if channel.first_seen <= due.at}
    planned = [
        PlannedDelivery(channel, DeliveryKind.DIGEST, Severity.NORMAL, f"digest {spec.name}", parts)
        for channel in spec.channels
        if document.entries and channel not in off and channel in older
    ]
    return store.digests.commit(document, due.local, planned, [alert.id for alert in alerts], now)
