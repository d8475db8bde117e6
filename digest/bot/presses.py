"""What a button asks for: a question to be answered, or a deed to be done.

A deed is done only once Telegram has taken the answer to its press: it refuses one that is too old, which is how a
press is known that waited while no engine ran.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from digest.bot.alerts import in_full
from digest.bot.changing import OfMessage
from digest.bot.history import why_entry
from digest.bot.replies import Reply, button, one_each, said
from digest.delivery.media.buttons import Press, rule_number
from digest.values.desks import desk_of, of_desk
from digest.values.stories import story_name

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from digest.bot.changing import Hands
    from digest.bot.replies import View
    from digest.channels.telegram_talk import Person
    from digest.values.messages import Alert

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_STORY: Final = timedelta(days=3)
"""For so long reports join a story."""
_SPANS: Final = {
    Press.MUTE_HOUR: _HOUR,
    Press.MUTE_RULE_HOUR: _HOUR,
    Press.MUTE_NAMED_HOUR: _HOUR,
    Press.MUTE_DAY: _DAY,
    Press.MUTE_RULE_DAY: _DAY,
    Press.MUTE_NAMED_DAY: _DAY,
}
_OF_RULE: Final = {
    Press.MUTE_HOUR: Press.MUTE_RULE_HOUR,
    Press.MUTE_DAY: Press.MUTE_RULE_DAY,
    Press.NOT_RELEVANT: Press.NOT_RELEVANT_TO_RULE,
}
_WHICH: Final = {
    Press.MUTE_HOUR: "Mute which rule for 1h?",
    Press.MUTE_DAY: "Mute which rule for 1d?",
    Press.NOT_RELEVANT: "Not relevant to which rule?",
}
_GONE: Final = "This alert is no longer stored: /rules and /mute still work."


@dataclass(frozen=True, slots=True)
class Deed:
    """Something to be done."""

    toast: str
    """What is said over the chat as it begins."""
    do: Callable[[], Awaitable[Reply]]
    in_place: bool = False
    """The answer takes the place of the message whose button was pressed, for that has served."""


def meaning(press: Press, number: int, view: View, hands: Hands, who: Person) -> Reply | Deed:
    """What a press asks for; reads the store."""
    match press:
        case Press.MUTE_RULE_HOUR | Press.MUTE_RULE_DAY | Press.NOT_RELEVANT_TO_RULE:
            alert = view.store.reads.alert(number)
            if alert is None or not view.sees(alert.rule):
                return said(_GONE)
            return _of_rule(press, alert, view, hands, who, in_place=True)
        case Press.MUTE_NAMED_HOUR | Press.MUTE_NAMED_DAY | Press.UNMUTE_NAMED:
            return _of_named(press, number, view, hands, who)
        case Press.UNDO:
            return Deed("Undoing …", lambda: hands.undo(view, who, number), in_place=True)
        case _:
            told = [alert for alert in view.store.reads.alerts_told(number) if view.sees(alert.rule)]
            return _of_delivery(press, number, told, view, hands, who) if told else said(_GONE)


def _of_delivery(  # noqa: PLR0913, PLR0917 - all that a press has
    press: Press, number: int, told: Sequence[Alert], view: View, hands: Hands, who: Person
) -> Reply | Deed:
    """A press under an alert, or about one."""
    match press:
        case Press.MUTE_HOUR | Press.MUTE_DAY | Press.NOT_RELEVANT:
            return _of_message(press, told, view, hands, who)
        case Press.MUTE_STORY | Press.FOLLOW_STORY:
            return _of_story(press, told, view, hands, who)
        case Press.TAKE | Press.TAKE_OVER | Press.RELEASE:
            return _of_event(press, number, told, view, hands, who)
        case _:
            return _told(press, told, view)


def _told(press: Press, told: Sequence[Alert], view: View) -> Reply:
    if press is Press.MORE:
        return in_full(told, view)
    names = {alert.rule for alert in told}
    only = [rule for rule in view.rules.by_id.values() if rule.id in names]
    return why_entry(told[0].entry, view, only=only, also=names)


def _of_message(press: Press, told: Sequence[Alert], view: View, hands: Hands, who: Person) -> Reply | Deed:
    """A press that is about a rule, under a message that may tell of several."""
    if len(told) == 1:
        return _of_rule(_OF_RULE[press], told[0], view, hands, who)
    return said(_WHICH[press], keyboard=one_each(button(each.rule, _OF_RULE[press], each.id) for each in told))


def _of_rule(  # noqa: PLR0913 - all that a press has
    press: Press, alert: Alert, view: View, hands: Hands, who: Person, *, in_place: bool = False
) -> Deed:
    if press is Press.NOT_RELEVANT_TO_RULE:
        toast = f"Noting it as unwanted for {alert.rule} …"
        return Deed(toast, lambda: hands.not_relevant(view, who, alert), in_place=in_place)
    return _mute(press, alert.rule, view, hands, who, in_place=in_place)


def _of_named(press: Press, number: int, view: View, hands: Hands, who: Person) -> Reply | Deed:
    """A press under the answer to /rule."""
    named = [ident for ident in view.rules.by_id if rule_number(ident) == number]
    if not named:
        return said("This rule is gone since: /rules lists those that are.")
    if press is Press.UNMUTE_NAMED:
        return Deed(f"Unmuting {named[0]} …", lambda: hands.unmute(view, who, named[0]))
    return _mute(press, named[0], view, hands, who)


def _of_story(press: Press, told: Sequence[Alert], view: View, hands: Hands, who: Person) -> Reply | Deed:
    """A press about the story of which a message tells."""
    story = next((alert.entry.story for alert in told if alert.entry.story is not None), None)
    if story is None:
        return said(_GONE)
    if press is Press.FOLLOW_STORY:
        return Deed(f"Following {story_name(story)}, or no longer …", lambda: hands.follow(view, who, story))
    name = of_desk(desk_of(told[0].rule), story_name(story))
    toast = f"Muting {name} for 3d … /unmute {name} ends it"
    return Deed(toast, lambda: hands.mute(view, who, name, _STORY))


def _of_event(  # noqa: PLR0913, PLR0917 - all that a press has
    press: Press, number: int, told: Sequence[Alert], view: View, hands: Hands, who: Person
) -> Deed:
    """A press about who has the event of which a message tells; of several that of its newest alert."""
    entry = max(told, key=lambda alert: alert.id).entry
    asked = OfMessage(number, entry.event, entry.title)
    if press is Press.RELEASE:
        return Deed("Letting it go …", lambda: hands.release(view, who, asked), in_place=True)
    over = press is Press.TAKE_OVER
    toast = "Taking it over …" if over else "Taking it …"
    return Deed(toast, lambda: hands.take(view, who, asked, over=over), in_place=over)


def _mute(  # noqa: PLR0913 - all that a press has
    press: Press, rule: str, view: View, hands: Hands, who: Person, *, in_place: bool = False
) -> Deed:
    span = _SPANS[press]
    toast = f"Muting {rule} for {'1h' if span == _HOUR else '1d'} … /unmute {rule} ends it"
    return Deed(toast, lambda: hands.mute(view, who, rule, span), in_place=in_place)
