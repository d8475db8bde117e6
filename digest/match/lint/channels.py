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
    from digest.match.rules.rule import Rule
    from digest.values.settings import ChannelSpec


def unknown_channels(loaded: LoadedRules, known: Sequence[str]) -> Iterator[Problem]:
    """The channels that rules name and the config does not have: such a rule is live, and tells nobody there."""
    for rule in loaded.rules:
        for index, name in enumerate(rule.channels or ()):
            if name not in known:
                place = _place(loaded, rule, "channels", index)
                yield Problem(rule.path, *place, f"rule “{rule.id}”: {unknown_channel(name, known)}")


def unheard_rules(loaded: LoadedRules, channels: Sequence[ChannelSpec]) -> Iterator[Problem]:
    """Rules that name channels of which each wants more severe alerts: such a rule is live, and tells nobody."""
    floors = {channel.name: channel.severity for channel in channels}
    for rule in loaded.rules:
        wanted = [floors.get(name, Severity.LOW) for name in rule.channels or ()]
        if wanted and rule.severity < min(wanted):
            is_low = f"its severity is {rule.severity.word}, and each of its channels wants {min(wanted).word} at least"
            place = _place(loaded, rule, "channels")
            yield Problem(rule.path, *place, f"rule “{rule.id}” tells nobody: {is_low}", "warning")


def _place(loaded: LoadedRules, rule: Rule, *keys: str | int) -> tuple[int, int]:
    """Line and column of a value inside a rule, in its file."""
    ids = [each.id for each in loaded.rules if each.path == rule.path]
    return locate(loaded.live[rule.path], ("rule", ids.index(rule.id), *keys), value=True)
