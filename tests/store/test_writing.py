"""A message is written when it is claimed, from what is known then; what has begun to arrive goes on as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, update

from digest.delivery.messages.catchup import MOST_LINES
from digest.delivery.messages.write import digest_tells, whole
from digest.delivery.queue import UNWRITTEN, Joined, Placed, Plan, Situation
from digest.delivery.retries import Patience
from digest.store import schema as tables
from digest.store.queue import write_plan
from digest.store.telling import NOTHING_LEFT
from digest.values.messages import DeliveryKind, DeliveryState, DigestDocument, Failure, Hold, PlannedDelivery
from digest.values.news import Severity
from digest.values.settings import Apprise, ChannelSpec, Folder, Telegram
from tests.fakes.seeding import commit
from tests.store.conftest import MINUTE, NOW, alerting, fails, polled, taken

if TYPE_CHECKING:
    from digest.store import Store
    from digest.values.messages import Delivery

LATER = NOW + MINUTE
DESK = ChannelSpec("desk", Telegram("@desk"))


def alert(store: Store, name: str, severity: Severity = Severity.NORMAL) -> int:
    """A message to ``desk`` that tells of one new entry; its id."""
    entry = alerting(name, severity)
    owed = replace(entry.owed[0], tells={})
    commit(store, [polled(replace(entry, owed=(owed,)))], NOW)
    return store.outbox.list()[-1].id


def claim(store: Store, spec: ChannelSpec = DESK) -> Delivery:
    """The next message, as it is about to be sent."""
    delivery = taken(store, LATER, spec=spec, pieces=whole)
    assert delivery is not None
    assert delivery.parts == store.outbox.get(delivery.id).parts  # stored before the first is sent
    return delivery


def test_nothing_is_written_before_it_goes(store: Store) -> None:
    """A row holds what it tells of; its words are stored as it is claimed, with the place they are for."""
    waiting = store.outbox.get(alert(store, "a"))
    assert (waiting.parts, waiting.place, len(waiting.alerts)) == ((), "", 1)
    taken = claim(store)
    assert taken.place == "@desk"
    link = '<a href="https://one.example/a">북한 a</a>'
    said = f"◆ normal · {link}\none.example · 07:00 UTC, 22 Nov, undated\n\nOne sentence.\n\nRule: korea"
    assert taken.parts == (said,)


@pytest.mark.parametrize(
    ("spec", "begins"),
    [
        (ChannelSpec("desk", Folder("/srv/news")), "◆ normal · [북한 a](<https://one.example/a>)"),
        (ChannelSpec("desk", Folder("/srv/news", "jsonl")), '{"kind": "alert"'),
        (ChannelSpec("desk", Apprise("json://localhost")), "◆ normal · one.example"),
        (replace(DESK, template="{title} ({rules})"), '<a href="https://one.example/a">북한 a</a> (korea)'),
        (
            replace(DESK, timezone="Asia/Seoul"),
            '◆ normal · <a href="https://one.example/a">북한 a</a>\none.example · 16:00',
        ),
    ],
)
def test_it_is_written_for_the_channel_of_now(store: Store, spec: ChannelSpec, begins: str) -> None:
    """A channel that leads elsewhere, or has another template or zone, gets in its own words what waited for it."""
    number = alert(store, "a")
    claim(store)
    fails(store, number, Failure.CLOSED)
    store.channels.sync([spec], {}, LATER)
    assert claim(store, spec).parts[0].startswith(begins)


def test_it_says_what_is_known_now(store: Store) -> None:
    """A rule that got a title, and an entry that was corrected, while the message waited."""
    alert(store, "a")
    with store.database.write() as (connection, _):
        connection.execute(update(tables.entries).values(title="Corrected"))
        row = {"id": "korea", "title": "The peninsula", "severity": 1, "path": "a.toml", "line": 1}
        connection.execute(tables.rules.insert().values(row))
    (part,) = claim(store).parts
    assert ">Corrected</a>" in part
    assert part.endswith("Rule: The peninsula")


def test_a_crash_between_claim_and_send_writes_it_again(store: Store) -> None:
    """Labelled, for it may have arrived, and in the same words when nothing has changed: a file finds it by these."""
    alert(store, "a")
    spec = ChannelSpec("desk", Folder("/srv/news", "jsonl"))
    store.channels.sync([spec], {}, NOW)
    first = claim(store, spec)
    store.outbox.recover(LATER + MINUTE, hold=False)
    again = claim(store, spec)
    assert (again.id, again.parts, again.maybe_repeat) == (first.id, first.parts, True)


def test_what_has_begun_goes_on_with_its_next_part(store: Store) -> None:
    """In the words of its first part, whatever has changed since."""
    tells = {"lines": ["one", "two"]}
    planned = PlannedDelivery("desk", DeliveryKind.NOTICE, Severity.NORMAL, "t", tells)
    (number,) = store.outbox.owe([planned], [], NOW)
    assert taken(store, LATER) is not None
    store.outbox.part_sent(number, 7, LATER)
    again = claim(store)  # now the far side would take it whole
    assert (again.parts[len(again.message_ids) :], again.maybe_repeat) == (("two",), False)


def join(store: Store, *ids: int, because: Hold | None = None) -> None:
    """Let one catch-up tell of these."""
    placed = Placed(ids[0], DeliveryState.QUEUED, None, "", 1)
    with store.database.write() as (connection, seq):
        write_plan(connection, Plan(joined=(Joined(ids, because, NOW, placed),)), LATER, seq)


@pytest.mark.parametrize(
    ("because", "says"), [(None, "at once"), (Hold.QUIET, "held in quiet hours"), (Hold.MUTE, "held while muted")]
)
def test_a_catch_up_says_why_and_grows_until_it_goes(store: Store, because: Hold | None, says: str) -> None:
    """One whose answer was lost takes others in, and tells of all of them when it goes again."""
    join(store, alert(store, "a"), alert(store, "b"), because=because)
    first = claim(store)
    assert first.parts[0].startswith(f"<b>2 alerts {says}</b>")
    fails(store, first.id, Failure.UNKNOWN, LATER)
    join(store, first.id, alert(store, "c", Severity.HIGH), because=because)
    again = claim(store)
    assert (again.id, again.maybe_repeat, again.severity) == (first.id, True, Severity.HIGH)
    assert again.title == f"3 alerts {says}"
    assert [name for name in "cba" if f"북한 {name}" in again.parts[0]] == ["c", "b", "a"]
    assert again.parts[0].index("북한 c") < again.parts[0].index("북한 b")
    assert "--delivery" not in again.parts[0], "it names all of them"


def test_a_catch_up_whose_channel_has_become_a_file_is_each_of_its_alerts(store: Store) -> None:
    """However many: a file has no limit, and is promised every alert by itself."""
    ids = [alert(store, f"{number:03}") for number in range(MOST_LINES + 5)]
    join(store, *ids)
    archive = ChannelSpec("desk", Folder("/srv/news", "jsonl"))
    store.channels.sync([archive], {}, LATER)
    (part,) = claim(store, archive).parts
    records = [json.loads(line) for line in part.split("\n")]
    assert {record["kind"] for record in records} == {"alert"}
    assert sorted(record["url"][-3:] for record in records) == [f"{number:03}" for number in range(MOST_LINES + 5)]


def test_a_digest_tells_what_was_chosen_for_it(store: Store) -> None:
    """By its own name, period and zone; also what a clock put right has moved out of its period since."""
    alert(store, "a")
    document = DigestDocument("morning", NOW - MINUTE, NOW + MINUTE, "Asia/Seoul", (), 1)
    planned = PlannedDelivery("desk", DeliveryKind.DIGEST, Severity.HIGH, "digest morning", digest_tells(document))
    store.outbox.owe([planned], [1], NOW)
    with store.database.write() as (connection, _):
        connection.execute(update(tables.matches).values(created=NOW - 5 * MINUTE))
    (part,) = claim(store).parts
    assert part == (
        "<b>Sunday, 22 November 2026</b>\nMorning digest · 1 story since 15:59 KST, 22 Nov\n\n"
        '◆ <b>korea</b> normal\n\n<a href="https://one.example/a">북한 a</a>\n'
        "One sentence.\nNEW · one.example · 16:00 KST, 22 Nov"
    )


def test_a_notice_has_facts_for_programs(store: Store) -> None:
    """What it says to readers stands beside them."""
    spec = ChannelSpec("desk", Folder("/srv/news", "jsonl"))
    store.channels.sync([spec], {}, NOW)
    tells = {"lines": ["◆ notice", "• it fails"], "facts": {"began": [{"key": "feed:1"}]}}
    store.outbox.owe([PlannedDelivery("desk", DeliveryKind.NOTICE, Severity.LOW, "t", tells)], [], NOW)
    (part,) = claim(store, spec).parts
    assert json.loads(part) == {
        "kind": "notice", "severity": "low", "created": "2026-11-22T07:00:00.000Z", "title": "t",
        "began": [{"key": "feed:1"}], "text": "◆ notice\n• it fails",
    }  # fmt: skip


def test_what_is_asked_for_again_after_long_goes_as_it_went(store: Store) -> None:
    """What it tells of is pruned by then. For another place it cannot be written, and is dead with the reason."""
    number = alert(store, "a")
    first = claim(store)
    store.outbox.part_sent(number, 7, LATER)
    with store.database.write() as (connection, _):
        connection.execute(delete(tables.entries))
    store.outbox.retry(number, LATER)
    again = claim(store)
    assert (again.parts, again.alerts, again.maybe_repeat) == (first.parts, (), True)
    store.outbox.part_sent(number, 8, LATER)
    moved = ChannelSpec("desk", Folder("/srv/news"))
    store.channels.sync([moved], {}, LATER)
    store.outbox.retry(number, LATER)
    assert taken(store, LATER, spec=moved) is None
    found = store.outbox.get(number)
    assert (found.state, found.reason) == (DeliveryState.DEAD, NOTHING_LEFT)


def test_one_that_cannot_be_written_holds_up_no_other(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """It waits for its next try, later and later, and says why; the fault is in the log. In the end it is given up."""
    broken = PlannedDelivery("desk", DeliveryKind.NOTICE, Severity.URGENT, "t", {"lines": [1]})
    (number,) = store.outbox.owe([broken], [], NOW)
    following = alert(store, "a")
    assert claim(store).id == following
    found = store.outbox.get(number)
    assert (found.state, found.reason, found.attempts) == (DeliveryState.QUEUED, UNWRITTEN, 1)
    assert f"delivery {number} to desk could not be written" in caplog.text
    now, waits, planned = LATER, [], None
    while (found := store.outbox.get(number)).state is DeliveryState.QUEUED:
        assert found.not_before is not None
        waits.append(found.not_before - now)
        now = found.not_before
        situation = Situation(now, Patience(timedelta(days=1)))
        _, planned = store.queue.take("@desk", situation, lambda _: (DESK, whole), planned, timedelta(0))
    assert waits[:5] == [MINUTE, 5 * MINUTE, 30 * MINUTE, 60 * MINUTE, 60 * MINUTE]
    assert (found.state, found.reason) == (DeliveryState.DEAD, f"given up: {UNWRITTEN}")
    assert now - LATER >= timedelta(days=1) - MINUTE


def test_what_a_template_cannot_tell_goes_in_our_own_words(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """One that its channel's template cannot tell is told all the same, and the log says so."""
    number = alert(store, "a")
    (part,) = claim(store, replace(DESK, template="{title} {nosuch}")).parts
    assert part.startswith('◆ normal · <a href="https://one.example/a">북한 a</a>\none.example')
    assert f"delivery {number} to desk could not be written: it goes in Digest's own words" in caplog.text
