"""An entry laid out for reading: its text with the matched words marked, why it matched, and what was delivered.

Everything here makes lines from values; the reader pane only decides which of them are seen.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import groupby
from typing import TYPE_CHECKING, Final

from digest.text import join_sentences
from digest.tui.cells import Run, clipped, cut_middle, fit, is_right_to_left, isolated, shown, sides, width, wrapped
from digest.tui.palette import INKS, Ink
from digest.values.messages import DeliveryKind, DeliveryState
from digest.values.news import Outcome
from digest.words import age, clock, clock_seconds, day_name, language, short_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, tzinfo

    from digest.store.dashboard import EntryDetail
    from digest.values.messages import Delivery
    from digest.values.news import Hit, JudgedMatch

Lines = list[list[Run]]

_LONG: Final = 600
"""Characters of text from which the summary stands first."""

_MOST: Final = 50_000
"""Characters of a field that are laid out; a whole book would hold up every key and every change of size."""

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


def marked(text: str, hits: Iterable[Hit], ink: Ink = Ink.TEXT) -> list[Run]:
    """The text of one field with what was hit in it marked, by the hits' own offsets."""
    spans: list[Run] = []
    done = 0
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        start, end = max(hit.start, done), min(hit.end, len(text))
        if start >= end:
            continue
        spans += [Run(shown(text[done:start]), ink), Run(shown(text[start:end]), Ink.MARK)]
        done = end
    spans.append(Run(shown(text[done:]), ink))
    return [span for span in spans if span.text]


def title_lines(detail: EntryDetail, cells: int) -> Lines:
    """The title, bold, matched words marked."""
    return _isolated(wrapped(marked(detail.entry.title, _hits(detail, "title"), Ink.BRIGHT), cells))


def meta_line(detail: EntryDetail, now: datetime, zone: tzinfo, cells: int) -> list[Run]:
    """Severity, rules, outlet, time and age, language."""
    severity = max(judged.match.severity for judged in detail.matches) if detail.matches else None
    spans: list[Run] = []
    if severity is not None:
        spans.append(Run(f"{severity.glyph} {severity.word}", INKS[severity]))
    spans.append(Run(", ".join(judged.match.rule for judged in detail.matches)))
    spans.append(Run(isolated(shown(detail.entry.text.source))))
    moment = detail.entry.time
    spans.append(Run(f"{short_time(moment, now, zone)}, {age(now - moment)}", Ink.MUTED))
    spans.append(Run(language(detail.entry.text.lang), Ink.MUTED))
    spaced = [piece for span in spans if span.text for piece in (span, Run("   "))]
    return clipped(spaced[:-1], cells)


def text_lines(detail: EntryDetail, cells: int, *, loose: bool) -> Lines:
    """The text, that of the page where it was read; a long one begins with its summary.

    ``loose`` puts an empty line between its blocks.
    """
    summary, content = detail.entry.text.summary, detail.entry.text.content
    sentences = next((judged.summary for judged in detail.matches if judged.summary), ())
    lines: Lines = []
    ink = Ink.TEXT
    if detail.article:
        summary, content = "", detail.article
    if sentences and len(content) + len(summary) > _LONG:
        lines += _isolated(wrapped(_marked_words(join_sentences(sentences), detail), cells))
        lines.append([])
        ink = Ink.READ
    if summary and not content.startswith(summary.rstrip(" .…")):
        lines += _blocks(summary, _hits(detail, "summary"), cells, ink, loose=loose)
        if content:
            lines.append([])
    hits = _found_words(content, detail) if detail.article else _hits(detail, "content")
    lines += _blocks(content, hits, cells, ink, loose=loose)
    return lines or [[Run("The feed gives no text, only the title.", Ink.MUTED)]]


def why_lines(detail: EntryDetail, cells: int, *, short: bool = False) -> Lines:
    """Which words fired which rule, and where: for each field, or for each rule where several fired.

    Nothing is cut off, unless it must be ``short``: then each takes one line, and words give way to where they stand.
    """
    lines: Lines = [[Run("WHY IT FIRED", Ink.MUTED)]]
    label = min(max((len(judged.match.rule) for judged in detail.matches), default=0), 16) + 2
    for judged in detail.matches:
        name, hits = judged.match.rule, judged.match.hits
        if not hits:
            lines.append(
                [
                    Run(fit(cut_middle(name, label - 2), label), Ink.MUTED),
                    Run("no word of it: outlet, language or tags", Ink.MUTED),
                ]
            )
        groups = [(field, list(group)) for field, group in groupby(hits, key=lambda hit: hit.field)]
        if len(detail.matches) > 1 and groups:
            groups = [(", ".join(_FIELDS.get(field, field) for field, _ in groups), list(hits))]
        for field, found in groups:
            words = [span for hit in _distinct(found) for span in (Run(" · ", Ink.MUTED), *_hit_words(hit))]
            place = Run(f" in\N{NO-BREAK SPACE}{_FIELDS.get(field, field)}", Ink.MUTED)
            room = cells - label
            whole = [[*clipped(words[1:], room - width([place])), place]] if short else []
            for line in whole or wrapped([*words[1:], place], room):
                lines.append([Run(fit(cut_middle(name, label - 2), label), Ink.MUTED), *line])
                name = ""
    return lines


