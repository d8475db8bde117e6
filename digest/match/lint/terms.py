"""What is doubtful in rules that are right: terms that find nothing or nothing more, rules that can never match.

A term is asked of its own text, in all its spellings: what does not find itself can never match, and where another
term of the same list finds all of it, it is needless. So the answers are the matcher's own. A rule can never match if
what it asks for is always excluded.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from digest.errors import Problem
from digest.match.language.query import (
    Alias,
    And,
    Count,
    Field,
    Near,
    Not,
    Or,
    Phrase,
    Query,
    Regex,
    children_of,
    print_query,
    terms_of,
)
from digest.match.language.terms import words_of
from digest.match.lint.located import (
    Location,
    Term,
    in_field,
    located_queries,
    located_terms,
    nodes,
    spellings,
    warning,
)
from digest.match.matching.matcher import RuleSet
from digest.match.rules.rule import Rule
from digest.match.text.fold import TEXT_FIELDS
from digest.toml.places import locate
from digest.values.desks import desk_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from digest.match.lint.located import AliasUse, LocatedQuery
    from digest.match.loading import LoadedRules

_MEANT_SIGNS = re.compile(r"\w[+#]|[+#]\w|(?<!\S)\.\w")  # C++, C#, #tag, .NET: what folding drops carries the meaning
_BARE_LETTERS = 2
"""Of a term with signs, so few letters alone mean something much wider: “5%” finds every 5."""


def lint(loaded: LoadedRules) -> list[Problem]:
    """All warnings on the live rules that the rules alone can tell."""
    queries = list(located_queries(loaded))
    terms, uses = located_terms(queries)
    found = [*_lint_terms(terms, uses, loaded.live), *_unused_aliases(loaded), *_excluded(queries, loaded.live)]
    return sorted(set(found))


# --- terms -------------------------------------------------------------------------------------------------------


def _lint_terms(terms: Sequence[Term], uses: Sequence[AliasUse], texts: Mapping[str, str]) -> Iterator[Problem]:
    """Terms that can never match, that lose their signs, that others make needless."""
    alternatives = _Alternatives([*terms, *uses])
    for term in terms:
        if message := _lonely_message(term, finds=bool(alternatives.finders(term))):
            yield warning(texts, term.location, message)
    for place, term in enumerate(terms):
        if message := alternatives.needless_message(place, term):
            yield warning(texts, term.location, message)


class _Alternatives:
    """Terms, and behind them the aliases beside them, each asked of the texts of the others."""

    def __init__(self, every: Sequence[Term | AliasUse]) -> None:
        self._every = every
        self._numbers: dict[Query, int] = {}
        """Of each that differs: a thousand rules that all exclude football ask for it once."""
        self._places: dict[tuple[int, int], list[int]] = defaultdict(list)
        """Where one stands in ``every``, by group and number."""
        self._found: dict[tuple[int, bool], frozenset[int]] = {}
        for place, one in enumerate(every):
            number = self._numbers.setdefault(one.query, len(self._numbers))
            self._places[one.group, number].append(place)
        self._rules = RuleSet([Rule(str(number), "", query) for query, number in self._numbers.items()])
        # Only where capitals decide for one of them is a list asked in all cases.
        self._by_case = {one.group for one in every if any(map(_minds_case, terms_of(one.query)))}

    def finders(self, term: Term) -> frozenset[int]:
        """The numbers of all that find every text of a term that it finds itself; empty if it finds none."""
        number, by_case = self._numbers[term.query], term.group in self._by_case
        if (number, by_case) not in self._found:
            asked = [frozenset(map(int, self._rules.matching(text))) for text in spellings(term, in_all_cases=by_case)]
            own = [found for found in asked if number in found]
            self._found[number, by_case] = frozenset.intersection(*own) if own else frozenset()
        return self._found[number, by_case]

    def needless_message(self, place: int, term: Term) -> str:
        """Which other of the same list finds all that a term does; nothing if none does."""
        if term.is_unspaced:
            return ""  # where dictionary words end is known only in a text
        for at in sorted(at for number in self.finders(term) for at in self._places.get((term.group, number), ())):
            other = self._every[at]
            if at == place or other.field not in {"", term.field}:
                continue
            same = (
                isinstance(other, Term)
                and term.field == other.field
                and self._numbers[term.query] in self.finders(other)
            )
            if same and at > place:
                continue  # of two that are the same, the later one is needless
            what = "finds the same" if same else "finds all that it does"
            return f"“{term.shown}” is needless: “{other.shown}” in the same list {what}"
        return ""


def _minds_case(term: Phrase | Regex) -> bool:
    """Whether capitals decide for a term."""
    return isinstance(term, Phrase) and (term.case or "." in term.text)


def _lonely_message(term: Term, *, finds: bool) -> str:
    """What is doubtful in a term by itself."""
    text = term.phrase.text
    words = [word.text for word in words_of(term.phrase)]
    if not finds:
        return f"“{term.shown}” can never match: as it is looked for, it does not even find itself"
    if _loses_its_signs(text, words):
        return (
            f"“{term.shown}” is looked for as “{' '.join(words)}”, for signs are no letters: where they matter, "
            f"write {print_query(_with_signs(term))} (in single quotes)"
        )
    return ""


def _loses_its_signs(text: str, words: Sequence[str]) -> bool:
    """Whether what folding drops carries the meaning; a hashtag is found by its word."""
    if _MEANT_SIGNS.search(text):
        return not text.startswith("#")
    bare = len(words) == 1 and len(words[0]) <= _BARE_LETTERS
    return bare and any(char in "%!?@" or unicodedata.category(char)[0] == "S" for char in text)


def _with_signs(term: Term) -> Query:
    """An expression that finds a term with its signs, as a word."""
    text = term.phrase.text.rstrip("*")
    before, behind = (r"\b" if char.isascii() and char.isalnum() else "" for char in (text[0], text[-1]))
    regex = Regex(before + re.escape(text) + ("" if term.phrase.text.endswith("*") else behind))
    return in_field(term.field, regex)


# --- aliases -----------------------------------------------------------------------------------------------------


def _unused_aliases(loaded: LoadedRules) -> Iterator[Problem]:
    """Aliases that no rule names, not by another alias either; a file that is not live may name any."""
    if any(problem.level == "error" for problem in loaded.problems):
        return
    used: set[tuple[str, str]] = set()

    def walk(query: Query, desk: str) -> None:
        if isinstance(query, Alias):
            if (desk, query.name) in used:
                return
            used.add((desk, query.name))
        for child in query.terms if isinstance(query, Alias) else children_of(query):
            walk(child, desk)

    for rule in loaded.rules:
        walk(rule.query, desk_of(rule.id))
    for path, lists in loaded.queries.items():
        for keys in lists:
            name = keys[1]
            if keys[0] == "alias" and (loaded.files[path].desk, str(name)) not in used:
                line, column = locate(loaded.live[path], keys)
                message = f"no rule uses the alias @{name}: take it out, or write @{name} in a rule"
                yield Problem(path, line, column, message, "warning")


# --- rules that exclude themselves ---------------------------------------------------------------------------------


def _excluded(queries: Iterable[LocatedQuery], texts: Mapping[str, str]) -> Iterator[Problem]:
    """Rules that can never match, because what they ask for is always excluded; at what excludes it."""
    rules: dict[object, list[LocatedQuery]] = {}
    for query in queries:
        if query.location.keys[0] == "rule":
            rules.setdefault((query.location.path, query.location.keys[1]), []).append(query)
    demands = [_Demands(own) for own in rules.values()]
    numbered = [forbidden for one in demands for forbidden in one.forbidden]
    forbids = RuleSet([Rule(str(number), "", query) for number, (query, _) in enumerate(numbered)])
    start = 0
    for one in demands:
        numbers = range(start, start := start + len(one.forbidden))
        for asked in one.asked if numbers else ():
            found = _all_forbidden(asked, forbids, numbers)
            if found is not None:
                excluding, location = numbered[found]
                message = f"this rule can never match: NOT {_short(excluding)} excludes all that {_short(asked)} finds"
                yield warning(texts, location, f"{message}; take one of the two out")
                break


class _Demands:
    """What a rule asks for and what it forbids, wherever in it: each has its say whatever else an entry holds."""

    def __init__(self, queries: Sequence[LocatedQuery]) -> None:
        self.asked: list[Query] = []
        self.forbidden: list[tuple[Query, Location]] = []
        alternatives = tuple(one.query for one in queries if one.key == "any")
        if alternatives:
            self.asked.append(Or(alternatives) if len(alternatives) > 1 else alternatives[0])
        for one in queries:
            if one.key == "none":
                self._forbid(one.query, one.location)
            elif one.key != "any":
                self._read(one.query, one.location, "")

    def _read(self, query: Query, location: Location, field: str) -> None:
        match query:
            case And() | Near():
                for child in children_of(query):
                    self._read(child, location, field)
            case Count(least=least, children=children) if least == len(children):
                for child in children:
                    self._read(child, location, field)
            case Field(name=name, child=child):
                self._read(child, location, name)
            case Not(child=child):
                self._forbid(in_field(field, child), Location(location.path, location.keys, child.offset))
            case _:
                self.asked.append(in_field(field, query))

    def _forbid(self, query: Query, location: Location) -> None:
        """Take in what more words can never make right again, as they can ``a NOT b``, or an expression with ``$``."""
        if not any(isinstance(each, Not | Regex) for each in nodes(query)):
            self.forbidden.append((query, location))


def _all_forbidden(asked: Query, forbids: RuleSet, numbers: range) -> int | None:
    """The first of these numbers that forbids a text that is asked for, if each of the texts is forbidden."""
    first = None
    for term in _alternatives(asked, ""):
        if term is None:
            return None
        for field in (term.field,) if term.field else TEXT_FIELDS:
            for text in spellings(replace(term, field=field), in_all_cases=True):
                found = [number for number in map(int, forbids.matching(text)) if number in numbers]
                if not found:
                    return None
                first = min(found) if first is None else first
    return first


def _alternatives(query: Query, field: str) -> Iterator[Term | None]:
    """The phrases one of which is asked for; ``None`` for what is no phrase."""
    match query:
        case Phrase():
            yield Term(query, field, Location("", ()), 0)
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
