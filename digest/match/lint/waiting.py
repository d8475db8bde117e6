"""Rules that wait for what will not come, or are told later than they say they must be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.errors import Problem
from digest.match.lint.firing import rules_on_disk
from digest.toml.places import locate
from digest.values.news import Severity
from digest.values.settings import TIERS, Deliver

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digest.match.loading import LoadedRules
    from digest.match.rules.rulefile import RuleDraft, RuleFile
    from digest.values.settings import DigestSpec, FeedSpec


def late_rules(loaded: LoadedRules, digests: Sequence[DigestSpec]) -> Iterator[Problem]:
    """Urgent rules whose alerts wait, and rules that leave them to digests of which the config has none."""
    for file, rule in rules_on_disk(loaded):
        if rule.telling.deliver is Deliver.NOW:
            continue
        if rule.severity is Severity.URGENT:
            message = 'is urgent, and its alerts wait: write deliver = "now", or a lower severity'
            yield _at(file, rule, "deliver", message)
        if rule.telling.deliver is Deliver.DIGEST and not any(spec.desk == file.desk for spec in digests):
            yield _at(file, rule, "deliver", "leaves its alerts to digests, and the config has no [[digest]]: add one")


def unmet_tiers(loaded: LoadedRules, feeds: Sequence[FeedSpec]) -> Iterator[Problem]:
    """Rules that wait for publishers of a tier which no feed of the config has."""
    best = min((feed.tier or TIERS[-1] for feed in feeds), default=TIERS[-1])
    for file, rule in rules_on_disk(loaded):
        wanted = rule.telling.sources_tier
        if wanted and best > wanted:
            message = f"never alerts: no feed has tier {wanted} or a better one; add tier to those you trust"
            yield _at(file, rule, "sources_tier", message)


def _at(file: RuleFile, rule: RuleDraft, key: str, message: str) -> Problem:
    place = locate(file.text, (*rule.keys, key), value=True)
    return Problem(file.path, *place, f"rule “{rule.id}” {message}", "warning")
