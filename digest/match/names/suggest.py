"""The names of a country or place that an alias may have: which are fit for a rule, and why others are not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from digest.match.language.parse import parse_item
from digest.match.language.query import Phrase, QueryError
from digest.match.lint.forms import SHORTEST, stem_of
from digest.match.matching.matcher import RuleSet
from digest.match.names.gazetteer import Name, NamedKind
from digest.match.names.languages import script_of
from digest.match.rules.rule import Rule
from digest.match.text.fold import acronyms, folded
from digest.match.text.scripts import is_script
from digest.values.news import EntryText

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from digest.match.names.gazetteer import Gazetteer, Named

_FEWEST: Final = 3
"""Letters of a name below which it is found everywhere; in Han, Hangul and katakana one fewer."""
_FEWEST_FOREIGN: Final = 4
"""The same of a name in Latin letters that is not the English one: ``Şam`` is found as “sam”."""
_INFLECTING: Final = frozenset(("ru", "uk", "be", "bg", "sr", "mk", "el"))
"""Languages whose endings are known, and stand behind a stem that stays as it is."""
_OTHER_WORDS: Final = frozenset(("siri", "sham", "شام", "чад", "чили", "куба"))
"""Names that are common words, or names of something else, folded."""
_SMALL: Final = 300_000
"""People of a place that is hardly meant by the name of a country."""
_ADJECTIVE: Final = re.compile("(?<=...)(?:ая|яя|ий|ый|ой|ое|ее|ие|ые)$")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One name, and what is to be said of it."""

    name: str
    languages: tuple[str, ...]
    """Codes of those that write it so, or so that no rule tells them apart; none: it is not known of which it is."""
    prefix: str = ""
    """What finds its other forms, too, where its language has some."""
    doubt: str = ""
    """Why it had better not stand in a rule; empty for one that may."""


def suggestions(named: Named, gazetteer: Gazetteer, word: str) -> tuple[Suggestion, ...]:
    """All names of a country or place, those of the likeliest languages first.

    Args:
        named: the country or place.
        gazetteer: what else there is: a name that is of something else, too, is doubtful.
        word: as it was asked for; what it names besides is known already.
    """
    besides = (named, *gazetteer.find(word.partition(",")[0]))
    found: list[Suggestion] = []
    for key, name in _merged((Name(named.name, ("en",)), *named.names)):
        doubt = _doubt(name, key, named) or _also(key, besides, gazetteer)
        inflects = not doubt and not _INFLECTING.isdisjoint(name.languages)
        prefix = _prefix(name.text, key, named, gazetteer) if inflects else ""
        found.append(Suggestion(name.text, name.languages, prefix, doubt))
    return tuple(_needed(found))


def _merged(names: Iterable[Name]) -> list[tuple[str, Name]]:
    """Each that no rule tells from another once, with the languages of all, behind how it is folded."""
    found: dict[str, Name] = {}
    for name in names:
        key = folded(name.text)
        known = found.get(key)
        languages = (*(known.languages if known else ()), *name.languages)
        found[key] = Name(known.text if known else name.text, tuple(dict.fromkeys(languages)))
    return list(found.items())


def _doubt(name: Name, key: str, named: Named) -> str:
    """What is wrong with a name by itself."""
    try:
        phrase = parse_item(name.text)
    except QueryError:
        return "it holds signs that rules read otherwise"
    if not isinstance(phrase, Phrase) or not RuleSet([Rule("", "", phrase)]).matching(EntryText(title=name.text)):
        return "as rules look for it, it does not even find itself"
    if acronyms(name.text):
        return ""
    if key in _OTHER_WORDS and key != folded(named.name):
        return "a common word, or the name of something else"
    letters = key.replace(" ", "")
    short = any(is_script(letters[-1], script) for script in ("han", "hangul", "katakana"))
    fewest = _FEWEST - short
    if script_of(name.text) == "latin" and key != folded(named.name):
        fewest = _FEWEST if name.text.isupper() else _FEWEST_FOREIGN
    return f"too short: it is looked for as “{key}”" if len(letters) < fewest else ""


def _also(key: str, besides: Sequence[Named], gazetteer: Gazetteer) -> str:
    """What else a name is of."""
    named = besides[0]
    others = [other for other in gazetteer.others(key, besides) if not _is_small(other, beside=named)]
    if not others:
        return ""
    one = others[0]
    home = "" if folded(gazetteer.country_of(one)) == folded(one.name) else f" ({gazetteer.country_of(one)})"
    return f"{one.name}{home} is called so, too"


def _is_small(other: Named, *, beside: Named) -> bool:
    """Whether a place is hardly ever meant where the other is."""
    return other.kind is NamedKind.PLACE and other.people < (beside.people // 5 or _SMALL)


def _prefix(text: str, key: str, named: Named, gazetteer: Gazetteer) -> str:
    """What finds all forms of a name in a language that inflects it; nothing where that finds other names, too."""
    words, keys = text.split(), key.split()
    if text.isupper() or [len(word) for word in words] != [len(each) for each in keys]:
        return ""
    stems = [_ADJECTIVE.sub("", each) if len(keys) > 1 else each for each in keys]
    stems = [stem_of(each) if stem == each else stem for each, stem in zip(keys, stems, strict=True)]
    if min(map(len, stems)) < SHORTEST:
        return ""
    beginning = f"{' '.join(keys[:-1])} {stems[-1]}".strip()
    if any(other.country != named.country for other in gazetteer.beginning(beginning)):
        return ""
    return " ".join(f"{word[: len(stem)]}*" for word, stem in zip(words, stems, strict=True))


def _needed(found: Sequence[Suggestion]) -> Iterator[Suggestion]:
    """Those that no other of the list finds already, as one does that is shorter, or lacks the Arabic article."""
    good = {str(number): one for number, one in enumerate(found) if not one.doubt and one.languages}
    rules = RuleSet([Rule(number, "", Phrase(one.name)) for number, one in good.items()])
    finders = [rules.matching(EntryText(title=one.name)) - {str(number)} for number, one in enumerate(found)]
    for number, one in enumerate(found):
        same = {other for other in finders[number] if str(number) in finders[int(other)]}  # of these the first stays
        if one.doubt or not (finders[number] - same or any(int(other) < number for other in same)):
            yield one
