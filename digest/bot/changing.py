"""What admins change: what they have in hand, mutes, stories followed, marks.

Each change is noted with who did it; a button undoes it.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from digest.bot.replies import bold, button, said
from digest.bot.rules import find_rule, no_such_rule, of_another_desk
from digest.delivery.media.buttons import Press
from digest.delivery.messages.duty import taken_words
from digest.errors import UsageError
from digest.match import MARKS, ExampleKind
from digest.rulebook.marks import Mark, add_mark, remove_marks, unwanted
from digest.store.people import ChangeKind, Colleague, Undoing
from digest.text import quoted
from digest.values.desks import MAIN, called, desk_of, of_desk, own_name, unknown_desk
from digest.values.messages import Taken
from digest.values.stories import story_name, story_number
from digest.words import mute_span, typed_span

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from digest.bot.replies import Reply, View
    from digest.channels.telegram_talk import Person
    from digest.delivery.media.buttons import Keyboard
    from digest.engine.ground.threads import StoreThread
    from digest.engine.rules import LiveRules
    from digest.match import Rule
    from digest.store.people import Change
    from digest.values.messages import Alert

_LISTED: Final = 40


@dataclass(frozen=True, slots=True)
class OfMessage:
    """The event that a message tells of."""

    delivery: int
    """The message."""
    event: int
    title: str


def by_words(who: Person) -> str:
    """Who, as changes keep it."""
    return f"{who.name or 'someone'} ({who.id}) by Telegram"


def _colleague(who: Person) -> Colleague:
    return Colleague(who.name or f"user {who.id}", f"telegram {who.id}", by_words(who))


@dataclass(frozen=True, slots=True)
class Hands:
    """What changes are made with."""

    thread: StoreThread
    rules: LiveRules
    ring: Callable[[], None]

    # --- mutes -------------------------------------------------------------------------------------------------------

    async def mute_asked(self, view: View, who: Person, argument: str) -> Reply:
        """``/mute ID [span]`` or ``/mute story 12 [span]``."""
        name, span_text = _named(argument)
        if not name:
            return await self.thread.call(_what_to_mute, view)
        name, rule = _at_own_desk(view, name), find_rule(view.rules, name)
        if (refused := await self.thread.call(_no_mute, view, name, rule)) is not None:
            return refused
        try:
            span = mute_span(span_text or "1h")
        except ValueError as error:
            return said(f"Nothing was muted: {error}")
        return await self.mute(view, who, name if rule is None else rule.id, span)

    async def mute(self, view: View, who: Person, name: str, span: timedelta) -> Reply:
        """Mute a rule, by its id, or a story, by what it goes by, from now on for so long."""
        until = view.now + span
        what = f"muted {name} until {view.time(until)}"
        change = await self.thread.call(view.store.changes.mute, name, until, by_words(who), what, view.now)
        self.ring()  # a mute that ends sooner than the one before may let something go
        held = f" until {view.time(until)}, for {typed_span(span)}. Its alerts are held till then."
        about = await self.thread.call(_about, view, name)
        return said("Muted ", bold(name), about, held, f" Undo: the button, or /unmute {name}", keyboard=_undo(change))

    async def unmute_asked(self, view: View, who: Person, argument: str) -> Reply:
        """``/unmute ID`` or ``/unmute story 12``."""
        name, _ = _named(argument)
        if not name:
            return await self.thread.call(_what_is_muted, view)
        muted = {mute.rule for mute in await self.thread.call(view.store.mutes.in_force, view.now)}
        rule = find_rule(view.rules, name)
        name = _at_own_desk(view, name)
        if rule is None and not view.sees(name) and (name in muted or story_number(name) is not None):
            return of_another_desk(view, name)
        # A rule that is gone may be muted still.
        ident = name if rule is None or (name in muted and view.sees(name)) else rule.id
        if rule is None and ident not in muted and story_number(name) is None:
            return no_such_rule(view, name)
        return await self.unmute(view, who, ident)

    async def unmute(self, view: View, who: Person, name: str) -> Reply:
        """End the mute of a rule or story now."""
        change = await self.thread.call(view.store.changes.unmute, name, by_words(who), f"unmuted {name}", view.now)
        if change is None:
            return said(bold(name), " is not muted.")
        self.ring()
        return said(
            "Unmuted ",
            bold(name),
            ": what was held for it comes now.",
            f" Undo: the button, or /mute {name}",
            keyboard=_undo(change),
        )

    # --- stories -----------------------------------------------------------------------------------------------------

    async def follow(self, view: View, who: Person, story: int) -> Reply:
        """Follow a story from now on; one that is followed already, no longer."""
        name, by = story_name(story), by_words(who)
        about = await self.thread.call(_about, view, name)
        change = await self.thread.call(view.store.changes.follow, story, by, f"followed {name}", view.now)
        if change is not None:
            tells = ": each report of it that says something new is told. Undo: the button, or press Follow story again"
            return said("Following ", bold(name), about, tells, keyboard=_undo(change))
        change = await self.thread.call(view.store.changes.unfollow, story, by, f"no longer followed {name}", view.now)
        if change is None:
            return _no_such_story(story)
        tells = ": only what matters of it is told. Undo: the button, or press Follow story again"
        return said("No longer following ", bold(name), about, tells, keyboard=_undo(change))

    # --- who has what ------------------------------------------------------------------------------------------------

    async def take(self, view: View, who: Person, asked: OfMessage, *, over: bool = False) -> Reply:
        """Have an event in hand from now on; ``over``: also where somebody else has it."""
        found = await self.thread.call(view.store.changes.take, asked.event, _colleague(who), view.now, over=over)
        if found is None:
            return said("This alert is no longer stored.")
        about = f" {quoted(asked.title)}"
        if isinstance(found, Taken):
            if found.person == _colleague(who).person:
                again = ((button("Let it go", Press.RELEASE, asked.delivery),),)
                return said(f"You have it since {view.time(found.since)}:{about}", keyboard=again)
            again = ((button("Take it over", Press.TAKE_OVER, asked.delivery),),)
            return said(bold(found.who), f" has it since {view.time(found.since)}:{about}", keyboard=again)
        self.ring()  # its messages are edited, and what went on need not go
        name = _colleague(who).name
        now = f" has it now:{about}. All its messages say so. Undo: the button"
        return said(bold(name), now, keyboard=_undo(found))

    async def release(self, view: View, who: Person, asked: OfMessage) -> Reply:
        """Let go of an event that somebody has."""
        found = await self.thread.call(view.store.changes.release, asked.event, _colleague(who), view.now)
        about = f" {quoted(asked.title)}"
        if found is None:
            return said(f"Nobody has it:{about}")
        if isinstance(found, Taken):
            return said(bold(found.who), f" has it since {view.time(found.since)}:{about}")
        self.ring()
        return said(f"Nobody has it now:{about}. Undo: the button", keyboard=_undo(found))

    # --- marks -------------------------------------------------------------------------------------------------------

    async def not_relevant(self, view: View, who: Person, alert: Alert) -> Reply:
        """Mark the entry of an alert as unwanted for its rule."""
        rule = self.rules.active.by_id.get(alert.rule)
        if rule is None:
            return said(f"Nothing was noted: the rule “{alert.rule}” is gone since.")
        try:
            mark = await asyncio.to_thread(unwanted, rule, alert.entry.text)
            added = await asyncio.to_thread(add_mark, self.rules.folders.of(rule.id), mark, rule.examples)
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

    async def _unmark(self, view: View, change: Change) -> None:
        """Take a mark out again, if that is the change and it still stands there.

        Raises:
            UsageError: that cannot be done, or no change of this desk, and why.
        """
        if not change.is_shared and not view.sees(change.rule):
            raise UsageError(f"it is for the desk {called(desk_of(change.rule))}")
        if change.kind is not ChangeKind.UNWANTED or change.undone is not None:
            return
        if "path" in change.args:  # made when such examples were written into the user's own files
            raise UsageError(f"it stands in {change.args['path']}, which is yours: take it out there")
        made = Mark(change.rule, ExampleKind.UNWANTED, change.args.get("example", "")).read()
        folder = self.rules.folders.of(change.rule)
        await asyncio.to_thread(remove_marks, folder, made.rule, made.kind, made.text)
        await self.rules.refresh()

    # --- undoing -----------------------------------------------------------------------------------------------------

    async def undo(self, view: View, who: Person, number: int) -> Reply:
        """Make things as they were before a change."""
        change = await self.thread.call(view.store.changes.get, number)
        if change is not None:
            try:
                await self._unmark(view, change)
            except UsageError as error:
                return said(f"It was not undone: {error}.", keyboard=_undo(change))
        came_of_it = await self.thread.call(view.store.changes.undo, number, by_words(who), view.now)
        if change is None or came_of_it is not Undoing.DONE:
            words = (Undoing.GONE if change is None else came_of_it).sentence
            return said(f"{words[0].upper()}{words[1:]}.")
        self.ring()
        now = await self.thread.call(view.store.mutes.of, change.rule, view.now)
        stands = {
            ChangeKind.UNWANTED: "the mark is taken out again.",
            ChangeKind.MUTE: "it is not muted.",
            ChangeKind.UNMUTE: "it is not muted.",
            ChangeKind.FOLLOW: "it is not followed.",
            ChangeKind.UNFOLLOW: "it is followed again.",
            ChangeKind.TAKE: "nobody has it.",
            ChangeKind.RELEASE: "nobody has it.",
        }[change.kind]
        if change.kind in {ChangeKind.TAKE, ChangeKind.RELEASE}:
            event = story_number(change.rule) or 0
            taken = (await self.thread.call(view.store.duty.taken, [event])).get(event)
            stands = stands if taken is None else f"{taken_words(taken, view.zone)}."
        if now is not None and change.kind in {ChangeKind.MUTE, ChangeKind.UNMUTE}:
            stands = f"it is muted until {view.time(now.until)} again."
        return said(f"Undone: {change.by} {change.what}. ", bold(change.rule), f": {stands}")


def _named(argument: str) -> tuple[str, str]:
    """What a command names, a rule's id or ``story 12``, and what stands behind it."""
    first, second, *rest = [*argument.split(maxsplit=2), "", ""]
    if own_name(first).casefold() == "story" and re.fullmatch("[0-9]{1,18}", second, re.ASCII):
        return of_desk(desk_of(first), story_name(int(second))), rest[0] if rest else ""
    return first, " ".join((second, *rest)).strip()


