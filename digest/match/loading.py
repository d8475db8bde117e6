"""All rule files together: aliases across files, doubled names, examples, and what stays live when one is broken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.errors import Problem
from digest.match.examples import run_examples
from digest.match.language import parse_item, parse_query
from digest.match.query import And, Not, Or, Query, QueryError
from digest.match.rule import Rule
from digest.match.rulefile import RuleDraft, RuleFile, read_rule_file
from digest.positions import locate

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class LoadedRules:
    """What is live, and what is wrong with the files as they are."""

    rules: tuple[Rule, ...]
    """In order of file and place, disabled ones too."""
    live: Mapping[str, str]
    """For each file that is live the text that is: its own, or its last good one."""
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def load_rules(
    files: Mapping[str, str], last_good: Mapping[str, str] | None = None, *, try_examples: bool = True
) -> LoadedRules:
    """Load all rule files; one with any error is replaced by its last good text, or left out if there is none.

    Replacing one file can break another (an alias may be gone), so it is tried again until all that is left is right.

    Args:
        files: the text of each file, by its path relative to the rules folder.
        last_good: the texts that were last live, by path.
        try_examples: a rule that fails its own examples is an error; without it they are not run.
    """
    last_good = last_good or {}
    texts = dict(files)
    problems: dict[Problem, None] = {}
    broken: dict[str, str] = {}
    while True:
        attempt = _Attempt(_in_order(texts, last_good), broken, try_examples=try_examples)
        for path in attempt.broken():
            current = texts[path] == files[path]
            problems.update(dict.fromkeys(attempt.problems(path) if current else [_stale(path, attempt)]))
            broken |= dict.fromkeys(attempt.files[path].aliases, path)
            if current and last_good.get(path, texts[path]) != texts[path]:
                texts[path] = last_good[path]
            else:
                del texts[path]
        if not attempt.broken():
            break
    rules = sorted(attempt.rules, key=lambda rule: (rule.path, rule.line))
    return LoadedRules(tuple(rules), texts, tuple(sorted(problems)), tuple(sorted(attempt.warnings())))


def _in_order(texts: Mapping[str, str], last_good: Mapping[str, str]) -> list[tuple[str, str]]:
    """Files that were live as they are come first, so that of two that clash the new one is to blame."""
    return sorted(texts.items(), key=lambda item: (last_good.get(item[0]) != item[1], item[0]))


def _stale(path: str, attempt: _Attempt) -> Problem:
    """A last good text that cannot be used any more."""
    reason = attempt.problems(path)[0]
    return Problem(path, 1, 1, f"the last good version of this file cannot stay live either: {reason.message}")


_ALIAS_DEPTH = 30  # aliases within aliases; far beyond any use, below Python's own limit


class _Aliases(Mapping[str, tuple[Query, ...]]):
    """The terms of every alias, read when first asked for; an alias may name others."""

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

    def _define(self, name: str, file: RuleFile) -> None:
        home = self._homes.setdefault(name, file)
        if home is not file:
            file.note(
                ("alias", name), f"alias @{name} is defined twice: it is already in {_place(home, 'alias', name)}"
            )

    def __getitem__(self, name: str) -> tuple[Query, ...]:
        if name in self._open:
            raise QueryError(
                f"@{name} leads back to itself, as {' → '.join(f'@{step}' for step in [*self._open, name])}: "
                "take one of them out",
                0,
            )
        if name not in self._homes and name in self._broken:
            raise QueryError(f"@{name} is defined in {self._broken[name]}, which has an error and is not loaded", 0)
        if len(self._open) + self._depths.get(name, 1) > _ALIAS_DEPTH:
            raise QueryError(f"more than {_ALIAS_DEPTH} aliases within one another: write the terms of @{name} here", 0)
        if name not in self._known:
            self._known[name] = self._read(name, self._homes[name])
        if self._open:
            outer = self._open[-1]
            self._depths[outer] = max(self._depths[outer], self._depths[name] + 1)
        return self._known[name]

    def _read(self, name: str, file: RuleFile) -> tuple[Query, ...]:
        """The terms of one alias; what is wrong with an item is noted in its file."""
        self._open.append(name)
        self._depths[name] = 1
        terms = []
        for number, item in enumerate(file.aliases[name]):
            try:
                terms.append(parse_item(item, self))
            except QueryError as error:
                file.note_in(("alias", name, number), error.offset, str(error))
        self._open.pop()
        return tuple(terms)

    def __iter__(self) -> Iterator[str]:
        return iter(self._homes)

    def __len__(self) -> int:
        return len(self._homes)

    def __contains__(self, name: object) -> bool:
        return name in self._homes or name in self._broken


def _place(file: RuleFile, *keys: str | int) -> str:
    """A place as users read it."""
    line, column = locate(file.text, keys)
    return f"{file.path}:{line}:{column}"


class _Attempt:
    """One try at loading a set of files."""

    def __init__(
        self, texts: Sequence[tuple[str, str]], broken: Mapping[str, str], *, try_examples: bool = True
    ) -> None:
        self.files = {path: read_rule_file(path, text) for path, text in texts}
        self._aliases = _Aliases(list(self.files.values()), broken)
        self._homes: dict[str, tuple[RuleFile, RuleDraft]] = {}
        self.rules: list[Rule] = []
        for file in self.files.values():
            lines = file.rule_lines()
            rules = (self._rule(file, draft, lines[draft.number]) for draft in file.rules)
            self.rules += [rule for rule in rules if rule is not None]
        if try_examples:
            self._try_examples()

    def broken(self) -> list[str]:
        """The files with errors."""
        return [path for path, file in self.files.items() if file.problems]

    def problems(self, path: str) -> list[Problem]:
        """What is wrong with a file."""
        return sorted(self.files[path].problems)

    def warnings(self) -> list[Problem]:
        """What is doubtful in all files."""
        return [warning for file in self.files.values() for warning in file.warnings]

    def _rule(self, file: RuleFile, draft: RuleDraft, line: int) -> Rule | None:
        """The rule of a draft, or None with the reason noted in its file."""
        home = self._homes.setdefault(draft.id, (file, draft))
        if draft.id and home[1] is not draft:
            where = _place(home[0], *home[1].keys, "id")
            file.note((*draft.keys, "id"), f"rule “{draft.id}” is defined twice: it is already in {where}", value=True)
            return None
        query = self._query(file, draft)
        if query is None or file.problems:
            return None
        return Rule(
            id=draft.id,
            title=draft.title,
            query=query,
            severity=draft.severity,
            channels=draft.channels,
            enabled=draft.enabled,
            sources=draft.sources,
            within=draft.within,
            path=file.path,
            line=line,
            topic=file.topic,
            examples=draft.examples,
        )

    def _query(self, file: RuleFile, draft: RuleDraft) -> Query | None:
        """The query of either form."""
        if draft.query is None:
            return self._simple_query(file, draft)
        try:
            return parse_query(draft.query, self._aliases)
        except QueryError as error:
            file.note_in((*draft.keys, "query"), error.offset, str(error))
            return None

    def _simple_query(self, file: RuleFile, draft: RuleDraft) -> Query | None:
        """``any``, ``all`` and ``none``, joined by AND."""
        terms: dict[str, list[Query]] = {key: [] for key in draft.items}
        for key, items in draft.items.items():
            for number, item in enumerate(items):
                try:
                    terms[key].append(parse_item(item, self._aliases))
                except QueryError as error:
                    file.note_in((*draft.keys, key, number), error.offset, str(error))
        if file.problems:
            return None
        parts: list[Query] = []
        if "any" in terms:
            parts.append(_joined(Or, terms["any"]))
        parts += terms.get("all", [])
        if "none" in terms:
            parts.append(Not(_joined(Or, terms["none"])))
        return _joined(And, parts)

    def _try_examples(self) -> None:
        """Examples of the files that are right so far."""
        sound = [rule for rule in self.rules if not self.files[rule.path].problems]
        drafts = {draft.id: draft for file in self.files.values() for draft in file.rules}
        for result in run_examples(sound):
            if result.remark:
                keys = (*drafts[result.rule.id].keys, result.example.kind.value, result.example.number)
                file = self.files[result.rule.path]
                file.note(keys, result.remark, value=True, warning=not result.is_error)


def _joined(kind: type[And | Or], children: list[Query]) -> Query:
    """Several as one; a single one as itself."""
    return children[0] if len(children) == 1 else kind(tuple(children))


def query_rule(text: str) -> Rule:
    """A rule made of a query alone, as for ``--query``; its id is ``query``.

    Raises:
        QueryError: the query cannot be read.
    """
    return Rule(id="query", title="query", query=parse_query(text), path="<query>")
