"""``digest search``: stored entries, in the rule language made forgiving."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from digest.answers.finding import found_entries
from digest.answers.rules import aliases_of, live_texts, typed_search
from digest.cli.desks import desk_option, known_desk
from digest.cli.group import SinceType, config_option, json_option
from digest.cli.output import complain, say, say_entry, say_json
from digest.cli.session import open_database_if_any, read_config
from digest.shapes import found_shape
from digest.values.desks import UNNAMED
from digest.words import count

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


@click.command(
    short_help="Find stored entries, in the rule language.",
    epilog="\b\nExamples:\n  digest search embassy syria\n  digest search 'is:unread since:2h (embassy OR envoy)'\n"
    "  digest search '@dprk -football' --since 7d\n  digest search 'title:=US' --json | jq -r .url",
)
@click.argument("words", nargs=-1, required=True, metavar="QUERY")
@click.option("--since", type=SinceType(), metavar="TIME", help="Only entries that came since then: 24h, 2026-11-22.")
@desk_option
@config_option
@json_option
def search(words: Sequence[str], since: datetime | None, desk: str | None, *, as_json: bool) -> None:
    """Find stored entries by a QUERY, oldest first, those of a feed's first poll included.

    The rule language, made forgiving: words side by side mean AND, -word excludes, and is:unread, is:read, is:starred,
    is:alert, is:baseline, severity:high, rule:x, desk:x, feed:x, url:x and since:2h ask for what is known of an entry.
    The aliases of the rule files are known. Write -- before a QUERY that begins with a hyphen.
    """
    config = read_config()
    desk = known_desk(config, desk)
    zone = ZoneInfo(config.timezone)
    with open_database_if_any(config) as store:
        known = aliases_of(config, live_texts(config, store), desk or UNNAMED)
        wanted = typed_search(" ".join(words), known, zone).for_desk(desk)
        if store is None:
            complain("No entries: no engine has run here yet. digest watch starts one.")
            return
        found = 0
        for entry, hits in found_entries(store, wanted, since):
            found += 1
            if as_json:
                say_json(found_shape(entry, hits))
            else:
                say_entry(entry, hits, zone)
        if not as_json:
            say(f"{count(found, 'entry')} of {store.reads.count_entries():,} stored", dim=True)
