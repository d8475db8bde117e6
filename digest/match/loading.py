"""All rule files together: aliases across files, doubled names, examples, and what stays live when one is broken."""

from __future__ import annotations

import contextlib
import gc
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from digest.errors import Problem
from digest.match.faults import in_order_of_trust, load_all_but_faulty, own_fault
from digest.match.language.parse import parse_query
from digest.match.matching.examples import run_examples
from digest.match.matching.matcher import RuleSet
from digest.match.rules.queries import Aliases, read_queries, shown_place, whole_query
from digest.match.rules.rule import Rule
from digest.match.rules.rulefile import RuleFile, read_rule_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from digest.match.language.query import Query
    from digest.match.matching.examples import ExampleResult
    from digest.match.rules.queries import Lists
    from digest.match.rules.rulefile import RuleDraft


@dataclass(frozen=True, slots=True)
class LoadedRules:
    """What is live, and what is wrong with the files as they are."""

    rules: tuple[Rule, ...]
    """In order of file and place, disabled ones too."""
    live: Mapping[str, str]
    """For each file that is live the text that is: its own, or its last good one."""
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    aliases: Mapping[str, tuple[Query, ...]] = field(default_factory=dict)
    """The terms of every alias of the live files."""
    queries: Mapping[str, Lists] = field(default_factory=dict)
    """For each live file the queries of its aliases and rules by where they stand, those that are switched off too."""
    ruleset: RuleSet = field(default_factory=lambda: RuleSet(()), compare=False)
    """The rules, ready to be asked."""
    faults: Mapping[str, Exception] = field(default_factory=dict)
    """For each file on which Digest itself failed what was raised; it is among the problems, too."""


@dataclass(slots=True)
class _Known:
    """One text of one file: what was read in it, by the places of its rules, and what came of trying them."""

    file: RuleFile
    """As it was read; a load notes what else is wrong in a copy."""
    lines: list[int]
    """The line of each rule."""
    rules: dict[int, Rule] = field(default_factory=dict)
    queries: dict[int, Lists] = field(default_factory=dict)
    tried: dict[int, list[ExampleResult]] = field(default_factory=dict)

    def all_queries(self) -> Lists:
        """The queries of all rules by where they stand."""
        return {keys: queries for number in sorted(self.queries) for keys, queries in self.queries[number].items()}

    def copy(self) -> RuleFile:
        """The file, to note more in."""
        return replace(self.file, problems=[*self.file.problems], warnings=[*self.file.warnings])


class Memory:
    """What a load has read and tried, so that the next does anew only what changed; for one load at a time."""

    def __init__(self) -> None:
        self._files: dict[tuple[str, str], _Known] = {}
        self._aliases: Mapping[str, list[str]] = {}
        self.ruleset = RuleSet(())
        """What was compiled last."""

    def file(self, path: str, text: str) -> _Known:
        """What is known of a file with this text."""
        known = self._files.get((path, text))
        if known is None:
            file = read_rule_file(path, text)
            known = self._files[path, text] = _Known(file, file.rule_lines())
        return known

    def see_aliases(self, aliases: Mapping[str, list[str]]) -> None:
        """The aliases of all files; where they are not what they were, every rule is read anew."""
        if aliases != self._aliases:
            self._aliases = aliases
            for known in self._files.values():
                known.rules.clear()
                known.queries.clear()
                known.tried.clear()

    def keep_only(self, texts: Iterable[tuple[str, str]]) -> None:
        """Forget all but these texts, each with its path."""
        self._files = {key: self._files[key] for key in texts if key in self._files}


def load_rules(
    files: Mapping[str, str],
    last_good: Mapping[str, str] | None = None,
    *,
    try_examples: bool = True,
    memory: Memory | None = None,
    use: Callable[[LoadedRules], object] | None = None,
) -> LoadedRules:
    """Load all rule files; one with any error is replaced by its last good text, or left out if there is none.

    So is one on which Digest itself fails, wherever in the load: a fault of ours keeps no other file from being live.

    Args:
        files: the text of each file, by its path relative to the rules folder.
        last_good: the texts that were last live, by path.
        try_examples: a rule that fails its own examples is an error; without it they are not run.
        memory: of the loads before, where there were any.
        use: what is made of the rules next: a file on which this fails counts as one on which the load did.
    """
    last_good, memory = last_good or {}, memory or Memory()

    def load(some: Mapping[str, str]) -> LoadedRules:
        loaded = _load_sound(some, last_good, memory, try_examples=try_examples)
        if use is not None:
            use(loaded)
        return loaded

    with _collector_at_rest():
        loaded, faults = load_all_but_faulty(files, last_good, load)
    own = [Problem(path, 1, 1, own_fault("this file", fault)) for path, fault in faults.items()]
    return replace(loaded, problems=tuple(sorted([*own, *loaded.problems])), faults=faults)


