"""Drafts: rule files that are not in place yet, among those that are live."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from digest.errors import UsageError
from digest.rulebook.folder import in_folder, read_rule_folder, read_whole
from digest.values.desks import of_desk, one_desk

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from digest.errors import Problem
    from digest.match import LoadedRules, Memory
    from digest.rulebook.folders import RuleFolders

    Tell = Callable[[Problem], object]

STANDARD_INPUT = "-"
_NAME_OF_INPUT = "<stdin>"
_NOT_LOADED = "nothing was compared or saved: the draft could not be loaded as it is"

Texts = dict[str, str]
"""The text of each rule file, by its path as it is shown."""


class Draft(NamedTuple):
    """The rule files with a draft among them."""

    texts: Texts
    own: frozenset[str]
    """The paths of the draft's own."""
    desk_at: Callable[[str], str]
    """The desk of each, by its path."""


def with_draft(live: Texts, path: str, folders: RuleFolders, tell: Tell, desk: str | None = None) -> Draft:
    """The rule files with a draft among them.

    A file stands in for the live one of its name, a folder for the whole set, ``-`` (standard input) is one more.

    Args:
        live: the files that the draft is put among.
        path: of the draft.
        folders: where the live files are.
        tell: hears what is wrong, or doubtful, in the draft's folder.
        desk: whose rules the draft holds; ``None``: those of the folder that it lies in, else of the unnamed desk.

    Raises:
        UsageError: there is nothing at that path, or it cannot be read.
    """
    draft = Path(path)
    whose = folders.desk_at(path if not draft.is_dir() else str(draft / "any")) if desk is None else desk
    if path == STANDARD_INPUT:
        own, others = {_NAME_OF_INPUT: _decoded(sys.stdin.buffer.read(), _NAME_OF_INPUT)}, live
    elif draft.is_dir():
        own = _read_folder(draft, tell)
        others = {file: text for file, text in live.items() if folders.desk_at(file) != whose}
    else:
        own = {path: _read(draft)}
        others = {file: text for file, text in live.items() if file != folders.shown(of_desk(whose, draft.name))}
    return Draft(others | own, frozenset(own), lambda file: whose if file in own else folders.desk_at(file))


def load_draft(
    texts: Texts, known: Mapping[str, str], tell: Tell, desk_at: Callable[[str], str] = one_desk
) -> tuple[LoadedRules, bool]:
    """The rules of a draft, and whether they could be saved so.

    Args:
        texts: of all its files.
        known: texts whose mistakes are not the draft's: a live file on disk may be broken already.
        tell: hears what is wrong.
        desk_at: as `digest.match.load_rules` takes it.

    Raises:
        UsageError: a file cannot be read as rules, so there is nothing to compare.
    """
    from digest.match import load_rules

    # The files that are as they were come first, so that of two that clash the draft is to blame; and no draft falls
    # back to what it stands in for.
    unchanged = {path: text for path, text in texts.items() if known.get(path) == text}
    loaded = load_rules(texts, unchanged, desk_at=desk_at)
    for problem in loaded.problems:
        tell(problem)
    if not loaded.problems:
        return loaded, True
    sound = not _new(loaded, unchanged)
    # With failing examples it can still be compared.
    loaded = load_rules(texts, unchanged, try_examples=False, desk_at=desk_at)
    if _new(loaded, unchanged):
        raise UsageError(_NOT_LOADED)
    return loaded, sound


def load_edited(
    live: Texts, path: str, text: str, memory: Memory, desk_at: Callable[[str], str] = one_desk
) -> LoadedRules | None:
    """The rules with one file edited; ``None`` if that would not be loaded as it is, its examples included.

    Args:
        live: the files as they are.
        path: of the file, as it is named there.
        text: what it is to hold.
        memory: of the edits before, so that only what changes is read and tried.
        desk_at: as `digest.match.load_rules` takes it.
    """
    from digest.match import load_rules

    unchanged = {other: kept for other, kept in live.items() if other != path}
    loaded = load_rules(unchanged | {path: text}, unchanged, memory=memory, desk_at=desk_at)
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
