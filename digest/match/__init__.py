"""The rule language and the matcher: which rules an entry matches, and which of its words decided.

Pure: texts in, rules and matches out.
"""

from digest.match.backtest import Difference, Edit, changed_rules, current_fold, search
from digest.match.examples import ExampleResult, run_examples
from digest.match.explain import Explainer, Explanation, Part
from digest.match.fold import FOLD_VERSION, fold_entry
from digest.match.language import parse_query
from digest.match.loading import LoadedRules, Memory, load_rules, own_fault, query_rule
from digest.match.matcher import RuleSet
from digest.match.query import QueryError, print_query
from digest.match.rule import Example, ExampleKind, Rule

__all__ = [
    "FOLD_VERSION",
    "Difference",
    "Edit",
    "Example",
    "ExampleKind",
    "ExampleResult",
    "Explainer",
    "Explanation",
    "LoadedRules",
    "Memory",
    "Part",
    "QueryError",
    "Rule",
    "RuleSet",
    "changed_rules",
    "current_fold",
    "fold_entry",
    "load_rules",
    "own_fault",
    "parse_query",
    "print_query",
    "query_rule",
    "run_examples",
    "search",
]
