"""One message for many alerts: it is one, whatever it tells of and wherever it goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.delivery.media.formats import APPRISE_UNITS
from digest.delivery.media.markup import MARKS_BYTES, PART_UNITS, units
from digest.delivery.messages.catchup import MOST_LINES, catch_up_parts
from digest.delivery.messages.write import whole, written
from digest.demo.telegram_html import read_html
from digest.values.messages import Alert, Delivery, DeliveryKind, DeliveryState, Facts
from digest.values.news import EntryText, Severity, StoredEntry
from digest.values.settings import Apprise, ChannelSpec, Folder, Telegram

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
TELEGRAM, APPRISE = ChannelSpec("desk", Telegram("42")), ChannelSpec("phone", Apprise("json://127.0.0.1/"))


def line(number: int, title: str = "", url: str = "", severity: Severity = Severity.NORMAL) -> Alert:
    """An entry by its number."""
    text = EntryText(title or f"Entry {number}", source="Example")
    entry = StoredEntry(number, 1, url or f"https://x.example/{number}", text, None, NOW)
    return Alert(number, "korea", severity, NOW, entry)


def parts(channel: ChannelSpec, entries: int, *lines: Alert) -> tuple[str, ...]:
    """The message about so many entries, of which these are the weightiest."""
    facts = Facts(lines, {}, entries, NOW - timedelta(hours=8), NOW)
    return catch_up_parts(facts, channel, delivery=57, because="")


def test_what_does_not_fit_is_counted() -> None:
    """Named and unnamed entries together are all there are, and the last line says where the rest is."""
    (part,) = parts(TELEGRAM, 5000, *(line(number, "x" * 150) for number in range(MOST_LINES)))
    shown = read_html(part).text.split("\n")
    named = sum(one.startswith("◆") for one in shown)
    assert named > 10
    assert shown[0] == "5,000 alerts at once"
    assert shown[-1] == (
        f"{5000 - named:,} more are not shown. All of them: digest alerts --delivery 57, or digest watch --delivery 57"
    )


@pytest.mark.parametrize("style", ["jsonl", "markdown"])
def test_a_file_gets_each_alert_by_itself(style: str) -> None:
    """However many there are, and as any alert reads there: what waited for a chat goes to a file since, say."""
    archive = ChannelSpec("archive", Folder("/alerts", style))
    lines = [line(number) for number in range(2 * MOST_LINES)]
    also = replace(lines[0], id=900, rule="syria", severity=Severity.HIGH)
    caught_up = Delivery(57, "archive", DeliveryKind.CATCH_UP, DeliveryState.QUEUED, Severity.HIGH, 0, NOW, NOW)
    found = written(caught_up, Facts((lines[0], also, *lines[1:]), {}, len(lines), NOW, NOW), archive, whole)
    alone = replace(caught_up, kind=DeliveryKind.ALERT)
    each = [*written(alone, Facts((lines[0], also)), archive, whole)]
    each += [part for one in lines[1:] for part in written(alone, Facts((one,)), archive, whole)]
    assert len(each) == 2 * MOST_LINES
    assert found == (("\n" if style == "jsonl" else "\n\n").join(each),), "in one piece: each would be a message"


@settings(max_examples=60)
@given(
    st.sampled_from([TELEGRAM, APPRISE]),
    st.lists(st.tuples(st.text(max_size=400), st.text("abc/?&=<>", max_size=600)), min_size=1, max_size=MOST_LINES),
)
def test_it_is_one_message_whatever_the_entries_say(channel: ChannelSpec, texts: list[tuple[str, str]]) -> None:
    """However long titles and addresses are, it is one part within the channel's limit."""
    lines = [line(number, title, f"https://x.example/{path}") for number, (title, path) in enumerate(texts)]
    (part,) = parts(channel, len(lines), *lines)
    if channel is TELEGRAM:
        shown = read_html(part)
        assert shown.units <= PART_UNITS
        assert sum(len(mark.url.encode()) for mark in shown.marks) <= MARKS_BYTES
    else:
        assert units(part) <= APPRISE_UNITS


@pytest.mark.parametrize("channel", [TELEGRAM, APPRISE], ids=["telegram", "apprise"])
def test_one_is_one(channel: ChannelSpec) -> None:
    """The words fit the number."""
    (part,) = parts(channel, 1, line(1))
    assert "1 alert at once" in part
    assert "more" not in part
