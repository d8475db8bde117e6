"""Rules follow their folder, whatever an editor does to it."""

from __future__ import annotations

import asyncio
import itertools
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from digest.engine.rules import LiveRules
from digest.match import MARKS, ExampleKind, load_rules
from digest.rulebook.folder import fingerprint, read_rule_folder
from digest.rulebook.folders import RuleFolders
from digest.rulebook.marks import Mark, add_mark
from digest.store.schema import rule_versions
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from digest.engine.ground.threads import StoreThread
    from digest.store import Store

ONE = '[[rule]]\nid = "one"\nany = ["one"]\n'
TWO = '[[rule]]\nid = "two"\nany = ["two"]\n'
BROKEN = '[[rule]]\nid = "two"\nquery = "two AND"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one rule."""
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "a.toml").write_text(ONE)
    return folder


def _in_place(folder: Path) -> None:
    (folder / "a.toml").write_text(TWO)


def _same_size_same_time(folder: Path) -> None:
    path = folder / "a.toml"
    before = path.stat()
    path.write_text(TWO)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def _renamed_over(folder: Path) -> None:
    aside = folder / ".a.toml.swp"
    aside.write_text(TWO)
    aside.rename(folder / "a.toml")


def _deleted(folder: Path) -> None:
    (folder / "b.toml").write_text(TWO)
    (folder / "a.toml").unlink()


def _link_turned(folder: Path) -> None:
    (folder.parent / "elsewhere.toml").write_text(TWO)
    (folder / "a.toml").unlink()
    (folder / "a.toml").symlink_to(folder.parent / "elsewhere.toml")


def _folder_swapped(folder: Path) -> None:
    other = folder.parent / "other"
    other.mkdir()
    (other / "a.toml").write_text(TWO)
    folder.rename(folder.parent / "old")
    folder.symlink_to(other)


@pytest.mark.parametrize(
    "edit", [_in_place, _same_size_same_time, _renamed_over, _deleted, _link_turned, _folder_swapped]
)
async def test_every_way_of_editing_is_seen(
    folder: Path, engine_store: Store, thread: StoreThread, edit: Callable[[Path], None]
) -> None:
    """Written in place, renamed over, removed, or reached by another link: the new rules are live."""
    rules = LiveRules(RuleFolders.only(folder), engine_store, thread, {"desk": ""})
    assert await rules.refresh()
    assert set(rules.active.routes) == {"one"}
    assert not await rules.refresh()
    edit(folder)
    assert await rules.refresh()
    assert set(rules.active.routes) == {"two"}
    assert [rule.id for rule in engine_store.rules.live()] == ["two"]


async def test_a_broken_file_keeps_its_last_good_version_also_across_a_restart(
    folder: Path, engine_store: Store, thread: StoreThread
) -> None:
    """The error is stored for every face to show, with its place; mending the file mends it all."""
    (folder / "b.toml").write_text(TWO)
    await LiveRules(RuleFolders.only(folder), engine_store, thread, {"desk": ""}).refresh()
    (folder / "b.toml").write_text(BROKEN)
    rules = LiveRules(RuleFolders.only(folder), engine_store, thread, {"desk": ""})
    await rules.refresh()
    assert set(rules.active.routes) == {"one", "two"}
    (problem,) = (problem for file in engine_store.rules.files() for problem in file.problems)
    assert (problem.path, problem.line) == ("b.toml", 3)
    (folder / "b.toml").write_text(TWO)
    assert await rules.refresh()
    assert not any(file.problems for file in engine_store.rules.files())


async def test_a_rule_for_a_channel_that_is_not_there_is_seen(
    folder: Path, engine_store: Store, thread: StoreThread
) -> None:
    """It is live all the same, and whoever looks is told that it tells nobody."""
    (folder / "b.toml").write_text(TWO + 'channels = ["desk", "desc"]\n')
    rules = LiveRules(RuleFolders.only(folder), engine_store, thread, {"desk": ""})
    await rules.refresh()
    assert set(rules.active.routes) == {"one", "two"}
    (problem,) = (problem for file in engine_store.rules.files() for problem in file.problems)
    assert (problem.path, problem.column) == ("b.toml", 21)
    assert "there is no channel “desc”: did you mean “desk”?" in problem.message


async def test_a_file_that_cannot_be_read_counts_as_broken(
    folder: Path, engine_store: Store, thread: StoreThread
) -> None:
    """Bytes that are no UTF-8 are told with their place, and the last good version stays."""
    rules = LiveRules(RuleFolders.only(folder), engine_store, thread, {"desk": ""})
    await rules.refresh()
    (folder / "a.toml").write_bytes(ONE.encode() + b"# caf\xe9\n")
    assert await rules.refresh()
    assert set(rules.active.routes) == {"one"}
    (problem,) = (problem for file in engine_store.rules.files() for problem in file.problems)
    assert (problem.path, problem.line, problem.column) == ("a.toml", 4, 6)
    assert "UTF-8" in problem.message


