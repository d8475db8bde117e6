"""The day of the pictures and what lies behind it: a month of hits, a story, digests, an outbox, a log."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select, update

from digest.store import open_store
from digest.store import schema as tables
from digest.store.period import read_period
from digest.values.messages import DeliveryKind, DeliveryState, Hold
from digest.values.news import Outcome
from tests.tui.newsdesk import FEEDS, NOW, RULES, ZONE, Dispatch, add_report, at, build

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

CONFIG: Final = """\
timezone = "Asia/Seoul"

[[feed]]
url = "https://outlet04.example/rss.xml"

[[channel]]
name = "desk"
telegram = "@desk"

[[channel]]
name = "phone"
telegram = "4711"

[[digest]]
name = "morning"
at = "07:00"
channels = ["desk"]

[[digest]]
name = "evening"
at = "18:30"
channels = ["desk", "phone"]
"""
LOG: Final = """\
2026-11-24T04:58:01Z INFO    digest.engine.run: the engine is at work: 28 feeds, 10 rules
2026-11-24T05:00:12Z INFO    digest.engine.polling.poll: Pacific Wire: 3 new entries, 1 match
2026-11-24T05:01:40Z WARNING digest.engine.polling.poll: Tigris Daily: 503: the server is overloaded or being worked on
2026-11-24T05:02:00Z INFO    digest.engine.sending.digests: the digest morning was composed
2026-11-24T05:03:31Z ERROR   digest.engine.sending.outbox: message 71 to phone: the answer was lost
Traceback (most recent call last):
  File "outbox.py", line 12, in send
