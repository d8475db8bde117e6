"""What an alert says, and that the words that hit stand out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.media.markup import TELEGRAM_UNITS
from digest.delivery.messages.alert import AlertMessage, marked_places, render_alert
from digest.demo.telegram_html import read_html
from digest.values.news import EntryText, Hit, Severity
from digest.values.settings import ChannelSpec, Telegram
from digest.words import local_time

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DESK = ChannelSpec("desk", Telegram("@desk"))
SEOUL = replace(DESK, timezone="Asia/Seoul")
MESSAGE = AlertMessage(
    text=EntryText(title="Syria & <b>Korea</b>", summary="Korea closes its embassy. More follows.", source="A&B"),
    url="https://e.example/?a=1&b=2",
    published=NOW - timedelta(hours=3),
    first_seen=NOW,
    severity=Severity.HIGH,
    rules=("Ties", "Korea"),
    hits=(Hit("summary", 0, 5, "Korea", "Korea"),),
    summary=("Korea closes its embassy.", "More follows."),
)


def test_an_alert_reads_from_what_to_why() -> None:
    """Severity and linked title, source and local time, the summary with the words that hit, the rules."""
    assert "\n".join(render_alert(MESSAGE, SEOUL)) == (
        '▲ high · <a href="https://e.example/?a=1&amp;b=2">Syria &amp; &lt;b&gt;Korea&lt;/b&gt;</a>\n'
        "A&amp;B · 18:00 KST, 22 Nov\n"
        "\n"
        "<b>Korea</b> closes its embassy. More follows.\n"
        "\n"
        "Rules: Ties, Korea"
    )


@pytest.mark.parametrize(
    ("altered", "expected"),
    [
        (replace(MESSAGE, severity=Severity.URGENT), "■ urgent · "),
        (replace(MESSAGE, severity=Severity.NORMAL), "◆ normal · "),
        (replace(MESSAGE, severity=Severity.LOW), "○ low · "),
        (replace(MESSAGE, url="javascript:x"), "<b>Syria &amp; &lt;b&gt;Korea&lt;/b&gt;</b>"),
        (
            replace(MESSAGE, text=EntryText()),
            '<a href="https://e.example/?a=1&amp;b=2">https://e.example/?a=1&amp;b=2</a>\n18:00',
        ),
        (replace(MESSAGE, text=EntryText(), url=""), "<b>(no title)</b>"),
        (replace(MESSAGE, text=EntryText(content="Envoys met.\nMore.")), '&amp;b=2">Envoys met.</a>\n18:00'),
        (replace(MESSAGE, published=None), "21:00 KST, 22 Nov, undated\n"),
        (replace(MESSAGE, published=NOW + timedelta(days=26000)), "21:00 KST, 22 Nov\n"),  # a date that cannot be true
        (replace(MESSAGE, published=datetime.max.replace(tzinfo=UTC)), "21:00 KST, 22 Nov\n"),
        (replace(MESSAGE, published=datetime.min.replace(tzinfo=UTC)), " 1 Jan 1\n"),
        (replace(MESSAGE, published=NOW - timedelta(days=365)), "21:00 KST, 22 Nov 2025\n"),
        (replace(MESSAGE, rules=("Ties",)), "\n\nRule: Ties"),
        (replace(MESSAGE, summary=()), "22 Nov\n\nRules:"),
    ],
)
def test_what_is_missing_leaves_no_hole(altered: AlertMessage, expected: str) -> None:
    """Every field may be absent or odd, and the message still reads well."""
    assert expected in render_alert(altered, SEOUL)[0]


@pytest.mark.parametrize(
    ("moment", "zone", "shown"),
    [
        (NOW, "Asia/Seoul", "21:00 KST, 22 Nov"),
        (NOW, "America/New_York", "07:00 EST, 22 Nov"),
        (NOW - timedelta(days=150), "America/New_York", "08:00 EDT, 25 Jun"),
        (datetime(2026, 12, 31, 20, tzinfo=UTC), "Asia/Seoul", "05:00 KST, 1 Jan 2027"),
        (NOW, "America/Sao_Paulo", "09:00 -03, 22 Nov"),
        (datetime.min.replace(tzinfo=UTC), "America/New_York", "00:00 UTC, 1 Jan 1"),
        (datetime.max.replace(tzinfo=UTC), "Asia/Seoul", "23:59 UTC, 31 Dec 9999"),
    ],
)
def test_local_times(moment: datetime, zone: str, shown: str) -> None:
    """The channel's clock, with the year where it is not the current one there; the ends of time stay in UTC."""
    assert local_time(moment, ZoneInfo(zone), now=NOW) == shown


@pytest.mark.parametrize(
    ("sentence", "text", "hits", "marked"),
    [
        # by place: the hit inside a longer Hangul word
        ("북한은 웃었다.", EntryText(summary="옛날. 북한은 웃었다."), [("summary", 4, 6, "북한")], ["북한"]),
        # by place: only the occurrence that hit, and the same words elsewhere as words of their own
        ("A man and Oman.", EntryText(content="A man and Oman."), [("content", 2, 5, "man")], ["man"]),
        # hit in the title, standing in the summary too
        (
            "The embassy closed.",
            EntryText(title="No embassy", summary="The embassy closed."),
            [("title", 3, 10, "embassy")],
            ["embassy"],
        ),
        ("Assyria lost.", EntryText(title="Syria", summary="Assyria lost."), [("title", 0, 5, "Syria")], []),
        ("Tell us.", EntryText(title="US", summary="Tell us."), [("title", 0, 2, "US")], []),
        ("在北京举行。", EntryText(title="北京", summary="在北京举行。"), [("title", 0, 2, "北京")], ["北京"]),
        # a phrase over a gap of white space
        ("North Korea said.", EntryText(title="North\nKorea"), [("title", 0, 11, "North\nKorea")], ["North Korea"]),
        # other fields mark nothing
        ("Wire says.", EntryText(source="Wire"), [("source", 0, 4, "Wire")], []),
    ],
)
def test_the_words_that_hit(
    sentence: str, text: EntryText, hits: list[tuple[str, int, int, str]], marked: list[str]
) -> None:
    """Hits are marked where they stand; the same words elsewhere only as words of their own, in the same case."""
    places = marked_places(sentence, text, [Hit(*hit, term="") for hit in hits])
    assert sorted({sentence[start:end] for start, end in places}) == marked


@given(st.text(), st.text(max_size=9000), st.lists(st.text(min_size=1), max_size=3), st.data())
def test_hostile_words_change_nothing(title: str, body: str, summary: list[str], data: st.DataObject) -> None:
    """Whatever an entry holds, each part is valid, within the limit, and the rule is named at the end."""
    places = data.draw(st.lists(st.tuples(st.integers(0, len(body)), st.integers(0, len(body))), max_size=120))
    hits = tuple(Hit("content", min(a, b), max(a, b), body[min(a, b) : max(a, b)], "t") for a, b in places)
    text = EntryText(title=title, content=body, source=title)
    parts = render_alert(replace(MESSAGE, text=text, summary=(*summary, body), hits=hits, rules=("The rule",)), DESK)
    shown = [read_html(part) for part in parts]
    assert all(0 < part.units <= TELEGRAM_UNITS and len(part.marks) <= 100 for part in shown)
    assert "".join(part.text for part in shown).replace(" ", "").endswith("Rule:Therule")
