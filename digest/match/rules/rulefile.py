"""One rule file: TOML read into drafts of rules, aliases and examples, every mistake of form noted at its place.

What needs the other files (aliases, doubled names) and the language itself is checked in `loading`.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from digest.errors import Problem
from digest.match.rules.rule import Example, ExampleKind
from digest.text import clean_block
from digest.toml.places import locate, locate_in_string, toml_problem
from digest.values.news import EntryText, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

Keys = tuple[str | int, ...]

RULE_KEYS = (
    "id",
    "title",
    "severity",
    "channels",
    "query",
    "any",
    "all",
    "none",
    "match",
    "no_match",
    "known_gap",
    "unwanted",
    "enabled",
)
NOT_YET = {
    "sources": "the rule would alert at the first report",
    "within": "the rule would alert at the first report",
    "sources_tier": "the rule would alert at any publisher's report",
    "again": "the rule would alert at every report that it matches",
    "spike": "the rule would alert at every report that it matches",
    "deliver": "its alerts would go out at once",
}
"""Keys that Digest knows and does not act on yet, each with what would become of a rule that has it."""
MARKS = "marks.toml"
"""The rule file that only Digest writes: what users say of entries stands there, as examples kept apart from rules."""
EXAMPLE_KEYS = ("title", "summary", "content", "source", "lang", "author", "tags")
ITEM_LISTS = ("any", "all", "none")
_ID = re.compile(r"\w[\w.-]*")
_RULE_HEADER = re.compile(r"[ \t]*\[\[[ \t]*rule[ \t]*\]\]")
_ALIAS_NAME = re.compile(r"[\w-]+")


@dataclass(slots=True)
class RuleDraft:
    """A ``[[rule]]`` as far as its form is right; its query is not read yet."""

    number: int
    """Its place among the ``[[rule]]`` of its file, from 0."""
    id: str
    """Empty if there is none, or it is no id."""
    title: str
    severity: Severity
    channels: tuple[str, ...] | None
    enabled: bool
    query: str | None
    items: dict[str, list[str]]
    """``any``, ``all`` and ``none``, where given."""
    examples: tuple[Example, ...]

    @property
    def keys(self) -> Keys:
        """The way to it in the file."""
        return ("rule", self.number)


@dataclass(slots=True)
class RuleFile:
    """A file as far as it could be read."""

    path: str
    text: str
    aliases: dict[str, list[str]] = field(default_factory=dict)
    rules: list[RuleDraft] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    """Those kept apart from their rules, each an ``[[example]]``."""
    rule_count: int = 0
    """How many ``[[rule]]`` it has, rightly formed or not."""
    problems: list[Problem] = field(default_factory=list)
    late_problems: list[Problem] = field(default_factory=list)
    """Errors that a file may have although it was loaded as it is: these do not take it out again."""
    warnings: list[Problem] = field(default_factory=list)

    @property
    def is_marks(self) -> bool:
        """Whether only Digest writes it."""
        return PurePosixPath(self.path).name == MARKS

    @property
    def topic(self) -> str:
        """The file's name in words: ``north-korea.toml`` is North Korea."""
        words = re.split(r"[\s_-]+", PurePosixPath(self.path).stem)
        return " ".join(word[:1].upper() + word[1:] for word in words if word)

    def rule_lines(self) -> list[int]:
        """The line of each rule's header.

        Looking for headers is right unless a string holds one too; then they are counted one by one, slowly.
        """
        lines = [number for number, line in enumerate(self.text.split("\n"), 1) if _RULE_HEADER.match(line)]
        if len(lines) == self.rule_count:
            return lines
        return [locate(self.text, ("rule", number))[0] for number in range(self.rule_count)]

    def note(self, keys: Keys, message: str, *, value: bool = False) -> None:
        """Note what is wrong at a key, or at its value."""
        self.problems.append(self._problem(keys, message, value=value))

    def note_late(self, keys: Keys, message: str, *, value: bool = False) -> None:
        """Note an error that a file may have although it was loaded as it is."""
        self.late_problems.append(self._problem(keys, message, value=value))

    def warn(self, keys: Keys, message: str, *, value: bool = False) -> None:
        """Note what is doubtful at a key, or at its value."""
        self.warnings.append(replace(self._problem(keys, message, value=value), level="warning"))

    def note_in(self, keys: Keys, offset: int, message: str) -> None:
        """Note what is wrong inside a string."""
        line, column = locate_in_string(self.text, keys, offset)
        self.problems.append(Problem(self.path, line, column, message))

    def _problem(self, keys: Keys, message: str, *, value: bool) -> Problem:
        return Problem(self.path, *locate(self.text, keys, value=value), message)


