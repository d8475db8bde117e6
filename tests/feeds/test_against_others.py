"""Real feeds, entry by entry, beside what others read in them: feedparser, and the XML of the fields themselves.

Every difference from feedparser has one of the reasons below, and no other; none is allowed from the XML. A part of
the folder that DIGEST_CORPUS names is read, all of it where DIGEST_CORPUS_WHOLE is set.
"""

from __future__ import annotations

import calendar
import io
import os
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin
from xml.etree import ElementTree as ET

import feedparser
import pytest

from digest.errors import ParseError
from digest.feeds.encoding import to_utf8
from digest.feeds.jsonfeed import looks_like_json
from digest.feeds.parse import parse_document
from digest.text import html_to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from digest.values.news import ParsedEntry, ParsedFeed

URL: Final = "https://feed.test/f.xml"
ONE_IN: Final = 4
"""Documents of which one is read, where not all are."""


@dataclass
class Pair:
    """One entry as feedparser, as we, and as its XML has it."""

    theirs: Any
    ours: ParsedEntry
    xml: ET.Element | None

    @cached_property
    def texts(self) -> dict[str, list[str]]:
        """Of the entry's XML, by the local name of each element in it, in any depth, what stands there."""
        found: dict[str, list[str]] = {}
        for element in self.xml.iter() if self.xml is not None else ():
            name = local(element).lower()
            found.setdefault(name, []).append("".join(element.itertext()).strip())
            found.setdefault(f"{name} href", []).append(element.get("href", ""))
        return found

    def says(self, *names: str) -> set[str]:
        """What elements of these local names say, as plain words."""
        return {words(text) for name in names for text in self.texts.get(name, ())}

    def says_mended(self, *names: str) -> set[str]:
        """The same of what was turned into UTF-8 twice, turned back."""
        return {words(mended(text)) for name in names for text in self.texts.get(name, ()) if not text.isascii()}


