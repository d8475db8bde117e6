"""The config file: found, read, checked as a whole, and handed on as frozen values.

``load_config`` reports every problem of a file at once, each with its line, its column and what to write instead.
"""

from digest.config.load import (
    EXAMPLE_NAME,
    config_problems,
    find_config,
    load_config,
    problem_at,
    read_config_file,
    read_despite,
    starter_files,
    state_folder,
)
from digest.config.secret import Secret, access_problems, key_problems, read_token, token_problems
from digest.config.values import Config, KeepConfig, LogConfig, NoticesConfig, PollConfig, TelegramConfig
from digest.values.settings import unknown_channel

__all__ = [
    "EXAMPLE_NAME",
    "Config",
    "KeepConfig",
    "LogConfig",
    "NoticesConfig",
    "PollConfig",
    "Secret",
    "TelegramConfig",
    "access_problems",
    "config_problems",
    "find_config",
    "key_problems",
    "load_config",
    "problem_at",
    "read_config_file",
    "read_despite",
    "read_token",
    "starter_files",
    "state_folder",
    "token_problems",
    "unknown_channel",
]
