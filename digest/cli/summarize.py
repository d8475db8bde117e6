"""``digest summarize``: what a web page or a plain text tells, in two of its own sentences."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.answers.rules import query_rules
from digest.answers.shapes import summary_shape
from digest.cli.group import config_named, config_option, json_option
from digest.cli.output import complain, say, say_json
from digest.cli.session import config_path_of_call
from digest.errors import ConfigError, UsageError
from digest.text import quoted
from digest.words import words_of

if TYPE_CHECKING:
    from digest.net.fetch import Limits
    from digest.stories.extract import Article
    from digest.values.news import Hit

_ADDRESS = re.compile(r"[a-zA-Z][\w+.-]*://")
_MOST_BYTES = 10 * 1024 * 1024
"""Of a file or of standard input; no article comes near it."""


@click.command(
    short_help="Summarise a web page or a plain text.",
    epilog="\b\nExamples:\n  digest summarize https://example.org/1\n  digest summarize page.txt --json | jq .summary\n"
    "  pdftotext report.pdf - | digest summarize - --title 'Embassy reopens' --query 'Syria OR Damascus'",
)
@click.argument("source", metavar="FILE_OR_URL_OR_-")
@click.option(
    "--title", default="", metavar="T", help="The article's title; it tells plain text where the article starts."
)
@click.option("--query", metavar="QUERY", help="A sentence that shows what this query matches is among those shown.")
@config_option
@json_option
def summarize(source: str, title: str, query: str | None, *, as_json: bool) -> None:
    """Summarise a web page (its address or a file), or a plain text, in two of its own sentences.

    Headlines of other stories, calls to subscribe and what else surrounds an article are left out. No config is
    needed; where there is one, its [poll] says how an address may be fetched.
    """
    from digest.stories.extract import article_text
    from digest.stories.summarise import Summariser
    from digest.values.news import EntryText

    rules = None if query is None else query_rules(query)
    name = "standard input" if source == "-" else quoted(source)
    article = _page(source, title) if _ADDRESS.match(source) else article_text(_file(source, name), title=title)
    if article.problem:
        raise UsageError(f"{name} is no article: {article.problem}")
    if not article.text:
        raise UsageError(f"there is no article in {name}")
    text = EntryText(title=article.title, content=article.text)
    hits: tuple[Hit, ...] = ()
    if rules is not None:
        hits = next((match.hits for match in rules.match_entry(text)), ())
        if not hits:
            complain("The query does not match: the summary is made without it.")
    _tell(article, Summariser(text).summary(hits), hits, as_json=as_json)


def _tell(article: Article, summary: tuple[str, ...], hits: tuple[Hit, ...], *, as_json: bool) -> None:
    """Print a summary."""
    if as_json:
        say_json(summary_shape(article, summary))
        return
    if article.title:
        say(article.title, bold=True)
    for sentence in summary or ("There is nothing in it beyond its title.",):
        say(sentence)
    if hits:
        say(words_of(hits), dim=True)


# --- reading ---------------------------------------------------------------------------------------------------------


def _file(source: str, name: str) -> bytes:
    """The bytes of a file, or of standard input for ``-``.

    Args:
        source: the file's path.
        name: what it goes by in a complaint.

    Raises:
        OSError: it cannot be read.
        UsageError: it is no text, or far too long.
    """
    from digest.feeds.encoding import by_first_bytes

    if source == "-":
        body = sys.stdin.buffer.read(_MOST_BYTES + 1)
    else:
        with Path(source).open("rb") as file:
            body = file.read(_MOST_BYTES + 1)
    if len(body) > _MOST_BYTES:
        raise UsageError(f"{name} is too long: more than {_MOST_BYTES // 1024 // 1024} MB")
    if b"\0" in body[:1000] and by_first_bytes(body) is None:
        raise UsageError(f"{name} is neither a web page nor plain text")
    return body


def _page(url: str, title: str) -> Article:
    """The article at an address, fetched as feeds are and read where it can do no harm.

    Raises:
        FetchError: it cannot be fetched, in plain words.
        ParseError: it cannot be read.
        UsageError: what is there is no article.
    """
    from digest.engine.pages import read_page
    from digest.stories.extract import Article

    found = read_page(_limits(), url, title=title)
    if found.problem:
        raise UsageError(f"{quoted(url)} is no article: {found.problem}")
    return Article(found.title, found.text, found.method, found.spans)


def _limits() -> Limits:
    """The bounds of a fetch: the config's where there is one, else those of a new config."""
    from digest.config import load_config
    from digest.config.values import PollConfig
    from digest.net.fetch import Limits

    try:
        path = config_path_of_call()
    except ConfigError:
        if config_named(click.get_current_context()):
            raise
        poll = PollConfig()
    else:
        poll = load_config(path).poll
    return Limits(timeout=poll.timeout, max_bytes=poll.max_bytes, private_hosts=poll.private_hosts)
