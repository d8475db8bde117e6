"""The dashboard as people meet it: a process in a terminal, over a store that another process writes to."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import unicodedata
from typing import TYPE_CHECKING

import pytest

from digest.store import open_store
from digest.tui.cells import ISOLATE, ISOLATE_END
from tests.tui.newsdesk import Dispatch, add_report
from tests.tui.terminal import Terminal
from tests.tui.test_hostile import HOSTILE

if TYPE_CHECKING:
    from pathlib import Path

_WRITER = """
import sys
from digest.store import open_store
from tests.tui.newsdesk import Dispatch, add_report
with open_store(sys.argv[1]) as store, store.database.write() as (connection, seq):
    for title in sys.argv[2:]:
        add_report(connection, Dispatch("14:06", "Meridian", "launch", title, title, unread=True), seq)
"""


def write(url: str, *titles: str) -> None:
    """News, committed by another process."""
    subprocess.run([sys.executable, "-c", _WRITER, url, *titles], check=True)


def test_first_paint_news_keys_and_the_end(day: str) -> None:
    """It paints what is stored, shows what arrives, answers keys, and leaves the terminal as it was."""
    with Terminal(Terminal.dashboard(day)) as terminal:
        lines = terminal.see("N. Korea fires two ballistic missiles into sea")
        assert any("MATCHES" in line and "READER" not in line for line in lines)
        terminal.see("WHY IT FIRED")
        write(day, "Third missile falls short")
        terminal.see("Third missile falls short")
        terminal.press("j")
        terminal.see("paused at")
        write(day, "Fourth one waits")
        terminal.see("1 new")
        terminal.press("g")
        terminal.see("Fourth one waits")
        terminal.press("\r")
        terminal.until(lambda lines: not any("MATCHES" in line for line in lines))
        terminal.press("\x1b")
        terminal.see("MATCHES")
        terminal.press("?")
        terminal.see("mark as read or unread")
        terminal.press("qq")
        assert terminal.ended() == 0
        wire = bytes(terminal.wire)
        assert wire.rindex(b"\x1b[?1049l") > wire.rindex(b"\x1b[?1049h")
        assert wire.rindex(b"\x1b[?25h") > wire.rindex(b"\x1b[?25l")


@pytest.mark.parametrize("number", [signal.SIGTSTP, signal.SIGSTOP])
def test_stopped_and_continued(day: str, number: signal.Signals) -> None:
    """Stopped as a shell does it, it gives the terminal back; continued, it takes it and paints all; q leaves it whole.

    SIGSTOP comes unheard: others may have used the screen and its modes meanwhile.
    """
    with Terminal(Terminal.dashboard(day)) as terminal:
        terminal.see("WHY IT FIRED")
        terminal.process.send_signal(number)
        terminal.until(lambda _: os.waitpid(terminal.process.pid, os.WUNTRACED | os.WNOHANG)[0] != 0)
        while terminal.read(0.2):
            pass
        assert terminal.left_in_order == (number == signal.SIGTSTP)
        terminal.screen.reset()
        terminal.process.send_signal(signal.SIGCONT)
        terminal.see("WHY IT FIRED")
        terminal.see("N. Korea fires")
        terminal.press("?")
        terminal.see("mark as read or unread")
        terminal.press("qq")
        assert terminal.ended() == 0
        assert terminal.left_in_order


def test_a_key_goes_back_to_the_shell(day: str) -> None:
    """As in any program of a terminal: the shell has it as it was, and ``fg`` shows the dashboard again."""
    with Terminal(["bash", "--norc", "-i"], told=True) as terminal:
        terminal.press(f"PS1='desk> '; {shlex.join(Terminal.dashboard(day))}\n")
        terminal.see("WHY IT FIRED")
        terminal.press("\x1a")
        terminal.see("Stopped")
        terminal.press("echo $((6 * 7))\n")
        terminal.until(lambda lines: any(line.startswith("42") for line in lines))
        terminal.screen.reset()
        terminal.press("fg\n")
        terminal.see("WHY IT FIRED")
        terminal.press("?")
        terminal.see("mark as read or unread")
        terminal.press("qq")
        terminal.see("desk> ")
        terminal.press("exit\n")
        assert terminal.ended() == 0


def test_without_a_shell_there_is_nowhere_to_go_back_to(day: str) -> None:
    """In a window of its own, say, nobody could let it go on: it says so and stays."""
    with Terminal(Terminal.dashboard(day)) as terminal:
        terminal.see("WHY IT FIRED")
        terminal.press("\x1a")
        terminal.see("no shell is behind this")
        terminal.press("q")
        assert terminal.ended() == 0


_FAILING_EDITOR = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
os.killpg(0, signal.SIGINT)  # as the terminal does when ^c is typed into an editor
sys.exit(3)
"""


