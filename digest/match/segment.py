"""Dictionary words of scripts without spaces, by ICU, loaded when the first such hit must be judged."""

from __future__ import annotations

import functools


@functools.lru_cache(maxsize=256)
def _segments(line: str) -> tuple[tuple[int, int], ...]:
    """The (start, end) of each dictionary word of a line, in code points."""
    from icu4py.breakers import WordBreaker

    words: list[tuple[int, int]] = []
    start = 0
    for word in WordBreaker(line, "und"):  # its own offsets count UTF-16 units
        words.append((start, start + len(word)))
        start += len(word)
    return tuple(words)


def cuts_word(line: str, start: int, end: int, *, at_start: bool, at_end: bool) -> bool:
    """Whether ``line[start:end]`` overlaps a dictionary word only partly.

    A hit inside one word counts (朝鮮 in 北朝鮮); one that takes the end of a word and the start of the next does not
    (中国 in 发展中国家). ``at_start`` and ``at_end`` say which edges to look at.
    """
    for first, last in _segments(line):
        if at_start and first < start < last < end:
            return True
        if at_end and start < first < end < last:
            return True
    return False
