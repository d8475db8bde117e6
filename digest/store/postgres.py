"""All that is PostgreSQL's alone: how it is reached, how it says that something changed, what its errors mean.

One engine only: its connection for writing holds an advisory lock of the server, which lets go of it by itself when the
connection ends. So nothing that an engine writes is committed without the lock, and a lease and its clocks are not
needed: after a break the next write has to take the lock anew, and finds out if another engine was quicker. The parts
of an engine that runs in parts share the lock; among each other they go by leases (``store.parts``).

Texts: the tables compare and sort them by code points whatever the server's locale is, as SQLite does. A NUL character,
which PostgreSQL refuses, is stored as U+FFFD.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import socket
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from digest.errors import DigestError, EngineElsewhereError, NoStoreError, StoreError
from digest.store.backend import Backend, dump_json, none_yet
from digest.values.databases import DRIVER_MISSING, fault, masked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import psycopg
    from sqlalchemy import Connection, Engine, MetaData
    from sqlalchemy.engine import URL
    from sqlalchemy.sql.dml import ReturningUpdate

    from digest.store.damage import Damage

_BELL: Final = "digest"  # the channel on which each commit is notified
_LOCK: Final = int.from_bytes(b"digest", "big")  # of the one engine; such locks are the database's own
_SURE: Final = 5.0  # seconds after which the number is read again: a pooler between may swallow notifications
_NUL, _IN_ITS_PLACE = "\0", "\ufffd"

# A machine that vanishes is noticed within a minute, by both sides, and its lock is free; so is one that stops in the
# middle of a write.
_KEPT_ALIVE: Final = {
    "keepalives_idle": 20,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 50_000,
}
_STOPPED: Final = 60  # seconds for which a write may stand still ...
_STOPPED_PART: Final = 20  # ... and that of a part, whose place others take by then, and for which all of them wait
_CLOCKS_DIFFER: Final = timedelta(minutes=1)
"""By which the clock of a part's machine may be ahead of the server's."""
_SETTINGS: Final = (
    "SET client_encoding = 'UTF8'; SET tcp_keepalives_idle = 20; SET tcp_keepalives_interval = 10;"
    " SET tcp_keepalives_count = 3; SET tcp_user_timeout = 50000; SET lock_timeout = {patience}"
)
# And what was committed survives a power cut, even where the server's default is a faster one.
_OF_WRITERS: Final = (
    "SET idle_in_transaction_session_timeout = '{stopped}s';"
    " SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
)


class PostgresServer(Backend):
    """A database on a server.

    Args:
        url: ``postgresql://USER@HOST:PORT/NAME``; what it does not say, libpq's variables and ``~/.pgpass`` do.

    Raises:
        StoreError: it is no such URL, or the driver is not installed.
    """

    def __init__(self, url: str) -> None:
        self.name = masked(url)
        self.shell = "psql"
        if wrong := fault(url):
            raise StoreError(f"the database {self.name} cannot be used: {wrong}")
        try:
            import psycopg
        except ImportError as error:
            raise StoreError(DRIVER_MISSING) from error
        from sqlalchemy.engine import make_url

        self._psycopg = psycopg
        self._url: URL = make_url(url).set(drivername="postgresql+psycopg")
        self._whose = f"digest, pid {os.getpid()} on {socket.gethostname()[:30]} ({secrets.token_hex(3)})"
        self._patience = 0.0
        self._keeps = False
        self._engines: tuple[Engine, ...] = ()
        self._held = False
        self._lost = ""
        self._bell: psycopg.Connection[Any] | None = None
        self._listens = False
        self._heard = 0
        self._sure_until = 0.0

    def exists(self) -> bool:
        """Asked when it is opened."""
        return True

    def make(self, fill: Callable[[Backend], None]) -> None:
        """Whoever runs the server makes the database; an empty one gets its tables when it is opened."""
        raise NotImplementedError

    def make_tables(self, connection: Connection) -> None:
        """Make them as they are at the newest version, with the first facts."""
        from digest.store.migrations import make

        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
        if encoding != "UTF8":
            words = f"the database {self.name} has the encoding {encoding}: make it with createdb -E UTF8 -T template0"
            raise StoreError(words)
        make(connection, tables())
        make_job_tables(connection)

    def without_tables(self) -> StoreError:
        """The engine has not been there yet."""
        return NoStoreError(none_yet(self.name))

    def engines(self, patience: float, *, keeps: bool) -> tuple[Engine, Engine]:
        """For reading, in one view and nothing else; and for writing: with ``keeps`` few, which hold the lock."""
        from sqlalchemy import create_engine, event
        from sqlalchemy.dialects.postgresql import insert

        self._patience, self._keeps = patience, keeps
        settings: dict[str, Any] = {
            "json_serializer": dump_json,
            "hide_parameters": True,  # what is stored may be secret, and errors are logged
            "execution_options": {"insert": insert},
            "use_native_hstore": False,
        }
        # Of a part there is one more, by which it says that it lives, whatever it writes by the other.
        few = {"pool_size": 2 if self.shared else 1, "max_overflow": 0, "pool_timeout": patience} if keeps else {}
        reads, writes = create_engine(self._url, **settings), create_engine(self._url, **settings, **few)
        event.listen(reads, "do_connect", self._connect_reader)
        event.listen(writes, "do_connect", self._connect_writer)
        for each in (reads, writes):
            event.listen(each, "checkout", self._look_at)
        self._engines = reads, writes
        return reads, writes

    def time(self, connection: Connection) -> datetime:
        """By the server's clock."""
        found: datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
        return found.astimezone(UTC)

    def latest(self, connection: Connection, now: datetime) -> datetime:
        """Parts go by clocks of their own: what one has just stored is not of the future by a moment or two."""
        return self.time(connection) + _CLOCKS_DIFFER if self.shared else now

    def alone(self, connection: Connection) -> None:
        """Parts may be started all at once."""
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_LOCK + 1,))

    def held_by(self, connection: Connection) -> str:
        """The process and the host of the connection that has the lock."""
        holder = connection.exec_driver_sql(_HOLDER, _PARTS).first()
        return "" if holder is None else _who(holder[1])

    def lost(self) -> str:
        """That another engine has taken this one's place, if one has."""
        return self._lost

    def counting(self, update: ReturningUpdate[Any]) -> ReturningUpdate[Any]:
        """At the commit all who listen are told the number."""
        from sqlalchemy import func

        from digest.store.schema import meta

        return update.returning(func.pg_notify(_BELL, meta.c.value))

    def wrote(self, number: int) -> None:
        """It is heard at once by who wrote it, and by others a moment later."""
        self._heard = max(self._heard, number)

    def data_version(self) -> int:
        """The number of the last write that was heard of; read, where nothing can be heard."""
        try:
            if self._bell is None:
                self._bell = self._listen()
            self._bell.pgconn.consume_input()
            while note := self._bell.pgconn.notifies():
                self._hear(note.extra)
            if not self._listens or time.monotonic() > self._sure_until:
                self._read_number(self._bell)
        except self._psycopg.Error:
            self._close_bell()
            raise
        return self._heard

    def plain_words(self, error: BaseException) -> str | None:
        """What an error of the server's or the driver's means; ``None`` for one that is a mistake of ours."""
        state = _state(error)
        if state is None:
            if not isinstance(error, self._psycopg.OperationalError | self._psycopg.InterfaceError):
                return None
            said = " ".join(str(error).split())
            if "connection to server" in said or said.startswith(_NOT_REACHED):
                return f"the database {self.name} cannot be reached: {said}"
            return f"the connection to the database {self.name} was lost; the next try makes a new one ({said})"
        words = _WORDS.get(state) or _WORDS.get(state[:2])
        return None if words is None else words.format(name=self.name, said=_first_line(error))

    def is_busy(self, error: BaseException) -> bool:
        """Whether another one was writing for as long as was waited, or the server asks to try again."""
        return _state(error) in _TRY_AGAIN

    def is_away(self, error: BaseException) -> bool:
        """Whether no server was there, the connection broke, or the server is just starting, ending, or crowded.

        Only what is known to be one of these is; whatever else keeps us away needs somebody, and waiting mends nothing.
        """
        state = _state(error)
        if state is not None:
            return state in _AWAY_STATES
        # Of a connection that was refused there is nothing but words: of the last try, or, after that, of each.
        tries = str(error).split(_TRIED)[1:] or [str(error)]
        return all(any(words in said for words in (_NOT_YET if _REFUSED in said else _AWAY)) for said in tries)

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """What the driver raises; and the pool, while another thread writes by the one connection of an engine."""
        from sqlalchemy.exc import TimeoutError as PoolTimeoutError

        return self._psycopg.Error, PoolTimeoutError

    def find_damage(self, connection: Connection, *, letters: bool) -> Sequence[Damage]:
        """What the server's types let pass; texts are texts here."""
        del letters
        from digest.store.oddities import find_oddities

        return find_oddities(connection)

    def mend(self, connection: Connection, damage: Damage) -> None:
        """Put a value that means something in its place."""
        from digest.store.oddities import mend_oddity

        mend_oddity(connection, damage)

    def last_ids(self, connection: Connection) -> Mapping[str, int]:
        """As the sequences have them."""
        found: dict[str, int] = {}
        for name, sequence in self._sequences(connection):
            last, used = connection.exec_driver_sql(f"SELECT last_value, is_called FROM {sequence}").one()  # noqa: S608
            found[name] = int(last) if used else 0
        return found

    def set_last_ids(self, connection: Connection, given: Mapping[str, int]) -> None:
        """Rows that were inserted with their ids have moved no sequence."""
        for name, sequence in self._sequences(connection):
            greatest = connection.exec_driver_sql(f"SELECT max(id) FROM {name}").scalar_one() or 0  # noqa: S608
            if last := max(greatest, given.get(name, 0)):
                connection.exec_driver_sql("SELECT setval(%s::regclass, %s)", (sequence, last))

    @staticmethod
    def _sequences(connection: Connection) -> Iterator[tuple[str, str]]:
        """The tables that number their rows, and what they number them by; our own names, fit to stand in SQL."""
        from digest.store.schema import metadata

        for name, table in metadata.tables.items():
            if table.autoincrement_column is not None:
                query = "SELECT pg_get_serial_sequence(%s, 'id')"
                yield name, connection.exec_driver_sql(query, (name,)).scalar_one()

    def size(self, connection: Connection) -> int:
        """Bytes that the server says it takes."""
        return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())

    def close(self) -> None:
        """Let go of all connections, and of the lock."""
        self._close_bell()
        for engine in self._engines:
            engine.dispose()

    # --- connections -------------------------------------------------------------------------------------------------

    def _connect(self, args: dict[str, Any]) -> psycopg.Connection[Any]:
        args.setdefault("connect_timeout", max(2, round(self._patience)))
        try:
            connection = self._psycopg.connect(**(_KEPT_ALIVE | args | {"application_name": self._whose}))
        except self._psycopg.ProgrammingError as error:  # an option that nobody knows
            raise StoreError(f"the database {self.name} cannot be used: {_first_line(error)}") from error
        try:
            connection.autocommit = True
            connection.execute(_SETTINGS.format(patience=max(1, round(self._patience * 1000))))
            connection.adapters.register_dumper(str, _dumper())
            connection.autocommit = False
        except BaseException:
            connection.close()
            raise
        return connection

    def _connect_reader(self, _dialect: Any, _record: Any, _args: Any, named: dict[str, Any]) -> Any:
        connection = self._connect(named)
        connection.isolation_level = self._psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        return connection

    def _connect_writer(self, _dialect: Any, _record: Any, _args: Any, named: dict[str, Any]) -> Any:
        connection = self._connect(named)
        try:
            connection.autocommit = True
            connection.execute(_OF_WRITERS.format(stopped=_STOPPED_PART if self.shared else _STOPPED))
            if self._keeps:
                self._take_lock(connection)
                self._held = True
            connection.autocommit = False
            # Whatever the server's default is: who has waited for another writer sees what that has written.
            connection.isolation_level = self._psycopg.IsolationLevel.READ_COMMITTED
        except BaseException:
            connection.close()
            raise
        return connection

    def _look_at(self, connection: Any, _record: Any, _proxy: Any) -> None:
        """Notice that a server has ended a connection meanwhile, without asking it: a new one takes its place.

        Who asks nothing is told nothing: what stands there to be read is the server's good-bye, or the end.
        """
        from sqlalchemy.exc import InvalidatePoolError

        looking = select.poll()
        try:
            looking.register(connection.pgconn.socket, select.POLLIN)
        except self._psycopg.Error as error:
            raise InvalidatePoolError from error
        if looking.poll(0):
            raise InvalidatePoolError

    def _take_lock(self, connection: psycopg.Connection[Any]) -> None:
        """Be the one engine, or one of its parts.

        Raises:
            EngineElsewhereError: another one is, from the start.
            StoreError: another one is by now.
        """
        begun = time.monotonic()
        taking = _TAKE_SHARED if self.shared else _TAKE
        while not _first(connection.execute(taking, (_LOCK,))):
            waited = time.monotonic() - begun
            holder = connection.execute(_HOLDER, _PARTS).fetchone()
            backend, name = holder or (0, "")
            if name == self._whose:  # our own of before: the network broke, and the server has not noticed yet
                connection.execute("SELECT pg_terminate_backend(%s)", (backend,))
                if waited > self._patience:
                    raise StoreError(f"the database {self.name} still holds the connection that was lost; try again")
            elif holder and waited > _ENDS:
                raise self._taken(name)
            time.sleep(_GLANCE)

    def _taken(self, name: str) -> DigestError:
        """That another engine has the lock, by what its connection is called."""
        words = f"an engine is running already on the database {self.name} ({_who(name)})"
        if not self._held:
            return EngineElsewhereError(words)
        self._lost = words
        return StoreError(words)

    # --- the doorbell ------------------------------------------------------------------------------------------------

    def _listen(self) -> psycopg.Connection[Any]:
        bell = self._connect(dict(self._engines[0].dialect.create_connect_args(self._url)[1]))
        bell.autocommit = True
        bell.add_notify_handler(lambda note: self._hear(note.payload.encode()))
        try:
            bell.execute(f"LISTEN {_BELL}")
            self._listens = True
        except (self._psycopg.NotSupportedError, self._psycopg.InternalError):  # a replica, or a pooler
            self._listens = False
        except BaseException:
            bell.close()
            raise
        self._sure_until = 0.0
        return bell

    def _hear(self, number: bytes) -> None:
        with contextlib.suppress(ValueError):  # somebody else's
            self._heard = max(self._heard, int(number))

    def _read_number(self, bell: psycopg.Connection[Any]) -> None:
        (number,) = bell.execute("SELECT value FROM meta WHERE key = 'seq'").fetchone() or ("0",)
        self._heard = int(number)  # also a lower one: an older copy was put back
        self._sure_until = time.monotonic() + _SURE

    def _close_bell(self) -> None:
        if self._bell is not None:
            self._bell.close()
            self._bell = None