async def test_a_folder_that_vanishes_keeps_the_rules(folder: Path, engine_store: Store, thread: StoreThread) -> None:
    """Moving the folder away for a moment, as some tools do, silences nothing."""
    rules = LiveRules(RuleFolders.only(folder), engine_store, thread, {"desk": ""})
    await rules.refresh()
    _move(folder, folder.parent / "away")
    assert await rules.refresh()
    assert set(rules.active.routes) == {"one"}
    _move(folder.parent / "away", folder)
    assert await rules.refresh()
    assert set(rules.active.routes) == {"one"}


def _move(folder: Path, to: Path) -> None:
    folder.rename(to)


async def test_the_moment_between_two_steps_of_a_save_silences_nothing(
    folder: Path, engine_store: Store, thread: StoreThread
) -> None:
    """As vim saves with backups: the old file is moved away, then the new one written; a look falls just between."""
    rules = LiveRules(RuleFolders.only(folder), engine_store, thread, {"desk": ""})
    await rules.refresh()
    _move(folder / "a.toml", folder / "a.toml~")
    look = asyncio.create_task(rules.refresh())
    await asyncio.sleep(0)
    await asyncio.to_thread(fingerprint, folder)  # it has seen the same, and waits until the folder holds still
    assert set(rules.active.routes) == {"one"}
    (folder / "a.toml").write_text(TWO)
    (folder / "a.toml~").unlink()
    await look
    assert set(rules.active.routes) == {"two"}
    with engine_store.database.read() as connection:
        assert list(connection.scalars(select(rule_versions.c.text).order_by(rule_versions.c.id))) == [ONE, TWO]


async def test_a_folder_that_does_not_hold_still_is_looked_at_once_more(
    folder: Path, engine_store: Store, thread: StoreThread
) -> None:
    """The last write may bear the same time as the last look: after such a load the next look loads again."""
    rules = LiveRules(RuleFolders.only(folder), engine_store, thread, {"desk": ""})
    await rules.refresh()

    async def write_on() -> None:
        for number in itertools.count():
            (folder / "aside").write_text(f"{TWO}# {number}\n")
            _move(folder / "aside", folder / "a.toml")
            await asyncio.sleep(0.02)

    writing = asyncio.create_task(write_on())
    await until(lambda: (folder / "a.toml").read_text() != ONE)
    assert await rules.refresh()
    assert set(rules.active.routes) == {"two"}
    writing.cancel()
    assert await rules.refresh()
    assert not await rules.refresh()


def test_only_rule_files_are_read(folder: Path) -> None:
    """Hidden files, editors' copies, subfolders and links to nowhere are left alone."""
    (folder / ".#a.toml").symlink_to("nobody@nowhere")
    (folder / ".hidden.toml").write_text("x")
    (folder / "a.toml~").write_text("x")
    (folder / "README.md").write_text("x")
    (folder / "folder.toml").mkdir()
    (folder / "nowhere.toml").symlink_to("nowhere")
    found = read_rule_folder(folder)
    assert (found.texts, found.problems) == ({"a.toml": ONE}, ())
    assert [mark[0] for mark in fingerprint(folder)] == ["a.toml"]


def test_a_missing_folder_is_a_problem_in_words(tmp_path: Path) -> None:
    """There is nothing to read, and the user is told what to do."""
    found = read_rule_folder(tmp_path / "nowhere")
    assert found.texts == {}
    assert "digest init" in found.problems[0].message
    assert fingerprint(tmp_path / "nowhere") == ()
    (tmp_path / "nowhere").mkdir()
    assert fingerprint(tmp_path / "nowhere") != ()  # or the problem would stand on


def test_a_byte_order_mark_is_no_part_of_a_rule_file(folder: Path) -> None:
    """Some editors on Windows write one."""
    (folder / "a.toml").write_bytes(b"\xef\xbb\xbf" + ONE.encode())
    assert read_rule_folder(folder).texts == {"a.toml": ONE}


async def test_two_who_ask_at_once_load_once(folder: Path, engine_store: Store, thread: StoreThread) -> None:
    """A request that needs the rules as they are waits for a load that is under way; neither disturbs the other."""
    rules = LiveRules(RuleFolders.only(folder), engine_store, thread, {})
    assert sorted(await asyncio.gather(rules.refresh(), rules.refresh())) == [False, True]
    (folder / "a.toml").write_text(TWO)
    assert sorted(await asyncio.gather(*(rules.refresh() for _ in range(3)))) == [False, False, True]
    assert [rule.id for rule in rules.active.rules.rules] == ["two"]


