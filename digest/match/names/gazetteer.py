"""Countries and places with their names in many languages, and what a word may name.

Countries are Unicode's CLDR, which Babel brings. Places are ``places.tsv.gz``: data of GeoNames (CC BY 4.0), made by
``tests/names/make_places.py``; ``more.tsv`` holds what both lack. They are part of the package, as code is.
"""

from __future__ import annotations

import bisect
import enum
import functools
import gzip
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from digest.match.names.languages import LANGUAGES
from digest.match.text.fold import FIELD_MARK, folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_DATA: Final = Path(__file__).parent
_NO_COUNTRIES: Final = frozenset(("EU", "EZ", "UN", "QO", "XA", "XB", "ZZ", "HK", "MO"))
"""Territories of CLDR that are none, or are known as places."""
_TWO_NAMES: Final = "MM"
"""Where CLDR has a second name in brackets; what else stands there tells two countries apart."""
_BRACKETS: Final = re.compile(r" *[(（](.+?)[)）]")


class NamedKind(enum.StrEnum):
    """What a name is of."""

    COUNTRY = "country"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class Name:
    """One spelling."""

    text: str
    languages: tuple[str, ...] = ()
    """Codes of those that write it so; none: it is not known of which it is."""


@dataclass(frozen=True, slots=True)
class Named:
    """A country or a place."""

    kind: NamedKind
    name: str
    """In English, as it is mostly written."""
    country: str
    """The two letters of its country, or of itself."""
    people: int = 0
    """Of a place; 0: not known."""
    names: tuple[Name, ...] = ()


class Gazetteer:
    """All that is known, ready to be asked.

    Args:
        every: the countries first, then places, the largest first: in this order they are found.
    """

    def __init__(self, every: Sequence[Named]) -> None:
        self.every = every
        self._by_name: dict[str, list[int]] = defaultdict(list)
        self._sure: dict[str, list[int]] = defaultdict(list)
        for number, (one, keys) in enumerate(zip(every, _folded_names(every), strict=True)):
            for name, key in zip((Name(one.name, ("en",)), *one.names), keys, strict=True):
                self._by_name[key].append(number)
                if name.languages:
                    self._sure[key].append(number)
        self._sorted = sorted(self._sure)
        self._countries = {one.country: one for one in every if one.kind is NamedKind.COUNTRY}

    def find(self, word: str) -> tuple[Named, ...]:
        """What a word names, in any language; with a comma behind it only what lies in the country named there."""
        name, _, country = word.partition(",")
        key, within = folded(name), folded(country)
        numbers = self._sure.get(key) or self._by_name.get(key, [])
        found = [self.every[number] for number in dict.fromkeys(numbers)]
        first = [one for one in found if folded(one.name) == key]
        found = first + [one for one in found if one not in first]
        if not within:
            return tuple(found)
        codes = {one.country for one in self.find(country) if one.kind is NamedKind.COUNTRY} | {within.upper()}
        return tuple(one for one in found if one.country in codes)

    def others(self, key: str, besides: Iterable[Named]) -> list[Named]:
        """What else a folded name surely is of, but for what lies in the same countries."""
        countries = {one.country for one in besides}
        return [self.every[number] for number in self._sure.get(key, ()) if self.every[number].country not in countries]

    def beginning(self, stem: str) -> Iterator[Named]:
        """All of which a name begins so."""
        start, end = (bisect.bisect_left(self._sorted, edge) for edge in (stem, f"{stem}\U0010ffff"))
        return (self.every[number] for key in self._sorted[start:end] for number in self._sure[key])

    def near(self, word: str, most: int = 3) -> list[str]:
        """Names that are written nearly so, for whoever mistyped one."""
        from difflib import get_close_matches

        key = folded(word)
        alike = [other for other in self._sorted if other[:1] == key[:1] and abs(len(other) - len(key)) <= 2]
        close = get_close_matches(key, alike, n=most * 2, cutoff=0.75)
        named = dict.fromkeys(self.every[self._sure[other][0]].name for other in close)
        return list(named)[:most]

    def country_of(self, one: Named) -> str:
        """The name of the country that a place lies in."""
        home = self._countries.get(one.country)
        return home.name if home else one.country


def _folded_names(every: Sequence[Named]) -> Iterator[list[str]]:
    """Of each its English name and all others, folded: at once, for one by one takes ten times as long."""
    lines = (FIELD_MARK.join([one.name, *(name.text for name in one.names)]) for one in every)
    for line in folded("\n".join(lines)).split(" / "):
        yield [name.strip() for name in line.split("|")]


@functools.cache
def gazetteer() -> Gazetteer:
    """All that the package knows; made when first asked for."""
    more = list(_rows((_DATA / "more.tsv").read_text(encoding="utf-8")))
    packed = gzip.decompress((_DATA / "places.tsv.gz").read_bytes()).decode()
    places = [Named(NamedKind.PLACE, *row) for row in (*more, *_rows(packed)) if row[0]]
    added = {country: names for name, country, _, names in more if not name}
    return Gazetteer([*_countries(added), *places])


def _rows(table: str) -> Iterator[tuple[str, str, int, tuple[Name, ...]]]:
    """(name, country, people, names) of each line of a table."""
    for line in table.splitlines():
        if not line.startswith("#"):
            name, country, people, *names = line.split("\t")
            split = (each.partition("=") for each in names)
            found = tuple(Name(text, tuple(codes.split(",")) if codes else ()) for codes, _, text in split)
            yield name, country, int(people or 0), found


def _countries(added: dict[str, tuple[Name, ...]]) -> Iterator[Named]:
    """The countries of CLDR, each with the names that were added to it."""
    from babel import Locale

    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for language in LANGUAGES:
        for code, text in Locale.parse(language).territories.items():
            if code.isalpha() and code not in _NO_COUNTRIES:
                for name in _names_in(text, code):
                    found[code][name].append(language)
    for code, names in found.items():
        every = tuple(Name(text, tuple(codes)) for text, codes in names.items())
        yield Named(NamedKind.COUNTRY, every[0].text, code, names=(*every[1:], *added.get(code, ())))


def _names_in(text: str, code: str) -> Iterator[str]:
    """The names in one of CLDR's."""
    if "," not in text:
        yield _BRACKETS.sub("", text)
    if code == _TWO_NAMES and (second := _BRACKETS.search(text)):
        yield second[1]
