"""The rule language and the matcher: which rules an entry matches, and which of its words decided.

Pure: texts in, rules and matches out.
"""

from digest.match.examples import ExampleResult, run_examples
from digest.match.fold import FOLD_VERSION, fold_entry
from digest.match.language import parse_query
from digest.match.loading import LoadedRules, Memory, load_rules, query_rule
from digest.match.matcher import RuleSet
from digest.match.query import QueryError, print_query
from digest.match.rule import Example, ExampleKind, Rule

__all__ = [
    "FOLD_VERSION",
    "Example",
    "ExampleKind",
    "ExampleResult",
    "LoadedRules",
    "Memory",
    "QueryError",
    "Rule",
    "RuleSet",
    "fold_entry",
    "load_rules",
    "parse_query",
    "print_query",
    "query_rule",
    "run_examples",
]
