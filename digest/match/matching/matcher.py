"""All rules against one entry.

::

    fold (or take the stored folded text) ─▶ one automaton over all rules ─▶ the rules that a hit could make true
                                                    ─▶ ask each its clause ─▶ hits in plain text

A rule none of whose words was found is never looked at, so the number of rules costs next to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from digest.match.language.expressions import regex_options
from digest.match.matching.clauses import TEXT_SCOPE, Looks
from digest.match.matching.compiling import Compiler, reads_metadata
from digest.match.matching.explain import Explanation
from digest.match.matching.finder import Finder, prefilter
from digest.match.matching.reading import in_order
from digest.match.text.fold import FIELDS
from digest.values.news import Match

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import re2

    from digest.match.matching.clauses import Clause, Gate
    from digest.match.matching.reading import Reading
    from digest.match.rules.rule import Rule
    from digest.values.news import EntryText


class RuleSet:
    """Some rules, ready to be asked; it never changes. Disabled ones match nothing, and can be explained.

    Args:
        rules: in the order in which they answer.
        before: another set; what was made for rules that are the same objects here is taken over from it.
    """

    def __init__(self, rules: Iterable[Rule], before: RuleSet | None = None) -> None:
        self.every: tuple[Rule, ...] = tuple(rules)
        """Disabled ones, too."""
        self.rules: tuple[Rule, ...] = tuple(rule for rule in self.every if rule.enabled)
        self._compiled: _Compiled = _compile(self.every, before._compiled if before else None)  # noqa: SLF001 - its own
        self._finder, self._regexes = self._compiled.finder, self._compiled.regexes
        known = self._compiled.rules
        self._clauses = [known[id(rule)].clause for rule in self.rules]
        self._woken: dict[int, list[int]] = {}
        """By atom the numbers of the rules that are asked when it was found, wherever."""
        self._woken_by_regex: dict[int, list[int]] = {}
        for number, rule in enumerate(self.rules):
            for gate in known[id(rule)].gate:
                woken = self._woken_by_regex if gate.looks is Looks.PLAIN else self._woken
                woken.setdefault(gate.number, []).append(number)
        self._regex_fields = range(len(FIELDS) if self._compiled.compiler.metadata else len(TEXT_SCOPE))

    def match_entry(self, text: EntryText, folded: str | None = None) -> tuple[Match, ...]:
        """Every rule that matches an entry, in the order of the rules, with the words that decided.

        Args:
            text: the entry's plain fields.
            folded: what `fold_entry` made of the same fields, by the same fold version, where it is at hand.
        """
        reading = self._finder.read(text, folded)
        matches = []
        for number in self._holding(reading):
            rule = self.rules[number]
            matches.append(Match(rule.id, rule.severity, in_order(self._clauses[number].found(reading))))
        return tuple(matches)

    def matching(self, text: EntryText, folded: str | None = None) -> frozenset[str]:
        """The ids of the rules that match an entry, which costs less than to show where; arguments as above."""
        return frozenset(self.rules[number].id for number in self._holding(self._finder.read(text, folded)))

    def explain(
        self, text: EntryText, folded: str | None = None, rules: Sequence[Rule] | None = None
    ) -> tuple[Explanation, ...]:
        """How rules stand with an entry, in their order; disabled ones too.

        Args:
            text: as for `match_entry`.
            folded: as for `match_entry`.
            rules: some of the set; without them all.
        """
        reading, known = self._finder.read(text, folded), self._compiled.rules
        chosen = self.every if rules is None else rules
        return tuple(Explanation(rule, known[id(rule)].clause, reading) for rule in chosen)

    def prefilter(self) -> Callable[[str], bool] | None:
        """What tells from an entry's stored folded text alone whether a rule may match it.

        ``None`` where a rule may match by its metadata or by a regular expression alone: then each must be asked.
        """
        gates = {gate for rule in self.rules for gate in self._compiled.rules[id(rule)].gate}
        if any(gate.looks is not Looks.TEXT for gate in gates):
            return None
        return prefilter(self._compiled.compiler.atoms[gate.number] for gate in gates)

    def is_prefilter_exact(self) -> bool:
        """Whether a rule does match whatever the prefilter lets through: each looks for one of some plain terms."""
        compiled = self._compiled
        return all(compiled.rules[id(rule)].clause.is_one_of(compiled.compiler.atoms) for rule in self.rules)

    def _holding(self, reading: Reading) -> list[int]:
        """The rules that match, in their order."""
        return [number for number in self._candidates(reading) if self._clauses[number].holds(reading)]

    def _candidates(self, reading: Reading) -> list[int]:
        """The rules that something was found for, in their order."""
        found: set[int] = set()
        for atom in reading.hits:
            found.update(self._woken.get(atom, ()))
        if self._regexes is not None:
            for text in filter(None, map(reading.plain, self._regex_fields)):  # none matches where there is nothing
                for regex in self._regexes.Match(text) or ():
                    found.update(self._woken_by_regex.get(regex, ()))
        return sorted(found)


class _CompiledRule(NamedTuple):
    """One rule, ready to be asked."""

    rule: Rule
    clause: Clause
    gate: frozenset[Gate]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """What rules are asked with: all that takes time to make."""

    compiler: Compiler
    finder: Finder
    regexes: re2.Set | None
    rules: dict[int, _CompiledRule]
    """By the identity of the rule."""
    first_atoms: int
    """How many there were when all was made from nothing; those of rules that are gone since are still looked for."""


def _compile(rules: Sequence[Rule], before: _Compiled | None) -> _Compiled:
    """Make what is not made yet, or all of it where too much of what there is may not be wanted any more."""
    metadata = any(reads_metadata(rule.query) for rule in rules)
    if before is None or before.compiler.metadata != metadata or len(before.compiler.atoms) > 2 * before.first_atoms:
        nothing = Compiler(metadata=metadata)
        before = _Compiled(nothing, Finder(nothing), None, {}, 0)
    compiler = before.compiler.copy()
    clauses = {id(rule): compiler.clause(rule.query) for rule in rules if id(rule) not in before.rules}
    made = {
        id(rule): before.rules.get(id(rule))
        or _CompiledRule(rule, clauses[id(rule)], clauses[id(rule)].gate(compiler.uses))
        for rule in rules
    }
    same_atoms = len(compiler.atoms) == len(before.compiler.atoms)
    same_regexes = len(compiler.regexes) == len(before.compiler.regexes)
    return _Compiled(
        compiler,
        before.finder if same_atoms else Finder(compiler, before.finder),
        before.regexes if same_regexes else _regex_set(compiler.regexes),
        made,
        before.first_atoms or len(compiler.atoms),
    )


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
