"""A store with a day of news in it: invented outlets, a frozen afternoon, the same bytes every time."""

from __future__ import annotations

import functools
import tempfile
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, update

from digest.feeds.markup import marked_text
from digest.store import open_store
from digest.store import schema as tables
from digest.store.sqlite import make_private
from digest.values.messages import DeliveryState
from digest.values.news import Outcome, Severity
from tests.fakes import stores
from tests.fakes.stores import new_store, store_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

ZONE = ZoneInfo("Asia/Seoul")
NOW = datetime(2026, 11, 24, 14, 7, 12, tzinfo=ZONE).astimezone(UTC)
"""The moment at which every picture is taken: 14:07 in Seoul."""

URGENT, HIGH, NORMAL, LOW = Severity.URGENT, Severity.HIGH, Severity.NORMAL, Severity.LOW

FEEDS = (
    ("Tigris Daily", "en"), ("Volga Post", "en"), ("海东时报", "zh"), ("Pacific Wire", "en"), ("한빛일보", "ko"),
    ("بريد المشرق", "ar"), ("Strait Wire", "en"), ("Вест. Амура", "ru"), ("Orontes News", "en"), ("Meridian", "en"),
    ("Levant Post", "en"), ("새벽신문", "ko"), ("Nordlys Wire", "en"), ("Harbor Times", "en"), ("Cedar Weekly", "en"),
    ("东岸晚报", "zh"), ("صوت الخليج", "ar"), ("Байкал Инфо", "ru"), ("Ridge Courier", "en"), ("Delta Herald", "en"),
    ("Lakeside Star", "en"), ("Anchor News", "en"), ("Saffron Post", "en"), ("Granite Daily", "en"),
    ("Harvest Echo", "en"), ("Polar Review", "en"), ("Coral Bulletin", "en"), ("Summit Gazette", "en"),
)  # fmt: skip

RULES = (
    ("launch", "Missile and rocket launches", "North Korea", HIGH, 14),
    ("nuclear", "Nuclear sites", "North Korea", HIGH, 5),
    ("russia", "North Korea and Russia", "North Korea", NORMAL, 8),
    ("sanctions", "Sanctions and their evasion", "North Korea", NORMAL, 5),
    ("strikes", "Strikes in Syria", "Syria", HIGH, 11),
    ("politics", "Syrian politics", "Syria", NORMAL, 6),
    ("returns", "Returns and borders", "Syria", LOW, 3),
    ("expulsion", "Envoys expelled", "Diplomatic ties", URGENT, 2),
    ("embassy", "Embassies opened and closed", "Diplomatic ties", NORMAL, 7),
    ("summit", "Summits", "Diplomatic ties", LOW, 9),
)


@dataclass(frozen=True)
class Dispatch:
    """An entry of the day as it is told here: the words that hit are looked up in its fields."""

    time: str
    outlet: str
    rule: str
    title: str
    words: str
    """What hits, separated by ``|``."""
    summary: str = ""
    markup: str = ""
    """Of its content, as its feed has it."""
    also: tuple[str, ...] = ()
    """Who else reports it: a time and an outlet each."""
    unread: bool = False
    more_rules: tuple[str, ...] = ()
    sent: tuple[str, ...] = ("desk", "phone")


def _reports() -> tuple[Dispatch, ...]:
    tables_of = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))["report"]
    return tuple(
        Dispatch(**{**table, **{name: tuple(table.get(name, ())) for name in ("more_rules", "also")}})
        for table in tables_of
    )


REPORTS = _reports()


def at(clock: str) -> datetime:
    """A time of the frozen day, in UTC."""
    hour, minute, *second = (int(part) for part in clock.split(":"))
    return datetime(2026, 11, 24, hour, minute, sum(second), tzinfo=ZONE).astimezone(UTC)


def build(
    path: Path, *, earlier: int = 55, before: Callable[[Connection, int], None] = lambda _connection, _seq: None
) -> str:
    """Make the database file with the whole day in it; its URL.

    Args:
        path: the file; it must not exist.
        earlier: how many matched entries of the morning come before those of ``REPORTS``.
        before: writes what came before that.
    """
    url = store_url(path)
    with new_store(url) as store, store.database.write() as (connection, seq):
        _engine(connection)
        _feeds(connection, seq)
        _rules(connection, seq)
        _channels(connection, seq)
        before(connection, seq)
        for number in range(earlier):
            _morning(connection, number, earlier, seq)
        for report in reversed(REPORTS):
            add_report(connection, report, seq)
    return url


@functools.cache
def _built(build: Callable[[Path], str], kind: str) -> tuple[str, dict[str, bytes]]:
    """What a builder of a database makes: a database that is kept on a server, or none, and files by their names."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "digest.db"
        build(path)
        return stores.keep(path), {file.name: file.read_bytes() for file in Path(folder).iterdir()}


def copied(build: Callable[[Path], str], folder: Path) -> str:
    """What a builder of a database makes, in a folder of one's own; it is built once. The URL."""
    kept, files = _built(build, stores.kind())
    for name, content in files.items():
        make_private(folder / name)
        (folder / name).write_bytes(content)
    return stores.clone(kept, folder / "digest.db")


