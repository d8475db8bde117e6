"""Text with marks on it as Markdown (CommonMark): nothing in the text is taken for markup, whatever it holds."""

from __future__ import annotations

import itertools
import re
import unicodedata
from typing import TYPE_CHECKING, Final

from digest.delivery.media.markup import was

if TYPE_CHECKING:
    from collections.abc import Iterable

    from digest.delivery.media.markup import Span

_SIGNS: Final = re.compile(r"[\\`*_{}\[\]<>#|~!&]")
_AT_LINE_START: Final = re.compile(r"^[^\S\n]*(?:([-+=])|(\d{1,9})([.)]))?", re.MULTILINE)
"""White space that would make a code block, a list's bullet or number, the line under a heading."""


def plain_in_markdown(text: str) -> str:
    """Text whose signs Markdown would read as its own, escaped; where a line begins, `markdown_block` escapes more."""
    return _SIGNS.sub(r"\\\g<0>", text)


def markdown_url(url: str) -> str:
    """An address as it stands between ``<`` and ``>`` in a link."""
    return re.sub(r"[<>\\\s]", lambda sign: f"%{ord(sign[0]):02X}", url)


def markdown_link(text: str, url: str) -> str:
    """A link whose text is plain."""
    return f"[{plain_in_markdown(text)}](<{markdown_url(url)}>)"


def markdown_block(spans: Iterable[Span]) -> str:
    """One block of Markdown that shows the text of ``spans``, line for line; no mark spans lines."""
    spans = [span for span in spans if span.text]
    whole = "".join(span.text for span in spans)
    pieces, position = [], 0
    for look, group in itertools.groupby(spans, key=lambda span: (span.bold, span.link, span.struck)):
        text = "".join(span.text for span in group)
        before, position = whole[position - 1 : position], position + len(text)
        pieces.append(_marked(text, look, before, whole[position : position + 1]))
    return _lines("".join(pieces).strip())


def _marked(text: str, look: tuple[bool, str, bool], before: str, after: str) -> str:
    """A run of one look (bold, link, struck); white space at its ends stays outside the marks, no mark spans lines."""
    (bold, link, struck), inner = look, text.strip()
    if not (bold or link or struck) or not inner:
        return plain_in_markdown(text)
    lead, tail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    line = re.sub(r"\s*\n\s*", " ", inner)
    takes = _takes_mark(lead or before, line[0]) and _takes_mark(tail or after, line[-1])
    if struck and not takes:
        return lead + plain_in_markdown(was(line)) + tail
    if link and not struck:
        return lead + markdown_link(line, link) + tail
    mark = "~~" if struck else "**" if takes else ""
    return f"{lead}{mark}{plain_in_markdown(line)}{mark}{tail}"


def _takes_mark(outside: str, inside: str) -> bool:
    """Whether Markdown takes ``**`` between these two characters for a mark, seen from either end."""
    return not _is_punctuation(inside) or not outside or outside.isspace() or _is_punctuation(outside[-1:])


def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character)[0] in "PS"


def _lines(text: str) -> str:
    """Lines that begin as plain text, and stay lines when shown: two spaces end one that another follows directly."""
    text = re.sub(r"[^\S\n]+(?=\n)", "", text.replace("\r", " "))
    return re.sub(r"(?<=[^\n])\n(?=[^\n])", "  \n", _AT_LINE_START.sub(_as_text, text))


def _as_text(found: re.Match[str]) -> str:
    if found[1]:
        return f"\\{found[1]}"
    return f"{found[2]}\\{found[3]}" if found[2] else ""
