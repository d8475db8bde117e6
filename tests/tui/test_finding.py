"""Words are looked for in the text that is read, and what is typed ahead of a line to type in goes there."""

from __future__ import annotations

from typing import cast

import pytest
from textual.events import Key, Paste

from digest.tui.actions import Subject
from digest.tui.app import DashboardApp
from digest.tui.cells import Run
from digest.tui.commands import CommandScreen
from digest.tui.doing import EngineHands
from digest.tui.pages.feeds import FeedsPage
from digest.tui.palette import Ink
from digest.tui.reading.finding import marked, places_of
from digest.tui.widgets.typed import TypedLine
from digest.values.listing import Listing
from digest.values.states import FeedHealth
from digest.watch.health import feed_health
from tests.tui.newsdesk import NOW, ZONE
from tests.tui.stage import PLACES, settle, staged, text_of, until

_Places = list[list[tuple[int, int, int]]]


def _lines(*texts: str) -> list[list[Run]]:
    return [[Run(text)] for text in texts]


@pytest.mark.parametrize(
    ("words", "lines", "places"),
    [
        ("ship", ("A SHIP, two ships",), [[(0, 2, 6)], [(0, 12, 16)]]),
        ("oil at sea", ("moved oil", "at  sea by night"), [[(0, 6, 9), (1, 0, 7)]]),
        ("straße", ("In der STRASSE",), [[(0, 7, 14)]]),
        ("aa", ("aaaa",), [[(0, 0, 2)], [(0, 2, 4)]]),
        ("nothing", ("at all",), []),
        ("  ", ("at all",), []),
    ],
)
def test_words_are_found_across_lines(
    words: str, lines: tuple[str, ...], places: list[list[tuple[int, int, int]]]
) -> None:
    """In upper or lower case, with any white space between them; what is found is marked letter by letter."""
    found = places_of(words, _lines(*lines))
    assert found == places
    for spans in found:
        for line, start, end in spans:
            runs = marked(_lines(*lines)[line], [place for each in found for place in each if place.line == line])
            assert "".join(run.text for run in runs) == lines[line]
            assert lines[line][start:end] in "".join(run.text for run in runs if run.ink is Ink.MARK)


async def test_a_text_is_searched_with_the_keys_of_the_list(day: str) -> None:
    """In the reader / finds words, n and N go on and round, Esc ends that, and n is the next unread entry again."""
    async with staged(day, (120, 24)) as (app, pilot):
        entry = next(row.id for row in app.matches._rows.values() if row.title.startswith("Panel: two tankers"))
        app.matches.go_to(entry)
        await pilot.press("enter")
        await settle(app, pilot)
        await pilot.press("slash")
        await until(pilot, lambda: isinstance(app.screen, CommandScreen) and isinstance(app.focused, TypedLine))
        await pilot.press(*"the", "enter")
        await until(pilot, lambda: "“the”: 1 of" in text_of(app)[-1])
        total = len(app.reader.search._places)
        assert total > 2
        top = app.reader._top
        await pilot.press("N")
        await until(pilot, lambda: f"“the”: {total} of {total}" in text_of(app)[-1])
        assert app.reader._top > top
        await pilot.press("n", "n")
        await until(pilot, lambda: f"“the”: 2 of {total}" in text_of(app)[-1])
        assert app.matches.selected == entry
        await pilot.press("escape")
        assert (app.reader.search.words, app.focused) == ("", app.reader)
        await pilot.press("n")
        await until(pilot, lambda: app.matches.selected != entry)


