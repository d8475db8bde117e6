"""One table of a config or rule file while it is being read: it hands out typed values and notes whatever is wrong.

Nothing here raises for what a user wrote: a wrong value becomes a problem and its default is handed out, so that one
reading finds everything. Where a file has words of its own for a value of the wrong kind, they are its ``advice``.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from digest.errors import Problem
from digest.text import without_tokens
from digest.toml.places import Keys, locate, locate_in_string
from digest.toml.problems import toml_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

T = TypeVar("T")

_KINDS = {str: "text in quotes", bool: "true or false", int: "a whole number", list: "a list in [ ]"}
_NONE: Mapping[str, str] = {}


@dataclass(slots=True)
class Notes:
    """The problems found so far in one file."""

    path: str
    text: str
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    """What is doubtful, but no reason to refuse the file."""

    def document(self) -> Table:
        """The whole file as a table; an empty one where it is no TOML, which is noted."""
        try:
            data = tomllib.loads(self.text)
        except (ValueError, RecursionError) as error:
            self.problems.append(toml_problem(self.path, self.text, error))
            data = {}
        return Table(self, (), data)

    def add(self, keys: Keys, message: str, *, value: bool = False) -> None:
        """Note what is wrong at a key, or at its value."""
        self.problems.append(self._problem(keys, message, value=value))

    def add_in(self, keys: Keys, offset: int, message: str) -> None:
        """Note what is wrong at a code point of a text."""
        line, column = locate_in_string(self.text, keys, offset)
        self.problems.append(Problem(self.path, line, column, without_tokens(message)))

    def warn(self, keys: Keys, message: str, *, value: bool = False) -> None:
        """Note what is doubtful at a key, or at its value."""
        self.warnings.append(replace(self._problem(keys, message, value=value), level="warning"))

    def warn_in(self, keys: Keys, offset: int, message: str) -> None:
        """Note what is doubtful at a code point of a text."""
        line, column = locate_in_string(self.text, keys, offset)
        self.warnings.append(Problem(self.path, line, column, without_tokens(message), "warning"))

    def _problem(self, keys: Keys, message: str, *, value: bool) -> Problem:
        return Problem(self.path, *locate(self.text, keys, value=value), without_tokens(message))


class Table:
    """One TOML table, its place in the file, and which of its keys were asked for."""

    def __init__(self, notes: Notes, keys: Keys, data: Mapping[str, Any]) -> None:
        self.notes = notes
        self.keys = keys
        self._data = data
        self._known: dict[str, None] = {}

    @property
    def names(self) -> Iterable[str]:
        """The keys that the file sets, in its order."""
        return self._data.keys()

    def has(self, name: str) -> bool:
        """Tell whether the file sets a key."""
        return name in self._data

    def raw(self, name: str) -> object:
        """The value of a key as the file has it; None where it is not set."""
        self._known[name] = None
        return self._data.get(name)

    def wrong(self, name: str, message: str, *, value: bool = True) -> None:
        """Note that a key's value cannot stand."""
        self.notes.add((*self.keys, name), message, value=value)

    def lacks(self, message: str) -> None:
        """Note that something is missing from this table."""
        self.notes.add(self.keys, message)

    def doubtful(self, name: str, message: str) -> None:
        """Note something that may stand, but is hardly meant."""
        self.notes.warn((*self.keys, name), message, value=True)

    def typed(self, name: str, kind: type[T], default: T, advice: str = "") -> T:
        """A value of one kind, whatever it says."""
        self._known[name] = None
        if name not in self._data:
            return default
        value = self._data[name]
        if type(value) is not kind:  # bool is an int to isinstance
            self.wrong(name, advice or f"{name} takes {_KINDS[kind]}")
            return default
        return value

    def text(self, name: str, default: str = "") -> str:
        """A line of text."""
        value = self.typed(name, str, default)
        if not value.isprintable():
            self.wrong(name, f"{name} holds a line break or a control character: write plain text on one line")
            return default
        return value

    def block(self, name: str) -> str:
        """Text of one or several lines; tabs may stand in it."""
        value = self.typed(name, str, "")
        if not value.replace("\n", "").replace("\t", "").isprintable():
            self.wrong(name, f"{name} holds a control character: write plain text")
            return ""
        return value

    def wrong_at(self, name: str, offset: int, message: str) -> None:
        """Note what is wrong at a code point of a key's text."""
        self.notes.add_in((*self.keys, name), offset, message)

    def flag(self, name: str, *, default: bool, advice: str = "") -> bool:
        """True or false."""
        return self.typed(name, bool, default, advice)

    def number(self, name: str, default: int, *, least: int, most: int = 1_000_000) -> int:
        """A whole number from ``least`` to ``most``."""
        value = self.typed(name, int, default)
        if type(self.raw(name)) is int and not least <= value <= most:
            self.wrong(name, f"{name} must be from {least} to {most}")
            return default
        return value

    def parsed(self, name: str, default: T, parse: Callable[[str], T]) -> T:
        """Text in a form of its own, such as a duration; ``parse`` raises ValueError with what to say.

        A bare number is parsed as text too: it may be a chat id, and else the parser knows what is missing.
        """
        value = self.raw(name)
        text = str(value) if type(value) is int else self.typed(name, str, "")
        self._known[name] = None
        if type(value) not in {str, int}:
            return default
        try:
            return parse(text)
        except ValueError as error:
            self.wrong(name, str(error))
            return default

    def choice(self, name: str, default: str, choices: Sequence[str], advice: str = "") -> str:
        """One of a few words."""
        value = self.typed(name, str, default, advice)
        if value not in choices:
            self.wrong(name, advice or f"{name} cannot be “{value}”: write one of {', '.join(choices)}")
            return default
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, none of them empty."""
        found = self.items(name, str, "texts in quotes")
        for index, value in enumerate(self._data[name] if found else ()):
            if isinstance(value, str) and not value.strip():
                self.notes.add((*self.keys, name, index), f"there is an empty text in {name}: take it out", value=True)
        return tuple(value for value in found if value.strip())

    def numbers(self, name: str) -> tuple[int, ...]:
        """A list of whole numbers."""
        return tuple(self.items(name, int, "whole numbers"))

    def items(self, name: str, kind: type[T], words: str, advice: str = "") -> list[T]:
        """A list of values of one kind, which ``words`` name; each that is of another is noted and left out."""
        values: list[Any] = self.typed(name, list, [], advice)
        for index, value in enumerate(values):
            if type(value) is not kind:
                self.notes.add((*self.keys, name, index), advice or f"{name} takes {words}", value=True)
        return [value for value in values if type(value) is kind]

    def table(self, name: str, advice: str = "") -> Table:
        """The table under a key; empty where there is none."""
        self._known[name] = None
        value = self._data.get(name, {})
        if not isinstance(value, dict):
            single = isinstance(value, list) and value and isinstance(value[0], dict)
            other = f"write [{name}], in single brackets" if single else f"{name} is a table: write [{name}]"
            self.wrong(name, advice or other, value=False)
            value = {}
        return Table(self.notes, (*self.keys, name), value)

    def tables(self, name: str, advice: str = "") -> list[Table]:
        """The tables of ``[[name]]``, in order."""
        self._known[name] = None
        value = self._data.get(name, [])
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            other = f"there can be several of these: write [[{name}]], in double brackets"
            self.wrong(name, advice or other, value=False)
            return []
        return [Table(self.notes, (*self.keys, name, index), row) for index, row in enumerate(value)]

    def finish(self, advice: Mapping[str, str] = _NONE, elsewhere: Mapping[str, str] = _NONE) -> None:
        """Note every key that was not asked for.

        Args:
            advice: for particular unknown keys, what to do instead.
            elsewhere: key → where it does belong, as in ``under [poll]``.
        """
        for name in self._data:
            if name not in self._known:
                self.notes.add((*self.keys, name), f"unknown key “{name}”: {self._advise(name, advice, elsewhere)}")

    def _advise(self, name: str, advice: Mapping[str, str], elsewhere: Mapping[str, str]) -> str:
        from difflib import get_close_matches

        if name in advice:
            return advice[name]
        close = get_close_matches(name.lower().replace("-", "_"), self._known, n=1, cutoff=0.65)
        if close:
            return f"did you mean “{close[0]}”?"
        other = get_close_matches(name.lower().replace("-", "_"), elsewhere, n=1, cutoff=0.8)
        if other:
            meant = "it" if other[0] == name else f"“{other[0]}”"
            return f"{meant} belongs {elsewhere[other[0]]}"
        return f"the keys here are {', '.join(self._known)}"
