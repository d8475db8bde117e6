"""Running the examples of rules: what a rule's author says of a text against what the rule makes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from digest.match.rules.rule import ExampleKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from digest.match.matching.matcher import RuleSet
    from digest.match.rules.rule import Example, Rule
    from digest.values.news import Hit


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """One example, and what its rule made of it."""

    rule: Rule
    example: Example
    matched: bool
    hits: tuple[Hit, ...] = ()
    """The words that were found, and ..."""
    clause: str = ""
    """... the clause that decided, where the example is not as it should be."""

    @property
    def passed(self) -> bool:
        """Whether the rule does what the author wishes (a known gap passes once it is closed)."""
        return self.matched is self.example.kind.should_match

    @property
    def is_error(self) -> bool:
        """Whether it keeps the file from loading."""
        return not self.passed and self.example.kind in {ExampleKind.MATCH, ExampleKind.NO_MATCH}

    @property
    def remark(self) -> str:
        """What to tell the author; empty if nothing."""
        words = ", ".join(dict.fromkeys(f"“{hit.text}”" for hit in self.hits))
        match self.example.kind, self.passed:
            case ExampleKind.MATCH, False:
                return f"rule “{self.rule.id}” does not match this example, and should: it fails at {self.clause}"
            case ExampleKind.NO_MATCH, False:
                return f"rule “{self.rule.id}” matches this example, and should not: it finds {words}, by {self.clause}"
            case ExampleKind.KNOWN_GAP, True:
                return f"rule “{self.rule.id}” matches this known gap now: move it to match"
            case ExampleKind.UNWANTED, False:
                return f"rule “{self.rule.id}” still matches this unwanted example: it finds {words}, by {self.clause}"
            case ExampleKind.UNWANTED, True:
                return f"rule “{self.rule.id}” no longer matches this unwanted example: move it to no_match"
            case _:
                return ""


def run_examples(rules: RuleSet, tried: Iterable[Rule]) -> tuple[ExampleResult, ...]:
    """Run every example of some rules of a set, disabled ones too; each is asked of its own rule only."""
    return tuple(_result(rules, rule, example) for rule in tried for example in rule.examples)


def _result(rules: RuleSet, rule: Rule, example: Example) -> ExampleResult:
    """What a rule makes of an example; the reason only where it is not as the author wishes."""
    (explanation,) = rules.explain(example.text, rules=(rule,))
    result = ExampleResult(rule, example, explanation.matched)
    return result if result.passed else replace(result, hits=explanation.hits, clause=explanation.clause)
