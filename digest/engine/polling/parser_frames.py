"""What goes between the engine and its parser children: JSON and bytes, each with its length before it.

::

    engine                                                             child
      │ ◀────────────────────────────────────────────────────────── ready ┤
      ├─ rules: pickles of the engine's own, when they changed ─────────▶ │
      ├─ read: a document and what is known of its feed ────────────────▶ │ split, parse
      │ ◀──────────────────────────── asked: what its entries are known by ┤
      ├─ known: what the store holds of these ──────────────────────────▶ │
      │ ◀─────────────── kept: the known ones among them, if there are any ┤
      ├─ what those of them said that have matched ─────────────────────▶ │ clean, compare, fold, match, summarise
      │ ◀─────────────────── entries, some at a time, the last and the end ┤
      │ ◀──────────── error, in plain words, instead of any of its answers ┤
      ├─ page: that of an article, and what rules found in its entry ───▶ │ extract, match, summarise, compare
      │ ◀───────────────────────────────────────────────── page, or error ┤

A child reads hostile documents, so what it says is only ever data: nothing that comes from it is a pickle.
"""

from __future__ import annotations

import json
import pickle
import struct
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from digest.values.news import (
    EntryEdit,
    EntryText,
    Hit,
    Identity,
    KeptEntry,
    MarkKind,
    Match,
    NewEntry,
    PageFacts,
    Severity,
    TextChange,
    TextMark,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from digest.match import Rule

LENGTHS: Final = struct.Struct(">II")
"""Lengths, in bytes, of a frame's JSON and of the bytes after it."""
OUT_OF_MEMORY: Final = 3
"""Exit status of a child whose document needed more memory than it may have."""

_HASH: Final = 16
_NONE: Final = bytes(_HASH)
_NAMES: Final = tuple(each.name for each in fields(Identity))
_TEXTS: Final = ("title", "summary", "content", "source", "lang", "author", "tier")


@dataclass(frozen=True, slots=True)
class PageQuestion:
    """A page to be read, and the entry that it belongs to."""

    body: bytes = field(repr=False)
    """Decompressed."""
    content_type: str
    """The header that came with it, or ""."""
    url: str
    """Where it came from."""
    text: EntryText = field(default_factory=EntryText)
    """What the feed says."""
    found: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The words that rules found in that, by their ids."""
    before: str = ""
    """Of a page that was read before, the article as it was then ..."""
    known: str = ""
    """... and the fingerprint of what it was seen to say since."""


def pack(words: dict[str, Any], raw: bytes = b"") -> bytes:
    """One frame."""
    text = json.dumps(words, ensure_ascii=False).encode("utf-8", "replace")
    return LENGTHS.pack(len(text), len(raw)) + text + raw


@dataclass(frozen=True, slots=True)
class PackedRules:
    """Rules as a child takes them: each a pickle, so that it keeps what it made of those that it knows."""

    lengths: Sequence[int] = ()
    pickled: bytes = field(default=b"", repr=False)
    by_rule: Mapping[int, bytes] = field(default_factory=dict, repr=False)
    """Each by the identity of its rule, which must be alive for as long as it is looked up here."""


def pack_rules(rules: Iterable[Rule], before: PackedRules) -> PackedRules:
    """Enabled rules, packed; those that are the same objects as ``before`` are not packed again."""
    by_rule = {
        id(rule): before.by_rule.get(id(rule)) or pickle.dumps(replace(rule, examples=()))
        for rule in rules
        if rule.enabled
    }
    return PackedRules([len(each) for each in by_rule.values()], b"".join(by_rule.values()), by_rule)


def pack_identities(some: Iterable[Identity]) -> bytes:
    """Eighty bytes for each."""
    return b"".join(getattr(each, name) or _NONE for each in some for name in _NAMES)


def unpack_identities(raw: bytes) -> tuple[Identity, ...]:
    """The identities in bytes of `pack_identities`."""
    parts = [raw[at : at + _HASH] for at in range(0, len(raw), _HASH)]
    parts = [b"" if part == _NONE else part for part in parts]
    return tuple(Identity(*parts[at : at + len(_NAMES)]) for at in range(0, len(parts), len(_NAMES)))


def entry_row(entry: NewEntry) -> list[Any]:
    """An entry as JSON, but for its identity."""
    published = None if entry.published is None else entry.published.timestamp()
    texts = [getattr(entry.text, name) for name in _TEXTS]
    matches = [
        [match.rule, match.severity, [_hit_row(hit) for hit in match.hits], summary] for match, summary in entry.matches
    ]
    spans = entry.summary_spans, entry.content_spans
    return [entry.url, texts, entry.text.tags, published, entry.folded, entry.fold_version, matches, spans]


def entry_of(row: list[Any], identity: Identity) -> NewEntry:
    """The entry of a row of `entry_row`."""
    url, texts, tags, published, folded, fold_version, matches, (of_summary, of_content) = row
    return NewEntry(
        identity=identity,
        url=url,
        text=EntryText(**dict(zip(_TEXTS, texts, strict=True)), tags=tuple(tags)),
        published=None if published is None else datetime.fromtimestamp(published, UTC),
        folded=folded,
        fold_version=fold_version,
        matches=tuple(
            (Match(rule, Severity(severity), tuple(Hit(*hit) for hit in hits)), tuple(summary))
            for rule, severity, hits, summary in matches
        ),
        summary_spans=_spans_of(of_summary),
        content_spans=_spans_of(of_content),
    )


def text_row(text: EntryText) -> list[Any]:
    """The plain text of an entry as JSON."""
    return [[getattr(text, name) for name in _TEXTS], text.tags]


def text_of(row: list[Any]) -> EntryText:
    """The text of a row of `text_row`."""
    texts, tags = row
    return EntryText(**dict(zip(_TEXTS, texts, strict=True)), tags=tuple(tags))


def kept_row(kept: KeptEntry) -> list[Any]:
    """A kept entry as JSON."""
    return [kept.key.hex(), dict(kept.texts), dict(kept.known)]


def kept_of(row: list[Any]) -> KeptEntry:
    """The kept entry of a row of `kept_row`."""
    key, texts, known = row
    return KeptEntry(bytes.fromhex(key), texts, known)


def edit_row(edit: EntryEdit) -> list[Any]:
    """An edit as JSON."""
    return [edit.key.hex(), [change_row(each) for each in edit.changes], sorted(edit.rules)]


def edit_of(row: list[Any]) -> EntryEdit:
    """The edit of a row of `edit_row`."""
    key, changes, rules = row
    return EntryEdit(bytes.fromhex(key), tuple(TextChange(*each) for each in changes), frozenset(rules))


def change_row(change: TextChange) -> list[str]:
    """A change as JSON."""
    return [change.field, change.before, change.after, change.difference, change.sha256]


def page_row(page: PageFacts) -> list[Any]:
    """What a page says, as JSON."""
    change = change_row(page.change) if page.change else None
    texts = page.title, page.text, page.problem, page.method
    return [texts, page.spans, dict(page.summaries), sorted(page.rules), change]


def page_of(row: list[Any]) -> PageFacts:
    """What the page of a row of `page_row` says."""
    (title, text, problem, method), spans, summaries, rules, change = row
    return PageFacts(
        title=title,
        text=text,
        spans=_spans_of(spans),
        problem=problem,
        method=method,
        summaries={rule: tuple(sentences) for rule, sentences in summaries.items()},
        rules=frozenset(rules),
        change=TextChange(*change) if change else None,
    )


def _spans_of(rows: list[Any]) -> tuple[TextMark, ...]:
    return tuple(TextMark(MarkKind(kind), start, end, detail) for kind, start, end, detail in rows)


def _hit_row(hit: Hit) -> list[Any]:
    return [hit.field, hit.start, hit.end, hit.text, hit.term]
