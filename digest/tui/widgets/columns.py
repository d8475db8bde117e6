"""The columns of the list of matches: which of them fit, and how an entry stands in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

from digest.tui.cells import Run, cut_middle, fit, shown
from digest.tui.palette import INKS, Ink

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.store.dashboard import MatchRow

_TITLE = 42
"""Cells that a title keeps before the rules' names get more than thirteen."""


class Columns(NamedTuple):
    """Cells of each; 0 leaves one out."""

    word: int
    outlet: int
    rule: int
    title: int

    @classmethod
    def fitting(cls, cells: int, rule: int) -> Self:
        """Those that fit so many cells: the rule's goes first, then the severity's word, then the outlet's.

        Args:
            cells: in all.
            rule: what the longest name of a rule would take.
        """
        word = 6 if cells >= 70 else 0
        outlet = 0 if cells < 40 else 10 if cells < 56 else 12 if cells < 110 else 18
        rest = cells - 13 - (word + 1 if word else 0) - (outlet + 1 if outlet else 0)
        rule = 0 if cells < 84 else min(rule, max(13, rest - _TITLE))
        return cls(word, outlet, rule, max(1, rest - (rule + 1 if rule else 0)))

    def names(self) -> Run:
        """Their names."""
        spans = " " * 3 + fit("SEV", self.word + 2 if self.word else 1) + " " + fit("TIME", 6, right=True) + " "
        for name, cells in (("OUTLET", self.outlet), ("RULE", self.rule), ("TITLE", self.title)):
            spans += fit(name, cells) + " " if cells else ""
        return Run(spans, Ink.MUTED)

    def spans(self, row: MatchRow, time: str) -> list[Run]:
        """An entry, after the first cell, which is the cursor's; ``time`` in six cells at most."""
        quiet = not row.unread
        value, dim = (Ink.READ, Ink.READ) if quiet else (Ink.TEXT, Ink.MUTED)
        # What a feed's first poll brought was there before us: it is never news, but it is not read either.
        dot = Run("●", Ink.ACCENT) if row.unread else Run("·" if row.baseline else " ", Ink.MUTED)
        spans = [dot, Run(" "), Run(row.severity.glyph + " ", INKS[row.severity])]
        if self.word:
            spans.append(Run(fit(row.severity.word, self.word) + " ", dim if quiet else INKS[row.severity]))
        spans.append(Run(fit(time, 6, right=True) + " ", value))
        if self.outlet:
            spans.append(Run(fit(shown(row.outlet), self.outlet) + " ", value))
        if self.rule:
            spans.append(Run(fit(_rule_names(row.rules, self.rule), self.rule) + " ", dim))
        spans.append(Run(fit(shown(row.title), self.title), Ink.READ if quiet else Ink.BRIGHT))
        return spans


def _rule_names(rules: Sequence[str], cells: int) -> str:
    """The severest rule's name, and how many more there are."""
    if not rules:
        return ""
    more = f" +{len(rules) - 1}" if len(rules) > 1 else ""
    return cut_middle(rules[0], cells - len(more)) + more