def delivery_lines(detail: EntryDetail, now: datetime, zone: tzinfo, cells: int) -> Lines:
    """What was sent where, or why nothing was."""
    lines: Lines = [[Run("DELIVERY", Ink.MUTED)]]
    for delivery in detail.deliveries:
        kind = "" if delivery.kind is DeliveryKind.ALERT else f", {delivery.kind.value}"
        left = [_DELIVERY_GLYPHS[delivery.state], Run(f" {shown(delivery.channel)}{kind}")]
        lines.append(sides(left, [Run(delivery_words(delivery, now, zone), Ink.MUTED)], cells))
        if delivery.reason and delivery.state is not DeliveryState.SENT:
            lines += _indented(delivery.reason, cells)
    if not detail.deliveries:
        lines += wrapped([Run(_why_not(detail.matches), Ink.MUTED)], cells)
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
    link = wrapped([Run(shown(entry.url.partition("://")[2]), Ink.MUTED)], cells)[:2] if entry.url else []
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


def _why_not(matches: Sequence[JudgedMatch]) -> str:
    outcomes = [judged.outcome for judged in matches]
    if Outcome.ALERT in outcomes or not outcomes:
        return "No channel gets it."
    return f"Told nobody: {outcomes[0].sentence}."


def _hits(detail: EntryDetail, field: str) -> list[Hit]:
    return [hit for judged in detail.matches for hit in judged.match.hits if hit.field == field]


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


def _marked_words(text: str, detail: EntryDetail) -> list[Run]:
    """A sentence of the summary with the words that hit."""
    return marked(text, _found_words(text, detail))


def _found_words(text: str, detail: EntryDetail) -> list[Hit]:
    """Where the words that hit stand in another text than that in which they were found."""
    from digest.values.news import Hit

    words = {
        hit.text
        for judged in detail.matches
        for hit in judged.match.hits
        if hit.field in {"title", "summary", "content"}
    }
    return [Hit("", place, place + len(word), word, "") for word in words for place in _places(text[:_MOST], word)]


def _places(text: str, word: str) -> Iterable[int]:
    place = text.find(word) if word else -1
    while place >= 0:
        yield place
        place = text.find(word, place + len(word))


def _start(hit: Hit) -> int:
    return hit.start


def _blocks(text: str, hits: Sequence[Hit], cells: int, ink: Ink, *, loose: bool) -> Lines:
    """A field's blocks, wrapped; offsets of hits count from the field's start."""
    lines: Lines = []
    start = 0
    ahead = sorted((hit for hit in hits if hit.start < _MOST), key=_start)
    for block in text[:_MOST].split("\n") if text else ():
        end = start + len(block)
        begun = bisect_left(ahead, end, key=_start)
        inside = [
            type(hit)(hit.field, max(hit.start, start) - start, min(hit.end, end) - start, hit.text, hit.term)
            for hit in ahead[:begun]
            if hit.end > start
        ]
        if begun:
            ahead[:begun] = [hit for hit in ahead[:begun] if hit.end > end]  # it goes on in the next block
        if loose and lines:
            lines.append([])
        lines += _isolated(wrapped(marked(block, inside, ink), cells))
        start = end + 1
    if len(text) > _MOST:
        lines += wrapped([Run(f"and {len(text) - _MOST:,} more characters: o opens the page", Ink.MUTED)], cells)
    return lines


def _isolated(lines: Lines) -> Lines:
    """Lines that run right to left kept within their column."""
    from digest.tui.cells import ISOLATE, ISOLATE_END

    return [
        [Run(ISOLATE), *line, Run(ISOLATE_END)] if any(is_right_to_left(span.text) for span in line) else line
        for line in lines
    ]


def _indented(text: str, cells: int) -> Lines:
    return [[Run("  "), *line] for line in wrapped([Run(shown(text), Ink.MUTED)], cells - 2)]


def beside(left: Lines, right: Lines, left_cells: int, right_cells: int) -> Lines:
    """Two columns with a hairline between them."""
    rows = max(len(left), len(right))
    joined: Lines = []
    for y in range(rows):
        mine = clipped(left[y], left_cells) if y < len(left) else []
        other = clipped(right[y], right_cells) if y < len(right) else []
        joined.append([*mine, Run(" " * (left_cells - width(mine))), Run(" │ ", Ink.LINE), *other])
    return joined
