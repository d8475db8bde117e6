"""What is done with what is at hand: the actions that write, and what takes them back."""

from __future__ import annotations

from inspect import isawaitable
from typing import TYPE_CHECKING, Any

from digest.tui import acts
from digest.tui.actions import ACTIONS, Action, Subject, available, chosen
from digest.tui.browser import open_page
from digest.tui.cells import shown
from digest.tui.opening import Pages
from digest.tui.questions import Act, Acted, AskRows, Refused
from digest.values.stories import story_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.tui.welcome import Places
    from digest.tui.widgets.reader import Reader


class Doing(Pages):
    """The acting side of the dashboard; what it acts on, the whole says."""

    actions: Sequence[Action] = ACTIONS
    places: Places
    reader: Reader

    _done: list[Act]
    """What can be taken back, the last at the end."""
    _taken_back: list[Act]

    def __init__(self) -> None:
        super().__init__()
        self._done, self._taken_back = [], []

    def at_hand(self) -> dict[Subject, Any]:
        """What there is to act on, of each kind its id."""
        raise NotImplementedError

    def say(self, words: str) -> None:
        """Show a line for some seconds."""
        raise NotImplementedError

    def action_press(self, key: str) -> None:
        """Do what a key stands for here."""
        action = chosen(key, self.at_hand(), self.page.key if self.page else "", self.actions)
        if action is not None:
            self.call_later(self.perform, action)

    async def perform(self, action: Action, words: str = "") -> None:
        """Do something of the table; ``words`` are what it asked for."""
        if not available(action, self.at_hand(), self.page.key if self.page else ""):
            self.say(f"{action.words}: there is no {action.subject.value} here")
            return
        name = f"action_{action.method or action.name}"
        method = getattr(self.page, name, None) or getattr(self, name)
        given = [action.value] if action.value is not None else [words] if action.asks else []
        done = method(*given)
        if isawaitable(done):
            await done

    def act(self, act: Act) -> None:
        """Have something written, to be taken back with a key."""
        if act.undo is not None:
            self._done.append(act)
            self._taken_back.clear()
        self.watcher.ask(act)

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
        self.watcher.ask(back)

    def action_toggle_read(self) -> None:
        """Read, or not yet."""
        self._mark_selected(read=None)

    def action_read_all(self) -> None:
        """All of the list is read."""
        self._mark_many(self.matches.order.ids(0, len(self.matches.order)), "marked as read")

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
        if wanted == row.unread and not row.baseline:  # what a first poll brought is never unread
            self.matches.set_unread(row.id, unread=not wanted)
            self.act(acts.mark_read([row.id], self.now, read=wanted))

    def action_star(self) -> None:
        """Star the entry, or take its star off."""
        self.matches.hold()
        self.act(acts.star(self.at_hand()[Subject.ENTRY], self.now))

    def action_mute(self, span: str) -> None:
        """Mute the rule, or end its mute."""
        self.act(acts.mute(self.at_hand()[Subject.RULE], span, self.now, self.zone))

    def action_mute_story(self) -> None:
        """Mute the story, or end its mute."""
        self.act(acts.mute(story_name(self.at_hand()[Subject.STORY]), "", self.now, self.zone))

    def action_follow(self) -> None:
        """Follow the story, or no longer."""
        self.act(acts.follow(self.at_hand()[Subject.STORY], self.now))

    def action_not_relevant(self) -> None:
        """Note that the rule should not have found it."""
        self.act(acts.not_relevant(self.at_hand()[Subject.ENTRY], self.places.rules))

    def action_copy_link(self) -> None:
        """The link, to the clipboard."""
        if (detail := self.reader.detail) is not None:
            self._copy(detail.entry.url)

    def action_copy_title(self) -> None:
        """Title and link, to the clipboard."""
        if (detail := self.reader.detail) is not None:
            self._copy(f"{detail.entry.title}\n{detail.entry.url}")

    def _copy(self, words: str) -> None:
        """Copy by the terminal's own means (OSC 52), and show it: not every terminal does it."""
        self.copy_to_clipboard(shown(words))
        self.say(f"copied: {shown(words)}")

    def action_browse(self) -> None:
        """Open the page; where there is no browser, show the link."""
        detail = self.reader.detail
        if detail is None:
            return
        if open_page(detail.entry.url):
            self.say("opened in the browser")
        else:
            self.say(detail.entry.url or "the feed gives no link for it")

    def action_poll(self) -> None:
        """Ask the engine to poll."""
        if not self.status.engine_lives:
            self.say("no engine runs that could poll: digest run starts one")
            return
        self.act(acts.poll(self.now))

    def on_acted(self, acted: Acted) -> None:
        """What a key asked for was written."""
        if acted.act.entries:
            self.watcher.ask(AskRows(acted.act.entries))
        if acted.words:
            undo = "" if acted.act.undo is None else "   u takes it back"
            self.say(acted.words + undo)

    def on_refused(self, refused: Refused) -> None:
        """What a key asked for could not be written."""
        self._done = [act for act in self._done if act is not refused.act]
        self.say(f"not done: {refused.words}")
