"""A feed's XML as elements, and by what names they go.

What an element is called is a matter of its namespace and its local name, never of its prefix alone or of its place::

    <item> <title/>           title           a field of the entry's own: of its format, or of whatever namespace the
                                              whole document was put into
           <media:title/>     media:title     another vocabulary's, by the prefix it is known by, however it is bound
           <x:title/>         x:title         one that nobody knows, by its own prefix

Documents whose XML is broken are mended first, entry by entry, so that what is broken is lost and nothing else is.
"""

from __future__ import annotations

import html
import re
from html.entities import html5
from typing import TYPE_CHECKING, Final

from lxml import etree

from digest.feeds.soup import mended_soup
from digest.text import is_element, without_controls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element as Element

_VOCABULARIES: Final = {
    "rss": (
        "http://purl.org/rss/1.0",
        "http://purl.org/net/rss1.1#",
        "http://my.netscape.com/rdf/simple/0.9",
        "http://channel.netscape.com/rdf/simple/0.9",
        "http://my.netscape.com/publish/formats/rss-0.91.dtd",
        "http://backend.userland.com/rss",
        "http://backend.userland.com/rss2",
        "http://backend.userland.com/rss091",
        "http://backend.userland.com/rss092",
        "http://blogs.law.harvard.edu/tech/rss",
        "http://cyber.law.harvard.edu/rss/rss.html",
    ),
    "atom": ("http://www.w3.org/2005/atom", "http://purl.org/atom/ns#", "http://example.com/newformat#"),
    "content": ("http://purl.org/rss/1.0/modules/content",),
    "dc": ("http://purl.org/dc/elements/1.1", "http://purl.org/dc/elements/1.0"),
    "dcterms": ("http://purl.org/dc/terms",),
    "feedburner": ("http://rssnamespace.org/feedburner/ext/1.0",),
    "itunes": ("http://www.itunes.com/dtds/podcast-1.0.dtd", "http://example.com/dtds/podcast-1.0.dtd"),
    "media": (
        "http://search.yahoo.com/mrss",
        "http://www.rssboard.org/media-rss",
        "http://video.search.yahoo.com/mrss",
    ),
    "pheedo": ("http://www.pheedo.com/namespace/pheedo",),
    "prism": ("http://prismstandard.org/namespaces/basic/2.0", "http://prismstandard.org/namespaces/1.2/basic"),
    "rdf": ("http://www.w3.org/1999/02/22-rdf-syntax-ns#",),
    "xhtml": ("http://www.w3.org/1999/xhtml",),
}
_KNOWN_AS: Final = {address: name for name, addresses in _VOCABULARIES.items() for address in addresses}
_XML: Final = "{http://www.w3.org/XML/1998/namespace}"
_ENTRIES: Final = frozenset({"item", "entry"})
_DEEPEST: Final = 100
"""So deep markup may be nested in an element that is written out as markup again."""
_VOID: Final = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})


class Names:
    """By what names the elements of one entry, or of a feed's head, go.

    Args:
        home: the entry or the head: what goes by its namespace and prefix is its own.
    """

    def __init__(self, home: Element) -> None:
        self._own = (_namespace(home), home.prefix)
        self._is_atom = local_name(home) in {"entry", "feed"}
        self._names: dict[tuple[str, str | None], str] = {}

    def suits(self, home: Element) -> bool:
        """Whether another entry's elements go by the same names."""
        return self._own == (_namespace(home), home.prefix) and self._is_atom == (local_name(home) == "entry")

    def of(self, element: Element) -> str:
        """Its name in small letters: bare where it is one of the entry's own, else with a prefix."""
        key = (element.tag, element.prefix)
        found = self._names.get(key)
        if found is None:
            found = self._names[key] = self._name(element)
        return found

    def fields(self, home: Element) -> dict[str, list[Element]]:
        """What stands in an element, by name, each in the order in which it stands there."""
        found: dict[str, list[Element]] = {}
        for child in home:
            found.setdefault(self.of(child), []).append(child)
        return found

    def _name(self, element: Element) -> str:
        local = local_name(element)
        namespace, prefix = _namespace(element), element.prefix
        if not namespace:  # of a prefix that is bound to nothing the parser makes a part of the name
            unbound = str(element.tag).lower().rpartition(":")[0]
            return _joined(
                "" if unbound in {"rss", "atom"} and self._is_atom == (unbound == "atom") else unbound, local
            )
        if (namespace, prefix) == self._own:
            return local
        known = vocabulary(namespace)
        if known == "rss" or (known == "atom" and self._is_atom) or (not known and prefix is None):
            return local
        return _joined(known or prefix or "", local)


