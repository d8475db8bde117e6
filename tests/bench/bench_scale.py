"""A dashboard on very many entries in PostgreSQL: ``python -m tests.bench.bench_scale [--entries N]``.

Short generated entries of three months, one in a hundred found by a rule, from 10,000 feeds. What is timed is what a
dashboard asks: its first list, and all that it reads anew when something changed (a snapshot). Ten million take about
ten minutes to make and seven gigabytes of disk.
"""

from __future__ import annotations

import argparse
import statistics
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from digest.store import open_store
from digest.store.dashboard import Dashboard
from tests.fakes.postgres import MISSING, Cluster, available

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.store import Store

_FEEDS: Final = 10_000
_RULES: Final = 200
_DAYS: Final = 90
_UNREAD: Final = 2_000
"""Matches that nobody has read yet; of what no rule found nothing was read."""
_TIMES: Final = 21
_INDEXES: Final = """
    SELECT indexdef, indexname FROM pg_indexes
    WHERE tablename IN ('entries', 'matches', 'entry_texts') AND indexname LIKE 'ix_%'
"""


def fill(store: Store, entries: int, now: datetime) -> None:
    """Feeds, rules, entries and matches, made by the server; indexes are made afterwards, which takes less time."""
    last, step = round(now.timestamp() * 1000), _DAYS * 86_400_000 / entries
    with store.database.write() as (connection, seq):
        indexes = connection.execute(text(_INDEXES)).all()
        for _, name in indexes:
            connection.execute(text(f'DROP INDEX "{name}"'))
        made = {"seq": seq, "last": last, "step": step, "entries": entries}
        made |= {"feeds": _FEEDS, "rules": _RULES, "unread": _UNREAD * 100}
        for statement in (
            """INSERT INTO feeds (id, url, fetch_url, name, title, tags, lang, publisher, tier, full_text, configured,
                    paused, added, etag, last_modified, body_hash, entry_hashes, last_error, failures, interval_ms,
                    next_due, entries, seq)
                SELECT n, 'https://outlet' || n || '.example/rss', '', 'Outlet ' || n, '', '[]', 'en', '', '', false,
                    true, false, :last, '', '', '', '', '', 0, 600000, :last, 0, :seq
                FROM generate_series(1, :feeds) n""",
            """INSERT INTO rules (id, title, topic, severity, enabled, path, line, position, seq)
                SELECT 'rule-' || n, 'Rule ' || n, 'Topic', 2, true, 'rules.toml', n, n, :seq
                FROM generate_series(1, :rules) n""",
            """INSERT INTO entries (id, feed_id, url, title, author, lang, published, first_seen, baseline, severity,
                    read_at, publisher, story_id, repeat, doubtful, seq)
                SELECT n, 1 + n % :feeds, 'https://outlet.example/' || n, 'Entry number ' || n, '', 'en', NULL,
                    :last - ((:entries - n) * :step)::bigint, false, CASE WHEN n % 100 = 0 THEN 2 END,
                    CASE WHEN n % 100 = 0 AND n <= :entries - :unread THEN :last END,
                    'outlet' || n % :feeds, n / 3, false, false, :seq - 1
                FROM generate_series(1, :entries) n""",
            """INSERT INTO entry_texts (entry_id, summary, content, tags, folded, fold_version, summary_spans,
                    content_spans)
                SELECT n, 'What happened at ' || n, '', '[]', '', 0, '[]', '[]'
                FROM generate_series(1, :entries) n""",
            """INSERT INTO matches (id, entry_id, rule, severity, outcome, hits, summary, created, sources, seq)
                SELECT n / 100, n, 'rule-' || 1 + (n / 100) % :rules, 2, 'alert', '[]', '[]',
                    :last - ((:entries - n) * :step)::bigint, 0, :seq - 1
                FROM generate_series(100, :entries, 100) n""",
        ):
            connection.execute(text(statement), {k: v for k, v in made.items() if f":{k}" in statement})
        for define, _ in indexes:
            connection.execute(text(define))


def median(ask: Callable[[], object]) -> float:
    """Milliseconds that a question takes, the first time left out."""
    took = []
    for _ in range(_TIMES):
        start = time.perf_counter()
        ask()
        took.append((time.perf_counter() - start) * 1000)
    return statistics.median(took[1:])


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="A dashboard on very many entries.")
    parser.add_argument("--entries", type=int, default=10_000_000)
    entries = parser.parse_args().entries
    if not available():
        print(MISSING)
        return
    server = Cluster(safe=True)
    try:
        name = server.create()
        with open_store(server.url(name), migrate=True) as store:
            began = time.monotonic()
            now = datetime.now(UTC).replace(microsecond=0)
            fill(store, entries, now)
            server.ask("VACUUM ANALYZE", name)
            [(size,)] = server.ask(f"SELECT pg_size_pretty(pg_database_size('{name}'))")
            print(f"{entries} entries made in {time.monotonic() - began:.0f} s, {size}", flush=True)
            dashboard, seq, day = Dashboard(store.database), store.seq(), now - timedelta(hours=12)
            questions: dict[str, Callable[[], object]] = {
                "state of the engine": store.engine.state,
                "channels": dashboard.channels,
                "figures": lambda: dashboard.figures(now, day),
                "rules with their hits": lambda: dashboard.rule_book(day, now),
                "feeds that changed": lambda: dashboard.changed_feeds(seq),
                "unread matches of each feed": dashboard.unread_news_by_feed,
                "conditions": store.conditions.known,
                "matches that changed": lambda: dashboard.changed(seq - 1),
                "urgent ones": lambda: dashboard.urgent(seq - 1, now - timedelta(hours=1)),
                "a hundred lines": lambda: dashboard.rows(range(entries - 10_000, entries, 100)),
            }
            took = {name: median(ask) for name, ask in questions.items()}
            for what, milliseconds in took.items():
                print(f"  {what:30} {milliseconds:8.1f} ms")
            print(f"a snapshot: {sum(took.values()):.1f} ms")
            print(f"the list of all matches: {median(dashboard.order):.1f} ms")
    finally:
        server.remove()


if __name__ == "__main__":
    main()
