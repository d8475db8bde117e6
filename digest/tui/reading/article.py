"""What an entry says: its title, the line below it, its text with the matched words marked, and where it links to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from digest.stories.boilerplate import bare, is_boilerplate
from digest.text import bounded, join_sentences
from digest.tui.cells import Run, clipped, cut, isolated, shown, width, wrapped
from digest.tui.palette import INKS, Ink
from digest.tui.reading.runs import isolated_lines, marked
from digest.tui.reading.text import MOST, Passage, passage_lines
from digest.values.news import Hit, MarkKind
from digest.words import age, clock, day_name, language, same_day, short_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime, tzinfo

    from digest.store.dashboard import EntryDetail
    from digest.tui.reading.runs import Lines

_LONGEST_NAME: Final = 24
"""Letters of who has it in hand."""
_LONG: Final = 600
"""Characters of text from which the summary stands first."""
_DATELINE: Final = 40
"""Letters that may stand before a summary's words in a text that begins with it: a place, an agency, a date."""

_LINK: Final = 4
"""Lines that an address may take: it is to be read where no browser can open it."""


def title_lines(detail: EntryDetail, cells: int) -> Lines:
    """The title, bold, matched words marked."""
    return isolated_lines(wrapped(marked(detail.entry.title, _hits(detail, "title"), Ink.BRIGHT), cells))


def meta_line(detail: EntryDetail, now: datetime, zone: tzinfo, cells: int) -> list[Run]:
    """Severity, who has it in hand, rules, outlet, time and age, language.

    Where room is short the language goes first, then the rules are cut.
    """
    severity = max(judged.match.severity for judged in detail.matches) if detail.matches else None
    spans: list[Run] = []
    if severity is not None:
        spans.append(Run(f"{severity.glyph} {severity.word}", INKS[severity]))
    if detail.taken is not None:
        who, since = shown(bounded(detail.taken.who, _LONGEST_NAME)), short_time(detail.taken.since, now, zone)
        spans.append(Run(f"✓ {who} has it since {since}", Ink.ACCENT))
    rules = len(spans)
    spans.append(Run(isolated(shown(detail.entry.text.source))))
    moment = detail.entry.time
    when = clock(moment, zone) if same_day(moment, now, zone) else day_name(moment, now, zone)
    spans.append(Run(f"{when}, {age(now - moment)}", Ink.MUTED))
    found_by, lang = Run(shown(detail.found_by)), Run(language(detail.entry.text.lang), Ink.MUTED)
    room = cells - sum(width([span]) + 3 for span in spans if span.text)
    spans += [lang] if width([found_by, lang]) + 3 <= room else []
    if detail.matches and room > 0:
        spans.insert(rules, Run(cut(found_by.text, room)))
    spaced = [piece for span in spans if span.text for piece in (span, Run("   "))]
    return clipped(spaced[:-1], cells)


def passages(detail: EntryDetail) -> list[Passage]:
    """The texts that are read, in order: that of the page where it was read, else summary and content.

    A summary with which the content begins is left out.
    """
    summary, content = detail.entry.text.summary, detail.entry.text.content
    if detail.article:
        return [Passage(detail.article, _found_words(detail.article, detail), detail.spans.get("article", ()))]
    found = []
    if summary and not (content and begins_with(content, summary)):
        found.append(Passage(summary, _hits(detail, "summary"), detail.spans.get("summary", ())))
    if content:
        found.append(Passage(content, _hits(detail, "content"), detail.spans.get("content", ())))
    return found


def begins_with(text: str, summary: str) -> bool:
    """Whether a text says what a summary says right at its beginning: a dateline before it does not count.

    Neither do signs, nor lines of the summary that call on the reader, nor where it was cut off.
    """
    lines = [line for line in summary.split("\n") if not is_boilerplate(line)]
    words = bare(" ".join(lines))
    return 0 <= bare(text[: 2 * len(summary) + 4 * _DATELINE]).find(words) <= _DATELINE


def links(detail: EntryDetail) -> tuple[str, ...]:
    """The addresses of its links and images in order, each once: the first has the number 1."""
    kinds = {MarkKind.LINK, MarkKind.IMAGE}
    spans = (span for passage in passages(detail) for span in passage.spans if span.kind in kinds and span.end <= MOST)
    return tuple(dict.fromkeys(span.address for span in spans if span.address))


def text_lines(detail: EntryDetail, cells: int, *, loose: bool) -> Lines:
    """The text; a long one begins with its summary, unless the text itself does.

    ``loose`` puts an empty line between its paragraphs.
    """
    texts = passages(detail)
    sentences = next((judged.summary for judged in detail.matches if judged.summary), ())
    numbers = _numbers(detail)
    summary = join_sentences(sentences)
    lines: Lines = []
    ink = Ink.TEXT
    long = sum(len(each.text) for each in texts) > _LONG
    if summary and long and not begins_with(texts[0].text, summary):
        lines += isolated_lines(wrapped(marked(summary, _found_words(summary, detail)), cells))
        ink = Ink.READ
    for passage in texts:
        lines += [*([[]] if lines else []), *passage_lines(passage, cells, ink, numbers, loose=loose)]
    return lines or [[Run("The feed gives no text, only the title.", Ink.MUTED)]]


def link_lines(detail: EntryDetail, cells: int) -> Lines:
    """Where the numbers in the text lead, in `_LINK` lines at most; nothing where there are none."""
    numbers = _numbers(detail)
    widest = len(str(len(numbers)))
    lines: Lines = [[Run("LINKS", Ink.MUTED)]] if numbers else []
    for address, number in numbers.items():
        place = Run(shown(address.partition("://")[2].removesuffix("/")), Ink.MUTED, address)
        room = max(2, cells - widest - 3)
        first, *rest = wrapped(clipped([place], _LINK * room), room)
        lines.append([Run(f"[{number}]".rjust(widest + 2)), Run(" "), *first])
        lines += [[Run(" " * (widest + 3)), *line] for line in rest]
    return lines


def beside(left: Lines, right: Lines, left_cells: int, right_cells: int) -> Lines:
    """Two columns with a hairline between them."""
    rows = max(len(left), len(right))
    joined: Lines = []
    for y in range(rows):
        mine = clipped(left[y], left_cells) if y < len(left) else []
        other = clipped(right[y], right_cells) if y < len(right) else []
        joined.append([*mine, Run(" " * (left_cells - width(mine))), Run(" │ ", Ink.LINE), *other])
    return joined


def _numbers(detail: EntryDetail) -> Mapping[str, int]:
    return {address: number for number, address in enumerate(links(detail), 1)}


def _hits(detail: EntryDetail, field: str) -> list[Hit]:
    return [hit for judged in detail.matches for hit in judged.match.hits if hit.field == field]


def _found_words(text: str, detail: EntryDetail) -> list[Hit]:
    """Where the words that hit stand in another text than that in which they were found."""
    words = {
        hit.text
        for judged in detail.matches
        for hit in judged.match.hits
        if hit.field in {"title", "summary", "content"}
    }
    return [Hit("", place, place + len(word), word, "") for word in words for place in _places(text[:MOST], word)]


def _places(text: str, word: str) -> Iterable[int]:
    place = text.find(word) if word else -1
    while place >= 0:
        yield place
        place = text.find(word, place + len(word))
