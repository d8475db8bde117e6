"""Puts an alert into words: what happened first, then where and when, then why it was sent.

::

    ▲ high · North Korea closes its embassy in Syria
    Example News · 14:05 KST, 12 Mar

    North Korea has closed its embassy in Damascus. Two more ...

    Rule: North Korea and Syria
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from digest.delivery.media.formats import Record, hits_record, parts_for, record_of, rfc3339
from digest.delivery.media.markup import Span, linked
from digest.delivery.media.template import Fill, fill, names_in
from digest.text import gap_after, headline
from digest.values.messages import DeliveryKind
from digest.values.news import entry_time
from digest.values.settings import Apprise
from digest.words import local_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from digest.values.news import EntryText, Hit, Severity
    from digest.values.settings import ChannelSpec

UNTITLED: Final = "(no title)"


@dataclass(frozen=True, slots=True)
class AlertMessage:
    """All that a message says about one entry that alerted."""

    text: EntryText
    url: str
    published: datetime | None
    first_seen: datetime
    severity: Severity
    rules: tuple[str, ...]
    """Names to show, most severe first."""
    rule_ids: tuple[str, ...] = ()
    """The same by their ids."""
    hits: tuple[Hit, ...] = ()
    summary: tuple[str, ...] = ()


def render_alert(message: AlertMessage, channel: ChannelSpec) -> tuple[str, ...]:
    """The parts, in order and in the channel's own format, that tell one alert; times are those of its zone.

    A template that has nothing to say of this entry gives way to our own words: an alert is never silence.
    """
    zone, record = ZoneInfo(channel.timezone), _alert_record(message)
    pushed, template = isinstance(channel.medium, Apprise), channel.template
    own_words = _pushed_spans if pushed else _alert_spans
    worded = parts_for(channel, _templated(message, zone, template, pushed=pushed), record) if template else ()
    return worded or parts_for(channel, own_words(message, zone), record)


def _alert_spans(message: AlertMessage, zone: ZoneInfo) -> Iterator[Span]:
    yield Span(f"{message.severity.glyph} {message.severity.word} · ")
    yield linked(_title(message), message.url)
    yield Span(f"\n{_origin(message, zone)}")
    yield from _reasons(message)


def _pushed_spans(message: AlertMessage, zone: ZoneInfo) -> Iterator[Span]:
    """What stands under a title that the service shows by itself; the address comes last, in full."""
    yield Span(f"{message.severity.glyph} {message.severity.word} · {_origin(message, zone)}")
    yield from _reasons(message)
    yield Span(f"\n{message.url}" if message.url else "")


def _templated(message: AlertMessage, zone: ZoneInfo, template: str, *, pushed: bool) -> tuple[Span, ...]:
    """The alert in the words of the channel's template."""
    # Plain text writes out the address behind a title, unless the template has a place of its own for it.
    plain_title = pushed and "url" in names_in(template)
    title, text, url = _title(message), message.text, message.url
    fills: dict[str, Fill] = {
        "title": (Span(title) if plain_title else linked(title, url),),
        "url": (linked(url, url),) if url else (),
        "summary": tuple(_summary_spans(message)),
    }
    plain = {
        "severity": message.severity.word,
        "glyph": message.severity.glyph,
        "source": text.source,
        "time": _time(message, zone),
        "rules": ", ".join(message.rules),
        "author": text.author,
        "lang": text.lang,
        "tags": ", ".join(text.tags),
    }
    return fill(template, fills | {name: (Span(words),) for name, words in plain.items()})


def _title(message: AlertMessage) -> str:
    text = message.text
    return headline(text.title, text.summary, text.content) or message.url or UNTITLED


def _origin(message: AlertMessage, zone: ZoneInfo) -> str:
    """Source and time."""
    source = message.text.source
    return f"{source} · {_time(message, zone)}" if source else _time(message, zone)


def _time(message: AlertMessage, zone: ZoneInfo) -> str:
    return local_time(entry_time(message.published, message.first_seen), zone, now=message.first_seen)


def _reasons(message: AlertMessage) -> Iterator[Span]:
    """The summary, and the rules that found the entry."""
    if message.summary:
        yield Span("\n\n")
        yield from _summary_spans(message)
    yield Span(f"\n\n{'Rule' if len(message.rules) == 1 else 'Rules'}: {', '.join(message.rules)}")


def _alert_record(message: AlertMessage) -> Record:
    return record_of(
        DeliveryKind.ALERT,
        message.severity,
        message.first_seen,
        _title(message),
        url=message.url,
        source=message.text.source,
        published=rfc3339(message.published),
        summary=list(message.summary),
        rules=list(message.rule_ids),
        hits=hits_record(message.hits),
    )


# --- the words that hit ------------------------------------------------------------------------------------------


def _summary_spans(message: AlertMessage) -> Iterator[Span]:
    before = ""
    for sentence in message.summary:
        if before:
            yield Span(gap_after(before))
        before = sentence
        marked = _merged(marked_places(sentence, message.text, message.hits))
        position = 0
        for start, end in marked:
            yield Span(sentence[position:start])
            yield Span(sentence[start:end], bold=True)
            position = end
        yield Span(sentence[position:])


def marked_places(sentence: str, text: EntryText, hits: Sequence[Hit]) -> list[tuple[int, int]]:
    """Where the words that hit stand in a sentence of the summary: (start, end) in code points, in no order.

    A sentence stands in the entry's fields, so the hits inside it are known exactly. The same words marked in another
    field count too, where they stand here as words of their own and in the same case: US is not us.
    """
    places = []
    for field in ("title", "summary", "content"):
        at = getattr(text, field).find(sentence)
        if at >= 0:
            inside = (hit for hit in hits if hit.field == field and at <= hit.start and hit.end <= at + len(sentence))
            places += [(hit.start - at, hit.end - at) for hit in inside]
    for words in {hit.text for hit in hits if hit.field in ("title", "summary", "content") and hit.text.strip()}:
        places += [found.span() for found in re.finditer(_as_words(words), sentence)]
    return places


def _as_words(words: str) -> str:
    """A pattern for these words, not inside longer ones of a script that puts spaces between words."""
    before = r"(?<!\w)" if _spaced(words[0]) else ""
    after = r"(?!\w)" if _spaced(words[-1]) else ""
    return before + r"\s+".join(re.escape(word) for word in words.split()) + after


def _spaced(character: str) -> bool:
    """Whether neighbours of this character belong to its word: true but for Hangul, Han, kana and Thai.

    There particles follow a word directly, or no space parts words at all.
    """
    return character.isalnum() and not re.match(
        "[\u0e00-\u0e7f\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\U00020000-\U0003ffff]", character
    )


def _merged(places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The places in order, overlapping ones made one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
