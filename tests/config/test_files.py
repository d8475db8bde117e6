"""Which config is found, and where the starter files lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from digest.config import find_config, starter_files
from digest.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in, with a home beside it."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("DIGEST_CONFIG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    return folder


def test_the_first_found_is_used(here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one named, then the environment's, then the folder's, then the user's."""
    users = tmp_path / "home" / "digest" / "config.toml"
    users.parent.mkdir(parents=True)
    users.touch()
    assert find_config() == users
    (here / "config.toml").touch()
    assert str(find_config()) == "config.toml"
    (tmp_path / "env.toml").touch()
    monkeypatch.setenv("DIGEST_CONFIG", str(tmp_path / "env.toml"))
    assert find_config() == tmp_path / "env.toml"
    (here / "mine.toml").touch()
    assert str(find_config("mine.toml")) == "mine.toml"


def test_in_a_checkout_the_example_serves(here: Path, tmp_path: Path) -> None:
    """Only where both files of a checkout stand, only while there is no config.toml, and before the user's own."""
    (here / "config.example.toml").touch()
    with pytest.raises(ConfigError):
        find_config()
    (here / "pyproject.toml").touch()
    users = tmp_path / "home" / "digest" / "config.toml"
    users.parent.mkdir(parents=True)
    users.touch()
    assert str(find_config()) == "config.example.toml"
    (here / "config.toml").touch()
    assert str(find_config()) == "config.toml"


def test_a_folder_stands_for_the_config_in_it(here: Path) -> None:
    """``--config desk`` after ``digest init desk``."""
    (here / "desk").mkdir()
    (here / "desk" / "config.toml").touch()
    assert find_config("desk").as_posix() == "desk/config.toml"


@pytest.mark.parametrize(
    ("explicit", "variable", "words"),
    [
        ("gone.toml", "", "gone.toml:1:1: there is no such file"),
        (None, "gone.toml", "DIGEST_CONFIG names it"),
        (None, "", "digest init"),
    ],
)
@pytest.mark.usefixtures("here")
def test_none_found(monkeypatch: pytest.MonkeyPatch, explicit: str | None, variable: str, words: str) -> None:
    """What was named and is not there is not replaced by another; the message says what to do."""
    monkeypatch.setenv("DIGEST_CONFIG", variable)
    with pytest.raises(ConfigError, match=words):
        find_config(explicit)


def test_the_starter_files_are_there() -> None:
    """An example config and rule files, in a checkout as in an installed package."""
    starter = starter_files()
    assert starter.config.name == "config.example.toml"
    assert starter.rules.name == "rules"