def build_empty(path: Path) -> str:
    """A store whose engine has begun to poll for the first time: 12 feeds done, 2 of them failed, nothing matched."""
    url = store_url(path)
    with new_store(url) as store, store.database.write() as (connection, seq):
        _engine(connection)
        _feeds(connection, seq)
        _rules(connection, seq)
        new = {"last_attempt": None, "last_ok": None, "baseline_at": None, "next_due": NOW, "entries": 0}
        connection.execute(update(tables.feeds).where(tables.feeds.c.id > 12).values(new))
    return url


def build_broken(path: Path) -> str:
    """The day with much of it broken: two rule files, the engine silent, a channel failing, messages given up."""
    url = build(path)
    message = "unknown alias @dprkk; did you mean @dprk?"
    problems = [["1-north-korea.toml", 12, 5, message], ["3-ties.toml", 4, 9, "two words with no operator between"]]
    with open_store(url) as store, store.database.write() as (connection, seq):
        connection.execute(update(tables.engine).values(heartbeat=NOW - timedelta(minutes=3)))
        for problem in problems:
            file = update(tables.rule_files).where(tables.rule_files.c.path == problem[0])
            connection.execute(file.values(problems=[problem], seq=seq))
        failing = {"last_error": "the answer was lost", "last_error_at": at("14:05"), "seq": seq}
        connection.execute(update(tables.channels).where(tables.channels.c.name == "phone").values(failing))
        late = (tables.deliveries.c.channel == "phone", tables.deliveries.c.created > at("13:30"))
        given_up = {"state": "dead", "reason": "chat not found: is the bot in it?", "seq": seq}
        connection.execute(update(tables.deliveries).where(*late).values(given_up))
    return url


def _engine(connection: Connection) -> None:
    row = {"id": 1, "pid": 4711, "host": "desk", "version": "0.1.0", "started": at("08:00"), "activity": ""}
    connection.execute(insert(tables.engine), {**row, "heartbeat": NOW - timedelta(seconds=1), "problem": ""})


def _feeds(connection: Connection, seq: int) -> None:
    for number, (name, lang) in enumerate(FEEDS):
        failing = {
            0: (503, "503: the server is overloaded or being worked on"),
            1: (None, "no answer within 20 s: timed out"),
        }
        status, error = failing.get(number, (200, ""))
        due = 9000 if number < 2 else -400 if number == 2 else 42 + 47 * (number - 3)
        row: dict[str, Any] = {
            "id": number + 1, "url": f"https://outlet{number + 1:02}.example/rss.xml", "name": name, "title": name,
            "tags": [], "lang": lang, "added": at("08:00"), "baseline_at": at("08:00"), "last_attempt": at("14:00"),
            "last_ok": None if error else at("14:00"), "last_error": error, "last_status": status,
            "failures": 3 if error else 0, "interval_ms": 300_000, "next_due": NOW + timedelta(seconds=due),
            "entries": 40 + number, "seq": seq,
        }  # fmt: skip
        connection.execute(insert(tables.feeds), row)


def _rules(connection: Connection, seq: int) -> None:
    off = (("drills", "Drills", "North Korea", LOW, 0), ("tourism", "Tourism", "North Korea", LOW, 0))
    for position, (rule, title, topic, severity, _) in enumerate((*RULES, *off)):
        # The folder's files in alphabetical order would turn the topics around: number them as a user would.
        file = {"North Korea": "1-north-korea", "Syria": "2-syria"}.get(topic, "3-ties")
        row = {"id": rule, "title": title, "topic": topic, "severity": int(severity), "path": f"{file}.toml"}
        connection.execute(
            insert(tables.rules), {**row, "line": 1, "position": position, "enabled": position < 10, "seq": seq}
        )

    for name, versions, since in (
        ("1-north-korea", 12, at("11:20")),
        ("2-syria", 3, NOW - timedelta(days=9)),
        ("3-ties", 1, at("08:00")),
    ):
        for _ in range(versions):
            row = {"path": f"{name}.toml", "sha256": "", "text": "", "loaded": since}
            version = connection.execute(
                insert(tables.rule_versions).returning(tables.rule_versions.c.id), row
            ).scalar()
        row = {"path": f"{name}.toml", "version_id": version, "since": since, "problems": [], "seq": seq}
        connection.execute(insert(tables.rule_files), row)


def _channels(connection: Connection, seq: int) -> None:
    for name, target in (("desk", "telegram:@desk"), ("phone", "telegram:4711")):
        row = {"name": name, "target": target, "first_seen": at("08:00"), "last_ok": at("14:03:33"), "seq": seq}
        connection.execute(insert(tables.channels), row)


