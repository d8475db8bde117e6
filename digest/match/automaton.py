"""Many fixed strings found in one pass: Aho-Corasick behind one small class."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class Automaton:
    """Finds every occurrence, overlapping ones too, of any of its patterns.

    Args:
        patterns: distinct, none of them empty; there may be none at all.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        from ahocorasick_rs import AhoCorasick

        self._automaton = AhoCorasick(patterns, store_patterns=False) if patterns else None

    def find(self, text: str) -> list[tuple[int, int, int]]:
        """(number of the pattern, start, end) of each occurrence, in code points."""
        if self._automaton is None:
            return []
        return self._automaton.find_matches_as_indexes(text, overlapping=True)
