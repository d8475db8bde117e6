"""``digest feeds``: the feeds of the config and how they do; taken out, paused, polled again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import TYPE_CHECKING

import click

from digest.answers.shapes import feed_shape
from digest.cli.group import LazyGroup, config_option, json_option
from digest.cli.output import complain, say, say_json, say_table
from digest.cli.session import edit_config, open_database_if_any, read_config
from digest.engine.overview import feeds_now, find_feed
from digest.errors import UsageError
from digest.values.states import FeedHealth, FeedState
from digest.watch.health import moved_to, push_trouble
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
        feed.name_with_address,
        f"{feed.entries:,}",
        age(now - feed.last_ok) if feed.last_ok else "never",
        _until(feed.next_due - now) if waits and feed.next_due else "",
        feed.last_error or _moved(feed) or feed.silence or push_trouble(feed, now),
    )


def _moved(feed: FeedState) -> str:
    moved = moved_to(feed)
    return f"moved to {moved}: write that into the config" if moved else ""


def _until(span: timedelta) -> str:
    return f"in {brief(span)}" if span >= timedelta(seconds=1) else "now"


def _named(config: Config, store: Store | None, named: tuple[str, ...]) -> list[FeedState]:
    """The feeds that are meant, each once."""
    states = [feed for feed, _ in feeds_now(config.feeds, store, datetime.now(UTC))]
    titles = {feed.spec.url: feed.title for feed in states}
    return [states[place] for place in dict.fromkeys(find_feed(config.feeds, titles, words) for words in named)]


@click.command(
    short_help="Take a feed out of the config; its entries stay.",
    epilog="\b\nExamples:\n  digest feeds remove https://example.org/rss.xml\n"
    '  digest feeds remove "BBC World" "NPR World"',
)
@click.argument("feeds", metavar="URL_OR_NAME...", nargs=-1, required=True)
@config_option
def remove(feeds: tuple[str, ...]) -> None:
    """Take feeds out of the config file, all or none, and leave the rest of it as it is. What they brought stays."""
    from digest.config.editing import without_feed

    config = read_config()
    with open_database_if_any(config) as store:
        states = _named(config, store, feeds)
    path = edit_config(lambda text: reduce(without_feed, (state.spec.url for state in states), text))
    for state in states:
        kept = f"; {count(state.entries, 'entry')} of it stay stored" if state.entries else ""
        say(f"{state.name_with_address} is out of {path}{kept}.")


@click.command(
    short_help="Poll a feed no more, for now.",
    epilog='\b\nExamples:\n  digest feeds pause https://example.org/rss.xml\n  digest feeds pause "BBC World"',
)
@click.argument("feeds", metavar="URL_OR_NAME...", nargs=-1, required=True)
@config_option
def pause(feeds: tuple[str, ...]) -> None:
    """Poll feeds no more, until `digest feeds resume`; they stay in the config, and their health is paused."""
    _turn(feeds, paused=True)


@click.command(
    short_help="Poll a paused feed again, at once.",
    epilog='\b\nExamples:\n  digest feeds resume "BBC World"',
)
@click.argument("feeds", metavar="URL_OR_NAME...", nargs=-1, required=True)
@config_option
def resume(feeds: tuple[str, ...]) -> None:
    """Poll paused feeds again; what they published meanwhile is news."""
    _turn(feeds, paused=False)


def _turn(named: tuple[str, ...], *, paused: bool) -> None:
    config, now = read_config(), datetime.now(UTC)
    with open_database_if_any(config) as store:
        states = _named(config, store, named)
        if store is None:
            raise UsageError("no engine has run here yet, so nothing is polled: digest run starts one")
        if not all(state.id for state in states):  # in the config, and no engine has met it yet
            bounds = (config.poll.min, config.poll.max)
            store.polls.sync_feeds(config.feeds, default_every=config.poll.every, now=now, bounds=bounds)
            states = _named(config, store, named)
        for state in states:
            if state.paused is not paused:
                store.polls.set_paused(state.id, paused=paused, now=now)
            say(f"{state.name_with_address} is {_turned(state, paused=paused)}.")


def _turned(state: FeedState, *, paused: bool) -> str:
    """What became of a feed; ``state`` is what it was before."""
    was = "already " if state.paused is paused else ""
    if paused:
        return f"{was}paused: it is not polled until digest feeds resume"
    return f"{was}polled{'' if was else ' again'}"
