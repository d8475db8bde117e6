"""``digest init`` and ``digest paths``."""

from __future__ import annotations

import os
import resource
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Desk


def test_a_new_user_is_set_up(empty_desk: Desk) -> None:
    """A config, starter rules with their manual, the next steps; all that is left is to say who is told of trouble."""
    done = empty_desk.run("init")
    assert done.code == 0
    assert (empty_desk.folder / "config.toml").is_file()
    assert list((empty_desk.folder / "rules").glob("*.toml"))
    assert (empty_desk.folder / "rules" / "README.md").is_file()
    assert "wrote config.toml" in done.out
    assert "digest watch" in done.out
    check = empty_desk.run("check")
    (line,) = check.err.splitlines()
    assert (check.code, "warning: nobody is told when a feed fails" in line) == (0, True)


def test_the_systems_time_zone_is_taken(empty_desk: Desk) -> None:
    """And said, with how it is known: the times that a user reads are never those of somebody else."""
    done = empty_desk.run("init", TZ="America/Argentina/Buenos_Aires")
    assert "wrote config.toml: its time zone is America/Argentina/Buenos_Aires, as TZ says\n" in done.out
    lines = (empty_desk.folder / "config.toml").read_text(encoding="utf-8").splitlines()
    assert next(line for line in lines if line.startswith("timezone")).startswith(
        'timezone = "America/Argentina/Buenos_Aires" # '
    )
    assert empty_desk.run("check").code == 0


def test_nothing_is_overwritten(empty_desk: Desk) -> None:
    """What was there stays as it was, and is named."""
    mine = empty_desk.write("desk/config.toml", "# mine\n")
    done = empty_desk.run("init", "desk")
    assert done.code == 0
    assert mine.read_text(encoding="utf-8") == "# mine\n"
    assert "kept  desk/config.toml" in done.out
    assert "cd desk" in done.out
    again = empty_desk.run("init", "desk")
    assert "wrote" not in again.out


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o777])
def test_only_the_owner_reads_the_config(empty_desk: Desk, umask: int) -> None:
    """It may come to hold a password, whatever files are made like here; rules are files like any other."""
    (empty_desk.folder / "rules").mkdir()
    before = os.umask(umask)
    try:
        done = empty_desk.run("init")
    finally:
        os.umask(before)
    assert done.code == 0
    assert (empty_desk.folder / "config.toml").stat().st_mode & 0o777 == 0o600
    assert {rule.stat().st_mode & 0o777 for rule in (empty_desk.folder / "rules").iterdir()} == {0o666 & ~umask}


def test_a_link_in_the_config_s_place_is_kept(empty_desk: Desk) -> None:
    """Also one that leads nowhere yet, and what it leads to keeps its mode."""
    elsewhere = empty_desk.write("elsewhere.toml", "# mine\n")
    elsewhere.chmod(0o644)
    for target in (elsewhere, empty_desk.folder / "absent.toml"):
        (empty_desk.folder / "config.toml").symlink_to(target)
        done = empty_desk.run("init")
        assert (done.code, "kept  config.toml" in done.out) == (0, True)
        (empty_desk.folder / "config.toml").unlink()
    assert (elsewhere.read_text(encoding="utf-8"), elsewhere.stat().st_mode & 0o777) == ("# mine\n", 0o644)
    assert not (empty_desk.folder / "absent.toml").exists()


def test_nothing_half_written_is_left(empty_desk: Desk) -> None:
    """A disk that fills up is said, and the next try begins at what is missing."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
        # A module that is imported now would be kept cut short, for whoever imports it next.
        done = empty_desk.run_process("init", PYTHONDONTWRITEBYTECODE="1")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert done.code == 1
    assert done.err.startswith("config.toml: ")
    assert list(empty_desk.folder.iterdir()) == []
    assert empty_desk.run("init").code == 0


def test_a_file_is_no_folder(empty_desk: Desk) -> None:
    """Said, with exit code 1."""
    empty_desk.write("desk", "")
    done = empty_desk.run("init", "desk")
    assert (done.code, done.err) == (1, "desk is a file: name a folder\n")


@pytest.mark.sqlite
def test_paths(desk: Desk) -> None:
    """Where everything is, as absolute paths, before anything has run."""
    [found] = desk.run("paths", "--json").lines
    folder = desk.folder.resolve()
    assert found == {
        "config": str(folder / "config.toml"),
        "rules": str(folder / "rules"),
        "state": str(folder / "state"),
        "database": str(folder / "state" / "digest.db"),
        "log": str(folder / "state" / "engine.log"),
    }
    assert str(folder / "rules") in desk.run("paths").out


def test_paths_show_no_password(desk: Desk) -> None:
    """A database's address may hold one."""
    desk.write("config.toml", 'database = "postgresql://me:hunter2@host/news"\n')
    for arguments in (["paths"], ["paths", "--json"]):
        done = desk.run(*arguments)
        assert "hunter2" not in done.out + done.err
        assert "postgresql://me:***@host/news" in done.out
