"""Rules of which too little comes, or too much: no channel hears of them, they never match, or far more than others."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from digest.errors import Problem
from digest.toml.places import locate
from digest.values.desks import elsewhere
from digest.values.news import Severity
from digest.values.settings import unknown_channel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from digest.match.loading import LoadedRules
    from digest.match.rules.rule import Rule
    from digest.match.rules.rulefile import RuleDraft, RuleFile
    from digest.values.settings import ChannelSpec

_SILENT = timedelta(days=30)
_WEEK = 7  # days
_TIMES = 10
"""How many times the median of the other rules that fire is far above them ..."""
_A_DAY = 20
"""... and how many matches a day are a lot for a reader, whatever the others do."""


def silent_rules(
    rules: Iterable[Rule],
    last: Mapping[str, datetime | None],
    live_since: Mapping[str, datetime],
    oldest: datetime | None,
    now: datetime,
) -> Iterator[Problem]:
    """Warn of rules that have not fired for long.

    Args:
        rules: disabled ones are left out.
        last: when each rule matched last, by its id; one that never did need not be there.
        live_since: for each rule file, by the path of its rules, since when its text is live.
        oldest: when the oldest stored entry came.
        now: the time.
    """
    for rule in filter(_is_on, rules):
        silent = now - max(filter(None, (last.get(rule.id), live_since.get(rule.path, now), oldest or now)))
        if silent >= _SILENT:
            yield _at(rule, f"has not fired for {silent.days} days: is it still wanted, and spelled as the news is?")


def loud_rules(rules: Iterable[Rule], week: Mapping[str, int]) -> Iterator[Problem]:
    """Warn of rules that fire far above the others, by how often each matched in the last seven days."""
    import statistics

    a_day = [(rule, week[rule.id] / _WEEK) for rule in filter(_is_on, rules) if week.get(rule.id)]
    for rule, often in a_day:
        if often > _A_DAY and len(a_day) > 1:
            usual = statistics.median(each for other, each in a_day if other is not rule)
            if often > _TIMES * usual:
                others = f"the others {usual:.1f}"
                yield _at(rule, f"fires {often:.0f} times a day, {others}: ask for more with AND or NEAR")


def _is_on(rule: Rule) -> bool:
    return rule.enabled


def _at(rule: Rule, message: str) -> Problem:
    return Problem(rule.path, rule.line, 1, f"rule “{rule.id}” {message}", "warning")


def unknown_channels(loaded: LoadedRules, known: Mapping[str, str]) -> Iterator[Problem]:
    """The channels that rules name and their desk does not have: such a rule is live, and tells nobody there.

    Args:
        loaded: the rules.
        known: the desks of the channels, by their names.
    """
    for file, rule in rules_on_disk(loaded):
        for index, name in enumerate(rule.channels or ()):
            if known.get(name) != file.desk:
                place = locate(file.text, (*rule.keys, "channels", index), value=True)
                own = [each for each, desk in known.items() if desk == file.desk]
                wrong = elsewhere(name, file.desk, known[name]) if name in known else unknown_channel(name, own)
                yield Problem(file.path, *place, f"rule “{rule.id}”: {wrong}")


def unheard_rules(loaded: LoadedRules, channels: Sequence[ChannelSpec]) -> Iterator[Problem]:
    """Rules that name channels of which each wants more severe alerts: such a rule is live, and tells nobody."""
    floors = {channel.name: channel.severity for channel in channels}
    for file, rule in rules_on_disk(loaded):
        wanted = [floors.get(name, Severity.LOW) for name in rule.channels or ()]
        if wanted and rule.severity < min(wanted):
            is_low = f"its severity is {rule.severity.word}, and each of its channels wants {min(wanted).word} at least"
            place = locate(file.text, (*rule.keys, "channels"), value=True)
            yield Problem(file.path, *place, f"rule “{rule.id}” tells nobody: {is_low}", "warning")


def rules_on_disk(loaded: LoadedRules) -> Iterator[tuple[RuleFile, RuleDraft]]:
    """Every rule of every file as it is on disk, be it live or not: an error elsewhere hides nothing."""
    return ((file, rule) for file in loaded.files.values() for rule in file.rules)