_PARTS: Final = {"high": _LOCK >> 32, "low": _LOCK & 0xFFFFFFFF}
_TAKE: Final = "SELECT pg_try_advisory_lock(%s)"
_TAKE_SHARED: Final = "SELECT pg_try_advisory_lock_shared(%s)"
_ENDS: Final = 1.0  # seconds in which an engine that ends just now, or begins anew, has let go of the lock
_GLANCE: Final = 0.1  # seconds between two tries to take it
_HOLDER: Final = """
    SELECT pid, coalesce(application_name, '') FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND classid = %(high)s AND objid = %(low)s
        AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def _who(name: str) -> str:
    """The process and the host in the name of an engine's connection, which only the same user of the server sees."""
    whose = name.removeprefix("digest, ").rpartition(" (")[0] if name.startswith("digest, ") else name
    return whose or "it is not told which"


def tables() -> MetaData:
    """The tables as they are on PostgreSQL: texts in the order of their code points, the same partial indexes."""
    from sqlalchemy import Boolean, DefaultClause, MetaData, Text, false

    from digest.store.schema import metadata

    made = MetaData(naming_convention=metadata.naming_convention)
    for table in metadata.sorted_tables:
        copy = table.to_metadata(made)
        for column in copy.columns:
            if isinstance(column.type, Text):
                column.type = Text(collation="C")
            if isinstance(column.type, Boolean) and column.server_default is not None:
                column.server_default = DefaultClause(false())
        for index in copy.indexes:
            where = index.dialect_options["sqlite"]["where"]
            index.dialect_options["postgresql"]["where"] = where
    return made


