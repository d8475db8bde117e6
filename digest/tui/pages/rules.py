"""Which rule finds how much, and since when no longer? Every live rule with its hits over thirty days."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from rich.cells import cell_len

from digest.store.pages import last_hits
from digest.store.statistics import Stretch, rule_figures
from digest.tui.actions import Subject
from digest.tui.cells import Run, fit, shown
from digest.tui.pages.base import Paced, nothing, section
from digest.tui.pages.charts import heat
from digest.tui.pages.detailed import DetailPage, facts
from digest.tui.palette import INKS, Ink
from digest.tui.widgets.pane import Item
from digest.values.desks import desk_of, own_name
from digest.values.listing import Listing
from digest.words import age, count, local_time, midnight, short_time

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, tzinfo

    from digest.store import Store
    from digest.store.people import Mute
    from digest.values.states import LiveRule

_DAYS: Final = 30
_WEEK: Final = 7
_NONE: Final = (0,) * _DAYS


class _Book(NamedTuple):
    """What is known of the rules."""

    rules: Sequence[LiveRule]
    days: Mapping[str, Sequence[int]]
    """Hits a day, by the rule's id; the last is today."""
    last: Mapping[str, datetime]
    mutes: Mapping[str, Mute]
    silent: Mapping[str, str]
    """What is said of those that found nothing for unusually long."""
    marks: Mapping[str, int]
    """How many examples stand in the file of marks."""


