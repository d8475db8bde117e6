"""A public Telegram channel to entries, by the page that shows its last messages to everybody (``t.me/s/name``).

A message has no title: its first line is one where more comes below it and no link stands in it. What a message is
beside its words (forwarded, an answer, a photo) is said in words; pictures are not fetched. A channel that shows no
messages this way is an error that says why, never a feed without news.
"""

from __future__ import annotations

import copy
import html
import re
from typing import TYPE_CHECKING, Any, Final

from digest.errors import ParseError
from digest.feeds.dates import read_date
from digest.feeds.page import absolute, inner_markup, load_page, words_of_element
from digest.text import clean_line, html_to_text
from digest.values.news import ParsedEntry, ParsedFeed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    Element = Any
    """lxml has no types."""

_LONGEST_TITLE: Final = 200
_MEDIA: Final = {
    "tgme_widget_message_photo_wrap": "Photo",
    "tgme_widget_message_video_player": "Video",
    "tgme_widget_message_roundvideo_player": "Video message",
    "tgme_widget_message_voice_player": "Voice message",
    "tgme_widget_message_sticker_wrap": "Sticker",
    "tgme_widget_message_location_wrap": "Location",
    "tgme_widget_message_contact_wrap": "Contact",
}
_NAMED_MEDIA: Final = (
    "tgme_widget_message_document_title",
    "tgme_widget_message_contact_name",
    "tgme_widget_message_location_title",
    "tgme_widget_message_poll_question",
    "tgme_widget_message_poll_option_text",
)
_BREAK: Final = re.compile(r"<br\s*/?>|</?(?:blockquote|pre|p|div)\b[^>]*>", re.IGNORECASE)
_TAG: Final = re.compile(r"<[^>]*>")


def parse_preview(body: bytes, name: str, *, content_type: str, url: str) -> ParsedFeed:
    """The messages on the page of a channel, oldest first.

    Args:
        body: the page, decompressed.
        name: of the channel, without the ``@``.
        content_type: the header that came with it, or "".
        url: where it came from; relative links start there.

    Raises:
        ParseError: it shows no messages; says why, as far as the page does.
    """
    tree = load_page(body, content_type)
    messages = list(_all(tree, "tgme_widget_message"))
    if not messages and not _has(tree, "tgme_channel_history"):
        raise ParseError(_why_not(tree, name))
    entries = [entry for each in messages if not _has_class(each, "service_message") and (entry := _entry(each, url))]
    title = next(_all(tree, "tgme_channel_info_header_title"), None)
    return ParsedFeed(
        title=html.escape(words_of_element(title), quote=False) if title is not None else f"@{name}",
        link=url,
        entries=tuple(entries),
    )


def _why_not(tree: Element, name: str) -> str:
    """Why a page shows no messages."""
    if not _has(tree, "tgme_page"):
        return "this is not the page of a Telegram channel"
    extra = " ".join(map(words_of_element, _all(tree, "tgme_page_extra"))).lower()
    if "subscriber" in extra:
        return (
            f"the channel @{name} has its web preview switched off: without joining it nobody can read it, "
            "and neither can Digest"
        )
    if "member" in extra:
        return f"@{name} is a group, not a channel: Telegram shows no messages of groups on the web"
    if _has(tree, "tgme_page_photo_image"):
        return f"@{name} is a person or a bot, not a channel"
    return f"there is no public channel @{name}: it is private, has another name now, or never was"


# --- a message -------------------------------------------------------------------------------------------------------


def _entry(message: Element, url: str) -> ParsedEntry | None:
    """A message; ``None`` for what has no address, which is none of the channel's own."""
    link, date = _link_and_date(message, url)
    if not link:
        return None
    text = next((each for each in _all(message, "js-message_text") if _is_own(each)), None)
    markup = "" if text is None else _message_markup(text, url)
    head, rest = _titled(markup)
    above = [f"<p>{html.escape(line, quote=False)}</p>" for line in _said_above(message)]
    below = [f"<p>{each}</p>" for each in _said_below(message, url, alone=not markup)]
    return ParsedEntry(
        guid=link,
        link=link,
        title=head,
        content="".join([*above, f"<p>{rest}</p>" if rest else "", *below]),
        author=next(map(words_of_element, _all(message, "tgme_widget_message_from_author")), ""),
        published=date,
    )


