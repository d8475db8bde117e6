"""A server that goes away at a commit leaves its client in doubt: nothing is lost by that, and nothing sent twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event

from tests.engine.test_deliver import DESK, SENT, Engine, api, store
from tests.fakes import postgres
from tests.fakes.stores import of_kind, server

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
