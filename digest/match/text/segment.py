"""Dictionary words of scripts without spaces, by ICU, loaded when the first such hit must be judged."""

from __future__ import annotations

import bisect


def word_starts(text: str) -> list[int]:
    """Where each dictionary word of a text begins, in code points, and where the last one ends."""
    from icu4py.breakers import WordBreaker

    starts = [0]
    for word in WordBreaker(text, "und"):  # its own offsets count UTF-16 units
        starts.append(starts[-1] + len(word))
    return starts


def cuts_word(starts: list[int], start: int, end: int, *, at_start: bool, at_end: bool) -> bool:
    """Whether the stretch from ``start`` to ``end`` overlaps a dictionary word only partly.

    A hit inside one word counts (朝鮮 in 北朝鮮); one that takes the end of a word and the start of the next does not
    (中国 in 发展中国家). Names are in no dictionary, so a letter of theirs is easily given to the next word
    (习|近|平和): what takes more whole words than it cuts is the better reading of the line, and counts. ``at_start``
    and ``at_end`` say which edges to look at.
    """
    first, last = bisect.bisect_right(starts, start) - 1, bisect.bisect_left(starts, end)
    touched = last - first
    cut = (at_start and starts[first] < start) + (at_end and starts[last] > end)
    return 1 < touched <= cut + 1
