"""``digest feeds``: the feeds of the config and how they do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from digest.cli.group import LazyGroup, config_option, json_option
from digest.cli.output import complain, say_json, say_table
from digest.cli.session import open_database_if_any, read_config
from digest.cli.shapes import feed_shape
from digest.engine.overview import feeds_now
from digest.text import without_login
from digest.values.states import FeedHealth, FeedState
from digest.words import age, brief


@click.group(cls=LazyGroup, commands_at={"list": "digest.cli.feeds:list_feeds"}, short_help="Feeds and how they do.")
@config_option
def feeds() -> None:
    """The feeds of the config and how they do."""


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
        complain("There are no feeds: add [[feed]] with its url to config.toml.")
        return
    rows = [_row(feed, health, now) for feed, health in found]
    say_table(rows, heads=("HEALTH", "FEED", "ENTRIES", "LAST OK", "NEXT", "LAST ERROR"), right=(2, 3, 4))


def _row(feed: FeedState, health: FeedHealth, now: datetime) -> tuple[str, ...]:
    waits = feed.next_due is not None and health not in {FeedHealth.PAUSED, FeedHealth.GONE}
    nameless = not (feed.spec.name or feed.title)
    return (
        health.value,
        f"{feed.name} ({without_login(feed.spec.url)})" if nameless else feed.name,
        f"{feed.entries:,}",
        age(now - feed.last_ok) if feed.last_ok else "never",
        _until(feed.next_due - now) if waits and feed.next_due else "",
        feed.last_error or feed.silence,
    )


def _until(span: timedelta) -> str:
    return f"in {brief(span)}" if span >= timedelta(seconds=1) else "now"
