"""All rule files together: aliases across files, doubled names, examples, and what stays live when one is broken."""

from __future__ import annotations

import contextlib
import gc
from collections import ChainMap
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from digest.errors import Problem
from digest.match.faults import in_order_of_trust, load_all_but_faulty, own_fault
from digest.match.matching.examples import note_lost_examples, note_result, run_examples
from digest.match.matching.matcher import RuleSet
from digest.match.rules.queries import UNREAD, Aliases, read_queries, shown_place, whole_query
from digest.match.rules.rulefile import RuleFile, read_rule_file
from digest.values.desks import UNNAMED, one_desk

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from digest.match.language.query import Query
    from digest.match.matching.examples import ExampleResult
    from digest.match.rules.queries import Lists
    from digest.match.rules.rule import Example, Rule
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
    by_desk: Mapping[str, Mapping[str, tuple[Query, ...]]] = field(default_factory=dict)
    """The terms of every alias of the live files, by the desk whose rules may name it."""
    queries: Mapping[str, Lists] = field(default_factory=dict)
    """For each live file the queries of its aliases and rules by where they stand, those that are switched off too."""
    ruleset: RuleSet = field(default_factory=lambda: RuleSet(()), compare=False)
    """The rules, ready to be asked."""
    faults: Mapping[str, Exception] = field(default_factory=dict)
    """For each file on which Digest itself failed what was raised; it is among the problems, too."""
    files: Mapping[str, RuleFile] = field(default_factory=dict, compare=False)
    """Each file as it is on disk, as far as it could be read."""
    apart: tuple[Example, ...] = ()
    """The examples that are kept apart from their rules, those of rules that are gone too."""

    @property
    def aliases(self) -> Mapping[str, tuple[Query, ...]]:
        """The aliases that a search may name."""
        return self.aliases_for(UNNAMED)

    def aliases_for(self, desk: str) -> Mapping[str, tuple[Query, ...]]:
        """The aliases that a search for a desk may name: its own, and those of the others that it has none of."""
        every = (self.by_desk[each] for each in sorted(self.by_desk, key=lambda each: (each != desk, each)))
        return dict(ChainMap(*map(dict, every)))

    def examples(self) -> list[tuple[Rule, Example]]:
        """Every example, each with its rule."""
        return _examples(self.rules, self.apart)


@dataclass(slots=True)
class _Known:
    """One text of one file, and what was read in it, by the places of its rules."""

    file: RuleFile
    """As it was read; a load notes what else is wrong in a copy."""
    lines: list[int]
    """The line of each rule."""
    rules: dict[int, Rule] = field(default_factory=dict)
    queries: dict[int, Lists] = field(default_factory=dict)

    def all_queries(self) -> Lists:
        """The queries of all rules by where they stand."""
        return {keys: queries for number in sorted(self.queries) for keys, queries in self.queries[number].items()}

    def copy(self) -> RuleFile:
        """The file, to note more in."""
        file = self.file
        late, warnings = [*file.late_problems], [*file.warnings]
        return replace(file, problems=[*file.problems], late_problems=late, warnings=warnings)


class Memory:
    """What a load has read and tried, so that the next does anew only what changed; for one load at a time."""

    def __init__(self) -> None:
        self._files: dict[tuple[str, str], _Known] = {}
        self._aliases: Mapping[str, Mapping[str, list[str]]] = {}
        self.tried: dict[tuple[int, int], ExampleResult] = {}
        """What the rules made of their examples, by the identities of both, which it keeps from being anything else."""
        self.ruleset = RuleSet(())
        """What was compiled last."""

    def file(self, path: str, text: str, desk: str) -> _Known:
        """What is known of a file with this text."""
        known = self._files.get((path, text))
        if known is None:
            file = read_rule_file(path, text, desk)
            known = self._files[path, text] = _Known(file, file.rule_lines())
        return known

    def see_aliases(self, aliases: Mapping[str, Mapping[str, list[str]]]) -> None:
        """The aliases of all files, by desk; where they are not what they were, every rule is read anew."""
        if aliases != self._aliases:
            self._aliases = aliases
            for known in self._files.values():
                known.rules.clear()
                known.queries.clear()

    def keep_only(self, texts: Iterable[tuple[str, str]]) -> None:
        """Forget all but these texts, each with its path."""
        self._files = {key: self._files[key] for key in texts if key in self._files}


