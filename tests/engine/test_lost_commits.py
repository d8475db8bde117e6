"""A server that goes away at a commit leaves its client in doubt: nothing is lost by that, and nothing sent twice.

One whose place is taken by a replica that lags has lost commits: what may have been sent then says so.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event

from digest.delivery.media.markup import REPEAT_LABEL
from digest.errors import StoreError
from digest.store.postgres import PostgresServer
from tests.engine.test_deliver import DESK, SENT, Engine, api, store
from tests.fakes import postgres
from tests.fakes.stores import of_kind, server
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from digest.store import Store
    from tests.fakes.bot_api import BotApi

__all__ = ["api", "store"]  # fixtures

pytestmark = pytest.mark.skipif(not postgres.available(), reason=postgres.MISSING)


@pytest.fixture(autouse=True)
def kind_of_database() -> Iterator[str]:
    """All of them are on PostgreSQL, however the tests are run."""
    with of_kind("postgresql"):
        yield "postgresql"


def lose_answer_of(store: Store, number: int) -> list[int]:
    """Have the server end the connection right after a commit, before it says so; the commits that there were."""
    commits: list[int] = []

    def commit(connection: Connection) -> None:
        commits.append(len(commits))
        if commits[-1] == number:
            driver = connection.connection.driver_connection
            assert driver is not None
            driver.commit()
            server().ask(f"SELECT pg_terminate_backend({driver.info.backend_pid}, 5000)")
            driver.execute("SELECT 1")

    event.listen(store.database._writer, "commit", commit)
    return commits


@pytest.mark.parametrize("number", range(1, 9))  # with the first the delivering begins: it is begun anew
async def test_no_message_is_lost_or_repeated(store: Store, api: BotApi, number: int) -> None:
    """Whichever commit it is, of taking a message or of noting that a part was sent: each part arrives once."""
    engine = Engine(store, api)
    owed = [engine.owe("one", "two"), engine.owe("three"), engine.owe("four")]
    async with engine.drain():
        pass
    async with engine.delivering():
        lose_answer_of(store, number)
        for each in owed:
            await engine.until(each, SENT)
    assert [message.text for message in api.messages if message.chat == DESK] == ["one", "two", "three", "four"]
    assert all(engine.look(each).attempts == 1 for each in owed)


async def test_what_a_replica_does_not_know_was_sent_is_labelled(store: Store, api: BotApi) -> None:
    """An older copy takes the database's place while the engine runs: nothing is lost, what goes again says so."""
    engine = Engine(store, api)
    one, two = engine.owe("one"), engine.owe("two")
    async with engine.drain():
        copy = copied(store)
    async with engine.delivering() as drain:
        for each in (one, two):
            await engine.until(each, SENT)
        replace_by(copy, store)
        three = None
        while three is None:
            with suppress(StoreError):  # the first to ask the server that is gone
                three = engine.owe("three")
        drain.ring()
        for each in (one, two, three):
            await engine.until(each, SENT)
        drain.ring()
        four = engine.owe("four")
        await engine.until(four, SENT)
    texts = [message.text for message in api.messages if message.chat == DESK]
    again = [f"{REPEAT_LABEL}{each}" for each in ("one", "two")]
    assert sorted(texts) == sorted(["one", "two", "three", "four", *again])


def copied(store: Store) -> str:
    """A copy of a database as it is now; its name."""
    name = name_of(store)
    end_connections(name)
    return server().create(name)


def replace_by(copy: str, store: Store) -> None:
    """Let a copy take a database's place."""
    server().drop(name_of(store))
    server().ask(f"ALTER DATABASE {copy} RENAME TO {name_of(store)}")


def name_of(store: Store) -> str:
    """The database on the server."""
    assert isinstance(store.database.backend, PostgresServer)
    return str(store.database.backend._url.database)


def end_connections(name: str) -> None:
    """Have the server end every connection to a database."""
    of_it = f"FROM pg_stat_activity WHERE datname = '{name}'"
    server().ask(f"SELECT pg_terminate_backend(pid) {of_it}")
    wait_until(lambda: server().ask(f"SELECT 1 {of_it}") == [])
