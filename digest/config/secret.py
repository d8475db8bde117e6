"""The bot's token: read from an environment variable or a file, and never shown."""

from __future__ import annotations

import os
import re
import stat
import sys
from typing import TYPE_CHECKING

from digest.config.load import problem_at
from digest.errors import ConfigError
from digest.values.settings import Telegram

if TYPE_CHECKING:
    from digest.config.values import Config
    from digest.errors import Problem


class Secret:
    """A text that no log, traceback or screen shows: only ``reveal`` gives it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        return "***"

    def __reduce__(self) -> str:
        message = "a secret is not pickled"
        raise TypeError(message)


def read_token(config: Config) -> Secret | None:
    """Read the bot's token; ``None`` where none is set.

    Raises:
        ConfigError: the token file cannot be read, or what was found cannot be a token.
    """
    telegram = config.telegram
    if telegram.token_file is not None:
        try:
            text = telegram.token_file.read_text(encoding="utf-8-sig").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is no text"
            message = f"the token file {telegram.token_file} cannot be read: {reason}"
            raise ConfigError([problem_at(config, ("telegram", "token_file"), message)]) from None
        key, where = "token_file", f"in {telegram.token_file}"
    else:
        text = os.environ.get(telegram.token_env, "").strip()
        key, where = "token_env", f"in the environment variable {telegram.token_env}"
    if not text:
        return None
    if re.fullmatch(r"\d+:[\w-]+", text, re.ASCII) is None:
        message = f"what stands {where} is no bot token: BotFather gives one like 123456789:AAE..."
        raise ConfigError([problem_at(config, ("telegram", key), message)])
    return Secret(text)


def token_problems(config: Config) -> tuple[Problem, ...]:
    """What is wrong or doubtful about the token, for ``digest check``."""
    try:
        token = read_token(config)
    except ConfigError as error:
        return error.problems
    found = []
    path = config.telegram.token_file
    if token is None and any(isinstance(channel.medium, Telegram) for channel in config.every_channel):
        source = f"{path} is empty" if path else f"the environment variable {config.telegram.token_env} is not set"
        message = f"there is no bot token ({source}): the Telegram channels are off, and nothing is kept for them"
        found.append(problem_at(config, ("telegram", "token_file" if path else "token_env"), message, "warning"))
    if path is not None and sys.platform != "win32" and path.stat().st_mode & stat.S_IROTH:
        message = f"every user of this machine can read the token: run chmod 600 {path}"
        found.append(problem_at(config, ("telegram", "token_file"), message, "warning"))
    return tuple(found)
