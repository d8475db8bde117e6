"""Days of news of which it is known which event each report is of: what `tests.bench.quality` is measured on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from digest.config import starter_files
from digest.demo.newsday import load_newsday
from digest.match import RuleSet, load_rules
from digest.stories.extract import article_text
from tests.stories.labelled import SETS, read_set

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tests.stories.labelled import Labelled

_DEMO_DAY: Final = datetime(2026, 11, 24, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Reported:
    """What an outlet says, when, and of which event."""

    label: str
    """The event; empty: of none that is followed."""
    at: datetime
    publisher: str
    lang: str
    title: str
    summary: str = ""
    content: str = ""
    baseline: bool = False
    """It stood in its feed before the day was followed: it alerts nobody."""


@dataclass(frozen=True, slots=True)
class NewsDays:
    """Reports of one day or several, in order of time."""

    name: str
    reports: tuple[Reported, ...]
    rules: RuleSet | None = None
    """What finds them; ``None``: one rule of high severity that finds each."""
    develops: bool = False
    """Some of the events go on, and are rightly told again."""


def starter_rules() -> RuleSet:
    """The rules that come with Digest."""
    files = sorted(starter_files().rules.glob("*.toml"))
    return RuleSet(load_rules({path.name: path.read_text(encoding="utf-8") for path in files}).rules)


def demo_day() -> NewsDays:
    """The simulated day, found by the starter rules."""
    day = load_newsday()
    outlets = {outlet.id: outlet for outlet in day.outlets}
    reports = tuple(
        Reported(
            each.story or each.id,
            datetime.combine(_DEMO_DAY, each.at, UTC),
            outlets[each.outlet].name,
            outlets[each.outlet].lang,
            each.title,
            each.summary,
            baseline=number < day.baseline,
        )
        for number, each in enumerate(day.reports)
    )
    return NewsDays("the demo's day", reports, starter_rules(), develops=True)


def set_of_ours(name: str) -> NewsDays:
    """One set of labelled headlines of ours, by its file's name."""
    return NewsDays(name, tuple(_reported(read_set(SETS / f"{name}.csv", name.partition("_")[0]))))


def all_languages() -> NewsDays:
    """The headlines of all our sets as the news of the same days: an event is one of its language."""
    reports = [
        each
        for path in sorted(SETS.glob("??.csv"))
        for each in _reported(read_set(path, path.stem), before=f"{path.stem} ")
    ]
    return NewsDays("our languages together", tuple(sorted(reports, key=lambda each: each.at)))


def from_file(path: Path, lang: str = "en") -> NewsDays:
    """The headlines of a file of others."""
    return NewsDays(path.stem, tuple(_reported(read_set(path, lang))))


def scraped_pages(folder: Path) -> NewsDays:
    """The articles of scraped pages (``*.txt``), each an event of its own, found by the starter rules."""
    reports = []
    for path in sorted(folder.glob("*.txt")):
        article = article_text(path.read_text(encoding="utf-8"))
        reports.append(Reported(path.stem, _DEMO_DAY, "Pages", "en", article.title, content=article.text))
    return NewsDays("the scraped pages", tuple(reports), starter_rules())


def _reported(rows: Iterable[Labelled], before: str = "") -> Iterator[Reported]:
    for each in rows:
        clue = each.clue
        yield Reported(before + each.label, clue.at, clue.source, clue.lang, clue.title, clue.summary)
