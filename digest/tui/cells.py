"""Text measured in terminal cells: cut, padded, wrapped, isolated where it runs right to left; made into strips.

Everything that came from a feed passes `shown` on its way to the screen; `draw` is the only maker of segments, and
lets no control character through whatever it is given.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from digest.text import for_display, safe_link
from digest.tui.palette import Ground, Ink, Palette

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

ISOLATE = "\u2068"
"""FIRST STRONG ISOLATE: what follows cannot turn the direction of the rest of the line …"""
ISOLATE_END = "\u2069"
"""… up to here (POP DIRECTIONAL ISOLATE)."""


_ISOLATES = re.compile(f"([{ISOLATE}{ISOLATE_END}])")


class Run(NamedTuple):
    """A piece of a line, drawn in one way; its text is plain and holds no line break."""

    text: str
    ink: Ink = Ink.TEXT
    link: str = ""
    """The web address that it leads to; what is none is left out."""

    def part(self, text: str) -> Run:
        """The same with other words."""
        return Run(text, self.ink, self.link)


class Line(NamedTuple):
    """One line of a pane."""

    spans: Sequence[Run] = ()
    ground: Ground = Ground.PAGE


def shown(text: str) -> str:
    """Feed text as the screen shows it: one line, no controls, nothing whose width terminals disagree on."""
    text = for_display(text)
    return text if text.isprintable() else _guarded(text, "")


@lru_cache(4096)
def _guarded(text: str, kept: str) -> str:
    """White space of any kind becomes a space; controls, overrides and halves of surrogate pairs vanish."""
    return "".join(
        character if character.isprintable() or character in kept else " " if character.isspace() else ""
        for character in text
    )


def width(spans: Iterable[Run]) -> int:
    """The cells a line takes."""
    return sum(cell_len(span.text) for span in spans)


def cut(text: str, cells: int) -> str:
    """``text`` in at most so many cells; where it does not fit it ends in ``…``, on a cell boundary."""
    if cells <= 0:
        return ""
    if (text.isascii() and len(text) <= cells) or cell_len(text) <= cells:
        return text
    room, end = cells - 1, 0
    for place, character in enumerate(text):
        room -= cell_len(character)
        if room < 0:
            break
        end = place + 1
    return text[:end].rstrip() + "…"


def cut_middle(text: str, cells: int) -> str:
    """``text`` in at most so many cells, cut in its middle: names that begin alike stay apart by their ends."""
    if cell_len(text) <= cells or cells < 5:
        return cut(text, cells)
    end, room = len(text), (cells - 1) // 2
    while (room := room - cell_len(text[end - 1])) >= 0:
        end -= 1
    return cut(text, cells - cell_len(text[end:])) + text[end:]


def fit(text: str, cells: int, *, right: bool = False) -> str:
    """``text`` in exactly so many cells, cut or padded; right-aligned for figures and times."""
    text = cut(text, cells)
    blank = " " * max(0, cells - cell_len(text))
    return blank + text if right else isolated(text) + blank


def isolated(text: str) -> str:
    """``text`` in an isolate if it holds right-to-left letters, so that it keeps to its column."""
    return f"{ISOLATE}{text}{ISOLATE_END}" if is_right_to_left(text) else text


@lru_cache(4096)
def is_right_to_left(text: str) -> bool:
    """Whether it holds a Hebrew, Arabic or other right-to-left letter."""
    return not text.isascii() and any(unicodedata.bidirectional(character) in {"R", "AL"} for character in text)


def wrapped(spans: Iterable[Run], cells: int) -> list[list[Run]]:
    """Lines of at most so many cells; breaks at spaces, between wide characters, and inside a word only if it must."""
    lines: list[list[Run]] = [[]]
    room = max(cells, 2)
    free = room
    for word in _words(spans):
        length = width(word)
        if length > free and lines[-1]:
            lines[-1] = _without_last_space(lines[-1])
            lines.append([])
            free = room
            if len(word) == 1 and word[0].text.isspace():
                continue
        for piece in _pieces(word, room) if length > room else [word]:
            taken = width(piece)
            if taken > free and lines[-1]:
                lines.append([])
                free = room
            lines[-1].extend(piece)
            free -= taken
    return [_merged(_without_last_space(line)) for line in lines]


def _words(spans: Iterable[Run]) -> Iterator[list[Run]]:
    """What may not be parted: runs without a space (they may span inks), spaces, and single wide characters."""
    word: list[Run] = []
    for span in spans:
        text, start = span.text, 0
        for place, character in enumerate(text):
            alone = character == " " or _stands_alone(character)
            if not alone:
                continue
            if place > start:
                word.append(span.part(text[start:place]))
            if character in _CLOSING:
                word.append(span.part(character))
            else:
                if word:
                    yield word
                word = [span.part(character)]
                if character == " ":
                    yield word
                    word = []
            start = place + 1
        if start < len(text):
            word.append(span.part(text[start:]))
    if word:
        yield word


_CLOSING = frozenset("、。，．：；？！」』）】〉》”’…")


def _stands_alone(character: str) -> bool:
    """Whether a line may break before it although no space does: Han, kana; Hangul is written in words."""
    return character >= "\u2e80" and not "\uac00" <= character <= "\ud7a3" and cell_len(character) == 2


def _pieces(word: list[Run], cells: int) -> Iterator[list[Run]]:
    """A word that is longer than a line, in lines."""
    for span in word:
        text, start, room = span.text, 0, cells
        for place, character in enumerate(text):
            room -= cell_len(character)
            if room < 0:
                yield [span.part(text[start:place])]
                start, room = place, cells - cell_len(character)
        yield [span.part(text[start:])]


def _without_last_space(line: list[Run]) -> list[Run]:
    return line[:-1] if line and line[-1].text == " " else line


def _merged(line: list[Run]) -> list[Run]:
    """Neighbours of one ink as one span."""
    merged: list[Run] = []
    for span in line:
        if merged and merged[-1][1:] == span[1:]:
            merged[-1] = span.part(merged[-1].text + span.text)
        else:
            merged.append(span)
    return merged


def clipped(spans: Iterable[Run], cells: int) -> list[Run]:
    """A line in at most so many cells; the span that does not fit ends in ``…`` and the rest goes."""
    kept: list[Run] = []
    for span in spans:
        length = cell_len(span.text)
        if length > cells:
            text = span.text
            if not cells and kept and kept[-1].text:  # the one before gives way to the sign
                span = kept.pop()  # noqa: PLW2901 - it stands for the one that does not fit
                text, cells = f"{span.text}…", cell_len(span.text)
            # An isolate is never left open.
            inner = text.strip(ISOLATE + ISOLATE_END)
            kept.append(span.part(isolated(cut(inner, cells))))
            return kept
        kept.append(span)
        cells -= length
    return kept


def sides(left: Sequence[Run], right: Sequence[Run], cells: int) -> list[Run]:
    """One line with something at either end; the left gives way."""
    room = cells - width(right)
    left = clipped(left, max(0, room - 1))
    return clipped([*left, Run(" " * max(0, room - width(left))), *right], cells)


def _isolates_apart(text: str) -> list[str]:
    """The text with its isolates as pieces of their own: some terminals drop the rest of a run that holds one."""
    if ISOLATE not in text and ISOLATE_END not in text:
        return [text]
    return _ISOLATES.split(text)


def draw(line: Line, cells: int, palette: Palette) -> Strip:
    """The strip of a line, cut and padded to so many cells: the one way from text to the screen."""
    spans: Sequence[Run] = [
        span if span.text.isprintable() else span.part(_guarded(span.text, ISOLATE + ISOLATE_END))
        for span in line.spans
    ]
    if palette.signs:
        table = dict(palette.signs)
        spans = [Run(span.text.translate(table), span.ink) for span in spans]  # such a console knows no links
    taken = width(spans)
    if taken > cells:
        spans = clipped(spans, cells)
        taken = width(spans)
    segments = [
        Segment(piece, _leading(palette.style(ink, line.ground), link) if link else palette.style(ink, line.ground))
        for text, ink, link in spans
        for piece in _isolates_apart(text)
        if piece
    ]
    if taken < cells:
        segments.append(Segment(" " * (cells - taken), palette.style(Ink.TEXT, line.ground)))
    return Strip(segments, cells)


def only_letters(strip: Strip) -> Strip:
    """A line that Textual has drawn, without what is no letter: what was pasted, what a file holds."""
    if all(segment.text.isprintable() for segment in strip):
        return strip
    segments = [Segment(_guarded(text, ""), style, control) for text, style, control in strip]
    return Strip(segments).adjust_cell_length(strip.cell_length)


@lru_cache(512)
def _leading(style: Style, link: str) -> Style:
    """A style that makes a terminal's own link (OSC 8): only a web address does, and with nothing in it but letters."""
    address = safe_link(link)
    return style + Style(link=address) if address else style


_SPARKS: Final = "▁▂▃▄▅▆▇█"


def spark(counts: list[int]) -> str:
    """A bar of eighths for each count, the highest full; zero is a blank of the same width."""
    top = max(counts, default=0)
    return "".join(_SPARKS[max(0, round(count / top * 8) - 1)] if count else " " for count in counts)


def bar(count: int, top: int, cells: int) -> str:
    """A thin bar without a track, to the half cell; at least half a cell for anything at all."""
    halves = max(1, round(count / top * cells * 2)) if count and top else 0
    return "━" * (halves // 2) + "╸" * (halves % 2)
