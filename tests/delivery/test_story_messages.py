"""What an alert says of its story: who else reports it, why it is told again, what of its headline was changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.media.markup import Span, plain_text, telegram_parts
from digest.delivery.messages.story import also_words, corrected, update_words, with_tier
from digest.delivery.messages.write import whole, written
from digest.demo.telegram_html import read_html
from digest.values.messages import Alert, Correction, Delivery, DeliveryKind, DeliveryState, Facts
from digest.values.news import EntryText, Severity, StoredEntry
from digest.values.settings import Apprise, ChannelSpec, Folder, Telegram
from digest.values.stories import Development, Report, Story, story_name, story_number

if TYPE_CHECKING:
    from collections.abc import Sequence

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DESK = ChannelSpec("desk", Telegram("@desk"))
PHONE = ChannelSpec("phone", Apprise("ntfy://x"))
NOTES = ChannelSpec("notes", Folder("/notes"))
LOG = ChannelSpec("log", Folder("/log", "jsonl"))


def report(entry: int, source: str, publisher: str = "") -> Report:
    """One report of the event."""
    return Report(entry, "T", "", source, publisher or source, "", NOON + timedelta(minutes=entry))


def story(*sources: str) -> Story:
    """An event that these report, one after the other."""
    return Story(12, NOON, NOON, tuple(report(number, source) for number, source in enumerate(sources, 1)))


def alert(entry: int, title: str, news: Development | None = None, *, severity: Severity = Severity.HIGH) -> Alert:
    """An alert about one report of the story."""
    text = EntryText(title, source=f"Outlet {entry}", tier="B")
    came = NOON + timedelta(minutes=entry)
    stored = StoredEntry(entry, entry, f"https://e.example/{entry}", text, came, came, story=12)
    return Alert(entry, "toll", severity, came, stored, (), (f"{title} now.", "More."), (), news)


def message(
    alerts: Sequence[Alert],
    channel: ChannelSpec = DESK,
    *,
    told: Story | None = None,
    corrected_to: Correction | None = None,
) -> str:
    """The message that tells of these, in one part."""
    delivery = Delivery(1, "desk", DeliveryKind.ALERT, DeliveryState.SENDING, Severity.HIGH, 1, NOON, NOON, "T")
    delivery = replace(delivery, tells={"update": True} if any(alert.news for alert in alerts) else {})
    facts = Facts(
        tuple(alerts),
        {"toll": "Dead and hurt"},
        stories={} if told is None else {told.id: told},
        corrections={} if corrected_to is None else {alerts[0].entry.id: corrected_to},
    )
    (part,) = written(delivery, facts, channel, whole)
    return part


# --- who else ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sources", "words"),
    [
        ((), ""),
        (("Example",), ""),
        (("Example", "Example"), ""),
        (("Example", "Reuters"), "also Reuters · 2 sources"),
        (("Example", "Reuters", "AFP", "Reuters"), "also Reuters, AFP · 3 sources"),
        (tuple("ABCDEF"), "also B, C, D, E, F · 6 sources"),
        (tuple("ABCDEFGHIJKLM"), "also B, C, D, E, F and 7 more · 13 sources"),
    ],
)
def test_who_else_reports_it_is_named_once_each(sources: tuple[str, ...], words: str) -> None:
    """In the order in which they came, five at most; publishers count, not reports."""
    assert also_words(story(*sources), 1, "Example") == words


def test_two_feeds_of_one_publisher_are_one_source() -> None:
    """And the one that is told is none of the others, whichever of its feeds it came by."""
    told = Story(1, NOON, NOON, (report(1, "Example World", "Example"), report(2, "Example Asia", "Example")))
    assert also_words(told, 2, "Example") == ""


def test_who_was_first_is_named_where_a_later_report_is_told() -> None:
    """An UPDATE by AFP says that Reuters has it, too."""
    assert also_words(story("Reuters", "AFP"), 2, "AFP") == "also Reuters · 2 sources"


def test_how_far_a_feed_is_trusted_stands_behind_its_name() -> None:
    """Only where the config says so."""
    assert (with_tier("Example News", "B"), with_tier("Example News", ""), with_tier("", "B")) == (
        "Example News (B)",
        "Example News",
        "",
    )


# --- updates -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("news", "words"),
    [
        ({Development.SEVERITY}, "now urgent"),
        ({Development.RULE}, "also found by the rules Ties, Korea"),
        ({Development.REVERSAL}, "what was said is denied or called off"),
        ({Development.TOLL}, "the toll rises"),
        ({Development.SOURCES}, "reported by 3 sources"),
        ({Development.TOLL, Development.SEVERITY}, "now urgent; the toll rises"),
    ],
)
def test_why_a_story_is_told_again(news: set[Development], words: str) -> None:
    """Each reason has words; the weightiest comes first."""
    assert update_words(news, Severity.URGENT, ("Ties", "Korea"), story("A", "B", "C")) == words


def test_an_update_opens_with_why_and_what_is_new() -> None:
    """Then what every alert says."""
    known = story("Outlet 1", "Outlet 2")
    assert message([alert(2, "Ten are dead", Development.TOLL)], told=known) == (
        "<b>UPDATE · the toll rises</b>\nTen are dead now.\n\n"
        '▲ high · <a href="https://e.example/2">Ten are dead</a>\nOutlet 2 (B) · 12:02 UTC, 22 Nov\n'
        "also Outlet 1 · 2 sources\n\nMore.\n\nRule: Dead and hurt"
    )


def test_several_updates_of_one_story_are_a_line_each() -> None:
    """The newest first, with the new sentence of that one; why each was told stands beside it."""
    several = [
        alert(2, "Ten are dead", Development.TOLL),
        alert(3, "It was denied", Development.REVERSAL, severity=Severity.NORMAL),
    ]
    assert message(several, told=story("Outlet 1", "Outlet 2", "Outlet 3")) == (
        "<b>UPDATE · what was said is denied or called off; the toll rises</b>\nIt was denied now.\n\n"
        '◆ <a href="https://e.example/3">It was denied</a> · Outlet 3 (B) · 12:03 UTC, 22 Nov'
        " · what was said is denied or called off\n"
        '▲ <a href="https://e.example/2">Ten are dead</a> · Outlet 2 (B) · 12:02 UTC, 22 Nov · the toll rises\n'
        "also Outlet 1, Outlet 2 · 3 sources\n\nRule: Dead and hurt"
    )


def test_an_update_in_other_formats() -> None:
    """A service shows the title by itself; programs get each fact under its name."""
    told = [alert(2, "Ten are dead", Development.TOLL)]
    assert message(told, PHONE).startswith("UPDATE · the toll rises\nTen are dead now.\n\n▲ high · Outlet 2 (B)")
    assert message(told, NOTES).startswith("**UPDATE · the toll rises**  \nTen are dead now.\n\n▲ high")
    line = message(told, LOG, told=story("Outlet 1", "Outlet 2"))
    assert '"tier": "B", "story": 12, "update": ["toll"], "also": "also Outlet 1 · 2 sources"' in line


def test_a_template_always_says_that_it_is_an_update() -> None:
    """Where it has a place for that, there; else above everything."""
    told = [alert(2, "Ten are dead", Development.TOLL)]
    known = story("Outlet 1", "Outlet 2")
    above = message(told, replace(DESK, template="{source}"), told=known)
    assert above == "UPDATE · the toll rises\nOutlet 2 (B)"
    placed = message(told, replace(DESK, template="{source}\n{update}\n{also}"), told=known)
    assert placed == "Outlet 2 (B)\nUPDATE · the toll rises\nalso Outlet 1 · 2 sources"
    first = message([alert(1, "Nine are dead")], replace(DESK, template="{source}\n{update}\n{also}"))
    assert first == "Outlet 1 (B)"


# --- corrections -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "html", "plain"),
    [
        (
            "Kim closes the embassy",
            "Kim opens the embassy",
            "<b>Kim <s>closes</s> opens the embassy</b>",
            "Kim (was: closes) opens the embassy",
        ),
        ("Two more dead", "Two dead", "<b>Two <s>more</s> dead</b>", "Two (was: more) dead"),
        ("Two dead", "Two dead in Seoul", "<b>Two dead in Seoul</b>", "Two dead in Seoul"),
        ("A flood", "The minister resigns", "<b><s>A flood</s> The minister resigns</b>", None),
        ("폭우로 둘 사망", "폭우로 셋 사망", "<b>폭우로 <s>둘</s> 셋 사망</b>", None),
    ],
)
def test_what_was_changed_is_struck_through(before: str, after: str, html: str, plain: str | None) -> None:
    """Word by word where most words stayed; plain text says what it was."""
    spans = corrected(Correction(before, after), "")
    assert telegram_parts(spans) == (html,)
    assert plain in (None, plain_text(spans))


@given(st.text(min_size=1, max_size=80), st.text(min_size=1, max_size=80))
def test_any_two_headlines_make_valid_markup(before: str, after: str) -> None:
    """Text of strangers stays text, struck or not; and all of the new one is there, in order."""
    spans = corrected(Correction(before, after), "https://e.example/")
    for part in telegram_parts(spans):
        read_html(part)
    kept = " ".join(span.text for span in spans if not span.struck).split()
    assert kept == after.split()


def test_a_correction_is_one_link() -> None:
    """Struck words included, so that plain text writes the address out once."""
    spans = corrected(Correction("One two three four", "One two six four"), "https://e.example/")
    assert telegram_parts(spans) == ('<a href="https://e.example/">One two <s>three</s> six four</a>',)
    assert plain_text(spans) == "One two (was: three) six four https://e.example/"


def test_markdown_strikes_or_says_what_was() -> None:
    """Where its marks would not be read as such, in words."""
    changed = Correction("Nine are dead", "Ten are dead", matches=False)
    part = message([alert(1, "Ten are dead")], NOTES, corrected_to=changed)
    assert part.startswith(
        "▲ high · ~~Nine~~ [Ten are dead](<https://e.example/1>)  \nthe headline was changed: it no longer matches  \n"
    )


def test_a_correction_that_no_longer_matches_is_flagged() -> None:
    """In every format; one that still does is only shown."""
    changed = Correction("Nine are dead", "Ten are dead", matches=False)
    for channel in (DESK, PHONE, NOTES, LOG, replace(DESK, template="{title}")):
        flagged = message([alert(1, "Ten are dead")], channel, corrected_to=changed)
        assert "the headline was changed: it no longer matches" in flagged
        shown = message([alert(1, "Ten are dead")], channel, corrected_to=replace(changed, matches=True))
        assert "no longer matches" not in shown
        assert "Nine" in shown


def test_struck_text_is_nothing_where_there_is_none() -> None:
    """White space alone is not struck in words."""
    assert plain_text([Span(" ", struck=True)]) == " "


# --- names -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["story", "story ", "story x", "story -1", "dprk-syria", "12", "story 1 2", "story ١"])
def test_what_is_no_story(name: str) -> None:
    """Rules have ids without spaces, so none is taken for a story."""
    assert story_number(name) is None


def test_a_story_is_found_by_its_name() -> None:
    """There and back."""
    assert story_number(story_name(12)) == 12
