"""Making, opening and refusing a database; migrations."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from digest.errors import StoreError
from digest.store import Store, file_url, migrations, open_store
from digest.store.dashboard import Dashboard
from digest.store.schema import metadata
from digest.store.sqlite import file_of
from digest.values.news import MarkKind, TextMark
from digest.values.settings import ChannelSpec, FeedSpec, Telegram
from digest.watch.conditions import Condition, KnownCondition, News
from tests.fakes.seeding import commit
from tests.fakes.sending import paused_until, sent_at
from tests.fakes.stores import new_store, store_url
from tests.store.conftest import MINUTE, NOW, alerting, polled

ROOT = Path(__file__).resolve().parents[2]


def declared(path: Path) -> dict[str, list[str]]:
    """The SQL of every table and index of a database file: its parts, whose order says nothing."""
    with sqlite3.connect(path) as connection:
        found = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    connection.close()
    return {name: sorted(parts(sql)) for name, sql in found if name != "alembic_version"}


def parts(sql: str) -> list[str]:
    """A declaration without its white space, cut at the commas that stand in no inner brackets."""
    head, _, rest = re.sub(r"\s+", " ", sql).partition("(")
    inner, _, tail = rest.rpartition(")")
    cuts, depth = [""], 0
    for character in inner:
        depth += (character == "(") - (character == ")")
        if character == "," and not depth:
            cuts.append("")
        else:
            cuts[-1] += character
    return [head.strip(), *(cut.strip() for cut in cuts), tail.strip()]


@pytest.mark.sqlite
def test_migrations_make_exactly_the_schema(store: Store, url: str, tmp_path: Path) -> None:
    """What all steps lead to is what a new database has: no difference that Alembic sees, the same SQL and facts."""
    stepped = tmp_path / "stepped.db"
    engine = create_engine(file_url(stepped))
    with engine.begin() as connection:
        migrations.upgrade(connection)
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        assert migrations.revision(connection) == migrations.HEAD
        facts = connection.exec_driver_sql("SELECT key FROM meta").scalars().all()
    engine.dispose()
    assert declared(stepped) == declared(file_of(url))
    with store.database.read() as connection:
        assert migrations.revision(connection) == migrations.HEAD
        assert {*facts} <= {*connection.exec_driver_sql("SELECT key FROM meta").scalars()}


def test_the_versions_that_are_known_are_those_there_are() -> None:
    """What readers compare with, without Alembic, is what Alembic finds."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    assert script.get_heads() == [migrations.HEAD]
    assert {each.revision for each in script.walk_revisions()} == migrations.KNOWN


@pytest.mark.sqlite
@pytest.mark.skipif(sys.platform == "win32", reason="files have no such modes there")
def test_only_the_owner_reads_the_files(store: Store, tmp_path: Path) -> None:
    """Feeds' addresses may hold a login, and what is read is nobody else's business: the log of writes included."""
    files = list(tmp_path.glob("digest.db*"))
    assert len(files) == 4
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


@pytest.mark.sqlite
def test_settings_of_every_connection(store: Store) -> None:
    """The log in front, every commit on disk, references kept, patience with another writer."""
    with store.database.read() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


@pytest.mark.sqlite
@pytest.mark.sqlite
@pytest.mark.parametrize(("migrate", "kilobytes"), [(True, 8000), (False, 1000)])
def test_only_the_engine_keeps_many_pages_in_memory(store: Store, url: str, *, migrate: bool, kilobytes: int) -> None:
    """What a reader has of the file is out of date as soon as the engine writes: more of it is of no use."""
    del store
    with open_store(url, migrate=migrate) as opened, opened.database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA cache_size").scalar_one() == -kilobytes


def test_a_reader_never_makes_a_database(url: str, tmp_path: Path) -> None:
    """Where none is, a reader says who makes it, and leaves no file behind."""
    with pytest.raises(StoreError, match=r"there is no database at .* yet: the engine makes it"):
        open_store(url)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.sqlite
