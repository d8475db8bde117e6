"""A store in which rules have something to learn: reports as a desk's rules find them, put into stories by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import insert, update

from digest.config import load_config
from digest.delivery.decide import Policy, decide
from digest.match import FOLD_VERSION, RuleSet, fold_entry, load_rules
from digest.store.schema import entries, stars
from digest.values.news import EntryText, FeedUpdate, Identity, NewEntry, PollResult
from tests.fakes.stores import new_store

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from digest.store import Store

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)


class LearningDesk:
    """A store that is filled report by report.

    Args:
        store: new, with the feeds of its config.
        folder: with the rules folder in it.
    """

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        texts = {path.name: path.read_text(encoding="utf-8") for path in sorted((folder / "rules").glob("*.toml"))}
        self._rules = RuleSet(load_rules(texts).rules)
        self._feeds = [feed.id for feed in store.polls.all_feeds()]
        self._count = 0

    def brings(self, title: str, summary: str = "", lang: str = "en", *, came: datetime = NOW) -> int:
        """A feed, each time the next one, brings a report; its id. It is in a story of its own."""
        self._count += 1
        text = EntryText(title, summary, lang=lang)
        entry = NewEntry(
            Identity(*(f"{kind}{self._count}".encode().ljust(16) for kind in "klt")),
            f"https://outlet{self._count}.example/{self._count}",
            text,
            None,
            fold_entry(text),
            FOLD_VERSION,
            matches=tuple((match, ()) for match in self._rules.match_entry(text)),
        )
        feed = self._feeds[self._count % len(self._feeds)]
        update_ = FeedUpdate(feed, came, ok=True, next_due=came, interval=DAY, failures=0)
        deciding = partial(decide, Policy(30 * DAY, []))
        (new,) = self.store.polls.commit_polls([PollResult(update_, (entry,))], came, deciding)
        self.store.polls.commit_stories(10, came, deciding)
        return new

    def one_story(self, first: int, *others: int) -> None:
        """Let the stories of these reports be one."""
        for other in others:
            reports = [self.store.reads.entry(str(entry)) for entry in (first, other)]
            into, moved = (0 if report is None else report.story or 0 for report in reports)
            if into != moved:
                self.store.grouping.merge(into, moved, NOW)

    def read(self, *ids: int) -> None:
        """Somebody opens these."""
        with self.store.database.write() as (connection, _):
            connection.execute(update(entries).where(entries.c.id.in_(ids)).values(read_at=NOW))

    def star(self, entry: int) -> None:
        """Somebody picks this."""
        with self.store.database.write() as (connection, seq):
            connection.execute(insert(stars).values(entry_id=entry, at=NOW, seq=seq))


def learning_desk(folder: Path) -> AbstractContextManager[Store]:
    """The new store of a folder with a config, its feeds in it."""
    config = load_config(folder / "config.toml")
    config.state.mkdir(exist_ok=True)
    store = new_store(config.database)
    store.polls.sync_feeds(config.feeds, default_every=DAY, now=NOW)
    return store
