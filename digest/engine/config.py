"""Keeps the config live: an edit of config.toml is in force within a second, whole, or (with a mistake) not at all.

::

    file changed (``ground.follow``) ─▶ load ─▶ the engine takes it ─▶ swap: every part asks for the config of now
                                          └ a mistake: what was last good stays, and every face shows the place

What the engine stands on (its state folder, its database, its bot) stays as it began, and it is said that a change of
these waits for the next start.
"""

from __future__ import annotations

import asyncio
import logging
import os
import stat
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from digest.config import load_config
from digest.engine.ground.follow import Followed
from digest.errors import ConfigError, Problem
from digest.values.events import EventKind, at, event
from digest.values.settings import FeedAccess
from digest.watch.conditions import BrokenFile
from digest.words import count

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable

    from digest.config import Config

_STANDS_ON: Final = ("state", "database")
_BOT: Final = ("token_env", "token_file", "api")

_log = logging.getLogger(__name__)


async def _ignore(config: Config) -> None:
    del config


class LiveConfig(Followed):
    """The config of a file; ``now()`` is always a whole one without mistakes.

    Args:
        config: as loaded at the start.
    """

    called = "the config"

    def __init__(self, config: Config) -> None:
        super().__init__()
        self._config = config
        self._access = _access_of(config)
        self._problems: tuple[Problem, ...] = ()
        self._broken_since: datetime | None = None
        self._waits: tuple[str, ...] = ()
        self.taking: Callable[[Config], Awaitable[None]] = _ignore
        """Makes the engine fit another config, before that is the one of now; raises StoreError to be asked again."""

    def now(self) -> Config:
        """The config that is in force."""
        return self._config

    def access(self, url: str) -> FeedAccess:
        """What a feed is asked with, by its address in the config."""
        return self._access.get(url) or FeedAccess()

    def wants_pages(self) -> bool:
        """Whether any feed wants the pages of its entries."""
        return any(feed.full_text for feed in self._config.feeds)

    def problem(self) -> str:
        """What is wrong with the file on disk, or waits for the next start, in plain words; empty: nothing."""
        if self._problems:
            first, *rest = self._problems
            more = f" (and {count(len(rest), 'problem')} more)" if rest else ""
            return f"{replace(first, path=self._config.path.name)}{more}; what the file said before stays in force"
        if self._waits:
            take = "takes" if len(self._waits) == 1 else "take"
            # By the new name digest stop looks where no engine is, and digest watch starts a second one there.
            how = f" (first kill {os.getpid()}: digest stop finds only an engine of the new folder)"
            after = "a restart" + how * ("state" in self._waits)
            return f"{self._config.path.name}: {', '.join(self._waits)} changed: {take} effect after {after}"
        return ""

    def broken(self) -> BrokenFile | None:
        """The file as what is watched, while it has a mistake."""
        if not self._problems:
            return None
        return BrokenFile(
            self.watched_as, str(self._problems[0]), live=True, since=self._broken_since, what="config file"
        )

    @property
    def watched_as(self) -> str:
        """What the file is known by there: its absolute path."""
        return str(self._config.path.absolute())

    def _mark(self) -> Hashable:
        """The state of the file that its name, or a link of that name, leads to."""
        try:
            found = self._config.path.stat()
        except OSError as error:
            return error.errno
        if not stat.S_ISREG(found.st_mode):  # a pipe was read once, at the start
            return os.fspath(self._config.path)
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns

    async def _load(self) -> None:
        mark, path = self._mark(), self._config.path
        if isinstance(mark, str):
            return
        if isinstance(mark, tuple) and not mark[2]:  # by an editor that has yet to write it, or by mistake
            self._note((Problem(str(path), 1, 1, "the file is empty"),))
            return
        try:
            found = await asyncio.to_thread(load_config, path)
        except ConfigError as error:
            self._note(tuple(problem for problem in error.problems if problem.level == "error"))
            return
        waits, config = _fitting(found, self._config)
        if config != self._config:
            # Once the store has a new feed it may be polled: never without its proxy or its login.
            self._access = self._access | _access_of(config)
            await self.taking(config)
            self._config, self._access = config, _access_of(config)
            _log.info(
                "the config was reloaded; feeds: %d, channels: %d, digests: %d",
                len(config.feeds),
                len(config.channels),
                len(config.digests),
                extra=event(EventKind.CONFIG_LIVE),
            )
            for warning in config.warnings:
                _log.warning("%s", warning)
        if waits and waits != self._waits:
            _log.warning("%s changed: in force after a restart", ", ".join(waits))
        self._waits = waits
        self._note(())

    async def _stay(self, fault: Exception) -> None:
        path = str(self._config.path)
        self._note((Problem(path, 1, 1, f"Digest itself failed on this file ({type(fault).__name__})"),))

    def _note(self, problems: tuple[Problem, ...]) -> None:
        """Show what is wrong with the file on disk, or that nothing is."""
        if problems and not self._problems:
            self._broken_since = datetime.now(UTC)
        for problem in problems:
            _log.warning("%s", problem, extra=event(EventKind.CONFIG_REFUSED, **at(problem)))
        self._problems = problems


def read_again(config: Config) -> Config:
    """The config of now for a part that begins anew: that of the file, as far as it need not be restarted for that."""
    try:
        return _fitting(load_config(config.path), config)[1] if config.path.is_file() else config
    except ConfigError:  # it is told once the file is followed
        return config


def _access_of(config: Config) -> dict[str, FeedAccess]:
    return {feed.url: feed.access for feed in config.feeds}


def _fitting(found: Config, begun: Config) -> tuple[tuple[str, ...], Config]:
    """What of a config waits for the next start, by the names of its keys, and the rest of it."""
    waits = [name for name in _STANDS_ON if getattr(found, name) != getattr(begun, name)]
    if "state" in waits and begun.database.startswith("sqlite"):
        waits = [name for name in waits if name != "database"]  # it only lies in it
    waits += [f"telegram.{name}" for name in _BOT if getattr(found.telegram, name) != getattr(begun.telegram, name)]
    kept = {name: getattr(begun, name) for name in _STANDS_ON}
    telegram = replace(found.telegram, **{name: getattr(begun.telegram, name) for name in _BOT})
    return tuple(waits), replace(found, **kept, telegram=telegram)
