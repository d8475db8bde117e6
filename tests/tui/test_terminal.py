"""The dashboard as people meet it: a process in a terminal, over a store that another process writes to."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import unicodedata
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from digest.store import open_store
from digest.tui.cells import ISOLATE, ISOLATE_END
from tests.tui.newsdesk import Dispatch, add_report
from tests.tui.terminal import Terminal
from tests.tui.test_hostile import HOSTILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

RULE = '[[rule]]\nid = "launch"\ntitle = "Launches"\nany = ["missile*"]\n'
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
        terminal.see("star, or take the star off")
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
        terminal.see("star, or take the star off")
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
        terminal.until(lambda lines: any(line.startswith("desk> ") for line in lines))
        terminal.press("echo $((6 * 7))\n")
        terminal.until(lambda lines: any(line.startswith("42") for line in lines))
        terminal.screen.reset()
        terminal.press("fg\n")
        terminal.see("WHY IT FIRED")
        terminal.press("?")
        terminal.see("star, or take the star off")
        terminal.press("qq")
        terminal.see("desk> ")
        terminal.press("exit\n")
        assert terminal.ended() == 0


@contextmanager
def in_a_shell(command: Sequence[str], folder: Path, **variables: str) -> Iterator[Terminal]:
    """A shell with job control that has started the dashboard, over a folder with a rule file."""
    (folder / "rules").mkdir()
    (folder / "rules" / "1-north-korea.toml").write_text(RULE)
    with Terminal(["bash", "--norc", "-i"], environment=variables, folder=folder, told=True) as terminal:
        terminal.press(f"PS1='desk> '; {shlex.join(command)}\n")
        terminal.see("WHY IT FIRED")
        terminal.see("DIPLOMATIC TIES")
        yield terminal
        terminal.press("q")
        terminal.see("desk> ")
        terminal.press("stty -a | tr ' ' '\\n' | grep -x -e icanon -e echo -e isig | sort | tr '\\n' +; exit\n")
        terminal.see("echo+icanon+isig+")
        assert terminal.ended() == 0


def come_back(terminal: Terminal, words: str) -> None:
    """See that the shell has the terminal, and have the job go on."""
    terminal.see("Stopped")
    terminal.until(lambda lines: any(line.startswith("desk> ") for line in lines))  # what is typed sooner may be lost
    terminal.press("echo $((6 * 7))\n")
    terminal.until(lambda lines: any(line.startswith("42") for line in lines))
    terminal.screen.reset()
    terminal.press("fg\n")
    terminal.see(words)


@pytest.mark.parametrize("keys", ["\x1a", "suspend\r"], ids=["key", "typed"])
def test_the_shell_is_reached_from_the_line_of_commands(day: str, tmp_path: Path, keys: str) -> None:
    """By the key, and by its name; what lay over the panes is there again, unless it was answered."""
    with in_a_shell(Terminal.dashboard(day), tmp_path) as terminal:
        terminal.press(":")
        terminal.see("what to do")
        terminal.press(keys)
        come_back(terminal, "what to do" if keys == "\x1a" else "WHY IT FIRED")
        if keys == "\x1a":
            terminal.press("\x1b")
        terminal.see("WHY IT FIRED")


def test_the_shell_is_reached_from_the_rule_editor(day: str, tmp_path: Path) -> None:
    """There the key takes typing back; the name of it stops the dashboard and its preview, which both go on."""
    with in_a_shell(Terminal.dashboard(day), tmp_path) as terminal:
        terminal.press("e")
        terminal.see("no mistake")
        terminal.press("# mine")
        terminal.see("# mine")
        terminal.press("\x1a")
        terminal.until(lambda lines: not any("# mine" in line for line in lines))
        terminal.press("\x10")
        terminal.see("what to do")
        terminal.press("suspend\r")
        come_back(terminal, 'id = "launch"')
        terminal.press("x")
        terminal.see("this rule has no id")
        terminal.press("\x1a\x1b")
        terminal.see("WHY IT FIRED")


def test_an_editor_is_stopped_with_the_dashboard_and_goes_on_with_it(day: str, tmp_path: Path) -> None:
    """The user's own editor has the terminal as the shell left it; its end, good or bad, shows the dashboard again."""
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\ntrap : INT\necho "now editing"\nwhile ! read answer; do :; done\nexit $answer\n')
    editor.chmod(0o755)
    with in_a_shell(Terminal.dashboard(day), tmp_path, VISUAL="", EDITOR=str(editor)) as terminal:
        terminal.press("E")
        terminal.see("now editing")
        terminal.press("\x1a")
        come_back(terminal, "python")  # as fg shows the job
        terminal.press("3\n")
        terminal.see("WHY IT FIRED")
        terminal.see("editor ended with 3")
        terminal.press("E")
        terminal.see("now editing")
        terminal.press("\x03")
        terminal.see("^C")
        terminal.press("0\n")
        terminal.see("WHY IT FIRED")
        terminal.press("?")
        terminal.see("star, or take the star off")
        terminal.press("q")


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
        terminal.see("star, or take the star off")
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
        terminal.see("half")
        for _ in HOSTILE:
            terminal.press("j")
            terminal.read(0.1)
        terminal.press("\r")
        terminal.see("WHY IT FIRED")
        terminal.press("q")
        assert terminal.ended() == 0
        wire = bytes(terminal.wire)
        assert _commands(wire) <= harmless | {b"a link"}, "commands that no harmless store brings about"
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
        web_page = re.fullmatch(rb"\x1b\]8;(id=[\d-]+)?;(https://[!-~]*)?\x1b\\", command)
        found.add(b"\x1b[" + colour_or_place[1] if colour_or_place else b"a link" if web_page else command)
    return found


