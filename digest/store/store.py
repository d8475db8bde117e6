"""The store: all that Digest knows, by job, and the way in.

Is the database there, is it ours, is it of this version: only the engine makes or migrates it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Self

from digest.errors import NoStoreError, StoreError
from digest.store.backend import PATIENCE, none_yet
from digest.store.database import Database, give_mark
from digest.store.migrations import COPYING, HEAD, KNOWN, revision, upgrade
from digest.store.sqlite import SqliteFile, file_of
from digest.values.databases import SQLITE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from types import TracebackType

    from sqlalchemy import Connection

    from digest.store.articles import Articles
    from digest.store.backend import Backend
    from digest.store.channels import Channels
    from digest.store.conditions import Conditions, SignReads
    from digest.store.digests import Digests
    from digest.store.duty import Duty
    from digest.store.edits import Edits
    from digest.store.engine import EngineRow, Leases, Requests
    from digest.store.entries import Archive, Chosen
    from digest.store.evidence import Evidence
    from digest.store.feeds import Polls
    from digest.store.grouping import Grouping
    from digest.store.jobs import Jobs
    from digest.store.learning import Learning
    from digest.store.outbox import Outbox
    from digest.store.parts import Parts
    from digest.store.people import Changes, Mutes
    from digest.store.queue import Queue
    from digest.store.reads import Reads
    from digest.store.rules import Rules
    from digest.store.sends import Sends
    from digest.store.stars import Stars
    from digest.store.strangers import BotChats, Strangers
    from digest.store.subscriptions import Subscriptions
    from digest.store.upkeep import Upkeep

_PARTS: Final = {
    "grouping": "grouping.Grouping",
    "polls": "feeds.Polls grouping",
    "subscriptions": "subscriptions.Subscriptions",
    "channels": "channels.Channels",
    "outbox": "outbox.Outbox",
    "sends": "sends.Sends",
    "queue": "queue.Queue sends",
    "edits": "edits.Edits sends",
    "digests": "digests.Digests",
    "articles": "articles.Articles",
    "evidence": "evidence.Evidence",
    "rules": "rules.Rules",
    "learning": "learning.Learning",
    "reads": "reads.Reads",
    "requests": "engine.Requests",
    "engine": "engine.EngineRow",
    "stars": "stars.Stars",
    "mutes": "people.Mutes",
    "changes": "people.Changes",
    "duty": "duty.Duty",
    "strangers": "strangers.Strangers",
    "bot_chats": "strangers.BotChats",
    "leases": "engine.Leases",
    "parts": "parts.Parts",
    "jobs": "jobs.Jobs",
    "conditions": "conditions.Conditions",
    "signs": "conditions.SignReads",
    "upkeep": "upkeep.Upkeep",
}
"""Where each part is, and the parts that it is made with: what is never asked for is never imported."""


class Store:
    """An open store, made by ``open_store``; each part of it is one job.

    Its methods are synchronous, each is one transaction, and any thread of any process may call them. Every one of
    them may raise ``StoreError`` in plain words: the disk is full, another process keeps the file busy, it is damaged.
    """

    grouping: Grouping
    polls: Polls
    subscriptions: Subscriptions
    channels: Channels
    outbox: Outbox
    sends: Sends
    queue: Queue
    edits: Edits
    digests: Digests
    articles: Articles
    evidence: Evidence
    rules: Rules
    learning: Learning
    reads: Reads
    requests: Requests
    engine: EngineRow
    stars: Stars
    mutes: Mutes
    changes: Changes
    duty: Duty
    strangers: Strangers
    bot_chats: BotChats
    leases: Leases
    parts: Parts
    jobs: Jobs
    conditions: Conditions
    signs: SignReads
    upkeep: Upkeep

    def __init__(self, database: Database) -> None:
        self.database = database
        database.on_loss = self._lost

    if not TYPE_CHECKING:  # else no misspelt name would be found

        def __getattr__(self, name: str) -> Any:
            """The part of this name, made when it is first asked for: all threads have the same one."""
            if name not in _PARTS:
                raise AttributeError(name)
            where, *needs = _PARTS[name].split()
            module, kind = where.split(".")
            made = getattr(import_module(f"digest.store.{module}"), kind)
            return self.__dict__.setdefault(name, made(self.database, *(getattr(self, need) for need in needs)))

    def archive(self, since: datetime | None = None) -> Archive:
        """The entries first seen then or later (all, without) for searches of the past."""
        from digest.store.entries import Archive

        return Archive(self.database, since)

    def chosen(self, ids: Sequence[int]) -> Chosen:
        """These entries, for searches of the past."""
        from digest.store.entries import Chosen

        return Chosen(self.database, ids)

    def data_version(self) -> int:
        """The doorbell: it changes whenever anyone has committed, this process included."""
        return self.database.data_version()

    def mark(self) -> str:
        """What tells this database from one that stood in its place before or after it: a few letters and digits."""
        return self.database.mark()

    def seq(self) -> int:
        """The news: the number of the last transaction that wrote; rows that it touched carry it."""
        return self.database.seq()

    def let_go(self, now: datetime) -> Mapping[str, int]:
        """Let what was put off by a clock that may have been ahead be done now; how many rows, by table."""
        from digest.store import times

        with self.database.write() as (connection, seq):
            return times.let_go(connection, self.database.backend.latest(connection, now), seq)

    def set_right(self, now: datetime) -> Mapping[str, int]:
        """Let nothing lie in the future any more, for the clock was ahead; how many rows did, by table."""
        from digest.store import times

        with self.database.write() as (connection, seq):
            changed = times.set_right(connection, self.database.backend.latest(connection, now), seq)
        if changed.get("story_window"):
            self.grouping.forget()
        return changed

    def _lost(self, connection: Connection, now: datetime, seq: int) -> None:
        """What was written last is gone: what may have been sent says so, and what is known of stories is read anew."""
        from digest.store.engine import doubt

        doubt(connection, now, seq)
        self.grouping.forget()

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_store(url: str, *, migrate: bool = False, part: bool = False, patience: float = PATIENCE) -> Store:
    """The store behind a database URL.

    Args:
        url: ``sqlite:///…``, ``sqlite.file_url`` makes one of a path; or ``postgresql://…``.
        migrate: make the database when it is absent, and bring an older one up to date. Only for the process that
            holds the engine's lock.
        part: with ``migrate``: for a part of an engine, beside which others may work; see ``store.parts``.
        patience: seconds that a write waits for another process's.

    Raises:
        NoStoreError: there is none yet.
        EngineElsewhereError: with ``migrate``: another engine works on a database on a server.
        StoreError: it is of another version, not Digest's, or cannot be opened; with what to do about it.
    """
    backend = backend_of(url)
    backend.shared = part
    if not backend.exists():
        if not migrate:
            raise NoStoreError(none_yet(backend.name))
        backend.make(fill)
    database = Database(backend, patience=patience, keeps=migrate)
    try:
        if migrate:
            _bring_up_to_date(database)
        else:
            _check(database)
        database.opened()
    except BaseException:
        database.close()
        raise
    return Store(database)


def backend_of(url: str) -> Backend:
    """The kind of database that a URL names, and which one.

    Raises:
        StoreError: none of those that Digest knows.
    """
    if url.startswith(SQLITE):
        return SqliteFile(file_of(url))
    from digest.store.postgres import PostgresServer

    return PostgresServer(url)


def fill(backend: Backend) -> None:
    """Make the tables of a database that is just being made."""
    database = Database(backend)
    try:
        _bring_up_to_date(database)
    finally:
        database.close()


def _check(database: Database) -> None:
    with database.read() as connection:
        found = revision(connection)
    if found == HEAD:
        return
    if found is None:
        raise database.backend.without_tables()
    if found in KNOWN:
        raise StoreError(f"the database {database.name} is of an older version of Digest: digest db migrate updates it")
    raise _newer(database, found)


def _bring_up_to_date(database: Database) -> None:
    with database.migrate() as connection:
        found = revision(connection)
        if found is None:
            database.backend.make_tables(connection)
        elif found not in KNOWN:
            raise _newer(database, found)
        elif found != HEAD:
            upgrade(connection)
        give_mark(connection)


def _newer(database: Database, found: str) -> StoreError:
    if found == COPYING:
        return StoreError(
            f"{database.name} is a copy that was not finished: digest db copy, or restore, goes on with it"
        )
    return StoreError(f"the database {database.name} was made by a newer version of Digest: update this one")
