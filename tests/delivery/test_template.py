"""A user's own words for an alert: filled in, never obeyed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.media.markup import TELEGRAM_UNITS, Span
from digest.delivery.media.template import FIELDS, TemplateError, fill, read_template
from digest.delivery.messages.alert import AlertMessage, render_alert
from digest.demo.telegram_html import read_html
from digest.values.news import EntryText, Hit, Severity
from digest.values.settings import Apprise, ChannelSpec, Folder, Telegram

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MESSAGE = AlertMessage(
    text=EntryText(
        title="A {title} & <b>",
        summary="Korea closes it.",
        source="Wire",
        lang="en",
        author="Kim {0}",
        tags=("world", "asia"),
    ),
    url="https://e.example/_a_?x=1&y=2",
    published=NOON,
    first_seen=NOON,
    severity=Severity.HIGH,
    rules=("Ties", "Korea"),
    hits=(Hit("summary", 0, 5, "Korea", "Korea"),),
    summary=("Korea closes it.",),
)
DESK = ChannelSpec("desk", Telegram("@desk"))
PHONE = ChannelSpec("phone", Apprise("ntfy://x"))
NOTES = ChannelSpec("notes", Folder("/notes"))
EVERY_FIELD = "\n".join(f"{name}={{{name}}}" for name in FIELDS)


def shown(channel: ChannelSpec, template: str, message: AlertMessage = MESSAGE) -> str:
    """An alert in one part."""
    (part,) = render_alert(message, replace(channel, template=template))
    return part


def test_every_field_has_its_words_in_telegram() -> None:
    """The title is linked, the words that hit are bold, and what an entry holds is neither field nor markup."""
    assert shown(DESK, EVERY_FIELD) == (
        'severity=high\nglyph=▲\ntitle=<a href="https://e.example/_a_?x=1&amp;y=2">A {title} &amp; &lt;b&gt;</a>\n'
        'url=<a href="https://e.example/_a_?x=1&amp;y=2">https://e.example/_a_?x=1&amp;y=2</a>\n'
        "source=Wire\ntime=12:00 UTC, 22 Nov\nsummary=<b>Korea</b> closes it.\nrules=Ties, Korea\n"
        "author=Kim {0}\nlang=en\ntags=world, asia\nalso=\nupdate="
    )


def test_plain_text_shows_each_address_once() -> None:
    """Behind the title, or where the template wants it."""
    assert shown(PHONE, "{title}") == "A {title} & <b> https://e.example/_a_?x=1&y=2"
    assert shown(PHONE, "{title}\n{url}\n{summary}") == (
        "A {title} & <b>\nhttps://e.example/_a_?x=1&y=2\nKorea closes it."
    )


def test_markdown_takes_nothing_for_markup() -> None:
    """Neither of the entry nor of the template."""
    assert shown(NOTES, "# *{severity}*\n{title}\n\n{summary}") == (
        "\\# \\*high\\*  \n[A \\{title\\} \\& \\<b\\>](<https://e.example/_a_?x=1&y=2>)\n\n**Korea** closes it."
    )


@pytest.mark.parametrize(
    ("template", "lines"),
    [
        ("{title}\n{author}\n{lang}", ["T"]),
        ("{title}\n({author}) · {lang}\nend", ["T", "end"]),
        ("{title}\nby {author}\nend", ["T", "by ", "end"]),  # words stay
        ("{title}\n\n{summary}\n\nend", ["T", "", "end"]),  # and no hole where a line was
        ("{author}\n\n{title}", ["T"]),
        ("{title}\n\n{author}", ["T"]),
        ("{title}\n\n\nend", ["T", "", "", "end"]),  # of the user's own making
        ("{author} {title}", ["T"]),
        ("{{{title}}} {{title}}", ["{T} {title}"]),
        ("  {title}", ["T"]),
    ],
)
def test_a_line_with_nothing_to_say_goes(template: str, lines: list[str]) -> None:
    """Unless words stand in it; braces are doubled."""
    bare = replace(MESSAGE, text=EntryText(title="T"), url="", summary=())
    assert read_html(shown(DESK, template, bare)).text == "\n".join(lines).replace("by \n", "by \n")


@pytest.mark.parametrize("channel", [DESK, PHONE, NOTES])
def test_an_alert_is_never_silence(channel: ChannelSpec) -> None:
    """Where the template has nothing to say of an entry, it is told in Digest's own words."""
    assert "Wire" in shown(channel, "{author}", replace(MESSAGE, text=EntryText(title="T", source="Wire")))


@pytest.mark.parametrize(
    ("template", "offset", "words"),
    [
        ("{severity} {titel}", 12, "did you mean {title}?"),
        ("{title}{}", 8, "there is no field “”: the fields are severity, glyph"),
        ("{title}{0}", 8, "the fields are"),
        ("{title.text}", 1, "write {title}"),
        ("{title[0]}", 1, "write {title}"),
        ("{title!r}", 1, "write {title}"),
        ("{title:>100000000}", 1, "write {title}"),
        ("{ title }", 1, "write {title}"),
        ("a } {title}", 2, "write }} for a brace"),
        ("{title} {", 8, "write {{ for a brace"),
        ("{{title}}", 0, "names no field"),
        ("", 0, "names no field"),
    ],
)
def test_what_cannot_stand_is_told_at_its_place(template: str, offset: int, words: str) -> None:
    """With what to write instead."""
    with pytest.raises(TemplateError) as caught:
        read_template(template)
    assert caught.value.offset == offset
    assert words in str(caught.value)


@given(st.text())
def test_any_template_is_read_or_refused(template: str) -> None:
    """In words, at a place inside it; what is read can be filled with anything."""
    try:
        read_template(template)
    except TemplateError as error:
        refused = error
    else:
        fill(template, {name: (Span("x"),) for name in FIELDS})
        return
    assert str(refused)
    assert 0 <= refused.offset <= len(template)


words = st.text(max_size=300) | st.text(alphabet="<>&{}'\"\n /b", max_size=60)
pieces = st.sampled_from([f"{{{name}}}" for name in FIELDS]) | words.map(
    lambda text: text.replace("{", "{{").replace("}", "}}")
)


@given(st.lists(pieces, max_size=12), words, words, st.lists(words, max_size=3))
def test_whatever_stands_in_it_telegram_takes_the_message(
    template: list[str], title: str, source: str, summary: list[str]
) -> None:
    """Any words of the user's, any words of an entry: valid markup within the limits, and never no message."""
    text = EntryText(title=title, summary=" ".join(summary), source=source, author=title, lang=source, tags=(title,))
    message = replace(MESSAGE, text=text, summary=tuple(summary), rules=(title, source))
    parts = render_alert(message, replace(DESK, template="".join(template) + "{severity}"))
    told = [read_html(part) for part in parts]
    assert told
    assert all(0 < part.units <= TELEGRAM_UNITS and len(part.marks) <= 100 for part in told)
    assert {mark.type for part in told for mark in part.marks} <= {"bold", "text_link"}