def _morning(connection: Connection, number: int, of: int, seq: int) -> None:
    """One of the entries of the night and morning, spread so that each rule has the hits that RULES says."""
    shown = {rule: sum(r.rule == rule or rule in r.more_rules for r in REPORTS) for rule, *_ in RULES}
    owed = [rule for rule, *_, hits in RULES for _ in range(max(0, hits - shown[rule]))] or ["launch"]
    rule = owed[number * 7 % len(owed)]
    minutes = 40 + (10 * 60 + 20) * (number + 1) // (of + 1)
    moment = at("00:00") + timedelta(minutes=minutes)
    outlet = FEEDS[3 + number * 5 % 20][0]
    clock = moment.astimezone(ZONE).strftime("%H:%M")
    title = f"Morning report {number + 1} on {rule}"
    add_report(connection, Dispatch(clock, outlet, rule, title, rule, unread=number * 3 % 11 < 7), seq)


def add_report(connection: Connection, report: Dispatch, seq: int) -> int:
    """Store a report with its matches and deliveries, as a poll would have; its id."""
    moment = at(report.time)
    severity = {rule: severity for rule, _, _, severity, _ in RULES}[report.rule]
    feed = [name for name, _ in FEEDS].index(report.outlet)
    before = _others(connection, report, earlier=True, seq=seq)
    entry = connection.execute(
        insert(tables.entries).returning(tables.entries.c.id),
        {
            "feed_id": feed + 1,
            "url": f"https://outlet{feed + 1:02}.example/2026/11/24/{moment.astimezone(ZONE):%H%M}",
            "title": report.title, "lang": FEEDS[feed][1], "published": moment - timedelta(minutes=2),
            "first_seen": moment, "severity": int(severity), "seq": seq,
            "publisher": report.outlet,
            "read_at": None if report.unread else moment + timedelta(minutes=1),
        },
    ).scalar_one()  # fmt: skip
    content, spans = marked_text(report.markup, "https://outlet.example/")
    text = {"entry_id": entry, "summary": report.summary, "content": content, "content_spans": spans}
    connection.execute(insert(tables.entry_texts), text)
    if report.also:
        later = _others(connection, report, earlier=False, seq=seq)
        _tell_story(connection, [*before, int(entry), *later], report, seq)
    fields = {"title": report.title, "summary": report.summary, "content": content}
    hits = [
        [name, text.find(word), text.find(word) + len(word), word, word.casefold()]
        for name, text in fields.items()
        for word in report.words.split("|")
        if word in text
    ]
    for rule in (report.rule, *report.more_rules):
        match = {"entry_id": entry, "rule": rule, "severity": int(severity), "outcome": Outcome.ALERT.value}
        found = connection.execute(
            insert(tables.matches).returning(tables.matches.c.id),
            {**match, "hits": hits, "created": moment, "seq": seq},
        ).scalar_one()
        if rule == report.rule:
            _deliver(connection, report, found, moment, seq)
    return int(entry)


def _others(connection: Connection, report: Dispatch, *, earlier: bool, seq: int) -> list[int]:
    """Store the other reports of its event that came before it, or after it, which no rule hit; their ids."""
    ids = []
    for each in report.also:
        clock, _, outlet = each.partition(" ")
        number, moment = [name for name, _ in FEEDS].index(outlet) + 1, at(clock)
        if (moment < at(report.time)) is earlier:
            url = f"https://outlet{number:02}.example/also/{clock}"
            row = {"feed_id": number, "url": url, "title": f"{outlet} on it", "lang": "en", "publisher": outlet}
            row |= {"published": moment, "first_seen": moment, "seq": seq}
            ids.append(connection.execute(insert(tables.entries).returning(tables.entries.c.id), row).scalar_one())
    return ids


def _tell_story(connection: Connection, ids: list[int], report: Dispatch, seq: int) -> None:
    """Let these entries be reports of one event."""
    mine = tables.entries.c.id.in_(ids)
    connection.execute(update(tables.entries).where(mine).values(story_id=ids[0]))
    row = {"id": ids[0], "created": at(report.time), "updated": at(report.time), "seq": seq}
    connection.execute(insert(tables.stories), row)


def _deliver(connection: Connection, report: Dispatch, match: int, moment: datetime, seq: int) -> None:
    for place, channel in enumerate(report.sent):
        row = {"channel": channel, "kind": "alert", "state": DeliveryState.SENT.value, "severity": 2, "parts": [""]}
        moments = {"created": moment, "updated": moment + timedelta(seconds=31 + 2 * place), "attempts": 1, "seq": seq}
        delivery = connection.execute(
            insert(tables.deliveries).returning(tables.deliveries.c.id), {**row, **moments, "title": report.title}
        ).scalar_one()
        connection.execute(insert(tables.delivery_alerts), {"delivery_id": delivery, "match_id": match})
