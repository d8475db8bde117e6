"""Commands on PostgreSQL: a history moves there and back, one engine for all machines, and no password is told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from digest.presence import EngineLock
from digest.store import file_url, open_store
from digest.values.settings import FeedSpec
from tests.cli.conftest import CONFIG, RULES, furnished
from tests.fakes import postgres
from tests.fakes.stores import new_store, of_kind, store_url
from tests.store.conftest import MINUTE, NOW

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Desk

pytestmark = pytest.mark.skipif(not postgres.available(), reason=postgres.MISSING)


@pytest.fixture(autouse=True)
def kind_of_database() -> Iterator[str]:
    """Both kinds are used by each test, however the tests are run."""
    with of_kind("postgresql"):
        yield "postgresql"


@pytest.fixture
def server(tmp_path: Path) -> str:
    """An empty database on a server, with a password in its address that is not asked for."""
    return store_url(tmp_path / "server", empty=True).replace("digest@", "digest:hunter2@")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A folder with a config, whose database is in a file and knows a feed."""
    desk = furnished(tmp_path / "desk")
    desk.write("config.toml", CONFIG)
    (desk.folder / "state").mkdir()
    with new_store(file_url(desk.folder / "state" / "digest.db")) as store:
        store.polls.sync_feeds([FeedSpec("https://example.org/rss.xml")], default_every=MINUTE, now=NOW)
    return desk


def use(desk: Desk, database: str) -> None:
    """Name a database in the config."""
    desk.write("config.toml", f'database = "{database}"\n{CONFIG}')


def test_a_history_moves_to_a_server_and_back(desk: Desk, server: str) -> None:
    """It is told how far it is and what to write into the config; what was there is there, and no password is told."""
    done = desk.run("db", "copy", server)
    assert (done.code, "hunter2" in done.out + done.err) == (0, False), done.err
    assert "feeds: copied 1 of 1" in done.err
    assert re.match(r"Copied 1 row of \d+ tables to postgresql://digest:\*\*\*@/", done.out)
    assert "each was compared, and is the same" in done.out
    assert "(with its password, if that stands in no ~/.pgpass) in config.toml and start the engine again" in done.out
    use(desk, server)
    [feed, *_] = desk.run("feeds", "list", "--json").lines
    assert feed["url"] == "https://example.org/rss.xml"
    [info] = desk.run("db", "info", "--json").lines
    assert (info["path"].partition("@")[0], info["rows"]["feeds"]) == ("postgresql://digest:***", 1)
    back = desk.run("db", "copy", "state/back.db")
    assert back.code == 0, back.err
    assert (
        "To use it, move it to state/digest.db, take database out of config.toml and start the engine again" in back.out
    )
    (desk.folder / "state" / "digest.db").unlink()
    assert "To use it, take database out of config.toml and" in desk.run("db", "copy", "state/digest.db").out
    with open_store(file_url(desk.folder / "state" / "back.db")) as store:
        assert [each.spec.url for each in store.polls.all_feeds()] == ["https://example.org/rss.xml"]


def test_what_cannot_be_copied_is_said(desk: Desk, server: str) -> None:
    """The database itself, one that is in use, a place that is none: a sentence each, and nothing was changed."""
    assert "name another one" in desk.run("db", "copy", "state/digest.db").err
    assert "check that its folder exists" in desk.run("db", "copy", "nowhere/digest.db").err
    assert "must begin with" in desk.run("db", "copy", "mysql://me:hunter2@host/digest").err
    with EngineLock(desk.folder / "state"):
        refused = desk.run("db", "copy", server)
    assert refused.code == 1
    assert "an engine is running already (pid " in refused.err
    (desk.folder / "state" / "digest.db").unlink()
    assert "there is no database at" in desk.run("db", "copy", server).err


def test_a_second_engine_of_another_machine_is_refused(desk: Desk, server: str) -> None:
    """By another state folder, as another machine has one: it exits 1 with the first's process and host."""
    use(desk, server)
    with open_store(server, migrate=True) as first:
        first.engine.started(4711, "here", "1", NOW)
        for arguments in (("run",), ("run", "--once"), ("db", "migrate")):
            done = desk.run(*arguments)
            assert done.code == 1
            assert "an engine is running already on the database postgresql://digest:***@" in done.err
            assert "(pid " in done.err
            assert "hunter2" not in done.err
        [status] = desk.run("status", "--json").lines
        assert (status["engine"]["running"], status["engine"]["pid"]) == (True, 4711)
    assert desk.run("db", "migrate").code == 0


def test_a_server_that_is_away_is_a_sentence(desk: Desk) -> None:
    """Nothing else is told, and no password."""
    use(desk, "postgresql://digest:hunter2@127.0.0.1:1/digest")
    for arguments in (("status",), ("alerts",), ("db", "info"), ("run", "--once")):
        done = desk.run(*arguments)
        assert done.code == 1
        assert "the database postgresql://digest:***@127.0.0.1:1/digest cannot be reached" in done.err
        assert "hunter2" not in done.out + done.err


def test_a_url_that_cannot_be_one_is_told_where_it_stands(desk: Desk) -> None:
    """With what to write instead."""
    use(desk, "postgresql://host:port/digest")
    done = desk.run("check")
    assert done.code == 1
    assert "config.toml:1:12: its host or port cannot be read: write postgresql://USER@HOST:5432/NAME" in done.err


def test_a_part_of_an_engine_needs_a_server(desk: Desk) -> None:
    """A file is one process's; and what a part does it does until it is stopped."""
    done = desk.run("run", "--role", "poller")
    assert done.code != 0
    assert "parts of an engine share a database on a server" in done.err
    use(desk, "postgresql://me@host/digest")
    done = desk.run("run", "--role", "clock", "--once")
    assert done.code != 0
    assert "--once is for a whole engine" in done.err
    assert "--role" in desk.run("run", "--help").out


def test_a_config_is_compared_with_that_of_a_clock_that_is_at_work(desk: Desk, server: str) -> None:
    """Not with that of one that ended; and of the way back to a whole engine nothing is left."""
    use(desk, server)
    desk.write("rules/test.toml", RULES)
    with open_store(server, migrate=True, part=True) as clock:
        assert clock.parts.take("clock", only=True) == ""
        clock.parts.tell_config({"[[feed]]": "of other feeds"})
        assert "config.toml:1:1: warning: other than in the config of the clock: [[feed]]" in desk.run("check").err
        clock.parts.give_back()
        assert "of the clock" not in desk.run("check").err
    with new_store(server) as whole:
        assert whole.parts.told_config()
        whole.engine.started(1, "here", "1", NOW)
        assert not whole.parts.told_config()
