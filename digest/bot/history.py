"""What came before: /search, /story and /why.

A search goes from the newest entry back, ends when it has enough to show, and never takes long: where the time is up
before the entries are, it says how far it came.
"""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

from digest.bot.replies import Reply, bold, said
from digest.bot.rules import find_rule, no_such_rule
from digest.delivery.media.markup import Span, linked
from digest.engine.story import timeline
from digest.match import QueryError, RuleSet, query_rule
from digest.match import search as search_entries
from digest.store.related import related_stories
from digest.store.why import findings_of
from digest.words import count, in_what, words_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from digest.bot.replies import View
    from digest.match import Rule
    from digest.store.entries import NewestFirst
    from digest.store.why import Finding
    from digest.values.news import EntryText, StoredEntry

_Page = TypeVar("_Page", bound=Sequence[tuple[Any, ...]])

_SHOWN: Final = 10
_SECONDS: Final = 0.6
"""As long a search may take: its answer is to be there within a second."""
_LONGEST_QUERY: Final = 1_000
_MANY_RULES: Final = 300
"""With more rules it would take too long to say of each why it did not match."""
_SHOWN_MISSES: Final = 3
_SHOWN_CLAUSE: Final = 200


def search(view: View, argument: str) -> Reply:
    """The newest stored entries that a query finds."""
    if not argument:
        return said("What for? For example /search embassy NEAR/5 Syria, or /search @dprk NOT football.")
    if len(argument) > _LONGEST_QUERY:
        return said(f"This query is too long for me: {_LONGEST_QUERY:,} letters at most; digest search takes any.")
    try:
        rules = RuleSet([query_rule(argument, view.rules.aliases)])
    except QueryError as error:
        return said("This is no query yet: ", *_at(argument, error))
    hurried = _Hurried(view.store.archive().newest_first(), _SECONDS)
    found = list(itertools.islice(search_entries(rules, hurried), _SHOWN))
    spans = [bold(_found_words(len(found)))]
    for entry, matches in found:
        spans += [Span("\n• "), linked(entry.title or "(no title)", entry.url)]
        where = f" · {entry.text.source} · {view.time(entry.first_seen)} · entry {entry.id}"
        spans.append(Span(f"{where} · {words_of(matches[0].hits)}"))
    if hurried.gave_up and len(found) < _SHOWN:
        back = view.store.reads.entry(str(hurried.last))
        until = f", back to {view.time(back.first_seen)}" if back else ""
        spans.append(
            Span(
                f"\nIn the time there is I looked at the newest {hurried.looked:,} entries{until}; digest search looks "
                "at all of them."
            )
        )
    return Reply(tuple(spans))


def _found_words(number: int) -> str:
    if not number:
        return "Nothing found"
    return f"The newest {number}" if number == _SHOWN else f"Found {count(number, 'entry')}"


def _at(query: str, error: QueryError) -> tuple[str, ...]:
    """What is wrong with a query, and where: the column counts from 1."""
    before = query[: error.offset]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    place = f"line {line}, column {column}" if "\n" in query else f"column {column}"
    return (f"{place}: {error}",)


class _Hurried:
    """An archive that ends when its time is up."""

    def __init__(self, archive: NewestFirst, seconds: float) -> None:
        self._archive = archive
        self._until = time.monotonic() + seconds
        self.looked = 0
        """At so many entries, to the end of a page ..."""
        self.last = 0
        """... down to this one."""
        self.gave_up = False

    def folded(self) -> Iterator[Sequence[tuple[int, str]]]:
        """As the archive's, for as long as there is time."""
        return self._pages(self._archive.folded())

    def texts(self) -> Iterator[Sequence[tuple[int, EntryText, str]]]:
        """As the archive's, for as long as there is time."""
        return self._pages(self._archive.texts())

    def entries(self, ids: Sequence[int]) -> Iterator[StoredEntry]:
        """As the archive's, for as long as there is time."""
        for entry in self._archive.entries(ids):
            if self._is_late():
                return
            yield entry

    def _pages(self, pages: Iterator[_Page]) -> Iterator[_Page]:
        for page in pages:
            if self._is_late():
                return
            yield page
            if not self.gave_up:
                self.looked, self.last = self.looked + len(page), page[-1][0]

    def _is_late(self) -> bool:
        self.gave_up = self.gave_up or time.monotonic() > self._until
        return self.gave_up


# --- story -----------------------------------------------------------------------------------------------------------


