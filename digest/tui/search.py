"""Which entries a typed filter lets through: the rule language, over the folded text stored beside each entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digest.match import RuleSet
    from digest.values.news import StoredEntry


@dataclass(frozen=True, slots=True)
class Filter:
    """A query as typed, ready to be asked."""

    query: str
    rules: RuleSet

    def passes(self, entry: StoredEntry) -> bool:
        """Whether an entry matches."""
        from digest.match import current_fold

        return bool(self.rules.matching(entry.text, current_fold(entry)))


class FilterError(Exception):
    """What was typed is no query (yet); the message says what to write instead."""


def parse_filter(query: str) -> Filter | None:
    """What was typed as a filter; ``None`` for nothing.

    Raises:
        FilterError: it is no query of the rule language.
    """
    from digest.match import QueryError, RuleSet, query_rule

    query = query.strip()
    if not query:
        return None
    try:
        return Filter(query, RuleSet([query_rule(query)]))
    except QueryError as error:
        raise FilterError(str(error)) from None
