"""The bot's token: read from an environment variable or a file, never shown; and what is odd about a model's key."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from digest.config.load import problem_at
from digest.config.model import find_key
from digest.config.secret_text import find_secret, is_open_to_all
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
    path = telegram.token_file
    key = "token_env" if path is None else "token_file"
    text, missing = find_secret(telegram.token_env, path, "token")
    if path is not None and missing.startswith("the "):
        raise ConfigError([problem_at(config, ("telegram", key), missing)])
    text = text.strip()
    if not text:
        return None
    where = f"in {path}" if path else f"in the environment variable {telegram.token_env}"
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
    if path is not None and is_open_to_all(path):
        message = f"every user of this machine can read the token: run chmod 600 {path}"
        found.append(problem_at(config, ("telegram", "token_file"), message, "warning"))
    return tuple(found)


def key_problems(config: Config) -> tuple[Problem, ...]:
    """What is doubtful about the key of the model, for ``digest check``."""
    spec = config.model
    if spec is None:
        return ()
    path = Path(spec.key_file) if spec.key_file else None
    _, missing = find_key(spec.key_env, path)
    if missing:
        message = f"the model is asked without a key: {missing}"
    elif path is not None and is_open_to_all(path):
        message = f"every user of this machine can read the key: run chmod 600 {path}"
    else:
        return ()
    return (problem_at(config, ("model", "key_file" if path else "key_env"), message, "warning"),)


def access_problems(config: Config) -> tuple[Problem, ...]:
    """What keeps feeds from being asked, for ``digest check``: a secret that is named and not there."""
    return tuple(
        problem_at(
            config, ("feed", number), f"this feed cannot be asked: {feed.access.problem}", "warning", value=False
        )
        for number, feed in enumerate(config.feeds)
        if feed.access.problem
    )
