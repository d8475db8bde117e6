"""Text with marks on it, cut into messages: for Telegram valid HTML whatever the text holds, else plain text.

Marks live beside the text, not in it: text is cut first and turned into HTML afterwards, so no cut can fall inside
a tag or an entity. Telegram counts a message after its markup is read, in UTF-16 units, takes 4096 of them, and
keeps the first 100 marks. It refuses a message whose marks are too large in all, addresses included.
"""

from __future__ import annotations

import html
import itertools
import re
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

TELEGRAM_UNITS: Final = 4096
"""UTF-16 units of visible text that Telegram takes in one message."""
MAX_MARKS: Final = 100
"""Bold passages and links that Telegram shows in one message."""
MARKS_BYTES: Final = 8_000
"""What the marks of one message may take: Telegram refuses more than about 9,500 bytes with ``ENTITIES_TOO_LONG``."""
MARK_BYTES: Final = 16
"""Of one mark beside its address."""
LINK_BYTES: Final = 2_048
"""The longest address that is linked; text behind a longer one is bold."""
REPEAT_LABEL: Final = "↻ possible repeat\n"
PART_UNITS: Final = TELEGRAM_UNITS - len(REPEAT_LABEL)
"""What a part is cut to: the label of a repeat always fits on top."""
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})
_BLANK: Final = re.compile("[\u034f\u115f\u1160\u2800\u3164\ufe00-\ufe0f\uffa0]")  # letters and marks without a shape


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text with one look; ``link`` is an http or https address, or empty."""

    text: str
    bold: bool = False
    link: str = ""
    struck: bool = False
    """It was said before, and no longer is."""


def linked(text: str, url: str) -> Span:
    """``text`` linked to ``url``, or in plain bold where that is no web address."""
    return Span(text, link=url) if is_web(url) else Span(text, bold=True)


def is_web(url: str) -> bool:
    """Whether an address may be linked: one of the web, and of nothing else that a reader's program would open."""
    return url.lower().startswith(("http://", "https://"))


def units(text: str) -> int:
    """Length as Telegram counts it: UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def label_repeat(part: str) -> str:
    """A part with a first line saying that it may have been delivered before; parts are cut so that it fits."""
    return REPEAT_LABEL + part


def telegram_parts(spans: Iterable[Span]) -> tuple[str, ...]:
    """Messages in Telegram's HTML that together show the text of ``spans``, in order, nothing left out.

    Cuts fall between blocks where possible, else between lines, sentences, words, and characters at last; white
    space at a cut is dropped, as Telegram would. No part is empty or blank.
    """
    rest = [_within_limits(span) for span in spans if span.text]
    parts = []
    while rest:
        head, rest = _split_at(rest, _cut("".join(span.text for span in rest), _room(rest)))
        if is_visible("".join(span.text for span in head)):
            parts.append(_html(_stripped(head)))
    return tuple(parts)


def telegram_messages(blocks: Iterable[Sequence[Span]]) -> tuple[str, ...]:
    """Messages as of `telegram_parts` that end where a block does; only a block that none can hold is cut."""
    parts: list[str] = []
    held: list[Span] = []
    taken: tuple[int, ...] = (0, 0, 0)
    for block in blocks:
        fresh = [_within_limits(span) for span in block if span.text]
        takes = _taken(fresh)
        together = tuple(map(sum, zip(taken, takes, strict=True)))
        if held and any(one > most for one, most in zip(together, _MOST, strict=True)):
            parts += telegram_parts(held)
            held, together = [], takes
        held += fresh
        taken = together
    return (*parts, *telegram_parts(held))


def _within_limits(span: Span) -> Span:
    return replace(span, bold=True, link="") if _link_size(span) > LINK_BYTES else span


def _link_size(span: Span) -> int:
    return len(span.link.encode("utf-8", "replace"))


def plain_text(spans: Iterable[Span]) -> str:
    """The text alone, each address written out behind what it was under; of what is struck it says what it was."""
    pieces = []
    for link, group in itertools.groupby(spans, key=lambda span: span.link):
        text = "".join(was(span.text) if span.struck else span.text for span in group)
        pieces.append(f"{text} {link}" if link and text.strip() != link else text)
    return "".join(pieces)


def was(text: str) -> str:
    """What was struck, as plain text has it; white space around it stays where it is."""
    inner = text.strip()
    return text.replace(inner, f"(was: {inner})", 1) if inner else text


def plain_parts(text: str, most: int) -> tuple[str, ...]:
    """Plain text in parts of at most so many units, cut where Telegram's messages are; none is empty or blank."""
    rest, parts = text, []
    while rest:
        cut = _cut(rest, _fitting(rest, most))
        head, rest = rest[:cut].strip(), rest[cut:]
        if is_visible(head):
            parts.append(head)
    return tuple(parts)


