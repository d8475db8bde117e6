"""The store: all that Digest knows, by job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from digest.store import times
from digest.store.channels import Channels
from digest.store.conditions import Conditions, SignReads
from digest.store.digests import Digests
from digest.store.engine import EngineRow, Leases, Requests
from digest.store.entries import Archive
from digest.store.feeds import Polls
from digest.store.outbox import Outbox
from digest.store.people import Changes, Mutes
from digest.store.queue import Queue
from digest.store.reads import Reads
from digest.store.rules import Rules
from digest.store.sends import Sends
from digest.store.strangers import BotChats, Strangers
from digest.store.upkeep import Upkeep

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from types import TracebackType

    from digest.store.database import Database


class Store:
    """An open store, made by ``open_store``; each part of it is one job.

    Its methods are synchronous, each is one transaction, and any thread of any process may call them. Every one of
    them may raise ``StoreError`` in plain words: the disk is full, another process keeps the file busy, it is damaged.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.polls = Polls(database)
        self.channels = Channels(database)
        self.outbox = Outbox(database)
        self.sends = Sends(database)
        self.queue = Queue(database, self.sends)
        self.digests = Digests(database)
        self.rules = Rules(database)
        self.reads = Reads(database)
        self.requests = Requests(database)
        self.engine = EngineRow(database)
        self.mutes = Mutes(database)
        self.changes = Changes(database)
        self.strangers = Strangers(database)
        self.bot_chats = BotChats(database)
        self.leases = Leases(database)
        self.conditions = Conditions(database)
        self.signs = SignReads(database)
        self.upkeep = Upkeep(database)

    def archive(self, since: datetime | None = None) -> Archive:
        """The entries first seen then or later (all, without) for searches of the past."""
        return Archive(self.database, since)

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
        with self.database.write() as (connection, seq):
            return times.let_go(connection, now, seq)

    def set_right(self, now: datetime) -> Mapping[str, int]:
        """Let nothing lie in the future any more, for the clock was ahead; how many rows did, by table."""
        with self.database.write() as (connection, seq):
            return times.set_right(connection, now, seq)

    def close(self) -> None:
        """Let go of the file."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
