"""What is shown on a terminal ends with it, however it goes away: within two seconds, and nobody is left behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.tui.newsdesk import build
from tests.tui.terminal import Terminal
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Way = tuple[bool, tuple[str, ...], list[Callable[[Terminal], None]]]

PROCESSES = Path("/proc")
pytestmark = pytest.mark.skipif(not (PROCESSES / "self").is_dir(), reason="looks for left-over processes in /proc")

SOON = 2.0 if os.getloadavg()[0] < 1 and "PYTEST_XDIST_WORKER" not in os.environ else 8.0
"""Seconds; on a busy machine, as one is where other tests run beside this, nobody can promise two."""
MARK = "DIGEST_TEST_MARK"
TAKEN = b"\x1b[?2004h"
"""One of the last commands by which the dashboard takes a terminal."""
WATCH, DEMO = ([sys.executable, "-m", "digest", name] for name in ("watch", "demo"))
DASHBOARD = Terminal.dashboard("sqlite:///nothing.db")
RULES = "1-north-korea.toml"
KILLABLE = ("sh", "-c", '"$@"; true', "sh")
"""A parent, as ``make`` and ``uv run`` are."""


@dataclass(frozen=True)
class Desk:
    """A folder with a config, and all the processes that were started there."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """What marks them, and keeps their files here."""
        return {MARK: str(self.folder), "TMPDIR": str(self.folder), "HOME": str(self.folder)}

    @property
    def processes(self) -> dict[int, str]:
        """Their command lines."""
        found = {}
        for process in PROCESSES.iterdir():
            with contextlib.suppress(OSError):  # it has ended meanwhile
                if process.name.isdecimal() and f"{MARK}={self.folder}".encode() in (process / "environ").read_bytes():
                    found[int(process.name)] = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        return found

    @property
    def running(self) -> list[str]:
        """The command lines without those of parser children, which end with their engine, and of the dead."""
        return [line for line in self.processes.values() if line and "parser_child" not in line]

    def wait_until(self, condition: Callable[[], object], seconds: float = SOON) -> None:
        """Look until it holds."""
        wait_until(condition, seconds, otherwise=lambda: self.running)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk with one feed, at which nobody answers; what still runs there is killed at the end."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / RULES).write_text('[[rule]]\nid = "launch"\ntitle = "Launches"\nany = ["missile*"]\n')
    (tmp_path / "config.toml").write_text('[poll]\nprivate_hosts = true\n[[feed]]\nurl = "http://127.0.0.1:1/feed"\n')
    desk = Desk(tmp_path)
    yield desk
    for process in desk.processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def close(terminal: Terminal) -> None:
    """Close the window."""
    terminal.close()


def send(number: signal.Signals) -> Callable[[Terminal], None]:
    """Send a signal to what the terminal was opened with."""
    return lambda terminal: terminal.process.send_signal(number)


def fill(terminal: Terminal) -> None:
    """Have much painted and read nothing, until the dashboard waits for its output to be taken."""
    for _ in range(60):
        terminal.press("t")
        time.sleep(0.02)


def press_help(terminal: Terminal) -> None:
    """Have help lie over the panes."""
    terminal.press("?")
    terminal.wait_for_bytes(b"star, or take the star off")


def open_commands(terminal: Terminal) -> None:
    """Type into the line that finds actions."""
    terminal.press(":mu")
    terminal.wait_for_bytes(b"mute_story")


def open_editor_page(terminal: Terminal) -> None:
    """Edit a rule, with the process that looks what it does at work."""
    terminal.press("e")
    terminal.wait_for_bytes(b"PREVIEW")


def open_outside(terminal: Terminal) -> None:
    """Edit a rule in the user's own editor, which has the terminal."""
    terminal.press("E")
    terminal.wait_for_bytes(b"editing")


WAYS: dict[str, Way] = {
    "closed": (True, (), [close]),
    "closed, told nobody": (False, (), [close]),
    "closed while it takes nothing": (False, (), [fill, close]),
    "closed while stopped": (True, (), [send(signal.SIGTSTP), close]),
    "SIGHUP": (False, (), [press_help, send(signal.SIGHUP)]),
    "SIGTERM": (False, (), [send(signal.SIGTERM)]),
    "SIGTERM while it takes nothing": (False, (), [fill, send(signal.SIGTERM)]),
    "parent killed": (False, KILLABLE, [send(signal.SIGKILL)]),
}
"""Whether the kernel tells of a closed window (SIGHUP) or reading and writing just fail; the parent; what happens."""
SCREENS = {
    "commands": open_commands,
    "rule editor": open_editor_page,
    "$EDITOR": open_outside,
}
LEAVING: dict[str, Way] = {
    name: WAYS[name] for name in ("closed", "closed, told nobody", "closed while stopped", "SIGTERM")
}
OF_DEMO = {"closed", "closed, told nobody", "SIGTERM while it takes nothing", "parent killed"}
CASES = [pytest.param(DASHBOARD, *case, id=f"dashboard: {name}") for name, case in WAYS.items()]
CASES += [pytest.param(DEMO, *WAYS[name], id=f"demo: {name}") for name in sorted(OF_DEMO)]


