"""The commands that read the store: their JSON to the letter, and what they say when there is nothing."""

from __future__ import annotations

import dataclasses
import os
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from digest.config import load_config
from digest.match import load_rules
from digest.presence import EngineLock
from digest.store import schema as tables
from digest.values.messages import DeliveryKind, PlannedDelivery
from digest.values.news import (
    EntryText,
    FeedUpdate,
    Hit,
    Identity,
    JudgedMatch,
    Match,
    NewEntry,
    Outcome,
    PollResult,
    Severity,
)
from digest.values.push import Subscription
from digest.values.settings import ChannelSpec, Telegram
from digest.watch.conditions import Condition, News, broken_file
from digest.words import local_time
from tests.fakes.seeding import commit, seed
from tests.fakes.sending import note_error
from tests.fakes.stores import new_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.store.store import Store
    from tests.cli.conftest import Desk

NOW = datetime.now(UTC).replace(microsecond=0)
TITLE = "North Korea closes its embassy in Syria"
CALLED = f"“{TITLE}” to desk"


def stamp(moment: datetime) -> str:
    """A time as the command writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def embassy_entry() -> NewEntry:
    """An entry that two rules hit, with the one message that tells of both."""
    hit = Hit("title", 24, 31, "embassy", "embassy")
    judged = [
        JudgedMatch(Match(rule, severity, (hit,)), Outcome.ALERT, ("It closed.", "It was old."))
        for rule, severity in (("embassies", Severity.HIGH), ("dprk", Severity.NORMAL))
    ]
    message = PlannedDelivery("desk", DeliveryKind.ALERT, Severity.HIGH, TITLE, rules=("embassies", "dprk"))
    made = NewEntry(
        identity=Identity(b"1" * 16, b"2" * 16, b"3" * 16),
        url="https://example.org/1",
        text=EntryText(title=TITLE, source="Example News"),
        published=NOW - timedelta(hours=2),
        folded="",
        fold_version=1,
    )
    return seed(made, judged, [message])


@pytest.fixture
def store(desk: Desk) -> Iterator[Store]:
    """The desk's store: one feed that was polled, one that was not, and an alert by two rules."""
    config = load_config(desk.folder / "config.toml")
    config.state.mkdir()
    with new_store(config.database) as opened:
        opened.polls.sync_feeds(config.feeds, default_every=config.poll.every, now=NOW)
        feed = opened.polls.all_feeds()[0]
        update = FeedUpdate(
            feed_id=feed.id,
            attempted=NOW,
            ok=True,
            next_due=NOW + timedelta(minutes=10),
            interval=timedelta(minutes=10),
            failures=0,
        )
        commit(opened, [PollResult(update, (embassy_entry(),))], NOW)
        yield opened


@pytest.mark.usefixtures("store")
def test_alerts(desk: Desk) -> None:
    """One line for each rule of the entry, with the message that tells of both."""
    done = desk.run("alerts", "--json")
    assert (done.code, done.err) == (0, "")
    first, second = done.lines
    assert first == {
        "id": first["id"],
        "rule": "embassies",
        "severity": "high",
        "created": stamp(NOW),
        "entry": {
            "id": first["entry"]["id"],
            "url": "https://example.org/1",
            "title": TITLE,
            "source": "Example News",
            "published": stamp(NOW - timedelta(hours=2)),
            "first_seen": stamp(NOW),
        },
        "story": first["story"],
        "acknowledged": None,
        "summary": ["It closed.", "It was old."],
        "hits": [{"field": "title", "start": 24, "end": 31, "text": "embassy", "term": "embassy"}],
        "deliveries": [
            {
                "channel": "desk",
                "kind": "alert",
                "state": "queued",
                "attempts": 0,
                "updated": stamp(NOW),
                "message_id": [],
            }
        ],
    }
    assert (second["rule"], second["entry"], second["story"]) == ("dprk", first["entry"], first["story"])


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        (["--rule", "dprk"], 1),
        (["--rule", "quakes"], 0),
        (["--since", "1h"], 2),
        (["--since", "2999-01-01"], 0),
        (["--since", "2020-01-01T00:00+09:00", "--rule", "embassies"], 1),
    ],
)
def test_alerts_of_a_rule_or_a_time(desk: Desk, arguments: list[str], count: int) -> None:
    """Both narrow it down; finding nothing is fine."""
    done = desk.run("alerts", "--json", *arguments)
    assert (done.code, len(done.lines)) == (0, count)


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["alerts", "--rule", "embasies"], "there is no rule “embasies”: did you mean “embassies”?"),
        (["outbox", "list", "--channel", "dsk"], "there is no channel “dsk”"),
        (["compose", "morning"], "there is no digest “morning”"),
        (["outbox", "drop", "999"], "there is no delivery 999"),
    ],
)
def test_what_is_named_and_not_there_exits_1(desk: Desk, arguments: list[str], said: str) -> None:
    """A slip of the pen is no empty answer."""
    done = desk.run(*arguments)
    assert (done.code, done.out) == (1, "")
    assert said in done.err


