"""Headlines of which it is known which event each reports: ours in ``sets``, and files of others.

Ours were written for this: per language some 26 events that several outlets report, with others like them in the same
days, and headlines that stand alone. ``en_summaries`` has a summary to each. Of all limits
only the two of certainty (``_SURE`` in the window) were chosen on them: figures of what is silenced flatter.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from digest.stories.cluster import Clue, Window, related, traits_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from digest.stories.cluster import Placing

SETS: Final = Path(__file__).with_name("sets")
TWINS: Final = SETS / "related" / "twins.csv"
"""Headlines of one event in several languages, with the aliases that rules would have found in them."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A report and the name of the event it reports."""

    label: str
    clue: Clue


@dataclass(frozen=True, slots=True)
class Figures:
    """How well reports were told apart, one after another from an empty window."""

    reports: int
    precision: float
    recall: float
    repeats: int
    right: int
    """Repeats that fell into a story that held their label already."""

    @property
    def f1(self) -> float:
        """B³ F1."""
        return 2 * self.precision * self.recall / (self.precision + self.recall)

    def __str__(self) -> str:
        """The figures in a line."""
        part = self.right / self.repeats if self.repeats else 1
        return (
            f"P {self.precision:.3f} R {self.recall:.3f} F1 {self.f1:.3f}; "
            f"repeats {self.repeats:,}, right {part:.3f} (of {self.reports:,})"
        )


def read_set(path: Path, lang: str = "") -> list[Labelled]:
    """The reports of a file, in order of time.

    Args:
        path: a CSV file with the columns label (or STORY), at (or TIMESTAMP, in milliseconds), publisher, title and,
            where there are any, summary and lang; upper case will do. Rows without a label or time are left out.
        lang: of all that name none.
    """
    found = []
    with path.open(encoding="utf-8", newline="") as file:
        for raw in csv.DictReader(file):
            row = {name.lower(): value or "" for name, value in raw.items() if isinstance(name, str)}
            label, when = row.get("label") or row.get("story"), row.get("at") or row.get("timestamp")
            if label and when:
                title = row["title"].replace("\\", "")
                clue = Clue(title, row.get("summary", ""), row.get("publisher", ""), row.get("lang") or lang, _at(when))
                found.append(Labelled(label, clue))
    return sorted(found, key=lambda each: each.clue.at)


def _at(text: str) -> datetime:
    return datetime.fromtimestamp(int(text) / 1000, UTC) if text.isdecimal() else datetime.fromisoformat(text)


def placed(clues: Iterable[Clue], window: Window | None = None) -> list[tuple[int, Placing]]:
    """The story of each report, and how it was placed."""
    window = window or Window()
    stories: list[tuple[int, Placing]] = []
    for key, clue in enumerate(clues):
        place = window.place(clue)
        story = key if place.story is None else place.story
        window.add(key, story, clue.at, place.lang, place.vector)
        stories.append((story, place))
    return stories


def measure(reports: Sequence[Labelled]) -> Figures:
    """Place all of them, one after another, and count what is right."""
    stories = placed(each.clue for each in reports)
    held: defaultdict[int, set[str]] = defaultdict(set)
    repeats = right = 0
    for each, (story, place) in zip(reports, stories, strict=True):
        repeats += place.repeat
        right += place.repeat and each.label in held[story]
        held[story].add(each.label)
    labels = [each.label for each in reports]
    precision, recall = _b_cubed([story for story, _ in stories], labels)
    return Figures(len(reports), precision, recall, repeats, right)


def _b_cubed(stories: Sequence[int], labels: Sequence[str]) -> tuple[float, float]:
    """B³ precision and recall: of each report, how much of its story, and of its event, is with it; the means."""
    of_story, of_label = Counter(stories), Counter(labels)
    both = Counter(zip(stories, labels, strict=True))
    precision = sum(count**2 / of_story[story] for (story, _), count in both.items())
    recall = sum(count**2 / of_label[label] for (_, label), count in both.items())
    return precision / len(labels), recall / len(labels)


@dataclass(frozen=True, slots=True)
class Offers:
    """How many headlines of other languages were offered as possibly related, and how many there are to find."""

    offered: int
    right: int
    there: int

    def __str__(self) -> str:
        """The figures in a line."""
        return f"offered {self.offered}, right {self.right / self.offered:.3f}; found {self.right / self.there:.3f}"


def measure_related(*, aliases: bool = True) -> Offers:
    """Ask for each of the twins what may be related, with or without the aliases."""
    with TWINS.open(encoding="utf-8", newline="") as file:
        rows = [*csv.DictReader(file)]
    facts = [
        traits_of(at, row["lang"], _at(row["at"]), [row["title"]], row["aliases"].split() if aliases else ())
        for at, row in enumerate(rows)
    ]
    offers = [(one.story, other) for one in facts for other in related(one, facts)]
    right = sum(rows[one]["label"] == rows[other]["label"] for one, other in offers)
    sizes = Counter(row["label"] for row in rows)
    return Offers(len(offers), right, sum(size * (size - 1) for size in sizes.values()))
