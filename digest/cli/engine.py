"""``digest watch``, ``run``, ``stop`` and ``status``: the engine and the dashboard."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from digest.answers.shapes import status_shape
from digest.answers.status import overview_now
from digest.cli.desks import desk_option, known_desk
from digest.cli.group import config_option, json_option
from digest.cli.output import complain, say, say_json
from digest.cli.session import (
    config_in_force,
    config_path_of_call,
    open_database_if_any,
    read_config,
    state_folder_of_call,
)
from digest.engine.background import start_detached, stop_engine
from digest.engine.overview import PARTS, facts
from digest.errors import UsageError
from digest.presence import engine_running, other_config
from digest.rulebook.folder import shown_path
from digest.values.databases import SQLITE
from digest.words import local_time

if TYPE_CHECKING:
    from pathlib import Path

    from digest.config import Config


@click.command(
    short_help="Show the dashboard; start an engine if none runs.",
    epilog="\b\nExamples:\n  digest watch\n  digest watch --delivery 57\n  digest watch --desk korea\n"
    "  digest watch --config ~/news/config.toml",
)
@click.option("--delivery", type=int, metavar="ID", help="Begin with what this message of the outbox tells of.")
@desk_option
@config_option
@click.pass_context
def watch(context: click.Context, *, delivery: int | None, desk: str | None) -> None:
    """Show the dashboard. If no engine runs, one is started; it stays at work when dashboard or terminal are closed.

    Keys: ? shows them all, q leaves. `digest stop` ends the engine.
    """
    from digest.tui import run_dashboard
    from digest.tui.configured import key_doubts
    from digest.tui.doing import EngineHands
    from digest.tui.hangup import Hangup

    if not (sys.stdin.isatty() and sys.stdout.isatty()) or os.environ.get("TERM") == "dumb":
        raise UsageError("the dashboard needs a terminal: digest run works without a screen")
    with Hangup() as hangup:
        config = read_config()
        desk = known_desk(config, desk)
        notice = ensure_engine(config)
        code = run_dashboard(
            config.database,
            timezone=config.timezone,
            rules_folder=config.rules,
            desks={each.name: each.rules for each in config.desks},
            desk=desk,
            config_path=config.path,
            notice=notice,
            delivery=delivery,
            state=config.state,
            hangup=hangup,
            doubts=[*config.warnings, *key_doubts(config)],
            views=config.views,
            keys=config.keys,
            alarms=config.dashboard,
            hands=EngineHands(partial(_started, config), partial(_stopped, config.state)),
        )
    context.exit(code)


def ensure_engine(config: Config) -> str:
    """Start an engine if none runs; returns what a dashboard is to say of that, and tells it on standard error.

    Raises:
        EngineError: none can be started.
    """
    if running := engine_running(config.state):
        other = other_config(config.state, config.path)
        notice = f"the engine (pid {running}) is not this config's: {other}" if other else ""
    elif elsewhere := _elsewhere(config):
        notice = f"an engine runs elsewhere ({elsewhere}), and none was started here"
    else:
        pid = start_detached(config.path, config.state)
        notice = f"started an engine (pid {pid}); digest stop ends it"
    if notice:
        complain(notice)
    return notice


def _elsewhere(config: Config) -> str:
    """Which engine works on the database of a server already, in words; empty where none does."""
    if config.database.startswith(SQLITE):
        return ""
    with open_database_if_any(config) as store:
        return "" if store is None else store.database.held_by()


def _started(config: Config) -> str:
    return f"an engine runs (pid {start_detached(config.path, config.state)})"


def _stopped(state: Path) -> str:
    pid = stop_engine(state)
    return "no engine runs" if pid is None else f"the engine (pid {pid}) has stopped"


@click.command(
    short_help="Run the engine without a screen.",
    epilog="\b\nExamples:\n  digest run\n  digest run --once    # as a job of cron or CI\n"
    "  digest run --role poller    # a part of an engine on several machines: digest help growing",
)
@click.option("--once", is_flag=True, help="Poll every feed once now, deliver what is due, and end.")
@click.option("--role", type=click.Choice(PARTS), help="Run a part of an engine, on PostgreSQL.")
@click.option("--background", is_flag=True, hidden=True, help="As watch starts it: what happens goes to the log alone.")
@config_option
@click.pass_context
def run(context: click.Context, *, once: bool, background: bool, role: str | None) -> None:
    """Run the engine without a screen, until Ctrl-C or `digest stop`; there is one for each state folder.

    It ends with its terminal, too, unless it was started with nohup. With --once a running engine, also one that was
    run with --once, is asked to poll and deliver, and waited for. Feeds that fail do not change the exit code.

    With --role it is a part of an engine that runs on several machines: one clock, any number of pollers and senders,
    one bot. Of a clock or a bot, a second one waits until the first is gone.
    """
    from digest.bot import run_bot
    from digest.engine.run import run_engine

    config = read_config()
    if role:
        context.exit(_run_part(config, role, once=once, foreground=not background))
    context.exit(run_engine(config, once=once, foreground=not background, companions=[run_bot], tell=complain))


def _run_part(config: Config, role: str, *, once: bool, foreground: bool) -> int:
    """Run a part of an engine; returns the exit code."""
    from digest.bot import run_bot
    from digest.config import read_token
    from digest.engine.parts.side import run_side
    from digest.engine.run import run_clock

    if once:
        raise UsageError("--once is for a whole engine, without --role")
    if config.database.startswith(SQLITE):
        raise UsageError('parts of an engine share a database on a server: database = "postgresql://..." in the config')
    if role == "clock":
        return run_clock(config, foreground=foreground)
    if role == "bot" and not (config.telegram.admins and read_token(config)):
        raise UsageError("there is no bot: it needs a token, and admins in [telegram] of the config")
    return run_side(config, role, foreground=foreground, bot=run_bot if role == "bot" else None)


@click.command(short_help="Stop the engine.", epilog="\b\nExamples:\n  digest stop")
@config_option
def stop() -> None:
    """Stop the engine, also one that `digest watch` started, and wait until it has put its work away."""
    state, config = state_folder_of_call(), config_path_of_call()
    other = other_config(state, config)
    pid = stop_engine(state)
    say(
        f"No engine runs on {shown_path(state)}."
        if pid is None
        else f"The engine (pid {pid}) has stopped{other and '; ' + other}."
    )


@click.command(
    short_help="Show engine, feeds, rules and outbox at a glance.",
    epilog="\b\nExamples:\n  digest status\n  digest status --json | jq .outbox",
)
@config_option
@json_option
def status(*, as_json: bool) -> None:
    """Show engine, feeds, rules and outbox at a glance."""
    config, problems = config_in_force()
    now, zone = datetime.now(UTC), ZoneInfo(config.timezone)
    with open_database_if_any(config) as store:
        found = overview_now(config, store, now, problems)
        if as_json:
            say_json(status_shape(found))
            return
        for head, words, wrong in facts(found, lambda moment: local_time(moment, zone, now=now)):
            say(f"{head:<10}{words}", fg="yellow" if wrong else None)
        if store is None:
            complain("No engine has run here yet: digest watch starts one.")
