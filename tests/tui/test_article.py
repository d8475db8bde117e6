"""An entry laid out for reading: the marks stand exactly where the hits say, and nothing is left unexplained."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.feeds.markup import marked_text
from digest.store.dashboard import EntryDetail
from digest.tui.cells import width
from digest.tui.palette import Ink
from digest.tui.reading.article import begins_with, link_lines, links, meta_line, passages, text_lines, title_lines
from digest.tui.reading.facts import delivery_lines, outlet_lines, why_lines
from digest.tui.reading.runs import marked
from digest.values.messages import Delivery, DeliveryKind, DeliveryState
from digest.values.news import EntryText, Hit, JudgedMatch, MarkKind, Match, Outcome, Severity, StoredEntry, TextMark
from digest.values.stories import Report, Story
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
    """By what hit, a word or a phrase: as it stands, the term where it reads otherwise, and where, each once."""
    hits = (
        Hit("title", 0, 5, "Fires", "fire*"),
        Hit("title", 9, 14, "fires", "fire*"),
        Hit("title", 20, 31, "South Korea", '"South Korea"'),
        Hit("content", 3, 9, "launch", "launch"),
        Hit("content", 20, 31, "South Korea", '"South Korea"'),
        Hit("content", 40, 43, "620", "/[0-9]+/"),
        Hit("lang", 0, 2, "ko", "lang:ko"),
    )
    assert drawn(why_lines(detail(hits=hits), 60)) == [
        "WHY IT FIRED",
        "word      Fires (fire*) in\N{NO-BREAK SPACE}title",
        "          launch in\N{NO-BREAK SPACE}text",
        "phrase    South Korea in\N{NO-BREAK SPACE}title, text",
        "pattern   620 (/[0-9]+/) in\N{NO-BREAK SPACE}text",
        "language  ko (lang:ko)",
    ]


def test_why_names_rules_where_several_fired() -> None:
    """Each with its words, and the fields they are in; one that found no word says by what it fired."""
    shown = detail(hits=(Hit("title", 0, 5, "Fires", "fires"), Hit("content", 0, 6, "South Korea", '"South Korea"')))
    other = JudgedMatch(Match("everything", Severity.LOW, ()), Outcome.ALERT)
    assert drawn(why_lines(replace(shown, matches=(*shown.matches, other)), 60)) == [
        "WHY IT FIRED",
        "launch      Fires · South Korea in\N{NO-BREAK SPACE}title, text",
        "everything  no word of it: outlet, language or tags",
    ]


def test_why_wraps_what_is_long() -> None:
    """No word that hit and no field is cut off: they go on in the next line, below the first word."""
    words = ("South Korea", "North Korea", "diplomatic relations", "at sea")
    lines = why_lines(detail(hits=tuple(Hit("title", 0, 1, word, word) for word in words)), 40)
    assert drawn(lines)[1:] == [
        "phrase  South Korea · North Korea ·",
        "        diplomatic relations · at sea",
        "        in\N{NO-BREAK SPACE}title",
    ]


def test_why_is_one_line_where_room_is_short() -> None:
    """Words give way, with a sign that they do; where they stand is kept."""
    words = ("South Korea", "at sea", "diplomatic relations", "by night")
    lines = why_lines(detail(hits=tuple(Hit("title", 0, 1, word, word) for word in words)), 41, short=True)
    assert drawn(lines[1:]) == ["phrase  South Korea · at sea · … in\N{NO-BREAK SPACE}title"]


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


# --- structure -------------------------------------------------------------------------------------------------------


def laid(markup: str, cells: int = 44, *words: str, loose: bool = False) -> list[list[Run]]:
    """The lines of a content that its feed has as markup; these words of it hit."""
    text, spans = marked_text(markup, "https://outlet.example/1")
    hits = tuple(Hit("content", text.find(word), text.find(word) + len(word), word, word) for word in words)
    shown = replace(detail(content=text, hits=hits), spans={"content": spans})
    return [*text_lines(shown, cells, loose=loose), *link_lines(shown, cells)]


def drawn(lines: list[list[Run]]) -> list[str]:
    """The lines as they stand on the screen, without what holds a direction."""
    return ["".join(run.text for run in line).translate(dict.fromkeys((0x2068, 0x2069))).rstrip() for line in lines]


def inks(lines: list[list[Run]], ink: Ink) -> list[str]:
    """What is drawn in an ink."""
    return [run.text for line in lines for run in line if run.ink is ink]


@pytest.mark.parametrize(
    ("markup", "wanted"),
    [
        ("<p>Before.</p><h2>What next</h2><p>After.</p>", ["Before.", "", "What next", "After."]),
        (
            (
                "<ul><li>ships of all flags that ports turn away at once</li><li>x<ol start=9><li>deep</li>"
                "<li>deeper<ul><li>still more</li></ul></li></ol></li></ul>"
            ),
            [
                "• ships of all flags that ports turn away at",
                "  once",
                "• x",
                "   9. deep",
                "   10. deeper",
                "      · still more",
            ],
        ),
        ("<ol><li><p>one</p><p>more of it</p></li><li>two</li></ol>", ["1. one", "   more of it", "2. two"]),
        (
            "<blockquote><p>We go where the wind goes, and nobody else.</p></blockquote><p>— Kim, at sea</p>He left.",
            ["▏ We go where the wind goes, and nobody", "▏ else.", "▏ — Kim, at sea", "He left."],
        ),
        (
            "<p>See <a href='/a'>this report</a>, <a href='https://b.example/'>that</a>, <a href='/a'>again</a>.</p>",
            [
                "See this report\N{NO-BREAK SPACE}[1], that\N{NO-BREAK SPACE}[2], again\N{NO-BREAK SPACE}[1].",
                "LINKS",
                "[1] outlet.example/a",
                "[2] b.example",
            ],
        ),
        (
            "<p>Text.</p><img src='/a.jpg' alt='A ship at night, seen from above, with no light'><p>More.</p>",
            [
                "Text.",
                "▣ A ship at night, seen from above, with no",
                "  light\N{NO-BREAK SPACE}[1]",
                "More.",
                "LINKS",
                "[1] outlet.example/a.jpg",
            ],
        ),
        (
            (
                "<table><tr><th>Ship</th><th>Barrels</th></tr><tr><td>Lantern Bay</td><td>12,400</td></tr>"
                "<tr><td>海东号</td><td>900</td></tr><tr><td></td><td>1</td></tr></table>"
            ),
            ["Ship         Barrels", "Lantern Bay   12,400", "海东号           900", "                   1"],
        ),
        (
            (
                "<table><tr><td>Flag</td><td>What is known of it</td></tr><tr><td>none</td>"
                "<td>it was taken down long ago, says its owner</td></tr></table>"
            ),
            ["Flag  What is known of it", "none  it was taken down long ago, says its", "      owner"],
        ),
        (
            "<ul><li>سفينة في البحر</li><li>배 두 척이 북쪽으로 갔다고 정부가 오늘 오전에 밝혔다</li></ul>",
            ["• سفينة في البحر", "• 배 두 척이 북쪽으로 갔다고 정부가 오늘", "  오전에 밝혔다"],
        ),
    ],
)
def test_structure_is_seen(markup: str, wanted: list[str]) -> None:
    """Each kind of block by its look; a line that goes on stands below the words it belongs to."""
    assert drawn(laid(markup, 44)) == wanted


def test_paragraphs_stand_apart_where_there_is_room() -> None:
    """Items, lines of code, a quote and who said it stay together, and so does a quote with what leads on to it."""
    markup = (
        "<p>One.</p><p>He said:</p><blockquote><p>Yes.</p><p>No.</p></blockquote><p>— Kim</p><h3>Next</h3>"
        "<ul><li>a</li><li>b</li></ul><pre>x = 1<br>y = 2</pre>"
    )
    assert drawn(laid(markup, loose=True)) == [
        *("One.", "", "He said:", "▏ Yes.", "▏", "▏ No.", "▏ — Kim", ""),
        *("Next", "", "• a", "• b", "", "x = 1", "y = 2"),
    ]


def test_an_address_stands_in_full_where_its_number_leads() -> None:
    """It can be read and copied without a browser; one of many lines is cut, and says so."""
    path, endless = "tree/master/README-of-the-harbour-and-its-ships", "x" * 400
    lines = drawn(laid(f"<p><a href='/{path}'>a</a> <a href='/{endless}'>b</a></p>", 34))
    below = lines[lines.index("LINKS") + 1 :]
    first = next(place for place, line in enumerate(below) if line.startswith("[2]"))
    assert "".join(line.removeprefix("[1]").strip() for line in below[:first]) == f"outlet.example/{path}"
    assert len(below[first:]) == 4
    assert below[-1].endswith("…")


def test_each_piece_has_its_ink() -> None:
    """Headings and emphasis bold, links underlined, code on its ground; matched words stay marked in all of them."""
    lines = laid(
        "<h2>Rockets at sea</h2><p>A <b>bold launch</b>, <a href='/a'>a long report</a>, <code>x = 1</code></p>"
        "<table><tr><th>a</th><th>b</th></tr><tr><td>pad</td><td>d</td></tr></table>",
        60,
        *("Rockets", "launch,", "report", "x", "pad"),
    )
    assert marks(lines) == ["Rockets", "launch,", "report", "x", "pad"]
    assert inks(lines, Ink.BRIGHT) == [" at sea", "bold ", "a", "b"]
    assert inks(lines, Ink.LINKED) == ["a long "]
    assert inks(lines, Ink.CODE) == [" = 1"]


def test_a_table_too_wide_for_its_room_is_read_row_by_row() -> None:
    """Nothing of it is lost."""
    row = "".join(f"<td>column {number}</td>" for number in range(6))
    lines = drawn(laid(f"<table><tr>{row}</tr><tr>{row}</tr></table>", 30))
    assert " ".join(lines).split() == " · ".join(f"column {number}" for number in range(6)).split() * 2
    assert max(map(len, lines)) <= 30


@pytest.mark.parametrize("cells", [8, 20, 60, 100])
def test_no_line_is_wider_than_its_room(cells: int) -> None:
    """Whatever stands in what."""
    deep = "<ul><li>item one" * 8 + "</ul>" * 8
    table = f"<table><tr><td>{'a' * 90}<td>b<tr><td>c<td>북한</table>"
    markup = f"<blockquote>{deep}<pre>{'code ' * 30}</pre></blockquote>{table}"
    assert max(width(line) for line in laid(markup, cells)) <= cells


@pytest.mark.parametrize(
    ("text", "summary", "wanted"),
    [
        ("Two ships met at sea. They left.", "Two ships met at sea.", True),
        ("Two  ships\nmet “at sea”. They left.", "Two ships met at se…", True),
        ("OSLO (Meridian) — Two ships met. More.", "Two ships met.", True),
        ("Two ships met. More.", "Two ships met. […]\nThe post Ships first appeared on Meridian.", True),
        ("They left. " * 9 + "Two ships met.", "Two ships met.", False),
        ("Two ships.", "Two ships met at sea.", False),
        ("세 척의 배가 만났다. 그리고 떠났다.", "세 척의 배가 만났다.", True),
    ],
)
def test_a_summary_is_not_repeated(text: str, summary: str, *, wanted: bool) -> None:
    """A text that begins with it says it; a dateline, signs and calls on the reader make no difference."""
    assert begins_with(text, summary) is wanted
    assert len(passages(detail(summary=summary, content=text))) == 2 - wanted
    long = detail(content=text + " And so on." * 90, sentences=(summary,))
    assert (text_lines(long, 400, loose=False)[1:2] == [[]]) is not wanted


def test_numbers_lead_where_they_say() -> None:
    """Each address has one number, over summary and content; what the page says stands for both."""
    one, two = (TextMark(MarkKind.LINK, 0, 3, f"https://{name}.example/") for name in ("one", "two"))
    picture = TextMark(MarkKind.IMAGE, 3, 3, "https://one.example/a.jpg The roof")
    nowhere = TextMark(MarkKind.IMAGE, 3, 3, " The roof")
    both = detail(summary="One", content="Two and more")
    both = replace(both, spans={"summary": (one, nowhere), "content": (two, picture), "article": (two,)})
    assert links(both) == ("https://one.example/", "https://two.example/", "https://one.example/a.jpg")
    assert links(replace(both, article="Two and more")) == ("https://two.example/",)


# --- the story it belongs to -----------------------------------------------------------------------------------------


def in_story(*others: tuple[str, int], **more: object) -> EntryDetail:
    """An entry whose event others report, too, so many minutes later or, below zero, before it."""
    shown = detail(outcome=more.pop("outcome", Outcome.ALERT))
    own = Report(1, "Own title", "", "Meridian", "meridian", "", NOW)
    reports = [own] + [
        Report(number, f"By {name}", "", name, name.casefold(), "", NOW + timedelta(minutes=minutes))
        for number, (name, minutes) in enumerate(others, 2)
    ]
    reports.sort(key=lambda report: report.came)
    entry = replace(shown.entry, publisher="meridian", story=7, **more)  # type: ignore[arg-type]  # fields by name
    return replace(shown, entry=entry, story=Story(7, NOW, NOW, tuple(reports)))


def test_other_outlets_are_named_with_the_first_of_all() -> None:
    """Oldest first, each with its time; how many there are is said where not all of them have room."""
    shown = in_story(("새벽신문", 2), ("Strait Wire", -5), ("Strait Wire", 9))
    assert drawn(outlet_lines(shown, NOW, ZONE, 33)) == [
        "OTHER OUTLETS                   2",
        "Strait Wire        first    14:02",
        "새벽신문                    14:09",
    ]
    assert drawn(outlet_lines(shown, NOW, ZONE, 33, 1))[0] == "OTHER OUTLETS              1 of 2"
    assert outlet_lines(detail(), NOW, ZONE, 33) == outlet_lines(in_story(), NOW, ZONE, 33) == []


@pytest.mark.parametrize(
    ("shown", "wanted"),
    [
        (
            in_story(("Strait Wire", -5), outcome=Outcome.SAME_REPORT, repeat=True),
            [
                f"Told nobody: {Outcome.SAME_REPORT.sentence}.",
                "It belongs to story 7 (“By Strait Wire”, Strait Wire, 14:02).",
            ],
        ),
        (
            in_story(("Strait Wire", 5), doubtful=True),
            [
                "No channel gets it.",
                "It may be of another event than the rest of story 7: it is told like one of its own.",
            ],
        ),
        (
            in_story(("Strait Wire", -5), repeat=True),
            [
                "No channel gets it.",
                "It says what another report of story 7 (“By Strait Wire”, Strait Wire, 14:02) said before.",
            ],
        ),
        (in_story(("Strait Wire", -5)), ["No channel gets it."]),
    ],
)
def test_delivery_says_what_the_story_has_to_do_with_it(shown: EntryDetail, wanted: list[str]) -> None:
    """A repeat and a doubtful report name their story, and which report it began with."""
    assert drawn(delivery_lines(shown, NOW, ZONE, 200)) == ["DELIVERY", *wanted]
