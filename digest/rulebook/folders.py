"""The rules folders of all desks as one: its files go by their names, those of a named desk behind that desk's.

::

    rules/korea.toml ───────────▶ korea.toml
    rules-asia/korea.toml ──────▶ asia/korea.toml
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from digest.errors import UsageError
from digest.rulebook.folder import RuleFolder, fingerprint, read_rule_folder, shown_path
from digest.values.desks import UNNAMED, desk_of, of_desk, own_name, unknown_desk

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import TypeVar

    from digest.errors import Problem
    from digest.rulebook.folder import Fingerprint

    V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class RuleFolders:
    """The rules folders."""

    by_desk: Mapping[str, Path]

    @classmethod
    def only(cls, folder: Path) -> RuleFolders:
        """Those of an installation that has one desk."""
        return cls({UNNAMED: folder})

    def read(self) -> RuleFolder:
        """Every rule file, by its name; what is wrong is told by names, too, and of a folder by its path."""
        found = {desk: read_rule_folder(folder) for desk, folder in self.by_desk.items()}
        return RuleFolder(
            {of_desk(desk, name): text for desk, one in found.items() for name, text in one.texts.items()},
            tuple(self._named(desk, problem) for desk, one in found.items() for problem in one.problems),
            tuple(self._named(desk, doubt) for desk, one in found.items() for doubt in one.warnings),
            frozenset(desk for desk, one in found.items() if one.lost),
        )

    def fingerprint(self) -> tuple[tuple[str, Path, Fingerprint], ...]:
        """What changes whenever a rule file does, or where they are."""
        return tuple((desk, folder, fingerprint(folder)) for desk, folder in self.by_desk.items())

    def of(self, name: str) -> Path:
        """The folder that a rule or a rule file is in, by its name.

        Raises:
            UsageError: its desk has none here, or it is the path of a folder that cannot be read.
        """
        if Path(name).is_absolute():
            raise UsageError(f"that is the rules folder and no file in it: {shown_path(Path(name))}")
        if (desk := desk_of(name)) not in self.by_desk:
            raise UsageError(unknown_desk(desk, [each for each in self.by_desk if each]))
        return self.by_desk[desk]

    def file(self, name: str) -> Path:
        """Where a rule file is, by its name; raises `UsageError` as `of`."""
        return self.of(name) / own_name(name)

    # --- as paths are shown ------------------------------------------------------------------------------------------

    def shown(self, name: str) -> str:
        """A rule file as it is best shown, by its name."""
        if Path(name).is_absolute():  # a folder that cannot be read goes by its path
            return str(shown_path(Path(name)))
        return str(shown_path(self.file(name))) if desk_of(name) in self.by_desk else name

    def by_path(self, files: Mapping[str, V]) -> dict[str, V]:
        """What is known of files by their names, by their paths as they are shown; those of desks that are gone go."""
        return {self.shown(name): value for name, value in files.items() if desk_of(name) in self.by_desk}

    def at_paths(self, problems: Iterable[Problem]) -> list[Problem]:
        """The same problems, their paths as they are shown."""
        return [replace(problem, path=self.shown(problem.path)) for problem in problems]

    def desk_at(self, path: str) -> str:
        """The desk of a file, by its path as it is shown; what lies in none of the folders is of the unnamed one."""
        there = os.path.realpath(Path(path).parent)
        return next((desk for desk, folder in self.by_desk.items() if there == os.path.realpath(folder)), UNNAMED)

    def _named(self, desk: str, problem: Problem) -> Problem:
        """A problem of a desk's folder, its file by its name; what lies in a subfolder goes by its path."""
        own = Path(problem.path)
        if desk and own.is_absolute() and not own.exists():
            return replace(problem, message=f"the rules folder is not there: make it, or take the desk {desk} out")
        path = of_desk(desk, problem.path) if len(own.parts) == 1 else str(self.by_desk[desk] / own)
        return replace(problem, path=path)
