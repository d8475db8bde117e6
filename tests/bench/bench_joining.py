"""What it costs to store what polls bring and let it join stories, with so many reports in the window.

CPU of whole transactions on disk, an entry at a time: one that a rule found and that alerts (``commit_polls``), one
that joins a told story, and one that no rule found (``commit_stories``, fifty at a time). Each size of the window runs
in a process of its own; the first entries, which import and read the window, are not counted but named.
"""

from __future__ import annotations

import cProfile
import pstats
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Final

from digest.delivery.decide import Policy, decide
from digest.store import file_url
from digest.values.news import FeedUpdate, Hit, Identity, Match, NewEntry, PollResult, Severity
from digest.values.settings import ChannelSpec, FeedSpec, Telegram
from tests.bench.invented import Newsroom
from tests.fakes.stores import new_store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from digest.store import Store
    from digest.values.news import EntryText

SIZES: Final = (0, 5_000, 20_000)
MEASURED: Final = 200
TEXT: Final = 280
_FEEDS: Final = 20
_AT_ONCE: Final = 50
NOW: Final = datetime(2026, 11, 24, 6, tzinfo=UTC)
MINUTE: Final = timedelta(minutes=1)
_DESK: Final = ChannelSpec("desk", Telegram("@desk"))
_DECIDE: Final = partial(decide, Policy(timedelta(days=30), [_DESK]))


def made_of(number: int, text: EntryText, *, matched: bool) -> NewEntry:
    """A new entry with this text."""
    key = blake2b(str(number).encode(), digest_size=16).digest()
    match = Match("rule", Severity.NORMAL, (Hit("title", 0, 5, text.title[:5], text.title[:5]),))
    found = ((match, (text.summary[:200],)),) if matched else ()
    return NewEntry(Identity(key, key, key), f"https://one.example/{number}", text, None, text.title, 1, matches=found)


def commit(store: Store, made: Sequence[NewEntry], now: datetime, feed: int = 1) -> list[int]:
    """Store what one poll brought."""
    update = FeedUpdate(feed, now, ok=True, next_due=now + MINUTE, interval=MINUTE, failures=0)
    return store.polls.commit_polls([PollResult(update, tuple(made))], now, _DECIDE)


def make_ready(store: Store, texts: Sequence[EntryText]) -> None:
    """Feeds, a channel, and a window that holds these."""
    specs = [FeedSpec(f"https://outlet{number}.example/rss", lang="en") for number in range(_FEEDS)]
    store.polls.sync_feeds(specs, default_every=MINUTE, now=NOW)
    store.channels.sync([_DESK], {}, NOW)
    for start in range(0, len(texts), 1_000):
        some = texts[start : start + 1_000]
        commit(store, [made_of(start + at, text, matched=False) for at, text in enumerate(some)], NOW)
        while store.polls.commit_stories(1_000, NOW, _DECIDE):
            pass


def _timed(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1_000


def _run(size: int, *, profiled: bool) -> None:
    """Measure with so many in the window, and print the figures."""
    texts = Newsroom().entries(size + 4 * MEASURED, TEXT)
    with tempfile.TemporaryDirectory() as folder, new_store(file_url(Path(folder) / "digest.db")) as store:
        make_ready(store, texts[:size])
        fresh = texts[size:]
        number = iter(range(size, 10**9))
        one = [[made_of(next(number), text, matched=True)] for text in fresh[:MEASURED]]
        # The same news in other words: the last words are new.
        known = [
            [made_of(next(number), replace(text, title=f"{text.title} again"), matched=True)]
            for text in fresh[:MEASURED]
        ]
        bundled = [made_of(next(number), text, matched=True) for text in fresh[MEASURED : 2 * MEASURED]]
        quiet = [made_of(next(number), text, matched=False) for text in fresh[2 * MEASURED : 3 * MEASURED]]
        first = _timed(lambda: commit(store, [made_of(next(number), fresh[-1], matched=True)], NOW))
        profile = cProfile.Profile()
        if profiled:
            profile.enable()
        alerting = [_timed(partial(commit, store, made, NOW + MINUTE)) for made in one]
        joining = [_timed(partial(commit, store, made, NOW + 2 * MINUTE, 2)) for made in known]
        ten = [
            _timed(partial(commit, store, bundled[at : at + 10], NOW + 3 * MINUTE, 3)) / 10
            for at in range(0, MEASURED, 10)
        ]
        commit(store, quiet, NOW + 4 * MINUTE, 4)
        idle = [
            _timed(lambda: store.polls.commit_stories(_AT_ONCE, NOW + 4 * MINUTE, _DECIDE)) / _AT_ONCE
            for _ in range(MEASURED // _AT_ONCE)
        ]
        if profiled:
            profile.disable()
            pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(40)
            pstats.Stats(profile, stream=sys.stderr).sort_stats("cumtime").print_stats("digest/", 60)
        print(*(statistics.median(some) for some in (alerting, joining, ten, idle)), first)


def main() -> None:
    """Print the figures."""
    if len(sys.argv) >= 3 and sys.argv[1] in {"--size", "--profile"}:
        _run(int(sys.argv[2]), profiled=sys.argv[1] == "--profile")
        return
    print("CPU of an entry: found and alerting, found in a told story, ten found at once, found by none; and the first")
    for size in SIZES:
        command = [sys.executable, "-m", "tests.bench.bench_joining", "--size", str(size)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        alone, joined, ten, idle, first = map(float, done.stdout.split())
        print(
            f"{size:6,} in the window: {alone:.2f}, {joined:.2f}, {ten:.2f}, {idle:.2f} ms; the first {first:,.0f} ms"
        )


if __name__ == "__main__":
    main()
