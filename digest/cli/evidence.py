"""``digest evidence``: what an entry said when a rule matched it, word for word, and what was seen to change since."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from digest.answers.shapes import evidence_shape
from digest.cli.group import config_option, json_option
from digest.cli.output import complain, say, say_json
from digest.cli.session import open_database, read_config
from digest.errors import UsageError
from digest.words import minute

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from digest.store.articles import StoredArticle
    from digest.store.evidence import StoredEvidence
    from digest.store.store import Store
    from digest.values.news import StoredEntry


@click.command(
    short_help="Show what an entry said when it matched, and what changed since.",
    epilog="\b\nExamples:\n  digest evidence 4711\n  digest evidence https://example.org/news/1\n"
    "  digest evidence --alert 305 --json | jq .sha256",
)
@click.argument("entry", metavar="ID_OR_URL")
@click.option("--alert", is_flag=True, help="The id is that of an alert, not of an entry.")
@config_option
@json_option
def evidence(entry: str, *, alert: bool, as_json: bool) -> None:
    """Show what an entry said when a rule matched it, its hash, and what it and its page were seen to say otherwise.

    The SHA-256 is that of the text in UTF-8 as it stands in "text" of --json. An id is that of an entry; where there is
    no entry of that id, that of an alert.
    """
    config = read_config()
    with open_database(config) as store:
        found, kept = _find(store, entry, alert=alert)
        page = store.articles.of(found.id)
        rules = [stored.judged.match.rule for stored in store.reads.matches_of(found.id)]
    if as_json:
        say_json(evidence_shape(found, kept, page))
        return
    zone = ZoneInfo(config.timezone)
    say(found.title, bold=True)
    say(" · ".join(part for part in (found.text.source, f"entry {found.id}", ", ".join(rules), found.url) if part))
    say(f"kept {minute(kept.at, zone)}  SHA-256 {kept.sha256}")
    say()
    for line in kept.text.splitlines():
        say(line)
    if page is not None:
        _say_page(page, zone)
    for change in kept.changes:
        _say_change(change, zone)
    if not kept.changes:
        complain("Nothing was seen to change since.")


def _find(store: Store, reference: str, *, alert: bool) -> tuple[StoredEntry, StoredEvidence]:
    """An entry, by its id or address or by an alert's id, and what was kept of it.

    Raises:
        UsageError: there is none, or nothing was kept of it.
    """
    found = None if alert else store.reads.entry(reference)
    kept = None if found is None else store.evidence.of(found.id)
    if kept is None and found is None and reference.isascii() and reference.isdigit() and len(reference) <= _DIGITS:
        told = store.reads.alert(int(reference))
        if told is not None and (other := store.evidence.of(told.entry.id)) is not None:
            return told.entry, other
    if found is None or kept is None:
        raise UsageError(_nothing(reference, alert=alert, stored=found is not None))
    return found, kept


_DIGITS = 18  # a longer number fits no id


def _nothing(reference: str, *, alert: bool, stored: bool) -> str:
    """Why there is nothing to show."""
    if alert:
        return f"no stored alert with evidence has the id {reference}: digest alerts lists them"
    if stored:
        return f"nothing is kept of {reference}: no rule matched it, or evidence of [keep] has passed"
    what = "id" if reference.isdigit() else "address"
    return f"no stored entry or alert has the {what} {reference}: digest search and digest alerts find them"


def _say_page(page: StoredArticle, zone: ZoneInfo) -> None:
    """What its page said when it was first read."""
    say()
    say(f"PAGE, last read {minute(page.at, zone)}", fg="cyan")
    for line in (page.text or f"No article: {page.problem}; the feed's text serves.").splitlines():
        say(line)


def _say_change(change: Mapping[str, Any], zone: ZoneInfo) -> None:
    """One thing that was seen to differ."""
    at = minute(datetime.fromtimestamp(change["at"] / 1000, UTC), zone)
    still = "" if change["matches"] else ", and no rule matches it any more"
    say()
    say(f"CHANGED {change['field']}, seen {at}{still}", fg="yellow")
    for line in change["difference"].splitlines() or ["It says again what it said at first."]:
        colour = {"-": "red", "+": "green"}.get(line[:1])
        say(f"  {line}", fg=colour)
