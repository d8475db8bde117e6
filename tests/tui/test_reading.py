"""Reading the news from top to bottom: what counts as read, what figures agree, what is said where nothing is there."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import update

from digest.store import file_url, open_store
from digest.store import schema as tables
from digest.store.dashboard import Dashboard
from digest.store.pages import last_hits
from digest.store.statistics import Stretch, read_statistics, rule_figures
from digest.values.news import Outcome
from digest.watch.health import is_wrong
from digest.words import midnight
from tests.tui.newsdesk import NOW, ZONE
from tests.tui.stage import places_in, settle, staged, text_of

if TYPE_CHECKING:
    from pathlib import Path


def test_pages_count_what_the_rules_pane_counts(week: Path) -> None:
    """What feeds held before Digest knew them is no hit anywhere: not in pane, statistics, page of rules, last hit."""
    with open_store(file_url(week / "digest.db")) as store:
        with store.database.write() as (connection, _):
            old = tables.matches.c.rule == "nuclear"
            connection.execute(update(tables.matches).where(old).values(outcome=Outcome.BASELINE))
        start = midnight(NOW, ZONE)
        pane = {rule.id: rule.hits for rule in Dashboard(store.database).rule_book(start, NOW).rules if rule.hits}
        stretch = Stretch(start, timedelta(days=1), 1)
        assert {each.rule: each.hits[0] for each in rule_figures(store.database, stretch)} == pane
        assert read_statistics(store.database, stretch).hits == sum(pane.values())
        after = Stretch(stretch.end, timedelta(days=1), 1)
        assert read_statistics(store.database, after).before == sum(pane.values())
        assert "nuclear" not in {*last_hits(store), *pane}


async def test_every_feed_that_the_first_line_counts_as_failing_stands_among_the_troubles(week: Path) -> None:
    """Each by its name, with what happened; one that is watched for it already is told there, once."""
    with open_store(file_url(week / "digest.db")) as store:
        with store.database.write() as (connection, seq):
            broken = {"failures": 1, "last_error": "404: there is no such page", "last_ok": None, "seq": seq}
            connection.execute(update(tables.feeds).where(tables.feeds.c.id < 3).values(broken))
        failing = [feed.name for feed in Dashboard(store.database).feeds() if is_wrong(feed, NOW)]
        watched = [each.sentence for each in store.conditions.known() if not each.ended and "failing" in each.key]
    async with staged(file_url(week / "digest.db"), places=places_in(week)) as (app, pilot):
        assert f"▲ {len(failing)} feeds failing" in text_of(app)[0]
        await pilot.press("T")
        await settle(app, pilot)
        told = [line for line in text_of(app) if line.strip().startswith("▲")]
        assert all(sum(name in line for line in told) == 1 for name in failing), (failing, told)
        assert len(failing) > len(watched)