async def test_rules_and_feeds_are_found_by_their_names(day: str) -> None:
    """In their panes / goes to the first whose whole name has the words, n on to others; Esc ends that."""
    async with staged(day) as (app, pilot):
        for key, pane, names in (
            ("3", app.feeds, {feed.id: feed.name for feed in app.feeds._feeds}),
            ("2", app.rules, {rule.id: rule.title or rule.id for rule in app.live_rules}),
        ):
            await pilot.press(key)
            await settle(app, pilot)
            wanted = list(names.values())[-1][-5:]
            fitting = {each for each, name in names.items() if wanted.casefold() in name.casefold()}
            await pilot.press("slash")
            await until(pilot, lambda: isinstance(app.screen, CommandScreen) and isinstance(app.focused, TypedLine))
            await pilot.press(*wanted, "enter")
            told = f" of {len(fitting)}"
            await until(pilot, lambda told=told: told in text_of(app)[-1])  # type: ignore[misc]  # bound now
            assert pane.cursor in fitting
            gone_to = [pane.cursor]
            for _ in fitting:
                await pilot.press("n")
                gone_to.append(pane.cursor)
            assert set(gone_to) == fitting
            assert gone_to[0] == gone_to[-1]
            await pilot.press("escape")
            assert (pane.search.words, app.focused) == ("", pane)


def _type(app: DashboardApp, *keys: str) -> None:
    """As they come from a terminal that was not read for a moment: all at once."""
    for key in keys:
        app.post_message(Key(key, key if len(key) == 1 else {"slash": "/", "colon": ":"}.get(key)))


async def test_keys_typed_ahead_of_a_prompt_go_there(day: str) -> None:
    """None of them moves the cursor, marks or quits, however late the line is there."""
    async with staged(day) as (app, pilot):
        here = app.matches.selected
        _type(app, "slash", *"jqunread")
        await until(pilot, lambda: app.typed_filter == "jqunread" or app.filter_bar is not None)
        await until(pilot, lambda: app.filter_bar is not None and app.filter_bar._input.value == "jqunread")
        await pilot.press("escape")
        await until(pilot, lambda: not app.typed_filter and app.focused is app.matches)
        _type(app, "colon", *"qjstory")
        await until(pilot, lambda: isinstance(app.screen, CommandScreen) and app.screen._input.value == "qjstory")
        await pilot.press("escape")
        await settle(app, pilot)
        _type(app, "j", "k")
        await pilot.pause()
        assert (app.matches.selected, app.return_code) == (here, None)


async def test_keys_typed_ahead_of_a_move_between_panes_count_from_there(day: str) -> None:
    """Two Tabs are two panes further, and Tab behind Esc is one from where Esc leads, however fast they come."""
    async with staged(day) as (app, pilot):
        for keys, pane in ((("tab", "tab"), app.rules), (("escape", "tab"), app.reader)):
            _type(app, *keys)
            await settle(app, pilot)
            assert app.focused is pane


async def test_help_begins_with_the_place_one_is_in(day: str) -> None:
    """With what the footer offers there, in its order; what belongs to other pages comes last."""
    async with staged(day) as (app, pilot):
        for opening, first in (((), "open"), (("tab",), "read_on"), (("escape", "3"), "open"), (("O",), "open")):
            await pilot.press(*opening, "question_mark")
            await until(pilot, lambda: isinstance(app.screen, CommandScreen))
            assert isinstance(app.screen, CommandScreen)
            groups = [action.group for action in app.screen._actions]
            assert groups[: len(app.offered)] == ["here"] * len(app.offered)
            assert app.screen._actions[0].name == app.offered[0] == first
            assert "on the page editor" not in groups[:40]
            await pilot.press("escape")
            await until(pilot, lambda: len(app.screen_stack) == 1)


async def test_esc_goes_back_to_where_a_list_was_opened(day: str) -> None:
    """From the entries of a feed to the view and the pane before, or to the page."""
    async with staged(day) as (app, pilot):
        await pilot.press("a", "3", "j")
        await settle(app, pilot)
        feed = cast("int", app.feeds.cursor)
        await pilot.press("enter")
        await settle(app, pilot)
        assert app._scope.listing == Listing(matched=False, feed=feed)
        await pilot.press("escape")
        await settle(app, pilot)
        assert (app._scope.listing, app.focused) == (Listing(matched=False), app.feeds)
        await pilot.press("escape", "H")
        await until(pilot, lambda: app.page is not None and app.page.at_hand() != {})
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.page is None and app._scope.listing.feed is not None)
        there = app._scope.listing.feed
        await pilot.press("escape")
        await until(pilot, lambda: app.page is not None and list(app.page.at_hand().values()) == [there])
        assert app._scope.listing == Listing(matched=False)