def _namespace(element: Element) -> str:
    tag = str(element.tag)
    return tag[1:].partition("}")[0] if tag[0] == "{" else ""


def _joined(prefix: str, local: str) -> str:
    return f"{prefix}:{local}" if prefix else local


def vocabulary(namespace: str) -> str:
    """The prefix that a namespace is known by, however its address is written; empty for an unknown one."""
    address = namespace.strip().lower().rstrip("/").replace("https://", "http://", 1)
    return _KNOWN_AS.get(address, "")


def local_name(element: Element) -> str:
    """The name of an element without its namespace or prefix, in small letters."""
    return str(element.tag).rpartition("}")[2].rpartition(":")[2].lower()


# --- documents -----------------------------------------------------------------------------------------------------

_AMPERSAND: Final = re.compile(
    rb"<!\[CDATA\[[^\]]*+(?:\](?!\]>)[^\]]*+)*+"
    rb"|&(?!(?:lt|gt|amp|quot|apos);)(?:"
    rb"(?P<codes>#(?:[xX][0-9a-fA-F]+|[0-9]+);?(?:&#(?:[xX][0-9a-fA-F]+|[0-9]+);?)*+)|(?:(?P<name>\w+);)?)"
)
_CODE: Final = re.compile(rb"&#(?:[xX]0*([0-9a-fA-F]+)|0*([0-9]+))")
_ESCAPE_CODE: Final = re.compile(rb"&#(?:[xX]0*1[bB]|0*27);")


def read_xml(document: bytes) -> tuple[Element | None, str]:
    """The outermost element of an XML document, and in plain words what was wrong with it.

    Nothing is ever fetched for it, and no entity grows without bound.
    """
    document = _mended(document)
    root, complaint = _parsed(document)
    if complaint:
        # What the parser makes of broken XML loses all that follows, or hides it in what was left open.
        root = _parsed(mended_soup(document))[0]
    return root, complaint


def _parsed(document: bytes) -> tuple[Element | None, str]:
    parser = etree.XMLParser(
        recover=True, resolve_entities="internal", no_network=True, remove_comments=True, remove_pis=True,
        encoding="utf-8",
    )  # fmt: skip
    try:
        root = etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    worst = next((each for each in parser.error_log if each.level_name == "FATAL"), None)
    return root, f"{worst.message} in line {worst.line}" if worst else ""


def _mended(document: bytes) -> bytes:
    """A document without what is no XML, but can only be meant in one way.

    A bare ampersand is escaped, HTML's names become the characters they stand for; numbers of no character become
    U+FFFD, or the character that two halves stand for, and those that Windows means otherwise what they mean there.
    """
    if b"&" not in document:
        return document
    if _ESCAPE_CODE.search(document):
        document = without_controls(_ESCAPE_CODE.sub(b"\x1b", document).decode("utf-8", "replace")).encode()
    declared = set(re.findall(rb"<!ENTITY\s+([\w.-]+)\s", document)) if b"<!ENTITY" in document else set()

    def mend(match: re.Match[bytes]) -> bytes:
        if match["codes"] is not None:
            return _mended_codes(match[0])
        if match["name"] is None:
            return b"&amp;" if match[0] == b"&" else match[0]
        if match["name"] in declared:
            return match[0]
        meant = html5.get(f"{match['name'].decode('utf-8', 'replace')};")
        return _as_codes(meant) if meant else b"&amp;" + match[0][1:]

    return _AMPERSAND.sub(mend, document)


def _mended_codes(references: bytes) -> bytes:
    codes = [_code(hexadecimal, decimal) for hexadecimal, decimal in _CODE.findall(references)]
    text = "".join(map(chr, codes)).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _as_codes(text)


