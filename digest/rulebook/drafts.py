"""Drafts: rule files that are not in place yet, among those that are live."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from digest.errors import UsageError
from digest.rulebook.folder import in_folder, read_rule_folder, read_whole, shown_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from digest.errors import Problem
    from digest.match import LoadedRules, Memory

    Tell = Callable[[Problem], object]

STANDARD_INPUT = "-"
_NAME_OF_INPUT = "<stdin>"
_NOT_LOADED = "nothing was compared or saved: the draft could not be loaded as it is"

Texts = dict[str, str]
"""The text of each rule file, by its path as it is shown."""


def with_draft(live: Texts, path: str, folder: Path, tell: Tell) -> tuple[Texts, frozenset[str]]:
    """The rule files with a draft among them, and the paths of the draft's own.

    A file stands in for the live one of its name, a folder for the whole set, ``-`` (standard input) is one more.

    Args:
        live: the files that the draft is put among.
        path: of the draft.
        folder: the rules folder, where the live files are.
        tell: hears what is wrong, or doubtful, in the draft's folder.

    Raises:
        UsageError: there is nothing at that path, or it cannot be read.
    """
    if path == STANDARD_INPUT:
        return live | {_NAME_OF_INPUT: _decoded(sys.stdin.buffer.read(), _NAME_OF_INPUT)}, frozenset({_NAME_OF_INPUT})
    draft = Path(path)
    if draft.is_dir():
        texts = _read_folder(draft, tell)
        return texts, frozenset(texts)
    others = {file: text for file, text in live.items() if file != str(shown_path(folder) / draft.name)}
    return others | {path: _read(draft)}, frozenset({path})


def load_draft(texts: Texts, known: Mapping[str, str], tell: Tell) -> tuple[LoadedRules, bool]:
    """The rules of a draft, and whether they could be saved so.

    Args:
        texts: of all its files.
        known: texts whose mistakes are not the draft's: a live file on disk may be broken already.
        tell: hears what is wrong.

    Raises:
        UsageError: a file cannot be read as rules, so there is nothing to compare.
    """
    from digest.match import load_rules

    # The files that are as they were come first, so that of two that clash the draft is to blame; and no draft falls
    # back to what it stands in for.
    unchanged = {path: text for path, text in texts.items() if known.get(path) == text}
    loaded = load_rules(texts, unchanged)
    for problem in loaded.problems:
        tell(problem)
    if not loaded.problems:
        return loaded, True
    sound = not _new(loaded, unchanged)
    loaded = load_rules(texts, unchanged, try_examples=False)  # with failing examples it can still be compared
    if _new(loaded, unchanged):
        raise UsageError(_NOT_LOADED)
    return loaded, sound


def load_edited(live: Texts, path: str, text: str, memory: Memory) -> LoadedRules | None:
    """The rules with one file edited; ``None`` if that would not be loaded as it is, its examples included.

    Args:
        live: the files as they are.
        path: of the file, as it is named there.
        text: what it is to hold.
        memory: of the edits before, so that only what changes is read and tried.
    """
    from digest.match import load_rules

    unchanged = {other: kept for other, kept in live.items() if other != path}
    loaded = load_rules(unchanged | {path: text}, unchanged, memory=memory)
    return None if _new(loaded, unchanged) else loaded


def _new(loaded: LoadedRules, unchanged: Mapping[str, str]) -> list[Problem]:
    """The problems of files that are not as they were."""
    return [problem for problem in loaded.problems if problem.path not in unchanged]


def _read_folder(draft: Path, tell: Tell) -> Texts:
    """The rule files of a draft's folder, as an engine would read them."""
    found = read_rule_folder(draft)
    for problem in in_folder(draft, (*found.problems, *found.warnings)):
        tell(problem)
    if found.problems:
        raise UsageError(_NOT_LOADED)
    if not found.texts:
        raise UsageError(f"there is no rule file (*.toml) in {draft}")
    return {str(draft / name): text for name, text in found.texts.items()}


def _read(path: Path) -> str:
    try:
        return _decoded(read_whole(path, as_named=True), str(path))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from None


def _decoded(raw: bytes, name: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{name} is not UTF-8: save it as UTF-8") from None
