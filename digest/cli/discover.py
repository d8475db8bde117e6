"""``digest feeds discover`` and ``add``: which feeds an address has, and one of them into the config."""

from __future__ import annotations

import sys
import textwrap
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from digest.cli.group import SpanType, config_named, config_option, json_option
from digest.cli.output import complain, say, say_json
from digest.cli.session import config_path_of_call, edit_config, read_config
from digest.errors import ConfigError, FetchError, UsageError
from digest.text import without_login
from digest.values.settings import TIERS
from digest.words import age, count, iso, language

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.config import Config, PollConfig
    from digest.engine.discovery import Discovery, FoundFeed
    from digest.feeds.propose import Proposal

_PROPOSED = 3
_NO_LOGIN = 401
_LONGEST_PREVIEW = 90
_HOW = {
    "address": "the address itself",
    "site": "where this site has it",
    "page": "the page names it",
    "link": "a link of the page",
    "usual place": "where feeds often are",
}


@click.command(
    short_help="Show the feeds of a site, without adding one.",
    epilog="\b\nExamples:\n  digest feeds discover example.org\n"
    "  digest feeds discover https://www.youtube.com/@example --json | jq -r .url",
)
@click.argument("url", metavar="URL")
@config_option
@json_option
def discover(url: str, *, as_json: bool) -> None:
    """Show which feeds an address has: a feed's, or that of any page of a site. Nothing is written."""
    found = _look(url, _poll())
    for number, feed in enumerate(found.feeds, start=1):
        if as_json:
            say_json(_shape(feed))
        else:
            _say(feed, number if len(found.feeds) > 1 else None)
    for proposal in () if found.feeds else found.proposals[:_PROPOSED]:
        if as_json:
            say_json(_proposal_shape(proposal))
        else:
            _say_proposal(proposal)
    if not (found.feeds or found.proposals):
        raise UsageError(_nothing(url, found))
    if not found.feeds:
        complain("no feed was found; put one of these into config.toml, or take the first with digest feeds add")


def _poll() -> PollConfig:
    """The guards of the config, or those without one."""
    from digest.config import PollConfig

    try:
        config_path_of_call()
    except ConfigError:
        if config_named(click.get_current_context()):
            raise
        return PollConfig()
    return read_config().poll


def _look(url: str, poll: PollConfig) -> Discovery:
    from digest.config.editing import with_scheme
    from digest.config.units import parse_http_url
    from digest.engine import discovery

    try:
        address = parse_http_url(with_scheme(url))
    except ValueError as error:
        raise UsageError(str(error)) from None
    complain(f"looking at {without_login(address)} …")
    try:
        return discovery.discover(address, poll)
    except FetchError as error:
        raise UsageError(f"{without_login(address)}: {error}{_remedy(url, address, error)}") from None


def _remedy(url: str, address: str, error: FetchError) -> str:
    """What to do about an address that brought nothing; empty where nobody but its server can."""
    if error.status == _NO_LOGIN:
        return ": write the feed into config.toml yourself, with auth = … (digest help config)"
    if error.status is None and address.partition("://")[2].startswith(url):
        return f": if it has no https, ask for http://{without_login(url)}"
    return ""


def _shape(feed: FoundFeed) -> dict[str, Any]:
    return {
        "url": feed.url,
        "title": feed.title,
        "entries": feed.entries,
        "per_day": None if feed.a_day is None else round(feed.a_day, 2),
        "newest": iso(feed.newest),
        "lang": feed.lang,
        "how": feed.how,
    }


def _say(feed: FoundFeed, number: int | None = None) -> None:
    """A feed, and what is known of it."""
    from digest.feeds.discover import rate_in_words

    say(f"{'' if number is None else f'{number}. '}{feed.title or 'without a title'}", bold=True)
    indent = " " * (0 if number is None else len(f"{number}. "))
    say(f"{indent}{without_login(feed.url)}")
    newest = f"the newest {age(datetime.now(UTC) - feed.newest)}" if feed.newest else "none with a date"
    facts = [count(feed.entries, "entry"), rate_in_words(feed.a_day), *([newest] if feed.entries else [])]
    facts += [language(feed.lang) if feed.lang else "", _HOW[feed.how]]
    say(indent + " · ".join(filter(None, facts)))


def _say_proposal(proposal: Proposal) -> None:
    """What would come, and the table that brings it."""
    say(f"The page itself, by selectors: {count(proposal.entries, 'entry')}", bold=True)
    for line in proposal.preview:
        dated = f"{line.published:%d %b %Y}  " if line.published else ""
        say(f"  {dated}{textwrap.shorten(line.title, _LONGEST_PREVIEW, placeholder=' …')}")
    say(f"\n{proposal.toml}")


def _proposal_shape(proposal: Proposal) -> dict[str, Any]:
    preview = [{"title": each.title, "url": each.link, "published": iso(each.published)} for each in proposal.preview]
    found = {"entries": proposal.entries, "lang": proposal.lang, "how": "selectors", "preview": preview}
    return proposal.table | found


