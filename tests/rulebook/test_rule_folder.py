"""The rules folder is read as it is: what is no rule file is told, or passed over, and keeps nobody waiting."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digest.rulebook.folder import MOST_BYTES, fingerprint, read_rule_folder, read_whole
from tests.rulebook.odd_files import SILENT, WARNINGS, A, odd_file, pipe

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the rule ``a``."""
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "a.toml").write_text(A)
    return folder


@pytest.mark.parametrize(("make", "name", "words"), WARNINGS)
def test_what_may_be_meant_as_a_rule_file_is_told(
    folder: Path, make: Callable[[Path], None], name: str, words: str
) -> None:
    """It is left alone, and keeps nobody waiting."""
    make(folder)
    found = read_rule_folder(folder)
    assert (found.texts, found.problems) == ({"a.toml": A}, ())
    [warning] = found.warnings
    assert (warning.path, warning.level) == (name, "warning")
    assert words in warning.message


@pytest.mark.parametrize("name", SILENT)
def test_what_editors_leave_behind_is_nobodys_concern(folder: Path, name: str) -> None:
    """Nor is what was given another name on purpose."""
    odd_file(name)(folder)
    found = read_rule_folder(folder)
    assert (list(found.texts), found.problems, found.warnings) == (["a.toml"], (), ())


def test_names_that_are_odd_and_right(folder: Path) -> None:
    """As long as a name can be, the same but for case or composition, with a space or a joiner: all are read."""
    names = ["A.toml", "\u00e9.toml", "e\u0301.toml", "x" * 250 + ".toml", "news today.toml", "خبر\u200cها.toml"]
    for name in names:
        odd_file(name)(folder)
    found = read_rule_folder(folder)
    assert (set(found.texts), found.problems) == ({"a.toml", *names}, ())


def test_a_pipe_that_takes_the_place_of_a_file_keeps_nobody_waiting(folder: Path) -> None:
    """Also where a file is read to be edited."""
    pipe(folder)
    with pytest.raises(OSError, match="named pipe"):
        read_whole(folder / "b.toml")


def test_a_file_without_end_is_not_read_to_its_end() -> None:
    """What the user names may be a pipe or a device; it is read up to the bound."""
    with pytest.raises(OSError, match=f"larger than {MOST_BYTES // 1_000_000} MB"):
        read_whole(Path("/dev/zero"), as_named=True)


@pytest.mark.parametrize("name", ["file", "pipe", "name\0", "x" * 300])
def test_a_folder_that_is_none(tmp_path: Path, name: str) -> None:
    """It is said what it is; nothing is opened, nothing is raised, and no file counts as gone."""
    (tmp_path / "file").write_text("")
    os.mkfifo(tmp_path / "pipe")
    found = read_rule_folder(tmp_path / name)
    assert (found.texts, found.lost, len(found.problems)) == ({}, frozenset({""}), 1)
    assert fingerprint(tmp_path / name) == ()
