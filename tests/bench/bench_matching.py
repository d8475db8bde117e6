"""Matching against the floor (Hyperscan on folded text) and against what others do; from 30 to 30,000 terms.

Every figure is CPU time per entry on one core. All contenders pass over the same entries in turn, round by round, and
a figure is the median of its rounds, a ratio the median of the ratios within a round: so the drift of the machine
cancels. Terms are names and phrases that most entries do not hold, as in real rule files, three to a rule. What would
take all day (`in` and `re` on many terms) is asked of a few entries only.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from digest.match import Rule, RuleSet, fold_entry
from digest.match.matching.finder import Automaton
from digest.match.text.fold import folded
from tests.bench.invented import TERMS_A_RULE, Newsroom, any_rules
from tests.bench.rivals import contains_each, hyperscan_counter, regex_each

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from digest.values.news import EntryText

ENTRIES = 600
ROUNDS = 9
SIZES = (30, 300, 3_000, 30_000)
LEAST_A_SECOND = 20_000
MOST_BY_TERMS = 1.5


class Row(NamedTuple):
    """One line of the table."""

    what: str
    figure: str


@dataclass
class Contest:
    """Contenders by name, and what each took for an entry in each round, in microseconds of CPU."""

    contenders: dict[str, Callable[[], int]] = field(default_factory=dict)
    """Each passes over its entries and says how many they were."""
    took: dict[str, list[float]] = field(default_factory=dict)

    def run(self, rounds: int = ROUNDS) -> None:
        """All contenders by turns."""
        for _ in range(rounds):
            for name, once in self.contenders.items():
                start = time.process_time()
                count = once()
                self.took.setdefault(name, []).append((time.process_time() - start) / count * 1e6)

    def cost(self, name: str) -> float:
        """Microseconds an entry."""
        return statistics.median(self.took[name])

    def ratio(self, name: str, to: str) -> float:
        """How many times as much one takes as another."""
        return statistics.median(one / other for one, other in zip(self.took[name], self.took[to], strict=True))


def _passes(once: Callable[[EntryText, str], object], texts: Sequence[tuple[EntryText, str]]) -> Callable[[], int]:
    def run() -> int:
        for entry, words in texts:
            once(entry, words)
        return len(texts)

    return run


def _folding(rules: RuleSet) -> Callable[[EntryText, str], object]:
    """Matching that takes no folded text."""
    return lambda entry, _: rules.match_entry(entry)


def _enter_digest(contest: Contest, name: str, rules: RuleSet, texts: Sequence[tuple[EntryText, str]]) -> None:
    contest.contenders[name] = _passes(_folding(rules), texts)
    contest.contenders[f"{name} stored"] = _passes(rules.match_entry, texts)


def _enter_floor(
    contest: Contest, name: str, terms: Sequence[str], texts: Sequence[tuple[EntryText, str]], *, check: bool = True
) -> bool:
    """Hyperscan, having shown that it finds what our automaton finds; says whether it is there."""
    count = hyperscan_counter(terms)
    if count is None:
        return False
    if check:
        automaton = Automaton(sorted({f" {folded(term)} " for term in terms}))
        for _, words in texts:
            assert count(words) == len(automaton.find(words)), "Hyperscan and Digest find different things"
    contest.contenders[f"{name} floor"] = _passes(lambda _, words: count(words), texts)
    return True


def _enter_others(contest: Contest, name: str, terms: Sequence[str], texts: Sequence[tuple[EntryText, str]]) -> None:
    contains = contains_each(terms)
    contest.contenders[f"{name} in"] = _passes(lambda _, words: contains(words), texts)
    searches = regex_each([terms[start : start + TERMS_A_RULE] for start in range(0, len(terms), TERMS_A_RULE)])
    few = texts[: max(1, len(texts) // 10)]
    contest.contenders[f"{name} re"] = _passes(lambda entry, _: searches(f"{entry.title}\n{entry.summary}"), few)


def _made(rules: Sequence[Rule]) -> tuple[RuleSet, float]:
    """A rule set, and the milliseconds it took."""
    start = time.process_time()
    made = RuleSet(rules)
    return made, (time.process_time() - start) * 1000


def _digest_rows(contest: Contest, name: str) -> list[Row]:
    whole, stored = contest.cost(name), contest.cost(f"{name} stored")
    rows = [
        Row(f"{name}: Digest, folding included", f"{whole:,.1f} µs, {1e6 / whole:,.0f} entries/s"),
        Row(f"{name}: Digest, folded text stored", f"{stored:,.1f} µs"),
    ]
    if f"{name} floor" in contest.took:
        floor, ratio = contest.cost(f"{name} floor"), contest.ratio(f"{name} stored", f"{name} floor")
        rows.append(
            Row(f"{name}: Hyperscan on folded text", f"{floor:,.1f} µs; Digest, folded text stored, ×{ratio:.1f}")
        )
    return rows


def _by_terms(news: Newsroom, texts: Sequence[tuple[EntryText, str]]) -> list[Row]:
    """From 30 terms in 10 rules to 30,000 in 10,000."""
    contest, made, floor = Contest(), {}, True
    for size in SIZES:
        terms = news.terms(size)
        name = f"{size:,} terms, {size // TERMS_A_RULE:,} rules"
        rules, made[name] = _made(any_rules(terms))
        _enter_digest(contest, name, rules, texts)
        floor = _enter_floor(contest, name, terms, texts)
        _enter_others(contest, name, terms, texts[: max(2, ENTRIES * 30 // size)])
    contest.run()
    rows = [] if floor else [Row("Hyperscan", "not installed here: no floor to compare with")]
    for name, took in made.items():
        rows += _digest_rows(contest, name)
        for rival, what in (("in", "`in` per term (no word borders)"), ("re", "one `re` per rule")):
            cost, ratio = contest.cost(f"{name} {rival}"), contest.ratio(f"{name} {rival}", name)
            rows.append(Row(f"{name}: {what}", f"{cost:,.0f} µs, ×{ratio:,.1f}"))
        rows.append(Row(f"{name}: making the rule set", f"{took:,.0f} ms"))
    return rows


def _budgets(news: Newsroom, texts: Sequence[tuple[EntryText, str]]) -> list[Row]:
    """What is to hold, with nothing between that would empty the caches of the processor."""
    contest = Contest()
    sets = {size: RuleSet(any_rules(news.terms(size))) for size in (SIZES[0], 3_000, SIZES[-1])}
    missed = [pair for pair in texts if not any(rules.match_entry(*pair) for rules in sets.values())]
    for size, rules in sets.items():
        contest.contenders[f"{size}"] = _passes(_folding(rules), texts)
        contest.contenders[f"{size} missed"] = _passes(_folding(rules), missed)
    contest.run(15)
    speed, ratio = 1e6 / contest.cost("3000"), contest.ratio("30000", "30")
    terms_alone, matched = contest.ratio("30000 missed", "30 missed"), 1 - len(missed) / len(texts)
    return [
        Row("to hold: entries/s at 3,000 terms, folding included", f"{speed:,.0f} (≥ {LEAST_A_SECOND:,})"),
        Row("to hold: 30,000 terms against 30", f"×{ratio:.2f} (≤ {MOST_BY_TERMS})"),
        Row(f"the same without the {matched:.1%} of entries that the many match", f"×{terms_alone:.2f}"),
    ]


def _by_shape(news: Newsroom) -> list[Row]:
    """Rules that are evaluated for nearly every entry, and scripts whose hits have to be checked."""
    contest = Contest()
    near = news.near_rules(1_000)
    words = sorted(set(news.vocabulary[:400]))
    for length in (400, 900):
        entries = news.entries(ENTRIES // 3, length)
        texts = [(entry, fold_entry(entry)) for entry in entries]
        name = f"1,000 NEAR rules of common words, {length} characters"
        _enter_digest(contest, name, RuleSet(near), texts)
        _enter_floor(contest, name, words, texts)
    for length in (400, 900):
        entries = news.entries(ENTRIES * 6 // 10, length) + news.foreign_entries(ENTRIES * 4 // 10, length)
        texts = [(entry, fold_entry(entry)) for entry in entries]
        terms = [*news.terms(1_800), *news.foreign_terms(1_200)]
        name = f"3,000 terms in five scripts, {length} characters"
        _enter_digest(contest, name, RuleSet(any_rules(terms)), texts)
    contest.run(5)
    return [row for name in contest.took if f"{name} stored" in contest.took for row in _digest_rows(contest, name)]


def run() -> list[Row]:
    """All rows."""
    news = Newsroom()
    texts = [(entry, fold_entry(entry)) for entry in news.entries(ENTRIES)]
    return [*_budgets(news, texts), *_by_terms(news, texts), *_by_shape(news)]


def main() -> None:
    """Print the rows."""
    for row in run():
        print(f"{row.what:78} {row.figure}")


if __name__ == "__main__":
    main()
