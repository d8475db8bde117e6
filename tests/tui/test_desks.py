"""The dashboard of one desk: its matches, its rules and their figures; all entries are everybody's."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import case, update

from digest.errors import Problem
from digest.match import load_rules
from digest.rulebook.folders import RuleFolders
from digest.store import open_store
from digest.store import schema as tables
from digest.store.dashboard import Dashboard
from digest.tui.acts import not_relevant
from digest.tui.pages.editor import EditorPage
from digest.values.desks import desk_of
from digest.values.news import Severity
from tests.tui import stage
from tests.tui.newsdesk import NOW
from tests.tui.stage import settle, staged, text_of, until

if TYPE_CHECKING:
    from pathlib import Path

    from digest.tui.app import DashboardApp


@pytest.fixture
def desks(day: str) -> str:
    """The day of the pictures, of which the rules ``launch`` and ``nuclear`` are of the desk korea."""
    theirs = ("launch", "nuclear")
    with open_store(day) as store, store.database.write() as (connection, _):
        for table, column in ((tables.matches, "rule"), (tables.rules, "id")):
            rule = table.c[column]
            named = case((rule == "launch", "korea/launch"), else_="korea/nuclear")
            connection.execute(update(table).where(rule.in_(theirs)).values({column: named}))
        moved = tables.rules.c.id.startswith("korea/")
        connection.execute(update(tables.rules).where(moved).values(path="korea/space.toml", topic="Korea"))
    return day


def found_by(url: str, desk: str | None) -> int:
    """How many entries rules of a desk found."""
    with open_store(url) as store:
        return sum(
            any(desk in {None, rule.rpartition("/")[0]} for rule in (each.judged.match.rule for each in found))
            for found in (store.reads.matches_of(entry.id) for entry in store.reads.entries())
            if found
        )


def rules_of(app: DashboardApp) -> set[str]:
    """The ids of the rules that are shown."""
    return {rule.id for rule in app.live_rules}


async def test_a_desk_is_shown_alone(desks: str, tmp_path: Path) -> None:
    """The list says whose it is; its rows name its rules; all entries are there with one key."""
    places = replace(stage.PLACES, desks={"korea": tmp_path}, desk="korea")
    async with staged(desks, places=places) as (app, pilot):
        assert app.matches.heading == "KOREA: MATCHES"
        assert 0 < len(app.matches.order) == found_by(desks, "korea") < found_by(desks, None)
        assert rules_of(app) == {"korea/launch", "korea/nuclear"}
        row = app.matches.selected_row
        assert row is not None
        assert all(rule.startswith("korea/") for rule in row.rules)
        assert not any("Drone hits" in line for line in text_of(app))
        await pilot.press("a")
        await settle(app, pilot)
        assert app.matches.heading == "KOREA: ALL ENTRIES"
        assert len(app.matches.order) == 78


async def test_without_a_desk_all_of_them_are_shown_and_a_filter_chooses(desks: str) -> None:
    """``desk:korea`` lists what that desk found, ``desk:main`` what the one without a name did."""
    async with staged(desks) as (app, pilot):
        assert app.matches.heading == "MATCHES"
        assert len(app.matches.order) == found_by(desks, None)
        for desk, name in (("korea", "korea"), ("", "main")):
            await app.filter_by(f"desk:{name}")
            await until(pilot, lambda desk=desk: len(app.matches.order) == found_by(desks, desk))  # type: ignore[misc]


async def test_what_another_desk_takes_for_urgent_is_not(desks: str) -> None:
    """A row is as severe as the desk's own rules say, and only these make it urgent."""
    with open_store(desks) as store:
        with store.database.write() as (connection, seq):
            own = tables.matches.c.rule == "korea/launch"
            entry = connection.execute(tables.matches.select().where(own)).first()
            assert entry is not None
            row = {"entry_id": entry.entry_id, "rule": "strikes", "severity": int(Severity.URGENT), "outcome": "alert"}
            row |= {"hits": [], "created": NOW, "seq": seq}
            connection.execute(tables.matches.insert(), row)
            mine = tables.entries.c.id == entry.entry_id
            values = {"severity": int(Severity.URGENT), "read_at": None, "seq": seq}
            connection.execute(update(tables.entries).where(mine).values(values))
        since = NOW - timedelta(days=1)
        found = {desk: Dashboard(store.database, desk) for desk in (None, "", "korea")}
        urgent = [each.urgent(0, since) for each in found.values()]
        assert [entry.entry_id in each for each in urgent] == [True, True, False]
        severities = [each.rows([entry.entry_id])[0].severity for each in found.values()]
        assert severities == [Severity.URGENT, Severity.URGENT, Severity(entry.severity)]
        today = [each.figures(NOW, since).today for each in found.values()]
        assert today[0] > max(today[1:])


