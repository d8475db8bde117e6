"""What does the engine do, and what went wrong in it? The end of its log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, cast

from digest.logfile import parse_line
from digest.presence import LOG_NAME
from digest.text import without_controls
from digest.tui.cells import Run, fit, shown, wrapped
from digest.tui.pages.base import LinesPage, nothing, section
from digest.tui.palette import Ink
from digest.tui.widgets.pane import Item
from digest.words import clock_seconds, short_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime, tzinfo
    from pathlib import Path

    from digest.store import Store

_BYTES: Final = 64_000
"""Of its end, that are shown."""
_INKS: Final = {"WARNING": Ink.NORMAL, "ERROR": Ink.HIGH, "CRITICAL": Ink.HIGH_BOLD}
_SIGNS: Final = {"WARNING": "◆ ", "ERROR": "▲ ", "CRITICAL": "■ "}


class LogLine(NamedTuple):
    """A line of the log; one that goes on with the line before has no time."""

    at: datetime | None
    level: str
    who: str
    words: str


def read_log(file: Path) -> list[LogLine]:
    """The end of a log, oldest first; nothing where there is none.

    Raises:
        OSError: it is there and cannot be read.
    """
    try:
        with file.open("rb") as log:
            size = log.seek(0, 2)
            log.seek(max(0, size - _BYTES))
            text = log.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return []
    lines = without_controls(text).splitlines()
    return [told for line in (lines[1:] if size > _BYTES else lines) for told in _parsed(line)]


def _parsed(line: str) -> Iterator[LogLine]:
    """What a line says, its fields left out; one of JSON may hold several."""
    record = parse_line(line)
    first, *rest = without_controls(record.message).splitlines() or [""]
    yield LogLine(record.at, record.level, record.logger.rpartition(".")[2], first)
    for each in (*rest, *without_controls(record.traceback).splitlines()):
        yield LogLine(None, "", "", each)


class LogPage(LinesPage):
    """The log, newest last; it follows its end until somebody scrolls."""

    key = "log"
    crumb = "Log"

    def __init__(self, now: Callable[[], datetime], zone: tzinfo, state: Path | None) -> None:
        super().__init__()
        self._now, self._zone, self._state = now, zone, state
        self._log: list[LogLine] | None = None

    def read(self, store: Store) -> list[LogLine]:
        """The end of the log; it is a file of its own."""
        del store
        return read_log(self._state / LOG_NAME) if self._state is not None else []

    def tick(self) -> None:
        """Nothing in the store says that there is more."""
        self.look_again()

    def show(self, value: object) -> None:
        """Show it, if there is more; whoever saw its end sees that."""
        log = cast("list[LogLine]", value)
        if log == self._log:
            return
        extent = self.lines.extent()
        at_end = self._log is None or extent.top + extent.seen >= extent.total
        self._log = log
        self.rebuild()
        if at_end:
            self.call_after_refresh(self.lines.to_end, last=True)

    def items(self, cells: int) -> list[Item]:
        """Time, sign, who says it, what."""
        if self._log is None:
            return []
        if not self._log:
            advice = [Run("digest run", Ink.BRIGHT), Run(" starts an engine, which writes it")]
            return nothing("There is no log yet.", advice, cells)
        items = [section("ENGINE LOG", f"{LOG_NAME} in the state folder" if cells >= 70 else "", cells)]
        for line in self._log:
            items += self._line(line, cells)
        return items

    def _line(self, line: LogLine, cells: int) -> list[Item]:
        who = 12 if cells >= 70 else 0
        ink = _INKS.get(line.level, Ink.TEXT)
        time = ""
        if line.at is not None:
            time = short_time(line.at, self._now(), self._zone)
            time = clock_seconds(line.at, self._zone) if ":" in time else time
        head = [Run(f" {time:>8} ", Ink.MUTED), Run(_SIGNS.get(line.level, "  "), ink)]
        head += [Run(fit(shown(line.who), who) + " ", Ink.MUTED)] if who else []
        room = 12 + (who + 1 if who else 0)
        text = Run(shown(line.words), ink if line.at is not None else Ink.MUTED)
        first, *rest = wrapped([text], max(8, cells - room - 1))
        return [Item([*head, *first]), *(Item([Run(" " * room), *more]) for more in rest)]
