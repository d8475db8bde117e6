"""What stands behind ``tier:``: a letter from A to F, or a range of them."""

from __future__ import annotations

import re

from digest.match.language.query import Alias, Near, Phrase, Query, QueryError, Regex, children_of, print_query
from digest.values.settings import TIERS

TIER = "tier"
"""The field's name."""

_TIER = re.compile(rf"([{TIERS}])(?:\.\.([{TIERS}]))?", re.IGNORECASE)
_RANGE = re.compile(r"([A-Za-z]?)(?:\.{2,}|…|-|–)([A-Za-z]?)")


def tiers_of(phrase: Phrase) -> tuple[str, ...]:
    """The letters, as they are folded, of a term that `check_tiers` let pass."""
    first, _, last = phrase.text.lower().partition("..")
    every = TIERS.lower()
    return tuple(every[every.index(first) : every.index(last or first) + 1])


def check_tiers(query: Query) -> None:
    """Raise QueryError, at its place, for what is no letter and no range; ``query`` is all behind ``tier:``."""
    match query:
        case Phrase():
            _check_letter(query)
        case Regex() | Alias() | Near():
            shown = print_query(query)
            raise QueryError(f"tier: takes letters and ranges, as in tier:A..C: take {shown} out", query.offset)
        case _:
            for child in children_of(query):
                check_tiers(child)


def _check_letter(phrase: Phrase) -> None:
    found = _TIER.fullmatch(phrase.text)
    if found is None:
        raise QueryError(_instead(phrase.text), phrase.offset)
    first, last = found[1], found[2] or found[1]
    if first.upper() > last.upper():
        raise QueryError(
            f"{phrase.text} runs backwards, for A is the best tier: write tier:{last}..{first}", phrase.offset
        )


def _instead(text: str) -> str:
    """What to write for what is neither a letter nor a range."""
    span = _RANGE.fullmatch(text)
    if span is None:
        return f"there is no tier “{text}”: write a letter from A (the best) to F, or a range, as in tier:A..C"
    first, last = (span[1] or TIERS[0]).upper(), (span[2] or TIERS[-1]).upper()
    known = first in TIERS and last in TIERS
    return f"“{text}” is no range of tiers: write tier:{f'{first}..{last}' if known else 'A..C'}"
