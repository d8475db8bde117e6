"""What a kind of database is: all in which one differs from another stands in its own module, and behind this.

``store.sqlite`` is a file in one process's reach, ``store.postgres`` a server that many machines share. A ``Database``
asks its backend; nobody else has to know of what kind it is.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy import Connection, Engine
    from sqlalchemy.sql.dml import ReturningUpdate

    from digest.errors import StoreError
    from digest.store.damage import Damage

PATIENCE: Final = 10.0
"""Seconds a writer waits for another one."""


class Backend(ABC):
    """One database of some kind; whoever opens it makes one of these and hands it to a ``Database``.

    Attributes:
        name: what messages call it: a path, or an address without its password.
        shell: the program with which a user looks into it.
        shared: whether the engine that it is for is a part, which lets other parts work beside it.
        lacks_writes: that it lacks what the engine before this one wrote last, in words; empty where it does not.
    """

    name: str
    shell: str
    shared: bool = False
    lacks_writes: str = ""

    @abstractmethod
    def exists(self) -> bool:
        """Whether there is something that can be opened; where that takes a connection, opening it will say so."""

    @abstractmethod
    def make(self, fill: Callable[[Backend], None]) -> None:
        """Make what ``exists`` missed; ``fill`` opens what it is given and makes the tables."""

    @abstractmethod
    def make_tables(self, connection: Connection) -> None:
        """Make all tables, at the newest version, where there are none.

        Raises:
            StoreError: a database without tables is not what it should be, and nothing is made.
        """

    @abstractmethod
    def without_tables(self) -> StoreError:
        """What it means that there are no tables, for one who does not make them."""

    @abstractmethod
    def engines(self, patience: float, *, keeps: bool) -> tuple[Engine, Engine]:
        """Connect, when first asked to: for reading, all of a transaction in one view, and for writing.

        Each has the execution option ``insert``: the INSERT of its kind, which knows ``on_conflict_do_nothing``.

        Args:
            patience: seconds that a write waits for another one.
            keeps: whether it is for the one process that answers for the database, the engine.

        Raises:
            StoreError: what this kind of database needs is not installed, or too old.
        """

    def time(self, connection: Connection) -> datetime:
        """The time by the clock that all who share the database go by."""
        del connection
        return datetime.now(UTC)

    def latest(self, connection: Connection, now: datetime) -> datetime:
        """What is stored with a later time than this was stored by a clock that was ahead."""
        del connection
        return now

    def alone(self, connection: Connection) -> None:  # noqa: B027 - a file has one engine
        """Wait, in a transaction that makes or migrates tables, until no other does."""

    def opened(self, last: tuple[str, int] | None) -> None:  # noqa: B027 - most that may happen matters to one kind
        """It is open and fits; of one that is kept its mark, and the number of its last write."""

    def look(self) -> None:  # noqa: B027
        """Before and after each transaction: make sure that what was written stands where the next to open it looks.

        Raises:
            StoreError: it does not.
        """

    def held_by(self, connection: Connection) -> str:
        """Which engine works on it, where a server knows that: its process and host in words; else empty."""
        del connection
        return ""

    def lost(self) -> str:
        """Why this process must no longer use it, in words; empty while all is well."""
        return ""

    def which(self) -> object:
        """Tells it from another one that was put in its place: changes when that happens."""
        return None

    def counting(self, update: ReturningUpdate[int]) -> ReturningUpdate[int]:
        """The statement that takes the next number of a write, so that those who wait hear of it at the commit."""
        return update

    def wrote(self, number: int) -> None:
        """The write of this number is committed, and nobody was told so yet."""
        del number

    @abstractmethod
    def data_version(self) -> int:
        """The doorbell, see ``Database.data_version``; asked by one thread at a time."""

    def settle(self) -> None:  # noqa: B027
        """See ``Database.settle``."""

    @abstractmethod
    def plain_words(self, error: BaseException) -> str | None:
        """What an error of the driver means and what to do about it; ``None`` for one that is a mistake of ours."""

    @abstractmethod
    def is_busy(self, error: BaseException) -> bool:
        """Whether an error says that others were writing for as long as was waited, or that it is to be tried again."""

    def is_away(self, error: BaseException) -> bool:
        """Whether an error says that a server does not answer just now; not that it refuses."""
        del error
        return False

    @property
    @abstractmethod
    def errors(self) -> tuple[type[Exception], ...]:
        """What the driver raises where SQLAlchemy does not stand between."""

    def integrity(self, connection: Connection) -> Sequence[str]:
        """What is damaged below the rows, in words; empty when all is well, or the server sees to it."""
        del connection
        return ()

    @abstractmethod
    def find_damage(self, connection: Connection, *, letters: bool) -> Sequence[Damage]:
        """The rows that cannot be read; ``letters``: look at the bytes of texts, too."""

    @abstractmethod
    def mend(self, connection: Connection, damage: Damage) -> None:
        """Put what can be read in the place of what cannot."""

    @abstractmethod
    def last_ids(self, connection: Connection) -> Mapping[str, int]:
        """The last id that was given, by the tables that never use one again; also of rows that are gone."""

    @abstractmethod
    def set_last_ids(self, connection: Connection, given: Mapping[str, int]) -> None:
        """Let the next id be greater than these, and than all that are there."""

    def clone(self, connection: Connection, to: Path, name: Path) -> bool:
        """Write what a connection sees into a new file, page by page; false where rows have to be copied.

        Args:
            connection: for reading.
            to: where there is nothing yet.
            name: what messages call it.

        Raises:
            StoreError: there is no room.
        """
        del connection, to, name
        return False

    @abstractmethod
    def size(self, connection: Connection) -> int:
        """Bytes on disk."""

    @abstractmethod
    def close(self) -> None:
        """Let go of it."""


_ENCODE: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def dump_json(value: object) -> str:
    """How lists are written into JSON columns: compactly, and in their own script; most entries have empty ones."""
    return "[]" if value in ((), []) else _ENCODE(value)


def none_yet(name: str) -> str:
    """That there is no database yet, in words."""
    return f"there is no database at {name} yet: the engine makes it (digest run, or digest watch)"
