"""The queries of rule files, read: those of rules and of their lists, and the terms of aliases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from digest.match.language.parse import parse_item, parse_query
from digest.match.language.query import And, Not, Or, Query, QueryError
from digest.match.rules.rule import Rule
from digest.toml.places import Keys, locate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from digest.match.rules.rulefile import RuleDraft, RuleFile

Lists = dict[Keys, tuple[Query, ...]]
"""Queries by what they stand in, in the order of a file: one in ``("rule", 2, "query")``, several in ``("rule", 2,
"any")`` or ``("alias", "syria")``."""

UNREAD = ""
"""In place of the names of aliases in a file that cannot be read at all; no alias is named so."""
_ALIAS_DEPTH = 30  # aliases within aliases; far beyond any use, below Python's own limit


def read_queries(file: RuleFile, draft: RuleDraft, aliases: Aliases) -> Lists:
    """What a rule asks for, as it is written: its query, or its lists; what is wrong is noted in its file."""
    if draft.query is not None:
        keys = (*draft.keys, "query")
        return {keys: _read(file, {keys: draft.query}, aliases, parse_query)}
    lists = {(*draft.keys, name): items for name, items in draft.items.items()}
    return {
        keys: _read(file, {(*keys, number): item for number, item in enumerate(items)}, aliases, parse_item)
        for keys, items in lists.items()
    }


def _read(
    file: RuleFile, texts: Mapping[Keys, str], aliases: Aliases, parse: Callable[[str, Aliases], Query]
) -> tuple[Query, ...]:
    """The queries of texts that stand at these places; those that cannot be read are noted and left out."""
    queries = []
    for keys, text in texts.items():
        try:
            queries.append(parse(text, aliases))
        except QueryError as error:
            file.add_in(keys, error.offset, str(error))
    return tuple(queries)


def whole_query(lists: Lists) -> Query:
    """What a rule asks for as one query: ``any``, ``all`` and ``none`` are joined by AND."""
    by_name = {str(keys[-1]): queries for keys, queries in lists.items()}
    parts = [*by_name.get("query", ())]
    if "any" in by_name:
        parts.append(_joined(Or, by_name["any"]))
    parts += by_name.get("all", ())
    if "none" in by_name:
        parts.append(Not(_joined(Or, by_name["none"])))
    return _joined(And, tuple(parts))


def _joined(kind: type[And | Or], children: tuple[Query, ...]) -> Query:
    """Several as one; a single one as itself."""
    return children[0] if len(children) == 1 else kind(children)


class Aliases(Mapping[str, tuple[Query, ...]]):
    """The terms of every alias, read when first asked for; an alias may name others.

    Args:
        files: what is wrong with an alias is noted in its own.
        broken: for each alias of a file that is not loaded its path; for one of which nobody knows them ``UNREAD``.
    """

    def __init__(self, files: Sequence[RuleFile], broken: Mapping[str, str]) -> None:
        self._homes: dict[str, RuleFile] = {}
        self._broken = broken
        self._known: dict[str, tuple[Query, ...]] = {}
        self._depths: dict[str, int] = {}
        self._open: list[str] = []
        for file in files:
            for name in file.aliases:
                self._define(name, file)
        for name in self._homes:
            self[name]

    def items_as_written(self) -> dict[str, list[str]]:
        """The items of every alias."""
        return {name: home.aliases[name] for name, home in self._homes.items()}

    def of_file(self, file: RuleFile) -> Lists:
        """The terms of the aliases that a file defines."""
        return {("alias", name): self[name] for name in file.aliases}

    def _define(self, name: str, file: RuleFile) -> None:
        home = self._homes.setdefault(name, file)
        if home is not file:
            where = shown_place(home, "alias", name)
            file.add(("alias", name), f"alias @{name} is defined twice: it is already in {where}")

    def __getitem__(self, name: str) -> tuple[Query, ...]:
        if name in self._open:
            raise QueryError(
                f"@{name} leads back to itself, as {' → '.join(f'@{step}' for step in [*self._open, name])}: "
                "take one of them out",
                0,
            )
        if name not in self._homes and name in self._broken:
            raise QueryError(f"@{name} is defined in {self._broken[name]}, which has an error and is not loaded", 0)
        if name not in self._homes:
            where = self._broken[UNREAD]
            raise QueryError(f"there is no alias @{name}: it may stand in {where}, correct that first", 0)
        if len(self._open) + self._depths.get(name, 1) > _ALIAS_DEPTH:
            raise QueryError(f"more than {_ALIAS_DEPTH} aliases within one another: write the terms of @{name} here", 0)
        if name not in self._known:
            self._known[name] = self._terms(name, self._homes[name])
        if self._open:
            outer = self._open[-1]
            self._depths[outer] = max(self._depths[outer], self._depths[name] + 1)
        return self._known[name]

    def _terms(self, name: str, file: RuleFile) -> tuple[Query, ...]:
        """The terms of one alias."""
        self._open.append(name)
        self._depths[name] = 1
        texts: dict[Keys, str] = {("alias", name, number): item for number, item in enumerate(file.aliases[name])}
        terms = _read(file, texts, self, parse_item)
        self._open.pop()
        return terms

    def __iter__(self) -> Iterator[str]:
        return iter(self._homes)

    def __len__(self) -> int:
        return len(self._homes)

    def __contains__(self, name: object) -> bool:
        return name in self._homes or name in self._broken or UNREAD in self._broken


def shown_place(file: RuleFile, *keys: str | int) -> str:
    """A place as users read it."""
    line, column = locate(file.text, keys)
    return f"{file.path}:{line}:{column}"


def query_rule(text: str, aliases: Mapping[str, tuple[Query, ...]] | None = None) -> Rule:
    """A rule made of a query alone, as for ``--query``; its id is ``query``.

    Raises:
        QueryError: the query cannot be read.
    """
    return Rule(id="query", title="query", query=parse_query(text, aliases), path="<query>")
