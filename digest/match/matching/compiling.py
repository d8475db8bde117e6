"""From the queries of all rules to clauses, atoms and the patterns of one automaton."""

from __future__ import annotations

from dataclasses import replace

from digest.match.language.query import And, Count, Field, Near, Not, Phrase, Query, Regex, children_of
from digest.match.language.terms import Word, variants_of
from digest.match.language.tiers import TIER, tiers_of
from digest.match.matching.atoms import Atom
from digest.match.matching.clauses import (
    TEXT_SCOPE,
    AllClause,
    Clause,
    CountClause,
    Gate,
    Looks,
    NotClause,
    RegexClause,
    Scope,
    TermClause,
    any_of,
    looks_in,
)
from digest.match.matching.nearness import LooseClause, NearClause
from digest.match.text.fold import FIELDS, TEXT_FIELDS

_FIELD_SCOPES: dict[str, Scope] = {name: frozenset({number}) for number, name in enumerate(FIELDS)}


def reads_metadata(query: Query) -> bool:
    """Whether a query names a field beyond title, summary and content."""
    if isinstance(query, Field) and query.name not in TEXT_FIELDS:
        return True
    return any(map(reads_metadata, children_of(query)))


class Compiler:
    """Turns queries into clauses that share their atoms and regular expressions.

    Args:
        metadata: whether metadata is searched too, so that a term must be asked for its field.
    """

    def __init__(self, *, metadata: bool) -> None:
        self.atoms: list[Atom] = []
        self.regexes: list[str] = []
        self.uses: dict[Gate, int] = {}
        """How often each atom and regular expression was asked for."""
        self.metadata = metadata
        self.patterns: dict[str, tuple[int, ...]] = {}
        """For each pattern of the automaton the atoms that it leads to."""
        self._atom_numbers: dict[tuple[Word, ...], int] = {}
        self._regex_numbers: dict[str, int] = {}

    def copy(self) -> Compiler:
        """One that goes on from here and leaves this one as it is."""
        other = Compiler(metadata=self.metadata)
        other.atoms, other.regexes = self.atoms.copy(), self.regexes.copy()
        other.uses, other.patterns = self.uses.copy(), self.patterns.copy()
        other._atom_numbers, other._regex_numbers = self._atom_numbers.copy(), self._regex_numbers.copy()
        return other

    def clause(self, query: Query, scope: Scope = TEXT_SCOPE) -> Clause:
        """A query as a clause; ``scope`` holds for the terms that no field inside it says otherwise of."""
        term = query
        if isinstance(query, Field):
            scope, term = _FIELD_SCOPES[query.name], query.child
        if isinstance(term, Phrase):
            return self._phrase(query, term, scope)
        if isinstance(term, Regex):
            return self._regex(query, term, scope)
        children = tuple(self.clause(child, scope) for child in children_of(query))
        clause: Clause
        match query:
            case And():
                clause = AllClause(query, children)
            case Not():
                clause = NotClause(query, children)
            case Near():
                clause = NearClause(query, children)
            case Count():
                clause = CountClause(query, children)
            case _:
                clause = any_of(query, children)
        return clause

    def _phrase(self, query: Query, phrase: Phrase, scope: Scope) -> Clause:
        if scope == _FIELD_SCOPES[TIER]:  # as a word “a” would be found, and put aside, all over every text
            return self._regex(query, Regex(rf"\A[{''.join(tiers_of(phrase))}]\z"), scope)
        variants = variants_of(phrase)
        if phrase.slop is not None and len(variants[0]) > 1:
            words = variants_of(replace(phrase, slop=None))[0]
            return LooseClause(
                query, tuple(self._term(Phrase(word.text), (word,), scope) for word in words), phrase.slop
            )
        if len(variants) == 1:
            return self._term(query, variants[0], scope)
        return any_of(query, [self._term(query, words, scope) for words in variants])

    def _term(self, query: Query, words: tuple[Word, ...], scope: Scope) -> TermClause:
        number = self._atom_numbers.get(words)
        if number is None:
            number = self._atom_numbers[words] = len(self.atoms)
            atom = Atom(words)
            self.atoms.append(atom)
            for pattern in atom.patterns():
                self.patterns[pattern] = (*self.patterns.get(pattern, ()), number)
        self._count(Gate(number, looks_in(scope)))
        return TermClause(query, (), number, scope, everywhere=scope == TEXT_SCOPE and not self.metadata)

    def _regex(self, query: Query, regex: Regex, scope: Scope) -> RegexClause:
        number = self._regex_numbers.setdefault(regex.pattern, len(self.regexes))
        if number == len(self.regexes):
            self.regexes.append(regex.pattern)
        self._count(Gate(number, Looks.PLAIN))
        return RegexClause(query, (), regex, number, scope)

    def _count(self, gate: Gate) -> None:
        self.uses[gate] = self.uses.get(gate, 0) + 1
