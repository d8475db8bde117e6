"""What admins change: mutes and unwanted examples, each noted with who did it, each with a button that undoes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from digest.bot.commands import mute_span
from digest.bot.replies import bold, button, said
from digest.bot.rules import find_rule, no_such_rule
from digest.delivery.media.buttons import Press
from digest.engine.rule_writing import Unwanted
from digest.errors import UsageError
from digest.store.people import ChangeKind, Undoing
from digest.words import typed_span

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from digest.bot.replies import Reply, View
    from digest.channels.telegram_talk import Person
    from digest.delivery.media.buttons import Keyboard
    from digest.engine.ground.threads import StoreThread
    from digest.engine.rule_writing import RuleDesk
    from digest.store.people import Change
    from digest.values.messages import Alert

_LISTED: Final = 40

_NOT_UNDONE: Final = {
    Undoing.GONE: "This change is no longer stored: there is nothing to undo.",
    Undoing.ALREADY: "This was undone already.",
    Undoing.OVER: "This is over by itself: there is nothing left to undo.",
    Undoing.CHANGED_SINCE: "The rule was muted or unmuted again since: /mute and /unmute change it from here.",
}


def by_words(who: Person) -> str:
    """Who, as changes keep it."""
    return f"{who.name or 'someone'} ({who.id}) by Telegram"


@dataclass(frozen=True, slots=True)
class Hands:
    """What changes are made with."""

    thread: StoreThread
    desk: RuleDesk
    ring: Callable[[], None]

    # --- mutes -------------------------------------------------------------------------------------------------------

    async def mute_asked(self, view: View, who: Person, argument: str) -> Reply:
        """``/mute ID [span]``."""
        name, span_text = [*argument.split(maxsplit=1), "", ""][:2]
        if not name:
            return await self.thread.call(_what_to_mute, view)
        rule = find_rule(view.rules, name)
        if rule is None:
            return no_such_rule(view.rules, name)
        try:
            span = mute_span(span_text or "1h")
        except ValueError as error:
            return said(f"Nothing was muted: {error}")
        return await self.mute(view, who, rule.id, span)

    async def mute(self, view: View, who: Person, rule: str, span: timedelta) -> Reply:
        """Mute a rule from now on for so long."""
        until = view.now + span
        what = f"muted {rule} until {view.time(until)}"
        change = await self.thread.call(view.store.changes.mute, rule, until, by_words(who), what, view.now)
        self.ring()  # a mute that ends sooner than the one before may let something go
        held = f" until {view.time(until)}, for {typed_span(span)}. Its alerts are held till then."
        return said("Muted ", bold(rule), held, f" Undo: the button, or /unmute {rule}", keyboard=_undo(change))

    async def unmute_asked(self, view: View, who: Person, argument: str) -> Reply:
        """``/unmute ID``."""
        name = next(iter(argument.split()), "")
        if not name:
            return await self.thread.call(_what_is_muted, view)
        muted = {mute.rule for mute in await self.thread.call(view.store.mutes.in_force, view.now)}
        rule = find_rule(view.rules, name)
        ident = name if name in muted or rule is None else rule.id  # a rule that is gone may be muted still
        if rule is None and ident not in muted:
            return no_such_rule(view.rules, name)
        return await self.unmute(view, who, ident)

    async def unmute(self, view: View, who: Person, rule: str) -> Reply:
        """End the mute of a rule now."""
        change = await self.thread.call(view.store.changes.unmute, rule, by_words(who), f"unmuted {rule}", view.now)
        if change is None:
            return said(bold(rule), " is not muted.")
        self.ring()
        return said(
            "Unmuted ",
            bold(rule),
            ": what was held for it comes now.",
            f" Undo: the button, or /mute {rule}",
            keyboard=_undo(change),
        )

    # --- unwanted examples -------------------------------------------------------------------------------------------

    async def not_relevant(self, view: View, who: Person, alert: Alert) -> Reply:
        """Note the entry of an alert among its rule's unwanted examples."""
        noted: list[Change] = []

        async def note(added: Unwanted) -> None:
            what = f"noted {_shortly(added)} as unwanted for {alert.rule}, in {added.path}"
            args = alert.rule, added.as_json(), by_words(who), what, view.now
            noted.append(await self.thread.call(view.store.changes.note_unwanted, *args))

        try:
            added = await self.desk.add_unwanted(alert.rule, alert.entry.text, note)
        except UsageError as error:
            for change in noted:
                await self.thread.call(view.store.changes.forget, change.id)
            return said(f"Nothing was noted: {error}.")
        return said(
            "Noted as unwanted for ",
            bold(alert.rule),
            f" in {added.path}: {_shortly(added)}. ",
            "The rule still matches it until you change its query: digest check shows what to exclude. "
            "Undo: the button, or take the line out of the file.",
            keyboard=_undo(noted[0]),
        )

    # --- undoing -----------------------------------------------------------------------------------------------------

    async def undo(self, view: View, who: Person, number: int) -> Reply:
        """Make things as they were before a change."""
        change = await self.thread.call(view.store.changes.get, number)
        if change is not None and change.kind is ChangeKind.UNWANTED and change.undone is None:
            try:
                await self.desk.remove_unwanted(change.rule, Unwanted.of_json(change.args))
            except UsageError as error:
                return said(f"It was not undone: {error}.", keyboard=_undo(change))
        came_of_it = await self.thread.call(view.store.changes.undo, number, by_words(who), view.now)
        if change is None or came_of_it is not Undoing.DONE:
            return said(_NOT_UNDONE[came_of_it])
        self.ring()
        now = await self.thread.call(view.store.mutes.of, change.rule, view.now)
        stands = {
            ChangeKind.UNWANTED: "it is taken out of the file again.",
            ChangeKind.MUTE: "it is not muted.",
            ChangeKind.UNMUTE: "it is not muted.",
        }[change.kind]
        if now is not None and change.kind is not ChangeKind.UNWANTED:
            stands = f"it is muted until {view.time(now.until)} again."
        return said(f"Undone: {change.by} {change.what}. ", bold(change.rule), f": {stands}")


def _shortly(added: Unwanted) -> str:
    """What was added, in a few words."""
    title = added.example if isinstance(added.example, str) else str(added.example.get("title", "its text"))
    return f"“{title if len(title) <= 100 else title[:99] + '…'}”"


def _undo(change: Change) -> Keyboard:
    return ((button("Undo", Press.UNDO, change.id),),)


def _what_to_mute(view: View) -> Reply:
    """The rules that there are, for whoever names none."""
    known = list(view.rules.by_id)
    more = f" and {len(known) - _LISTED:,} more" if len(known) > _LISTED else ""
    listed = f"{', '.join(known[:_LISTED])}{more}" if known else "there are none"
    return said("Which rule, and for how long? For example /mute dprk-syria 2h30m. ", f"The rules: {listed}.")


def _what_is_muted(view: View) -> Reply:
    muted = [
        f"\n{mute.rule} until {view.time(mute.until)}, by {mute.by}" for mute in view.store.mutes.in_force(view.now)
    ]
    if not muted:
        return said("No rule is muted.")
    return said("Which rule? For example /unmute dprk-syria. Muted are:", *muted)
