"""What the dashboard takes from the config, read again whenever the file was edited."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from digest.errors import ConfigError
from digest.tui.actions import no_key, wrong_keys

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from digest.config import Config
    from digest.errors import Problem
    from digest.tui.questions import Configured

_LOOK = 0.5
"""Seconds between two looks at the file; an edit is read once two of them find the same."""

_Mark = tuple[int, int, int, int] | None


def key_doubts(config: Config) -> Iterator[Problem]:
    """What is odd about the dashboard's keys in the config; those keep what they are by default."""
    if config.keys or any(view.key for view in config.views):
        from digest.config import problem_at

        for name, words in wrong_keys(config.keys).items():
            yield problem_at(config, ("keys", name), words, "warning", value=False)
        for place, view in enumerate(config.views):
            if view.key and (words := no_key(view.key)):
                yield problem_at(config, ("view", place, "key"), words, "warning")


class ConfigFile:
    """The file while a dashboard is open.

    Args:
        path: the file; one that is not there is waited for.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last: _Mark = None
        self._read: _Mark = None
        self._looked = 0.0
        self.order: Mapping[str, int] = {}
        """The places of the feeds, by their addresses."""

    def look(self) -> Configured | None:
        """What the file says, once for each edit, and once at the beginning."""
        if time.monotonic() - self._looked < _LOOK:
            return None
        self._looked = time.monotonic()
        mark, last = _mark(self._path), self._last
        self._last = mark
        if mark is None or mark == self._read or (mark != last and self._read is not None):
            return None
        self._read = mark
        return self._news()

    def _news(self) -> Configured:
        from digest.config import load_config
        from digest.tui.questions import Configured

        try:
            config = load_config(self._path)
        except ConfigError as error:
            return Configured(None, [problem for problem in error.problems if problem.level == "error"])
        self.order = {feed.url: place for place, feed in enumerate(config.feeds)}
        return Configured(config, [*config.warnings, *key_doubts(config)])


def _mark(path: Path) -> _Mark:
    """What changes with every edit; ``None`` for a file that is not there, or is just being written."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns) if found.st_size else None
