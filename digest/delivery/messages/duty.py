"""Who has an event in hand, and why it went on to another channel, in words: the same in every medium and face."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from digest.delivery.media.formats import rfc3339
from digest.text import bounded, quoted
from digest.values.stories import story_name
from digest.words import local_time, typed_span

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, tzinfo

    from digest.values.messages import InHand, Taken

_LONGEST_NAME: Final = 60


def taken_words(taken: Taken, zone: tzinfo) -> str:
    """``Ann has it since 14:11 KST, 12 Mar``."""
    return f"{bounded(taken.who, _LONGEST_NAME)} has it since {local_time(taken.since, zone, now=taken.since)}"


def escalated_words(why: Mapping[str, Any]) -> str:
    """``nobody took it in desk within 10m; phone is off``; ``why`` as `values.messages.Tells` says."""
    span = timedelta(milliseconds=why["after"])
    length = typed_span(span) if span >= timedelta(minutes=1) else f"{span.total_seconds():.0f}s"
    past = f"; {', '.join(why['past'])} {'is' if len(why['past']) == 1 else 'are'} off" if why.get("past") else ""
    return f"nobody took it in {why['from']} within {length}{past}"


def in_hand_words(one: InHand, time: Callable[[datetime], str]) -> str:
    """``nobody has “title” (story 12), urgent, since 14:01 KST, 12 Mar; it went on to phone``."""
    about = f"{quoted(one.title)} ({story_name(one.event)}), {one.severity.word}"
    if one.taken is not None:
        return f"{bounded(one.taken.who, _LONGEST_NAME)} has {about}, since {time(one.taken.since)}"
    went = f"; it went on to {', '.join(one.went_to)}" if one.went_to else ""
    return f"nobody has {about}, since {time(one.since)}{went}"


def acknowledged_record(taken: Taken | None) -> dict[str, Any]:
    """The same for programs; empty where nobody has it."""
    return {} if taken is None else {"by": taken.who, "since": rfc3339(taken.since)}
