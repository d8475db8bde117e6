"""``digest rules try`` and ``digest rules diff``: what a rule would have alerted on, and what an edit would change."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from digest.answers.rules import aliases_of, live_texts, previous_texts, query_rules
from digest.answers.shapes import difference_shape
from digest.cli.desks import draft_desk_option, known_desk
from digest.cli.group import SinceType, config_option, json_option
from digest.cli.output import complain, say, say_entry, say_json
from digest.cli.session import complain_of, open_database_if_any, read_config
from digest.rulebook.drafts import STANDARD_INPUT, Draft, load_draft, with_draft
from digest.rulebook.folders import RuleFolders
from digest.shapes import found_shape
from digest.values.desks import UNNAMED
from digest.words import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.config import Config
    from digest.match import Difference, Rule, RuleSet
    from digest.rulebook.drafts import Texts
    from digest.store.store import Store
    from digest.values.news import StoredEntry

_USUAL = timedelta(days=14)
"""The period that is told of where none is named."""
_NO_STORE = "There are no stored entries yet: digest watch starts an engine."
_DAY = timedelta(days=1)
_MOST_DAYS = 31
_BAR = 40  # cells of the longest bar


# --- try ---------------------------------------------------------------------------------------------------------


@click.command(
    "try",
    short_help="Show what a query or a rule file would have alerted on.",
    epilog="\b\nExamples:\n  digest rules try '@dprk AND embassy' --since 14d\n  digest rules try draft/syria.toml\n"
    "  digest rules try 'missile*' --json | jq -r .title",
)
@click.argument("words", nargs=-1, required=True, metavar="QUERY_OR_FILE")
@click.option("--since", type=SinceType(), metavar="TIME", help="Only entries that came since then: 14d, 2026-11-22.")
@draft_desk_option
@config_option
@json_option
@click.pass_context
def try_rules(
    context: click.Context, words: Sequence[str], since: datetime | None, desk: str | None, *, as_json: bool
) -> None:
    """Show the stored entries that a query, or the rules of a file, would have alerted on, and how many a day.

    The aliases of the live rule files are known; a file stands in for the live one of its name (- is standard input).
    A rule that is switched off is tried as if it were on. Nothing is saved, nothing is alerted.
    """
    config = read_config()
    desk = known_desk(config, desk)
    with open_database_if_any(config) as store:
        rules, sound = _rules_to_try(" ".join(words), live_texts(config, store), config, desk)
        if store is None:
            complain(_NO_STORE)
        else:
            _try(rules, store, config, since, as_json=as_json)
    context.exit(0 if sound else 1)


def _rules_to_try(query_or_file: str, live: Texts, config: Config, desk: str | None) -> tuple[RuleSet, bool]:
    """The rules to try, and whether they could be saved so."""
    from digest.match import RuleSet

    if not _names_files(query_or_file):
        return query_rules(query_or_file, aliases_of(config, live, desk or UNNAMED)), True
    draft = with_draft(live, query_or_file, RuleFolders(config.rule_folders), complain_of, desk)
    loaded, sound = load_draft(draft.texts, live, complain_of, draft.desk_at)
    rules = [rule for rule in loaded.rules if rule.path in draft.own]
    if not rules:
        complain(f"There is no rule in {query_or_file}.", fg="yellow")
    for rule in rules:
        if not rule.enabled:
            complain(f"The rule “{rule.id}” is switched off, and tried as if it were on.", fg="yellow")
    return RuleSet([replace(rule, enabled=True) for rule in rules]), sound


def _names_files(query_or_file: str) -> bool:
    """Whether it is a rule file or a folder of them rather than a query."""
    path = Path(query_or_file)
    try:
        if query_or_file == STANDARD_INPUT or path.suffix == ".toml":
            return True
        return any(path.glob("*.toml")) if path.is_dir() else path.exists()  # a pipe, too: the shell's <(...)
    except (OSError, ValueError):  # longer than any name, or with signs that none has
        return False


def _try(rules: RuleSet, store: Store, config: Config, since: datetime | None, *, as_json: bool) -> None:
    """Print what the rules find."""
    from digest.match import search

    several = len(rules.rules) > 1
    now, archive = datetime.now(UTC), store.archive(since)
    begun = max(since or now - _USUAL, archive.oldest() or now)  # no day before the first entry came says anything
    days = _Days(begun, now, ZoneInfo(config.timezone))
    per_rule: Counter[str] = Counter()
    for entry, matches in search(rules, archive):
        days.add(entry)
        for match in matches:
            per_rule[match.rule] += 1
            if as_json:
                say_json(found_shape(entry, match.hits) | {"rule": match.rule})
        if not as_json:
            hits = [hit for match in matches for hit in match.hits]
            say_entry(entry, hits, ZoneInfo(config.timezone))
            if several:
                say(" " * 18 + ", ".join(match.rule for match in matches), dim=True)
    if as_json:
        return
    say(f"\n{count(days.found, 'entry')} would have alerted, {days.rate}.", bold=True)
    for rule in rules.rules if several else ():
        say(f"  {per_rule[rule.id]:>7,}  {rule.id}")
    if days.found:
        say()
        days.say()


# --- diff --------------------------------------------------------------------------------------------------------


@click.command(
    "diff",
    short_help="Show which alerts an edit of the rules adds and drops.",
    epilog="\b\nExamples:\n  digest rules diff draft/syria.toml\n  digest rules diff    # the last edit of each file\n"
    "  sed 's/embassy/embass*/' rules/syria.toml > /tmp/syria.toml && digest rules diff /tmp/syria.toml\n"
    "  digest rules diff draft/ --since 14d --json | jq -r '[.change, .title] | @tsv'",
)
@click.argument("path", required=False)
@click.option("--since", type=SinceType(), metavar="TIME", help="Only entries that came since then: 14d, 2026-11-22.")
@draft_desk_option
@config_option
@json_option
@click.pass_context
def diff(context: click.Context, path: str | None, since: datetime | None, desk: str | None, *, as_json: bool) -> None:
    """Compare a draft with the live rules: which alerts on stored entries it adds and drops, each with the reason.

    A file stands in for the live one of its name, a folder for the whole set, - (standard input) is one more file.
    Without PATH each live file is compared with its previous version. Nothing is saved, nothing is alerted.
    """
    config = read_config()
    desk, folders = known_desk(config, desk), RuleFolders(config.rule_folders)
    with open_database_if_any(config) as store:
        live = live_texts(config, store)
        before = previous_texts(config, store) if path is None else live
        draft = Draft(live, frozenset(), folders.desk_at)
        if path is not None:
            draft = with_draft(live, path, folders, complain_of, desk)
        if path is None and before == live:
            complain("No live rule file has an earlier version: there is no edit to compare with.")
            return
        sound = compare(before, draft, store, config, since, as_json=as_json)
    context.exit(0 if sound else 1)


def compare(  # noqa: PLR0913 - two sides, where to look, and how to show it
    before: Texts, after: Draft, store: Store | None, config: Config, since: datetime | None, *, as_json: bool
) -> bool:
    """Print what an edit adds and drops; whether it could be saved so.

    Raises:
        UsageError: the edit cannot be read as rules.
    """
    from digest.match import Edit, changed_rules, load_rules

    live = load_rules(before, try_examples=False, desk_at=after.desk_at).rules
    draft, sound = load_draft(after.texts, before, complain_of, after.desk_at)
    changes = changed_rules(live, draft.rules)
    if store is None:
        complain(_NO_STORE)
        return sound
    counts: Counter[tuple[str, bool]] = Counter()
    for difference in Edit(changes).differences(store.archive(since)) if changes else ():
        counts[difference.rule.id, difference.added] += 1
        if as_json:
            say_json(difference_shape(difference))
        else:
            _say_difference(difference, ZoneInfo(config.timezone))
    if not as_json:
        _say_counts([change.rule for change in changes], counts, store.reads.count_entries())
        if not sound:
            say("As it is, the draft would not be loaded: its mistakes are named above.", fg="red")
        elif changes:
            say("Only entries that come from now on alert by the edited rules.", dim=True)
        for words in _otherwise_changed(live, draft.rules):
            say(words)
    return sound


def _say_difference(difference: Difference, zone: ZoneInfo) -> None:
    mark, colour = ("+ ", "green") if difference.added else ("- ", "red")
    say_entry(difference.entry, difference.hits, zone, mark, fg=colour)
    say(f"{'':20}{difference.rule.id}: {difference.reason}")


def _say_counts(rules: Sequence[Rule], counts: Counter[tuple[str, bool]], entries: int) -> None:
    """What the edit comes to, for each rule and in all."""
    if not rules:
        say("No rule matches otherwise than before.", bold=True)
        return
    added, dropped = (sum(number for (_, up), number in counts.items() if up is way) for way in (True, False))
    over = count(entries, "stored entry")
    say(f"\n{count(added, 'alert')} added, {dropped:,} dropped, over {over}.", bold=True)
    for rule in rules:
        say(f"  +{counts[rule.id, True]:<6,} -{counts[rule.id, False]:<6,} {rule.id}")


def _otherwise_changed(live: Sequence[Rule], draft: Sequence[Rule]) -> list[str]:
    """What else changes of rules that stay: not whether they match, but what becomes of it."""
    before = {rule.id: rule for rule in live}
    lines = []
    for rule in draft:
        old = before.get(rule.id, rule)
        for name, one, other in (
            ("severity", old.severity.word, rule.severity.word),
            ("channels", _channels(old), _channels(rule)),
        ):
            if one != other:
                lines.append(f"{rule.id}: {name} changes from {one} to {other}")
    return lines


def _channels(rule: Rule) -> str:
    return "every channel" if rule.channels is None else ", ".join(rule.channels) or "none"


# --- a day by day count -------------------------------------------------------------------------------------------


@dataclass
class _Days:
    """How many entries were found on each day of a period.

    Args:
        since: where the period begins.
        now: where it ends.
        zone: whose days.
    """

    since: datetime
    now: datetime
    zone: ZoneInfo
    found: int = 0
    _per_day: Counter[date] = field(default_factory=Counter)

    def add(self, entry: StoredEntry) -> None:
        """Count an entry."""
        self.found += 1
        if entry.came >= self.since:
            self._per_day[self._day(entry.came)] += 1

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    @property
    def rate(self) -> str:
        """How many a day, over the period; and how many in it, if there are others."""
        days = max((self.now - self.since) / _DAY, 1.0)
        inside, period = self._per_day.total(), f"the last {count(round(days), 'day')}"
        if inside == self.found:
            return f"{inside / days:.1f} a day over {period}"
        return f"{inside:,} of them in {period}: {inside / days:.1f} a day"

    def say(self) -> None:
        """Print a bar for each day (each week, of a long period)."""
        first, last = self._day(self.since), self._day(self.now)
        step = 1 if (last - first).days < _MOST_DAYS else 7
        starts = [first + timedelta(days=days) for days in range(0, (last - first).days + 1, step)]
        numbers = [sum(self._per_day[day + timedelta(days=more)] for more in range(step)) for day in starts]
        older = self.found - sum(numbers)
        top, width = max(numbers, default=0), len(str(max(numbers, default=0)))
        for day, number in zip(starts, numbers, strict=True):
            say(f"  {day:%a %d %b}  {number:>{width}}  {'━' * round(number / top * _BAR) if top else ''}".rstrip())
        if older:
            say(f"  {older:,} from before that")