@pytest.mark.parametrize("migrate", [False, True])
@pytest.mark.parametrize("size", [0, 4096])
def test_an_empty_one_is_no_new_one(tmp_path: Path, size: int, *, migrate: bool) -> None:
    """What a full disk or another program left of a database is told; nobody begins anew in its place unasked."""
    path = tmp_path / "digest.db"
    open_store(file_url(path), migrate=True).close()
    if size:
        path.unlink()
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA user_version = 1")
        connection.close()
    else:
        os.truncate(path, 0)
    with pytest.raises(
        StoreError, match=rf"digest\.db is empty \({size:,} bytes.*put back a copy of it, or move it away"
    ):
        open_store(file_url(path), migrate=migrate)
    assert path.stat().st_size == size


@pytest.mark.sqlite
def test_a_new_one_is_put_in_its_place_when_it_is_whole(tmp_path: Path) -> None:
    """A link stays one, what was left beside a deleted one is not taken for the new one's, and nothing is left over."""
    (tmp_path / "disk").mkdir()
    path = tmp_path / "digest.db"
    path.symlink_to(tmp_path / "disk" / "real.db")
    with open_store(file_url(path), migrate=True) as store:
        store.polls.sync_feeds([FeedSpec("https://one.example/rss")], default_every=MINUTE, now=NOW)
        shutil.copy(tmp_path / "disk" / "real.db-wal", tmp_path / "log")
    (tmp_path / "disk" / "real.db").unlink()
    (tmp_path / "log").rename(tmp_path / "disk" / "real.db-wal")
    with open_store(file_url(path), migrate=True) as store:
        assert store.polls.all_feeds() == []
    assert path.is_symlink()
    assert {each.name for each in (tmp_path / "disk").iterdir()} == {"real.db"}


@pytest.mark.parametrize("migrate", [False, True])
def test_a_newer_one_is_left_alone(store: Store, url: str, *, migrate: bool) -> None:
    """An older Digest neither reads nor migrates what a newer one made, and says so."""
    with store.database.write() as (connection, _):
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    store.close()
    with pytest.raises(StoreError, match="made by a newer version of Digest: update this one"):
        open_store(url, migrate=migrate)


def test_an_older_one_is_not_read_and_the_way_on_is_told(store: Store, url: str) -> None:
    """Only who may migrate it brings it up to date: for everybody else there is a command."""
    with store.database.write() as (connection, _):
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(StoreError, match=r"is of an older version of Digest: digest db migrate updates it"):
        open_store(url)


def test_migrating_again_changes_nothing(store: Store, url: str) -> None:
    """Every start of the engine may ask for it: what is there stays."""
    commit(store, [polled(alerting("a"))], NOW)
    store.close()
    with open_store(url, migrate=True) as again:
        assert again.reads.count_entries() == 1


def test_a_mark_tells_a_database_from_the_one_that_takes_its_place(store: Store, url: str, tmp_path: Path) -> None:
    """It stays as long as the database does."""
    mark = store.mark()
    store.close()
    with open_store(url, migrate=True) as again, new_store(store_url(tmp_path / "new.db")) as new:
        assert mark == again.mark() != new.mark()


@pytest.mark.sqlite
@pytest.mark.parametrize("migrate", [False, True])
def test_another_programs_file_is_left_alone(tmp_path: Path, *, migrate: bool) -> None:
    """A database with foreign tables is not touched."""
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (id)")
        connection.execute("CREATE TABLE alembic_version (version_num)")
    connection.close()
    with pytest.raises(StoreError, match=r"other\.db holds another program's tables"):
        open_store(file_url(path), migrate=migrate)
    assert declared(path).keys() == {"theirs"}


def no_database(folder: Path) -> Path:
    """A file of text."""
    path = folder / "digest.db"
    path.write_text("not a database " * 100)
    return path