def test_status_while_the_first_engine_makes_the_database(desk: Desk) -> None:
    """What stands aside is none yet: no error, nothing stored."""
    desk.write("state/digest.db.new-1", "")
    done = desk.run("status", "--json")
    assert done.code == 0
    assert (done.lines[0]["entries"], done.lines[0]["feeds"]["new"]) == (0, 2)


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "command", ["status", "alerts", "search korea", "outbox list", "compose", "why 1", "run --once"]
)
def test_an_empty_database_is_told(desk: Desk, command: str) -> None:
    """Every command says what to do about it, and none begins anew in its place."""
    empty = desk.write("state/digest.db", "")
    done = desk.run(*command.split())
    assert done.code == 1
    assert "digest.db is empty (0 bytes, and nothing in them): put back a copy of it, or move it away" in done.err
    assert empty.stat().st_size == 0


@pytest.mark.usefixtures("store")
def test_status(desk: Desk) -> None:
    """Everything at a glance; no engine runs."""
    [found] = desk.run("status", "--json").lines
    assert found == {
        "engine": {"running": False, "pid": None, "since": None, "problem": ""},
        "feeds": {"total": 2, "ok": 1, "late": 0, "failing": 0, "gone": 0, "paused": 0, "new": 1},
        "push": {"asked": 0, "active": 0, "missed": 0, "refused": 0, "ending": 0},
        "entries": 1,
        "alerts": 2,
        "rules": {"loaded": 2, "errors": [], "files": []},
        "config": {"errors": []},
        "outbox": {"queued": 1, "sending": 0, "sent": 0, "held": 0, "unknown": 0, "dead": 0, "dropped": 0},
        "duty": [],
        "mutes": [],
        "changes": [],
        "strangers": {"count": 0, "last": None},
        "bot": {"polling": False, "problem": None},
        "conditions": [],
    }
    done = desk.run("status")
    assert "does not run" in done.out
    assert "2: 1 ok, 1 new" in done.out
    assert "1 message: 1 queued" in done.out


@pytest.mark.parametrize(("stored", "in_file"), [("it waits", ""), ("", "it waits"), ("it waited", "it waits")])
def test_status_tells_the_trouble_of_an_engine_from_either_of_its_signs(
    desk: Desk, store: Store, stored: str, in_file: str
) -> None:
    """They are given one after the other, and the store's not at all while it cannot be written."""
    store.engine.started(os.getpid(), "here", "1", NOW)
    store.engine.beat(NOW, problem=stored)
    with EngineLock(desk.folder / "state") as lock:
        lock.beat(in_file)
        assert "problem   it waits\n" in desk.run("status").out


def test_status_tells_no_trouble_of_an_engine_that_is_gone(desk: Desk, store: Store) -> None:
    """What another engine had left behind may be over."""
    store.engine.started(os.getpid() + 1, "here", "1", NOW)
    store.engine.beat(NOW, problem="it waited")
    with EngineLock(desk.folder / "state"):
        assert "problem" not in desk.run("status").out


def test_status_says_which_version_of_a_rule_file_is_live(desk: Desk, store: Store) -> None:
    """And since when; also while the file on disk is broken."""
    text = (desk.folder / "rules/test.toml").read_text()
    store.rules.save_loaded(load_rules({"test.toml": text}), NOW)
    store.rules.save_loaded(load_rules({"test.toml": text + "# more"}), NOW + timedelta(minutes=1))
    store.rules.save_loaded(load_rules({"test.toml": "[["}, {"test.toml": text + "# more"}), NOW)
    (found,) = desk.run("status", "--json").lines
    since = stamp(NOW + timedelta(minutes=1))
    assert found["rules"]["files"] == [{"path": "test.toml", "version": 2, "since": since, "errors": 1}]
    assert "test.toml: version 2 is live since" in desk.run("status").out


@pytest.mark.usefixtures("store")
def test_status_names_broken_rule_files(desk: Desk) -> None:
    """With their place."""
    desk.write("rules/broken.toml", '[[rule]]\nid = "x"\nquery = "a b"\n')
    [found] = desk.run("status", "--json").lines
    [error] = found["rules"]["errors"]
    assert error.keys() == {"path", "line", "column", "message"}
    assert (error["path"], error["line"], error["column"]) == ("rules/broken.toml", 3, 12)
    assert "rules/broken.toml:3:12: " in desk.run("status").out


