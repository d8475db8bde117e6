"""What is found for a question: entries of a search, a story by its number, why an entry alerted, a period's digest."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from digest.answers.rules import load_rule_files, loaded_in_force
from digest.errors import UsageError
from digest.values.facets import EVERY_ENTRY, AllOf, Since, dated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digest.config import Config
    from digest.match import Search
    from digest.store.store import Store
    from digest.store.why import Finding
    from digest.values.messages import DigestDocument
    from digest.values.news import Hit, StoredEntry
    from digest.values.stories import Story


def found_entries(store: Store, wanted: Search, since: datetime | None) -> Iterator[tuple[StoredEntry, Sequence[Hit]]]:
    """The entries that are wanted, in the order they came, with the words that hit."""
    if wanted.facets == EVERY_ENTRY:
        yield from wanted.found(store.archive(since))
    else:
        yield from entries_of(store, wanted, _having(store, wanted, since))


def found_ids(store: Store, wanted: Search, since: datetime | None) -> Iterator[int]:
    """The ids of the same."""
    if wanted.facets == EVERY_ENTRY:
        return wanted.passing(store.archive(since))
    ids = _having(store, wanted, since)
    return iter(ids) if wanted.rules is None else wanted.passing(store.chosen(ids))


def newest_ids(store: Store, wanted: Search, most: int) -> list[int]:
    """The ids of the last of them, in the order they came."""
    if wanted.facets == EVERY_ENTRY:
        return sorted(islice(wanted.passing(store.archive().newest_first()), most))
    return list(deque(found_ids(store, wanted, None), most))


def entries_of(store: Store, wanted: Search, ids: Sequence[int]) -> Iterator[tuple[StoredEntry, Sequence[Hit]]]:
    """Those of these entries whose texts are as the words say, with the words that hit."""
    chosen = store.chosen(ids)
    return ((each, ()) for each in chosen.entries(ids)) if wanted.rules is None else wanted.found(chosen)


def _having(store: Store, wanted: Search, since: datetime | None) -> list[int]:
    """The ids of the entries that the facets are true of."""
    facet = dated(wanted.facets, datetime.now(UTC))
    return store.reads.having(facet if since is None else AllOf((facet, Since(since))))


def entry_named(store: Store, named: str) -> StoredEntry:
    """The entry of an id or an address.

    Raises:
        UsageError: there is none.
    """
    found = store.reads.entry(named)
    if found is None:
        what = "id" if named.isdigit() else "address"
        raise UsageError(f"no stored entry has the {what} {named}: digest search finds entries")
    return found


def why_of(config: Config, store: Store, entry: StoredEntry) -> list[Finding]:
    """What each rule makes of an entry: what alerted, then what matched, then the nearest miss."""
    from digest.store.why import findings_of

    return findings_of(entry, loaded_in_force(config, store).ruleset, config.channels, store)


def story_named(store: Store, named: str) -> Story:
    """The story of a number, or of a report's id or address.

    Raises:
        UsageError: there is none.
    """
    found = store.reads.story(int(named)) if named.isascii() and named.isdigit() and len(named) < 19 else None
    if found is None:
        found = store.reads.story(report_named(store, named)[1])
    if found is None:
        raise _no_story(named)
    return found


def report_named(store: Store, named: str) -> tuple[int, int]:
    """An entry, and its story.

    Raises:
        UsageError: there is no such entry, or it is in no story.
    """
    entry = store.reads.entry(named)
    if entry is None:
        raise _no_story(named)
    if entry.story is None:
        raise UsageError(f"entry {entry.id} is in no story: it was not compared with others, or was too old for that")
    return entry.id, entry.story


def _no_story(named: str) -> UsageError:
    return UsageError(f"there is no story or entry {named}: digest alerts --json names the story of each alert")


def digest_of(  # noqa: PLR0913, PLR0917 - what a digest is of
    config: Config, store: Store | None, name: str, since: datetime, until: datetime, title: str = ""
) -> DigestDocument:
    """The digest of a period: what alerted from ``since`` up to ``until``."""
    from digest.store.period import Period, read_period

    titles = {rule.id: rule.title for rule in load_rule_files(config).rules}
    found = read_period(store, since, until) if store else Period(since, until)
    return found.digest(name, config.timezone, titles, title)
