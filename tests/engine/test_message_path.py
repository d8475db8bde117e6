"""From a feed's bytes to what Telegram shows: whatever an entry holds, its message says its words and keeps shape."""

from __future__ import annotations

import html
import re
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import example, given
from hypothesis import strategies as st

from digest.delivery.decide import Policy
from digest.delivery.media.markup import TELEGRAM_UNITS, label_repeat
from digest.demo.telegram_html import Rendered, read_html
from digest.engine.polling.facts import Source, entry_facts
from digest.errors import ParseError
from digest.feeds.identity import identities
from digest.feeds.parse import parse_document
from digest.match import RuleSet, query_rule
from digest.values.news import JudgedMatch, Outcome, StoredEntry
from digest.values.settings import ChannelSpec, Telegram
from tests.fakes.seeding import decided
from tests.fakes.writing import alert_parts

if TYPE_CHECKING:
    from digest.values.messages import PlannedDelivery
    from digest.values.news import NewEntry

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
RULE = "Rockets <b>&amp; [/] friends"
RULES = RuleSet([query_rule("rocket")])
SOURCE = Source("Example <i>& Sons", "en")
DESK = ChannelSpec("desk", Telegram("@desk"))
POLICY = Policy(timedelta(days=30), [DESK], {"query": None})
DANGEROUS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What can steer a terminal, turn text round, or is no text: never shown."""

PIECES = (
    "\x00", "\x1b[31m", "\x1b]0;owned\x07", "\x9b2J", "\x07", "\x7f", "\u202e", "\u2066", "\u200f", "\ud800", "\udfff",
    "[/]", "[bold red]", "[link=http://e.example]", "<b>", "</b>", "</a>", "<a href='http://e.example/?a=1&b=\"'>",
    "<script>alert(1)</script>", "<!--", "]]>", "<tg-spoiler>", "<pre><code class='x'>", "&lt;b&gt;", "&amp;amp;lt;",
    "&#0;", "&#xD800;", "&#x202E;", "&#27;[2J", "&nosuch;", "&", "<", ">", '"', "'", "*_`~|", "{{ title }}", "\n\n",
    "<div>" * 50, "<p>one</p><p>two</p>", "x" * 5000, "가" * 5000, "😀" * 3000, "e" + "\u0301" * 40, "👩\u200d🚀",
)  # fmt: skip
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=30) | st.characters(codec=None), max_size=8).map("".join)
links = st.sampled_from(
    ["https://e.example/?a=1&b=2", "javascript:alert(1)", 'http://e.example/"><b>', "http://e.example/\x1b[2J", ""]
)
wrappings = st.sampled_from([html.escape, lambda text: f"<![CDATA[{text}]]>", lambda text: text])
"""How a feed writes a text: escaped, as it is, or with no care at all."""


def told(title: str, body: str, link: str, *, wrap: object) -> list[tuple[NewEntry, PlannedDelivery]]:
    """An entry with the message that it makes owed; none if the document can no longer be read as a feed."""
    assert callable(wrap)
    document = (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>T</title><item>'
        f"<guid>1</guid><title>{wrap(title)}</title><link>{html.escape(link)}</link>"
        f"<description>{wrap(body)}</description></item></channel></rss>"
    )
    try:
        feed = parse_document(
            document.encode("utf-8", "surrogatepass"), content_type="text/xml", url="http://e.example/"
        )
    except ParseError:
        return []
    named = zip(feed.entries, identities(feed.entries), strict=True)
    found = [entry_facts(entry, identity, SOURCE, RULES) for entry, identity in named]
    return [(entry, planned) for entry in found for planned in decided(POLICY, entry, NOW).owed]


@given(title=texts, body=texts, link=links, wrap=wrappings)
@example(title="rocket", body="", link="", wrap=html.escape)
def test_any_entry_is_shown_as_its_cleaned_text(title: str, body: str, link: str, wrap: object) -> None:
    """Valid HTML within the limits, nothing dangerous, one link at most, and exactly the words of the cleaned entry."""
    for entry, planned in told(f"rocket {title}", f"rocket one. {body}", link, wrap=wrap):
        assert planned.title
        stored = StoredEntry(1, 1, entry.url, entry.text, entry.published, NOW)
        judged = [JudgedMatch(match, Outcome.ALERT, summary) for match, summary in entry.matches]
        parts = alert_parts(stored, judged, DESK, {"query": RULE})
        shown = [read_html(part) for part in parts]
        assert seen("".join(message.text for message in shown)) == seen(expected(entry))
        for part, message in zip(parts, shown, strict=True):
            check_shape(part, message, entry)


def expected(entry: NewEntry) -> str:
    """What a message says, as plain text."""
    ((_, summary),) = entry.matches
    head = f"◆ normal · {entry.text.title}{entry.text.source} · 12:00 UTC, 22 Nov, undated"
    return f"{head}{' '.join(summary)}Rule: {RULE}"


def check_shape(part: str, message: Rendered, entry: NewEntry) -> None:
    """What holds of every part."""
    part.encode()
    assert not DANGEROUS.search(message.text)
    assert read_html(label_repeat(part)).units <= TELEGRAM_UNITS
    assert {mark.type for mark in message.marks} <= {"bold", "text_link"}
    assert {mark.url for mark in message.marks if mark.url} <= {entry.url}
    assert entry.url == "" or entry.url.startswith(("http://", "https://"))


def seen(text: str) -> str:
    """The characters that can be seen; a cut may drop white space."""
    return "".join(character for character in text if unicodedata.category(character) not in ("Zs", "Cc", "Zl", "Zp"))
