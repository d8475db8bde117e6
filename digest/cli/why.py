"""``digest why``: why an entry did, or did not, alert."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from digest.cli.found import title_of, words_of
from digest.cli.group import config_option, json_option
from digest.cli.looking import rule_must_exist
from digest.cli.output import complain, say, say_json
from digest.cli.session import loaded_in_force, open_database, read_config
from digest.cli.shapes import entry_shape, hit_shape
from digest.cli.tree import draw, shortened
from digest.cli.when import local
from digest.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.config import Config
    from digest.delivery.plan import Routed
    from digest.delivery.standing import Standing
    from digest.match import Explanation, Rule
    from digest.model import Hit, StoredEntry
    from digest.store.reads import StoredMatch
    from digest.store.store import Store

_CLAUSE = 200
"""Letters of a deciding clause that are shown."""

_TREES = 3
"""Misses whose trees are shown without ``--rule``; the rest are a line each."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule says of the entry, and what became of it."""

    rule: str
    explanation: Explanation | None
    """``None`` for a rule that is no more, and matched when the entry came."""
    stored: StoredMatch | None
    standing: Standing

    @property
    def matched(self) -> bool:
        """Whether the rule matches, or did when the entry came."""
        return self.stored is not None or (self.explanation is not None and self.explanation.matched)

    @property
    def hits(self) -> tuple[Hit, ...]:
        """The words that hit: as they were when it came, else as they would now."""
        if self.stored is not None:
            return self.stored.judged.match.hits
        return self.explanation.hits if self.explanation is not None else ()

    @property
    def clause(self) -> str:
        """The clause that decided."""
        return self.explanation.clause if self.explanation is not None else ""

    @property
    def sentence(self) -> str:
        """What became of it, in words."""
        if self.explanation is None:
            return f"{self.standing.sentence}; the rule is gone since"
        if self.stored is not None and not self.explanation.matched:
            return f"{self.standing.sentence}; as the rule is now, it would not match"
        return self.standing.sentence

    @property
    def order(self) -> tuple[Any, ...]:
        """Alerts first, then what matched, then the nearest miss."""
        from digest.delivery.standing import Standing

        near = () if self.explanation is None else self.explanation.nearness
        return (self.standing is not Standing.ALERT, not self.matched, near)


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
        found = store.reads.entry(entry)
        if found is None:
            raise UsageError(
                f"no stored entry has the {'id' if entry.isdigit() else 'address'} {entry}: digest search finds entries"
            )
        findings = _findings(found, config, store)
    if rule is not None:
        rule_must_exist(rule, [finding.rule for finding in findings])
        findings = [finding for finding in findings if finding.rule == rule]
    if as_json:
        for finding in findings:
            say_json(_shape(found, finding))
        return
    _say_head(found, config)
    for number, finding in enumerate(findings):
        _say_finding(finding, tree=rule is not None or finding.matched or (number < _TREES and bool(finding.hits)))
    if not findings:
        complain("There are no rules: digest init writes some to begin with.")


def _findings(entry: StoredEntry, config: Config, store: Store) -> list[Finding]:
    """What every rule says, and every rule that is gone and matched."""
    from digest.match import Explainer, current_fold

    loaded = loaded_in_force(config, store)
    stored = {match.judged.match.rule: match for match in store.reads.matches_of(entry.id)}
    routed = _routed(config, loaded.rules, list(stored.values()))
    findings = []
    for explanation in Explainer(loaded.rules).explain(entry.text, current_fold(entry)):
        rule, match = explanation.rule, stored.pop(explanation.rule.id, None)
        findings.append(Finding(rule.id, explanation, match, _standing(match, routed, explanation)))
    findings += [Finding(rule, None, match, _standing(match, routed)) for rule, match in stored.items()]
    return sorted(findings, key=lambda finding: finding.order)


def _routed(config: Config, rules: Sequence[Rule], stored: Sequence[StoredMatch]) -> Sequence[Routed]:
    """What each channel gets of the entry's matches, by the config and rules of today."""
    from digest.delivery.plan import RuleRoute, route

    routes = {match.judged.match.rule: RuleRoute("") for match in stored}
    routes |= {rule.id: RuleRoute(rule.title, rule.channels) for rule in rules}
    return route([match.judged for match in stored], routes, config.channels, {})


def _standing(match: StoredMatch | None, routed: Sequence[Routed], explanation: Explanation | None = None) -> Standing:
    from digest.delivery.standing import standing

    return standing(
        match.judged if match else None,
        matches=explanation is not None and explanation.matched,
        enabled=explanation is not None and explanation.rule.enabled,
        delivered=bool(match and match.deliveries),
        routed=routed,
    )


def _shape(entry: StoredEntry, finding: Finding) -> dict[str, Any]:
    """A line of ``why``."""
    from digest.delivery.standing import Standing

    return {
        "entry": entry_shape(entry),
        "rule": finding.rule,
        "matched": finding.matched,
        "alerted": finding.standing is Standing.ALERT,
        "reason": finding.standing.value,
        "sentence": finding.sentence,
        "clause": finding.clause,
        "hits": [hit_shape(hit) for hit in finding.hits],
    }


def _say_head(entry: StoredEntry, config: Config) -> None:
    seen = f"came {local(entry.first_seen, config.timezone)}"
    if entry.published:
        seen += f", dated {local(entry.published, config.timezone)}"
    say(title_of(entry), bold=True)
    say(" · ".join(part for part in (entry.text.source, seen, f"entry {entry.id}", entry.url) if part))


def _say_finding(finding: Finding, *, tree: bool) -> None:
    from digest.delivery.standing import Standing

    colour = {Standing.ALERT: "green", Standing.NO_MATCH: None}.get(finding.standing, "yellow")
    say()
    say(f"{finding.rule}: {finding.sentence}", fg=colour, bold=finding.matched)
    if finding.hits and finding.matched:
        say(f"  found    {words_of(finding.hits)}")
    if finding.clause:
        say(f"  decided  {shortened(finding.clause, _CLAUSE)}")
    for delivery in finding.stored.deliveries if finding.stored else ():
        say(f"  message  {delivery.channel}: {delivery.state.value}" + (f", {delivery.reason}" * bool(delivery.reason)))
    if finding.explanation is not None and tree:
        for line, holds in draw(finding.explanation.whole):
            say(f"  {line}", dim=not holds)
