"""How the schema came to be: each step stands in ``versions``, written out so that it stays as it was.

A new database is made as the newest version has it. On PostgreSQL nobody has one from before 0011, and steps from 0012
on run there, too. In those a text sorts by code points (``sa.Text().with_variant(sa.Text(collation="C"),
"postgresql")``), a partial index says ``postgresql_where`` beside ``sqlite_where``, and a default of a boolean is
``sa.false()``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from digest.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection, MetaData

HEAD = "0014"
"""The newest version; kept here so that readers learn it without importing Alembic."""

KNOWN = frozenset(
    {
        *("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010", "0011", "0012"),
        *("0013", "0014"),
    }
)
"""Every version this code knows how to bring up to ``HEAD``."""

COPYING = "copying"
"""What stands instead of a version in a database that is the beginning of a copy, see ``store.copying``."""

_VERSION = "alembic_version"
ASK_VERSION = f"SELECT version_num FROM {_VERSION}"  # noqa: S608 - the name is ours


def revision(connection: Connection) -> str | None:
    """The version of the schema in the database; ``None`` where nothing was ever made.

    Raises:
        StoreError: the tables in it are not Digest's.
    """
    from sqlalchemy import inspect

    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    name = connection.engine.url.database
    if _VERSION not in tables or not {"meta", "feeds", "entries"} & set(tables):
        raise StoreError(f"the database {name} holds another program's tables; name another one in config.toml")
    found = connection.exec_driver_sql(ASK_VERSION).scalars().all()
    if len(found) != 1:
        raise StoreError(f"the database {name} is damaged: it does not say its version once; put back a copy of it")
    return str(found[0])


def upgrade(connection: Connection) -> None:
    """Bring the database of a connection to ``HEAD``, inside the transaction it is in."""
    from alembic import command  # a third of a second that only a migration pays
    from alembic.config import Config

    config = Config()
    # Alembic reads "%" in options as interpolation; the folder may well have one in its name.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def make(connection: Connection, tables: MetaData) -> None:
    """Make the tables as they are at ``HEAD``, with the first facts: a new database took no steps to get there."""
    tables.create_all(connection)
    connection.exec_driver_sql("INSERT INTO meta (key, value) VALUES ('seq', '0')")
    connection.exec_driver_sql(
        f"CREATE TABLE {_VERSION} (version_num VARCHAR(32) CONSTRAINT {_VERSION}_pkc PRIMARY KEY)"
    )
    connection.exec_driver_sql(f"INSERT INTO {_VERSION} (version_num) VALUES ('{HEAD}')")  # noqa: S608 - our own names


def mark_version(connection: Connection, version: str) -> None:
    """Let the database say that it is of a version, or ``COPYING``."""
    connection.exec_driver_sql(f"UPDATE {_VERSION} SET version_num = '{version}'")  # noqa: S608 - our own names
