"""How an event unfolded: what each report of a story added, and what of what was said is no longer so.

::

    reports, oldest first ─▶ numbers that rose, words taken back, headlines changed ─▶ steps ─▶ repeats folded
                                     └▶ tolls by harm: the highest now, and what was said before
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from digest.stories.developments import development, said
from digest.stories.sentences import split_sentences
from digest.values.news import EntryText
from digest.values.stories import Development

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from digest.stories.developments import Said
    from digest.stories.toll_words import Harm
    from digest.values.messages import Correction
    from digest.values.stories import Report, Story

_ADDED: Final = 2
"""Sentences of one report that are kept."""
_FOLDED: Final = 2
"""Repeats in a row from which they are one step."""


class Sort(enum.Enum):
    """What a report is to its story."""

    FIRST = "first"
    NUMBERS = "numbers"
    """A toll is another than was said before."""
    CORRECTION = "correction"
    """What was said is taken back, or its headline was changed."""
    NEW = "new"
    """It was told again for another reason."""
    JOINED = ""
    """One more reports it."""
    REPEAT = "repeat"


@dataclass(frozen=True, slots=True)
class TollChange:
    """A number that is another now."""

    harm: Harm
    before: int | None
    """``None``: none was said."""
    after: int


@dataclass(frozen=True, slots=True)
class Step:
    """A report, or several repeats in a row."""

    report: Report
    sort: Sort
    changes: tuple[TollChange, ...] = ()
    retitled: str = ""
    """What its headline said before it was changed."""
    repeats: tuple[Report, ...] = ()
    """Those that follow it and only repeat, too."""


@dataclass(frozen=True, slots=True)
class ReportedToll:
    """A toll as it is reported now."""

    harm: Harm
    number: int
    outlets: int
    """How many publishers say so."""
    earlier: tuple[tuple[int, int], ...] = ()
    """Other numbers that were said, the newest first, with how many publishers said each."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """A story as it unfolded."""

    steps: tuple[Step, ...]
    """Oldest first."""
    facts: tuple[ReportedToll, ...]
    added: tuple[tuple[Report, tuple[str, ...]], ...]
    """Of each report that says something that none did before it: the sentences."""


def unfolded(
    story: Story,
    corrections: Mapping[int, Correction] | None = None,
    told: Mapping[int, Development] | None = None,
    kept: Mapping[int, Sequence[str]] | None = None,
) -> Timeline:
    """Say how a story unfolded.

    Args:
        story: with the beginnings of its reports' texts.
        corrections: of headlines, by the ids of their entries.
        told: why the story was told again, by the ids of the entries it was told for.
        kept: the sentences that are kept of entries, by their ids.
    """
    corrections, told, kept = corrections or {}, told or {}, kept or {}
    steps: list[Step] = []
    before: list[Said] = []
    numbers: dict[Harm, dict[int, set[str]]] = {}
    for report in story.reports:
        now = said(EntryText(report.title, report.text), kept.get(report.entry, ()))
        changes = _changes(now, numbers)
        step = _step(report, before, now, told.get(report.entry), corrections.get(report.entry))
        steps.append(Step(report, step, changes if step is Sort.NUMBERS else (), _retitled(corrections, report)))
        before.append(now)
        for toll in now.tolls:
            numbers.setdefault(toll.harm, {}).setdefault(toll.number, set()).add(report.publisher)
    return Timeline(tuple(_folded(steps)), _facts(numbers), tuple(_added(story, kept)))


def _step(
    report: Report, before: Sequence[Said], now: Said, told: Development | None, correction: Correction | None
) -> Sort:
    if not before:
        return Sort.FIRST
    developed = development(before, now)
    why = told or (developed[0] if developed else None)
    if why is Development.REVERSAL or correction is not None:
        return Sort.CORRECTION
    if why is Development.TOLL:
        return Sort.NUMBERS
    if report.repeat:
        return Sort.REPEAT
    return Sort.NEW if why is not None else Sort.JOINED


def _changes(now: Said, numbers: Mapping[Harm, Mapping[int, Collection[str]]]) -> tuple[TollChange, ...]:
    """The tolls of a report that none said before, the highest of each harm."""
    highest: dict[Harm, int] = {}
    for toll in now.tolls:
        highest[toll.harm] = max(toll.number, highest.get(toll.harm, 0))
    known = {harm: max(found) for harm, found in numbers.items()}
    return tuple(
        TollChange(harm, known.get(harm), number) for harm, number in highest.items() if number > known.get(harm, 0)
    )


def _retitled(corrections: Mapping[int, Correction], report: Report) -> str:
    found = corrections.get(report.entry)
    return found.before if found else ""


def _folded(steps: Sequence[Step]) -> list[Step]:
    """Repeats in a row as one step."""
    folded: list[Step] = []
    row: list[Step] = []
    for step in [*steps, None]:
        if step is not None and step.sort is Sort.REPEAT:
            row.append(step)
            continue
        if len(row) >= _FOLDED:
            folded.append(Step(row[0].report, Sort.REPEAT, repeats=tuple(each.report for each in row[1:])))
        else:
            folded += row
        row = []
        folded += [step] if step is not None else []
    return folded


def _facts(numbers: Mapping[Harm, Mapping[int, Collection[str]]]) -> tuple[ReportedToll, ...]:
    facts = []
    for harm, found in numbers.items():
        highest = max(found)
        others = [(number, len(outlets)) for number, outlets in found.items() if number != highest]
        facts.append(ReportedToll(harm, highest, len(found[highest]), tuple(reversed(others))))
    return tuple(facts)


def _added(story: Story, kept: Mapping[int, Sequence[str]]) -> list[tuple[Report, tuple[str, ...]]]:
    """The sentences of each report that stood in none before it; a report that only repeats adds nothing."""
    known: set[str] = set()
    found = []
    for report in story.reports:
        sentences = kept.get(report.entry) or split_sentences(report.text)
        fresh = [each for each in sentences if " ".join(each.split()).casefold() not in known]
        known.update(" ".join(each.split()).casefold() for each in sentences)
        if fresh and not report.repeat:
            found.append((report, tuple(fresh[:_ADDED])))
    return found
