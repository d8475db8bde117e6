"""A digest in four forms: nothing in it is markup, nothing is cut, everything is counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest

from digest.delivery.messages.digest import DigestFormat, render_digest
from digest.demo.telegram_html import read_html
from digest.values.messages import DigestDocument, DigestGroup, DigestLine
from digest.values.news import Severity

NOW = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)


def line(title: str, url: str = "https://e.example/1", published: datetime | None = NOW) -> DigestLine:
    """An entry of the digest."""
    return DigestLine(title, url, "Wire", published, published)


def document(*lines: DigestLine, alerts: int | None = None) -> DigestDocument:
    """A day's digest with one group."""
    groups = (DigestGroup("ties", "Diplomatic <ties>", Severity.HIGH, lines),) if lines else ()
    since = NOW - timedelta(hours=24)
    return DigestDocument("morning", since, NOW, "Asia/Seoul", groups, len(lines) if alerts is None else alerts)


def test_telegram_message() -> None:
    """Heading, counts, and one linked line for each entry under its rule."""
    (part,) = render_digest(document(line("A & B"), line("C", url="", published=None), alerts=3), DigestFormat.TELEGRAM)
    assert part == (
        "<b>Morning digest, Tue 24 Nov</b>\n"
        "2 entries from 3 alerts since 07:00 KST, 23 Nov\n"
        "\n"
        "▲ <b>Diplomatic &lt;ties&gt;</b> high\n"
        '• <a href="https://e.example/1">A &amp; B</a> Wire · 07:00 KST, 24 Nov\n'
        "• <b>C</b> Wire"
    )


def test_a_time_that_is_not_known_is_left_out() -> None:
    """An entry without one is listed by its outlet alone."""
    (part,) = render_digest(document(line("A", published=None)), DigestFormat.TELEGRAM)
    assert part.endswith("</a> Wire")


def test_a_long_digest_is_split_between_lines() -> None:
    """300 entries take several messages, each beginning with a whole line, and every title is in one of them."""
    titles = [f"Headline number {number} with a few more words to it. And a second sentence" for number in range(300)]
    parts = render_digest(document(*map(line, titles)), DigestFormat.TELEGRAM)
    shown = [read_html(part) for part in parts]
    assert len(shown) > 3
    assert all(message.units <= 4096 and len(message.marks) <= 100 for message in shown)
    assert all(message.text.startswith("• ") for message in shown[1:])
    assert all(sum(title in message.text for message in shown) == 1 for title in titles)


@pytest.mark.parametrize("style", list(DigestFormat))
def test_an_empty_period_says_so(style: DigestFormat) -> None:
    """No alerts: a digest that says that, not an empty one."""
    (written,) = render_digest(document(), style)
    assert "No alerts since 07:00 KST, 23 Nov" in written


def test_plain_text() -> None:
    """The address stands under its title, for it cannot be hidden behind it."""
    (written,) = render_digest(document(line("A <b>")), DigestFormat.TEXT)
    assert written == (
        "Morning digest, Tue 24 Nov\n1 entry since 07:00 KST, 23 Nov\n\n▲ Diplomatic <ties> high\n"
        "• A <b> (Wire · 07:00 KST, 24 Nov)\n  https://e.example/1\n"
    )


def test_markdown_takes_no_title_for_markup() -> None:
    """Signs that Markdown would obey are escaped, in titles and in addresses."""
    (written,) = render_digest(
        document(line("[x](http://evil) *b* <i>", "https://e.example/(a)?<b>")), DigestFormat.MARKDOWN
    )
    assert "## ▲ Diplomatic \\<ties\\> (high)" in written
    assert "- [\\[x\\](http://evil) \\*b\\* \\<i\\>](<https://e.example/(a)?%3Cb%3E>) Wire" in written


def test_web_page_takes_no_title_for_markup() -> None:
    """Only the page's own tags are tags."""

    class Tags(HTMLParser):
        found: set[str] = set()  # noqa: RUF012 - one use, one parser

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.found.add(tag)

    (written,) = render_digest(
        document(line('"><script>x</script>', 'https://e.example/"><script>')), DigestFormat.HTML
    )
    tags = Tags()
    tags.feed(written)
    assert tags.found == {"html", "head", "meta", "title", "body", "h1", "h2", "p", "small", "ul", "li", "a"}
