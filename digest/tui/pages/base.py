"""What a page is: a name for the crumbs, a question to the store that is asked anew with each change, and lines.

::

    action ─▶ app.open_page(page) ─▶ Look(page.read) ─▶ watcher's thread ─▶ page.show(value) ─▶ lines
                   Esc closes it; what lay below is there again, as it was

    wide    head                     narrow   head
            lines with a   lines              lines with a cursor
            cursor         beside             lines that stand beside
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, cast

from textual.containers import Container

from digest.tui.actions import Subject
from digest.tui.cells import Line, Run, shown, width, wrapped
from digest.tui.palette import Ink
from digest.tui.widgets.pane import Drawn, Item, ListPane

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from textual import events
    from textual.app import ComposeResult

    from digest.store import Store
    from digest.tui.opening import Pages
    from digest.tui.reading.runs import Lines
    from digest.tui.widgets.pane import Pane

_WIDE: Final = 100
"""Cells from which lines stand beside lines."""


class Page(Container):
    """A page; what is in it takes the keys."""

    DEFAULT_CSS = "Page { height: 1fr; }"

    key = ""
    """Its name in the table of actions."""
    crumb = ""
    """Its name at the top of the screen."""
    hints: Sequence[str] = ("close", "help")
    """The actions that the footer offers."""
    is_typed_in = False
    """Whether letters are keys of none of its actions."""
    was_read = False
    """Whether it shows what was read, or why that cannot be."""
    later = False
    """It has something that takes long to read: `read_later` is asked once `read` is answered."""

    @property
    def desk(self) -> Any:
        """The dashboard that it lies over."""
        return self.app

    @property
    def pane(self) -> Pane:
        """What gets the focus when it is opened."""
        raise NotImplementedError

    def read(self, store: Store) -> object:
        """What it shows, read in the watcher's thread; nothing of the page may be changed here."""
        raise NotImplementedError

    def show(self, value: object) -> None:
        """Show what was read."""
        raise NotImplementedError

    def read_later(self, store: Store) -> object:
        """The same, of what takes long."""
        raise NotImplementedError

    def show_later(self, value: object) -> None:
        """Show it."""
        raise NotImplementedError

    def fail(self, words: str) -> None:
        """Show why it cannot be read; empty: it can."""
        if words:
            self.desk.say(words)

    def look_again(self) -> None:
        """Have it read anew, for it asks something else now."""
        cast("Pages", self.desk).look_at(self)

    def at_hand(self) -> Mapping[Subject, object]:
        """What there is to act on: of a kind the id."""
        return {}

    def searched(self) -> Mapping[Subject, object]:
        """Of what words can be found in, and of what is looked for, the same."""
        return {}

    async def open_line(self) -> None:
        """Enter was pressed."""

    def go_to(self, key: Hashable) -> None:
        """Put the cursor on a line, now or once there are lines."""

    def forgets(self) -> bool:
        """Whether it forgot what was looked for on it; it is not closed before."""
        return False

    def stays(self) -> str:
        """Why it is not closed when asked to be, in words; empty: it is."""
        return ""

    def tick(self) -> None:
        """A second passed."""

    def action_focus_pane(self, step: int) -> None:
        """The next pane of it."""


class LinesPage(Page):
    """A page of lines with a cursor, without a frame: sections, each a label and a hairline."""

    DEFAULT_CSS = """
    LinesPage { layout: vertical; }
    LinesPage > .body { layout: horizontal; height: 1fr; }
    """
    hints: Sequence[str] = ("find", "close", "help")

    def __init__(self) -> None:
        super().__init__()
        self.lines = _Lines(self)
        self.aside = _Aside(self)
        self._head = _Head(self)
        self.problem = ""

    @property
    def pane(self) -> Pane:
        """Its lines."""
        return self.lines

    def compose(self) -> ComposeResult:
        """Head, lines, and what stands beside them."""
        yield self._head
        with Container(classes="body"):
            yield self.lines
            yield self.aside

    @property
    def wide(self) -> bool:
        """Whether there is room for lines beside lines."""
        return self.size.width >= _WIDE

    def on_resize(self, event: events.Resize) -> None:
        """Beside each other where there is room, else below."""
        cells = self.aside_cells(event.size.width) if event.size.width >= _WIDE else 0
        self.aside.display = cells > 0
        self.aside.styles.width = max(1, cells)
        self.rebuild()

    def rebuild(self) -> None:
        """Make all lines anew."""
        rows = len(self.head(self.size.width - 4)) if self.wide and not self.problem else 0
        self._head.display = rows > 0
        self._head.styles.height = max(1, rows)
        self._head.refresh()
        self.lines.rebuild()
        self.aside.rebuild()

    def fail(self, words: str) -> None:
        """Show why it cannot be read, instead of its lines."""
        if words != self.problem:
            self.problem = words
            self.rebuild()

    def action_focus_pane(self, step: int) -> None:
        """The lines, or those beside them."""
        del step
        (self.aside if self.aside.display and self.lines.has_focus else self.lines).focus()

    def go_to(self, key: Hashable) -> None:
        """The cursor of its lines."""
        self.lines.choose(key)

    def searched(self) -> Mapping[Subject, object]:
        """Its lines, and the words."""
        found = {Subject.FOUND: self.lines.search.words} if self.lines.search.words else {}
        return {Subject.TEXT: self.key, **found}

    def action_find(self, words: str) -> None:
        """Find words in its lines."""
        self.desk.say(self.lines.find(words))

    def action_find_on(self, step: int) -> None:
        """Another place of them."""
        self.desk.say(self.lines.find_on(step))

    def forgets(self) -> bool:
        """Looking for nothing any more is one step back."""
        wanted = bool(self.lines.search.words)
        self.lines.find("")
        return wanted

    def aside_cells(self, cells: int) -> int:
        """How wide what stands beside is, on a page of so many; 0: nothing does."""
        del cells
        return 0

    def head(self, cells: int) -> list[Sequence[Run]]:
        """What stands over all; it does not scroll where there is room."""
        del cells
        return [[]] if self.wide else []

    def items(self, cells: int) -> list[Item]:
        """All lines, for so many cells; what can be chosen has a key."""
        raise NotImplementedError

    def beside(self, cells: int) -> list[Item]:
        """The lines beside them; nothing of these can be chosen."""
        del cells
        return []

    def chose(self, key: Hashable) -> None:
        """The cursor stands on another line."""

    def on_list_pane_chosen(self, message: ListPane.Chosen) -> None:
        """Tell the page."""
        message.stop()
        self.chose(message.key)


