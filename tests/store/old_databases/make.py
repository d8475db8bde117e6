"""Makes a database with messages in every state by the code of an older commit, as SQL on standard output.

    git worktree add --detach /tmp/old COMMIT
    cd /tmp/old && PYTHONPATH=/tmp/old python .../old_databases/make.py > .../old_databases/COMMIT.sql

What it calls is the older code's: its planning and rendering, its store, its digests, and, where it has them, its
arranging and its notices. So no tool of today can check it.

Every database has, to ``desk``: one alert that was sent, one unknown, dead and dropped, one of which the first of two
parts has arrived and one in doubt, both to be tried again, the same two as a crash leaves them (``sending``), and one
that is queued, as it is to ``phone``; and the morning's digest to every channel. The older two have an alert that is
held; the newest has files, a catch-up and an alert that quiet hours hold for ``night``, and a notice to every channel.
"""

import sqlite3
import sys
import tempfile
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

from digest.delivery.plan import AlertEntry, RuleRoute, plan_deliveries
from digest.engine.digests import owe_due_digest
from digest.model import (
    ChannelSpec,
    DeliveryState,
    DigestSpec,
    EntryText,
    FeedSpec,
    FeedUpdate,
    Hit,
    Identity,
    JudgedMatch,
    Match,
    NewEntry,
    Outcome,
    PollResult,
    QuietHours,
    Severity,
)
from digest.store import file_url, open_store

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DESK, PHONE = ChannelSpec("desk", telegram="-1001"), ChannelSpec("phone", telegram="42")
HAS_FILES = "file" in {field.name for field in fields(ChannelSpec)}
NIGHT = {"quiet": QuietHours(0, 23 * 60)}


def channels():
    """Those of the config."""
    found = [DESK, PHONE]
    if HAS_FILES:
        found += [
            ChannelSpec("notes", file="/srv/notes"),
            ChannelSpec("log", file="/srv/log", format="jsonl"),
            ChannelSpec("night", telegram="43", **NIGHT),
        ]
    return found


def alert(store, name, *to, severity=Severity.NORMAL, long=False, state=None, now=NOW):
    """A message to each of these channels about one new entry; the id of the first."""
    text = EntryText(f"Korea <{name}> & more", "", "Korea said so.", "One", "en")
    hit = Hit("title", 0, 5, "Korea", "Korea")
    summary = ("It is so. " * 420,) if long else ("Korea said so.",)
    judged = (JudgedMatch(Match("korea", severity, (hit,)), Outcome.ALERT, summary),)
    url = f"https://one.example/{name}"
    entry = AlertEntry(text, url, now, now)
    routes = {"korea": RuleRoute("The peninsula", to)}
    owed = plan_deliveries(entry, judged, routes, channels(), {})
    if state is not None:
        owed = tuple(with_state(each, state) for each in owed)
    key = Identity(*(f"{kind}{name}".encode().ljust(16, b".")[:16] for kind in "klt"))
    new = NewEntry(key, url, text, now, text.title, 1, False, judged, owed)
    update = FeedUpdate(1, now, ok=True, next_due=now + 10 * MINUTE, interval=10 * MINUTE, failures=0)
    before = len(store.outbox.list())
    store.polls.commit_polls([PollResult(update, (new,))], now)
    return store.outbox.list()[before].id


def with_state(planned, state):
    """A planned message that begins in another state."""
    values = {field.name: getattr(planned, field.name) for field in fields(planned)}
    return type(planned)(**values | {"state": state})


def only(store, number):
    """Claim one message, and no other of its channel."""
    taken = store.outbox.claim("desk", NOW)
    assert taken is not None and taken.id == number, (taken, number)


def every_state(store):
    """An alert to ``desk`` in each state; each is claimed as soon as it is owed, for it is the only one then."""
    number = alert(store, "sent", "desk")
    only(store, number)
    store.outbox.part_sent(number, 101, NOW)
    if store.outbox.get(number).state is not DeliveryState.SENT:
        store.outbox.sent(number, NOW)
    number = alert(store, "unknown", "desk")
    only(store, number)
    store.outbox.unknown(number, "the answer was lost", NOW, hold=True)
    number = alert(store, "dead", "desk")
    only(store, number)
    store.outbox.dead(number, "refused", NOW)
    store.outbox.drop(alert(store, "dropped", "desk"), NOW)
    number = alert(store, "half-sent", "desk", long=True)
    only(store, number)
    store.outbox.part_sent(number, 102, NOW)
    store.outbox.requeue(number, NOW + 60 * MINUTE, "later", NOW)
    number = alert(store, "in doubt", "desk")
    only(store, number)
    store.outbox.unknown(number, "the answer was lost", NOW, hold=False, not_before=NOW + 60 * MINUTE)
    number = alert(store, "half-sent and struck", "desk", long=True)
    only(store, number)
    store.outbox.part_sent(number, 103, NOW)
    number = alert(store, "struck", "desk", severity=Severity.HIGH)
    only(store, number)
    alert(store, "queued", "desk", "phone", severity=Severity.HIGH)


def newer(store):
    """What the code that has files, quiet hours and notices owes beside."""
    from digest.delivery.conditions import KnownCondition
    from digest.delivery.notices import over_spans
    from digest.engine import arranging, notices

    by_name = {channel.name: channel for channel in channels()}
    alert(store, "in files", "notes", "log")
    for name in ("first of the night", "second of the night"):
        alert(store, name, "night")
    quiet = arranging.Arranger(by_name["night"], store, 20, None)
    quiet.next_due(NOW, gathering=False)
    quiet.next_due(NOW + timedelta(hours=16, minutes=1), gathering=False)
    alert(store, "third of the night", "night", now=NOW + timedelta(hours=18))
    arranging.Arranger(by_name["night"], store, 20, None).next_due(NOW + timedelta(hours=18), gathering=False)
    over = [KnownCondition("feed:1:failing", "It fails", NOW - 60 * MINUTE, "The feed <One> & all works again")]
    said = over_spans(over, NOW)
    message = notices._Message(Severity.LOW, "notice: over", said, {"over": notices._facts(over)})  # noqa: SLF001
    planned = [notices._notice(channel, message, NOW) for channel in channels()]  # noqa: SLF001
    store.outbox.owe(planned, (), NOW)


def main():
    """Make it, and print it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "old.db"
        with open_store(file_url(path), migrate=True) as store:
            store.polls.sync_feeds([FeedSpec("https://one.example/rss", "One")], default_every=10 * MINUTE, now=NOW)
            store.channels.sync(channels(), {}, NOW - 24 * 60 * MINUTE)
            every_state(store)
            if HAS_FILES:
                newer(store)
            else:
                alert(store, "held", "phone", state=DeliveryState.HELD)
            everywhere = DigestSpec("morning", "0 8 * * *", tuple(channel.name for channel in channels()))
            owe_due_digest(store, everywhere, channels(), (), NOW + 61 * MINUTE)
        with sqlite3.connect(path) as connection:
            sys.stdout.write("\n".join(connection.iterdump()) + "\n")
        connection.close()


main()
