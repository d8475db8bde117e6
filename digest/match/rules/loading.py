"""All rule files together: aliases across files, doubled names, examples, and what stays live when one is broken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from digest.errors import Problem
from digest.match.language.parse import parse_item, parse_query
from digest.match.language.query import And, Not, Or, Query, QueryError
from digest.match.rules.examples import run_examples
from digest.match.rules.rule import Rule
from digest.match.rules.rulefile import RuleDraft, RuleFile, read_rule_file
from digest.text import clean_line
from digest.toml.places import locate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.match.rules.examples import ExampleResult
    from digest.match.rules.rule import Example

MARKS: Final = "marks.toml"
"""The rule file that only Digest writes: what users say of entries stands there, as examples kept apart from rules."""


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
    faults: Mapping[str, Exception] = field(default_factory=dict)
    """For each file on which Digest itself failed what was raised; it is among the problems, too."""
    apart: tuple[Example, ...] = ()
    """The examples of live rules that are kept apart from them."""

    def examples(self) -> list[tuple[Rule, Example]]:
        """Every example, each with its rule."""
        return _examples(self.rules, self.apart)


@dataclass(slots=True)
class _Known:
    """One text of one file: what was read in it, by the places of its rules, and what came of trying them."""

    file: RuleFile
    """As it was read; a load notes what else is wrong in a copy."""
    lines: list[int]
    """The line of each rule."""
    rules: dict[int, Rule] = field(default_factory=dict)
    tried: dict[tuple[str, Example], ExampleResult] = field(default_factory=dict)
    """By the rule's id: its examples, wherever they stand."""

    def copy(self) -> RuleFile:
        """The file, to note more in."""
        file = self.file
        late, warnings = [*file.late_problems], [*file.warnings]
        return replace(file, problems=[*file.problems], late_problems=late, warnings=warnings)


class Memory:
    """What a load has read and tried, so that the next does anew only what changed; for one load at a time."""

    def __init__(self) -> None:
        self._files: dict[tuple[str, str], _Known] = {}
        self._aliases: Mapping[str, list[str]] = {}

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
    texts = dict(files)
    faults: dict[str, Exception] = {}

    def load(some: Mapping[str, str]) -> LoadedRules:
        loaded = _load_sound(some, last_good, memory, try_examples=try_examples)
        if use is not None:
            use(loaded)
        return loaded

    while True:
        try:
            loaded = load(texts)
        except Exception as error:
            if not texts or isinstance(error, MemoryError):
                raise
            path, fault = _culprit(texts, last_good, load, error)
            faults.setdefault(path, fault)
            if last_good.get(path, texts[path]) != texts[path]:
                texts[path] = last_good[path]
            else:
                del texts[path]
        else:
            own = [Problem(path, 1, 1, own_fault("this file", fault)) for path, fault in faults.items()]
            return replace(loaded, problems=tuple(sorted([*own, *loaded.problems])), faults=faults)


def own_fault(subject: str, fault: Exception) -> str:
    """What to tell where Digest fails on something of the user's that is no mistake."""
    words = clean_line(f"{type(fault).__name__}: {fault}")[:_FAULT_LENGTH]
    return f"Digest itself failed on {subject} ({words}): please report it; engine.log has the details"


_FAULT_LENGTH = 200


