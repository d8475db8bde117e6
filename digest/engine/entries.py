"""What a feed's unseen entries become: cleaned, folded, matched, judged, summarised, with the messages they make owed.

::

    parsed entry ─▶ clean + fold ─▶ match ─▶ judge ─▶ summarise ─▶ plan ─▶ new entry, ready to be stored
                                      └ no rule hit: stored all the same, for searches and rules to come

Every step is a core function; this module only hands one's result to the next. Pure, the time is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from digest.delivery.plan import AlertEntry, judge, newest, plan_deliveries
from digest.match import FOLD_VERSION, fold_entry
from digest.model import EntryText, JudgedMatch, NewEntry
from digest.stories.summarise import summarise
from digest.text import clean_line, html_to_text, safe_link

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from digest.engine.reload import ActiveRules
    from digest.model import ChannelSpec, FeedState, Identity, ParsedEntry, ParsedFeed

Found = tuple["ParsedEntry", "Identity"]


@dataclass(frozen=True, slots=True)
class Policy:
    """What the user wants of alerts; ``off`` says why a channel is out of service, by its name."""

    max_age: timedelta
    baseline: int
    """How many of the newest entries of a first poll may alert."""
    channels: Sequence[ChannelSpec]
    off: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Under which a document's entries are looked at."""

    source: str
    """The feed's name, which its entries carry."""
    lang: str
    """Of an entry that names none."""
    first_poll: bool
    """No poll of this feed ever succeeded before."""
    active: ActiveRules
    policy: Policy
    now: datetime
    tags: tuple[str, ...] = ()
    """The feed's, which its entries carry beside their own."""


def source_name(feed: FeedState, document: ParsedFeed) -> str:
    """The user's name for the feed, else its own title, else its host; never its address, which may hold a login."""
    return feed.spec.name or clean_line(html_to_text(document.title)) or feed.title or _host(feed.spec.url)


def new_entries(found: Sequence[Found], given: Circumstances) -> Iterator[NewEntry]:
    """Make the unseen entries of a document ready to be stored, one by one, in its order: the newest first."""
    quiet: frozenset[int] = frozenset()
    if given.first_poll:
        dates = [entry.published for entry, _ in found]
        quiet = frozenset(range(len(found))) - newest(dates, given.policy.baseline, now=given.now)
    for index, one in enumerate(found):
        yield _new_entry(one, given, baseline=index in quiet)


def oldest_first(made: Sequence[NewEntry], now: datetime) -> tuple[NewEntry, ...]:
    """The new entries of a document in the order in which they are told; ``made`` is in the document's.

    Dates order what they can, the future counting as now; the sort is stable, so what has none keeps the document's
    order, turned round.
    """
    turned_round = made[::-1]
    return tuple(sorted(turned_round, key=lambda entry: min(entry.published or now, now)))


def entry_text(entry: ParsedEntry, given: Circumstances) -> EntryText:
    """The plain text of an entry, cleaned once and for all; a title is one line."""
    return EntryText(
        title=clean_line(html_to_text(entry.title)),
        summary=html_to_text(entry.summary),
        content=html_to_text(entry.content),
        source=given.source,
        lang=clean_line(entry.lang) or given.lang,
        author=clean_line(entry.author),
        tags=tuple(dict.fromkeys(tag for tag in map(clean_line, (*entry.tags, *given.tags)) if tag)),
    )


def _new_entry(found: Found, given: Circumstances, *, baseline: bool) -> NewEntry:
    """One entry's way through the core; ``baseline``: it was there at the first poll and may not alert."""
    entry, identity = found
    text, url = entry_text(entry, given), safe_link(entry.link)
    folded = fold_entry(text)
    outcome = judge(entry.published, baseline=baseline, now=given.now, max_age=given.policy.max_age)
    judged = tuple(
        JudgedMatch(match, outcome, summarise(text, match.hits))
        for match in given.active.rules.match_entry(text, folded)
    )
    told = AlertEntry(text, url, entry.published, given.now)
    policy = given.policy
    return NewEntry(
        identity=identity,
        url=url,
        text=text,
        published=entry.published,
        folded=folded,
        fold_version=FOLD_VERSION,
        baseline=baseline,
        matches=judged,
        deliveries=plan_deliveries(told, judged, given.active.routes, policy.channels, policy.off) if judged else (),
    )


def _host(url: str) -> str:
    """The host of an address; empty where it has none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
