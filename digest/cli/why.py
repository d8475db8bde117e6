"""``digest why``: why an entry did, or did not, alert; its query as a tree of lines.

What holds stands there with the words found, and what does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from digest.answers.finding import entry_named, why_of
from digest.answers.rules import rule_must_exist
from digest.answers.shapes import why_shape
from digest.cli.group import config_option, json_option
from digest.cli.output import complain, say, say_headline, say_json
from digest.cli.session import open_database, read_config
from digest.words import in_what, minute, words_of

if TYPE_CHECKING:
    from digest.config import Config
    from digest.store.why import Finding
    from digest.values.news import StoredEntry

_CLAUSE = 200
"""Letters of a deciding clause that are shown."""

_TREES = 3
"""Misses whose trees are shown without ``--rule``; the rest are a line each."""


@click.command(
    short_help="Tell why an entry did, or did not, alert.",
    epilog="\b\nExamples:\n  digest why https://example.org/news/1\n  digest why 4711 --rule dprk-syria\n"
    "  digest why 4711 --json | jq 'select(.alerted | not) | [.rule, .clause]'",
)
@click.argument("entry", metavar="URL_OR_ID")
@click.option("--rule", metavar="ID", help="Only this rule.")
@config_option
@json_option
def why(entry: str, rule: str | None, *, as_json: bool) -> None:
    """Tell why a stored entry did, or did not, alert: for each rule the clause that decided and the words that hit.

    What alerted comes first, then what matched and did not alert, then the nearest miss. For each rule its query is
    shown as a tree: what holds, with the words found, and what fails.
    """
    config = read_config()
    with open_database(config) as store:
        found = entry_named(store, entry)
        findings = why_of(config, store, found)
        changed = store.reads.corrections([found.id]).get(found.id)
    if rule is not None:
        rule_must_exist(rule, [finding.rule for finding in findings])
        findings = [finding for finding in findings if finding.rule == rule]
    if as_json:
        for finding in findings:
            say_json(why_shape(found, finding, changed))
        return
    _say_head(found, config)
    if changed is not None:
        say_headline(changed, ZoneInfo(config.timezone))
    for number, finding in enumerate(findings):
        _say_finding(finding, tree=rule is not None or finding.matched or (number < _TREES and bool(finding.hits)))
    if not findings:
        complain("There are no rules: digest init writes some to begin with.")


def _say_head(entry: StoredEntry, config: Config) -> None:
    seen = f"came {minute(entry.first_seen, ZoneInfo(config.timezone))}"
    dated = f"dated {minute(entry.published, ZoneInfo(config.timezone))}" if entry.published else "undated"
    seen += f", {dated}"
    say(entry.title, bold=True)
    story = f"story {entry.story}" if entry.story else ""
    say(" · ".join(part for part in (entry.text.source, seen, f"entry {entry.id}", story, entry.url) if part))


def _say_finding(finding: Finding, *, tree: bool) -> None:
    from digest.delivery.decide import Standing
    from digest.store.why import shortened

    colour = {Standing.ALERT: "green", Standing.NO_MATCH: None}.get(finding.standing, "yellow")
    say()
    say(f"{finding.rule}: {finding.sentence}", fg=colour, bold=finding.matched)
    if finding.hits and finding.matched:
        say(f"  found    {words_of(finding.hits)}")
    if finding.clause:
        say(f"  decided  {shortened(finding.clause, _CLAUSE)}")
    for each in finding.stored.deliveries if finding.stored else ():
        say(f"  message  {each.channel}: {each.state.value}{in_what(each)}" + (f", {each.reason}" * bool(each.reason)))
    for line, holds in finding.lines if tree else ():
        say(f"  {line}", dim=not holds)
