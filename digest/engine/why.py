"""Why an entry did, or did not, alert: what each rule makes of it now, and what became of it when it came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from digest.delivery.decide import Policy, Standing, route, standing
from digest.match import current_fold
from digest.values.settings import Telling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.delivery.decide import Routed
    from digest.match import Explanation, Rule, RuleSet
    from digest.store.reads import StoredMatch
    from digest.store.store import Store
    from digest.values.news import Hit, StoredEntry
    from digest.values.settings import ChannelSpec


FOUND_NOTHING: Final = "the rule does not match it, but told its story"
"""How it is said of a report that was told only because so many more publishers report its story."""


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
        judged = self.stored.judged if self.stored else None
        became = self.standing.sentence
        if judged and judged.news:
            became += f", as an UPDATE: {judged.news.words}"
        if self.explanation is None:
            return f"{became}; the rule is gone since"
        if judged and not self.explanation.matched:
            return f"{became}; {'as the rule is now, it would not match' if judged.match.hits else FOUND_NOTHING}"
        return became

    @property
    def order(self) -> tuple[Any, ...]:
        """Alerts first, then what matched, then the nearest miss."""
        near = () if self.explanation is None else self.explanation.nearness
        return (self.standing is not Standing.ALERT, not self.matched, near)


def findings_of(entry: StoredEntry, rules: RuleSet, channels: Sequence[ChannelSpec], store: Store) -> list[Finding]:
    """What each of these rules says, and every other that matched when the entry came.

    What alerted comes first, then what matched and did not alert, then the nearest miss.
    """
    stored = {match.judged.match.rule: match for match in store.reads.matches_of(entry.id)}
    routed = _routed(channels, rules.every, list(stored.values()))
    findings = []
    for explanation in rules.explain(entry.text, current_fold(entry)):
        rule, match = explanation.rule, stored.pop(explanation.rule.id, None)
        findings.append(Finding(rule.id, explanation, match, _standing(match, routed, explanation)))
    findings += [Finding(rule, None, match, _standing(match, routed)) for rule, match in stored.items()]
    return sorted(findings, key=lambda finding: finding.order)


def _routed(channels: Sequence[ChannelSpec], rules: Sequence[Rule], stored: Sequence[StoredMatch]) -> Sequence[Routed]:
    """What each channel gets of the entry's matches, by the config and rules of today."""
    routes = {rule.id: rule.channels for rule in rules}
    return route([match.judged for match in stored], Policy(timedelta.max, channels, routes))


def _standing(match: StoredMatch | None, routed: Sequence[Routed], explanation: Explanation | None = None) -> Standing:
    return standing(
        match.judged if match else None,
        matches=explanation is not None and explanation.matched,
        enabled=explanation is not None and explanation.rule.enabled,
        delivered=bool(match and match.deliveries),
        routed=routed,
        telling=explanation.rule.telling if explanation is not None else Telling(),
    )