async def test_keys_behind_a_line_that_is_typed_act_where_it_led(day: str) -> None:
    """Behind Enter they are for the list that is filtered then, or for what the action shows: not for the line."""
    async with staged(day) as (app, pilot):
        _type(app, "slash", *"the", "enter", "j", "s")
        await until(pilot, lambda: not app.is_doing and app.typed_filter == "the")
        await settle(app, pilot)
        assert app.filter_bar is not None
        assert (app.filter_bar._input.value, app.filter_bar.display) == ("the", False)
        row = app.matches.selected_row
        assert (app.matches.position[0], row is not None and row.starred) == (2, True)
        _type(app, "escape", "colon", *"view_all", "enter", "j", "j")
        await settle(app, pilot)
        await until(pilot, lambda: not app.is_doing and not app._scope.listing.matched)
        await settle(app, pilot)
        assert (len(app.screen_stack), app.typed_filter) == (1, "")


async def test_keys_behind_another_list_act_in_that(day: str) -> None:
    """They move in it, and act on the line of it that they lead to, however late it has been read."""
    async with staged(day) as (app, pilot):
        before = {app.matches.order[line] for line in range(len(app.matches.order))}
        _type(app, "a", "j", "j", "j", "s")
        await until(pilot, lambda: not app.is_doing and len(app.matches.order) > len(before))
        await settle(app, pilot)
        row = app.matches.selected_row
        assert (app.matches.position[0], row is not None and row.starred) == (4, True)


async def test_keys_behind_a_page_act_on_what_it_shows(day: str) -> None:
    """Its cursor goes where they send it, and the line there is acted on, however late the page has been read."""
    async with staged(day) as (app, pilot):
        await pilot.press("H")
        await settle(app, pilot)
        assert isinstance(app.page, FeedsPage)
        second = [item.key for item in app.page.lines._items if item.key is not None][1]
        await pilot.press("escape")
        _type(app, "H", "j", "p")
        await until(pilot, lambda: not app.is_doing and app.page is not None and app.page.was_read)
        await settle(app, pilot)
        assert app.at_hand()[Subject.FEED] == second
        assert app.snapshot is not None
        assert [feed.id for feed in app.snapshot.feeds if feed_health(feed, NOW) is FeedHealth.PAUSED] == [second]


async def test_keys_behind_the_way_to_an_unread_entry_act_on_that(day: str) -> None:
    """Where the lines on the way are not in memory, the store is asked, and its answer is waited for."""
    async with staged(day) as (app, pilot):
        await pilot.press("G")
        await settle(app, pilot)
        last, row = app.matches.selected, app.matches.selected_row
        assert last is not None
        assert row is not None
        app.matches._rows = {last: row}
        app.matches._asked = {last}
        _type(app, "n", "s")
        await until(pilot, lambda: not app.is_doing and app.matches.selected != last)
        await settle(app, pilot)
        row = app.matches.selected_row
        assert row is not None
        assert row.unread
        assert row.starred


async def test_keys_that_come_before_the_list_wait_for_it(day: str) -> None:
    """Whoever types at once has it done with what stands there then."""
    app = DashboardApp(day, zone=ZONE, places=PLACES, now=lambda: NOW)
    async with app.run_test() as pilot:
        _type(app, "j", "s")
        await until(pilot, lambda: not app.is_doing and app.matches.position[0] == 2)
        await settle(app, pilot)
        row = app.matches.selected_row
        assert row is not None
        assert row.starred


