"""An entry has one time, and whoever looks at it sees that."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from digest.cli.output import say_entry
from digest.delivery.messages.alert import AlertMessage, render_alert
from digest.store import open_store
from digest.store.dashboard import Dashboard
from digest.store.schema import entries
from digest.stories.compose import compose_digest
from digest.tui.reading.article import meta_line
from digest.values.messages import Alert
from digest.values.settings import ChannelSpec, Telegram
from digest.words import clock, day_name, local_time, minute, same_day
from tests.tui.newsdesk import NOW, ZONE

SEEN = "first seen"


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        (NOW - timedelta(hours=5), NOW - timedelta(hours=5)),
        (NOW - timedelta(days=400), NOW - timedelta(days=400)),
        (None, SEEN),
        (NOW + timedelta(minutes=20), SEEN),
        (NOW + timedelta(days=1), SEEN),
    ],
)
def test_message_list_reader_search_and_digest_show_the_same_time(
    day: str, published: datetime | None, expected: datetime | str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its own date; where that is missing or was still to come, when it was first seen."""
    with open_store(day) as store:
        dashboard = Dashboard(store.database)
        (newest, *_) = dashboard.order()
        with store.database.write() as (connection, _):
            connection.execute(update(entries).where(entries.c.id == newest.entry).values(published=published))
        (row,) = dashboard.rows([newest.entry])
        detail = dashboard.detail(newest.entry)
    assert detail is not None
    entry, match = detail.entry, detail.matches[0].match
    time = entry.first_seen if isinstance(expected, str) else expected
    assert row.time == entry.time == time
    assert f"   {clock(time, ZONE) if same_day(time, NOW, ZONE) else day_name(time, NOW, ZONE)}, " in "".join(
        span.text for span in meta_line(detail, NOW, ZONE, 200)
    )
    told = AlertMessage(entry.text, entry.url, entry.published, entry.first_seen, match.severity, (match.rule,))
    (message,) = render_alert(told, ChannelSpec("desk", Telegram("@desk"), timezone="Asia/Seoul"))
    undated = "" if entry.published else ", undated"
    assert f" · {local_time(time, ZONE, now=entry.first_seen)}{undated}\n" in message
    say_entry(entry, match.hits, ZONE)
    assert capsys.readouterr().out.startswith(f"{minute(time, ZONE)}  ")
    alert = Alert(1, match.rule, match.severity, NOW, entry, match.hits)
    document = compose_digest([alert], name="morning", since=NOW, until=NOW + timedelta(hours=1))
    assert document.groups[0].lines[0].time == time


def test_what_came_late_is_at_the_top_of_the_list(day: str) -> None:
    """The list is in the order in which entries came: news of an old date would else be let in out of sight."""
    with open_store(day) as store:
        dashboard = Dashboard(store.database)
        before = list(dashboard.order())
        with store.database.write() as (connection, _):
            old = {"published": NOW - timedelta(days=3)}
            connection.execute(update(entries).where(entries.c.id == before[0].entry).values(old))
        assert list(dashboard.order()) == before
