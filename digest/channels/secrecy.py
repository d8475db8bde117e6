"""Keeps the bot's token out of logs: the HTTP client below writes whole addresses, and the token is part of them."""

from __future__ import annotations

import logging
from typing import Final

_TALKATIVE: Final = ("httpx", "httpcore")
_ROOTS: Final = (*_TALKATIVE, "telegram")
_PLAIN: Final = logging.Formatter()


def scrub(text: str, token: str) -> str:
    """``text`` without the token, nor its secret half alone."""
    return text.replace(token, "***").replace(token.partition(":")[2] or token, "***")


class RedactToken(logging.Filter):
    """Rewrites records, tracebacks included, so that no handler ever sees the token."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._token = token

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, scrubbed."""
        record.msg, record.args = scrub(record.getMessage(), self._token), ()
        if record.exc_info:
            record.exc_text = scrub(_PLAIN.formatException(record.exc_info), self._token)
            record.exc_info = None
        return True


def keep_secret(token: str) -> None:
    """Redact the loggers of the Telegram client and of the HTTP client below it, and quieten the latter.

    A filter holds for its own logger only, not for those below, so every one of them gets it. Called once those
    libraries are imported; calling again with the same token changes nothing.
    """
    redact = RedactToken(token)
    for name in (*_ROOTS, *logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        if name.partition(".")[0] in _ROOTS and not any(_same(known, redact) for known in logger.filters):
            logger.addFilter(redact)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def _same(known: object, redact: RedactToken) -> bool:
    return isinstance(known, RedactToken) and known._token == redact._token  # noqa: SLF001 - its own class
