"""The log says what happened, and no secret."""

from __future__ import annotations

import contextlib
import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digest.engine.ground import logs
from digest.engine.ground.logs import redact, start_logging, write_as
from digest.errors import EngineError
from digest.logfile import LogReader
from digest.presence import LOG_NAME
from digest.store.events import LOGGER
from digest.values.events import EventKind, event

if TYPE_CHECKING:
    from collections.abc import Iterator

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


BOTH = pytest.mark.parametrize("form", ["text", "json"])
HOSTILE = '\x1b[31mred\x1b[0m\n2026-01-01T00:00:00Z INFO    x: forged\tkind=alert entry=666\n{"kind": "alert"}\u2028\r'


@BOTH
def test_an_event_comes_back_as_it_was_logged(tmp_path: Path, form: str) -> None:
    """Its sentence and its fields, whichever way the file is written; what is no event has none."""
    start_logging(tmp_path, foreground=False, form=form)
    log = logging.getLogger("digest.test")
    log.warning("%s: too late", "Wire", extra=event(EventKind.DELIVERY_DEAD, delivery=4, reason='given up: "no"'))
    log.info("nothing was decided")
    with LogReader(tmp_path / LOG_NAME) as reader:
        first, second = reader.read()
    assert (first.message, first.level, first.logger) == ("Wire: too late", "WARNING", "digest.test")
    assert dict(first.fields) == {"kind": "delivery.dead", "delivery": 4, "reason": 'given up: "no"'}
    assert first.at is not None
    assert (second.message, second.kind) == ("nothing was decided", "")


@BOTH
def test_strangers_words_forge_no_event(tmp_path: Path, form: str) -> None:
    """In sentences, fields and tracebacks: neither line breaks nor tabs nor braces make one, and no control is left."""
    start_logging(tmp_path, foreground=False, form=form)
    log = logging.getLogger("digest.test")
    log.info("%s", HOSTILE, extra=event(EventKind.ALERT, entry=1, reason=HOSTILE))
    log.info("%s", HOSTILE)
    try:
        int(HOSTILE)
    except ValueError:
        log.exception("it failed")
    written = (tmp_path / LOG_NAME).read_text()
    with LogReader(tmp_path / LOG_NAME) as reader:
        (only,) = [record for record in reader.read() if record.kind]
    assert only.fields["entry"] == 1
    assert "\n" not in str(only.fields["reason"])
    assert "\x1b" not in written
    assert "\\u001b" not in written
    assert "ValueError" in written


@BOTH
@pytest.mark.parametrize("secret", ["sesame", 'se"sa\\me', "sésame wort", TOKEN])
def test_no_secret_stands_in_an_event(tmp_path: Path, form: str, secret: str) -> None:
    """Nor in its traceback; also such as JSON writes otherwise than they are."""
    start_logging(tmp_path, foreground=False, secrets=[secret], form=form)
    try:
        Path(f"/{secret}/{secret}").read_bytes()
    except OSError:
        logging.getLogger("digest.test").exception("with %s", secret)
    extra = event(EventKind.FEED_FAILING, feed=1, reason=f"{secret} at https://ann:pass@example.org/")
    logging.getLogger("digest.test").info("%s was refused", secret, extra=extra)
    with LogReader(tmp_path / LOG_NAME) as reader:
        told = [(*map(str, (record.message, record.traceback)), *record.fields.values()) for record in reader.read()]
    assert not [each for some in told for each in some if secret in str(each) or "ann:pass" in str(each)]
    assert "*** at https://***@example.org/" in told[-1]


def test_as_json_every_line_is_an_object(tmp_path: Path) -> None:
    """Tracebacks, too; the keys stand in the manual."""
    start_logging(tmp_path, foreground=False, form="json")
    try:
        int("what\nis this")
    except ValueError:
        logging.getLogger("digest.test").exception("it failed")
    (line,) = (tmp_path / LOG_NAME).read_text().splitlines()
    told = json.loads(line)
    assert list(told) == ["time", "level", "logger", "message", "exception"]
    assert told["exception"].startswith("Traceback")


def test_the_format_changes_under_way(tmp_path: Path) -> None:
    """What stood there before is still read, and what was hidden stays so."""
    start_logging(tmp_path, foreground=False, secrets=["sesame"])
    log = logging.getLogger("digest.test")
    for number, form in enumerate(("text", "json", "json", "text")):
        write_as(form)
        log.info("sesame", extra=event(EventKind.ALERT, entry=number))
    with LogReader(tmp_path / LOG_NAME) as reader:
        told = [(record.message, record.fields["entry"]) for record in reader.read()]
    assert told == [("***", number) for number in range(4)]
    assert [line[0] for line in (tmp_path / LOG_NAME).read_text().splitlines()] == ["2", "{", "{", "2"]


@BOTH
def test_a_reader_that_follows_misses_nothing_of_a_log_that_is_rotated(tmp_path: Path, form: str) -> None:
    """However rarely it looks, as long as the files are there; older ones go, so the log stays bounded."""
    start_logging(tmp_path, foreground=False, form=form)
    log, seen = logging.getLogger("digest.test"), []
    with LogReader(tmp_path / LOG_NAME) as reader:
        for number in range(700):
            log.info("%s", "x" * 10_000, extra=event(EventKind.ALERT, entry=number))
            if number % 150 == 0:
                seen += [record.fields["entry"] for record in reader.read()]
        seen += [record.fields["entry"] for record in reader.read()]
    assert seen == list(range(700))
    assert len(list(tmp_path.iterdir())) == 4
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 4_100_000


def test_as_json_a_full_disk_stays_silent_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The engine goes on."""
    (tmp_path / LOG_NAME).symlink_to("/dev/full")
    start_logging(tmp_path, foreground=True, form="json")
    logging.getLogger("digest.test").info("one line", extra=event(EventKind.ALERT, entry=1))
    assert capsys.readouterr().err.rstrip().endswith("one line")


def test_the_terminal_is_not_told_of_every_entry(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What becomes of each is in the file; of an event that it shows there is the sentence alone."""
    start_logging(tmp_path, foreground=True)
    logging.getLogger(LOGGER).info("an entry", extra=event(EventKind.SUPPRESSED, entry=1))
    logging.getLogger("digest.test").info("a feed", extra=event(EventKind.FEED_RECOVERED, feed=1))
    printed = capsys.readouterr().err
    assert "an entry" not in printed
    assert printed.endswith("a feed\n")


def test_an_engine_that_writes_text_does_not_load_structlog() -> None:
    """It costs memory and time, and only JSON has a use for it."""
    program = """if True:
        import pathlib, sys, tempfile
        from digest.engine.ground.logs import start_logging, write_as
        start_logging(pathlib.Path(tempfile.mkdtemp()), foreground=False)
        assert "structlog" not in sys.modules
        write_as("json")
        assert "structlog" in sys.modules
    """
    subprocess.run([sys.executable, "-c", program], check=True)
