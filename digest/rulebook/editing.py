"""Edits of a rule in its file: terms that it also looks for, terms that it excludes. All else stays, letter by letter.

The text is edited where things stand in it, and what comes of it is read again: an edit that changes anything else than
what it was to change is no edit.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from digest.match.language.query import And, Or, Phrase, Query, print_query
from digest.match.rules.rulefile import read_rule_file
from digest.toml.places import comments, spans
from digest.values.desks import own_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.match.rules.queries import Lists
    from digest.match.rules.rulefile import RuleDraft
    from digest.toml.places import Keys

_WIDTH: Final = 100
"""Letters of a line that an edit adds."""
_BLANK_END: Final = re.compile(r"[ \t]*(?:#[^\n]*)?\r?(?:\n|\Z)")
_INDENT: Final = re.compile(r"[ \t]*")
_BREAKS: Final = r"(?:\\[ \t]*\r?\n|\s)*"
"""White space, and line breaks that a backslash takes out of a text."""
_CONTENT_BEGIN: Final = re.compile(_BREAKS)
_CONTENT_END: Final = re.compile(rf"{_BREAKS}\Z")
_QUOTES: Final = re.compile(r"'''|\"\"\"|'|\"")


class UneditableError(Exception):
    """A rule is laid out so that only its author can edit it."""


def look_for(text: str, rule: str, terms: Sequence[Phrase], lists: Lists) -> str:
    """The text of a rule file in which a rule finds these terms, too.

    A rule whose one positive list is ``any`` has them there; a query becomes ``(query) OR …``, and other lists become
    such a query.

    Args:
        text: of the file.
        rule: the rule's id.
        terms: what it should find.
        lists: what the rules of the file ask for.

    Raises:
        UneditableError: it cannot be done so.
    """
    rule = own_name(rule)
    draft = _draft(text, rule)
    printed = [print_query(term) for term in terms]
    if draft.query is not None:
        edited = _in_query(text, (*draft.keys, "query"), [f"OR {term}" for term in printed])
    elif "all" not in draft.items:
        edited = _in_list(text, (*draft.keys, "any"), _items(terms))
    else:
        return _checked(text, _as_query(text, draft, printed, lists), rule, moved=True)
    return _checked(text, edited, rule)


def exclude(text: str, rule: str, terms: Sequence[Phrase]) -> str:
    """The text of a rule file in which a rule excludes these terms; as `look_for`.

    They are added to ``none``, which is made where there is none yet; a query becomes ``(query) NOT (…)``.
    """
    rule = own_name(rule)
    draft = _draft(text, rule)
    if draft.query is not None:
        joined = " OR ".join(print_query(term) for term in terms)
        edited = _in_query(text, (*draft.keys, "query"), [f"NOT ({joined})" if len(terms) > 1 else f"NOT {joined}"])
    elif "none" in draft.items:
        edited = _in_list(text, (*draft.keys, "none"), _items(terms))
    else:
        edited = _new_list(text, draft, _items(terms))
    return _checked(text, edited, rule)


def _draft(text: str, rule: str) -> RuleDraft:
    found = next((draft for draft in read_rule_file("", text).rules if draft.id == rule), None)
    if found is None:
        raise UneditableError
    return found


def _checked(text: str, edited: str, rule: str, *, moved: bool = False) -> str:
    """What comes out of an edit is not taken on trust: every comment is left, and every other rule is as it was."""
    before, after = read_rule_file("", text), read_rule_file("", edited)
    others = [
        [(draft.id, draft.query, draft.items) for draft in file.rules if draft.id != rule] for file in (before, after)
    ]
    same = others[0] == others[1] and before.aliases == after.aliases and len(before.rules) == len(after.rules)
    said = [sorted(comments(each)) if moved else comments(each) for each in (text, edited)]
    if after.problems or not same or said[0] != said[1]:
        raise UneditableError
    return edited


def _items(terms: Sequence[Phrase]) -> list[str]:
    """Terms as items of a list."""
    return [json.dumps(term.text, ensure_ascii=False) for term in terms]


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


# --- lists -------------------------------------------------------------------------------------------------------


def _in_list(text: str, keys: Keys, items: Sequence[str]) -> str:
    """A text with more items at the end of a list; a list over several lines has them on lines of their own."""
    places = spans(text)
    number = -1
    while (*keys, number + 1) in places:
        number += 1
    if number < 0:
        raise UneditableError
    last, end = places[*keys, number], places[keys].end
    if "\n" not in text[places[keys].value : end]:
        return f"{text[: last.end]}, {', '.join(items)}{text[last.end :]}"
    start = text.rfind("\n", 0, last.value) + 1
    first = places[*keys, 0].value
    indent = _indent(text, start) if _indent(text, start) or first < start else " " * (first - start)
    newline = _newline(text)
    lines = [f"{indent}{line}" for line in _lines(items)]
    line_end = text.find("\n", last.end)
    if line_end < 0 or line_end >= end:  # the bracket closes on the line of the last item
        return f"{text[: last.end]},{newline}{f',{newline}'.join(lines)}{text[last.end :]}"
    comma = re.match(r"[ \t]*,", text[last.end :])
    line_end -= text[line_end - 1] == "\r"
    added = f",{newline}".join(lines) + ("," if comma else "")
    return f"{text[: last.end]}{'' if comma else ','}{text[last.end : line_end]}{newline}{added}{text[line_end:]}"


def _indent(text: str, start: int) -> str:
    found = _INDENT.match(text, start)
    return found[0] if found else ""


def _lines(items: Sequence[str]) -> list[str]:
    """Items, as many to a line as fit well, without the comma at its end."""
    lines: list[str] = []
    for item in items:
        if lines and len(lines[-1]) + len(item) < _WIDTH:
            lines[-1] += f", {item}"
        else:
            lines.append(item)
    return lines


def _new_list(text: str, draft: RuleDraft, items: Sequence[str]) -> str:
    """A text with a list ``none`` behind the last list of a rule, laid out like that."""
    places = spans(text)
    last = max((places[*draft.keys, name] for name in draft.items), key=lambda span: span.end)
    if not _BLANK_END.match(text, last.end):  # a rule on one line
        return f"{text[: last.end]}, none = [{', '.join(items)}]{text[last.end :]}"
    key = text[last.key : last.value]
    width = len(key.partition("=")[0])
    name = f"{'none':{width}}" if width > len("none") else "none "
    indent = _indent(text, text.rfind("\n", 0, last.key) + 1)
    line_end = text.find("\n", last.end)
    line_end = len(text) if line_end < 0 else line_end - (text[line_end - 1] == "\r")
    return f"{text[:line_end]}{_newline(text)}{indent}{name}= [{', '.join(items)}]{text[line_end:]}"


# --- queries -----------------------------------------------------------------------------------------------------


def _in_query(text: str, keys: Keys, clauses: Sequence[str]) -> str:
    """A text with a query in parentheses and more clauses behind it, on lines of their own where it has several."""
    span = spans(text)[keys]
    raw = text[span.value : span.end]
    quote = _QUOTES.match(raw)
    if quote is None:
        raise UneditableError
    content = raw[len(quote[0]) : -len(quote[0])]
    begin, end = _edges(content)
    if quote[0] == '"':
        clauses = [clause.replace('"', '\\"') for clause in clauses]
    if "\n" in content:
        indent = _indent(content, content.rfind("\n", 0, begin) + 1) if "\n" in content[:begin] else ""
        gap = _newline(text) + indent
    else:
        gap = " "
    asked = content[begin:end]
    more = gap.join(["", *clauses])
    tail = content[end:] or (_newline(text) if quote[0] == '"""' and more.endswith('"') else "")
    edited = f"{quote[0]}{content[:begin]}({asked}){more}{tail}{quote[0]}"
    return f"{text[: span.value]}{edited}{text[span.end :]}"


