"""A feed's subscription at the hub that tells of it (WebSub)."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from datetime import datetime


class PushState(enum.StrEnum):
    """How a subscription stands; in all states but ``ACTIVE`` the feed is polled as if it had no hub."""

    ASKED = "asked"
    """The hub was asked, or will be in a moment, and has not confirmed it yet."""
    ACTIVE = "active"
    MISSED = "missed"
    """In force, but a poll found entries of which the hub did not tell: it is trusted again with its next push."""
    REFUSED = "refused"
    """The hub refused, failed, or did not confirm; it is asked again at growing intervals."""
    ENDING = "ending"
    """The hub is asked to push no more."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a hub was asked for, and how that went; the rules of it are in ``feeds.websub``."""

    feed_id: int
    hub: str
    topic: str
    """The address by which the hub knows the feed."""
    callback: str = field(repr=False)
    """Where the hub reaches us; nobody else knows it."""
    secret: str = field(repr=False)
    """What the hub signs its pushes with."""
    due: datetime
    """When the next thing is to be done: to ask, to ask again, to renew; of one that ends, to forget it."""
    asked: datetime | None = None
    """When it was asked last; ``None`` once that is confirmed."""
    since: datetime | None = None
    """Since when it is in force without a break ..."""
    until: datetime | None = None
    """... and until when; ``None``: it is not."""
    pushed: datetime | None = None
    """When the hub last told of something."""
    missed: datetime | None = None
    """When a poll found what it had not told of; ``None`` since it tells again."""
    leaving: bool = False
    failures: int = 0
    """Requests in a row that were not confirmed."""
    problem: str = ""
    """Why it is not in force or will not be renewed, in plain words."""
    troubled: datetime | None = None
    """Since when there is one."""
    ignored: int = 0
    """Messages without a right signature, which were ignored."""

    @property
    def host(self) -> str:
        """Who the hub is."""
        try:
            return urlsplit(self.hub).hostname or ""
        except ValueError:
            return ""

    @property
    def token(self) -> str:
        """The last part of the callback, by which a message finds its subscription."""
        return self.callback.rpartition("/")[2]

    def state(self, now: datetime) -> PushState:
        """How it stands."""
        if self.leaving:
            return PushState.ENDING
        if self.until is not None and self.until > now:
            return PushState.MISSED if self.missed else PushState.ACTIVE
        return PushState.REFUSED if self.problem else PushState.ASKED
