"""A digest in four forms: nothing in it is markup, no entry is torn, everything is counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from digest.delivery.media.columns import width, wrapped
from digest.delivery.media.markup import plain_parts
from digest.delivery.messages.digest import COLUMNS, MOST_MESSAGES, DigestFormat, digest_parts, render_digest
from digest.demo.telegram_html import read_html
from digest.values.messages import DigestChange, DigestDocument, DigestGroup, DigestHeadline, DigestLine, DigestSource
from digest.values.news import Severity
from digest.values.settings import Apprise, ChannelSpec, Folder, Telegram

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
DESK = ChannelSpec("desk", Telegram("42"))
HOSTILE = '"><script>x</script> & [x](http://evil) *b* \u202e`'


def line(title: str, url: str = "https://e.example/1", *sentences: str, source: str = "Wire") -> DigestLine:
    """A story of the digest."""
    return DigestLine(title, url, source, NOW, NOW, sentences=sentences, sources=(DigestSource(source, url),))


def document(*lines: DigestLine, more: int = 0) -> DigestDocument:
    """A day's digest with one group."""
    groups = (DigestGroup("ties", "Diplomatic <ties>", Severity.HIGH, lines, more),) if lines else ()
    return DigestDocument("morning", NOW - timedelta(hours=24), NOW, "Asia/Seoul", groups, len(lines))


def of_three_kinds() -> DigestDocument:
    """A story that is new, one that was updated, one that more outlets report; and some that are only counted."""
    outlets = tuple(DigestSource(name, f"https://{name}.example/") for name in ("a", "b", "c", "d", "e", "f"))
    return document(
        replace(line("A & B", "https://e.example/1", "He came.", "He left."), key=1),
        replace(line("C", ""), change=DigestChange.UPDATED, joined=1),
        replace(line("D"), change=DigestChange.MORE, joined=2, sources=outlets),
        more=3,
    )


# --- each form -------------------------------------------------------------------------------------------------------


def test_telegram_message() -> None:
    """The day on top, then under its rule each story: headline, one sentence, what is new and who reports it."""
    (part,) = render_digest(of_three_kinds(), DigestFormat.TELEGRAM)
    assert part == (
        "<b>Tuesday, 24 November 2026</b>\n"
        "Morning digest · 6 stories since 07:00 KST, 23 Nov\n"
        "\n"
        "▲ <b>Diplomatic &lt;ties&gt;</b> high\n"
        "\n"
        '<a href="https://e.example/1">A &amp; B</a>\n'
        "He left.\n"
        "NEW · Wire · 07:00 KST, 24 Nov\n"
        "\n"
        "<b>C</b>\n"
        "UPDATED · +1 outlet · Wire · 07:00 KST, 24 Nov\n"
        "\n"
        '<a href="https://e.example/1">D</a>\n'
        "+2 outlets · a, b, c, d +2 · 07:00 KST, 24 Nov\n"
        "\n"
        "+3 more"
    )


def test_plain_text() -> None:
    """The address stands under its story, for it cannot be hidden behind it."""
    (written,) = render_digest(document(line("A <b>", "https://e.example/1", "Said.")), DigestFormat.TEXT)
    assert written == (
        "Tuesday, 24 November 2026\nMorning digest · 1 story since 07:00 KST, 23 Nov\n\n▲ Diplomatic <ties> high\n\n"
        "A <b>\nSaid.\nNEW · Wire · 07:00 KST, 24 Nov\nhttps://e.example/1\n"
    )


@pytest.mark.parametrize(
    "words",
    [
        "North Korea closes " * 20,
        "북한이 시리아 주재 대사관을 " * 20,
        "朝鲜关闭驻叙利亚大使馆，" * 30,
        "x" * 500,
        "กขค" * 100,
    ],
    ids=["Latin", "Hangul", "Han", "one word", "Thai"],
)
def test_plain_text_is_eighty_columns_wide(words: str) -> None:
    """Letters that take two columns count two; only an address may be longer, for it is of no use in pieces."""
    long = "https://e.example/" + "a" * 100
    (written,) = render_digest(document(line(words, long, words, source=words)), DigestFormat.TEXT)
    wide = [each for each in written.split("\n") if width(each) > COLUMNS]
    assert wide == [long]


