"""A rule made of a search: its words as a draft of a rule file; what is known of single entries no rule can ask."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from digest.errors import UsageError
from digest.match import QueryError, folded, print_query, read_search
from digest.match.language.query import Alias, Not, Phrase, Query, children_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_ID_LENGTH: Final = 40


@dataclass(frozen=True, slots=True)
class DraftedRule:
    """A rule that is not in any file yet."""

    id: str
    text: str
    """As it stands in a rule file."""
    left_out: tuple[str, ...]
    """What of the search it does not ask for, each as it is written."""

    @property
    def sentence(self) -> str:
        """What was left out, in words; empty where nothing was."""
        if not self.left_out:
            return ""
        return f"left out, for a rule looks at texts alone: {', '.join(self.left_out)}"


def rule_of_search(
    query: str, aliases: Mapping[str, tuple[Query, ...]] | None = None, taken: Collection[str] = ()
) -> DraftedRule:
    """A rule that finds what a search finds by its words.

    Args:
        query: the search, as it was typed and is meant: its last word is whole.
        aliases: those that it may name.
        taken: the ids of other rules.

    Raises:
        QueryError: it is no search, or not finished.
        UsageError: it has no words, or only such as exclude.
    """
    search = read_search(query, aliases)
    if search.words is None:
        raise UsageError("a rule looks for words, and this filter has none: type one, as in embassy is:unread")
    if search.excluding:
        raise UsageError("a rule needs something to be found, and this filter only excludes: type a word to look for")
    ident = _unused(_id_of(search.words), taken)
    text = f"[[rule]]\nid = {json.dumps(ident, ensure_ascii=False)}\nquery = {_quoted(print_query(search.words))}\n"
    return DraftedRule(ident, text, search.asked)


def as_whole(query: str, aliases: Mapping[str, tuple[Query, ...]] | None = None) -> str:
    """A search that is being typed, so that it finds the same when it is whole: its last word as the prefix it is."""
    with suppress(QueryError):
        if read_search(f"{query}*", aliases).words == read_search(query, aliases, typing=True).words:
            return f"{query}*"
    return query


def _quoted(text: str) -> str:
    """As a TOML string, in single quotes where that can be: there a backslash is one."""
    return json.dumps(text, ensure_ascii=False) if "'" in text else f"'{text}'"


def _id_of(words: Query) -> str:
    """The first words that are looked for, joined by hyphens."""
    found = re.findall(r"[^\W_]+", " ".join(_names(words)))
    ident = ""
    for word in found:
        if len(ident) + len(word) >= _ID_LENGTH:
            break
        ident += f"-{word}" if ident else word
    return ident or "search"


def _names(query: Query) -> Iterator[str]:
    """What a query looks for, by name: terms and aliases, in order, each once."""
    match query:
        case Phrase(text=text):
            yield folded(text)
        case Alias(name=name):
            yield name
        case Not():
            return
        case _:
            for child in children_of(query):
                yield from _names(child)


def _unused(ident: str, taken: Collection[str]) -> str:
    numbered = (f"{ident}-{number}" for number in range(2, len(taken) + 3))
    return ident if ident not in taken else next(each for each in numbered if each not in taken)
