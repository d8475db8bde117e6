# ruff: noqa: E501 - markup of one line
"""Public Telegram channels, by the page that shows their last messages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from digest.errors import ParseError
from digest.feeds.preview import parse_preview
from tests.fakes.telegram_web import channel_page, message, no_messages

if TYPE_CHECKING:
    from digest.values.news import ParsedEntry, ParsedFeed

URL = "https://t.me/s/desk"


def read(page: str) -> ParsedFeed:
    """The messages on the page of the channel ``desk``."""
    return parse_preview(page.encode(), "desk", content_type="text/html; charset=utf-8", url=URL)


def entry(markup: str, *, forwarded: str = "", reply: tuple[str, str] | None = None, more: str = "") -> ParsedEntry:
    """The entry of one message."""
    (found,) = read(channel_page(message(7, markup, forwarded=forwarded, reply=reply, more=more))).entries
    return found


def test_a_channel_is_a_feed() -> None:
    """Called like the channel; each message with its address and its date, in UTC."""
    feed = read(channel_page(message(1, "One"), message(2, "Two", time="2026-11-30T09:00:00+09:00")))
    assert feed.title == "The desk &amp; more"
    assert [each.link for each in feed.entries] == ["https://t.me/desk/1", "https://t.me/desk/2"]
    assert feed.entries[1].published == datetime(2026, 11, 30, tzinfo=UTC)
    assert [each.title for each in feed.entries] == ["One", "Two"]


@pytest.mark.parametrize(
    ("markup", "title", "content"),
    [
        ("One line", "One line", ""),
        ("<b>Head &amp; more</b><br/><br/>Below <i>it</i>", "Head &amp; more", "<p>Below <i>it</i></p>"),
        ("x" * 300 + "<br>more", "", f"<p>{'x' * 300}<br>more</p>"),
        ('See <a href="/a">this</a><br>more', "", '<p>See <a href="https://t.me/a">this</a><br>more</p>'),
        ("<b>Bold<br>both</b> lines", "", "<p><b>Bold<br>both</b> lines</p>"),
        ("<blockquote>Said</blockquote>Then", "", "<p><blockquote>Said</blockquote>Then</p>"),
        ("Head<blockquote>Said</blockquote>", "Head", "<p><blockquote>Said</blockquote></p>"),
        ('<a href="?q=%23war">#war</a> goes on', "#war goes on", ""),  # a search in the channel
        ('A<br><a href="https://x.example/?a=1&amp;amp;b=2">x</a>', "A", '<p><a href="https://x.example/?a=1&amp;b=2">x</a></p>'),
        ('A<br><a href="javascript:x">x</a>', "A", "<p><a>x</a></p>"),
        ('<i class="emoji" style="x"><b>🔥</b></i> Fire', "🔥 Fire", ""),
    ],
)  # fmt: skip
def test_the_first_line_is_the_title_where_it_is_one(markup: str, title: str, content: str) -> None:
    """No longer than a title, without a link and closed in itself; what is below it is the text, as HTML."""
    found = entry(markup)
    assert (found.title, found.content) == (title, content)


def test_forwards_and_answers_are_said() -> None:
    """Who said it first, and what it answers: whose text is not the message's own."""
    forwarded = entry("News", forwarded="The Wire")
    assert (forwarded.title, forwarded.content) == ("News", "<p>Forwarded from The Wire</p>")
    answer = entry("Yes", reply=("Ann", "Is it so?"))
    assert (answer.title, answer.content) == ("Yes", "<p>In reply to Ann Is it so?</p>")


@pytest.mark.parametrize(
    ("more", "content"),
    [
        ('<a class="tgme_widget_message_photo_wrap x" style="background-image:url(https://cdn.example/1.jpg)"></a>', "Photo"),
        ('<a class="tgme_widget_message_video_player"></a><a class="tgme_widget_message_photo_wrap"></a>', "Photo, Video"),
        ('<div class="tgme_widget_message_document_title">report.pdf</div>', "report.pdf"),
        ('<div class="message_media_not_supported">x</div>', "A message that Telegram does not show on the web"),
    ],
)  # fmt: skip
def test_what_has_no_words_is_named(more: str, content: str) -> None:
    """Pictures are not fetched: a photo without words is a photo."""
    assert entry("", more=more).content == f"<p>{content}</p>"


def test_a_photo_with_words_is_its_words() -> None:
    """The caption says it."""
    found = entry("A rocket", more='<a class="tgme_widget_message_photo_wrap"></a>')
    assert (found.title, found.content) == ("A rocket", "")


def test_the_page_that_a_message_leads_to_is_told() -> None:
    """Title and description of the preview, with its address."""
    preview = (
        '<a class="tgme_widget_message_link_preview" href="https://x.example/1"><div class="link_preview_title">Big</div>'
        '<div class="link_preview_description">News</div></a>'
    )
    assert entry("A", more=preview).content == '<p><a href="https://x.example/1">Big. News</a></p>'


def test_what_the_channel_does_to_itself_is_no_message() -> None:
    """A new photo of the channel is no news; a channel that has nothing else has no entries."""
    assert read(channel_page(message(1, "Channel created", kind="service_message"))).entries == ()
    assert read(channel_page()).entries == ()


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (no_messages("The desk", extra="12 345 subscribers"), "@desk has its web preview switched off"),
        (no_messages("The desk", extra="1 subscriber"), "@desk has its web preview switched off"),
        (no_messages("Chat", extra="123 members, 4 online"), "@desk is a group"),
        (no_messages("Ann", photo=True), "@desk is a person or a bot"),
        (no_messages("@desk"), "there is no public channel @desk"),
        ("<html><body><p>Welcome</p></body></html>", "not the page of a Telegram channel"),
        ("", "empty"),
    ],
)
def test_a_channel_that_shows_no_messages_says_why(page: str, words: str) -> None:
    """Never an empty feed."""
    with pytest.raises(ParseError, match=words):
        read(page)
