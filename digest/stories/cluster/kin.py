"""With hindsight: which stories of a period are likely one event, though they did not grow together.

A report joins a story when it comes, by what is known then. Once the period is over its stories can be compared as
wholes. Two things are found so, and neither changes a story:

1. A report that nobody followed, and that is worded like all of another story of its language. Of a hundred such on our
   sets ninety are of that event, so it stands there as one that may be of another.
2. The same event in other languages, by what survives translation; where that is not certain, a report that nobody
   followed stands with what it is likest to, too.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from digest.stories.cluster.contrast import contrasts
from digest.stories.cluster.reading import unpacked
from digest.stories.cluster.related import likely_one, traits_of
from digest.stories.cluster.window import FADE
from digest.values.stories import Kin

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from digest.stories.cluster.reading import Clue, Vector
    from digest.stories.cluster.related import Traits

_ALIKE: Final = 0.13
"""The least likeness of a lone report and the mean of another story, chosen on four of our sets and checked on others:
of what it brings together seven of eight are of one event."""
_MOST_BESIDE: Final = 3
"""So many lone reports may stand with one story: more are no chance misses, and each is news of its own."""
_MEMBERS: Final = 32
"""So many reports of a story are compared: of words the newest, of names and numbers the first."""
_COMMON: Final = 300
"""A feature that so many reports have says little, and would take long to look through."""


@dataclass(frozen=True, slots=True)
class Whole:
    """All that is compared of a story."""

    story: int
    lang: str
    """As its reports were placed in."""
    at: datetime
    """When its first report came."""
    clues: tuple[Clue, ...]
    """Its reports, oldest first; at least one ..."""
    vectors: tuple[bytes, ...]
    """... and the compact form of those that are remembered."""
    found: tuple[str, ...] = ()
    """The ids of the rules that found it."""


def kin_of(wholes: Iterable[Whole]) -> tuple[Kin, ...]:
    """Which of the stories of a period are likely one event; the order in which they are given changes nothing."""
    by_id = {each.story: each for each in sorted(wholes, key=lambda each: (-len(each.clues), each.story))}
    beside = _beside(by_id)
    placed = {story for some in beside.values() for story in some}
    alone = [each for each in by_id.values() if each.story not in placed]
    sure, perhaps = likely_one(_traits_of(alone))
    groups = {some[0]: some for some in _united([each.story for each in alone], sure)}
    single = {story for story, each in by_id.items() if len(each.clues) == 1}
    _put_beside(groups, beside, single, perhaps)
    found = (
        Kin(tuple(stories), tuple(sorted(story for each in stories for story in beside.get(each, ()))))
        for stories in groups.values()
    )
    return tuple(sorted((kin for kin in found if len(kin.stories + kin.doubtful) > 1), key=lambda kin: kin.stories))


def _traits_of(wholes: Sequence[Whole]) -> list[Traits]:
    """What is compared across languages; nothing where there is only one."""
    if len({each.lang for each in wholes}) <= 1:
        return []
    return [
        traits_of(each.story, each.lang, each.at, [clue.title for clue in each.clues[:_MEMBERS]], each.found)
        for each in wholes
    ]


def _put_beside(
    groups: dict[int, list[int]],
    beside: dict[int, list[int]],
    single: Container[int],
    perhaps: Iterable[tuple[int, int]],
) -> None:
    """Let lone reports stand with what they are likest to in another language; both tables are changed.

    Args:
        groups: what is told as one, by its first story.
        beside: what stands with it in doubt, by the same.
        single: the stories of one report.
        perhaps: such stories, each with one that it may be the same event as, the likest first.
    """
    head_of = {story: head for head, some in groups.items() for story in some}
    for story, other in perhaps:
        head = head_of[other]
        if story in single and groups.get(story) == [story] and not beside.get(story) and _has_room(beside, head):
            del groups[story]
            head_of[story] = head
            beside[head].append(story)


def _united(stories: Iterable[int], pairs: Iterable[tuple[int, int]]) -> Iterator[list[int]]:
    """Stories, those together that pairs lead from one to another; each of them ascending."""
    of = {story: [story] for story in stories}
    for one, other in pairs:
        if of[one] is not of[other]:
            of[one] += of[other]
            for story in of[other]:
                of[story] = of[one]
    yield from (sorted(some) for story, some in of.items() if story == min(some))


# --- one language ----------------------------------------------------------------------------------------------------


def _beside(wholes: Mapping[int, Whole]) -> dict[int, list[int]]:
    """The lone reports that are worded like another story, by the story; the stories with most reports come first."""
    by_lang: dict[str, list[Whole]] = defaultdict(list)
    for each in wholes.values():
        by_lang[each.lang].append(each)
    beside: dict[int, list[int]] = defaultdict(list)
    for some in by_lang.values():
        heads: set[int] = set()
        for own, alike in _alike(some):
            near = (some[at] for at in alike if at in heads)
            head = next((each for each in near if _may_join(each, some[own]) and _has_room(beside, each.story)), None)
            if head is None:
                heads.add(own)
            else:
                beside[head.story].append(some[own].story)
    return beside


def _has_room(beside: Mapping[int, Sequence[int]], head: int) -> bool:
    return len(beside.get(head, ())) < _MOST_BESIDE


def _may_join(head: Whole, lone: Whole) -> bool:
    """Two lone reports are of two events where they differ in a name, a number or the like."""
    if len(head.clues) > 1:
        return True
    first, second = sorted((head, lone), key=lambda each: (each.at, each.story))
    numbers = [unpacked(each.vectors[0]).numbers for each in (first, second)]
    return not contrasts(first.clues[0], second.clues[0]) and not (all(numbers) and numbers[0].isdisjoint(numbers[1]))


def _alike(wholes: Sequence[Whole]) -> Iterator[tuple[int, list[int]]]:
    """Each story by its place, with the places of those that a lone report is like, the likest first.

    How like two stories are is the mean of how like their reports are, each to each; it fades as in the window.
    """
    vectors = [[unpacked(vector) for vector in each.vectors[-_MEMBERS:]] for each in wholes]
    keys, weights, owner = _laid_out(vectors)
    began = np.array([each.at.timestamp() for each in wholes])
    for own, each in enumerate(wholes):
        if len(each.clues) > 1 or len(wholes) == 1:
            yield own, []
            continue
        asked = vectors[own][0]
        begins, ends = (np.searchsorted(keys, asked.keys, side) for side in ("left", "right"))
        sizes = np.where(ends - begins > _COMMON, 0, ends - begins)
        places = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes) + np.repeat(begins, sizes)
        shares = np.repeat(asked.weights.astype(np.float64), sizes) * weights[places]
        likeness = np.bincount(owner[places], shares, len(wholes)) * np.exp(np.abs(began - began[own]) / -FADE)
        likeness[own] = 0
        near = np.flatnonzero(likeness >= _ALIKE)
        yield own, near[np.argsort(-likeness[near], kind="stable")].tolist()


def _laid_out(
    vectors: Sequence[Sequence[Vector]],
) -> tuple[NDArray[np.uint32], NDArray[np.float64], NDArray[np.int64]]:
    """All features in ascending order, each with its weight in the mean of its story, and the story's place."""
    pieces = [(at, vector, len(some)) for at, some in enumerate(vectors) for vector in some]
    keys = np.concatenate([vector.keys for _, vector, _ in pieces])
    weights = np.concatenate([vector.weights.astype(np.float64) / count for _, vector, count in pieces])
    owner = np.repeat([at for at, _, _ in pieces], [vector.keys.size for _, vector, _ in pieces])
    order = np.argsort(keys, kind="stable")
    return keys[order], weights[order], owner[order]
