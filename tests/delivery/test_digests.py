"""A digest in four forms: nothing in it is markup, nothing is cut, everything is counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from digest.delivery.media.markup import plain_parts
from digest.delivery.messages.digest import MOST_MESSAGES, DigestFormat, digest_parts, render_digest
from digest.demo.telegram_html import read_html
from digest.values.messages import DigestDocument, DigestGroup, DigestLine
from digest.values.news import Severity
from digest.values.settings import Apprise, ChannelSpec, Folder, Telegram

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)


def line(title: str, url: str = "https://e.example/1") -> DigestLine:
    """An entry of the digest."""
    return DigestLine(title, url, "Wire", NOW, NOW)


def document(*lines: DigestLine, alerts: int | None = None) -> DigestDocument:
    """A day's digest with one group."""
    groups = (DigestGroup("ties", "Diplomatic <ties>", Severity.HIGH, lines),) if lines else ()
    since = NOW - timedelta(hours=24)
    return DigestDocument("morning", since, NOW, "Asia/Seoul", groups, len(lines) if alerts is None else alerts)


def test_telegram_message() -> None:
    """Heading, counts, and one linked line for each entry under its rule."""
    (part,) = render_digest(document(line("A & B"), line("C", url=""), alerts=3), DigestFormat.TELEGRAM)
    assert part == (
        "<b>Morning digest, Tue 24 Nov</b>\n"
        "2 entries from 3 alerts since 07:00 KST, 23 Nov\n"
        "\n"
        "▲ <b>Diplomatic &lt;ties&gt;</b> high\n"
        '• <a href="https://e.example/1">A &amp; B</a> · Wire · 07:00 KST, 24 Nov\n'
        "• <b>C</b> · Wire · 07:00 KST, 24 Nov"
    )


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
    assert "- [\\[x\\](http://evil) \\*b\\* \\<i\\>](<https://e.example/(a)?%3Cb%3E>) · Wire" in written


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


def many(entries: int) -> DigestDocument:
    """A digest of so many entries under three rules, the severest first."""
    lines = [
        DigestLine(f"Headline {number:04} with some words", f"https://e.example/{number}", "Wire", NOW, NOW)
        for number in range(entries)
    ]
    third = entries // 3
    groups = (
        DigestGroup("war", "War", Severity.URGENT, tuple(lines[:third])),
        DigestGroup("ties", "Ties", Severity.HIGH, tuple(lines[third : 2 * third])),
        DigestGroup("talk", "Talk", Severity.LOW, tuple(lines[2 * third :])),
    )
    return DigestDocument("morning", NOW - timedelta(hours=24), NOW, "Asia/Seoul", groups, entries)


def short(parts: tuple[str, ...]) -> tuple[str, ...]:
    """The pieces of a service that takes 500 characters at once."""
    return tuple(piece for part in parts for piece in plain_parts(part, 500))


@pytest.mark.parametrize(
    ("channel", "cut", "least"),
    [
        (ChannelSpec("desk", Telegram("42")), tuple, 150),
        (ChannelSpec("phone", Apprise("json://localhost")), tuple, 60),
        (ChannelSpec("phone", Apprise("mastodon://localhost")), short, 8),
    ],
    ids=["telegram", "apprise", "a service of short messages"],
)
@pytest.mark.parametrize("entries", [300, 2000])
def test_it_is_three_messages_at_most(
    channel: ChannelSpec, cut: Callable[[tuple[str, ...]], tuple[str, ...]], least: int, entries: int
) -> None:
    """The severest entries are named, as many as there is room for; the rest is counted, with how to see all of it."""
    document = many(entries)
    parts = digest_parts(document, channel, delivery=57, cut=cut)
    shown = "\n".join(read_html(part).text if isinstance(channel.medium, Telegram) else part for part in parts)
    named = [number for number in range(entries) if f"Headline {number:04}" in shown]
    assert len(parts) == MOST_MESSAGES == 3
    assert named == list(range(len(named)))
    assert least <= len(named) < entries
    assert f"{entries:,} entries since" in shown
    tail = f"{entries - len(named):,} more are not shown. All of them: digest alerts --delivery 57, or digest watch"
    assert tail in " ".join(shown.split())


def test_what_fits_is_whole_and_counts_nothing() -> None:
    """Nor is anything left out of a file, however much it is."""
    small = digest_parts(many(90), ChannelSpec("desk", Telegram("42")), delivery=57, cut=tuple)
    assert "not shown" not in "".join(small)
    assert "--delivery" not in "".join(small)
    for style in ("markdown", "jsonl"):
        spec = ChannelSpec("archive", Folder("/srv/news", style))
        (part,) = digest_parts(many(2000), spec, delivery=57, cut=tuple)
        assert "Headline 1999" in part
        assert "not shown" not in part


def test_of_nothing_there_is_no_message() -> None:
    """What a digest told of may be pruned by the time somebody asks for it again."""
    assert digest_parts(document(), ChannelSpec("desk", Telegram("42")), delivery=57, cut=tuple) == ()
