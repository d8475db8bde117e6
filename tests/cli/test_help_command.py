"""``digest help``: topics, pages, commands, and what is none of them."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from digest.cli.help import topics
from digest.cli.main import digest

if TYPE_CHECKING:
    from click.testing import Result

    from tests.cli.conftest import Desk


def ask(*topic: str) -> Result:
    """``digest help TOPIC``, into a pipe."""
    return CliRunner().invoke(digest, ["help", *topic])


def test_the_topics_are_listed() -> None:
    """Each with a line of what it is about."""
    result = ask()
    assert result.exit_code == 0
    for topic, words in topics().items():
        assert any(line.split(maxsplit=1) == [topic, words] for line in result.output.splitlines())


@pytest.mark.parametrize("topic", topics())
def test_a_topic_shows_its_page(topic: str) -> None:
    """As plain text, the title first."""
    result = ask(topic)
    assert result.exit_code == 0
    assert "\x1b" not in result.output
    assert len(result.output.splitlines()) > 15


@pytest.mark.parametrize(
    ("words", "usage"),
    [(("alerts",), "digest alerts [OPTIONS]"), (("rules", "try"), "digest rules try [OPTIONS] QUERY_OR_FILE")],
)
def test_a_commands_name_shows_its_help(words: tuple[str, ...], usage: str) -> None:
    """Where no topic is called so; of a topic that is, the page says how to see it."""
    assert f"Usage: {usage}" in ask(*words).output
    assert "digest rules --help shows what the command of that name takes" in ask("rules").output


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("trouble-shooting", "did you mean “digest help troubleshooting”?"),
        ("alert", "did you mean “digest help alerts”?"),
        ("xyzzy", "digest help lists the topics"),
        ("rules nothing", "the manual has no page “rules nothing”"),
    ],
)
def test_an_unknown_topic_is_told(desk: Desk, words: str, hint: str) -> None:
    """On standard error, with exit code 1 and the nearest that there is."""
    done = desk.run("help", *words.split())
    assert (done.code, done.out) == (1, "")
    assert hint in done.err


@pytest.mark.parametrize(("variables", "styled"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
def test_in_a_terminal_a_page_is_paged_and_styled(desk: Desk, variables: dict[str, str], styled: bool) -> None:  # noqa: FBT001 - a case
    """Through the user's pager, with bold headings unless the user wants no colours."""
    pager = desk.write("bin/less", "#!/bin/sh\nsed s/^/paged:/\n")  # the one that is known to take colours
    pager.chmod(0o700)
    ours, theirs = pty.openpty()
    environment = desk.environment | {"TERM": "xterm", "PAGER": str(pager)} | variables
    with subprocess.Popen(
        [sys.executable, "-m", "digest", "help", "digests"],
        env=environment, stdin=theirs, stdout=theirs, stderr=theirs, cwd=desk.folder,
    ) as process:  # fmt: skip
        os.close(theirs)
        shown = _all_of(ours)
        assert process.wait(30) == 0
    assert ("\x1b[1" in shown) is styled
    assert ("paged:" in shown) is (variables.get("TERM") != "dumb")


def _all_of(terminal: int) -> str:
    """What is written to a terminal until nobody holds its other end."""
    shown = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # what Linux says at the end
            piece = b""
        if not piece:
            os.close(terminal)
            return shown.decode()
        shown += piece