def test_an_editor_that_fails_gives_the_terminal_back(day: str, tmp_path: Path) -> None:
    """Neither its failure nor a ``^c`` that was meant for it ends or blinds the dashboard."""
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "1-north-korea.toml").write_text('[[rule]]\nid = "launch"\nquery = "missile"\n')
    (tmp_path / "editor.py").write_text(_FAILING_EDITOR)
    editor = {"VISUAL": shlex.join([sys.executable, str(tmp_path / "editor.py")])}
    with Terminal(Terminal.dashboard(day), folder=tmp_path, environment=editor) as terminal:
        terminal.see("WHY IT FIRED")
        terminal.press("E")
        terminal.see("ended with 3")
        terminal.press("?")
        terminal.see("mark as read or unread")
        terminal.press("qq")
        assert terminal.ended() == 0
        assert terminal.left_in_order


def test_columns_line_up_in_a_real_terminal(day: str) -> None:
    """Wide letters and right-to-left fields take the cells they were given: titles begin in one column."""
    with Terminal(Terminal.dashboard(day)) as terminal:
        terminal.see("WHY IT FIRED")
        lines = terminal.see("МИД: посол")
        titles = ["N. Korea fires", "Drone hits", "Владивосток", "Panel: two", "Border post", "МИД: посол"]
        assert len({_column(terminal, title) for title in titles}) == 1
        assert all(terminal.screen.buffer[y][119].data in "│┃╮╯" for y in range(1, 35))
        assert any("بريد المشرق" in line and "دمشق تستدعي السفير" in line for line in lines)


def _column(terminal: Terminal, words: str) -> int:
    """The column at which words begin on the emulator's screen."""
    for y in range(terminal.screen.lines):
        cells = [terminal.screen.buffer[y][x].data for x in range(terminal.screen.columns)]
        for x in range(len(cells)):
            if "".join(cells[x:]).startswith(words) and cells[x]:
                return x
    raise AssertionError(words)


def test_it_follows_the_window(day: str) -> None:
    """A window made smaller turns panes into tabs, made larger brings them back, made tiny breaks nothing."""
    with Terminal(Terminal.dashboard(day)) as terminal:
        terminal.see("WHY IT FIRED")
        for size, words in (((80, 24), "1 Matches"), ((20, 5), "N. Kor"), ((120, 36), "WHY IT FIRED")):
            terminal.resize(size)
            terminal.see(words)
        terminal.press("q")
        assert terminal.ended() == 0


@pytest.mark.parametrize("size", [(120, 36), (60, 20)], ids=["wide", "narrow"])
def test_hostile_titles_leave_no_control_on_the_wire(day: str, size: tuple[int, int]) -> None:
    """Nothing that an entry holds reaches the terminal as a command: only what a harmless store sends as well."""
    with Terminal(Terminal.dashboard(day), size) as terminal:
        terminal.see("Drone hits")
        terminal.see("41 unread")
        terminal.press("q")
        terminal.ended()
        harmless = _commands(bytes(terminal.wire))
    with open_store(day) as store, store.database.write() as (connection, seq):
        for title in HOSTILE:
            add_report(connection, Dispatch("14:06", "Meridian", "launch", title, "quit", title, unread=True), seq)
    with Terminal(Terminal.dashboard(day), size) as terminal:
        terminal.see("closes nothing" if size[0] > 100 else "half")
        for _ in HOSTILE:
            terminal.press("j")
            terminal.read(0.1)
        terminal.press("\r")
        terminal.see("WHY IT FIRED")
        terminal.press("q")
        assert terminal.ended() == 0
        wire = bytes(terminal.wire)
        assert _commands(wire) <= harmless, "commands that no harmless store brings about"
        plain = _COMMAND.sub(b"", wire).decode()
        assert not {c for c in plain if unicodedata.category(c) in {"Cc", "Cs"}} - {"\r", "\n"}
        assert {c for c in plain if unicodedata.category(c) == "Cf"} <= {ISOLATE, ISOLATE_END}


_COMMAND = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|P[^\x1b]*\x1b\\|[=>78])")


def _commands(wire: bytes) -> set[bytes]:
    """The kinds of commands on the wire: their letters, without numbers; anything but colours and places in full.

    How many entries are unread, in the window's title, is a number too.
    """
    found = set()
    for command in _COMMAND.findall(re.sub(rb"(?<=\x1b]2;)\(\d+\) ", b"", wire)):
        colour_or_place = re.fullmatch(rb"\x1b\[[\d;]*([mHf])", command)
        found.add(b"\x1b[" + colour_or_place[1] if colour_or_place else command)
    return found


def test_no_color_sends_no_colour(day: str) -> None:
    """With NO_COLOR the wire holds bold and reverse, and no colour."""
    with Terminal(Terminal.dashboard(day), environment={"NO_COLOR": "1"}) as terminal:
        terminal.see("WHY IT FIRED")
        codes = {code for codes in re.findall(rb"\x1b\[([\d;]*)m", bytes(terminal.wire)) for code in codes.split(b";")}
        assert codes <= {b"", b"0", b"1", b"4", b"7"}
        assert {b"1", b"7"} <= codes
