"""Rule files that are edited for the user: nothing that somebody else saves is written over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from digest.errors import UsageError
from digest.rulebook.writing import one_writer, write_whole

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("linked", [False, True])
def test_a_read_only_file_is_not_replaced(tmp_path: Path, linked: bool) -> None:  # noqa: FBT001 - drawn from a table
    """Its folder would allow it, and root may write to anything; the file stays, and what to do is said."""
    path = real = tmp_path / "korea.toml"
    if linked:
        real = tmp_path / "real.toml"
        path.symlink_to(real)
    real.write_text("theirs")
    real.chmod(0o444)
    with pytest.raises(UsageError, match=r"korea\.toml is read-only: let Digest write to it first \(chmod u\+w"):
        write_whole(path, "ours", was=b"theirs")
    assert (real.read_text(), real.stat().st_mode & 0o777) == ("theirs", 0o444)
    assert set(tmp_path.iterdir()) == {path, real}
    real.chmod(0o640)
    write_whole(path, "ours", was=b"theirs")
    assert (real.read_text(), real.stat().st_mode & 0o777) == ("ours", 0o640)


def test_a_save_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    """What was made of an older text is let go, with nothing left beside the file; else the file is replaced."""
    path = tmp_path / "korea.toml"
    path.write_text("theirs")
    with pytest.raises(UsageError, match=r"korea\.toml was saved by somebody else just now: try again"):
        write_whole(path, "ours, made of what it was", was=b"before")
    assert [each.name for each in tmp_path.iterdir()] == ["korea.toml"]
    assert path.read_text() == "theirs"
    write_whole(path, "ours", was=b"theirs")
    assert path.read_text() == "ours"


def test_a_folder_is_not_replaced(tmp_path: Path) -> None:
    """It is said in words, and nothing is left beside it."""
    (tmp_path / "a.toml").mkdir()
    with pytest.raises(UsageError, match=r"a\.toml is a folder there"):
        write_whole(tmp_path / "a.toml", "ours")
    assert [path.name for path in tmp_path.iterdir()] == ["a.toml"]


def test_what_is_new_is_not_written_over_what_came_meanwhile(tmp_path: Path) -> None:
    """A file that was not there when its text was made, and is now."""
    path = tmp_path / "korea.toml"
    write_whole(path, "ours", was=b"")
    with pytest.raises(UsageError, match="saved by somebody else just now"):
        write_whole(path, "ours, again", was=b"")
    assert path.read_text() == "ours"


def test_one_writer_waits_for_the_other_and_not_for_ever(tmp_path: Path) -> None:
    """Within a process as between two; whoever has finished, or died, is in nobody's way."""
    refused = pytest.raises(UsageError, match="another process is writing into")
    with one_writer(tmp_path), refused, one_writer(tmp_path, patience=0.05):
        pytest.fail("two at once")
    with one_writer(tmp_path, patience=0.05):
        pass
    assert list(tmp_path.iterdir()) == []
