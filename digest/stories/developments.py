"""What makes a later report of a story worth telling again: a toll that rises, or what was said is taken back.

Both are read by closed lists of words in many languages (`digest.stories.tolls`, `digest.stories.reversals`), as any
other number, name or verb that is new is right in one of five cases only. The rules:

1. A toll rises when a report says more of the same harm than any report told before, by a step that fits: at least a
   fifth (of those killed or missing; a half of others), as a long story would else be told at every count, and not
   thirty times as many, which would be the toll of another event.
2. Where no number was told, one of two or more counts, if the headline says it and nothing told before spoke of that
   harm ("dozens killed" was news already).
3. A reversal counts if the headline says it, once for each kind, and never if a report told before said it anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from digest.stories.toll_words import Harm
from digest.values.stories import Development

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.stories.reversals import Reversal
    from digest.values.news import EntryText

_READ: Final = 400
"""Characters of a summary, or of a content without one, that are read: the news comes first."""
_LONGEST: Final = 400
"""Characters of a sentence that are read."""
_MOST_SENTENCES: Final = 5
_FEWEST: Final = 2
"""The lowest first toll that is news."""
_STEP: Final = 5
"""A rise of killed or missing below one of so many is a correction ..."""
_STEP_OF_OTHERS: Final = 2
"""... and one of others below that."""
_TIMES, _ROOM = 30, 100
"""A toll above so many times the one told, and so many more, is of something else."""


@dataclass(frozen=True, slots=True)
class Toll:
    """How many a report says were harmed."""

    harm: Harm
    number: int
    words: str
    """The sentence or headline that says it, verbatim."""
    headline: bool


@dataclass(frozen=True, slots=True)
class Said:
    """What a report says that may develop."""

    tolls: tuple[Toll, ...] = ()
    spoken: frozenset[Harm] = frozenset()
    """Every harm that it speaks of, with a number or without."""
    reversals: frozenset[Reversal] = frozenset()
    """Stated anywhere."""
    headline: str = ""
    taken_back: frozenset[Reversal] = frozenset()
    """Stated by the headline."""


def said(text: EntryText, sentences: Sequence[str] = ()) -> Said:
    """Give what a report says that may develop.

    Args:
        text: its title and the beginning of its summary are read; without a summary, that of its content.
        sentences: what is kept of it as its summary, read too.
    """
    # Hundreds of expressions, which whoever only asks about stories does without.
    from digest.stories.reversals import reversals_in
    from digest.stories.sentences import split_sentences
    from digest.stories.tolls import tolls_in

    body = [*split_sentences((text.summary or text.content)[:_READ], text.lang)[:_MOST_SENTENCES], *sentences]
    pieces = list(dict.fromkeys(piece for piece in (text.title, *body) if piece))
    tolls: list[Toll] = []
    spoken: set[Harm] = set()
    taken_back: list[frozenset[Reversal]] = [frozenset()]
    for at, piece in enumerate(pieces):
        numbers, harms = tolls_in(piece[:_LONGEST])
        tolls.extend(Toll(harm, number, piece, headline=at == 0) for harm, number in numbers.items())
        spoken |= harms
        taken_back.append(reversals_in(piece[:_LONGEST]))
    headline = taken_back[1] if pieces else taken_back[0]
    return Said(tuple(tolls), frozenset(spoken), frozenset().union(*taken_back), pieces[0] if pieces else "", headline)


def development(before: Sequence[Said], now: Said) -> tuple[Development, str] | None:
    """Give why a story is told again for a later report, and the words that say it, verbatim; else None.

    Args:
        before: what the reports of the story said that were told before, in any order; at least one.
        now: what the later one says.
    """
    if not before:
        return None
    known: frozenset[Reversal] = frozenset().union(*(report.reversals for report in before))
    if now.taken_back - known:
        return Development.REVERSAL, now.headline
    risen = [toll for toll in now.tolls if _is_risen(toll, before)]
    if not risen:
        return None
    return Development.TOLL, max(risen, key=lambda toll: (toll.headline, toll.number)).words


def _is_risen(toll: Toll, before: Sequence[Said]) -> bool:
    """Rules 1 and 2."""
    highest = max((old.number for report in before for old in report.tolls if old.harm is toll.harm), default=None)
    if highest is None:
        unheard = not any(toll.harm in report.spoken for report in before)
        return unheard and toll.headline and toll.number >= _FEWEST
    most = max(highest * _TIMES, highest + _ROOM)
    step = _STEP if toll.harm in {Harm.KILLED, Harm.MISSING} else _STEP_OF_OTHERS
    return highest + max(1, highest // step) <= toll.number <= most
