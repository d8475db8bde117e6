"""Running the examples of rules: what a rule's author says of a text against what the rule makes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from digest.match.rules.queries import shown_place
from digest.match.rules.rule import ExampleKind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from digest.match.matching.matcher import RuleSet
    from digest.match.rules.rule import Example, Rule
    from digest.match.rules.rulefile import RuleFile
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
        """Whether the rule does what the author says; a known gap may stay one, or be closed."""
        kind = self.example.kind
        return kind is ExampleKind.KNOWN_GAP or self.matched is (kind is ExampleKind.MATCH)

    @property
    def is_error(self) -> bool:
        """Whether it keeps the file from loading."""
        return not self.passed and self.example.kind is not ExampleKind.UNWANTED

    @property
    def remark(self) -> str:
        """What to tell the author; empty if nothing."""
        words = ", ".join(dict.fromkeys(f"“{hit.text}”" for hit in self.hits))
        match self.example.kind, self.matched:
            case ExampleKind.MATCH, False:
                return f"rule “{self.rule.id}” does not match this example, and should: it fails at {self.clause}"
            case ExampleKind.NO_MATCH, True:
                return f"rule “{self.rule.id}” matches this example, and should not: it finds {words}, by {self.clause}"
            case ExampleKind.KNOWN_GAP, True:
                return f"rule “{self.rule.id}” matches this known gap now: move it to match"
            case ExampleKind.UNWANTED, True:
                return f"rule “{self.rule.id}” still matches this unwanted example: it finds {words}, by {self.clause}"
            case ExampleKind.UNWANTED, False:
                return f"rule “{self.rule.id}” no longer matches this unwanted example: move it to no_match"
            case _:
                return ""


def run_examples(rules: RuleSet, tried: Iterable[tuple[Rule, Example]]) -> tuple[ExampleResult, ...]:
    """Run examples, each with its rule, which is of the set, disabled or not; an example is asked of its rule only."""
    return tuple(_result(rules, rule, example) for rule, example in tried)


def _result(rules: RuleSet, rule: Rule, example: Example) -> ExampleResult:
    """What a rule makes of an example; the reason only where it is not as the author wishes."""
    (explanation,) = rules.explain(example.text, rules=(rule,))
    result = ExampleResult(rule, example, explanation.matched)
    return result if result.passed else replace(result, hits=explanation.hits, clause=explanation.clause)


# --- what is odd, in their files -------------------------------------------------------------------------------------


def note_result(result: ExampleResult, files: Mapping[str, RuleFile], was_live: Callable[[str], bool]) -> None:
    """Note what is odd: where a rule and its example stand in two files, the one that was edited is to blame.

    Args:
        result: what a rule made of an example.
        files: all of them, by path.
        was_live: whether a file was loaded before as it is.
    """
    rule, example, file = result.rule, result.example, files[result.example.path]
    if not result.is_error:
        if result.remark and not (result.passed and file.is_marks):  # a mark that has done its work just stands
            file.warn(example.keys, result.remark, value=True)
    elif was_live(example.path) and not was_live(rule.path):
        home = files[rule.path]
        keys = next(draft.keys for draft in home.rules if draft.id == rule.id)
        words = result.remark.replace("this example", f"the example at {shown_place(file, *example.keys)}", 1)
        home.add_late((*keys, "id"), words, value=True)
    else:
        file.add_late(example.keys, result.remark, value=True)


def note_lost_examples(files: Mapping[str, RuleFile], rules: Collection[str]) -> None:
    """Note where an example that is kept apart names no rule: among the marks a rule may have gone since."""
    for file in files.values():
        for example in file.examples:
            if example.rule not in rules:
                close = get_close_matches(example.rule, rules, n=1)
                hint = f"did you mean “{close[0]}”?" if close else "write the id of one, or take this example out"
                note = file.warn if file.is_marks else file.add_late
                note((*example.keys[:-1], "rule"), f"there is no rule “{example.rule}”: {hint}", value=True)
