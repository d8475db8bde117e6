"""Writing a rule file: whole and at once, and only where it is known to be right.

::

    on disk as it is live? ─ no ─▶ it has an error, or was edited just now: load it first, else say what is wrong
          │
          └ yes ─▶ one unwanted example more, or less ─▶ write aside, rename ─▶ load
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from digest.engine.rule_folder import as_text, read_whole
from digest.errors import UsageError
from digest.match.unwanted import example_of, has_list, with_unwanted, without_unwanted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from typing import Any

    from digest.engine.rules import LiveRules
    from digest.match.unwanted import Example
    from digest.store.store import Store
    from digest.values.news import EntryText


def write_whole(path: Path, text: str, *, was: bytes | None = None) -> None:
    """Write a file so that nobody ever sees half of it; behind a link it is the linked file that is written.

    Args:
        path: the file.
        text: what it is to hold.
        was: what it held when ``text`` was made of that: a save by somebody else meanwhile is not written over.

    Raises:
        OSError: it cannot be written; the old file is as it was.
        UsageError: it is read-only, or holds something else by now.
    """
    _see_writable(path)
    path = path.resolve()
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    handle, aside = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".new")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(aside).chmod(mode)
        _see_unchanged(path, was)
        Path(aside).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(aside).unlink()
        raise


def _see_writable(path: Path) -> None:
    """Replacing a file asks nothing of the file itself; who made it read-only did so to keep it as it is."""
    if path.is_dir():
        raise UsageError(f"{path.name} is a folder there: give one of the two another name")
    if path.exists() and not (path.stat().st_mode & 0o222 and os.access(path, os.W_OK)):  # root may write to any
        raise UsageError(f"{path.name} is read-only: let Digest write to it first (chmod u+w, or chown)")


def _see_unchanged(path: Path, was: bytes | None) -> None:
    if was is not None and read_whole(path) != was:
        raise UsageError(f"{path.name} was saved by somebody else just now: try again")


@dataclass(frozen=True, slots=True)
class Unwanted:
    """An example that was added to a rule's unwanted ones."""

    path: str
    """The rule file, relative to the rules folder."""
    example: Example
    made_list: bool
    """There was no list of them before."""

    def as_json(self) -> dict[str, Any]:
        """What taking it out again needs, for a change of the store."""
        return {"path": self.path, "example": self.example, "made_list": self.made_list}

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> Unwanted:
        """As it was stored."""
        return cls(stored["path"], stored["example"], stored["made_list"])


class RuleDesk:
    """Edits rule files, one at a time.

    Args:
        folder: the rules folder.
        store: knows which text of each file is live.
        rules: loads what was edited.
    """

    def __init__(self, folder: Path, store: Store, rules: LiveRules) -> None:
        self._folder = folder
        self._store = store
        self._rules = rules
        self._one_at_a_time = asyncio.Lock()

    async def add_unwanted(self, rule: str, text: EntryText, note: Callable[[Unwanted], Awaitable[None]]) -> Unwanted:
        """Add an entry to the unwanted examples of a rule; it is live when this returns.

        Args:
            rule: its id.
            text: of the entry.
            note: notes the change, before it is made: nothing stands in a file that nobody is known to have added.

        Raises:
            UsageError: that cannot be done, and why; it may have been noted.
        """
        async with self._one_at_a_time:
            known = self._rules.active.by_id.get(rule)
            if known is None:
                raise UsageError(f"the rule “{rule}” is gone since")
            example = await asyncio.to_thread(example_of, known, text)
            if example is None:
                raise UsageError(f"as it is now, the rule “{rule}” does not match this any more")
            made = not has_list(await self._sound_text(known.path, rule), rule)
            added = Unwanted(known.path, example, made)
            await note(added)
            if not await self._edit(known.path, lambda whole: with_unwanted(whole, rule, example)):
                raise UsageError(f"it stands among the unwanted examples of “{rule}” already")
            return added

    async def remove_unwanted(self, rule: str, added: Unwanted) -> None:
        """Take an example out again, if it still stands there.

        Raises:
            UsageError: that cannot be done, and why.
        """
        async with self._one_at_a_time:
            await self._sound_text(added.path, rule)
            await self._edit(
                added.path, lambda whole: without_unwanted(whole, rule, added.example, made_list=added.made_list)
            )

    async def _sound_text(self, path: str, rule: str) -> str:
        """The text of a file that is on disk as it is live.

        Raises:
            UsageError: it is not, and what is wrong with it.
        """
        await self._rules.refresh()  # an edit of a moment ago
        try:
            text = as_text(await asyncio.to_thread(read_whole, self._folder / path))
        except (OSError, UnicodeDecodeError):
            raise UsageError(f"{path}, where the rule “{rule}” stands, cannot be read") from None
        if (await asyncio.to_thread(self._store.rules.live_texts)).get(path) != text:
            files = await asyncio.to_thread(self._store.rules.files)
            wrong = [str(problem) for file in files if file.path == path for problem in file.problems]
            raise UsageError(f"mend the file first: {wrong[0] if wrong else f'{path} is just being edited'}")
        return text

    async def _edit(self, path: str, edit: Callable[[str], str | None]) -> bool:
        """Write what an edit makes of a file, and load it; false if it leaves it as it is.

        Raises:
            UsageError: it cannot be written.
        """
        try:
            edited = await asyncio.to_thread(_edit_file, self._folder / path, edit)
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error.strerror or error}") from None
        except ValueError:  # saved in between, and no TOML, or not UTF-8
            raise UsageError(f"mend the file first: {path} is just being edited") from None
        if edited:
            await self._rules.refresh()
        return edited


def _edit_file(path: Path, edit: Callable[[str], str | None]) -> bool:
    """Edit a file in place; its line ends and its mark at the beginning stay."""
    raw = read_whole(path)
    whole = raw.decode("utf-8")
    mark = "\ufeff" if whole.startswith("\ufeff") else ""
    edited = edit(whole.removeprefix(mark))
    if edited is None:
        return False
    write_whole(path, mark + edited, was=raw)
    return True
