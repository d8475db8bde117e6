"""What is doubtful in rules that are right: terms that find nothing, or nothing that others do not.

A term is asked of its own text, in all its spellings: what does not find itself can never match, and where another
term of the same list finds all of it, it is needless. So the answers are the matcher's own.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.errors import Problem
from digest.match.language import parse_item, parse_query
from digest.match.matcher import RuleSet
from digest.match.query import Alias, And, Field, Not, Or, Phrase, Query, children_of, label, print_query
from digest.match.rule import Rule
from digest.match.terms import Manner, words_of
from digest.model import EntryText
from digest.positions import locate, locate_in_string

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from digest.match.loading import LoadedRules

Keys = tuple[str | int, ...]
_ITEM_LISTS = ("any", "all", "none")
_CODE = re.compile(r"[A-Za-z]{2,3}([-_ ][A-Za-z0-9]{2,8})*\*?")
_MEANT_SIGNS = re.compile(r"\w[+#]|[+#]\w|(?<!\S)\.\w")  # C++, C#, #tag, .NET: what folding drops carries the meaning
_FILLER = "zqxv"
_ENDINGS = {"LATIN": "qzx", "CYRILLIC": "щъщ", "GREEK": "ξψξ", "ARABIC": "ظظظ", "HEBREW": "ץץץ", "HANGUL": "뷁뷁"}
_OTHER_ENDING = "龘龘"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a part of a query stands: a string of a rule file, and the place in it."""

    path: str
    keys: Keys
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Term:
    """A phrase with the field it is looked for in, and its place."""

    phrase: Phrase
    field: str
    spot: Spot
    group: int
    """Terms of one group are alternatives of one another; a term of none is in a group of its own."""

    @property
    def shown(self) -> str:
        """The term as users know it."""
        return f"{self.field}:{label(self.phrase)}" if self.field else label(self.phrase)

    @property
    def is_unspaced(self) -> bool:
        """Whether it has words of a script without spaces."""
        return any(word.manner is Manner.UNSPACED for word in words_of(self.phrase))

    @property
    def query(self) -> Query:
        """The term as a query."""
        return Field(self.field, self.phrase) if self.field else self.phrase


@dataclass(frozen=True, slots=True)
class Part:
    """One query or one item of a list, read, with its place."""

    query: Query
    spot: Spot
    list: Keys
    """The keys of the list that it is an alternative of; of a query or of ``all`` its own."""


def lint(loaded: LoadedRules) -> list[Problem]:
    """All warnings on the live rules that the rules alone can tell."""
    parts = [part for path, text in loaded.live.items() for part in parts_of(path, text, loaded.aliases)]
    found = [*_lint_terms(terms_of_parts(parts), loaded.live), *_unused_aliases(loaded), *_excluded(loaded)]
    return sorted(set(found))


# --- reading files again, with places ----------------------------------------------------------------------------


def parts_of(path: str, text: str, aliases: Mapping[str, tuple[Query, ...]]) -> Iterator[Part]:
    """Every query and item of a file that could be loaded."""
    data = tomllib.loads(text)
    for name, items in data.get("alias", {}).items():
        for index, item in enumerate(items):
            spot = Spot(path, ("alias", name, index))
            yield Part(parse_item(item, aliases), spot, ("alias", name))
    for number, rule in enumerate(data.get("rule", [])):
        keys = ("rule", number)
        if "query" in rule:
            spot = Spot(path, (*keys, "query"))
            yield Part(parse_query(rule["query"], aliases), spot, spot.keys)
        for name in _ITEM_LISTS:
            for index, item in enumerate(rule.get(name, [])):
                spot = Spot(path, (*keys, name, index))
                yield Part(parse_item(item, aliases), spot, spot.keys if name == "all" else (*keys, name))


def terms_of_parts(parts: Sequence[Part]) -> list[Term]:
    """The phrases of all parts, those that are alternatives of one another in one group."""
    groups: dict[object, int] = {}
    found: list[Term] = []

    def walk(query: Query, spot: Spot, field: str, group: object) -> None:
        place = Spot(spot.path, spot.keys, query.offset)
        match query:
            case Phrase():
                found.append(Term(query, field, place, groups.setdefault(group, len(groups))))
            case Field(name=name, child=child):
                walk(child, spot, name, group)
            case Or(children=children):
                # An OR within an OR of the same field is one with it.
                for child in children:
                    walk(child, spot, field, group)
            case Alias():
                pass  # its terms are read where it is defined
            case _:
                for number, child in enumerate(children_of(query)):
                    walk(child, spot, field, (group, place, number))

    for part in parts:
        walk(part.query, part.spot, "", (part.spot.path, part.list))
    return found


# --- terms -------------------------------------------------------------------------------------------------------


