"""The pages: each shows what the store has, fits every terminal, acts on what the cursor is on, and goes away again."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from digest.delivery.media.markup import units
from digest.store import open_store
from digest.store import schema as tables
from digest.store.dashboard import Dashboard
from digest.store.statistics import read_statistics
from digest.tui.actions import Subject
from digest.tui.cells import ISOLATE, ISOLATE_END
from digest.tui.commands import CommandScreen
from digest.tui.pages.charts import columns, dots, heat
from digest.tui.pages.digest_lines import message_text
from digest.tui.pages.log import read_log
from digest.tui.pages.statistics import high, stretch_of
from digest.tui.palette import Ink
from digest.values.messages import DeliveryState
from digest.values.stories import story_name
from tests.fakes.stores import store_url
from tests.tui.newsdesk import NOW, ZONE, build_empty, copied
from tests.tui.stage import places_in, settle, staged, strips_of, text_of, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from textual.pilot import Pilot

    from digest.tui.app import DashboardApp

PAGES = {
    "O": "NEEDS YOU", "C": "HITS PER RULE AND HOUR", "R": "NORTH KOREA", "H": "Tigris Daily", "D": "NEXT",
    "L": "ENGINE LOG", "T": "2 troubles",
}  # fmt: skip
"""Key of each page, and what stands on it."""
STORY = ("j", "j", "j", "j", "i")
"""The keys to the story's page."""


@asynccontextmanager
async def opened(
    folder: Path, *keys: str, size: tuple[int, int] = (120, 36)
) -> AsyncIterator[tuple[DashboardApp, Pilot[int]]]:
    """A dashboard over a folder, after these keys."""
    url = store_url(folder / "digest.db")
    async with staged(url, size, places=places_in(folder)) as (app, pilot):
        await press(app, pilot, *keys)
        yield app, pilot


async def press(app: DashboardApp, pilot: Pilot[int], *keys: str) -> None:
    """Press keys one after the other, each when what the last one asked for is there."""
    for key in keys:
        await pilot.press(key)
        await settle(app, pilot)
    await settle(app, pilot)


def says(app: DashboardApp, words: str) -> bool:
    """Whether a line of the screen says this."""
    return any(words in line for line in text_of(app))


def on_page(app: DashboardApp, subject: Subject) -> int:
    """The id of what the page has at hand."""
    found = app.at_hand()[subject]
    assert isinstance(found, int)
    return found


@pytest.mark.parametrize("size", [(200, 60), (120, 36), (100, 30), (80, 24), (40, 12), (20, 6), (2, 2)])
async def test_every_page_fits_every_terminal(week: Path, size: tuple[int, int]) -> None:
    """Each line is as wide as the terminal, at every size, and no key that moves breaks anything."""
    async with opened(week, size=size) as (app, pilot):
        for page in (*PAGES, *STORY):
            await press(app, pilot, page)
            for key in ("j", "G", "g", "tab", "j", "shift+tab", "pagedown"):
                await pilot.press(key)
                assert {strip.cell_length for strip in strips_of(app)} == {size[0]}, (page, key)
        for _ in range(len(PAGES) + 1):
            await press(app, pilot, "escape")
        assert app.page is None


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_a_page_lies_over_the_desk_and_goes_away(week: Path, size: tuple[int, int]) -> None:
    """It says what it is about, names itself at the top, and Esc brings back what lay below, as it was."""
    (week / "config.toml").touch()
    with open_store(store_url(week / "digest.db")) as store, store.database.write() as (connection, seq):
        problems = [["1-north-korea.toml", 1, 1, "no"], ["1-north-korea.toml", 2, 1, "no"]]
        connection.execute(update(tables.rule_files).values(problems=problems, seq=seq).where(
            tables.rule_files.c.path == "1-north-korea.toml"))  # fmt: skip
    async with opened(week, size=size) as (app, pilot):
        for key, words in PAGES.items():
            await press(app, pilot, "j", key)
            selected = app.matches.selected
            assert app.page is not None, key
            assert says(app, words), key
            assert says(app, f"› {app.page.crumb}"), key
            await press(app, pilot, "escape")
            assert not app.screen.has_class("paged"), key
            assert app.focused is app.matches, key
            assert app.matches.selected == selected, key


