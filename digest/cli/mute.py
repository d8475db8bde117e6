"""``digest ack``, ``mute``, ``unmute`` and ``follow``: what the buttons of an alert do, from the shell."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from digest.answers.rules import rule_must_exist, rules_in_force
from digest.cli.desks import known_desk
from digest.cli.group import config_option
from digest.cli.output import complain, say
from digest.cli.session import open_database, read_config
from digest.errors import UsageError
from digest.values.desks import UNNAMED, desk_of, of_desk, own_name

if TYPE_CHECKING:
    from collections.abc import Collection

    from digest.config import Config
    from digest.store.store import Store

_BY = "the command line"

_what = click.argument("what", metavar="RULE_OR_STORY")


@click.command(
    short_help="Hold the alerts of a rule or story for a while.",
    epilog="\b\nExamples:\n  digest mute dprk-syria\n  digest mute dprk-syria 2h30m\n  digest mute 12 3d",
)
@_what
@click.argument("span", default="1h", metavar="[SPAN]")
@config_option
def mute(what: str, span: str) -> None:
    """Hold the alerts of a rule for a while, or what else comes of a story; 1h if you do not say how long.

    A rule is named by its id. A story is named by its number, which the bot's button Mute story and `digest alerts`
    show, and is muted for one desk: behind its name, as in `korea/12`, for that one. When the mute is over, one message
    catches up.
    """
    from digest.words import local_time, mute_span

    config, now = read_config(), datetime.now(UTC)
    try:
        length = mute_span(span)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    with open_database(config) as store:
        name = _named(what, config, store)
        until = local_time(now + length, ZoneInfo(config.timezone), now=now)
        called = store.reads.called(name)
        store.changes.mute(name, now + length, _BY, f"muted {called} until {until}", now)
    say(f"Muted {called} until {until}. digest unmute {what} ends it.")


@click.command(
    short_help="End a mute now.",
    epilog="\b\nExamples:\n  digest unmute dprk-syria\n  digest unmute 12",
)
@_what
@config_option
@click.pass_context
def unmute(context: click.Context, what: str) -> None:
    """End the mute of a rule or story now: what was held for it is sent."""
    config, now = read_config(), datetime.now(UTC)
    with open_database(config) as store:
        muted = {mute.rule for mute in store.mutes.in_force(now)}
        name = _named(what, config, store, muted)
        called = store.reads.called(name)
        change = store.changes.unmute(name, _BY, f"unmuted {called}", now)
    if change is None:
        complain(f"{called} is not muted.")
        context.exit(1)
    say(f"Unmuted {called}: what was held for it comes now.")


@click.command(
    short_help="Be told of every new report of a story.",
    epilog="\b\nExamples:\n  digest follow 12\n  digest follow 12 --stop",
)
@click.argument("story", type=click.IntRange(1), metavar="STORY")
@click.option("--stop", is_flag=True, help="No longer: only what matters of it is told.")
@config_option
@click.pass_context
def follow(context: click.Context, story: int, *, stop: bool) -> None:
    """Be told of every report of a story that says something new, not only of what matters most."""
    from digest.values.stories import story_name

    now = datetime.now(UTC)
    with open_database(read_config()) as store:
        story = _story_of(store, story)
        if store.reads.story(story) is None:
            raise UsageError(_no_such_story(story))
        called = store.reads.called(story_name(story))
        words = f"no longer followed {called}" if stop else f"followed {called}"
        change = (store.changes.unfollow if stop else store.changes.follow)(story, _BY, words, now)
    if change is None:
        complain(f"{called} is {'not followed' if stop else 'followed already'}.")
        context.exit(1)
    say(f"No longer following {called}." if stop else f"Following {called}. digest follow {story} --stop ends it.")


@click.command(
    short_help="Say that you have an alert in hand.",
    epilog="\b\nExamples:\n  digest ack 4711\n  digest ack 4711 --over\n  digest ack 4711 --stop",
)
@click.argument("named", metavar="ID")
@click.option("--over", is_flag=True, help="Also where somebody else has it: take it over.")
@click.option("--stop", is_flag=True, help="Let it go: nobody has it then.")
@config_option
@click.pass_context
def ack(context: click.Context, named: str, *, over: bool, stop: bool) -> None:
    """Say that you have an alert in hand, with all of its story; all messages of it say so, in every channel.

    ID is the number of the story, or the id or address of any of its entries. You go by your login name. An urgent
    alert that nobody takes goes to the next channel where a channel has `escalate`.
    """
    from digest.store.people import Colleague
    from digest.values.messages import Taken
    from digest.words import local_time

    if over and stop:
        raise click.UsageError("--over and --stop exclude each other.")
    config, now, me = read_config(), datetime.now(UTC), Colleague.here(_BY)
    with open_database(config) as store:
        event, title = _event(store, named)
        changes = store.changes
        found = changes.release(event, me, now) if stop else changes.take(event, me, now, over=over)
    if found is None:
        complain(f"Nobody has it: {title}" if stop else f"There is nothing to take, for it did not alert: {title}")
        context.exit(1)
    if isinstance(found, Taken):
        since = local_time(found.since, ZoneInfo(config.timezone), now=now)
        if found.person == me.person:
            say(f"You have it since {since}: {title}")
            return
        complain(f"{found.who} has it since {since}: digest ack {named} --over takes it over.")
        context.exit(1)
    say(f"Nobody has it now: {title}" if stop else f"{me.name} has it now: {title}")
    say(f"digest ack {named} takes it." if stop else f"digest ack {named} --stop lets it go.")


def _event(store: Store, named: str) -> tuple[int, str]:
    """The event that a number or an address names, and a title of it.

    Raises:
        UsageError: there is none.
    """
    story = store.reads.story(int(named)) if named.isascii() and named.isdigit() and len(named) < 19 else None
    if story is not None:
        return story.id, story.reports[0].title
    entry = store.reads.entry(named)
    if entry is None:
        raise UsageError(f"there is no story or entry {named}: digest alerts --json names the story of each alert")
    return entry.event, entry.title


def _named(what: str, config: Config, store: Store, muted: Collection[str] = ()) -> str:
    """What is muted goes by: a rule's id, or the name of the story with this number.

    Raises:
        UsageError: there is neither.
    """
    from digest.values.stories import story_name, story_number

    rules = [rule.id for rule in rules_in_force(config, store)[0]]
    if what in muted or what in rules:  # a rule that is gone may be muted still
        return what
    desk, own = desk_of(what), own_name(what)
    story = story_number(f"story {own.removeprefix('story').strip()}")
    if story is None:
        rule_must_exist(what, rules)
        return what
    story = _story_of(store, story)
    name = of_desk(known_desk(config, desk) or UNNAMED, story_name(story))
    if name not in muted and store.reads.story(story) is None:
        raise UsageError(_no_such_story(story))
    return name


def _story_of(store: Store, number: int) -> int:
    """The story that a number names: its own, or that of any of its reports."""
    if store.reads.story(number) is not None:
        return number
    report = store.reads.entry(str(number))
    return number if report is None or report.story is None else report.story


def _no_such_story(story: int) -> str:
    return f"there is no story {story}, or it is no longer kept"
