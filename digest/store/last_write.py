"""The number of the last write, kept beside the database: it tells whether the database still has that write.

A log that is deleted, or an older copy that is put back while no engine runs, takes along what was stored of messages
that were sent: the database itself cannot know.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_BYTES: Final = 64


class LastWrite:
    """The file; where it cannot be written there is none, and that is all.

    Args:
        database: the file that it stands beside.
        mark: of the database, which tells it from others in its place.
    """

    def __init__(self, database: Path, mark: str) -> None:
        self._mark = mark
        self._file = -1
        with contextlib.suppress(OSError):
            self._file = os.open(database.with_name(database.name + "-last"), os.O_RDWR | os.O_CREAT, 0o600)

    def read(self) -> int:
        """The number that was noted for this database; 0 where none was."""
        with contextlib.suppress(OSError, ValueError):
            mark, _, number = os.pread(self._file, _BYTES, 0).decode("ascii").strip().partition(" ")
            return int(number) if mark == self._mark else 0
        return 0

    def note(self, number: int) -> None:
        """This is the last write now; it is committed, and nobody was told so yet."""
        with contextlib.suppress(OSError):  # written over in place, it needs no room on a disk that has none
            os.pwrite(self._file, f"{self._mark} {number}".ljust(_BYTES - 1).encode("ascii") + b"\n", 0)

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
