"""Writing into the rules folder: whole files, at once, and never over what somebody else has just saved."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from digest.errors import UsageError
from digest.rulebook.folder import read_whole

if TYPE_CHECKING:
    from collections.abc import Iterator

_TRY_EVERY = 0.02  # seconds


def write_whole(path: Path, text: str, *, was: bytes | None = None) -> None:
    """Write a file so that nobody ever sees half of it; behind a link it is the linked file that is written.

    Args:
        path: the file.
        text: what it is to hold.
        was: what it held when ``text`` was made of that, nothing where it was not there yet: a save by somebody else
            meanwhile is not written over.

    Raises:
        OSError: it cannot be written; the old file is as it was.
        UsageError: it is read-only, or holds something else by now.
    """
    _see_writable(path)
    path = path.resolve()
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    handle, aside = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".new")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(aside).chmod(mode)
        _see_unchanged(path, was)
        Path(aside).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(aside).unlink()
        raise


def _see_writable(path: Path) -> None:
    """Replacing a file asks nothing of the file itself; who made it read-only did so to keep it as it is."""
    if path.is_dir():
        raise UsageError(f"{path.name} is a folder there: give one of the two another name")
    if path.exists() and not (path.stat().st_mode & 0o222 and os.access(path, os.W_OK)):  # root may write to any
        raise UsageError(f"{path.name} is read-only: let Digest write to it first (chmod u+w, or chown)")


def _see_unchanged(path: Path, was: bytes | None) -> None:
    if was is not None and (read_whole(path) if path.exists() else b"") != was:
        raise UsageError(f"{path.name} was saved by somebody else just now: try again")


@contextlib.contextmanager
def one_writer(folder: Path, patience: float = 5.0) -> Iterator[None]:
    """Keep every other process and thread of Digest from writing into a folder for as long as the block lasts.

    The lock is ``flock`` on the folder itself: it leaves no file behind, and ends with whoever holds it.

    Args:
        folder: the folder.
        patience: seconds to wait for whoever writes there now.

    Raises:
        OSError: the folder cannot be opened.
        UsageError: somebody else has not finished in that time.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        until = time.monotonic() + patience
        while not _locked(handle):
            if time.monotonic() > until:
                raise UsageError(f"another process is writing into {folder.name}: try again")
            time.sleep(_TRY_EVERY)
        yield
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    """Whether the lock is ours now; a file system that knows no locks gives it to everybody."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in {errno.EAGAIN, errno.EACCES}
    return True
