"""Adding an unwanted example to a rule in the text of its file, and taking it out again; nothing else changes.

tomlkit keeps comments and layout. Whether it did is not taken on trust: what comes out must say, to tomllib, just what
the text said before and the one example more, and hold every line that it held.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from digest.errors import UsageError
from digest.match.matcher import RuleSet
from digest.model import EntryText
from digest.positions import comments
from digest.text import clean_block

if TYPE_CHECKING:
    from digest.match.rule import Rule

Example = str | Mapping[str, Any]
"""As it stands in a rule file: a title, or a table of fields."""

_EXAMPLES: Final = ("known_gap", "no_match", "match")
"""After the last of these that a rule has, its list of unwanted examples is best put."""
_LONGEST: Final = 2_000
"""Letters of one field of an example; a page of content is no example."""
_BY_HAND: Final = "add it by hand, for this file is laid out in a way that could not be kept"


def example_of(rule: Rule, text: EntryText) -> Example | None:
    """The shortest example that a rule matches for the same reason as an entry; ``None`` if it matches no such one.

    A title is best. What matches by its summary, its outlet or its body is a table of just as many fields.
    """
    asked = RuleSet([replace(rule, enabled=True)])
    for fields in _ever_more(text):
        if asked.matching(EntryText(**fields)):
            titled = fields.keys() == {"title"}
            return str(fields["title"]) if titled else {key: _as_toml(value) for key, value in fields.items()}
    return None


def with_unwanted(text: str, rule: str, example: Example) -> str | None:
    """The text of a rule file with one more unwanted example of a rule; ``None`` if it stands there already.

    Raises:
        UsageError: there is no such rule in it, or the file is laid out so that this cannot be done.
    """
    known = _listed(_table(tomllib.loads(text), rule))
    if any(_same(example, each) for each in known):
        return None
    wanted = [*known, example]
    try:
        return _edited(text, rule, wanted, lambda table: _append(table, example))
    except UsageError:  # a comment behind a last element that has no comma trips tomlkit
        return _edited(text, rule, [example, *known], lambda table: _put_first(table, example))


def has_list(text: str, rule: str) -> bool:
    """Whether a rule has a list of unwanted examples, empty or not.

    Raises:
        UsageError: there is no such rule in the text.
    """
    return bool("unwanted" in _table(tomllib.loads(text), rule))


def without_unwanted(text: str, rule: str, example: Example, *, made_list: bool = False) -> str | None:
    """The text of a rule file without that unwanted example of a rule; ``None`` if it does not stand there.

    With ``made_list`` the list was made for it, and goes with it unless others stand there by now.

    Raises:
        UsageError: there is no such rule in it, or the file is laid out so that this cannot be done.
    """
    known = _listed(_table(tomllib.loads(text), rule))
    places = [number for number, each in enumerate(known) if _same(example, each)]
    if not places:
        return None
    left = [each for number, each in enumerate(known) if number != places[-1]]
    if made_list and not left:
        return _edited(text, rule, None, lambda table: table.remove("unwanted"))
    return _edited(text, rule, left, lambda table: _remove(table, places[-1]))


# --- which example ---------------------------------------------------------------------------------------------------


def _ever_more(text: EntryText) -> Iterator[dict[str, Any]]:
    """Fields of an entry that may do as an example, few first."""
    fields: dict[str, Any] = {"title": text.title[:_LONGEST]} if text.title else {}
    if fields:
        yield dict(fields)
    for names in (("summary",), ("source", "lang", "author", "tags"), ("content",)):
        more = {name: _shortened(getattr(text, name)) for name in names if getattr(text, name)}
        if more:
            fields |= more
            yield dict(fields)


def _shortened(value: Any) -> Any:
    return value[:_LONGEST] if isinstance(value, str) else value


def _as_toml(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _same(one: Example, other: Example) -> bool:
    return bool(_plain(one) == _plain(other))


def _plain(example: Example) -> Any:
    """An example as it is read: a text is a title, and white space does not count."""
    table = {"title": example} if isinstance(example, str) else example
    return {key: clean_block(value) if isinstance(value, str) else value for key, value in table.items()}


# --- the text --------------------------------------------------------------------------------------------------------


def _table(document: Any, rule: str) -> Any:
    """The table of a rule."""
    tables = document.get("rule", [])
    for table in tables if isinstance(tables, list) else []:
        if isinstance(table, dict) and table.get("id") == rule:
            return table
    raise UsageError(f"the rule “{rule}” is not in the file any more")


def _listed(table: Mapping[str, Any]) -> list[Example]:
    known = table.get("unwanted", [])
    if not isinstance(known, list):
        raise UsageError(_BY_HAND)
    return known


def _edited(text: str, rule: str, wanted: list[Example] | None, edit: Callable[[Any], None]) -> str:
    """The text after an edit of a rule's table, if it says what it should and has lost no comment.

    Raises:
        UsageError: it does not, or has.
    """
    import tomlkit

    # Lines may all end as they do on Windows; what tomlkit adds would not.
    windows = "\r\n" in text and text.count("\r\n") == text.count("\n")
    document = tomlkit.parse(text.replace("\r\n", "\n") if windows else text)
    edit(_table(document, rule))
    edited = tomlkit.dumps(document).replace("\n", "\r\n" if windows else "\n")
    data = tomllib.loads(text)
    if wanted is None:
        del _table(data, rule)["unwanted"]
    else:
        _table(data, rule)["unwanted"] = wanted
    try:
        said = tomllib.loads(edited)
    except tomllib.TOMLDecodeError:
        raise UsageError(_BY_HAND) from None
    if said != data or comments(edited) != comments(text):
        raise UsageError(_BY_HAND)
    return edited


def _append(table: Any, example: Example) -> None:
    """Put an example at the end of the list, or make the list."""
    import tomlkit
    from tomlkit.items import Table

    if "unwanted" in table:
        table["unwanted"].append(_item(example))
        return
    array = tomlkit.array()
    array.append(_item(example))
    before = next((key for key in _EXAMPLES if key in table), None) or list(table)[-1]
    if isinstance(table, Table):
        # A key that is appended would come after the comments and blank lines that lead over to the next rule.
        table.value._insert_after(before, "unwanted", array)  # noqa: SLF001 - tomlkit has no public way to do it
    else:
        table["unwanted"] = array


def _put_first(table: Any, example: Example) -> None:
    if "unwanted" not in table:
        raise UsageError(_BY_HAND)
    table["unwanted"].insert(0, _item(example))


def _remove(table: Any, number: int) -> None:
    del table["unwanted"][number]


def _item(example: Example) -> Any:
    import tomlkit

    if isinstance(example, str):
        return tomlkit.string(example)
    table = tomlkit.inline_table()
    table.update(dict(example))
    return table