def is_visible(text: str) -> bool:
    """Whether there is anything to see: Telegram refuses a message of blanks."""
    return any(unicodedata.category(character) not in _UNSEEN and not _BLANK.match(character) for character in text)


# --- where to cut ------------------------------------------------------------------------------------------------

_SEAMS: Final = (
    re.compile(r"\n{2,}"),
    re.compile(r"\n"),
    re.compile(r"(?<=[.!?…])[\"'”’»)\]]*\s|(?<=[。！？])"),
    re.compile(r"\s"),
)


_MOST: Final = (PART_UNITS, MAX_MARKS, MARKS_BYTES)


def _taken(spans: Sequence[Span]) -> tuple[int, ...]:
    """Units, marks and bytes of marks that these take in a message."""
    marks = [_opens(previous, span) for previous, span in zip((Span(""), *spans), spans, strict=False)]
    return sum(units(span.text) for span in spans), sum(one for one, _ in marks), sum(size for _, size in marks)


def _opens(previous: Span, span: Span) -> tuple[int, int]:
    """How many marks begin with a span, and their bytes."""
    opens_link = bool(span.link) and span.link != previous.link
    opens_bold = span.bold and not (previous.bold and span.link == previous.link)
    same_run = previous.struck and (span.link, span.bold) == (previous.link, previous.bold)
    marks = opens_link + opens_bold + (span.struck and not same_run)
    return marks, MARK_BYTES * marks + _link_size(span) * opens_link


def _room(spans: Sequence[Span]) -> int:
    """How many characters from the start fit one message."""
    left = PART_UNITS
    marks = size = position = 0
    previous = Span("")
    for span in spans:
        more, bytes_of = _opens(previous, span)
        marks, size = marks + more, size + bytes_of
        if marks > MAX_MARKS or size > MARKS_BYTES:
            return position
        room = _fitting(span.text, left)
        position += room
        if room < len(span.text):
            return position
        left -= units(span.text)
        previous = span
    return position


def _fitting(text: str, room: int) -> int:
    """How many characters of ``text`` fit ``room`` units."""
    text = text[:room]  # a character takes one unit at least, and a long text is asked for each of its parts
    if units(text) <= room:
        return len(text)
    widths = itertools.accumulate(1 + (character > "\uffff") for character in text)
    return sum(1 for _ in itertools.takewhile(lambda width: width <= room, widths))


def _cut(text: str, room: int) -> int:
    """Where to cut ``text``: at the last and best seam in the second half of the room, else wherever there is one."""
    if room >= len(text):
        return len(text)
    window = text[: room + 1]  # white space just past the room is a seam too: it is dropped
    for least in (room // 2, 0):
        for seam in _SEAMS:
            cuts = [match.end() for match in seam.finditer(window) if least <= match.start() <= room]
            if cuts:
                return cuts[-1]
    return _between_characters(text, room)


def _between_characters(text: str, cut: int) -> int:
    """The last place up to ``cut`` that tears no accent or emoji sequence from its base, where there is one."""
    for place in range(cut, max(cut - 32, 0), -1):
        if not (unicodedata.combining(text[place]) or text[place] in "\u200d\ufe0f" or text[place - 1] == "\u200d"):
            return place
    return cut


def _split_at(spans: Sequence[Span], cut: int) -> tuple[list[Span], list[Span]]:
    """The spans before and after ``cut`` characters, the one that it falls into divided."""
    head: list[Span] = []
    for index, span in enumerate(spans):
        if cut < len(span.text):
            tail = [replace(span, text=span.text[cut:]), *spans[index + 1 :]]
            return ([*head, replace(span, text=span.text[:cut])] if cut else head), tail
        head.append(span)
        cut -= len(span.text)
    return head, []


def _stripped(spans: Sequence[Span]) -> list[Span]:
    """The spans without white space at either end."""
    text = "".join(span.text for span in spans)
    start = len(text) - len(text.lstrip())
    _, kept = _split_at(spans, start)
    return _split_at(kept, len(text.strip()))[0]


# --- HTML --------------------------------------------------------------------------------------------------------


def _html(spans: Sequence[Span]) -> str:
    """Telegram's HTML; neighbours of one look share their tags, bold stands inside a link, struck text in both."""
    return "".join(
        f'<a href="{html.escape(link)}">{inner}</a>' if link else inner
        for link, inner in (
            (link, "".join(_bold_runs(group))) for link, group in itertools.groupby(spans, key=lambda span: span.link)
        )
    )


def _bold_runs(spans: Iterable[Span]) -> Iterator[str]:
    for bold, group in itertools.groupby(spans, key=lambda span: span.bold):
        inner = "".join(_struck_runs(group))
        yield f"<b>{inner}</b>" if bold else inner


def _struck_runs(spans: Iterable[Span]) -> Iterator[str]:
    for struck, group in itertools.groupby(spans, key=lambda span: span.struck):
        inner = html.escape("".join(span.text for span in group), quote=False)
        yield f"<s>{inner}</s>" if struck else inner
