"""Is an entry new? A matter of identity, never of dates.

In two steps, because the answer lies in the store::

    asked = identities(feed.entries)                        # one for each entry, in their order
    known = store.polls.known_identities(feed_id, asked)    # = KnownIdentities.of(stored rows that share anything)
    found = identify(feed.entries, asked, known, left_out=...)

An entry is known by its key: its guid, else its normalised link, else a hash of what it says. So a new headline
makes no new entry. What feeds get wrong is put right here:

- A guid or link that several entries of one document share identifies none of them: link, then link and title, do.
- A guid that is the link with a revision number behind ``#`` counts as the link; any other web address counts in the
  form in which links are compared, so that a site's move to https changes no guid.
- An entry is known by its title, its page and its date, whatever its guid says and whatever parameters its link has:
  some feeds make new ones at every request. Where it has no date, what it says counts instead.
- A guid that comes back with another link and a title of other words is another entry.
- A feed that renames all its entries (new guids, or a new domain) while their links or titles stay is re-keyed.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit, urlunsplit
from zlib import crc32

from digest.text import html_to_text
from digest.values.news import Identity, ParsedEntry

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

_WORD: Final = re.compile(r"\w+")
_WORD_BYTES: Final = 16
_FEWEST_RENAMED: Final = 3
"""A feed renamed fewer entries than this: they count as new (one telling too many is better than one too few)."""


@dataclass(frozen=True, slots=True)
class KnownIdentities:
    """What a feed's store already holds of the identities it was asked about."""

    by_key: Mapping[bytes, Identity]
    by_link: Mapping[bytes, Identity]
    """Links that exactly one stored identity has."""
    by_title: Mapping[bytes, Identity]
    """Titles that exactly one stored identity has."""
    by_twin: Mapping[bytes, Identity]
    """By what they are whatever their guids say."""

    @classmethod
    def of(cls, rows: Iterable[Identity]) -> KnownIdentities:
        """From the feed's stored identities that share a key, a link or a title with one that is asked about.

        More rows do no harm; an empty link or title is shared with nobody.
        """
        rows = tuple(rows)
        return cls(
            by_key={row.key: row for row in rows},
            by_link=_unambiguous((row.link, row) for row in rows),
            by_title=_unambiguous((row.title, row) for row in rows),
            by_twin={row.twin: row for row in rows if row.twin},
        )


@dataclass(frozen=True, slots=True)
class Identified:
    """What a document brought, in document order."""

    new: tuple[tuple[ParsedEntry, Identity], ...]
    rekeyed: tuple[tuple[Identity, Identity], ...]
    """(known, new) identities of entries that are known under another key; they alert nobody."""
    named: tuple[Identity, ...]
    """What each entry of the document is known by from now on."""


def identities(entries: Sequence[ParsedEntry]) -> tuple[Identity, ...]:
    """The identity of each entry of one document, in order."""
    names = [_names(entry) for entry in entries]
    keys = _distinct_keys([each.keys for each in names], [each.whole for each in names])
    return tuple(
        Identity(key, each.link, each.title, each.twin, each.words) for key, each in zip(keys, names, strict=True)
    )


def identify(
    entries: Sequence[ParsedEntry],
    asked: Sequence[Identity],
    known: KnownIdentities,
    *,
    left_out: int = 0,
    beside: Collection[bytes] = (),
) -> Identified:
    """Which of a document's entries are new, and which are known under another key.

    Args:
        entries: in document order.
        asked: their `identities`.
        known: what the store holds of them.
        left_out: how many more entries the document has that were not parsed because their bytes are known.
        beside: the keys of those, where they are known: what still stands there is no entry of another key.
    """
    named = tuple(_own_name(identity, known) for identity in asked)
    unknown: dict[bytes, tuple[ParsedEntry, Identity]] = {}
    for entry, identity in zip(entries, named, strict=True):
        if identity.key not in known.by_key:
            unknown.setdefault(identity.key, (entry, identity))
    present = {*beside, *(one.key for one in named)}
    twins = _twins([one for _, one in unknown.values()], known, present)
    others = [one for _, one in unknown.values() if one.key not in twins]
    pairs = _renamed(others, known, present | {row.key for row, _ in twins.values()})
    whole_feed = len(pairs) >= _FEWEST_RENAMED and 2 * len(pairs) > len(entries) + left_out
    rekeyed = twins | {new.key: (row, new) for row, new in pairs if whole_feed or _surely_one(row, new)}
    return Identified(
        new=tuple(pair for key, pair in unknown.items() if key not in rekeyed),
        rekeyed=tuple(rekeyed.values()),
        named=named,
    )


def _own_name(identity: Identity, known: KnownIdentities) -> Identity:
    """What an entry is known by, if its guid was another entry's: guid and link together."""
    row = known.by_key.get(identity.key)
    if row is None or row.link == identity.link or not row.link or not identity.link:
        return identity
    if row.title == identity.title or _have_words_in_common(row.words, identity.words):
        return identity
    return replace(identity, key=_pair(identity.key, identity.link))


