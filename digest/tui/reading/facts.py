"""What is known of an entry besides its text: why it fired, who else reports it, what was delivered, where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from digest.text import quoted
from digest.tui.cells import Run, clipped, cut_middle, fit, isolated, shown, sides, width, wrapped
from digest.tui.palette import Ink
from digest.tui.reading.runs import isolated_lines
from digest.values.messages import DeliveryKind, DeliveryState
from digest.values.news import SUPPRESSED, Outcome
from digest.words import clock, clock_seconds, count, day_name, short_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, tzinfo

    from digest.store.dashboard import EntryDetail
    from digest.store.why import Finding
    from digest.tui.reading.runs import Lines
    from digest.values.messages import Delivery
    from digest.values.news import Hit, Match
    from digest.values.stories import Report

    _Reason = tuple[str, tuple[str, ...], Sequence[Hit]]
    """What a line of reasons is called, the fields in which something was hit, and what."""

_MISSES: Final = 2
"""Rules that did not find it, of which it is told why."""
_TOLD: Final = "alert"
_ALERTED: Final = Outcome.ALERT.sentence
_NO_CHANNEL: Final = "it alerted, and there was no channel when it came"

_TEXTS: Final = ("title", "summary", "content")
_FIELDS: Final = {"content": "text", "source": "outlet", "lang": "language"}

_DELIVERY_GLYPHS: Final = {
    DeliveryState.SENT: Run("✓", Ink.ACCENT),
    DeliveryState.QUEUED: Run("…", Ink.MUTED),
    DeliveryState.SENDING: Run("…", Ink.MUTED),
    DeliveryState.HELD: Run("…", Ink.MUTED),
    DeliveryState.UNKNOWN: Run("◆", Ink.NORMAL),
    DeliveryState.DEAD: Run("▲", Ink.HIGH),
    DeliveryState.DROPPED: Run("·", Ink.MUTED),
}


def why_lines(detail: EntryDetail, cells: int, *, short: bool = False) -> Lines:
    """Which words fired it, and where: by what each is, or for each rule where several fired.

    Nothing is cut off, unless it must be ``short``: then each takes one line, and words give way to where they stand.
    """
    if not detail.matches:
        return [[Run("NO RULE FOUND IT", Ink.MUTED)], *_miss_lines(detail.findings, cells)]
    reasons = _reasons([judged.match for judged in detail.matches])
    label = min(max((len(name) for name, *_ in reasons), default=0), 16) + 2
    lines: Lines = [[Run("WHY IT FIRED", Ink.MUTED)]]
    before = ""
    for name, fields, hits in reasons:
        words, place = _words_and_place(name, fields, hits)
        room = cells - label
        for line in [[*clipped(words, room - width(place)), *place]] if short else wrapped([*words, *place], room):
            lines.append([Run(fit("" if name == before else cut_middle(name, label - 2), label), Ink.MUTED), *line])
            before = name
    return lines


def _miss_lines(findings: Sequence[Finding], cells: int) -> Lines:
    """The rules that would find it now, and those that came nearest: what of each holds, and what fails."""
    would = [[Run(shown(_title(each))), Run(f": {each.sentence}", Ink.MUTED)] for each in findings if each.matched]
    lines = [line for words in would for line in wrapped(words, cells)]
    near = [each for each in findings if not each.matched and each.hits][: 0 if would else _MISSES]
    for each in near:
        lines.append(
            clipped([Run("nearest  " if each is near[0] else "next     ", Ink.MUTED), Run(_title(each))], cells)
        )
        for words, holds in each.lines:
            lines.append(clipped([Run(f"  {isolated(shown(words))}", Ink.TEXT if holds else Ink.MUTED)], cells))
    if findings and not lines:
        lines = wrapped([Run("no word of any rule stands in it", Ink.MUTED)], cells)
    return lines


def _title(finding: Finding) -> str:
    return finding.explanation.rule.title if finding.explanation is not None else finding.rule


def _reasons(matches: Sequence[Match]) -> list[_Reason]:
    """Where one rule fired by what hit in it, else rule by rule."""
    if len(matches) == 1 and matches[0].hits:
        return _by_kind(matches[0].hits)
    return [(each.rule, tuple(dict.fromkeys(hit.field for hit in each.hits)), each.hits) for each in matches]


def _words_and_place(name: str, fields: Sequence[str], hits: Sequence[Hit]) -> tuple[list[Run], list[Run]]:
    """The words of a reason, and where they stand, unless its name says so."""
    if not hits:
        return [Run("no word of it: outlet, language or tags", Ink.MUTED)], []
    words = [run for hit in _distinct(hits) for run in (Run(" · ", Ink.MUTED), *_hit_words(hit))][1:]
    places = ", ".join(_FIELDS.get(field, field) for field in fields)
    return words, [] if name == places else [Run(f" in\N{NO-BREAK SPACE}{places}", Ink.MUTED)]


def _by_kind(hits: Sequence[Hit]) -> list[_Reason]:
    """Words, phrases, patterns and what is no text, each by the fields in which the same was hit."""
    fields: dict[tuple[str, str], list[str]] = {}
    for hit in hits:
        fields.setdefault((hit.text.casefold(), hit.term), []).append(hit.field)
    kinds: dict[str, dict[tuple[str, ...], list[Hit]]] = {}
    for hit in _distinct(hits):
        places = tuple(dict.fromkeys(fields[hit.text.casefold(), hit.term]))
        kinds.setdefault(_kind(hit), {}).setdefault(places, []).append(hit)
    return [(kind, places, found) for kind, groups in kinds.items() for places, found in groups.items()]


def _kind(hit: Hit) -> str:
    if hit.field not in _TEXTS:
        return _FIELDS.get(hit.field, hit.field)
    if hit.term.startswith("/"):
        return "pattern"
    return "phrase" if " " in hit.term.strip() else "word"


def other_outlets(detail: EntryDetail) -> tuple[Report, ...]:
    """The first report of each other publisher of its story, oldest first."""
    entry, story = detail.entry, detail.story
    if story is None:
        return ()
    own = {report.publisher for report in story.reports if report.entry == entry.id}
    return tuple(report for report in story.sources if report.publisher not in own)


def outlet_lines(detail: EntryDetail, now: datetime, zone: tzinfo, cells: int, most: int | None = None) -> Lines:
    """Who else reports its story since when, at most so many of them; nothing where nobody does."""
    others = other_outlets(detail)
    shown_ones = others[:most]
    if not shown_ones or detail.story is None:
        return []
    number = f"{len(shown_ones)} of {len(others)}" if len(shown_ones) < len(others) else str(len(others))
    lines: Lines = [sides([Run("OTHER OUTLETS", Ink.MUTED)], [Run(number, Ink.MUTED)], cells)]
    for report in shown_ones:
        time = Run(fit(short_time(report.came, now, zone), 6, right=True), Ink.MUTED)
        first = [Run("first   ", Ink.ACCENT)] if report == detail.story.sources[0] else []
        lines.append(sides([Run(isolated(shown(report.source)))], [*first, time], cells))
    return lines


def first_words(detail: EntryDetail, now: datetime, zone: tzinfo) -> list[Run]:
    """``First 한빛일보 13:58   and 8 more outlets``; nothing where nobody else reports it."""
    others = other_outlets(detail)
    if not others or detail.story is None:
        return []
    first = detail.story.sources[0]
    runs = [
        Run("First ", Ink.MUTED),
        Run(isolated(shown(first.source))),
        Run(f" {short_time(first.came, now, zone)}", Ink.READ),
    ]
    more = len(detail.story.sources) - 1
    return [*runs, Run(f"   and {count(more, 'more outlet')}", Ink.MUTED)]


def delivery_lines(detail: EntryDetail, now: datetime, zone: tzinfo, cells: int) -> Lines:
    """What was sent where, or why nothing was."""
    lines: Lines = [[Run("DELIVERY", Ink.MUTED)]]
    for delivery in detail.deliveries:
        kind = "" if delivery.kind is DeliveryKind.ALERT else f", {delivery.kind.value}"
        left = [_DELIVERY_GLYPHS[delivery.state], Run(f" {shown(delivery.channel)}{kind}")]
        lines.append(sides(left, [Run(delivery_words(delivery, now, zone), Ink.MUTED)], cells))
        if delivery.reason and delivery.state is not DeliveryState.SENT:
            lines += _indented(delivery.reason, cells)
    words = [] if detail.deliveries else [_why_not(detail)]
    for sentence in words + _of_story(detail, now, zone):
        lines += isolated_lines(wrapped([Run(sentence, Ink.MUTED)], cells))
    return lines


def fact_lines(detail: EntryDetail, now: datetime, zone: tzinfo, cells: int) -> Lines:
    """When and by whom it was published, and where it stands."""
    entry = detail.entry
    published = f"{day_name(entry.published, now, zone)}, {clock(entry.published, zone)}" if entry.published else ""
    facts = [
        ("published", published),
        ("seen", f"{day_name(entry.first_seen, now, zone)}, {clock_seconds(entry.first_seen, zone)}"),
        ("by", shown(entry.text.author)),
        ("tags", shown(", ".join(entry.text.tags))),
    ]
    named = [clipped([Run(f"{name:<11}", Ink.MUTED), Run(isolated(fact))], cells) for name, fact in facts if fact]
    link = wrapped([Run(shown(entry.url.partition("://")[2]), Ink.MUTED, entry.url)], cells)[:2] if entry.url else []
    return [[Run("ENTRY", Ink.MUTED)], *named, *link]


def delivery_words(delivery: Delivery, now: datetime, zone: tzinfo) -> str:
    """``sent 14:03:31``, ``waits for 18:00``, ``queued``."""
    if delivery.state is DeliveryState.SENT:
        return f"sent {clock_seconds(delivery.updated, zone)}"
    if delivery.not_before is not None and delivery.not_before > now:
        return f"waits for {clock(delivery.not_before, zone)}"
    return {DeliveryState.UNKNOWN: "answer lost", DeliveryState.DEAD: "given up"}.get(
        delivery.state, delivery.state.value
    )


def _why_not(detail: EntryDetail) -> str:
    outcomes = [judged.outcome for judged in detail.matches]
    if not outcomes:
        return "No channel gets it: no rule found it."
    if Outcome.ALERT not in outcomes:
        return f"Told nobody: {outcomes[0].sentence}."
    became = next((each for each in detail.findings if each.stored is not None), None)
    if became is None:
        return "No channel gets it."
    words = became.sentence
    return f"No channel gets it: {words if became.standing != _TOLD else words.replace(_ALERTED, _NO_CHANNEL, 1)}."


def _of_story(detail: EntryDetail, now: datetime, zone: tzinfo) -> list[str]:
    """What its story has to do with whether it was told, in sentences."""
    entry, story = detail.entry, detail.story
    if story is None:
        return []
    first = story.reports[0]
    began = f"{quoted(first.title, 60)}, {first.source}, {short_time(first.came, now, zone)}"
    named = f"story {story.id}" + (f" ({began})" if first.entry != entry.id else "")
    sentences = []
    if any(judged.outcome in SUPPRESSED for judged in detail.matches):
        sentences.append(f"It belongs to {named}.")
    elif entry.repeat:
        sentences.append(f"It says what another report of {named} said before.")
    if entry.doubtful:
        sentences.append(f"It may be of another event than the rest of {named}: it is told like one of its own.")
    return [shown(sentence) for sentence in sentences]


def _distinct(hits: Iterable[Hit]) -> list[Hit]:
    """One hit for each way a word is written."""
    first: dict[tuple[str, str], Hit] = {}
    for hit in hits:
        first.setdefault((hit.text.casefold(), hit.term), hit)
    return list(first.values())


def _hit_words(hit: Hit) -> list[Run]:
    words = [Run(isolated(shown(" ".join(hit.text.split()))), Ink.MARK)]
    if hit.term and hit.term.casefold().strip('"') != hit.text.casefold():
        words += [Run(" ("), Run(isolated(shown(hit.term)), Ink.MUTED), Run(")")]
    return words


def _indented(text: str, cells: int) -> Lines:
    return [[Run("  "), *line] for line in wrapped([Run(shown(text), Ink.MUTED)], cells - 2)]