def _edges(content: str) -> tuple[int, int]:
    """Where the query of a string begins and ends in it."""
    before, after = _CONTENT_BEGIN.match(content), _CONTENT_END.search(content)
    return before.end() if before else 0, after.start() if after else len(content)


def _as_query(text: str, draft: RuleDraft, terms: Sequence[str], lists: Lists) -> str:
    """A text in which a rule's lists are one query with more terms; their comments stand above it."""
    named = {name: lists[*draft.keys, name] for name in draft.items}
    asked: list[Query] = [*([_either(named["any"])] if "any" in named else []), *named["all"]]
    whole = print_query(And(tuple(asked)) if len(asked) > 1 else asked[0])
    positive = [f"({whole})", *(f"OR {term}" for term in terms)]
    newline = _newline(text)
    if "none" in named:
        none = print_query(_either(named["none"]))
        positive = [f"({newline.join(positive)})", f"NOT ({none})"]
    query = newline.join(positive)
    if "'''" in query:
        raise UneditableError
    return _in_place_of(text, draft, f"query = '''{newline}{query}'''")


def _either(queries: Sequence[Query]) -> Query:
    return queries[0] if len(queries) == 1 else Or(tuple(queries))


def _in_place_of(text: str, draft: RuleDraft, query: str) -> str:
    """A text with a query in the place of a rule's lists."""
    places = spans(text)
    lists = sorted(places[*draft.keys, name] for name in draft.items)
    pieces: list[tuple[int, int]] = []
    for span in lists:
        start = text.rfind("\n", 0, span.key) + 1
        rest = _BLANK_END.match(text, span.end)
        if text[start : span.key].strip() or rest is None:
            raise UneditableError
        pieces.append((start, rest.end()))
    newline = _newline(text)
    said = [comment for start, end in pieces for comment in comments(text[start:end])]
    edited = text
    for start, end in reversed(pieces[1:]):
        edited = edited[:start] + edited[end:]
    start, end = pieces[0]
    indent = _indent(text, start)
    above = "".join(f"{indent}{comment}{newline}" for comment in said)
    return f"{edited[:start]}{above}{indent}{query}{newline}{edited[end:]}"