def _as_codes(text: str) -> bytes:
    return "".join(f"&#{ord(character)};" for character in text).encode()


def _code(hexadecimal: bytes, decimal: bytes) -> int:
    """The number of a numeric reference; U+FFFD's where no character has it, a space's for a control."""
    digits = hexadecimal or decimal
    code = int(digits, 16 if hexadecimal else 10) if len(digits) < 9 else 0xFFFD
    if 0x80 <= code <= 0x9F:
        code = ord(html.unescape(f"&#{code};"))
    if code > 0x10FFFF or code in {0, 0xFFFE, 0xFFFF}:
        return 0xFFFD
    return code if code >= 0x20 or code in {9, 10, 13} else 0x20


def entry_elements(root: Element) -> Iterator[Element]:
    """The elements of the entries, in document order; what stands in an entry is no other one."""
    waiting = [iter((root,))]
    while waiting:
        element = next(waiting[-1], None)
        if element is None:
            waiting.pop()
        elif _is_entry(element):
            yield element
        elif len(element):
            waiting.append(iter(element))


def _is_entry(element: Element) -> bool:
    if local_name(element) not in _ENTRIES:
        return False
    namespace = _namespace(element)
    return not namespace or element.prefix is None or vocabulary(namespace) in {"rss", "atom", ""}


# --- what stands in an element ---------------------------------------------------------------------------------------


def plain_text(element: Element) -> str:
    """What an element says, without the elements in it."""
    text = own_text(element) if not len(element) else "".join(element.itertext())
    return text.strip()


def own_text(element: Element) -> str:
    """What stands in an element before the first one in it; what was turned into UTF-8 twice is turned back."""
    text = element.text or ""
    if text.isascii() or not _is_twice_encoded(text):
        return text
    try:
        return "".join(map(_as_byte, text)).encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _is_twice_encoded(text: str) -> bool:
    """Whether a text looks so: by letters that begin nothing else, or by many of those that may."""
    begun = [found[0][0] for found in _TWICE.finditer(text)]
    return len(begun) >= _CERTAINLY or any(letter in _TELLTALE for letter in begun)


def _as_byte(character: str) -> str:
    """The character whose code is the byte that Windows-1252 has for this one; itself where it has none."""
    return _BYTES.get(character, character)


_BYTES: Final = {bytes([byte]).decode("cp1252", "replace"): chr(byte) for byte in range(0x80, 0xA0)}
_TELLTALE: Final = frozenset("ÂÃÄÅÎÏÐÑØÙâ")
_CERTAINLY: Final = 3
_TWICE: Final = re.compile(f"[\xc2-\xf4][\x80-\xbf{''.join(_BYTES)}]")


def inner_markup(element: Element) -> str:
    """What stands in an element, as HTML: its elements by their bare names, its text escaped."""
    inner = list(element)
    if len(inner) == 1 and local_name(inner[0]) == "div" and not (element.text or "").strip():
        element = inner[0]  # which Atom puts around all XHTML
    pieces: list[str] = []
    _write(element, pieces, 0)
    return "".join(pieces).strip()


def _write(element: Element, pieces: list[str], depth: int) -> None:
    pieces.append(html.escape(own_text(element), quote=False))
    for child in element:
        name = local_name(child)
        is_known = is_element(name)
        if is_known:
            attributes = "".join(f' {_bare(key)}="{html.escape(value)}"' for key, value in child.attrib.items())
            pieces.append(f"<{name}{attributes}>")
        if depth < _DEEPEST:
            _write(child, pieces, depth + 1)
        if is_known and name not in _VOID:
            pieces.append(f"</{name}>")
        pieces.append(html.escape(child.tail or "", quote=False))


def _bare(key: str | bytes) -> str:
    return str(key).rpartition("}")[2]


def in_scope(element: Element, name: str) -> Iterator[str]:
    """The values of ``xml:base`` or ``xml:lang`` that hold for an element, the nearest first."""
    holder: Element | None = element
    while holder is not None:
        if value := holder.get(f"{_XML}{name}") or holder.get(f"xml:{name}"):
            yield str(value).strip()
        holder = holder.getparent()
