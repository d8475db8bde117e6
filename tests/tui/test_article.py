"""An entry laid out for reading: the marks stand exactly where the hits say, and nothing is left unexplained."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.store.dashboard import EntryDetail
from digest.tui.palette import Ink
from digest.tui.reading.article import meta_line, text_lines, title_lines
from digest.tui.reading.facts import delivery_lines, why_lines
from digest.tui.reading.runs import marked
from digest.values.messages import Delivery, DeliveryKind, DeliveryState
from digest.values.news import EntryText, Hit, JudgedMatch, Match, Outcome, Severity, StoredEntry
from tests.tui.newsdesk import NOW, ZONE

if TYPE_CHECKING:
    from datetime import datetime

    from digest.tui.cells import Run


def detail(
    *, title: str = "", summary: str = "", content: str = "", hits: tuple[Hit, ...] = (), **more: object
) -> EntryDetail:
    """An entry with one match."""
    outcome = more.get("outcome", Outcome.ALERT)
    assert isinstance(outcome, Outcome)
    sentences, deliveries = more.get("sentences", ()), more.get("deliveries", ())
    assert isinstance(sentences, tuple)
    assert isinstance(deliveries, tuple)
    text = EntryText(title=title, summary=summary, content=content, source="Meridian", lang="ko-KR")
    entry = StoredEntry(1, 1, "https://outlet.example/1", text, NOW, NOW - timedelta(minutes=4))
    match = JudgedMatch(Match("launch", Severity.HIGH, hits), outcome, sentences)
    return EntryDetail(entry, unread=True, matches=(match,), deliveries=deliveries)


def plain(lines: list[list[Run]]) -> list[str]:
    """The lines as text."""
    return ["".join(span.text for span in line).strip("\u2068\u2069 ") for line in lines]


def marks(lines: list[list[Run]]) -> list[str]:
    """What is marked, line by line."""
    return [span.text for line in lines for span in line if span.ink is Ink.MARK]


@pytest.mark.parametrize(
    ("text", "places", "wanted"),
    [
        ("two missiles fired", [(4, 12)], ["missiles"]),
        ("two missiles fired", [(13, 18), (4, 12)], ["missiles", "fired"]),
        ("overlapping hits", [(0, 11), (4, 16)], ["overlapping", " hits"]),
        ("twice the same", [(0, 5), (0, 5)], ["twice"]),
        ("북한은 발사했다", [(0, 2), (4, 6)], ["북한", "발사"]),
        ("flag 🇰🇵 1\ufe0f\u20e3 end", [(12, 15)], ["end"]),
        ("beyond the end", [(7, 99)], ["the end"]),
        ("past it", [(50, 60)], []),
    ],
)
def test_marks_stand_where_the_hits_say(text: str, places: list[tuple[int, int]], wanted: list[str]) -> None:
    """Offsets are code points of the stored text, also where the screen leaves some of them out."""
    hits = [Hit("summary", start, end, text[start:end], "") for start, end in places]
    assert marks([marked(text, hits)]) == wanted


def test_marks_survive_blocks_and_wrapping() -> None:
    """A hit counts from the beginning of the field, across its blocks and the lines they are wrapped into."""
    content = "First block here.\nThe second block tells of two ballistic missiles.\nLast."
    start = content.index("ballistic missiles")
    shown = detail(
        content=content, hits=(Hit("content", start, start + 18, "ballistic missiles", "ballistic missile*"),)
    )
    lines = text_lines(shown, 44, loose=False)
    assert plain(lines) == ["First block here.", "The second block tells of two ballistic", "missiles.", "Last."]
    assert marks(lines) == ["ballistic", "missiles"]


def test_a_long_text_begins_with_its_summary() -> None:
    """Two sentences first, with the words that hit marked; then the text, in a quieter ink."""
    sentences = ("Missiles flew.", "Nobody was hurt.")
    content = "Missiles flew. " + "Much more was said about it. " * 30
    lines = text_lines(
        detail(content=content, hits=(Hit("content", 0, 8, "Missiles", "missile*"),), sentences=sentences),
        60,
        loose=False,
    )
    assert plain(lines)[:3] == ["Missiles flew. Nobody was hurt.", "", plain(lines)[2]]
    assert marks(lines) == ["Missiles", "Missiles"]
    assert lines[3][0].ink is Ink.READ


def test_an_entry_without_text_says_so() -> None:
    """Some feeds give a title and nothing else."""
    assert plain(text_lines(detail(title="Only this"), 60, loose=False)) == ["The feed gives no text, only the title."]


def test_why_names_words_terms_and_fields() -> None:
    """A line for each field: the words as they stand, apart, the term where it reads otherwise, each once."""
    hits = (
        Hit("title", 0, 5, "Fires", "fire*"),
        Hit("title", 9, 14, "fires", "fire*"),
        Hit("title", 20, 31, "South Korea", '"South Korea"'),
        Hit("content", 3, 9, "launch", "launch"),
        Hit("lang", 0, 2, "ko", "lang:ko"),
    )
    assert plain(why_lines(detail(hits=hits), 60)) == [
        "WHY IT FIRED",
        "launch  Fires (fire*) · South Korea in\N{NO-BREAK SPACE}title",
        "launch in\N{NO-BREAK SPACE}text",
        "ko (lang:ko) in\N{NO-BREAK SPACE}language",
    ]


def test_why_wraps_what_is_long() -> None:
    """No word that hit and no field is cut off: they go on in the next line, below the first word."""
    words = ("South Korea", "Syria", "diplomatic relations", "normalisation")
    lines = why_lines(detail(hits=tuple(Hit("title", 0, 1, word, word) for word in words)), 40)
    assert ["".join(span.text for span in line) for line in lines[1:]] == [
        "launch  South Korea · Syria · diplomatic",
        "        relations · normalisation",
        "        in\N{NO-BREAK SPACE}title",
    ]


def test_why_is_one_line_where_room_is_short() -> None:
    """Words give way, with a sign that they do; where they stand is kept."""
    words = ("South Korea", "Syria", "diplomatic relations", "normalisation")
    lines = why_lines(detail(hits=tuple(Hit("title", 0, 1, word, word) for word in words)), 40, short=True)
    assert plain(lines[1:]) == ["launch  South Korea · Syria · … in\N{NO-BREAK SPACE}title"]


def test_an_entry_without_a_title_goes_by_its_first_words() -> None:
    """The address stands in only where there is no text either."""
    assert plain(title_lines(detail(summary="Envoys met in Oslo.\nMore."), 60)) == ["Envoys met in Oslo."]
    assert plain(title_lines(detail(), 60)) == ["https://outlet.example/1"]


def test_delivery_says_what_became_of_each_message() -> None:
    """State, time and reason of each; where there is none, why nobody was told."""
    told = [
        _delivery("desk", DeliveryState.SENT),
        _delivery("phone", DeliveryState.DEAD, reason="chat not found"),
        _delivery("night", DeliveryState.HELD, not_before=NOW + timedelta(hours=9)),
        _delivery("spare", DeliveryState.UNKNOWN, reason="the answer was lost"),
        replace(_delivery("desk", DeliveryState.SENT), kind=DeliveryKind.DIGEST),
    ]
    lines = plain(delivery_lines(detail(deliveries=tuple(told)), NOW, ZONE, 33))
    assert lines == [
        "DELIVERY",
        "✓ desk              sent 14:07:12",
        "▲ phone                  given up",
        "chat not found",
        "… night           waits for 23:07",
        "◆ spare               answer lost",
        "the answer was lost",
        "✓ desk, digest      sent 14:07:12",
    ]
    baseline = plain(delivery_lines(detail(outcome=Outcome.BASELINE), NOW, ZONE, 200))
    assert baseline == ["DELIVERY", f"Told nobody: {Outcome.BASELINE.sentence}."]


def _delivery(channel: str, state: DeliveryState, *, reason: str = "", not_before: datetime | None = None) -> Delivery:
    alert, high = DeliveryKind.ALERT, Severity.HIGH
    return Delivery(1, channel, alert, state, high, 1, NOW, NOW, reason=reason, not_before=not_before)


def test_meta_line_tells_severity_rule_outlet_age_and_language() -> None:
    """The line below the title."""
    line = "".join(span.text for span in meta_line(detail(), NOW, ZONE, 80))
    assert line == "▲ high   launch   Meridian   14:03, 4 min ago   Korean"


@pytest.mark.parametrize("text", ["word " * 100_000, "北" * 500_000, "x\n" * 250_000], ids=["words", "han", "blocks"])
def test_a_whole_book_is_laid_out_in_part_and_says_so(text: str) -> None:
    """What is left out is counted, and where to read it is said."""
    text = text.strip()
    lines = plain(text_lines(detail(content=text), 80, loose=False))
    assert lines[-1] == f"and {len(text) - 50_000:,} more characters: o opens the page"
    assert sum(map(len, lines)) < 60_000


def test_the_page_stands_for_the_feeds_text() -> None:
    """Where it was read: with the words that hit marked wherever they stand there."""
    hits = (Hit("summary", 2, 6, "ship", "ship"),)
    of_feed = detail(
        title="Seen", summary="A ship.", content="Read on our site.", hits=hits, sentences=("A ship sailed.",)
    )
    lines = text_lines(replace(of_feed, article="A ship sailed.\nNobody saw the ship."), 60, loose=False)
    assert plain(lines) == ["A ship sailed.", "Nobody saw the ship."]
    assert marks(lines) == ["ship", "ship"]
    assert "Read on our site." in plain(text_lines(of_feed, 60, loose=False))
