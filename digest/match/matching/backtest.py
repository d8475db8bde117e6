"""Rules against stored entries: what would have alerted, and what an edit of the rules adds and drops.

::

    changed rules ─▶ prefilter over all folded texts ─▶ the few it lets through, in full ─▶ match ─▶ added, dropped

Pure but for the archive, which only hands out what is stored.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from digest.match.language.query import Not, label, print_query, spelled_out, terms_of
from digest.match.matching.matcher import RuleSet
from digest.match.text.fold import FOLD_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digest.match.language.query import Query
    from digest.match.rules.rule import Rule
    from digest.values.news import EntryText, Hit, Match, StoredEntry

_NAMED_TERMS = 3
"""In a reason."""


class EntrySource(Protocol):
    """Stored entries, in the order they came."""

    def folded(self) -> Iterator[Sequence[tuple[int, str]]]:
        """Pages of (id, folded text); the text is empty where it must be folded anew."""

    def texts(self) -> Iterator[Sequence[tuple[int, EntryText, str]]]:
        """The same with the plain text: for rules that may match by metadata or by a regular expression alone."""

    def entries(self, ids: Sequence[int]) -> Iterator[StoredEntry]:
        """These entries in full, in the order they came."""


def search(rules: RuleSet, archive: EntrySource) -> Iterator[tuple[StoredEntry, tuple[Match, ...]]]:
    """Every stored entry that a rule matches, as if it came now, in the order they came."""
    for entry in _candidates(rules, archive):
        if matches := rules.match_entry(entry.text, current_fold(entry)):
            yield entry, matches


def _candidates(rules: RuleSet, archive: EntrySource) -> Iterator[StoredEntry]:
    """The entries that a rule may match."""
    may_match = rules.prefilter()
    if may_match is None:
        for whole in archive.texts():
            yield from archive.entries([entry for entry, text, folded in whole if rules.matching(text, folded)])
        return
    for page in archive.folded():
        yield from archive.entries([entry for entry, folded in page if not folded or may_match(folded)])


def current_fold(entry: StoredEntry) -> str | None:
    """An entry's stored folded text, if it was folded as we fold today."""
    return entry.folded if entry.fold_version == FOLD_VERSION else None


# --- what an edit changes ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule that is not what it was; ``None`` where it was not, or is no more."""

    live: Rule | None
    draft: Rule | None

    @property
    def rule(self) -> Rule:
        """The rule as it would be, or as it was."""
        found = self.draft or self.live
        assert found is not None
        return found


@dataclass(frozen=True, slots=True)
class Difference:
    """An alert that an edit adds or drops."""

    entry: StoredEntry
    rule: Rule
    added: bool
    hits: tuple[Hit, ...]
    """The words that make it match after the edit (added), or made it match before (dropped)."""
    reason: str
    """What in the edit did it, in words."""


def changed_rules(live: Sequence[Rule], draft: Sequence[Rule]) -> tuple[RuleChange, ...]:
    """The rules that match otherwise after an edit, in the order of the draft, those that are gone last."""
    before = {rule.id: rule for rule in live}
    after = {rule.id: rule for rule in draft}
    changes = [RuleChange(before.get(rule.id), rule) for rule in draft]
    changes += [RuleChange(rule, None) for rule in live if rule.id not in after]
    return tuple(change for change in changes if _asks(change.live) != _asks(change.draft))


def _asks(rule: Rule | None) -> Query | None:
    """What a rule asks of entries; nothing if it is not there or disabled."""
    return spelled_out(rule.query) if rule is not None and rule.enabled else None