async def test_keys_that_need_the_text_wait_for_it(day: str) -> None:
    """The link that is copied is that of the entry that the keys before led to, however late it has been read."""
    async with staged(day) as (app, pilot):
        _type(app, "j", "j", "y")
        await until(pilot, lambda: not app.is_doing and app.matches.position[0] == 3)
        await settle(app, pilot)
        detail = app.reader.detail
        assert detail is not None
        assert detail.entry.id == app.matches.selected
        await until(pilot, lambda: app.clipboard == detail.entry.url)


async def test_a_key_right_behind_escape_is_two_keys(day: str) -> None:
    """Within a tenth of a second a terminal's parser takes both for one with Alt; a key of the user's own is that."""
    async with staged(day) as (app, pilot):
        app.post_message(Key("slash", "/"))
        _type(app, *"oil")
        app.post_message(Key("alt+1", None))
        app.post_message(Key("alt+s", "s"))
        _type(app, "j")
        app.post_message(Key("alt+shift+h", "H"))
        await until(pilot, lambda: not app.is_doing and isinstance(app.page, FeedsPage))
        await settle(app, pilot)
        assert (app.typed_filter, app.matches.position[0]) == ("", 2)
        first = app.matches._rows[app.matches.order[0]]
        assert first.starred
        app._take_keys({"star": ("alt+j",)}, ())
        app.post_message(Key("alt+k", "k"))
        app.post_message(Key("alt+j", "j"))
        await until(pilot, lambda: not app.is_doing and app.page is None)
        await settle(app, pilot)
        assert (app.matches.position[0], app.matches._rows[app.matches.order[0]].starred) == (1, False)


async def test_what_is_pasted_behind_a_key_goes_where_that_led(day: str) -> None:
    """A word that is pasted right behind / is the filter."""
    async with staged(day) as (app, pilot):
        _type(app, "slash")
        app.post_message(Paste("seoul"))
        await until(pilot, lambda: app.filter_bar is not None and app.filter_bar._input.value == "seoul")


async def test_letters_of_a_text_do_not_wait_for_each_other(day: str) -> None:
    """They lead nowhere else, and a long text that comes as keys is drawn a few times, not once a letter."""
    async with staged(day) as (app, pilot):
        await pilot.press("slash")
        await until(pilot, lambda: isinstance(app.focused, TypedLine))
        turn, text = app._turn, "seoul" * 60
        _type(app, *text)
        await until(pilot, lambda: app.filter_bar is not None and app.filter_bar._input.value == text)
        assert app._turn == turn


async def test_what_is_searched_stays_in_sight(day: str) -> None:
    """Where only words are wanted, their line is at the lower end, and what they are looked for in stands above."""
    async with staged(day, (80, 24)) as (app, pilot):
        await pilot.press("3", "slash")
        await until(pilot, lambda: isinstance(app.screen, CommandScreen) and isinstance(app.focused, TypedLine))
        lines = text_of(app)
        assert any("Tigris Daily" in line for line in lines)
        assert any("type words here" in line for line in lines)


async def test_stopping_the_engine_is_done_when_it_is_asked_for_twice(day: str) -> None:
    """From the palette, too, which is opened in between; the first time says what the second does."""
    stopped: list[bool] = []

    def stop() -> str:
        stopped.append(True)
        return "stopped"

    async with staged(day) as (app, pilot):
        app.hands = EngineHands(start=lambda: "started", stop=stop)
        for _ in range(2):
            assert not stopped
            await pilot.press("colon")
            await until(pilot, lambda: isinstance(app.screen, CommandScreen) and isinstance(app.focused, TypedLine))
            await pilot.press(*"stop_engine", "enter")
            await settle(app, pilot)
        await until(pilot, lambda: bool(stopped))


async def test_what_is_done_to_a_line_holds_the_list(day: str) -> None:
    """What comes meanwhile would slip under the cursor, and the next key be done on another entry."""
    async with staged(day) as (app, pilot):
        assert app.matches.following
        here = app.matches.selected
        await pilot.press("F")
        await settle(app, pilot)
        assert (app.matches.following, app.matches.selected) == (False, here)
