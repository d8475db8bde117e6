"""Keeps the rules live: what changed in the rules folder is swapped in, whole and at once.

::

    folder changed (``ground.follow``) ─▶ read ─▶ load (a broken file: its last good text) ─▶ store ─▶ swap
    pushed (``store.rules``), or a part that has no folder: what the store has changed ─▶ load ─────▶ swap

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
from digest.errors import Problem, StoreError
from digest.match import MARKS, Memory, RuleSet, load_rules, own_fault
from digest.match.lint.firing import unknown_channels
from digest.rulebook.folder import NO_RULE, shown_name
from digest.values.desks import UNNAMED, desk_of, of_desk
from digest.values.events import EventKind, at, event

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from digest.delivery.decide import Routes
    from digest.engine.ground.threads import StoreThread
    from digest.match import LoadedRules, Rule
    from digest.match.language.query import Query
    from digest.rulebook.folders import RuleFolders
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
    loaded: LoadedRules | None = field(default=None, repr=False)
    """As they were loaded."""
    packed: PackedRules = field(default_factory=PackedRules)
    """The same rules as parser children take them."""

    desk: str = UNNAMED
    """Whose aliases go before those of others."""

    @property
    def aliases(self) -> Mapping[str, tuple[Query, ...]]:
        """What queries may name."""
        return {} if self.loaded is None else self.loaded.aliases_for(self.desk)

    def of_desks(self, desks: frozenset[str] | None) -> ActiveRules:
        """Those of these desks alone; ``None``: of all."""
        if desks is None or self.loaded is None or all(desk_of(rule) in desks for rule in self.by_id):
            return self
        kept = {ident: rule for ident, rule in self.by_id.items() if desk_of(ident) in desks}
        loaded = replace(self.loaded, by_desk={desk: self.loaded.by_desk.get(desk, {}) for desk in desks})
        return replace(
            self, rules=RuleSet(kept.values(), self.rules), by_id=kept, loaded=loaded, desk=min(desks, default=UNNAMED)
        )


class LiveRules(Followed):
    """The rules of all desks; ``active`` is always a whole, working set.

    Args:
        folders: the rules folders.
        store: remembers good versions and problems.
        thread: the store's thread.
        channels: the desks of those that the config has, by their names; a rule that names another is a problem.
        publishes: whether what the folders say is published; else what others have published is followed.
    """

    called = "the rules"

    def __init__(
        self,
        folders: RuleFolders,
        store: Store,
        thread: StoreThread,
        channels: Mapping[str, str],
        *,
        publishes: bool = True,
    ) -> None:
        super().__init__()
        self.active = ActiveRules()
        self.routes: Routes = {}
        """Where alerts go, by their rule; of rules that are gone, too: polls under way may bring what they found."""
        self.telling: Mapping[str, Telling] = {}
        """When they go, likewise."""
        self.folders, self._channels = folders, dict(channels)
        self._publishes = publishes
        self._stored: Hashable | None = None
        """What the store has in the place of the folders; ``None`` while they count."""
        self._turned = ""
        """By which push or withdrawal: both may come between two looks, and leave in the store what was pushed."""
        self._rung: int | None = None
        self._store = store
        self._thread = thread
        self._memory = Memory()

    def use(self, folders: RuleFolders, channels: Mapping[str, str]) -> None:
        """Follow these folders, and judge their rules by these channels, from the next look on."""
        self.folders, self._channels = folders, dict(channels)

    def _mark(self) -> Hashable:
        """The state of the folders, or of what counts in their place, and what their rules are judged by."""
        try:
            if (version := self._store.data_version()) != self._rung:
                rules = self._store.rules
                turned = rules.turned()  # before the rest: what turns meanwhile is seen at the next look
                self._stored = None if self._publishes and rules.pushed() is None else rules.live_mark()
                self._turned = turned
                self._rung = version
        except StoreError:
            if self._rung is None:
                raise
        counts = (self.folders.fingerprint(), self._turned) if self._stored is None else self._stored
        return counts, tuple(self._channels.items())

    async def _load(self) -> None:
        """Read the folders and store what is good in them, or read what the store has, and make it active."""
        if self._stored is not None:
            texts = await self._thread.call(self._store.rules.live_texts)
            loaded, self.active = await asyncio.to_thread(self._make, texts, texts)
            self._tell(loaded, "the store")
            return
        last_good, folders = await self._thread.call(self._store.rules.last_good), self.folders
        loaded, active = await asyncio.to_thread(self._read, folders, last_good)
        marks = _marks(folders)
        if await self._thread.call(self._store.rules.save_loaded, loaded, datetime.now(UTC), unversioned=marks):
            self.active = active
            self._tell(loaded, folders.by_desk[UNNAMED])

    @staticmethod
    def _tell(loaded: LoadedRules, where: object) -> None:
        """Let the log know what is live."""
        enabled = sum(rule.enabled for rule in loaded.rules)
        _log.info("live rules: %d, from files: %d", enabled, len(loaded.live), extra=event(EventKind.RULES_LIVE))
        if not loaded.rules and not loaded.problems:
            _log.warning("%s: %s", where, NO_RULE)
        for problem in loaded.problems:
            _log.warning("%s", problem, extra=event(EventKind.RULES_REFUSED, **at(problem)))
        for path, fault in loaded.faults.items():
            _log.error("Digest itself failed on %s", path, exc_info=fault)

    async def _stay(self, fault: Exception) -> None:
        """Where a load failed as a whole, by a fault of our own: say so, and go on with the last good rules."""
        if self._stored is None:
            folder = shown_name(str(self.folders.by_desk[UNNAMED]))
            problem = Problem(folder, 1, 1, own_fault("the rules folder", fault))
            await self._thread.call(self._store.rules.save_fault, problem)
        if not self.active.by_id:  # just started
            last_good = await self._thread.call(self._store.rules.last_good)
            _, self.active = await asyncio.to_thread(self._make, last_good, last_good)

    def _read(self, folders: RuleFolders, last_good: Mapping[str, str]) -> tuple[LoadedRules, ActiveRules]:
        """The rules of the folders; a file that cannot be read counts as broken, and its last good text stays live."""
        found = folders.read()
        unreadable = {problem.path for problem in found.problems}
        unreadable |= {name for name in last_good if desk_of(name) in found.lost}
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
            made = ActiveRules(loaded.ruleset, routes, by_id, loaded, packed)

        loaded = load_rules(texts, last_good, memory=self._memory, use=make, desk_at=desk_of)
        return replace(loaded, problems=(*loaded.problems, *unknown)), made


def _marks(folders: RuleFolders) -> frozenset[str]:
    """The files of marks, by their names."""
    return frozenset(of_desk(desk, MARKS) for desk in folders.by_desk)
