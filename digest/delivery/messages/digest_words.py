"""What a digest says, in words, whatever it is written in: its head, and who reports a story since when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from digest.delivery.messages.alert import UNTITLED
from digest.match.names.languages import language_in_words
from digest.stories.picking import beside
from digest.text import bounded
from digest.values.messages import DigestChange
from digest.words import count, day_name, local_time, long_day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.values.messages import DigestDocument, DigestGroup, DigestHeadline, DigestLine, DigestSource

_LONGEST_TITLE: Final = 300
_LONGEST_SENTENCE: Final = 600
APART: Final = "Perhaps another event: "
"""Before a headline that stands with a story of which it may not be."""
_LONGEST_SOURCE: Final = 60
_NAMED_SOURCES: Final = 4
"""So many are named in a message; the rest is counted."""


def day(document: DigestDocument) -> str:
    """``Tuesday, 24 November 2026``: what stands on top."""
    return long_day(document.until, ZoneInfo(document.timezone))


def name(document: DigestDocument) -> str:
    """``Morning digest``."""
    if document.title:
        return document.title
    called = document.name[:1].upper() + document.name[1:]
    return called if called.lower().endswith("digest") else f"{called} digest"


def heading(document: DigestDocument) -> str:
    """``Morning digest, Tue 24 Nov``: where all of it is one line."""
    return f"{name(document)}, {day_name(document.until, document.until, ZoneInfo(document.timezone))}"


def subtitle(document: DigestDocument) -> str:
    """``Morning digest · 12 stories since 07:00 KST, 23 Nov``; of an empty one two lines."""
    return f"{name(document)}{' · ' if document.entries else chr(10)}{counts(document)}"


def counts(document: DigestDocument) -> str:
    """What it holds, and of which time."""
    if not document.entries:
        return nothing_alerted(document)
    if all(line.change is None for group in document.groups for line in group.lines):
        return f"{document.entries:,} picked"
    stories = count(document.entries + document.more, "story")
    return f"{stories} since {local_time(document.since, ZoneInfo(document.timezone), now=document.until)}"


def nothing_alerted(document: DigestDocument, *, here: bool = False) -> str:
    """What an empty one says; ``here``: there was something, and nothing of it is for the channel."""
    zone = ZoneInfo(document.timezone)
    since, until = (local_time(edge, zone, now=document.until) for edge in (document.since, document.until))
    return f"Nothing alerted{' for this channel' if here else ''} between {since} and {until}."


def label(group: DigestGroup) -> tuple[str, str, str]:
    """Glyph, name and severity word of a group; none of a group that is all there is."""
    called = group.title or group.rule
    return (group.severity.glyph, called, group.severity.word) if called else ("", "", "")


def title(line: DigestLine) -> str:
    """Its headline, on one line, with its translation behind it."""
    own, other = (
        bounded(" ".join(each.split()), _LONGEST_TITLE) for each in (line.title or line.url, line.translation)
    )
    return beside(own or UNTITLED, other)


def sentence(line: DigestLine) -> str:
    """The one that stands where there is room for one; empty if it has none."""
    return _one_line(line.sentences[min(line.key, len(line.sentences) - 1)]) if line.sentences else ""


def sentences(line: DigestLine) -> tuple[str, ...]:
    """All that it has."""
    return tuple(map(_one_line, line.sentences))


def _one_line(said: str) -> str:
    return bounded(" ".join(said.split()), _LONGEST_SENTENCE)


def changes(line: DigestLine) -> tuple[str, ...]:
    """What of it is new: ``NEW``; ``UPDATED``, ``+2 outlets``."""
    joined = (f"+{count(line.joined, 'outlet')}",) if line.joined else ()
    if line.change in {None, DigestChange.MORE}:
        return joined
    return (line.change.value.upper(), *joined)


def sources(line: DigestLine, most: int = _NAMED_SOURCES) -> tuple[tuple[DigestSource, ...], str]:
    """So many of the publishers that report it, and how many more do: ``+2``, or nothing."""
    named = [each for each in line.sources if each.name]
    left = len(named) - most
    return tuple(named[:most]), f"+{left:,}" if left > 0 else ""


def source_name(source: DigestSource) -> str:
    """What a publisher is called, on one line."""
    return bounded(" ".join(source.name.split()), _LONGEST_SOURCE)


def time(line: DigestLine, document: DigestDocument) -> str:
    """Its own time."""
    return local_time(line.time, ZoneInfo(document.timezone), now=document.until)


def meta(line: DigestLine, document: DigestDocument) -> str:
    """``NEW · Wire, AFP, Example +2 · 05:12 KST, 24 Nov``."""
    named, left = sources(line)
    voices = f"{', '.join(map(source_name, named))} {left}".strip() or line.source
    return " · ".join(part for part in (*changes(line), voices, time(line, document)) if part)


def beside_it(headline: DigestHeadline) -> str:
    """A headline that stands with a story, on one line."""
    return bounded(" ".join((headline.title or headline.url).split()), _LONGEST_TITLE) or UNTITLED


def also(headline: DigestHeadline) -> str:
    """What stands before the headline of the same event in another language: ``Also in Korean: ``."""
    return f"Also in {language_in_words(headline.lang)}: " if headline.lang else "Also in another language: "


def besides(line: DigestLine) -> Iterator[tuple[str, DigestHeadline]]:
    """The headlines that stand with a story, each with what stands before it."""
    yield from ((also(other), other) for other in line.also)
    yield from ((APART, other) for other in line.apart)


def note(line: DigestLine) -> str:
    """What the user wrote to it."""
    return f"Note: {line.note}" if line.note else ""


def more(group: DigestGroup) -> str:
    """How many of its stories are only counted: ``+12 more``."""
    return f"+{group.more:,} more" if group.more else ""