def a_folder(folder: Path) -> Path:
    """A folder where the file should be."""
    path = folder / "digest.db"
    path.mkdir()
    return path


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (no_database, "is not a database; move it away"),
        (a_folder, "cannot be opened"),
        (lambda folder: folder / "absent" / "digest.db", "cannot be opened; check that its folder exists"),
    ],
)
def test_what_cannot_be_opened_is_said(tmp_path: Path, make: object, words: str) -> None:
    """A damaged path is a sentence that names the file, never a traceback of the library's."""
    assert callable(make)
    path = make(tmp_path)
    with pytest.raises(StoreError, match=words) as caught:
        open_store(file_url(path), migrate=True)
    assert str(path) in str(caught.value)


def test_other_databases_are_refused() -> None:
    """What is neither SQLite nor PostgreSQL is refused, without the password."""
    with pytest.raises(StoreError, match=r'mysql://me:\*\*\*@host/digest .* must begin with "postgresql://"') as caught:
        open_store("mysql://me:secret@host/digest")
    assert "secret" not in str(caught.value)


@pytest.mark.sqlite
def test_odd_names_of_folders(tmp_path: Path) -> None:
    """A path is taken as it is: no sign in it means anything."""
    folder = tmp_path / "50% off? #1 뉴스"
    folder.mkdir()
    open_store(file_url(folder / "digest.db"), migrate=True).close()
    assert (folder / "digest.db").exists()


@pytest.mark.sqlite
def test_a_full_disk_loses_nothing(store: Store) -> None:
    """What does not fit is rolled back whole and said in words; what was there stays readable."""
    commit(store, [polled(alerting("a"))], NOW)
    with store.database.write() as (connection, _):
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    many = polled(*(alerting(f"{n}") for n in range(2000)))
    with store.database.read() as connection:  # the pool hands this connection to the next to ask
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StoreError, match=r"no room is left on the disk of .*digest\.db"):
        commit(store, [many], NOW)
    assert store.reads.count_entries() == 1
    with store.database.read() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    assert len(commit(store, [many], NOW)) == 2000


@pytest.mark.sqlite
def test_a_folder_that_may_not_be_written_to() -> None:
    """A user without the right to write is told so, in words."""
    script = """
import os, sys
from digest.errors import StoreError
from digest.store import file_url, open_store
from pathlib import Path
if os.getuid() == 0:
    os.setuid(65534)  # root may write everywhere
try:
    open_store(file_url(Path(sys.argv[1])), migrate=True)
except StoreError as error:
    print(error)
"""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        command = [sys.executable, "-c", script, str(folder / "digest.db")]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "cannot be opened; check that its folder exists and may be written to" in done.stdout, done.stderr


@pytest.mark.sqlite
def test_readers_do_not_import_alembic_or_the_orm(store: Store, url: str) -> None:
    """Opening for reading pays neither for migrations nor for the object-relational mapper."""
    script = f"""
import sys
from digest.store import open_store
from tests.fakes.sending import paused_until, sent_at
store = open_store({url!r})
assert store.reads.count_entries() == 0
unwanted = ("alembic", "sqlalchemy.orm", "sqlalchemy.dialects.postgresql")
found = [name for name in sys.modules if name.startswith(unwanted)]
assert not found, found
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.sqlite
def test_a_copy_taken_while_it_runs_is_whole(store: Store, tmp_path: Path) -> None:
    """The file with its log beside it is all there is."""
    store.polls.sync_feeds([FeedSpec("https://one.example/rss")], default_every=MINUTE, now=NOW)
    commit(store, [polled(alerting("a"))], NOW)
    for file in tmp_path.glob("digest.db*"):
        shutil.copy(file, tmp_path / file.name.replace("digest", "copy"))
    assert {"digest.db", "digest.db-wal"} <= set(os.listdir(tmp_path))  # noqa: PTH208 - names are what is compared
    with open_store(file_url(tmp_path / "copy.db")) as copy:
        assert copy.reads.count_entries() == 1
        assert copy.upkeep.info().damage == ()


@pytest.mark.sqlite
def test_what_the_first_schema_held_is_there_after_the_upgrade(tmp_path: Path) -> None:
    """Deliveries with the alerts they tell of stay, and a chat's pace moves from its channels to the chat."""
    path = tmp_path / "old.db"
    with open_store(file_url(path), migrate=True) as store:
        store.polls.sync_feeds([FeedSpec("https://one.example/rss")], default_every=MINUTE, now=NOW)
        one = alerting("a")
        owed = tuple(replace(each, tells={}) for each in one.owed)
        commit(store, [polled(replace(one, owed=owed))], NOW)
        before = store.outbox.list()
        store.channels.sync([ChannelSpec("desk", Telegram("-1")), ChannelSpec("topic", Telegram("-1"))], {}, NOW)
    downgrade(path)
    with open_store(file_url(path), migrate=True) as store:
        assert before
        assert any(each.alerts for each in before)
        assert store.outbox.list() == before
        assert sent_at(store, "-1") == [NOW, NOW, NOW + MINUTE, NOW + MINUTE]
        assert paused_until(store, "-1") == NOW + MINUTE


