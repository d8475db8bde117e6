"""How a story unfolded: what each report is to it, which numbers changed, and what an outlet added."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from digest.stories.timeline import ReportedToll, Sort, TollChange, unfolded
from digest.stories.toll_words import Harm
from digest.values.messages import Correction
from digest.values.stories import Development, Report, Story

NOON = datetime(2026, 3, 12, 12, tzinfo=UTC)


def story(*told: tuple[str, str, bool]) -> Story:
    """A story of reports: title, text, whether it only repeats; the outlets are numbered, and so are the entries."""
    reports = tuple(
        Report(at, title, "", f"outlet {at}", f"p{at}", "", NOON + timedelta(minutes=at), repeat=repeat, text=text)
        for at, (title, text, repeat) in enumerate(told, start=1)
    )
    return Story(1, NOON, NOON, reports)


def test_each_report_is_what_it_is_to_its_story() -> None:
    """The first; one more; a higher toll; what is denied; a changed headline; what was told again for another rule."""
    found = unfolded(
        story(
            ("Blast in the harbour", "Four people were killed.", False),
            ("Harbour blast: what is known", "The quay is closed.", False),
            ("Six killed in harbour blast", "", False),
            ("Port denies blast in the harbour", "", False),
            ("Harbour closed", "", False),
            ("Ferries held after blast", "", False),
        ),
        corrections={5: Correction("Harbour open", "Harbour closed")},
        told={6: Development.RULE},
    )
    sorts = [Sort.FIRST, Sort.JOINED, Sort.NUMBERS, Sort.CORRECTION, Sort.CORRECTION, Sort.NEW]
    assert [step.sort for step in found.steps] == sorts
    assert found.steps[2].changes == (TollChange(Harm.KILLED, 4, 6),)
    assert found.steps[4].retitled == "Harbour open"


def test_repeats_in_a_row_are_one_step() -> None:
    """Two or more that only repeat are folded; one alone stands by itself; none is lost."""
    found = unfolded(
        story(
            ("Blast", "", False),
            ("Blast", "", True),
            ("Fire after blast", "", False),
            ("Blast", "", True),
            ("Blast", "", True),
            ("Blast", "", True),
        )
    )
    assert [(step.report.entry, [each.entry for each in step.repeats]) for step in found.steps] == [
        (1, []),
        (2, []),
        (3, []),
        (4, [5, 6]),
    ]


def test_facts_name_the_highest_toll_and_what_was_said_before() -> None:
    """Each number with how many publishers say it; the newest of the earlier ones first."""
    found = unfolded(
        story(
            ("Four killed in blast", "", False),
            ("Six killed in blast", "", False),
            ("Six killed in blast, 9 wounded", "", False),
        )
    )
    assert found.facts == (ReportedToll(Harm.KILLED, 6, 2, ((4, 1),)), ReportedToll(Harm.WOUNDED, 9, 1))


def test_an_outlet_added_only_what_none_said_before() -> None:
    """Sentences that stood in an earlier report are left out, and so is a report that has nothing else."""
    found = unfolded(
        story(
            ("Blast", "The quay burns. Nobody was hurt.", False),
            ("Blast", "The quay burns. Ferries wait.", False),
            ("Blast", "the  quay burns.", False),
            ("Blast", "A repeat with other words.", True),
        )
    )
    assert [(report.entry, sentences) for report, sentences in found.added] == [
        (1, ("The quay burns.", "Nobody was hurt.")),
        (2, ("Ferries wait.",)),
    ]
