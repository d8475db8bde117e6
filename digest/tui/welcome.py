"""What the list shows while nothing has matched: what is happening, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.feeds.health import feed_health
from digest.model import FeedHealth
from digest.tui.cells import Span, shown, wrapped
from digest.tui.palette import Ink
from digest.tui.widgets.feeds import short_reason
from digest.tui.words import bar, counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from digest.model import FeedState
    from digest.tui.watcher import Snapshot

Lines = list[list[Span]]


@dataclass(frozen=True, slots=True)
class Places:
    """Where the user's files are."""

    rules: Path
    config: Path


def welcome_lines(snapshot: Snapshot | None, trouble: str, places: Places, now: datetime, cells: int) -> Lines:
    """The first-run screen, for so many cells."""
    if snapshot is None:
        return _paragraphs(
            [[Span("Opening the store", Ink.BRIGHT)], [Span(trouble or "one moment…", Ink.MUTED)]], cells
        )
    return _progress(snapshot, now, cells) + _next_steps(snapshot, places, cells)


def filtered_lines(words: str, cells: int) -> Lines:
    """What the list shows when the filter lets nothing through."""
    return _paragraphs(
        [
            [Span("No entry passes the filter ", Ink.MUTED), Span(words)],
            [Span("Esc", Ink.BRIGHT), Span(" shows all of them", Ink.MUTED)],
        ],
        cells,
    )


def _progress(snapshot: Snapshot, now: datetime, cells: int) -> Lines:
    """How far the first poll is."""
    feeds = snapshot.feeds
    done = sum(feed.last_attempt is not None for feed in feeds)
    stored = f"{counted(sum(feed.entries for feed in feeds), 'entry')} stored"
    if not feeds:
        title, rest = "No feed is configured yet", []
    elif snapshot.engine.pid is None:
        title, rest = (
            "No engine runs, so nothing is polled",
            [[Span("Start one with ", Ink.MUTED), Span("digest run", Ink.BRIGHT)]],
        )
    elif done < len(feeds):
        title = f"Polling {counted(len(feeds), 'feed')} for the first time"
        drawn = bar(done, len(feeds), 24)
        rest = [
            [
                Span(drawn, Ink.ACCENT),
                Span("━" * max(0, 24 - len(drawn)), Ink.LINE),
                Span(f"  {done} of {len(feeds)}", Ink.BRIGHT),
                Span(f"   {stored}", Ink.MUTED),
            ]
        ]
    else:
        title = "Nothing has matched yet"
        rest = [
            [
                Span(
                    f"All {counted(len(feeds), 'feed')} were polled, {stored}. Entries that match a rule appear here by themselves.",
                    Ink.MUTED,
                )
            ]
        ]
    return _paragraphs([[Span(title, Ink.BRIGHT)], *rest], cells) + _failures(feeds, now, cells) + [[]]


def _failures(feeds: Sequence[FeedState], now: datetime, cells: int) -> Lines:
    failing = [feed for feed in feeds if feed_health(feed, now) in {FeedHealth.FAILING, FeedHealth.GONE}]
    if not failing:
        return []
    names = ", ".join(f"{shown(feed.name)} ({short_reason(feed)})" for feed in failing[:4])
    more = f" and {len(failing) - 4} more" if len(failing) > 4 else ""
    return _paragraphs(
        [[Span("▲ ", Ink.HIGH), Span(f"{counted(len(failing), 'feed')} failed: ", Ink.HIGH), Span(names + more)]], cells
    )


def _next_steps(snapshot: Snapshot, places: Places, cells: int) -> Lines:
    """Where the rules are, and how to be told in Telegram."""
    live = len(snapshot.book.rules)
    steps: Lines = [
        [
            Span("RULES      ", Ink.MUTED),
            Span(f"{counted(live, 'rule')} in "),
            Span(str(places.rules), Ink.BRIGHT),
            Span(", reloaded when saved", Ink.MUTED),
        ],
        [
            Span("FEEDS      ", Ink.MUTED),
            Span(f"{counted(len(snapshot.feeds), 'feed')} in "),
            Span(str(places.config), Ink.BRIGHT),
        ],
    ]
    off = next((channel.state.off for channel in snapshot.channels if channel.state.off), "")
    if not snapshot.channels:
        steps.append(
            [
                Span("TELEGRAM   ", Ink.MUTED),
                Span("no channel yet: write to your bot, then "),
                Span("digest telegram chats", Ink.BRIGHT),
                Span(" names the chat", Ink.MUTED),
            ]
        )
    elif off:
        steps.append(
            [Span("TELEGRAM   ", Ink.MUTED), Span(f"{shown(off)}: nothing is sent until it is set", Ink.NORMAL)]
        )
    else:
        steps.append(
            [
                Span("TELEGRAM   ", Ink.MUTED),
                Span(", ".join(shown(channel.state.name) for channel in snapshot.channels)),
                Span(" gets what comes after a feed's first poll", Ink.MUTED),
            ]
        )
    return [line for step in steps for line in _hanging(step, 11, cells)]


def _hanging(spans: list[Span], indent: int, cells: int) -> Lines:
    """A label, then its text wrapped beside it; below it where room is short."""
    if cells < 48:
        return [*wrapped(spans[:1], cells), *wrapped(spans[1:], cells), []]
    lines = wrapped(spans[1:], cells - indent)
    return [[spans[0], *lines[0]], *([Span(" " * indent), *line] for line in lines[1:])]


def _paragraphs(paragraphs: Lines, cells: int) -> Lines:
    return [[], *(line for spans in paragraphs for line in wrapped(spans, cells))]
