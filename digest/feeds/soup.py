"""A broken XML document made whole: what can be told of its fields is written anew, and the rest is left out.

Fields are told as a person would: by a name that is known, up to the next end of that name. What stands in a field
and is no XML by itself is taken for its text. All of it takes time in proportion to the document's length.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME: Final = rb"(?:[a-zA-Z_][\w.-]*:)?[a-zA-Z_][\w.-]*"
_ROOT: Final = re.compile(rb"<(" + _NAME + rb")((?:\s[^<>]*)?)>")
_CHANNEL: Final = re.compile(rb"<(?:\w+:)?channel((?:\s[^<>]*)?)>", re.IGNORECASE)
_ENTRY: Final = re.compile(rb"<(/?)(?:[\w-]+:)?(?:item|entry)(?=[\s/>])([^<>]*)>|<!\[CDATA\[", re.IGNORECASE)
_FIELD: Final = re.compile(rb"<(" + _NAME + rb")((?:\s[^<>]*)?)>")
_ATTRIBUTE: Final = re.compile(rb"([a-zA-Z_][\w:.-]*)\s*=\s*(?:\"([^\"<>]*)\"|'([^'<>]*)'|([^\s\"'<>]+))")
_COMMENT_OR_SECTION: Final = re.compile(rb"<!--|<!\[CDATA\[")
_CLOSING: Final = {b"<!--": b"-->", b"<![CDATA[": b"]]>"}
_SECTION: Final = re.compile(rb"\s*<!\[CDATA\[")
_FIELDS: Final = frozenset(
    b"abstract author category content creator created contributor date description encoded guid id image issued "
    b"language link modified name origlink published pubdate rights source subject subtitle summary tagline title "
    b"updated group keywords identifier".split()
)


def mended_soup(document: bytes) -> bytes:
    """A feed as well-formed XML, of one whose XML is broken; nothing but what stands in known fields is kept.

    Args:
        document: UTF-8, its ampersands right.
    """
    document = _without_comments(document)
    root = _ROOT.search(document)
    if root is None:
        return b""
    head, entries = _cut(document, root.end())
    channel = _CHANNEL.search(head)
    kind = b"entry" if root[1].lower().endswith(b"feed") else b"item"
    return b"".join(
        [
            b"<%b%b><channel%b>" % (root[1], _attributes(root[2]), _attributes(channel[1] if channel else b"")),
            *_fields(head),
            *(piece for attributes, entry in entries for piece in _entry(kind, attributes, entry)),
            b"</channel></%b>" % root[1],
        ]
    )


def _entry(kind: bytes, attributes: bytes, entry: bytes) -> Iterator[bytes]:
    yield b"<%b%b>" % (kind, _attributes(attributes))
    if _is_sound(entry):
        yield entry
    else:
        yield from _fields(entry)
    yield b"</%b>" % kind


def _cut(document: bytes, start: int) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """The head of a document, and its entries, each with its attributes; one ends where the next begins at last."""
    entries: list[tuple[bytes, bytes]] = []
    head, attributes, began = b"", None, start
    position, endless = start, False
    while found := _ENTRY.search(document, position):
        position = found.end()
        if found[1] is None:  # what a section holds is no element
            end = -1 if endless else document.find(b"]]>", position)
            endless = end < 0
            position = position if endless else end + 3
            continue
        piece = document[began : found.start()]
        if attributes is not None:
            entries.append((attributes, piece))
        elif not entries and not head:
            head = piece
        attributes = found[2] if not found[1] else None
        began = position
    if attributes is not None:
        entries.append((attributes, document[began:]))
    elif not entries and not head:
        head = document[began:]
    return head, entries


def _fields(piece: bytes) -> Iterator[bytes]:
    """The elements of known names in a piece of a document, each as well-formed XML."""
    position = 0
    endless: set[bytes] = set()
    while found := _FIELD.search(piece, position):
        position = found.end()
        name = found[1]
        if name.rpartition(b":")[2].lower() not in _FIELDS:
            continue
        if found[2].endswith(b"/"):
            yield b"<%b%b/>" % (name, _attributes(found[2]))
            continue
        end = -1 if name in endless else _end(piece, position, name)
        if end < 0:
            endless.add(name)
            continue
        inner = piece[position:end]
        yield b"<%b%b>%b</%b>" % (name, _attributes(found[2]), inner if _is_sound(inner) else _as_text(inner), name)
        position = end


def _end(piece: bytes, start: int, name: bytes) -> int:
    """Where the end of an element begins; negative: nowhere."""
    section = _SECTION.match(piece, start)
    if section is not None and (past := piece.find(b"]]>", section.end())) >= 0:
        start = past
    return piece.find(b"</" + name, start)


def _as_text(inner: bytes) -> bytes:
    """What an element says, its markup and its sections escaped."""
    pieces = inner.split(b"<![CDATA[")
    said = [pieces[0]]
    for piece in pieces[1:]:
        raw, ended, rest = piece.partition(b"]]>")
        said += [raw.replace(b"&", b"&amp;") if ended else raw, rest]
    return b"".join(said).replace(b"<", b"&lt;").replace(b"]]>", b"]]&gt;")


def _attributes(written: bytes) -> bytes:
    found: dict[bytes, bytes] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(written):
        found.setdefault(name, (double or single or bare.rstrip(b"/")).replace(b'"', b"&quot;"))
    return b"".join(b' %b="%b"' % pair for pair in found.items())


def _is_sound(inner: bytes) -> bool:
    """Whether a piece is well-formed XML by itself."""
    if b"<" not in inner:
        return b"]]>" not in inner
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, encoding="utf-8")
    try:
        etree.fromstring(b"<x>%b</x>" % inner, parser)
    except (etree.XMLSyntaxError, ValueError):
        return False
    return not any(each.level_name == "FATAL" for each in parser.error_log)


def _without_comments(document: bytes) -> bytes:
    """A document without its comments; one that has no end is none. What a section holds is none either."""
    pieces = []
    position = kept = 0
    endless: set[bytes] = set()
    while found := _COMMENT_OR_SECTION.search(document, position):
        position = found.end()
        closing = _CLOSING[found[0]]
        end = -1 if closing in endless else document.find(closing, position)
        if end < 0:
            endless.add(closing)
            continue
        position = end + 3
        if closing == b"-->":
            pieces.append(document[kept : found.start()])
            kept = position
    pieces.append(document[kept:])
    return b"".join(pieces)
