"""How feeds and channels do, in a word or a sentence each: the same for messages, commands and the dashboard."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from digest.text import without_login
from digest.values.states import ChannelHealth, FeedHealth
from digest.words import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from digest.values.states import ChannelState, FeedState

_GRACE: Final = timedelta(minutes=1)
_ALIKE: Final = timedelta(minutes=10)
"""Between the last good polls of two feeds that the same outage made fail; more where they are polled less often."""
_TOO_MANY: Final = 429


def feed_health(state: FeedState, now: datetime) -> FeedHealth:
    """The first of these that is so.

    paused by the user; gone: it answered 410; failing: its last attempt failed; new: never polled; late: overdue by its
    interval and a minute, because no engine runs or it cannot keep up; ok.
    """
    if state.paused:
        return FeedHealth.PAUSED
    if state.gone_at is not None:
        return FeedHealth.GONE
    if state.failures > 0:
        return FeedHealth.FAILING
    if state.last_attempt is None:
        return FeedHealth.NEW
    if state.next_due is not None and now > state.next_due + state.interval + _GRACE:
        return FeedHealth.LATE
    return FeedHealth.OK


def moved_to(state: FeedState) -> str:
    """Where a feed's server says that it is from now on, as far as it may be shown; empty: where the config has it.

    It was read there: the store keeps the address of a permanent redirect only then.
    """
    return without_login(state.fetch_url)


def is_wrong(state: FeedState, now: datetime) -> bool:
    """Whether `feeds_wrong` counts it: it fails, or is gone."""
    return feed_health(state, now) in {FeedHealth.FAILING, FeedHealth.GONE}


def tally(feeds: Iterable[FeedState], now: datetime) -> Counter[FeedHealth]:
    """How many feeds do how."""
    return Counter(feed_health(feed, now) for feed in feeds)


def feeds_wrong(counts: Mapping[FeedHealth, int]) -> str:
    """``8 feeds failing, 1 gone``; empty while all do well."""
    failing, gone = counts.get(FeedHealth.FAILING, 0), counts.get(FeedHealth.GONE, 0)
    if not failing:
        return f"{count(gone, 'feed')} gone" if gone else ""
    return f"{count(failing, 'feed')} failing" + (f", {gone:,} gone" if gone else "")


def fail_alike(feed: FeedState, other: FeedState) -> bool:
    """Whether another feed fails since about the time at which this one began to, as in an outage of the network.

    One that asks for peace does not.
    """
    if other.id == feed.id or not other.failures or other.paused or other.last_status == _TOO_MANY:
        return False
    if feed.last_ok is None or other.last_ok is None:
        return False
    return abs(other.last_ok - feed.last_ok) <= max(_ALIKE, feed.interval, other.interval)


def channel_wrong(state: ChannelState, now: datetime) -> str:
    """What is wrong with a channel, in a sentence; empty while it does well, or waits as it was asked to."""
    health = channel_health(state, now)
    if health is ChannelHealth.OFF and state.try_at is not None:
        return f"{state.name}: {state.off}; off until a try goes through"
    if health is ChannelHealth.OFF:
        return f"{state.name} is off: {state.off}"
    return f"{state.name}: {state.last_error}" if health is ChannelHealth.FAILING else ""


def channel_health(state: ChannelState, now: datetime) -> ChannelHealth:
    """The first of these that is so: off, waiting as it was asked to, failing since it last did well, ok."""
    if state.off:
        return ChannelHealth.OFF
    if state.paused_until is not None and state.paused_until > now:
        return ChannelHealth.WAITS
    failed, ok = state.last_error_at, state.last_ok
    if state.last_error and failed is not None and (ok is None or failed > ok):
        return ChannelHealth.FAILING
    return ChannelHealth.OK
