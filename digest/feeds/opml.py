"""Lists of feeds as other readers keep them: OPML, newsboat's ``urls`` file, an address on each line.

Folders are tags, nested ones several. A list is anybody's file: it is read within bounds, entities of its own are
refused, and nothing that it names is opened.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from html.entities import html5
from typing import TYPE_CHECKING, Final, NamedTuple
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from digest.errors import ParseError
from digest.feeds.encoding import to_utf8
from digest.text import LONGEST_NAME, bounded, clean_line, without_controls

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MOST_BYTES: Final = 10_000_000
"""Of a list that is read."""
_MOST_FEEDS: Final = 50_000
_DEEPEST: Final = 30
"""Folders within folders."""
_LONGEST: Final = 4_096
"""Characters of an address, or of a line."""


@dataclass(frozen=True, slots=True)
class ListedFeed:
    """A feed of a list."""

    url: str
    """As it is written there: it may be anything."""
    name: str = ""
    tags: tuple[str, ...] = ()
    line: int = 0


class NotTaken(NamedTuple):
    """A line that is no feed to be polled, and why."""

    line: int
    why: str
    is_wrong: bool
    """Whether somebody should mend it; else it is what only another reader can do."""


@dataclass(frozen=True, slots=True)
class FeedList:
    """What a list says."""

    feeds: tuple[ListedFeed, ...] = ()
    not_taken: tuple[NotTaken, ...] = ()


def read_feed_list(data: bytes) -> FeedList:
    """The feeds of an OPML document, of newsboat's ``urls``, or of a text with an address on each line.

    Raises:
        ParseError: it is none of these, or is refused as a whole; with the line where there is one.
    """
    if len(data) > MOST_BYTES:
        raise ParseError(f"it is larger than {MOST_BYTES // 1_000_000} MB")
    document = to_utf8(data, "application/xml")
    above = _LEADING.match(data)[0].count(b"\n")  # type: ignore[index]  # it matches anything
    if document.startswith(b"<"):
        return _read_opml(document, above)
    return _read_urls("\n" * above + document.decode("utf-8", "replace"))


_LEADING: Final = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*")
"""What is gone from the start of a document that is read."""


# --- OPML --------------------------------------------------------------------------------------------------------

_AMPERSAND: Final = re.compile(rb"&(?!#[0-9]{1,7};|#[xX][0-9a-fA-F]{1,6};|(?:amp|lt|gt|quot|apos);)(?:(\w{1,32});)?")
_DOCTYPE: Final = re.compile(rb"<!ENTITY", re.IGNORECASE)


def _read_opml(document: bytes, above: int) -> FeedList:
    """Read with a parser that opens nothing, so many lines below the beginning; raises ParseError."""
    outlines = _Outlines(above)
    parser = outlines.parser
    try:
        parser.Parse(document if _DOCTYPE.search(document) else _AMPERSAND.sub(_mended, document), True)
    except expat.ExpatError as error:
        words = expat.errors.messages.get(error.code, str(error))
        raise ParseError(f"line {error.lineno + above}: its XML is broken: {words}") from None
    if not outlines.is_opml:
        raise ParseError("line 1: this is XML, but no OPML: it has no <opml> or <outline>")
    return FeedList(tuple(outlines.feeds), tuple(outlines.not_taken))


def _mended(found: re.Match[bytes]) -> bytes:
    """A bare ``&`` and the names that only HTML knows, which many programs write."""
    name = (found[1] or b"").decode("ascii", "replace")
    if not name:
        return b"&amp;"
    character = html5.get(f"{name};")
    return character.encode() if character else b"&amp;" + found[0][1:]


@dataclass
class _Outlines:
    """Collects the outlines of a document while it is parsed."""

    above: int = 0
    feeds: list[ListedFeed] = field(default_factory=list)
    not_taken: list[NotTaken] = field(default_factory=list)
    is_opml: bool = False
    _folders: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.parser = expat.ParserCreate("utf-8")
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = self._end
        self.parser.EntityDeclHandler = self._refuse_entities

    @property
    def _line(self) -> int:
        return self.parser.CurrentLineNumber + self.above

    def _refuse_entities(self, *_: object) -> None:
        raise ParseError(f"line {self._line}: it declares entities of its own: take its DOCTYPE out")

    def _begin(self, element: str, attributes: Mapping[str, str]) -> None:
        name = element.rpartition(":")[2].lower()
        self.is_opml = self.is_opml or name in {"opml", "outline"}
        if name != "outline":
            return
        said = {key.lower(): value for key, value in attributes.items()}
        title = _clean(said.get("text", "")) or _clean(said.get("title", ""))
        line = self._line
        url = said.get("xmlurl", "") or (said.get("url", "") if said.get("type", "").lower() in _FEED_KINDS else "")
        self._folders.append("" if url else title)
        if len(self._folders) > _DEEPEST:
            raise ParseError(f"line {line}: its folders are nested deeper than {_DEEPEST}")
        if url:
            self._feed(url.strip(), title, line)
        elif said.get("type", "").lower() in {"include", "link"} and said.get("url"):
            self.not_taken.append(NotTaken(line, "it names another document, which is not opened", is_wrong=False))

    def _feed(self, url: str, title: str, line: int) -> None:
        if len(self.feeds) >= _MOST_FEEDS:
            raise ParseError(f"line {line}: it lists more than {_MOST_FEEDS:,} feeds")
        if len(url) > _LONGEST:
            self.not_taken.append(NotTaken(line, "its address is too long", is_wrong=True))
            return
        tags = tuple(dict.fromkeys(folder for folder in self._folders if folder))
        self.feeds.append(ListedFeed(url, "" if title == url else title, tags, line))

    def _end(self, element: str) -> None:
        if element.rpartition(":")[2].lower() == "outline":
            self._folders.pop()


_FEED_KINDS: Final = frozenset(("rss", "atom", "feed", "rdf"))


def _clean(text: str) -> str:
    return bounded(clean_line(text), LONGEST_NAME)


def write_opml(feeds: Iterable[ListedFeed], title: str) -> str:
    """An OPML 2.0 document in which tags are folders; `read_feed_list` reads the same feeds from it, in their order.

    A feed of several tags lies in folders within each other; neighbours share what they can.
    """
    lines: list[str] = []
    open_folders: tuple[str, ...] = ()
    for feed in feeds:
        shared = 0
        while shared < min(len(open_folders), len(feed.tags)) and open_folders[shared] == feed.tags[shared]:
            shared += 1
        lines += [f"{'  ' * (2 + depth)}</outline>" for depth in range(len(open_folders) - 1, shared - 1, -1)]
        for depth, tag in enumerate(feed.tags[shared:], start=shared):
            lines.append(f"{'  ' * (2 + depth)}<outline text={_quoted(tag)}>")
        open_folders = feed.tags
        name = feed.name or feed.url
        said = f"text={_quoted(name)} title={_quoted(name)} xmlUrl={_quoted(feed.url)}"
        lines.append(f'{"  " * (2 + len(feed.tags))}<outline type="rss" {said}/>')
    lines += [f"{'  ' * (2 + depth)}</outline>" for depth in range(len(open_folders) - 1, -1, -1)]
    head = f"  <head>\n    <title>{html.escape(title, quote=False)}</title>\n  </head>"
    body = "\n".join(["  <body>", *lines, "  </body>"])
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0">\n{head}\n{body}\n</opml>\n'


def _quoted(text: str) -> str:
    return quoteattr(without_controls(text))


# --- newsboat's urls, and plain lists ----------------------------------------------------------------------------

_WORD: Final = re.compile(r'"((?:\\.|[^"\\])*)"|(\S+)')
_ESCAPED: Final = re.compile(r"\\(.)")
_ONLY_NEWSBOAT: Final = {
    "query:": "a query feed is no feed of its own: a view or a rule of Digest does its work",
    "exec:": "a command's output is not taken for a feed",
    "filter:": "a filter's output is not taken for a feed",
    "file:": "a file is not taken for a feed: only http and https addresses are",
}


def _read_urls(text: str) -> FeedList:
    """An address on each line, behind it its tags, quoted where they hold spaces; ``"~Name"`` is its name."""
    feeds: list[ListedFeed] = []
    not_taken: list[NotTaken] = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = _words(line)
        if not words:
            continue
        url, *said = words
        kind = next((why for start, why in _ONLY_NEWSBOAT.items() if url.lower().startswith(start)), None)
        if kind is not None:
            not_taken.append(NotTaken(number, kind, is_wrong=False))
        elif len(url) > _LONGEST or len(feeds) >= _MOST_FEEDS:
            not_taken.append(NotTaken(number, "its address is too long, or it is one of too many", is_wrong=True))
        else:
            name = next((_clean(word[1:]) for word in said if word.startswith("~")), "")
            tags = dict.fromkeys(_clean(word) for word in said if word[0] not in "~!")
            feeds.append(ListedFeed(url, name, tuple(tag for tag in tags if tag), number))
    return FeedList(tuple(feeds), tuple(not_taken))


def _words(line: str) -> list[str]:
    """The words of a line, without a note that begins with ``#``."""
    words: list[str] = []
    for quoted, bare in _WORD.findall(line[:_LONGEST] if line.startswith('"query:') else line):
        if bare.startswith("#") and not quoted:
            break
        word = _ESCAPED.sub(r"\1", quoted) if quoted else bare
        if word:
            words.append(word)
    return words


def write_urls(feeds: Sequence[ListedFeed]) -> str:
    """The same as newsboat's ``urls``."""
    return "".join(f"{' '.join([feed.url, *_said(feed)])}\n" for feed in feeds)


def _said(feed: ListedFeed) -> Iterable[str]:
    words = [*feed.tags, *([f"~{feed.name}"] if feed.name else [])]
    return ('"' + re.sub(r'(["\\])', r"\\\1", word) + '"' for word in words)
