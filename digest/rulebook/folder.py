"""The rules folder as it is on disk: which files are rule files, what they say, and whether anything changed.

What lies in the folder is only looked at until it is known to be a file: a named pipe would make whoever opens it
wait, and a device may do anything.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import re
import stat
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from digest.errors import Problem
from digest.toml.problems import encoding_problem
from digest.values.desks import UNNAMED

if TYPE_CHECKING:
    from collections.abc import Iterable

Fingerprint = tuple[tuple[str, int, int, int, int], ...]
"""For each rule file its name, inode, size, and times of change in nanoseconds; of what is no file, its name."""

MOST_BYTES: Final = 10_000_000
"""A rule file may have so many: far more than ten thousand rules take, and read within seconds."""

ODD_NAME: Final = "the file's name is not UTF-8, or holds a character that cannot be shown: give it another name"

NO_RULE: Final = "there is no rule, so nothing alerts: write one into this folder; digest init has some to begin with"

_PATIENCE = 1_000  # names looked at in a subfolder and below it
_PIECE = 1 << 20
_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0)  # not every system has each of them
_AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_NEARLY = re.compile(r".+\.(toml(\.(txt|text|rtf|md|docx?))?|tml|tom|tolm|tmol)\s*", re.IGNORECASE | re.DOTALL)
_UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_KINDS = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISDIR, "a folder"),
)


@dataclass(frozen=True, slots=True)
class RuleFolder:
    """What was read; a file that could not be read is named in ``problems`` and has no text."""

    texts: dict[str, str]
    """By file name, in order."""
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    """What may be meant as a rule file and is none; it is left alone."""
    lost: frozenset[str] = frozenset()
    """The desks whose folders could not be looked into: nothing says that a file of these is gone."""


def read_rule_folder(folder: Path) -> RuleFolder:
    """Read every ``*.toml`` of a folder but the hidden ones; what else may be meant as a rule file is told."""
    try:
        entries = _listed(folder)
    except (OSError, ValueError) as error:
        lost = Problem(shown_name(str(folder)), 1, 1, _why_no_folder(error))
        return RuleFolder({}, (lost,), lost=frozenset({UNNAMED}))
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    doubts = [doubt for entry in entries if (doubt := _doubt(entry))]
    for name in (entry.name for entry in entries if _is_rule_file(entry)):
        try:
            if name != shown_name(name):
                problems.append(Problem(shown_name(name), 1, 1, ODD_NAME))
            else:
                texts[name] = as_text(read_whole(folder / name))
        except FileNotFoundError:
            if (folder / name).is_symlink():  # else an editor is just saving it by renaming
                doubts.append(_not_read(name, "the link leads nowhere"))
        except UnicodeDecodeError as error:
            problems.append(encoding_problem(name, error))
        except OSError as error:
            problems.append(Problem(name, 1, 1, f"the file cannot be read: {error.strerror or error}"))
    return RuleFolder(texts, tuple(problems), tuple(doubts))


def shown_path(path: Path) -> Path:
    """A path as it is best read: relative where it lies under the current folder."""
    try:
        return path.relative_to(Path.cwd())
    except ValueError:
        return path


def in_folder(folder: Path, problems: Iterable[Problem]) -> list[Problem]:
    """The same problems, their paths as seen from where this folder is seen from."""
    return [replace(problem, path=str(folder / problem.path)) for problem in problems]


def shown_name(name: str) -> str:
    r"""A name fit to be printed and stored: what is no UTF-8, a control or turns the line, as ``\xe9``, ``\u202e``."""
    return _UNSHOWN.sub(_escaped, name)


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:  # how Python keeps a byte that is no UTF-8
        code -= 0xDC00
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"


def as_text(raw: bytes) -> str:
    """What a rule file says, without a byte order mark, its lines ended one way; raises UnicodeDecodeError."""
    return raw.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")


def read_whole(path: Path, *, as_named: bool = False) -> bytes:
    """The bytes of a file; never waits for anybody to write them, and never takes in more than MOST_BYTES.

    Args:
        path: the file, or a link to it.
        as_named: the user named it: it may be a pipe (as from the shell's ``<(...)``), and is waited for.

    Raises:
        OSError: it is not there, is no file, is too large, or cannot be read; ``strerror`` says so in words.
            ``filename`` names it.
    """
    if not as_named:
        _see_file(path.stat())  # before it is opened: that alone does something to many a device
    number = os.open(path, _READ if as_named else _READ | _AT_ONCE)
    try:
        if not as_named:
            _see_file(os.fstat(number))  # another may have taken its place
        return _all_of(number)
    except OSError as error:
        error.filename = error.filename or os.fspath(path)  # what is read by its number does not know its name
        raise
    finally:
        os.close(number)


def _all_of(number: int) -> bytes:
    """What an open file holds."""
    pieces, room = [], MOST_BYTES + 1
    while room and (piece := os.read(number, min(room, _PIECE))):
        pieces.append(piece)
        room -= len(piece)
    if not room:
        raise OSError(errno.EFBIG, f"it is larger than {MOST_BYTES // 1_000_000} MB")
    return b"".join(pieces)


def _see_file(found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, f"it is {_kind(found.st_mode)}, and no file")
    if found.st_size > MOST_BYTES:
        raise OSError(errno.EFBIG, f"it is larger than {MOST_BYTES // 1_000_000} MB")


def _kind(mode: int) -> str:
    return next((words for is_it, words in _KINDS if is_it(mode)), "something else")


def fingerprint(folder: Path) -> Fingerprint:
    """What changes whenever a rule file is written, replaced, removed, or a link to it is turned elsewhere."""
    try:
        entries = _listed(folder)
    except (OSError, ValueError):
        return ()
    marks = []
    for entry in filter(_is_rule_file, entries):
        with contextlib.suppress(OSError):
            now = entry.stat()
            # The times of a pipe or a device change by its use.
            times = (now.st_size, now.st_mtime_ns, now.st_ctime_ns) if stat.S_ISREG(now.st_mode) else (0, 0, 0)
            marks.append((entry.name, now.st_ino, *times))
    return tuple(marks) or ((".", 0, 0, 0, 0),)  # an empty folder is not the same as none


def _listed(folder: Path) -> list[os.DirEntry[str]]:
    """What is in the folder and not hidden, by name; raises OSError where it cannot be told, ValueError for no path."""
    with os.scandir(folder) as entries:
        return sorted((entry for entry in entries if entry.name[0] != "."), key=lambda entry: entry.name)


def _is_rule_file(entry: os.DirEntry[str]) -> bool:
    """Whether it is called as a rule file is; a folder is none."""
    return entry.name.endswith(".toml") and not _is_dir(entry)


def _doubt(entry: os.DirEntry[str]) -> Problem | None:
    """Why this is not read, where somebody may think that it is."""
    if _is_dir(entry):
        if entry.name.endswith(".toml"):
            return _not_read(entry.name, "this is a folder")
        below = _rule_files_below(entry.path)
        if not below:
            return None
        more = f", as do {len(below) - 1} more" if len(below) > 1 else ""
        first = f"{entry.name}/{os.path.relpath(below[0], entry.path)}"
        return _not_read(first, f"it lies in a subfolder{more}; move it into the rules folder itself")
    if _NEARLY.fullmatch(entry.name) and not entry.name.endswith(".toml"):
        return _not_read(entry.name, "the name of a rule file ends in .toml, in small letters")
    return None


def _not_read(name: str, why: str) -> Problem:
    return Problem(shown_name(name), 1, 1, f"not read: {why}", "warning")


def _is_dir(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _rule_files_below(folder: str) -> list[str]:
    """The paths of what is called as a rule file among the first names in a subfolder and below it."""
    found, waiting, patience = [], [folder], _PATIENCE
    while waiting and patience > 0:
        with contextlib.suppress(OSError), os.scandir(waiting.pop(0)) as entries:
            for entry in itertools.islice(entries, patience):
                patience -= 1
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                elif entry.name.lower().endswith(".toml"):
                    found.append(entry.path)
    return sorted(found)


def _why_no_folder(error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return "the rules folder is not there: digest init writes one"
    if isinstance(error, NotADirectoryError):
        return "this is no folder, and rules in config.toml names the folder of the rule files"
    reason = error.strerror if isinstance(error, OSError) else "no folder can be called so"
    return f"the rules folder cannot be read: {reason or error}"
