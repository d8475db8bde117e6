"""Puts a composed digest into Telegram's HTML, Markdown, text, a web page or JSON: one line and link per entry."""

from __future__ import annotations

import enum
import html
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from digest.delivery.media.formats import digest_record, parts_for
from digest.delivery.media.markdown import markdown_link, plain_in_markdown
from digest.delivery.media.markup import MAX_MARKS, Span, linked, telegram_parts
from digest.delivery.messages.alert import UNTITLED
from digest.delivery.messages.catchup import fitting, tail
from digest.values.settings import Folder
from digest.words import count, day_name, local_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from digest.values.messages import DigestDocument, DigestGroup, DigestLine
    from digest.values.settings import ChannelSpec

MOST_MESSAGES: Final = 3
"""More than that nobody reads: what does not fit is counted and can be looked up."""


class DigestFormat(enum.StrEnum):
    """What a digest can be written in."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    TELEGRAM = "telegram"


def render_digest(document: DigestDocument, style: DigestFormat) -> tuple[str, ...]:
    """The digest as written text: the messages in order for Telegram, exactly one document for the others."""
    if style is DigestFormat.TELEGRAM:
        return telegram_parts(_spans(document))
    lines = {DigestFormat.TEXT: _text, DigestFormat.MARKDOWN: _markdown, DigestFormat.HTML: _html}[style]
    return ("\n".join(lines(document)) + "\n",)


def digest_parts(
    document: DigestDocument, channel: ChannelSpec, *, delivery: int, cut: Callable[[tuple[str, ...]], tuple[str, ...]]
) -> tuple[str, ...]:
    """The digest as a channel sends it, in order: in few messages, the severest rules first; in a file all of it.

    Args:
        document: what it tells of; of nothing there is no message.
        channel: where it goes; a Markdown file gets headings and lists.
        delivery: its id in the outbox, by which all of its alerts can be looked up.
        cut: what makes messages of what `parts_for` gives.
    """
    if not document.entries:
        return ()
    if isinstance(channel.medium, Folder):
        if channel.medium.style == "markdown":
            return (render_digest(document, DigestFormat.MARKDOWN)[0].rstrip(),)
        return parts_for(channel, _spans(document), digest_record(document, _heading(document)))

    def parts(shown: int) -> tuple[str, ...]:
        return cut(parts_for(channel, _cut_short(document, shown, delivery), {}))

    return fitting(min(document.entries, MOST_MESSAGES * MAX_MARKS), MOST_MESSAGES, parts)


def _cut_short(document: DigestDocument, shown: int, delivery: int) -> Iterator[Span]:
    """What it says, with so many of its entries."""
    groups, room = [], shown
    for group in document.groups:
        lines, room = group.lines[:room], room - len(group.lines[:room])
        groups += [replace(group, lines=lines)] if lines else []
    yield from _spans(document, groups)
    if shown < document.entries:
        yield Span(tail(document.entries - shown, delivery))


# --- what it says ------------------------------------------------------------------------------------------------


def _heading(document: DigestDocument) -> str:
    """``Morning digest, Tue 24 Nov``."""
    name = document.name[:1].upper() + document.name[1:]
    title = name if name.lower().endswith("digest") else f"{name} digest"
    return f"{title}, {day_name(document.until, document.until, ZoneInfo(document.timezone))}"


def _counts(document: DigestDocument) -> str:
    """What it holds, and of which time."""
    zone = ZoneInfo(document.timezone)
    since = local_time(document.since, zone, now=document.until)
    if not document.entries:
        return f"No alerts since {since}"
    entries = count(document.entries, "entry")
    counts = entries if document.alerts == document.entries else f"{entries} from {count(document.alerts, 'alert')}"
    return f"{counts} since {since}"


def _label(group: DigestGroup) -> tuple[str, str, str]:
    """Glyph, name and severity word of a group."""
    return group.severity.glyph, group.title or group.rule, group.severity.word


def _title(line: DigestLine) -> str:
    return line.title or line.url or UNTITLED


def _origin(line: DigestLine, document: DigestDocument) -> str:
    """Source and time, as far as they are known."""
    time = local_time(line.time, ZoneInfo(document.timezone), now=document.until)
    return " · ".join(part for part in (line.source, time) if part)


# --- in which form -----------------------------------------------------------------------------------------------


def _spans(document: DigestDocument, groups: Sequence[DigestGroup] | None = None) -> Iterator[Span]:
    yield Span(_heading(document), bold=True)
    yield Span(f"\n{_counts(document)}")
    for group in document.groups if groups is None else groups:
        glyph, name, word = _label(group)
        yield Span(f"\n\n{glyph} ")
        yield Span(name, bold=True)
        yield Span(f" {word}")
        for line in group.lines:
            yield Span("\n• ")
            yield linked(_title(line), line.url)
            origin = _origin(line, document)
            yield Span(f" · {origin}" if origin else "")


def _text(document: DigestDocument) -> Iterator[str]:
    yield _heading(document)
    yield _counts(document)
    for group in document.groups:
        yield ""
        yield " ".join(_label(group))
        for line in group.lines:
            origin = _origin(line, document)
            yield f"• {_title(line)}" + (f" ({origin})" if origin else "")
            if line.url:
                yield f"  {line.url}"


def _markdown(document: DigestDocument) -> Iterator[str]:
    yield f"# {plain_in_markdown(_heading(document))}"
    yield ""
    yield plain_in_markdown(_counts(document))
    for group in document.groups:
        glyph, name, word = _label(group)
        yield ""
        yield f"## {glyph} {plain_in_markdown(name)} ({word})"
        yield ""
        for line in group.lines:
            origin = plain_in_markdown(_origin(line, document))
            title = _title(line)
            linked_title = markdown_link(title, line.url) if line.url else f"**{plain_in_markdown(title)}**"
            yield f"- {linked_title}" + (f" · {origin}" if origin else "")


def _html(document: DigestDocument) -> Iterator[str]:
    heading = html.escape(_heading(document))
    yield f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{heading}</title></head><body>'
    yield f"<h1>{heading}</h1>"
    yield f"<p>{html.escape(_counts(document))}</p>"
    for group in document.groups:
        glyph, name, word = _label(group)
        yield f"<h2>{glyph} {html.escape(name)} <small>{word}</small></h2>"
        yield "<ul>"
        for line in group.lines:
            title, origin = html.escape(_title(line)), html.escape(_origin(line, document))
            shown = f'<a href="{html.escape(line.url)}">{title}</a>' if line.url else f"<b>{title}</b>"
            yield f"<li>{shown}" + (f" <small>{origin}</small>" if origin else "") + "</li>"
        yield "</ul>"
    yield "</body></html>"
