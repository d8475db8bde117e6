"""What the bot answers: text with marks on it, buttons under it; and the words that many answers share.

Rule ids, titles and names come from files, feeds and strangers: they are only ever text between marks, and what could
move or hide it is taken out here, once, for every answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from digest.delivery.media.buttons import Button, press_data
from digest.delivery.media.markup import Span, telegram_parts
from digest.text import bounded, plain
from digest.values.desks import desk_of
from digest.words import local_time

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from digest.config import Config
    from digest.delivery.media.buttons import Keyboard, Press
    from digest.engine.companions import Surroundings
    from digest.engine.rules import ActiveRules
    from digest.store.store import Store

_MOST_PARTS: Final = 3
"""Messages of one answer: Telegram takes one a second."""
_LABEL: Final = 48
"""Letters of a button."""


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
        clean = [replace(span, text=plain(span.text)) for span in self.spans]
        parts = tuple(plain(part) for part in self.ready) or telegram_parts(clean)
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
    return Button(bounded(" ".join(plain(label).split()), _LABEL), press_data(press, number))


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
    desks: frozenset[str] | None = None
    """Whose rules, alerts and channels it shows; ``None``: all."""
    every_rule: Collection[str] = ()
    """The ids of the rules of all desks."""

    def sees(self, name: str) -> bool:
        """Whether a rule, a rule file or a muted story is of its desks, by its name."""
        return self.desks is None or desk_of(name) in self.desks

    @classmethod
    def of(cls, around: Surroundings, zone: ZoneInfo, now: datetime, desks: frozenset[str] | None) -> View:
        """What these desks may see."""
        active = around.rules.active
        return cls(around.config, around.store, active.of_desks(desks), zone, now, desks, active.by_id.keys())

    def time(self, moment: datetime) -> str:
        """A time in words: ``14:05 KST, 12 Mar``."""
        return local_time(moment, self.zone, now=self.now)
