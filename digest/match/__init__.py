"""The rule language and the matcher: which rules an entry matches, and which of its words decided.

::

    text ─▶ language ─▶ rules ─▶ matching ─▶ loading (all rule files together) ─▶ lint ─▶ names

Each room imports from those before it only. Pure: texts in, rules and matches out.
"""

from digest.match.faults import own_fault
from digest.match.language.parse import parse_query
from digest.match.language.query import QueryError, print_query
from digest.match.loading import LoadedRules, Memory, load_rules
from digest.match.matching.backtest import Difference, Edit, changed_rules, current_fold, search
from digest.match.matching.examples import ExampleResult, run_examples
from digest.match.matching.explain import ExplainedClause, Explanation
from digest.match.matching.matcher import RuleSet
from digest.match.matching.search import Search, read_search
from digest.match.rules.queries import query_rule
from digest.match.rules.rule import Example, ExampleKind, Rule
from digest.match.rules.rulefile import MARKS
from digest.match.text.fold import FOLD_VERSION, fold_entry, folded

__all__ = [
    "FOLD_VERSION",
    "MARKS",
    "Difference",
    "Edit",
    "Example",
    "ExampleKind",
    "ExampleResult",
    "ExplainedClause",
    "Explanation",
    "LoadedRules",
    "Memory",
    "QueryError",
    "Rule",
    "RuleSet",
    "Search",
    "changed_rules",
    "current_fold",
    "fold_entry",
    "folded",
    "load_rules",
    "own_fault",
    "parse_query",
    "print_query",
    "query_rule",
    "read_search",
    "run_examples",
    "search",
]
