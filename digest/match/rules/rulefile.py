"""One rule file: TOML read into drafts of rules, aliases and examples, every mistake of form noted at its place.

What needs the other files (aliases, doubled names) and the language itself is checked in `loading`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from digest.match.rules.rule import Example, ExampleKind, Rule
from digest.match.rules.telling import read_telling
from digest.text import clean_block
from digest.toml.places import Keys, locate
from digest.toml.table import Notes, Table
from digest.values.desks import UNNAMED, of_desk
from digest.values.news import EntryText, Severity
from digest.values.settings import TIERS

if TYPE_CHECKING:
    from digest.errors import Problem
    from digest.match.language.query import Query
    from digest.values.settings import Telling

MARKS = "marks.toml"
"""The rule file that only Digest writes: what users say of entries stands there, as examples kept apart from rules."""
EXAMPLE_TEXTS = ("title", "summary", "content", "source", "lang", "author")
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
    telling: Telling
    examples: tuple[Example, ...]

    @property
    def keys(self) -> Keys:
        """The way to it in the file."""
        return ("rule", self.number)

    def made(self, file: RuleFile, line: int, query: Query) -> Rule:
        """The rule that it makes with its query."""
        return Rule(
            id=self.id,
            title=self.title,
            query=query,
            severity=self.severity,
            channels=self.channels,
            enabled=self.enabled,
            path=file.path,
            line=line,
            topic=file.topic,
            telling=self.telling,
            examples=self.examples,
        )


@dataclass(slots=True)
class RuleFile(Notes):
    """A file as far as it could be read."""

    aliases: dict[str, list[str]] = field(default_factory=dict)
    rules: list[RuleDraft] = field(default_factory=list)
    """Each ``[[rule]]``, in order."""
    examples: list[Example] = field(default_factory=list)
    """Those kept apart from their rules, each an ``[[example]]``."""
    late_problems: list[Problem] = field(default_factory=list)
    """Errors that a file may have although it was loaded as it is: these do not take it out again."""
    desk: str = UNNAMED
    """Whose rules it holds: their ids begin with its name, which is not written in the file."""

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
        if len(lines) == len(self.rules):
            return lines
        return [locate(self.text, rule.keys)[0] for rule in self.rules]

    def add_late(self, keys: Keys, message: str, *, value: bool = False) -> None:
        """Note an error that a file may have although it was loaded as it is."""
        self.late_problems.append(self._problem(keys, message, value=value))


def read_rule_file(path: str, text: str, desk: str = UNNAMED) -> RuleFile:
    """Read one file of a desk; what is wrong with its form is noted in ``problems``."""
    file = RuleFile(path, text, desk=desk)
    top = file.document()
    _read_aliases(file, top)
    for number, table in enumerate(top.tables("rule", "a rule begins with [[rule]], in double brackets")):
        file.rules.append(_read_rule(file, number, table))
    for table in top.tables("example", "an example that is kept apart begins with [[example]], in double brackets"):
        _read_example_apart(file, table)
    top.finish()
    return file


def _read_aliases(file: RuleFile, top: Table) -> None:
    advice = 'alias is a table: write [alias], and under it lines like syria = ["Syria", "Damascus"]'
    table = top.table("alias", advice)
    for name in table.names:
        if not _ALIAS_NAME.fullmatch(name):
            advice = f"an alias is named with letters, digits, - and _ only, so that @{name} can be written"
            table.wrong(name, advice, value=False)
        elif items := _terms(table, name, f'an alias is a list of terms: write {name} = ["Syria", "Damascus"]'):
            file.aliases[name] = items


def _terms(table: Table, name: str, advice: str) -> list[str]:
    """A list of terms, which may not be empty."""
    items = table.items(name, str, "texts", advice)
    if table.raw(name) == []:
        table.wrong(name, advice)
    return items


# --- one rule ----------------------------------------------------------------------------------------------------


def _read_rule(file: RuleFile, number: int, table: Table) -> RuleDraft:
    """Read one ``[[rule]]``; it is drafted whatever its form, so that what is wrong with its query is noted too."""
    own = _read_id(table)
    ident = of_desk(file.desk, own)
    draft = RuleDraft(
        number=number,
        id=ident,
        title=_text(table, "title") or own,
        severity=_read_severity(table),
        channels=_read_channels(table),
        enabled=table.flag("enabled", default=True, advice="enabled is true or false, without quotes"),
        query=_text(table, "query"),
        items=_read_items(table),
        telling=read_telling(table),
        examples=_read_examples(file, table, ident),
    )
    table.finish()
    _check_form(table)
    return draft


def _text(table: Table, key: str) -> str | None:
    return table.typed(key, str, None, f'{key} is a text: write {key} = "..."')


def _read_id(table: Table) -> str:
    ident = _text(table, "id")
    if not table.has("id"):
        table.lacks('this rule has no id: add a line like id = "syria-embassy"')
    elif ident is not None and not _ID.fullmatch(ident):
        table.wrong("id", 'an id is letters, digits, -, _ and . only, as in "syria-embassy"')
        return ""
    return ident or ""


def _read_severity(table: Table) -> Severity:
    words = [severity.word for severity in Severity]
    return Severity[table.choice("severity", "normal", words, f"severity is one of {', '.join(words)}").upper()]


def _read_channels(table: Table) -> tuple[str, ...] | None:
    names = table.items("channels", str, "texts", 'channels is a list of channel names: write channels = ["desk"]')
    return tuple(names) if table.has("channels") else None


def _read_items(table: Table) -> dict[str, list[str]]:
    lists = {}
    for key in ITEM_LISTS:
        items = _terms(table, key, f'{key} is a list of terms: write {key} = ["Syria", "diplomatic ties"]')
        if items:
            lists[key] = items
    return lists


def _check_form(table: Table) -> None:
    """The simple form or the full form, never both, and something to look for."""
    simple = [key for key in ITEM_LISTS if table.has(key)]
    if table.has("query") and simple:
        message = f"{simple[0]} never stands beside query: write all of it in query, or none of it"
        table.wrong(simple[0], message, value=False)
    elif not table.has("query") and simple == ["none"]:
        message = 'none needs something to be found beside it: add any = ["..."] or all = ["..."]'
        table.wrong("none", message, value=False)
    elif not table.has("query") and not simple:
        table.lacks('this rule looks for nothing: add any = ["..."] or query = "..."')


# --- its examples ------------------------------------------------------------------------------------------------


def _read_examples(file: RuleFile, table: Table, rule: str) -> tuple[Example, ...]:
    examples: list[Example] = []
    for kind in ExampleKind:
        values = table.typed(kind.value, list, [], f'{kind} is a list of texts: write {kind} = ["..."]')
        for number, value in enumerate(values):
            place = (*table.keys, kind.value, number)
            text = _read_example(file, place, value)
            if text is not None:
                examples.append(Example(rule, kind, text, file.path, place))
    return tuple(examples)


def _read_example_apart(file: RuleFile, table: Table) -> None:
    """Read one ``[[example]]``; whether there is such a rule is not known yet."""
    rule = of_desk(file.desk, _text(table, "rule") or "")
    said = [(kind, value) for kind in ExampleKind if (value := table.raw(kind.value)) is not None]
    table.finish()
    if not table.has("rule"):
        table.lacks('this example names no rule: add a line like rule = "syria-embassy"')
    if not said and {*table.names} <= {"rule"}:  # else a key is misspelt
        table.lacks(f'this example has no text to try: add one of {", ".join(ExampleKind)}, as in unwanted = "..."')
    elif len(said) > 1:
        (first, _), (second, _), *_ = said
        table.wrong(second.value, f"an example is of one kind: keep {first} or {second}", value=False)
    elif said and isinstance(table.raw("rule"), str):
        [(kind, value)] = said
        place = (*table.keys, kind.value)
        text = _read_example(file, place, value)
        if text is not None:
            file.examples.append(Example(rule, kind, text, file.path, place))


def _read_example(file: RuleFile, keys: Keys, value: object) -> EntryText | None:
    """A text (a title), or a table of fields."""
    if isinstance(value, str):
        return EntryText(title=clean_block(value))
    if not isinstance(value, dict):
        file.add(keys, 'an example is a text, or a table like {title = "...", source = "..."}', value=True)
        return None
    table = Table(file, keys, value)
    fields = {name: clean_block(_text(table, name) or "") for name in EXAMPLE_TEXTS}
    tags = table.items("tags", str, "texts", 'tags is a list of texts: write tags = ["korea"]')
    tier = table.choice("tier", "", ("", *TIERS), 'tier is a letter from A (the best) to F: write tier = "C"')
    table.finish()
    return EntryText(**fields, tags=tuple(map(clean_block, tags)), tier=tier)
