"""Why a rule that was asked of an entry made an alert of it, or did not: one named reason.

::

    matched when it came? ─ no ─▶ matches now? ─ no ─▶ no match
          │                            └ yes ─▶ the rule is disabled, or newer than the entry
          └ yes ─▶ baseline, too old ─▶ a channel for it? ─▶ wanted there? ─▶ alert
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from digest.delivery.decide import Verdict
from digest.values.news import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.delivery.decide import Routed
    from digest.values.news import JudgedMatch


class Standing(enum.StrEnum):
    """What became of one entry under one rule."""

    ALERT = "alert"
    BASELINE = "baseline"
    TOO_OLD = "too-old"
    BELOW_SEVERITY = "below-severity"
    NOT_ROUTED = "not-routed"
    DISABLED = "disabled"
    RULE_IS_NEWER = "rule-is-newer"
    NO_MATCH = "no-match"

    @property
    def sentence(self) -> str:
        """The reason in words."""
        return _SENTENCES[self]


_SENTENCES = {
    Standing.ALERT: Outcome.ALERT.sentence,
    Standing.BASELINE: Outcome.BASELINE.sentence,
    Standing.TOO_OLD: Outcome.TOO_OLD.sentence,
    Standing.BELOW_SEVERITY: "it matched, and every channel that the rule goes to wants more severe alerts",
    Standing.NOT_ROUTED: "it matched, and the config has none of the channels that the rule names",
    Standing.DISABLED: "it would match, and the rule is switched off",
    Standing.RULE_IS_NEWER: "it matches by the rules of now, and these did not look at it when it came",
    Standing.NO_MATCH: "it does not match",
}


def standing(
    judged: JudgedMatch | None, *, matches: bool, enabled: bool, delivered: bool, routed: Sequence[Routed]
) -> Standing:
    """What became of an entry under a rule.

    Args:
        judged: the match that was stored when the entry came; ``None`` if there was none.
        matches: whether the rule matches now.
        enabled: whether it is switched on.
        delivered: whether a message was owed for the match.
        routed: what each channel gets of the entry, as `plan.route` says today.
    """
    if judged is None:
        if not matches:
            return Standing.NO_MATCH
        return Standing.RULE_IS_NEWER if enabled else Standing.DISABLED
    if judged.outcome is not Outcome.ALERT or delivered or not routed:
        return Standing(judged.outcome.value)
    verdicts = {one.verdict for one in routed if any(match.match.rule == judged.match.rule for match in one.matches)}
    if not verdicts:
        return Standing.NOT_ROUTED
    return Standing.BELOW_SEVERITY if verdicts == {Verdict.BELOW_SEVERITY} else Standing.ALERT
