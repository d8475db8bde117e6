"""The parts of an engine that runs in parts over one database: who lives, and what becomes of what the others held.

::

    take ─▶ renew, renew ... ─▶ give back
              │
              └ not renewed for `LEASE` ─▶ taken over: its place, its chats, and whatever it had in hand

A part lives as long as its lease, a row of ``leases``, by the database's own clock. It holds what it has in hand by one
name (``Database.holder``), and so does a process that is a whole engine: that needs no lease, for a lock keeps all
others away, and so what anybody else holds is held by nobody who lives.

Each write of a part looks first whether its lease is still its own (``Database.fence``). A part that was stopped, or
cut off, and wakes when another has taken its place, stores nothing any more: it begins anew, under another name and
with nothing in hand.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, delete, exists, insert, not_, or_, select, update

from digest.delivery.limits import edits_key
from digest.store.database import put_fact
from digest.store.schema import deliveries, leases, meta, sends
from digest.values.messages import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Column, ColumnElement, Connection

    from digest.store.database import Database

LEASE: Final = timedelta(seconds=15)
"""How long a part counts as alive without saying so."""
RENEW: Final = timedelta(seconds=3)
"""How often it says so, and looks for others who do not."""
_PART: Final = "part:"  # begins the name of a lease by which a part lives ...
_CHAT: Final = "chat:"  # ... and of one on a chat, which is held as long as the part that has it lives
_COMING: Final = "coming"
_CONFIG: Final = "config"
_MANY: Final = f"{_PART}%:%"  # is how the lease of a part is called of whose kind there may be many
_HOLDERS: Final = select(leases.c.holder).where(leases.c.name.startswith(_PART))
_OF_PARTS: Final = or_(leases.c.name.startswith(_PART), leases.c.name.startswith(_CHAT))


class Parts:
    """The parts that work on a store; and of this process, the part that it is."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._name = ""
        self._token = 0

    def take(self, kind: str, *, only: bool = False) -> str:
        """Become a part of a kind; empty if that went well, else who is the one there is.

        Args:
            kind: "poller".
            only: there is one of this kind at a time; the next one has a higher token.
        """
        holder = self._database.holder
        name = f"{_PART}{kind}" if only else f"{_PART}{kind}:{holder}"
        with self._database.read() as connection:  # one that waits looks often, and need not write for it
            if other := self._other(connection, name):
                return other
        with self._database.write() as (connection, _):
            if other := self._other(connection, name):
                return other
            now = self._database.backend.time(connection)
            row = connection.execute(select(leases).where(leases.c.name == name)).one_or_none()
            token = 1 if row is None else row.token + 1
            connection.execute(delete(leases).where(leases.c.name == name))
            values = {"name": name, "holder": holder, "until": now + LEASE, "token": token}
            connection.execute(insert(leases).values(values))
            _bury(connection, now)
        self._name, self._token = name, token
        self._database.fence = self._check
        return ""

    def renew(self) -> None:
        """Live on for `LEASE` from now; beside whatever else this part writes just then, in another thread.

        Raises:
            LeaseLostError: another has taken its place.
        """
        with self._database.apart() as connection:
            now = self._database.backend.time(connection)
            mine = update(leases).where(leases.c.name == self._name, leases.c.token == self._token)
            renewed = connection.execute(mine.values(until=now + LEASE)).rowcount
        if not renewed:
            raise self._database.lose(self._taken())

    def take_over(self) -> None:
        """Let go of what parts held that live no longer; whoever finds one does that for all."""
        with self._database.read() as connection:
            dead = _one_of_many(self._database.backend.time(connection))
            if connection.execute(select(leases.c.name).where(dead)).first() is None:
                return
        with self._database.write() as (connection, _):
            _bury(connection, self._database.backend.time(connection))

    def give_back(self) -> None:
        """End in good order: others need not wait."""
        if not self._name:
            return
        with self._database.write() as (connection, _):
            mine = leases.c.holder == self._database.holder, _OF_PARTS
            connection.execute(update(leases).where(*mine).values(until=self._database.backend.time(connection)))
            connection.execute(delete(leases).where(*mine, leases.c.name.like(_MANY) | leases.c.name.startswith(_CHAT)))
        self._name = ""
        self._database.fence = lambda _: None

    def expect(self, coming: Sequence[datetime]) -> None:
        """Let those who send know that much is coming in, and until when at most: see `Coming`; or that all came."""
        with self._database.write() as (connection, _):
            put_fact(connection, _COMING, json.dumps([each.isoformat() for each in coming]))

    def tell_config(self, marks: Mapping[str, str]) -> None:
        """Let the other parts know what the clock goes by."""
        with self._database.write() as (connection, _):
            put_fact(connection, _CONFIG, json.dumps(marks))

    def told_config(self) -> Mapping[str, str]:
        """What it goes by, by its own word; empty where there was no clock yet."""
        with self._database.read() as connection:
            found = connection.execute(select(meta.c.value).where(meta.c.key == _CONFIG)).scalar_one_or_none()
        return dict(json.loads(found or "{}"))

    def expected(self) -> tuple[datetime, ...]:
        """What was last said so."""
        with self._database.read() as connection:
            found = connection.execute(select(meta.c.value).where(meta.c.key == _COMING)).scalar_one_or_none()
        return tuple(map(datetime.fromisoformat, json.loads(found or "[]")))

    def at_work(self) -> Mapping[str, Sequence[str]]:
        """The parts there are, by their kind: each by its host and process."""
        found = defaultdict(list)
        with self._database.read() as connection:
            living = leases.c.name.startswith(_PART), leases.c.until > self._database.backend.time(connection)
            for row in connection.execute(
                select(leases.c.name, leases.c.holder).where(*living).order_by(leases.c.name)
            ):
                host, pid, _ = row.holder.rsplit(":", 2)
                found[_kind(row.name)].append(f"{host} (pid {pid})")
        return found

    def living(self, kind: str) -> int:
        """How many parts of a kind there are."""
        with self._database.read() as connection:
            now = self._database.backend.time(connection)
            return _living(connection, kind, now)

    def _other(self, connection: Connection, name: str) -> str:
        """Who else has a lease and lives."""
        living = leases.c.until > self._database.backend.time(connection)
        query = select(leases.c.holder).where(leases.c.name == name, leases.c.holder != self._database.holder, living)
        return connection.execute(query).scalar_one_or_none() or ""

    # --- chats -------------------------------------------------------------------------------------------------------

    def share_chats(self, kind: str, wanted: Collection[str]) -> tuple[set[str], set[str]]:
        """Divide chats among the parts of a kind that live, so that each is served by one and none has many more.

        Returns those that are this one's, what it took now included, and those of them that it is to let go of.
        """
        with self._database.read() as connection:
            held = self._held(connection, wanted)
            now = self._database.backend.time(connection)
            share = -(-len(wanted) // max(1, _living(connection, kind, now)))
            dead = connection.execute(select(leases.c.name).where(_one_of_many(now))).first()
        mine = {chat for chat, holder in held.items() if holder == self._database.holder}
        free = sorted({*wanted} - held.keys())
        if len(mine) >= share or (not free and dead is None):
            return mine, {*sorted(mine)[share:]}
        with self._database.write() as (connection, _):
            now = self._database.backend.time(connection)
            _bury(connection, now)
            free = sorted({*wanted} - self._held(connection, wanted).keys())[: share - len(mine)]
            rows = [{"name": f"{_CHAT}{chat}", "holder": self._database.holder, "until": now + LEASE} for chat in free]
            if rows:
                connection.execute(insert(leases), rows)
        return mine | {*free}, set()

    def let_go(self, chat: str) -> bool:
        """Let another have a chat, once nothing that this one sent there waits for its answer; whether that is so."""
        holder = self._database.holder
        with self._database.write() as (connection, _):
            sending = exists().where(deliveries.c.state == DeliveryState.SENDING, deliveries.c.place == chat)
            asked = exists().where(sends.c.chat.in_((chat, edits_key(chat))), not_(sends.c.done))
            busy = or_(sending.where(deliveries.c.holder == holder), asked.where(sends.c.holder == holder))
            if connection.execute(select(busy)).scalar_one():
                return False
            connection.execute(delete(leases).where(leases.c.name == f"{_CHAT}{chat}", leases.c.holder == holder))
            return True

    @staticmethod
    def _held(connection: Connection, wanted: Collection[str]) -> dict[str, str]:
        """Who has which of these chats."""
        rows = connection.execute(select(leases.c.name, leases.c.holder).where(leases.c.name.startswith(_CHAT)))
        found = {row.name.removeprefix(_CHAT): row.holder for row in rows}
        return {chat: found[chat] for chat in wanted if chat in found}

    # --- the fence ---------------------------------------------------------------------------------------------------

    def _check(self, connection: Connection) -> None:
        """Inside a transaction that writes: the lease is still this one's, and stays so until the commit.

        It is renewed meanwhile, and yet nobody takes it over.
        """
        mine = select(leases.c.token).where(leases.c.name == self._name).with_for_update(read=True, key_share=True)
        if connection.execute(mine).scalar_one_or_none() != self._token:
            raise self._database.lose(self._taken())

    def _taken(self) -> str:
        silent = f"this {_kind(self._name)} gave no sign of life for {LEASE.seconds} s"
        return f"{silent}, and others have taken over what it had in hand"


def held_by_none(column: Column[str], database: Database) -> ColumnElement[bool]:
    """Whether, by what a row says of its holder, nobody has it in hand who lives, unless this process had it."""
    return or_(column.is_(None), column == database.holder, column.not_in(_HOLDERS))


def clear_parts(connection: Connection, database: Database) -> None:
    """A whole engine begins: its lock says that there are no parts any more, and what they told each other is void."""
    if not database.backend.shared:
        connection.execute(delete(leases).where(_OF_PARTS))
        connection.execute(delete(meta).where(meta.c.key.in_((_COMING, _CONFIG))))


def _kind(name: str) -> str:
    """Of a part, by the name of its lease."""
    return name.removeprefix(_PART).partition(":")[0]


def _living(connection: Connection, kind: str, now: datetime) -> int:
    of_kind = or_(leases.c.name == f"{_PART}{kind}", leases.c.name.startswith(f"{_PART}{kind}:"))
    return len(connection.execute(select(leases.c.name).where(of_kind, leases.c.until > now)).all())


def _one_of_many(now: datetime) -> ColumnElement[bool]:
    """Whether a lease is of a part that lives no longer, and is not the only one of its kind: that is replaced."""
    return and_(leases.c.name.like(_MANY), leases.c.until <= now)


def _bury(connection: Connection, now: datetime) -> None:
    """Let go of all leases of parts that live no longer: what they held is held by nobody."""
    connection.execute(delete(leases).where(_one_of_many(now)))
    connection.execute(delete(leases).where(leases.c.name.startswith(_CHAT), leases.c.holder.not_in(_HOLDERS)))
