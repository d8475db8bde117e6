"""The engine's log: a rotating file in the state folder, plain lines on the terminal, and never a secret in either.

The file is text or JSON (``[log] format``); how its lines read, and why the fields of events stand where they do, says
``digest.logfile``. Whoever logs uses ``logging``; of structlog there is what makes JSON of its records, and an engine
that writes text does not load it. Only where every thread stands as the engine hangs (``ground.watchdog``) is written
as plain lines in either format: whoever writes that can rely on nothing.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import time
from functools import lru_cache, partial
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from digest.errors import EngineError
from digest.logfile import APART, OLD_FILES, TIME, fields_as_text
from digest.presence import LOG_NAME
from digest.shapes import json_line
from digest.store.events import LOGGER
from digest.text import clean_line, without_controls, without_tokens
from digest.values.events import KIND, NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping, Sequence
    from io import TextIOWrapper

VARIABLE = "DIGEST_LOG"
"""``debug`` in the environment: all that the libraries below say, too."""
_LOG_BYTES = 1_000_000
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
        super().__init__(layout, datefmt=TIME)
        self.secrets: tuple[str, ...] = ()
        self.hide(secrets)

    def hide(self, secrets: Sequence[str]) -> None:
        """Blot these out, too."""
        halves = [secret.partition(":")[2] for secret in secrets if without_tokens(secret) != secret]
        self.secrets = tuple(dict.fromkeys((*self.secrets, *filter(None, (*secrets, *halves)))))

    def format(self, record: logging.LogRecord) -> str:
        """The line or lines of a record, without what a terminal would obey."""
        return self._clean(super().format(record))

    def _clean(self, text: str) -> str:
        return redact(without_controls(text), self.secrets)

    def _field(self, value: object) -> object:
        """What a field says, as one clean line."""
        return clean_line(self._clean(value)) if isinstance(value, str) else value


class _Text(_RedactingFormatter):
    """For the file: the sentence, behind it what an event says besides, and tracebacks below."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s", secrets)

    def format(self, record: logging.LogRecord) -> str:
        """One line for an event; the fields as ``logfile.parse_line`` takes them, and in nothing else what it would."""
        text = super().format(record).replace(APART, " ").replace("\n{", "\n {")
        if not hasattr(record, KIND):
            return text
        fields = {name: self._field(getattr(record, name)) for name in NAMES if hasattr(record, name)}
        return f"{' '.join(text.splitlines())}{APART}{fields_as_text(fields)}"


class _Json(_RedactingFormatter):
    """For the file: each record is one JSON object, a traceback among its fields."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        from structlog import processors, stdlib

        super().__init__("%(message)s", secrets)
        self._made = stdlib.ProcessorFormatter(
            processors=[
                _who_and_when,
                processors.EventRenamer("message"),
                stdlib.ExtraAdder(NAMES),
                processors.format_exc_info,
                stdlib.ProcessorFormatter.remove_processors_meta,
                self._cleaned,
                processors.JSONRenderer(lambda told, **_: json_line(told)),
            ]
        )

    def format(self, record: logging.LogRecord) -> str:
        """One line; secrets go before it is JSON, which may write their letters otherwise."""
        return self._made.format(record)

    def _cleaned(self, _logger: object, _method: str, told: MutableMapping[str, Any]) -> Mapping[str, Any]:
        whole = {name: self._clean(value) for name, value in told.items() if name in _MANY_LINES}
        return {name: self._field(value) for name, value in told.items()} | whole


_MANY_LINES: Final = ("message", "exception")
_FORMATS: Final[Mapping[str, Callable[[Sequence[str]], _RedactingFormatter]]] = {"text": _Text, "json": _Json}


def _who_and_when(_logger: object, _method: str, told: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """What stands in front, as in the text."""
    record: logging.LogRecord = told["_record"]
    time_ = time.strftime(TIME, time.gmtime(record.created))
    return {"time": time_, "level": record.levelname, "logger": record.name, **told}


def redact(text: str, secrets: Sequence[str] = ()) -> str:
    """A text without the given secrets, bot tokens, and logins inside URLs."""
    if secrets:
        text = _any_of(tuple(secrets)).sub("***", text)
    return _CREDENTIALS.sub("***@", without_tokens(text))


@lru_cache(maxsize=4)
def _any_of(secrets: tuple[str, ...]) -> re.Pattern[str]:
    """What finds any of them in any case; of two that begin alike the longer one, lest its end be left."""
    return re.compile("|".join(map(re.escape, sorted(secrets, key=len, reverse=True))), re.IGNORECASE)


def write_as(form: str) -> None:
    """Write the file in this format from now on, ``text`` or ``json``; what stands in it stays as it is."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, _Private):
            handler.write_as(form)


def start_logging(
    state: Path, *, foreground: bool, secrets: Sequence[str] = (), form: str = "text", name: str = LOG_NAME
) -> None:
    """Send the process's log to the state folder and, in the foreground, to standard error as plain sentences.

    Args:
        state: the folder.
        foreground: to standard error, too.
        secrets: must appear in neither.
        form: of the file, as `write_as` has it.
        name: of the file.

    Raises:
        EngineError: the log file cannot be written.
    """
    try:
        file = _Private(state / name, maxBytes=_LOG_BYTES, backupCount=OLD_FILES, encoding="utf-8")
    except OSError as error:
        raise EngineError(f"the log {state / name} cannot be written: {error.strerror}") from error
    file.setFormatter(_Text(secrets))
    file.write_as(form)
    handlers: list[logging.Handler] = [file]
    if foreground:
        terminal = logging.StreamHandler(sys.stderr)
        terminal.setFormatter(_Plain("%(asctime)s  %(message)s", secrets))
        terminal.addFilter(lambda record: record.name != LOGGER)  # who wants every entry's fate: digest events
        handlers.append(terminal)
    debug = os.environ.get(VARIABLE, "").lower() == "debug"
    logging.basicConfig(level=logging.DEBUG if debug else logging.INFO, handlers=handlers, force=True)
    logging.captureWarnings(capture=True)
    logging.raiseExceptions = False  # a full disk is told elsewhere, not by a traceback for every line
    for library, level in _TALKATIVE.items():
        logging.getLogger(library).setLevel(logging.DEBUG if debug else level)


class _Private(RotatingFileHandler):
    """A file for its owner alone: it names feeds, and whoever writes to the bot."""

    def _open(self) -> TextIOWrapper:
        opener = partial(os.open, mode=0o600)
        # Half a surrogate pair in what a library says must not cost the line.
        return open(self.baseFilename, "a", encoding=self.encoding, errors="backslashreplace", opener=opener)

    def write_as(self, form: str) -> None:
        """As the function of this name; what is hidden stays so."""
        if isinstance(self.formatter, _RedactingFormatter) and type(self.formatter) is not _FORMATS[form]:
            self.setFormatter(_FORMATS[form](self.formatter.secrets))

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802 - as ``logging`` calls it
        """Once it is as large; the record is not formatted for that, as it would be otherwise, a second time."""
        del record
        path = Path(self.baseFilename)
        if self.stream is None or (path.exists() and not path.is_file()):  # a device: there is nothing to put aside
            return False
        self.stream.seek(0, os.SEEK_END)
        return self.stream.tell() >= self.maxBytes


class _Plain(_RedactingFormatter):
    """For the terminal: the sentence, without the traceback that the file keeps."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and a hint where the rest is."""
        bare = logging.makeLogRecord(record.__dict__ | {"exc_info": None, "exc_text": None, "stack_info": None})
        hint = f" (the details are in {LOG_NAME})" if record.exc_info else ""
        return super().format(bare) + hint