def make_job_tables(connection: Connection) -> None:
    """Make the tables, types and functions of Procrastinate, in a transaction that is already open.

    Raises:
        StoreError: it is not installed.
    """
    try:
        from procrastinate.schema import SchemaManager
    except ImportError as error:
        raise StoreError(DRIVER_MISSING.replace("psycopg", "procrastinate")) from error
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute(SchemaManager.get_schema())  # many statements, which SQLAlchemy would take for one


def _dumper() -> type[Any]:
    """How texts go to the server: it takes every character but one."""
    from psycopg.types.string import StrDumper

    class WithoutNul(StrDumper):
        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace(_NUL, _IN_ITS_PLACE) if _NUL in obj else obj)

    return WithoutNul


def _state(error: BaseException) -> str | None:
    """What the server calls an error; of the pool's that another one writes."""
    from sqlalchemy.exc import TimeoutError as PoolTimeoutError

    return _BUSY if isinstance(error, PoolTimeoutError) else getattr(error, "sqlstate", None)


def _first(cursor: psycopg.Cursor[Any]) -> Any:
    row = cursor.fetchone()
    return None if row is None else row[0]


def _first_line(error: BaseException) -> str:
    lines = str(error).splitlines()
    return lines[0] if lines else ""


_NOT_REACHED: Final = ("connection failed", "connection timeout", "could not", "failed to resolve", "[Err")
"""How the driver begins, where libpq does not say what it tried."""
_TRIED: Final = "\n- host: "
"""How the driver begins what it says of each of several servers, or addresses of one."""
_AWAY: Final = (
    "Is the server running",  # nobody listens, there is no socket
    "Connection refused",
    "timed out",
    "timeout expired",
    "unreachable",
    "No route to host",
    "Host is down",
    "Network is down",
    "Cannot assign requested address",  # the network is not up yet
    "failed to resolve",
    "could not translate host name",
    "closed the connection",
    "closed unexpectedly",
    "EOF detected",
    "unexpected eof",
    "Connection reset",
    "connection abort",
    "Broken pipe",
    "could not receive data",
    "could not send data",
    "connection is lost",
    "connection is closed",
    "connection socket closed",
    "no connection to the server",
    "session is read-only",  # of several servers the one to write to is away
    "server is in hot standby mode",
)
"""What libpq and the driver say where no server answers, or no longer."""
_AWAY_STATES: Final = frozenset(
    {"08000", "08001", "08003", "08006", "08007", "53200", "53300", "57P01", "57P02", "57P03", "57P05"}
)
_REFUSED: Final = "FATAL:"
_NOT_YET: Final = ("the database system is", "too many ", "connection slots", "terminating connection")
"""How it refuses whoever comes at a bad moment; in its own language another one may have to be restarted by hand."""
_BUSY: Final = "55P03"
_TRY_AGAIN: Final = frozenset({_BUSY, "40001", "40P01", "57014"})
_WORDS: Final = {
    "08": "the connection to the database {name} was lost; the next try makes a new one ({said})",
    "25006": "the database {name} can only be read, by this user or on this server",
    "25P03": "the database {name} ended a write that took too long; try again",
    "40001": "another process wrote to {name} at the same moment; try again",
    "40P01": "another process wrote to {name} at the same moment; try again",
    "3F": "the database {name} has no schema in which this user can work: see its search_path ({said})",
    "42501": "the database {name} does not permit this user to do that: {said}",
    "53": "the database {name} has no room or no connections left: {said}",
    "54": "the database {name} cannot hold this: {said}",
    _BUSY: "another process has kept {name} busy for too long; try again",
    "57": "the database {name} is shutting down or starting; the next try makes a new connection ({said})",
    "57014": "the database {name} stopped what took too long; try again ({said})",
    "58": "the disk of the database {name} reports an error: {said}",
    "XX001": "the database {name} is damaged: {said}",
    "XX002": "the database {name} is damaged: {said}",
}
"""By state, or by its class."""
