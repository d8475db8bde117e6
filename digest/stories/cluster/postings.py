"""The features of the reports in the window, in arrays: which reports hold a feature, the newest first.

The features of all reports stand one after another in the order the reports came. Each names the place of the same
feature in the report before that had it, so each feature is a chain from its newest report back. The oldest reports
leave by moving the start: a chain ends where it passes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_T = TypeVar("_T", bound=np.generic)
_FIRST_ROOM: Final = 1 << 14
_GROWTH: Final = 1.3
"""How much more room than what is in use is made; less would be moved more often."""


class Postings:
    """Features with their weights, to be added at the end and dropped at the start."""

    def __init__(self, buckets: int) -> None:
        """Make an empty one.

        Args:
            buckets: every feature is below that.
        """
        self.keys = np.empty(_FIRST_ROOM, np.uint32)
        self.weights = np.empty(_FIRST_ROOM, np.float16)
        self._before = np.empty(_FIRST_ROOM, np.int32)
        self._newest = np.full(buckets, -1, np.int32)
        self.counts = np.zeros(buckets, np.uint16)
        """Of each feature: in how many reports it is."""
        self.start = 0
        self.end = 0

    def add(self, keys: NDArray[np.uint32], weights: NDArray[np.float16]) -> None:
        """Add the features of the newest report; there must be `room` for them."""
        end = self.end + keys.size
        self.keys[self.end : end] = keys
        self.weights[self.end : end] = weights
        self._before[self.end : end] = self._newest[keys]
        self._newest[keys] = np.arange(self.end, end, dtype=np.int32)
        self.counts[keys] += np.uint16(1)
        self.end = end

    def drop(self, size: int) -> None:
        """Take the oldest report, of so many features, out."""
        keys = self.keys[self.start : self.start + size]
        self.counts[keys] -= np.uint16(1)
        self.start += size

    def make_room(self, size: int) -> int:
        """Make room for a report of so many features; tells by how much all places moved towards the start."""
        if self.end + size <= self.keys.size:
            return 0
        moved, used = self.start, self.end - self.start
        room = max(_FIRST_ROOM, int((used + size) * _GROWTH))
        self.keys = _moved(self.keys, self.start, self.end, room)
        self.weights = _moved(self.weights, self.start, self.end, room)
        self._before = _moved(self._before, self.start, self.end, room)
        np.maximum(self._before[:used] - np.int32(moved), -1, out=self._before[:used])
        np.maximum(self._newest - np.int32(moved), -1, out=self._newest)
        self.start, self.end = 0, used
        return moved

    def places(self, keys: list[int], floor: int, most: int) -> tuple[list[int], list[int]]:
        """Where features are, the newest place of each first, until so many places were read.

        Args:
            keys: the features, in the order they are looked for.
            floor: no place before this one counts.
            most: how many places are read.

        Returns:
            The places, and how many each of the features gave (features that were not reached are left out).
        """
        floor = max(floor, self.start)
        newest, before = self._newest.data, self._before.data
        found: list[int] = []
        sizes: list[int] = []
        left = most
        for key in keys:
            before_this = left
            place = newest[key]
            while place >= floor and left:
                found.append(place)
                place = before[place]
                left -= 1
            sizes.append(before_this - left)
            if not left:
                break
        return found, sizes


def _moved(array: NDArray[_T], start: int, end: int, room: int) -> NDArray[_T]:
    made = np.empty(room, array.dtype)
    made[: end - start] = array[start:end]
    return made
