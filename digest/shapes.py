"""The JSON objects of values that scripts rely on: on the command line, in a message, in an answer.

Names and order are part of the promise. What an engine or a store alone knows has its shapes in ``answers/shapes.py``.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from digest.words import iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from digest.errors import Problem
    from digest.values.messages import (
        Alert,
        Correction,
        Delivery,
        DigestDocument,
        DigestHeadline,
        DigestLine,
        Taken,
    )
    from digest.values.news import EntryText, Hit, Match, StoredEntry

_UNSAFE: Final = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
"""What JSON leaves as it is, and a terminal or a reader of lines does not."""


def json_line(value: Mapping[str, Any]) -> str:
    """One JSON object on one line, without any control character."""
    line = json.dumps(value, ensure_ascii=False)
    return line if line.isascii() and "\x7f" not in line else _UNSAFE.sub(_escaped, line)


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def hit_shape(hit: Hit) -> dict[str, Any]:
    """A hit: ``start`` and ``end`` are code-point offsets into the field as plain text."""
    return {"field": hit.field, "start": hit.start, "end": hit.end, "text": hit.text, "term": hit.term}


def headline_shape(changed: Correction | None) -> dict[str, Any] | None:
    """A headline that was changed after a rule had found it; ``None``: it was not."""
    return None if changed is None else {"before": changed.before, "after": changed.after, "at": iso(changed.at)}


def match_shape(match: Match) -> dict[str, Any]:
    """One rule that matched, and where."""
    return {
        "rule": match.rule,
        "severity": match.severity.word,
        "hits": [hit_shape(hit) for hit in match.hits],
    }


def fields_shape(text: EntryText) -> dict[str, Any]:
    """The plain fields of an entry."""
    return {
        "title": text.title,
        "summary": text.summary,
        "content": text.content,
        "source": text.source,
        "lang": text.lang,
        "author": text.author,
        "tags": list(text.tags),
    }


def problem_shape(problem: Problem) -> dict[str, Any]:
    """A problem of ``check``."""
    place = {"path": problem.path, "line": problem.line, "column": problem.column}
    return {**place, "level": problem.level, "message": problem.message}


def matches_shape(id_: str | int, matches: Iterable[Match]) -> dict[str, Any]:
    """What ``match`` writes for one entry."""
    return {"id": id_, "matches": [match_shape(match) for match in matches]}


def cluster_shape(id_: str | int, story: int, *, repeat: bool) -> dict[str, Any]:
    """What ``cluster`` writes for one entry."""
    return {"id": id_, "story": story, "repeat": repeat}


def entry_shape(entry: StoredEntry) -> dict[str, Any]:
    """A stored entry, without its text."""
    return {
        "id": entry.id,
        "url": entry.url,
        "title": entry.text.title,
        "source": entry.text.source,
        "published": iso(entry.published),
        "first_seen": iso(entry.first_seen),
    }


def found_shape(entry: StoredEntry, hits: Iterable[Hit]) -> dict[str, Any]:
    """An entry that was found, of ``search``, ``rules try`` and ``rules diff``."""
    return entry_shape(entry) | {"hits": [hit_shape(hit) for hit in hits]}


def taken_shape(taken: Taken | None) -> dict[str, Any] | None:
    """Who has an event in hand since when; ``None``: nobody has."""
    return None if taken is None else {"by": taken.who, "since": iso(taken.since)}


def alert_shape(alert: Alert) -> dict[str, Any]:
    """A line of ``alerts``; one of a story that was told before says why it is told again."""
    entry = alert.entry
    update = {} if alert.news is None else {"update": alert.news.value}
    return {
        "id": alert.id,
        "rule": alert.rule,
        "severity": alert.severity.word,
        "created": iso(alert.created),
        "entry": entry_shape(entry),
        "story": entry.story or entry.id,
        **update,
        "acknowledged": taken_shape(alert.taken),
        "summary": list(alert.summary),
        "hits": [hit_shape(hit) for hit in alert.hits],
        "deliveries": [
            {
                "channel": delivery.channel,
                "kind": delivery.kind.value,
                "state": delivery.state.value,
                "attempts": delivery.attempts,
                "updated": iso(delivery.updated),
                "message_id": list(delivery.message_ids),
            }
            for delivery in alert.deliveries
        ],
    }


def delivery_shape(delivery: Delivery) -> dict[str, Any]:
    """A line of ``outbox list``."""
    return {
        "id": delivery.id,
        "channel": delivery.channel,
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "not_before": iso(delivery.not_before),
        "reason": delivery.reason or None,
        "alerts": list(delivery.alerts),
    }


def digest_shape(document: DigestDocument) -> dict[str, Any]:
    """What ``compose``, ``brief`` and ``catchup`` write; ``more``: how many stories are only counted."""
    return {
        "name": document.name,
        "since": iso(document.since),
        "until": iso(document.until),
        "entries": [_line_shape(line) for group in document.groups for line in group.lines],
        "more": document.more,
    }


def _line_shape(line: DigestLine) -> dict[str, Any]:
    """A story of a digest, by its entry's id where that is all of it; in a brief with its note, and no change.

    ``also`` and ``apart`` are there where other headlines stand with it.
    """
    besides = {"also": line.also, "apart": line.apart}
    translation = {"translation": line.translation} if line.translation else {}
    return (
        translation
        | {
            "story": line.story or line.entry,
            "title": line.title,
            "sentences": list(line.sentences),
            "sources": [source.name for source in line.sources if source.name],
            "links": list(dict.fromkeys(filter(None, (line.url, *(source.url for source in line.sources))))),
            "rules": list(line.rules),
            "severity": line.severity.word,
        }
        | ({"note": line.note} if line.change is None else {"change": line.change.value})
        | {name: list(map(_beside_shape, others)) for name, others in besides.items() if others}
    )


def _beside_shape(other: DigestHeadline) -> dict[str, Any]:
    """A headline that stands with a story; ``story`` is null where it is a report of the same."""
    return {"story": other.story, "title": other.title, "source": other.source, "link": other.url, "lang": other.lang}
