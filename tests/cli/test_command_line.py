"""The command as a whole: help for everything, exit codes, no traceback, no import that is not needed."""

from __future__ import annotations

import signal
import subprocess
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from digest.cli.main import digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Desk


def every_command(
    command: click.Command = digest, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Each command and group with the words that call it."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from every_command(inner, (*path, name))


COMMANDS = list(every_command())
LEAVES = [(path, command) for path, command in COMMANDS if not isinstance(command, click.Group)]


def words(value: object) -> str:
    """The name of a case: the words of the command."""
    return " ".join(value) if isinstance(value, tuple) else ""


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=words)
def test_every_command_and_option_is_explained(path: tuple[str, ...], command: click.Command) -> None:
    """Help for each command, one line for the list, and words for each option."""
    assert command.help
    assert command.get_short_help_str(limit=100).rstrip(".") != ""
    assert not command.get_short_help_str(limit=100).endswith("...")
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
    result = CliRunner().invoke(digest, [*path, "--help"])
    assert result.exit_code == 0
    assert "Usage: " in result.output


@pytest.mark.parametrize(("path", "command"), LEAVES, ids=words)
def test_every_command_shows_examples(path: tuple[str, ...], command: click.Command) -> None:
    """At least one line to copy, which calls this very command."""
    assert command.epilog
    assert f"digest {' '.join(path)}" in command.epilog


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=words)
def test_every_command_takes_a_config(path: tuple[str, ...], command: click.Command) -> None:
    """After the command as well as before it."""
    if path != ("demo",):
        assert "--config" in [option for parameter in command.params for option in parameter.opts]


@pytest.mark.parametrize(
    "path",
    [
        "check",
        "status",
        "paths",
        "match",
        "alerts",
        "compose",
        "feeds list",
        "rules list",
        "rules test",
        "outbox list",
        "telegram chats",
        "db info",
    ],
)
def test_every_reading_command_speaks_json(path: str) -> None:
    """``--json`` is there for whoever reads with a program."""
    command = dict(COMMANDS)[tuple(path.split())]
    assert "--json" in [option for parameter in command.params for option in parameter.opts]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["chekc"], "Did you mean “check”?"),
        (["feeds", "lsit"], "Did you mean “list”?"),
        (["xyzzy"], "Commands: init, check"),
        (["check", "--onlin"], "--online"),
        (["alerts", "--since", "yesterday"], "write 24h, 7d, 2026-11-22"),
        (["telegram", "test"], "CHANNEL"),
        (["outbox", "retry", "x"], "x"),
    ],
)
def test_wrong_usage_exits_2(desk: Desk, arguments: list[str], said: str) -> None:
    """With what would be right, on standard error."""
    done = desk.run(*arguments)
    assert done.code == 2
    assert done.out == ""
    assert said in done.err


@pytest.mark.parametrize("arguments", [["status"], ["feeds", "list"], ["alerts", "--json"], ["paths"], ["match"]])
def test_an_unreadable_config_exits_2(desk: Desk, arguments: list[str]) -> None:
    """Every problem of it, at its place; nothing on standard output."""
    desk.write("config.toml", 'timezon = "UTC"\n[poll]\nevery = 10m\n')
    done = desk.run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err == 'config.toml:3:9: put text in quotes: "10m"\n'


def test_the_config_may_be_named_before_and_after_the_command(desk: Desk) -> None:
    """Given twice, the last one counts."""
    desk.write("other.toml", '[[feed]]\nurl = "https://other.example/feed"\n')
    for arguments in (
        ["--config", "other.toml", "feeds", "list", "--json"],
        ["feeds", "--config", "other.toml", "list", "--json"],
        ["feeds", "list", "--json", "--config", "other.toml"],
        ["--config", "config.toml", "feeds", "list", "--json", "--config", "other.toml"],
    ):
        assert [feed["url"] for feed in desk.run(*arguments).lines] == ["https://other.example/feed"]
    assert desk.run("feeds", "list", "--config", "gone.toml").code == 2


def test_colours_only_where_they_are_wanted(desk: Desk) -> None:
    """Not into a pipe, and never with NO_COLOR."""
    assert "\x1b" not in desk.run("feeds", "list").out
    result = CliRunner().invoke(digest, ["--config", str(desk.folder), "feeds", "list"], color=True)
    assert "\x1b[" in result.output
    quiet = CliRunner(env={"NO_COLOR": "1"}).invoke(digest, ["--config", str(desk.folder), "feeds", "list"], color=True)
    assert "\x1b" not in quiet.output


def test_an_interrupt_ends_quietly(empty_desk: Desk) -> None:
    """Ctrl-C is exit code 130, without a traceback."""
    with subprocess.Popen(
        empty_desk.command("match", "--query", "snow"),
        cwd=empty_desk.folder,
        env=empty_desk.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(b'{"id": 1, "title": "snow"}\n')
        process.stdin.flush()
        process.stdout.readline()  # it is at work, waiting for the next line
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert process.stderr.read().strip() == b""


def test_what_the_system_refuses_is_one_sentence(desk: Desk) -> None:
    """A folder that cannot be written to is told like any other failure."""
    desk.write("file", "")
    done = desk.run("init", "file/new")
    assert done.code == 1
    assert "file" in done.err
    assert len(done.err.splitlines()) == 1


def test_the_version(empty_desk: Desk) -> None:
    """One line, for bug reports."""
    assert empty_desk.run_process("--version").out.startswith("digest 0.")