def test_status_names_channels_in_trouble(desk: Desk, store: Store) -> None:
    """Why nothing is sent to one, and what last went wrong with another."""
    specs = [ChannelSpec(name, Telegram(f"@{name}_news")) for name in ("desk", "night", "old")]
    for spec in specs[:2]:
        desk.append("config.toml", f'[[channel]]\nname = "{spec.name}"\ntelegram = "@{spec.name}_news"\n')
    store.channels.sync(specs, {"night": "no token", "old": "gone"}, NOW)
    assert "channel   night is off: no token" in desk.run("status").out
    assert "old" not in desk.run("status").out
    note_error(store, "desk", "Telegram could not be reached", NOW)
    assert "channel   desk: Telegram could not be reached" in desk.run("status").out


def test_status_says_each_trouble_once(desk: Desk, store: Store) -> None:
    """What a channel's line, a file's or the bot's says is not said again as what notices told; all else is."""
    store.channels.sync([ChannelSpec("desk", Telegram("@desk_news"))], {"desk": "no token"}, NOW)
    store.rules.save_loaded(load_rules({"test.toml": "[["}), NOW)
    keys = "channel:desk:down", "channel:desk:given-up", broken_file("test.toml"), "feed:1:failing"
    store.conditions.change(News(shown=tuple(Condition(key, f"{key}!", "", NOW) for key in keys)), [], NOW)
    store.leases.note_problem("the bot does not hear: no network")
    store.engine.started(os.getpid(), "here", "1", NOW)
    store.engine.beat(NOW, problem="the bot does not hear: no network; the disk is full")
    with EngineLock(desk.folder / "state"):
        lines = desk.run("status").out.splitlines()
    assert [line for line in lines if line.startswith("wrong")] == [
        "wrong     channel:desk:given-up!", "wrong     feed:1:failing!"
    ]  # fmt: skip
    assert sum("the bot does not hear" in line for line in lines) == 1
    assert "problem   the disk is full" in lines


def test_status_gives_times_with_their_zone(desk: Desk, store: Store) -> None:
    """As messages do: who reads it may be elsewhere than the config's zone."""
    store.engine.started(os.getpid(), "here", "1", NOW)
    with EngineLock(desk.folder / "state"):
        (line,) = [line for line in desk.run("status").out.splitlines() if line.startswith("engine")]
    assert f"since {local_time(NOW, ZoneInfo('Asia/Seoul'), now=NOW)} (pid" in line
    assert " KST, " in line


@pytest.mark.usefixtures("store")
def test_feeds_list(desk: Desk) -> None:
    """Every feed of the config, in its order."""
    first, second = desk.run("feeds", "list", "--json").lines
    assert first == {
        "url": "https://example.org/rss.xml",
        "name": "Example News",
        "tags": ["world"],
        "health": "ok",
        "entries": 1,
        "last_ok": stamp(NOW),
        "last_error": None,
        "next": stamp(NOW + timedelta(minutes=10)),
        "moved": None,
        "silence": None,
        "rhythm": None,
        "push": None,
    }
    assert (second["health"], second["last_ok"], second["name"]) == ("new", None, "example.net")
    lines = desk.run("feeds", "list").out.splitlines()
    assert "example.net (https://example.net/feed)" in lines[2]


def test_a_hub_that_refuses_is_named_and_what_only_it_may_know_is_not(desk: Desk, store: Store) -> None:
    """In the list, in JSON and in the status."""
    held = Subscription(1, "https://hub.example/", "https://t.example/", "https://desk.example/tokenword", "word", NOW)
    store.subscriptions.put([dataclasses.replace(held, problem="500: no", troubled=NOW, ignored=1)])
    listed, as_json = desk.run("feeds", "list").out, desk.run("feeds", "list", "--json")
    assert "push: not by hub.example: 500: no; 1 message without a right signature ignored" in listed
    assert as_json.lines[0]["push"] == {
        "hub": "https://hub.example/",
        "state": "refused",
        "until": None,
        "last": None,
        "problem": "500: no",
        "ignored": 1,
    }
    assert "push      1 feed with a hub: 1 refused" in desk.run("status").out
    assert desk.run("status", "--json").lines[0]["push"]["refused"] == 1
    assert "word" not in listed + as_json.out