@pytest.mark.sqlite
def test_what_was_known_to_be_wrong_had_been_told(tmp_path: Path) -> None:
    """An upgrade tells nothing again: until version 0003 all that was known was told."""
    path = tmp_path / "old.db"
    with open_store(file_url(path), migrate=True) as store:
        store.conditions.change(News(shown=(Condition("feed:1:failing", "It fails", "It works", NOW),)), [], NOW)
    with sqlite3.connect(path) as connection:
        connection.execute("ALTER TABLE conditions DROP COLUMN told")
        connection.execute("ALTER TABLE conditions DROP COLUMN ended")
        connection.execute("DROP TABLE awake")
        drop_what_messages_tell_of(connection)
        connection.execute("UPDATE alembic_version SET version_num = '0002'")
    connection.close()
    with open_store(file_url(path), migrate=True) as store:
        assert store.conditions.all() == [KnownCondition("feed:1:failing", "It fails", NOW, "It works", told=NOW)]


@pytest.mark.sqlite
def test_when_no_engine_worked_is_known_after_the_upgrade(tmp_path: Path) -> None:
    """Until version 0006 the times were kept in which none did; the time since the last one stopped is such, too."""
    path = tmp_path / "old.db"
    with open_store(file_url(path), migrate=True) as store:
        store.engine.started(1, "here", "1", NOW)
        store.engine.stopped(NOW + 9 * MINUTE)
    absences = [[round((NOW + minutes * MINUTE).timestamp() * 1000) for minutes in each] for each in ((1, 3), (4, 7))]
    with sqlite3.connect(path) as connection:
        drop_stories(connection)
        connection.execute("DROP TABLE awake")
        connection.execute("INSERT INTO meta (key, value) VALUES ('absences', ?)", (json.dumps(absences),))
        connection.execute("UPDATE alembic_version SET version_num = '0005'")
    connection.close()
    with open_store(file_url(path), migrate=True) as store:
        store.engine.started(2, "here", "2", NOW + 20 * MINUTE)
        assert store.engine.awake().between(NOW, NOW + 21 * MINUTE) == (1 + 1 + 2 + 1) * MINUTE


@pytest.mark.sqlite
def test_what_came_before_spans_were_kept_has_none(tmp_path: Path) -> None:
    """Version 0008 began to keep them: texts of before stay as they are, and what comes afterwards has its spans."""
    path = tmp_path / "old.db"
    with open_store(file_url(path), migrate=True) as store:
        store.polls.sync_feeds([FeedSpec("https://one.example/rss")], default_every=MINUTE, now=NOW)
        commit(store, [polled(alerting("a"))], NOW)
    with sqlite3.connect(path) as connection:
        for column in ("summary_spans", "content_spans"):
            connection.execute(f"ALTER TABLE entry_texts DROP COLUMN {column}")
        for column in ("twin", "words"):
            connection.execute(f"ALTER TABLE identities DROP COLUMN {column}")
        for column in ("reading", "rhythm"):
            connection.execute(f"ALTER TABLE feeds DROP COLUMN {column}")
        connection.execute("DROP TABLE subscriptions")
        drop_duties(connection)
        connection.execute("UPDATE alembic_version SET version_num = '0007'")
    connection.close()
    heading = TextMark(MarkKind.HEADING, 0, 4, "2")
    with open_store(file_url(path), migrate=True) as store:
        commit(store, [polled(replace(alerting("b"), content_spans=(heading,)))], NOW)
        dashboard = Dashboard(store.database)
        found = [dashboard.detail(number) for number in (1, 2)]
    assert [each.spans["content"] for each in found if each] == [(), (heading,)]


