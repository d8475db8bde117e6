"""The quality bench can fail: what is told wrongly on purpose shows in its figures."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.stories.cluster import window
from digest.values.messages import DigestDocument, DigestGroup, DigestLine
from digest.values.news import EntryText, Hit, JudgedMatch, Match, Outcome, Severity
from digest.values.stories import Development
from tests.bench.judging import (
    Digested,
    Shown,
    judge_alerts,
    judge_digest,
    judge_digests,
    judge_sentences,
    judge_shown,
    judge_terms,
    telegram_fault,
)
from tests.bench.living import Told, lived
from tests.bench.news_days import NewsDays, Reported

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def reported(label: str, title: str, minute: int = 0) -> Reported:
    """A report of an event."""
    return Reported(label, NOW + minute * MINUTE, f"Outlet {minute}", "en", title)


def told(
    label: str, outcome: Outcome, *, news: Development | None = None, doubtful: bool = False, lang: str = "en"
) -> Told:
    """What became of a report of an event."""
    judged = JudgedMatch(Match("all", Severity.HIGH, ()), outcome, news=news)
    report = replace(reported(label, "A headline"), lang=lang)
    return Told(report, 1, 1, doubtful, EntryText("A headline"), (judged,))


def document(*lines: tuple[int, str]) -> DigestDocument:
    """A digest of such entries."""
    made = tuple(DigestLine(title, "", "", None, NOW, entry) for entry, title in lines)
    return DigestDocument("daily", NOW, NOW, "UTC", (DigestGroup("all", "All", Severity.HIGH, made),), len(made))


def test_what_is_lost_late_or_told_again_is_counted() -> None:
    """Each by the labels alone: an event without an alert is lost, whatever its report was taken for."""
    judged = judge_alerts([
        told("quake", Outcome.ALERT),
        told("quake", Outcome.SAME_STORY),
        told("quake", Outcome.ALERT),
        told("quake", Outcome.ALERT, doubtful=True),
        told("quake", Outcome.ALERT, news=Development.TOLL),
        told("quake", Outcome.ALERT, lang="ko"),
        told("flood", Outcome.SAME_STORY),
        told("fire", Outcome.SAME_REPORT),
        told("fire", Outcome.ALERT),
    ])  # fmt: skip
    assert (judged.events, judged.later, judged.suppressed, judged.translated) == (3, 5, 1, 1)
    assert (len(judged.updates), len(judged.doubted), len(judged.repeats)) == (1, 1, 2)
    assert [each.report.label for each in judged.silent] == ["flood", "fire"]
    assert [each.report.label for each in judged.lost] == ["flood"]


def test_a_digest_that_repeats_an_event_and_leaves_one_out_fails() -> None:
    """A second line of one event is a repeat under any headline; an event without a line is missing."""
    reports = {1: reported("quake", "Earthquake"), 2: reported("quake", "Tremor"), 3: reported("flood", "Flood")}
    judged = Digested()
    judge_digest(
        document((1, "Earthquake"), (2, "Tremor")), reports, {"quake": reports[1], "flood": reports[3]}, judged
    )
    assert (judged.lines, judged.repeats) == (2, ["[quake] Tremor"])
    assert (judged.wanted, judged.missing) == (2, [reports[3]])


@pytest.mark.parametrize(
    ("sentence", "altered", "boilerplate"),
    [
        ("The dam broke on Monday.", 0, 0),
        ("The dam broke on Tuesday.", 1, 0),
        ("Subscribe to our newsletter.", 0, 1),
    ],
)
def test_a_sentence_that_is_made_up_or_calls_on_the_reader_fails(sentence: str, altered: int, boilerplate: int) -> None:
    """Sentences are held against their source, and against words that no news begins with."""
    shown = Shown()
    judge_sentences([sentence], EntryText("Dam", "The dam broke on Monday. Subscribe to our newsletter."), shown)
    assert (len(shown.altered), len(shown.boilerplate)) == (altered, boilerplate)


def test_an_alert_that_does_not_show_why_fails() -> None:
    """In the headline or in a sentence the reader sees a word that was found."""
    shown = Shown()
    judge_terms("Dam breaks", ["It rained."], ["Dam"], shown)
    judge_terms("Dam breaks", ["It rained."], ["flood"], shown)
    assert (shown.asked, shown.hidden) == (2, ["Dam breaks"])


@pytest.mark.parametrize(
    "part",
    [
        "<b>Dam",
        "<b>Dam</i>",
        "Dam <marquee>breaks</marquee>",
        " ",
        "𝔇" * 2_049,
        "<b>a</b> " * 101,
        '<a href="javascript:alert(1)">Dam</a>',
    ],
)
def test_messages_that_telegram_refuses_fail(part: str) -> None:
    """Tags are balanced and known, text is seen and fits in UTF-16 units, links lead to the web."""
    assert telegram_fault(part)
    assert not telegram_fault('<b>Dam</b> <a href="https://one.example/">breaks</a> &amp; floods')


DAYS = NewsDays(
    "invented",
    (
        reported("launch", "North Korea launches ballistic missile toward the sea off its east coast", 0),
        reported("launch", "North Korea launches ballistic missile toward sea off east coast, Seoul says", 1),
        reported("airport", "Syria reopens the airport of Aleppo after a year of repairs", 2),
        reported("drill", "North Korea opens a drill of its reserves along the coast", 3),
    ),
)


def test_days_are_lived_through_with_the_real_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """An event is one alert and one line; with a window that takes all for one story the bench shows the losses."""
    found = lived(DAYS)
    judged = judge_alerts(found.told)
    assert (judged.events, judged.alerted, judged.lost, judged.suppressed) == (3, 3, (), 1)
    assert judge_digests(found).repeats == []
    assert judge_shown(found).hidden == []
    assert found.messages == 3
    monkeypatch.setattr(window, "_GROUP", 0.05)
    for name in ("_SURE", "_SURE_SUMMARISED"):
        monkeypatch.setattr(window, name, 0.0)
    blurred = lived(DAYS)
    assert [each.report.label for each in judge_alerts(blurred.told).lost] == ["drill"]
    assert [each.label for each in judge_digests(blurred).missing] == ["drill"]


def test_a_hit_that_no_sentence_shows_is_found() -> None:
    """The figures are those of what was told, not of what was meant."""
    found = lived(DAYS)
    hidden = Match("all", Severity.HIGH, (Hit("title", 0, 5, "Seoul", "Seoul"),))
    found.told[0] = replace(found.told[0], matches=(replace(found.told[0].matches[0], match=hidden),))
    assert found.told[0].report.title in judge_shown(found).hidden
