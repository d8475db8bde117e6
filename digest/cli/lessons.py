"""What was learned about rules, told: the terms, the drafts that hold them, and what these add and drop."""

from __future__ import annotations

import difflib
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import click

from digest.answers.rules import rule_must_exist, texts_on_disk
from digest.cli.output import complain, say, say_entry, say_json, say_table
from digest.cli.session import complain_of
from digest.errors import UsageError
from digest.match import Edit, Memory, RuleSet, changed_rules, current_fold, load_rules
from digest.rulebook.drafts import STANDARD_INPUT, load_edited
from digest.rulebook.editing import UneditableError
from digest.rulebook.folders import RuleFolders
from digest.rulebook.writing import write_whole
from digest.words import count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from digest.config import Config
    from digest.match import Example, LoadedRules, Rule
    from digest.match.language.query import Phrase
    from digest.match.rules.queries import Lists
    from digest.rulebook.drafts import Texts
    from digest.store.store import Store
    from digest.stories.learning.choice import Learned
    from digest.values.news import StoredEntry

    Editing = Callable[[str, str, Sequence[Phrase], Lists], str]

_SHOWN: Final = 10
"""Entries of a rule that its draft adds or drops."""
_USUAL: Final = timedelta(days=30)


class Study:
    """What a call works on: the rules in force, the store, and since when."""

    def __init__(self, config: Config, store: Store, since: datetime | None, rule: str | None) -> None:
        self.config = config
        self.store = store
        self.since = since or datetime.now(UTC) - _USUAL
        self.archive = store.archive(self.since)
        """What came since then."""
        self.texts: Texts = texts_on_disk(config)
        self.folders = RuleFolders(config.rule_folders)
        self.loaded: LoadedRules = load_rules(self.texts, try_examples=False, desk_at=self.folders.desk_at)
        for problem in self.loaded.problems:
            complain_of(problem)
        self.named = rule
        self.rules: Mapping[str, Rule] = {one.id: one for one in self.loaded.rules if one.enabled}
        if rule is not None:
            rule_must_exist(rule, [*self.rules])

    def examples(self, rule: str, *kinds: str) -> list[Example]:
        """The examples of a rule of these kinds, wherever they stand."""
        return [example for of, example in self.loaded.examples() if of.id == rule and example.kind in kinds]


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one rule may learn, and how that was found."""

    rule: Rule
    told: str
    terms: tuple[Learned, ...]


class Lessons:
    """What rules may learn, as drafts of their files.

    Args:
        study: what the call works on.
        found: the terms for each rule, by its id.
        gain: what a term does with the entries that it is about: it ``catches`` or ``drops`` them.
    """

    def __init__(self, study: Study, found: Mapping[str, Sequence[Learned]], gain: str) -> None:
        self._study, self._found, self._gain = study, found, gain
        self._now = study.loaded
        """The rules as the drafts make them so far."""
        self._memory = Memory()
        self._lessons: list[Lesson] = []
        self.drafts: Texts = {}
        """The text of each file that a lesson edits, by the path of the live one."""

    @property
    def drafted(self) -> bool:
        """Whether any rule has something to learn."""
        return bool(self.drafts)

    def add(self, rule: Rule, told: str, edit: Editing, kept: Sequence[StoredEntry] = ()) -> None:
        """Put the terms for a rule into the draft of its file, one by one where they do not all fit.

        A term whose draft would not be loaded, or would lose an entry that is to be kept, is left out.
        """
        terms = tuple(self._found.get(rule.id, ()))
        if terms and not self._edited(rule, terms, edit, kept):
            terms = self._some(rule, terms, edit, kept)
        if terms:
            self._lessons.append(Lesson(rule, told, terms))

    def _some(
        self, rule: Rule, terms: Sequence[Learned], edit: Editing, kept: Sequence[StoredEntry]
    ) -> tuple[Learned, ...]:
        """Those of the terms that can stand in a draft together."""
        before = dict(self.drafts), self._now
        good: list[Learned] = []
        for term in terms:
            self.drafts, self._now = dict(before[0]), before[1]
            if self._edited(rule, [*good, term], edit, kept):
                good.append(term)
        self.drafts, self._now = before
        if good:
            self._edited(rule, good, edit, kept)
        else:
            complain(f"{rule.id}: its terms cannot be put into {rule.path} without breaking it: edit it by hand.")
        return tuple(good)

    def _edited(self, rule: Rule, terms: Sequence[Learned], edit: Editing, kept: Sequence[StoredEntry]) -> bool:
        """Edit the draft of a rule's file; whether that is sound."""
        live = self._study.texts | self.drafts
        try:
            text = edit(live[rule.path], rule.id, [term.phrase for term in terms], self._now.queries[rule.path])
        except UneditableError:
            return False
        loaded = load_edited(live, rule.path, text, self._memory, self._study.folders.desk_at)
        new = next((one for one in loaded.rules if one.id == rule.id), None) if loaded else None
        if loaded is None or new is None or not _keeps(rule, new, kept):
            return False
        self.drafts[rule.path], self._now = text, loaded
        return True

    # --- told ----------------------------------------------------------------------------------------------------

    def tell(self, draft: str | None, *, as_json: bool) -> None:
        """Print everything, and write the drafts where they are wanted.

        Raises:
            UsageError: the drafts cannot be written there.
        """
        targets = self._targets(draft)
        if draft == STANDARD_INPUT:
            for text in self.drafts.values():
                click.echo(text.encode(), nl=False)  # as it is in a file, whatever the locale
            return
        for lesson in self._lessons if as_json else ():
            for term in lesson.terms:
                say_json(self._shape(term))
        if not as_json and self.drafts:
            self._say()
        for path, target in targets.items():
            self._write(target, self.drafts[path], self._study.folders.desk_at(path))
        if self.drafts and not targets and not as_json:
            (name, *others) = (Path(path).name for path in self.drafts)
            taken = "each of these files" if others else name
            say(
                f"\nTo use it: --draft draft/ writes {taken} there; look it through, then digest rules apply it.",
                dim=True,
            )

    def _shape(self, term: Learned) -> dict[str, Any]:
        return {
            "rule": term.rule,
            "term": term.phrase.text,
            "lang": term.lang,
            self._gain: len(term.gained),
            "others": term.others,
            "entries": list(term.gained),
        }

    def _say(self) -> None:
        """Each rule with its terms, the edit, and what that adds and drops."""
        changes = changed_rules(self._study.loaded.rules, self._now.rules)
        outcomes: defaultdict[str, list[tuple[StoredEntry, bool]]] = defaultdict(list)
        for entry, rule, added in Edit(changes).outcomes(self._study.archive):
            outcomes[rule.id].append((entry, added))
        for number, lesson in enumerate(self._lessons):
            say(f"{chr(10) if number else ''}{lesson.rule.id}: {lesson.told}", bold=True)
            rows = [
                (term.phrase.text, term.lang, f"{len(term.gained):,}", f"{term.others:,}")
                for term in sorted(lesson.terms, key=lambda term: term.lang)
            ]
            say_table(rows, heads=("TERM", "LANG", self._gain.upper(), "OTHERS"), right=(2, 3))
            say()
            self._say_outcomes(lesson.rule, outcomes[lesson.rule.id])
        for path, text in self.drafts.items():
            _say_edit(path, self._study.texts[path], text)

    def _say_outcomes(self, live: Rule, found: Sequence[tuple[StoredEntry, bool]]) -> None:
        """What the draft of a rule adds and drops; the first of it in full."""
        draft = next(rule for rule in self._now.rules if rule.id == live.id)
        rules = {False: RuleSet([live]), True: RuleSet([draft])}
        for entry, added in found[:_SHOWN]:
            mark, colour = ("+ ", "green") if added else ("- ", "red")
            hits = [hit for match in rules[added].match_entry(entry.text, current_fold(entry)) for hit in match.hits]
            say_entry(entry, hits, ZoneInfo(self._study.config.timezone), mark, fg=colour)
        gained = sum(is_added for _, is_added in found)
        more = f" ({len(found) - _SHOWN:,} more than are shown)" if len(found) > _SHOWN else ""
        say(
            f"The draft would have added {count(gained, 'entry')} and dropped {len(found) - gained:,}{more}.", bold=True
        )

    # --- written -------------------------------------------------------------------------------------------------

    def _targets(self, draft: str | None) -> dict[str, Path]:
        """Where each draft is to be written, by the path of its live file."""
        if draft is None or not self.drafts:
            return {}
        in_folder = draft.endswith("/") or Path(draft).is_dir()
        if not in_folder and len(self.drafts) > 1:
            files = ", ".join(Path(path).name for path in self.drafts)
            raise UsageError(f"there are drafts of several files ({files}): name a folder, or one rule with --rule")
        if draft == STANDARD_INPUT:
            return {}
        desk_at = self._study.folders.desk_at  # files of two desks may be called the same
        targets = {
            path: Path(draft) / desk_at(path) / Path(path).name if in_folder else Path(draft) for path in self.drafts
        }
        for path, target in targets.items():
            _see_it_is_a_draft(path, target, self._study.config.rule_folders.values())
        return targets

    def _write(self, target: Path, text: str, desk: str) -> None:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            write_whole(target, text)
        except OSError as error:
            raise UsageError(f"{target} cannot be written: {error.strerror or error}") from None
        named = f"{target} --desk {desk}" if desk else target
        complain(f"{target} is written: digest rules diff {named} compares it, digest rules apply {named} uses it.")


