"""``digest watch``, ``run``, ``stop`` and ``status``: the engine and the dashboard."""

from __future__ import annotations

import os
import sys
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from digest.cli.changes import bot_shape, say_changes
from digest.cli.group import config_option, json_option
from digest.cli.looking import rules_in_force
from digest.cli.output import complain, count, iso, say, say_json
from digest.cli.session import (
    config_path_of_call,
    open_database_if_any,
    read_config,
    state_folder_of_call,
)
from digest.cli.shapes import rule_file_shape
from digest.cli.when import local
from digest.engine.background import start_detached, stop_engine
from digest.engine.feeds_now import feeds_now
from digest.errors import UsageError
from digest.presence import engine_running, other_config, read_presence, standstill
from digest.rulebook.folder import in_folder, read_rule_folder, shown_path
from digest.values.messages import DeliveryState
from digest.values.states import EngineState, FeedHealth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.config import Config
    from digest.errors import Problem
    from digest.store.store import Store


@click.command(
    short_help="Show the dashboard; start an engine if none runs.",
    epilog="\b\nExamples:\n  digest watch\n  digest watch --delivery 57\n  digest watch --config ~/news/config.toml",
)
@click.option("--delivery", type=int, metavar="ID", help="Begin with what this message of the outbox tells of.")
@config_option
@click.pass_context
def watch(context: click.Context, *, delivery: int | None) -> None:
    """Show the dashboard. If no engine runs, one is started; it stays at work when dashboard or terminal are closed.

    Keys: ? shows them all, q leaves. `digest stop` ends the engine.
    """
    from digest.tui import run_dashboard
    from digest.tui.hangup import Hangup

    if not (sys.stdin.isatty() and sys.stdout.isatty()) or os.environ.get("TERM") == "dumb":
        raise UsageError("the dashboard needs a terminal: digest run works without a screen")
    with Hangup() as hangup:
        config = read_config()
        notice = ""
        if running := engine_running(config.state):
            if other := other_config(config.state, config.path):
                notice = f"the engine (pid {running}) is not this config's: {other}"
                complain(notice)
        else:
            pid = start_detached(config.path, config.state)
            notice = f"started an engine (pid {pid}); digest stop ends it"
            complain(notice)
        code = run_dashboard(
            config.database,
            timezone=config.timezone,
            rules_folder=config.rules,
            config_path=config.path,
            notice=notice,
            delivery=delivery,
            state=config.state,
            hangup=hangup,
        )
    context.exit(code)


@click.command(
    short_help="Run the engine without a screen.",
    epilog="\b\nExamples:\n  digest run\n  digest run --once    # as a job of cron or CI",
)
@click.option("--once", is_flag=True, help="Poll every feed once now, deliver what is due, and end.")
@click.option("--background", is_flag=True, hidden=True, help="As watch starts it: what happens goes to the log alone.")
@config_option
@click.pass_context
def run(context: click.Context, *, once: bool, background: bool) -> None:
    """Run the engine without a screen, until Ctrl-C or `digest stop`; there is one for each state folder.

    It ends with its terminal, too, unless it was started with nohup. With --once a running engine, also one that was
    run with --once, is asked to poll and deliver, and waited for. Feeds that fail do not change the exit code.
    """
    from digest.bot import run_bot
    from digest.engine.run import run_engine

    config = read_config()
    context.exit(run_engine(config, once=once, foreground=not background, companions=[run_bot], tell=complain))


@click.command(short_help="Stop the engine.", epilog="\b\nExamples:\n  digest stop")
@config_option
def stop() -> None:
    """Stop the engine, also one that `digest watch` started, and wait until it has put its work away."""
    state, config = state_folder_of_call(), config_path_of_call()
    other = other_config(state, config)
    pid = stop_engine(state)
    say("No engine runs." if pid is None else f"The engine (pid {pid}) has stopped{other and '; ' + other}.")


@click.command(
    short_help="Show engine, feeds, rules and outbox at a glance.",
    epilog="\b\nExamples:\n  digest status\n  digest status --json | jq .outbox",
)
@config_option
@json_option
def status(*, as_json: bool) -> None:
    """Show engine, feeds, rules and outbox at a glance."""
    config = read_config()
    now = datetime.now(UTC)
    with open_database_if_any(config) as store:
        found = _status(config, store, now)
        if as_json:
            say_json(found)
            return
        doubts = in_folder(shown_path(config.rules), read_rule_folder(config.rules).warnings)
        _print(found, config.timezone, doubts)
        if store is None:
            complain("No engine has run here yet: digest watch starts one.")
            return
        _say_channels(config, store)
        say_changes(store, config.timezone, now)
        said = store.engine.state()
        if found["engine"]["running"] and said.activity and said.pid == found["engine"]["pid"]:
            say(f"now       {said.activity}")
        if found["engine"]["problem"]:
            say(f"problem   {found['engine']['problem']}", fg="yellow")
        for condition in found["conditions"]:
            say(f"wrong     {condition['sentence']}", fg="yellow")


