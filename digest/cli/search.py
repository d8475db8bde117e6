"""``digest search``: stored entries, in the rule language."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from digest.cli.group import SinceType, config_option, json_option
from digest.cli.output import complain, say, say_entry, say_json
from digest.cli.session import live_texts, open_database_if_any, query_rules, read_config
from digest.cli.shapes import found_shape
from digest.words import count

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


@click.command(
    short_help="Find stored entries, in the rule language.",
    epilog="\b\nExamples:\n  digest search 'embassy NEAR/5 Syria'\n  digest search '@dprk NOT football' --since 7d\n"
    "  digest search 'title:=US' --json | jq -r .url",
)
@click.argument("words", nargs=-1, required=True, metavar="QUERY")
@click.option("--since", type=SinceType(), metavar="TIME", help="Only entries that came since then: 24h, 2026-11-22.")
@config_option
@json_option
def search(words: Sequence[str], since: datetime | None, *, as_json: bool) -> None:
    """Find stored entries by a QUERY of the rule language, oldest first: just what a rule with that query would match.

    The aliases of the rule files are known. All stored entries are searched, those of a feed's first poll included.
    """
    from digest.match import search as search_entries

    config = read_config()
    with open_database_if_any(config) as store:
        rules = query_rules(" ".join(words), live_texts(config, store))
        if store is None:
            complain("No entries: no engine has run here yet. digest watch starts one.")
            return
        found = 0
        for entry, matches in search_entries(rules, store.archive(since)):
            found += 1
            hits = matches[0].hits
            if as_json:
                say_json(found_shape(entry, hits))
            else:
                say_entry(entry, hits, ZoneInfo(config.timezone))
        if not as_json:
            say(f"{count(found, 'entry')} of {store.reads.count_entries():,} stored", dim=True)