async def test_a_view_asked_for_on_a_page_closes_it(week: Path) -> None:
    """Keys of the list show the list; what is done with an entry of it cannot be done while it is not seen."""
    async with opened(week, "O", "n", "A", "m") as (app, pilot):
        assert app.screen.has_class("paged")
        with open_store(store_url(week / "digest.db")) as store, store.database.read() as connection:
            read = connection.execute(tables.entries.select().where(tables.entries.c.read_at.is_(None))).all()
        assert len(read) > 40  # nothing was marked as read
        await press(app, pilot, "2")
        assert not app.screen.has_class("paged")
        assert app.focused is app.rules


async def test_a_story_says_what_each_report_added(week: Path) -> None:
    """The timeline names new numbers and corrections, folds repeats, and strikes out tolls that rose."""
    async with opened(week, *STORY) as (app, _):
        lines = text_of(app)
        for words in (
            "12:52 ● Orontes News    killed 4 → 6   wounded 9 → 14",
            "Δ numbers",
            "≠ correction",
            "2 more reports only repeat this: Delta Herald, Anchor News",
            "The drivers were carrying flour.",
            "✓ desk 12:31, updated 13:40",
            "REPORTS PER 15 MINUTES",
        ):
            assert any(words in line for line in lines), words
        assert [line.split()[-2:] for line in lines if "killed     11" in line] == [["1", "outlet"]]
        await until(_, lambda: says(app, "Russian"))
        assert says(app, "Korean")


async def test_a_report_is_read_from_its_story(week: Path) -> None:
    """Enter opens the report in the reader, though the list shows something else; repeats unfold."""
    async with opened(week, *STORY, *"jjjjj") as (app, pilot):
        await press(app, pilot, "enter")
        assert says(app, "repeats it: Strike on Tell Harun convoy kills")
        await press(app, pilot, "k", "k", "k", "k", "enter")
        assert app.page is None
        assert app.reader.detail is not None
        assert app.reader.detail.entry.text.source == "Strait Wire"
        await press(app, pilot, "escape", "4", "escape", "1", "S")
        assert app.matches.position[1] == 0
        await press(app, pilot, "S", "g", *STORY, "j", "enter")
        assert app.reader.detail.entry.text.source == "Strait Wire"


async def test_a_report_that_is_not_in_the_list_is_read_in_that_of_its_story(week: Path) -> None:
    """Where the list holds other entries it becomes that of the story, with the cursor on the report."""
    async with opened(week, *STORY, "j", "j") as (app, pilot):
        wanted = app.page.pane.cursor  # type: ignore[union-attr]
        with open_store(store_url(week / "digest.db")) as store, store.database.write() as (connection, seq):
            own = tables.entries.c.id == wanted
            connection.execute(update(tables.entries).where(own).values(severity=None, seq=seq))
        app.matches.order.drop([wanted])
        await press(app, pilot, "enter")
        assert app.matches.position[1] == 9
        assert app.matches.selected == wanted


async def test_reports_are_parted_and_joined_and_that_is_taken_back(week: Path) -> None:
    """`p` makes a report a story of its own, `J` lets another be one with this; `u` undoes either."""
    with open_store(store_url(week / "digest.db")) as store:
        async with opened(week, *STORY, "j") as (app, pilot):
            number = on_page(app, Subject.STORY)

            def reports() -> int:
                found = store.reads.story(number)
                return len(found.reports) if found else 0

            await press(app, pilot, "p")
            assert reports() == 8
            await press(app, pilot, "u")
            assert reports() == 9
            other = next(each for each in store.reads.stories_near(NOW) if each.lang == "ru").story
            await press(app, pilot, "J", *str(other), "enter")
            await until(pilot, lambda: reports() == 10)
            await press(app, pilot, "u")
            await until(pilot, lambda: reports() == 9)
            await press(app, pilot, "J")
            assert isinstance(app.screen, CommandScreen)
            offered = [int(each.partition(" ")[0]) for each in app.screen.found.choices()]
            assert other in offered
            assert number not in offered
            assert len(offered) == len(set(offered))
            await press(app, pilot, *str(other)[:-1], "enter")  # others begin like that, and none is meant
            await until(pilot, lambda: says(app, f"entry {str(other)[:-1]}") or reports() == 10)
            assert reports() == 9
            await press(app, pilot, "J")
            await press(app, pilot, "escape")
            await press(app, pilot, "J", *"99999999", "enter")
            await until(pilot, lambda: says(app, "there is no story or entry 99999999"))
            await press(app, pilot, "g", "p")
            await until(pilot, lambda: says(app, "part the other reports instead"))


