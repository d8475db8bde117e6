"""The feeds of the config, and how each does by what the store knows of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.values.states import FeedState
from digest.watch.health import feed_health

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from digest.store.store import Store
    from digest.values.settings import FeedSpec
    from digest.values.states import FeedHealth


def feeds_now(specs: Sequence[FeedSpec], store: Store | None, now: datetime) -> list[tuple[FeedState, FeedHealth]]:
    """The feeds of the config, in its order, and how each does; one that no engine has met yet is new."""
    stored = {feed.spec.url: feed for feed in store.polls.all_feeds()} if store else {}
    feeds = [stored.get(spec.url) or FeedState(id=0, spec=spec) for spec in specs]
    return [(feed, feed_health(feed, now)) for feed in feeds]
