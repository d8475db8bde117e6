"""``digest db``: the database."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli.group import LazyGroup, config_option, json_option
from digest.cli.output import complain, say, say_json, say_table
from digest.cli.session import open_database, read_config
from digest.errors import UsageError
from digest.rulebook.folder import shown_path
from digest.values.databases import SQLITE, masked, same_place
from digest.words import count

if TYPE_CHECKING:
    from digest.config import Config
    from digest.store.copying import Progress


@click.group(
    cls=LazyGroup,
    commands_at={name: f"digest.cli.db:{name}" for name in ("copy", "info", "migrate")},
    short_help="The database.",
)
@config_option
def db() -> None:
    """The database."""


@click.command(
    short_help="Show how large the database is, what it holds, and whether it is sound.",
    epilog="\b\nExamples:\n  digest db info\n  digest db info --json | jq .size",
)
@config_option
@json_option
@click.pass_context
def info(context: click.Context, *, as_json: bool) -> None:
    """Show how large the database is, what it holds, and whether it is sound (which takes reading all of it)."""
    with open_database(read_config()) as store:
        found = store.upkeep.info()
    if as_json:
        say_json(
            {
                "path": str(found.path),
                "size": found.size,
                "revision": found.revision,
                "rows": dict(found.rows),
                "damage": list(found.damage),
            }
        )
    else:
        say(f"{found.path}: {found.size / 1024**2:,.1f} MB, schema {found.revision}")
        say_table([(name, f"{rows:,}") for name, rows in found.rows.items()], heads=("TABLE", "ROWS"), right=(1,))
        if not found.damage:
            say("The database is sound.")
        for damage in found.damage:
            complain(f"damaged: {damage}", fg="red")
    context.exit(1 if found.damage else 0)


@click.command(
    short_help="Make the database, or bring it up to date.",
    epilog="\b\nExamples:\n  digest stop && digest db migrate",
)
@config_option
def migrate() -> None:
    """Make the database, or bring it up to date; the engine does the same when it starts.

    No engine may be running meanwhile.
    """
    from digest.presence import EngineLock
    from digest.store.store import open_store

    config = read_config()
    with EngineLock(config.state), open_store(config.database, migrate=True) as store:
        tables = len(store.upkeep.info().rows)
    say(f"The database is up to date ({count(tables, 'table')}).")


@click.command(
    short_help="Copy the whole history into another database, from SQLite to PostgreSQL or back.",
    epilog="\b\nExamples:\n  digest stop && digest db copy postgresql://digest@db.example/digest\n"
    "  digest stop && digest db copy state/digest.db",
)
@click.argument("to")
@config_option
def copy(to: str) -> None:
    """Copy the whole history into another database: TO is postgresql://… or a file.

    TO must be empty, or what an earlier call left unfinished: that goes on where it ended. Every row is compared at the
    end. The database of the config stays as it is; name the new one there, and start the engine again. No engine may
    be running meanwhile.
    """
    from digest.presence import EngineLock
    from digest.store.copying import copy_history
    from digest.store.store import open_store

    config = read_config()
    url = to if "://" in to else f"{SQLITE}{Path(to).absolute()}"
    if same_place(url, config.database):
        raise UsageError("that is the database of the config itself: name another one")
    telling = _Telling()
    with EngineLock(config.state, config.path):
        open_store(config.database).close()  # it is there, and of this version
        with open_store(config.database, migrate=True) as store:
            done = copy_history(store.database, url, telling.tell)
    rows = count(done.rows, "row")
    before = f" ({done.resumed:,} of them before)" if done.resumed else ""
    say(f"Copied {rows} of {count(done.tables, 'table')} to {masked(url)}{before}; each was compared, and is the same.")
    say(f"To use it, {_use(url, config)} and start the engine again.")


def _use(url: str, config: Config) -> str:
    """What makes a database that of the config: a file has its place, and is not named there."""
    where = shown_path(config.path)
    if url.startswith(SQLITE):
        file, place = Path(url.removeprefix(SQLITE)), config.state / "digest.db"
        moved = "" if file.resolve() == place.resolve() else f"move it to {shown_path(place)}, "
        return f"{moved}take database out of {where}"
    password = " (with its password, if that stands in no ~/.pgpass)" if masked(url) != url else ""
    return f'write database = "{masked(url)}"{password} in {where}'


class _Telling:
    """Tells how far a copy is, on standard error: once a second, and when it comes to another part of its work."""

    def __init__(self) -> None:
        self._told = 0.0
        self._table = ("", False)

    def tell(self, progress: Progress) -> None:
        """Tell it if it is time."""
        now, table = time.monotonic(), (progress.table, progress.comparing)
        if progress.done < progress.total and now - self._told < 1 and table == self._table:
            return
        self._told, self._table = now, table
        doing = "compared" if progress.comparing else "copied"
        complain(f"{progress.table}: {doing} {progress.done:,} of {progress.total:,}")
