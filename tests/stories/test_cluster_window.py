"""Which story a report belongs to: placed beside the newest ones, from what is stored of them alone."""

from __future__ import annotations

import random
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.stories.cluster import Clue, Placing, Window, clue_of
from digest.values.news import EntryText
from tests.stories.labelled import SETS, read_set

if TYPE_CHECKING:
    from collections.abc import Sequence

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
Row = tuple[int, int, datetime, str, bytes]
"""What is stored of a report, in the order `Window.add` takes it."""


def clue(title: str, hours: float = 0, *, source: str = "", summary: str = "", lang: str = "en") -> Clue:
    """A report, so many hours after the start."""
    return Clue(title, summary, source, lang, START + timedelta(hours=hours))


def take(window: Window, key: int, report: Clue, story: int | None = None) -> Placing:
    """Place a report and take it in; a new story is called by the key of its first report."""
    place = window.place(report)
    chosen = story if story is not None else key if place.story is None else place.story
    window.add(key, chosen, report.at, place.lang, place.vector)
    return place


def mixed_reports() -> list[Clue]:
    """Reports of all our sets by turns, in seven languages, with and without summaries."""
    sets = [read_set(path, path.stem.partition("_")[0]) for path in sorted(SETS.glob("*.csv"))]
    return sorted((each.clue for reports in sets for each in reports), key=lambda each: each.at)


@pytest.mark.parametrize("longest", [20_000, 150])
def test_a_window_built_again_answers_as_the_one_never_closed(longest: int) -> None:
    """From the rows of the newest reports alone, in their order: every answer is the same, byte for byte."""
    reports = mixed_reports()
    window, rows = Window(longest), list[Row]()
    for key, report in enumerate(reports):
        place = window.place(report)
        if key % 211 == 0:
            assert built(rows[-longest:], longest).place(report) == place
        rows.append((key, key if place.story is None else place.story, report.at, place.lang, place.vector))
        window.add(*rows[-1])
    again = built(rows[-longest:], longest)
    assert len(again) == len(window) == min(longest, len(reports))
    for report in reports[-200:]:
        assert again.place(report) == window.place(report)


def built(rows: Sequence[Row], longest: int) -> Window:
    """A window made from stored rows."""
    window = Window(longest)
    for row in rows:
        window.add(*row)
    return window


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(-3, 100), st.booleans()), max_size=60), st.integers(1, 12))
def test_whatever_happens_a_rebuilt_window_agrees(moves: list[tuple[int, int, bool]], longest: int) -> None:
    """Also with reports out of order, with ones that a user moved, and with a window of a few reports."""
    titles = [each.title for each in mixed_reports()[:41]]
    window, rows = Window(longest), dict[int, Row]()
    for key, (which, hours, moved) in enumerate(moves):
        report = clue(titles[which], hours)
        place = window.place(report)
        rows[key] = (key, key if place.story is None else place.story, report.at, place.lang, place.vector)
        window.add(*rows[key])
        if moved and key:
            window.move(key - 1, which)
            rows[key - 1] = (key - 1, which, *rows[key - 1][2:])
    again = built([*rows.values()][-longest:], longest)
    for title in titles[:10]:
        assert again.place(clue(title, 50)) == window.place(clue(title, 50))


def test_placing_changes_nothing() -> None:
    """Asked again, it answers the same."""
    window = Window()
    take(window, 1, clue("Earthquake of magnitude 6.8 strikes off Valdoria"))
    report = clue("Magnitude 6.8 earthquake hits Valdoria coast", 1)
    assert window.place(report) == window.place(report)
    assert len(window) == 1


def test_reports_of_one_event_are_one_story_and_others_are_not() -> None:
    """The first is a new story, a later one joins it and names the report most like it; another event is another."""
    window = Window()
    first = take(window, 1, clue("Earthquake of magnitude 6.8 strikes off western Valdoria", source="Reuters"))
    assert (first.story, first.repeat, first.nearest, first.likeness) == (None, False, None, 0.0)
    later = take(window, 2, clue("Valdoria earthquake: thousands flee coast after 6.8 tremor", 1, source="BBC News"))
    assert (later.story, later.nearest) == (1, 1)
    assert 0.2 < later.likeness < 1
    assert window.place(clue("Fed holds rates steady, signals two cuts", 2)).story is None


