"""The engine's log: a rotating file in the state folder, plain lines on the terminal, and never a secret in either."""

from __future__ import annotations

import logging
import os
import re
import sys
import time
from functools import partial
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING

from digest.errors import EngineError
from digest.presence import LOG_NAME
from digest.text import without_controls, without_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence
    from io import TextIOWrapper
    from pathlib import Path

VARIABLE = "DIGEST_LOG"
"""``debug`` in the environment: all that the libraries below say, too."""
_LOG_BYTES = 1_000_000
_OLD_LOGS = 3
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@")

# httpx prints the token's URL at INFO; the scheduler tells of every job; migrations of what they do not do.
_TALKATIVE = {
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "apscheduler": logging.ERROR,
    "alembic": logging.WARNING,
}


def hide(secrets: Sequence[str]) -> None:
    """Let these be blotted out, too, from now on."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, _RedactingFormatter):
            handler.formatter.hide(secrets)


class _RedactingFormatter(logging.Formatter):
    """Formats a record, traceback included, and blots out every secret in the result.

    Args:
        layout: as ``logging.Formatter`` takes it; times are UTC.
        secrets: texts that must not appear, nor the secret half of a bot's token; what looks like one, or like a
            URL's login, is blotted out besides.
    """

    converter = staticmethod(time.gmtime)

    def __init__(self, layout: str, secrets: Sequence[str] = ()) -> None:
        super().__init__(layout, datefmt="%Y-%m-%dT%H:%M:%SZ")
        self._secrets: tuple[str, ...] = ()
        self.hide(secrets)

    def hide(self, secrets: Sequence[str]) -> None:
        """Blot these out, too."""
        halves = [secret.partition(":")[2] for secret in secrets if without_tokens(secret) != secret]
        self._secrets = tuple(dict.fromkeys((*self._secrets, *filter(None, (*secrets, *halves)))))

    def format(self, record: logging.LogRecord) -> str:
        """The line or lines of a record, without what a terminal would obey."""
        return redact(without_controls(super().format(record)), self._secrets)


def redact(text: str, secrets: Sequence[str] = ()) -> str:
    """A text without the given secrets, bot tokens, and logins inside URLs."""
    for secret in secrets:
        text = re.sub(re.escape(secret), "***", text, flags=re.IGNORECASE)
    return _CREDENTIALS.sub("***@", without_tokens(text))


def start_logging(state: Path, *, foreground: bool, secrets: Sequence[str] = ()) -> None:
    """Send the process's log to the state folder and, in the foreground, to standard error as plain sentences.

    Raises:
        EngineError: the log file cannot be written.
    """
    try:
        file = _Private(state / LOG_NAME, maxBytes=_LOG_BYTES, backupCount=_OLD_LOGS, encoding="utf-8")
    except OSError as error:
        raise EngineError(f"the log {state / LOG_NAME} cannot be written: {error.strerror}") from error
    file.setFormatter(_RedactingFormatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s", secrets))
    handlers: list[logging.Handler] = [file]
    if foreground:
        terminal = logging.StreamHandler(sys.stderr)
        terminal.setFormatter(_Plain("%(asctime)s  %(message)s", secrets))
        handlers.append(terminal)
    debug = os.environ.get(VARIABLE, "").lower() == "debug"
    logging.basicConfig(level=logging.DEBUG if debug else logging.INFO, handlers=handlers, force=True)
    logging.captureWarnings(capture=True)
    logging.raiseExceptions = False  # a full disk is told elsewhere, not by a traceback for every line
    for name, level in _TALKATIVE.items():
        logging.getLogger(name).setLevel(logging.DEBUG if debug else level)


class _Private(RotatingFileHandler):
    """A file for its owner alone: it names feeds, and whoever writes to the bot."""

    def _open(self) -> TextIOWrapper:
        opener = partial(os.open, mode=0o600)
        # Half a surrogate pair in what a library says must not cost the line.
        return open(self.baseFilename, "a", encoding=self.encoding, errors="backslashreplace", opener=opener)


class _Plain(_RedactingFormatter):
    """For the terminal: the sentence, without the traceback that the file keeps."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and a hint where the rest is."""
        bare = logging.makeLogRecord(record.__dict__ | {"exc_info": None, "exc_text": None, "stack_info": None})
        hint = f" (the details are in {LOG_NAME})" if record.exc_info else ""
        return super().format(bare) + hint
