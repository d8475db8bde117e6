"""Puts an alert into words: what happened first, then where and when, then why it was sent.

::

    ▲ high · North Korea closes its embassy in Syria
    Example News (B) · 14:05 KST, 12 Mar
    also Reuters, AFP · 5 sources

    North Korea has closed its embassy in Damascus. Two more ...

    Rule: North Korea and Syria

    Ann has it since 14:11 KST, 12 Mar

Who has it stands last: above the buttons, in the part that has these. One that tells a story again opens with why, and
with what is new: ``story.py`` has the words. Where several are joined, the newest comes first, and each has a line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from digest.delivery.media.formats import Record, hits_record, parts_for, record_of, rfc3339
from digest.delivery.media.markup import Span, linked
from digest.delivery.media.template import Fill, fill, names_in
from digest.delivery.messages.duty import acknowledged_record, escalated_words, taken_words
from digest.delivery.messages.story import NO_MATCH, corrected, spike_spans, with_tier
from digest.shapes import alert_shape
from digest.text import gap_after, headline
from digest.values.messages import DeliveryKind
from digest.values.news import entry_time
from digest.values.settings import Apprise, Webhook
from digest.words import local_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from digest.values.messages import Alert, Correction, Taken
    from digest.values.news import EntryText, Hit, Severity
    from digest.values.settings import ChannelSpec
    from digest.values.stories import Development

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
    alerts: tuple[Alert, ...] = ()
    """The same as alerts of the store."""
    hits: tuple[Hit, ...] = ()
    summary: tuple[str, ...] = ()
    news: tuple[Development, ...] = ()
    """Why its story is told again; none: it is told for the first time ..."""
    update: str = ""
    """... and the same in words."""
    also: str = ""
    """Who else reports its story, in words."""
    story: int | None = None
    """The id of its story."""
    correction: Correction | None = None
    """What of its headline was changed."""
    taken: Taken | None = None
    """Who has its event in hand ..."""
    escalated: Mapping[str, Any] | None = None
    """... and why another channel is told of it, where nobody took it in time: see `values.messages.Tells`."""
    spike: Mapping[str, Any] | None = None
    """What proves that reports come much faster than usual, where that is why it is told."""
    reports: tuple[AlertMessage, ...] = ()
    """Where several reports of its story are told in one message: each of them, the newest first."""


def render_alert(message: AlertMessage, channel: ChannelSpec) -> tuple[str, ...]:
    """The parts, in order and in the channel's own format, that tell one alert; times are those of its zone.

    A template that has nothing to say of this entry gives way to our own words: an alert is never silence.
    """
    zone, template = ZoneInfo(channel.timezone), channel.template
    record = (_alert_lines if isinstance(channel.medium, Webhook) else _alert_record)(message)
    own_words = _pushed_spans if isinstance(channel.medium, Apprise) else _alert_spans
    worded = parts_for(channel, _templated(message, zone, channel), record) if template else ()
    return worded or parts_for(channel, own_words(message, zone), record)


def _alert_spans(message: AlertMessage, zone: ZoneInfo) -> Iterator[Span]:
    yield from _opening(message)
    if message.reports:
        yield from _lines(message, zone)
    else:
        yield Span(f"{message.severity.glyph} {message.severity.word} · ")
        yield from _headline(message)
        yield from _flag(message)
        yield Span(f"\n{_origin(message, zone)}")
    yield from _reasons(message)
    yield from _taken(message, zone)


def _pushed_spans(message: AlertMessage, zone: ZoneInfo) -> Iterator[Span]:
    """What stands under a title that the service shows by itself; the address comes last, in full."""
    yield from _opening(message)
    if message.reports:
        yield from _lines(message, zone)
        yield from _reasons(message)
        yield from _taken(message, zone)
        return
    yield Span(f"{message.severity.glyph} {message.severity.word} · {_origin(message, zone)}")
    if message.correction is not None:
        yield Span(f"\nthe headline was: {message.correction.before}")
    yield from _flag(message)
    yield from _reasons(message)
    yield from _taken(message, zone)
    yield Span(f"\n{message.url}" if message.url else "")


def _templated(message: AlertMessage, zone: ZoneInfo, channel: ChannelSpec) -> tuple[Span, ...]:
    """The alert in the words of the channel's template.

    That it is an update, that it was escalated, and who has it, is always said.
    """
    # Plain text writes out the address behind a title, unless the template has a place of its own for it.
    named = names_in(channel.template)
    plain_title = isinstance(channel.medium, Apprise) and "url" in named
    text, url = message.text, message.url
    older = (span for each in message.reports[1:] for span in (Span("\n"), *_line(each, zone)))
    update = (Span(_update_line(message)), *older) if message.news else ()
    fills: dict[str, Fill] = {
        "title": (Span(_title(message)),) if plain_title else (*_headline(message), *_flag(message)),
        "url": (linked(url, url),) if url else (),
        "summary": tuple(_summary_spans(message, message.summary)),
        "update": update,
    }
    plain = {
        "severity": message.severity.word,
        "glyph": message.severity.glyph,
        "source": with_tier(text.source, text.tier),
        "time": _time(message, zone),
        "rules": ", ".join(message.rules),
        "author": text.author,
        "lang": text.lang,
        "tags": ", ".join(text.tags),
        "also": message.also,
    }
    filled = fill(channel.template, fills | {name: (Span(words),) for name, words in plain.items()})
    filled = (*filled, *spike_spans(message.spike)) if message.spike else filled
    filled = filled if "update" in named or not update else (*update, Span("\n"), *filled)
    return (*_escalated(message), *filled, *_taken(message, zone))


# --- an update ---------------------------------------------------------------------------------------------------


def _update_line(message: AlertMessage) -> str:
    return f"UPDATE · {message.update}"


def _opening(message: AlertMessage) -> Iterator[Span]:
    """Why another channel was not enough; of an update, why the story is told again, and its new sentence."""
    yield from _escalated(message)
    if not message.news:
        return
    yield Span(_update_line(message), bold=True)
    yield Span("\n")
    if message.summary:
        yield from _summary_spans(message, message.summary[:1])
        yield Span("\n\n")


def _escalated(message: AlertMessage) -> Iterator[Span]:
    """Why a channel is told of what another was told before."""
    if message.escalated is not None:
        yield Span(f"ESCALATED · {escalated_words(message.escalated)}", bold=True)
        yield Span("\n")


def _taken(message: AlertMessage, zone: ZoneInfo) -> Iterator[Span]:
    """Who has it in hand."""
    if message.taken is not None:
        yield Span("\n\n")
        yield Span(taken_words(message.taken, zone), bold=True)


def _lines(message: AlertMessage, zone: ZoneInfo) -> Iterator[Span]:
    """A line for each report that is told, the newest first."""
    for number, each in enumerate(message.reports):
        yield Span("\n" if number else "")
        yield from _line(each, zone)


def _line(message: AlertMessage, zone: ZoneInfo) -> Iterator[Span]:
    yield Span(f"{message.severity.glyph} ")
    yield from _headline(message)
    flag = f" · {NO_MATCH}" if _misses(message) else ""
    why = f" · {message.update}" if message.update else ""
    yield Span(f" · {_origin(message, zone)}{why}{flag}")


# --- what happened, where and when -------------------------------------------------------------------------------


def _headline(message: AlertMessage) -> tuple[Span, ...]:
    """The title, linked; with what was changed of it."""
    if message.correction is not None:
        return corrected(message.correction, message.url)
    return (linked(_title(message), message.url),)


def _flag(message: AlertMessage) -> Iterator[Span]:
    """That a correction took the match away: told, for the alert stays."""
    if _misses(message):
        yield Span(f"\n{NO_MATCH}")


def _misses(message: AlertMessage) -> bool:
    return message.correction is not None and not message.correction.matches


def _title(message: AlertMessage) -> str:
    if message.correction is not None:
        return message.correction.after
    text = message.text
    return headline(text.title, text.summary, text.content) or message.url or UNTITLED


def _origin(message: AlertMessage, zone: ZoneInfo) -> str:
    """Source, how far it is trusted, and time."""
    source = with_tier(message.text.source, message.text.tier)
    return f"{source} · {_time(message, zone)}" if source else _time(message, zone)


def _time(message: AlertMessage, zone: ZoneInfo) -> str:
    """Its date; without one nobody knows how old it is, so it is told, and that is said."""
    time = local_time(entry_time(message.published, message.first_seen), zone, now=message.first_seen)
    return time if message.published else f"{time}, undated"


def _reasons(message: AlertMessage) -> Iterator[Span]:
    """Who else reports it, the summary as far as it is not told yet, and the rules that found the entry."""
    if message.also:
        yield Span(f"\n{message.also}")
    rest = message.summary[1:] if message.news else message.summary
    if rest and not message.reports:
        yield Span("\n\n")
        yield from _summary_spans(message, rest)
    yield from spike_spans(message.spike) if message.spike else ()
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
        **_story_record(message),
    )


def _alert_lines(message: AlertMessage) -> Record:
    """The same as lines of ``digest alerts --json``; which channels get it is no receiver's business."""
    lines = [alert_shape(alert) for alert in message.alerts]
    told = [{name: value for name, value in line.items() if name != "deliveries"} for line in lines]
    return record_of(DeliveryKind.ALERT, message.severity, message.first_seen, _title(message), alerts=told)


def _story_record(message: AlertMessage) -> Record:
    """What is known of its story, under names that stand there only where there is something to say."""
    said: Record = {
        "tier": message.text.tier,
        "story": message.story,
        "update": [each.value for each in message.news],
        "also": message.also,
        "corrected": message.correction.before if message.correction else "",
        "titles": [_title(each) for each in message.reports],
        "spike": dict(message.spike or {}),
        "escalated": dict(message.escalated or {}),
        "acknowledged": acknowledged_record(message.taken),
    }
    return {name: value for name, value in said.items() if value}


# --- the words that hit ------------------------------------------------------------------------------------------


def _summary_spans(message: AlertMessage, sentences: Sequence[str]) -> Iterator[Span]:
    """Sentences of the summary, the words that hit in bold."""
    before = ""
    for sentence in sentences:
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
