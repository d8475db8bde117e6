"""The filters that were typed before, kept in the state folder: one a line, the newest last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from digest.errors import UsageError
from digest.rulebook.writing import write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_NAME: Final = "filters.txt"
_KEPT: Final = 100
_LONGEST: Final = 10_000
"""Letters of a line; who pastes more does not look for it again."""


def with_newest(lines: Sequence[str], line: str) -> list[str]:
    """The lines with one that was just used at their end, each once and not too many."""
    line = line.strip()
    if not line or len(line) > _LONGEST or not line.isprintable():
        return list(lines)
    return [*(each for each in lines if each != line), line][-_KEPT:]


def read_history(state: Path | None) -> list[str]:
    """What was typed before; nothing where there is no such file, or it cannot be read."""
    if state is None:
        return []
    try:
        text = (state / _NAME).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    lines: list[str] = []
    for line in text.splitlines()[-_KEPT:]:
        lines = with_newest(lines, line)
    return lines


def add_to_history(state: Path | None, line: str) -> str:
    """Keep a line beside what any dashboard kept before; there is nothing to be said of it.

    Raises:
        UsageError: it cannot be written, or may not be; what was kept is as it was.
    """
    try:
        if state is not None:
            write_whole(state / _NAME, "".join(f"{each}\n" for each in with_newest(read_history(state), line)))
    except OSError as error:
        raise UsageError(f"the filter cannot be kept in {_NAME}: {error.strerror or error}") from None
    return ""
