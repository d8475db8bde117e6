"""When and how fast a chat may be written to: pure arithmetic on the clock, and on the times of what was sent.

Telegram tells bots: one message a second to one chat, twenty a minute to one group or channel, thirty a second in
all. Only a private chat has a positive number; groups and channels are negative ones or go by ``@name``. What Apprise
leads to keeps to the pace of a group, for hardly a service takes more and most do not say. A file takes anything, and
a webhook ten a second, one after the other: it is a program, and says by itself when it wants silence.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, assert_never

from digest.values.settings import Apprise, Folder, Telegram, Webhook

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from digest.values.settings import Medium, QuietHours


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most ``count`` messages within any ``span``."""

    count: int
    span: timedelta


RateLimits = tuple[RateLimit, ...]
"""All of them hold."""


PRIVATE: Final[RateLimits] = (RateLimit(1, timedelta(seconds=1)),)
GROUP: Final[RateLimits] = (RateLimit(1, timedelta(seconds=1)), RateLimit(20, timedelta(minutes=1)))
WEBHOOK: Final[RateLimits] = (RateLimit(10, timedelta(seconds=1)),)
OVERALL: Final[RateLimits] = (RateLimit(30, timedelta(seconds=1)),)
EDITS: Final[RateLimits] = (RateLimit(1, timedelta(minutes=1)),)
"""Of the messages of one chat; what changes again meanwhile is one edit."""
LONGEST: Final = timedelta(minutes=1)
"""No send older than this can delay another."""


def chat_key(medium: Medium) -> str:
    """What tells one chat from another, fit to be stored: of an address only its kind and a fingerprint.

    The same folder in another style is another place: what has begun there begins anew.
    """
    match medium:
        case Telegram(chat):
            return chat
        case Apprise(url):
            return f"{url.partition(':')[0]}:{_fingerprint(url)}"
        case Webhook(url):
            return f"webhook:{_fingerprint(url)}"
        case Folder(path, style):
            return f"file:jsonl:{path}" if style == "jsonl" else f"file:{path}"
        case _:
            assert_never(medium)


def _fingerprint(url: str) -> str:
    """What tells an address from others, and not what it is."""
    return hashlib.blake2b(url.encode(), digest_size=8).hexdigest()


def edits_key(chat: str) -> str:
    """What the edits of a chat are counted under, beside the account of all that is sent there."""
    return f"edits:{chat}"


def spared(windows: RateLimits) -> RateLimits:
    """Limits that leave half of what a chat takes to others."""
    return tuple(RateLimit(max(window.count // 2, 1), window.span) for window in windows)


def windows_for(chat: str) -> RateLimits:
    """The limits of one chat, as `chat_key` names it: ``@name`` or a number, ``ntfy:…``, ``file:…`` …; or of edits."""
    if chat.startswith("edits:"):
        return EDITS
    if chat.startswith("file:"):
        return ()
    if chat.startswith("webhook:"):
        return WEBHOOK
    return PRIVATE if chat.isdecimal() else GROUP


def shares_overall(chat: str) -> bool:
    """Whether a chat is Telegram's, where limits hold over all chats, too: it has no kind before a ``:``."""
    return ":" not in chat


def next_slot(recent: Sequence[datetime], now: datetime, windows: Sequence[RateLimit]) -> datetime:
    """When the next message may go: ``now`` or later.

    Args:
        recent: when the last messages went, in any order; one from the future (the clock was set back) counts as now.
        now: the time.
        windows: the limits to keep; all of them hold.
    """
    sends = sorted(min(sent, now) for sent in recent)
    return max([now, *(_free_at(sends, window) for window in windows if len(sends) >= window.count)])


def retry_wait(failures: int, chance: float, most: timedelta = LONGEST) -> timedelta:
    """How long to wait after so many failures in a row (1 or more): doubling from a second to a minute, or to ``most``.

    ``chance``, from 0 to 1, takes up to half of it off, so that channels that failed together do not try together.
    """
    return min(timedelta(seconds=2 ** min(failures - 1, 10)), most) * (1 - chance / 2)


def _free_at(sends: Sequence[datetime], window: RateLimit) -> datetime:
    """When the oldest of the last ``count`` sends falls out of the window."""
    return sends[-window.count] + window.span


# --- quiet hours -------------------------------------------------------------------------------------------------

_MINUTE: Final = timedelta(minutes=1)
_DAY: Final = 24 * 60
_LONGEST: Final = 2 * _DAY
"""Minutes that no quiet hours last, clock changes included."""


def quiet_until(hours: QuietHours, zone: ZoneInfo, now: datetime) -> datetime | None:
    """When the quiet hours that hold ``now`` end, in UTC; ``None``: these are none.

    The wall decides, nothing else: a channel is quiet whenever its readers' clock shows a time inside the hours, also
    on the two days on which that clock is changed. So an hour that comes twice is quiet twice, and hours that end in
    the gap when clocks go forward end with the gap.
    """
    if not _is_quiet(hours, zone, now):
        return None
    whole = now.astimezone(UTC).replace(second=0, microsecond=0)
    local = now.astimezone(zone)
    left = (hours.end - (local.hour * 60 + local.minute)) % _DAY
    guess = whole + left * _MINUTE
    if guess.astimezone(zone).utcoffset() == local.utcoffset():  # no clock change on the way: it is as the wall says
        return guess
    ends = (whole + minutes * _MINUTE for minutes in range(1, _LONGEST))
    return next(end for end in ends if not _is_quiet(hours, zone, end))


def _is_quiet(hours: QuietHours, zone: ZoneInfo, moment: datetime) -> bool:
    """Whether the wall reads a time from the start on and before the end."""
    local = moment.astimezone(zone)
    minute = local.hour * 60 + local.minute
    if hours.start < hours.end:
        return hours.start <= minute < hours.end
    return minute >= hours.start or minute < hours.end