def read_rule_file(path: str, text: str) -> RuleFile:
    """Read one file; what is wrong with its form is noted in ``problems``."""
    file = RuleFile(path, text)
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        file.problems.append(toml_problem(path, text, error))
        return file
    _check_keys(file, (), data, ("alias", "rule", "example"))
    _read_aliases(file, data.get("alias", {}))
    rules = _tables(file, data, "rule", "a rule")
    file.rule_count = len(rules)
    for number, table in enumerate(rules):
        _read_rule(file, number, table)
    for number, table in enumerate(_tables(file, data, "example", "an example that is kept apart")):
        _read_example_apart(file, number, table)
    return file


def _tables(file: RuleFile, data: dict[str, Any], name: str, named: str) -> list[dict[str, Any]]:
    """The ``[[name]]`` of a file."""
    tables = data.get(name, [])
    if isinstance(tables, dict):
        file.note((name,), f"{named} begins with [[{name}]], in double brackets")
    elif not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        file.note((name,), f"{named} is a table: begin it with [[{name}]]")
    else:
        return tables
    return []


def _check_keys(file: RuleFile, keys: Keys, table: dict[str, Any], known: Iterable[str]) -> None:
    """Unknown keys are errors, with the nearest known one."""
    known = tuple(known)
    for key in table:
        if key in known:
            continue
        close = difflib.get_close_matches(key.lower().replace("-", "_"), known, 1)
        if not close and f"{key}s" in known:
            close = [f"{key}s"]
        instead = f"did you mean “{close[0]}”?" if close else f"the keys here are {', '.join(known)}"
        file.note((*keys, key), f"unknown key “{key}”: {instead}")


def _read_aliases(file: RuleFile, table: object) -> None:
    if not isinstance(table, dict):
        file.note(("alias",), 'alias is a table: write [alias], and under it lines like syria = ["Syria", "Damascus"]')
        return
    for name, items in table.items():
        keys = ("alias", name)
        if not _ALIAS_NAME.fullmatch(name):
            file.note(keys, f"an alias is named with letters, digits, - and _ only, so that @{name} can be written")
        elif _is_texts(items) and items:
            file.aliases[name] = items
        else:
            advice = f'an alias is a list of terms: write {name} = ["Syria", "Damascus"]'
            _note_odd(file, keys, items, advice)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _note_odd(file: RuleFile, keys: Keys, value: object, advice: str) -> None:
    """Note each in a list that is no text, or what should be such a list and is none, or is empty."""
    odd = [index for index, item in enumerate(value) if not isinstance(item, str)] if isinstance(value, list) else []
    for place in [(*keys, index) for index in odd] or [keys]:
        file.note(place, advice, value=True)


# --- one rule ----------------------------------------------------------------------------------------------------


def _read_rule(file: RuleFile, number: int, table: dict[str, Any]) -> None:
    """Read one ``[[rule]]``; it is drafted whatever its form, so that what is wrong with its query is noted too."""
    keys = ("rule", number)
    _refuse(file, keys, table)
    _check_keys(file, keys, {key: value for key, value in table.items() if key not in NOT_YET}, RULE_KEYS)
    ident = _read_id(file, keys, table)
    draft = RuleDraft(
        number=number,
        id=ident,
        title=_read_text(file, keys, table, "title") or ident,
        severity=_read_severity(file, keys, table),
        channels=_read_channels(file, keys, table),
        enabled=_read_enabled(file, keys, table),
        query=_read_text(file, keys, table, "query"),
        items=_read_items(file, keys, table),
        examples=_read_examples(file, keys, table, ident),
    )
    _check_form(file, keys, table)
    file.rules.append(draft)


def _refuse(file: RuleFile, keys: Keys, table: dict[str, Any]) -> None:
    """Say of keys that would change what alerts, and do not yet, that this is so."""
    for key, value in table.items():
        if key in NOT_YET and (key, value) != ("deliver", "now"):
            file.note_late((*keys, key), f"{key} does nothing yet, and {NOT_YET[key]}: take this line out")


def _read_text(file: RuleFile, keys: Keys, table: dict[str, Any], key: str) -> str | None:
    value = table.get(key)
    if value is None or isinstance(value, str):
        return value
    file.note((*keys, key), f'{key} is a text: write {key} = "..."', value=True)
    return None


def _read_id(file: RuleFile, keys: Keys, table: dict[str, Any]) -> str:
    if "id" not in table:
        file.note(keys, 'this rule has no id: add a line like id = "syria-embassy"')
        return ""
    ident = _read_text(file, keys, table, "id")
    if ident is not None and not _ID.fullmatch(ident):
        file.note((*keys, "id"), 'an id is letters, digits, -, _ and . only, as in "syria-embassy"', value=True)
        return ""
    return ident or ""


