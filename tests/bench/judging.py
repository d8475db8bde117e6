"""Judges what was told of labelled news: by the labels, and by plain words of its own, never by Digest's judgement."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from digest.delivery.messages.digest_words import sentence
from digest.demo.telegram_html import MarkupError, read_html
from digest.values.news import SUPPRESSED, Outcome, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from digest.values.messages import DigestDocument
    from digest.values.news import EntryText
    from tests.bench.living import Lived, Told
    from tests.bench.news_days import Reported

_UNITS, _MARKS, _MARKS_BYTES = 4_096, 100, 9_500
"""What Telegram takes in one message: UTF-16 units that are seen, marks that are shown, bytes of all marks."""
_LONGEST_LINK: Final = 2_048
_CALLS: Final = re.compile(
    r"subscribe|sign up|newsletter|crossword|continue reading|read more|click here|follow us|cookie|check out|"
    r"most popular|all rights reserved|advertisement|©|\[(?:…|\.\.\.)\]|</?[a-z]+[ >/]|&[a-z]+;|"
    r"подпи(?:шит|сыва)|читайте также|weiterlesen|abonnieren|lire aussi|abonnez|leer más|suscr[ií]b|leia mais|"
    r"무단 ?전재|구독|기자 ?=|转载|扫码|続きを読む|اشترك|اقرأ أيضا",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Alerts:
    """How often events were told, by their labels."""

    events: int
    reports: int
    """That a rule found ..."""
    alerted: int
    """... and that alerted."""
    later: int
    """Reports of events that were told before."""
    updates: tuple[Told, ...]
    """Of the later ones: told again, and said to be an UPDATE;"""
    doubted: tuple[Told, ...]
    """told as it is not sure that they are of that event;"""
    repeats: tuple[Told, ...]
    """told like news."""
    translated: int
    """Of these three kinds: the first told of that event in their language, as stories never span languages."""
    silent: tuple[Told, ...]
    """Suppressed though nothing of their event was told before."""
    lost: tuple[Told, ...]
    """The first reports of events of which no report alerted."""

    @property
    def suppressed(self) -> int:
        """Of the later ones."""
        return self.later - len(self.updates) - len(self.doubted) - len(self.repeats)


def judge_alerts(told: Sequence[Told]) -> Alerts:
    """Judge reports that a rule found, in the order in which they came."""
    known: set[str] = set()
    spoken: set[tuple[str, str]] = set()
    first: dict[str, Told] = {}
    later = alerted = translated = 0
    updates: list[Told] = []
    doubted: list[Told] = []
    repeats: list[Told] = []
    silent: list[Told] = []
    for each in told:
        label = each.report.label
        first.setdefault(label, each)
        alerts = [match for match in each.matches if match.outcome is Outcome.ALERT]
        alerted += bool(alerts)
        later += label in known
        if label in known and alerts:
            kind = updates if alerts[0].news else doubted if each.doubtful else repeats
            kind.append(each)
            translated += (label, each.report.lang) not in spoken
        elif label not in known and any(match.outcome in SUPPRESSED for match in each.matches) and not alerts:
            silent.append(each)
        if alerts:
            known.add(label)
            spoken.add((label, each.report.lang))
    lost = tuple(each for label, each in first.items() if label not in known)
    again = tuple(updates), tuple(doubted), tuple(repeats)
    return Alerts(len(first), len(told), alerted, later, *again, translated, tuple(silent), lost)


@dataclass(slots=True)
class Digested:
    """What digests name."""

    lines: int = 0
    repeats: list[str] = field(default_factory=list)
    """Headlines of lines whose event another line of the same digest names."""
    translated: int = 0
    """Of these lines: the first of their event in their language."""
    joining: list[str] = field(default_factory=list)
    """Lines that tell stories of several events as one: by their headlines."""
    beside: int = 0
    """Headlines that stand beside the story of another report ..."""
    rightly: int = 0
    """... and are of another event."""
    wanted: int = 0
    """Events of high severity that began in the time of a digest ..."""
    missing: list[Reported] = field(default_factory=list)
    """... and that it does not name, not even beside the story of another: the first report of each."""


def judge_digest(
    document: DigestDocument, reports: Mapping[int, Reported], wanted: Mapping[str, Reported], into: Digested
) -> None:
    """Judge which events a digest names.

    Args:
        document: of one time.
        reports: by the ids of their entries.
        wanted: the events that it must name, each with its first report.
        into: what is found is added here.
    """
    seen: Counter[str] = Counter()
    spoken: set[tuple[str, str]] = set()
    beside: set[str] = set()
    title_labels = {each.title: each.label for each in reports.values()}
    for group in document.groups:
        for line in group.lines:
            label, lang = reports[line.entry].label, reports[line.entry].lang
            same = {label, *(title_labels.get(each.title, "") for each in line.also)}
            if len(same) > 1:
                into.joining.append(f"[{', '.join(sorted(same))}] {line.title}")
            others = [title_labels.get(each.title, "") for each in line.apart]
            into.beside += len(others)
            into.rightly += sum(other != label for other in others)
            beside.update(others)
            if seen[label]:
                into.repeats.append(f"[{label}] {line.title}")
                into.translated += (label, lang) not in spoken
            seen.update(same)
            into.lines += 1
            spoken.add((label, lang))
    into.wanted += len(wanted)
    into.missing += [report for label, report in wanted.items() if not seen[label] and label not in beside]


def judge_digests(found: Lived) -> Digested:
    """Judge the digests of some days."""
    severe: dict[str, Reported] = {}
    for each in found.told:
        if any(match.match.severity >= Severity.HIGH for match in each.matches):
            severe.setdefault(each.report.label, each.report)
    judged = Digested()
    for digest in found.digests:
        document = digest.document
        inside = {label: report for label, report in severe.items() if document.since <= report.at < document.until}
        judge_digest(document, found.reports, inside, judged)
    return judged


# --- what is shown -------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Shown:
    """What the sentences of alerts and digests show."""

    sentences: int = 0
    altered: list[str] = field(default_factory=list)
    """Sentences that do not stand so in their source."""
    boilerplate: list[str] = field(default_factory=list)
    """Those that are about the outlet."""
    asked: int = 0
    """Alerts and lines of digests ..."""
    hidden: list[str] = field(default_factory=list)
    """... whose headline and sentences show none of the words that were found."""


def judge_sentences(said: Iterable[str], text: EntryText, into: Shown) -> None:
    """Judge sentences that tell an entry."""
    for each in said:
        into.sentences += 1
        bare = each.removeprefix("… ").removesuffix("…")
        if not any(bare in part or bare in " ".join(part.split()) for part in (text.title, text.summary, text.content)):
            into.altered.append(each)
        if _CALLS.search(each):
            into.boilerplate.append(each)


def judge_terms(title: str, said: Iterable[str], terms: Sequence[str], into: Shown) -> None:
    """Judge whether a reader sees why it was told."""
    into.asked += 1
    if not any(term in shown for term in terms for shown in (title, *said)):
        into.hidden.append(title)


def judge_shown(found: Lived) -> Shown:
    """Judge all that alerts and digests say of entries; of a digest the one sentence that a chat gets."""
    shown = Shown()
    terms: dict[int, list[str]] = {}
    for each in found.told:
        for judged in each.matches:
            words = [hit.text for hit in judged.match.hits if hit.text]
            terms.setdefault(each.entry, []).extend(words)
            if judged.outcome is Outcome.ALERT:
                judge_sentences(judged.summary, each.text, shown)
                judge_terms(each.text.title, judged.summary, words, shown)
    for line in (line for digest in found.digests for group in digest.document.groups for line in group.lines):
        judge_sentences(line.sentences, found.texts[line.entry], shown)
        if line.entry in terms:
            judge_terms(line.title, (sentence(line),), terms[line.entry], shown)
    return shown


# --- Telegram ------------------------------------------------------------------------------------------------------


def telegram_fault(part: str) -> str:
    """Why Telegram would refuse a message, or not show it as it is meant; empty: it would not."""
    try:
        read = read_html(part)
    except MarkupError as error:
        return str(error)
    if not read.text.strip():
        return "it is empty"
    if read.units > _UNITS:
        return f"{read.units:,} UTF-16 units"
    if len(read.marks) > _MARKS:
        return f"{len(read.marks)} marks"
    if sum(16 + len(mark.url.encode()) for mark in read.marks) > _MARKS_BYTES:
        return "its marks are too large"
    wrong = [url for mark in read.marks if (url := mark.url) and not _is_address(url)]
    return f"a link that is none: {wrong[0]}" if wrong else ""


def _is_address(url: str) -> bool:
    return url.startswith(("http://", "https://")) and len(url.encode()) <= _LONGEST_LINK and not re.search(r"\s", url)


def judge_messages(parts: Iterable[str]) -> tuple[int, list[str]]:
    """How many messages there are, and what is wrong with some."""
    faults = [telegram_fault(part) for part in parts]
    return len(faults), [fault for fault in faults if fault]
