"""A channel that keeps its messages in a folder, in one file a day: Markdown to read, or lines of JSON for programs.

::

    part ─▶ today's file ─▶ there already? ─ yes ─▶ done: an earlier try had got through
                                 └ no ─▶ appended in one piece ─▶ on the disk ─▶ sent

Every record says which part of which message it is, so that what a crash or a lost answer left in doubt is looked up
in place of being written twice. Other programs may read the files, move them away and empty them at any time.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import json
import os
import re
import stat
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from digest.channels.base import Channel, Failure, SendError
from digest.delivery.media.markup import REPEAT_LABEL
from digest.shapes import json_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.channels.base import Outgoing

_FOLDER_MODE: Final = 0o700
"""Of folders that are made here: which news somebody watches for is nobody else's business ..."""
_FILE_MODE: Final = 0o600
"""... and so are the files; what exists keeps its mode, so a user who wants to share them can."""
_ENDINGS: Final = {"markdown": "md", "jsonl": "jsonl"}
_DAYS_LOOKED_AT: Final = 31
"""Files, from the newest back: an engine that was killed may not run again for weeks."""
_CAREFUL: Final = sum(getattr(os, flag, 0) for flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"))
"""No link that leads elsewhere, no waiting for the other end of a pipe; not every system has each of these."""


class FileChannel(Channel):
    """A folder that gets one file a day.

    Args:
        folder: absolute; made where it is missing.
        style: ``markdown`` or ``jsonl``.
        timezone: IANA name; decides which day it is.
        now: the time.
    """

    def __init__(
        self, folder: str, style: str, timezone: str, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._folder = Path(folder)
        self._ending = _ENDINGS[style]
        self._zone = ZoneInfo(timezone)
        self._now = now

    @property
    def path(self) -> Path:
        """The file of today."""
        return self._folder / f"{self._now().astimezone(self._zone):%Y-%m-%d}.{self._ending}"

    async def send(self, outgoing: Outgoing) -> int:
        """As `Channel.send`; there is no far side, so the id is 0."""
        await asyncio.to_thread(self._keep, outgoing)
        return 0

    def _keep(self, outgoing: Outgoing) -> None:
        """Write the part, unless it stands there already."""
        try:
            self._folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
            if not (outgoing.maybe_repeat and self._has(outgoing)):
                append(self.path, self._record(outgoing))
        except OSError as error:
            reason = in_words(error, self._folder)
            raise SendError(Failure.UNKNOWN if isinstance(error, TornError) else Failure.CLOSED, reason) from None

    def _record(self, outgoing: Outgoing) -> bytes:
        """The part as it stands in the file."""
        if self._ending == "jsonl":
            of_it = {"delivery": outgoing.delivery, "part": outgoing.number}
            last = {"possible_repeat": outgoing.maybe_repeat}
            return "".join(f"{json_line(of_it | facts | last)}\n" for facts in _facts(outgoing.part)).encode()
        label = f"{REPEAT_LABEL}\n" if outgoing.maybe_repeat else ""
        return f"{_comment(outgoing)}\n{label}{outgoing.part}\n\n".encode(errors="replace")

    def _has(self, outgoing: Outgoing) -> bool:
        """Whether the part stands in one of the last files, to its last byte: a torn record is none."""
        records = (re.escape(self._record(replace(outgoing, maybe_repeat=repeat))) for repeat in (False, True))
        pattern = re.compile(rb"^(?:" + b"|".join(records) + rb")", re.MULTILINE)
        days = sorted(self._folder.glob(f"[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9].{self._ending}"))
        return any(_holds(path, pattern) for path in days[: -_DAYS_LOOKED_AT - 1 : -1])


class TornError(OSError):
    """A record is in the file in part, or whole and perhaps not on the disk, and could not be taken back."""


def append(path: Path, record: bytes) -> None:
    """Add a record to a file, whole and on the disk, or not at all; a line that a crash left torn is ended first.

    One writer at a time: another channel may lead to the same folder, and what is taken back must be one's own.

    Raises:
        TornError: nobody knows how much of it was written.
        OSError: it was not written.
    """
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | _CAREFUL, _FILE_MODE)
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise OSError(errno.ENXIO, os.strerror(errno.ENXIO))
        _lock(file)
        size = os.fstat(file).st_size
        _write(file, b"\n" * _is_torn(file, size) + record, size)
    finally:
        os.close(file)
    if not size:
        _keep_name(path.parent)


def _lock(file: int) -> None:
    """Wait for other writers; the file can be read meanwhile, and is free again once it is closed."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
    except OSError:  # not every file system has locks: there it is as safe as it was
        return


def _is_torn(file: int, size: int) -> bool:
    """Whether the last line has no end."""
    if not size:
        return False
    os.lseek(file, size - 1, os.SEEK_SET)
    return os.read(file, 1) != b"\n"


def _write(file: int, data: bytes, size: int) -> None:
    """Write at the end of a file of this size; what cannot be written whole is taken back."""
    failure = _failure(file, data)
    if failure is None:
        return
    try:
        os.ftruncate(file, size)
    except OSError:
        raise TornError(failure.errno, failure.strerror) from None
    raise failure


def _failure(file: int, data: bytes) -> OSError | None:
    """Write in one piece, and have it on the disk; what went wrong."""
    try:
        if os.write(file, data) < len(data):
            return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(file)
    except OSError as error:
        return error
    return None


def obstacle(folder: str) -> str:
    """What keeps the files of a channel from being written, in plain words; empty where nothing does.

    Nothing is made: where the folder is missing, the nearest one above it has to let it be made.
    """
    path = Path(folder)
    there = next(above for above in (path, *path.parents) if above.exists())
    if not there.is_dir():
        return in_words(NotADirectoryError(errno.ENOTDIR, ""), there)
    if not os.access(there, os.W_OK | os.X_OK):
        return in_words(PermissionError(errno.EACCES, ""), there)
    return ""


_PLAIN: Final = {
    errno.ENOSPC: "the disk of {} is full: make room",
    errno.EDQUOT: "there is no room left for you on the disk of {}: make some",
    errno.EROFS: "the disk of {} can only be read",
    errno.EACCES: "{} may not be written to: change its owner or mode",
    errno.EPERM: "{} may not be written to: change its owner or mode",
    errno.ENOTDIR: "{} is no folder, or something above it is none",
    errno.EEXIST: "{} is no folder, or something above it is none",
    errno.ELOOP: "today's file in {} is a link: only a file of the folder itself is written to",
    errno.EISDIR: "today's file in {} is no plain file: move it away",
    errno.ENXIO: "today's file in {} is no plain file: move it away",
}


def in_words(error: OSError, folder: Path) -> str:
    """What kept a file from being written."""
    words = _PLAIN.get(error.errno or 0, f"{{}} could not be written to: {error.strerror or error}")
    return words.replace("{}", str(folder))


def _comment(outgoing: Outgoing) -> str:
    """Which part of which message it is, where a reader of the page does not see it."""
    return f"<!-- digest {outgoing.delivery}.{outgoing.number} -->"


def _facts(part: str) -> list[dict[str, Any]]:
    """What each line of JSON says; a part from before the channel became one of JSON lines is one text."""
    try:
        lines = [json.loads(line) for line in part.split("\n")]
    except ValueError:
        lines = [None]
    return lines if all(isinstance(line, dict) for line in lines) else [{"text": part}]


def _holds(path: Path, pattern: re.Pattern[bytes]) -> bool:
    """Whether something in a file fits; one that is gone by now, or is no file of ours, holds nothing."""
    try:
        file = os.open(path, os.O_RDONLY | _CAREFUL)
    except OSError:
        return False
    with os.fdopen(file, "rb") as opened:
        return pattern.search(opened.read()) is not None


def _keep_name(folder: Path) -> None:
    """Have a new file's name on the disk too."""
    try:
        opened = os.open(folder, os.O_RDONLY)
    except OSError:  # not every system opens folders
        return
    try:
        os.fsync(opened)
    except OSError:  # nor does every file system sync them
        pass
    finally:
        os.close(opened)