@contextlib.contextmanager
def _collector_at_rest() -> Iterator[None]:
    """No collection of garbage while rules are loaded, and none ever of what was loaded.

    Thousands of rules are half a million objects without one cycle. Looking them all through, as Python does again and
    again while so many are made and now and then ever after, holds up every poll for half a second each time.
    """
    gc.collect()  # little, once the first load is through: what is frozen below is not looked at
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _load_sound(
    files: Mapping[str, str], last_good: Mapping[str, str], memory: Memory, *, try_examples: bool
) -> LoadedRules:
    """Load all files but those with errors.

    Replacing one file can break another (an alias may be gone), so it is tried again until all that is left is right.
    """
    texts = dict(files)
    problems: dict[Problem, None] = {}
    broken: dict[str, str] = {}
    while True:
        attempt = _Attempt(in_order_of_trust(texts, last_good), broken, memory, try_examples=try_examples)
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
    memory.keep_only([*files.items(), *texts.items()])
    return LoadedRules(
        rules=attempt.ruleset.every,
        live=texts,
        problems=tuple(sorted(problems)),
        warnings=tuple(sorted(attempt.warnings())),
        aliases=dict(attempt.aliases),
        queries=attempt.queries(),
        ruleset=attempt.ruleset,
    )


def _stale(path: str, attempt: _Attempt) -> Problem:
    """A last good text that cannot be used any more."""
    reason = attempt.problems(path)[0]
    return Problem(path, 1, 1, f"the last good version of this file cannot stay live either: {reason.message}")


class _Attempt:
    """One try at loading a set of files."""

    def __init__(
        self, texts: Sequence[tuple[str, str]], broken: Mapping[str, str], memory: Memory, *, try_examples: bool = True
    ) -> None:
        self._known = {path: memory.file(path, text) for path, text in texts}
        self.files = {path: known.copy() for path, known in self._known.items()}
        self.aliases = Aliases(list(self.files.values()), broken)
        memory.see_aliases(self.aliases.items_as_written())
        self._homes: dict[str, tuple[RuleFile, RuleDraft]] = {}
        read = [rule for file in self.files.values() for draft in file.rules if (rule := self._rule(file, draft))]
        self.ruleset = RuleSet(sorted(read, key=lambda rule: (rule.path, rule.line)), memory.ruleset)
        memory.ruleset = self.ruleset
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

    def queries(self) -> dict[str, Lists]:
        """For each file its queries by where they stand."""
        every = {path: self.aliases.of_file(file) for path, file in self.files.items()}
        return {path: lists | self._known[path].all_queries() for path, lists in every.items()}

    def _rule(self, file: RuleFile, draft: RuleDraft) -> Rule | None:
        """The rule of a draft, or None with the reason noted in its file."""
        home = self._homes.setdefault(draft.id, (file, draft))
        if draft.id and home[1] is not draft:
            where = shown_place(home[0], *home[1].keys, "id")
            file.note((*draft.keys, "id"), f"rule “{draft.id}” is defined twice: it is already in {where}", value=True)
            return None
        known = self._known[file.path]
        if draft.number not in known.rules:
            queries = read_queries(file, draft, self.aliases)
            if file.problems:
                return None
            known.queries[draft.number] = queries
            known.rules[draft.number] = _made(file, draft, known.lines[draft.number], whole_query(queries))
        return known.rules[draft.number]

    def _try_examples(self) -> None:
        """Examples of the files that are right so far."""
        rules = self.ruleset.every
        places = {rule.id: (rule.path, self._homes[rule.id][1].number) for rule in rules}
        sound = [rule for rule in rules if rule.examples and not self.files[rule.path].problems]
        results: dict[str, list[ExampleResult]] = defaultdict(list)
        untried = [rule for rule in sound if places[rule.id][1] not in self._known[rule.path].tried]
        for result in run_examples(self.ruleset, untried):
            results[result.rule.id].append(result)
        for rule in sound:
            path, number = places[rule.id]
            for result in self._known[path].tried.setdefault(number, results[rule.id]):
                if result.remark:
                    keys = ("rule", number, result.example.kind.value, result.example.number)
                    self.files[path].note(keys, result.remark, value=True, warning=not result.is_error)


def _made(file: RuleFile, draft: RuleDraft, line: int, query: Query) -> Rule:
    """The rule that a draft and its query make."""
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


def query_rule(text: str, aliases: Mapping[str, tuple[Query, ...]] | None = None) -> Rule:
    """A rule made of a query alone, as for ``--query``; its id is ``query``.

    Raises:
        QueryError: the query cannot be read.
    """
    return Rule(id="query", title="query", query=parse_query(text, aliases), path="<query>")
