"""The rule editor's preview over 20,000 stored entries: CPU of a look at an edit, beside a pass over the folded texts.

The budget is 300 ms from the pause in typing to the answer; the pause itself is 100 ms.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from digest.match import current_fold
from digest.rulebook.preview import KeptEntries, Preview
from digest.store import file_url, open_store
from tests.bench.bench_backtest import fill, invented_texts, real_texts

if TYPE_CHECKING:
    from collections.abc import Callable

ENTRIES = 20_000
_FILE = "syria.toml"
_RULES = Path(__file__).parents[2] / "rules"


class Row(NamedTuple):
    """One line of the table."""

    what: str
    figure: str


def _cpu(work: Callable[[], object]) -> float:
    """Milliseconds, the best of five."""
    best = 1e9
    for _ in range(5):
        start = time.process_time()
        work()
        best = min(best, (time.process_time() - start) * 1000)
    return best


def run() -> list[Row]:
    """All rows."""
    live = {path.name: path.read_text(encoding="utf-8") for path in _RULES.glob("*.toml")}
    text = live[_FILE]
    edits = {
        "a word is added to an alias": text.replace('"Syria"', '"Syria", "Turkey", "president"', 1),
        "a word is excluded": text.replace('none  = ["title:football"', 'none  = ["government", "title:football"', 1),
        "a mistake": text.replace("[[rule]]", "[[rulle]]", 1),
        "nothing is changed": text,
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, real_texts() or invented_texts(), ENTRIES)
        with open_store(file_url(folder / "state" / "digest.db")) as store:
            start = time.process_time()
            entries = store.archive().newest(ENTRIES)
            read = (time.process_time() - start) * 1000
    kept = KeptEntries(entries, lambda: False)
    preview = Preview(live, _FILE, kept, ZoneInfo("Asia/Seoul"))
    floor = _cpu(lambda: sum(" government " in (current_fold(entry) or "") for entry in kept.all))
    rows = [
        Row("entries read once, when the editor opens", f"{read:.0f} ms"),
        Row("floor: one word, `in`", f"{floor:.1f} ms"),
    ]
    for what, edited in edits.items():
        spent = _cpu(lambda edited=edited: preview.of(edited, "syria"))  # type: ignore[misc]  # bound now
        rows.append(Row(what, f"{spent:.0f} ms, {spent / floor:.0f} x the floor"))
    return rows


def main() -> None:
    """Print the table."""
    for row in run():
        print(f"{row.what:50}{row.figure}")


if __name__ == "__main__":
    main()
