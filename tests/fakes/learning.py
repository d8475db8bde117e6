"""A store in which rules have something to learn: reports as a desk's rules find them, put into stories by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, update

from digest.config import load_config
from digest.match import FOLD_VERSION, RuleSet, fold_entry, load_rules
from digest.store.schema import entries, stars, stories
from digest.values.news import EntryText, FeedUpdate, Identity, JudgedMatch, NewEntry, Outcome, PollResult
from tests.fakes.seeding import commit, seed
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

    def brings(
        self,
        title: str,
        summary: str = "",
        lang: str = "en",
        *,
        story: int | None = None,
        came: datetime = NOW,
        source: str = "",
    ) -> int:
        """A feed, each time the next one, brings a report, on which each rule that finds it alerts; its id.

        It is in the story of that id, or in one of its own.
        """
        self._count += 1
        text = EntryText(title, summary, lang=lang, source=source)
        found = self._rules.match_entry(text)
        entry = NewEntry(
            Identity(*(f"{kind}{self._count}".encode().ljust(16) for kind in "klt")),
            f"https://outlet{self._count}.example/{self._count}",
            text,
            None,
            fold_entry(text),
            FOLD_VERSION,
        )
        seeded = seed(entry, [JudgedMatch(match, Outcome.ALERT) for match in found])
        feed = self._feeds[self._count % len(self._feeds)]
        polled = FeedUpdate(feed, came, ok=True, next_due=came, interval=DAY, failures=0)
        (new,) = commit(self.store, [PollResult(polled, (seeded,))], came)
        self._put_into_story(new, story, came)
        return new

    def _put_into_story(self, entry: int, story: int | None, came: datetime) -> None:
        with self.store.database.write() as (connection, seq):
            connection.execute(delete(stories).where(stories.c.id == entry))
            if story is None:
                connection.execute(insert(stories).values(id=entry, created=came, updated=came, seq=seq))
            connection.execute(update(entries).where(entries.c.id == entry).values(story_id=story or entry))

    def follow(self, story: int) -> None:
        """Somebody follows this story."""
        with self.store.database.write() as (connection, _):
            connection.execute(update(stories).where(stories.c.id == story).values(followed=NOW))

    def read(self, *ids: int) -> None:
        """Somebody opens these."""
        with self.store.database.write() as (connection, _):
            connection.execute(update(entries).where(entries.c.id.in_(ids)).values(read_at=NOW))

    def star(self, entry: int) -> None:
        """Somebody picks this."""
        with self.store.database.write() as (connection, seq):
            connection.execute(insert(stars).values(entry_id=entry, at=NOW, seq=seq))

    def star_story(self, story: int) -> None:
        """Somebody picks this story."""
        with self.store.database.write() as (connection, seq):
            connection.execute(insert(stars).values(story_id=story, at=NOW, seq=seq))


def learning_desk(folder: Path) -> AbstractContextManager[Store]:
    """The new store of a folder with a config, its feeds in it."""
    config = load_config(folder / "config.toml")
    config.state.mkdir(exist_ok=True)
    store = new_store(config.database)
    store.polls.sync_feeds(config.feeds, default_every=DAY, now=NOW)
    return store