class Edit:
    """What an edit does to stored entries.

    Args:
        changes: of the edit, as `changed_rules` found them.
    """

    def __init__(self, changes: Sequence[RuleChange]) -> None:
        self._changes = changes
        sides = [(change.live, change.draft) for change in changes]
        numbered = [
            replace(rule, id=f"{number}:{side}")
            for number, pair in enumerate(sides)
            for side, rule in zip(("live", "draft"), pair, strict=True)
            if rule is not None
        ]
        self._rules = RuleSet(numbered)
        self._pairs = [(number, {f"{number}:live", f"{number}:draft"}) for number in range(len(changes))]
        self._reasons = tuple(_Reason(change) for change in changes)

    def differences(self, archive: EntrySource) -> Iterator[Difference]:
        """The alerts that the edit adds and drops, in the order of the entries."""
        for entry, changed in self._changed(archive):
            yield from self._told(entry, [number for number, _ in changed])

    def outcomes(self, archive: EntrySource) -> Iterator[tuple[StoredEntry, Rule, bool]]:
        """The same in short, which costs less: the entry, the rule, and whether it is added."""
        for entry, changed in self._changed(archive):
            for number, added in changed:
                yield entry, self._changes[number].rule, added

    def _changed(self, archive: EntrySource) -> Iterator[tuple[StoredEntry, list[tuple[int, bool]]]]:
        """The entries that the edit makes a difference to: by the number of a change whether it adds one."""
        for entry in _candidates(self._rules, archive):
            matching = self._rules.matching(entry.text, current_fold(entry))
            changed = [
                (number, f"{number}:draft" in matching) for number, both in self._pairs if len(both & matching) == 1
            ]
            if changed:
                yield entry, changed

    def _told(self, entry: StoredEntry, changed: Sequence[int]) -> Iterator[Difference]:
        """The differences that an entry makes, by the numbers of the changes."""
        hits = {match.rule: match.hits for match in self._rules.match_entry(entry.text, current_fold(entry))}
        for number in changed:
            added = f"{number}:draft" in hits
            found = hits[f"{number}:{'draft' if added else 'live'}"]
            reason = self._reasons[number].say(entry, found, added=added)
            yield Difference(entry, self._changes[number].rule, added, found, reason)


class _Reason:
    """Says why an entry matches after a change of a rule and did not before, or the other way round."""

    def __init__(self, change: RuleChange) -> None:
        self._flat = _plain_reason(change)
        if not self._flat:
            assert change.live is not None
            assert change.draft is not None
            self._live, self._draft = RuleSet([change.live]), RuleSet([change.draft])
            self._old, self._new = _terms(change.live.query), _terms(change.draft.query)

    def say(self, entry: StoredEntry, hits: Sequence[Hit], *, added: bool) -> str:
        """The reason for one entry; ``hits`` are those of the side that matches."""
        if self._flat:
            return self._flat
        if added:
            fresh = [hit.term for hit in hits if hit.term not in self._old]
            return f"{_quoted(fresh)} is new" if fresh else _opened(_decider(self._live, entry))
        gone = [hit.term for hit in hits if hit.term not in self._new]
        return _closed(_decider(self._draft, entry), gone)


def _decider(rule: RuleSet, entry: StoredEntry) -> Query:
    """The least part of a rule's query that says why it does not match."""
    (explanation,) = rule.explain(entry.text, current_fold(entry))
    return explanation.whole.decider


def _plain_reason(change: RuleChange) -> str:
    """The reason where it is the same for every entry."""
    live, draft = change.live, change.draft
    if live is None:
        return "the rule is new"
    if draft is None:
        return "the rule is gone"
    if live.enabled is not draft.enabled:
        return "the rule is switched on" if draft.enabled else "the rule is switched off"
    return ""


def _opened(stood_in_the_way: Query) -> str:
    """Why an entry matches now though the rule looks for nothing new."""
    match stood_in_the_way:
        case Not(child=child):
            return f"{print_query(child)} is no longer excluded"
        case clause:
            return f"{print_query(clause)} is no longer asked for"


def _closed(stands_in_the_way: Query, gone: Sequence[str]) -> str:
    """Why an entry matches no more; ``gone`` are the terms it had that the rule no longer looks for."""
    match stands_in_the_way:
        case Not(child=child):
            return f"{print_query(child)} is now excluded"
        case clause if not gone:
            return f"{print_query(clause)} is asked for now, and not found"
        case _:
            return f"{_quoted(gone)} is no longer looked for"


def _quoted(terms: Sequence[str]) -> str:
    return ", ".join(f"“{term}”" for term in list(dict.fromkeys(terms))[:_NAMED_TERMS])


def _terms(query: Query) -> frozenset[str]:
    """The terms of a query as hits name them."""
    return frozenset(label(term) for term in terms_of(query))
