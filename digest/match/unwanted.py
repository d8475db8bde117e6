"""Adding an unwanted example to a rule in the text of its file, and taking it out again; nothing else changes.

One piece of text comes or goes, whatever the shape of the file: a list, ``[[rule.unwanted]]``, a rule in braces. What
comes out is not taken on trust: it must say, to tomllib, just what the text said before and the one example more or
less, and hold every comment that it held.
"""

from __future__ import annotations

import functools
import itertools
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from digest.errors import UsageError
from digest.match.matching.matcher import RuleSet
from digest.match.splices import Row, indent, with_lines, without_lines
from digest.text import clean_block
from digest.toml.places import comments, spans
from digest.values.news import EntryText

if TYPE_CHECKING:
    from digest.match.rules.rule import Rule
    from digest.toml.places import KeySpan
    from digest.values.news import Hit

    Cut = Callable[[str, str], str]
    Keys = tuple[str | int, ...]
    Spans = Mapping[Keys, KeySpan]

Example = str | Mapping[str, Any]
"""As it stands in a rule file: a title, or a table of fields."""

_EXAMPLES: Final = ("known_gap", "no_match", "match")
"""After the last of these that a rule has, its list of unwanted examples is best put."""
_LONGEST: Final = 2_000
"""Letters of one field of an example; a page of content is no example."""
_BESIDE: Final = 100
"""Letters on either side of what was found, where an example is a piece of a long field."""
_UP_TO_SPACE: Final = re.compile(r"\A\S*\s")
_FROM_SPACE: Final = re.compile(r"\s\S*\Z")
_BY_HAND: Final = "add it by hand, for this file is laid out in a way that could not be kept"
_OUT_BY_HAND: Final = "take it out by hand, for the file was changed there since"


def example_of(rule: Rule, text: EntryText) -> Example | None:
    """The shortest example that a rule matches for the same reason as an entry; ``None`` if it does not match that.

    A title is best. What matches by its summary, its outlet or its body is a table of just as many fields; of a long
    one, its beginning, else what stands around the words that the rule found.
    """
    asked = RuleSet([replace(rule, enabled=True)])
    for cut in _cuts(asked, text):
        for fields in _ever_more(text, cut):
            if asked.matching(EntryText(**fields)):
                titled = fields.keys() == {"title"}
                return str(fields["title"]) if titled else {key: _as_toml(value) for key, value in fields.items()}
    return None


def with_unwanted(text: str, rule: str, example: Example) -> str | None:
    """The text of a rule file with one more unwanted example of a rule; ``None`` if it stands there already.

    Raises:
        UsageError: there is no such rule in it, or the file is laid out so that this cannot be done.
    """
    number, table = _found(text, rule)
    known = _listed(table, _BY_HAND)
    if any(_same(example, each) for each in known):
        return None
    place = spans(text)
    edited = _with_item(text, place, ("rule", number), table, example)
    added = _as_table(example) if _in_headers(place, number) else example
    if not _is_right(edited, text, number, [[*known, added], [added, *known]]):
        raise UsageError(_BY_HAND)
    return edited


def has_list(text: str, rule: str) -> bool:
    """Whether a rule has a list of unwanted examples, empty or not.

    Raises:
        UsageError: there is no such rule in the text.
    """
    return "unwanted" in _found(text, rule)[1]


def without_unwanted(text: str, rule: str, example: Example, *, made_list: bool = False) -> str | None:
    """The text of a rule file without that unwanted example of a rule; ``None`` if it does not stand there.

    With ``made_list`` the list was made for it, and goes with it unless others stand there by now.

    Raises:
        UsageError: there is no such rule in it, or the file is laid out so that this cannot be done.
    """
    number, table = _found(text, rule)
    known = _listed(table, _OUT_BY_HAND)
    places = [index for index, each in enumerate(known) if _same(example, each)]
    if not places:
        return None
    left = [each for index, each in enumerate(known) if index != places[-1]]
    place = spans(text)
    none_left = not left and (made_list or _in_headers(place, number))
    edited = _without_item(text, place, ("rule", number), places[-1], whole=made_list and not left)
    if edited is None or not _is_right(edited, text, number, [None if none_left else left]):
        raise UsageError(_OUT_BY_HAND)
    return edited


# --- which example ---------------------------------------------------------------------------------------------------


def _ever_more(text: EntryText, cut: Cut) -> Iterator[dict[str, Any]]:
    """Fields of an entry that may do as an example, few first."""
    fields: dict[str, Any] = {}
    for names in (("title",), ("summary",), ("source", "lang", "author", "tags"), ("content",)):
        whole = {name: getattr(text, name) for name in names if getattr(text, name)}
        if whole:
            fields |= {name: value if len(value) <= _LONGEST else cut(name, value) for name, value in whole.items()}
            yield dict(fields)


def _cuts(asked: RuleSet, text: EntryText) -> Iterator[Cut]:
    """Ways to make a long field shorter, the best first; the last, for a rule that asks for all of it, does not."""
    yield lambda _, value: value[:_LONGEST]
    found = asked.match_entry(text)
    if not found:
        return
    hits = found[0].hits
    firsts = {(hit.field, hit.term): hit for hit in reversed(hits)}
    yield functools.partial(_around, [*firsts.values()])
    yield functools.partial(_around, hits)
    yield lambda _, value: value


