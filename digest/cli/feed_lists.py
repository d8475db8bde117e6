"""``digest feeds import`` and ``export``: lists of feeds that other readers keep, too."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli.group import config_option
from digest.cli.output import complain, say
from digest.cli.session import edit_config, read_config
from digest.config.editing import twin, with_feeds, with_scheme
from digest.config.units import is_private_host, parse_http_url
from digest.errors import ParseError, UsageError
from digest.feeds.opml import MOST_BYTES, ListedFeed, NotTaken, read_feed_list, write_opml, write_urls
from digest.rulebook.folder import read_whole
from digest.text import without_login
from digest.words import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.config import Config
    from digest.feeds.opml import FeedList


@click.command(
    "import",
    short_help="Add the feeds of an OPML file, newsboat's urls, or a list of addresses.",
    epilog="\b\nExamples:\n  digest feeds import subscriptions.opml\n  digest feeds import ~/.newsboat/urls --dry-run\n"
    "  curl -s https://example.org/list.opml | digest feeds import -",
)
@click.argument("file", metavar="FILE")
@click.option("--dry-run", is_flag=True, help="Say what would be added, and write nothing.")
@config_option
@click.pass_context
def import_feeds(context: click.Context, file: str, *, dry_run: bool) -> None:
    """Add the feeds of a list to the config file, with all comments in it kept; - is standard input.

    Folders become tags, nested ones several. The network is not asked. The first poll of each feed alerts nobody.
    """
    config, name = read_config(), "standard input" if file == "-" else file
    if file == "-" and sys.stdin.isatty():
        complain("reading a list of feeds from what you type: Ctrl-D ends it")
    data = sys.stdin.buffer.read(MOST_BYTES + 1) if file == "-" else read_whole(Path(file), as_named=True)
    try:
        listed = read_feed_list(data)
    except ParseError as error:
        raise UsageError(f"{name}: {error}") from None
    if not (listed.feeds or listed.not_taken):
        raise UsageError(f"{name}: there is no feed in it: OPML, newsboat's urls or a list of addresses is read")
    added, there, not_taken = _sorted_out(config, listed)
    path = config.path
    if added:
        tables = [{"url": feed.url, "name": feed.name, "tags": list(feed.tags)} for feed in added]
        path = edit_config(lambda text: with_feeds(text, tables), dry_run=dry_run)
    refused = [one for one in not_taken if one.is_wrong]
    for one in not_taken:
        complain(f"{name}:{one.line}: {'refused' if one.is_wrong else 'not taken'}: {one.why}")
    say(_summary(len(added), there, not_taken, path, dry_run=dry_run))
    context.exit(1 if refused else 0)


def _sorted_out(config: Config, listed: FeedList) -> tuple[list[ListedFeed], int, list[NotTaken]]:
    """The feeds to be added, how many are there already, and what is not taken, in the order of the lines."""
    known = {twin(spec.url) for spec in config.feeds}
    added: dict[str, ListedFeed] = {}
    not_taken, there = [*listed.not_taken], 0
    for feed in listed.feeds:
        try:
            url = _address(feed.url, config)
        except ValueError as error:
            not_taken.append(NotTaken(feed.line, str(error), is_wrong=True))
            continue
        if (key := twin(url)) in known:
            there += 1
        elif (first := added.get(key)) is not None:  # as in two folders
            added[key] = replace(first, tags=tuple(dict.fromkeys((*first.tags, *feed.tags))))
            why = f"it is listed twice, first in line {first.line}: that one has the tags of both"
            not_taken.append(NotTaken(feed.line, why, is_wrong=False))
        else:
            added[key] = replace(feed, url=url)
    return [*added.values()], there, sorted(not_taken)


def _address(text: str, config: Config) -> str:
    """An address that the config can have; raises ValueError with the sentence."""
    url = parse_http_url(with_scheme(text) if text.lower().startswith("feed:") else text)
    if is_private_host(url) and not config.poll.private_hosts:
        raise ValueError("this address is on a private network: private_hosts = true under [poll] allows that")
    return url


def _summary(added: int, there: int, not_taken: list[NotTaken], path: Path, *, dry_run: bool) -> str:
    refused = sum(one.is_wrong for one in not_taken)
    would = "would be " * dry_run
    parts = [
        f"{count(added, 'feed')} {would}added to {path}",
        f"{there:,} {'was' if there == 1 else 'were'} there",
        f"{refused:,} refused",
    ]
    others = len(not_taken) - refused
    return ", ".join([*parts, *([f"{others:,} not taken"] if others else [])]) + "."


@click.command(
    "export",
    short_help="Write the feeds as OPML, or as newsboat's urls.",
    epilog="\b\nExamples:\n  digest feeds export > feeds.opml\n  digest feeds export --format urls > ~/.newsboat/urls",
)
@click.option(
    "--format",
    "style",
    type=click.Choice(["opml", "urls"]),
    default="opml",
    show_default=True,
    help="OPML, or newsboat's urls.",
)
@config_option
def export_feeds(style: str) -> None:
    """Write the feeds of the config to standard output; their tags are folders. `import` reads the same from it."""
    config = read_config()
    feeds = list(_listed(config))
    if left_out := sum(spec.reading is not None for spec in config.feeds):
        complain(f"{count(left_out, 'feed')} left out: what is read by selectors or from Telegram is no feed elsewhere")
    if logins := sum(without_login(feed.url) != feed.url for feed in feeds):
        complain(f"{count(logins, 'address')} written with the login in it: give the list to nobody, or take it out")
    text = write_urls(feeds) if style == "urls" else write_opml(feeds, "Feeds of Digest")
    sys.stdout.buffer.write(text.encode())


def _listed(config: Config) -> Iterator[ListedFeed]:
    for spec in config.feeds:
        if spec.url and spec.reading is None:
            yield ListedFeed(spec.url, spec.name, spec.tags)
