"""Everything that some clauses look for, found in one pass over an entry: Aho-Corasick, and what it leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.match.matching.atoms import Interval
from digest.match.matching.reading import Reading
from digest.match.text.fold import fold_entry, fold_metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from digest.match.matching.atoms import Atom
    from digest.match.matching.compiling import Compiler
    from digest.values.news import EntryText

_SECOND_WORD = 3
"""Letters of its second word that the automaton knows of a phrase. The rest is compared where they were found, which is
seldom; known whole, the phrases among 30,000 terms would take most of the time to build it."""

_QUICKEST = 2_000
"""Patterns for which the quickest kind of automaton is built within some milliseconds."""

_FEW = 1_000
"""Patterns that are looked for by an automaton of their own: a second one costs each entry a few microseconds, and
building one of tens of thousands holds up everything else for a twentieth of a second."""


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


def _head(pattern: str) -> str:
    """As much of a pattern as the automaton knows."""
    first = pattern.find(" ", 1)
    return pattern if first < 0 else pattern[: first + 1 + _SECOND_WORD]


class Finder:
    """One automaton over the atoms of all clauses that a compiler made, and one for what came later.

    Args:
        compiler: done with its work.
        before: that of the compiler which this one goes on from.
    """

    def __init__(self, compiler: Compiler, before: Finder | None = None) -> None:
        self._atoms = tuple(compiler.atoms)
        self._metadata = compiler.metadata
        self._leads = tuple(compiler.patterns.values())
        patterns = tuple(compiler.patterns)
        self.first: int = len(patterns)
        """How many of the patterns the large automaton knows."""
        if before is not None and len(patterns) - before.first <= _FEW < before.first:
            self.first = before.first
        self.automaton: Automaton = before.automaton if before and self.first == before.first else Automaton(patterns)
        self._later = Automaton(patterns[self.first :])

    def read(self, text: EntryText, folded: str | None = None) -> Reading:
        """One entry with what was found in it; ``folded`` is what `fold_entry` made of it, where that is at hand."""
        folded = folded or fold_entry(text)
        if self._metadata:
            folded += fold_metadata(text)
        hits: dict[int, list[Interval]] = {}
        found = self.automaton.find(folded)
        found += [(self.first + number, start, end) for number, start, end in self._later.find(folded)]
        for pattern, start, end in found:
            interval = Interval(start, end)
            for atom in self._leads[pattern]:
                hits.setdefault(atom, []).append(interval)
        return Reading(text, folded, hits, self._atoms)


def prefilter(atoms: Iterable[Atom]) -> Callable[[str], bool]:
    """A test of folded texts: true for each that holds one of some atoms, and for few others.

    Whether any pattern occurs at all is told in two thirds of the time that it takes to find them.
    """
    from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

    patterns = tuple(dict.fromkeys(pattern for atom in atoms for pattern in atom.patterns()))
    # The quickest to run is the slowest to build: thousands of patterns take the library's own choice.
    chosen = Implementation.DFA if len(patterns) <= _QUICKEST else None
    automaton = AhoCorasick(patterns, store_patterns=False, matchkind=MatchKind.LeftmostFirst, implementation=chosen)
    return lambda folded: bool(automaton.find_matches_as_indexes(folded))