def _say_channels(config: Config, store: Store) -> None:
    """Which channels cannot be written to, and why; one that the config has no more only where something waits."""
    names = [spec.name for spec in config.every_channel]
    for channel in store.channels.all():
        failed, ok = channel.last_error_at, channel.last_ok
        if channel.name not in names:
            if waiting := store.outbox.waiting(channel.name):
                words = f"{count(waiting, 'message')} for it: name it there again, or digest outbox drop them"
                say(f"channel   {channel.name} is no longer in config.toml, with {words}", fg="yellow")
        elif channel.off:
            say(f"channel   {channel.name} is off: {channel.off}", fg="yellow")
        elif failed is not None and (ok is None or ok < failed):
            say(f"channel   {channel.name}: {channel.last_error}", fg="red")


def _status(config: Config, store: Store | None, now: datetime) -> dict[str, Any]:
    pid = engine_running(config.state)
    said = store.engine.state() if store else EngineState()
    healths = Counter(health for _, health in feeds_now(config.feeds, store, now))
    rules, problems = rules_in_force(config, store)
    owed = store.outbox.counts() if store else {}
    return {
        "engine": {
            "running": pid is not None,
            "pid": pid,
            "since": iso(said.started) if pid is not None and said.pid == pid else None,
            "problem": _problem(config, said, pid) if pid is not None else "",
        },
        "feeds": {"total": healths.total(), **{health.value: healths[health] for health in FeedHealth}},
        "entries": store.reads.count_entries() if store else 0,
        "alerts": store.reads.count_alerts() if store else 0,
        "rules": {
            "loaded": len(rules),
            "errors": [_error_shape(problem) for problem in problems],
            "files": [rule_file_shape(file) for file in store.rules.files()] if store else [],
        },
        "outbox": {state.value: owed.get(state, 0) for state in DeliveryState},
        **bot_shape(store, now),
        "conditions": _conditions(store) if store else [],
    }


def _problem(config: Config, said: EngineState, pid: int) -> str:
    """What is wrong with the running engine, in its own words where it has any.

    The file of its lock has them even where the store cannot be written; either may be a second behind the other.
    """
    if words := standstill(config.state, pid) or other_config(config.state, config.path):
        return words
    light = read_presence(config.state)
    own = [sign.problem for sign in (light, said) if sign is not None and sign.pid == pid]
    return next(filter(None, own), "")


def _conditions(store: Store) -> list[dict[str, Any]]:
    """What is wrong and was told, the oldest first."""
    return [{"key": one.key, "sentence": one.sentence, "since": iso(one.since)} for one in store.conditions.known()]


def _error_shape(problem: Problem) -> dict[str, Any]:
    return {"path": problem.path, "line": problem.line, "column": problem.column, "message": problem.message}


def _print(found: dict[str, Any], zone: str, doubts: Sequence[Problem]) -> None:
    engine, feeds, rules = found["engine"], dict(found["feeds"]), found["rules"]
    since = local(datetime.fromisoformat(engine["since"]), zone) if engine["since"] else "just now"
    state = f"runs since {since} (pid {engine['pid']})" if engine["running"] else "does not run"
    say(f"engine    {state}")
    say(f"feeds     {feeds.pop('total')}{_parts(feeds)}")
    say(f"entries   {count(found['entries'], 'entry', 'entries')}, {count(found['alerts'], 'alert')}")
    say(f"rules     {rules['loaded']}" + (f", {count(len(rules['errors']), 'problem')}:" if rules["errors"] else ""))
    for error in rules["errors"]:
        say(f"          {error['path']}:{error['line']}:{error['column']}: {error['message']}", fg="red")
    for doubt in doubts:
        say(f"          {doubt.path}:{doubt.line}:{doubt.column}: warning: {doubt.message}", fg="yellow")
    for file in rules["files"]:
        since = local(datetime.fromisoformat(file["since"]), zone) if file["since"] else ""
        stands = f"version {file['version']} is live since {since}" if since else "nothing of it is live"
        broken = "; the file on disk has an error" if file["errors"] and since else ""
        say(f"          {file['path']}: {stands}{broken}", fg="yellow" if file["errors"] else None)
    say(f"outbox    {count(sum(found['outbox'].values()), 'message')}{_parts(found['outbox'])}")


def _parts(numbers: dict[str, int]) -> str:
    """``: 33 ok, 2 failing``, leaving out what there is none of."""
    parts = ", ".join(f"{number:,} {word}" for word, number in numbers.items() if number)
    return f": {parts}" if parts else ""
