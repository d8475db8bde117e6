"""Why an entry did, or did not, alert: what each rule makes of it now, and what became of it when it came; in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from digest.delivery.decide import Policy, Standing, route, standing
from digest.match import current_fold
from digest.values.settings import Telling
from digest.words import count, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digest.delivery.decide import Routed
    from digest.match import ExplainedClause, Explanation, Rule, RuleSet
    from digest.store.reads import StoredMatch
    from digest.store.store import Store
    from digest.values.news import Hit, StoredEntry
    from digest.values.settings import ChannelSpec


_LINE: Final = 100
"""Letters of a term, a NEAR or a list that are shown."""
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
    def lines(self) -> list[tuple[str, bool]]:
        """Its query as a tree of lines, each with whether it holds; none of a rule that is no more."""
        return list(_tree_lines(self.explanation.whole)) if self.explanation is not None else []

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


# --- a query as a tree -------------------------------------------------------------------------------------------


def _tree_lines(part: ExplainedClause) -> Iterator[tuple[str, bool]]:
    """The lines of a part of a query and all below it, each with whether it holds: what does is told with its words."""
    mark = "✓" if part.holds else "✗"
    if not part.parts:
        yield f"{mark} {_term(part)}", part.holds
        return
    if not part.hits and not _asks_for_all(part):
        yield f"{mark} {shortened(part.text, _LINE)}: {'not found' if _seeks(part) else 'none found'}", part.holds
        return
    yield f"{mark} {_heading(part)}", part.holds
    shown = _telling(part)
    rows = [list(_tree_lines(child)) for child in shown]
    if hidden := len(part.parts) - len(shown):
        rows.append([(f"✗ {hidden} more, not found", False)])
    for number, lines in enumerate(rows):
        last = number == len(rows) - 1
        for row, (line, holds) in enumerate(lines):
            lead = ("└ " if last else "├ ") if row == 0 else ("  " if last else "│ ")
            yield f"{lead}{line}", holds


def _seeks(part: ExplainedClause) -> bool:
    """Whether it is one thing that is looked for, under a NOT or a field."""
    from digest.match.language.query import Field, Not

    return isinstance(part.query, Not | Field)


def _asks_for_all(part: ExplainedClause) -> bool:
    """Whether each of its parts matters by itself."""
    from digest.match.language.query import And, Near

    return isinstance(part.query, And | Near)


def _telling(part: ExplainedClause) -> Sequence[ExplainedClause]:
    """The parts to show: of alternatives only those that found something."""
    return part.parts if _asks_for_all(part) else [child for child in part.parts if child.holds or child.hits]


def _heading(part: ExplainedClause) -> str:
    """What joins the lines below."""
    from digest.match.language.query import Alias, And, Count, Field, Near, Not

    words = "any of"
    match part.query:
        case Alias(name=name):
            words = f"@{name}, any of"
        case Field(name=name):
            words = f"in {name}"
        case Count(least=least):
            words = f"{least} of"
        case Near(gap=gap, ordered=ordered):
            words = _near(part, gap, ordered=ordered)
        case And():
            words = "all of"
        case Not():
            words = "not"
    return words


def _near(part: ExplainedClause, gap: int, *, ordered: bool) -> str:
    """What a NEAR asks for, and why that is not so."""
    asked = f"within {count(gap, 'word')}{', in this order' * ordered}"
    if part.words_apart is not None:
        return f"{asked}: {count(part.words_apart, 'word')} apart"
    return f"{asked}: never in one block" if all(side.holds for side in part.parts) else asked


def _term(part: ExplainedClause) -> str:
    """A term with what it found."""
    text = shortened(part.text, _LINE)
    if not part.hits:
        return text if part.holds else f"{text}: not found"
    return f"{text}: {words_of(part.hits)}{'' if part.holds else ', too far apart'}"


def shortened(text: str, most: int) -> str:
    """A text cut to so many characters, on one line."""
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1]}…"
