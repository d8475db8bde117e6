"""The log says what happened, and no secret."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING

import pytest

from digest.engine.ground import logs
from digest.engine.ground.logs import redact, start_logging
from digest.errors import EngineError
from digest.presence import LOG_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN = "123456789:AAEabcdefghijklmnopqrstuvwxyz012345"


@pytest.fixture(autouse=True)
def _leave_logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    for handler in root.handlers:
        if handler not in handlers:
            with contextlib.suppress(OSError):  # a disk that is full
                handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    logging.raiseExceptions = True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"POST https://api.telegram.org/bot{TOKEN}/sendMessage", "POST https://api.telegram.org/bot***/sendMessage"),
        ("GET https://user:sesame@example.org/feed?a=b@c", "GET https://***@example.org/feed?a=b@c"),
        ("ntfy://token@example.org", "ntfy://***@example.org"),
        ("the password is hunter2", "the password is ***"),
        ("mail me@example.org at 12:30", "mail me@example.org at 12:30"),
    ],
)
def test_secrets_are_blotted_out(text: str, expected: str) -> None:
    """Tokens and logins by their shape, others by name; the rest stays."""
    assert redact(text, ["hunter2"]) == expected


def test_a_secret_is_in_no_line_and_no_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An exception that carries the token is logged without it; the terminal gets the sentence alone."""
    start_logging(tmp_path, foreground=True, secrets=[TOKEN])
    try:
        int(f"/bot{TOKEN}/getMe")
    except ValueError:
        logging.getLogger("digest.test").exception("sending with %s failed", TOKEN)
    terminal, file = capsys.readouterr().err, (tmp_path / LOG_NAME).read_text()
    assert TOKEN not in terminal + file
    assert terminal.rstrip().endswith("sending with *** failed (the details are in engine.log)")
    assert "Traceback" not in terminal
    assert "ValueError: invalid literal for int() with base 10: '/bot***/getMe'" in file


def test_no_line_is_lost_to_what_a_library_quotes(tmp_path: Path) -> None:
    """Half a surrogate pair, as in a header that is no UTF-8, is written out as what it is."""
    start_logging(tmp_path, foreground=False)
    logging.getLogger("aiohttp.client").warning("a cookie named %s cannot be read", "\udcff")
    assert "a cookie named \\udcff cannot be read" in (tmp_path / LOG_NAME).read_text()


def test_an_engine_in_the_background_writes_to_its_file_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody reads its terminal."""
    start_logging(tmp_path, foreground=False)
    logging.getLogger("digest.test").info("12 rules are live")
    logging.getLogger("httpx").info("HTTP Request: POST /bot")
    assert capsys.readouterr().err == ""
    assert "12 rules are live" in (tmp_path / LOG_NAME).read_text()
    assert "HTTP Request" not in (tmp_path / LOG_NAME).read_text()


def test_a_terminal_obeys_no_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever reads the log may do so in a terminal."""
    start_logging(tmp_path, foreground=True)
    logging.getLogger("digest.test").warning("a \x1b[2J\x1b]0;title\x07b")
    assert capsys.readouterr().err.endswith("  a b\n")
    assert (tmp_path / LOG_NAME).read_text().endswith(": a b\n")


def test_only_the_owner_reads_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names feeds, and whoever writes to the bot; also the files that are begun later."""
    monkeypatch.setattr(logs, "_LOG_BYTES", 200)
    start_logging(tmp_path, foreground=False)
    for number in range(5):
        logging.getLogger("digest.test").info("%d rules are live", number)
    assert len(list(tmp_path.iterdir())) > 1
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}


def test_a_log_that_cannot_be_written_is_told_in_words(tmp_path: Path) -> None:
    """Here a folder stands in the way."""
    (tmp_path / LOG_NAME).mkdir()
    with pytest.raises(EngineError, match=r"engine\.log cannot be written"):
        start_logging(tmp_path, foreground=False)


def test_a_log_whose_disk_is_full_stays_silent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No traceback for every line: what matters is told by the store, in words."""
    (tmp_path / LOG_NAME).symlink_to("/dev/full")
    start_logging(tmp_path, foreground=True)
    logging.getLogger("digest.test").info("one line")
    printed = capsys.readouterr().err
    assert "one line" in printed
    assert "Traceback" not in printed


def test_a_secret_that_comes_later_is_hidden_from_then_on(tmp_path: Path) -> None:
    """As an address that an edit of the config brings, beside those of the start."""
    start_logging(tmp_path, foreground=False, secrets=["sesame"])
    logs.hide(["hunter2"])
    logging.getLogger("digest.test").warning("sesame and hunter2")
    assert (tmp_path / LOG_NAME).read_text().endswith("*** and ***\n")