def test_lines_are_broken_between_words_and_before_no_full_stop() -> None:
    """Han may be broken anywhere but before its punctuation; white space at a break is dropped."""
    assert list(wrapped("one two three", 7)) == ["one two", "three"]
    assert list(wrapped("朝鲜关闭。使馆", 8)) == ["朝鲜关", "闭。使馆"]
    assert list(wrapped("a\n  b", 8)) == ["a", "b"]
    assert width("e\u0301한a") == 4


def test_markdown() -> None:
    """Headings for rules and stories, two sentences, and a link for every outlet."""
    (written,) = render_digest(of_three_kinds(), DigestFormat.MARKDOWN)
    assert written.startswith(
        "# Tuesday, 24 November 2026\n\nMorning digest · 6 stories since 07:00 KST, 23 Nov\n\n## ▲ "
    )
    assert "### [A & B](<https://e.example/1>)\n\nHe came. He left.\n\n**NEW** · [Wire]" in written.replace("\\&", "&")
    assert "### C\n\n**UPDATED** · **+1 outlet** · Wire · 07:00 KST, 24 Nov\n" in written
    assert "[e](<https://e.example/>), [f](<https://f.example/>) · 07:00" in written
    assert written.endswith("\n\n+3 more\n")


def test_a_brief_has_notes_and_no_heads() -> None:
    """What the user wrote stands in each form; nothing is said to be new."""
    group = DigestGroup("", "", Severity.LOW, (replace(line("A"), note="Ask <him>", change=None),))
    brief = DigestDocument("brief", NOW, NOW, "UTC", (group,), 0, "Brief")
    text, markdown, page, telegram = (render_digest(brief, style)[0] for style in DigestFormat)
    assert "Brief · 1 picked\n\n<a" in telegram
    assert "Note: Ask &lt;him&gt;\nWire · 22:00 UTC, 23 Nov" in telegram
    assert "A\nNote: Ask <him>\nWire · 22:00" in text
    assert "Note: Ask \\<him\\>\n" in markdown
    assert "##" not in markdown.replace("###", "")
    assert '<p class="note" dir="auto">Ask &lt;him&gt;</p>' in page
    assert "<h2>" not in page


@pytest.mark.parametrize(
    ("style", "said"),
    [
        (DigestFormat.TELEGRAM, 'Perhaps another event: <a href="https://e.example/2">B &amp; &lt;C&gt;</a>'),
        (DigestFormat.TEXT, "Perhaps another event: B & <C>\nhttps://e.example/2\n"),
        (DigestFormat.MARKDOWN, "Perhaps another event: [B \\& \\<C\\>](<https://e.example/2>)"),
        (DigestFormat.HTML, 'Perhaps another event: <bdi><a href="https://e.example/2" rel="noopener'),
    ],
)
def test_what_may_be_another_event_stands_below_its_story(style: DigestFormat, said: str) -> None:
    """In each form, linked, and never as markup; what has no web address is no link."""
    others = DigestHeadline("B & <C>", "https://e.example/2"), DigestHeadline("D", "javascript:x")
    (part,) = render_digest(document(replace(line("A"), apart=others)), style)
    assert said in part
    assert "javascript" not in part


@pytest.mark.parametrize("style", list(DigestFormat))
def test_the_same_event_in_other_languages_stands_below_it(style: DigestFormat) -> None:
    """Each on a line of its own that names its language, before what may be another event."""
    others = tuple(DigestHeadline(f"T {lang}", "https://e.example/2", lang=lang) for lang in ("ko", "pt-BR", "xx", ""))
    (part,) = render_digest(document(replace(line("A"), also=others, apart=(DigestHeadline("D"),))), style)
    said = (
        "Also in Korean: ",
        "Also in Portuguese: ",
        "Also in xx: ",
        "Also in another language: ",
        "Perhaps another ",
    )
    places = [part.index(each) for each in said]
    assert places == sorted(places)
    assert part.index("T ko") < places[1]


@pytest.mark.parametrize("style", list(DigestFormat))
def test_an_empty_period_says_so(style: DigestFormat) -> None:
    """No alerts: a digest that says that, not an empty one."""
    (written,) = render_digest(document(), style)
    assert "Nothing alerted between 07:00 KST, 23 Nov and 07:00 KST, 24 Nov." in written