def load_rules(  # noqa: PLR0913 - what is loaded, and with what
    files: Mapping[str, str],
    last_good: Mapping[str, str] | None = None,
    *,
    try_examples: bool = True,
    memory: Memory | None = None,
    use: Callable[[LoadedRules], object] | None = None,
    desk_at: Callable[[str], str] = one_desk,
) -> LoadedRules:
    """Load all rule files; one with any error is replaced by its last good text, or left out if there is none.

    So is one on which Digest itself fails, wherever in the load: a fault of ours keeps no other file from being live.

    Args:
        files: the text of each file, by its path.
        last_good: the texts that were last live, by path.
        try_examples: a rule that fails its own examples is an error; without it they are not run.
        memory: of the loads before, where there were any.
        use: what is made of the rules next: a file on which this fails counts as one on which the load did.
        desk_at: the desk of a file, by its path; `digest.values.desks.desk_of` where files go by their names.
    """
    last_good, memory = last_good or {}, memory or Memory()

    def load(some: Mapping[str, str]) -> LoadedRules:
        loaded = _load_sound(some, last_good, memory, desk_at, try_examples=try_examples)
        if use is not None:
            use(loaded)
        return loaded

    with _collector_at_rest():
        loaded, faults = load_all_but_faulty(files, last_good, load)
    own = [Problem(path, 1, 1, own_fault("this file", fault)) for path, fault in faults.items()]
    return replace(loaded, problems=tuple(sorted([*own, *loaded.problems])), faults=faults)


_LOADED: Final[list[bool]] = []
"""Whether this process has loaded rules before; to ask how much is frozen would count all of it, each time."""


@contextlib.contextmanager
def _collector_at_rest() -> Iterator[None]:
    """No collection of garbage while rules are loaded, and none ever of what was loaded.

    Thousands of rules are half a million objects without one cycle. Looking them all through, as Python does again and
    again while so many are made and now and then ever after, holds up every poll for half a second each time.
    """
    if not _LOADED:  # the first load: what is there was imported, and stays
        gc.freeze()
        _LOADED.append(True)
    gc.collect()  # little, for what is frozen is not looked at
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _load_sound(
    files: Mapping[str, str],
    last_good: Mapping[str, str],
    memory: Memory,
    desk_at: Callable[[str], str],
    *,
    try_examples: bool,
) -> LoadedRules:
    """Load all files but those with errors.

    Replacing one file can break another (an alias may be gone) or mend it, so it is tried again until all is right.
    """
    texts = dict(files)
    problems: dict[Problem, None] = {}
    broken: dict[tuple[str, str], str] = {}
    as_they_are: Mapping[str, RuleFile] = {}
    while True:
        attempt = _Attempt(in_order_of_trust(texts, last_good), broken, memory, last_good, desk_at)
        if texts == files:
            as_they_are = attempt.files
            attempt.check_examples_have_rules()
        if try_examples:
            attempt.try_examples(memory)
        goes = _first_to_go(attempt, {path for path, text in texts.items() if last_good.get(path, text) != text})
        problems.update(dict.fromkeys(_found_wrong(attempt, goes, files)))
        for path in goes:
            lost = [UNREAD] if attempt.is_unread(path) else attempt.files[path].aliases
            broken |= {(desk_at(path), alias): path for alias in lost}
            if last_good.get(path, texts[path]) != texts[path]:
                texts[path] = last_good[path]
            else:
                del texts[path]
        if not goes:
            break
    memory.keep_only([*files.items(), *texts.items()])
    return LoadedRules(
        rules=attempt.ruleset.every,
        live=texts,
        problems=tuple(sorted(problems)),
        warnings=tuple(sorted(attempt.warnings())),
        by_desk={desk: dict(aliases) for desk, aliases in attempt.aliases.items()},
        queries=attempt.queries(),
        ruleset=attempt.ruleset,
        files=as_they_are,
        apart=tuple(attempt.examples_apart()),
    )


def _first_to_go(attempt: _Attempt, edited: Collection[str]) -> list[str]:
    """Which of the files with errors are replaced first: what is wrong with the others may come of that.

    Those that are wrong in themselves go first, then those go back that have another last good text.
    """
    faulty = attempt.broken()
    own = [path for path in faulty if attempt.is_misformed(path)]
    return own or [path for path in faulty if path in edited] or faulty


def _found_wrong(attempt: _Attempt, goes: Sequence[str], files: Mapping[str, str]) -> Iterator[Problem]:
    """What is wrong with files as they are, but for those that wait for others to go; and last good texts that go."""
    faulty = attempt.broken()
    for path, file in attempt.files.items():
        if file.text == files[path]:
            yield from attempt.problems(path) if path in goes or path not in faulty else ()
        elif path in goes:
            yield _stale(path, attempt)