def _culprit(
    texts: Mapping[str, str],
    last_good: Mapping[str, str],
    load: Callable[[Mapping[str, str]], object],
    fault: Exception,
) -> tuple[str, Exception]:
    """The first file, of those in order, with which a load fails, and what it raises; found by halving."""
    order = _in_order(texts, last_good)
    sound, failing = 0, len(order)
    while failing - sound > 1:
        middle = (sound + failing) // 2
        try:
            load(dict(order[:middle]))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            failing, fault = middle, error
        else:
            sound = middle
    return order[failing - 1][0], fault


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
        attempt = _Attempt(_in_order(texts, last_good), broken, memory, last_good)
        if texts == files:
            attempt.check_rules_of_examples()
        if try_examples:
            attempt.try_examples()
        current = {path for path in texts if texts[path] == files[path]}
        problems.update((problem, None) for path in current for problem in attempt.problems(path))
        for path in attempt.broken():
            if path not in current:
                problems[_stale(path, attempt)] = None
            broken |= dict.fromkeys(attempt.files[path].aliases, path)
            if path in current and last_good.get(path, texts[path]) != texts[path]:
                texts[path] = last_good[path]
            else:
                del texts[path]
        if not attempt.broken():
            break
    memory.keep_only([*files.items(), *texts.items()])
    rules = sorted(attempt.rules, key=lambda rule: (rule.path, rule.line))
    warnings = tuple(sorted(attempt.warnings()))
    aliases, apart = attempt.known_aliases(), tuple(attempt.examples_apart())
    return LoadedRules(tuple(rules), texts, tuple(sorted(problems)), warnings, aliases, apart=apart)


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

    def items_as_written(self) -> dict[str, list[str]]:
        """The items of every alias."""
        return {name: home.aliases[name] for name, home in self._homes.items()}

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
        self,
        texts: Sequence[tuple[str, str]],
        broken: Mapping[str, str],
        memory: Memory,
        last_good: Mapping[str, str],
    ) -> None:
        self._last_good = last_good
        self._known = {path: memory.file(path, text) for path, text in texts}
        self.files = {path: known.copy() for path, known in self._known.items()}
        self._aliases = _Aliases(list(self.files.values()), broken)
        memory.see_aliases(self._aliases.items_as_written())
        self._homes: dict[str, tuple[RuleFile, RuleDraft]] = {}
        self.rules: list[Rule] = []
        for file in self.files.values():
            rules = [self._rule(file, draft) for draft in file.rules]
            self.rules += [rule for rule in rules if rule is not None]

    def broken(self) -> list[str]:
        """The files with errors that keep them from being live."""
        return [
            path
            for path, file in self.files.items()
            if file.problems or (file.late_problems and not self._was_live(path))
        ]

    def problems(self, path: str) -> list[Problem]:
        """What is wrong with a file."""
        return sorted([*self.files[path].problems, *self.files[path].late_problems])

    def _was_live(self, path: str) -> bool:
        """Whether a file was loaded as it is before."""
        return self._last_good.get(path) == self.files[path].text

    def examples_apart(self) -> list[Example]:
        """The examples that are kept apart from their rules, of the files that are right so far."""
        return [example for file in self.files.values() if not file.problems for example in file.examples]

    def warnings(self) -> list[Problem]:
        """What is doubtful in all files."""
        return [warning for file in self.files.values() for warning in file.warnings]

    def known_aliases(self) -> dict[str, tuple[Query, ...]]:
        """The terms of every alias."""
        return dict(self._aliases)

    def _rule(self, file: RuleFile, draft: RuleDraft) -> Rule | None:
        """The rule of a draft, or None with the reason noted in its file."""
        home = self._homes.setdefault(draft.id, (file, draft))
        if draft.id and home[1] is not draft:
            where = _place(home[0], *home[1].keys, "id")
            file.note((*draft.keys, "id"), f"rule “{draft.id}” is defined twice: it is already in {where}", value=True)
            return None
        known = self._known[file.path]
        if draft.number not in known.rules:
            query = self._query(file, draft)
            if query is None or file.problems:
                return None
            known.rules[draft.number] = _made(file, draft, known.lines[draft.number], query)
        return known.rules[draft.number]

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

    def check_rules_of_examples(self) -> None:
        """Note where an example is of no rule; while a file is broken nobody can tell."""
        if any(file.problems for file in self.files.values()):
            return
        for example in self.examples_apart():
            if example.rule in self._homes:
                continue
            file, keys = self.files[example.path], (*example.keys[:-1], "rule")
            close = get_close_matches(example.rule, self._homes, n=1)
            hint = f"did you mean “{close[0]}”?" if close else "write the id of one, or take this example out"
            note = file.warn if _is_marks(file) else file.note_late
            note(keys, f"there is no rule “{example.rule}”: {hint}", value=True)

    def try_examples(self) -> None:
        """Run the examples of the files that are right so far, as far as they are not known, and note what is odd."""
        sound = [rule for rule in self.rules if not self.files[rule.path].problems]
        asked = _examples(sound, self.examples_apart())
        new = [each for each in asked if (each[0].id, each[1]) not in self._known[each[0].path].tried]
        for result in run_examples(new):
            self._known[result.rule.path].tried[result.rule.id, result.example] = result
        for rule, example in asked:
            self._note_result(self._known[rule.path].tried[rule.id, example])

    def _note_result(self, result: ExampleResult) -> None:
        """Note what is odd: of two files, the one that was edited is to blame."""
        rule, example, file = result.rule, result.example, self.files[result.example.path]
        if not result.is_error:
            if result.remark and not (result.passed and _is_marks(file)):  # a mark that has done its work just stands
                file.warn(example.keys, result.remark, value=True)
        elif self._was_live(example.path) and not self._was_live(rule.path):
            home, draft = self._homes[rule.id]
            words = result.remark.replace("this example", f"the example at {_place(file, *example.keys)}", 1)
            home.note_late((*draft.keys, "id"), words, value=True)
        else:
            file.note_late(example.keys, result.remark, value=True)


def _made(file: RuleFile, draft: RuleDraft, line: int, query: Query) -> Rule:
    """The rule that a draft and its query make."""
    return Rule(
        id=draft.id,
        title=draft.title,
        query=query,
        severity=draft.severity,
        channels=draft.channels,
        enabled=draft.enabled,
        path=file.path,
        line=line,
        topic=file.topic,
        examples=draft.examples,
    )


def _examples(rules: Iterable[Rule], apart: Iterable[Example]) -> list[tuple[Rule, Example]]:
    """Every example of some rules, those within them first."""
    by_id = {rule.id: rule for rule in rules}
    own = [(rule, example) for rule in by_id.values() for example in rule.examples]
    return own + [(by_id[example.rule], example) for example in apart if example.rule in by_id]


def _is_marks(file: RuleFile) -> bool:
    return PurePath(file.path).name == MARKS


def _joined(kind: type[And | Or], children: list[Query]) -> Query:
    """Several as one; a single one as itself."""
    return children[0] if len(children) == 1 else kind(tuple(children))


def query_rule(text: str, aliases: Mapping[str, tuple[Query, ...]] | None = None) -> Rule:
    """A rule made of a query alone, as for ``--query``; its id is ``query``.

    Raises:
        QueryError: the query cannot be read.
    """
    return Rule(id="query", title="query", query=parse_query(text, aliases), path="<query>")
