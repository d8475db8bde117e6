"""``digest search``: stored entries, in the rule language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from digest.cli.group import SinceType, config_option, json_option
from digest.cli.output import complain, say, say_entry, say_json
from digest.cli.session import live_texts, open_database_if_any, query_rules, read_config
from digest.cli.shapes import found_shape
from digest.words import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from digest.match import RuleSet
    from digest.store.store import Store
    from digest.values.news import Hit, StoredEntry

_STARRED = re.compile(r"(?<!\S)(?:AND\s+is:starred(?!\S)|is:starred(?!\S)(?:\s+AND(?!\S))?)")


@click.command(
    short_help="Find stored entries, in the rule language.",
    epilog="\b\nExamples:\n  digest search 'embassy NEAR/5 Syria'\n  digest search '@dprk NOT football' --since 7d\n"
    "  digest search 'title:=US' --json | jq -r .url\n  digest search 'is:starred AND embassy'",
)
@click.argument("words", nargs=-1, required=True, metavar="QUERY")
@click.option("--since", type=SinceType(), metavar="TIME", help="Only entries that came since then: 24h, 2026-11-22.")
@config_option
@json_option
def search(words: Sequence[str], since: datetime | None, *, as_json: bool) -> None:
    """Find stored entries by a QUERY of the rule language, oldest first: just what a rule with that query would match.

    The aliases of the rule files are known. All stored entries are searched, those of a feed's first poll included.
    `is:starred`, alone or beside the query, finds what `digest star` picked.
    """
    config = read_config()
    query = " ".join(words)
    rest = _STARRED.sub(lambda found: " " * len(found[0]), query)  # columns of mistakes stay as they are typed
    with open_database_if_any(config) as store:
        rules = query_rules(rest, live_texts(config, store)) if rest.strip() else None
        if store is None:
            complain("No entries: no engine has run here yet. digest watch starts one.")
            return
        found = 0
        for entry, hits in _found(store, rules, since, starred=rest != query):
            found += 1
            if as_json:
                say_json(found_shape(entry, hits))
            else:
                say_entry(entry, hits, ZoneInfo(config.timezone))
        if not as_json:
            say(f"{count(found, 'entry')} of {store.reads.count_entries():,} stored", dim=True)


def _found(
    store: Store, rules: RuleSet | None, since: datetime | None, *, starred: bool
) -> Iterator[tuple[StoredEntry, Sequence[Hit]]]:
    """The entries that a query finds, or all of them without one, with its hits; of the starred ones alone if asked."""
    from digest.match import search as search_entries

    picked = store.stars.entries() if starred else frozenset()
    if rules is None:
        for entry in filter(None, (store.reads.entry(str(each)) for each in sorted(picked))):
            if since is None or entry.first_seen >= since:
                yield entry, ()
        return
    for entry, matches in search_entries(rules, store.archive(since)):
        if not starred or entry.id in picked:
            yield entry, matches[0].hits
