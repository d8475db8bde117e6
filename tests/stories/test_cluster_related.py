"""The same event in another language: offered where enough survives translation, never where it may be another."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice, permutations

import pytest

from digest.stories.cluster import Traits, related, traits_of
from digest.stories.cluster.related import _Weighed
from tests.stories.labelled import measure_related

START = datetime(2026, 3, 2, 6, tzinfo=UTC)


def story(number: int, lang: str, title: str, *aliases: str, hours: float = 0) -> Traits:
    """A story of one report."""
    return traits_of(number, lang, START + timedelta(hours=hours), [title], aliases)


@pytest.mark.parametrize("aliases", [True, False])
def test_eight_in_ten_offers_are_right(*, aliases: bool) -> None:
    """On headlines in eight languages with events like them in the same hours, with and without aliases of rules."""
    found = measure_related(aliases=aliases)
    assert found.offered >= (180 if aliases else 170)
    assert found.right / found.offered >= 0.9


def test_who_and_what_relate() -> None:
    """A place, an alias or a name with a subject, a number or another name, also across scripts."""
    english = story(1, "en", "Sarkozy jailed over Libya, 112 pages say", "france")
    others = [
        story(2, "fr", "Sarkozy condamné", "france"),
        story(3, "ru", "Саркози получил пять лет, в приговоре 112 страниц"),
        story(4, "ko", "사르코지 리비아 사건 징역형", "france"),
    ]
    assert set(related(english, [english, *others])) == {2, 3, 4}


@pytest.mark.parametrize(
    ("lang", "title"),
    [
        ("ru", "Норвегия откроет посольство в Дамаске в январе"),
        ("ar", "النرويج تعيد فتح سفارتها في دمشق"),
        ("zh", "挪威将重开驻叙利亚大使馆"),
        ("ko", "노르웨이, 시리아 대사관 재개설"),
        ("ja", "ノルウェー、シリアの大使館を再開"),
        ("de", "Norwegen eröffnet Botschaft in Damaskus wieder"),
        ("es", "Noruega reabre su embajada en Siria"),
    ],
)
def test_where_it_is_and_what_it_is_about_survive_translation(lang: str, title: str) -> None:
    """No rule, name or number is needed, and another country's embassy is another event."""
    english = story(1, "en", "Norway to reopen its embassy in Syria")
    other = story(3, lang, {"de": "Japan schließt Botschaft in Damaskus"}.get(lang, "대사관 폐쇄"))
    spain = story(4, "fr", "L'Espagne rouvre son ambassade en Syrie")
    assert related(english, [story(2, lang, title), other, spain]) == (2,)


def test_one_thing_alone_relates_nothing() -> None:
    """Many events have a name, an alias, a country or a subject in common."""
    english = story(1, "en", "Sarkozy walks free", "france")
    assert related(english, [story(2, "fr", "Sarkozy au tribunal"), story(3, "de", "Wahl", "france")]) == ()
    quake = story(4, "en", "Earthquake hits Chile")
    assert related(quake, [story(5, "de", "Erdbeben auf Kreta"), story(6, "es", "Chile elige presidente")]) == ()


def test_events_with_other_numbers_are_other_events() -> None:
    """Two earthquakes of a day in one country differ in how strong they were."""
    english = story(1, "en", "Magnitude 6.8 earthquake in Peru")
    assert related(english, [story(2, "es", "Sismo de magnitud 5,9 en Perú")]) == ()
    assert related(english, [story(2, "es", "Sismo de magnitud 6,8 en Perú")]) == (2,)


def test_of_two_that_are_as_likely_none_is_offered() -> None:
    """A draw is no answer."""
    english = story(1, "en", "Envoy named", "dprk", "syria")
    one, other = (story(number, "ko", "북한 시리아 대사", "dprk", "syria") for number in (2, 3))
    assert related(english, [one]) == (2,)
    assert related(english, [one, other]) == ()


def test_never_in_its_own_language_and_never_days_apart() -> None:
    """Its own language is what stories are for; and what happened two days later is another event."""
    english = story(1, "en", "Envoy named", "dprk", "syria")
    assert related(english, [story(2, "en", "Envoy named", "dprk", "syria")]) == ()
    assert related(english, [story(2, "ko", "대사 임명", "dprk", "syria", hours=37)]) == ()
    assert related(english, [story(2, "ko", "대사 임명", "dprk", "syria", hours=35)]) == (2,)


def test_what_most_stories_share_tells_none_apart() -> None:
    """Where all news is of one country, that country and a common subject are not enough."""
    others = [story(10 + number, "de", f"Nordkorea: Wort {number}", "dprk") for number in range(40)]
    english = story(1, "en", "North Korea opens museum", "dprk")
    assert related(english, others) == ()


def test_years_and_single_digits_say_nothing() -> None:
    """A decimal comma is a decimal point, and what parts thousands is nothing."""
    assert story(1, "en", "2026, 5, 6.8, 112, 1,400").pieces == story(2, "es", "6,8, 112, 1999, 3, 1.400").pieces


def test_what_is_summed_up_is_the_same_in_every_order() -> None:
    """Sets have another order in each process, and a sum in another order may be another number: another best offer."""
    title = "Norway to reopen its embassy in Syria in January, ambassador Jan Olsen says"
    traits = story(1, "en", title, "syria", "norway")
    weights = {piece: 1 + number / 10 for number, piece in enumerate(sorted(traits.pieces))}
    orders = permutations(traits.pieces, len(traits.pieces))
    lengths = {
        _Weighed(replace(traits, pieces={piece: traits.pieces[piece] for piece in order}), weights).length
        for order in islice(orders, 0, 20_000, 97)
    }
    assert len(lengths) == 1
