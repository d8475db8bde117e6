"""The same message in each channel's own format: nothing lost, nothing taken for markup."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.media.formats import APPRISE_UNITS, parts_for, record_of
from digest.delivery.media.markdown import markdown_block
from digest.delivery.media.markup import Span, linked, plain_parts, plain_text, units
from digest.delivery.messages.alert import AlertMessage, render_alert
from digest.delivery.messages.digest import digest_parts
from digest.values.messages import DeliveryKind, DigestDocument, DigestGroup, DigestLine, DigestSource
from digest.values.news import EntryText, Hit, JudgedMatch, Match, Outcome, Severity, StoredEntry
from digest.values.settings import Apprise, ChannelSpec, Folder, Telegram
from tests.fakes.writing import alert_parts

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DESK = ChannelSpec("desk", Telegram("@desk"))
PHONE = ChannelSpec("phone", Apprise("ntfy://x"), timezone="Asia/Seoul")
NOTES = ChannelSpec("notes", Folder("/notes"))
LOG = ChannelSpec("log", Folder("/log", "jsonl"))
CHANNELS = [DESK, PHONE, NOTES, LOG]
MESSAGE = AlertMessage(
    text=EntryText(title="Syria & <Korea>", summary="Korea closes *it*. More.", source="Wire"),
    url="https://e.example/1",
    published=NOON - timedelta(hours=3),
    first_seen=NOON,
    severity=Severity.HIGH,
    rules=("Ties",),
    rule_ids=("ties",),
    hits=(Hit("summary", 0, 5, "Korea", "Korea"),),
    summary=("Korea closes *it*.", "More."),
)


def test_an_alert_for_a_service() -> None:
    """The title stands above it already, so it begins with how much it matters, and ends with the address."""
    assert render_alert(MESSAGE, PHONE) == (
        "▲ high · Wire · 18:00 KST, 22 Nov\n\nKorea closes *it*. More.\n\nRule: Ties\nhttps://e.example/1",
    )


def test_an_alert_in_a_markdown_file() -> None:
    """Lines stay lines, the title is linked, the words that hit are bold."""
    assert render_alert(MESSAGE, NOTES) == (
        (
            "▲ high · [Syria \\& \\<Korea\\>](<https://e.example/1>)  \nWire · 09:00 UTC, 22 Nov\n\n"
            "**Korea** closes \\*it\\*. More.\n\nRule: Ties"
        ),
    )


def test_an_alert_as_a_line_of_json() -> None:
    """Every fact under its name, and the text as a reader would see it."""
    (line,) = render_alert(MESSAGE, LOG)
    assert "\n" not in line
    assert json.loads(line) == {
        "kind": "alert",
        "severity": "high",
        "created": "2026-11-22T12:00:00.000Z",
        "title": "Syria & <Korea>",
        "url": "https://e.example/1",
        "source": "Wire",
        "published": "2026-11-22T09:00:00.000Z",
        "summary": ["Korea closes *it*.", "More."],
        "rules": ["ties"],
        "hits": [{"field": "summary", "start": 0, "end": 5, "text": "Korea", "term": "Korea"}],
        "text": "▲ high · Syria & <Korea> https://e.example/1\nWire · 09:00 UTC, 22 Nov\n\n"
        "Korea closes *it*. More.\n\nRule: Ties",
    }


def test_each_channel_is_owed_its_own_format() -> None:
    """One entry, one plan, four formats."""
    judged = JudgedMatch(Match("ties", Severity.HIGH, MESSAGE.hits), Outcome.ALERT, MESSAGE.summary)
    entry = StoredEntry(1, 1, MESSAGE.url, MESSAGE.text, MESSAGE.published, NOON)
    planned = [alert_parts(entry, [judged], channel, {"ties": "Ties"}) for channel in CHANNELS]
    assert planned == [render_alert(MESSAGE, channel) for channel in CHANNELS]


def test_a_digest_in_each_format() -> None:
    """A service gets text, a Markdown file headings and lists, a file of JSON lines the entries one by one."""
    wire = (DigestSource("Wire", "https://e.example/1"), DigestSource("AFP", ""))
    line = DigestLine("A *b*", wire[0].url, "Wire", NOON, NOON, 1, ("Said.",), ("ties",), Severity.HIGH, sources=wire)
    groups = (DigestGroup("ties", "Ties", Severity.HIGH, (line,)),)
    document = DigestDocument("morning", NOON - timedelta(days=1), NOON, "UTC", groups, 1)
    (text,), (markdown,), (record,) = (
        digest_parts(document, channel, delivery=57, cut=lambda parts: parts) for channel in (PHONE, NOTES, LOG)
    )
    assert text == (
        "Sunday, 22 November 2026\nMorning digest · 1 story since 12:00 UTC, 21 Nov\n\n▲ Ties high\n\n"
        "A *b* https://e.example/1\nSaid.\nNEW · Wire, AFP · 12:00 UTC, 22 Nov"
    )
    assert markdown.startswith("# Sunday, 22 November 2026\n")
    assert "### [A \\*b\\*](<https://e.example/1>)\n\nSaid.\n" in markdown
    found = json.loads(record)
    assert found | {"text": text} == {
        "kind": "digest",
        "severity": "normal",
        "created": "2026-11-22T12:00:00.000Z",
        "title": "Morning digest, Sun 22 Nov",
        "since": "2026-11-21T12:00:00.000Z",
        "until": "2026-11-22T12:00:00.000Z",
        "entries": [
            {
                "severity": "high",
                "title": "A *b*",
                "url": "https://e.example/1",
                "source": "Wire",
                "published": "2026-11-22T12:00:00.000Z",
                "summary": ["Said."],
                "rules": ["ties"],
                "story": 1,
                "change": "new",
                "sources": ["Wire", "AFP"],
                "links": ["https://e.example/1"],
            }
        ],
        "text": text,
    }


@pytest.mark.parametrize("channel", CHANNELS)
def test_nothing_to_see_is_no_message(channel: ChannelSpec) -> None:
    """In no format."""
    assert parts_for(channel, [Span(" \n"), Span("\u200b", bold=True)], {"kind": "notice"}) == ()


def test_a_long_text_is_cut_for_a_service_and_whole_in_a_file() -> None:
    """At a blank line where there is one; a file has room."""
    spans = [Span(f"Block {number}. " + "word " * 300 + "\n\n") for number in range(5)]
    parts = parts_for(PHONE, spans, {})
    assert len(parts) > 2
    assert all(part.startswith("Block ") and units(part) <= APPRISE_UNITS for part in parts)
    assert [len(parts_for(channel, spans, {"kind": "notice"})) for channel in (NOTES, LOG)] == [1, 1]


@pytest.mark.parametrize(
    ("spans", "text"),
    [
        ([linked("T", "https://e.example/")], "T https://e.example/"),
        ([linked("https://e.example/", "https://e.example/"), Span("!")], "https://e.example/!"),
        ([linked("T", "javascript:x")], "T"),
        (
            [Span("a ", link="https://e.example/"), Span("b", bold=True, link="https://e.example/")],
            "a b https://e.example/",
        ),
    ],
)
def test_an_address_stands_behind_its_text_once(spans: list[Span], text: str) -> None:
    """Plain text hides nothing behind words."""
    assert plain_text(spans) == text


@pytest.mark.parametrize(
    ("spans", "block"),
    [
        ([Span("a*b_c`d[e]<f>#g|h~i!j&k\\l{m}")], "a\\*b\\_c\\`d\\[e\\]\\<f\\>\\#g\\|h\\~i\\!j\\&k\\\\l\\{m\\}"),
        ([Span("- a\n+ b\n1. c\n2) d\n= e\n    f")], "\\- a  \n\\+ b  \n1\\. c  \n2\\) d  \n\\= e  \nf"),
        ([Span("3"), Span(". x", bold=True)], "3\\. x"),
        ([Span("북한", bold=True), Span("은")], "**북한**은"),
        ([Span("a"), Span("(b)", bold=True), Span("c")], "a(b)c"),  # Markdown takes no mark there
        ([Span("x"), Span(" b ", bold=True), Span("y")], "x **b** y"),
        ([Span("a\nb", bold=True)], "**a b**"),
        ([Span("see "), Span("a\nb", link="https://e.example/")], "see [a b](<https://e.example/>)"),
        ([linked("]x", "https://e.example/ <a>\\b")], "[\\]x](<https://e.example/%20%3Ca%3E%5Cb>)"),
        ([Span("• "), Span("t", bold=True), Span("\n• "), Span("u", bold=True)], "• **t**  \n• **u**"),
        ([Span("-", bold=True)], "**-**"),
    ],
)
def test_markdown(spans: list[Span], block: str) -> None:
    """What Markdown would obey is escaped, lines stay lines, and a mark is set only where Markdown takes it."""
    assert markdown_block(spans) == block


spans = st.lists(
    st.builds(Span, st.text(max_size=40), st.booleans(), st.sampled_from(["", "https://e.example/_"])), max_size=8
)
signs = st.lists(st.builds(Span, st.text("*_-+=1.)#<>`[]()! \n\\&ab", max_size=12), st.booleans()), max_size=6)


@given(spans | signs)
def test_markdown_lets_no_sign_through(given_spans: list[Span]) -> None:
    """Our own marks and links aside, every sign that Markdown might obey stands behind a backslash."""
    block = markdown_block(given_spans)
    rest = re.sub(r"\\.", "x", block, flags=re.DOTALL)
    assert not re.search(r"[`_{}#|~!&]", rest.replace("https://e.example/_", ""))
    assert not re.search(r"^ *(?:[-+=]|\d{1,9}[.)])", rest, re.MULTILINE)
    assert "<!--" not in block
    assert rest.count("<") == rest.count("](<")


@given(st.text(), st.integers(20, 200))
def test_plain_parts_lose_nothing(text: str, most: int) -> None:
    """Each within the limit and with something to see; together they are the text but for white space."""
    parts = plain_parts(text, most)
    assert all(0 < units(part) <= most for part in parts)
    kept, whole = re.sub(r"\s", "", "".join(parts)), re.sub(r"\s", "", text)
    assert kept == whole or len(kept) < len(whole)


@given(st.text(), st.text(), st.booleans())
def test_json_is_one_line_whatever_it_holds(text: str, title: str, bold: bool) -> None:  # noqa: FBT001 - a drawn value
    """And reads back as it was."""
    record = record_of(DeliveryKind.NOTICE, Severity.LOW, NOON, title)
    for part in parts_for(replace(LOG), [Span(text, bold=bold)], record):
        assert len(part.splitlines()) == 1
        part.encode()
        assert json.loads(part) == {**record, "text": text.strip()}