def test_the_same_title_is_a_repeat_whatever_else_was_said() -> None:
    """Also with another outlet's name behind it, and with another summary."""
    window = Window()
    take(
        window,
        1,
        clue("Starship breaks apart during test flight", source="CNN", summary="The rocket blew up over Texas."),
    )
    again = window.place(
        clue("Starship breaks apart during test flight | KWTX", 40, summary="Debris fell into the sea.")
    )
    assert (again.story, again.repeat, again.nearest) == (1, True, 1)


def test_a_title_of_two_words_is_no_event() -> None:
    """What is called “Live updates” comes every day, and says nothing by itself."""
    window = Window()
    take(window, 1, clue("Live updates", summary="Parliament votes on the budget tonight."))
    assert not window.place(clue("Live updates", 5, summary="A storm moves in from the coast of Norway.")).repeat


def test_other_numbers_are_no_repeat() -> None:
    """A toll that rises is no repeat however alike the words are, but belongs to the story; without numbers it is."""
    window = Window()
    take(window, 1, clue("Ferry sinks off Davao in southern Philippines, 18 dead", source="AP"))
    risen = window.place(clue("Ferry sinks off Davao in southern Philippines, 31 dead", 1, source="AFP"))
    assert (risen.story, risen.repeat) == (1, False)
    assert risen.likeness > 0.6
    assert window.place(clue("Ferry sinks off Davao in southern Philippines, dozens dead", 1, source="AFP")).repeat


def test_an_outlet_seldom_repeats_itself() -> None:
    """What one outlet writes by a pattern is told as often as it comes; the same words of another one are a repeat."""
    window = Window()
    take(window, 1, clue("Fire brigade called out to the hospital in Weiz", source="Fire brigade"))
    later = "Fire brigade called to a cellar fire in Weiz"
    other = window.place(clue(later, 1, source="Weiz Post"))
    own = window.place(clue(later, 1, source="Fire brigade"))
    assert other.likeness == own.likeness
    assert (other.repeat, own.repeat) == (True, False)


def test_a_feed_that_gathers_outlets_is_as_many_voices() -> None:
    """Behind the mark stands whose headline it is: two of them in one feed repeat each other."""
    window = Window()
    take(window, 1, clue("Thousands flee as wildfire nears Athens suburbs - AFP", source="Headlines"))
    assert window.place(clue("Thousands flee as wildfire nears Athens - Reuters", 1, source="Headlines")).repeat


def test_reports_fade_and_beyond_three_days_are_never_compared() -> None:
    """The same pair is less alike the further apart it is, in either direction; after 72 hours it is nothing."""
    window = Window()
    take(window, 1, clue("Wildfire near Athens forces evacuation of villages", 100))
    asked = "Greece: villages evacuated as wildfire nears Athens"
    likeness = [window.place(clue(asked, 100 + hours)).likeness for hours in (0, 10, 40, 71)]
    assert likeness == sorted(likeness, reverse=True)
    assert window.place(clue(asked, 90)).likeness == pytest.approx(likeness[1])
    for hours in (27.9, 172.1):
        assert window.place(clue(asked, hours)).nearest is None
        assert not window.place(clue("Wildfire near Athens forces evacuation of villages", hours)).repeat


def test_languages_are_never_compared() -> None:
    """The same names in another language, or under another tag, are another story; a region makes no difference."""
    window = Window()
    take(window, 1, clue("Ancelotti, Xabi Alonso, Real Madrid", lang="es"))
    assert window.place(clue("Ancelotti, Xabi Alonso, Real Madrid 2", lang="pt")).nearest is None
    assert window.place(clue("Ancelotti, Xabi Alonso, Real Madrid 2", lang="es-AR")).nearest == 1


def test_the_oldest_leave() -> None:
    """Beyond the longest, and with them what their features counted for."""
    window = Window(3)
    for key in range(5):
        take(window, key, clue(f"Storm {key} crosses the northern islands of Valdoria"))
    assert len(window) == 3
    small = Window(3)
    for key in (2, 3, 4):
        take(small, key, clue(f"Storm {key} crosses the northern islands of Valdoria"))
    gone = window.place(clue("Storm 0 crosses the northern islands of Valdoria", 1))
    assert gone.nearest in {2, 3, 4}
    assert gone.vector == small.place(clue("Storm 0 crosses the northern islands of Valdoria", 1)).vector


