"""``digest db``: the database."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli.group import LazyGroup, config_option, json_option
from digest.cli.output import complain, say, say_json, say_table
from digest.cli.session import open_database, read_config
from digest.errors import StoreError, UsageError
from digest.rulebook.folder import shown_path
from digest.values.databases import SQLITE, masked, same_place
from digest.words import age, count, iso

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.config import Config
    from digest.store.copying import Progress


@click.group(
    cls=LazyGroup,
    commands_at={name: f"digest.cli.db:{name}" for name in ("backup", "restore", "prune", "info", "copy", "migrate")},
    short_help="The database.",
)
@config_option
def db() -> None:
    """The database."""


_PAUSE = 0.05  # seconds between two batches, in which the engine stores what it polled
_LONG = 5.0  # seconds of work of which a nightly job says nothing
_PATH = click.Path(path_type=Path)


@click.command(
    short_help="Write all that the database holds into a file, while the engine works.",
    epilog="\b\nExamples:\n  digest db backup digest-monday.db\n  digest db backup /backups/",
)
@click.argument("file", type=_PATH)
@config_option
def backup(file: Path) -> None:
    """Write all that the database holds, SQLite or PostgreSQL, into FILE; an engine may go on meanwhile.

    FILE must not be there yet; in a folder it gets the time for a name. It is there only when it is whole and every
    row of it was read. `digest db restore` is the way back.
    """
    from digest.store.backup import backup_name, note_backup, write_backup

    now = datetime.now(UTC)
    place = backup_name(file, now)
    with open_database(read_config()) as store:
        size = write_backup(store.database, place, _Telling(after=_LONG).tell)
        say(f"{place}: {_megabytes(size)}, every row can be read")
        try:
            note_backup(store.database, place, now)
        except StoreError as error:
            complain(f"The backup is there, but “digest db info” will not know of it: {error}", fg="yellow")


@click.command(
    short_help="Let the database hold what a backup holds; what it held is kept beside.",
    epilog="\b\nExamples:\n  digest stop && digest db restore digest-monday.db",
)
@click.argument("file", type=_PATH)
@config_option
def restore(file: Path) -> None:
    """Let the database of the config hold what FILE holds, a backup of this version or an older one.

    It is copied, brought up to date and read, row by row, before anything is touched. What the database held is kept in
    a file beside it (of a server's in the state folder), which can be restored like a backup. What was owed when the
    backup was made may have been sent since: it goes out marked as a repeat. No engine may be running meanwhile.
    """
    from digest.presence import EngineLock
    from digest.store.backup import restore_backup

    config = read_config()
    with EngineLock(config.state, config.path):
        kept = restore_backup(file, config.database, config.state, _Telling(after=_LONG).tell, datetime.now(UTC))
    say(f"{masked(config.database)} holds what {file} holds.")
    if kept is not None:
        say(f"What it held before is in {kept}: delete that when you are sure.")


@click.command(
    short_help="Let go now of what the config keeps no longer.",
    epilog="\b\nExamples:\n  digest db prune",
)
@config_option
def prune() -> None:
    """Let go now of what is older than [keep] of the config says, as the engine does once a day."""
    config = read_config()
    keep, gone = config.keep, 0
    with open_database(config) as store:
        while batch := store.upkeep.prune(
            entries=keep.entries,
            alerts=keep.alerts,
            seen=keep.seen,
            evidence=keep.evidence,
            now=datetime.now(UTC),
        ):
            gone += batch
            time.sleep(_PAUSE)
    say(f"{count(gone, 'row')} went." if gone else "Nothing is older than [keep] says.")
    if gone:
        say("The room is used again for what comes; the files stay as large as they are.")


@click.command(
    short_help="Show how large the database is, what it holds, and whether it is sound.",
    epilog="\b\nExamples:\n  digest db info\n  digest db info --json | jq .size",
)
@config_option
@json_option
@click.pass_context
def info(context: click.Context, *, as_json: bool) -> None:
    """Show how large the database is, what it holds, and whether it is sound (which takes reading all of it)."""
    config, now = read_config(), datetime.now(UTC)
    with open_database(config) as store:
        found = store.upkeep.info()
    if as_json:
        say_json(
            {
                "kind": "sqlite" if config.database.startswith(SQLITE) else "postgresql",
                "path": str(found.path),
                "size": found.size,
                "revision": found.revision,
                "rows": dict(found.rows),
                "oldest": iso(found.oldest),
                "backup": dict(found.backup) or None,
                "damage": list(found.damage),
            }
        )
    else:
        say(f"{found.path}: {_megabytes(found.size)}, schema {found.revision}")
        say(f"Oldest entry: {iso(found.oldest) or 'none'}")
        say(f"Last backup: {_backup(found.backup, now)}")
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


def _megabytes(size: int) -> str:
    return f"{size / 1024**2:,.1f} MB"


def _backup(found: Mapping[str, str], now: datetime) -> str:
    """When and where the last backup was made, in words."""
    if not found:
        return "none is known (digest db backup FILE makes one)"
    at = datetime.fromisoformat(found["at"])
    return f"{found['at']} ({age(now - at)}), {found['path']}"


class _Telling:
    """Tells how far a copy is, on standard error: once a second, and when it comes to another part of its work.

    Args:
        after: seconds in which it is silent.
    """

    def __init__(self, after: float = 0.0) -> None:
        self._silent_until = time.monotonic() + after
        self._told = 0.0
        self._table = ("", False)

    def tell(self, progress: Progress) -> None:
        """Tell it if it is time."""
        now, table = time.monotonic(), (progress.table, progress.comparing)
        is_no_news = progress.done < progress.total and now - self._told < 1 and table == self._table
        if is_no_news or now < self._silent_until:
            return
        self._told, self._table = now, table
        doing = "compared" if progress.comparing else "copied"
        complain(f"{progress.table}: {doing} {progress.done:,} of {progress.total:,}")
