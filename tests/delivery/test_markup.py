"""Messages are valid HTML within Telegram's limits and lose nothing, whatever text they carry."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.media.markup import (
    LINK_BYTES,
    MARK_BYTES,
    MARKS_BYTES,
    MAX_MARKS,
    TELEGRAM_UNITS,
    Span,
    label_repeat,
    linked,
    plain_text,
    telegram_parts,
    units,
)
from digest.demo.telegram_html import MarkupError, Rendered, read_html

SHOWN_AS_NOTHING = "\u034f\u115f\u1160\u2800\u3164\uffa0" + "".join(map(chr, range(0xFE00, 0xFE10)))

texts = st.text(max_size=200) | st.sampled_from(
    [
        "<b>",
        "</a>",
        "&amp;",
        "&",
        '"',
        "[/]",
        "\n\n",
        "\n",
        " ",
        ". ",
        "가" * 500,
        "😀" * 900,
        "word " * 400,
        "x" * 5000,
    ]
)
spans = st.builds(
    Span,
    text=texts,
    bold=st.booleans(),
    link=st.sampled_from(
        ["", 'https://e.example/?a=1&b="<x>', "http://e.example/'", "https://e.example/?" + "é" * 900]
    ),
    struck=st.booleans(),
)


def seen(text: str) -> str:
    """The characters that can be seen: a cut may drop white space, and a message of blanks is not sent."""
    return "".join(
        c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Zs", "Zl", "Zp") and c not in SHOWN_AS_NOTHING
    )


def rendered(parts: tuple[str, ...]) -> list[Rendered]:
    """The parts as Telegram shows them."""
    return [read_html(part) for part in parts]


@given(st.lists(spans, max_size=30))
def test_any_text_is_shown_whole_in_valid_messages(given_spans: list[Span]) -> None:
    """Any text in: every part valid HTML, within the limits even when labelled, and the same text seen in order."""
    parts = telegram_parts(given_spans)
    shown = rendered(parts)
    assert seen("".join(part.text for part in shown)) == seen("".join(span.text for span in given_spans))
    for part, message in zip(parts, shown, strict=True):
        assert seen(message.text)
        assert message.text == message.text.strip()
        assert len(message.marks) <= MAX_MARKS
        assert sum(MARK_BYTES + len(mark.url.encode()) for mark in message.marks) <= MARKS_BYTES
        assert read_html(label_repeat(part)).units <= TELEGRAM_UNITS


@given(st.lists(spans, max_size=30))
def test_marks_stand_on_their_own_words(given_spans: list[Span]) -> None:
    """Whatever is bold, struck or linked after cutting was so before, in order."""
    shown = rendered(telegram_parts(given_spans))
    for kind, marked in (
        ("bold", [s for s in given_spans if s.bold]),
        ("strikethrough", [s for s in given_spans if s.struck]),
        ("text_link", [s for s in given_spans if s.link]),
    ):
        after = "".join(
            _passage(message, m.offset, m.length) for message in shown for m in message.marks if m.type == kind
        )
        assert seen(after) == seen("".join(span.text for span in marked))


def _passage(message: Rendered, offset: int, length: int) -> str:
    raw = message.text.encode("utf-16-le")
    return raw[2 * offset : 2 * (offset + length)].decode("utf-16-le")


def test_cuts_fall_on_the_best_seam() -> None:
    """A long text is cut between blocks before lines, lines before sentences, sentences before words."""
    filler = "word " * 500  # 2500 units
    for seam in ("\n\n", "\n", ". ", " "):
        head = filler.strip() + seam.strip(" ")
        parts = telegram_parts([Span(head + (seam if seam.isspace() else " ") + "next " * 700)])
        first = read_html(parts[0]).text
        assert first == head.strip() or seam == " "
        assert not first.endswith("wor")


def test_a_character_outside_the_basic_plane_counts_twice() -> None:
    """Telegram counts UTF-16 units, so 4000 emoji need two messages and are never torn."""
    shown = rendered(telegram_parts([Span("😀" * 4000)]))
    assert [message.units <= TELEGRAM_UNITS for message in shown] == [True, True]
    assert units("a😀") == 3


def test_no_message_has_more_marks_than_telegram_shows() -> None:
    """The 101st bold word goes into the next message, not into nothing."""
    marked = [part for i in range(150) for part in (Span(f"w{i}", bold=True), Span(" "))]
    shown = rendered(telegram_parts(marked))
    assert [len(message.marks) for message in shown] == [100, 50]


def test_long_addresses_are_shared_out_among_messages() -> None:
    """Telegram refuses a message whose marks are too large in all, however short its text is."""
    listed = [part for i in range(60) for part in (linked(f"w{i}", f"https://e.example/{i}?{'x' * 420}"), Span(" "))]
    parts = telegram_parts(listed)
    shown = rendered(parts)
    assert len(shown) == 4
    assert sum(len(message.marks) for message in shown) == 60
    assert all(sum(len(mark.url.encode()) for mark in message.marks) <= MARKS_BYTES for message in shown)


def test_text_behind_an_address_that_is_too_long_is_bold() -> None:
    """A link that alone fills a message helps nobody; where addresses are written out it is."""
    span = linked("title", "https://e.example/" + "x" * LINK_BYTES)
    assert telegram_parts([span]) == ("<b>title</b>",)
    assert plain_text([span]).endswith("xxx")


def test_an_accent_stays_with_its_letter() -> None:
    """A cut inside an endless word tears no accent from its letter and no emoji sequence apart."""
    for cluster in ("e\u0301", "👩\u200d🚀"):
        shown = rendered(telegram_parts([Span(cluster * 3000)]))
        assert len(shown) > 1
        assert all(message.text.startswith(cluster[0]) for message in shown)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://e.example/a?b=1&c=2", '<a href="https://e.example/a?b=1&amp;c=2">T&lt;</a>'),
        ("HTTP://e.example/", '<a href="HTTP://e.example/">T&lt;</a>'),
        ('http://e.example/"onclick="x', '<a href="http://e.example/&quot;onclick=&quot;x">T&lt;</a>'),
        ("javascript:alert(1)", "<b>T&lt;</b>"),
        ("file:///etc/passwd", "<b>T&lt;</b>"),
        ("tg://user?id=1", "<b>T&lt;</b>"),
        ("", "<b>T&lt;</b>"),
    ],
)
def test_only_web_addresses_are_linked(url: str, shown: str) -> None:
    """A title leads to http and https only; with any other address it is plain bold."""
    assert telegram_parts([linked("T<", url)]) == (shown,)


@pytest.mark.parametrize("blank", ["", " \n ", "\u200b", "\u3164\u2800"])
def test_nothing_to_see_is_no_message(blank: str) -> None:
    """Telegram refuses an empty message, so none is made."""
    assert telegram_parts([Span(blank, bold=True)]) == ()


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("a <b>c", 'Can\'t find end tag corresponding to start tag "b"'),
        ("</b>", "Unexpected end tag at byte offset 0"),
        ("é<b>x</i>", 'Unmatched end tag at byte offset 6, expected "</b>", found "</i>"'),
        ("<video>", 'Unsupported start tag "video" at byte offset 0'),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ('<a href="x', "Unclosed start tag at byte offset 0"),
        ("<a href>x</a>", 'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0'),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_the_reader_refuses_what_telegram_refuses(source: str, complaint: str) -> None:
    """The judge of these tests is itself strict, in the server's words."""
    with pytest.raises(MarkupError) as caught:
        read_html(source)
    assert str(caught.value) == complaint


def test_the_reader_sees_what_telegram_shows() -> None:
    """Entities are decoded, a lone ampersand is itself, marks are measured in UTF-16 units."""
    message = read_html('😀&lt;&#38;&#x41;&nbsp; & <a href="http://e.example/?a&amp;b">x<b>y</b></a>')
    assert message.text == "😀<&A&nbsp; & xy"
    assert [(mark.type, mark.offset, mark.length) for mark in message.marks] == [("text_link", 14, 2), ("bold", 15, 1)]
    assert message.marks[0].url == "http://e.example/?a&b"
