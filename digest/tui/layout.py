"""Where the panes stand at which size of the terminal: a pure function of it, and the style sheet that it is put in.

::

    below 118 cells                    from 118                            from 160
    ┌ status ────────────────┐         ┌ status ───────────────┐           ┌ status ──────────────────────┐
    │ tabs                   │         │╭ rules ╮╭ list ──────╮│           │╭ rules ╮╭ list ─────╮╭ aside ╮│
    │ list                   │         ││       ││            ││           ││       ││           ││ story ││
    │─ peek at the entry ────│         │╭ feeds ╮╭ reader ────╮│           │╭ feeds ╮╭ reader ───╮│ why   ││
    └ keys ──────────────────┘         └ keys ─────────────────┘           └ keys ────────────────────────┘

A larger terminal never shows fewer rows of the list, nor less of a title: the rows are one function of the height,
whatever stands where, and a step to more panes comes where a title keeps what it had.
"""

from __future__ import annotations

from typing import Final, NamedTuple

WIDE: Final = 118
"""Cells from which the panes stand side by side: a title has here what it is kept to below."""
WIDEST: Final = 160
"""Cells from which there is a third column."""
_SIDE, _ASIDE = 26, 38
"""Cells of the side bar and of the third column, where they begin."""
_FRAME: Final = 2
_LEAST: Final = 3
"""Rows of the list, whatever share it is given; lines of a reader in a frame."""

MATCHES, RULES, FEEDS, READER = "matches", "rules", "feeds", "reader"
PANES: Final = (MATCHES, RULES, FEEDS, READER)
"""By the number of their tabs."""


class DeskPlan(NamedTuple):
    """Cells and lines of each part, frames included; 0: it is not there."""

    wide: bool
    """Panes have frames and stand side by side; else each is a tab."""
    tabs: int = 0
    keys: int = 1
    side: int = 0
    aside: int = 0
    middle: int = 0
    """The cells of list and reader."""
    matches: int = 0
    reader: int = 0
    rules: int = 0
    feeds: int = 0
    rows: int = 0
    """Those of the list's lines that are rows."""
    bar: bool = False
    """Whether the list has a line above it for what waits."""
    names: bool = False
    """Whether its columns have names above them."""
    base: int = 0
    """Cells of a row of which all is the title's but what has to be: the other columns share what is beyond."""


def arrange(  # noqa: PLR0913 - the size, and each of what the user chose
    cells: int, rows: int, *, share: int = 0, folded: bool = False, zoomed: bool = False, pane: str = MATCHES
) -> DeskPlan:
    """The plan for a terminal of this size.

    Args:
        cells: its width.
        rows: its height.
        share: steps by which the list was made higher, or (below 0) the reader.
        folded: whether the side bar is put away.
        zoomed: whether ``pane`` is to fill the screen.
        pane: the one that is open: a tab, or, side by side, the reader in the place of the list.
    """
    return (
        _tabbed(cells, rows, share, pane, zoomed=zoomed)
        if cells < WIDE
        else (_zoomed(cells, rows, pane) if zoomed else _side_by_side(cells, rows, share, pane, folded=folded))
    )


def _rows(rows: int, share: int) -> int:
    """How many rows of the list are seen beside a reader: the same in every layout."""
    usual = 14 + max(0, min(rows - 24, 12)) // 6 + max(0, rows - 36) // 2
    return max(min(rows - 4, _LEAST), min(rows - 4, usual + 2 * share))


def _base(cells: int, inner: int) -> int:
    """What of a row is the title's first; where panes are added, it is what they leave of it at that width."""
    if cells < WIDE:
        return min(inner, WIDE - _SIDE - 1 - _FRAME)
    kept = WIDEST - _SIDE - 1 - _ASIDE - 1 - _FRAME
    return min(inner, kept) if cells < WIDEST else kept + (inner - kept) * 2 // 3


def _tabbed(cells: int, rows: int, share: int, pane: str, *, zoomed: bool) -> DeskPlan:
    if rows < 8:
        plan = DeskPlan(wide=False, keys=0, middle=cells, bar=rows > 6, base=_base(cells, cells))
        return _opened(plan, pane, rows - 1)
    plan = DeskPlan(wide=False, tabs=1, middle=cells, bar=rows > 8, base=_base(cells, cells))
    room = rows - 3
    if pane != MATCHES or zoomed:
        return _opened(plan._replace(tabs=2 if rows > 16 else 1), pane, room - (rows > 16))
    seen = _rows(rows, share) if plan.bar else room
    left = room - plan.bar - seen
    tabs = 2 if left == 1 or left >= 4 else 1
    reader = left - (tabs - 1)
    return plan._replace(tabs=tabs, matches=seen + plan.bar, rows=seen, reader=reader)


def _opened(plan: DeskPlan, pane: str, lines: int) -> DeskPlan:
    """The same with one pane over all of these lines."""
    if pane == MATCHES:
        head = (_FRAME if plan.wide else 0) + plan.bar + plan.names
        return plan._replace(matches=lines, rows=max(1, lines - head))
    if pane == READER:
        return plan._replace(reader=lines)
    return plan._replace(rules=lines) if pane == RULES else plan._replace(feeds=lines)


def _zoomed(cells: int, rows: int, pane: str) -> DeskPlan:
    keys = int(rows >= 8)
    plan = DeskPlan(wide=True, keys=keys, middle=cells, bar=rows >= 19, base=_base(cells, cells - _FRAME))
    return _opened(plan, pane, rows - 1 - keys)


def _side_by_side(cells: int, rows: int, share: int, pane: str, *, folded: bool) -> DeskPlan:
    keys = int(rows >= 8)
    lines, more = rows - 1 - keys, max(0, cells - WIDEST)
    side = 0 if folded else _SIDE + min(more // 4, 10)
    aside = _ASIDE + min((more + 2) // 4, 22) if cells >= WIDEST else 0
    middle = cells - (side + 1 if side else 0) - (aside + 1 if aside else 0)
    plan = DeskPlan(wide=True, keys=keys, side=side, aside=aside, middle=middle, base=_base(cells, middle - _FRAME))
    if side:
        plan = plan._replace(rules=lines * 20 // 34, feeds=lines - lines * 20 // 34)
    if pane == READER:
        return plan._replace(reader=lines)
    seen = _rows(rows, share) if keys else max(1, lines - _FRAME)
    left = lines - _FRAME - seen
    if left < _LEAST:
        plan = plan._replace(matches=lines, bar=left >= 1, names=left >= 2)
    else:
        bar, names = left > 4, left > 9
        plan = plan._replace(bar=bar, names=names, matches=_FRAME + bar + names + seen, reader=left - bar - names)
    return plan._replace(rows=seen)


CSS: Final = """
Screen { layout: vertical; background: $background; color: $foreground; overflow: hidden; }
#status, #keys { height: 1; }
#main { layout: horizontal; height: 1fr; }
#left { layout: vertical; }
#right { layout: vertical; width: 1fr; }
#aside { margin: 0 0 0 1; height: 100%; }
.paged #main, Screen.paged #tabs { display: none; }
"""
