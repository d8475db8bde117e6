"""Everything that some clauses look for, found in one pass over an entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.match.matching.atoms import Interval
from digest.match.matching.automaton import AnyOf, Automaton
from digest.match.matching.reading import Reading
from digest.match.text.fold import fold_entry, fold_metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from digest.match.matching.atoms import Atom
    from digest.match.matching.compiling import Compiler
    from digest.values.news import EntryText


_FEW = 1_000
"""Patterns that are looked for by an automaton of their own: a second one costs each entry a few microseconds, and
building one of tens of thousands holds up everything else for a twentieth of a second."""


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
    """A test of folded texts: true for each that holds one of some atoms, and for few others."""
    return AnyOf(tuple(dict.fromkeys(pattern for atom in atoms for pattern in atom.patterns()))).occurs
