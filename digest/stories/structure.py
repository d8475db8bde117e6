"""A page's article as plain text and marks over it: headings, items, quotes, tables, links, emphasis, code, images.

The text and its blocks come from the tree that trafilatura leaves. That tree has no links and no emphasis, for asking
for them costs text; they are taken from the page itself: a block of the page that reads like a line of the article is
that line, so what stands in it stands there.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from digest.feeds.markup import image_detail, indentation
from digest.text import clean_line, place_of, safe_link
from digest.values.news import MarkKind, TextMark

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml.etree import _Element

_MOST_MARKS = 2_000
_MOST_PICTURES = 20
"""Between two lines of an article; more are a gallery, or none of its."""
_LONGEST_BLOCK, _MOST_OF_BLOCK = 10_000, 100
"""Characters of a block of a page whose links are looked at, and how many of them: a longer one is a list or a trap."""
_LEAVES = frozenset(
    {"p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "td", "th", "dd", "dt", "figcaption", "div"}
)
_INLINE = {
    "a": MarkKind.LINK,
    "b": MarkKind.EMPHASIS,
    "strong": MarkKind.EMPHASIS,
    "em": MarkKind.EMPHASIS,
    "i": MarkKind.EMPHASIS,
    "code": MarkKind.CODE,
    "kbd": MarkKind.CODE,
    "samp": MarkKind.CODE,
}
_HEADINGS = {f"h{level}": str(level) for level in range(1, 7)}


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of an article, and which block it belongs to."""

    text: str
    kind: MarkKind | None = None
    detail: str = ""
    """As `TextMark` has it."""
    block: tuple[int, int] = (0, 0)
    """Lines of one quotation, table, item or heading share it; each line of code has one."""


@dataclass(frozen=True, slots=True)
class PageLine:
    """A line of a page with what stands in it; offsets count in its text. A picture is a line without text."""

    text: str
    marks: tuple[TextMark, ...] = ()


# --- the article's tree ----------------------------------------------------------------------------------------------


def article_lines(body: _Element) -> list[TextLine]:
    """Give the lines of an article from trafilatura's tree, cleaned, empty ones left out."""
    lines: list[TextLine] = []
    for number, element in enumerate(body):
        for part, (kind, detail, raw) in enumerate(_blocks(element)):
            for place, raw_line in enumerate(raw.split("\n")):
                if (line := clean_line(raw_line)).strip("| "):
                    of = {MarkKind.ITEM: part, MarkKind.CODE: place}.get(kind, 0) if kind else 0
                    said = indentation(raw_line) if kind is MarkKind.CODE else detail
                    lines.append(TextLine(line, kind, said, (number, of)))
    return lines


def _blocks(element: _Element) -> Iterator[tuple[MarkKind | None, str, str]]:
    """Give (kind, detail, raw text) of each block of an element of the article."""
    tag = element.tag
    if tag == "head":
        yield MarkKind.HEADING, _HEADINGS.get(element.get("rend", ""), "2"), _raw(element)
    elif tag == "list":
        yield from _items(element)
    elif tag == "quote":
        parts = [child for child in element if child.tag in {"p", "quote", "item"}]
        for part in parts or [element]:
            yield MarkKind.QUOTE, "", _raw(part)
    elif tag == "table":
        for row in element.iter("row"):
            yield MarkKind.TABLE, "", " | ".join(clean_line(_raw(cell).replace("\n", " ")) for cell in row.iter("cell"))
    else:
        yield MarkKind.CODE if tag == "code" else None, "", _raw(element)
    if element.tail and element.tail.strip():
        yield None, "", element.tail


def _items(outermost: _Element) -> Iterator[tuple[MarkKind, str, str]]:
    """Give the items of a list and of those in it, in order, each with its depth and, if numbered, its number."""
    depths: dict[_Element, int] = {outermost: 1}
    numbers: dict[_Element, int] = {}
    for item in outermost.iter("item"):
        of = next(item.iterancestors("list"))
        if of not in depths:
            depths[of] = depths[next(of.iterancestors("list"))] + 1
        numbers[of] = numbers.get(of, 0) + 1
        detail = f"{depths[of]} {numbers[of]}" if of.get("rend") == "ol" else str(depths[of])
        yield MarkKind.ITEM, detail, _raw(item, without="list")


def _raw(element: _Element, without: str = "") -> str:
    """Give the text of an element, a line feed for each break and around each paragraph in it."""
    parts = [element.text or ""]
    for child in element:
        if not isinstance(child.tag, str) or child.tag == without:
            parts.append(child.tail or "")
            continue
        apart = "\n" if child.tag in {"lb", "p", "list", "quote", "table", "head", "item", "row"} else ""
        parts += [apart, _raw(child, without), apart if child.tag != "lb" else "", child.tail or ""]
    return "".join(parts)


