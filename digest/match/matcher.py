"""All rules against one entry.

::

    fold (or take the stored folded text) ─▶ one automaton over all rules ─▶ the rules that a hit could make true
                                                    ─▶ ask each its clause ─▶ hits in plain text

A rule none of whose words was found is never looked at, so the number of rules costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.match.atoms import Span
from digest.match.automaton import Automaton
from digest.match.clauses import Gate
from digest.match.compiling import TEXT_SCOPE, Compiler, reads_metadata
from digest.match.fold import FIELDS, fold_entry, fold_metadata
from digest.match.reading import Reading
from digest.match.terms import regex_options
from digest.model import Match

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import re2

    from digest.match.clauses import Clause
    from digest.match.rule import Rule
    from digest.model import EntryText, Hit


class RuleSet:
    """The enabled ones of some rules, ready to be asked; it never changes.

    Args:
        rules: disabled ones are left out.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rule for rule in rules if rule.enabled)
        self._metadata = any(reads_metadata(rule.query) for rule in self.rules)
        compiler = Compiler(metadata=self._metadata)
        self._clauses: list[Clause] = [compiler.clause(rule.query) for rule in self.rules]
        self._atoms = tuple(compiler.atoms)
        patterns = compiler.patterns()
        self._automaton = Automaton(tuple(patterns))
        self._leads = tuple(patterns.values())
        self._gates: dict[Gate, list[int]] = {}
        for number, clause in enumerate(self._clauses):
            for gate in clause.gate(compiler.uses):
                self._gates.setdefault(gate, []).append(number)
        self._regexes = _regex_set(compiler.regexes)
        self._regex_fields = range(len(FIELDS) if self._metadata else len(TEXT_SCOPE))

    def match_entry(self, text: EntryText, folded: str | None = None) -> tuple[Match, ...]:
        """Every rule that matches an entry, in the order of the rules, with the words that decided.

        Args:
            text: the entry's plain fields.
            folded: what `fold_entry` made of the same fields, by the same fold version, where it is at hand.
        """
        reading = self._read(text, folded)
        matches = []
        for number in self._candidates(reading):
            if self._clauses[number].holds(reading):
                rule = self.rules[number]
                matches.append(Match(rule.id, rule.severity, _in_order(self._clauses[number].found(reading))))
        return tuple(matches)

    def _read(self, text: EntryText, folded: str | None) -> Reading:
        """One pass of the automaton."""
        folded = folded or fold_entry(text)
        if self._metadata:
            folded += fold_metadata(text)
        hits: dict[int, list[Span]] = {}
        for pattern, start, end in self._automaton.find(folded):
            for atom in self._leads[pattern]:
                hits.setdefault(atom, []).append(Span(start, end))
        return Reading(text, folded, hits, self._atoms)

    def _candidates(self, reading: Reading) -> list[int]:
        """The rules that something was found for, in their order."""
        found: set[int] = set()
        for atom in reading.hits:
            found.update(self._gates.get(Gate(atom), ()))
        if self._regexes is not None:
            for field in self._regex_fields:
                for regex in self._regexes.Match(reading.plain(field)) or ():
                    found.update(self._gates.get(Gate(regex, is_regex=True), ()))
        return sorted(found)


def _regex_set(patterns: Sequence[str]) -> re2.Set | None:
    """All regular expressions as one gate: which of them match a text somewhere."""
    if not patterns:
        return None
    import re2

    gate = re2.Set.SearchSet(regex_options())
    for pattern in patterns:
        gate.Add(pattern)
    gate.Compile()
    return gate


def _in_order(hits: Iterable[Hit]) -> tuple[Hit, ...]:
    """Each hit once, by field and place."""
    return tuple(sorted(set(hits), key=lambda hit: (FIELDS.index(hit.field), hit.start, hit.end, hit.term)))
