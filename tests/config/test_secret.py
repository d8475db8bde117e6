"""The bot's token: where it comes from, and that it is never shown."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import pytest

from digest.config import Config, Secret, key_problems, load_config, read_token, token_problems
from digest.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "123456:AAE-made_up"
CHANNEL = '[[channel]]\nname = "desk"\ntelegram = "@some_desk"\n'


def config_of(folder: Path, text: str) -> Config:
    """A loaded config of this text."""
    path = folder / "config.toml"
    path.write_text(text)
    return load_config(path)


def test_a_secret_shows_itself_only_when_asked() -> None:
    """Neither print, format, repr nor pickle gives it away."""
    secret = Secret(TOKEN)
    assert secret.reveal() == TOKEN
    assert [str(secret), repr(secret), f"{secret}", f"{[secret]}"] == ["***", "***", "***", "[***]"]
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_the_variable_named_by_token_env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its value without the space around it; unset or empty is no token."""
    config = config_of(tmp_path, '[telegram]\ntoken_env = "MADE_UP"\n')
    monkeypatch.delenv("MADE_UP", raising=False)
    assert read_token(config) is None
    monkeypatch.setenv("MADE_UP", " ")
    assert read_token(config) is None
    monkeypatch.setenv("MADE_UP", f" {TOKEN}\n")
    token = read_token(config)
    assert token is not None
    assert token.reveal() == TOKEN


def test_the_file_named_by_token_file(tmp_path: Path) -> None:
    """Relative to the config; not readable is a problem at the key."""
    config = config_of(tmp_path, '[telegram]\ntoken_file = "token"\n')
    with pytest.raises(ConfigError, match=r"config\.toml:2:14: the token file .* cannot be read: No such file"):
        read_token(config)
    (tmp_path / "token").write_text(TOKEN + "\n")
    token = read_token(config)
    assert token is not None
    assert token.reveal() == TOKEN
    (tmp_path / "token").write_text("\ufeff" + TOKEN + "\r\n", encoding="utf-8")  # as some editors on Windows save it
    token = read_token(config)
    assert token is not None
    assert token.reveal() == TOKEN


def test_what_cannot_be_a_token_is_refused_unseen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mixed-up variable is said to be one, without its value."""
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "hunter2")
    with pytest.raises(ConfigError, match="no bot token") as caught:
        read_token(config_of(tmp_path, ""))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "mode", "words"),
    [
        ("", None, []),
        (CHANNEL, None, ["TELEGRAM_BOT_TOKEN is not set"]),
        (CHANNEL + '[telegram]\ntoken_file = "token"\n', 0o600, []),
        (CHANNEL + '[telegram]\ntoken_file = "token"\n', 0o644, ["chmod 600"]),
        (CHANNEL + '[telegram]\ntoken_file = "token"\n', None, ["cannot be read"]),
    ],
)
def test_what_check_says_of_the_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, mode: int | None, words: list[str]
) -> None:
    """Missing where it is needed, unreadable, or readable by everyone: each is said."""
    monkeypatch.delenv("TELEGRAM_BOT_TOKEN", raising=False)
    config = config_of(tmp_path, text)
    if mode is not None:
        (tmp_path / "token").write_text(TOKEN)
        (tmp_path / "token").chmod(mode)
    found = token_problems(config)
    assert len(found) == len(words)
    assert all(word in problem.message for word, problem in zip(words, found, strict=True))


@pytest.mark.parametrize(
    ("text", "mode", "words"),
    [
        ("", 0o600, []),
        ('key_env = "MODEL_KEY"\n', 0o600, ["MODEL_KEY is not set"]),
        ('key_file = "key"\n', 0o600, []),
        ('key_file = "key"\n', 0o644, ["chmod 600"]),
        ('key_file = "keys"\n', 0o600, ["cannot be read: No such file"]),
    ],
)
def test_what_check_says_of_the_key_of_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, mode: int, words: list[str]
) -> None:
    """A key that is named and not there is a warning: whoever only reads the store needs none."""
    monkeypatch.delenv("MODEL_KEY", raising=False)
    (tmp_path / "key").write_text("sk-1\n")
    (tmp_path / "key").chmod(mode)
    found = key_problems(config_of(tmp_path, f'[model]\nendpoint = "http://127.0.0.1:8080/v1"\n{text}'))
    assert [(problem.level, problem.line) for problem in found] == [("warning", 3)] * len(words)
    assert all(word in problem.message for word, problem in zip(words, found, strict=True))


def test_what_is_no_key_is_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A value that cannot stand in a header is told without being shown."""
    monkeypatch.setenv("MODEL_KEY", "sk\n-ü")
    config = config_of(tmp_path, '[model]\nendpoint = "http://127.0.0.1:8080/v1"\nkey_env = "MODEL_KEY"\n')
    assert config.model is not None
    assert config.model.key == ""
    (problem,) = key_problems(config)
    assert ("is no key" in problem.message, "-ü" in problem.message) == (True, False)
