"""The dashboard follows the config while it is open: what it shows of it is that of now, a mistake changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.tui.newsdesk import ZONE
from tests.tui.stage import places_in, staged, text_of, until

if TYPE_CHECKING:
    from pathlib import Path

    from digest.tui.app import DashboardApp

VIEW = '[[view]]\nname = "stars"\nquery = "is:starred"\nkey = "!"\n'
LOUD = "[dashboard]\nbell = true\n"


def write(folder: Path, more: str = "", *, urls: list[str] | None = None) -> None:
    """Write a config of these feeds."""
    feeds = "".join(f'[[feed]]\nurl = "{url}"\n' for url in urls or ["https://one.example/rss"])
    text = f'timezone = "{ZONE}"\nrules = "{folder / "rules"}"\nstate = "{folder}"\n{feeds}{more}'
    (folder / "config.toml").write_text(text)


def urls_of(app: DashboardApp) -> list[str]:
    """The feeds as they stand."""
    return [feed.spec.url for feed in app.snapshot.feeds] if app.snapshot else []


def paused(app: DashboardApp) -> int:
    """How many feeds are paused."""
    return sum(feed.paused for feed in app.snapshot.feeds) if app.snapshot else 0


def said(app: DashboardApp, words: str) -> bool:
    """Whether these words are on the screen."""
    return any(words in line for line in text_of(app))


async def test_views_keys_and_alarms_are_those_of_the_file(day: str, tmp_path: Path) -> None:
    """An edit has them within a second or two, and taken out they are gone."""
    write(tmp_path)
    async with staged(day, places=places_in(tmp_path)) as (app, pilot):
        write(tmp_path, LOUD + VIEW + '[keys]\nstar = "f"\n')
        await until(pilot, lambda: "stars" in app.views)
        assert app.signals.alarms.bell
        await pilot.press("f")
        await until(pilot, lambda: said(app, "★ starred"))
        await pilot.press("exclamation_mark")
        await until(pilot, lambda: app.typed_filter == "is:starred")
        write(tmp_path)
        await until(pilot, lambda: not app.views)
        assert not app.signals.alarms.bell


async def test_a_mistake_is_shown_with_its_place_and_changes_nothing(day: str, tmp_path: Path) -> None:
    """In the first line and on the page of troubles, until it is mended."""
    write(tmp_path, VIEW)
    async with staged(day, (200, 40), places=places_in(tmp_path)) as (app, pilot):
        await until(pilot, lambda: "stars" in app.views)
        write(tmp_path, "[poll]\nevery = 3\n")
        await until(pilot, lambda: any(doubt.level == "error" for doubt in app.status.doubts))
        assert "stars" in app.views
        await pilot.press("T")
        await until(pilot, lambda: said(app, "config.toml:7:9: "))
        write(tmp_path, VIEW)
        await until(pilot, lambda: not app.status.doubts)


async def test_what_it_cannot_take_is_told(day: str, tmp_path: Path) -> None:
    """The time zone is that of its start."""
    write(tmp_path)
    async with staged(day, places=places_in(tmp_path)) as (app, pilot):
        await until(pilot, lambda: app.watcher.idle)
        (tmp_path / "config.toml").write_text((tmp_path / "config.toml").read_text().replace(str(ZONE), "Asia/Tokyo"))
        await until(pilot, lambda: said(app, "timezone changed in config.toml: q, then digest watch shows it so"))


async def test_feeds_stand_in_the_order_of_the_file(day: str, tmp_path: Path) -> None:
    """Also after an edit of that order."""
    write(tmp_path)
    async with staged(day, places=places_in(tmp_path)) as (app, pilot):
        urls = urls_of(app)
        write(tmp_path, urls=urls[::-1])
        await until(pilot, lambda: urls_of(app) == urls[::-1])


async def test_a_feed_is_paused_with_a_key_and_polled_again(day: str, tmp_path: Path) -> None:
    """The one under the cursor; it can be taken back."""
    write(tmp_path)
    async with staged(day, places=places_in(tmp_path)) as (app, pilot):
        before = paused(app)
        await pilot.press("3", "down", "p")
        await until(pilot, lambda: said(app, "paused, until p has it polled again"))
        await until(pilot, lambda: paused(app) == before + 1)
        await pilot.press("u")
        await until(pilot, lambda: paused(app) == before)
