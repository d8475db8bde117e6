"""The simulated day is whole: enough of it, in five languages, told by many, and readable as plain text."""

from __future__ import annotations

from collections import Counter, defaultdict

from digest.demo.newsday import load_newsday

DAY = load_newsday()


def test_about_two_hundred_reports_from_a_dozen_outlets_in_five_languages() -> None:
    """The day has the size and the mix that the demo promises."""
    assert 190 <= len(DAY.reports) <= 220
    assert 12 <= len(DAY.outlets) <= 14
    assert {outlet.lang for outlet in DAY.outlets} == {"en", "ko", "ru", "ar", "zh"}
    assert {outlet.format for outlet in DAY.outlets} == {"rss", "atom", "json"}
    assert Counter(outlet.trouble for outlet in DAY.outlets)["flaky"] == 1
    assert Counter(outlet.trouble for outlet in DAY.outlets)["slow"] == 1


def test_reports_are_whole_and_in_order() -> None:
    """Every report has a known outlet, a title, a summary, an id of its own, and its place in time."""
    known = {outlet.id for outlet in DAY.outlets}
    assert all(report.outlet in known and report.title and report.summary for report in DAY.reports)
    assert len({report.id for report in DAY.reports}) == len(DAY.reports)
    assert [report.at for report in DAY.reports] == sorted(report.at for report in DAY.reports)
    assert known == {report.outlet for report in DAY.reports}


def test_no_outlet_tells_the_same_headline_twice() -> None:
    """Headlines differ, so that nothing is taken for a repeat by accident."""
    titles = Counter(report.title for report in DAY.reports)
    assert [title for title, seen in titles.items() if seen > 1] == []


def test_stories_are_told_by_many_outlets_and_languages() -> None:
    """At least five events have five outlets and three languages; a report corrects another, an outlet its headline."""
    tellers: dict[str, set[str]] = defaultdict(set)
    tongues: dict[str, set[str]] = defaultdict(set)
    lang_of = {outlet.id: outlet.lang for outlet in DAY.outlets}
    for report in DAY.reports:
        if report.newsworthy:
            tellers[report.story].add(report.outlet)
            tongues[report.story].add(lang_of[report.outlet])
    assert sum(len(tellers[story]) >= 5 and len(tongues[story]) >= 3 for story in tellers) >= 5
    assert any("CORRECTION" in report.title for report in DAY.reports)
    assert [report.edit.at > report.at for report in DAY.reports[DAY.baseline :] if report.edit] == [True]


def test_noise_and_near_misses_are_part_of_the_day() -> None:
    """About half of the day is nothing for the rules, some of it by a hair."""
    quiet = [report for report in DAY.reports if not report.newsworthy]
    assert len(quiet) >= 80
    assert sum(report.story.startswith("trap-") for report in quiet) >= 12
