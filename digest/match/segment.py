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
    (中国 in 发展中国家). ``at_start`` and ``at_end`` say which edges to look at.
    """
    after_start = bisect.bisect_right(starts, start)
    if at_start and starts[after_start - 1] < start and starts[after_start] < end:
        return True
    after_end = bisect.bisect_left(starts, end)
    return at_end and starts[after_end] > end and starts[after_end - 1] > start
