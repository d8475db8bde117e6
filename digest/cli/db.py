"""``digest db``: the database."""

from __future__ import annotations

import click

from digest.cli.group import LazyGroup, config_option, json_option
from digest.cli.output import complain, say, say_json, say_table
from digest.cli.session import open_database, read_config
from digest.words import count


@click.group(
    cls=LazyGroup,
    commands_at={"info": "digest.cli.db:info", "migrate": "digest.cli.db:migrate"},
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
