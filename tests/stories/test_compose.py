"""A digest holds each story of its period once, the weightiest first; what is left out is counted, never the severe."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.stories.compose import (
    MOST_APART,
    MOST_IN_GROUP,
    MOST_OF_PUBLISHER,
    compose_brief,
    compose_digest,
    named,
    picked,
)
from digest.values.messages import Alert, DigestChange, DigestDocument, DigestHeadline, DigestLine, DigestSource
from digest.values.news import EntryText, Hit, Severity, StoredEntry
from digest.values.stories import Development, Kin, Report, Story

SINCE = datetime(2026, 11, 23, 22, tzinfo=UTC)
UNTIL = SINCE + timedelta(hours=24)


def alert(
    entry: int,
    rule: str,
    severity: Severity,
    *,
    minutes: float = 60,
    summary: tuple[str, ...] = (),
    story: int | None = None,
    source: str = "",
    tier: str = "",
    news: Development | None = None,
    hits: tuple[Hit, ...] = (),
) -> Alert:
    """An alert created so many minutes into the period; each has a publisher of its own unless one is named."""
    created = SINCE + timedelta(minutes=minutes)
    source = source or f"Wire {entry}"
    text = EntryText(title=f"T{entry}", source=source, tier=tier)
    stored = StoredEntry(entry, 1, f"https://a.example/{entry}", text, created, created, publisher=source, story=story)
    return Alert(entry * 10, rule, severity, created, stored, hits, summary, news=news)


def story(number: int, *reports: tuple[str, float]) -> Story:
    """A story, reported by these outlets so many minutes into the period."""
    return Story(
        number,
        SINCE,
        UNTIL,
        tuple(
            Report(
                900 + place, f"{source} says", f"https://{source}.example/", source, source, "",
                SINCE + timedelta(minutes=minutes),
            )
            for place, (source, minutes) in enumerate(reports)
        ),
    )  # fmt: skip


def composed(
    *alerts: Alert, earlier: tuple[Alert, ...] = (), stories: tuple[Story, ...] = (), kin: tuple[Kin, ...] = ()
) -> DigestDocument:
    """The digest of the period."""
    by_id = {each.id: each for each in stories}
    return compose_digest(alerts, name="morning", since=SINCE, until=UNTIL, earlier=earlier, stories=by_id, kin=kin)


def lines(document: DigestDocument) -> list[DigestLine]:
    """All lines, in order."""
    return [line for group in document.groups for line in group.lines]


# --- ranking ---------------------------------------------------------------------------------------------------------


def test_groups_are_in_the_order_of_their_first_stories() -> None:
    """What matters most stands on top, whatever order the alerts come in: severity, then the newest."""
    document = compose_digest(
        [
            alert(1, "returns", Severity.LOW),
            alert(2, "summit", Severity.NORMAL, minutes=1),
            alert(3, "embassy", Severity.NORMAL, minutes=3),
            alert(4, "launch", Severity.URGENT),
            alert(5, "oslo", Severity.NORMAL, minutes=2),
            alert(6, "oslo", Severity.NORMAL, minutes=0),
        ],
        name="morning",
        since=SINCE,
        until=UNTIL,
        timezone="Asia/Seoul",
        rules={"launch": "Missile launches"},
    )
    assert [group.rule for group in document.groups] == ["launch", "embassy", "oslo", "summit", "returns"]
    assert [group.title for group in document.groups][:2] == ["Missile launches", "embassy"]
    assert (document.alerts, document.entries, document.timezone) == (6, 6, "Asia/Seoul")


def test_stories_are_ranked_by_severity_publishers_rules_and_age() -> None:
    """Each outweighs all that come after it."""
    found = composed(
        alert(1, "r", Severity.NORMAL, minutes=50),
        alert(2, "r", Severity.NORMAL, minutes=40),
        alert(3, "r", Severity.NORMAL, minutes=30),
        alert(3, "q", Severity.LOW, minutes=30),
        alert(4, "r", Severity.NORMAL, minutes=20, story=7),
        alert(5, "r", Severity.HIGH, minutes=10),
        stories=(story(7, ("Wire 4", 20), ("AFP", 21), ("AFP", 22)),),
    )
    assert [line.entry for line in lines(found)] == [5, 4, 3, 1, 2]


def test_a_story_stands_once_under_its_severest_rule_and_names_the_others() -> None:
    """Several rules, several reports, one line; at equal severity the first rule by name takes it."""
    document = composed(
        alert(1, "ties", Severity.NORMAL, story=7),
        alert(1, "launch", Severity.HIGH, story=7, summary=("It flew.",)),
        alert(3, "dprk", Severity.HIGH, story=7, minutes=90, news=Development.RULE),
        alert(2, "ties", Severity.NORMAL),
        stories=(story(7, ("Wire 1", 60), ("AFP", 70), ("Wire 3", 90)),),
    )
    assert [(group.rule, group.severity) for group in document.groups] == [
        ("dprk", Severity.HIGH),
        ("ties", Severity.NORMAL),
    ]
    (line,) = document.groups[0].lines
    assert line.rules == ("dprk", "launch", "ties")
    assert (line.title, line.sentences, line.severity, line.story) == ("T1", ("It flew.",), Severity.HIGH, 7)
    assert [source.name for source in line.sources] == ["Wire 1", "AFP", "Wire 3"]
    assert line.sources[0] == DigestSource("Wire 1", "https://a.example/1")
    assert document.alerts == 4


def doubted(entry: int, severity: Severity, *, minutes: float = 60, title: str = "") -> Alert:
    """An alert that joined story 7, perhaps wrongly."""
    made = alert(entry, "r", severity, minutes=minutes, story=7)
    text = replace(made.entry.text, title=title or made.entry.text.title)
    return replace(made, entry=replace(made.entry, doubtful=True, text=text))


def test_what_may_be_another_event_is_named_beside_its_story() -> None:
    """It has no line, for most are of the story; it tells the story last; of high severity all are named, once each."""
    sure = alert(1, "r", Severity.LOW, story=7, minutes=90)
    (line,) = lines(composed(doubted(2, Severity.LOW), sure, doubted(3, Severity.LOW, title="T1")))
    assert (line.entry, line.apart) == (1, (DigestHeadline("T2", "https://a.example/2", "Wire 2"),))
    many = [doubted(number, Severity.HIGH) for number in range(10, 20)]
    (line,) = lines(composed(sure, *many, doubted(20, Severity.HIGH, title="T10"), doubted(30, Severity.LOW)))
    assert [each.title for each in line.apart] == [f"T{number}" for number in range(10, 20)]
    few = [doubted(number, Severity.LOW) for number in range(10, 20)]
    (line,) = lines(composed(sure, *few))
    assert len(line.apart) == MOST_APART


def test_an_entry_that_belongs_to_no_story_is_one_of_its_own() -> None:
    """It is not taken for the story that has its number."""
    document = composed(alert(7, "r", Severity.LOW), alert(8, "r", Severity.LOW, story=7), stories=(story(7),))
    assert {(line.entry, line.story) for line in lines(document)} == {(7, None), (8, 7)}


def test_the_most_trusted_report_tells_a_story_then_the_severest_then_the_first() -> None:
    """A feed without a tier is trusted least."""
    trusted = alert(3, "r", Severity.LOW, story=7, minutes=30, tier="B")
    severest = alert(2, "r", Severity.HIGH, story=7, minutes=20, tier="F")
    first = alert(1, "r", Severity.LOW, story=7, minutes=10)
    assert [lines(composed(*some))[0].entry for some in ([first, severest, trusted], [first, severest])] == [3, 2]
    assert lines(composed(first, alert(4, "r", Severity.LOW, story=7, minutes=20)))[0].entry == 1


def test_a_report_that_is_wrong_by_now_does_not_tell_the_story() -> None:
    """A new story whose toll rose, or that was denied, is told as it stands."""
    first = alert(1, "r", Severity.LOW, story=7, minutes=10, tier="A", summary=("Ten are dead.",))
    rise = alert(2, "r", Severity.LOW, story=7, minutes=20, news=Development.TOLL, summary=("Forty are dead.",))
    (line,) = lines(composed(first, rise))
    assert (line.change, line.sentences) == (DigestChange.NEW, ("Forty are dead.",))


def test_the_sentence_that_shows_why_stands_where_there_is_room_for_one() -> None:
    """Unless the headline shows it."""
    said = ("He came.", "Syria welcomed him.")
    syria = (Hit("summary", 10, 15, "Syria", "syria"),)
    (line,) = lines(composed(alert(1, "r", Severity.LOW, summary=said, hits=syria)))
    assert (line.sentences, line.key) == (said, 1)
    (line,) = lines(composed(alert(1, "r", Severity.LOW, summary=said, hits=(Hit("title", 0, 2, "T1", "t1"),))))
    assert line.key == 0


# --- what is new -----------------------------------------------------------------------------------------------------


def test_a_story_that_was_told_before_is_updated_with_the_newest_report() -> None:
    """The new sentence, all its rules, and how many outlets began to report it in the period."""
    before = alert(1, "ties", Severity.HIGH, story=7, minutes=-60, summary=("It opens.",))
    update = alert(2, "r", Severity.LOW, story=7, minutes=20, news=Development.RULE, summary=("It is near.",))
    latest = alert(3, "r", Severity.LOW, story=7, minutes=30, news=Development.REVERSAL, summary=("It is denied.",))
    reports = story(7, ("Wire 1", -60), ("AFP", -5), ("Wire 2", 20), ("Wire 3", 30), ("Late", 24 * 60))
    (line,) = lines(composed(update, latest, earlier=(before,), stories=(reports,)))
    assert (line.change, line.entry, line.sentences) == (DigestChange.UPDATED, 3, ("It is denied.",))
    assert (line.rules, line.severity, line.joined) == (("ties", "r"), Severity.HIGH, 2)
    assert [source.name for source in line.sources] == ["Wire 1", "AFP", "Wire 2", "Wire 3"]


def test_an_update_is_one_also_where_what_was_told_before_is_gone() -> None:
    """It says itself that it is none of a new story."""
    (line,) = lines(composed(alert(2, "r", Severity.LOW, story=7, news=Development.TOLL)))
    assert line.change is DigestChange.UPDATED


def test_a_story_that_more_outlets_report_says_only_that() -> None:
    """As it was told before; one that nobody else reports is not told again."""
    before = alert(1, "r", Severity.LOW, story=7, minutes=-60, summary=("It opens.",))
    silent = alert(2, "r", Severity.LOW, story=8, minutes=-60)
    reports = story(7, ("Wire 1", -60), ("AFP", 5), ("Kyodo", 6), ("Wire 1", 8))
    document = composed(earlier=(before, silent), stories=(reports, story(8, ("Wire 2", -60), ("Wire 2", 10))))
    (line,) = lines(document)
    assert (line.change, line.joined, line.title, line.sentences) == (DigestChange.MORE, 2, "T1", ("It opens.",))
    assert document.alerts == 0


def test_a_new_story_counts_no_outlets_as_more() -> None:
    """All of them are new."""
    (line,) = lines(composed(alert(1, "r", Severity.LOW, story=7), stories=(story(7, ("Wire 1", 60), ("AFP", 61)),)))
    assert (line.change, line.joined, len(line.sources)) == (DigestChange.NEW, 0, 2)


# --- stories of one event ---------------------------------------------------------------------------------------------


def titles(headlines: tuple[DigestHeadline, ...]) -> list[str]:
    """Of what stands with a story."""
    return [each.title for each in headlines]


def test_stories_of_one_event_are_one_entry_told_by_the_best_ranked() -> None:
    """The others stand with it by headline, link and id, whatever rule found them, and its rules are all of theirs."""
    alerts = [alert(number, rule, Severity.NORMAL, story=number) for number, rule in ((1, "a"), (2, "b"), (3, "a"))]
    severe = alert(4, "c", Severity.HIGH, story=4)
    document = composed(*alerts, severe, kin=(Kin((1, 2, 4)),))
    first, other = lines(document)
    assert (first.story, first.rules, first.severity) == (4, ("c", "b", "a"), Severity.HIGH)
    assert (titles(first.also), first.apart) == (["T2", "T1"], ())
    assert first.also[0] == DigestHeadline("T2", "https://a.example/2", "Wire 2", 2)
    assert other.story == 3
    assert (document.entries, document.alerts) == (2, 4)


def test_what_is_only_likely_of_an_event_is_named_as_perhaps_another() -> None:
    """Also where it weighs most: then it is all the others of which it is not sure."""
    first, second = alert(1, "r", Severity.NORMAL, story=1, minutes=9), alert(2, "r", Severity.NORMAL, story=2)
    (line,) = lines(composed(first, second, kin=(Kin((2,), (1,)),)))
    assert (line.story, line.also, titles(line.apart)) == (2, (), ["T1"])
    weighty = alert(3, "r", Severity.HIGH, story=3)
    (line,) = lines(composed(first, second, weighty, kin=(Kin((1, 2), (3,)),)))
    assert (line.story, line.also, titles(line.apart)) == (3, (), ["T2", "T1"])


def test_what_is_only_likely_of_an_event_stands_alone_where_that_is_not_told() -> None:
    """A channel may be told of two such, and not of the story that they are like."""
    alerts = [alert(number, "r", Severity.NORMAL, story=number) for number in (1, 2)]
    assert [(line.apart, line.also) for line in lines(composed(*alerts, kin=(Kin((3,), (1, 2)),)))] == [((), ())] * 2


def test_nothing_that_stands_with_a_story_of_the_same_event_is_lost() -> None:
    """Its doubtful reports are named too, and all alerts count as told."""
    alerts = [alert(1, "r", Severity.HIGH, story=1), alert(7, "r", Severity.LOW, story=7), doubted(8, Severity.LOW)]
    document = composed(*alerts, kin=(Kin((1, 7)),))
    (line,) = lines(document)
    assert (titles(line.also), titles(line.apart)) == (["T7"], ["T8"])
    assert named(document, alerts) == alerts


# --- what is left out ------------------------------------------------------------------------------------------------


def test_a_publisher_has_two_stories_of_a_group_and_the_rest_is_counted() -> None:
    """The two that weigh most; in another group it has two more, before those of others."""
    some = [alert(number, "r", Severity.NORMAL, minutes=number, source="Blog") for number in range(1, 6)]
    other = [alert(number, "q", Severity.LOW, minutes=number, source="Blog") for number in range(11, 14)]
    document = composed(*some, *other, alert(20, "r", Severity.NORMAL, minutes=0), alert(21, "q", Severity.LOW))
    assert [line.entry for line in document.groups[0].lines] == [5, 4, 20]
    assert [(len(group.lines), group.more) for group in document.groups] == [(3, 3), (MOST_OF_PUBLISHER + 1, 1)]
    assert document.more == 4


def test_a_group_of_one_publisher_has_all_its_room() -> None:
    """There is nobody whose stories it would keep out."""
    some = [alert(number, "r", Severity.NORMAL, minutes=number, source="Agency") for number in range(1, 13)]
    (group,) = composed(*some).groups
    assert [line.entry for line in group.lines] == list(range(12, 2, -1))
    assert group.more == 2
    (group,) = composed(*some, alert(20, "r", Severity.NORMAL, minutes=0)).groups
    assert ([line.entry for line in group.lines], group.more) == ([12, 11, 20], 10)


def test_a_story_that_others_report_too_is_told_by_one_of_them() -> None:
    """Who is always first does not keep the events of the day out; only what it tells alone is counted."""
    some = [alert(number, "r", Severity.NORMAL, minutes=number, source="Fast", story=number) for number in range(1, 5)]
    reports = [story(number, ("Fast", number), (f"Slow {number}", number + 1)) for number in (1, 2, 3)]
    document = composed(*some, stories=(*reports, story(4, ("Fast", 4))))
    assert [line.source for line in document.groups[0].lines] == ["Fast", "Fast", "Slow 1"]
    assert document.groups[0].lines[2].title == "Slow 1 says"
    assert document.groups[0].lines[2].sentences == ()
    assert document.more == 1


def test_an_update_is_told_by_no_other_report() -> None:
    """None of them says what is new."""
    some = [
        alert(number, "r", Severity.LOW, source="Fast", story=number, news=Development.TOLL) for number in (1, 2, 3)
    ]
    document = composed(*some, stories=tuple(story(number, ("Fast", 1), ("Slow", 2)) for number in (1, 2, 3)))
    assert ({line.source for line in lines(document)}, document.more) == ({"Fast"}, 1)


def test_a_group_has_ten_stories_and_the_rest_is_counted() -> None:
    """The newest of them."""
    document = composed(*(alert(number, "r", Severity.NORMAL, minutes=number) for number in range(1, 31)))
    assert [line.entry for line in lines(document)] == list(range(30, 20, -1))
    assert (document.entries, document.more) == (MOST_IN_GROUP, 20)


@pytest.mark.parametrize("severity", [Severity.HIGH, Severity.URGENT])
def test_what_is_severe_is_always_named(severity: Severity) -> None:
    """Whatever their number, and whoever tells it."""
    document = composed(*(alert(number, "r", severity, source="Blog") for number in range(1, 51)))
    assert (document.entries, document.more) == (50, 0)


def test_what_was_chosen_before_is_named_again() -> None:
    """All of it, with what was only counted then; of the alerts it is known which are told."""
    some = [alert(number, "r", Severity.LOW, minutes=number, source="Blog") for number in range(1, 6)]
    some.append(alert(9, "r", Severity.LOW, minutes=0, story=7))
    document = composed(*some)
    chosen = named(document, some)
    assert [each.entry.id for each in chosen] == [4, 5, 9]
    again = compose_digest(chosen, name="morning", since=SINCE, until=UNTIL, counted={"r": 3})
    assert replace(again, alerts=6) == document
    all_of_it = compose_digest(some, name="morning", since=SINCE, until=UNTIL, counted={})
    assert (all_of_it.entries, all_of_it.more) == (6, 0)


def test_a_quiet_period_makes_an_empty_digest() -> None:
    """No alerts, no groups."""
    assert composed().groups == ()


def test_the_order_in_which_alerts_come_changes_nothing() -> None:
    """The same input makes the same document."""
    some = [alert(number, f"r{number % 3}", Severity(number % 4), story=number % 7) for number in range(1, 40)]
    assert composed(*some) == composed(*reversed(some))


# --- a brief ---------------------------------------------------------------------------------------------------------


def test_a_brief_is_in_the_order_of_picking_without_heads() -> None:
    """An entry that never alerted has the sentences given; a story its best report and every outlet."""
    low, high = alert(1, "r", Severity.LOW), alert(2, "r", Severity.HIGH, story=7, summary=("Said.", "More."))
    plain = picked(low.entry, [], None, ["One.", "Two.", "Three."], until=UNTIL)
    told = picked(high.entry, [high], story(7, ("Wire 2", 60), ("AFP", 61)), (), until=UNTIL)
    document = compose_brief([plain, told], now=UNTIL, timezone="UTC")
    assert [(line.title, line.sentences) for line in lines(document)] == [
        ("T1", ("One.", "Two.")),
        ("T2", ("Said.", "More.")),
    ]
    assert [[source.name for source in line.sources] for line in lines(document)] == [["Wire 1"], ["Wire 2", "AFP"]]
    assert {line.change for line in lines(document)} == {None}
    assert [group.title for group in document.groups] == [""]
    assert compose_brief([], now=UNTIL, timezone="UTC").groups == ()
