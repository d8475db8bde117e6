"""Starting an engine in the background, where it cannot start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from digest.engine.background import start_detached
from digest.errors import EngineError
from digest.presence import engine_running

if TYPE_CHECKING:
    from pathlib import Path


def test_a_config_that_is_wrong_is_the_reason(tmp_path: Path) -> None:
    """Whoever starts the engine is told, in the engine's own words, why it ended."""
    config = tmp_path / "config.toml"
    config.write_text("speed = 3\n")
    with pytest.raises(EngineError, match=r"config\.toml:1:1: .*speed"):
        start_detached(config, tmp_path / "state")
    assert engine_running(tmp_path / "state") is None


def test_a_database_that_is_none_is_the_reason(tmp_path: Path) -> None:
    """Nothing is overwritten, and nothing is left running."""
    config, state = tmp_path / "config.toml", tmp_path / "state"
    config.write_text('state = "state"\n')
    state.mkdir()
    (state / "digest.db").write_text("a letter to the editor, " * 50)
    with pytest.raises(EngineError, match=r"digest\.db"):
        start_detached(config, state)
    assert (state / "digest.db").read_text().startswith("a letter")
    assert engine_running(state) is None


def test_a_state_folder_that_cannot_be_is_the_reason(tmp_path: Path) -> None:
    """Nothing is started where nothing can be written."""
    (tmp_path / "file").write_text("")
    with pytest.raises(EngineError, match=r"the state folder .* cannot be used"):
        start_detached(tmp_path / "config.toml", tmp_path / "file")


def test_what_lies_in_the_current_folder_is_never_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of the user's that has a module's name takes nobody's place."""
    (tmp_path / "digest.py").write_text("raise SystemExit('not the package')\n")
    (tmp_path / "config.toml").write_text("speed = 3\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(EngineError, match="speed"):
        start_detached(tmp_path / "config.toml", tmp_path / "state")
