"""What an edit of a rule file would do to the stored entries, while it is typed: counted, by days, with reasons.

::

    text ─▶ rules of all files (only what changed is read anew) ─▶ mistakes
                     │
                     ├─▶ hits of the rule that is edited ─▶ by days, words that do the work
                     └─▶ rules that ask otherwise now ─▶ added, dropped

The entries are kept in memory: the second look costs no more than the matching.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from digest.match import Edit, Memory, RuleSet, changed_rules, current_fold, load_rules, search
from digest.values.desks import desk_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import tzinfo

    from digest.errors import Problem
    from digest.match import Difference, LoadedRules, Rule
    from digest.values.news import EntryText, StoredEntry

_PAGE: Final = 250
"""Entries between two looks whether to go on."""
_SHOWN: Final = 40
"""Differences of a kind that are told in full."""
_WORDS: Final = 12


class StoppedError(Exception):
    """There is something newer to look at."""


class KeptEntries:
    """The newest entries in memory, as an archive hands them out; it stops between two pages when asked."""

    def __init__(self, entries: Sequence[StoredEntry], stop: Callable[[], bool]) -> None:
        self.all = sorted(entries, key=lambda entry: entry.id)
        self._by_id = {entry.id: entry for entry in self.all}
        self._stop = stop

    def _pages(self) -> Iterator[Sequence[StoredEntry]]:
        for start in range(0, len(self.all), _PAGE):
            if self._stop():
                raise StoppedError
            yield self.all[start : start + _PAGE]

    def folded(self) -> Iterator[list[tuple[int, str]]]:
        """Pages of (id, folded text)."""
        for page in self._pages():
            yield [(entry.id, current_fold(entry) or "") for entry in page]

    def texts(self) -> Iterator[list[tuple[int, EntryText, str]]]:
        """Pages of (id, plain text, folded text)."""
        for page in self._pages():
            yield [(entry.id, entry.text, current_fold(entry) or "") for entry in page]

    def entries(self, ids: Sequence[int]) -> Iterator[StoredEntry]:
        """These entries."""
        for place, entry in enumerate(ids):
            if place % _PAGE == 0 and self._stop():
                raise StoppedError
            yield self._by_id[entry]


@dataclass(frozen=True, slots=True)
class Shown:
    """What an edit comes to; all of it can be written as JSON by `as_json`."""

    problems: Sequence[Problem] = ()
    """Mistakes of the file, as it is typed."""
    warnings: Sequence[Problem] = ()
    entries: int = 0
    """How many stored entries were looked at."""
    matching: int = 0
    """Of those, how many the rule finds as it is typed."""
    running: int = 0
    """How many it finds as it runs."""
    days: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    """Of each day: kept, added, dropped."""
    counts: tuple[int, int] = (0, 0)
    """Alerts that the edit adds and drops, by all rules that it changes."""
    differences: Sequence[Difference] = ()
    """The newest of them."""
    words: Sequence[tuple[str, int]] = ()
    """The terms that decide, and for how many entries."""


class Preview:
    """Answers what an edit of one file would do.

    Args:
        live: the text of each live rule file, by its name.
        name: of the file that is edited.
        entries: those that are looked at.
        zone: where the days begin.
    """

    def __init__(self, live: Mapping[str, str], name: str, entries: KeptEntries, zone: tzinfo) -> None:
        self._name, self._entries, self._zone = name, entries, zone
        self._others = {other: text for other, text in live.items() if other != name}
        self._before = load_rules(dict(live), try_examples=False, desk_at=desk_of).rules
        self._memory = Memory()
        self._running: dict[Rule, dict[int, StoredEntry]] = {}

    def of(self, text: str, rule: str) -> Shown:
        """What the file with this text comes to; hits and days are those of one rule.

        Raises:
            StoppedError: the entries said so.
        """
        texts = self._others | {self._name: text}
        loaded = load_rules(texts, self._others, try_examples=False, memory=self._memory, desk_at=desk_of)
        mistakes = [problem for problem in loaded.problems if problem.path == self._name]
        if mistakes:
            return Shown(problems=mistakes, entries=len(self._entries.all))
        warnings = [problem for problem in loaded.warnings if problem.path == self._name]
        return self._compared(loaded, rule, warnings)

    def _compared(self, loaded: LoadedRules, name: str, warnings: Sequence[Problem]) -> Shown:
        live = next((rule for rule in self._before if rule.id == name), None)
        before = {} if live is None else self._running_hits(live)
        words: Counter[str] = Counter()
        after: dict[int, StoredEntry] = {}
        for entry, matches in search(RuleSet([rule for rule in loaded.rules if rule.id == name]), self._entries):
            after[entry.id] = entry
            words.update({hit.term for match in matches for hit in match.hits})
        changes = changed_rules(self._before, loaded.rules)
        found = list(Edit(changes).differences(self._entries)) if changes else []
        added = [each for each in found if each.added]
        dropped = [each for each in found if not each.added]
        return Shown(
            warnings=warnings,
            entries=len(self._entries.all),
            matching=len(after),
            running=len(before),
            days=self._days(before, after),
            counts=(len(added), len(dropped)),
            differences=[*added[: -_SHOWN - 1 : -1], *dropped[: -_SHOWN - 1 : -1]],
            words=words.most_common(_WORDS),
        )

    def _days(
        self, before: Mapping[int, StoredEntry], after: Mapping[int, StoredEntry]
    ) -> dict[str, tuple[int, int, int]]:
        """Of each day how many are kept, added, dropped."""
        days: dict[str, list[int]] = {}
        for number in sorted(before.keys() | after.keys()):
            entry = after.get(number) or before[number]
            day = entry.first_seen.astimezone(self._zone).date().isoformat()
            kind = 1 if number not in before else 0 if number in after else 2
            days.setdefault(day, [0, 0, 0])[kind] += 1
        return {day: (kept, added, dropped) for day, (kept, added, dropped) in days.items()}

    def _running_hits(self, rule: Rule) -> dict[int, StoredEntry]:
        """What a live rule finds, looked for once."""
        if rule not in self._running:
            hits = {entry.id: entry for entry, _ in search(RuleSet([rule]), self._entries)} if rule.enabled else {}
            self._running = {rule: hits}
        return self._running[rule]


def as_json(shown: Shown) -> dict[str, Any]:
    """What is shown, for another process."""
    return {
        "problems": [_problem(problem) for problem in shown.problems],
        "warnings": [_problem(problem) for problem in shown.warnings],
        "entries": shown.entries,
        "matching": shown.matching,
        "running": shown.running,
        "days": shown.days,
        "counts": shown.counts,
        "differences": [
            {
                "entry": each.entry.id,
                "seen": each.entry.first_seen.isoformat(),
                "outlet": each.entry.text.source,
                "title": each.entry.title,
                "hits": [[hit.start, hit.end] for hit in each.hits if hit.field == "title"],
                "words": sorted({hit.text for hit in each.hits}),
                "rule": each.rule.id,
                "added": each.added,
                "reason": each.reason,
            }
            for each in shown.differences
        ],
        "words": shown.words,
    }


def _problem(problem: Problem) -> list[Any]:
    return [problem.line, problem.column, problem.message]