class Paced:
    """Reads what takes long no more often than every so many seconds, unless it is asked for something else.

    It is used in the watcher's thread alone.
    """

    def __init__(self, seconds: float = 5.0) -> None:
        self._seconds = seconds
        self._what: object = None
        self._read_at = -seconds
        self._value: Any = None

    def __call__(self, what: object, read: Callable[[], Any]) -> Any:
        """What `read` gives, or gave a moment ago for the same."""
        now = time.monotonic()
        if what != self._what or now - self._read_at >= self._seconds:
            self._value = read()
            self._what, self._read_at = what, time.monotonic()
        return self._value


class _Head(Drawn):
    """What stands over the lines."""

    DEFAULT_CSS = "_Head { width: 1fr; }"

    def __init__(self, page: LinesPage) -> None:
        super().__init__()
        self._page = page

    def line(self, y: int, cells: int) -> Line:
        """A line of it."""
        lines = self._page.head(cells - 4)
        return Line([Run("  "), *lines[y]] if y < len(lines) else ())


class _PageLines(ListPane):
    """Lines that scroll on where no other can be chosen."""

    def __init__(self, page: LinesPage, name: str) -> None:
        super().__init__(id=name)
        self._page = page
        self.framed = False

    def reveal(self) -> None:
        """Have the cursor in view."""
        self._reveal()
        self.refresh()

    def move(self, lines: int) -> None:
        """The cursor, or what is seen."""
        before = self._cursor
        super().move(lines)
        if self._cursor == before:
            self.scroll_lines(lines)


class _Lines(_PageLines):
    """The lines of a page."""

    DEFAULT_CSS = "_Lines { width: 1fr; height: 1fr; }"

    found_in = "on this page"

    def __init__(self, page: LinesPage) -> None:
        super().__init__(page, "lines")

    def searched(self) -> Lines:
        """All that stands on the page."""
        return [[*item.spans] for item in self._items]

    def rebuild(self) -> None:
        """Make the lines anew; the first that can be chosen is chosen."""
        before = self._cursor
        super().rebuild()
        if self._cursor != before:
            self._page.chose(self._cursor)

    def items(self, cells: int) -> list[Item]:
        """Those of the page; where there is no room beside them, those that stand there, too."""
        page = self._page
        if page.problem:
            told = wrapped([Run(shown(page.problem))], max(1, cells - 4))
            return [Item(()), *(Item([Run("  " if at else "▲ ", Ink.HIGH), *line]) for at, line in enumerate(told))]
        if page.wide:
            return page.items(cells)
        head = [Item([Run(" "), *line]) for line in page.head(cells - 2)]
        rest = page.beside(cells)
        return [*head, *page.items(cells), *([Item(())] if rest else []), *rest]


class _Aside(_PageLines):
    """The lines beside them."""

    DEFAULT_CSS = "_Aside { height: 1fr; margin: 0 0 0 2; }"

    def __init__(self, page: LinesPage) -> None:
        super().__init__(page, "aside")

    def items(self, cells: int) -> list[Item]:
        """Those of the page."""
        return self._page.beside(cells) if self.display and not self._page.problem else []


def section(label: str, right: str | Sequence[Run], cells: int, ink: Ink = Ink.LABEL) -> Item:
    """The head of a section: a label, a hairline, and what the figures are at the right."""
    told = [Run(right, Ink.MUTED)] if isinstance(right, str) and right else [] if isinstance(right, str) else right
    left, end = Run(f" {label} ", ink), [Run(" "), *told, Run(" ")] if told else [Run(" ")]
    return Item([left, Run("─" * max(0, cells - width([left, *end])), Ink.LINE), *end])


def nothing(words: str, advice: Sequence[Run], cells: int) -> list[Item]:
    """What an empty page says: that there is nothing, and what to do."""
    told = wrapped([Run(words, Ink.MUTED)], max(1, cells - 4)), wrapped(advice, max(1, cells - 4))
    return [Item(()), *(Item([Run("  "), *line]) for lines in told for line in lines)]
