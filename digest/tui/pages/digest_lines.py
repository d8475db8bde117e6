"""The lines of a digest, and of its messages as a phone shows them."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Final

from digest.delivery.media.markup import units
from digest.delivery.messages import digest_words as words
from digest.tui.cells import Run, clipped, isolated, shown, sides, width, wrapped
from digest.tui.pages.base import section
from digest.tui.pages.digest_reading import MOST
from digest.tui.palette import INKS, Ink
from digest.tui.widgets.pane import Item
from digest.values.messages import DigestChange
from digest.words import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digest.tui.pages.digest_reading import OpenDigest
    from digest.values.messages import DigestDocument, DigestGroup, DigestLine

_TAG: Final = re.compile(r"(</?(?:a|b|s|i|u|code|pre|blockquote)\b[^>]*>)")
_CHANGES: Final = {
    DigestChange.NEW: Run("● new", Ink.ACCENT),
    DigestChange.UPDATED: Run("Δ updated", Ink.ACCENT),
}
_PHONE: Final = 40
"""Cells of a message, at most."""


def document_lines(document: DigestDocument, cells: int) -> Iterator[Item]:
    """A digest by its groups, each story with what is new of it; a story can be chosen by the entry that tells it."""
    yield Item([Run("   "), Run(shown(words.counts(document).replace("\n", " ")), Ink.MUTED)])
    for group in document.groups:
        yield Item(())
        yield _group_head(group, cells)
        for line in group.lines:
            yield from _line(line, document, cells)
        if left := words.more(group):
            yield Item([Run(f"     {shown(left)}", Ink.MUTED)])
    yield Item(())


def _group_head(group: DigestGroup, cells: int) -> Item:
    glyph, name, severity = words.label(group)
    left = [Run(f"   {glyph} {severity}  ", INKS[group.severity]), Run(f"{shown(name)} ", Ink.BRIGHT)]
    right = [Run(f" {count(len(group.lines) + group.more, 'story')} ", Ink.MUTED)]
    return Item([*left, Run("─" * max(0, cells - width([*left, *right])), Ink.LINE), *right])


def _line(line: DigestLine, document: DigestDocument, cells: int) -> Iterator[Item]:
    new = _CHANGES.get(line.change) if line.change else None
    right = [new, Run(" ")] if new else []
    title = clipped([Run(isolated(shown(words.title(line))), Ink.BRIGHT)], max(1, cells - 7 - width(right)))
    yield Item(sides([Run("     "), *title], right, cells), ("story", line.entry, line.story))
    more = len(line.sources) - 1
    told = [
        Run("     "),
        Run(isolated(shown(line.source)), Ink.MUTED),
        Run(f"   {words.time(line, document)}", Ink.MUTED),
    ]
    told += [Run(f"   +{count(more, 'outlet')}", Ink.MUTED)] if more > 0 else []
    joined = [Run(f"+{count(line.joined, 'outlet')} since ", Ink.MUTED)] if line.joined else []
    yield Item(sides(told, joined, cells))


def message_lines(seen: OpenDigest, cells: int) -> list[Item]:
    """Its messages as a phone shows them, each with the characters it takes."""
    where = shown(seen.chat) if seen.chat else "as written"
    items = [section("IN TELEGRAM", where, cells)]
    if not seen.parts:
        return [*items, Item([Run(" nothing to tell: no message goes out", Ink.MUTED)])]
    inside = max(4, min(_PHONE, cells - 6))
    for number, part in enumerate(seen.parts, start=1):
        plain = html.unescape(_TAG.sub("", part))
        taken = [Run(f"{units(plain):,}", Ink.BRIGHT), Run(f" of {MOST:,} characters ", Ink.MUTED)]
        which = [Run(f" message {number} of {len(seen.parts)}", Ink.MUTED)]
        items.append(Item(sides(which, taken, cells)))
        items.append(Item([Run(f" ╭{'─' * (inside + 2)}╮", Ink.LINE)]))
        for line in message_text(part, inside):
            blank = " " * max(0, inside - width(line))
            items.append(Item([Run(" │ ", Ink.LINE), *line, Run(f"{blank} │", Ink.LINE)]))
        items.append(Item([Run(f" ╰{'─' * (inside + 2)}╯", Ink.LINE)]))
    return items


def message_text(part: str, cells: int) -> list[Sequence[Run]]:
    """Telegram's HTML as lines of so many cells: what is bold is bright, what leads somewhere has the accent."""
    lines: list[list[Run]] = [[]]
    opened: list[str] = []
    for piece in _TAG.split(part):
        if _TAG.fullmatch(piece):
            name = piece.strip("</>").split()[0]
            opened = opened[:-1] if piece.startswith("</") else [*opened, name]
            continue
        ink = (
            Ink.ACCENT if "a" in opened else Ink.STRUCK if "s" in opened else Ink.BRIGHT if "b" in opened else Ink.TEXT
        )
        first, *rest = html.unescape(piece).split("\n")
        lines[-1].append(Run(shown(first), ink))
        lines += [[Run(shown(each), ink)] for each in rest]
    whole = [line for paragraph in lines for line in wrapped([run for run in paragraph if run.text], cells)]
    return [[Run(isolated(run.text), run.ink) for run in line] for line in whole]