def _link_and_date(message: Element, url: str) -> tuple[str, datetime | None]:
    for each in _all(message, "tgme_widget_message_date"):
        time = next(each.iter("time"), None)
        moment = None if time is None else read_date(time.get("datetime") or "")
        if link := absolute(each.get("href") or "", url):
            return link, moment
    return "", None


def _is_own(text: Element) -> bool:
    """Whether a text is the message's, and not that of one it answers."""
    return not any(_has_class(each, "tgme_widget_message_reply") for each in text.iterancestors())


def _message_markup(text: Element, url: str) -> str:
    """The text of a message as HTML: signs stand for their pictures, links are absolute, searches are no links."""
    text = copy.deepcopy(text)
    for link in text.iter("a"):
        # An address that Telegram asks about before it opens it is escaped twice.
        href = (link.get("href") or "").replace("&amp;", "&")
        address = "" if href.startswith("?") else absolute(href, url)
        link.attrib.clear()
        if address:
            link.set("href", address)
    return inner_markup(text)


def _titled(markup: str) -> tuple[str, str]:
    """The first line of a message as its title, and what is below it; all of it is below where that is no title."""
    first = _BREAK.search(markup)
    line = markup[: first.start()] if first else markup
    words = clean_line(html_to_text(line))
    if not words or len(words) > _LONGEST_TITLE or "<a " in line or _is_open(line):
        return "", markup
    rest = markup[first.end() :] if first and first[0].startswith("<br") else markup[len(line) :]
    return html.escape(words, quote=False), re.sub(r"^(?:\s|<br\s*/?>)+", "", rest)


def _is_open(line: str) -> bool:
    """Whether an element that begins on a line ends on another."""
    return sum(1 if tag[1] != "/" else -1 for tag in _TAG.findall(line) if not tag.endswith("/>")) != 0


def _said_above(message: Element) -> Iterator[str]:
    """What a message is beside its own words: forwarded, or an answer."""
    for each in _all(message, "tgme_widget_message_forwarded_from"):
        yield words_of_element(each)
    for each in _all(message, "tgme_widget_message_reply"):
        words = " ".join(words_of_element(part) for part in each)
        yield f"In reply to {words}"


def _said_below(message: Element, url: str, *, alone: bool) -> Iterator[str]:
    """What comes with a message, as HTML; of pictures only where nothing else is said."""
    named = [words for name in _NAMED_MEDIA for each in _all(message, name) if (words := words_of_element(each))]
    for words in named:
        yield html.escape(words, quote=False)
    yield from _linked(message, url)
    if not alone or named:
        return
    found = [words for name, words in _MEDIA.items() if _has(message, name)]
    if not found and _has(message, "message_media_not_supported"):
        found = ["A message that Telegram does not show on the web"]
    if found:
        yield ", ".join(found)


def _linked(message: Element, url: str) -> Iterator[str]:
    """What is said of the page that a message leads to, as HTML."""
    for each in _all(message, "tgme_widget_message_link_preview"):
        parts = [
            words_of_element(part) for kind in ("title", "description") for part in _all(each, f"link_preview_{kind}")
        ]
        words = html.escape(". ".join(filter(None, parts)), quote=False)
        address = absolute(each.get("href") or "", url)
        if words:
            yield f'<a href="{html.escape(address)}">{words}</a>' if address else words


# --- by class --------------------------------------------------------------------------------------------------------


def _all(element: Element, name: str) -> Iterator[Element]:
    """All elements of a class inside of an element, in order."""
    for each in element.iter():
        if each is not element and _has_class(each, name):
            yield each


def _has(element: Element, name: str) -> bool:
    return next(_all(element, name), None) is not None


def _has_class(element: Element, name: str) -> bool:
    return name in (element.get("class") or "").split()