def _see_it_is_a_draft(path: str, target: Path, live: Iterable[Path]) -> None:
    """A draft is called as its live file, stands elsewhere, and is written over nothing."""
    if target.name != Path(path).name:
        raise UsageError(
            f"a draft stands in for the live file of its name: call it {target.with_name(Path(path).name)}"
        )
    if target.parent.resolve() in [folder.resolve() for folder in live]:
        raise UsageError(f"{target} would be live at once: name another folder, and use digest rules apply")
    if target.exists():
        raise UsageError(f"{target} is there already: remove it, or name another folder")


def _keeps(live: Rule, new: Rule, kept: Sequence[StoredEntry]) -> bool:
    """Whether a rule still matches all of these entries that it matched before."""
    before, after = (RuleSet([replace(rule, id="it", enabled=True)]) for rule in (live, new))
    return all(
        after.matching(entry.text, current_fold(entry))
        for entry in kept
        if before.matching(entry.text, current_fold(entry))
    )


def _say_edit(path: str, live: str, draft: str) -> None:
    """Print what an edit changes in a file."""
    say()
    lines = difflib.unified_diff(live.splitlines(), draft.splitlines(), path, f"{path}, as a draft", n=1, lineterm="")
    colours = {"+": "green", "-": "red"}
    for line in lines:
        say(line, fg=colours.get(line[:1]))
