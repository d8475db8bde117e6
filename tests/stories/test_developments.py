"""What makes a later report of a story worth telling again: tolls that rise, and what is taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.stories.developments import Said, development, said
from digest.stories.reversals import Reversal, reversals_in
from digest.stories.toll_words import Harm
from digest.stories.tolls import tolls_in
from digest.values.news import EntryText
from digest.values.stories import Development

_TABLE = Path(__file__).with_name("developments.tsv")


def _told(title: str, summary: str = "") -> Said:
    return said(EntryText(title=title, summary=summary))


def _cases() -> list[tuple[str, str, str, str]]:
    """Give what is expected, the headlines told before, and the later report's headline and summary."""
    lines = _TABLE.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [(row[0], row[1], row[2], row[3] if len(row) > 3 else "") for row in rows]


@pytest.mark.parametrize(("expected", "before", "title", "summary"), _cases())
def test_later_reports(expected: str, before: str, title: str, summary: str) -> None:
    """A rising toll or a reversal is found in every language of the starter rules, and nothing else is."""
    found = development([_told(headline) for headline in before.split(" || ")], _told(title, summary))
    assert (found[0].value if found else "none") == expected


def test_the_words_are_verbatim() -> None:
    """What is shown as new is a sentence of the report, letter by letter."""
    summary = "The blast came at noon. Officials said that １２ people had been killed. A market was destroyed."
    found = development([_told("Blast in Kabul kills 5")], _told("Blast in Kabul", summary))
    assert found == (Development.TOLL, "Officials said that １２ people had been killed.")


def test_a_reversal_counts_once_per_story() -> None:
    """What a told report said anywhere, also in its summary, is not told as a reversal again."""
    first = _told("Seoul reports missile", "Pyongyang denies the report.")
    assert development([first], _told("Pyongyang denies missile report")) is None
    assert development([_told("Seoul reports missile")], _told("Pyongyang denies missile report")) is not None


def test_a_reversal_in_the_body_is_background() -> None:
    """Only a headline tells a reversal."""
    assert development([_told("Seoul reports missile")], _told("What we know", "He denies the report.")) is None


def test_a_reversal_goes_before_a_toll() -> None:
    """Where both are new, the weightier is said."""
    found = development([_told("Truce in Aleppo")], _told("Aleppo truce collapses, 12 killed"))
    assert found is not None
    assert found[0] is Development.REVERSAL


def test_nothing_told_is_no_development() -> None:
    """A story that was never told has nothing to be told again."""
    assert development([], _told("Blast kills 12")) is None


@pytest.mark.parametrize(
    ("before", "now", "risen"),
    [
        (5, 6, True),
        (5, 5, False),
        (295, 298, False),
        (295, 340, False),
        (295, 360, True),
        (12, 500_000, False),
        (3, 100, True),
        (1, 2, True),
    ],
)
def test_a_rise_has_a_step_that_fits(before: int, now: int, risen: bool) -> None:  # noqa: FBT001 - a table's column
    """A rise is more than a correction, and less than the toll of something else."""
    found = development([_told(f"Quake kills {before} people")], _told(f"Quake kills {now:,} people"))
    assert (found is not None) is risen


@pytest.mark.parametrize(
    "written",
    ["2,000 dead", "2.000 Tote", "2 000 morts", "2\u202f000 morts", "2 тысячи человек погибли", "٢٬٠٠٠ قتيلا",
     "2000人死亡", "２０００人が死亡", "两千人遇难", "2천명 사망", "0.2万人死亡", "2 mil muertos"],
)  # fmt: skip
def test_numbers_are_read_as_they_are_written(written: str) -> None:
    """Groups of digits, digits of other scripts, and thousands in words are one number."""
    assert tolls_in(written)[0] == {Harm.KILLED: 2000}


def test_several_harms_in_one_sentence() -> None:
    """Each number goes to the word beside it."""
    assert tolls_in("Quake kills 12 and injures 30, five missing")[0] == {
        Harm.KILLED: 12,
        Harm.WOUNDED: 30,
        Harm.MISSING: 5,
    }
    assert tolls_in("12人が死亡、30人けが")[0] == {Harm.KILLED: 12, Harm.WOUNDED: 30}


def test_hostile_text_is_read_in_bounded_time_and_without_error() -> None:
    """Whatever a feed writes is read without an error; only the beginning of long text is."""
    for piece in (
        "9" * 5000,
        "killed " * 3000,
        "1,000," * 2000 + "killed",
        "死" * 3000,
        "²①፩ killed",
        "12 " * 3000,
        "\x00",
    ):
        report = said(EntryText(title=piece, summary=piece * 3), (piece,))
        assert development([report], report) is None


def test_a_question_takes_nothing_back() -> None:
    """A question and a wish are no reversal."""
    assert reversals_in("Minister denies report") == {Reversal.DENIED}
    assert not reversals_in("Minister denies report?")
    assert not reversals_in("Minister urged to retract statement")
