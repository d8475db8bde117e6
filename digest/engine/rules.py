"""Keeps the rules live: what changed in the rules folder is swapped in, whole and at once.

::

    folder changed (``ground.follow``) ─▶ read ─▶ load (a broken file: its last good text) ─▶ store ─▶ swap

A poll that is under way goes on with the rules it began with; the next one uses the new set.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from digest.engine.ground.follow import Followed
from digest.engine.polling.parser_frames import PackedRules, pack_rules
from digest.errors import Problem
from digest.match import MARKS, Memory, RuleSet, load_rules, own_fault
from digest.match.lint.firing import unknown_channels
from digest.rulebook.folder import NO_RULE, fingerprint, read_rule_folder, shown_name
from digest.values.events import EventKind, at, event

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence
    from pathlib import Path

    from digest.delivery.decide import Routes
    from digest.engine.ground.threads import StoreThread
    from digest.match import LoadedRules, Rule
    from digest.match.language.query import Query
    from digest.store.store import Store
    from digest.values.settings import Telling

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ActiveRules:
    """One state of the rules, as polls use it."""

    rules: RuleSet = field(default_factory=lambda: RuleSet(()))
    routes: Routes = field(default_factory=dict)
    """Where the alerts of a rule go, by its id."""
    by_id: Mapping[str, Rule] = field(default_factory=dict)
    """Every rule of the files, disabled ones too, in order of file and place."""
    aliases: Mapping[str, tuple[Query, ...]] = field(default_factory=dict)
    """What queries may name."""
    packed: PackedRules = field(default_factory=PackedRules)
    """The same rules as parser children take them."""


class LiveRules(Followed):
    """The rules of a folder; ``active`` is always a whole, working set.

    Args:
        folder: the rules folder.
        store: remembers good versions and problems.
        thread: the store's thread.
        channels: names of those that the config has; a rule that names another is a problem.
    """

    called = "the rules"

    def __init__(self, folder: Path, store: Store, thread: StoreThread, channels: Sequence[str]) -> None:
        super().__init__()
        self.active = ActiveRules()
        self.routes: Routes = {}
        """Where alerts go, by their rule; of rules that are gone, too: polls under way may bring what they found."""
        self.telling: Mapping[str, Telling] = {}
        """When they go, likewise."""
        self.folder, self._channels = folder, tuple(channels)
        self._store = store
        self._thread = thread
        self._memory = Memory()

    def use(self, folder: Path, channels: Sequence[str]) -> None:
        """Follow this folder, and judge its rules by these channels, from the next look on."""
        self.folder, self._channels = folder, tuple(channels)

    def _mark(self) -> Hashable:
        """The state of the folder, and what its rules are judged by."""
        folder, channels = self.folder, self._channels
        return folder, channels, fingerprint(folder)

    async def _load(self) -> None:
        """Read the folder, store what is good in it, and make it active."""
        last_good = await self._thread.call(self._store.rules.last_good)
        loaded, active = await asyncio.to_thread(self._read, last_good)
        await self._thread.call(self._store.rules.save_loaded, loaded, datetime.now(UTC), unversioned={MARKS})
        self.active = active
        enabled = sum(rule.enabled for rule in loaded.rules)
        _log.info("live rules: %d, from files: %d", enabled, len(loaded.live), extra=event(EventKind.RULES_LIVE))
        if not loaded.rules and not loaded.problems:
            _log.warning("%s: %s", self.folder, NO_RULE)
        for problem in loaded.problems:
            _log.warning("%s", problem, extra=event(EventKind.RULES_REFUSED, **at(problem)))
        for path, fault in loaded.faults.items():
            _log.error("Digest itself failed on %s", path, exc_info=fault)

    async def _stay(self, fault: Exception) -> None:
        """Where a load failed as a whole, by a fault of our own: say so, and go on with the last good rules."""
        problem = Problem(shown_name(str(self.folder)), 1, 1, own_fault("the rules folder", fault))
        await self._thread.call(self._store.rules.save_fault, problem)
        if not self.active.by_id:  # just started
            last_good = await self._thread.call(self._store.rules.last_good)
            _, self.active = await asyncio.to_thread(self._make, last_good, last_good)

    def _read(self, last_good: Mapping[str, str]) -> tuple[LoadedRules, ActiveRules]:
        """The rules of the folder; a file that cannot be read counts as broken, and its last good text stays live."""
        found = read_rule_folder(self.folder)
        unreadable = {problem.path for problem in found.problems} if found.is_whole else last_good.keys()
        texts = found.texts | {path: last_good[path] for path in unreadable & last_good.keys()}
        loaded, active = self._make(texts, last_good)
        for problem in found.warnings:
            _log.warning("%s", problem)
        return replace(loaded, problems=(*found.problems, *loaded.problems)), active

    def _make(self, texts: Mapping[str, str], last_good: Mapping[str, str]) -> tuple[LoadedRules, ActiveRules]:
        """What polls use of the rules of these files."""
        made = ActiveRules()
        unknown: tuple[Problem, ...] = ()

        def make(loaded: LoadedRules) -> None:
            nonlocal made, unknown
            unknown = tuple(unknown_channels(loaded, self._channels))
            routes = {rule.id: rule.channels for rule in loaded.rules}
            self.routes = {**self.routes, **routes}
            self.telling = {**self.telling, **{rule.id: rule.telling for rule in loaded.rules}}
            by_id = {rule.id: rule for rule in loaded.rules}
            packed = pack_rules(loaded.rules, self.active.packed)
            made = ActiveRules(loaded.ruleset, routes, by_id, loaded.aliases, packed)

        loaded = load_rules(texts, last_good, memory=self._memory, use=make)
        return replace(loaded, problems=(*loaded.problems, *unknown)), made
