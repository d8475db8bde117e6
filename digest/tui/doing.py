"""What is done with what is at hand: the actions that write, and what takes them back."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from functools import partial
from inspect import isawaitable
from typing import TYPE_CHECKING, Final, cast

from textual.app import SuspendNotSupported
from textual.events import Key, Paste

from digest.errors import DigestError, UsageError
from digest.text import safe_link
from digest.tui import acts
from digest.tui.actions import ACTING, ACTIONS, DESK, Action, Subject, available, chosen, shown_key
from digest.tui.browser import OPENED, opener, start
from digest.tui.cells import shown
from digest.tui.opening import Pages
from digest.tui.outside import editor_command, line_of_rule, pipe, run_there
from digest.tui.widgets.pane import Pane
from digest.values.desks import desk_of, of_desk, own_name
from digest.values.stories import story_name
from digest.words import count

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from textual.dom import DOMNode
    from textual.events import Event
    from textual.timer import Timer

    from digest.match.language.query import Query
    from digest.store.dashboard import EntryDetail, RuleRow
    from digest.tui.commands import CommandScreen
    from digest.tui.questions import Act, Acted, Refused, Waits
    from digest.tui.widgets.reader import Reader


@dataclass(frozen=True, slots=True)
class EngineHands:
    """What only the command line can do for the dashboard; each may take seconds, and says what came of it.

    They raise ``DigestError`` in plain words.
    """

    start: Callable[[], str]
    """Start an engine."""
    stop: Callable[[], str]
    """Stop it."""


def _none_here() -> str:
    raise UsageError("that cannot be done from here: digest run, digest stop")


_WAYS: Final = {"command", "help"}
"""Ways to actions, which are no actions of their own."""
_IN_A_LINE: Final = {Subject.ENTRY, Subject.STORY, Subject.RULE}
"""What the line under the cursor has."""
_SPANS: Final = ("1h", "30m", "8h", "1d", "7d")
"""For how long a rule may be muted, as it is offered; any other time can be typed."""
_LONGEST: Final = 2.0
"""Seconds after which keys wait no longer for one that is being done."""
_SOON: Final = 0.01
_NUMBER: Final = re.compile("[0-9]{1,5}")
NO_HANDS: Final = EngineHands(_none_here, _none_here)


class Doing(Pages):
    """The acting side of the dashboard; what it acts on, the whole says."""

    actions: Sequence[Action] = ACTIONS
    hands: EngineHands
    url: str
    views: dict[str, str]
    """The saved filters, by their names."""
    reader: Reader

    _done: list[Act]
    """What can be taken back, the last at the end."""
    _taken_back: list[Act]

    def __init__(self) -> None:
        super().__init__()
        self._done, self._taken_back = [], []
        self._asked = self._asked_before = ""  # what was asked for now, and just before, that cannot be taken back
        self._ahead: deque[Key | Paste] = deque()
        """What was typed while a key is being done."""
        self.is_doing = False
        """Whether one is."""
        self._turn = 0  # it is the one of this number
        self._limit: Timer | None = None
        self._waited: Key | None = None  # the last that waited for what is read; it does so once

    @property
    def offered(self) -> Sequence[str]:
        """The actions that the footer offers here."""
        raise NotImplementedError

    @property
    def typed_filter(self) -> str:
        """What the list is filtered by, as it was typed."""
        raise NotImplementedError

    @property
    def known_aliases(self) -> Mapping[str, tuple[Query, ...]] | None:
        """The aliases that the filter may name, where it was asked which there are."""
        raise NotImplementedError

    async def filter_by(self, query: str) -> None:
        """Filter the list."""
        raise NotImplementedError

    @property
    def live_rules(self) -> Sequence[RuleRow]:
        """The live rules."""
        raise NotImplementedError

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While actions are looked for, keys are for that alone; but these end or leave the dashboard as ever."""
        if action == "press" and len(self.screen_stack) > 1:
            wanted = chosen(str(parameters[0]), (), "", self.actions)
            return wanted is not None and wanted.name in {"quit", "suspend"}
        return super().check_action(action, parameters)

    def action_press(self, key: str) -> None:
        """Do what a key stands for here."""
        action = chosen(key, self.at_hand(), self.place, self.actions)
        if action is None:
            self._say_why_not(key)
        elif action.needs_words:
            self.ask_what(f"{action.name} ")
        else:
            self.call_later(self.perform, action, key if action.asks == "number" else "")
        self.call_later(self._is_done, self._turn)

    # --- keys typed ahead ------------------------------------------------------------------------------------------

    async def on_event(self, event: Event) -> None:
        """What is typed while a key is still being done waits for that: it is meant for what the key leads to."""
        if not isinstance(event, Key | Paste) or event.is_forwarded:
            await super().on_event(event)
        elif isinstance(event, Key) and (behind := self._behind_escape(event)) is not None:
            await self.on_event(Key("escape", "\x1b"))
            await self.on_event(behind)
        elif self.is_doing:
            self._ahead.append(event)
        elif isinstance(event, Key):
            await self._do_or_wait(event)
        else:
            await super().on_event(event)

    def _behind_escape(self, event: Key) -> Key | None:
        """The key that was typed right behind Esc, which a terminal sends as one with Alt; unless it is one of ours."""
        letter = event.character or event.key.removeprefix("alt+")
        if (
            not event.key.startswith("alt+")
            or len(letter) != 1
            or not letter.isalnum()
            or any(event.key in a.keys for a in self.actions)
        ):
            return None
        return Key(letter, letter)

    async def _do_or_wait(self, event: Key) -> None:
        """Have a key done, once what it is for has been read; and note when it is done."""
        typed = len(self.screen_stack) > 1 or not isinstance(self.focused, Pane | None)
        actions = () if typed else [each for each in self.actions if event.key in each.keys]
        if self._waited is not event and not all(self.is_there(each) for each in actions):
            self._waited = event
            self._ahead.appendleft(event)
            self._take_turn()
            self._wait(actions, self._turn)
        elif self._would_miss(actions):
            self.say("not done: the list is still being read, press the key once more")
        elif typed and self.focused is not None and self.focused.check_consume_key(event.key, event.character):
            await super().on_event(event)  # a letter leads nowhere else: many of them are drawn at once
        elif typed:
            way_up = (self.screen.focused or self.screen).ancestors_with_self
            self._take_turn()
            await super().on_event(event)
            # Up to the app, which may do what is bound to it; again with what that tells (a line was submitted), and
            # once more with what comes of that (it is closed).
            self._follow(way_up * 3, self._turn)
        else:
            if chosen(event.key, self.at_hand(), self.place, self.actions) is not None:
                self._take_turn()
            await super().on_event(event)

    def _would_miss(self, actions: Sequence[Action]) -> bool:
        """Whether one of these would be done on what is shown until the list, or the line under the cursor, is read."""
        on_it = (each for each in actions if each.group == ACTING or each.subject is not Subject.NONE)
        return not all(self.is_there(each) for each in on_it)

    def _take_turn(self) -> None:
        self._turn += 1
        self.is_doing = True
        if self._limit is not None:
            self._limit.stop()
        self._limit = self.set_timer(_LONGEST, partial(self._type_on, self._turn))

    def is_there(self, action: Action) -> bool:
        """Whether what an action would be done on has been read."""
        del action
        return True

    def _wait(self, actions: Sequence[Action], turn: int) -> None:
        if turn == self._turn and not all(self.is_there(each) for each in actions):
            self.set_timer(_SOON, partial(self._wait, actions, turn))
        else:
            self.call_later(self._type_on, turn)

    def _follow(self, ways: list[DOMNode], turn: int) -> None:
        """Go the ways that a typed key and then what comes of it go, behind them; at the end the key is done."""
        if not ways:
            self._is_done(turn)
        elif not ways[0].call_later(self._follow, ways[1:], turn):  # that one is gone
            self._follow(ways[1:], turn)

    def _is_done(self, turn: int) -> None:
        """What a line to type in was opened for goes there once that has the focus; all else goes on its way."""
        if turn != self._turn or not self.is_doing:
            return
        if len(self.screen_stack) > 1 and self.screen.focused is None:
            self.set_timer(_SOON, partial(self._is_done, turn))
        else:
            self.call_later(self._type_on, turn)  # behind what gives it the focus

    async def _type_on(self, turn: int) -> None:
        if turn == self._turn:
            self.is_doing = False
            while self._ahead and not self.is_doing:
                await self.on_event(self._ahead.popleft())

    def _say_why_not(self, key: str) -> None:
        """A key that does nothing here does so in words, where it is one of the list's or of this page."""
        meant = [each for each in self.actions if key in each.keys and each.page in {"", DESK, self.place}]
        of_the_list = [each for each in meant if each.page == DESK != self.place]
        missing = next(iter([*of_the_list, *meant]), None)
        if missing is not None and missing.page in {"", self.place}:
            self.say(f"{shown_key(key)}: there is no {missing.subject.value} here")
        elif missing is not None:
            self.say(f"{shown_key(key)} is for the list: Esc goes back to it")

    def ask_what(self, typed: str | None) -> None:
        """Let an action be found: by typing, from what is typed already, or (``None``) by reading."""
        from digest.tui.commands import CommandScreen, Here

        if len(self.screen_stack) == 1:
            followed, page = self.matches.following, self.place
            self.matches.hold()  # it is for what was seen as this was opened
            choices = {
                "view": [*self.views],
                "mute": _SPANS,
                "join": self.matches.stories_near(self.at_hand().get(Subject.STORY)),
            }
            screen = CommandScreen(self.actions, Here(self.at_hand(), page, self.offered), typed, choices)
            self.push_screen(screen, partial(self._do_chosen, followed))

    @property
    def asking(self) -> CommandScreen | None:
        """What lets actions be found, while it is open."""
        return cast("CommandScreen", self.screen) if len(self.screen_stack) > 1 else None

    def _do_chosen(self, followed: bool, chosen: tuple[Action, str] | None) -> None:  # noqa: FBT001 - bound beforehand
        if followed and (chosen is None or chosen[0].subject is Subject.NONE):
            self.matches.show_new()
        if chosen is not None:
            self.call_later(self.perform, *chosen)

    def action_command(self) -> None:
        """Find an action by typing."""
        self.ask_what("")

    def action_help(self) -> None:
        """All actions, to be read."""
        self.ask_what(None)

    async def perform(self, action: Action, words: str = "") -> None:
        """Do something of the table; ``words`` are what it asked for."""
        if not available(action, self.at_hand(), self.place):
            self.say(f"{action.words}: {self._missing(action)}")
            return
        if action.of_the_list and not await self.close_pages():
            return
        if action.name not in _WAYS:
            self._asked, self._asked_before = "", self._asked
        if action.subject in _IN_A_LINE and self.page is None:
            self.matches.hold()  # what comes now would slip under the cursor, and the next key be done on that
        name = f"action_{action.method or action.name}"
        method = getattr(self.page, name, None) or getattr(self, name)
        given = [action.value] if action.value is not None else [words] if action.asks else []
        done = method(*given)
        if isawaitable(done):
            await done

    def _missing(self, action: Action) -> str:
        """Why an action cannot be done here."""
        if action.page == DESK:
            return f"only in the list; {self.key_of('close')} goes back to it"
        if action.page not in {"", self.place}:
            return f"only on the page {action.page}"
        return f"there is no {action.subject.value} here"

    def key_of(self, name: str) -> str:
        """The user's first key for an action; where it has none, how it is typed."""
        keys = next(each.keys for each in self.actions if each.name == name)
        return shown_key(keys[0]) if keys else f":{name}"

    def act(self, act: Act) -> None:
        """Have something written, to be taken back with a key."""
        if act.undo is not None:
            self._done.append(act)
            self._taken_back.clear()
        self.watcher.ask(act)

    def is_sure(self, what: str) -> bool:
        """Whether somebody who asks for what cannot be taken back asked for the same just before; else it is said."""
        if what == self._asked_before:
            return True
        self._asked = what
        self.say(f"once more to be sure: {what}, and that cannot be taken back")
        return False

    def action_undo(self) -> None:
        """Take back what was done last."""
        self._turn_back(self._done, self._taken_back, "nothing was done that could be taken back")

    def action_redo(self) -> None:
        """Do again what was taken back last."""
        self._turn_back(self._taken_back, self._done, "nothing was taken back")

    def _turn_back(self, acts_done: list[Act], others: list[Act], otherwise: str) -> None:
        if not acts_done or (back := acts_done.pop().back()) is None:
            self.say(otherwise)
            return
        others.append(back)
        self.unsay()  # what was said of it is so no longer
        self.watcher.ask(back)

    def action_toggle_read(self) -> None:
        """Read, or not yet."""
        self._mark_selected(read=None)

    def action_read_all(self) -> None:
        """All of the list is read."""
        self._mark_many(self.matches.order.ids(0, len(self.matches.order)), "marked as read")

    def action_read_feed(self) -> None:
        """All of the feed under the cursor is read."""
        self.matches.hold()
        self.act(acts.read_feed(self.at_hand()[Subject.FEED], self.now))

    def action_read_above(self) -> None:
        """This entry and those above it are read."""
        self._mark_many(self.matches.order.ids(0, self.matches.position[0]), "marked as read, with all above")

    def _mark_many(self, entries: Sequence[int], words: str) -> None:
        self.matches.hold()
        self.act(acts.mark_read(entries, self.now, read=True, words=words))

    def _mark_selected(self, *, read: bool | None) -> None:
        """Mark the selected entry; ``None`` turns it around."""
        row = self.matches.selected_row
        if row is None:
            return
        self.matches.hold()
        wanted = row.unread if read is None else read
        if row.baseline:
            if read is None:
                self.say("it was in the feed before Digest knew it: such an entry is never unread")
        elif wanted == row.unread:
            self.matches.set_unread(row.id, unread=not wanted)
            self.act(acts.mark_read([row.id], self.now, read=wanted))

    def action_star(self) -> None:
        """Star the entry, or take its star off."""
        self.act(acts.star(self.at_hand()[Subject.ENTRY], self.now))

    def action_have(self) -> None:
        """Take it in hand, or let it go."""
        self.act(acts.have(self.at_hand()[Subject.ENTRY], self.now, self.zone))

    def action_take_over(self) -> None:
        """Have it in hand, whoever has it now."""
        self.act(acts.have(self.at_hand()[Subject.ENTRY], self.now, self.zone, over=True))

    def action_mute(self, span: str) -> None:
        """Mute the rule, or end its mute."""
        self.act(acts.mute(self.at_hand()[Subject.RULE], span, self.now, self.zone))

    def action_mute_story(self) -> None:
        """Mute the story, or end its mute: at the desk that is shown, else at that of the rule which found it."""
        at_hand, desk = self.at_hand(), self.places.desk
        desk = desk_of(str(at_hand.get(Subject.RULE, ""))) if desk is None else desk
        name = of_desk(desk, story_name(at_hand[Subject.STORY]))
        self.act(acts.mute(name, "", self.now, self.zone))

    def action_follow(self) -> None:
        """Follow the story, or no longer."""
        self.act(acts.follow(self.at_hand()[Subject.STORY], self.now))

    def action_not_relevant(self) -> None:
        """Note that the rule should not have found it."""
        self.act(acts.not_relevant(self.at_hand()[Subject.ENTRY], self.places.folders, self.places.desk))

    def _opened(self) -> EntryDetail | None:
        """The entry under the cursor as the reader has it; while it is still being read, that is said."""
        detail = self.reader.detail
        if detail is None or detail.entry.id != self.at_hand().get(Subject.ENTRY):
            self.say("not done: the entry is still being read, press the key once more")
            return None
        return detail

    def action_copy_link(self) -> None:
        """The link, to the clipboard."""
        if (detail := self._opened()) is not None:
            self._copy(detail.entry.url)

    def action_copy_title(self) -> None:
        """Title and link, to the clipboard."""
        if (detail := self._opened()) is not None:
            self._copy(f"{detail.entry.title}\n{detail.entry.url}")

    def _copy(self, words: str) -> None:
        """Copy by the terminal's own means (OSC 52), and show it: not every terminal does it."""
        self.copy_to_clipboard(shown(words))
        self.say(f"copied: {shown(words)}")

    def action_browse(self) -> None:
        """Open the page; where there is no browser, show the link."""
        if self.page is not None:
            self.act(acts.browse(self.at_hand()[Subject.ENTRY], partial(self.call_from_thread, self.browse)))
        elif (detail := self._opened()) is not None:
            self.browse(detail.entry.url)

    def browse(self, url: str) -> None:
        """Open a page in the browser of whoever looks at this, and say what came of it; the address, if nothing did."""
        if self.is_web and (link := safe_link(url)):
            self.open_url(link)
            self.say(OPENED)
            return
        try:
            found = opener(url)
        except UsageError as error:
            self.say(shown(str(error)))
            return
        if found.takes_terminal:
            self._leave_terminal_to(found.command, "not opened")
        else:
            self._in_background(partial(start, found), "opening the page")

    def action_poll(self) -> None:
        """Ask the engine to poll."""
        if not self.status.engine_lives:
            self.say(f"no engine runs that could poll: {self.status.starts} starts one")
            return
        self.act(acts.poll(self.now))

    def on_acted(self, acted: Acted) -> None:
        """What a key asked for was written."""
        self.matches.read_again(acted.act.entries)
        if acted.words:
            self.say(acted.words, self._way_back(acted.act))

    def _way_back(self, act: Act) -> str:
        """The key that makes it undone, or done again."""
        if act.undo is None:
            return ""
        if act in self._taken_back:
            return f"{self.key_of('redo')} does it again"
        return f"{self.key_of('undo')} takes it back"

    def on_waits(self, waits: Waits) -> None:
        """What keys asked for is to be written as soon as that can be."""
        self.say(
            f"not done yet, {count(waits.number, 'change')} to be stored: {waits.words.removesuffix('; try again')}"
        )

    def on_refused(self, refused: Refused) -> None:
        """What a key asked for could not be written; what never can is in the way of nothing else."""
        for mine, others in ((self._done, self._taken_back), (self._taken_back, self._done)):
            if any(act is refused.act for act in mine):
                mine[:] = [act for act in mine if act is not refused.act]
                others += [back for back in (refused.act.back(),) if back is not None and not refused.for_good]
                break
        self.say(f"not done: {refused.words}")

    # --- the outside ---------------------------------------------------------------------------------------------

    def action_link(self, number: str) -> None:
        """Open a numbered link of the text."""
        link = self.reader.link(int(number)) if _NUMBER.fullmatch(number) else ""
        if not link:
            self.say(f"there is no link {number} in this text")
        else:
            self.browse(link)

    def action_open_all(self) -> None:
        """Open what is starred in the list."""
        self.act(acts.open_starred(self.matches.order.ids(0, len(self.matches.order))))

    def action_pipe(self, command: str) -> None:
        """Give title, link and text of the entry to a command."""
        if (detail := self._opened()) is not None:
            entry = detail.entry
            text = f"{entry.title}\n{entry.url}\n\n{detail.article or entry.text.content or entry.text.summary}\n"
            self._in_background(partial(pipe, command, text), f"running: {command}")

    def action_note(self, note: str) -> None:
        """Star with a note."""
        self.act(acts.note(self.at_hand()[Subject.ENTRY], note, self.now))

    async def action_edit(self) -> None:
        """Edit the rule here."""
        await self._edit(str(self.at_hand()[Subject.RULE]))

    async def action_edit_broken(self) -> None:
        """Edit the rule file here, at its first mistake."""
        await self.open_editor(str(self.at_hand()[Subject.FILE]), "")

    async def action_exclude(self, words: str) -> None:
        """Edit the rule with words excluded, to be seen and saved."""
        await self._edit(str(self.at_hand()[Subject.RULE]), words)

    async def _edit(self, rule: str, excluded: str = "") -> None:
        path = next((each.path for each in self.live_rules if each.id == rule), None)
        if path is None:
            self.say(f"no rule file has the rule {rule}")
            return
        from digest.tui.drafting import excluding

        try:
            text = excluding(self.places.folders.file(path), rule, excluded) if excluded else None
        except DigestError as error:
            self.say(f"not edited: {error}")
            return
        await self.open_editor(path, rule, text)

    async def action_new_rule(self) -> None:
        """Begin a rule with the words of the entry's title."""
        from digest.tui.drafting import new_rule

        if (detail := self._opened()) is None:
            return
        try:
            rule, text = new_rule(self.places.folders.file(self.places.own_rules), detail.entry.title)
        except UsageError as error:
            self.say(f"no rule was made: {error}")
            return
        await self.open_editor(self.places.own_rules, rule, text)

    async def open_editor(self, file: str, rule: str, text: str | None = None) -> None:
        """Open the rule editor on a rule file, by its name."""
        from digest.tui.pages.editor import EditorPage

        try:
            named = of_desk(desk_of(file), own_name(rule))
            page = EditorPage(self.url, self.places, file, named, str(self.zone), text=text)
        except UsageError as error:
            self.say(f"not edited: {error}")
            return
        await self.open_page(page)

    # --- saved filters -------------------------------------------------------------------------------------------

    async def action_view(self, name: str) -> None:
        """Show a view of the config."""
        if name in self.views:
            await self.filter_by(self.views[name])
        else:
            known = ", ".join(self.views) or "none yet: :save_view NAME saves the filter that is set"
            self.say(f"there is no view {name}: {known}")

    def action_save_view(self, name: str) -> None:
        """Save the filter as a view of the config."""
        query = self.typed_filter
        if not query:
            self.say("nothing is filtered: / filters, then this saves it")
        elif name in self.views:
            self.say(f"there is a view {name} already: change it in {self.places.config}")
        else:
            self.act(acts.save_view(name, query, self.places.config, self.views))

    async def action_filter_rule(self) -> None:
        """Write a rule that finds what the filter finds."""
        from digest.match import QueryError
        from digest.rulebook.searches import as_whole, rule_of_search
        from digest.tui.drafting import with_rule

        query = as_whole(self.typed_filter, self.known_aliases)
        try:
            draft = rule_of_search(query, self.known_aliases, {own_name(rule.id) for rule in self.live_rules})
            text = with_rule(self.places.folders.file(self.places.own_rules), draft.text)
        except (QueryError, UsageError) as error:
            self.say(f"no rule was made: {error}")
            return
        await self.open_editor(self.places.own_rules, draft.id, text)
        if draft.left_out:
            self.say(draft.sentence)

    def action_edit_file(self) -> None:
        """Open the rule at its line in the user's editor; saved, it is live."""
        rule = self.at_hand()[Subject.RULE]
        path = next((each.path for each in self.live_rules if each.id == rule), None)
        if path is None:
            self.say(f"no rule file has the rule {rule}")
            return
        try:
            file = self.places.folders.file(path)
            text = file.read_text(encoding="utf-8", errors="replace")
            command = editor_command(file, line_of_rule(text, own_name(str(rule))))
        except (UsageError, OSError) as error:
            self.say(f"not edited: {error}")
        else:
            self._leave_terminal_to(command, "not edited")

    def _leave_terminal_to(self, command: Sequence[str], otherwise: str) -> None:
        """Let a program of the user's have the terminal until it ends; what went wrong is said."""
        try:
            with self.suspend():
                problem = run_there(command)
            if problem:
                self.say(f"{otherwise}: {problem}")
        except SuspendNotSupported:
            self.say(f"{otherwise}: this terminal cannot be given away")
        self.refresh(layout=True)

    def action_pause(self) -> None:
        """Pause the feed at hand, or no longer."""
        feed = self.at_hand()[Subject.FEED]
        if isinstance(feed, int):
            self.act(acts.pause(feed, self.now))

    def action_start_engine(self) -> None:
        """Start an engine, where none runs."""
        self._in_background(self.hands.start, "an engine is being started")

    def action_stop_engine(self) -> None:
        """Stop the engine."""
        if self.hands is NO_HANDS or self.is_sure("this stops the engine for everybody"):
            self._stop_engine()

    def _stop_engine(self) -> None:
        self._in_background(self.hands.stop, "the engine is being stopped")

    def action_send_digest(self, name: str) -> None:
        """Have a digest sent now."""
        if not self.status.engine_lives:
            self.say(f"no engine runs that could send it: {self.status.starts} starts one")
        else:
            self.act(acts.send_digest(name, self.places.config, self.now))

    def _in_background(self, work: Callable[[], str], begun: str) -> None:
        """Have something done in a thread: say that it is, and then what came of it."""
        self.say(shown(begun))

        def run() -> None:
            try:
                words = work()
            except DigestError as error:
                words = f"not done: {error}"
            self.call_from_thread(self.say, shown(words))

        self.run_worker(run, thread=True, exit_on_error=False)
