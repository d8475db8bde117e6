"""``digest why``: why an entry did, or did not, alert; its query as a tree of lines.

What holds stands there with the words found, and what does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from digest.cli.group import config_option, json_option
from digest.cli.output import complain, say, say_headline, say_json
from digest.cli.session import loaded_in_force, open_database, read_config, rule_must_exist
from digest.cli.shapes import entry_shape, headline_shape, hit_shape
from digest.errors import UsageError
from digest.words import count, in_what, minute, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digest.config import Config
    from digest.engine.why import Finding
    from digest.match import ExplainedClause
    from digest.values.messages import Correction
    from digest.values.news import StoredEntry

_CLAUSE = 200
"""Letters of a deciding clause that are shown."""

_TREES = 3
"""Misses whose trees are shown without ``--rule``; the rest are a line each."""
_LINE = 100
"""Letters of a term, a NEAR or a list that are shown."""


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
    from digest.engine.why import findings_of

    config = read_config()
    with open_database(config) as store:
        found = store.reads.entry(entry)
        if found is None:
            raise UsageError(
                f"no stored entry has the {'id' if entry.isdigit() else 'address'} {entry}: digest search finds entries"
            )
        findings = findings_of(found, loaded_in_force(config, store).ruleset, config.channels, store)
        changed = store.reads.corrections([found.id]).get(found.id)
    if rule is not None:
        rule_must_exist(rule, [finding.rule for finding in findings])
        findings = [finding for finding in findings if finding.rule == rule]
    if as_json:
        for finding in findings:
            say_json(_shape(found, finding, changed))
        return
    _say_head(found, config)
    if changed is not None:
        say_headline(changed, ZoneInfo(config.timezone))
    for number, finding in enumerate(findings):
        _say_finding(finding, tree=rule is not None or finding.matched or (number < _TREES and bool(finding.hits)))
    if not findings:
        complain("There are no rules: digest init writes some to begin with.")


def _shape(entry: StoredEntry, finding: Finding, changed: Correction | None) -> dict[str, Any]:
    """A line of ``why``."""
    from digest.delivery.decide import Standing

    return {
        "entry": entry_shape(entry),
        "story": entry.story,
        "headline": headline_shape(changed),
        "rule": finding.rule,
        "matched": finding.matched,
        "alerted": finding.standing is Standing.ALERT,
        "reason": finding.standing.value,
        "sentence": finding.sentence,
        "clause": finding.clause,
        "hits": [hit_shape(hit) for hit in finding.hits],
    }


def _say_head(entry: StoredEntry, config: Config) -> None:
    seen = f"came {minute(entry.first_seen, ZoneInfo(config.timezone))}"
    dated = f"dated {minute(entry.published, ZoneInfo(config.timezone))}" if entry.published else "undated"
    seen += f", {dated}"
    say(entry.title, bold=True)
    story = f"story {entry.story}" if entry.story else ""
    say(" · ".join(part for part in (entry.text.source, seen, f"entry {entry.id}", story, entry.url) if part))


def _say_finding(finding: Finding, *, tree: bool) -> None:
    from digest.delivery.decide import Standing

    colour = {Standing.ALERT: "green", Standing.NO_MATCH: None}.get(finding.standing, "yellow")
    say()
    say(f"{finding.rule}: {finding.sentence}", fg=colour, bold=finding.matched)
    if finding.hits and finding.matched:
        say(f"  found    {words_of(finding.hits)}")
    if finding.clause:
        say(f"  decided  {_shortened(finding.clause, _CLAUSE)}")
    for each in finding.stored.deliveries if finding.stored else ():
        say(f"  message  {each.channel}: {each.state.value}{in_what(each)}" + (f", {each.reason}" * bool(each.reason)))
    if finding.explanation is not None and tree:
        for line, holds in _draw(finding.explanation.whole):
            say(f"  {line}", dim=not holds)


def _draw(part: ExplainedClause) -> Iterator[tuple[str, bool]]:
    """The lines of a part and all below it, each with whether it holds."""
    mark = "✓" if part.holds else "✗"
    if not part.parts:
        yield f"{mark} {_term(part)}", part.holds
        return
    if not part.hits and not _asks_for_all(part):
        yield f"{mark} {_shortened(part.text, _LINE)}: {'not found' if _seeks(part) else 'none found'}", part.holds
        return
    yield f"{mark} {_heading(part)}", part.holds
    shown = _telling(part)
    rows = [list(_draw(child)) for child in shown]
    if hidden := len(part.parts) - len(shown):
        rows.append([(f"✗ {hidden} more, not found", False)])
    for number, lines in enumerate(rows):
        last = number == len(rows) - 1
        for row, (line, holds) in enumerate(lines):
            lead = ("└ " if last else "├ ") if row == 0 else ("  " if last else "│ ")
            yield f"{lead}{line}", holds


def _shortened(text: str, most: int) -> str:
    """A text cut to so many characters, on one line."""
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1]}…"


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
    text = _shortened(part.text, _LINE)
    if not part.hits:
        return text if part.holds else f"{text}: not found"
    return f"{text}: {words_of(part.hits)}{'' if part.holds else ', too far apart'}"
