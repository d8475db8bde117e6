"""The buttons under a message: what they say, and the few bytes that come back when one is pressed.

Telegram hands back 1 to 64 bytes, so a button names what it is about by a number of the store, never by a rule's id,
which may be as long as a user likes. In a database that was made anew the same numbers mean other things, so its
mark stands beside them.
"""

from __future__ import annotations

import enum
import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from digest.text import bounded
from digest.values.news import Severity

if TYPE_CHECKING:
    from digest.values.messages import Delivery

MOST_BYTES: Final = 64
"""Of what a button hands back."""
_LONGEST_NAME: Final = 30
"""Letters of who has it."""
_DATA: Final = re.compile(r"([a-z0-9-]{1,20}):([0-9]{1,18})(?::([0-9a-f]{1,20}))?", re.ASCII)


class Press(enum.StrEnum):
    """What a button asks for; the number beside it is a delivery's, a match's, a rule's or a change's."""

    MUTE_HOUR = "mute-1h"
    """Of a delivery."""
    MUTE_DAY = "mute-1d"
    """Of a delivery."""
    NOT_RELEVANT = "not-relevant"
    """Of a delivery."""
    WHY = "why"
    """Of a delivery."""
    MORE = "more"
    """Of a delivery."""
    MUTE_STORY = "mute-story"
    """Of a delivery: the story that it tells of."""
    FOLLOW_STORY = "follow-story"
    """Of a delivery: follow its story, or no longer."""
    MUTE_RULE_HOUR = "rule-1h"
    """Of a match: of several rules that a message names, this one."""
    MUTE_RULE_DAY = "rule-1d"
    """Of a match."""
    NOT_RELEVANT_TO_RULE = "rule-not-relevant"
    """Of a match."""
    MUTE_NAMED_HOUR = "named-1h"
    """Of a rule, by its `rule_number`: what stands under the answer to /rule, whether or not it ever matched."""
    MUTE_NAMED_DAY = "named-1d"
    """Of a rule."""
    UNMUTE_NAMED = "named-unmute"
    """Of a rule."""
    UNDO = "undo"
    """Of a change."""
    TAKE = "take"
    """Of a delivery: have its event in hand, or hear who has it."""
    TAKE_OVER = "take-over"
    """Of a delivery, under the answer that somebody else has its event."""
    RELEASE = "release"
    """Of a delivery, under the answer that who pressed has it already."""


@dataclass(frozen=True, slots=True)
class Button:
    """One button."""

    label: str
    data: str
    """What comes back: `press_data`."""


Keyboard = tuple[tuple[Button, ...], ...]
"""Rows of buttons."""


def press_data(press: Press, number: int) -> str:
    """What a button hands back."""
    return f"{press.value}:{number}"


def marked(keyboard: Keyboard, mark: str) -> Keyboard:
    """Buttons that hand back the store's mark, too."""
    tail = f":{mark}" if mark else ""
    return tuple(tuple(replace(button, data=button.data + tail) for button in row) for row in keyboard)


def read_press(data: str, mark: str = "") -> tuple[Press, int] | None:
    """What a button handed back; ``None`` for what no button of ours says, or one with another mark."""
    found = _DATA.fullmatch(data)
    if found is None or found[1] not in set(Press) or (found[3] or "") != mark:
        return None
    return Press(found[1]), int(found[2])


def rule_number(rule: str) -> int:
    """A number for a rule's id, which may be longer than a button holds; two ids share one as good as never."""
    return int.from_bytes(hashlib.blake2b(rule.encode(), digest_size=7).digest())


def alert_buttons(delivery: Delivery) -> Keyboard:
    """What stands under an alert; of one that tells of a story, what can be done with that.

    What is high or urgent wants somebody to do something: that somebody does stands first, or who. Under all others it
    would only take room, until somebody has one.
    """
    has = "I have it" if delivery.taken is None else f"{bounded(delivery.taken.who, _LONGEST_NAME)} has it"
    rows = (
        ((has, Press.TAKE),) if delivery.taken is not None or delivery.severity >= Severity.HIGH else (),
        (("Mute rule 1h", Press.MUTE_HOUR), ("Mute 1d", Press.MUTE_DAY), ("Not relevant", Press.NOT_RELEVANT)),
        (("Mute story", Press.MUTE_STORY), ("Follow story", Press.FOLLOW_STORY)) if delivery.story is not None else (),
        (("Why", Press.WHY), ("More", Press.MORE)),
    )
    return tuple(tuple(Button(label, press_data(press, delivery.id)) for label, press in row) for row in rows if row)