async def test_a_file_that_was_away_for_a_while_was_not_edited(
    folder: Path, engine_store: Store, thread: StoreThread
) -> None:
    """Its version before is the last that said something else."""
    rules = LiveRules(RuleFolders.only(folder), engine_store, thread, {})
    for text in (TWO, ONE, None, ONE):
        if text is None:
            (folder / "a.toml").unlink()
        else:
            (folder / "a.toml").write_text(text, encoding="utf-8")
        await rules.refresh()
    assert engine_store.rules.live_texts() == {"a.toml": ONE}
    assert engine_store.rules.previous_texts() == {"a.toml": TWO}


async def test_marks_are_live_and_make_no_versions(folder: Path, engine_store: Store, thread: StoreThread) -> None:
    """A mark is loaded like an edit; of its file the newest text is kept alone, so no diff is of marks."""
    rules = LiveRules(RuleFolders.only(folder), engine_store, thread, {})
    await rules.refresh()
    before = rules.active.rules
    times = []
    for title in ("one toy", "one doll", "one ball"):
        assert add_mark(folder, Mark("one", ExampleKind.UNWANTED, title))
        assert await rules.refresh()
        assert not await rules.refresh()
        times += [str(file.since) for file in engine_store.rules.files() if file.path == MARKS]
    assert rules.active.rules.rules == before.rules
    text = (folder / MARKS).read_text(encoding="utf-8")
    assert engine_store.rules.live_texts() == {"a.toml": ONE, MARKS: text}
    assert engine_store.rules.previous_texts() == {}
    with engine_store.database.read() as connection:
        assert list(connection.scalars(select(rule_versions.c.path))) == ["a.toml", MARKS]
    assert times == sorted({*times}), "the file is live since its last mark"
    (folder / MARKS).write_text(text + "[[", encoding="utf-8")
    assert await rules.refresh()
    assert engine_store.rules.last_good()[MARKS] == text
    assert [file.path for file in engine_store.rules.files() if file.problems] == [MARKS]


async def test_a_rule_that_is_renamed_leaves_its_marks_and_the_rest(
    folder: Path, engine_store: Store, thread: StoreThread
) -> None:
    """Nothing is broken by it, at a start neither."""
    add_mark(folder, Mark("one", ExampleKind.UNWANTED, "one toy"))
    rules = LiveRules(RuleFolders.only(folder), engine_store, thread, {})
    await rules.refresh()
    (folder / "a.toml").write_text(ONE.replace('"one"', '"uno"', 1))
    await rules.refresh()
    again = LiveRules(RuleFolders.only(folder), engine_store, thread, {})
    await again.refresh()
    assert set(rules.active.by_id) == set(again.active.by_id) == {"uno"}
    assert not any(file.problems for file in engine_store.rules.files())


async def test_pushed_rules_count_until_they_are_withdrawn(
    folder: Path, engine_store: Store, thread: StoreThread
) -> None:
    """What CI has published is in force at once, and an edit of the folder changes nothing of it."""
    rules = LiveRules(RuleFolders.only(folder), engine_store, thread, {})
    await rules.refresh()
    engine_store.rules.push(load_rules({"b.toml": TWO}), "ann on ci", datetime.now(UTC))
    assert await rules.refresh()
    assert [*rules.active.by_id] == ["two"]
    (folder / "a.toml").write_text(ONE + "# edited\n")
    assert not await rules.refresh()
    engine_store.rules.withdraw()
    assert await rules.refresh()
    assert [*rules.active.by_id] == ["one"]
    assert engine_store.rules.live_texts() == {"a.toml": ONE + "# edited\n"}


async def test_a_push_that_is_withdrawn_before_the_next_look_leaves_nothing(
    folder: Path, engine_store: Store, thread: StoreThread
) -> None:
    """The folder is as it was at the look before, and is published again all the same: by then the store is not."""
    rules = LiveRules(RuleFolders.only(folder), engine_store, thread, {})
    await rules.refresh()
    engine_store.rules.push(load_rules({"b.toml": TWO}), "ann on ci", datetime.now(UTC))
    engine_store.rules.withdraw()
    assert await rules.refresh()
    assert engine_store.rules.live_texts() == {"a.toml": ONE}
    assert not await rules.refresh()


async def test_a_part_without_a_folder_follows_what_others_publish(
    folder: Path, engine_store: Store, thread: StoreThread
) -> None:
    """Of a folder that is edited, of a push, and of nothing at all; and it publishes nothing itself."""
    part = LiveRules(RuleFolders.only(folder / "nowhere"), engine_store, thread, {}, publishes=False)
    await part.refresh()
    assert not part.active.by_id
    owner = LiveRules(RuleFolders.only(folder), engine_store, thread, {})
    for text, name in ((ONE, "one"), (TWO, "two")):
        (folder / "a.toml").write_text(text)
        await owner.refresh()
        assert await part.refresh()
        assert [*part.active.by_id] == [name]
    engine_store.rules.push(load_rules({"a.toml": ONE}), "ann on ci", datetime.now(UTC))
    seq = engine_store.seq()
    assert await part.refresh()
    assert ([*part.active.by_id], engine_store.seq()) == (["one"], seq)
