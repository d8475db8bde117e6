"""An entry's markup as plain text and marks over it: headings, lists, quotes, links, tables, emphasis, code, images.

The text is that of `html_to_text`, to the letter. Whatever the markup, it is read once, from its beginning to its end,
and what costs more than its length is bounded: the marks of a line and of a text, and how deep they stand in another.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urljoin

from digest.text import bounded, clean_line, html_to_text, markup_pieces, place_of, safe_link, separator
from digest.values.news import MarkKind, TextMark

if TYPE_CHECKING:
    from collections.abc import Mapping

_TELLING: Final = re.compile(
    r"(?:<|&lt;)(?:a|b|strong|em|i|code|kbd|samp|tt|pre|img|h[1-6]|li|blockquote|q|table)[\s/>&]", re.IGNORECASE
)
"""Whether there is anything to mark at all; most entries are paragraphs and no more."""
_INLINE: Final = {
    "a": MarkKind.LINK,
    **dict.fromkeys(("b", "strong", "em", "i"), MarkKind.EMPHASIS),
    **dict.fromkeys(("code", "kbd", "samp", "tt", "pre"), MarkKind.CODE),
}
_HEADING: Final = re.compile("h([1-6])")
_LISTS: Final = frozenset({"ul", "ol", "menu", "dir"})
_CELLS: Final = frozenset({"td", "th"})
_LAYOUT: Final = frozenset({"table", "blockquote", "ul", "ol", "dl", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "hr"})
"""In a table they show that it only puts things in their places."""
_ATTRIBUTE: Final = re.compile(r"""(?<![\w:-])([\w:-]++)\s*+=\s*+(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_ATTRIBUTES: Final = 4_096
"""Characters of a tag's attributes that are read: a link is half as long at most."""
_DESCRIPTION: Final = 200
_MOST_MARKS: Final = 1_000
_MOST_OF_LINE: Final = 100
_LONGEST_LINE: Final = 10_000
"""Characters of a raw line in which anything is marked: a longer one is no paragraph."""
_DEEPEST: Final = 20
"""So many elements that are open at once count."""
_ICON: Final = 32
"""Pixels: a smaller image is a sign between words, or counts its readers."""
_LARGEST_CELL: Final = 300
_TAB: Final = 4
_DEEPEST_CODE: Final = 40
"""Blanks."""


def marked_text(markup: str, url: str) -> tuple[str, tuple[TextMark, ...]]:
    """Give the text of a piece of HTML as `html_to_text` does, and what it is beside its words, in order of place.

    Args:
        markup: as the feed has it.
        url: the address of its entry, which relative links are resolved against; or "".
    """
    if not _TELLING.search(markup):
        return html_to_text(markup), ()
    reader = _Reader(url)
    for run, name, closing, attributes in markup_pieces(markup):
        reader.read(run, _Tag(name, closing, attributes))
    return reader.end()


def image_detail(address: str, description: str) -> str:
    """Give the detail of an image's mark; its description is cleaned here."""
    return f"{address} {bounded(clean_line(description), _DESCRIPTION)}".rstrip()


class _Tag(NamedTuple):
    name: str
    closing: bool
    attributes: str


@dataclass(slots=True)
class _Open:
    """An element that is not closed yet."""

    name: str
    kind: MarkKind | None
    start: int
    """Of one within lines its place in the raw line; of a block the number of the line it begins with."""
    detail: str = ""


@dataclass(slots=True)
class _Table:
    """The outermost table that is open."""

    row: int = -1
    column: int = -1
    columns: int = 0
    nested: int = 0
    layout: bool = False
    cells: list[TextMark] = field(default_factory=list)


class _Reader:
    """Reads markup piece by piece; what it knows of the line it is in is raw, of those before it clean."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lines: list[str] = []
        self._starts: list[int] = []
        self._length = 0
        self._marks: list[TextMark] = []
        self._pieces: list[str] = []
        self._raw = 0
        self._within: list[TextMark] = []
        self._images: list[TextMark] = []
        self._inline: list[_Open] = []
        self._blocks: list[_Open] = []
        self._lists: list[int | None] = []
        self._table: _Table | None = None

    def read(self, run: str, tag: _Tag) -> None:
        """Take a run of text, and the tag after it."""
        self._add(run)
        between = separator(tag.name)
        if between == "\n":
            self._end_line()
            self._block(tag)
        else:
            self._add(between)
        if tag.name == "img":
            self._image(attributes_of(tag.attributes))
        elif kind := _INLINE.get(tag.name):
            self._turn(tag, kind)

    def end(self) -> tuple[str, tuple[TextMark, ...]]:
        """Close all that is open; the text, and the marks over it."""
        self._end_line()
        for block in reversed(self._blocks):
            self._close_block(block)
        if self._table:
            self._close_table(self._table)
        marks = sorted(self._marks, key=lambda mark: (mark.start, -mark.end))
        return "\n".join(self._lines), tuple(marks[:_MOST_MARKS])

    # --- within lines --------------------------------------------------------------------------------------------

    def _add(self, text: str) -> None:
        if text:
            self._pieces.append(text)
            self._raw += len(text)

    def _turn(self, tag: _Tag, kind: MarkKind) -> None:
        """Begin or end what stands within a line."""
        if tag.closing:
            opened = next((each for each in reversed(self._inline) if each.name == tag.name), None)
            if opened is not None:
                self._inline.remove(opened)
                self._mark(opened)
            return
        detail = _resolved(attributes_of(tag.attributes).get("href", ""), self._url) if kind is MarkKind.LINK else ""
        if len(self._inline) < _DEEPEST and (detail or kind is not MarkKind.LINK):
            self._inline.append(_Open(tag.name, kind, self._raw, detail))

    def _mark(self, opened: _Open) -> None:
        if opened.kind and opened.start < self._raw and len(self._within) < _MOST_OF_LINE:
            self._within.append(TextMark(opened.kind, opened.start, self._raw, opened.detail))

    def _image(self, attributes: Mapping[str, str]) -> None:
        sizes = (attributes.get(side, "") for side in ("width", "height"))
        if any(size.isdecimal() and len(size) < 5 and int(size) <= _ICON for size in sizes):
            return
        detail = image_detail(_resolved(attributes.get("src", ""), self._url), attributes.get("alt", ""))
        if detail and len(self._images) < _MOST_OF_LINE:
            self._images.append(TextMark(MarkKind.IMAGE, 0, 0, detail))

    def _end_line(self) -> None:
        """Clean the line; what stands in it, and what is still open, is marked in it."""
        raw = "".join(self._pieces)
        line = clean_line(raw)
        for opened in self._inline:
            if opened.name == "pre":  # of its lines alone blanks are meant
                opened.detail = indentation(raw)
            self._mark(opened)
            opened.start = 0
        if line:
            start = self._length + 1 if self._lines else 0
            self._lines.append(line)
            self._starts.append(start)
            self._length = start + len(line)
            if len(raw) <= _LONGEST_LINE and len(self._marks) < _MOST_MARKS:
                placed = ((mark, place_of(raw, mark.start, mark.end, line)) for mark in self._within)
                self._marks += [
                    mark._replace(start=start + at[0], end=start + at[1]) for mark, at in placed if at is not None
                ]
        if len(self._marks) < _MOST_MARKS:
            self._marks += [mark._replace(start=self._length, end=self._length) for mark in self._images]
        self._pieces, self._raw, self._within, self._images = [], 0, [], []

    # --- blocks --------------------------------------------------------------------------------------------------

    def _block(self, tag: _Tag) -> None:
        """Begin or end a block; the line before it has ended."""
        name = tag.name
        if self._table and name in _LAYOUT and not (name == "table" and tag.closing):
            self._table.layout = True
        if name in _LISTS:
            self._list(tag)
        elif name == "li":
            self._end_item()
            if not tag.closing:
                self._item(tag)
        elif name == "blockquote":
            self._turn_block(tag, MarkKind.QUOTE)
        elif heading := _HEADING.fullmatch(name):
            self._turn_block(tag, MarkKind.HEADING, heading[1])
        elif name in _CELLS or name in {"table", "tr"}:
            self._in_table(tag)

    def _turn_block(self, tag: _Tag, kind: MarkKind, detail: str = "") -> None:
        if not tag.closing:
            self._open(tag.name, kind, detail)
            return
        opened = next((each for each in reversed(self._blocks) if each.name == tag.name), None)
        if opened is not None:
            self._blocks.remove(opened)
            self._close_block(opened)

    def _open(self, name: str, kind: MarkKind, detail: str) -> None:
        if len(self._blocks) < _DEEPEST:
            self._blocks.append(_Open(name, kind, len(self._lines), detail))

    def _close_block(self, block: _Open) -> None:
        self._mark_lines(block.kind, block.start, block.detail)

    def _mark_lines(self, kind: MarkKind | None, first: int, detail: str = "") -> None:
        """Mark all lines from one on, if there are any."""
        if kind and first < len(self._lines) and len(self._marks) < _MOST_MARKS:
            self._marks.append(TextMark(kind, self._starts[first], self._length, detail))

    def _list(self, tag: _Tag) -> None:
        self._end_item()
        if tag.closing:
            if self._lists:
                self._lists.pop()
        elif len(self._lists) < _DEEPEST:
            begin = attributes_of(tag.attributes).get("start", "1")
            number = int(begin) - 1 if begin.isdecimal() and len(begin) < 7 else 0
            self._lists.append(number if tag.name == "ol" else None)

    def _item(self, tag: _Tag) -> None:
        depth = max(1, len(self._lists))
        detail = str(depth)
        if self._lists and (last := self._lists[-1]) is not None:
            said = attributes_of(tag.attributes).get("value", "")
            number = int(said) if said.isdecimal() and len(said) < 7 else last + 1
            self._lists[-1] = number
            detail = f"{depth} {number}"
        self._open("li", MarkKind.ITEM, detail)

    def _end_item(self) -> None:
        """The next item, a list in it and its own end all end an item."""
        if self._blocks and self._blocks[-1].name == "li":
            self._close_block(self._blocks.pop())

    # --- tables --------------------------------------------------------------------------------------------------

    def _in_table(self, tag: _Tag) -> None:
        if tag.name == "table":
            self._turn_table(tag)
        elif self._table and not self._table.nested:
            self._end_cell(self._table)
            if tag.name == "tr":
                self._table.row += not tag.closing
                self._table.column = -1
            elif not tag.closing:
                self._table.column += 1
                self._table.columns = max(self._table.columns, self._table.column + 1)
                self._blocks.append(_Open("cell", None, len(self._lines), tag.name))

    def _turn_table(self, tag: _Tag) -> None:
        table = self._table
        if table is None:
            self._table = None if tag.closing else _Table()
        elif not tag.closing:
            table.nested += 1
        elif table.nested:
            table.nested -= 1
        else:
            self._close_table(table)
            self._table = None

    def _end_cell(self, table: _Table) -> None:
        while self._blocks and self._blocks[-1].name in {"cell", "li"}:
            cell = self._blocks.pop()
            if cell.name == "cell" and cell.start < len(self._lines) and len(table.cells) < _MOST_MARKS:
                start = self._starts[cell.start]
                table.cells.append(TextMark(MarkKind.CELL, start, self._length, f"{max(0, table.row)} {table.column}"))
                table.layout |= self._length - start > _LARGEST_CELL
                if cell.detail == "th" and len(self._marks) < _MOST_MARKS:
                    self._marks.append(TextMark(MarkKind.EMPHASIS, start, self._length))

    def _close_table(self, table: _Table) -> None:
        """Mark it if it shows figures or words in rows and columns, and nothing besides."""
        self._end_cell(table)
        cells = table.cells
        rows = {cell.numbers[0] for cell in cells}
        gapless = all(one.end + 1 == other.start for one, other in pairwise(cells))
        if not table.layout and gapless and table.columns > 1 and len(rows) > 1 and len(self._marks) < _MOST_MARKS:
            self._marks += [TextMark(MarkKind.TABLE, cells[0].start, cells[-1].end), *cells]


def attributes_of(written: str) -> dict[str, str]:
    """The attributes of a tag by their names in small letters, decoded."""
    found: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(written[:_ATTRIBUTES]):
        found.setdefault(name.lower(), html.unescape(double or single or bare))
    return found


def indentation(raw: str) -> str:
    """The detail of the mark of a raw line of code: how many blanks it begins with, or nothing."""
    blanks = raw[: len(raw) - len(raw.lstrip(" \t"))].expandtabs(_TAB)
    return str(min(len(blanks), _DEEPEST_CODE)) if blanks else ""


def _resolved(address: str, url: str) -> str:
    """An address as one of the web, else ""."""
    try:
        address = address.strip()
        whole = address if address.startswith(("http://", "https://")) else urljoin(url, address)
        return safe_link(whole) if address else ""
    except ValueError:  # "http://[" is none
        return ""
