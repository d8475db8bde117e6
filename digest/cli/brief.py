"""``digest star`` and ``digest brief``: what a user picks, with notes, and all of it in one document."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from digest.cli.compose import format_option, show
from digest.cli.group import config_option, json_option
from digest.cli.mark import found_entries
from digest.cli.output import complain, say
from digest.cli.session import open_database, open_database_if_any, read_config
from digest.text import clean_block, headline
from digest.words import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digest.store.store import Store
    from digest.values.messages import DigestLine, Star

_STORY = re.compile(r"s([0-9]{1,18})", re.ASCII)


@click.command(
    short_help="Pick entries and stories for a brief.",
    epilog="\b\nExamples:\n  digest star 4711 --note 'the first denial'\n  digest star s12\n"
    "  digest star https://example.org/news/1\n  digest star 4711 --remove",
)
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option("--note", metavar="TEXT", help="What the brief says to it; an empty one takes the note away.")
@click.option("--remove", is_flag=True, help="Take it out of the brief.")
@config_option
@click.pass_context
def star(context: click.Context, ids: Sequence[str], note: str | None, *, remove: bool) -> None:
    """Pick entries and stories, which `digest brief` shows in the order of picking.

    An entry is named by its address or by its id, which `digest search` shows; a story by an s and its number,
    as s12. What was picked before keeps its place, and gets the note.
    """
    if remove and note is not None:
        raise click.UsageError("--remove takes no --note")
    note = None if note is None else clean_block(note)
    done = wrong = 0
    with open_database(read_config()) as store:
        for what, title in _named(store, ids):
            if what is None:
                wrong += 1
            elif remove and not store.stars.remove(**what):
                complain(f"{title}: it was not starred, so there is nothing to remove.", fg="red")
                wrong += 1
            elif remove:
                done += 1
            else:
                store.stars.add(**what, note=note, now=datetime.now(UTC))
                say(f"★ {title}")
                done += 1
    if remove and done:
        say(f"{done:,} taken out of the brief.")
    context.exit(1 if wrong else 0)


@click.command(
    short_help="Show what was starred, with notes and sources.",
    epilog="\b\nExamples:\n  digest brief\n  digest brief --format markdown > brief.md\n"
    "  digest brief --format html > brief.html",
)
@format_option
@config_option
@json_option
def brief(style: str, *, as_json: bool) -> None:
    """Show the entries and stories picked by `digest star`, in that order, each with its note, sources and links."""
    from digest.stories.compose import compose_brief

    config, now = read_config(), datetime.now(UTC)
    with open_database_if_any(config) as store:
        picks = store.stars.all() if store else []
        lines = [_line(store, pick, now) for pick in picks] if store else []
    kept = [line for line in lines if line is not None]
    if kept or as_json:
        show(compose_brief(kept, now=now, timezone=config.timezone), style, as_json=as_json)
    if len(kept) < len(lines):
        complain(f"{count(len(lines) - len(kept), 'pick')} left out: no longer stored.")
    if not lines:
        complain("Nothing is starred: digest star ID picks an entry that digest search finds, digest star s12 a story.")


def _named(store: Store, ids: Sequence[str]) -> Iterator[tuple[dict[str, int] | None, str]]:
    """What each of these names, as `Stars` takes it, and what that goes by; ``None`` for what is not there."""
    words = re.sub(r"(?<!\S)story (?=[0-9]+(?!\S))", "s", " ".join(ids)).split()
    for word in words:
        if number := _STORY.fullmatch(word):
            story = store.reads.stories([int(number[1])]).get(int(number[1]))
            if story is None or not story.reports:
                complain(f"No story has the number {word}.", fg="red")
                yield None, word
            else:
                yield {"story": story.id}, headline(story.reports[0].title) or word
        else:
            entries = found_entries(store, [word])
            yield ({"entry": entries[0].id}, entries[0].title) if entries else (None, word)


def _line(store: Store, pick: Star, now: datetime) -> DigestLine | None:
    """The line of a pick; ``None`` if it is no longer stored."""
    from digest.stories.compose import picked
    from digest.stories.summarise import Summariser

    alerts = store.reads.alerts_about(entry=pick.entry, story=pick.story)
    entry = pick.entry
    if pick.story is not None:
        reported = store.reads.stories([pick.story]).get(pick.story)
        entry = reported.reports[0].entry if reported and reported.reports else None
    found = None if entry is None else store.reads.entry(str(entry))
    if found is None:
        return None
    story = None if found.story is None else store.reads.stories([found.story]).get(found.story)
    sentences = () if alerts else Summariser(found.text).summary()
    return replace(picked(found, alerts, story, sentences, until=now), note=pick.note)
