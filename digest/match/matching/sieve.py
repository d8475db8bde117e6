"""Which of many terms stand in folded texts: thousands of them told in one pass over each text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.match.language.query import Phrase
from digest.match.language.terms import words_of
from digest.match.matching.atoms import Atom
from digest.match.matching.finder import Automaton

if TYPE_CHECKING:
    from collections.abc import Sequence


class Sieve:
    """Some terms, looked for together in folded texts alone.

    Where a term would cut a dictionary word (rule 14 of folding) only the plain text tells: such a term counts as
    found, so that what is counted here is never less than what a rule would find.

    Args:
        terms: words and phrases without signs of the rule language, folded or not.
    """

    def __init__(self, terms: Sequence[str]) -> None:
        self._atoms = tuple(Atom(words_of(Phrase(term))) for term in terms)
        patterns: dict[str, list[int]] = {}
        for number, atom in enumerate(self._atoms):
            for pattern in atom.patterns():
                patterns.setdefault(pattern, []).append(number)
        self._leads = tuple(patterns.values())
        self._automaton = Automaton(tuple(patterns))

    def found(self, folded: str) -> set[int]:
        """The places, among the terms, of those that stand in a text as `fold_entry` makes it."""
        found: set[int] = set()
        for pattern, start, end in self._automaton.find(folded):
            for number in self._leads[pattern]:
                if number not in found and (
                    self._atoms[number].is_certain or self._atoms[number].steps(folded, start, end) is not None
                ):
                    found.add(number)
        return found
