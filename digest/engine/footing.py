"""What the engine stands on: its state folder and its config, still as it found them?

A state folder that is deleted or moved leaves the engine writing where nobody looks, and its lock free for a second
engine that would send everything again: it must end. So it must when the database loses its log of writes, in which
the latest of what was sent is noted. A config that was edited is merely not applied yet: that is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.store.files import OpenFiles

if TYPE_CHECKING:
    from pathlib import Path

    from digest.store.store import Store


class Footing:
    """How files stood when the engine began.

    Args:
        lock: the file that it holds locked.
        store: open.
        config: the config file.
    """

    def __init__(self, lock: Path, store: Store, config: Path) -> None:
        self._lock = OpenFiles([lock])
        self._store = store
        self._config = config
        self._applied = _content(config)

    def lost(self) -> str:
        """The file that is no longer the one that was opened, in words fit for the log; empty while all is well."""
        gone = self._lock.gone() or self._store.database.gone()
        return "" if gone is None else f"{gone} was deleted or replaced while the engine ran"

    def config_news(self) -> str:
        """That the config says something new, in words; empty while it does not."""
        if _content(self._config) == self._applied:
            return ""
        return f"{self._config.name} was edited: digest stop and a new start apply it"


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
