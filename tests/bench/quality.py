"""How well events are told: ``python -m tests.bench.quality [CSV ...] [--titles] [--curve]``.

Days of labelled news are lived through with the real code: the demo's, sets of ours, the headlines of each CSV file
(columns as `quality_stories` has them; without one, ``stories_uci.csv`` beside the folder that DIGEST_CORPUS names),
and the scraped pages there. What is not there is named. Repeats and losses are judged by the labels.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from digest.stories.cluster import Clue
from digest.stories.extract import article_text
from tests.bench import news_days
from tests.bench.judging import Alerts, judge_alerts, judge_digests, judge_messages, judge_shown
from tests.bench.living import lived, names_of
from tests.bench.quality_summaries import foreign_words
from tests.stories.labelled import placed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.bench.living import Lived
    from tests.bench.news_days import NewsDays

_MOST_TITLES: Final = 40
_LINES: Final = tuple(number / 100 for number in range(30, 52, 2))


def share(part: int, whole: int) -> str:
    """``3 of 40, 7.5 %``."""
    return f"{part:,} of {whole:,}, {100 * part / whole if whole else 0:.1f} %"


def figures(days: NewsDays, *, titles: bool = False) -> Iterator[str]:
    """All figures of some days, a line each; ``titles``: with the headlines of what went wrong."""
    found = lived(days)
    alerts = judge_alerts(found.told)
    yield f"{days.name}: {alerts.reports:,} reports found, {alerts.events:,} events, {found.messages:,} messages"
    yield from _of_alerts(alerts, develops=days.develops)
    yield from _of_texts(found, titles=titles)
    if titles:
        wrong = {
            "lost": alerts.lost,
            "silent though nothing of it was told": alerts.silent,
            "UPDATE": alerts.updates,
            "told again, in doubt": alerts.doubted,
            "told again like news": alerts.repeats,
        }
        for name, some in wrong.items():
            yield from _listed(name, names_of(some))


def _of_alerts(alerts: Alerts, *, develops: bool) -> Iterator[str]:
    before, after = (number / max(1, alerts.events) for number in (alerts.reports, alerts.alerted))
    goal = "" if develops else " (≤ 2 %)"
    again = len(alerts.updates) + len(alerts.doubted) + len(alerts.repeats)
    yield f"  alerts an event: {before:.2f} before stories, {after:.2f} after"
    yield f"  events lost: {share(len(alerts.lost), alerts.events)} (0); told late: {len(alerts.silent)} reports silent"
    yield f"  later reports: told as UPDATE {share(len(alerts.updates), alerts.later)}{goal}"
    yield f"    told in doubt {share(len(alerts.doubted), alerts.later)}"
    yield f"    told like news {share(len(alerts.repeats), alerts.later)}"
    yield f"    suppressed {share(alerts.suppressed, alerts.later)}"
    yield f"  alerts that repeat an event: {share(again, alerts.alerted)}{_in_other(alerts.translated)}"


def _in_other(count: int) -> str:
    return f", {count} of them in another language" if count else ""


def _of_texts(found: Lived, *, titles: bool) -> Iterator[str]:
    digested, shown = judge_digests(found), judge_shown(found)
    parts = [*found.parts, *(part for digest in found.digests for part in digest.parts)]
    count, faults = judge_messages(parts)
    covered = digested.wanted - len(digested.missing)
    yield f"  digests: repeats {share(len(digested.repeats), digested.lines)} (≤ 5 %){_in_other(digested.translated)}"
    yield f"  digests: entries that tell two events as one {share(len(digested.joining), digested.lines)} (≤ 2 %)"
    yield f"  digests: headlines beside a story that are another event {share(digested.rightly, digested.beside)}"
    yield f"  digests: events of high severity named {share(covered, digested.wanted)} (100 %)"
    yield f"  sentences verbatim {share(shown.sentences - len(shown.altered), shown.sentences)} (100 %)"
    yield f"  boilerplate in sentences {len(shown.boilerplate)} (0)"
    yield f"  term visible {share(shown.asked - len(shown.hidden), shown.asked)} (≥ 98 %)"
    yield f"  Telegram messages valid {share(count - len(faults), count)} (100 %)"
    if titles:
        yield from _listed("repeats in digests", digested.repeats)
        yield from _listed("entries that tell two events as one", digested.joining)
        yield from _listed("missing in digests", [f"[{each.label}] {each.title}" for each in digested.missing])
        yield from _listed("not verbatim", shown.altered)
        yield from _listed("boilerplate", shown.boilerplate)
        yield from _listed("no term seen", shown.hidden)
        yield from _listed("what Telegram refuses", faults)


def _listed(name: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"  -- {name}: {len(lines)}"
        yield from (f"     {line}" for line in lines[:_MOST_TITLES])


def curve(days: NewsDays) -> Iterator[str]:
    """What other limits of certainty would do: too low, and another event is silenced; too high, and one is repeated.

    Reports of a told story are silent where they are likelier than the limit to be of it, and nothing develops.
    """
    clues = [
        Clue(each.title, each.summary or each.content[:400], each.publisher, each.lang, each.at)
        for each in days.reports
    ]
    places = placed(clues)
    for line in (None, *_LINES):
        known: set[str] = set()
        held: set[int] = set()
        silent = wrong = needless = later = 0
        for each, (story, place) in zip(days.reports, places, strict=True):
            sure = not place.doubtful if line is None else place.repeat or place.likeness >= line
            is_silent = story in held and sure
            later += each.label in known
            silent += is_silent
            wrong += is_silent and each.label not in known
            needless += not is_silent and each.label in known
            held.add(story)
            if not is_silent:
                known.add(each.label)
        lost = len({each.label for each in days.reports} - known)
        yield (
            f"  {'as it is' if line is None else f'{line:.2f}'}: silenced wrongly {share(wrong, silent)}; "
            f"events lost {lost}; told needlessly {share(needless, later)}"
        )


def _known_days(files: Sequence[Path]) -> Iterator[NewsDays | str]:
    """The days that there are; of what there is not, its name."""
    corpus = os.environ.get("DIGEST_CORPUS")
    beside = Path(corpus).parent if corpus else None
    yield news_days.demo_day()
    yield news_days.set_of_ours("en_summaries")
    yield news_days.all_languages()
    for path in files or ([beside / "stories_uci.csv"] if beside else []):
        yield news_days.from_file(path) if path.is_file() else f"skipped: there is no {path.name}"
    if not files and beside is None:
        yield "skipped: stories_uci.csv, as DIGEST_CORPUS names no folder"
    seeds = beside.parent / "seeds" if beside else None
    yield news_days.scraped_pages(seeds) if seeds and seeds.is_dir() else "skipped: the scraped pages"


def _seed_words() -> str:
    seeds = Path(os.environ.get("DIGEST_CORPUS", "/nonexistent")).parent.parent / "seeds"
    whole = [article_text(path.read_text(encoding="utf-8")) for path in sorted(seeds.glob("*.txt"))]
    return f"scraped pages: {len(whole)}, words of what surrounds the article {foreign_words(seeds)} (0)"


def main(given: Sequence[str] = ()) -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.quality", description="Measure how events are told.")
    parser.add_argument("files", nargs="*", type=Path, metavar="CSV", help="labelled headlines of others, English")
    parser.add_argument("--only", default="", metavar="WORD", help="only the days whose name holds this")
    parser.add_argument("--titles", action="store_true", help="name the headlines of what went wrong")
    parser.add_argument("--curve", action="store_true", help="what other limits of certainty would do, instead")
    asked = parser.parse_args(given)
    for days in _known_days(asked.files):
        if isinstance(days, str):
            print(days, flush=True)
        elif asked.only in days.name:
            if asked.curve:
                print(days.name)
            for line in curve(days) if asked.curve else figures(days, titles=asked.titles):
                print(line, flush=True)
    print(_seed_words())


if __name__ == "__main__":
    main(sys.argv[1:])
