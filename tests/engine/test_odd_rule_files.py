"""What lies in a rules folder and is no rule file, and what Digest itself fails on: told, and the rest goes on."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from digest.engine.rule_folder import MOST_BYTES, fingerprint, read_rule_folder, read_whole
from digest.engine.rules import LiveRules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from digest.engine.ground.threads import StoreThread
    from digest.store import Store

A, B, C = (f'[[rule]]\nid = "{name}"\nany = ["{name}"]\n' for name in "abc")
DEEP = '[[rule]]\nid = "deep"\nquery = "' + "(" * 95 + "a AND b" + ")" * 95 + '"\n'
"""Right, and too deep for a Python that allows few calls within one another."""
PLAIN_DEPTH = 400


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the rule ``a``."""
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "a.toml").write_text(A)
    return folder


@contextmanager
def few_calls() -> Iterator[None]:
    """Python gives up early on calls within calls, so that our own code fails where it otherwise would not."""
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(PLAIN_DEPTH)
    try:
        yield
    finally:
        sys.setrecursionlimit(usual)


def _file(name: str | bytes, size: int = 0) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        with open(os.path.join(os.fsencode(folder), os.fsencode(name)), "wb") as file:  # noqa: PTH118, PTH123 - bytes
            file.write(B.encode())
            file.truncate(size or len(B))

    return make


def _pipe(folder: Path) -> None:
    os.mkfifo(folder / "b.toml")


