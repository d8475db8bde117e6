"""``digest rules gaps`` and ``digest rules noise``: what stories and readers teach about the rules, as drafts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from digest.cli.group import SinceType, config_option, json_option
from digest.cli.output import complain
from digest.cli.session import open_database_if_any, read_config
from digest.words import count

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.cli.lessons import Lessons, Study
    from digest.stories.learning.gaps import Missed
    from digest.stories.learning.noise import Judged
    from digest.values.news import EntryText

    Find = Callable[[Study], Lessons | None]

_NO_STORE = "There are no stored entries yet: digest watch starts an engine."

_since = click.option("--since", type=SinceType(), metavar="TIME", help="Only alerts since then: 7d, 2026-11-22 (30d).")
_rule = click.option("--rule", metavar="ID", help="Only for the rule of this id.")
_draft = click.option("--draft", metavar="PATH", help="Write the draft there: a file, a folder, or -.")


# --- gaps --------------------------------------------------------------------------------------------------------


@click.command(
    short_help="Show what rules missed in stories that alerted, and the terms that would catch it.",
    epilog="\b\nExamples:\n  digest rules gaps\n  digest rules gaps --rule dprk-syria --since 7d\n"
    "  digest rules gaps --rule dprk-syria --draft draft/ && digest rules diff draft/north-korea.toml\n"
    "  digest rules gaps --json | jq -r '[.rule, .lang, .term, .catches, .others] | @tsv'",
)
@_since
@_rule
@_draft
@config_option
@json_option
@click.pass_context
def gaps(context: click.Context, since: datetime | None, rule: str | None, draft: str | None, *, as_json: bool) -> None:
    """Show reports in stories that alerted which no rule found, and the terms that would have caught them.

    Each term stands in two such reports or more. Beside it stands its price: how many other stored entries it would
    find, in no story of the rule. Then comes the draft: the rule with these terms, and which stored entries that adds
    and drops. Nothing is changed; --draft writes it where digest rules diff and digest rules apply can take it.
    """
    context.exit(_learn(_gaps, since, rule, draft, as_json=as_json))


def _gaps(study: Study) -> Lessons | None:
    from digest.cli.lessons import Lessons
    from digest.rulebook.editing import look_for
    from digest.stories.learning.gaps import find_gaps, still_missed

    asked: list[Missed] = [still_missed(missed) for missed in _missed(study)]
    reports = sum(len(missed.reports) for missed in asked)
    if not reports:
        complain("No report is missed: in each story that alerted, the rule finds every report that came since then.")
        complain("A longer span may show more: --since 90d.")
        return None
    lessons = Lessons(study, find_gaps(asked, study.archive), "catches")
    for missed in asked:
        if not missed.reports:
            continue
        told = f"{count(len(missed.reports), 'report')} in stories of this rule that no rule found"
        lessons.add(missed.rule, told, look_for)
    if not lessons.drafted:
        complain(f"{count(reports, 'report')} missed, and no term would catch two of them without finding much else.")
        complain("digest story ID shows the reports of a story: what its rule lacks may be plain to you.")
    return lessons


def _missed(study: Study) -> list[Missed]:
    from digest.stories.learning.gaps import Missed

    archive = study.store.archive()
    found = []
    for name, own in sorted(study.store.learning.missed(study.since, study.named).items()):
        if name in study.rules and own.reports:
            unwanted: tuple[EntryText, ...] = tuple(each.text for each in study.examples(name, "no_match", "unwanted"))
            reports = tuple(archive.entries(sorted(own.reports)))
            found.append(Missed(study.rules[name], reports, frozenset(own.known), unwanted))
    return found


# --- noise -------------------------------------------------------------------------------------------------------


@click.command(
    short_help="Show what rules should exclude, by marks and by alerts that stayed unread.",
    epilog="\b\nExamples:\n  digest rules noise\n  digest rules noise --rule floods --since 90d\n"
    "  digest rules noise --rule floods --draft draft/ && digest rules apply draft/floods.toml\n"
    "  digest rules noise --json | jq -r '[.rule, .term, .drops, .others] | @tsv'",
)
@_since
@_rule
@_draft
@config_option
@json_option
@click.pass_context
def noise(
    context: click.Context, since: datetime | None, rule: str | None, draft: str | None, *, as_json: bool
) -> None:
    """Show terms that stand in alerts which nobody wanted, and in none that somebody did.

    Noise is what was marked as not relevant, and what stayed unread for three days while other alerts of its rule were
    read. Starred entries, followed stories, and what examples say the rule should find are kept by every draft. Beside
    a term stands how much of the noise it drops, and how many other alerts. Nothing is changed; --draft writes the
    draft where digest rules diff and digest rules apply can take it.
    """
    context.exit(_learn(_noise, since, rule, draft, as_json=as_json))


def _noise(study: Study) -> Lessons | None:
    from digest.cli.lessons import Lessons
    from digest.rulebook.editing import exclude
    from digest.stories.learning.noise import find_noise

    every = [judged for judged in _judged(study) if judged.noise]
    if not every:
        complain("No alert is noise: none is marked as not relevant, or unread for three days beside others read.")
        complain("digest mark not-relevant ID marks one, as does the button in Telegram.")
        return None
    lessons = Lessons(study, {judged.rule.id: find_noise(judged) for judged in every}, "drops")
    for judged in every:
        told = f"{count(len(judged.noise), 'alert')} that nobody wanted, {len(judged.kept):,} to be kept"
        lessons.add(judged.rule, told, lambda text, rule, terms, _: exclude(text, rule, terms), judged.kept)
    if not lessons.drafted:
        noise = sum(len(judged.noise) for judged in every)
        complain(f"{count(noise, 'alert')} that nobody wanted, and no term that stands in two of them and in no other.")
        complain("More marks tell more: digest mark not-relevant ID, or the button in Telegram.")
    return lessons


def _judged(study: Study) -> list[Judged]:
    """The alerts of each rule that it would still find, sorted by what their reader made of them."""
    from digest.match import RuleSet, current_fold
    from digest.rulebook.marks import made_of
    from digest.stories.learning.noise import Judged, sort_alerts

    now, archive, found = datetime.now(UTC), study.store.archive(), []
    for name, answered in sorted(study.store.learning.answered(study.since, study.named).items()):
        if name not in study.rules:
            continue
        asked = RuleSet([study.rules[name]])
        every = archive.entries(sorted({alert.entry for alert in answered}))
        entries = {entry.id: entry for entry in every if asked.matching(entry.text, current_fold(entry))}
        wanted = study.examples(name, "match", "known_gap")
        marked = made_of(study.examples(name, "unwanted", "no_match"), entries.values())
        of = sort_alerts(answered, marked, made_of(wanted, entries.values()), now)
        noise, kept, others = (
            tuple(entries[entry] for entry in sorted(ids & entries.keys())) for ids in (of.noise, of.kept, of.others)
        )
        found.append(Judged(study.rules[name], noise, kept, others, tuple(each.text for each in wanted)))
    return found


# --- both --------------------------------------------------------------------------------------------------------


def _learn(find: Find, since: datetime | None, rule: str | None, draft: str | None, *, as_json: bool) -> int:
    """Find lessons and tell them; the exit code."""
    from digest.cli.lessons import Study

    config = read_config()
    with open_database_if_any(config) as store:
        if store is None:
            complain(_NO_STORE)
            return 0
        lessons = find(Study(config, store, since, rule))
        if lessons is not None:
            lessons.tell(draft, as_json=as_json)
    return 0