def _lint_terms(terms: Sequence[Term], texts: Mapping[str, str]) -> Iterator[Problem]:
    """Terms that can never match, that lose their signs, that others make needless."""
    rules = RuleSet([Rule(str(number), "", term.query) for number, term in enumerate(terms)])
    # Only where capitals decide for one of them is a list asked in all cases.
    by_case = {term.group for term in terms if term.phrase.case or "." in term.phrase.text}
    finds: list[frozenset[int]] = []
    for number, term in enumerate(terms):
        texts_of = spellings(term, in_all_cases=term.group in by_case)
        asked = [frozenset(map(int, rules.matching(text))) for text in texts_of]
        own = [found for found in asked if number in found]
        finds.append(frozenset.intersection(*own) if own else frozenset())
        if message := _lonely_message(term, finds=bool(own)):
            yield warning(texts, term.spot, message)
    for number, term in enumerate(terms):
        if term.is_unspaced:
            continue  # where dictionary words end is known only in a text
        others = [
            other
            for other in sorted(finds[number] - {number})
            if terms[other].group == term.group and terms[other].field in {"", term.field}
        ]
        for other in others:
            same = number in finds[other] and term.field == terms[other].field
            if same and other > number:
                continue  # of two that are the same, the later one is needless
            what = "finds the same" if same else "finds all that it does"
            shown = f"“{term.shown}” is needless: “{terms[other].shown}” in the same list {what}"
            yield warning(texts, term.spot, shown)
            break


def _lonely_message(term: Term, *, finds: bool) -> str:
    """What is doubtful in a term by itself."""
    words = [word.text for word in words_of(term.phrase)]
    if term.field == "lang" and not _CODE.fullmatch(term.phrase.text):
        return f"lang: is a code like en, ko or pt-BR, so “{term.phrase.text}” can never match: write the code"
    if not finds:
        return f"“{term.shown}” can never match: as it is looked for, it does not even find itself"
    if _MEANT_SIGNS.search(term.phrase.text) and not term.phrase.text.startswith("#"):
        return (
            f"“{term.shown}” is looked for as “{' '.join(words)}”, for signs are no letters: use a regular expression "
            "where they matter"
        )
    return ""


def spellings(term: Term, *, in_all_cases: bool = False) -> Iterator[EntryText]:
    """Texts that the term ought to find: in each case, with words between or letters behind where it leaves room."""
    for text in _forms(term.phrase):
        cased = {text, text.lower(), text.upper(), text.title()} if in_all_cases and not term.phrase.case else {text}
        for spelling in sorted(cased):
            yield _placed(spelling, term.field)


def _forms(phrase: Phrase) -> Iterator[str]:
    words = phrase.text.split()
    yield " ".join(word.rstrip("*") for word in words)
    if any(word.endswith("*") for word in words):
        yield " ".join(word[:-1] + _ending(word[-2]) if word.endswith("*") else word for word in words)
    if phrase.slop and len(words) > 1:
        yield " ".join([words[0], *[_FILLER] * phrase.slop, *words[1:]]).replace("*", "")


def _ending(letter: str) -> str:
    """Letters that may stand behind this one in a word, and never do."""
    return _ENDINGS.get(unicodedata.name(letter, "").split(" ")[0], _OTHER_ENDING)


def _placed(text: str, field: str) -> EntryText:
    """An entry with the text in the field; without a field in the title."""
    if field == "tag":
        return EntryText(tags=(text,))
    return EntryText(**{field or "title": text})  # type: ignore[arg-type]  # every other field is a text


# --- aliases and exclusions --------------------------------------------------------------------------------------


def _unused_aliases(loaded: LoadedRules) -> Iterator[Problem]:
    """Aliases that no rule names, not by another alias either."""
    used: set[str] = set()

    def walk(query: Query) -> None:
        if isinstance(query, Alias):
            if query.name in used:
                return
            used.add(query.name)
        for child in query.terms if isinstance(query, Alias) else children_of(query):
            walk(child)

    for rule in loaded.rules:
        walk(rule.query)
    for path, text in loaded.live.items():
        for name in tomllib.loads(text).get("alias", {}):
            if name not in used:
                line, column = locate(text, ("alias", name))
                message = f"no rule uses the alias @{name}: take it out, or write @{name} in a rule"
                yield Problem(path, line, column, message, "warning")


def _excluded(loaded: LoadedRules) -> Iterator[Problem]:
    """Rules that can never match, because what they ask for is always excluded."""
    for rule in loaded.rules:
        if not isinstance(rule.query, And):
            continue
        forbidding = [child.child for child in rule.query.children if isinstance(child, Not)]
        for asked in rule.query.children:
            alternatives = list(_alternatives(asked, ""))
            if not alternatives or any(each is None for each in alternatives):
                continue
            for query in forbidding:
                forbids = RuleSet([Rule("not", "", query)])
                texts = [text for each in alternatives if each for text in spellings(each, in_all_cases=True)]
                if all(forbids.matching(text) for text in texts):
                    message = (
                        f"rule “{rule.id}” can never match: NOT {_short(query)} excludes all that {_short(asked)} finds"
                    )
                    yield Problem(rule.path, rule.line, 1, message, "warning")


def _alternatives(query: Query, field: str) -> Iterator[Term | None]:
    """The phrases one of which is asked for; ``None`` for what is no phrase."""
    match query:
        case Phrase():
            yield Term(query, field, Spot("", ()), 0)
        case Field(name=name, child=child):
            yield from _alternatives(child, name)
        case Or() | Alias():
            for child in children_of(query):
                yield from _alternatives(child, field)
        case _:
            yield None


def _short(query: Query) -> str:
    text = print_query(query)
    return text if len(text) <= 60 else f"{text[:59]}…"


def warning(texts: Mapping[str, str], spot: Spot, message: str) -> Problem:
    """A warning at its place."""
    line, column = locate_in_string(texts[spot.path], spot.keys, spot.offset)
    return Problem(spot.path, line, column, message, "warning")
