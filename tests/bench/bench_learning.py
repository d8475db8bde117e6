"""What rules learn from 100,000 stored entries: ``rules gaps`` and ``rules noise`` as whole commands.

The news is invented: thirty rules of names, alerts of a month whose stories have reports that no rule found, some of
which share a word of their own; four in five alerts were read, and those that were not share one, too.
"""

from __future__ import annotations

import random
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import insert

from digest.match import FOLD_VERSION, RuleSet, fold_entry, load_rules
from digest.store import file_url, open_store
from digest.store.rows import hits_as_json
from digest.store.schema import entries, entry_texts, matches, stories
from digest.values.news import Outcome
from digest.values.settings import FeedSpec
from tests.bench.bench_backtest import Row, command
from tests.bench.invented import Newsroom, rule_file

if TYPE_CHECKING:
    from digest.values.news import EntryText, Match

ENTRIES = 100_000
FEEDS = 40
RULES = 30
ALERTS = 6_000
_AT_ONCE = 5_000
_READ = 0.8

COMMANDS = (
    ("rules gaps", ("rules", "gaps")),
    ("rules gaps of one rule", ("rules", "gaps", "--rule", "rule-3")),
    ("rules noise", ("rules", "noise")),
)


class _Stored(NamedTuple):
    """One entry as it is stored."""

    text: EntryText
    found: tuple[Match, ...]
    story: int
    read: bool


def _files(room: Newsroom) -> str:
    """Thirty rules of three names each, all of which stand in the news."""
    return rule_file(room.names[: RULES * 3], 0)


def _news(room: Newsroom, rules: RuleSet) -> list[_Stored]:
    """The entries in order: some alert, and each of these has a story with a report that no rule found."""
    source = random.Random(3)  # noqa: S311 - the same each time, no secret
    texts = [*room.entries(15_000), *room.foreign_entries(5_000)]
    found = [rules.match_entry(text) for text in texts]
    hit = [number for number, some in enumerate(found) if some]
    quiet = [number for number, some in enumerate(found) if not some]
    stored: list[_Stored] = []
    while len(stored) < ENTRIES:
        number = len(stored) + 1
        if number % (ENTRIES // ALERTS):
            stored.append(_Stored(texts[source.choice(quiet)], (), number, read=False))
            continue
        chosen, missed = source.choice(hit), texts[source.choice(quiet)]
        rule, read = found[chosen][0].rule, source.random() < _READ
        alert = texts[chosen] if read else _with(texts[chosen], f"nuisance{rule[5:]}")
        stored.append(_Stored(alert, found[chosen], number, read))
        stored.append(_Stored(_with(missed, f"gap{rule[5:]} word"), (), number, read=False))
    return stored


def _with(text: EntryText, word: str) -> EntryText:
    return replace(text, title=f"{text.title} {word}")


def _fill(folder: Path) -> None:
    """A config, the rules and the store."""
    room = Newsroom()
    (folder / "config.toml").write_text('timezone = "UTC"\n', encoding="utf-8")
    for name in ("rules", "state"):
        (folder / name).mkdir()
    text = _files(room)
    (folder / "rules" / "names.toml").write_text(text, encoding="utf-8")
    news = _news(room, RuleSet(load_rules({"names.toml": text}).rules))
    now = datetime.now(UTC)
    rows: dict[Any, list[dict[str, Any]]] = {table: [] for table in (entries, entry_texts, stories, matches)}
    for number, one in enumerate(news, 1):
        seen = now - timedelta(days=30) * (1 - number / len(news)) + timedelta(minutes=1)
        _add_rows(rows, number, one, seen)
    with open_store(file_url(folder / "state" / "digest.db"), migrate=True) as store:
        specs = [FeedSpec(f"https://feed{number}.example/", name=f"Outlet {number}") for number in range(FEEDS)]
        store.polls.sync_feeds(specs, default_every=timedelta(hours=1), now=now)
        with store.database.write() as (connection, _):
            for table, some in rows.items():
                for start in range(0, len(some), _AT_ONCE):
                    connection.execute(insert(table), some[start : start + _AT_ONCE])


def _add_rows(rows: dict[Any, list[dict[str, Any]]], number: int, one: _Stored, seen: datetime) -> None:
    text = one.text
    row = {"id": number, "feed_id": 1 + number % FEEDS, "url": f"https://feed.example/{number}", "seq": 1}
    row |= {"title": text.title, "lang": "en", "published": seen, "first_seen": seen, "story_id": one.story}
    row |= {"publisher": f"feed{number % FEEDS}.example", "read_at": seen if one.read else None}
    rows[entries].append(row | {"severity": 1 if one.found else None})
    more = {"entry_id": number, "summary": text.summary, "content": "", "tags": []}
    rows[entry_texts].append({**more, "folded": fold_entry(text), "fold_version": FOLD_VERSION})
    if one.story == number:
        rows[stories].append({"id": number, "created": seen, "updated": seen, "seq": 1})
    for match in one.found:
        judged = {"entry_id": number, "rule": match.rule, "severity": match.severity, "outcome": Outcome.ALERT}
        rows[matches].append({**judged, "hits": hits_as_json(match.hits), "summary": [], "created": seen, "seq": 1})


def run() -> list[Row]:
    """All rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _fill(folder)
        rows = [Row("stored entries", f"{ENTRIES:,}, {RULES} rules")]
        for what, words in COMMANDS:
            for as_json in (True, False):
                cpu, wall, lines = command(folder, words, as_json=as_json)
                rows.append(Row(f"{what}{', --json' * as_json}", f"{cpu:.2f} s CPU, {wall:.2f} s, {lines:,} lines"))
    return rows


def main() -> None:
    """Print the rows."""
    for row in run():
        print(f"{row.what:44} {row.figure}", flush=True)


if __name__ == "__main__":
    main()