@pytest.mark.parametrize("style", list(DigestFormat))
def test_the_same_digest_is_the_same_bytes(style: DigestFormat) -> None:
    """Whenever it is written."""
    assert render_digest(of_three_kinds(), style) == render_digest(of_three_kinds(), style)


# --- nothing in it is markup -----------------------------------------------------------------------------------------


def hostile(url: str = 'https://e.example/"><script>') -> DigestDocument:
    """A digest that strangers wrote."""
    found = replace(line(HOSTILE, url, HOSTILE, source=HOSTILE), lang='en"><i>', note=HOSTILE)
    group = DigestGroup("ties", HOSTILE, Severity.HIGH, (found,))
    return replace(document(found), groups=(group,))


def test_markdown_takes_no_title_for_markup() -> None:
    """Signs that Markdown would obey are escaped, in texts and in addresses."""
    (written,) = render_digest(
        document(line("[x](http://evil) *b* <i>", "https://e.example/(a)?<b>", "# one", "- two")), DigestFormat.MARKDOWN
    )
    assert "## ▲ Diplomatic \\<ties\\> (high)" in written
    assert "### [\\[x\\](http://evil) \\*b\\* \\<i\\>](<https://e.example/(a)?%3Cb%3E>)" in written
    assert "\n\\# one - two\n" in written


class Tags(HTMLParser):
    """The tags and links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.links: list[str | None] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it."""
        self.found.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name in {"href", "src"}]


def test_web_page_takes_no_title_for_markup() -> None:
    """Only the page's own tags are tags, and only its own attributes are attributes."""
    ours, theirs = Tags(), Tags()
    ours.feed(render_digest(of_three_kinds(), DigestFormat.HTML)[0])
    theirs.feed(render_digest(hostile(), DigestFormat.HTML)[0])
    assert theirs.found - {"p"} <= ours.found
    assert theirs.attributes <= ours.attributes
    assert set(theirs.links) == {'https://e.example/"><script>'}


@pytest.mark.parametrize("style", list(DigestFormat))
@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//e.example/"])
def test_only_web_addresses_are_links(style: DigestFormat, url: str) -> None:
    """Whatever else an address is, no reader's program is led to it."""
    written = "".join(render_digest(hostile(url), style))
    assert url not in written


def test_the_web_page_loads_nothing_and_says_so() -> None:
    """No address but the links to the news; a policy that allows the page's own style alone."""
    (written,) = render_digest(of_three_kinds(), DigestFormat.HTML)
    tags = Tags()
    tags.feed(written)
    assert "default-src 'none'" in written
    assert "style-src 'sha256-" in written
    assert not {"script", "link", "img", "iframe", "object"} & tags.found
    assert "url(" not in written
    assert "@import" not in written
    assert "prefers-color-scheme: dark" in written
    assert "@media print" in written
    assert '<time datetime="2026-11-24">Tuesday, 24 November 2026</time>' in written
    assert '<time datetime="2026-11-23T22:00:00.000Z">07:00 KST, 24 Nov</time>' in written


def test_the_web_page_can_be_written_whatever_a_feed_says() -> None:
    """Half a letter of a surrogate pair fits no file."""
    (written,) = render_digest(document(line("a\ud800b")), DigestFormat.HTML)
    assert ">a?b<" in written
    written.encode()


# --- in messages -----------------------------------------------------------------------------------------------------


def test_a_long_digest_is_split_between_stories() -> None:
    """300 stories take many messages, each beginning with a whole one, and every one is whole in one of them."""
    some = [
        line(
            f"Headline number {number} " + "한" * (number % 250),
            "https://e.example/1",
            f"Sentence {number}. And {number}",
        )
        for number in range(300)
    ]
    shown = [read_html(part) for part in render_digest(document(*some), DigestFormat.TELEGRAM)]
    assert len(shown) > 10
    assert all(message.units <= 4096 and len(message.marks) <= 100 for message in shown)
    assert all(message.text.startswith("Headline number ") for message in shown[1:])
    assert all(message.text.endswith("07:00 KST, 24 Nov") for message in shown)
    for each in some:
        entry = f"{each.title.strip()}\n{each.sentences[0]}\nNEW · Wire · 07:00 KST, 24 Nov"
        assert sum(entry in message.text for message in shown) == 1