@pytest.mark.parametrize(("seconds", "words"), [(-5, "now"), (0.5, "now"), (90.5, "in 1 m")])
def test_feeds_list_says_when_the_next_poll_is(desk: Desk, store: Store, seconds: float, words: str) -> None:
    """In so long, or now: the words of the dashboard."""
    due = datetime.now(UTC) + timedelta(seconds=seconds)
    with store.database.write() as (connection, _):
        connection.execute(update(tables.feeds).where(tables.feeds.c.name != "").values(next_due=due))
    assert desk.run("feeds", "list").out.splitlines()[1].endswith(f"  {words}")


@pytest.mark.usefixtures("store")
def test_rules_list(desk: Desk) -> None:
    """Every rule of the files, with its hits."""
    first, second = desk.run("rules", "list", "--json").lines
    assert first == {
        "id": "embassies",
        "title": "Embassies",
        "severity": "high",
        "path": "rules/test.toml",
        "line": 1,
        "enabled": True,
        "hits_24h": 1,
        "last_hit": stamp(NOW),
    }
    assert (second["id"], second["enabled"], second["hits_24h"], second["last_hit"]) == ("quakes", False, 0, None)


def test_rules_test(desk: Desk) -> None:
    """One line for each example; exit code 1 when one fails."""
    done = desk.run("rules", "test", "--json")
    assert done.code == 0
    assert done.lines[0] == {
        "rule": "embassies",
        "path": "rules/test.toml",
        "line": 6,
        "kind": "match",
        "text": TITLE,
        "passed": True,
    }
    assert [(line["kind"], line["passed"]) for line in done.lines] == [("match", True), ("no_match", True)]
    assert "2 examples, 2 as they should be; 0 errors" in desk.run("rules", "test").out
    desk.write("rules/wrong.toml", '[[rule]]\nid = "x"\nany = ["snow"]\nmatch = ["rain"]\nno_match = ["hail"]\n')
    failed = desk.run("rules", "test", "--json")
    assert failed.code == 1
    assert [line["passed"] for line in failed.lines if line["rule"] == "x"] == [False, True]


@pytest.mark.usefixtures("store")
def test_compose(desk: Desk) -> None:
    """An entry stands once, whatever the number of its rules."""
    [found] = desk.run("compose", "--json").lines
    [entry] = found["entries"]
    assert found.keys() == {"name", "since", "until", "entries", "more"}
    assert (found["name"], found["more"]) == ("digest", 0)
    assert entry == {
        "story": 1,
        "title": TITLE,
        "sentences": ["It closed.", "It was old."],
        "sources": ["Example News"],
        "links": ["https://example.org/1"],
        "rules": ["embassies", "dprk"],
        "severity": "high",
        "change": "new",
    }
    for style in ("text", "markdown", "html", "telegram"):
        assert TITLE in desk.run("compose", "--format", style).out


def test_outbox(desk: Desk, store: Store) -> None:
    """What is owed; dropping and queueing again."""
    [owed] = desk.run("outbox", "list", "--json").lines
    assert owed == {
        "id": owed["id"],
        "channel": "desk",
        "state": "queued",
        "attempts": 0,
        "not_before": None,
        "reason": None,
        "alerts": [alert.id for alert in store.reads.alerts()],
    }
    assert TITLE in desk.run("outbox", "list").out
    assert desk.run("outbox", "drop", str(owed["id"])).code == 0
    assert desk.run("outbox", "list", "--json").lines == []
    assert [line["state"] for line in desk.run("outbox", "list", "--all", "--json").lines] == ["dropped"]
    assert desk.run("outbox", "retry", str(owed["id"])).out == f"{owed['id']} {CALLED} is queued again\n"
    assert [line["state"] for line in desk.run("outbox", "list", "--state", "queued", "--json").lines] == ["queued"]


def test_what_waits_for_a_channel_that_is_gone_is_told(desk: Desk, store: Store) -> None:
    """Renamed, most likely: it goes when the name is back, or the user drops it."""
    store.channels.sync([ChannelSpec("desk", Telegram("@desk_news"))], {}, NOW)
    store.channels.sync([], {}, NOW)
    [owed] = desk.run("outbox", "list", "--json").lines
    waits = f"{owed['id']} {CALLED} is queued again, and waits: the channel is no longer in config.toml\n"
    assert desk.run("outbox", "retry", str(owed["id"])).out == waits
    assert "channel   desk is no longer in config.toml, with 1 message for it" in desk.run("status").out