# --- the page itself -------------------------------------------------------------------------------------------------


def page_lines(tree: _Element, url: str) -> list[PageLine]:
    """Give the lines of a page's blocks that hold no other block, with links, emphasis and pictures.

    Args:
        tree: the page as lxml reads it.
        url: its address, which relative links are resolved against; or "".
    """
    lines: list[PageLine] = []
    for element in tree.iter():
        if element.tag == "img":
            if link := _resolved(element.get("src", ""), url):
                detail = image_detail(link, element.get("alt", ""))
                lines.append(PageLine("", (TextMark(MarkKind.IMAGE, 0, 0, detail),)))
        elif element.tag in _LEAVES and not any(child.tag in _LEAVES for child in element.iterdescendants()):
            lines.extend(_inline(element, url))
    return lines


@dataclass(slots=True)
class _Run:
    """The raw text of a block, and what stands in it by its place there."""

    pieces: list[str] = field(default_factory=list)
    length: int = 0
    marks: list[TextMark] = field(default_factory=list)

    def add(self, text: str) -> None:
        """Add a piece of text."""
        self.pieces.append(text)
        self.length += len(text)


def _resolved(address: str, url: str) -> str:
    """Give an address of a page as one of the web, else ""."""
    try:
        return safe_link(urljoin(url, address.strip()))
    except ValueError:  # "http://[" is none
        return ""


def _inline(block: _Element, url: str) -> Iterator[PageLine]:
    """Give the lines of one block with what stands in them; nothing of one that is too long to be a paragraph."""
    run = _Run()
    _read(block, run, url)
    raw = "".join(run.pieces)
    if not run.marks or len(raw) > _LONGEST_BLOCK:
        yield from (PageLine(line) for line in map(clean_line, raw.split("\n")) if line)
        return
    start = 0
    for piece in raw.split("\n"):
        end = start + len(piece)
        line = clean_line(piece)
        within = [mark for mark in run.marks if start <= mark.start < mark.end <= end]
        placed = [(mark, place_of(piece, mark.start - start, mark.end - start, line)) for mark in within]
        if line:
            yield PageLine(line, tuple(mark._replace(start=at[0], end=at[1]) for mark, at in placed if at))
        start = end + 1


def _read(element: _Element, run: _Run, url: str) -> None:
    """Add an element's text and what stands in it to a run."""
    start = run.length
    run.add((element.text or "").replace("\n", " "))
    for child in element:
        if isinstance(child.tag, str) and child.tag not in {"script", "style"}:
            if child.tag == "br":
                run.add("\n")
            _read(child, run, url)
        run.add((child.tail or "").replace("\n", " "))
    kind = _INLINE.get(element.tag)
    detail = _resolved(element.get("href", ""), url) if kind is MarkKind.LINK else ""
    if kind and len(run.marks) < _MOST_OF_BLOCK and (detail or kind is not MarkKind.LINK):
        run.marks.append(TextMark(kind, start, run.length, detail))


# --- both together ---------------------------------------------------------------------------------------------------


def marked(lines: Sequence[TextLine], page: Sequence[PageLine]) -> tuple[str, tuple[TextMark, ...]]:
    """Give the text of an article's lines, and the marks over it in order.

    Args:
        lines: what the article keeps.
        page: the lines of the page it is from.
    """
    text = "\n".join(line.text for line in lines)
    marks: list[TextMark] = []
    places: dict[str, deque[int]] = {}
    start, last = 0, None
    for line in lines:
        end = start + len(line.text)
        places.setdefault(line.text, deque()).append(start)
        if line.kind:
            if last is not None and (last.kind, last.block) == (line.kind, line.block):
                marks[-1] = marks[-1]._replace(end=end)
            else:
                marks.append(TextMark(line.kind, start, end, line.detail))
        start, last = end + 1, line
    marks += _inline_marks(places, page)
    return text, tuple(sorted(marks, key=lambda mark: (mark.start, -mark.end))[:_MOST_MARKS])


def _inline_marks(places: dict[str, deque[int]], page: Sequence[PageLine]) -> list[TextMark]:
    """Give what stands in the lines of the page that are lines of the article, and the pictures between two of them."""
    marks: list[TextMark] = []
    pictures: list[TextMark] = []
    end: int | None = None
    for line in page:
        if not line.text:
            pictures += line.marks if end is not None and len(pictures) < _MOST_PICTURES else ()
        elif starts := places.get(line.text):
            at = starts.popleft()
            marks += [mark._replace(start=end, end=end) for mark in pictures if end is not None]
            marks += [mark._replace(start=at + mark.start, end=at + mark.end) for mark in line.marks]
            pictures, end = [], at + len(line.text)
    return marks
