"""What a soak has shown, and whether every promise was kept."""

from __future__ import annotations

import itertools
import json
from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tests.soak.telegram import Telling

_BETWEEN: Final = 1.0
"""Seconds: a kill so close to a message's arrival, or to its answer, can have come between claim and record."""


@dataclass(frozen=True)
class SoakReport:
    """Counts; what must be 0 is said in `broken`."""

    seed: int
    mode: str
    seconds: int
    kills: int
    before_ready: int
    """Kills during the start-up, migration included."""
    ended_alone: int
    """Engines that ended without being killed."""
    entries: int
    """Published after the baseline."""
    stored: int
    owed: int
    """Alerts, by channel."""
    sent: int
    lost: int
    """Neither in an accepted message nor shown as ``unknown``."""
    unknown: int
    """Messages left ``unknown``, as ``digest outbox list`` shows them."""
    dead: int
    accepted: int
    faults: int
    repeated: int
    by_lost_answers: int
    by_kills: int
    unlabelled: int
    """Repeats without a label."""
    unexplained: int
    """Repeats after neither a lost answer nor a kill between claim and record."""
    unheard: int
    """429s whose engine was killed before it could know; they ask nothing of the next."""
    violations: list[str]
    """Of Telegram's limits."""
    integrity: str

    def broken(self) -> list[str]:
        """The promises that were broken, in words."""
        zero = ("ended_alone", "lost", "dead", "unlabelled", "unexplained")
        found = [f"{name} is {value}" for name in zero if (value := getattr(self, name))]
        found += [f"limit broken in chat {words}" for words in self.violations]
        if self.integrity != "ok":
            found.append(f"integrity_check: {self.integrity}")
        if self.stored != self.entries:
            found.append(f"stored are {self.stored} of {self.entries} entries")
        if self.mode == "hold" and self.repeated:
            found.append(f"{self.repeated} repeats although lost answers are held")
        return found

    def json(self) -> str:
        """One line."""
        return json.dumps(asdict(self) | {"broken": self.broken()})

    def table(self) -> str:
        """To be read."""
        return table(asdict(self), self.broken())


def table(values: Mapping[str, Any], broken: Sequence[str]) -> str:
    """Names and values below each other, and the verdict."""
    width = max(map(len, values))
    lines = [f"  {name.replace('_', ' '):<{width}}  {value}" for name, value in values.items()]
    verdict = [f"  BROKEN: {words}" for words in broken] or ["  every promise kept"]
    return "\n".join([*lines, *verdict])


@dataclass
class Repeats:
    """How messages were repeated."""

    by_lost_answers: int = 0
    by_kills: int = 0
    unlabelled: int = 0
    unexplained: int = 0


def count_repeats(tellings: Iterable[Telling], kills: Sequence[float]) -> Repeats:
    """Messages accepted more than once, and why that was; ``kills`` are times of the same clock."""
    same: defaultdict[tuple[int, str], list[Telling]] = defaultdict(list)
    for telling in tellings:
        same[telling.content].append(telling)
    found = Repeats()
    for first, repeat in (pair for each in same.values() for pair in itertools.pairwise(each)):
        found.unlabelled += not repeat.labelled
        if first.answered is None:
            found.by_lost_answers += 1
        elif any(first.arrived - _BETWEEN <= kill <= first.answered + _BETWEEN for kill in kills):
            found.by_kills += 1
        else:
            found.unexplained += 1
    return found