@pytest.mark.parametrize(("command", "told", "parent", "ways"), CASES)
def test_a_terminal_that_goes_away(
    desk: Desk,
    command: list[str],
    told: bool,  # noqa: FBT001
    parent: tuple[str, ...],
    ways: list[Callable[[Terminal], None]],
) -> None:
    """What is shown ends and leaves no process and no file; a terminal that is still there is left in order."""
    with Terminal([*parent, *command], environment=desk.environment, folder=desk.folder, told=told) as terminal:
        terminal.wait_for_bytes(TAKEN, 60)
        for way in ways:
            way(terminal)

        def all_ended() -> bool:
            if not {fill, close} & set(ways):
                terminal.read(0)
            return terminal.process.poll() is not None and not desk.running

        desk.wait_until(all_ended)
        assert terminal.process.returncode in ({-signal.SIGKILL} if parent else {0, 130})
        assert not any(desk.folder.glob("digest-demo-*"))
        if close not in ways:
            while terminal.read(0.05):
                pass
            assert terminal.left_in_order
            assert b"Traceback" not in terminal.wire


@pytest.mark.parametrize("way", LEAVING)
@pytest.mark.parametrize("screen", SCREENS)
def test_a_terminal_that_goes_away_from_a_screen(desk: Desk, screen: str, way: str) -> None:
    """From wherever one is, with all that was started there: a preview's process, the user's editor."""
    dashboard = Terminal.dashboard(build(desk.folder / "nothing.db"))
    editor = desk.folder / "editor"
    editor.write_text("#!/bin/sh\necho editing\nsleep 60\n")
    editor.chmod(0o755)
    told, _, steps = LEAVING[way]
    variables = desk.environment | {"VISUAL": "", "EDITOR": str(editor)}
    with Terminal(dashboard, environment=variables, folder=desk.folder, told=told) as terminal:
        terminal.wait_for_bytes(b"WHY IT FIRED", 60)
        terminal.wait_for_bytes(b"DIPLOMATIC TIES", 60)  # the rules are known
        SCREENS[screen](terminal)
        for step in steps:
            step(terminal)
        desk.wait_until(lambda: terminal.process.poll() is not None and not desk.running)
        assert terminal.process.returncode in {0, 130}
        if close not in steps:
            while terminal.read(0.05):
                pass
            assert terminal.left_in_order
            assert b"Traceback" not in terminal.wire


def test_a_demo_that_is_killed(desk: Desk) -> None:
    """Its engine and its dashboard end with it, its folder goes, and the terminal is left in order."""
    with Terminal(DEMO, environment=desk.environment, folder=desk.folder) as terminal:
        terminal.wait_for_bytes(TAKEN, 60)
        terminal.process.kill()
        desk.wait_until(lambda: not (desk.running or any(desk.folder.glob("digest-demo-*"))))
        while terminal.read(0.05):
            pass
        assert terminal.left_in_order


@pytest.mark.parametrize("seen", [b"", b"started an engine", TAKEN], ids=["at once", "engine started", "painted"])
def test_the_engine_of_a_dashboard_goes_on(desk: Desk, seen: bytes) -> None:
    """Closing the window of ``digest watch`` never stops alerts; closed before an engine runs, it ends all the same."""
    with Terminal(WATCH, environment=desk.environment, folder=desk.folder) as terminal:
        terminal.wait_for_bytes(seen, 60)
        terminal.close()
        desk.wait_until(lambda: all("--background" in line for line in desk.running), 20 if not seen else SOON)
        assert (len(desk.running) == 1) or not seen


@pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux")
def test_tmux_is_killed(desk: Desk) -> None:
    """With its server go dashboard, engine and folder of a demo in a shell there."""
    tmux = ["tmux", "-S", str(desk.folder / "socket"), "-f", os.devnull]
    variables = {
        name: value for name, value in os.environ.items() if name not in {"TMUX", "COLUMNS", "LINES"}
    } | desk.environment

    def ask(*arguments: str) -> str:
        return subprocess.run(
            [*tmux, *arguments], env=variables, cwd=desk.folder, check=True, capture_output=True
        ).stdout.decode()

    ask("new-session", "-d", "-x", "120", "-y", "36", "sh")
    ask("send-keys", " ".join(DEMO), "Enter")
    desk.wait_until(lambda: "MATCHES" in ask("capture-pane", "-p"), 40)
    assert desk.running
    ask("kill-server")
    desk.wait_until(lambda: not (desk.running or any(desk.folder.glob("digest-demo-*"))))
