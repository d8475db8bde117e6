"""What the bot answers: text with marks on it, buttons under it; and the words that many answers share.

Rule ids, titles and names come from files, feeds and strangers: they are only ever text between marks, and what could
move or hide it is taken out here, once, for every answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from digest.delivery.media.buttons import Button, press_data
from digest.delivery.media.markup import Span, telegram_parts
from digest.delivery.messages.alert import local_time

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta
    from zoneinfo import ZoneInfo

    from digest.config import Config
    from digest.delivery.media.buttons import Keyboard, Press
    from digest.engine.rules import ActiveRules
    from digest.store.store import Store

_MOST_PARTS: Final = 3
"""Messages of one answer: Telegram takes one a second."""
_LABEL: Final = 48
"""Letters of a button."""
# What moves the cursor, hides text or turns its direction; line feeds are ours.
_UNSAFE: Final = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer."""

    spans: tuple[Span, ...]
    keyboard: Keyboard = ()
    """Under its last message."""
    more: str = ""
    """Where the rest stands, if it is longer than a few messages."""
    ready: tuple[str, ...] = ()
    """In place of spans: messages that are rendered already."""

    def parts(self) -> tuple[str, ...]:
        """The messages, in Telegram's HTML."""
        clean = [replace(span, text=_UNSAFE.sub("", span.text)) for span in self.spans]
        parts = tuple(_UNSAFE.sub("", part) for part in self.ready) or telegram_parts(clean)
        if len(parts) <= _MOST_PARTS:
            return parts
        return (*parts[:_MOST_PARTS], *telegram_parts([Span(f"… and more: {self.more or 'digest shows it all'}")]))


def said(*texts: str | Span, keyboard: Keyboard = ()) -> Reply:
    """An answer of a few words."""
    return Reply(tuple(Span(text) if isinstance(text, str) else text for text in texts), keyboard)


def bold(text: str) -> Span:
    """A word that stands out."""
    return Span(text, bold=True)


def button(label: str, press: Press, number: int) -> Button:
    """A button; its label is cleaned and short."""
    plain = " ".join(_UNSAFE.sub("", label).split())
    return Button(plain if len(plain) <= _LABEL else plain[: _LABEL - 1] + "…", press_data(press, number))


def one_each(buttons: Iterable[Button]) -> Keyboard:
    """A row for each button."""
    return tuple((each,) for each in buttons)


@dataclass(frozen=True, slots=True)
class View:
    """What a question is answered from; asked in a thread of its own, for it reads the store."""

    config: Config
    store: Store
    rules: ActiveRules
    zone: ZoneInfo
    """In which times are told."""
    now: datetime

    def time(self, moment: datetime) -> str:
        """A time in words: ``14:05 KST, 12 Mar``."""
        return local_time(moment, self.zone, now=self.now)


def count(number: int, word: str, plural: str = "") -> str:
    """A number and its noun: ``1 feed``, ``2,000 feeds``."""
    return f"{number:,} {word if number == 1 else plural or word + 's'}"


def span_words(span: timedelta) -> str:
    """A length of time: ``1h``, ``2d 3h``, ``45m``."""
    minutes = max(0, int(span.total_seconds()) // 60)
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{number}{unit}" for number, unit in ((days, "d"), (hours, "h"), (minutes, "m")) if number]
    return " ".join(parts[:2]) or "a moment"
