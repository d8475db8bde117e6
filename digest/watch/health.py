"""How feeds and channels do, in a word or a sentence each: the same for messages, commands and the dashboard."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final

from digest.feeds.cadence import publications_a_day
from digest.text import without_login
from digest.values.push import PushState
from digest.values.states import ChannelHealth, FeedHealth
from digest.words import age, clock, count, how_often

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime, tzinfo

    from digest.values.push import Subscription
    from digest.values.states import ChannelState, FeedState
    from digest.watch.conditions import KnownCondition

_GRACE: Final = timedelta(minutes=1)
_ALIKE: Final = timedelta(minutes=10)
"""Between the last good polls of two feeds that the same outage made fail; more where they are polled less often."""
_TOO_MANY: Final = 429
_FEWEST_TOLD: Final = 3
"""Publications by which nothing is said of a rhythm yet."""
_HOURS_TOLD: Final = timedelta(days=7)
_MOST_HOURS: Final = 16
"""More hours are no hours at which it mostly publishes."""
_NEARLY_ALL: Final = 0.85


def feed_health(state: FeedState, now: datetime) -> FeedHealth:
    """The first of these that is so.

    paused by the user; gone: it answered 410; failing: its last attempt failed; new: never polled; late: overdue by its
    interval and a minute, because no engine runs or it cannot keep up, or else it answers but has brought nothing new
    for long; ok.
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
    return FeedHealth.LATE if state.silence else FeedHealth.OK


def with_silence(feeds: Iterable[FeedState], wrong: Iterable[KnownCondition]) -> list[FeedState]:
    """Feeds with what is known of those that answer but bring nothing new for far longer than they used to."""
    quiet = {one.key: one.sentence for one in wrong if one.key.endswith(":quiet") and one.ended is None}
    return [
        replace(feed, silence=words.removeprefix(f"The feed {feed.name} "))
        if (words := quiet.get(f"feed:{feed.id}:quiet"))
        else feed
        for feed in feeds
    ]


def with_subscriptions(feeds: Iterable[FeedState], known: Iterable[Subscription]) -> list[FeedState]:
    """Feeds with what their hubs were asked for."""
    by_feed = {one.feed_id: one for one in known}
    return [replace(feed, subscription=by_feed.get(feed.id)) for feed in feeds]


def push_words(state: FeedState, now: datetime) -> str:
    """Whether a feed's hub pushes what is new, and if not why: ``by hub.example, last 5m ago``; empty without one."""
    held = state.subscription
    if held is None:
        return ""
    ignored = f"; {count(held.ignored, 'message')} without a right signature ignored" if held.ignored else ""
    return f"{_pushes(held, now)}{ignored}"


def push_trouble(state: FeedState, now: datetime) -> str:
    """The same where it does not push as it should; empty where it does, or is only asked yet."""
    held = state.subscription
    if held is None or (held.state(now) not in {PushState.REFUSED, PushState.MISSED} and not held.ignored):
        return ""
    return f"push: {push_words(state, now)}"


def _pushes(held: Subscription, now: datetime) -> str:
    host = held.host
    match held.state(now):
        case PushState.ACTIVE:
            last = f"last {age(now - held.pushed)}" if held.pushed else "nothing yet"
            failing = f"; not renewed: {held.problem}" if held.problem else ""
            return f"by {host}, {last}{failing}"
        case PushState.MISSED:
            return f"{host} did not tell of entries that a poll found: polled as usual until it pushes again"
        case PushState.REFUSED:
            return f"not by {host}: {held.problem}"
        case PushState.ENDING:
            return f"{host} is asked to push it no more"
        case PushState.ASKED:
            return f"{host} is asked, and has not confirmed it yet"


def rhythm_words(state: FeedState, now: datetime, zone: tzinfo) -> str:
    """How often a feed publishes, and when: ``12 a day, mostly 06:00 to 20:00``; empty where that is not known yet."""
    rhythm = state.rhythm
    a_day = publications_a_day(rhythm)
    if rhythm.since is None or rhythm.last is None or rhythm.events < _FEWEST_TOLD or not a_day:
        return ""
    often = how_often(a_day)
    first, hours = _busiest(rhythm.hours)
    if rhythm.last - rhythm.since < _HOURS_TOLD or hours > _MOST_HOURS:
        return often
    start = now.astimezone(UTC).replace(hour=first, minute=0)
    return f"{often}, mostly {clock(start, zone)} to {clock(start + timedelta(hours=hours), zone)}"


def _busiest(hours: Sequence[float]) -> tuple[int, int]:
    """The first, and the number, of the fewest hours in a row that hold nearly all that came."""
    most = _NEARLY_ALL * sum(hours)
    spans = ((length, start) for length in range(1, 25) for start in range(24))
    length, start = next(
        ((length, start) for length, start in spans if sum(hours[(start + n) % 24] for n in range(length)) >= most),
        (24, 0),
    )
    return start, length


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
