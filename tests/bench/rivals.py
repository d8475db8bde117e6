"""What others do with the same terms: Hyperscan on folded text (the floor), ``in`` per term, one ``re`` per rule."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from digest.match.text.fold import folded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def hyperscan_counter(terms: Sequence[str]) -> Callable[[str], int] | None:
    """Counts the terms in a folded text, each between spaces; ``None`` where Hyperscan is not installed."""
    try:
        import hyperscan
    except ImportError:
        return None
    patterns = sorted({f" {folded(term)} ".encode() for term in terms})
    database = hyperscan.Database()
    database.compile(expressions=patterns, ids=list(range(len(patterns))), elements=len(patterns), literal=True)
    found: list[int] = []

    def note(number: int, start: int, end: int, flags: int, context: object) -> None:
        found.append(number)

    def count(text: str) -> int:
        found.clear()
        database.scan(text.encode(), match_event_handler=note)
        return len(found)

    return count


def contains_each(terms: Sequence[str]) -> Callable[[str], int]:
    """Counts the terms that a folded text holds, by ``in``: without borders it finds some inside other words."""
    needles = [folded(term) for term in terms]
    return lambda text: sum(needle in text for needle in needles)


def regex_each(rules: Sequence[Sequence[str]]) -> Callable[[str], int]:
    """Counts the rules that a plain text matches, each an alternation of its terms between word borders."""
    patterns = [re.compile(rf"\b(?:{'|'.join(map(re.escape, terms))})\b", re.IGNORECASE) for terms in rules]
    return lambda text: sum(pattern.search(text) is not None for pattern in patterns)
