"""What is known of entries, asked in SQL, is what a plain look at each of them says."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, insert

from digest.match import QueryError, folded, read_search
from digest.store import file_url
from digest.store import schema as tables
from digest.store.dashboard import Dashboard
from digest.values.facets import (
    EVERY_ENTRY,
    AllOf,
    AnyOf,
    AtUrl,
    Facet,
    Is,
    OfFeed,
    OfRule,
    Severities,
    Since,
    Without,
    dated,
)
from digest.values.news import Severity
from digest.values.settings import FeedSpec
from tests.fakes.stores import new_store
from tests.store.conftest import MINUTE, NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from digest.store import Store

FEEDS = ["https://one.example/rss", "https://two.example/süd", "https://three.example/50%_off"]
NAMES = ["", "Süddeutsche Zeitung", "Первый канал"]
RULES = ["dprk", "dprk-syria", "Ёж", "quakes"]
URLS = ["https://one.example/A", "https://two.example/50%_off", "https://three.example/50xxoff", ""]


@dataclass(frozen=True)
class Known:
    """All that is known of an entry of the store below."""

    id: int
    feed: int
    url: str
    first_seen: datetime
    baseline: bool
    severity: Severity | None
    read: bool
    starred: bool
    hits: tuple[tuple[str, str], ...]
    """Rules and outcomes."""


STATES: dict[Is, Callable[[Known], bool]] = {
    Is.UNREAD: lambda entry: not entry.read and not entry.baseline,
    Is.READ: lambda entry: entry.read,
    Is.STARRED: lambda entry: entry.starred,
    Is.ALERT: lambda entry: any(outcome == "alert" for _, outcome in entry.hits),
    Is.BASELINE: lambda entry: entry.baseline,
}


def holds(facet: Facet, entry: Known) -> bool:
    """Whether a facet is true of an entry, looked at plainly."""
    match facet:
        case AllOf(facets):
            found = all(holds(each, entry) for each in facets)
        case AnyOf(facets):
            found = any(holds(each, entry) for each in facets)
        case Without(inner):
            found = not holds(inner, entry)
        case Is():
            found = STATES[facet](entry)
        case Severities(least, most):
            found = entry.severity is not None and least <= entry.severity <= most
        case OfRule(name, prefix):
            ids = [rule.casefold() for rule, _ in entry.hits]
            found = any(rule.startswith(name) if prefix else rule == name for rule in ids)
        case OfFeed(part):
            found = any(part in folded(name) for name in (NAMES[entry.feed - 1], FEEDS[entry.feed - 1]))
        case AtUrl(part):
            found = part.lower() in entry.url.lower()
        case Since(moment):
            assert isinstance(moment, datetime)
            found = entry.first_seen >= moment
    return found


def made(store: Store) -> list[Known]:
    """Entries of every kind, put into a store."""
    chance = random.Random(7)  # noqa: S311 - the same entries each time
    found = []
    with store.database.write() as (connection, seq):
        for number in range(1, 301):
            hits = tuple((rule, chance.choice(["alert", "repeat"])) for rule in RULES if chance.random() < 0.2)
            severity = chance.choice(list(Severity)) if hits else None
            story = chance.choice([None, 0, 5, 6])
            entry = Known(
                id=number,
                feed=chance.randint(1, 3),
                url=chance.choice(URLS),
                first_seen=NOW - chance.randint(0, 300) * MINUTE,
                baseline=chance.random() < 0.3,
                severity=severity,
                read=chance.random() < 0.4,
                starred=number % 10 == 0 or story == 5,
                hits=hits,
            )
            found.append(entry)
            connection.execute(
                insert(tables.entries).values(
                    id=number,
                    feed_id=entry.feed,
                    url=entry.url,
                    title=f"title {number}",
                    first_seen=entry.first_seen,
                    published=NOW if number % 3 else None,
                    baseline=entry.baseline,
                    severity=severity,
                    read_at=NOW if entry.read else None,
                    story_id=story,
                    seq=seq,
                )
            )
            for rule, outcome in hits:
                row = {"entry_id": number, "rule": rule, "severity": severity, "outcome": outcome, "hits": []}
                connection.execute(insert(tables.matches).values(**row, summary=[], created=NOW, seq=seq))
    for number in range(10, 301, 10):
        store.stars.add(entry=number, note=None, now=NOW)
    store.stars.add(story=5, note=None, now=NOW)
    return found


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, list[Known]]]:
    """A store of three feeds, and what is known of its entries."""
    with new_store(file_url(tmp_path_factory.mktemp("facets") / "digest.db")) as store:
        specs = [FeedSpec(url, name=name) for url, name in zip(FEEDS, NAMES, strict=True)]
        store.polls.sync_feeds(specs, default_every=10 * MINUTE, now=NOW)
        yield store, made(store)


SEVERITIES = st.sampled_from(list(Severity))
LEAVES: st.SearchStrategy[Facet] = st.one_of(
    st.sampled_from(list(Is)),
    st.builds(Severities, SEVERITIES, SEVERITIES),
    st.builds(OfRule, st.sampled_from(["dprk", "dprk-s", "ёж", "none", "q"]), st.booleans()),
    st.builds(OfFeed, st.sampled_from(["sud", "первыи", "example", "two example", "nowhere", "50"])),
    st.builds(AtUrl, st.sampled_from(["50%_off", "EXAMPLE", "/", "%", "_", "\\", "nowhere", "пер"])),
    st.builds(lambda minutes: Since(NOW - minutes * MINUTE), st.integers(-10, 320)),
)
FACETS: st.SearchStrategy[Facet] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Without, inner),
        st.lists(inner, max_size=3).map(lambda facets: AllOf(tuple(facets))),
        st.lists(inner, max_size=3).map(lambda facets: AnyOf(tuple(facets))),
    ),
    max_leaves=6,
)


@settings(max_examples=400)
@given(facet=FACETS)
def test_sql_says_what_a_plain_look_says(newsroom: tuple[Store, list[Known]], facet: Facet) -> None:
    """In the shell, of all entries; on the dashboard, of those that a rule hit; turned round, of all others."""
    store, known = newsroom
    wanted = [entry.id for entry in known if holds(facet, entry)]
    assert store.reads.having(facet) == wanted
    assert store.reads.having(Without(facet)) == sorted({entry.id for entry in known} - {*wanted})
    listed = {place.entry for place in Dashboard(store.database).order(facet=facet)}
    assert listed == {entry.id for entry in known if entry.severity is not None and entry.id in wanted}


@settings(max_examples=200)
@given(line=st.text(max_size=20), name=st.sampled_from(["is", "severity", "rule", "feed", "url", "since"]))
def test_whatever_is_typed_behind_a_facet_can_be_asked(
    newsroom: tuple[Store, list[Known]], line: str, name: str
) -> None:
    """The database fails for no text of a user."""
    try:
        facet = read_search(f"{name}:{line}").facets
    except QueryError:
        return
    assert {*newsroom[0].reads.having(dated(facet, NOW))} <= {entry.id for entry in newsroom[1]}


def test_as_many_facets_as_may_be_asked_can_be(newsroom: tuple[Store, list[Known]]) -> None:
    """Long ones, and within one another."""
    store, _ = newsroom
    long = " ".join(f"url:{number}{'x' * 2000}" for number in range(50))
    deep = "-(" * 48 + "is:read" + ")" * 48 + " is:unread" * 49
    for line in (long, deep):
        assert store.reads.having(read_search(line).facets) == []


def test_no_text_is_read_for_what_is_known(newsroom: tuple[Store, list[Known]]) -> None:
    """The table of texts is not even named."""
    store, _ = newsroom
    asked: list[str] = []
    event.listen(store.database._engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    facet = dated(read_search("is:unread since:2h rule:dprk* feed:one").facets, NOW)
    store.reads.having(facet)
    Dashboard(store.database).order(facet=facet)
    assert asked
    assert not [statement for statement in asked if "entry_texts" in statement]


@pytest.mark.parametrize("count", [0, 1, 5])
def test_chosen_entries_are_handed_out_like_all_of_them(store: Store, count: int) -> None:
    """In order, in full, each once; one without a stored text is to be looked at, too."""
    made_here = list(itertools.islice(_bare(store), count))
    chosen = store.chosen(made_here[::-1])
    assert [entry for page in chosen.folded() for entry, _ in page] == made_here
    assert [entry.id for entry in chosen.entries(made_here[::-1])] == made_here
    assert [place.entry for place in Dashboard(store.database).order(facet=EVERY_ENTRY)] == []


def _bare(store: Store) -> Iterator[int]:
    for number in itertools.count(1):
        with store.database.write() as (connection, seq):
            row = {"id": number, "feed_id": 1, "first_seen": NOW + number * timedelta(minutes=1), "seq": seq}
            connection.execute(insert(tables.entries).values(**row))
        yield number