class RulesPage(DetailPage):
    """The rules."""

    key = "rules"
    crumb = "Rules"
    hints = ("open", "mute", "edit", "find", "close", "help")

    def __init__(self, now: Callable[[], datetime], zone: tzinfo) -> None:
        super().__init__()
        self._now, self._zone = now, zone
        self._book: _Book | None = None
        self._paced, self._marks = Paced(), Paced(60)

    def read(self, store: Store) -> _Book:
        """The rules and all about them."""
        now = self._now()
        day = timedelta(days=1)
        stretch = Stretch(midnight(now, self._zone) - day * (_DAYS - 1), day, _DAYS)
        figures = self._paced(stretch, lambda: rule_figures(store.database, stretch))
        texts = store.rules.live_texts()
        silent = {
            condition.key.removeprefix("rule:").removesuffix(":silent"): condition.sentence
            for condition in store.conditions.known()
            if condition.key.startswith("rule:") and not condition.ended
        }
        return _Book(
            rules=[rule for rule in store.rules.live() if self.desk.places.desk in {None, desk_of(rule.id)}],
            days={each.rule: each.hits for each in figures},
            last=last_hits(store),
            mutes={mute.rule: mute for mute in store.mutes.in_force(now)},
            silent=silent,
            marks=self._marks(texts, lambda: _marks_in(texts)),
        )

    def show(self, value: object) -> None:
        """Show them."""
        self._book = cast("_Book", value)
        self.rebuild()

    def rows(self, cells: int) -> list[Item]:
        """The rules under the files they stand in."""
        if (book := self._book) is None:
            return []
        if not book.rules:
            advice = [Run("digest check", Ink.BRIGHT), Run(" says what is wrong with the rule files")]
            return nothing("No rule is live, so nothing alerts.", advice, cells)
        name = max(8, min(max(cell_len(_title(rule)) for rule in book.rules), 20 if cells < 80 else 30))
        chart = max(0, min(_DAYS, cells - name - 42))
        items: list[Item] = []
        ordered = sorted(book.rules, key=lambda rule: rule.path)
        heads = f"{'today':>7}{'7 days':>8}" + (f"  {'30 days':<{chart}}  {'last':>6}" if chart >= 8 else "")
        heads = heads.ljust(cells - 4 - name).lstrip()
        for path, rules in groupby(ordered, key=lambda rule: rule.path):
            grouped = list(rules)
            items.append(section(shown(grouped[0].topic).upper() or shown(path), "" if items else heads, cells))
            items += [Item(self._row(rule, name, chart), rule.id) for rule in grouped]
            items.append(Item(()))
        return items

    def _row(self, rule: LiveRule, name: int, chart: int) -> list[Run]:
        assert self._book is not None
        days = list(self._book.days.get(rule.id, _NONE))
        quiet = not rule.enabled or rule.id in self._book.mutes
        last = self._book.last.get(rule.id)
        state, ink = self._state(rule)
        spans = [
            Run(f" {rule.severity.glyph} ", Ink.MUTED if quiet else INKS[rule.severity]),
            Run(fit(_title(rule), name), Ink.MUTED if quiet else Ink.TEXT),
            Run(f"{days[-1]:>7,}", Ink.BRIGHT if days[-1] else Ink.MUTED),
            Run(f"{sum(days[-_WEEK:]):>8,}  "),
        ]
        if chart >= 8:
            told = short_time(last, self._now(), self._zone) if last else "never"
            spans += [*heat(days[-chart:], max(days), chart), Run(f"  {told:>6}  ", Ink.MUTED)]
        return [*spans, Run(state, ink)]

    def _state(self, rule: LiveRule) -> tuple[str, Ink]:
        """Whether it speaks, in a word or two."""
        assert self._book is not None
        if not rule.enabled:
            return "off", Ink.MUTED
        if (mute := self._book.mutes.get(rule.id)) is not None:
            return f"muted {short_time(mute.until, self._now(), self._zone)}", Ink.MUTED
        return ("quiet", Ink.NORMAL) if rule.id in self._book.silent else ("", Ink.MUTED)

    def detail(self, cells: int) -> list[Item]:
        """All that is known of the rule under the cursor."""
        book = self._book
        rule = next((each for each in book.rules if each.id == self.lines.cursor), None) if book else None
        if book is None or rule is None:
            return []
        now, zone = self._now(), self._zone
        days = book.days.get(rule.id, _NONE)
        last, mute = book.last.get(rule.id), book.mutes.get(rule.id)
        marks = book.marks.get(rule.id, 0)
        every = "every channel of its desk" if desk_of(rule.id) else "every channel"
        channels = every if rule.channels is None else ", ".join(rule.channels) or "none"
        until = f"until {local_time(mute.until, zone, now=now)}, by {mute.by}" if mute else ""
        told = [
            ("id", rule.id, Ink.TEXT),
            ("severity", f"{rule.severity.glyph} {rule.severity.word}", INKS[rule.severity]),
            ("state", "on" if rule.enabled else "off: enabled = false in its file", Ink.TEXT),
            ("muted", until, Ink.TEXT),
            ("quiet", book.silent.get(rule.id, ""), Ink.NORMAL),
            ("tells", channels, Ink.TEXT),
            ("file", f"{rule.path}, line {rule.line}", Ink.TEXT),
            ("last hit", f"{local_time(last, zone, now=now)}, {age(now - last)}" if last else "never", Ink.TEXT),
            ("30 days", f"{count(sum(days), 'hit')}, {max(days):,} on the busiest day", Ink.TEXT),
            ("marks", f"{count(marks, 'example')} in marks.toml" if marks else "", Ink.TEXT),
        ]
        return [*([section(_title(rule), "", cells)] if self.wide else []), *facts(told, cells), Item(())]

    def at_hand(self) -> Mapping[Subject, object]:
        """The rule under the cursor."""
        return {Subject.RULE: self.lines.cursor} if isinstance(self.lines.cursor, str) and self._book else {}

    async def open_line(self) -> None:
        """List what it found."""
        if (rule := self.at_hand().get(Subject.RULE)) is not None:
            await self.desk.list_entries(Listing(rule=str(rule)))


def _title(rule: LiveRule) -> str:
    return shown(rule.title or rule.id)


def _marks_in(texts: Mapping[str, str]) -> Mapping[str, int]:
    """How many examples the file of marks has of each rule."""
    from collections import Counter

    from digest.match import MARKS
    from digest.match.rules.rulefile import read_rule_file

    files = (read_rule_file(name, text, desk_of(name)) for name, text in texts.items() if own_name(name) == MARKS)
    return Counter(str(example.rule) for file in files for example in file.examples)
