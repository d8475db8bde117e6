"""Keeps the bot's token out of logs: the HTTP client below writes whole addresses, and the token is part of them."""

from __future__ import annotations

import logging
import re
from traceback import format_exception_only
from typing import Final

_TALKATIVE: Final = ("httpx", "httpcore")
_ROOTS: Final = (*_TALKATIVE, "telegram")
_MOST_LOGGED: Final = 2_000
"""Letters of a record: the client logs whole answers where all is logged."""


def scrub(text: str, token: str) -> str:
    """``text`` without the token, nor its secret half alone, in whatever case: the client changes that of refusals."""
    for secret in (token, token.partition(":")[2] or token):
        text = re.sub(re.escape(secret), "***", text, flags=re.IGNORECASE)
    return text


class _RedactToken(logging.Filter):
    """Rewrites records so that no handler ever sees the token, nor a traceback for what the far side did."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._token = token

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, scrubbed; of an exception its last line."""
        words = record.getMessage()
        if isinstance(record.exc_info, tuple) and record.exc_info[1] is not None:
            words += ": " + "".join(format_exception_only(record.exc_info[1])).strip()
        record.msg, record.args, record.exc_info = scrub(words, self._token)[:_MOST_LOGGED], (), None
        return True


def keep_secret(token: str) -> None:
    """Redact the loggers of the Telegram client and of the HTTP client below it; quieten that, unless told not to.

    A filter holds for its own logger only, not for those below, so every one of them gets it. Called once those
    libraries are imported; calling again with the same token changes nothing.
    """
    redact = _RedactToken(token)
    for name in (*_ROOTS, *logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        if name.partition(".")[0] in _ROOTS and not any(_same(known, redact) for known in logger.filters):
            logger.addFilter(redact)
    for name in _TALKATIVE:
        if logging.getLogger(name).level == logging.NOTSET:
            logging.getLogger(name).setLevel(logging.WARNING)


def _same(known: object, redact: _RedactToken) -> bool:
    return isinstance(known, _RedactToken) and known._token == redact._token  # noqa: SLF001 - its own class
