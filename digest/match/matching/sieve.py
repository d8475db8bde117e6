"""Which stored entries a set of rules could match at all, told from their stored folded text alone.

A backtest reads a hundred thousand folded texts and nothing else of them; only what passes here is read in full.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.match.matching.automaton import AnyOf

if TYPE_CHECKING:
    from collections.abc import Iterable

    from digest.match.matching.atoms import Atom


class Sieve:
    """Lets through every folded text that holds one of some atoms, and few others.

    Args:
        atoms: no rule can match without one of them.
    """

    def __init__(self, atoms: Iterable[Atom]) -> None:
        patterns = dict.fromkeys(pattern for atom in atoms for pattern in atom.patterns())
        self.passes = AnyOf(tuple(patterns)).occurs
        """Whether a folded text may be that of an entry that matches."""
