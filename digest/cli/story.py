"""``digest story``: one event with all that report it, and a user's word on what belongs together."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from digest.cli.group import LazyGroup, config_option, json_option
from digest.cli.output import say, say_json
from digest.cli.session import loaded_in_force, open_database, read_config
from digest.errors import UsageError
from digest.words import count, iso, minute

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.store.store import Store
    from digest.store.stories import NearStory
    from digest.values.messages import Alert
    from digest.values.stories import Report, Story


class _StoryGroup(LazyGroup):
    """``digest story 12`` is ``digest story show 12``."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Take what is no command for the id of a story."""
        named = args[:1] and args[0] in self.list_commands(ctx)
        return super().resolve_command(ctx, args if named else ["show", *args])


@click.group(
    cls=_StoryGroup,
    commands_at={
        "show": "digest.cli.story:show",
        "join": "digest.cli.story:join",
        "part": "digest.cli.story:part",
    },
    short_help="Show a story with its timeline; join and part stories.",
    epilog="\b\nExamples:\n  digest story 4711\n  digest story join 4711 4805\n  digest story part 4711 4790",
)
@config_option
def story() -> None:
    """Show an event with all that report it, or say what belongs together.

    A story goes by the id of its first report; the id or the address of any other report names it as well.
    """


_named = click.argument("named", metavar="ID")


@click.command(
    short_help="Show a story with its timeline.",
    epilog="\b\nExamples:\n  digest story 4711\n  digest story show 4711 --json | jq '.reports[].source'",
)
@_named
@config_option
@json_option
def show(named: str, *, as_json: bool) -> None:
    """Show a story: who reports it since when, what was told of it, and what may be the same in other languages."""
    from digest.store.related import related_stories

    config = read_config()
    with open_database(config) as store:
        found = _story(store, named)
        alerts = store.reads.alerts_about(story=found.id)
        related = related_stories(store, found, loaded_in_force(config, store).aliases)
    if as_json:
        say_json(_shape(found, alerts, related))
        return
    zone = ZoneInfo(config.timezone)
    say(found.reports[0].title, bold=True)
    say(f"story {found.id} · {count(len(found.reports), 'report')} · {count(len(found.sources), 'source')}")
    told = {alert.entry.id: alert for alert in alerts}
    for report in found.reports:
        say(f"{minute(report.came, zone)}  {_source(report)}  {report.title}", dim=report.repeat)
        say(f"    entry {report.entry}{' · the same report' * report.repeat}{_told(told.get(report.entry))}")
    for each in related:
        say(f"Possibly related ({each.lang}): story {each.story}  {each.texts[0].title}")


@click.command(
    short_help="Let two stories be one.",
    epilog="\b\nExamples:\n  digest story join 4711 4805",
)
@_named
@click.argument("others", nargs=-1, required=True, metavar="ID...")
@config_option
def join(named: str, others: Sequence[str]) -> None:
    """Let the stories of these ids be one with the first, which keeps its id; that holds from then on."""
    with open_database(read_config()) as store:
        into = _story(store, named)
        for other in others:
            store.grouping.merge(into.id, _story(store, other).id, datetime.now(UTC))
        found = store.reads.story(into.id)
    say(f"Story {into.id} has {count(len(found.reports) if found else 0, 'report')}.")


@click.command(
    short_help="Let some reports be a story of their own.",
    epilog="\b\nExamples:\n  digest story part 4790\n  digest story part 4790 4791",
)
@click.argument("ids", nargs=-1, required=True, metavar="ENTRY...")
@config_option
def part(ids: Sequence[str]) -> None:
    """Let these reports, of one story, be a story of their own; that holds from then on."""
    with open_database(read_config()) as store:
        chosen = [_entry(store, each) for each in ids]
        stories = {of for _, of in chosen}
        if len(stories) > 1:
            raise UsageError("these reports are in several stories: part those of one at a time")
        (of,) = stories
        new = store.grouping.part(of, [entry for entry, _ in chosen], datetime.now(UTC))
    say(f"Story {new} was parted from story {of}.")


def _story(store: Store, named: str) -> Story:
    found = store.reads.story(int(named)) if named.isascii() and named.isdigit() and len(named) < 19 else None
    if found is None:
        found = store.reads.story(_entry(store, named)[1])
    if found is None:
        raise UsageError(f"there is no story {named}: digest alerts --json names the story of each alert")
    return found


def _entry(store: Store, named: str) -> tuple[int, int]:
    """An entry, and its story."""
    entry = store.reads.entry(named)
    if entry is None:
        raise UsageError(f"there is no story or entry {named}: digest alerts --json names the story of each alert")
    if entry.story is None:
        raise UsageError(f"entry {entry.id} is in no story: it was not compared with others, or was too old for that")
    return entry.id, entry.story


def _source(report: Report) -> str:
    return f"{report.source} ({report.tier})" if report.tier else report.source


def _told(alert: Alert | None) -> str:
    if alert is None:
        return ""
    return f" · UPDATE: {alert.news.words}" if alert.news else " · alerted"


def _shape(found: Story, alerts: Sequence[Alert], related: Sequence[NearStory]) -> dict[str, Any]:
    told = {alert.entry.id: alert.news for alert in alerts}
    return {
        "id": found.id,
        "created": iso(found.created),
        "updated": iso(found.updated),
        "followed": iso(found.followed),
        "sources": [report.source for report in found.sources],
        "reports": [
            {
                "entry": report.entry,
                "title": report.title,
                "url": report.url,
                "source": report.source,
                "publisher": report.publisher,
                "tier": report.tier or None,
                "came": iso(report.came),
                "repeat": report.repeat,
                "alerted": report.entry in told,
                "update": told.get(report.entry),
            }
            for report in found.reports
        ],
        "related": [{"story": each.story, "lang": each.lang, "title": each.texts[0].title} for each in related],
    }
