"""Everything that some clauses look for, found in one pass over an entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.match.atoms import Span
from digest.match.automaton import Automaton
from digest.match.fold import fold_entry, fold_metadata
from digest.match.reading import Reading

if TYPE_CHECKING:
    from digest.match.compiling import Compiler
    from digest.model import EntryText


class Finder:
    """One automaton over the atoms of all clauses that a compiler made.

    Args:
        compiler: done with its work.
    """

    def __init__(self, compiler: Compiler) -> None:
        self._atoms = tuple(compiler.atoms)
        self._metadata = compiler.metadata
        self._automaton = Automaton(tuple(compiler.patterns))
        self._leads = tuple(compiler.patterns.values())

    def read(self, text: EntryText, folded: str | None = None) -> Reading:
        """One entry with what was found in it; ``folded`` is what `fold_entry` made of it, where that is at hand."""
        folded = folded or fold_entry(text)
        if self._metadata:
            folded += fold_metadata(text)
        hits: dict[int, list[Span]] = {}
        for pattern, start, end in self._automaton.find(folded):
            span = Span(start, end)
            for atom in self._leads[pattern]:
                hits.setdefault(atom, []).append(span)
        return Reading(text, folded, hits, self._atoms)
