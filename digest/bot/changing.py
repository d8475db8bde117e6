"""What admins change: mutes and marks of entries, each noted with who did it, each with a button that undoes it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from digest.bot.commands import mute_span
from digest.bot.replies import bold, button, said
from digest.bot.rules import find_rule, no_such_rule
from digest.delivery.media.buttons import Press
from digest.errors import UsageError
from digest.match import MARKS, ExampleKind
from digest.rulebook.marks import Mark, add_mark, remove_marks, unwanted
from digest.store.people import ChangeKind, Undoing
from digest.words import typed_span

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta
    from pathlib import Path

    from digest.bot.replies import Reply, View
    from digest.channels.telegram_talk import Person
    from digest.delivery.media.buttons import Keyboard
    from digest.engine.ground.threads import StoreThread
    from digest.engine.rules import LiveRules
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
    rules: LiveRules
    folder: Path
    """The rules folder."""
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

    # --- marks -------------------------------------------------------------------------------------------------------

    async def not_relevant(self, view: View, who: Person, alert: Alert) -> Reply:
        """Mark the entry of an alert as unwanted for its rule."""
        rule = self.rules.active.by_id.get(alert.rule)
        if rule is None:
            return said(f"Nothing was noted: the rule “{alert.rule}” is gone since.")
        try:
            mark = await asyncio.to_thread(unwanted, rule, alert.entry.text)
            added = await asyncio.to_thread(add_mark, self.folder, mark, rule.examples)
        except UsageError as error:
            return said(f"Nothing was noted: {error}.")
        if not added:
            return said(f"Nothing was noted: it stands among the unwanted examples of “{rule.id}” already.")
        await self.rules.refresh()
        what = f"noted “{mark.title}” as unwanted for {alert.rule}"
        args = {"example": mark.example}
        change = await self.thread.call(
            view.store.changes.note_unwanted, alert.rule, args, by_words(who), what, view.now
        )
        return said(
            "Noted as unwanted for ",
            bold(alert.rule),
            f" in {MARKS}: “{mark.title}”. ",
            "The rule still matches it until you change its query: digest check shows what to exclude. ",
            f"Undo: the button, or digest mark relevant {alert.entry.id} --rule {alert.rule}",
            keyboard=_undo(change),
        )

    async def _unmark(self, change: Change) -> None:
        """Take a mark out again, if it still stands there.

        Raises:
            UsageError: that cannot be done, and why.
        """
        if "path" in change.args:  # made when such examples were written into the user's own files
            raise UsageError(f"it stands in {change.args['path']}, which is yours: take it out there")
        made = Mark(change.rule, ExampleKind.UNWANTED, change.args.get("example", "")).read()
        await asyncio.to_thread(remove_marks, self.folder, made.rule, made.kind, made.text)
        await self.rules.refresh()

    # --- undoing -----------------------------------------------------------------------------------------------------

    async def undo(self, view: View, who: Person, number: int) -> Reply:
        """Make things as they were before a change."""
        change = await self.thread.call(view.store.changes.get, number)
        if change is not None and change.kind is ChangeKind.UNWANTED and change.undone is None:
            try:
                await self._unmark(change)
            except UsageError as error:
                return said(f"It was not undone: {error}.", keyboard=_undo(change))
        came_of_it = await self.thread.call(view.store.changes.undo, number, by_words(who), view.now)
        if change is None or came_of_it is not Undoing.DONE:
            return said(_NOT_UNDONE[came_of_it])
        self.ring()
        now = await self.thread.call(view.store.mutes.of, change.rule, view.now)
        stands = {
            ChangeKind.UNWANTED: "the mark is taken out again.",
            ChangeKind.MUTE: "it is not muted.",
            ChangeKind.UNMUTE: "it is not muted.",
        }[change.kind]
        if now is not None and change.kind is not ChangeKind.UNWANTED:
            stands = f"it is muted until {view.time(now.until)} again."
        return said(f"Undone: {change.by} {change.what}. ", bold(change.rule), f": {stands}")


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
