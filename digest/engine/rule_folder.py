"""The rules folder as it is on disk: which files are rule files, what they say, and whether anything changed."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.config import unknown_channel
from digest.errors import Problem
from digest.model import Severity
from digest.positions import locate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from digest.match import LoadedRules, Rule
    from digest.model import ChannelSpec

Fingerprint = tuple[tuple[str, int, int, int, int], ...]
"""For each rule file its name, inode, size, and times of change in nanoseconds."""


@dataclass(frozen=True, slots=True)
class RuleFolder:
    """What was read; a file that could not be read is named in ``problems`` and has no text."""

    texts: dict[str, str]
    """By file name, in order."""
    problems: tuple[Problem, ...] = ()
    is_whole: bool = True
    """Whether the folder could be looked into: where it could not, nothing says that a file is gone."""


def read_rule_folder(folder: Path) -> RuleFolder:
    """Read every ``*.toml`` of a folder but the hidden ones; subfolders are left alone."""
    try:
        files = _rule_files(folder)
    except OSError as error:
        reason = f"the rules folder cannot be read: {error.strerror or error}"
        if isinstance(error, FileNotFoundError | NotADirectoryError):
            reason = "the rules folder is not there: digest init writes one"
        return RuleFolder({}, (Problem(str(folder), 1, 1, reason),), is_whole=False)
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for path in files:
        try:
            texts[path.name] = path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:  # an editor is just saving it by renaming, or the link leads nowhere
            continue
        except UnicodeDecodeError as error:
            before = path.read_bytes()[: error.start]
            line, column = before.count(b"\n") + 1, len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1
            problems.append(Problem(path.name, line, column, "this is not UTF-8: save the file as UTF-8"))
        except OSError as error:
            problems.append(Problem(path.name, 1, 1, f"the file cannot be read: {error.strerror or error}"))
    return RuleFolder(texts, tuple(problems))


def unknown_channels(loaded: LoadedRules, known: Sequence[str]) -> Iterator[Problem]:
    """The channels that rules name and the config does not have: such a rule is live, and tells nobody there."""
    for rule in loaded.rules:
        for index, name in enumerate(rule.channels or ()):
            if name not in known:
                place = place_in_rule(loaded, rule, "channels", index)
                yield Problem(rule.path, *place, f"rule “{rule.id}”: {unknown_channel(name, known)}")


def unheard_rules(loaded: LoadedRules, channels: Sequence[ChannelSpec]) -> Iterator[Problem]:
    """Rules that name channels of which each wants more severe alerts: such a rule is live, and tells nobody."""
    floors = {channel.name: channel.severity for channel in channels}
    for rule in loaded.rules:
        wanted = [floors.get(name, Severity.LOW) for name in rule.channels or ()]
        if wanted and rule.severity < min(wanted):
            is_low = f"its severity is {rule.severity.word}, and each of its channels wants {min(wanted).word} at least"
            place = place_in_rule(loaded, rule, "channels")
            yield Problem(rule.path, *place, f"rule “{rule.id}” tells nobody: {is_low}", "warning")


def place_in_rule(loaded: LoadedRules, rule: Rule, *keys: str | int) -> tuple[int, int]:
    """Line and column of a value inside a rule, in its file."""
    ids = [each.id for each in loaded.rules if each.path == rule.path]
    return locate(loaded.live[rule.path], ("rule", ids.index(rule.id), *keys), value=True)


def fingerprint(folder: Path) -> Fingerprint:
    """What changes whenever a rule file is written, replaced, removed, or a link to it is turned elsewhere."""
    marks = []
    with contextlib.suppress(OSError):
        for path in _rule_files(folder):
            with contextlib.suppress(OSError):
                found = path.stat()
                marks.append((path.name, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns))
    return tuple(marks)


def _rule_files(folder: Path) -> list[Path]:
    """The rule files, by name; raises OSError where the folder cannot be listed."""
    names = sorted(path.name for path in folder.iterdir() if path.suffix == ".toml" and path.name[0] != ".")
    return [folder / name for name in names if not os.path.isdir(folder / name)]  # noqa: PTH112 - Path's may raise