def test_the_longest_story_is_whole_in_one_message() -> None:
    """Of letters that Telegram counts twice, with as many outlets as are named."""
    giant = "𝕏" * 2000
    long = replace(line(giant, "https://e.example/1", giant), sources=(DigestSource(giant),) * 9, note="")
    shown = [read_html(part) for part in render_digest(document(*[long] * 5), DigestFormat.TELEGRAM)]
    assert [message.text.count("NEW") for message in shown] == [1, 1, 1, 1, 1]
    assert all(message.units <= 4096 for message in shown)


def test_a_story_is_not_torn_where_the_one_before_it_is_short() -> None:
    """It goes into the next message whole, though this one is hardly begun."""
    long = replace(line("Second"), note="A word. " * 495)
    parts = render_digest(document(line("First"), long), DigestFormat.TELEGRAM)
    first, second = (read_html(part).text for part in parts)
    assert first.endswith("First\nNEW · Wire · 07:00 KST, 24 Nov")
    assert second.startswith("Second\nNote: A word.")


def many(entries: int) -> DigestDocument:
    """A digest of so many entries under three rules, the severest first."""
    lines = [
        replace(
            line(f"Headline {number:04} with some words", f"https://e.example/{number}", "Said of it."),
            severity=severity,
        )
        for severity, numbers in (
            (Severity.URGENT, range(entries // 3)),
            (Severity.HIGH, range(entries // 3, 2 * (entries // 3))),
            (Severity.LOW, range(2 * (entries // 3), entries)),
        )
        for number in numbers
    ]
    third = entries // 3
    groups = (
        DigestGroup("war", "War", Severity.URGENT, tuple(lines[:third])),
        DigestGroup("ties", "Ties", Severity.HIGH, tuple(lines[third : 2 * third])),
        DigestGroup("talk", "Talk", Severity.LOW, tuple(lines[2 * third :]), more=7),
    )
    return DigestDocument("morning", NOW - timedelta(hours=24), NOW, "Asia/Seoul", groups, entries)


def short(parts: tuple[str, ...]) -> tuple[str, ...]:
    """The pieces of a service that takes 500 characters at once."""
    return tuple(piece for part in parts for piece in plain_parts(part, 500))


@pytest.mark.parametrize(
    ("channel", "cut", "least"),
    [
        (DESK, tuple, 150),
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
    assert f"{entries + 7:,} stories since" in shown
    left = f"{entries - len(named):,} more are not shown. All of them: digest alerts --delivery 57, or digest watch"
    assert left in " ".join(shown.split())


def test_sentences_go_before_stories_and_those_of_the_severe_last() -> None:
    """Where not all fits three messages: the headlines of all are worth more than the sentences of some."""
    told = ("".join(digest_parts(many(number), DESK, delivery=57, cut=tuple)) for number in (150, 165, 180))
    assert [(text.count("Headline"), text.count("\nSaid of it.")) for text in told] == [
        (150, 150),
        (165, 110),
        (180, 0),
    ]


def test_what_is_only_counted_can_be_looked_up() -> None:
    """It is not among what the message tells, but among the alerts of its time."""
    (part,) = digest_parts(many(9), DESK, delivery=57, cut=tuple)
    assert part.endswith("+7 more\n\nWhat is only counted is in: digest alerts --since 2026-11-22T22:00Z")
    assert "--delivery" not in part
    (part,) = digest_parts(document(line("A")), DESK, delivery=57, cut=tuple)
    assert "digest alerts" not in part


def test_nothing_is_left_out_of_a_file() -> None:
    """However much it is."""
    for style in ("markdown", "jsonl"):
        spec = ChannelSpec("archive", Folder("/srv/news", style))
        (part,) = digest_parts(many(2000), spec, delivery=57, cut=tuple)
        assert "Headline 1999" in part
        assert "not shown" not in part


def test_of_nothing_there_is_no_message() -> None:
    """What a digest told of may be pruned by the time somebody asks for it again."""
    assert digest_parts(document(), DESK, delivery=57, cut=tuple) == ()
