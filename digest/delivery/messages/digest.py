"""Puts a composed digest into Telegram's HTML, Markdown, text, a web page or JSON: one entry a story.

::

    Tuesday, 24 November 2026
    Morning digest · 12 stories since 07:00 KST, 23 Nov

    ▲ Diplomatic ties high

    South Korea moves to establish ties with Syria
    The South Korean government has announced plans to establish diplomatic relations.
    NEW · Example News, Wire · 05:12 KST, 24 Nov

    +3 more
"""

from __future__ import annotations

import enum
import itertools
from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING, Final

from digest.delivery.media.columns import wrapped
from digest.delivery.media.formats import digest_record, parts_for, record_of
from digest.delivery.media.markdown import markdown_block, markdown_link, plain_in_markdown
from digest.delivery.media.markup import MAX_MARKS, Span, is_web, linked, telegram_messages
from digest.delivery.messages import digest_words as words
from digest.delivery.messages.catchup import fitting, tail
from digest.delivery.messages.digest_page import digest_page
from digest.shapes import digest_shape
from digest.text import join_sentences
from digest.values.messages import DeliveryKind
from digest.values.news import Severity
from digest.values.settings import Folder, Telegram, Webhook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from digest.values.messages import DigestDocument, DigestGroup, DigestLine
    from digest.values.settings import ChannelSpec

MOST_MESSAGES: Final = 3
"""More than that nobody reads: what does not fit is counted and can be looked up."""
COLUMNS: Final = 80
"""Of plain text."""
_SAID: Final = (Severity.LOW, Severity.HIGH, None)
"""The least severity of the entries whose sentence is told: where not all fits, sentences go first, then entries."""

_Block = list[Span]
"""What stays together in one message."""


class DigestFormat(enum.StrEnum):
    """What a digest can be written in."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    TELEGRAM = "telegram"


def render_digest(document: DigestDocument, style: DigestFormat) -> tuple[str, ...]:
    """The digest as written text: the messages in order for Telegram, exactly one document for the others.

    The same document is written in the same bytes.
    """
    match style:
        case DigestFormat.TELEGRAM:
            return telegram_messages(_blocks(document))
        case DigestFormat.HTML:
            return (digest_page(document),)
        case DigestFormat.TEXT:
            lines = _text(document)
        case DigestFormat.MARKDOWN:
            lines = _markdown(document)
    return ("\n".join(lines) + "\n",)


def digest_parts(
    document: DigestDocument, channel: ChannelSpec, *, delivery: int, cut: Callable[[tuple[str, ...]], tuple[str, ...]]
) -> tuple[str, ...]:
    """The digest as a channel sends it, in order: in few messages, the severest rules first; for programs all of it.

    Args:
        document: what it tells of; of nothing there is no message.
        channel: where it goes; a Markdown file gets headings and paragraphs.
        delivery: its id in the outbox, by which all of its alerts can be looked up.
        cut: what makes messages of what `parts_for` gives.
    """
    if not document.entries:
        return ()
    if isinstance(channel.medium, Webhook):
        record = record_of(DeliveryKind.DIGEST, Severity.NORMAL, document.until, words.heading(document))
        return parts_for(channel, itertools.chain.from_iterable(_blocks(document)), record | digest_shape(document))
    if isinstance(channel.medium, Folder):
        if channel.medium.style == "markdown":
            return (render_digest(document, DigestFormat.MARKDOWN)[0].rstrip(),)
        record = digest_record(document, words.heading(document))
        return parts_for(channel, itertools.chain.from_iterable(_blocks(document)), record)

    def parts(shown: int, said: Severity | None) -> tuple[str, ...]:
        blocks = _cut_short(document, shown, said, delivery)
        if isinstance(channel.medium, Telegram):
            return cut(telegram_messages(blocks))
        return cut(parts_for(channel, itertools.chain.from_iterable(blocks), {}))

    most = min(document.entries, MOST_MESSAGES * MAX_MARKS)
    for said in _SAID:
        whole = parts(most, said)
        if len(whole) <= MOST_MESSAGES:
            return whole
    return fitting(most, MOST_MESSAGES, lambda shown: parts(shown, None))


def _cut_short(document: DigestDocument, shown: int, said: Severity | None, delivery: int) -> Iterator[_Block]:
    """What it says, with so many of its entries, and with the sentences of those that are as severe."""
    groups, room = [], shown
    for group in document.groups:
        lines, room = group.lines[:room], room - len(group.lines[:room])
        left = len(group.lines) - len(lines)
        groups += [replace(group, lines=lines, more=group.more + left)] if lines else []
    yield from _blocks(document, groups, said)
    yield [Span(tail(document.entries - shown, delivery))]
    if document.more:
        yield [Span(f"\n\nWhat is only counted is in: digest alerts --since {_typed(document)}")]


def _typed(document: DigestDocument) -> str:
    """Its beginning, as it is typed behind ``--since``."""
    return f"{document.since.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


# --- in which form ---------------------------------------------------------------------------------------------------


def _blocks(
    document: DigestDocument, groups: Sequence[DigestGroup] | None = None, said: Severity | None = Severity.LOW
) -> Iterator[_Block]:
    """What a chat is told, entry by entry; a rule's name stays with its first one."""
    yield [Span(words.day(document), bold=True), Span(f"\n{words.subtitle(document)}")]
    for group in document.groups if groups is None else groups:
        glyph, name, severity = words.label(group)
        head = [Span(f"\n\n{glyph} "), Span(name, bold=True), Span(f" {severity}")] if name else []
        for line in group.lines:
            tells = said is not None and line.severity >= said
            yield [*head, *_entry(line, document, words.sentence(line) if tells else "")]
            head = []
        if left := words.more(group):
            yield [Span(f"\n\n{left}")]


