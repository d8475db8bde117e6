"""Rule files as they are live, and as a draft would make them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from digest.cli.output import complain
from digest.cli.session import in_folder, shown_path
from digest.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.config import Config
    from digest.errors import Problem
    from digest.match import LoadedRules
    from digest.store.store import Store

STANDARD_INPUT = "-"
_NAME_OF_INPUT = "<stdin>"

Texts = dict[str, str]
"""The text of each rule file, by its path as it is shown."""


def live_texts(config: Config, store: Store | None) -> Texts:
    """The rule files as the engine last loaded them; where none has yet, as they are on disk."""
    from digest.engine.rule_folder import read_rule_folder

    live = store.rules.live_texts() if store else {}
    texts = live or read_rule_folder(config.rules).texts
    return _in_folder(config, texts)


def previous_texts(config: Config, store: Store | None) -> Texts:
    """The live files as they are, but each that had an earlier version as that was."""
    return live_texts(config, store) | _in_folder(config, store.rules.previous_texts() if store else {})


def with_draft(live: Texts, path: str, config: Config) -> tuple[Texts, frozenset[str]]:
    """The rule files with a draft among them, and the paths of the draft's own.

    A file stands in for the live one of its name, a folder for the whole set, ``-`` (standard input) is one more.

    Raises:
        UsageError: there is nothing at that path, or it cannot be read.
    """
    if path == STANDARD_INPUT:
        return live | {_NAME_OF_INPUT: _decoded(sys.stdin.buffer.read(), _NAME_OF_INPUT)}, frozenset({_NAME_OF_INPUT})
    draft = Path(path)
    if draft.is_dir():
        texts = _read_folder(draft)
        if not texts:
            raise UsageError(f"there is no rule file (*.toml) in {path}")
        return texts, frozenset(texts)
    others = {file: text for file, text in live.items() if file != str(shown_path(config.rules) / draft.name)}
    return others | {path: _read(draft)}, frozenset({path})


def load_draft(texts: Texts, known: Mapping[str, str]) -> tuple[LoadedRules, bool]:
    """The rules of a draft, and whether they could be saved so; what is wrong is told on standard error.

    Args:
        texts: of all its files.
        known: texts whose mistakes are not the draft's: a live file on disk may be broken already.

    Raises:
        UsageError: a file cannot be read as rules, so there is nothing to compare.
    """
    from digest.match import load_rules

    unchanged = _unchanged(texts, known)  # these come first, so that of two that clash the draft is to blame
    loaded = load_rules(texts, unchanged)
    for problem in loaded.problems:
        complain(str(problem), fg="red")
    if not loaded.problems:
        return loaded, True
    sound = not _new(loaded, texts, known)
    loaded = load_rules(texts, unchanged, try_examples=False)  # with failing examples it can still be compared
    if _new(loaded, texts, known):
        raise UsageError("nothing was looked up: the draft could not be loaded as it is")
    return loaded, sound


def _unchanged(texts: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    """The files that are as they were: no draft falls back to what it stands in for."""
    return {path: text for path, text in texts.items() if known.get(path) == text}


def _new(loaded: LoadedRules, texts: Mapping[str, str], known: Mapping[str, str]) -> list[Problem]:
    """The problems of files that are not as they were."""
    return [problem for problem in loaded.problems if texts.get(problem.path) != known.get(problem.path)]


def _in_folder(config: Config, texts: Mapping[str, str]) -> Texts:
    folder = shown_path(config.rules)
    return {str(folder / name): text for name, text in texts.items()}


def _read_folder(draft: Path) -> Texts:
    """The rule files of a draft's folder, as an engine would read them; what may be meant as one is told."""
    from digest.engine.rule_folder import read_rule_folder

    found = read_rule_folder(draft)
    for problem in in_folder(draft, (*found.problems, *found.warnings)):
        complain(str(problem), fg="red" if problem.level == "error" else "yellow")
    if found.problems:
        raise UsageError("nothing was looked up: the draft could not be loaded as it is")
    return {str(draft / name): text for name, text in found.texts.items()}


def _read(path: Path) -> str:
    from digest.engine.rule_folder import read_whole

    try:
        return _decoded(read_whole(path, as_named=True), str(path))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from None


def _decoded(raw: bytes, name: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{name} is not UTF-8: save it as UTF-8") from None
