"""What a feed's unseen entries become: cleaned, folded, matched, judged, summarised, with the messages they make owed.

::

    parsed entry ─▶ clean + fold ─▶ match ─▶ judge ─▶ summarise ─▶ plan ─▶ new entry, ready to be stored
                                      └ no rule hit: stored all the same, for searches and rules to come

Every step is a core function; this module only hands one's result to the next. Pure, the time is given.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
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
    from digest.model import ChannelSpec, FeedState, Identity, Match, ParsedEntry, ParsedFeed

Found = tuple["ParsedEntry", "Identity"]

# No entry is as long as this but by mistake or malice, and one may not hold up all others, nor fill a chat.
_LONGEST_TITLE = 1_000  # characters; of the other one-line fields too
_LONGEST_TEXT = 500_000  # a long novel
_MOST_TAGS = 100
_HITS_OF_A_TERM = 50  # of one rule in one entry that are kept: enough to mark and to summarise by


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
    """The plain text of an entry, cleaned once and for all; a title is one line.

    What goes on beyond all measure is cut off, and ends in an ellipsis.
    """
    tags = [_bounded(clean_line(tag), _LONGEST_TITLE) for tag in (*entry.tags[:_MOST_TAGS], *given.tags)]
    return EntryText(
        title=_bounded(clean_line(html_to_text(entry.title)), _LONGEST_TITLE),
        summary=_bounded(html_to_text(entry.summary), _LONGEST_TEXT),
        content=_bounded(html_to_text(entry.content), _LONGEST_TEXT),
        source=given.source,
        lang=_bounded(clean_line(entry.lang), _LONGEST_TITLE) or given.lang,
        author=_bounded(clean_line(entry.author), _LONGEST_TITLE),
        tags=tuple(dict.fromkeys(tag for tag in tags if tag)),
    )


def _bounded(text: str, most: int) -> str:
    """A text of at most so many characters."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def few_hits(match: Match) -> Match:
    """A match with the first hits of each of its terms: a word that stands there 100,000 times matches no better."""
    seen: Counter[str] = Counter()
    kept = []
    for hit in match.hits:
        seen[hit.term] += 1
        if seen[hit.term] <= _HITS_OF_A_TERM:
            kept.append(hit)
    return replace(match, hits=tuple(kept))


def _new_entry(found: Found, given: Circumstances, *, baseline: bool) -> NewEntry:
    """One entry's way through the core; ``baseline``: it was there at the first poll and may not alert."""
    entry, identity = found
    text, url = entry_text(entry, given), safe_link(entry.link)
    folded = fold_entry(text)
    outcome = judge(entry.published, baseline=baseline, now=given.now, max_age=given.policy.max_age)
    judged = tuple(
        JudgedMatch(match, outcome, summarise(text, match.hits))
        for match in map(few_hits, given.active.rules.match_entry(text, folded))
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
