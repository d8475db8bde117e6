"""The newest reports, and which story a new one belongs to.

A story's score is half its nearest report and half its centre; both fade with the age of the reports. All that is
known stands in the compact vectors of the reports that are in the window: one that is built again from the stored
ones, in their order, answers as the one that was never closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from digest.stories.cluster.postings import Postings
from digest.stories.cluster.reading import BUCKETS, Vector, read, unpacked, weigh

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    from digest.stories.cluster.reading import Clue

LONGEST: Final = 20_000
"""How many reports are in the window at most: the oldest leave."""

_HOUR: Final = 3600.0
_REACH: Final = 72 * _HOUR
"""Reports further apart are never compared."""
FADE: Final = 60 * _HOUR
"""In so many seconds a report becomes 2.7 times less like another."""
_POSTINGS: Final = 2_000
_CANDIDATES: Final = 20
_MEMBERS: Final = 32
"""The newest reports of a story that make its centre."""
_GROUP: Final = 0.22
_GROUP_SUMMARISED: Final = 0.26
"""The least score where both have a summary: they share more by chance."""
_REPEAT: Final = 0.45
_REPEAT_OF_SOURCE: Final = 0.7
"""What one source writes is alike by its form alone, and seldom said twice."""
_REPEAT_UNFADED: Final = 0.9
_SURE: Final = 0.37
"""Above this 99 of 100 reports that would be silent are of an event that was told, from .35 on 96, on the labelled sets
of seven languages: each of the others may be an event of which nobody hears."""
_SURE_SUMMARISED: Final = 0.32
"""Where both have a summary: more words make one event less alike, and another one less so still."""


@dataclass(frozen=True, slots=True)
class Placing:
    """Which story a report belongs to, and what is kept of it."""

    story: int | None
    """None: a new one."""
    repeat: bool
    """It says what another report said before."""
    nearest: int | None
    """The key of the report most like it, if any is like it at all."""
    likeness: float
    """To the nearest, 0 to 1, faded with the time between."""
    lang: str
    vector: bytes
    sure: bool = False
    """It is so like the nearest that it is surely of its event."""

    @property
    def doubtful(self) -> bool:
        """Whether it may well be of another event than the rest of its story."""
        return self.story is not None and not self.repeat and not self.sure


class Window:
    """The newest reports, as new ones are compared with them."""

    def __init__(self, longest: int = LONGEST) -> None:
        """Make an empty one.

        Args:
            longest: how many reports it holds at most, below 65,536.
        """
        self._longest = longest
        self._postings = Postings(BUCKETS)
        self._asked = np.zeros(BUCKETS, np.float32)  # scratch: the vector that is compared
        self._centre = np.zeros(BUCKETS, np.float64)  # scratch: the sum of a story's vectors
        room = longest + longest // 4 + 2
        self._keys = np.zeros(room, np.int64)
        self._stories = np.zeros(room, np.int64)
        self._at = np.zeros(room, np.float64)
        self._langs = np.zeros(room, np.uint16)
        self._titles = np.zeros(room, np.uint64)
        self._sources = np.zeros(room, np.uint32)
        self._summarised = np.zeros(room, np.bool_)
        self._begins = np.zeros(room + 1, np.int64)  # where the features of a report begin; one more: where all end
        self._numbers: dict[int, frozenset[int]] = {}
        self._rows: dict[int, int] = {}  # the row of a key, counted from the first report ever
        self._members: dict[int, list[int]] = {}  # rows of a story, counted alike, ascending
        self._gone = 0  # rows counted that are no longer in the arrays
        self._first = 0
        self._end = 0
        self._lang_ids: dict[str, int] = {}
        self._reports: dict[int, int] = {}  # of a language

    def __len__(self) -> int:
        return self._end - self._first

    # --- in and out ---------------------------------------------------------------------------------------------

    def add(self, key: int, story: int, at: datetime, lang: str, vector: bytes) -> None:
        """Take a placed or a stored report in; one that is in already is left as it is. The oldest may leave.

        Args:
            key: the entry's id.
            story: which it belongs to.
            at: when it appeared, as in its clue.
            lang: as its place said.
            vector: as its place said.
        """
        if key in self._rows:
            return
        held = unpacked(vector)
        while len(self) >= self._longest:
            self._drop_oldest()
        self._make_room(held.keys.size)
        row = self._end
        self._keys[row], self._stories[row] = key, story
        self._at[row], self._titles[row] = at.timestamp(), held.title
        self._sources[row], self._summarised[row] = held.source, held.summarised
        self._langs[row] = self._lang_id(lang)
        self._postings.add(held.keys, held.weights)
        self._end += 1
        self._begins[self._end] = self._postings.end
        self._reports[int(self._langs[row])] = self._reports.get(int(self._langs[row]), 0) + 1
        if held.numbers:
            self._numbers[row + self._gone] = held.numbers
        self._rows[key] = row + self._gone
        self._members.setdefault(story, []).append(row + self._gone)

    def move(self, key: int, story: int) -> None:
        """A user's word: this report belongs to that story. A report that left the window is past moving."""
        counted = self._rows.get(key)
        if counted is None:
            return
        self._leave_story(counted)
        self._stories[counted - self._gone] = story
        members = self._members.setdefault(story, [])
        members.append(counted)
        members.sort()

    def _leave_story(self, counted: int) -> None:
        story = int(self._stories[counted - self._gone])
        members = self._members[story]
        members.remove(counted)
        if not members:
            del self._members[story]

    def _drop_oldest(self) -> None:
        row = self._first
        counted = row + self._gone
        self._leave_story(counted)
        self._postings.drop(int(self._begins[row + 1] - self._begins[row]))
        self._reports[int(self._langs[row])] -= 1
        self._numbers.pop(counted, None)
        del self._rows[int(self._keys[row])]
        self._first += 1

    def _make_room(self, size: int) -> None:
        moved = self._postings.make_room(size)
        if moved:
            self._begins[self._first : self._end + 1] -= moved
        if self._end < self._keys.size:
            return
        first, end = self._first, self._end
        for column in (self._keys, self._stories, self._at, self._langs, self._titles, self._sources, self._summarised):
            column[: end - first] = column[first:end].copy()
        self._begins[: end - first + 1] = self._begins[first : end + 1].copy()
        self._gone += first
        self._first, self._end = 0, end - first

    def _lang_id(self, lang: str) -> int:
        return self._lang_ids.setdefault(lang, len(self._lang_ids))

    # --- comparing ----------------------------------------------------------------------------------------------

    def place(self, clue: Clue) -> Placing:
        """Say which story a report belongs to; changes nothing."""
        reading = read(clue)
        lang = self._lang_ids.get(reading.lang, -1)
        keys, weights = weigh(reading, self._postings.counts, self._reports.get(lang, 0))
        held = Vector(reading.title, reading.source, reading.numbers, reading.summarised, keys, weights)
        at = clue.at.timestamp()
        vector = held.packed()
        same = self._same_title(held.title, at)
        rows = self._candidates(held, lang, at)
        if same is not None:
            rows = np.union1d(rows, np.array([same]))
        if not rows.size:
            return Placing(None, repeat=False, nearest=None, likeness=0.0, lang=reading.lang, vector=vector)
        self._asked[keys] = weights
        likeness, faded = self._likenesses(rows, at)
        best = int(faded.argmax())
        nearest = int(rows[best]) if same is None else same
        repeat = same is not None or self._is_repeat(held, rows, likeness, faded)
        story = int(self._stories[nearest]) if repeat else self._story(held, rows, faded, at)
        self._asked[keys] = 0
        return Placing(
            story,
            repeat=repeat,
            nearest=int(self._keys[nearest]),
            likeness=float(faded[best]),
            lang=reading.lang,
            vector=vector,
            sure=self._is_sure(held, int(rows[best]), float(faded[best])),
        )

    def _same_title(self, title: int, at: float) -> int | None:
        """The newest report of that title within reach."""
        if not title:
            return None
        live = slice(self._first, self._end)
        found = np.flatnonzero((self._titles[live] == title) & (np.abs(self._at[live] - at) <= _REACH))
        return int(found[-1]) + self._first if found.size else None

    def _candidates(self, held: Vector, lang: int, at: float) -> NDArray[np.int64]:
        """The rows that share most of the heaviest features, ascending."""
        none = np.empty(0, np.int64)
        reach = np.abs(self._at[self._first : self._end] - at) <= _REACH
        if not reach.any():
            return none
        floor = int(self._begins[self._first + int(reach.argmax())])
        order = np.argsort(-held.weights.astype(np.float32), kind="stable")
        places, sizes = self._postings.places(held.keys[order].tolist(), floor, _POSTINGS)
        if not places:
            return none
        at_places = np.array(places, np.int64)
        rows = np.searchsorted(self._begins[self._first : self._end + 1], at_places, "right") - 1
        shares = np.repeat(held.weights[order[: len(sizes)]].astype(np.float64), sizes)
        shares *= self._postings.weights[at_places].astype(np.float64)
        scores = np.bincount(rows, shares)
        found = np.flatnonzero(scores)
        found = found[reach[found] & (self._langs[found + self._first] == lang)]
        if found.size > _CANDIDATES:
            faded = scores[found] * self._fading(found + self._first, at)
            found = found[np.argpartition(-faded, _CANDIDATES)[:_CANDIDATES]]
        return np.sort(found) + self._first

    def _fading(self, rows: NDArray[np.int64], at: float) -> NDArray[np.float64]:
        return np.exp(np.abs(self._at[rows] - at) / -FADE)

    def _features(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.uint32], NDArray[np.float64], NDArray[np.int64]]:
        """The features of rows, one row after another: keys, weights, and the place of its row in ``rows``."""
        begins, sizes = self._begins[rows], self._begins[rows + 1] - self._begins[rows]
        owner = np.repeat(np.arange(rows.size), sizes)
        places = np.arange(owner.size) - np.repeat(np.cumsum(sizes) - sizes, sizes) + np.repeat(begins, sizes)
        return self._postings.keys[places], self._postings.weights[places].astype(np.float64), owner

    def _likenesses(self, rows: NDArray[np.int64], at: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """How like the asked vector each row is, as it is and faded."""
        keys, weights, owner = self._features(rows)
        likeness = np.bincount(owner, self._asked[keys] * weights, rows.size).astype(np.float64, copy=False)
        return likeness, likeness * self._fading(rows, at)

    def _is_repeat(
        self, held: Vector, rows: NDArray[np.int64], likeness: NDArray[np.float64], faded: NDArray[np.float64]
    ) -> bool:
        best = int(faded.argmax())
        own = held.source and held.source == self._sources[rows[best]]
        if faded[best] < (_REPEAT_OF_SOURCE if own else _REPEAT) and likeness[best] < _REPEAT_UNFADED:
            return False
        return not self._contradicts(held, int(rows[best]))

    def _is_sure(self, held: Vector, row: int, faded: float) -> bool:
        """Whether a report is of a row's event; with other numbers only where all else is said alike: a toll rose."""
        if self._contradicts(held, row):
            return faded >= _REPEAT
        return faded >= (_SURE_SUMMARISED if held.summarised and self._summarised[row] else _SURE)

    def _contradicts(self, held: Vector, row: int) -> bool:
        """Whether both have numbers, and none in common: two magnitudes, two scores, two tolls."""
        others = self._numbers.get(row + self._gone)
        return bool(others and held.numbers and others.isdisjoint(held.numbers))

    def _story(self, held: Vector, rows: NDArray[np.int64], faded: NDArray[np.float64], at: float) -> int | None:
        """The story that scores highest, if it scores enough."""
        best: dict[int, tuple[float, float]] = {}
        for row, value in zip(rows.tolist(), faded.tolist(), strict=True):
            least = _GROUP_SUMMARISED if held.summarised and self._summarised[row] else _GROUP
            story = int(self._stories[row])
            if value >= least and value > best.get(story, (0.0, 0.0))[0]:
                best[story] = value, least
        chosen: tuple[float, int] | None = None
        for story, (nearest, least) in best.items():
            score = (nearest + min(nearest, self._centre_likeness(story, at))) / 2
            if score >= least and (chosen is None or score > chosen[0]):
                chosen = score, story
        return chosen[1] if chosen else None

    def _centre_likeness(self, story: int, at: float) -> float:
        """How like the asked vector the centre of a story is, where each report counts by its age."""
        rows = np.array(self._members[story][-_MEMBERS:], np.int64) - self._gone
        keys, weights, owner = self._features(rows)
        fading = self._fading(rows, at)
        weights *= fading[owner]
        shared = float(np.bincount(np.zeros(keys.size, np.int64), self._asked[keys] * weights, 1)[0])
        np.add.at(self._centre, keys, weights)
        length = float(np.bincount(np.zeros(keys.size, np.int64), self._centre[keys] * weights, 1)[0])
        self._centre[keys] = 0
        return shared / length**0.5 if length > 0 else 0.0
