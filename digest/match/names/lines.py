"""An alias as lines of TOML that can be pasted into a rule file: one name a line, with its languages behind it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from digest.match.names.suggest import suggestions
from digest.match.text.fold import folded
from digest.words import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digest.match.names.gazetteer import Gazetteer, Named
    from digest.match.names.suggest import Suggestion

_NAMED_LANGUAGES: Final = 3
_LINE: Final = 110


def alias_lines(word: str, found: Sequence[Named], gazetteer: Gazetteer) -> Iterator[str]:
    """The alias of the first of all that a word names, and what is to be known of it.

    Args:
        word: as the user wrote it.
        found: what it names, one at least.
        gazetteer: all that is known.
    """
    first, *others = found
    every = suggestions(first, gazetteer, word)
    good = [one for one in every if not one.doubt and one.languages]
    yield f"{alias_name(first)} = [  # {about(first, gazetteer)}"
    yield from (f"    {json.dumps(one.name, ensure_ascii=False)},{_remark(one)}" for one in good)
    yield "]"
    unknown = [one.name for one in every if not one.doubt and not one.languages]
    if unknown:
        yield from _comment(f"in Latin letters, of languages that are not known: {', '.join(unknown)}")
    for one in every:
        if one.doubt:
            yield from _comment(
                f"left out: {one.name} ({_languages(one.languages) or 'language not known'}): {one.doubt}"
            )
    if others:
        also = "; ".join(about(other, gazetteer) for other in others[:_NAMED_LANGUAGES])
        place = f"{others[0].name}, {gazetteer.country_of(others[0])}"
        yield from _comment(
            f"“{word}” also names {also}. Names of the one may be names of the other, too: add with AND a word that "
            f'tells them apart. The other one: digest alias suggest "{place}"'
        )


def alias_name(named: Named) -> str:
    """What the alias is called: ``north-korea``."""
    ascii_only = "".join(char if char.isascii() and char.isalnum() else " " for char in folded(named.name))
    return "-".join(ascii_only.split()) or named.country.lower()


def about(named: Named, gazetteer: Gazetteer) -> str:
    """A country or place in words."""
    if named.kind == "country":
        return f"{named.name}, a country"
    people = f", {count(named.people, 'person').replace('persons', 'people')}" if named.people else ""
    return f"{named.name} in {gazetteer.country_of(named)}{people}"


def _remark(one: Suggestion) -> str:
    prefix = f' · "{one.prefix}" finds its other forms, too' if one.prefix else ""
    return f"  # {_languages(one.languages)}{prefix}"


def _languages(codes: Sequence[str]) -> str:
    """Languages by their English names; of many the first ones."""
    from babel import Locale

    known = Locale.parse("en").languages
    named = list(dict.fromkeys(known.get(code.partition("_")[0], code) for code in codes))
    more = f" and {len(named) - _NAMED_LANGUAGES} more" if len(named) > _NAMED_LANGUAGES else ""
    return ", ".join(named[:_NAMED_LANGUAGES]) + more


def _comment(text: str) -> Iterator[str]:
    """A comment in lines of a length that is read well."""
    import textwrap

    yield from textwrap.wrap(text, _LINE, initial_indent="# ", subsequent_indent="#   ")
