r"""The engine's log as others find it: how its lines read, and reading them back while it is written and rotated.

There is one log. Its records are sentences, and those that tell of a decision are events: they have a kind and fields
besides (``values.events``). ``[log] format`` decides how a line reads, and a file may hold both, from before and after
an edit of that::

    2026-03-12T14:05:31Z INFO    digest.store.events: “Fire in the harbour” is an alert<TAB>kind=alert feed=3 entry=17
    {"time": "2026-03-12T14:05:31Z", "level": "INFO", "logger": "digest.store.events", "message": …, "kind": "alert", …}

As text the fields stand at the end of the line, behind a tab: people read past them, and no second file can lag
behind or be rotated apart. Whoever writes leaves no other tab in a line, and lets none of the lines below a record's
first begin with a brace, so whatever a stranger's words hold, they are taken for no event.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO, Final, Self

from digest.values.events import KIND, NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OLD_FILES: Final = 3
"""How many are kept beside the one that is written: ``engine.log.1`` is the newest of them."""
TIME: Final = "%Y-%m-%dT%H:%M:%SZ"
"""How a time reads in it, in UTC."""
APART: Final = "\t"
"""What stands between a sentence and its fields."""

_LINE: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) (\w+) +([\w.]+): (.*)", re.DOTALL)
_FIELD: Final = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|[^\s"]+)')
_BARE: Final = re.compile(r"(?!-?\d+\Z)[\w./:@+-]+")
_LONGEST: Final = 1_000_000
"""Bytes that are read at once, and of a line that has no end yet."""


@dataclass(frozen=True, slots=True)
class Record:
    """A line of the log; one that goes on with the line before has only its message."""

    message: str
    at: datetime | None = None
    level: str = ""
    logger: str = ""
    fields: Mapping[str, str | int] = field(default_factory=dict)
    """Of an event, its kind among them."""
    traceback: str = ""
    """What went wrong, line by line; as text it stands in lines of its own."""

    @property
    def kind(self) -> str:
        """Of an event; empty: it is none."""
        return str(self.fields.get(KIND, ""))

    def shape(self) -> dict[str, object]:
        """As JSON: the same as a line of the log that is written so."""
        time = None if self.at is None else f"{self.at:{TIME}}"
        return {"time": time, "level": self.level, "logger": self.logger, "message": self.message, **self.fields}


def fields_as_text(fields: Mapping[str, object]) -> str:
    """``kind=alert entry=17 reason="quiet hours"``; what `parse_line` reads is the same again."""
    return " ".join(f"{name}={_as_text(value)}" for name, value in fields.items())


def _as_text(value: object) -> str:
    if isinstance(value, str) and not _BARE.fullmatch(value):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def parse_line(line: str) -> Record:
    """A line of the log, without its end, however it is written; never an error."""
    if line.startswith("{"):
        with contextlib.suppress(ValueError, RecursionError):
            return _of_json(json.loads(line))
    found = _LINE.fullmatch(line)
    at = None if found is None else _time(found[1])
    if found is None or at is None:
        return Record(line)
    message, _, fields = found[4].partition(APART)
    return Record(message, at, found[2], found[3], _known({name: _value(raw) for name, raw in _FIELD.findall(fields)}))


def _of_json(told: object) -> Record:
    if not isinstance(told, Mapping):
        raise ValueError("no record of the log")  # noqa: TRY004 - as of what is no JSON at all
    at = _time(str(told.get("time")))
    message, level, logger = (str(told.get(name, "")) for name in ("message", "level", "logger"))
    return Record(message, at, level, logger, _known(told), str(told.get("exception", "")))


def _known(told: Mapping[str, object]) -> dict[str, str | int]:
    """The fields of an event, in their order; nothing of what has no kind."""
    if KIND not in told:
        return {}
    return {name: value for name in NAMES if isinstance(value := told.get(name), str | int)}


def _value(raw: str) -> object:
    if raw.startswith('"'):
        with contextlib.suppress(ValueError):
            return json.loads(raw)
    return int(raw) if re.fullmatch(r"-?\d{1,19}", raw, re.ASCII) else raw


def _time(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, TIME).replace(tzinfo=UTC)
    except ValueError:
        return None


class LogReader:
    """Reads a log from its oldest line on, or from its end, and goes on with whatever is written later.

    It keeps the file open that it reads. Once another stands in its place, that one is read to its end, and then those
    that came after it, oldest first: however often the log was rotated since the last look, nothing is left out that
    is still there.

    Args:
        file: the one that is written; the older ones lie beside it.
        from_end: begin with what is written from now on.
    """

    def __init__(self, file: Path, *, from_end: bool = False) -> None:
        self._file = file
        self._open: BinaryIO | None = None
        self._begun = b""
        if from_end:
            with contextlib.suppress(FileNotFoundError):
                self._open = file.open("rb")
                self._open.seek(0, os.SEEK_END)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._open is not None:
            self._open.close()

    def read(self) -> Iterator[Record]:
        """All records since the last look, oldest first; a line that is being written comes once it is whole.

        Raises:
            OSError: the log is there and cannot be read.
        """
        yield from self._rest()
        newer = self._newer()
        try:
            while newer:
                yield from self._rest()  # what was written there before it was put aside
                if self._open is not None:
                    self._open.close()
                self._open, self._begun = newer.pop(0), b""
                yield from self._rest()
        finally:
            for each in newer:  # nobody wants to hear more
                each.close()

    def _newer(self) -> list[BinaryIO]:
        """The files that came after the one that is open, oldest first; all of them where none is, or it is gone.

        They are looked for from the newest on: one that is put aside meanwhile is met again, and not missed.
        """
        here = None if self._open is None else _identity(self._open)
        found: dict[tuple[int, int], BinaryIO] = {}
        for path in (self._file, *(self._file.with_name(f"{self._file.name}.{n}") for n in range(1, OLD_FILES + 1))):
            try:
                opened = path.open("rb")
            except FileNotFoundError:
                continue
            if (identity := _identity(opened)) == here:
                opened.close()
                break
            if identity in found:
                opened.close()
            else:
                found[identity] = opened
        return list(reversed(found.values()))

    def _rest(self) -> Iterator[Record]:
        """What follows in the file that is open; from its beginning, if somebody emptied it."""
        if self._open is None:
            return
        if os.fstat(self._open.fileno()).st_size < self._open.tell():
            self._open.seek(0)
            self._begun = b""
        while some := self._open.read(_LONGEST):
            *lines, self._begun = (self._begun + some).split(b"\n")
            self._begun = self._begun[-_LONGEST:]
            for line in lines:
                yield parse_line(line.decode("utf-8", "replace"))


def _identity(file: BinaryIO) -> tuple[int, int]:
    found = os.fstat(file.fileno())
    return found.st_dev, found.st_ino