def _socket(folder: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as listener:
        listener.bind(os.path.relpath(folder / "b.toml"))


def _link(to: str, name: str = "b.toml") -> Callable[[Path], None]:
    return lambda folder: (folder / name).symlink_to(to)


def _subfolder(folder: Path) -> None:
    (folder / "more" / "deep").mkdir(parents=True)
    (folder / "more" / "deep" / "b.toml").write_text(B)
    (folder / "more" / "c.toml").write_text(C)


ODD_NAME = "not UTF-8, or holds a character that cannot be shown"
ERRORS = [
    (_file(b"caf\xe9.toml"), "caf\\xe9.toml", ODD_NAME),
    (_file("b\x1b[2J.toml"), "b\\x1b[2J.toml", ODD_NAME),
    (_file("b\nconfig.toml"), "b\\x0aconfig.toml", ODD_NAME),
    (_file("b\u202elmot.toml"), "b\\u202elmot.toml", ODD_NAME),
    (_file("b.toml", 1 << 34), "b.toml", "it is larger than 10 MB"),
    (_pipe, "b.toml", "it is a named pipe"),
    (_socket, "b.toml", "it is a socket"),
    (_link("/dev/zero"), "b.toml", "it is a device"),
    (_link("/dev/tty"), "b.toml", "it is a device"),
    (_link("b.toml"), "b.toml", "symbolic links"),
]
WARNINGS = [
    (_file("KOREA.TOML"), "KOREA.TOML", "ends in .toml, in small letters"),
    (_file("korea.toml.txt"), "korea.toml.txt", "ends in .toml"),
    (_file("korea.toml "), "korea.toml ", "ends in .toml"),
    (lambda folder: (folder / "b.toml").mkdir(), "b.toml", "a folder"),
    (lambda folder: os.mkfifo(folder / "B.TOML"), "B.TOML", "ends in .toml"),
    (_subfolder, "more/c.toml", "it lies in a subfolder, as do 1 more"),
    (_link("nowhere"), "b.toml", "leads nowhere"),
]
SILENT = ["b.toml~", "#b.toml#", ".b.toml.swp", ".b.toml", "b.toml.bak", "b.toml.off", "README.md", "4913"]


@pytest.mark.parametrize("odd", ERRORS)
async def test_what_cannot_be_read_is_told_and_the_rest_goes_on(
    folder: Path, engine_store: Store, thread: StoreThread, odd: tuple[Callable[[Path], None], str, str]
) -> None:
    """Never opened, never waited for; an edit of another file is live as ever, and the next start is as well."""
    make, name, words = odd
    rules = LiveRules(folder, engine_store, thread, [])
    await rules.refresh()
    make(folder)
    (folder / "c.toml").write_text(C)
    async with asyncio.timeout(5):
        assert await rules.refresh()
    assert set(rules.active.routes) == {"a", "c"}
    [file] = [file for file in engine_store.rules.files() if file.problems]
    assert (file.path, file.version, file.is_folder) == (name, None, False)
    assert (file.problems[0].path, file.problems[0].line, file.problems[0].column) == (name, 1, 1)
    assert words in file.problems[0].message
    again = LiveRules(folder, engine_store, thread, [])
    await again.refresh()
    assert set(again.active.routes) == {"a", "c"}
    assert read_rule_folder(folder).problems == file.problems


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
    _file(name)(folder)
    found = read_rule_folder(folder)
    assert (list(found.texts), found.problems, found.warnings) == (["a.toml"], (), ())


def test_names_that_are_odd_and_right(folder: Path) -> None:
    """As long as a name can be, the same but for case or composition, with a space or a joiner: all are read."""
    names = ["A.toml", "\u00e9.toml", "e\u0301.toml", "x" * 250 + ".toml", "news today.toml", "خبر\u200cها.toml"]
    for name in names:
        _file(name)(folder)
    found = read_rule_folder(folder)
    assert (set(found.texts), found.problems) == ({"a.toml", *names}, ())


def test_a_pipe_that_takes_the_place_of_a_file_keeps_nobody_waiting(folder: Path) -> None:
    """Also where a file is read to be edited."""
    _pipe(folder)
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
    assert (found.texts, found.is_whole, len(found.problems)) == ({}, False, 1)
    assert fingerprint(tmp_path / name) == ()


# --- faults of our own -------------------------------------------------------------------------------------------


async def test_a_file_on_which_digest_fails_keeps_its_last_good_version(
    folder: Path, engine_store: Store, thread: StoreThread
) -> None:
    """It is shown as what it is, the other files are loaded, and so it is at the next start."""
    (folder / "b.toml").write_text(B)
    rules = LiveRules(folder, engine_store, thread, [])
    await rules.refresh()
    (folder / "b.toml").write_text(DEEP)
    (folder / "c.toml").write_text(C)
    (folder / "d.toml").write_text(DEEP.replace('"deep"', '"deeper"'))
    with few_calls():
        assert await rules.refresh()
        again = LiveRules(folder, engine_store, thread, [])
        await again.refresh()
    for each in (rules, again):
        assert set(each.active.routes) == {"a", "b", "c"}
    broken = {file.path: file for file in engine_store.rules.files() if file.problems}
    assert {path: file.version for path, file in broken.items()} == {"b.toml": 1, "d.toml": None}
    [problem] = broken["b.toml"].problems
    assert problem.message.startswith("Digest itself failed on this file (RecursionError: ")
    (folder / "d.toml").unlink()
    assert await rules.refresh()
    assert set(rules.active.by_id) == {"a", "c", "deep"}
    assert not any(file.problems for file in engine_store.rules.files())


async def test_a_load_that_fails_as_a_whole_is_shown_and_the_engine_starts(
    folder: Path, engine_store: Store, thread: StoreThread
) -> None:
    """The last good rules stay live, also for an engine that has only just started."""
    await LiveRules(folder, engine_store, thread, []).refresh()
    with engine_store.database.write() as (connection, _):
        connection.execute(text("CREATE TRIGGER no BEFORE INSERT ON rules BEGIN SELECT RAISE(ABORT, 'no room'); END"))
    (folder / "c.toml").write_text(C)
    rules = LiveRules(folder, engine_store, thread, [])
    assert await rules.refresh()
    assert not await rules.refresh()
    assert set(rules.active.routes) == {"a"}
    [file] = [file for file in engine_store.rules.files() if file.problems]
    assert (file.path, file.is_folder) == (str(folder), True)
    assert file.problems[0].message.startswith("Digest itself failed on the rules folder (IntegrityError: ")
    with engine_store.database.write() as (connection, _):
        connection.execute(text("DROP TRIGGER no"))
    (folder / "c.toml").write_text(C + "\n")
    assert await rules.refresh()
    assert set(rules.active.routes) == {"a", "c"}
    assert not any(file.problems for file in engine_store.rules.files())