async def test_a_story_is_followed_muted_and_its_reports_starred(week: Path) -> None:
    """The actions of the desk act on the story of the page, and on the report under the cursor."""
    with open_store(store_url(week / "digest.db")) as store:
        async with opened(week, *STORY, "j", "s", "X", "F") as (app, pilot):
            number, entry = on_page(app, Subject.STORY), on_page(app, Subject.ENTRY)
            await settle(app, pilot)
            assert entry in {each.entry for each in store.stars.all()}
            assert store.mutes.of(story_name(number), NOW) is not None
            assert store.reads.story(number).followed is None  # type: ignore[union-attr]
            assert says(app, "muted until")


async def test_a_message_is_dropped_owed_again_and_sent_again(week: Path) -> None:
    """`d` drops and `u` owes it as it was, held for the same reason; `r` queues it."""
    with open_store(store_url(week / "digest.db")) as store:
        held = next(each for each in store.outbox.list({DeliveryState.HELD}))
        async with opened(week, "O") as (app, pilot):
            app.page.pane.choose(held.id)  # type: ignore[union-attr]
            await press(app, pilot, "d")
            assert store.outbox.get(held.id).state is DeliveryState.DROPPED
            await press(app, pilot, "u")
            again = store.outbox.get(held.id)
            assert (again.state, again.held_by, again.not_before) == (held.state, held.held_by, held.not_before)
            await press(app, pilot, "r")
            assert store.outbox.get(held.id).state is DeliveryState.QUEUED
            await press(app, pilot, "d", "r")
            assert not says(app, "already")
            assert store.outbox.get(held.id).state is DeliveryState.QUEUED
            sent = next(each for each in store.outbox.list({DeliveryState.SENT}))
            app.page.pane.choose(max(each.id for each in store.outbox.list({DeliveryState.SENT})))  # type: ignore[union-attr]
            await press(app, pilot, "d")
            await until(pilot, lambda: says(app, "there is nothing to drop"))
            assert store.outbox.get(sent.id).state is DeliveryState.SENT


@pytest.mark.parametrize(
    ("keys", "filtered"), [("O", "message"), ("Rj", "Nuclear sites"), ("H", "Tigris Daily"), ("C", "Strikes in Syria")]
)
async def test_enter_lists_what_a_line_is_about(week: Path, keys: str, filtered: str) -> None:
    """Of a message the entries that it tells of, of a rule what it found, of a feed all that it brought."""
    async with opened(week, *keys, "enter") as (app, _):
        assert app.page is None
        assert filtered in app.filter_words()


@pytest.mark.parametrize("keys", ["O", "R", "H", "C"])
async def test_words_are_found_on_a_page(week: Path, keys: str) -> None:
    """`n` goes from place to place, round and round; Esc ends that first, then the page."""
    async with opened(week, *keys) as (app, pilot):
        lines = app.page.lines  # type: ignore[union-attr]
        text = ["".join(run.text for run in item.spans) for item in lines._items]
        places = sum(line.casefold().count("er") for line in text)
        await press(app, pilot, "slash", "e", "r", "enter")
        await until(pilot, lambda: says(app, f" of {places}"))
        first = lines.search._place
        await press(app, pilot, "n")
        assert lines.search._place == (first + 1) % places
        await press(app, pilot, "N", "N")
        assert lines.search._place == (first - 1) % places
        await press(app, pilot, "escape")
        assert (app.page is not None, lines.search.words) == (True, "")
        await press(app, pilot, "escape")
        assert app.page is None