def _stale(path: str, attempt: _Attempt) -> Problem:
    """A last good text that cannot be used any more."""
    reason = attempt.problems(path)[0]
    return Problem(path, 1, 1, f"the last good version of this file cannot stay live either: {reason.message}")


class _Attempt:
    """One try at loading a set of files."""

    def __init__(
        self,
        texts: Sequence[tuple[str, str]],
        broken: Mapping[tuple[str, str], str],
        memory: Memory,
        last_good: Mapping[str, str],
        desk_at: Callable[[str], str],
    ) -> None:
        self._last_good = last_good
        self._known = {path: memory.file(path, text, desk_at(path)) for path, text in texts}
        self.files = {path: known.copy() for path, known in self._known.items()}
        self.aliases = {desk: self._aliases_of(desk, broken) for desk in {file.desk for file in self.files.values()}}
        memory.see_aliases({desk: aliases.items_as_written() for desk, aliases in self.aliases.items()})
        self._homes: dict[str, tuple[RuleFile, RuleDraft]] = {}
        read = [rule for file in self.files.values() for draft in file.rules if (rule := self._rule(file, draft))]
        in_order = sorted(read, key=lambda rule: (self.files[rule.path].desk, rule.path, rule.line))
        self.ruleset = RuleSet(in_order, memory.ruleset)
        memory.ruleset = self.ruleset

    def _aliases_of(self, desk: str, broken: Mapping[tuple[str, str], str]) -> Aliases:
        """The aliases of a desk's files."""
        files = [file for file in self.files.values() if file.desk == desk]
        return Aliases(files, {alias: path for (other, alias), path in broken.items() if other == desk})

    def broken(self) -> list[str]:
        """The files with errors that keep them from being live."""
        return [
            path
            for path, file in self.files.items()
            if file.problems or (file.late_problems and not self._was_live(path))
        ]

    def is_misformed(self, path: str) -> bool:
        """Whether a file is wrong whatever the others say."""
        return bool(self._known[path].file.problems)

    def is_unread(self, path: str) -> bool:
        """Whether a file is so broken that nothing in it could be read."""
        file = self.files[path]
        return self.is_misformed(path) and not (file.rules or file.aliases or file.examples)

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

    def queries(self) -> dict[str, Lists]:
        """For each file its queries by where they stand."""
        every = {path: self.aliases[file.desk].of_file(file) for path, file in self.files.items()}
        return {path: lists | self._known[path].all_queries() for path, lists in every.items()}

    def _rule(self, file: RuleFile, draft: RuleDraft) -> Rule | None:
        """The rule of a draft, or None with the reason noted in its file."""
        home = self._homes.setdefault(draft.id, (file, draft))
        if draft.id and home[1] is not draft:
            where = shown_place(home[0], *home[1].keys, "id")
            file.add((*draft.keys, "id"), f"rule “{draft.id}” is defined twice: it is already in {where}", value=True)
            return None
        known = self._known[file.path]
        if draft.number not in known.rules:
            queries = read_queries(file, draft, self.aliases[file.desk])
            if file.problems:
                return None
            known.queries[draft.number] = queries
            known.rules[draft.number] = draft.made(file, known.lines[draft.number], whole_query(queries))
        return known.rules[draft.number]

    def check_examples_have_rules(self) -> None:
        """Note the examples that name no rule; while a file is broken nobody can tell which there are."""
        if not any(file.problems for file in self.files.values()):
            note_lost_examples(self.files, {rule.id: rule for rule in self.ruleset.every})

    def try_examples(self, memory: Memory) -> None:
        """Run the examples of the files that are right so far, as far as they are not known, and note what is odd."""
        sound = [rule for rule in self.ruleset.every if not self.files[rule.path].problems]
        asked = {(id(pair[0]), id(pair[1])): pair for pair in _examples(sound, self.examples_apart())}
        new = run_examples(self.ruleset, [pair for key, pair in asked.items() if key not in memory.tried])
        known = memory.tried | {(id(result.rule), id(result.example)): result for result in new}
        memory.tried = {key: known[key] for key in asked}
        for result in memory.tried.values():
            note_result(result, self.files, self._was_live)


def _examples(rules: Iterable[Rule], apart: Iterable[Example]) -> list[tuple[Rule, Example]]:
    """Every example of some rules, those within them first."""
    by_id = {rule.id: rule for rule in rules}
    own = [(rule, example) for rule in by_id.values() for example in rule.examples]
    return own + [(by_id[example.rule], example) for example in apart if example.rule in by_id]