def drop_holders(connection: sqlite3.Connection) -> None:
    """Make a database look as version 0012 left it."""
    new = {"deliveries": "holder", "sends": "holder", "requests": "holder", "leases": "token", "feeds": "job"}
    connection.execute("DROP INDEX ix_feeds_job")
    for table, column in new.items():
        connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")


def drop_duties(connection: sqlite3.Connection) -> None:
    """Make a database look as version 0011 left it."""
    drop_holders(connection)
    connection.execute("DROP TABLE duties")
    connection.execute("DROP INDEX ix_deliveries_untaken")
    connection.execute("ALTER TABLE deliveries DROP COLUMN untaken")


def drop_stories(connection: sqlite3.Connection) -> None:
    """Make a database look as version 0006 left it."""
    drop_duties(connection)
    for index in ("ix_entries_story_id", "ix_entries_unstoried", "ix_deliveries_story_id", "ix_deliveries_stale"):
        connection.execute(f"DROP INDEX {index}")
    new = {
        "feeds": ["tier", "reading", "rhythm"],
        "entries": ["publisher", "story_id", "repeat", "doubtful"],
        "matches": ["news", "sources"],
        "deliveries": ["story_id", "stale", "edit_at"],
        "digests": ["document"],
        "entry_texts": ["summary_spans", "content_spans"],
        "identities": ["twin", "words"],
    }
    for table, columns in new.items():
        for column in columns:
            connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    for table in ("stories", "story_window", "articles", "evidence", "stars", "subscriptions"):
        connection.execute(f"DROP TABLE {table}")


def drop_what_messages_tell_of(connection: sqlite3.Connection) -> None:
    """Make deliveries look as version 0003 left them."""
    drop_stories(connection)
    for column in ("tells", "place", "retry_at", "failed", "copies", "turn"):
        connection.execute(f"ALTER TABLE deliveries DROP COLUMN {column}")
    for column in ("try_at", "failures"):
        connection.execute(f"ALTER TABLE channels DROP COLUMN {column}")
    connection.execute("DROP TABLE sends")
    connection.execute("DROP TABLE pauses")
    connection.execute("CREATE TABLE pace (chat TEXT PRIMARY KEY, recent_sends JSON NOT NULL, paused_until BIGINT)")


def downgrade(path: Path) -> None:
    """Make a database look as version 0001 left it, with two channels that share a chat."""
    new = ("pace", "mutes", "changes", "strangers", "bot_chats", "leases", "conditions", "awake")
    first, second = (round(time.timestamp() * 1000) for time in (NOW, NOW + MINUTE))
    with sqlite3.connect(path) as connection:
        drop_what_messages_tell_of(connection)
        for table in new:
            connection.execute(f"DROP TABLE {table}")
        connection.execute("ALTER TABLE deliveries DROP COLUMN held_by")
        connection.execute("ALTER TABLE deliveries DROP COLUMN released")
        connection.execute("ALTER TABLE channels ADD COLUMN paused_until BIGINT")
        connection.execute("ALTER TABLE channels ADD COLUMN recent_sends JSON NOT NULL DEFAULT '[]'")
        connection.execute("UPDATE channels SET recent_sends = ?, paused_until = ?", (f"[{first},{second}]", second))
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    connection.close()