def _at_own_desk(view: View, name: str) -> str:
    """What a story goes by at the desk that is named; else at the only one that somebody acts for."""
    if story_number(name) is None:
        return name
    if desk_of(name) == MAIN:
        return own_name(name)
    if desk_of(name) or view.desks is None or len(view.desks) > 1:
        return name
    return of_desk(min(view.desks), name)


def _no_mute(view: View, name: str, rule: Rule | None) -> Reply | None:
    """Why a rule, or by what it goes by a story, cannot be muted; ``None``: it can."""
    story, desks = story_number(name), view.config.rule_folders
    if story is None:
        return no_such_rule(view, name) if rule is None else None
    if not view.sees(name):
        return of_another_desk(view, name)
    if desk_of(name) not in desks:
        return said(f"Nothing was muted: {unknown_desk(desk_of(name), [desk for desk in desks if desk])}")
    return None if view.store.reads.story(story) is not None else _no_such_story(story)


def _about(view: View, name: str) -> str:
    """Behind what a story goes by: the headline of its first report."""
    story = story_number(name)
    found = None if story is None else view.store.reads.story(story)
    return f" {quoted(found.reports[0].title)}" if found is not None and found.reports else ""


def _no_such_story(story: int) -> Reply:
    return said(f"There is no story {story}, or it is no longer kept.")


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
        f"\n{mute.rule} until {view.time(mute.until)}, by {mute.by}"
        for mute in view.store.mutes.in_force(view.now)
        if view.sees(mute.rule)
    ]
    if not muted:
        return said("No rule is muted. No story is muted.")
    return said("Which one? For example /unmute dprk-syria. Muted are:", *muted)
