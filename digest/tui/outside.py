"""Programs outside of the dashboard: an editor at a line, a command that is given an entry."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from digest.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_BY_COLON: Final = {"code", "codium", "subl", "hx", "helix", "zed", "micro"}
"""Editors that take a place as ``file:line``; the others take ``+line file``."""
_WITH_FLAG: Final = {"code", "codium"}
_PATIENCE: Final = 20.0
"""Seconds that a command has for an entry."""


def in_a_page() -> bool:
    """Whether the dashboard is shown in a page of a browser: then it starts nothing here for whoever looks at that."""
    from textual import constants

    return constants.DRIVER is not None


def editor_command(path: Path, line: int) -> list[str]:
    """The user's editor (``$VISUAL``, ``$EDITOR``, or what is there), at a line of a file.

    Raises:
        UsageError: there is none; or a page in a browser asks for it.
    """
    if in_a_page():
        raise UsageError("a page in a browser starts no program; e edits the rule here")
    wanted = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    try:
        words = shlex.split(wanted) if wanted else []
    except ValueError as error:
        raise UsageError(f"$EDITOR cannot be read: {error}") from None
    words = words or [name for name in ("nano", "vim", "vi") if shutil.which(name)][:1]
    if not words or shutil.which(words[0]) is None:
        raise UsageError(f"there is no editor {words[0]}" if words else "no editor is found: set EDITOR to one")
    name = Path(words[0]).name
    if name in _BY_COLON:
        return [*words, *(["--goto"] if name in _WITH_FLAG else []), f"{path}:{line}"]
    return [*words, f"+{line}", str(path)]


def line_of_rule(text: str, rule: str) -> int:
    """The line on which a rule file names a rule, from 1; 1 where it does not."""
    found = re.search(rf"^\s*id\s*=\s*[\"']{re.escape(rule)}[\"']", text, re.MULTILINE)
    return 1 if found is None else text.count("\n", 0, found.end()) + 1


def run_there(command: Sequence[str]) -> str:
    """Let a program have the terminal, an editor or a browser, and wait for its end; what went wrong, if anything.

    Nothing is raised: the terminal is to be taken again whatever happens.
    """
    with _as_a_shell_waits():
        try:
            code = subprocess.run(command, check=False).returncode  # noqa: S603 - the user's own editor
        except OSError as error:
            return f"{command[0]}: {error.strerror or error}"
    return f"{command[0]} ended with {code}" if code else ""


@contextmanager
def _as_a_shell_waits() -> Iterator[None]:
    """Keys that interrupt are for the program that has the terminal; a key that stops it stops this process as well."""
    handlers: dict[int, Callable[..., None] | signal.Handlers] = {signal.SIGINT: lambda *_: None}
    if sys.platform != "win32":
        handlers |= {signal.SIGQUIT: lambda *_: None, signal.SIGTSTP: signal.SIG_DFL, signal.SIGCONT: signal.SIG_DFL}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def pipe(command: str, text: str) -> str:
    """Give a text to a command of the user's shell; the last line of what it says.

    Raises:
        UsageError: it failed, or took too long; or a page in a browser asks for it.
    """
    if in_a_page():
        raise UsageError("a page in a browser starts no program")
    try:
        ended = subprocess.run(  # noqa: S602 - what the user typed, for the user's own shell
            command,
            shell=True,
            input=text,
            text=True,
            errors="replace",
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired:
        raise UsageError(f"{command}: no end within {_PATIENCE:.0f} seconds") from None
    said = (ended.stdout.strip() or ended.stderr.strip()).splitlines()[-1:]
    if ended.returncode:
        raise UsageError(f"{command} ended with {ended.returncode}{''.join(f': {line}' for line in said)}")
    return said[0] if said else f"given to {command}"
