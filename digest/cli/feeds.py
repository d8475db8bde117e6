"""``digest feeds``: the feeds of the config and how they do; taken out, paused, polled again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from digest.cli.group import LazyGroup, config_option, json_option
from digest.cli.output import complain, say, say_json, say_table
from digest.cli.session import edit_config, open_database_if_any, read_config
from digest.cli.shapes import feed_shape
from digest.engine.overview import feeds_now, find_feed
from digest.errors import UsageError
from digest.text import without_login
from digest.values.states import FeedHealth, FeedState
from digest.watch.health import moved_to
from digest.words import age, brief, count

if TYPE_CHECKING:
    from digest.config import Config
    from digest.store.store import Store

_COMMANDS = {
    "list": "digest.cli.feeds:list_feeds",
    "add": "digest.cli.discover:add",
    "remove": "digest.cli.feeds:remove",
    "pause": "digest.cli.feeds:pause",
    "resume": "digest.cli.feeds:resume",
    "import": "digest.cli.feed_lists:import_feeds",
    "export": "digest.cli.feed_lists:export_feeds",
    "discover": "digest.cli.discover:discover",
}


@click.group(cls=LazyGroup, commands_at=_COMMANDS, short_help="Feeds: list, add, remove, pause, import, export.")
@config_option
def feeds() -> None:
    """The feeds of the config and how they do. A running engine takes every change at once."""


@click.command(
    "list",
    short_help="List the feeds: health, entries, last success, next poll.",
    epilog="\b\nExamples:\n  digest feeds list\n  digest feeds list --json | jq 'select(.health != \"ok\")'",
)
@config_option
@json_option
def list_feeds(*, as_json: bool) -> None:
    """List the feeds: health, entries, last success, next poll and what went wrong last."""
    config = read_config()
    now = datetime.now(UTC)
    with open_database_if_any(config) as store:
        found = feeds_now(config.feeds, store, now)
    if as_json:
        for feed, health in found:
            say_json(feed_shape(feed, health))
        return
    if not found:
        complain("There are no feeds: digest feeds add URL adds one.")
        return
    rows = [_row(feed, health, now) for feed, health in found]
    say_table(rows, heads=("HEALTH", "FEED", "ENTRIES", "LAST OK", "NEXT", "LAST ERROR"), right=(2, 3, 4))


def _row(feed: FeedState, health: FeedHealth, now: datetime) -> tuple[str, ...]:
    waits = feed.next_due is not None and health not in {FeedHealth.PAUSED, FeedHealth.GONE}
    return (
        health.value,
        _called(feed),
        f"{feed.entries:,}",
        age(now - feed.last_ok) if feed.last_ok else "never",
        _until(feed.next_due - now) if waits and feed.next_due else "",
        feed.last_error or _moved(feed) or feed.silence,
    )


def _moved(feed: FeedState) -> str:
    moved = moved_to(feed)
    return f"moved to {moved}: write that into the config" if moved else ""


def _called(feed: FeedState) -> str:
    nameless = not (feed.spec.name or feed.title)
    return f"{feed.name} ({without_login(feed.spec.url)})" if nameless else feed.name


def _until(span: timedelta) -> str:
    return f"in {brief(span)}" if span >= timedelta(seconds=1) else "now"


def _named(config: Config, store: Store | None, words: str) -> FeedState:
    """The feed that is meant."""
    states = [feed for feed, _ in feeds_now(config.feeds, store, datetime.now(UTC))]
    return states[find_feed(config.feeds, {feed.spec.url: feed.title for feed in states}, words)]


@click.command(
    short_help="Take a feed out of the config; its entries stay.",
    epilog='\b\nExamples:\n  digest feeds remove https://example.org/rss.xml\n  digest feeds remove "BBC World"',
)
@click.argument("feed", metavar="URL_OR_NAME")
@config_option
def remove(feed: str) -> None:
    """Take a feed out of the config file, and leave all else in it as it is. What it brought stays stored."""
    from digest.config.editing import without_feed

    config = read_config()
    with open_database_if_any(config) as store:
        state = _named(config, store, feed)
    path = edit_config(lambda text: without_feed(text, state.spec.url))
    kept = f"; {count(state.entries, 'entry')} of it stay stored" if state.entries else ""
    say(f"{_called(state)} is out of {path}{kept}.")


@click.command(
    short_help="Poll a feed no more, for now.",
    epilog='\b\nExamples:\n  digest feeds pause https://example.org/rss.xml\n  digest feeds pause "BBC World"',
)
@click.argument("feed", metavar="URL_OR_NAME")
@config_option
def pause(feed: str) -> None:
    """Poll a feed no more, until `digest feeds resume`; it stays in the config, and its health is paused."""
    _turn(feed, paused=True)


@click.command(
    short_help="Poll a paused feed again, at once.",
    epilog='\b\nExamples:\n  digest feeds resume "BBC World"',
)
@click.argument("feed", metavar="URL_OR_NAME")
@config_option
def resume(feed: str) -> None:
    """Poll a paused feed again; what it published meanwhile is news."""
    _turn(feed, paused=False)


def _turn(words: str, *, paused: bool) -> None:
    config, now = read_config(), datetime.now(UTC)
    with open_database_if_any(config) as store:
        state = _named(config, store, words)
        if store is None:
            raise UsageError("no engine has run here yet, so nothing is polled: digest run starts one")
        if not state.id:  # in the config, and no engine has met it yet
            bounds = (config.poll.min, config.poll.max)
            store.polls.sync_feeds(config.feeds, default_every=config.poll.every, now=now, bounds=bounds)
            state = _named(config, store, words)
        if state.paused is not paused:
            store.polls.set_paused(state.id, paused=paused, now=now)
    was = "already " if state.paused is paused else ""
    if paused:
        say(f"{_called(state)} is {was}paused: it is not polled until digest feeds resume.")
    else:
        say(f"{_called(state)} is {was}polled{'' if was else ' again'}.")
