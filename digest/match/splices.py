"""Putting something into the text of a TOML file, and taking it out: one piece of text comes or goes, no more.

What is put in and taken out again leaves the text as it was, letter by letter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.toml.places import KeySpan

_SPACES: Final = re.compile(r"[ \t]*")
_COMMA: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*+)*+,")  # never one inside a comment
_INDENT: Final = "    "


@dataclass(frozen=True, slots=True)
class Row:
    """What stands between two brackets, with commas between: a list, or an inline table.

    Args:
        text: the whole text.
        whole: where the row stands in it.
        items: where each item stands, in order.
    """

    text: str
    whole: KeySpan
    items: Sequence[KeySpan]

    @property
    def _inside(self) -> int:
        """Where it begins, behind its bracket."""
        return self.whole.value + 1

    @property
    def _closing(self) -> int:
        """Where its closing bracket stands."""
        return self.whole.end - 1

    def with_last(self, item: str) -> str:
        """The text with an item more, laid out as those before it.

        It is the last one; the first one where a comment stands behind a last item that has no comma, for a comma
        would be missing before the comment, and the comment would be the new item's.
        """
        if not self.items:
            return self._with_at_end(item, self._inside)
        end = self.items[-1].end
        comma = self._comma(end)
        if comma is not None:
            return self._with_at_end(item, comma)
        if "#" in self.text[end : self._closing]:
            return self._with_first(item)
        return _put(self.text, end, f",{self._gap_before(self.items[-1])}{item}")

    def with_behind(self, number: int, item: str) -> str:
        """The text with an item more behind another, on the same line."""
        return _put(self.text, self.items[number].end, f", {item}")

    def without(self, number: int) -> str | None:
        """The text without an item; ``None`` where a comment behind it on its line is its own."""
        text, item = self.text, self.items[number]
        comma = self._comma(item.end)
        behind = _spaces(text, comma or item.end)  # where the next thing stands
        if text.startswith("#", behind):
            return None
        begins = _begins_line(text, item.key)
        alone = begins and text.startswith(("\n", "\r\n"), behind)
        if comma is None:
            return _cut(text, self._start_of_last(number, alone=alone), item.end)
        if alone:  # its lines go
            return _cut(text, _line_end_before(text, item.key), behind)
        before = self._comma(self.items[number - 1].end) if number else None
        if before and (not begins or behind == self._closing) and "#" not in text[before : item.key]:
            return _cut(text, before, comma)
        return _cut(text, item.key, behind)  # what comes next takes its place

    def _start_of_last(self, number: int, *, alone: bool) -> int:
        """From where on a last item without a comma is cut out, with the comma before it if no comment is between."""
        before = self.items[number - 1].end if number else self._inside
        if "#" not in self.text[before : self.items[number].key] and (number or not alone):
            return before
        start = self.items[number].key
        return _line_end_before(self.text, start) if alone else start

    def _comma(self, end: int) -> int | None:
        """Where it goes on behind the comma of the item that ends there, if it has one."""
        found = _COMMA.match(self.text, end, self._closing)
        return found.end() if found else None

    def _with_at_end(self, item: str, behind: int) -> str:
        """Put an item between the last comma, or the opening bracket, and the closing bracket."""
        rest = self.text[behind : self._closing]
        if "\n" in rest:
            at = _line_end_before(self.text, self._closing)
            return _put(self.text, at, f"{_line_break(self.text, at)}{self._indent(rest)}{item},")
        if not self.items:
            return _put(self.text, behind, f"{rest}{item}")
        return _put(self.text, behind, f"{self._gap_before(self.items[-1])}{item},")

    def _with_first(self, item: str) -> str:
        start = self.items[0].key
        lead = self.text[self._inside : start]
        if "\n" not in lead:
            return _put(self.text, start, f"{item}, ")
        at = _line_end(self.text, self._inside)
        return _put(self.text, at, f"{_line_break(self.text, at)}{self._indent(lead)}{item},")

    def _gap_before(self, item: KeySpan) -> str:
        """What parts an item from one that comes behind it."""
        if not _begins_line(self.text, item.key):
            return " "
        return f"{_line_break(self.text, item.key)}{indent(self.text, item.key)}"

    def _indent(self, near: str) -> str:
        """How far items are moved in: as one is, or a comment near by, else a bit more than the row itself."""
        for item in self.items:
            if _begins_line(self.text, item.key):
                return indent(self.text, item.key)
        comment = re.search(r"\n([ \t]*)#", near)
        return comment[1] if comment else indent(self.text, self.whole.value) + _INDENT


def with_lines(text: str, offset: int, lines: Sequence[str]) -> str:
    """The text with lines more behind the line of an offset; a comment at the end of that line stays there."""
    at = _line_end(text, offset)
    line_break = _line_break(text, at)
    return _put(text, at, "".join(line_break + line for line in lines))


def without_lines(text: str, first: int, last: int, *, above: int) -> str | None:
    """The text without the lines from one offset to another, nor a blank one before them.

    Args:
        text: the whole text.
        first: somewhere in the first of them.
        last: the end of what counts in the last one.
        above: the end of what counts above them. A comment since then, or behind the last one, is about what would be
            taken out, and nothing is.
    """
    start, end = _line_end_before(text, first), _line_end(text, last)
    if text[_line_end(text, above) : start].strip() or text[last:end].strip():
        return None
    return _cut(text, _line_end_before(text, start) if start > _line_end(text, above) else start, end)


def indent(text: str, offset: int) -> str:
    """The white space at the beginning of the line of an offset."""
    start = _line_start(text, offset)
    return text[start : _spaces(text, start)]


def _put(text: str, at: int, piece: str) -> str:
    return text[:at] + piece + text[at:]


def _cut(text: str, start: int, end: int) -> str:
    return text[:start] + text[end:]


def _line_start(text: str, offset: int) -> int:
    return text.rfind("\n", 0, offset) + 1


def _line_end(text: str, offset: int) -> int:
    """Where the line break begins that ends the line of an offset; the end of the text if none does."""
    end = text.find("\n", offset)
    return len(text) if end < 0 else end - text.startswith("\r", max(0, end - 1))


def _line_end_before(text: str, offset: int) -> int:
    """Where the line before that of an offset ends."""
    end = max(0, _line_start(text, offset) - 1)
    return end - text.startswith("\r\n", end - 1) if end else 0


def _line_break(text: str, near: int) -> str:
    """How a line ends near an offset."""
    end = text.find("\n", max(0, text.rfind("\n", 0, near)))
    return "\r\n" if end > 0 and text[end - 1] == "\r" else "\n"


def _spaces(text: str, offset: int) -> int:
    """Where spaces and tabs end that begin at an offset."""
    found = _SPACES.match(text, offset)
    return found.end() if found else offset


def _begins_line(text: str, offset: int) -> bool:
    return not text[_line_start(text, offset) : offset].strip()