def _twins(
    unknown: Sequence[Identity], known: KnownIdentities, present: set[bytes]
) -> dict[bytes, tuple[Identity, Identity]]:
    """(known, unknown) identities that are one but for their keys, by the unknown key; each known one counts once."""
    taken = set(present)
    found = {}
    for identity in unknown:
        row = known.by_twin.get(identity.twin) if identity.twin else None
        if row is not None and row.key not in taken:
            taken.add(row.key)
            found[identity.key] = (row, identity)
    return found


def _have_words_in_common(one: bytes, other: bytes) -> bool:
    """Whether two titles share half of the words of the shorter one; where one has none, nobody can tell."""
    first, second = int.from_bytes(one), int.from_bytes(other)
    if not first or not second:
        return True
    return 2 * (first & second).bit_count() >= min(first.bit_count(), second.bit_count())


def _renamed(
    unknown: Sequence[Identity], known: KnownIdentities, present: set[bytes]
) -> list[tuple[Identity, Identity]]:
    """(known, unknown) identities of one link or title; a known one counts once, and never if it is ``present``."""
    taken = set(present)
    pairs = []
    for identity in unknown:
        row = known.by_link.get(identity.link) or known.by_title.get(identity.title)
        if row is not None and row.key not in taken:
            taken.add(row.key)
            pairs.append((row, identity))
    return pairs


def _surely_one(row: Identity, identity: Identity) -> bool:
    """True where a guid came, went or turned out to be shared, and nothing else differs."""
    same = (row.link, row.title) == (identity.link, identity.title)
    return same and (_keyed_by_link(row) or _keyed_by_link(identity))


def _keyed_by_link(identity: Identity) -> bool:
    return bool(identity.link) and identity.key in {identity.link, _pair(identity.link, identity.title)}


# --- keys --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Names:
    """All that an entry could be known by."""

    keys: tuple[bytes, ...]
    """What may serve as its key, most trusted first."""
    link: bytes
    title: bytes
    twin: bytes
    words: bytes
    whole: tuple[bytes, ...]
    """Entries of one document that are equal in this are one entry, standing there twice."""


def _names(entry: ParsedEntry) -> _Names:
    guid = _guid_hash(entry)
    normal = normalise_link(entry.link)
    link = _hashed("link", normal)
    plain = html_to_text(entry.title).casefold()
    title = _hashed("title", plain)
    said = f"{entry.link}\n{entry.title}\n{entry.summary}\n{entry.content}"
    content = _hashed("content", said)
    keys = (guid, link, _pair(link, title) if link and title else b"", content)
    whole = (guid, link, title, b"" if guid else content)
    return _Names(tuple(filter(None, keys)), link, title, _twin(entry, normal, plain), _words(plain), whole)


def _twin(entry: ParsedEntry, normal: str, title: str) -> bytes:
    """What it is, whatever its guid says; none where that is too little to know it by."""
    date = entry.published.isoformat() if entry.published else ""
    if date and title:
        return _hashed("twin", f"{_page(normal)}\n{date}\n{title}")
    text = f"{entry.summary}\n{entry.content}".strip()
    if not (title or (text and (normal or date))):
        return b""
    return _hashed("twin", f"{_page(normal)}\n{date}\n{title}\n{text}")


def _page(normal: str) -> str:
    """A link without the parameters that may change with every request."""
    page, _, query = normal.partition("?")
    return "&".join([page, *(one for one in query.split("&") if not _TOKEN.fullmatch(one))]) if query else page


def _words(title: str) -> bytes:
    bits = 0
    for word in set(title.split() if title.isascii() else _WORD.findall(title)):
        # Words that are not parted by spaces are told by pairs of their characters.
        parts = [word] if word.isascii() or word[0] < "\u0e00" else [word[at : at + 2] for at in range(len(word) - 1)]
        for part in parts or [word]:
            bits |= 1 << crc32(part.encode("utf-8", "replace")) % (8 * _WORD_BYTES)
    return bits.to_bytes(_WORD_BYTES) if bits else b""


def _distinct_keys(choices: Sequence[tuple[bytes, ...]], wholes: Sequence[tuple[bytes, ...]]) -> list[bytes]:
    """The most trusted key of each entry that no other entry of the document has; at worst the last one."""
    level = [0] * len(choices)
    while True:
        keys = [choice[at] for choice, at in zip(choices, level, strict=True)]
        holders = Counter(key for key, _ in set(zip(keys, wholes, strict=True)))
        shared = [
            index for index, key in enumerate(keys) if holders[key] > 1 and level[index] + 1 < len(choices[index])
        ]
        if not shared:
            return keys
        for index in shared:
            level[index] += 1