async def test_a_story_that_is_muted_there_says_so(desks: str, tmp_path: Path) -> None:
    """On its page, by the mute of the desk."""
    places = replace(stage.PLACES, desks={"korea": tmp_path}, desk="korea")
    async with staged(desks, places=places) as (app, pilot):
        await pilot.press("i")
        await until(pilot, lambda: app.page is not None)
        await settle(app, pilot)
        await pilot.press("X")
        await until(pilot, lambda: any("muted until" in line for line in text_of(app)[:-2]))


@pytest.mark.parametrize(("desk", "marked"), [(None, {"main", "korea"}), ("", {"main"}), ("korea", {"korea"})])
def test_what_is_not_relevant_there_is_so_to_rules_of_the_desk_alone(
    desks: str, tmp_path: Path, desk: str | None, marked: set[str]
) -> None:
    """Nothing is written into the folder of another."""
    folders = RuleFolders({"": tmp_path / "main", "korea": tmp_path / "korea"})
    for name in ("main", "korea"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "r.toml").write_text('[[rule]]\nid = "r"\nany = ["report"]\n', encoding="utf-8")
    with open_store(desks) as store:
        store.rules.save_loaded(load_rules(folders.read().texts, desk_at=desk_of), NOW)
        entry = next(each.id for each in store.reads.entries())
        with store.database.write() as (connection, seq):
            row = {"entry_id": entry, "severity": 1, "outcome": "alert", "hits": [], "created": NOW, "seq": seq}
            connection.execute(tables.matches.insert(), [row | {"rule": "r"}, row | {"rule": "korea/r"}])
        not_relevant(entry, folders, desk).do(store)
    assert {each.parent.name for each in tmp_path.glob("*/marks.toml")} == marked


async def test_a_rules_folder_that_cannot_be_read_is_no_file_to_edit(day: str, tmp_path: Path) -> None:
    """Whoever asks for that is told what it is, and nothing of desks."""
    lost = Problem(str(tmp_path / "rules"), 1, 1, "the folder is not there")
    with open_store(day) as store:
        store.rules.save_fault(lost)
    async with staged(day) as (app, pilot):
        await app.open_editor(lost.path, "")
        await settle(app, pilot)
        assert app.page is None
        assert any("that is the rules folder and no file in it" in line for line in text_of(app))


async def test_a_rule_made_there_goes_into_the_folder_of_the_desk(desks: str, tmp_path: Path) -> None:
    """As does an edit of one."""
    folder = tmp_path / "rules-korea"
    folder.mkdir()
    (folder / "space.toml").write_text('[[rule]]\nid = "launch"\nany = ["missile*"]\n', encoding="utf-8")
    places = replace(stage.PLACES, desks={"korea": folder}, desk="korea")
    async with staged(desks, places=places) as (app, pilot):
        await app.action_new_rule()
        await settle(app, pilot)
        assert isinstance(page := app.page, EditorPage)
        assert (page.crumb, page._path) == ("korea/my-rules.toml", folder / "my-rules.toml")
        assert page.rule.startswith("korea/")
        await app.close_pages()
        await app.open_editor("korea/space.toml", "korea/launch")
        await settle(app, pilot)
        assert isinstance(page := app.page, EditorPage)
        assert page._path == folder / "space.toml"
        await until(pilot, lambda: any("missile" in line for line in text_of(app)))
