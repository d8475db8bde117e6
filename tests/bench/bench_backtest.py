"""Asking the past: search, try and diff over 100,000 stored entries, as whole commands; and a wider query's cost.

The entries are those of the real feeds in ``DIGEST_CORPUS``, again and again (invented ones without it). The floor is
reading every folded text with the bare driver and looking for one word in it with ``in``.
"""

from __future__ import annotations

import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import insert

from digest.feeds.parse import parse_document
from digest.match import FOLD_VERSION, fold_entry
from digest.store import file_url, open_store
from digest.store.schema import entries, entry_texts
from digest.text import clean_line, html_to_text
from digest.values.news import EntryText
from digest.values.settings import FeedSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

ENTRIES = 100_000
LONGEST = 900  # characters of a field
FEEDS = 40
_RULES = Path(__file__).parents[2] / "rules"

COMMANDS = (
    ("search, a word", ("search", "government")),
    ("search, NEAR", ("search", "(government OR president) NEAR/10 (Syria OR Russia)")),
    ("search, by source alone", ("search", 'source:"Outlet 3"')),
    ("search, by expression alone", ("search", "/gov[a-z]*t/")),
    ("rules try, a file of rules", ("rules", "try", "draft/syria.toml")),
    ("rules diff, an edited alias", ("rules", "diff", "draft/syria.toml")),
)


class Row(NamedTuple):
    """One line of the table."""

    what: str
    figure: str


def real_texts() -> list[EntryText]:
    """The entries of the real feeds, if there are any."""
    found: list[EntryText] = []
    for path in sorted(Path(os.environ.get("DIGEST_CORPUS") or "/nowhere").rglob("*")):
        if not path.is_file():
            continue
        try:
            feed = parse_document(path.read_bytes(), content_type="", url="https://feed.example/")
        except Exception:  # noqa: BLE001, S112 - a document that is no feed adds nothing here
            continue
        for entry in feed.entries:
            summary, content = html_to_text(entry.summary)[:LONGEST], html_to_text(entry.content)[:LONGEST]
            tags = tuple(map(clean_line, entry.tags))
            found.append(EntryText(clean_line(html_to_text(entry.title)), summary, content, "", feed.lang, "", tags))
    return found


def invented_texts() -> list[EntryText]:
    """Entries of 400 invented words that follow one another as words do."""
    source = random.Random(7)  # noqa: S311 - the same each time, no secret
    words = ["".join(source.choices("aeioubdfgklmnprstv", k=source.randint(3, 9))) for _ in range(5_000)]
    words[40:44] = ["government", "president", "Syria", "Russia"]
    weights = [1 / (rank + 1) for rank in range(len(words))]
    return [
        EntryText(" ".join(source.choices(words, weights, k=8)), " ".join(source.choices(words, weights, k=60)))
        for _ in range(3_000)
    ]


def fill(folder: Path, texts: Sequence[EntryText], number_of: int = ENTRIES) -> None:
    """A config, the starter rules, a draft of one of them, and a store."""
    (folder / "config.toml").write_text('timezone = "UTC"\n', encoding="utf-8")
    for name in ("rules", "draft", "state"):
        (folder / name).mkdir()
    for path in _RULES.glob("*.toml"):
        (folder / "rules" / path.name).write_bytes(path.read_bytes())
    draft = (_RULES / "syria.toml").read_text(encoding="utf-8").replace('"Syria", "Syrian", ', '"Syrian", "Aleppine", ')
    (folder / "draft" / "syria.toml").write_text(draft, encoding="utf-8")
    now, source = datetime.now(UTC), random.Random(1)  # noqa: S311
    folded = [fold_entry(text) for text in texts]
    with open_store(file_url(folder / "state" / "digest.db"), migrate=True) as store:
        specs = [FeedSpec(f"https://feed{number}.example/", name=f"Outlet {number}") for number in range(FEEDS)]
        store.polls.sync_feeds(specs, default_every=timedelta(hours=1), now=now)
        with store.database.write() as (connection, seq):
            for number in range(1, number_of + 1):
                chosen = source.randrange(len(texts))
                text, seen = texts[chosen], now - timedelta(days=30) * (1 - number / number_of)
                row = {"id": number, "feed_id": 1 + chosen % FEEDS, "url": f"https://feed.example/{number}", "seq": seq}
                row |= {"title": text.title, "lang": text.lang, "published": seen, "first_seen": seen}
                connection.execute(insert(entries), row)
                more = {"entry_id": number, "summary": text.summary, "content": text.content, "tags": text.tags}
                connection.execute(
                    insert(entry_texts), {**more, "folded": folded[chosen], "fold_version": FOLD_VERSION}
                )


def command(folder: Path, words: Sequence[str], *, as_json: bool = True) -> tuple[float, float, int]:
    """CPU and wall-clock seconds of a command, start-up included, and how many lines it wrote; the best of three."""
    best = (99.0, 99.0, 0)
    for _ in range(3):
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "digest", *words, *["--json"] * as_json, "--config", str(folder / "config.toml")],
            cwd=folder,
            capture_output=True,
            check=False,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        best = min(best, (cpu, time.perf_counter() - start, done.stdout.count(b"\n")))
    return best


def _floor(folder: Path) -> float:
    """CPU seconds to read every folded text and look for a word in it."""
    start = time.process_time()
    connection = sqlite3.connect(folder / "state" / "digest.db")
    rows = connection.execute("SELECT entry_id, folded FROM entry_texts")
    found = sum(" government " in folded for _, folded in rows)
    connection.close()
    assert found
    return time.process_time() - start


def run() -> list[Row]:
    """All rows."""
    texts = real_texts() or invented_texts()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, texts)
        floor = min(_floor(folder) for _ in range(3))
        letters = sum(len(text.title) + len(text.summary) + len(text.content) for text in texts) / len(texts)
        rows = [
            Row("stored entries", f"{ENTRIES:,} of {letters:.0f} characters"),
            Row("floor: the bare driver, one word, `in`", f"{floor:.2f} s"),
        ]
        start_up, _, _ = command(folder, ("search", "nothing", "--since", "1s"))
        rows.append(Row("start-up: a search of the last second", f"{start_up:.2f} s CPU"))
        for what, words in COMMANDS:
            cpu, wall, lines = command(folder, words)
            rest = f"×{(cpu - start_up) / floor:.1f} of the floor without start-up"
            rows.append(Row(what, f"{cpu:.2f} s CPU, {wall:.2f} s, {rest}, {lines:,} lines"))
    return rows


def main() -> None:
    """Print the rows."""
    for row in run():
        print(f"{row.what:44} {row.figure}")


if __name__ == "__main__":
    main()
