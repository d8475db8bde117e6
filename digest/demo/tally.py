"""What became of the simulated day: counted at the far end, against what was told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.values.messages import DeliveryKind, DeliveryState
from digest.words import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from digest.demo.bot_values import AcceptedMessage
    from digest.store.store import Store
    from digest.values.messages import Alert, Delivery


@dataclass(frozen=True, slots=True)
class Tally:
    """The figures of a run."""

    entries: int
    alerts: int
    stories: int
    """Events of which something was told."""
    messages: int
    edits: int
    repeats: int
    """Messages that one chat got twice."""
    lost: tuple[str, ...]
    """What was told and did not arrive, each in plain words."""

    @property
    def sentence(self) -> str:
        """The figures in one line."""
        counted = [
            count(self.entries, "entry"),
            count(self.alerts, "alert"),
            count(self.stories, "story"),
            count(self.messages, "message"),
            count(self.edits, "edit"),
            count(self.repeats, "repeat"),
            f"{len(self.lost)} lost" if self.lost else "nothing lost",
        ]
        return ", ".join(counted)


def tally(store: Store, told: Iterable[str], accepted: Sequence[AcceptedMessage], *, edits: int = 0) -> Tally:
    """Count a run.

    Args:
        store: the engine's, read only.
        told: the addresses of all reports that the feeds held.
        accepted: what the Bot API server accepted, as it reads now.
        edits: how often it accepted that one of these reads differently.
    """
    alerts = list(store.reads.alerts())
    stored = {entry.url for entry in store.reads.entries()}
    lost = [f"never stored: {address}" for address in told if address not in stored]
    digests = [each for each in store.outbox.list({DeliveryState.SENT}) if each.kind is DeliveryKind.DIGEST]
    lost += [reason for alert in alerts if (reason := _lost(alert, accepted, digests))]
    seen = Counter((message.chat.id, message.html) for message in accepted)
    return Tally(
        entries=len(stored),
        alerts=len(alerts),
        stories=len({alert.entry.story or alert.entry.id for alert in alerts}),
        messages=len(accepted),
        edits=edits,
        repeats=sum(times - 1 for times in seen.values()),
        lost=tuple(lost),
    )


def _lost(alert: Alert, accepted: Sequence[AcceptedMessage], digests: Sequence[Delivery]) -> str:
    """Say how an alert was lost; empty when it arrived, by itself or in a digest, which may only count it."""
    what = f"{alert.rule}: {alert.entry.text.title}"
    unsent = [delivery for delivery in alert.deliveries if delivery.state is not DeliveryState.SENT]
    if _told_by_digest(alert, accepted, digests):
        return ""
    if unsent or not alert.deliveries:
        states = ", ".join(f"{delivery.channel} {delivery.state}" for delivery in unsent) or "owed to nobody"
        return f"not sent ({states}): {what}"
    signs = [alert.entry.url, *(f"--delivery {delivery.id}," for delivery in alert.deliveries)]  # of many told in one
    if not any(sign in message.html for message in accepted for sign in signs):
        return f"marked as sent, but never accepted: {what}"
    return ""


def _told_by_digest(alert: Alert, accepted: Sequence[AcceptedMessage], digests: Sequence[Delivery]) -> bool:
    """Whether an alert that has no message of its own came with a digest."""
    left_to_it = all(delivery.kind is DeliveryKind.DIGEST for delivery in alert.deliveries)
    return left_to_it and any(each.created >= alert.created and _arrived(each, accepted) for each in digests)


def _arrived(delivery: Delivery, accepted: Sequence[AcceptedMessage]) -> bool:
    """Whether all that a message says was accepted."""
    seen = {message.html for message in accepted}
    return bool(delivery.parts) and seen.issuperset(delivery.parts)
