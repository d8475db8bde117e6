"""From parsed entries to entries that are ready to be stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.delivery.decide import Decision, Policy
from digest.engine.polling.commits import as_baseline, oldest_first
from digest.engine.polling.facts import Source, entry_facts, entry_text, feed_title
from digest.feeds.identity import identities
from digest.match import RuleSet, query_rule
from digest.values.news import MarkKind, NewEntry, Outcome, ParsedEntry, StoredEntry, TextMark
from digest.values.settings import ChannelSpec, Telegram
from tests.fakes.seeding import decided
from tests.fakes.writing import alert_parts

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DESK = ChannelSpec("desk", Telegram("@desk"))


def made(*entries: ParsedEntry, query: str = "rocket") -> tuple[NewEntry, ...]:
    """What these entries of one document become, with one rule of this query."""
    rules = RuleSet([query_rule(query)])
    named = zip(entries, identities(entries), strict=True)
    return tuple(entry_facts(entry, identity, Source("Example", "en"), rules) for entry, identity in named)


def decision(entry: NewEntry, known: dict[str, datetime] | None = None) -> Decision:
    """What is decided of an entry that comes now, where there is one channel."""
    return decided(Policy(timedelta(days=30), [DESK], {"query": None}), entry, NOW, known)


def rocket(name: str, hours_ago: float | None = None) -> ParsedEntry:
    """An entry that the rule hits."""
    published = None if hours_ago is None else NOW - timedelta(hours=hours_ago)
    return ParsedEntry(guid=name, title=f"{name}: a rocket rose", published=published)


@pytest.mark.parametrize(
    ("ages", "expected"),
    [
        ((None, None, None), "cba"),
        ((1, 2, 3), "cba"),
        ((3, 2, 1), "abc"),
        ((-5, 2, 1), "bca"),
        ((None, 2, None), "bca"),
    ],
)
def test_entries_come_oldest_first(ages: tuple[float | None, ...], expected: str) -> None:
    """Dates decide where they are; else the document does, in which the newest stands first; the future is now."""
    entries = [rocket(name, age) for name, age in zip("abc", ages, strict=True)]
    assert "".join(entry.text.title[0] for entry in oldest_first(made(*entries), NOW)) == expected


def test_a_match_is_an_alert_with_hits_and_a_message() -> None:
    """A new entry that a rule hits is owed to the channel, once."""
    (entry,) = made(rocket("a", 1))
    (judged,) = decision(entry).matches
    assert (judged.outcome, [hit.text for hit in judged.match.hits]) == (Outcome.ALERT, ["rocket"])
    (delivery,) = decision(entry).owed
    assert (delivery.channel, delivery.rules) == ("desk", ("query",))


def test_lines_of_a_title_part_phrases_and_are_shown_as_one() -> None:
    """A line break in a title is a boundary to rules, for good; to readers it is a space."""
    entry = ParsedEntry(guid="a", title="Leaders meet in the North<br>Korea: trains late")
    (found,) = made(entry, query='"North Korea"')
    assert (found.matches, found.text.title) == ((), "Leaders meet in the North Korea: trains late")
    (found,) = made(entry, query='"Korea: trains"')
    [(match, _)] = found.matches
    assert [found.text.title[hit.start : hit.end] for hit in match.hits] == ["Korea: trains"]


def test_an_entry_no_rule_hits_is_kept_all_the_same() -> None:
    """Searches and rules to come look at every entry, folded as it is matched."""
    (entry,) = made(ParsedEntry(guid="a", title="The wéather", link="https://x.example/a"))
    assert (entry.matches, entry.url) == ((), "https://x.example/a")
    assert entry.folded


def test_a_first_poll_alerts_nobody_but_for_the_newest_that_may() -> None:
    """Baseline entries are matched and shown; ``poll.baseline`` of them, the newest, may alert."""
    entries = made(rocket("a", 1), rocket("b", 2), rocket("c", 3))
    quiet = as_baseline(entries, 0, NOW)
    assert {judged.outcome for entry in quiet for judged in decision(entry).matches} == {Outcome.BASELINE}
    assert all(entry.baseline and not decision(entry).owed for entry in quiet)
    one = oldest_first(as_baseline(entries, 1, NOW), NOW)
    assert [entry.text.title[0] for entry in one if decision(entry).owed] == ["a"]
    assert [entry.baseline for entry in one] == [True, True, False]


def test_what_is_too_old_or_goes_to_a_channel_that_is_off_is_owed_to_nobody() -> None:
    """The match is kept with its reason."""
    old, young = made(rocket("a", 24 * 31), rocket("a", 1))
    assert [judged.outcome for judged in decision(old).matches] == [Outcome.TOO_OLD]
    unsent = decision(young, {})
    assert [judged.outcome for judged in unsent.matches] == [Outcome.ALERT]
    assert decision(old).owed == unsent.owed == ()


def test_everything_is_cleaned_once() -> None:
    """Markup, escape sequences and dangerous links do not get past here; a title is one line."""
    hostile = ParsedEntry(
        guid="a",
        title="<p>Red\x1b[31m</p><p>alert &lt;b&gt;</p>",
        summary="one<br>two<script>evil()</script>",
        link="javascript:alert(1)",
        author="A\x9bB",
        tags=("\x1b]0;x\x07news", "\u200f"),
        lang=" ko ",
    )
    (entry,) = made(hostile)
    assert entry.text.title == "Red alert <b>"
    assert entry.text.summary == "one\ntwo"
    assert (entry.url, entry.text.author, entry.text.tags, entry.text.lang) == ("", "AB", ("news",), "ko")
    assert entry.text.source == "Example"


def test_structure_is_kept_beside_the_text() -> None:
    """Of summary and content alike; links are resolved against the entry's page, and what is cut off leaves no span."""
    markup = "<h2>What next</h2><p>See <a href='2'>this</a>.</p>"
    long = f"<p>{'word ' * 120_000}</p><h2>The end</h2>"
    (entry,) = made(ParsedEntry(guid="a", link="https://x.example/n/1", summary=markup, content=markup + long))
    wanted = (TextMark(MarkKind.HEADING, 0, 9, "2"), TextMark(MarkKind.LINK, 14, 18, "https://x.example/n/2"))
    assert entry.summary_spans == entry.content_spans == wanted