def _read_severity(file: RuleFile, keys: Keys, table: dict[str, Any]) -> Severity:
    value = table.get("severity", "normal")
    words = [severity.word for severity in Severity]
    if value in words:
        return Severity[value.upper()]
    file.note((*keys, "severity"), f"severity is one of {', '.join(words)}", value=True)
    return Severity.NORMAL


def _read_channels(file: RuleFile, keys: Keys, table: dict[str, Any]) -> tuple[str, ...] | None:
    value = table.get("channels")
    if value is None:
        return None
    if not _is_texts(value):
        advice = 'channels is a list of channel names: write channels = ["desk"]'
        _note_odd(file, (*keys, "channels"), value, advice)
        return None
    return tuple(value)


def _read_enabled(file: RuleFile, keys: Keys, table: dict[str, Any]) -> bool:
    value = table.get("enabled", True)
    if isinstance(value, bool):
        return value
    file.note((*keys, "enabled"), "enabled is true or false, without quotes", value=True)
    return True


def _read_items(file: RuleFile, keys: Keys, table: dict[str, Any]) -> dict[str, list[str]]:
    lists = {}
    for key in ITEM_LISTS:
        if key not in table:
            continue
        if _is_texts(table[key]) and table[key]:
            lists[key] = table[key]
        else:
            advice = f'{key} is a list of terms: write {key} = ["Syria", "diplomatic ties"]'
            _note_odd(file, (*keys, key), table[key], advice)
    return lists


def _check_form(file: RuleFile, keys: Keys, table: dict[str, Any]) -> None:
    """The simple form or the full form, never both, and something to look for."""
    simple = [key for key in ITEM_LISTS if key in table]
    if "query" in table and simple:
        file.note((*keys, simple[0]), f"{simple[0]} never stands beside query: write all of it in query, or none of it")
    elif "query" not in table and "any" not in table and "all" not in table:
        if "none" in table:
            file.note((*keys, "none"), 'none needs something to be found beside it: add any = ["..."] or all = ["..."]')
        else:
            file.note(keys, 'this rule looks for nothing: add any = ["..."] or query = "..."')


# --- its examples ------------------------------------------------------------------------------------------------


def _read_examples(file: RuleFile, keys: Keys, table: dict[str, Any], rule: str) -> tuple[Example, ...]:
    examples: list[Example] = []
    for kind in ExampleKind:
        values = table.get(kind.value, [])
        if not isinstance(values, list):
            file.note((*keys, kind.value), f'{kind.value} is a list of texts: write {kind.value} = ["..."]', value=True)
            continue
        for number, value in enumerate(values):
            place = (*keys, kind.value, number)
            text = _read_example(file, place, value)
            if text is not None:
                examples.append(Example(rule, kind, text, file.path, place))
    return tuple(examples)


def _read_example_apart(file: RuleFile, number: int, table: dict[str, Any]) -> None:
    """Read one ``[[example]]``; whether there is such a rule is not known yet."""
    keys = ("example", number)
    _check_keys(file, keys, table, ("rule", *ExampleKind))
    kinds = [kind for kind in ExampleKind if kind in table]
    rule = _read_text(file, keys, table, "rule")
    if "rule" not in table:
        file.note(keys, 'this example names no rule: add a line like rule = "syria-embassy"')
    if not kinds and table.keys() <= {"rule"}:  # else a key is misspelt
        file.note(keys, f'this example says nothing: add one of {", ".join(ExampleKind)}, as in unwanted = "..."')
    elif len(kinds) > 1:
        file.note((*keys, kinds[1]), f"an example is of one kind: keep {kinds[0]} or {kinds[1]}")
    elif kinds:
        place = (*keys, kinds[0].value)
        text = _read_example(file, place, table[kinds[0]])
        if text is not None and rule is not None:
            file.examples.append(Example(rule, kinds[0], text, file.path, place))


def _read_example(file: RuleFile, keys: Keys, value: object) -> EntryText | None:
    """A text (a title), or a table of fields."""
    if isinstance(value, str):
        return EntryText(title=clean_block(value))
    if not isinstance(value, dict):
        file.note(keys, 'an example is a text, or a table like {title = "...", source = "..."}', value=True)
        return None
    _check_keys(file, keys, value, EXAMPLE_KEYS)
    fields: dict[str, Any] = {key: value[key] for key in EXAMPLE_KEYS if key in value}
    for key, content in fields.items():
        if key == "tags" and not _is_texts(content):
            file.note((*keys, key), 'tags is a list of texts: write tags = ["korea"]', value=True)
            return None
        if key != "tags" and not isinstance(content, str):
            file.note((*keys, key), f'{key} is a text: write {key} = "..."', value=True)
            return None
    tags = tuple(clean_block(tag) for tag in fields.pop("tags", ()))
    return EntryText(**{key: clean_block(content) for key, content in fields.items()}, tags=tags)
