"""What happened, and who says so? A story as it unfolded: what each outlet added, what changed, what may be related."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from digest.store.pages import story_detail
from digest.tui import acts
from digest.tui.actions import Subject
from digest.tui.cells import Run, clipped, cut, shown, sides, width
from digest.tui.pages.base import LinesPage, nothing
from digest.tui.pages.story_lines import added_lines, chart_lines, fact_lines, related_lines, step_lines, told_lines
from digest.tui.palette import INKS, Ink
from digest.values.desks import UNNAMED, desk_of
from digest.words import count, local_time, short_time

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, tzinfo

    from digest.store import Store
    from digest.store.pages import StoryDetail
    from digest.store.stories import NearStory
    from digest.stories.timeline import Timeline
    from digest.tui.widgets.pane import Item


class StoryPage(LinesPage):
    """A story, by its id."""

    key = "story"
    crumb = "Story"
    hints = ("open", "browse", "star", "follow", "find", "close", "help")
    later = True

    def __init__(self, story: int, now: Callable[[], datetime], zone: tzinfo) -> None:
        super().__init__()
        self._story, self._now, self._zone = story, now, zone
        self._seen: tuple[StoryDetail, Timeline] | None = None
        self._gone = False
        self._related: list[NearStory] | None = None
        self._unfolded: set[int] = set()
        self._kept: list[NearStory] = []  # in the watcher's thread, once it was read
        self._asked = False

    # --- reading -------------------------------------------------------------------------------------------------

    def read(self, store: Store) -> tuple[StoryDetail, Timeline] | None:
        """The story with all that was told of it."""
        from digest.stories.timeline import unfolded

        detail = story_detail(store, self._story, self._now(), self.desk.places.desk or UNNAMED)
        if detail is None:
            return None
        told = {alert.entry.id: alert.news for alert in detail.alerts if alert.news is not None}
        kept = {alert.entry.id: alert.summary for alert in detail.alerts if alert.summary}
        return detail, unfolded(detail.story, detail.corrections, told, kept)

    def read_later(self, store: Store) -> list[NearStory]:
        """The stories of other languages that may be the same event; looked for once, for that takes long."""
        from digest.match import load_rules
        from digest.store.related import related_stories

        if not self._asked:
            self._asked = True
            story = store.reads.story(self._story)
            aliases = load_rules(store.rules.live_texts(), try_examples=False, desk_at=desk_of).aliases
            self._kept = related_stories(store, story, aliases) if story else []
        return self._kept

    def show(self, value: object) -> None:
        """Show the story."""
        self._seen = cast("tuple[StoryDetail, Timeline] | None", value)
        self._gone = value is None
        self.rebuild()

    def show_later(self, value: object) -> None:
        """Show what may be related."""
        self._related = cast("list[NearStory]", value)
        self.rebuild()

    # --- lines ---------------------------------------------------------------------------------------------------

    def aside_cells(self, cells: int) -> int:
        """Two fifths of it."""
        return cells * 37 // 100

    def head(self, cells: int) -> list[Sequence[Run]]:
        """Its headline, a sentence, its figures and what was told of it."""
        if self._seen is None:
            return []
        detail, _ = self._seen
        story, now, zone = detail.story, self._now(), self._zone
        title = Run(shown(story.reports[0].title), Ink.BRIGHT)
        marks = [Run("★ ", Ink.ACCENT), Run("followed")] if story.followed else []
        if detail.mute is not None:
            marks += [Run(f"  muted until {local_time(detail.mute.until, zone, now=now)}", Ink.MUTED)]
        figures = self._figures(detail)
        spaced = [piece for span in figures for piece in (span, Run("   "))][:-1]
        sentence = next((alert.summary[0] for alert in detail.alerts if alert.summary), "")
        said = [[Run(cut(shown(sentence), cells), Ink.READ)]] if sentence else []
        told = told_lines(detail.alerts, zone)
        wide = cells >= width([*spaced, *told]) + 2
        last = [sides(spaced, told, cells)] if wide else [clipped(each, cells) for each in (spaced, told) if each]
        return [[], sides([title], marks, cells), *said, *last, []]

    def _figures(self, detail: StoryDetail) -> list[Run]:
        """The rules that found it, who reports it in how many languages, since when."""
        story, reports = detail.story, detail.story.reports
        now, zone = self._now(), self._zone
        figures = [Run(count(len(story.sources), "outlet")), Run(count(len(reports), "report"))]
        langs = {lang.partition("-")[0] for lang in detail.langs.values() if lang}
        figures += [Run(count(len(langs), "language"))] if len(langs) > 1 else []
        figures += [Run(f"first {short_time(reports[0].came, now, zone)}", Ink.MUTED)]
        figures += [Run(f"last {short_time(reports[-1].came, now, zone)}", Ink.MUTED)]
        figures += [Run(f"story {story.id}", Ink.MUTED)]
        if detail.rules:
            severest = detail.rules[0][1]
            rules = ", ".join(title for title, _ in detail.rules)
            figures = [Run(f"{severest.glyph} {severest.word}", INKS[severest]), Run(cut(shown(rules), 40)), *figures]
        return figures

    def items(self, cells: int) -> list[Item]:
        """The timeline, and the sentences."""
        if self._seen is None:
            advice = [Run("Esc", Ink.BRIGHT), Run(" goes back")]
            return nothing("This story is no longer stored.", advice, cells) if self._gone else []
        detail, line = self._seen
        chosen = self.lines.cursor
        words = {hit.text for alert in detail.alerts for hit in alert.hits}
        items = step_lines(line.steps, self._unfolded, self._now(), self._zone, cells)
        return items + added_lines(line.added, words, chosen, cells)

    def beside(self, cells: int) -> list[Item]:
        """Tolls, the pace, what may be related."""
        if self._seen is None:
            return []
        detail, line = self._seen
        now, zone = self._now(), self._zone
        return [
            *fact_lines(line.facts, cells),
            *chart_lines([report.came for report in detail.story.reports], now, zone, cells),
            *related_lines(self._related, now, zone, cells),
        ]

    # --- acting --------------------------------------------------------------------------------------------------

    def at_hand(self) -> Mapping[Subject, object]:
        """The story, the report under the cursor, and the severest of its rules."""
        found: dict[Subject, object] = {Subject.STORY: self._story}
        if self._seen is None:
            return {} if self._gone else found
        if isinstance(self.lines.cursor, int):
            found[Subject.ENTRY] = self.lines.cursor
        if self._seen[0].alerts:
            found[Subject.RULE] = max(self._seen[0].alerts, key=lambda alert: alert.severity).rule
        return found

    async def open_line(self) -> None:
        """Read the report; unfold the repeats."""
        match self.lines.cursor:
            case int(entry):
                await self.desk.read_entry(entry, self._story)
            case (str(), int(first)):
                self._unfolded.add(first)
                self.lines.rebuild()
                self.lines.choose(first)

    def chose(self, key: object) -> None:
        """What the report added stands out."""
        del key
        self.lines.rebuild()

    def action_browse(self) -> None:
        """Open the page of the report."""
        reports = self._seen[0].story.reports if self._seen else ()
        url = next((report.url for report in reports if report.entry == self.lines.cursor), "")
        self.desk.browse(url)

    def action_part(self) -> None:
        """Let the report be a story of its own."""
        self.desk.act(acts.part(self._story, cast("int", self.lines.cursor), self.desk.places, self._now))

    def action_join(self, words: str) -> None:
        """Let another story be one with this."""
        self.desk.act(acts.join(self._story, words, self.desk.places, self._now))
