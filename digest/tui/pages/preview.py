"""What an edit of a rule would do: how many entries match, by days, what it adds and drops, and why."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from digest.tui.cells import Run, bar, clipped, shown, sides, spark, width
from digest.tui.palette import Ink
from digest.tui.widgets.pane import Item, ListPane
from digest.words import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_DAYS: Final = 14
_HEIGHT: Final = 4
_LOW: Final = 10
"""Lines below which the days are one line of the figures, and nothing is blank."""
_BLOCKS: Final = " ▁▂▃▄▅▆▇█"
_LOOKING: Final = "Looking at the stored entries…"


class PreviewPane(ListPane):
    """The right side of the rule editor."""

    heading = "PREVIEW"

    def __init__(self) -> None:
        super().__init__(id="preview")
        self._answer: Mapping[str, Any] = {}
        self._mistaken = False
        self._trouble = ""
        self._waits = True

    def wait(self) -> None:
        """Another look has begun; what was seen last stays."""
        self._waits = True
        self.refresh()

    def fail(self, words: str) -> None:
        """Nothing can be looked at."""
        self._trouble, self._waits = words, False
        self.rebuild()

    def show(self, answer: Mapping[str, Any]) -> None:
        """Show what came of it, as `digest.rulebook.preview` says it."""
        self._trouble, self._waits = "", False
        self._mistaken = bool(answer["problems"])
        if self._mistaken:  # the last that could be looked at stays
            answer = {**self._answer, "number": answer["number"], "problems": answer["problems"]}
        self._answer = answer
        self.rebuild()
        self.refresh()

    def count(self) -> Sequence[Run]:
        """Of how many entries."""
        entries = self._answer.get("entries", 0)
        words = "looking… " if self._waits else ""
        return (Run(f"{words}the newest {count(entries, 'entry')}", Ink.MUTED),) if entries else ()

    def items(self, cells: int) -> list[Item]:
        """Figures, days, differences, words."""
        if self._trouble:
            return [Item([Run(f" {self._trouble}", Ink.HIGH)])]
        answer = self._answer
        if "entries" not in answer:
            words = "With the mistake corrected, here is what it finds." if self._mistaken else _LOOKING
            return [Item([Run(f" {words}", Ink.MUTED)])]
        if not answer["entries"]:
            return [Item([Run(" No entry is stored yet: there is nothing to compare with.", Ink.MUTED)])]
        low = self.room[1] < _LOW
        added, dropped = answer["counts"]
        left = [Run(f" {answer['matching']:,}", Ink.BRIGHT), Run(" match   running ", Ink.MUTED)]
        left.append(Run(f"{answer['running']:,}"))
        right = [Run(f"+{added:,}", Ink.ACCENT_BOLD), Run(" added  ", Ink.MUTED)]
        right += [Run(f"-{dropped:,}", Ink.HIGH_BOLD), Run(" dropped ", Ink.MUTED)]
        if low and width([*left, *(days := _in_a_line(answer["days"])), *right]) < cells:
            left += days
        items = [Item(sides(left, right, cells))]
        if answer["problems"]:
            items.append(Item([Run(" ◆ ", Ink.NORMAL), Run("as it was before the mistake", Ink.MUTED)]))
        if not low:
            items += [Item(()), *map(Item, _days(answer["days"], cells))]
        for sign, kind, words in (("+", True, "would be added"), ("-", False, "would be dropped")):
            items += _differences(answer, cells, sign=sign, added=kind, words=words)
        items += _words(answer["words"], answer["matching"], cells)
        return [item for item in items if item.spans or not low]


def _in_a_line(days: Mapping[str, Sequence[int]]) -> list[Run]:
    """How many would match on each of the last days."""
    if not days:
        return []
    last = date.fromisoformat(max(days))
    figures = (days.get((last - timedelta(days=back)).isoformat(), (0, 0, 0)) for back in reversed(range(_DAYS)))
    return [
        Run("   "),
        Run(spark([kept + added for kept, added, _ in figures]), Ink.ACCENT),
        Run(f" {_DAYS} days", Ink.MUTED),
    ]


def _days(days: Mapping[str, Sequence[int]], cells: int) -> list[list[Run]]:
    """A column for each of the last days: what is kept, and on it what is added; dropped ones stand in coral."""
    if not days:
        return [[Run(" no entry of the last days matches", Ink.MUTED)]]
    last = date.fromisoformat(max(days))
    shown_days = [last - timedelta(days=back) for back in reversed(range(min(_DAYS, max(1, (cells - 6) // 4))))]
    figures = [days.get(day.isoformat(), (0, 0, 0)) for day in shown_days]
    top = max(1, *(sum(figure) for figure in figures))
    lines: list[list[Run]] = []
    for row in reversed(range(_HEIGHT)):
        line = [Run(f"{top if row == _HEIGHT - 1 else '':>4} ", Ink.MUTED)]
        for kept, added, dropped in figures:
            line += [*_column(row, kept, added + dropped, top, Ink.ACCENT if added >= dropped else Ink.HIGH), Run(" ")]
        lines.append(line)
    lines.append([Run("     "), *(Run(f"{day.day:>3} ", Ink.MUTED) for day in shown_days)])
    return lines


def _column(row: int, kept: int, changed: int, top: int, ink: Ink) -> list[Run]:
    """Three cells of a day's column in one row: the part that is kept below the part that changes."""
    floor = row * 8
    full = round((kept + changed) / top * _HEIGHT * 8)
    below = round(kept / top * _HEIGHT * 8)
    block = _BLOCKS[max(0, min(8, full - floor))]
    return [Run(block * 3, Ink.FAINT if below > floor else ink)]


def _differences(answer: Mapping[str, Any], cells: int, *, sign: str, added: bool, words: str) -> Iterator[Item]:
    found = [each for each in answer["differences"] if each["added"] is added]
    number = answer["counts"][0 if added else 1]
    if not number:
        return
    ink = Ink.ACCENT_BOLD if added else Ink.HIGH_BOLD
    yield Item(())
    yield Item([Run(f" {sign} {number:,} {words}", ink)])
    for each in found:
        day = datetime.fromisoformat(each["seen"]).strftime("%d %b")
        head = [Run(f" {sign} ", ink), Run(f"{day} ", Ink.MUTED), Run(shown(each["outlet"])[:14] + "  ", Ink.MUTED)]
        title = _marked(each["title"], each["hits"])
        yield Item(clipped([*head, *title], cells), (each["rule"], each["entry"]))
        yield Item(clipped([Run("          "), Run(f"{each['rule']}: {shown(each['reason'])}", Ink.MUTED)], cells))
    if number > len(found):
        yield Item([Run(f"   and {number - len(found):,} more: digest rules diff shows all", Ink.MUTED)])


def _marked(title: str, hits: Sequence[Sequence[int]]) -> list[Run]:
    spans: list[Run] = []
    done = 0
    for start, end in sorted((first, last) for first, last in hits):
        if start >= done:
            spans += [Run(shown(title[done:start])), Run(shown(title[start:end]), Ink.MARK)]
            done = end
    return [*spans, Run(shown(title[done:]))]


def _words(words: Sequence[Sequence[Any]], matching: int, cells: int) -> Iterator[Item]:
    if not words:
        return
    yield Item(())
    yield Item([Run(" WORDS THAT DO THE WORK", Ink.LABEL), Run(f"   of {matching:,}", Ink.MUTED)])
    top = max(number for _, number in words)
    for word, number in words:
        line = [Run(f" {number:>6,} "), Run(bar(number, top, 10), Ink.ACCENT), Run(" "), Run(shown(word))]
        yield Item(clipped(line, cells))