def _around(hits: Sequence[Hit], name: str, value: str) -> str:
    """What stands around the hits in a field, in whole words; its beginning where there is none."""
    pieces: list[tuple[int, int]] = []
    for hit in sorted((hit for hit in hits if hit.field == name), key=lambda hit: hit.start):
        start, end = max(0, hit.start - _BESIDE), min(len(value), hit.end + _BESIDE)
        if start:
            start = hit.start - len(_UP_TO_SPACE.sub("", value[start : hit.start]))
        if end < len(value):
            end = hit.end + len(_FROM_SPACE.sub("", value[hit.end : end]))
        if pieces and start <= pieces[-1][1]:
            before = pieces.pop()
            start, end = before[0], max(end, before[1])
        pieces.append((start, end))
    return " … ".join(value[start:end].strip() for start, end in pieces) or value[:_LONGEST]


def _as_toml(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _same(one: Example, other: Example) -> bool:
    return bool(_plain(one) == _plain(other))


def _plain(example: Example) -> Any:
    """An example as it is read: a text is a title, and white space does not count."""
    return {key: clean_block(value) if isinstance(value, str) else value for key, value in _as_table(example).items()}


# --- the text --------------------------------------------------------------------------------------------------------


def _found(text: str, rule: str) -> tuple[int, dict[str, Any]]:
    """Which of a file's rules it is, and what it says."""
    rules = tomllib.loads(text).get("rule", [])
    for number, table in enumerate(rules if isinstance(rules, list) else []):
        if isinstance(table, dict) and table.get("id") == rule:
            return number, table
    raise UsageError(f"the rule “{rule}” is not in the file any more")


def _listed(table: Mapping[str, Any], advice: str) -> list[Example]:
    known = table.get("unwanted", [])
    if not isinstance(known, list):
        raise UsageError(advice)
    return known


def _is_right(edited: str, text: str, number: int, wanted: list[list[Example] | None]) -> bool:
    """Whether an edited text has the examples wanted, in one of these ways, and else says what the text did."""
    try:
        said, data = tomllib.loads(edited), tomllib.loads(text)
        unwanted = said["rule"][number].pop("unwanted", None)
        data["rule"][number].pop("unwanted", None)
    except (ValueError, LookupError):
        return False
    return unwanted in wanted and said == data and comments(edited) == comments(text)


def _with_item(text: str, place: Spans, keys: Keys, table: Mapping[str, Any], example: Example) -> str:
    """Put an example at the end of a rule's list, or make the list, behind its other examples or its last setting."""
    key = (*keys, "unwanted")
    if key not in place:
        new = f"unwanted = [{_written(example)}]"
        plain = [name for name in table if _is_plain(place[*keys, name])]
        behind = next((name for name in _EXAMPLES if name in plain), plain[-1])
        if text[place[keys].value] == "{":
            row = Row(text, place[keys], [place[*keys, name] for name in plain])
            return row.with_behind(plain.index(behind), new)
        at = place[*keys, behind]
        return with_lines(text, at.end, [indent(text, at.key) + new])
    if _is_plain(place[key]):
        return Row(text, place[key], _items(place, key)).with_last(_written(example))
    last = (*key, len(table["unwanted"]) - 1)
    header = place[last]
    inside = [span for keys, span in place.items() if len(keys) > len(last) and keys[: len(last)] == last]
    start = text.rfind("\n", 0, header.key) + 1
    lead = indent(text, inside[0].key if inside else header.key)
    fields = [f"{lead}{name} = {_written(value)}" for name, value in _as_table(example).items()]
    end = max(span.end for span in (header, *inside))
    return with_lines(text, end, ["", text[start : header.end], *fields])


def _without_item(text: str, place: Spans, keys: Keys, number: int, *, whole: bool) -> str | None:
    """Take out an example, or the whole list of them; ``None`` if that would part a comment from its place."""
    key = (*keys, "unwanted")
    own = {name: span for name, span in place.items() if name[: len(keys)] == keys}
    if not whole and _is_plain(place[key]):
        return Row(text, place[key], _items(place, key)).without(number)
    if text[place[keys].value] == "{":
        items = sorted(span for name, span in own.items() if len(name) == len(keys) + 1)
        return Row(text, place[keys], items).without(items.index(place[key]))
    out = key if whole else (*key, number)
    first = own[out].key
    last = max(span.end for name, span in own.items() if name[: len(out)] == out)
    return without_lines(text, first, last, above=max(span.end for span in own.values() if span.end < first))


def _is_plain(span: KeySpan) -> bool:
    """Whether a setting stands with its value, and is not made of headers."""
    return span.value > span.key


def _in_headers(place: Spans, number: int) -> bool:
    """Whether a rule's unwanted examples stand each below a ``[[rule.unwanted]]``."""
    key = ("rule", number, "unwanted")
    return key in place and not _is_plain(place[key])


def _items(place: Spans, key: Keys) -> list[KeySpan]:
    """The elements of a list."""
    return [place[*key, number] for number in itertools.takewhile(lambda at: (*key, at) in place, itertools.count())]


def _as_table(example: Example) -> Mapping[str, Any]:
    return {"title": example} if isinstance(example, str) else example


def _written(value: Any) -> str:
    """A value as TOML."""
    import tomlkit

    if not isinstance(value, Mapping):
        return str(tomlkit.item(value).as_string())
    table = tomlkit.inline_table()
    table.update(value)
    return table.as_string()
