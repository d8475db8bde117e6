"""What several commands look at: the feeds as they do now, the rules that are in force."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from digest.cli.session import load_rule_files
from digest.errors import UsageError
from digest.rulebook.folder import in_folder, shown_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.config import Config
    from digest.errors import Problem
    from digest.store.store import Store
    from digest.values.states import LiveRule


def rules_in_force(config: Config, store: Store | None) -> tuple[Sequence[LiveRule], Sequence[Problem]]:
    """The rules that match now, and what is wrong with the rule files.

    A running engine knows best: it may hold on to the last good version of a broken file. Without one it is what the
    files say.
    """
    from digest.presence import engine_running
    from digest.values.states import LiveRule

    if store is None or engine_running(config.state) is None:
        loaded = load_rule_files(config)
        names = [field.name for field in dataclasses.fields(LiveRule)]
        return [LiveRule(**{name: getattr(rule, name) for name in names}) for rule in loaded.rules], loaded.problems
    folder = shown_path(config.rules)
    rules = [dataclasses.replace(rule, path=str(folder / rule.path)) for rule in store.rules.live()]
    found = [problem for file in store.rules.files() for problem in file.problems]
    return rules, in_folder(folder, found)


def rule_must_exist(rule: str, known: Sequence[str]) -> None:
    """Tell a rule that found nothing from one that is not there, and never was.

    Raises:
        UsageError: none is called so; with the nearest that is.
    """
    from difflib import get_close_matches

    if rule not in known:
        close = get_close_matches(rule, known, n=1)
        hint = f"did you mean “{close[0]}”?" if close else "digest rules list shows them"
        raise UsageError(f"there is no rule “{rule}”: {hint}")