def _nothing(url: str, found: Discovery) -> str:
    """Why no feed was found; the address itself is told first."""
    first = next((f": {why}" for _, why in found.refused), "")
    tried = f" ({count(len(found.refused), 'address')} were looked at)" if len(found.refused) > 1 else ""
    return f"no feed was found at {without_login(url)}{first}{tried}"


# --- add ---------------------------------------------------------------------------------------------------------


@click.command(
    short_help="Add a feed by its address, or by any page of its site.",
    epilog="\b\nExamples:\n  digest feeds add https://example.org\n"
    "  digest feeds add https://github.com/python/cpython/releases --tag python\n"
    "  digest feeds add example.org/rss.xml --name Example --every 5m --tier B --dry-run",
)
@click.argument("url", metavar="URL")
@click.option("--name", default="", help="What you read; without it the feed's own title.")
@click.option("--tag", "tags", multiple=True, help="Given to its entries; may be repeated.")
@click.option("--every", type=SpanType(), help="A fixed interval, such as 5m; without it it adapts.")
@click.option("--lang", default="", help="Of entries that name none, such as en.")
@click.option("--publisher", default="", help="Feeds of one publisher count as one voice.")
@click.option("--tier", type=click.Choice([*TIERS]), help="How far you trust it: A (the best) to F.")
@click.option("--full-text", is_flag=True, help="Fetch the pages of entries that matched.")
@click.option("--dry-run", is_flag=True, help="Say what would be added, and write nothing.")
@click.option("--yes", is_flag=True, help="Where there are several feeds, take the first without asking.")
@config_option
def add(url: str, **given: Any) -> None:
    """Add a feed to the config file, with all comments in it kept. The feed is read once before it is written.

    Where a page has several feeds, you are asked which. A running engine polls it within seconds; what it holds
    by then alerts nobody.
    """
    config = read_config()
    if there := _is_there(config, url):
        say(there)
        return
    found = _look(url, config.poll)
    if not found.feeds and found.proposals:
        _add_page(config, found.proposals[0], **given)
        return
    if not found.feeds:
        raise UsageError(_nothing(url, found))
    if found.failed:  # what is elsewhere on the site may not be what was meant
        for each in found.feeds:
            _say(each)
        raise UsageError(f"{without_login(url)}: {found.failed}; what was found around it is added by its own address")
    feed = _chosen(found.feeds, take_first=given.pop("yes"))
    if there := _is_there(config, feed.url):
        say(there)
        return
    _say(feed)
    _add(config, feed, **given)


def _add_page(config: Config, proposal: Proposal, *, yes: bool, **given: Any) -> None:
    """Add the page itself, once the user has seen what would come."""
    _say_proposal(proposal)
    if not (yes or given["dry_run"]):
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise UsageError("no feed was found: take these selectors with --yes, or paste them into config.toml")
        if not click.confirm("No feed was found. Read the page by these selectors?", default=True, err=True):
            return
    _write(config, proposal.table, **given)


def _add(config: Config, feed: FoundFeed, **given: Any) -> None:
    _write(config, {"url": feed.url}, **given | {"name": given["name"] or feed.title})


def _write(config: Config, address: Mapping[str, str], *, dry_run: bool, tags: tuple[str, ...], **given: Any) -> None:
    from digest.config.editing import with_feeds
    from digest.presence import engine_running

    table = {**address, "name": given.pop("name"), "tags": [*tags], **given}
    edited = edit_config(lambda text: with_feeds(text, [table]), dry_run=dry_run)
    if dry_run:
        say(f"It would be added to {edited}.")
        return
    then = "the engine polls it now" if engine_running(config.state) else "digest run or digest watch polls it"
    say(f"Added to {edited}: {then}; what it holds by then alerts nobody.")


def _is_there(config: Config, url: str) -> str:
    """That a feed is in the config already; empty where it is not."""
    from digest.config.editing import twin, with_scheme

    known = next((spec for spec in config.feeds if twin(spec.url) == twin(with_scheme(url))), None)
    if known is None:
        return ""
    name = f"{known.name}, " if known.name else ""
    return f"It is in {config.path} already: {name}{without_login(known.url)}"


def _chosen(feeds: tuple[FoundFeed, ...], *, take_first: bool) -> FoundFeed:
    """The one to be added; of several the user says which, but those of comments are taken only by their address.

    Raises:
        UsageError: nobody can be asked.
    """
    news = tuple(feed for feed in feeds if not feed.is_of_comments) or feeds
    if take_first or len(news) == 1:
        for other in feeds:
            if other is not news[0]:
                complain(f"also there: {other.title or 'without a title'}, {without_login(other.url)}")
        return news[0]
    for number, feed in enumerate(feeds, start=1):
        _say(feed, number)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            f"there are {len(feeds)} feeds: choose one by its address, as in digest feeds add "
            f"{without_login(feeds[0].url)}, or take the first with --yes"
        )
    number = click.prompt("Which one", type=click.IntRange(1, len(feeds)), default=1, err=True)
    return feeds[number - 1]
