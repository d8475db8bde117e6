"""The rule editor: the file at the left, and at the right what it would do to the stored entries as it is typed.

What is looked for runs in a process of its own (`digest.tui.preview_child`). The file is written whole, and never over
what somebody else has saved meanwhile: that is seen, and taken in with a key.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import sys
from typing import TYPE_CHECKING, Any, Final

from textual.containers import Horizontal, Vertical
from textual.markup import escape

from digest.errors import UsageError
from digest.match.rules import telling
from digest.rulebook.writing import write_whole
from digest.tui.outside import line_of_rule
from digest.tui.pages.base import Page
from digest.tui.pages.preview import PreviewPane
from digest.tui.questions import Act
from digest.tui.widgets.code import Checks, RuleText, completions
from digest.values.desks import own_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from textual.app import ComposeResult

    from digest.store import Store
    from digest.tui.welcome import Places
    from digest.tui.widgets.pane import Pane

_SETTLE: Final = 0.1
"""Seconds without a keypress after which the stored entries are looked at."""
_NARROW: Final = 110
_LOW: Final = 18
"""Lines of the page below which there is room for the file alone."""
_SHORT: Final = 24
_FILE: Final = 14
"""Lines that the file has first, with its frame and its mistakes, where the preview stands below it."""


class EditorPage(Page):
    """Edits one rule file.

    Args:
        url: the store, for the preview.
        places: where the rules are.
        file: the file's name in that folder.
        rule: the rule that hits are counted of.
        zone: the name of the user's time zone.
        text: what stands there at first instead of the file's own text, or of the draft of it that was kept.
    """

    DEFAULT_CSS = """
    EditorPage #file { width: 1fr; }
    EditorPage #preview { width: 1fr; margin: 0 0 0 1; }
    EditorPage.narrow Horizontal { layout: vertical; }
    EditorPage.narrow #file { width: 100%; height: 1fr; }
    EditorPage.narrow #preview { width: 100%; margin: 0; }
    EditorPage RuleText { height: 1fr; }
    EditorPage Checks { height: 4; }
    EditorPage.narrow.low #preview { display: none; }
    EditorPage.short Checks { height: 2; }
    EditorPage.short RuleText { scrollbar-size-horizontal: 0; }
    """
    key = "editor"
    hints = ("save", "complete", "next_mistake", "take_in", "command", "close", "help")
    is_typed_in = True

    def __init__(self, url: str, places: Places, file: str, rule: str, zone: str, *, text: str | None = None) -> None:  # noqa: PLR0913 - where and what
        super().__init__()
        self.crumb = file
        self._checked: str | None = None  # the text of which is known what is wrong with it
        self._saves = False  # once it is known of this text, it is saved
        self.rule = rule
        self._path = places.folders.file(file)
        briefest = str(telling.BRIEFEST_EVERY.total_seconds())
        child = [sys.executable, "-P", "-m", "digest.tui.preview_child"]
        self._command = [*child, url, str(self._path.parent), file, zone, briefest]
        self._disk = _read(self._path)
        """What the file held when it was last looked at."""
        self._base = self._disk
        """What the text was made of."""
        self._draft = self._path.with_name(f"{self._path.name}.draft")
        self._drafted = self._draft.is_file()
        """Whether this began with what was kept beside the file, and so may write over it."""
        if text is None and self._drafted:
            text = _read(self._draft).decode("utf-8", errors="replace")
        self._given = text
        """What it began with instead of the file's own text: whoever left that as it is has typed nothing."""
        self.code = RuleText(self._decoded(self._disk) if text is None else text)
        self.checks = Checks()
        self.preview = PreviewPane()
        self._process: asyncio.subprocess.Process | None = None
        self._number = 0
        self.asked = ""
        """The text that is looked at, or was last."""
        self._typed = 0
        self._leaving = False
        self._seeks_mistake = not rule
        self._is_blind = False  # nobody tells any more what is wrong with the text
        self._aliases: tuple[str, ...] = ()

    @property
    def pane(self) -> Pane:
        """The text takes the keys."""
        return self.code  # type: ignore[return-value]  # it takes the focus, and draws itself

    def compose(self) -> ComposeResult:
        """The file with its mistakes, and the preview."""
        with Horizontal():
            with Vertical(id="file"):
                yield self.code
                yield self.checks
            yield self.preview

    def on_mount(self) -> None:
        """Begin to look: at what was changed in the rule already, else where it begins."""
        before = self._decoded(self._disk).split("\n")
        changed = (
            row for row, (was, now) in enumerate(zip(before, self.code.text.split("\n"), strict=False)) if was != now
        )
        line = max(next(changed, 0), line_of_rule(self.code.text, own_name(self.rule)) - 1)
        self.code.move_cursor((line, 0), center=True)
        self.run_worker(self._listen(), exit_on_error=False)
        self._check()
        self._tell()

    async def on_unmount(self) -> None:
        """Nobody looks any more; what was typed is kept, however this ends."""
        self._keep_draft()
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    def on_resize(self) -> None:
        """Side by side, or one above the other."""
        self.set_class(self.size.width < _NARROW, "narrow")
        self.set_class(self.size.height < _SHORT, "short")
        self.set_class(self.size.height < _LOW, "low")
        self._share()

    def on_descendant_focus(self) -> None:
        """One above the other, the one that has the focus has more of the room."""
        self._share()

    def _share(self) -> None:
        rows = self.size.height
        below = 3 * rows // 5 if self.preview.has_focus else min(rows - _FILE, 2 * rows // 5)
        self.preview.styles.height = max(4, below) if self.has_class("narrow") else "100%"

    def read(self, store: Store) -> object:
        """The aliases that can be completed, and nothing else: the preview has a process of its own."""
        from digest.match.rules.rulefile import read_rule_file

        names: set[str] = set()
        for name, text in store.rules.live_texts().items():
            with contextlib.suppress(Exception):
                names |= set(read_rule_file(name, text).aliases)
        return tuple(sorted(names))

    def show(self, value: object) -> None:
        """The names are here."""
        self._aliases = tuple(map(str, value)) if isinstance(value, tuple) else ()

    def tick(self) -> None:
        """A second passed: has somebody else saved the file?"""
        disk = _read(self._path)
        if disk != self._disk:
            self._disk = disk
            if disk == self.code.text.encode():
                self._base = disk
            self._tell()

    def _decoded(self, raw: bytes) -> str:
        """What the file says; letters that are none are not guessed at, for a save would write the guesses."""
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise UsageError(f"{self._path.name} is not UTF-8: save it as UTF-8") from None

    # --- looking -------------------------------------------------------------------------------------------------

    def on_text_area_changed(self) -> None:
        """Look once typing settles."""
        self._leaving = False
        self.preview.wait()
        self.checks.wait()
        self._typed += 1
        typed = self._typed
        self.set_timer(_SETTLE, lambda: self._check() if typed == self._typed else None)
        self._tell()

    def _check(self) -> None:
        """Ask what the text would do."""
        self._number += 1
        self.asked = self.code.text
        question = {"number": self._number, "text": self.code.text, "rule": self.rule}
        if self._process is not None and self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(json.dumps(question).encode() + b"\n")

    async def _listen(self) -> None:
        """Start the process, and take its answers until the page is closed."""
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL, limit=1 << 26
        )
        self._check()
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self._hear(json.loads(line))
        self.preview.fail("the preview has ended: close the page and open it again")
        self._is_blind = True
        if self._saves:
            self.action_save()

    def _hear(self, answer: dict[str, Any]) -> None:
        if "trouble" in answer:
            self.preview.fail(str(answer["trouble"]))
            self._checked = self.code.text  # nothing tells more of it
        elif answer["number"] == self._number:
            self.preview.show(answer)
            self.code.mistakes = [tuple(problem) for problem in answer["problems"]]
            self.checks.show(answer["problems"], answer["warnings"])
            self._checked = self.asked
            if self._seeks_mistake:
                self._seeks_mistake = False
                self.action_next_mistake()
        if self._saves and self._checked == self.code.text:
            self.action_save()

    # --- acting --------------------------------------------------------------------------------------------------

    @property
    def is_changed(self) -> bool:
        """Whether there is something to save."""
        return self.code.text.encode() != self._base.removeprefix(b"\xef\xbb\xbf")

    @property
    def is_typed(self) -> bool:
        """Whether there is something that would be lost."""
        return self.is_changed and self.code.text != self._given

    def _tell(self) -> None:
        outside = "was saved by somebody else: F5 takes that in" if self._disk != self._base else ""
        self.code.border_title = escape(self.crumb)
        draft = "a draft: ^s makes it the file, F5 drops it" if self._drafted else ""
        self.code.border_subtitle = outside or (draft or "edited, not saved" if self.is_changed else "")

    def stays(self) -> str:
        """Why the page is not closed yet: what was typed is not saved."""
        if not self.is_typed or self._leaving:
            return ""
        self._leaving = True
        kept = "what you typed is dropped" if self.desk.is_view else f"it is kept as {self._draft.name}"
        return f"not saved: ^s saves it; leave again, and {kept}"

    def _keep_draft(self) -> str:
        """What is not saved stands beside the file from now on, and nothing does where all is saved; its name."""
        if self.desk.is_view:
            return ""
        with contextlib.suppress(OSError):
            if self.is_typed:
                if not self._drafted:
                    self._draft = next(each for each in _names(self._draft) if not each.exists())
                self._draft.write_text(self.code.text, encoding="utf-8")
                self._drafted = True
                return self._draft.name
            if self._drafted and not self.is_changed:
                self._draft.unlink(missing_ok=True)
                self._drafted = False
        return ""

    def action_save(self) -> None:
        """Write the file, and have it live; with a mistake in it only beside the file, and not before that is known."""
        self._saves = self._checked != self.code.text and not self._is_blind
        if self._saves:
            if self.asked != self.code.text:
                self._check()
        elif self.code.mistakes:
            line, column, message = self.code.mistakes[0]
            kept = self._keep_draft()
            self._say(f"not saved: line {line}, column {column}{kept and f' (kept as {kept})'}: {message}")
        elif self._disk != self._base:
            self._say("not saved: somebody else saved the file meanwhile; F5 takes that in (^z brings yours back)")
        elif self.is_changed:
            text, was = self.code.text, self._base
            self.app.act(Act(self._writing(text, was), self._writing(was.decode("utf-8-sig"), text.encode())))  # type: ignore[attr-defined]
        else:
            self._say("there is nothing to save")

    def _writing(self, text: str, was: bytes) -> Callable[[Store], str]:
        path: Path = self._path
        app = self.app

        def do(store: Store) -> str:
            try:
                write_whole(path, text, was=was)
            except OSError as error:
                raise UsageError(f"{path.name} cannot be written: {error.strerror or error}") from None
            app.call_later(self._saved, text)
            if (pushed := store.rules.pushed()) is not None:
                return f"{path.name} is saved, and not live: the live rules were pushed by {pushed.by}"
            return f"{path.name} is saved, and live once the engine has loaded it"

        return do

    def _saved(self, text: str) -> None:
        self._disk = self._base = text.encode()
        self._given = None
        if not self.is_attached:
            if self._drafted and _read(self._draft) == self._base:
                self._draft.unlink(missing_ok=True)
            return
        self._keep_draft()
        self._tell()

    def action_take_in(self) -> None:
        """Show what somebody else saved; what was typed comes back with undo."""
        disk = _read(self._path)
        try:
            text = self._decoded(disk)
        except UsageError as error:
            self._say(f"not taken in: {error}")
            return
        self._disk = self._base = disk
        if text != self.code.text:
            goes = f"{self._draft.name} goes" if self._drafted else "what you typed goes"
            self._say(f"this is the file: {goes} as you leave, ^z brings it back")
        self.code.replace(text, (0, 0), self.code.document.end)
        self._tell()

    def action_focus_pane(self, step: int) -> None:
        """Tab completes the word before the cursor; where there is none, it goes to the preview and back."""
        if step > 0 and self.code.has_focus and (word := self.code.word):
            if found := completions(word, self._aliases):
                self.code.complete(found)
                self.checks.offer(found)
            else:
                self._say(f"nothing begins with {word} and goes on; Shift-Tab goes to the preview")
        elif self.code.has_focus:
            self.preview.focus()
        else:
            self.code.focus()

    def action_next_mistake(self) -> None:
        """To the next mistake behind the cursor."""
        row, column = self.code.cursor_location
        places = [(line - 1, place - 1) for line, place, _ in self.code.mistakes]
        behind = [place for place in places if place > (row, column)] or places
        if behind:
            self.code.move_cursor(behind[0], center=True)
            self.code.focus()

    def _say(self, words: str) -> None:
        self.app.say(words)  # type: ignore[attr-defined]


def _names(path: Path) -> Iterator[Path]:
    """A name, and others for where it is taken."""
    yield path
    yield from (path.with_name(f"{path.name}-{number}") for number in itertools.count(2))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
