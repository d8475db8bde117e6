"""What stands behind ``is:``, ``severity:``, ``rule:``, ``desk:``, ``feed:``, ``url:`` and ``since:`` in a search."""

from __future__ import annotations

import difflib
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from digest.match.language.query import QueryError
from digest.match.text.fold import folded
from digest.values.desks import MAIN, UNNAMED
from digest.values.facets import AtUrl, Facet, Is, OfDesk, OfFeed, OfRule, Severities, Since
from digest.values.news import Severity
from digest.words import read_span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import tzinfo

EXAMPLES: Final = {
    "is": "is:unread",
    "severity": "severity:high",
    "rule": "rule:dprk-syria",
    "desk": "desk:korea",
    "feed": "feed:reuters",
    "url": "url:example.org",
    "since": "since:2h",
}
"""The facets, each as it is written."""

_STATES: Final = {each.value: each for each in Is}
_SEVERITIES: Final = {severity.word: severity for severity in Severity}
_RANGE: Final = re.compile(r"(\w*)\.\.(\w*)")
_COMPARED: Final = re.compile(r"([<>])(=?)(\w+)")
_MAYBE_TIME: Final = re.compile(r"[0-9][0-9smhdwyTZ:.+-]*")
_LONGEST: Final = 2_048  # no stored address is longer


def read_facet(name: str, value: str, offset: int, zone: tzinfo) -> Facet:
    """What a facet asks for.

    Args:
        name: one of ``EXAMPLES``.
        value: what stands behind its colon, without quotes.
        offset: where the value stands.
        zone: of dates and times that name none.

    Raises:
        QueryError: there is no such value; it says which there are.
    """
    value = value.strip()
    if not value:
        raise QueryError(f"{name}: takes a word right behind it, as in {EXAMPLES[name]}", offset)
    if len(value) > _LONGEST or not value.isprintable():
        raise QueryError(f"{name}: takes one line of plain text, of {_LONGEST:,} letters at most", offset)
    return _READERS[name](value, offset, zone)


def may_become(name: str, value: str) -> bool:
    """Whether what is no value of a facet may be one once more of it is typed."""
    match name:
        case "is":
            return _begins(value, _STATES)
        case "severity":
            return _begins(value.rpartition("..")[2], _SEVERITIES) or value.endswith(".")
        case "since":
            return bool(_MAYBE_TIME.fullmatch(value))
        case _:
            return not value


def values_of(name: str) -> tuple[str, ...]:
    """The words that may stand behind a facet, where there are only some."""
    known: dict[str, Iterable[str]] = {"is": _STATES, "severity": _SEVERITIES}
    return tuple(known.get(name, ()))


def _begins(value: str, words: Iterable[str]) -> bool:
    return any(word.startswith(value.lower()) and word != value.lower() for word in words)


def _state(value: str, offset: int) -> Is:
    if value.lower() not in _STATES:
        raise QueryError(f"there is no is:{value}: {_instead('is', value, list(_STATES))}", offset)
    return _STATES[value.lower()]


def _instead(name: str, value: str, words: list[str]) -> str:
    close = difflib.get_close_matches(value.lower(), words, 1)
    every = ", ".join(f"{name}:{word}" for word in words)
    return f"write {name}:{close[0]} (there are {every})" if close else f"write {every}"


def _severities(value: str, offset: int) -> Severities:
    """``high``, or a range as of tiers: ``high..urgent``, where one of the two may be left out."""
    if compared := _COMPARED.fullmatch(value):
        ends = (compared[3], "") if compared[1] == ">" else ("", compared[3])
        raise QueryError(f"“{value}” is no severity: write a range, as in severity:{'..'.join(ends)}", offset)
    span = _RANGE.fullmatch(value)
    first, last = (span[1] or "low", span[2] or "urgent") if span else (value, value)
    for word in (first, last):
        if word not in _SEVERITIES:
            raise QueryError(f"there is no severity “{word}”: {_instead('severity', word, list(_SEVERITIES))}", offset)
    if _SEVERITIES[first] > _SEVERITIES[last]:
        raise QueryError(f"{value} runs backwards: write severity:{last}..{first}", offset)
    return Severities(_SEVERITIES[first], _SEVERITIES[last])


def _feed(value: str, offset: int) -> OfFeed:
    part = folded(value).strip(" /|")
    if not part:
        raise QueryError(f"“{value}” has no letter or digit: write a part of the feed's name or address", offset)
    return OfFeed(part)


def _since(value: str, offset: int, zone: tzinfo) -> Since:
    try:
        return Since(read_span(value))
    except ValueError:
        pass
    try:
        found = datetime.fromisoformat(value)
        return Since((found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC))
    except (ValueError, OverflowError):
        raise QueryError(
            f"“{value}” is no time: write 2h, 7d, 2026-11-22 or 2026-11-22T07:00, as in since:2h", offset
        ) from None


_READERS: Final[dict[str, Callable[[str, int, tzinfo], Facet]]] = {
    "is": lambda value, offset, _: _state(value, offset),
    "severity": lambda value, offset, _: _severities(value.lower(), offset),
    "rule": lambda value, _offset, _: OfRule(value.removesuffix("*").casefold(), prefix=value.endswith("*")),
    "desk": lambda value, _offset, _: OfDesk(UNNAMED if value.casefold() == MAIN else value.casefold()),
    "feed": lambda value, offset, _: _feed(value, offset),
    "url": lambda value, _offset, _: AtUrl(value),
    "since": _since,
}
