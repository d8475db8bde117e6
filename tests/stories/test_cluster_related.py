"""The same event in another language: offered where enough survives translation, never where it may be another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digest.stories.cluster import Traits, related, traits_of
from tests.stories.labelled import measure_related

START = datetime(2026, 3, 2, 6, tzinfo=UTC)


def story(number: int, lang: str, title: str, *aliases: str, hours: float = 0) -> Traits:
    """A story of one report."""
    return traits_of(number, lang, START + timedelta(hours=hours), [title], aliases)


@pytest.mark.parametrize("aliases", [True, False])
def test_eight_in_ten_offers_are_right(*, aliases: bool) -> None:
    """On headlines in eight languages with events like them in the same hours, with and without aliases of rules."""
    found = measure_related(aliases=aliases)
    assert found.offered >= (90 if aliases else 50)
    assert found.right / found.offered >= 0.88


def test_aliases_names_and_numbers_relate() -> None:
    """Any two of them, also across scripts."""
    english = story(1, "en", "Sarkozy gets 5 years over Libya, 112 pages say", "france")
    others = [
        story(2, "fr", "Sarkozy condamné", "france"),
        story(3, "ru", "Саркози получил пять лет, в приговоре 112 страниц"),
        story(4, "ko", "사르코지 리비아 사건 징역형", "france"),
    ]
    assert set(related(english, [english, *others])) == {2, 3, 4}


def test_one_thing_alone_relates_nothing() -> None:
    """Many events have a name, an alias or a number in common."""
    english = story(1, "en", "Sarkozy walks free", "france")
    assert related(english, [story(2, "fr", "Sarkozy au tribunal"), story(3, "de", "Wahl", "france")]) == ()


def test_of_two_that_are_as_likely_none_is_offered() -> None:
    """Nor where both things are common in the language of the story itself."""
    english = story(1, "en", "Envoy named", "dprk", "syria")
    one, other = (story(number, "ko", "북한 시리아", "dprk", "syria") for number in (2, 3))
    assert related(english, [one]) == (2,)
    assert related(english, [one, other]) == ()
    assert related(english, [one, story(4, "en", "Embassy closes", "dprk", "syria")]) == ()


def test_never_in_its_own_language_and_never_days_apart() -> None:
    """Its own language is what stories are for; and what happened two days later is another event."""
    english = story(1, "en", "Envoy named", "dprk", "syria")
    assert related(english, [story(2, "en", "Envoy named", "dprk", "syria")]) == ()
    assert related(english, [story(2, "ko", "대사 임명", "dprk", "syria", hours=37)]) == ()


def test_years_and_single_digits_say_nothing() -> None:
    """A decimal comma is a decimal point."""
    assert story(1, "en", "In 2026, 5 of 6.8 and 112").pieces == story(2, "es", "6,8 y 112, 1999, 3").pieces
