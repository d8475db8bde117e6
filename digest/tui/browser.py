"""Opens a page in the user's browser, ``$BROWSER`` or the desktop's; one of the terminal has that meanwhile."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from digest.errors import UsageError
from digest.text import safe_link
from digest.tui.outside import in_a_page

_DESKTOPS: Final = ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME")
"""One of these is set where a window can open."""
_IN_THE_TERMINAL: Final = frozenset({"w3m", "lynx", "elinks", "links", "links2", "browsh", "carbonyl", "cha"})
_EARLY: Final = 1.0
"""Seconds within which what cannot open a page has ended, and says so."""
OPENED: Final = "opened in the browser"


@dataclass(frozen=True, slots=True)
class Opener:
    """What opens a page."""

    command: tuple[str, ...]
    takes_terminal: bool = False
    """Whether it is read in the terminal, which the dashboard leaves to it as long as it runs."""


def opener(url: str) -> Opener:
    """What opens a page here: the first of ``$BROWSER`` that is installed, else what the desktop has.

    ``$BROWSER`` is read as other programs do: commands with a colon between them, ``%s`` for the address, ``&`` at the
    end of one that runs beside. The address is one argument, and no option, for it begins with http.

    Raises:
        UsageError: nothing does, and why; or it is no web page's address.
    """
    link = safe_link(url)
    if not link:
        raise UsageError(f"this is no web page's address: {url}" if url else "the feed gives no link for it")
    nothing = UsageError(f"no browser can be opened from here: {link}")
    if in_a_page():  # who looks at the dashboard in a page of a browser has a browser elsewhere
        raise nothing
    wanted = os.environ.get("BROWSER", "")
    for part in filter(None, wanted.split(os.pathsep)):
        if found := _wanted(part, link):
            return found
    if sys.platform in {"darwin", "win32"}:
        return Opener((sys.executable, "-m", "webbrowser", link))
    program = shutil.which("xdg-open") or shutil.which("wslview")
    if program is None or not any(os.environ.get(name) for name in _DESKTOPS):
        raise UsageError(f"$BROWSER names no program that is here ({wanted}): {link}") if wanted else nothing
    return Opener((program, link))


def start(*found: Opener) -> str:
    """Have pages opened beside the dashboard; what came of it, in words. All of them together are waited for briefly.

    They are in sessions of their own and without a terminal: what they print must not land on the screen.

    Raises:
        UsageError: one failed at once.
    """
    begun = [_begun(each) for each in found]
    until = time.monotonic() + _EARLY
    for each, process in zip(found, begun, strict=True):
        with suppress(subprocess.TimeoutExpired):  # it is still at work: most likely it is the browser itself
            if code := process.wait(max(0.0, until - time.monotonic())):
                raise UsageError(f"{Path(each.command[0]).name} ended with {code}: {each.command[-1]}")
    return OPENED


def _begun(found: Opener) -> subprocess.Popen[bytes]:
    quiet = subprocess.DEVNULL
    try:
        return subprocess.Popen(  # noqa: S603 - the user's own browser
            found.command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
        )
    except OSError as error:
        raise UsageError(f"{found.command[0]}: {error.strerror or error}") from None


def _wanted(part: str, link: str) -> Opener | None:
    """One of the commands of ``$BROWSER``; ``None`` where it is none, or not here."""
    beside = part.rstrip().endswith("&")
    try:
        words = shlex.split(part.rstrip().rstrip("&"))
    except ValueError:
        return None
    program = shutil.which(words[0]) if words else None
    if program is None:
        return None
    rest = [word.replace("%s", link) for word in words[1:]]
    command = (program, *rest) if any("%s" in word for word in words[1:]) else (program, *rest, link)
    return Opener(command, takes_terminal=not beside and Path(program).name in _IN_THE_TERMINAL)
