"""Rules that name channels which never hear of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.errors import Problem
from digest.toml.places import locate
from digest.values.news import Severity
from digest.values.settings import unknown_channel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digest.match.loading import LoadedRules
    from digest.match.rules.rulefile import RuleDraft, RuleFile
    from digest.values.settings import ChannelSpec


def unknown_channels(loaded: LoadedRules, known: Sequence[str]) -> Iterator[Problem]:
    """The channels that rules name and the config does not have: such a rule is live, and tells nobody there."""
    for file, rule in _rules(loaded):
        for index, name in enumerate(rule.channels or ()):
            if name not in known:
                place = locate(file.text, (*rule.keys, "channels", index), value=True)
                yield Problem(file.path, *place, f"rule “{rule.id}”: {unknown_channel(name, known)}")


def unheard_rules(loaded: LoadedRules, channels: Sequence[ChannelSpec]) -> Iterator[Problem]:
    """Rules that name channels of which each wants more severe alerts: such a rule is live, and tells nobody."""
    floors = {channel.name: channel.severity for channel in channels}
    for file, rule in _rules(loaded):
        wanted = [floors.get(name, Severity.LOW) for name in rule.channels or ()]
        if wanted and rule.severity < min(wanted):
            is_low = f"its severity is {rule.severity.word}, and each of its channels wants {min(wanted).word} at least"
            place = locate(file.text, (*rule.keys, "channels"), value=True)
            yield Problem(file.path, *place, f"rule “{rule.id}” tells nobody: {is_low}", "warning")


def _rules(loaded: LoadedRules) -> Iterator[tuple[RuleFile, RuleDraft]]:
    """Every rule of every file as it is on disk, be it live or not: an error elsewhere hides nothing."""
    return ((file, rule) for file in loaded.files.values() for rule in file.rules)
