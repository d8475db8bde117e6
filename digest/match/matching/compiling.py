"""From the queries of all rules to clauses, atoms and the patterns of one automaton."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from digest.match.language.query import Alias, And, Count, Field, Near, Not, Or, Phrase, Query, Regex, label
from digest.match.language.terms import Word, variants_of
from digest.match.matching.atoms import Atom
from digest.match.matching.clauses import (
    TEXT_SCOPE,
    AllClause,
    Clause,
    CountClause,
    Gate,
    Looks,
    LooseClause,
    NearClause,
    NotClause,
    RegexClause,
    Scope,
    TermClause,
    any_of,
    looks_in,
)
from digest.match.text.fold import FIELDS, TEXT_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator


def reads_metadata(query: Query) -> bool:
    """Whether a query names a field beyond title, summary and content."""
    match query:
        case Field(name=name, child=child):
            return name not in TEXT_FIELDS or reads_metadata(child)
        case Alias():
            return any(not scope <= TEXT_SCOPE for _, scope in _leaves(query, TEXT_SCOPE, set()))
        case And(children=children) | Or(children=children) | Count(children=children):
            return any(reads_metadata(child) for child in children)
        case Near(left=left, right=right):
            return reads_metadata(left) or reads_metadata(right)
        case Not(child=child):
            return reads_metadata(child)
        case _:
            return False


def _leaves(query: Query, scope: Scope, seen: set[tuple[str, Scope]]) -> Iterator[tuple[Query, Scope]]:
    """The terms of an alias and of the aliases within it, each with its fields; no alias is opened twice."""
    match query:
        case Alias(name=name, terms=terms):
            if (name, scope) not in seen:
                seen.add((name, scope))
                for term in terms:
                    yield from _leaves(term, scope, seen)
        case Field(name=name, child=child):
            yield from _leaves(child, _field_scope(name), seen)
        case _:
            yield query, scope


def _field_scope(name: str) -> Scope:
    return frozenset({FIELDS.index(name)})


class Compiler:
    """Turns queries into clauses that share their atoms and regular expressions.

    Args:
        metadata: whether metadata is searched too, so that a term must be asked for its field.
    """

    def __init__(self, *, metadata: bool) -> None:
        self.atoms: list[Atom] = []
        self.regexes: list[str] = []
        self.uses: Counter[Gate] = Counter()
        """How often each atom and regular expression was asked for."""
        self.metadata = metadata
        self.patterns: dict[str, tuple[int, ...]] = {}
        """For each pattern of the automaton the atoms that it leads to."""
        self._atom_numbers: dict[Atom, int] = {}
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
        clause: Clause
        match query:
            case Phrase():
                clause = self._phrase(query, scope)
            case Regex():
                clause = self._regex(query, scope)
            case Field(name=name, child=child):
                clause = self.clause(child, _field_scope(name))
            case Alias():
                clause = any_of(self.clause(*leaf) for leaf in dict.fromkeys(_leaves(query, scope, set())))
            case Or(children=children):
                clause = any_of(self.clause(child, scope) for child in children)
            case And(children=children):
                clause = AllClause(tuple(self.clause(child, scope) for child in children))
            case Not(child=child):
                clause = NotClause(self.clause(child, scope))
            case Near(left=left, right=right, gap=gap, ordered=ordered):
                clause = NearClause(self.clause(left, scope), self.clause(right, scope), gap, ordered)
            case Count(least=least, children=children):
                clause = CountClause(least, tuple(self.clause(child, scope) for child in children))
        return clause

    def _phrase(self, phrase: Phrase, scope: Scope) -> Clause:
        shown = label(phrase)
        variants = variants_of(phrase)
        if phrase.slop is None or len(variants[0]) < 2:
            return any_of(self._term(words, shown, scope) for words in variants)
        words = variants_of(replace(phrase, slop=None))[0]
        return LooseClause(tuple(self._term((word,), word.text, scope) for word in words), phrase.slop, shown)

    def _term(self, words: tuple[Word, ...], shown: str, scope: Scope) -> TermClause:
        everywhere = scope == TEXT_SCOPE and not self.metadata
        return TermClause(self._intern(Atom(words), scope), shown, scope, everywhere)

    def _intern(self, atom: Atom, scope: Scope) -> int:
        number = self._atom_numbers.setdefault(atom, len(self.atoms))
        if number == len(self.atoms):
            self.atoms.append(atom)
            for pattern in atom.patterns():
                self.patterns[pattern] = (*self.patterns.get(pattern, ()), number)
        self.uses[Gate(number, looks_in(scope))] += 1
        return number

    def _regex(self, regex: Regex, scope: Scope) -> RegexClause:
        number = self._regex_numbers.setdefault(regex.pattern, len(self.regexes))
        if number == len(self.regexes):
            self.regexes.append(regex.pattern)
        self.uses[Gate(number, Looks.PLAIN)] += 1
        return RegexClause(number, regex.pattern, label(regex), scope)
