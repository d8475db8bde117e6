"""What lies in a rules folder and is no rule file, and what Digest itself fails on: told, and the rest goes on."""

from __future__ import annotations

import asyncio
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from digest.engine.rules import LiveRules
from digest.rulebook.folder import read_rule_folder
from digest.rulebook.folders import RuleFolders
from tests.rulebook.odd_files import ERRORS, A, B, C

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from digest.engine.ground.threads import StoreThread
    from digest.store import Store

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


@pytest.mark.parametrize("odd", ERRORS)
async def test_what_cannot_be_read_is_told_and_the_rest_goes_on(
    folder: Path, engine_store: Store, thread: StoreThread, odd: tuple[Callable[[Path], None], str, str]
) -> None:
    """Never opened, never waited for; an edit of another file is live as ever, and the next start is as well."""
    make, name, words = odd
    rules = LiveRules(RuleFolders.only(folder), engine_store, thread, {})
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
    again = LiveRules(RuleFolders.only(folder), engine_store, thread, {})
    await again.refresh()
    assert set(again.active.routes) == {"a", "c"}
    assert read_rule_folder(folder).problems == file.problems


# --- faults of our own -------------------------------------------------------------------------------------------


async def test_a_file_on_which_digest_fails_keeps_its_last_good_version(
    folder: Path, engine_store: Store, thread: StoreThread
) -> None:
    """It is shown as what it is, the other files are loaded, and so it is at the next start."""
    (folder / "b.toml").write_text(B)
    rules = LiveRules(RuleFolders.only(folder), engine_store, thread, {})
    await rules.refresh()
    (folder / "b.toml").write_text(DEEP)
    (folder / "c.toml").write_text(C)
    (folder / "d.toml").write_text(DEEP.replace('"deep"', '"deeper"'))
    with few_calls():
        assert await rules.refresh()
        again = LiveRules(RuleFolders.only(folder), engine_store, thread, {})
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


@pytest.mark.sqlite
async def test_a_load_that_fails_as_a_whole_is_shown_and_the_engine_starts(
    folder: Path, engine_store: Store, thread: StoreThread
) -> None:
    """The last good rules stay live, also for an engine that has only just started."""
    await LiveRules(RuleFolders.only(folder), engine_store, thread, {}).refresh()
    with engine_store.database.write() as (connection, _):
        connection.execute(text("CREATE TRIGGER no BEFORE INSERT ON rules BEGIN SELECT RAISE(ABORT, 'no room'); END"))
    (folder / "c.toml").write_text(C)
    rules = LiveRules(RuleFolders.only(folder), engine_store, thread, {})
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
