"""``[log]``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from digest.config import load_config
from digest.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("text", "expected"), [("", "text"), ('[log]\nformat = "json"', "json"), ("[log]", "text")])
def test_the_log_is_text_unless_it_is_said_otherwise(tmp_path: Path, text: str, expected: str) -> None:
    """Whoever says nothing reads sentences."""
    path = tmp_path / "config.toml"
    path.write_text(text)
    assert load_config(path).log.format == expected


def test_another_format_is_a_mistake_at_its_place(tmp_path: Path) -> None:
    """Which there are is said."""
    path = tmp_path / "config.toml"
    path.write_text('[log]\nformat = "xml"')
    with pytest.raises(ConfigError) as refused:
        load_config(path)
    (problem,) = refused.value.problems
    assert (problem.line, problem.column) == (2, 10)
    assert "text, json" in problem.message
