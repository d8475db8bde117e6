"""Which stories of a period are likely one event, once all of it is known."""

from __future__ import annotations

import itertools
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from digest.stories.cluster import Clue, Whole, Window, kin_of
from digest.values.stories import Kin
from tests.stories.labelled import SETS, placed, read_set

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def wholes(*stories: tuple[str, ...], lang: str = "en", first: int = 1, found: tuple[str, ...] = ()) -> list[Whole]:
    """Stories by the headlines of their reports."""
    window, made, keys = Window(), [], itertools.count(1)
    for number, titles in enumerate(stories, start=first):
        clues = tuple(Clue(title, "", "", lang, NOON + number * HOUR) for title in titles)
        vectors = []
        for clue in clues:
            place = window.place(clue)
            window.add(next(keys), number, clue.at, place.lang, place.vector)
            vectors.append(place.vector)
        made.append(Whole(number, lang, clues[0].at, clues, tuple(vectors), found))
    return made


FIRE = (
    "Wildfire near Athens forces evacuation of villages",
    "Villages near Athens evacuated as wildfire spreads",
    "Athens wildfire: hundreds leave their homes",
)
OTHERS = ("Central bank keeps interest rates on hold",), ("Film festival opens with a comedy",)


def test_a_lone_report_that_is_worded_like_a_story_stands_with_it_in_doubt() -> None:
    """So many words of one event are no chance, and still may be of another."""
    found = kin_of(wholes(FIRE, *OTHERS, ("Wildfire burns out of control northeast of Athens",)))
    assert found == (Kin((1,), (4,)),)


def test_a_report_that_others_followed_is_an_event_of_its_own() -> None:
    """Had it been the same, later reports would have led to one another."""
    fire = "Wildfire burns out of control northeast of Athens"
    assert kin_of(wholes(FIRE, *OTHERS, (fire, f"{fire}, mayor says"))) == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Earthquake of magnitude 6.8 shakes the coast of Chile", "Earthquake of magnitude 5.1 shakes coast of Chile"),
        ("Strong earthquake shakes the coast of Chile", "Strong earthquake shakes the coast of Japan"),
        ("Strong earthquake shakes the coast of Chile", "Another earthquake shakes the coast of Chile"),
    ],
)
def test_two_lone_reports_that_differ_in_what_tells_events_apart_stay_apart(one: str, other: str) -> None:
    """Another number, another place, once more: nothing but the words of such news speaks for one event."""
    assert kin_of(wholes((one,), *OTHERS, (other,))) == ()


def test_few_lone_reports_stand_with_one_story() -> None:
    """Where many are like it something goes on, and each is told by itself."""
    lone = [(f"Wildfire near Athens: {word} villages evacuated",) for word in ("three", "five", "nine", "ten", "more")]
    first, *_ = kin_of(wholes((*FIRE, *FIRE), *lone))
    assert (first.stories, len(first.doubtful)) == ((1,), 3)


def test_the_same_event_in_other_languages_is_found_by_what_translation_keeps() -> None:
    """Here the rule, a name and the toll; what shares the rule alone stays apart."""
    english = wholes(("Kretinsky ferry disaster: 18 people killed",), ("Ticket prices rise",), found=("ferries",))
    german = wholes(
        ("Kretinsky-Fähre gesunken: 18 Menschen getötet",),
        ("Überfahrt wird teuer",),
        lang="de",
        first=11,
        found=("ferries",),
    )
    assert kin_of([*english, *german]) == (Kin((1, 11)),)


def test_a_lone_report_in_another_language_that_may_be_the_event_stands_with_it_in_doubt() -> None:
    """One that others followed is an event of its own."""
    english = wholes(("Wildfire in Greece: six killed near Athens", "Wildfire near Athens kills six"), *OTHERS)
    fire, bank = "Griechenland ruft nach Waldbrand die EU um Hilfe: 4200 Hektar verbrannt", ("Leitzins bleibt",)
    assert kin_of([*english, *wholes((fire,), bank, lang="de", first=11)]) == (Kin((1,), (11,)),)
    assert kin_of([*english, *wholes((fire, f"{fire}, sagt Athen"), bank, lang="de", first=11)]) == ()


def test_the_order_of_the_stories_changes_nothing() -> None:
    """The same input, the same digest."""
    stories = [
        *wholes(FIRE, *OTHERS, ("Wildfire burns out of control northeast of Athens",), found=("fires",)),
        *wholes(("Großbrand bei Athen: 4200 Hektar, 18 Verletzte",), lang="de", first=11, found=("fires",)),
    ]
    found = {kin_of(some) for some in itertools.permutations(stories)}
    assert len(found) == 1


def right_of(name: str) -> list[bool]:
    """Of each lone report of a set that stands with a story, whether it is of its event."""
    rows = read_set(SETS / f"{name}.csv", name)
    reports: dict[int, list[int]] = defaultdict(list)
    places = placed(row.clue for row in rows)
    for at, (story, _) in enumerate(places):
        reports[story].append(at)
    found = kin_of(
        Whole(
            story,
            name,
            rows[some[0]].clue.at,
            tuple(rows[at].clue for at in some),
            tuple(places[at][1].vector for at in some),
        )
        for story, some in reports.items()
    )
    pairs = [(kin.stories[0], story) for kin in found for story in kin.doubtful]
    return [rows[reports[one][0]].label == rows[reports[other][0]].label for one, other in pairs]


def test_most_of_what_is_brought_together_is_one_event() -> None:
    """On sets on which nothing was chosen, seven of ten."""
    right = [each for name in ("es", "ko", "pt", "ru") for each in right_of(name)]
    assert len(right) >= 20
    assert sum(right) >= 0.7 * len(right)
