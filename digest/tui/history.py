"""The filters that were typed before, kept in the state folder: one a line, the newest last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

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


def remember(state: Path | None, line: str) -> None:
    """Keep a line beside what any dashboard kept before.

    Raises:
        OSError: it cannot be written; what was kept is as it was.
        UsageError: it may not be.
    """
    if state is not None:
        write_whole(state / _NAME, "".join(f"{each}\n" for each in with_newest(read_history(state), line)))