def _hashed(kind: str, text: str) -> bytes:
    """16 bytes that stand for ``text`` as a guid, link, title or content; none for none."""
    if not text:
        return b""
    return blake2b(text.encode("utf-8", "replace"), digest_size=16, person=kind.encode()).digest()


def _pair(link: bytes, title: bytes) -> bytes:
    return blake2b(link + title, digest_size=16, person=b"link and title").digest()


def _guid_hash(entry: ParsedEntry) -> bytes:
    guid = entry.guid.strip()
    page, mark, revision = guid.partition("#")
    if not mark:
        return _hashed("guid", normalise_link(guid))
    if revision.isdigit() and "#" not in entry.link and normalise_link(page) == normalise_link(entry.link):
        return _hashed("link", normalise_link(page))
    return _hashed("guid", guid)


def _unambiguous(rows: Iterable[tuple[bytes, Identity]]) -> dict[bytes, Identity]:
    found: dict[bytes, Identity] = {}
    ambiguous = {b""}
    for value, row in rows:
        if value in found:
            ambiguous.add(value)
        found[value] = row
    return {value: row for value, row in found.items() if value not in ambiguous}


# --- links -------------------------------------------------------------------------------------------------------

_TRACKING: Final = re.compile(
    r"(?:utm_\w+|at_(?:medium|campaign|custom\d+|link\w*|format|ptr_\w+|bbc\w*)|fbclid|gclid|gclsrc|dclid|msclkid|yclid"
    r"|twclid|igshid|mc_[ce]id|mkt_tok|ocid|cmpid?|ncid|wt_mc|xtor|smid|smtyp|s_cid|soc_\w+|ito|_hs(?:enc|mi)|_ga|_gl"
    r"|feed(?:type|name)|traffic_source|ns_\w+|pk_(?:campaign|kwd|source|medium)|mtm_\w+|vero_\w+|oly_\w+|trk|spm"
    r"|amp|amp_\w+|outputtype|(?:php|asp\.?net_?|j)?sess(?:ion)?_?id)(?:=.*)?"
    r"|rss(?:=(?:1|true|yes|on)?)?|sid=[0-9a-f]{16,}"
    r"|(?:ref|source|src|from|via|campaign|medium|output|partner|emc|feed)=(?:rss|feed|atom|amp|twitter|facebook)[\w.-]*",
    re.IGNORECASE | re.DOTALL,
)
_TOKEN: Final = re.compile(
    r"[^=]+=(?=[^=]*\d)(?=[^=]*[a-z])[\w.~%-]{8,}=*|(?:_|cb|nonce|rand(?:om)?|time(?:stamp)?|ts|t|v)=\d+", re.IGNORECASE
)
"""A parameter that may be another at every request; one that says which page it is may look so, too."""
_TWIN_HOST: Final = re.compile(r"(?:www\d?|m|mobile|amp)\.(?=[^.]+\.[^.])")
_SESSION: Final = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/?#]*", re.IGNORECASE)
_SIMPLE: Final = re.compile(r"https?://([a-z0-9-]+(?:\.[a-z0-9-]+)*)((?:/[\w.~%!$()*+,=@-]*)*)(?:\?([^#\s;]*))?")
_AMP_PATH: Final = re.compile(r"(?:/amp(?:\.html?)?|\.amp)/*$|\.amp(?=\.html?$)")


@lru_cache(maxsize=4_096)
def normalise_link(link: str) -> str:
    """``link`` in the form in which two links to one page are equal; for comparing, never for fetching.

    Scheme and host in lower case, default port, fragment, tracking and session parameters and a slash at the end gone,
    parameters in order, http read as https. A page on ``www.``, and the copies that sites keep for phones (on ``m.``
    and ``amp.``, or behind ``/amp``), are the page. An address of any other kind, or a broken one, stays as it is.
    """
    link = link.strip()
    if ":" not in link:
        return link
    if (simple := _SIMPLE.fullmatch(link)) and "amp" not in link:  # as most are
        host, path, query = simple.groups("")
        twin = _TWIN_HOST.match(host)
        kept = _kept(query)
        return f"https://{host[twin.end() if twin else 0 :]}{path.rstrip('/')}{'?' if kept else ''}{kept}"
    try:
        parts = urlsplit(link)
        port = parts.port
    except ValueError:
        return link
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return link
    host = (
        _TWIN_HOST.sub("", parts.hostname.rstrip("."), count=1) if _TWIN_HOST.match(parts.hostname) else parts.hostname
    )
    host = host if port in {None, 80, 443} else f"{host}:{port}"
    kept = _kept(parts.query)
    path = _SESSION.sub("", parts.path) if ";" in parts.path else parts.path
    path = _AMP_PATH.sub("", path) if "amp" in path else path
    return urlunsplit(("https", host, path.rstrip("/"), kept, ""))


def _kept(query: str) -> str:
    """The parameters that say which page it is, in order."""
    return "&".join(sorted(one for one in query.split("&") if one and not _TRACKING.fullmatch(one))) if query else ""
