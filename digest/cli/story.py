"""``digest story``: one event with all that report it, and a user's word on what belongs together."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from digest.answers.finding import report_named, story_named
from digest.answers.rules import loaded_in_force
from digest.answers.shapes import story_shape
from digest.cli.group import LazyGroup, config_option, json_option
from digest.cli.output import say, say_headline, say_json
from digest.cli.session import open_database, read_config
from digest.errors import UsageError
from digest.values.stories import story_name
from digest.words import count, minute

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from digest.config import Config
    from digest.delivery.decide import Decide
    from digest.store.reads import StoredMatch
    from digest.store.store import Store


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
    from digest.engine.story import timeline
    from digest.store.related import related_stories

    config = read_config()
    with open_database(config) as store:
        found = story_named(store, named)
        lines = timeline(store, found)
        related = related_stories(store, found, loaded_in_force(config, store).aliases)
    if as_json:
        say_json(story_shape(found, lines, related))
        return
    zone = ZoneInfo(config.timezone)
    say(found.reports[0].title, bold=True)
    say(f"story {found.id} · {count(len(found.reports), 'report')} · {count(len(found.sources), 'source')}")
    for line in lines:
        report = line.report
        say(f"{minute(report.came, zone)}  {line.source}  {report.title}", dim=report.repeat)
        say(f"    {line.words}")
        if line.changed is not None:
            say_headline(line.changed, zone, "    ")
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
    """Let the stories of these ids be one with the first, which keeps its id; that holds from then on.

    What waited for more publishers to report it is told, if they are enough now.
    """
    config = read_config()
    with open_database(config) as store:
        into = story_named(store, named)
        stories, decide = dict.fromkeys(story_named(store, other).id for other in others), _decide(config, store)
        told = {alert.id for each in (into.id, *stories) for alert in store.reads.alerts_about(story=each)}
        for other in stories:
            store.grouping.merge(into.id, other, datetime.now(UTC), decide)
        found = store.reads.story(into.id)
        called = store.reads.called(story_name(into.id))
        say(f"Story {into.id}, {called}, has {count(len(found.reports) if found else 0, 'report')}.")
        _say_fresh(store, into.id, told)


@click.command(
    short_help="Let some reports be a story of their own.",
    epilog="\b\nExamples:\n  digest story part 4790\n  digest story part 4790 4791",
)
@click.argument("ids", nargs=-1, required=True, metavar="ENTRY...")
@config_option
def part(ids: Sequence[str]) -> None:
    """Let these reports, of one story, be a story of their own; that holds from then on.

    What was not told because it seemed to repeat the other story is decided anew, and told if its rules want it. The
    new story is neither muted nor followed.
    """
    config, now = read_config(), datetime.now(UTC)
    with open_database(config) as store:
        chosen = [report_named(store, each) for each in ids]
        stories = {of for _, of in chosen}
        if len(stories) > 1:
            raise UsageError("these reports are in several stories: part those of one at a time")
        (of,) = stories
        told = {alert.id for alert in store.reads.alerts_about(story=of)}
        new = store.grouping.part(of, [entry for entry, _ in chosen], now, _decide(config, store))
        say(f"Story {new}, {store.reads.called(story_name(new))}, was parted from story {of}.")
        for entry in dict.fromkeys(entry for entry, _ in chosen):
            say(f"Entry {entry}: {_became(store.reads.matches_of(entry), told)}.")
        _say_fresh(store, of, told)
        _say_wishes(store, of, new, now)


def _decide(config: Config, store: Store) -> Decide:
    """What decides, by the rules of now, what becomes of matches."""
    from digest.config.policy import decides

    rules = loaded_in_force(config, store).rules
    return decides(config, {rule.id: rule.channels for rule in rules}, {rule.id: rule.telling for rule in rules})


def _became(found: Sequence[StoredMatch], told: Collection[int]) -> str:
    """What became of a report that was parted from its story; ``told``: the ids of what had alerted before."""
    from digest.values.news import Outcome

    if not found:
        return "no rule found it, so there is nothing to tell"
    alerts = [each for each in found if each.judged.outcome is Outcome.ALERT]
    if fresh := [each.judged.match.rule for each in alerts if each.id not in told]:
        return f"it alerts now, by {', '.join(fresh)}"
    return "it alerted before" if alerts else found[0].judged.outcome.sentence


def _say_fresh(store: Store, story: int, told: Collection[int]) -> None:
    """Tell what of a story alerts now; ``told``: the ids of what had alerted before."""
    for alert in store.reads.alerts_about(story=story):
        if alert.id not in told:
            say(f"Entry {alert.entry.id}, of story {story}: it alerts now, by {alert.rule}.")


def _say_wishes(store: Store, of: int, new: int, now: datetime) -> None:
    """Tell what was wished of a story that some reports left, for it does not hold for these."""
    if story_name(of) in {mute.rule for mute in store.mutes.in_force(now)}:
        say(f"Story {of} is muted, story {new} is not: digest mute {new} holds it, too.")
    found = store.reads.story(of)
    if found and found.followed:
        say(f"You follow story {of}, not story {new}: digest follow {new} follows it, too.")
