"""What the engine stands on: its state folder and its config, still as it found them?

A state folder that is deleted or moved leaves the engine writing where nobody looks, and its lock free for a second
engine that would send everything again: it must end. A config that was edited is merely not applied yet: that is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Footing:
    """How files stood when the engine began.

    Args:
        files: those it holds open, the lock and the database.
        config: the config file.
    """

    def __init__(self, files: Sequence[Path], config: Path) -> None:
        self._files = {path: _which_file(path) for path in files}
        self._config = config
        self._applied = _content(config)

    def lost(self) -> str:
        """The file that is no longer the one that was opened, in words fit for the log; empty while all is well."""
        gone = next((path for path, found in self._files.items() if _which_file(path) != found), None)
        return "" if gone is None else f"{gone} was deleted or replaced while the engine ran"

    def config_news(self) -> str:
        """That the config says something new, in words; empty while it does not."""
        if _content(self._config) == self._applied:
            return ""
        return f"{self._config.name} was edited: digest stop and a new start apply it"


def _which_file(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
