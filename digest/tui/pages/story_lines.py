"""The lines of a story's page, made from values."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from digest.stories.timeline import Sort
from digest.tui.cells import Run, clipped, cut, fit, shown, sides, width, wrapped
from digest.tui.pages.base import section
from digest.tui.pages.charts import columns
from digest.tui.palette import Ink
from digest.tui.widgets.pane import Item
from digest.values.messages import DeliveryState
from digest.words import clock, count, language, short_time

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterator, Sequence
    from datetime import datetime, tzinfo

    from digest.store.stories import NearStory
    from digest.stories.timeline import ReportedToll, Step
    from digest.values.messages import Alert
    from digest.values.stories import Report

_TAGS: Final = {
    Sort.FIRST: Run("first", Ink.ACCENT),
    Sort.NUMBERS: Run("Δ numbers", Ink.ACCENT),
    Sort.CORRECTION: Run("≠ correction", Ink.HIGH),
    Sort.NEW: Run("+ new", Ink.ACCENT),
}
_UNITS: Final = (
    ("MINUTE", timedelta(minutes=1)), ("5 MINUTES", timedelta(minutes=5)), ("15 MINUTES", timedelta(minutes=15)),
    ("HOUR", timedelta(hours=1)), ("3 HOURS", timedelta(hours=3)), ("6 HOURS", timedelta(hours=6)),
    ("DAY", timedelta(days=1)), ("WEEK", timedelta(days=7)),
)  # fmt: skip
_COLUMNS: Final = 12
"""Of the chart, at most."""
_BARS: Final = 3
"""Lines of it."""
_OUTLET: Final = 14


def told_lines(alerts: Sequence[Alert], zone: tzinfo) -> list[Run]:
    """To which channel it went when, and when that was told of it again: ``✓ desk 14:03, updated 14:06``."""
    sent: dict[str, list[datetime]] = {}
    for alert in alerts:
        for each in alert.deliveries:
            if each.state is DeliveryState.SENT:
                sent.setdefault(each.channel, []).append(each.updated)
    spans: list[Run] = []
    for channel, times in sent.items():
        first, last = min(times), max(times)
        again = f", updated {clock(last, zone)}" if clock(last, zone) != clock(first, zone) else ""
        gap = [Run("   ")] if spans else []
        spans += [*gap, Run("✓ ", Ink.ACCENT), Run(shown(channel)), Run(f" {clock(first, zone)}{again}", Ink.MUTED)]
    return spans


def step_lines(steps: Sequence[Step], unfolded: Collection[int], now: datetime, zone: tzinfo, cells: int) -> list[Item]:
    """The timeline: what each report added; repeats in a row take one line, which opens."""
    items = [section("TIMELINE", "oldest first", cells, Ink.ACCENT_BOLD)]
    for step in steps:
        report = step.report
        if step.repeats and report.entry not in unfolded:
            names = ", ".join(dict.fromkeys(shown(each.source) for each in (report, *step.repeats)))
            words = f"{count(len(step.repeats) + 1, 'more report')} only repeat this: {names}"
            left = [Run(" " * 7), Run("╵ ", Ink.LINE), Run(cut(words, cells - 11), Ink.MUTED)]
            items.append(Item([*left], ("repeats", report.entry)))
            continue
        items += [
            Item(_step_spans(step, each, short_time(each.came, now, zone), cells), each.entry)
            for each in (report, *step.repeats)
        ]
    return [*items, Item(())]


def _step_spans(step: Step, report: Report, time: str, cells: int) -> list[Run]:
    tag = _TAGS.get(step.sort)
    outlet = _OUTLET if cells >= 56 else 10
    dot = Run("● ", Ink.ACCENT) if tag else Run("│ ", Ink.LINE)
    source = Ink.BRIGHT if tag else Ink.READ if step.sort is Sort.REPEAT else Ink.TEXT
    head = [
        Run(f"{time:>6} ", Ink.TEXT if tag else Ink.MUTED),
        dot,
        Run(fit(shown(report.source), outlet) + "  ", source),
    ]
    right = [tag, Run(" ")] if tag and cells >= 40 else [Run(" ")]
    return sides([*head, *_said(step, report, cells - width(head) - width(right) - 1)], right, cells)


def _said(step: Step, report: Report, cells: int) -> list[Run]:
    """What it says, as what it changed where it changed something."""
    title = Run(shown(report.title), Ink.TEXT if step.sort in _TAGS else Ink.READ)
    if step.sort is Sort.REPEAT:
        return [Run(shown(f"repeats it: {report.title}"), Ink.MUTED)]
    if step.retitled:
        return [Run(cut(shown(step.retitled), cells // 2), Ink.STRUCK), Run(" → ", Ink.MUTED), title]
    spans: list[Run] = []
    for change in step.changes:
        before = [Run(f"{change.before:,}", Ink.STRUCK), Run(" → ", Ink.MUTED)] if change.before else []
        spans += [Run(f"{change.harm} ", Ink.MUTED), *before, Run(f"{change.after:,}", Ink.BRIGHT), Run("   ")]
    room = cells - width(spans)
    return [*spans, *([Run(cut(title.text, room), Ink.READ)] if spans and room >= 12 else [] if spans else [title])]


def added_lines(
    added: Sequence[tuple[Report, Sequence[str]]], words: Collection[str], chosen: Hashable, cells: int
) -> list[Item]:
    """The sentences that each outlet added, with the matched words marked; the report under the cursor stands out."""
    if not added:
        return []
    items = [section("SENTENCES", "what each outlet added", cells)]
    room = _OUTLET if cells >= 56 else 10
    for report, sentences in added:
        spans = [span for each in sentences for span in (*marked_words(each, words), Run(" "))]
        lines = wrapped(spans[:-1], max(8, cells - room - 5))
        name = Ink.BRIGHT if report.entry == chosen else Ink.MUTED
        sign = Run("▌", Ink.ACCENT) if report.entry == chosen else Run(" ")
        for place, line in enumerate(lines):
            items.append(Item([sign, Run(fit(shown(report.source) if not place else "", room) + "  ", name), *line]))
        items.append(Item(()))
    return items[:-1]


def marked_words(text: str, words: Collection[str]) -> list[Run]:
    """A text with every one of these words in it marked."""
    wanted = sorted((re.escape(word) for word in words if word), key=len, reverse=True)
    if not wanted:
        return [Run(shown(text))]
    pieces = re.split(f"({'|'.join(wanted)})", text)
    return [Run(shown(piece), Ink.MARK if at % 2 else Ink.TEXT) for at, piece in enumerate(pieces) if piece]


def fact_lines(facts: Sequence[ReportedToll], cells: int) -> list[Item]:
    """The tolls as they are reported: the highest, and what was said before, struck out."""
    if not facts:
        return []
    items = [section("FACTS, AS REPORTED", "", cells)]
    for fact in facts:
        left = [Run(" " + fit(str(fact.harm), 11), Ink.MUTED), Run(f"{fact.number:,}", Ink.BRIGHT)]
        items.append(Item(sides(left, [Run(count(fact.outlets, "outlet"), Ink.MUTED), Run(" ")], cells)))
        for number, outlets in fact.earlier:
            right = [Run(f"{outlets} earlier", Ink.MUTED), Run(" ")]
            items.append(Item(sides([Run(" " * 12), Run(f"{number:,}", Ink.STRUCK)], right, cells)))
    return [*items, Item(())]


def chart_lines(times: Sequence[datetime], now: datetime, zone: tzinfo, cells: int) -> list[Item]:
    """How thick the reports came, in the smallest unit in which they fit."""
    if len(times) < 2:
        return []
    first, last = min(times), max(times)
    name, unit = next((each for each in _UNITS if (last - first) / each[1] < _COLUMNS), _UNITS[-1])
    counts = [0] * min(_COLUMNS, int((last - first) / unit) + 1)
    for time in times:
        counts[min(int((time - first) / unit), len(counts) - 1)] += 1
    span = f"{short_time(first, now, zone)} to {short_time(last, now, zone)}"
    chart = columns(counts, min(cells - 2, 4 * len(counts)), _BARS)
    most = [Run(f"  {max(counts)} at most", Ink.MUTED)]
    lines = [Item([Run(" "), *line, *(most if not row else [])]) for row, line in enumerate(chart)]
    return [section(f"REPORTS PER {name}", span, cells), *lines, Item(())]


def related_lines(related: Sequence[NearStory] | None, now: datetime, zone: tzinfo, cells: int) -> list[Item]:
    """Stories of other languages that may be the same event."""
    items = [section("POSSIBLY RELATED", "other languages", cells)]
    if related is None:
        return [*items, Item([Run(" looking…", Ink.MUTED)])]
    if not related:
        return [*items, Item([Run(" none found", Ink.MUTED)])]
    return [*items, *(item for each in related for item in _related(each, short_time(each.created, now, zone), cells))]


def _related(story: NearStory, time: str, cells: int) -> Iterator[Item]:
    left = [Run(" ≈ ", Ink.ACCENT), Run(shown(story.texts[0].title))]
    yield Item(sides(clipped(left, cells - cell_len(time) - 3), [Run(time, Ink.MUTED), Run(" ")], cells))
    reports = count(len(story.texts), "report")
    right = [Run(f"story {story.story}", Ink.MUTED), Run(" ")]
    yield Item(sides([Run(f"   {language(story.lang)}   {reports}", Ink.MUTED)], right, cells))
    yield Item(())