async def test_statistics_count_the_range_that_is_chosen(week: Path) -> None:
    """The figures are those of the store, of a day, a week or a month; the last part holds now."""
    with open_store(store_url(week / "digest.db")) as store:
        async with opened(week, "C") as (app, pilot):
            for chosen, key in enumerate(("left", "right", "right")):
                await press(app, pilot, key)
                stretch = stretch_of(chosen, NOW, ZONE)
                assert stretch.end - stretch.part <= NOW < stretch.end
                figures = read_statistics(store.database, stretch)
                assert says(app, f"{figures.hits:,} hits")
                inside = tables.matches.c.created >= stretch.start
                with store.database.read() as connection:
                    assert figures.hits == len(connection.execute(tables.matches.select().where(inside)).all())
                assert sum(each.reports for each in figures.outlets) == figures.matched


async def test_who_is_first_counts_where_others_report_it_too(week: Path) -> None:
    """A story that nobody else reports makes nobody the first."""
    with open_store(store_url(week / "digest.db")) as store:
        figures = read_statistics(store.database, stretch_of(0, NOW, ZONE))
    assert {each.name: each.first for each in figures.outlets if each.first} == {"Levant Post": 1}


async def test_a_rule_is_muted_from_its_page(week: Path) -> None:
    """The page acts on the rule under the cursor, and shows what came of it."""
    async with opened(week, "R", "j", "M") as (app, pilot):
        await settle(app, pilot)
        with open_store(store_url(week / "digest.db")) as store:
            assert store.mutes.of("nuclear", NOW) is not None
        assert any("Nuclear sites" in line and "muted 15:07" in line for line in text_of(app))


async def test_the_next_digest_is_shown_as_telegram_will(week: Path) -> None:
    """Its stories, and beside them the message with the characters that it takes."""
    async with opened(week, "D") as (app, pilot):
        shown = app.page._book.shown  # type: ignore[union-attr]
        assert shown.chat == "desk"
        plain = "\n".join("".join(run.text for run in line) for line in message_text(shown.parts[0], 10_000))
        plain = plain.replace(ISOLATE, "").replace(ISOLATE_END, "")
        assert says(app, f"{units(plain):,} of 4,096 characters")
        assert says(app, "evening   to desk, phone")
        await press(app, pilot, "j")
        await press(app, pilot, "S")
        await until(pilot, lambda: "that cannot be taken back" in text_of(app)[-1])
        app._unsay(app._notice)  # as its time is up
        await press(app, pilot, "S")
        with open_store(store_url(week / "digest.db")) as store:
            assert store.requests.claim(NOW) is None
        await press(app, pilot, "S")
        with open_store(store_url(week / "digest.db")) as store:
            request = store.requests.claim(NOW)
        assert request is not None
        assert (request.kind, request.args["name"]) == ("send-digest", "evening")
        assert "since" in request.args


async def test_the_digest_under_the_cursor_is_sent_and_no_other(week: Path) -> None:
    """Whichever is open; a name that the config does not have is refused, with those it has."""
    async with opened(week, "D", "G", "S", "S") as (app, pilot):
        assert app.page._book.shown.key[0] == "evening"  # type: ignore[union-attr]
        with open_store(store_url(week / "digest.db")) as store:
            request = store.requests.claim(NOW)
        assert request is not None
        assert request.args["name"] == "morning"
        await press(app, pilot, "colon", *"send_digest", "space", *"noon", "enter")
        assert "not done: the config has no digest noon: morning, evening" in text_of(app)[-1]


async def test_a_digest_of_before_is_shown_as_it_was_composed(week: Path) -> None:
    """Enter opens it in place of the next one; Enter on a story of it opens the story."""
    async with opened(week, "D", "G") as (app, pilot):
        await press(app, pilot, "enter")
        assert app.page._book.shown.key == ("morning", "2026-11-21T07:00")  # type: ignore[union-attr]
        assert says(app, "▾ morning   2026-11-21 07:00")