_COLOURS = {
    "truecolor": ({}, rb"(?:38|48);2;\d+;\d+;\d+"),
    "256 colours": ({"COLORTERM": ""}, rb"(?:38|48);5;\d+"),
    "16 colours": ({"COLORTERM": "", "TERM": "xterm"}, rb"(?:3|4|9|10)[0-7]"),
    "a console": ({"COLORTERM": "", "TERM": "linux"}, rb"(?:3|4|9|10)[0-7]"),
    "none": ({"NO_COLOR": "1"}, None),
}
"""What the terminal says of itself, and how colours are written on its wire."""


@pytest.mark.parametrize("terminal_kind", _COLOURS)
def test_every_screen_can_be_read_in_every_terminal(day: str, tmp_path: Path, terminal_kind: str) -> None:
    """Desk, filter, rule editor and help have the terminal's own colours, no words in that of their ground.

    In the dark first, then in the light.
    """
    variables, colour = _COLOURS[terminal_kind]
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "1-north-korea.toml").write_text(f"# A note.\n{RULE}severity = high\n")
    begun = 0
    with Terminal(Terminal.dashboard(day), environment=variables, folder=tmp_path) as terminal:
        terminal.see("WHY IT FIRED")
        terminal.see("DIPLOMATIC TIES")
        for theme, keys in (("dark", ""), ("light", "t")):
            terminal.press(keys)
            for key, words in (("/", "words, "), ("missile", "missile"), ("\r", "filter missile"), ("e", "6:12")):
                terminal.press(key)
                terminal.see(words)
                while terminal.read(0.15):
                    pass
                assert not unseen(terminal), (theme, key)
                if terminal_kind == "a console" and key == "e":
                    assert "".join(terminal.lines).isascii(), theme
            terminal.press("\x1b")
            terminal.see("WHY IT FIRED")
            terminal.press("?")
            terminal.see("star, or take the star off")
            terminal.press("q")
            terminal.see("WHY IT FIRED")
            terminal.press("\x1b")
            terminal.until(lambda lines: not any("filter missile" in line for line in lines))
            wire = bytes(terminal.wire)[begun:]
            begun += len(wire)
            codes = {code for codes in re.findall(rb"\x1b\[([\d;]*)m", wire) for code in re.findall(_CODE, codes)}
            looks = {code for code in codes if code in {b"", b"0", b"1", b"2", b"4", b"7"}}
            assert all(colour and re.fullmatch(colour, code) for code in codes - looks), (theme, codes)
            assert {b"1", b"7"} <= looks, (theme, looks)
            assert bool(codes - looks) == bool(colour), (theme, codes)


_CODE = rb"(?:38|48);2;\d+;\d+;\d+|(?:38|48);5;\d+|\d+"


def unseen(terminal: Terminal) -> list[str]:
    """The letters that have the colour of their ground; drawn lines may have it."""
    cells = [terminal.screen.buffer[y][x] for y in range(terminal.screen.lines) for x in range(terminal.screen.columns)]
    return [cell.data for cell in cells if cell.data.strip() and cell.fg == cell.bg != "default"]


@pytest.mark.parametrize("variables", [{}, {"NO_COLOR": "1"}], ids=["colours", "none"])
def test_addresses_are_links_of_the_terminal(day: str, variables: dict[str, str]) -> None:
    """The entry's page can be opened by the terminal's own means, with colours and without."""
    with Terminal(Terminal.dashboard(day), (140, 50), environment=variables) as terminal:
        terminal.see("WHY IT FIRED")
        terminal.see("ENTRY")
        link = rb"\x1b\]8;id=[\d-]+;https://outlet\d+\.example/[!-~]*\x1b\\"
        terminal.until(lambda _: re.search(link, bytes(terminal.wire)) is not None)


def test_no_color_sends_no_colour(day: str) -> None:
    """With NO_COLOR the wire holds bold and reverse, and no colour."""
    with Terminal(Terminal.dashboard(day), environment={"NO_COLOR": "1"}) as terminal:
        terminal.see("WHY IT FIRED")
        codes = {code for codes in re.findall(rb"\x1b\[([\d;]*)m", bytes(terminal.wire)) for code in codes.split(b";")}
        assert codes <= {b"", b"0", b"1", b"4", b"7"}
        assert {b"1", b"7"} <= codes
