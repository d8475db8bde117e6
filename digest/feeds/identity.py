"""Is an entry new? A matter of identity, never of dates.

In two steps, because the answer lies in the store::

    asked = identities(feed.entries)                        # one for each entry, in their order
    known = store.polls.known_identities(feed_id, asked)    # = KnownIdentities.of(stored rows that share anything)
    found = identify(feed.entries, asked, known, left_out=...)

An entry is known by its key: its guid, else its normalised link, else a hash of what it says. So a new headline
makes no new entry. Three things feeds get wrong are put right here:

- A guid or link that several entries of one document share identifies none of them: link, then link and title, do.
- A guid that is the link with a revision number behind ``#`` counts as the link; any other web address counts in the
  form in which links are compared, so that a site's move to https changes no guid.
- A feed that renames all its entries (new guids, or a new domain) while their links or titles stay is re-keyed.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit, urlunsplit

from digest.text import html_to_text
from digest.values.news import Identity, ParsedEntry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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
        )


@dataclass(frozen=True, slots=True)
class Identified:
    """What a document brought, in document order."""

    new: tuple[tuple[ParsedEntry, Identity], ...]
    rekeyed: tuple[tuple[Identity, Identity], ...]
    """(known, new) identities of entries that are known under another key; they alert nobody."""


def identities(entries: Sequence[ParsedEntry]) -> tuple[Identity, ...]:
    """The identity of each entry of one document, in order."""
    names = [_names(entry) for entry in entries]
    keys = _distinct_keys([each.keys for each in names], [each.whole for each in names])
    return tuple(Identity(key, each.link, each.title) for key, each in zip(keys, names, strict=True))


def identify(
    entries: Sequence[ParsedEntry],
    asked: Sequence[Identity],
    known: KnownIdentities,
    *,
    left_out: int = 0,
) -> Identified:
    """Which of a document's entries are new, and which are known under another key.

    Args:
        entries: in document order.
        asked: their `identities`.
        known: what the store holds of them.
        left_out: how many more entries the document has that were not parsed because their bytes are known.
    """
    unknown: dict[bytes, tuple[ParsedEntry, Identity]] = {}
    for entry, identity in zip(entries, asked, strict=True):
        if identity.key not in known.by_key:
            unknown.setdefault(identity.key, (entry, identity))
    pairs = _renamed([one for _, one in unknown.values()], known, present={one.key for one in asked})
    whole_feed = len(pairs) >= _FEWEST_RENAMED and 2 * len(pairs) > len(entries) + left_out
    rekeyed = {new.key: (row, new) for row, new in pairs if whole_feed or _surely_one(row, new)}
    return Identified(
        new=tuple(pair for key, pair in unknown.items() if key not in rekeyed),
        rekeyed=tuple(rekeyed.values()),
    )


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
    whole: tuple[bytes, ...]
    """Entries of one document that are equal in this are one entry, standing there twice."""


def _names(entry: ParsedEntry) -> _Names:
    guid = _guid_hash(entry)
    link = _hashed("link", normalise_link(entry.link))
    title = _hashed("title", html_to_text(entry.title).casefold())
    content = _hashed("content", f"{entry.link}\n{entry.title}\n{entry.summary}\n{entry.content}")
    keys = (guid, link, _pair(link, title) if link and title else b"", content)
    return _Names(tuple(filter(None, keys)), link, title, (guid, link, title, b"" if guid else content))


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
    r"(?:utm_\w+|at_medium|at_campaign|fbclid|gclid|dclid|msclkid|mc_[ce]id|ocid|cmpid|ncid)(?:=.*)?",
    re.IGNORECASE | re.DOTALL,
)


def normalise_link(link: str) -> str:
    """``link`` in the form in which two links to one page are equal; for comparing, never for fetching.

    Scheme and host in lower case, default port, fragment, tracking parameters and a slash at the end gone, http read
    as https. An address of any other kind, or a broken one, is returned as it is.
    """
    link = link.strip()
    try:
        parts = urlsplit(link)
        port = parts.port
    except ValueError:
        return link
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return link
    host = parts.hostname if port in {None, 80, 443} else f"{parts.hostname}:{port}"
    kept = "&".join(one for one in parts.query.split("&") if one and not _TRACKING.fullmatch(one))
    return urlunsplit(("https", host, parts.path.rstrip("/"), kept, ""))