async def test_a_log_is_shown_without_what_a_terminal_obeys(week: Path) -> None:
    """Its newest lines are in view, warnings and errors have a sign, and no escape sequence gets through."""
    with (week / "engine.log").open("a", encoding="utf-8") as log:
        log.writelines(f"2026-11-24T05:05:{at:02}Z INFO    a.b: line {at}\x1b[2J\x07\u202e\n" for at in range(60))
    async with opened(week, "L") as (app, pilot):
        await until(pilot, lambda: says(app, "line 59"))
        assert not any("\x1b" in line or "\u202e" in line for line in text_of(app))
        with (week / "engine.log").open("a", encoding="utf-8") as log:
            log.write("2026-11-24T05:07:00Z ERROR   a.b: the last\n")
        await until(pilot, lambda: any("▲" in line and "the last" in line for line in text_of(app)))
        await press(app, pilot, "pageup")
        with (week / "engine.log").open("a", encoding="utf-8") as log:
            log.write("2026-11-24T05:07:01Z INFO    a.b: unseen\n")
        assert not says(app, "unseen")
    assert read_log(week / "no.log") == []


def test_a_log_reads_the_same_in_either_format(tmp_path: Path) -> None:
    """Sentences and tracebacks, line by line, without the fields that programs read."""
    head = "2026-11-24T05:07:00Z ERROR   a.b"
    (tmp_path / "text").write_text(f"{head}: it failed\tkind=alert entry=1\nTraceback\n  in x\n", encoding="utf-8")
    told = {"time": "2026-11-24T05:07:00Z", "level": "ERROR", "logger": "a.b", "message": "it failed", "kind": "alert"}
    told["exception"] = "Traceback\n  in x\x1b[2J"
    (tmp_path / "json").write_text(json.dumps(told) + "\n", encoding="utf-8")
    assert read_log(tmp_path / "text") == read_log(tmp_path / "json")
    assert [line.words for line in read_log(tmp_path / "text")] == ["it failed", "Traceback", "  in x"]


async def test_an_empty_page_says_what_to_do(tmp_path: Path) -> None:
    """Where there is nothing to show there is a way on."""
    copied(build_empty, tmp_path)
    (tmp_path / "config.toml").write_text('[[feed]]\nurl = "https://outlet.example/rss.xml"\n', encoding="utf-8")
    with open_store(store_url(tmp_path / "digest.db")) as store, store.database.write() as (connection, _):
        connection.execute(tables.rules.delete())
        connection.execute(update(tables.feeds).values(failures=0))
    async with opened(tmp_path) as (app, pilot):
        for key, advice in (
            ("O", "digest run sends"), ("C", "polls every feed"), ("D", "[[digest]] in config.toml"),
            ("L", "digest run starts an engine"), ("T", "Nothing is wrong"),
        ):  # fmt: skip
            await press(app, pilot, key)
            assert says(app, advice), key
            await press(app, pilot, "escape")
            assert not says(app, advice), key


async def test_rules_and_feeds_that_are_not_there_say_what_to_do(tmp_path: Path) -> None:
    """Without a live rule, or a feed in the config, the pages say how to get one."""
    copied(build_empty, tmp_path)
    with open_store(store_url(tmp_path / "digest.db")) as store, store.database.write() as (connection, seq):
        connection.execute(tables.rules.delete())
        connection.execute(update(tables.feeds).values(configured=False, seq=seq))
    async with opened(tmp_path, "R") as (app, pilot):
        assert says(app, "digest check")
        await press(app, pilot, "H")
        assert says(app, "digest feeds add URL")


async def test_a_page_that_cannot_be_read_says_why_and_takes_nothing_else_down(week: Path) -> None:
    """What is wrong stands on the page; the list goes on, and the page comes back once it can be read."""
    config = (week / "config.toml").read_text(encoding="utf-8")
    (week / "config.toml").write_text("[[digest]]\nname = 3\n", encoding="utf-8")
    async with opened(week, "D") as (app, pilot):
        assert says(app, "config.toml:2")
        await press(app, pilot, "escape", "j")
        assert app.matches.selected == app.matches.order[1]
        (week / "config.toml").write_text(config, encoding="utf-8")
        await press(app, pilot, "D")
        assert says(app, "NEXT")


async def test_a_damaged_row_is_told_on_its_page_alone(week: Path) -> None:
    """A message that cannot be read leaves the list, the reader and the other pages as they are."""
    with open_store(store_url(week / "digest.db")) as store, store.database.write() as (connection, _):
        connection.exec_driver_sql("UPDATE deliveries SET kind = 'pigeon' WHERE state = 'dead'")
    async with opened(week, "O") as (app, pilot):
        await until(pilot, lambda: says(app, "▲ "))
        assert not says(app, "NEEDS YOU")
        await press(app, pilot, "escape", "j", "R")
        assert says(app, "NORTH KOREA")


