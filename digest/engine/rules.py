"""Keeps the rules live: looks at the rules folder twice a second and swaps in what changed, whole and at once.

::

    folder changed? ─▶ wait until it holds still ─▶ read ─▶ load (a broken file: its last good text) ─▶ store ─▶ swap

A poll that is under way goes on with the rules it began with; the next one uses the new set. The rest of the config
is read once: a change of feeds, channels or digests wants a restart of the engine.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from digest.engine.ground.watchdog import beat
from digest.engine.polling.parser_frames import PackedRules, pack_rules
from digest.errors import Problem, StoreError
from digest.match import MARKS, Memory, RuleSet, load_rules, own_fault
from digest.match.lint.firing import unknown_channels
from digest.rulebook.folder import NO_RULE, fingerprint, read_rule_folder, shown_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from digest.delivery.decide import Routes
    from digest.engine.ground.threads import StoreThread
    from digest.match import LoadedRules, Rule
    from digest.match.language.query import Query
    from digest.rulebook.folder import Fingerprint
    from digest.store.store import Store
    from digest.values.settings import Telling

_LOOK_EVERY = 0.4  # seconds; with the settling, an edit is live within a second
_SETTLE = 0.1  # seconds without a further change: a file is not read while it is being written
_SETTLE_TRIES = 3  # a folder that never holds still is read all the same

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


class LiveRules:
    """The rules of a folder; ``active`` is always a whole, working set.

    Args:
        folder: the rules folder.
        store: remembers good versions and problems.
        thread: the store's thread.
        channels: names of those that the config has; a rule that names another is a problem.
    """

    def __init__(self, folder: Path, store: Store, thread: StoreThread, channels: Sequence[str]) -> None:
        self._channels = channels
        self.active = ActiveRules()
        self.routes: Routes = {}
        """Where alerts go, by their rule; of rules that are gone, too: polls under way may bring what they found."""
        self.telling: Mapping[str, Telling] = {}
        """When they go, likewise."""
        self._folder = folder
        self._store = store
        self._thread = thread
        self._memory = Memory()
        self._seen: Fingerprint | None = None
        self._loading = asyncio.Lock()  # whoever asks while a load is under way waits for it, and finds nothing new

    async def watch(self) -> None:
        """Follow the folder until cancelled."""
        while True:
            beat()
            await asyncio.sleep(_LOOK_EVERY)
            try:
                await self.refresh()
            except StoreError as error:  # tried again; polls go on with the rules they have
                _log.warning("the rules were not reloaded: %s", error)
            except Exception:  # noqa: BLE001 - a rule file that trips us must not stop the engine
                _log.exception("the rules could not be reloaded")

    async def refresh(self) -> bool:
        """Load the rules if the folder changed since the last time; says whether it did.

        Raises:
            StoreError: the store failed; the active rules stay as they were, and the next call tries again.
        """
        async with self._loading:
            return await self._refresh()

    async def _refresh(self) -> bool:
        mark = await asyncio.to_thread(fingerprint, self._folder)
        if mark == self._seen:
            return False
        before = mark
        for _ in range(_SETTLE_TRIES if self._seen is not None else 0):
            await asyncio.sleep(_SETTLE)
            before, mark = mark, await asyncio.to_thread(fingerprint, self._folder)
            if before == mark:
                break
        try:
            await self._load()
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever we fail on, the engine goes on, and it is shown
            _log.exception("the rules could not be reloaded")
            await self._stay(error)
            before = mark  # it would fail again: wait for the next change
        # Where it never held still the last write may bear the same time as this mark: it is read once more.
        self._seen = before
        return True

    async def _load(self) -> None:
        """Read the folder, store what is good in it, and make it active."""
        last_good = await self._thread.call(self._store.rules.last_good)
        loaded, active = await asyncio.to_thread(self._read, last_good)
        await self._thread.call(self._store.rules.save_loaded, loaded, datetime.now(UTC), unversioned={MARKS})
        self.active = active
        enabled = sum(rule.enabled for rule in loaded.rules)
        _log.info("live rules: %d, from files: %d", enabled, len(loaded.live))
        if not loaded.rules and not loaded.problems:
            _log.warning("%s: %s", self._folder, NO_RULE)
        for problem in loaded.problems:
            _log.warning("%s", problem)
        for path, fault in loaded.faults.items():
            _log.error("Digest itself failed on %s", path, exc_info=fault)

    async def _stay(self, fault: Exception) -> None:
        """Where a load failed as a whole, by a fault of our own: say so, and go on with the last good rules."""
        problem = Problem(shown_name(str(self._folder)), 1, 1, own_fault("the rules folder", fault))
        await self._thread.call(self._store.rules.save_fault, problem)
        if not self.active.by_id:  # just started
            last_good = await self._thread.call(self._store.rules.last_good)
            _, self.active = await asyncio.to_thread(self._make, last_good, last_good)

    def _read(self, last_good: Mapping[str, str]) -> tuple[LoadedRules, ActiveRules]:
        """The rules of the folder; a file that cannot be read counts as broken, and its last good text stays live."""
        found = read_rule_folder(self._folder)
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
