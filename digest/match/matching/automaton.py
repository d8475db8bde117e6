"""Many fixed strings found in one pass: Aho-Corasick behind one small class."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_SECOND_WORD = 3
"""Letters of its second word that the automaton knows of a phrase. The rest is compared where they were found, which is
seldom; known whole, the phrases among 30,000 terms would take most of the time to build it."""

_QUICKEST = 2_000
"""Patterns for which the quickest kind of automaton is built within some milliseconds."""


class Automaton:
    """Finds every occurrence, overlapping ones too, of any of its patterns.

    Args:
        patterns: distinct, none of them empty; there may be none at all.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        from ahocorasick_rs import AhoCorasick

        heads: dict[str, list[tuple[int, str]]] = {}
        # In order, states that are made one after the other are needed together: half the time to build.
        for pattern, number in sorted(zip(patterns, range(len(patterns)), strict=True)):
            heads.setdefault(_head(pattern), []).append((number, pattern))
        self._patterns = tuple(map(tuple, heads.values()))
        # The constructor keeps the interpreter to itself but while it asks a generator for the next string.
        self._automaton = AhoCorasick((head for head in heads), store_patterns=False) if heads else None

    def find(self, text: str) -> list[tuple[int, int, int]]:
        """(number of the pattern, start, end) of each occurrence, in code points; those of one pattern in order."""
        if self._automaton is None:
            return []
        return [
            (number, start, start + len(pattern))
            for head, start, _ in self._automaton.find_matches_as_indexes(text, overlapping=True)
            for number, pattern in self._patterns[head]
            if text.startswith(pattern, start)
        ]


class AnyOf:
    """Says whether any of its patterns occurs at all, in two thirds of the time that it takes to find them.

    Args:
        patterns: distinct, none of them empty; there may be none at all.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

        # The quickest to run is the slowest to build: thousands of patterns take the library's own choice.
        chosen = Implementation.DFA if len(patterns) <= _QUICKEST else None
        self._automaton = AhoCorasick(
            patterns, store_patterns=False, matchkind=MatchKind.LeftmostFirst, implementation=chosen
        )

    def occurs(self, text: str) -> bool:
        """Whether one of them stands in a text."""
        return bool(self._automaton.find_matches_as_indexes(text))


def _head(pattern: str) -> str:
    """As much of a pattern as the automaton knows."""
    first = pattern.find(" ", 1)
    return pattern if first < 0 else pattern[: first + 1 + _SECOND_WORD]