async def test_strangers_words_are_shown_without_what_a_terminal_obeys(week: Path) -> None:
    """Titles, names of feeds, errors and reasons pass the same way as everywhere: no page draws a control character."""
    evil = "\x1b[31m\x9b2J\u202eevil\r\n\t\u2066"
    with open_store(store_url(week / "digest.db")) as store, store.database.write() as (connection, seq):
        connection.execute(update(tables.entries).values(title=evil, seq=seq))
        connection.execute(update(tables.feeds).values(name=evil, last_error=evil, failures=1, seq=seq))
        connection.execute(update(tables.deliveries).values(title=evil, reason=evil, seq=seq))
        connection.execute(update(tables.rules).values(title=evil, topic=evil, seq=seq))
    async with opened(week) as (app, pilot):
        for key in (*PAGES, *STORY):
            await press(app, pilot, key)
            text = "".join(text_of(app))
            assert not {"\x1b", "\x9b", "\u202e", "\r", "\t"} & set(text), key


def test_columns_are_as_tall_as_their_share() -> None:
    """The highest fills all rows, nothing leaves a hairline, and no chart is wider than it may be."""
    chart = columns([0, 1, 8], 12, 2)
    assert ["".join(run.text for run in line) for line in chart] == ["        ███ ", "▁▁▁ ▂▂▂ ███ "]
    assert chart[0][2].ink is Ink.ACCENT
    assert columns([], 12, 2) == [[], []]


def test_a_line_of_heat_fills_its_cells() -> None:
    """So many cells whatever is counted; the highest of all lines is the tallest."""
    for cells in range(1, 40):
        assert sum(len(run.text) for run in heat([0, 1, 5, 10], 10, cells)) == cells
    assert [run.text for run in heat([0, 1, 10], 10, 3)] == ["▁", "▂", "▆"]


def test_dots_stand_at_their_height() -> None:
    """The top value in the uppermost row, nothing where there is no value."""
    rows = dots([[None, 8.0], [0.0, None]], [Ink.ACCENT, Ink.READ], 8.0, 2, 2)
    assert [["".join(run.text) for run in row] for row in rows] == [[" ", "⠉"], ["⣀", " "]]


def test_one_of_twenty_is_above_what_is_high() -> None:
    """p95 of few values is the highest of them."""
    assert high([3.0]) == 3.0
    assert high([float(value) for value in range(1, 101)]) == 95.0
    assert stretch_of(1, NOW, ZONE).part == timedelta(hours=6)


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_who_reads_a_report_of_a_story_comes_back_to_it(week: Path, size: tuple[int, int]) -> None:
    """Esc leads back to the page, on the report that was read, and from there to the line of the list it began at."""
    with open_store(store_url(week / "digest.db")) as store:
        async with opened(week, *STORY, size=size) as (app, pilot):
            story, began = on_page(app, Subject.STORY), app.matches.selected
            await press(app, pilot, "j", "j")
            entry = on_page(app, Subject.ENTRY)
            await press(app, pilot, "enter")
            assert (app.page, app.matches.selected) == (None, entry)
            await until(pilot, lambda: not Dashboard(store.database).rows([entry])[0].unread)
            await press(app, pilot, "escape")
            assert (on_page(app, Subject.STORY), on_page(app, Subject.ENTRY)) == (story, entry)
            await press(app, pilot, "escape")
            assert (app.page, app.matches.selected) == (None, began)


async def test_what_a_story_is_says_the_same_as_its_line_in_the_list(week: Path) -> None:
    """Its rules by their titles, with the highest severity of any report."""
    async with opened(week, *STORY[:-1]) as (app, pilot):
        row = app.matches.selected_row
        assert row is not None
        await press(app, pilot, STORY[-1])
        head = next(line for line in text_of(app) if "report" in line)
        assert row.severity is not None
        assert row.severity.word in head
        titles = [rule.title or rule.id for rule in app.live_rules if rule.id in row.rules]
        assert titles
        assert all(title in head for title in titles)