def local(element: ET.Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def words(markup: object) -> str:
    """Markup as words on one line."""
    return " ".join(html_to_text(str(markup or "")).split())


def mended(text: str) -> str:
    """A text that was turned into UTF-8 twice, turned back."""
    raw = bytearray()
    for character in text:
        raw += character.encode("cp1252", "ignore") or character.encode("latin-1", "ignore")
    return raw.decode("utf-8", "ignore")


def get(entry: Any, name: str) -> str:
    """A field of feedparser's, not another one's in its place."""
    return str(dict.get(entry, name) or "").strip()


def their_texts(entry: Any) -> tuple[str, str]:
    """The summary, where it is not the content again, and the longest content."""
    contents = [words(each.get("value")) for each in entry.get("content") or ()]
    summary = words(get(entry, "summary"))
    return "" if summary in contents else summary, max(contents, key=len, default="")


def their_date(entry: Any) -> datetime | None:
    """The date, as feedparser reads it."""
    for name in ("published", "updated", "created"):
        if parsed := dict.get(entry, f"{name}_parsed"):
            return datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    return None


def our_texts(entry: ParsedEntry) -> tuple[str, str]:
    """The same of ours."""
    summary, content = words(entry.summary), words(entry.content)
    return "" if summary == content else summary, content


FIELDS: Final[dict[str, tuple[Callable[[Any], Any], Callable[[ParsedEntry], Any]]]] = {
    "guid": (lambda entry: get(entry, "id"), lambda entry: entry.guid),
    "link": (lambda entry: get(entry, "link"), lambda entry: entry.link),
    "title": (lambda entry: words(get(entry, "title")), lambda entry: words(entry.title)),
    "summary": (lambda entry: their_texts(entry)[0], lambda entry: our_texts(entry)[0]),
    "content": (lambda entry: their_texts(entry)[1], lambda entry: our_texts(entry)[1]),
    "date": (their_date, lambda entry: entry.published and entry.published.replace(microsecond=0)),
}
OTHERS: Final = ("description", "summary", "subtitle", "text", "title", "abstract", "encoded", "content")


def from_another_vocabulary(pair: Pair, theirs: Any, ours: Any) -> bool:
    """Feedparser takes the last text of several, be it a caption; an own one is in its place, or none."""
    return theirs in pair.says(*OTHERS) | {""} and ours in pair.says("description", "summary", "encoded", "content") | {
        ""
    }


def turned_into_utf8_twice(pair: Pair, theirs: Any, ours: Any) -> bool:
    """Feedparser turns back what Latin-1 made of UTF-8, we what Windows-1252 did as well."""
    return ours in pair.says_mended(*OTHERS)


def behind_a_counter(pair: Pair, theirs: Any, ours: Any) -> bool:
    """The page itself is named beside the address that counts its readers."""
    return ours in {get(pair.theirs, "feedburner_origlink"), get(pair.theirs, "pheedo_origlink")}


def made_absolute(pair: Pair, theirs: Any, ours: Any) -> bool:
    """Feedparser was not told where the document comes from."""
    return not theirs.startswith("http") and ours.endswith(theirs.lstrip("./")) and ours == urljoin(ours, theirs)


def guid_is_the_page(pair: Pair, theirs: Any, ours: Any) -> bool:
    """There is no link, and the guid is an address."""
    return not theirs and ours == pair.ours.guid


def no_web_address(pair: Pair, theirs: Any, ours: Any) -> bool:
    """What leads into no web page is no link."""
    return not ours and not theirs.startswith(("http://", "https://"))


def resolved_guid(pair: Pair, theirs: Any, ours: Any) -> bool:
    """Feedparser makes an address of a guid; it stays as it is written."""
    return theirs.endswith(ours) and ours in {*pair.texts.get("guid", ()), *pair.texts.get("id", ())}


def feedparser_reads_no_date(pair: Pair, theirs: Any, ours: Any) -> bool:
    """A form that it does not know."""
    return theirs is None


def another_zone(pair: Pair, theirs: Any, ours: Any) -> bool:
    """A name of a zone that it does not know, or an offset no zone has."""
    return theirs is not None and (ours is None or (ours - theirs) % timedelta(minutes=15) == timedelta(0))


def seconds_of_one_digit(pair: Pair, theirs: Any, ours: Any) -> bool:
    """It adds what is left to the minutes."""
    return ours is not None and theirs is not None and abs(ours - theirs) < timedelta(minutes=1)


REASONS: Final[dict[str, tuple[Callable[[Pair, Any, Any], bool], ...]]] = {
    "guid": (resolved_guid,),
    "link": (behind_a_counter, made_absolute, guid_is_the_page, no_web_address),
    "title": (turned_into_utf8_twice, from_another_vocabulary),
    "summary": (turned_into_utf8_twice, from_another_vocabulary),
    "content": (turned_into_utf8_twice, from_another_vocabulary),
    "date": (feedparser_reads_no_date, another_zone, seconds_of_one_digit),
}


def documents() -> Iterator[tuple[str, bytes]]:
    """The documents to be read, by their names, as UTF-8."""
    folder = os.environ.get("DIGEST_CORPUS")
    if not folder:
        pytest.skip("DIGEST_CORPUS names no folder of real feeds")
    paths = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    for path in paths[:: 1 if os.environ.get("DIGEST_CORPUS_WHOLE") else ONE_IN]:
        document = to_utf8(path.read_bytes())
        if not looks_like_json(document):
            yield path.name, document


def read(document: bytes) -> ParsedFeed | None:
    """The feed in a document, if there is any."""
    try:
        return parse_document(document, content_type="", url=URL)
    except ParseError:
        return None


def entries_of(document: bytes) -> list[ET.Element] | None:
    """The XML of each entry that is in no other one and holds anything; none where it is broken."""
    try:
        root = ET.fromstring(document)  # noqa: S314 -- documents of our own folder
    except ET.ParseError:
        return None
    nested = {id(inner) for outer in root.iter() if is_entry(outer) for inner in outer.iter() if inner is not outer}
    return [each for each in root.iter() if is_entry(each) and id(each) not in nested and says_anything(each)]


def says_anything(entry: ET.Element) -> bool:
    """Whether there is any text in an entry, or an address."""
    return any((each.text or "").strip() or each.attrib for each in entry.iter())


def is_entry(element: ET.Element) -> bool:
    """Whether an element is an entry by its name."""
    return local(element).lower() in {"item", "entry"}


@pytest.fixture(scope="module")
def corpus() -> list[tuple[str, ParsedFeed, bytes]]:
    """Each document with the feed in it, read once for all tests."""
    return [(name, feed, document) for name, document in documents() if (feed := read(document)) is not None]


def test_every_difference_from_feedparser_has_a_reason(corpus: list[tuple[str, ParsedFeed, bytes]]) -> None:
    """Title, link, guid, date, summary and content of every entry."""
    unexplained = []
    seen: Counter[str] = Counter()
    for name, feed, document in corpus:
        if feed.complaint:  # what is broken is mended in other ways
            continue
        xml = entries_of(document) or []
        theirs = [each for each in feedparser_entries(document) if any(value for value in each.values())]
        if len(theirs) != len(feed.entries):  # entries in entries are none of the feed's
            assert any(is_entry(inner) for outer in xml for inner in outer.iter() if inner is not outer), name
            continue
        for their, our, element in zip_longest(theirs, feed.entries, xml if len(xml) == len(theirs) else []):
            pair = Pair(their, our, element)
            for field, (of_theirs, of_ours) in FIELDS.items():
                one, other = of_theirs(their), of_ours(our)
                if one == other:
                    continue
                reason = next((each.__name__ for each in REASONS[field] if each(pair, one, other)), "")
                seen[f"{field}: {reason}"] += 1
                if not reason:
                    unexplained.append((name, field, str(one)[:200], str(other)[:200]))
    assert unexplained == []
    print(dict(seen))


def feedparser_entries(document: bytes) -> list[Any]:
    """The entries as feedparser reads the whole document."""
    headers = {"content-type": "application/xml; charset=utf-8"}
    options = {"response_headers": headers, "sanitize_html": False, "resolve_relative_uris": False}
    return list(feedparser.parse(io.BytesIO(document), **options)["entries"])


def test_every_field_stands_in_the_xml_under_its_name(corpus: list[tuple[str, ParsedFeed, bytes]]) -> None:
    """Whatever an entry says, it says itself, in an element that is called so."""
    wrong = []
    for name, feed, document in corpus:
        xml = entries_of(document)
        if feed.complaint or xml is None or len(xml) != len(feed.entries):
            continue
        for entry, element in zip(feed.entries, xml, strict=True):
            pair = Pair(None, entry, element)
            about = next((value for key, value in element.attrib.items() if key.endswith("about")), "")
            told = {
                "guid": entry.guid in {*pair.texts.get("guid", ()), *pair.texts.get("id", ()), about, ""},
                "title": is_told(entry.title, pair, ["title"]),
                "summary": is_told(entry.summary, pair, ["description", "summary", "abstract", "subtitle", "text"]),
                "content": is_told(entry.content, pair, ["encoded", "content", "body", "div", "description"]),
                "link": is_linked(entry.link, pair, about),
            }
            wrong += [(name, field, entry.guid) for field, is_right in told.items() if not is_right]
    assert wrong == []


def is_told(markup: str, pair: Pair, names: list[str]) -> bool:
    """Whether a field says what an element of one of these names does, whatever was mended in it."""
    ours = bare(words(markup))
    return not ours or any(ours == bare(said) for said in pair.says(*names) | pair.says_mended(*names))


def bare(text: str) -> str:
    """A text without spaces, and without what looks like a tag."""
    return re.sub(r"<[^<>]*>|\s+", "", text)


def is_linked(link: str, pair: Pair, about: str) -> bool:
    """Whether a link is one of the entry's, made absolute."""
    names = ("link", "link href", "guid", "id", "origlink")
    said = {each for name in names for each in pair.texts.get(name, ())} | {about}
    return not link or any(link.endswith(re.sub(r"^[./]*", "", each)) for each in said if each)
