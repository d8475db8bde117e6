"""Why nobody is told of an entry: the reader says what `digest why` says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from digest.store import open_store
from digest.store import schema as tables
from digest.tui.welcome import Places
from tests.tui.stage import settle, staged, until

if TYPE_CHECKING:
    from pathlib import Path

    from digest.store import Store
    from digest.tui.app import DashboardApp

_RULES = """
[[rule]]
id = "tankers"
title = "Tankers at night"
all = ["tankers", "harbour"]

[[rule]]
id = "oil"
title = "Oil without photographs"
any = ["oil"]
none = ["photographs"]

[[rule]]
id = "football"
any = ["football"]

[[rule]]
id = "sanctions"
any = ["tankers"]
deliver = "digest"
"""
_CONFIG = '[[channel]]\nname = "desk"\ntelegram = "@desk"\n'


def _untold(store: Store) -> int:
    """Let the report of the tankers be told to nobody; its id."""
    with store.database.write() as (connection, seq):
        query = select(tables.entries.c.id).where(tables.entries.c.title.startswith("Panel: two tankers"))
        entry = int(connection.execute(query).scalar_one())
        connection.execute(delete(tables.delivery_alerts))
        connection.execute(update(tables.rule_files).values(version_id=None))  # so the files are asked
        connection.execute(update(tables.entries).where(tables.entries.c.id == entry).values(seq=seq))
    return entry


def _unfound(store: Store, entry: int) -> None:
    """Let no rule have found it."""
    with store.database.write() as (connection, seq):
        connection.execute(delete(tables.matches).where(tables.matches.c.entry_id == entry))
        connection.execute(update(tables.entries).where(tables.entries.c.id == entry).values(severity=None, seq=seq))


def _aside(app: DashboardApp) -> list[str]:
    """The lines of the third column."""
    return ["".join(run.text for run in line).strip() for line in app.aside._lines]


async def test_the_reader_says_why_nobody_is_told(day: str, tmp_path: Path) -> None:
    """Of a match why no channel gets it; else which rules came nearest, what of them holds, and what fails."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "all.toml").write_text(_RULES)
    (tmp_path / "config.toml").write_text(_CONFIG)
    with open_store(day) as store:
        entry = _untold(store)
    places = Places(rules=tmp_path / "rules", config=tmp_path / "config.toml")
    async with staged(day, (180, 50), places=places) as (app, pilot):
        app.matches.go_to(entry)
        await settle(app, pilot)
        assert "No channel gets it: it alerted, and its rule is told in digests only." in " ".join(_aside(app))
        (tmp_path / "rules" / "all.toml").write_text(_RULES.partition('[[rule]]\nid = "sanctions"')[0])
        with open_store(day) as store:
            _unfound(store, entry)
        await pilot.press("a")
        app.matches.go_to(entry)
        await until(pilot, lambda: app.reader.detail is not None and not app.reader.detail.matches)
        await settle(app, pilot)
        beside = _aside(app)
        where = beside.index("NO RULE FOUND IT")
        assert beside[where + 1 : where + 10] == [
            "nearest  Oil without photographs",
            "✗ all of",
            "├ ✓ oil: “oil” in title and summary…",
            "└ ✗ not",
            "└ ✓ photographs: “photographs” in…",
            "next     Tankers at night",
            "✗ all of",
            "├ ✓ tankers: “tankers” in title and…",
            "└ ✗ harbour: not found",
        ]
        assert "No channel gets it: no rule found it." in " ".join(beside)
        assert "football" not in " ".join(beside)
