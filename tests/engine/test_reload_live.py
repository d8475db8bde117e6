"""Rules stay live and right while their files are edited: real files, and the watch of the engine running."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from digest.engine.rules import LiveRules
from digest.rulebook.folder import read_rule_folder
from digest.rulebook.folders import RuleFolders
from digest.store.schema import rule_versions
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from digest.engine.ground.threads import StoreThread
    from digest.store import Store

BROKEN = "[[rule]]\nid = \n"


def rule(name: str, more: str = "") -> str:
    """A rule that looks for its own name."""
    return f'[[rule]]\nid = "{name}"\nany = ["{name}"]\n{more}'


class Watched:
    """A rules folder with an engine's watch on it, and which rules were live from moment to moment."""

    def __init__(self, folder: Path, store: Store, rules: LiveRules) -> None:
        self.folder = folder
        self.store = store
        self.rules = rules
        self.seen: list[set[str]] = []

    def write(self, name: str, text: str) -> None:
        """Write a file in place."""
        (self.folder / name).write_text(text)

    def live(self) -> set[str]:
        """The ids of the rules that polls use; those that the store shows are the same."""
        return set(self.rules.active.routes)

    def problems(self) -> set[str]:
        """The files with something wrong."""
        return {file.path for file in self.store.rules.files() if file.problems}

    def versions(self) -> list[str]:
        """The paths of all versions kept, in order."""
        with self.store.database.read() as connection:
            return list(connection.scalars(select(rule_versions.c.path).order_by(rule_versions.c.id)))

    async def record(self) -> None:
        """Note every set of rules that is live for a moment."""
        while True:
            if not self.seen or self.seen[-1] != self.live():
                self.seen.append(self.live())
            await asyncio.sleep(0.002)

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until something holds."""
        await until(condition)

    async def until_live(self, *names: str) -> None:
        """Wait until these rules are live, in the store as well, and nothing is wrong with any file."""
        await self.until(lambda: self.live() == set(names) == {rule.id for rule in self.store.rules.live()})
        await self.until(lambda: not self.problems())
        await self.until(lambda: self.seen[-1:] == [self.live()])


@pytest.fixture
async def watched(tmp_path: Path, engine_store: Store, thread: StoreThread) -> AsyncIterator[Watched]:
    """A folder with the rules ``one`` (in a.toml) and ``two`` (in b.toml), both live."""
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "a.toml").write_text(rule("one"))
    (folder / "b.toml").write_text(rule("two"))
    rules = LiveRules(RuleFolders.only(folder), engine_store, thread, {})
    await rules.refresh()
    found = Watched(folder, engine_store, rules)
    tasks = [asyncio.create_task(rules.watch()), asyncio.create_task(found.record())]
    yield found
    for task in tasks:
        task.cancel()
    for task in tasks:
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_rename_keeps_the_rules(watched: Watched) -> None:
    """The same text under a new name: its rules stay live throughout, and the old name is gone."""
    (watched.folder / "a.toml").rename(watched.folder / "c.toml")
    await watched.until(lambda: [file.path for file in watched.store.rules.files()] == ["b.toml", "c.toml"])
    assert watched.seen == [{"one", "two"}]
    assert not watched.problems()


async def test_a_rename_while_another_file_is_broken(watched: Watched) -> None:
    """The broken one keeps its last good rules, and the renamed one its own."""
    watched.write("b.toml", BROKEN)
    await watched.until(lambda: watched.problems() == {"b.toml"})
    (watched.folder / "a.toml").rename(watched.folder / "c.toml")
    await watched.until(lambda: [file.path for file in watched.store.rules.files()] == ["b.toml", "c.toml"])
    assert watched.problems() == {"b.toml"}
    assert watched.seen == [{"one", "two"}]


async def test_a_copy_that_takes_the_place_of_the_first(watched: Watched) -> None:
    """A rename in two steps: while both are there the new one is to blame, and nothing is lost."""
    watched.write("c.toml", rule("one"))
    await watched.until(lambda: watched.problems() == {"c.toml"})
    (watched.folder / "a.toml").unlink()
    await watched.until_live("one", "two")
    assert watched.seen == [{"one", "two"}]


async def test_a_deletion_takes_the_rules(watched: Watched) -> None:
    """They are gone, also when a broken file of that name comes later."""
    (watched.folder / "a.toml").unlink()
    await watched.until_live("two")
    watched.write("a.toml", BROKEN)
    await watched.until(lambda: watched.problems() == {"a.toml"})
    watched.write("b.toml", rule("two", 'title = "Two"\n'))
    await watched.until(lambda: watched.store.rules.live()[0].title == "Two")
    assert watched.live() == {"two"}


async def test_a_save_by_renaming_over_the_file(watched: Watched) -> None:
    """As most editors save: one step from the old rules to the new."""
    aside = watched.folder / ".a.toml.tmp"
    aside.write_text(rule("three"))
    aside.rename(watched.folder / "a.toml")
    await watched.until_live("three", "two")
    assert watched.seen == [{"one", "two"}, {"three", "two"}]


async def test_a_half_written_file_that_cannot_be_read(watched: Watched) -> None:
    """A slow writer stops in the middle of a rule: the last good rules stay until the rest is there."""
    text = rule("one") + rule("three")
    watched.write("a.toml", text[:-12])
    await watched.rules.refresh()
    watched.write("a.toml", text)
    await watched.until_live("one", "two", "three")
    assert watched.seen == [{"one", "two"}, {"one", "two", "three"}]


async def test_a_half_written_file_that_can_be_read(watched: Watched) -> None:
    """A slow writer stops between two rules: the whole is live soon after, whichever was seen first."""
    watched.write("a.toml", rule("three"))
    await watched.rules.refresh()
    with (watched.folder / "a.toml").open("a") as file:
        file.write(rule("four"))
    await watched.until_live("two", "three", "four")
    assert {"two"} not in watched.seen


async def test_a_link_that_is_turned_to_another_file(watched: Watched, tmp_path: Path) -> None:
    """The link itself is the same; what it leads to is read."""
    for name in ("three", "four"):
        (tmp_path / name).write_text(rule(name))
        (tmp_path / "link").symlink_to(tmp_path / name)
        (tmp_path / "link").rename(watched.folder / "a.toml")
        await watched.until_live(name, "two")
    (tmp_path / "four").write_text(rule("five"))
    await watched.until_live("five", "two")
    assert {"two"} not in watched.seen
    assert not watched.problems()


async def test_files_linked_through_a_folder_that_is_swapped(watched: Watched, tmp_path: Path) -> None:
    """As Kubernetes mounts them: the files are links through ``..data``, which is turned to a new folder at once."""
    for name in ("three", "four"):
        release = watched.folder / f"..{name}"
        release.mkdir()
        (release / "a.toml").write_text(rule(name))
        (tmp_path / "data").symlink_to(release.name)
        (tmp_path / "data").rename(watched.folder / "..data")
        if name == "three":
            (watched.folder / "a.toml").unlink()
            (watched.folder / "a.toml").symlink_to("..data/a.toml")
        await watched.until_live(name, "two")
    assert watched.seen == [{"one", "two"}, {"three", "two"}, {"four", "two"}]


async def test_a_touch_is_no_version(watched: Watched) -> None:
    """Neither is the same text written again, and the version is live since it first was."""
    before = watched.store.rules.files()
    os.utime(watched.folder / "a.toml", (1, 1))
    await watched.rules.refresh()
    watched.write("b.toml", rule("two"))
    await watched.rules.refresh()
    assert watched.store.rules.files() == before
    assert watched.versions() == ["a.toml", "b.toml"]


async def test_the_good_text_written_back_ends_the_problem(watched: Watched) -> None:
    """A broken edit that is undone leaves all as it was: no problem, no new version, live since the beginning."""
    before = watched.store.rules.files()
    watched.write("a.toml", BROKEN)
    await watched.until(lambda: watched.problems() == {"a.toml"})
    watched.write("a.toml", rule("one"))
    await watched.until(lambda: not watched.problems())
    assert watched.store.rules.files() == before
    assert watched.versions() == ["a.toml", "b.toml"]
    assert watched.seen == [{"one", "two"}]


async def test_a_file_that_may_not_be_read(watched: Watched) -> None:
    """A link in a circle stands for every file that the system refuses to open: the last good rules stay."""
    (watched.folder / "a.toml").unlink()
    (watched.folder / "a.toml").symlink_to("a.toml")
    await watched.until(lambda: watched.problems() == {"a.toml"})
    assert watched.seen == [{"one", "two"}]
    (watched.folder / "a.toml").unlink()
    watched.write("a.toml", rule("three"))
    await watched.until_live("three", "two")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
async def test_a_file_or_folder_without_permission(watched: Watched) -> None:
    """What may not be opened, or listed, keeps its last good rules."""
    for path in (watched.folder / "a.toml", watched.folder):
        mode = path.stat().st_mode
        path.chmod(0)
        await watched.until(watched.problems)
        path.chmod(mode)
        await watched.until_live("one", "two")
    assert watched.seen == [{"one", "two"}]


async def test_a_folder_that_cannot_be_listed_loses_nothing(watched: Watched, tmp_path: Path) -> None:
    """A folder that turned into a file, or a link in a circle, says nothing about its rule files."""
    aside = watched.folder.rename(tmp_path / "aside")
    for make in (lambda: watched.folder.write_text("x"), lambda: watched.folder.symlink_to(watched.folder)):
        make()
        found = read_rule_folder(watched.folder)
        assert (found.texts, found.lost, len(found.problems)) == ({}, frozenset({""}), 1)
        await watched.until(watched.problems)
        watched.folder.unlink()
    aside.rename(watched.folder)
    await watched.until_live("one", "two")
    assert watched.seen == [{"one", "two"}]


async def test_a_file_that_is_emptied_or_turns_into_a_folder_has_no_rules(watched: Watched) -> None:
    """An empty file is a right one; a folder is no rule file. Neither is a problem."""
    watched.write("a.toml", "")
    await watched.until_live("two")
    watched.write("a.toml", rule("one"))
    await watched.until_live("one", "two")
    (watched.folder / "a.toml").unlink()
    (watched.folder / "a.toml").mkdir()
    await watched.until_live("two")
    assert not watched.problems()


async def test_two_files_that_swap_their_names(watched: Watched) -> None:
    """Both rules stay live, each under the other's name."""
    (watched.folder / "a.toml").rename(watched.folder / "aside")
    (watched.folder / "b.toml").rename(watched.folder / "a.toml")
    (watched.folder / "aside").rename(watched.folder / "b.toml")
    await watched.until(lambda: {rule.id: rule.path for rule in watched.store.rules.live()}["one"] == "b.toml")
    assert watched.seen == [{"one", "two"}]
    assert not watched.problems()


async def test_fifty_quick_saves_end_with_the_last(watched: Watched) -> None:
    """However fast they come, the last text is the live one, and not every one became a version."""
    for number in range(50):
        watched.write("a.toml", rule(f"save-{number}"))
        await asyncio.sleep(0.02)
    await watched.until_live("save-49", "two")
    await watched.rules.refresh()
    assert watched.live() == {"save-49", "two"}
    assert len(watched.versions()) < 12


async def test_what_was_live_is_live_after_a_restart(watched: Watched, thread: StoreThread) -> None:
    """Broken at the restart as before it: the last good text, since when it was live, and the error are all kept."""
    watched.write("a.toml", rule("three"))
    await watched.until_live("three", "two")
    before = {file.path: file.since for file in watched.store.rules.files()}
    watched.write("a.toml", BROKEN)
    await watched.until(lambda: watched.problems() == {"a.toml"})
    later = LiveRules(RuleFolders.only(watched.folder), watched.store, thread, {})
    await later.refresh()
    assert set(later.active.routes) == {"three", "two"}
    assert {file.path: file.since for file in watched.store.rules.files()} == before
    assert watched.problems() == {"a.toml"}
