"""The import contracts notice what they are there to notice."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter over the checkout in a folder."""
    command = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [command, "--no-cache", "--config", folder / "pyproject.toml"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(folder), "PATH": ""},
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the package that a test may spoil."""
    shutil.copytree(ROOT / "digest", tmp_path / "digest", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_package_keeps_its_floors(checkout: Path) -> None:
    """As it stands, no module climbs."""
    result = lint_imports(checkout)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("module", "line", "named"),
    [
        ("match/climber.py", "import digest.store.schema", "digest.match.climber"),
        ("match/rules/climber.py", "import digest.match.matching.matcher", "digest.match.rules.climber"),
        ("feeds/climber.py", "import asyncio", "digest.feeds.climber"),
        ("tui/climber.py", "import digest.net", "digest.tui.climber"),
        ("stranger.py", "", "digest.stranger"),
    ],
)
def test_a_module_that_climbs_or_stands_nowhere_fails(checkout: Path, module: str, line: str, named: str) -> None:
    """A core module that reaches for an edge, a face that meets feeds, a module on no floor: each is named."""
    (checkout / "digest" / module).write_text(f'"""Out of place."""\n{line}\n')
    result = lint_imports(checkout)
    assert result.returncode != 0
    assert named in result.stdout
