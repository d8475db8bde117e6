"""What is compared of a report: its features, and the compact form they are kept in.

Two families of features lie in one vector: runs of three letters of the folded text, and its words. In scripts
without spaces, pairs of letters stand for words. Every feature is a bucket, by a hash that holds the language: the
features of two languages never meet, and each bucket's count is a document frequency of one language.
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import numpy as np

from digest.match.text.fold import folded
from digest.match.text.scripts import is_unspaced
from digest.stories.cluster.languages import language_of
from digest.stories.cluster.titles import parted

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    from digest.values.news import EntryText

BUCKETS: Final = 1 << 21
"""How many features can be told apart. 20,000 reports have some 300,000."""

_SUMMARY: Final = 400
"""Characters of a summary that are compared: more of them say less of the event."""
_TITLE: Final = 400
"""Characters of a title that are compared: no feed's nonsense costs more than that."""
_LETTERS_SHARE: Final = 0.7
_WORDS_SHARE: Final = 0.3

_NUMBER: Final = re.compile(r"[0-9]+")
_MOST_NUMBERS: Final = 64


@dataclass(frozen=True, slots=True)
class Clue:
    """What is compared of an entry; all of it plain text."""

    title: str
    summary: str
    source: str
    """What its feed goes by: cut from the end of a title."""
    lang: str
    """A language tag; empty: not said, so it is told from the text."""
    at: datetime
    """When the entry appeared."""


def clue_of(text: EntryText, at: datetime) -> Clue:
    """What is compared of an entry; its content stands in for a summary that it does not have."""
    return Clue(text.title, text.summary or text.content, text.source, text.lang, at)


@dataclass(frozen=True, slots=True)
class Features:
    """A report, read: its features counted, not yet weighed."""

    lang: str
    title: int
    """A hash of the normalised title; 0: too short to be the same by more than chance."""
    source: int
    """A hash of the outlet's name; 0: not said."""
    numbers: frozenset[int]
    """Those of the title, hashed."""
    summarised: bool
    families: tuple[tuple[NDArray[np.uint32], NDArray[np.float64], float], ...]
    """Of each family: its buckets, how often each occurs, and its share of the vector."""


def read(clue: Clue) -> Features:
    """Read a report; text of any length or kind takes bounded time."""
    headline, outlet = parted(clue.title[:_TITLE], clue.source[:_TITLE])
    title = folded(headline)
    summary = folded(_beginning(clue.summary))
    lang = language_of(clue.lang, clue.title[:_TITLE], clue.summary[:_SUMMARY])
    text = f" {title}  {summary} " if summary else f" {title} "
    seed = zlib.crc32(lang.encode())
    families = (
        (*_counted(_letter_runs(text), seed * 2), _LETTERS_SHARE),
        (*_counted(_words(text), seed * 2 + 1), _WORDS_SHARE),
    )
    numbers = [zlib.crc32(number.encode()) for number in _NUMBER.findall(title)[:_MOST_NUMBERS]]
    source = zlib.crc32(outlet.encode()) if outlet else 0
    return Features(lang, _title_hash(title), source, frozenset(numbers), bool(summary), families)


def _beginning(summary: str) -> str:
    """The first characters of a summary, cut between words."""
    if len(summary) <= _SUMMARY:
        return summary
    cut = summary[:_SUMMARY]
    return cut.rpartition(" ")[0] or cut


def _title_hash(title: str) -> int:
    if len(title.split()) < 3 and not (len(title) >= 6 and is_unspaced(title[0])):  # "Live updates" is no event
        return 0
    return int.from_bytes(blake2b(title.encode(), digest_size=8).digest(), "little") or 1


def _letter_runs(text: str) -> NDArray[np.uint64]:
    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(np.uint64)
    return (codes[:-2] << np.uint64(42)) ^ (codes[1:-1] << np.uint64(21)) ^ codes[2:]


def _words(text: str) -> NDArray[np.uint64]:
    words = text.split()
    if not text.isascii():
        words = [part for word in words for part in (_pairs(word) if is_unspaced(word[0]) else (word,))]
    return np.array([zlib.crc32(word.encode()) for word in words], np.uint64)


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(max(1, len(run) - 1))]


def _counted(features: NDArray[np.uint64], seed: int) -> tuple[NDArray[np.uint32], NDArray[np.float64]]:
    """The buckets of features, each once, and how often each occurs."""
    mixed = (features ^ np.uint64(seed * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF)) * np.uint64(0xD6E8FEB86659FD93)
    mixed ^= mixed >> np.uint64(32)
    mixed *= np.uint64(0xD6E8FEB86659FD93)
    buckets, counts = np.unique((mixed >> np.uint64(43)).astype(np.uint32), return_counts=True)
    return buckets, counts.astype(np.float64)


def weigh(
    reading: Features, counts: NDArray[np.uint16], reports: int
) -> tuple[NDArray[np.uint32], NDArray[np.float16]]:
    """The features of a report and what each weighs, beside the reports there are; the vector's length is 1.

    Args:
        reading: the report.
        counts: of each bucket, in how many reports it is.
        reports: how many there are of its language.
    """
    keys, weights = [], []
    for buckets, often, share in reading.families:
        if not buckets.size:
            continue
        rarity = np.log(1 + (reports + 1) / (counts[buckets] + 1.0))
        weight = (1 + np.log(often)) * rarity
        keys.append(buckets)
        weights.append(weight * np.sqrt(share / np.square(weight).sum()))
    if not keys:
        return np.empty(0, np.uint32), np.empty(0, np.float16)
    return np.concatenate(keys), np.concatenate(weights).astype(np.float16)


# --- the compact form ----------------------------------------------------------------------------------------------

_VERSION: Final = 1
"""Goes up when a feature or its hash changes: vectors of another version are no longer compared."""
_HEAD: Final = struct.Struct("<BBHIIQ")


@dataclass(frozen=True, slots=True)
class Vector:
    """What is kept of a report that was read and weighed."""

    title: int
    source: int
    numbers: frozenset[int]
    summarised: bool
    keys: NDArray[np.uint32]
    weights: NDArray[np.float16]

    def packed(self) -> bytes:
        """The compact form, which `unpacked` reads."""
        head = _HEAD.pack(_VERSION, self.summarised, len(self.numbers), self.keys.size, self.source, self.title)
        numbers = np.array(sorted(self.numbers), "<u4")
        return head + numbers.tobytes() + self.keys.astype("<u4").tobytes() + self.weights.astype("<f2").tobytes()


def unpacked(packed: bytes) -> Vector:
    """Read a compact form; one that is damaged or of another version is a report without features."""
    if len(packed) >= _HEAD.size:
        version, summarised, numbers, size, source, title = _HEAD.unpack_from(packed)
        keys_at = _HEAD.size + 4 * numbers
        if version == _VERSION and len(packed) == keys_at + 6 * size:
            keys = np.frombuffer(packed, "<u4", size, keys_at)
            weights = np.frombuffer(packed, "<f2", size, keys_at + 4 * size)
            if not size or (keys.max() < BUCKETS and weights.min() >= 0 and weights.max() <= 1):  # NaN is neither
                found = np.frombuffer(packed, "<u4", numbers, _HEAD.size)
                return Vector(title, source, frozenset(found.tolist()), bool(summarised), keys, weights)
    return Vector(0, 0, frozenset(), summarised=False, keys=np.empty(0, np.uint32), weights=np.empty(0, np.float16))