def story(view: View, argument: str) -> Reply:
    """An event with all that report it; the argument is its number, or the address or number of any of its reports."""
    reference = argument.removeprefix("story ").strip()
    if not reference:
        return said("Which story? Write its number behind it, or that of one of its reports, such as /story 4711.")
    found = view.store.reads.story(int(reference)) if re.fullmatch("[0-9]{1,18}", reference) else None
    if found is None:
        entry = view.store.reads.entry(reference)
        if entry is None:
            return _no_entry(reference)
        found = view.store.reads.story(entry.story) if entry.story is not None else None
        if found is None:
            return said(f"Entry {entry.id} is in no story: it was not compared with others, or was too old for that.")
    spans = [linked(found.reports[0].title or "(no title)", found.reports[0].url)]
    figures = f"{count(len(found.reports), 'report')} · {count(len(found.sources), 'source')}"
    spans.append(Span(f"\nstory {found.id} · {figures}{' · you follow it' if found.followed else ''}"))
    for line in timeline(view.store, found, view.desks):
        spans += [Span(f"\n\n{view.time(line.report.came)} · {line.source}\n")]
        spans += [linked(line.report.title or "(no title)", line.report.url), Span(f"\n{line.words}")]
        if line.changed is not None and line.changed.at is not None:
            spans.append(Span(f"\nheadline changed {view.time(line.changed.at)}: {line.changed.words}"))
    for each in related_stories(view.store, found, view.rules.aliases):
        spans.append(Span(f"\n\nPossibly related ({each.lang}): story {each.story} · {each.texts[0].title}"))
    return Reply(tuple(spans), more=f"digest story {found.id}")


def _no_entry(reference: str) -> Reply:
    kind = "number" if reference.isdigit() else "address"
    short = reference if len(reference) <= 200 else reference[:199] + "…"
    return said(f"No stored entry has the {kind} {short}: /search finds entries.")


# --- why -------------------------------------------------------------------------------------------------------------


def why(view: View, argument: str) -> Reply:
    """Why an entry did, or did not, alert; the argument is its address or id, and a rule, if it is about that."""
    reference, _, name = argument.partition(" ")
    if not reference:
        return said("Why what? Write an entry's address or number behind it, such as /why 4711.")
    entry = view.store.reads.entry(reference)
    if entry is None:
        return _no_entry(reference)
    if not name:
        return why_entry(entry, view)
    rule = find_rule(view.rules, name.strip())
    if rule is None:
        return no_such_rule(view, name.strip())
    return why_entry(entry, view, only=[rule])


def why_entry(
    entry: StoredEntry, view: View, only: Sequence[Rule] | None = None, *, also: Collection[str] = ()
) -> Reply:
    """Why an entry did, or did not, alert: by these rules and those of these ids that are gone since, or by any."""
    many = only is None and len(view.rules.by_id) > _MANY_RULES
    every = findings_of(entry, _rules_asked(entry, view, only, many=many), view.config.channels, view.store)
    findings = [*filter(lambda finding: view.sees(finding.rule), every)]
    if only is not None:
        named = {*also, *(rule.id for rule in only)}
        findings = [finding for finding in findings if finding.rule in named]
    spans = [linked(entry.title or "(no title)", entry.url)]
    spans.append(Span(f"\n{entry.text.source} · came {view.time(entry.first_seen)} · entry {entry.id}"))
    hits = [finding for finding in findings if finding.matched]
    misses = [finding for finding in findings if not finding.matched]
    for finding in (*hits, *misses[:_SHOWN_MISSES]):
        spans += _finding(finding)
    if more := len(misses) - _SHOWN_MISSES:
        spans += [Span(f"\n\n{count(more, 'more rule')} did not match.")] * (more > 0)
    if many:
        spans.append(Span("\n\nWhy another rule did not match: write its id behind the number."))
    return Reply(tuple(spans), more=f"digest why {entry.id}")


def _rules_asked(entry: StoredEntry, view: View, only: Sequence[Rule] | None, *, many: bool) -> RuleSet:
    """The rules that are explained: those named, or all; where that would be too many, those that match."""
    if only is not None:
        return RuleSet(only)
    if not many:
        return view.rules.rules
    matched = view.rules.rules.matching(entry.text)
    return RuleSet([rule for rule in view.rules.by_id.values() if rule.id in matched])


def _finding(finding: Finding) -> list[Span]:
    """What one rule says."""
    spans = [Span("\n\n"), bold(finding.rule), Span(f": {finding.sentence}")]
    if finding.hits and finding.matched:
        spans.append(Span(f"\nfound {words_of(finding.hits)}"))
    if finding.clause:
        clause = " ".join(finding.clause.split())
        spans.append(Span(f"\ndecided by {clause if len(clause) <= _SHOWN_CLAUSE else clause[:_SHOWN_CLAUSE] + '…'}"))
    for each in finding.stored.deliveries if finding.stored else ():
        reason = f", {each.reason}" if each.reason else ""
        spans.append(Span(f"\nmessage to {each.channel}: {each.state.value}{in_what(each)}{reason}"))
    return spans
