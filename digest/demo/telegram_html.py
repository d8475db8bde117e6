"""Telegram's HTML as its server reads it: which tags there are, what is an error, what is seen in the end.

Written after the server's documented behaviour and its error messages; offsets in them count UTF-8 bytes.
Visible text is measured in UTF-16 units, as is every length of the Bot API.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_TYPES: Final = {
    "a": "text_link",
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "tg-emoji": "custom_emoji",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_NAMED: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_ENTITY: Final = re.compile(r"&(?:#(?P<decimal>[0-9]+)|#[xX](?P<hex>[0-9a-fA-F]+)|(?P<name>lt|gt|amp|quot));?")
_SPACE: Final = " \t\r\n\v\f\0"
_TAG_NAME: Final = re.compile(f"[^{_SPACE}>]*")
_ATTRIBUTE_NAME: Final = re.compile(f"[^{_SPACE}=>]*")
_NAME_TOKEN: Final = re.compile(r"[A-Za-z0-9.\-]*")


class MarkupError(Exception):
    """Markup that the server refuses; the message is the server's own, without its ``Bad Request:``."""


@dataclass(frozen=True, slots=True)
class HtmlMark:
    """One marked passage: where it stands in the visible text, in UTF-16 units."""

    type: str
    offset: int
    length: int
    url: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """What is seen: the text, and the marks on it in order of place, the outer first."""

    text: str
    marks: tuple[HtmlMark, ...]

    @property
    def units(self) -> int:
        """Length of the text in UTF-16 units."""
        return utf16_units(self.text)


def utf16_units(text: str) -> int:
    """Length of ``text`` in UTF-16 units."""
    return len(text) + sum(character > "\uffff" for character in text)


def read_html(source: str) -> Rendered:
    """The visible text of ``source`` and its marks.

    Raises:
        MarkupError: it holds a tag that is unknown, unclosed or unmatched.
    """
    return _Reader(source).read()


def with_strikes(text: str, marks: Sequence[HtmlMark]) -> str:
    """A visible text for a reader of plain text: what is struck through stands between ``~~``."""
    units = text.encode("utf-16-le")
    struck = [(mark.offset, mark.offset + mark.length) for mark in marks if mark.type == "strikethrough"]
    cuts = [0, *(2 * edge for edge in itertools.chain.from_iterable(struck)), len(units)]
    return "~~".join(units[start:end].decode("utf-16-le") for start, end in itertools.pairwise(cuts))


@dataclass(slots=True)
class _Open:
    tag: str
    url: str
    start: int
    """Characters of visible text before it."""


@dataclass(slots=True)
class _Reader:
    source: str
    place: int = 0
    seen: list[str] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)
    marks: list[tuple[int, int, HtmlMark]] = field(default_factory=list)

    def read(self) -> Rendered:
        while self.place < len(self.source):
            character = self.source[self.place]
            if character == "&":
                self.seen.append(self._entity())
            elif character != "<":
                self.seen.append(character)
                self.place += 1
            elif self.source.startswith("</", self.place):
                self._end_tag()
            else:
                self._start_tag()
        if self.open:
            raise MarkupError(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        ordered = sorted(self.marks, key=lambda mark: (mark[0], -mark[1]))
        return Rendered("".join(self.seen), tuple(mark for _, _, mark in ordered))

    def _entity(self) -> str:
        """The character of the entity at hand; anything else is a plain ampersand."""
        found = _ENTITY.match(self.source, self.place)
        if found is None:
            self.place += 1
            return "&"
        if found["name"]:
            character = _NAMED[found["name"]]
        else:
            number = int(found["decimal"]) if found["decimal"] else int(found["hex"], 16)
            if not 0 < number < 0x10FFFF or 0xD800 <= number < 0xE000:
                self.place += 1
                return "&"
            character = chr(number)
        self.place = found.end()
        return character

    def _bytes_before(self, place: int) -> int:
        return len(self.source[:place].encode())

    def _start_tag(self) -> None:
        begin = self.place
        self.place += 1
        tag = self._take(_TAG_NAME).lower()
        if self.place >= len(self.source):
            raise MarkupError(f"Unclosed start tag at byte offset {self._bytes_before(begin)}")
        if tag not in _TYPES:
            raise MarkupError(f'Unsupported start tag "{tag}" at byte offset {self._bytes_before(begin)}')
        attributes = self._attributes(tag, begin)
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise MarkupError(f'Tag "span" must have class "tg-spoiler" at byte offset {self._bytes_before(begin)}')
        self.open.append(_Open(tag, attributes.get("href", ""), len(self.seen)))

    def _attributes(self, tag: str, begin: int) -> dict[str, str]:
        """The attributes up to the tag's end, which is passed over."""
        attributes: dict[str, str] = {}
        while True:
            self._skip_space()
            if self.place >= len(self.source):
                raise MarkupError(f"Unclosed start tag at byte offset {self._bytes_before(begin)}")
            if self.source[self.place] == ">":
                self.place += 1
                return attributes
            name = self._take(_ATTRIBUTE_NAME).lower()
            where = f'the tag "{tag}" at byte offset {self._bytes_before(begin)}'
            if not name:
                raise MarkupError(f"Empty attribute name in {where}")
            self._skip_space()
            if self.source[self.place : self.place + 1] != "=":
                raise MarkupError(f"Expected equal sign in declaration of an attribute of {where}")
            self.place += 1
            self._skip_space()
            attributes[name] = self._attribute_value(begin)

    def _attribute_value(self, begin: int) -> str:
        quote = self.source[self.place : self.place + 1]
        if quote not in ("'", '"'):
            return self._take(_NAME_TOKEN).lower()
        self.place += 1
        value: list[str] = []
        while self.place < len(self.source) and self.source[self.place] != quote:
            if self.source[self.place] == "&":
                value.append(self._entity())
            else:
                value.append(self.source[self.place])
                self.place += 1
        if self.place >= len(self.source):
            raise MarkupError(f"Unclosed start tag at byte offset {self._bytes_before(begin)}")
        self.place += 1
        return "".join(value)

    def _end_tag(self) -> None:
        begin = self.place
        offset = self._bytes_before(begin)
        if not self.open:
            raise MarkupError(f"Unexpected end tag at byte offset {offset}")
        self.place += len("</")
        name = self._take(_TAG_NAME).lower()
        self._skip_space()
        if self.source[self.place : self.place + 1] != ">":
            raise MarkupError(f"Unclosed end tag at byte offset {offset}")
        self.place += 1
        opened = self.open.pop()
        if name and name != opened.tag:
            raise MarkupError(
                f'Unmatched end tag at byte offset {offset}, expected "</{opened.tag}>", found "</{name}>"'
            )
        self._close(opened)

    def _close(self, opened: _Open) -> None:
        """Note the passage; an empty one marks nothing, a link without an address leads to its own text."""
        inner = "".join(self.seen[opened.start :])
        if not inner:
            return
        url = (opened.url or inner) if opened.tag == "a" else ""
        before = utf16_units("".join(self.seen[: opened.start]))
        mark = HtmlMark(_TYPES[opened.tag], before, utf16_units(inner), url)
        self.marks.append((opened.start, len(self.seen), mark))

    def _take(self, pattern: re.Pattern[str]) -> str:
        """What ``pattern``, which matches anything, finds at hand; it is passed over."""
        found = pattern.match(self.source, self.place)
        assert found is not None
        self.place = found.end()
        return found[0]

    def _skip_space(self) -> None:
        while self.place < len(self.source) and self.source[self.place] in _SPACE:
            self.place += 1