def test_the_database(desk: Desk, store: Store) -> None:
    """Its size and rows; bringing it up to date twice changes nothing."""
    store.close()
    [found] = desk.run("db", "info", "--json").lines
    assert found["rows"]["entries"] == 1
    assert found["damage"] == []
    assert desk.run("db", "migrate").code == 0
    assert desk.run("db", "info", "--json").lines[0]["rows"]["entries"] == 1


def test_a_backup_and_the_way_back(desk: Desk, store: Store) -> None:
    """Made in a folder under the time; restored only while no engine runs, and what was there is kept beside."""
    store.close()
    (desk.folder / "backups").mkdir()
    made = desk.run("db", "backup", "backups")
    assert (made.code, made.err) == (0, "")
    [file] = (desk.folder / "backups").iterdir()
    assert re.fullmatch(r"digest-\d{8}T\d{6}Z\.db", file.name)
    assert "every row can be read" in made.out
    [info] = desk.run("db", "info", "--json").lines
    assert info["backup"]["path"] == str(file)
    assert info["oldest"] is not None
    assert f"just now), {file}" in desk.run("db", "info").out
    again = desk.run("db", "backup", str(file))
    assert (again.code, again.out) == (1, "")
    assert "is there already: name another file, or a folder" in again.err
    with EngineLock(desk.folder / "state"):
        refused = desk.run("db", "restore", str(file))
    assert refused.code == 1
    assert "an engine is running already" in refused.err
    done = desk.run("db", "restore", str(file))
    assert (done.code, done.err) == (0, "")
    assert "What it held before is in " in done.out
    assert desk.run("db", "info", "--json").lines[0]["rows"]["entries"] == 1
    gone = desk.run("db", "restore", "gone.db")
    assert (gone.code, gone.err) == (1, "there is no file gone.db\n")


def test_letting_go_now(desk: Desk, store: Store) -> None:
    """What [keep] keeps no longer goes when it is asked for, and it is told how much."""
    with store.database.write() as (connection, _):
        connection.execute(update(tables.entries).values(first_seen=NOW - timedelta(days=9)))
        connection.execute(update(tables.deliveries).values(state="sent", updated=NOW - timedelta(days=9)))
    store.close()
    desk.append("config.toml", '\n[keep]\nentries = "1d"\nalerts = "1d"\nseen = "2d"\nevidence = "1d"\n')
    done = desk.run("db", "prune")
    assert done.code == 0, done.err
    assert re.match(r"\d+ rows? went\.", done.out)
    assert desk.run("db", "prune").out == "Nothing is older than [keep] says.\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["alerts"], "No alerts: no engine has run here yet"),
        (["outbox", "list"], "No message waits"),
        (["compose"], "Nothing alerted"),
        (["status"], "No engine has run here yet"),
    ],
)
def test_before_anything_ran_nothing_is_wrong(desk: Desk, arguments: list[str], said: str) -> None:
    """Exit code 0, and a word on what to do; no database is made by looking."""
    done = desk.run(*arguments)
    assert done.code == 0
    assert said in done.err
    assert desk.run(*arguments, "--json").code == 0
    assert not (desk.folder / "state").exists()


def test_before_anything_ran_every_feed_is_new(desk: Desk) -> None:
    """They are known from the config."""
    assert [line["health"] for line in desk.run("feeds", "list", "--json").lines] == ["new", "new"]
    [status] = desk.run("status", "--json").lines
    assert status["feeds"]["new"] == 2


def test_a_table_is_aligned_by_cells(desk: Desk) -> None:
    """Wide letters take two."""
    desk.write(
        "config.toml",
        '[[feed]]\nurl = "https://a.example"\nname = "연합뉴스"\n[[feed]]\nurl = "https://b.example"\nname = "BBC"\n',
    )
    head, korean, english = desk.run("feeds", "list").out.splitlines()
    assert korean.startswith("new     연합뉴스        0    never")
    assert english.startswith("new     BBC             0    never")
    assert head.startswith("HEALTH  FEED      ENTRIES  LAST OK")


def test_feed_text_leaves_no_control_byte(desk: Desk, store: Store) -> None:
    """Should one ever have come into the store, it does not come out."""
    feed = store.polls.all_feeds()[1]
    update = FeedUpdate(feed.id, NOW, ok=False, next_due=NOW, interval=timedelta(minutes=1), failures=1)
    hostile = dataclasses.replace(update, error="\x1b]0;owned\x07bad\x9b1m\u202e")
    commit(store, [PollResult(hostile)], NOW)
    for arguments in (["feeds", "list"], ["feeds", "list", "--json"]):
        out = desk.run(*arguments).out
        assert "bad" in out
        assert all(character.isprintable() or character == "\n" for character in out)