TimeoutError: no answer within 20 s
2026-11-24T05:05:02Z INFO    digest.engine.polling.poll: 한빛일보: 2 new entries, 1 match
"""

STRIKE: Final = tuple(tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))["report"])
"""A story: tables of time, outlet, title, summary, words that hit, and whether it only repeats."""

RELATED: Final = (
    ("12:50", "Вест. Амура", "Удар по колонне у Телль-Харуна: 11 погибших, 20 раненых"),
    ("12:57", "한빛일보", "텔하룬 호송대 공습, 11명 사망 20명 부상"),
)


def build_week(path: Path) -> str:
    """Make the database file, and beside it a config and a log; its URL."""
    url = build(path, before=_month)
    path.with_name("config.toml").write_text(CONFIG, encoding="utf-8")
    path.with_name("dashboard.json").write_text('{"toured": true}', encoding="utf-8")
    path.with_name("engine.log").write_text(LOG, encoding="utf-8")
    with open_store(url) as store:
        with store.database.write() as (connection, seq):
            story = _story(connection, seq)
            _outbox(connection, seq)
        store.changes.follow(story, "Ann", f"followed story {story}", NOW)
        store.changes.mute("politics", NOW + timedelta(hours=2), "Ann", "muted politics", NOW)
        for days in (3, 2, 1, 0):
            until = at("07:00") - timedelta(days=days)
            found = read_period(store, until - timedelta(days=1), until)
            document = found.digest("morning", ZONE.key, {rule: title for rule, title, *_ in RULES})
            local = until.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")
            store.digests.commit(document, local, [], until)
    return url


def strike_of(connection: Connection) -> int:
    """The id of the story."""
    return int(connection.execute(select(tables.stories.c.id).order_by(tables.stories.c.id)).scalars().first() or 0)


def _story(connection: Connection, seq: int) -> int:
    ids = []
    for each in STRIKE:
        time, outlet, title, summary, words = (each[key] for key in ("time", "outlet", "title", "summary", "words"))
        repeat = each.get("repeat", False)
        sent = ("desk",) if title.startswith(("Air strike hits", "Six killed as", "Tell Harun")) else ()
        report = Dispatch(time, outlet, "strikes", title, words, summary, sent=sent)
        entry = add_report(connection, report, seq)
        ids.append(entry)
        own = {"story_id": ids[0], "publisher": outlet, "repeat": repeat}
        connection.execute(update(tables.entries).where(tables.entries.c.id == entry).values(own))
        outcome = Outcome.ALERT if sent else Outcome.SAME_REPORT if repeat else Outcome.SAME_STORY
        news = "toll" if sent and len(ids) > 1 else None
        kept = [each.strip() + "." for each in summary.rstrip(".").split(". ")]
        change = {"outcome": outcome.value, "news": news, "summary": kept}
        connection.execute(update(tables.matches).where(tables.matches.c.entry_id == entry).values(change))
        _remember(connection, entry, at(time), "en")
    row = {"id": ids[0], "created": at(STRIKE[0]["time"]), "updated": at(STRIKE[-1]["time"]), "seq": seq}
    connection.execute(insert(tables.stories), row)
    for time, outlet, title in RELATED:
        entry = add_report(connection, Dispatch(time, outlet, "strikes", title, "", sent=()), seq)
        connection.execute(
            update(tables.entries).where(tables.entries.c.id == entry).values(story_id=entry, publisher=outlet)
        )
        connection.execute(insert(tables.stories), {"id": entry, "created": at(time), "updated": at(time), "seq": seq})
        _remember(connection, entry, at(time), "ru" if outlet.startswith("В") else "ko")
    return ids[0]


def _remember(connection: Connection, entry: int, moment: datetime, lang: str) -> None:
    row = {"entry_id": entry, "at": moment, "lang": lang, "vector": b""}
    connection.execute(insert(tables.story_window), row)


def _month(connection: Connection, seq: int) -> None:
    """Entries of the thirty days before, with hits that come and go by rule, hour and outlet."""
    for day in range(29, 0, -1):
        for hour in range(21, -3, -3):
            for place, (rule, _, _, severity, hits) in enumerate(RULES):
                if (day * 7 + hour * 5 + place * 11) % 29 > hits:
                    continue
                moment = NOW - timedelta(days=day, hours=hour, minutes=place * 5)
                feed = 3 + (day * 3 + hour + place * 7) % 25
                _old_entry(connection, feed, rule, int(severity), moment, seq)


def _old_entry(  # noqa: PLR0917 - the row
    connection: Connection, feed: int, rule: str, severity: int, moment: datetime, seq: int
) -> None:
    row: dict[str, Any] = {
        "feed_id": feed + 1, "url": f"https://outlet{feed + 1:02}.example/{moment:%Y/%m/%d/%H%M}", "seq": seq,
        "title": f"{rule.capitalize()}, {moment:%d %B}", "lang": FEEDS[feed][1], "published": moment,
        "first_seen": moment, "severity": severity, "read_at": moment, "publisher": FEEDS[feed][0],
    }  # fmt: skip
    entry = connection.execute(insert(tables.entries).returning(tables.entries.c.id), row).scalar_one()
    match = {"entry_id": entry, "rule": rule, "severity": severity, "outcome": Outcome.ALERT.value, "hits": []}
    found = connection.execute(
        insert(tables.matches).returning(tables.matches.c.id), match | {"created": moment, "seq": seq}
    ).scalar_one()
    sent = moment + timedelta(seconds=20 + (entry * 7) % 40)
    _message(connection, "desk", DeliveryState.SENT, row["title"], sent, seq, match=found, created=moment)


def _outbox(connection: Connection, seq: int) -> None:
    """Messages in every state."""
    late = NOW + timedelta(hours=9)
    lost = "the answer was lost: it may have arrived"
    quiet = {"held_by": Hold.QUIET.value, "not_before": late, "reason": "quiet hours"}
    for channel, state, title, minutes, more in (
        ("phone", DeliveryState.HELD, "Владивосток примет делегацию из Пхеньяна", 23, quiet),
        ("phone", DeliveryState.HELD, "Oslo to reopen Damascus embassy in January", 31, quiet),
        ("phone", DeliveryState.UNKNOWN, "Drone hits fuel depot outside Deir al-Asfar", 16, {"reason": lost}),
        ("desk", DeliveryState.DEAD, "Six killed as air strike hits Tell Harun convoy", 75,
         {"reason": "chat not found: is the bot in it?", "attempts": 3}),
        ("desk", DeliveryState.QUEUED, "Envoys leave Damascus", 1, {"reason": "429: asked to wait 12 s"}),
    ):  # fmt: skip
        _message(connection, channel, state, title, NOW - timedelta(minutes=minutes), seq, **more)


def _message(  # noqa: PLR0917 - the row
    connection: Connection, channel: str, state: DeliveryState, title: str, moment: datetime, seq: int,
    *, match: int | None = None, created: datetime | None = None, **more: Any,
) -> None:  # fmt: skip
    row = {
        "channel": channel, "kind": DeliveryKind.ALERT.value, "state": state.value, "severity": 2, "parts": [""],
        "created": created or moment, "updated": moment, "attempts": 1, "seq": seq, "title": title,
    }  # fmt: skip
    delivery = connection.execute(insert(tables.deliveries).returning(tables.deliveries.c.id), row | more).scalar_one()
    if match is None:
        match = connection.execute(
            select(tables.matches.c.id).order_by(tables.matches.c.id.desc()).limit(1)
        ).scalar_one()
    connection.execute(insert(tables.delivery_alerts), {"delivery_id": delivery, "match_id": match})
