"""What the adapting intervals give: polls and delays over recorded publication times, beside a fixed ten minutes.

Each feed document of the folder that DIGEST_CORPUS names stands for a feed: what it lists in the first half of its
time is what the first poll sees, and its later entries come at the times at which they were published, for two weeks
at most. Both ways of polling meet the same entries, ten times with other chances.
"""

from __future__ import annotations

import itertools
import os
import random
from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from digest.errors import ParseError
from digest.feeds.cadence import Intervals, after_skipped, heard_from, next_due, next_interval
from digest.feeds.unseen import open_document
from digest.values.states import PollHints, Rhythm

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FIXED = timedelta(minutes=10)
LONGEST = timedelta(days=14)
PACE = Intervals(timedelta(minutes=2), timedelta(hours=6), FIXED)
FEWEST = 8
RUNS = 10


@dataclass(frozen=True, slots=True)
class Recorded:
    """When a feed published, oldest first, and what it asks for."""

    times: Sequence[datetime]
    hints: PollHints

    @property
    def is_busy(self) -> bool:
        """Whether it brings one entry a day or more."""
        return len(self.times) >= (self.times[-1] - self.times[0]) / timedelta(days=1)

    @property
    def begins(self) -> datetime:
        """The time of the first poll."""
        return self.times[len(self.times) // 2]

    @property
    def ends(self) -> datetime:
        """When it is asked no more."""
        return min(self.times[-1], self.begins + LONGEST)


def recorded(folder: Path) -> Iterator[Recorded]:
    """The feeds of a folder that tell when they published."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        try:
            opened = open_document(path.read_bytes(), content_type="", url="https://feed.example/")
        except ParseError:
            continue
        times = sorted({entry.published for entry in opened.feed.entries if entry.published})
        if len(times) >= FEWEST:
            yield Recorded(times, opened.hints or PollHints())


def adapting(feed: Recorded, dice: random.Random) -> Iterator[datetime]:
    """When Digest polls a feed."""
    now, known = feed.begins + timedelta(minutes=dice.random()), 0
    rhythm = Rhythm()
    while True:
        came = feed.times[known : bisect_right(feed.times, now)]
        known += len(came)
        rhythm = heard_from(rhythm, came, now, hints=feed.hints)
        due = next_due(now, next_interval(rhythm, PACE, now), chance=dice.random())
        now = after_skipped(due, rhythm, now + PACE.longest)
        yield now


def fixed(feed: Recorded, dice: random.Random) -> Iterator[datetime]:
    """When a feed is polled every ten minutes."""
    return (feed.begins + FIXED * (number + dice_of) for dice_of in [dice.random()] for number in itertools.count())


def played(feed: Recorded, polls: Iterator[datetime]) -> tuple[int, list[timedelta]]:
    """How many polls there were, and how late each entry was found."""
    waiting = [time for time in feed.times if feed.begins < time <= feed.ends]
    number, delays = 0, []
    for poll in polls:
        number += poll <= feed.ends
        while waiting and waiting[0] <= poll:
            delays.append(poll - waiting.pop(0))
        if poll > feed.ends and not waiting:
            break
    return number, delays


def line(name: str, feeds: Sequence[Recorded]) -> str:
    """The figures of some feeds."""
    told = []
    for way in (fixed, adapting):
        dice = random.Random(7)  # noqa: S311 - the same chances each time
        runs = [played(feed, way(feed, dice)) for feed in feeds for _ in range(RUNS)]
        minutes = sorted(delay / timedelta(minutes=1) for _, delays in runs for delay in delays)
        requests = sum(number for number, _ in runs) / RUNS
        told.append((requests, median(minutes), minutes[int(len(minutes) * 0.9)], len(minutes) // RUNS))
    (before, *was, entries), (after, *now, _) = told
    return (
        f"{name:<28} {len(feeds):>3} feeds {entries:>4} entries  requests {before:>7,.0f} → {after:>7,.0f} "
        f"({after / before:.2f})  median {was[0]:4.1f} → {now[0]:5.1f} min  p90 {was[1]:4.1f} → {now[1]:5.1f} min"
    )


def main() -> None:
    """Print the figures."""
    folder = os.environ.get("DIGEST_CORPUS")
    if not folder:
        print("skipped: DIGEST_CORPUS names no folder of feed documents")
        return
    feeds = list(recorded(Path(folder)))
    busy = [feed for feed in feeds if feed.is_busy]
    print(f"a poll every 10 minutes → intervals that adapt between 2 minutes and 6 hours, {RUNS} runs")
    print(line("all feeds", feeds))
    print(line("one entry a day or more", busy))
    print(line("the others", [feed for feed in feeds if not feed.is_busy]))
    silent = [Recorded(feed.times, PollHints()) for feed in busy]
    print(line("busy, ttl and so on left out", silent))


if __name__ == "__main__":
    main()
