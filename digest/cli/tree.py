"""A query as a tree of lines: what holds, with the words found, and what does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.words import count, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digest.match import ExplainedClause

_LINE = 100
"""Letters of a term, a NEAR or a list that are shown."""


def draw(part: ExplainedClause) -> Iterator[tuple[str, bool]]:
    """The lines of a part and all below it, each with whether it holds."""
    mark = "✓" if part.holds else "✗"
    if not part.parts:
        yield f"{mark} {_term(part)}", part.holds
        return
    if not part.hits and not _asks_for_all(part):
        yield f"{mark} {shortened(part.text, _LINE)}: {'not found' if _seeks(part) else 'none found'}", part.holds
        return
    yield f"{mark} {_heading(part)}", part.holds
    shown = _telling(part)
    rows = [list(draw(child)) for child in shown]
    if hidden := len(part.parts) - len(shown):
        rows.append([(f"✗ {hidden} more, not found", False)])
    for number, lines in enumerate(rows):
        last = number == len(rows) - 1
        for row, (line, holds) in enumerate(lines):
            lead = ("└ " if last else "├ ") if row == 0 else ("  " if last else "│ ")
            yield f"{lead}{line}", holds


def shortened(text: str, most: int) -> str:
    """A text cut to so many characters, on one line."""
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _seeks(part: ExplainedClause) -> bool:
    """Whether it is one thing that is looked for, under a NOT or a field."""
    from digest.match.language.query import Field, Not

    return isinstance(part.query, Not | Field)


def _asks_for_all(part: ExplainedClause) -> bool:
    """Whether each of its parts matters by itself."""
    from digest.match.language.query import And, Near

    return isinstance(part.query, And | Near)


def _telling(part: ExplainedClause) -> Sequence[ExplainedClause]:
    """The parts to show: of alternatives only those that found something."""
    return part.parts if _asks_for_all(part) else [child for child in part.parts if child.holds or child.hits]


def _heading(part: ExplainedClause) -> str:
    """What joins the lines below."""
    from digest.match.language.query import Alias, And, Count, Field, Near, Not

    words = "any of"
    match part.query:
        case Alias(name=name):
            words = f"@{name}, any of"
        case Field(name=name):
            words = f"in {name}"
        case Count(least=least):
            words = f"{least} of"
        case Near(gap=gap, ordered=ordered):
            words = _near(part, gap, ordered=ordered)
        case And():
            words = "all of"
        case Not():
            words = "not"
    return words


def _near(part: ExplainedClause, gap: int, *, ordered: bool) -> str:
    """What a NEAR asks for, and why that is not so."""
    asked = f"within {count(gap, 'word')}{', in this order' * ordered}"
    if part.words_apart is not None:
        return f"{asked}: {count(part.words_apart, 'word')} apart"
    return f"{asked}: never in one block" if all(side.holds for side in part.parts) else asked


def _term(part: ExplainedClause) -> str:
    """A term with what it found."""
    text = shortened(part.text, _LINE)
    if not part.hits:
        return text if part.holds else f"{text}: not found"
    return f"{text}: {words_of(part.hits)}{'' if part.holds else ', too far apart'}"