def test_a_feed_s_title_is_one_clean_line() -> None:
    """It names the feed wherever the user did not: no markup, and no page of text."""
    assert feed_title("The <b>News</b>\x1b[2J") == "The News"
    assert len(feed_title("news " * 1_000)) <= 120


def test_entries_carry_the_tags_of_their_feed() -> None:
    """A feed's tags stand beside an entry's own, each once, so that ``tag:`` finds both."""
    source = Source("Example", tags=("korea", "wire"))
    entry = ParsedEntry(guid="a", title="A rocket rose", tags=("space", "wire"))
    assert entry_text(entry, source).tags == ("space", "wire", "korea")


def test_entries_carry_the_tier_of_their_feed() -> None:
    """So that ``tier:`` finds them, and no entry says of itself how far it can be trusted."""
    entry, identity = ParsedEntry(guid="a", title="A rocket rose", tags=("A",)), identities([ParsedEntry(guid="a")])[0]
    rules = RuleSet([query_rule("rocket AND tier:A..C")])
    facts = {tier: entry_facts(entry, identity, Source("Example", tier=tier), rules) for tier in ("", "A", "C", "D")}
    assert [tier for tier, found in facts.items() if found.matches] == ["A", "C"]
    assert [found.text.tier for found in facts.values()] == ["", "A", "C", "D"]


def test_an_entry_beyond_all_measure_is_bounded() -> None:
    """A hostile title is one message, a million hits are a few, and no field grows without end."""
    flood = ParsedEntry(
        guid="a", title="rocket " * 50_000, content="rocket. " * 100_000, tags=("x",) * 9 + ("y" * 5_000,)
    )
    (entry,) = made(flood)
    ((match, _),) = entry.matches
    (delivery,) = (made_of := decision(entry)).owed
    stored = StoredEntry(1, 1, entry.url, entry.text, entry.published, NOW)
    parts = alert_parts(stored, made_of.matches, DESK, {})
    assert delivery.title.startswith("rocket")
    assert (len(match.hits), len(parts), len(entry.text.title)) == (50, 1, 1_000)
    assert entry.text.title.endswith("…")
    assert len(entry.text.content) <= 500_000
    assert [len(tag) for tag in entry.text.tags] == [1, 1_000]


def test_every_term_keeps_hits_to_mark() -> None:
    """A term that floods the text does not crowd out the others."""
    entries = ParsedEntry(guid="a", title="rocket " * 100, content="To the moon.")
    (entry,) = made(entries, query="rocket AND moon")
    assert [hit.text for hit in entry.matches[0][0].hits][-2:] == ["rocket", "moon"]


def test_what_many_rules_find_in_one_entry_is_bounded() -> None:
    """Every term of every rule keeps a hit, and all of them together are no flood."""
    words = [f"word{number}" for number in range(10)]
    rules = RuleSet([replace(query_rule(" OR ".join(words)), id=f"r{number}") for number in range(40)])
    (identity,) = identities([entry := ParsedEntry(guid="a", content=" ".join(words * 100))])
    matches = entry_facts(entry, identity, Source(), rules).matches
    assert len(matches) == 40
    assert all({hit.term for hit in match.hits} == set(words) for match, _ in matches)
    assert sum(len(match.hits) for match, _ in matches) < 2_000
