"""What a commit costs on PostgreSQL, beside SQLite: one new entry that no rule found, and one that alerts.

Both keep what they are told through a loss of power (SQLite ``synchronous = FULL``, the server as it is installed), on
the same disk, and are measured by turns. Time counts, not CPU: of a server most is spent elsewhere.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

from digest.store import file_url, open_store
from tests.bench.bench_joining import MINUTE, NOW, TEXT, commit, made_of, make_ready
from tests.bench.invented import Newsroom
from tests.fakes.postgres import MISSING, Cluster, available
from tests.fakes.stores import new_store

if TYPE_CHECKING:
    from digest.store import Store
    from digest.values.news import EntryText

_MEASURED: Final = 300
_WARM: Final = 30  # the first commits make statements, and read what joins stories


def _timed(store: Store, number: int, text: EntryText, *, matched: bool) -> float:
    """Milliseconds until an entry is stored."""
    made = [made_of(number, text, matched=matched)]
    start = time.perf_counter()
    commit(store, made, NOW + MINUTE)
    return (time.perf_counter() - start) * 1_000


def main() -> None:
    """Print the figures."""
    if not available():
        print(MISSING)
        return
    texts = Newsroom().entries(_WARM + _MEASURED, TEXT)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as opened:
        server = Cluster(safe=True)
        opened.callback(server.remove)
        stores = [
            opened.enter_context(new_store(file_url(Path(folder) / "digest.db"))),
            opened.enter_context(open_store(server.url(server.create()), migrate=True)),
        ]
        for store in stores:
            make_ready(store, [])
        for matched, words in ((False, "found by none"), (True, "that alerts")):
            took: list[list[float]] = [[], []]
            for at, text in enumerate(texts):
                for store, times in zip(stores, took, strict=True):
                    times.append(_timed(store, at + (len(texts) if matched else 0), text, matched=matched))
            sqlite, postgres = (statistics.median(times[_WARM:]) for times in took)
            print(
                f"one entry {words}: {sqlite:.2f} ms on SQLite, {postgres:.2f} on PostgreSQL, {postgres / sqlite:.2f} x"
            )


if __name__ == "__main__":
    main()
