"""A digest holds every alert of its period, every entry once, the severest first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from digest.stories.compose import compose_digest
from digest.values.messages import Alert
from digest.values.news import EntryText, Severity, StoredEntry

SINCE = datetime(2026, 11, 23, 22, tzinfo=UTC)
UNTIL = SINCE + timedelta(hours=24)


def alert(entry: int, rule: str, severity: Severity, *, minutes: int = 60, summary: tuple[str, ...] = ()) -> Alert:
    """An alert created so many minutes into the period."""
    created = SINCE + timedelta(minutes=minutes)
    stored = StoredEntry(
        entry, 1, f"https://a.example/{entry}", EntryText(title=f"T{entry}", source="Meridian"), created, created
    )
    return Alert(entry * 10, rule, severity, created, stored, summary=summary)


def test_groups_are_severest_first_then_largest_then_by_name() -> None:
    """What matters most stands on top, whatever order the alerts come in."""
    document = compose_digest(
        [
            alert(1, "returns", Severity.LOW),
            alert(2, "summit", Severity.NORMAL),
            alert(3, "embassy", Severity.NORMAL),
            alert(4, "launch", Severity.URGENT),
            alert(5, "oslo", Severity.NORMAL),
            alert(6, "oslo", Severity.NORMAL),
        ],
        name="morning",
        since=SINCE,
        until=UNTIL,
        rules={"launch": "Missile launches"},
    )
    assert [group.rule for group in document.groups] == ["launch", "oslo", "embassy", "summit", "returns"]
    assert [group.title for group in document.groups][:2] == ["Missile launches", "oslo"]
    assert (document.alerts, document.entries) == (6, 6)


def test_an_entry_stands_once_under_its_severest_rule_and_names_the_others() -> None:
    """Several rules, one line; at equal severity the first rule by name takes it."""
    document = compose_digest(
        [
            alert(1, "ties", Severity.NORMAL),
            alert(1, "launch", Severity.HIGH, summary=("It flew.",)),
            alert(1, "dprk", Severity.HIGH),
            alert(2, "ties", Severity.NORMAL),
        ],
        name="m",
        since=SINCE,
        until=UNTIL,
    )
    assert [(group.rule, group.severity) for group in document.groups] == [
        ("dprk", Severity.HIGH),
        ("ties", Severity.NORMAL),
    ]
    (line,) = document.groups[0].lines
    assert line.rules == ("dprk", "launch", "ties")
    assert line.sentences == ("It flew.",)
    assert line.severity is Severity.HIGH
    assert document.alerts == 4


def test_the_period_includes_its_first_moment_and_not_its_last() -> None:
    """Two digests end to end tell every alert once."""
    alerts = [alert(1, "r", Severity.LOW, minutes=0), alert(2, "r", Severity.LOW, minutes=24 * 60)]
    first = compose_digest(alerts, name="m", since=SINCE, until=UNTIL)
    second = compose_digest(alerts, name="m", since=UNTIL, until=UNTIL + timedelta(days=1))
    assert [line.title for group in first.groups for line in group.lines] == ["T1"]
    assert [line.title for group in second.groups for line in group.lines] == ["T2"]


def test_lines_are_newest_first() -> None:
    """Within a rule the latest news leads."""
    alerts = [alert(number, "r", Severity.LOW, minutes=number) for number in (2, 3, 1)]
    document = compose_digest(alerts, name="m", since=SINCE, until=UNTIL, timezone="Asia/Seoul")
    assert [line.title for line in document.groups[0].lines] == ["T3", "T2", "T1"]
    assert document.timezone == "Asia/Seoul"


def test_a_quiet_period_makes_an_empty_digest() -> None:
    """No alerts, no groups."""
    assert compose_digest([], name="m", since=SINCE, until=UNTIL).groups == ()