def _entry(line: DigestLine, document: DigestDocument, sentence: str) -> Iterator[Span]:
    yield Span("\n\n")
    yield linked(words.title(line), line.url)
    for said in (sentence, words.note(line), words.meta(line, document)):
        yield Span(f"\n{said}" if said else "")
    for said, other in words.besides(line):
        yield Span(f"\n{said}")
        yield linked(words.beside_it(other), other.url)


def _text(document: DigestDocument) -> Iterator[str]:
    """Lines of at most 80 columns; an address is never broken, and stands on a line of its own."""
    yield words.day(document)
    yield from wrapped(words.subtitle(document), COLUMNS)
    for group in document.groups:
        if any(label := words.label(group)):
            yield ""
            yield from wrapped(" ".join(label), COLUMNS)
        for line in group.lines:
            yield ""
            said = words.title(line), words.sentence(line), words.note(line), words.meta(line, document)
            for each in filter(None, said):
                yield from wrapped(each, COLUMNS)
            if is_web(line.url):
                yield line.url
            for said_before, other in words.besides(line):
                yield from wrapped(said_before + words.beside_it(other), COLUMNS)
                yield from (other.url,) if is_web(other.url) else ()
        if left := words.more(group):
            yield ""
            yield left


def _markdown(document: DigestDocument) -> Iterator[str]:
    yield f"# {plain_in_markdown(words.day(document))}"
    yield ""
    yield markdown_block([Span(words.subtitle(document))])
    for group in document.groups:
        glyph, name, severity = words.label(group)
        if name:
            yield ""
            yield f"## {glyph} {plain_in_markdown(name)} ({severity})"
        for line in group.lines:
            title = words.title(line)
            yield ""
            yield f"### {markdown_link(title, line.url) if is_web(line.url) else plain_in_markdown(title)}"
            for said in (join_sentences(words.sentences(line)), words.note(line)):
                yield from ("", markdown_block([Span(said)])) if said else ()
            yield ""
            yield markdown_block(_origin(line, document))
            for said_before, other in words.besides(line):
                yield ""
                yield markdown_block([Span(said_before), linked(words.beside_it(other), other.url)])
        if left := words.more(group):
            yield ""
            yield plain_in_markdown(left)


def _origin(line: DigestLine, document: DigestDocument) -> Iterator[Span]:
    """What is new, who reports it, each with a link, and when."""
    for change in words.changes(line):
        yield Span(change, bold=True)
        yield Span(" · ")
    for number, source in enumerate(line.sources):
        yield Span(", " if number else "")
        name = words.source_name(source) or source.url
        yield Span(name, link=source.url) if is_web(source.url) else Span(name)
    yield Span(" · " if line.sources else "")
    yield Span(words.time(line, document))