def test_a_users_word_holds() -> None:
    """A report that was moved takes what is like it along; one that left, or never came, is past moving."""
    window = Window(2)
    title = "Arab leaders meet in Cairo on Gaza plan"
    take(window, 1, clue(title))
    window.move(1, 77)
    window.move(99, 77)
    assert window.place(clue(title, 1)).story == 77
    take(window, 2, clue("Copper prices slip", 2))
    take(window, 3, clue("Oil edges up", 3))
    window.move(1, 5)
    assert window.place(clue(title, 4)).story is None


def test_a_report_is_taken_in_once() -> None:
    """Two engines may bring the same row."""
    window = Window()
    place = take(window, 1, clue("Oil edges up on supply worries"))
    window.add(1, 5, START, place.lang, place.vector)
    assert len(window) == 1
    assert window.place(clue("Oil edges up on supply worries", 1)).story == 1


@pytest.mark.parametrize("vector", [b"", b"\x01", b"\xff" * 400, b"\x01" + b"\xff" * 399])
def test_a_vector_that_cannot_be_read_is_never_like_anything(vector: bytes) -> None:
    """Of another version, or damaged: it takes its place in the order, and is no candidate."""
    window = Window(4)
    window.add(1, 1, START, "en", vector)
    assert window.place(clue("Oil edges up on supply worries", 1)).nearest is None
    for key in range(2, 9):
        take(window, key, clue(f"Oil edges up {key}"))
    assert len(window) == 4


def test_a_damaged_vector_breaks_nothing() -> None:
    """Whichever byte of it is another."""
    rnd = random.Random(5)  # noqa: S311 - the same damage each time, not secrets
    vector = Window().place(clue("Rescuers dig through rubble as Valdoria quake deaths pass 100")).vector
    window = Window(50)
    for key in range(300):
        broken = bytearray(vector)
        broken[rnd.randrange(len(broken))] ^= rnd.randrange(1, 256)
        window.add(key, key, START, "en", bytes(broken))
        place = window.place(clue("Rescuers dig through rubble as Valdoria quake deaths pass 100", 1))
        assert place.likeness < 10
    assert len(window) == 50


@pytest.mark.parametrize(
    "title",
    [
        "",
        " ",
        "|",
        " - ",
        "a",
        "🙂" * 500,
        "x" * 1_000_000,
        "\x00\x01",
        "北" * 5000,
        "a " * 100_000,
        "- " * 50_000,
        "12",
    ],
)
def test_any_title_has_a_place(title: str) -> None:
    """Empty, endless or of signs alone; nothing costs more than a headline does."""
    window = Window()
    place = take(window, 1, clue(title, lang="", source=title, summary=title))
    assert len(place.vector) < 20_000
    take(window, 2, clue(title, 1, lang=""))
    assert len(window) == 2


def test_an_entry_without_a_summary_is_compared_by_its_content() -> None:
    """Many feeds put the text there."""
    entry = EntryText(title="Title", content="The text.", source="Wire", lang="en")
    assert clue_of(entry, START) == Clue("Title", "The text.", "Wire", "en", START)
    assert clue_of(replace(entry, summary="Sum"), START).summary == "Sum"


def test_what_leaves_is_not_kept() -> None:
    """A window that is full grows no more, however many reports pass through it."""
    window = Window(100)
    rnd = random.Random(7)  # noqa: S311 - the same words each time, not secrets
    titles = [" ".join(f"word{rnd.randrange(3000)}" for _ in range(9)) for _ in range(100)]
    places = [window.place(clue(title)) for title in titles]

    def add(first: int, last: int) -> None:
        for key in range(first, last):
            place = places[key % 100]
            window.add(key, key, START + timedelta(minutes=key), place.lang, place.vector)

    add(0, 1000)
    tracemalloc.start()
    add(1000, 1500)
    grown, _ = tracemalloc.get_traced_memory()
    add(1500, 5000)
    later, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert later - grown < 200_000
