"""Running the examples of rules: what a rule's author says of a text against what the rule makes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from digest.match.matching.explain import Explainer
from digest.match.matching.matcher import RuleSet
from digest.match.rules.rule import ExampleKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from digest.match.rules.rule import Example, Rule
    from digest.values.news import Hit


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """One example, and what its rule made of it."""

    rule: Rule
    example: Example
    hits: tuple[Hit, ...] | None
    """The words that made the rule match; None if it did not."""
    clause: str = ""
    """The clause that decided, where the example is not as it should be."""

    @property
    def passed(self) -> bool:
        """Whether the rule does what the author wishes (a known gap passes once it is closed)."""
        return (self.hits is not None) is self.example.kind.should_match

    @property
    def is_error(self) -> bool:
        """Whether it keeps the file from loading."""
        return not self.passed and self.example.kind in {ExampleKind.MATCH, ExampleKind.NO_MATCH}

    @property
    def remark(self) -> str:
        """What to tell the author; empty if nothing."""
        words = ", ".join(dict.fromkeys(f"“{hit.text}”" for hit in self.hits or ()))
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


def run_examples(examples: Iterable[tuple[Rule, Example]]) -> tuple[ExampleResult, ...]:
    """Run examples, each with its rule, which may be disabled; an example is asked of its own rule only."""
    examples = tuple(examples)
    every = RuleSet([replace(rule, enabled=True) for rule in {rule.id: rule for rule, _ in examples}.values()])
    results = []
    for rule, example in examples:
        hits = next((match.hits for match in every.match_entry(example.text) if match.rule == rule.id), None)
        results.append(_explained(ExampleResult(rule, example, hits)))
    return tuple(results)


def _explained(result: ExampleResult) -> ExampleResult:
    """With the clause that decided, if it decided against the author's wish."""
    if result.passed:
        return result
    (explanation,) = Explainer([result.rule]).explain(result.example.text)
    return replace(result, clause=explanation.clause)
