"""Files that may vanish while they are open: whether they still stand where they did, and what was written last.

A log that is deleted, or an older copy that is put back while no engine runs, takes along what was stored of messages
that were sent. The database itself cannot know, so the number of its last write is kept beside it.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_NUMBER_BYTES: Final = 64


class OpenFiles:
    """Files as they stand now, to be compared with how they stand later.

    Args:
        paths: of files that are open from now on; one that is not there must stay away.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._found = {path: which_file(path) for path in paths}

    def gone(self) -> Path | None:
        """The first that was deleted, moved, or replaced by another file; ``None`` while all stand where they stood."""
        return next((path for path, found in self._found.items() if which_file(path) != found), None)


def which_file(path: Path) -> tuple[int, int] | None:
    """Which file stands at a path; ``None`` where there is none. One that is open keeps its number to itself."""
    try:
        found = os.stat(path)  # noqa: PTH116 - asked before and after each transaction: half the time of Path.stat
    except OSError:
        return None
    return found.st_dev, found.st_ino


class LastWrite:
    """The number of the last write, in a file beside the database; where it cannot be written that is all.

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
            mark, _, number = os.pread(self._file, _NUMBER_BYTES, 0).decode("ascii").strip().partition(" ")
            return int(number) if mark == self._mark else 0
        return 0

    def note(self, number: int) -> None:
        """This is the last write now; it is committed, and nobody was told so yet."""
        with contextlib.suppress(OSError):  # written over in place, it needs no room on a disk that has none
            os.pwrite(self._file, f"{self._mark} {number}".ljust(_NUMBER_BYTES - 1).encode("ascii") + b"\n", 0)

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
