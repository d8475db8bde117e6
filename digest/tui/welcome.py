"""What the list shows while nothing has matched: what is happening, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from digest.rulebook.folders import RuleFolders
from digest.tui.cells import Run, bar, shown, wrapped
from digest.tui.palette import Ink
from digest.tui.widgets.feeds import is_unreached, short_reason
from digest.values.desks import UNNAMED, of_desk
from digest.values.settings import is_admin_chat
from digest.watch.health import feeds_wrong, is_wrong, tally
from digest.words import count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from digest.tui.questions import Snapshot
    from digest.values.listing import Listing
    from digest.values.states import FeedState

Lines = list[list[Run]]

_PROGRESS = 24
"""Cells of the progress bar."""


_OWN_RULES: Final = "my-rules.toml"
_NEVER_UNREAD: Final = "What a feed held before Digest knew it (·) is never unread."


@dataclass(frozen=True, slots=True)
class Places:
    """Where the user's files are."""

    rules: Path
    config: Path
    state: Path | None = None
    """Where the engine gives a sign of life that needs no store."""
    desks: Mapping[str, Path] = field(default_factory=dict)
    """The rules folders of the desks with a name, by it."""
    desk: str | None = None
    """The one that is shown; ``None``: all."""

    @property
    def folders(self) -> RuleFolders:
        """The rules folders of all desks."""
        return RuleFolders({UNNAMED: self.rules, **self.desks})

    @property
    def own_rules(self) -> str:
        """The file that rules made in the dashboard are added to, by its name."""
        return of_desk(self.desk or UNNAMED, _OWN_RULES)


def welcome_lines(snapshot: Snapshot | None, trouble: str, places: Places, now: datetime, cells: int) -> Lines:
    """The first-run screen, for so many cells."""
    if snapshot is None:
        return _paragraph([_bright("Opening the store")], cells) + wrapped([_muted(trouble or "one moment…")], cells)
    steps = [_rules(snapshot, places), _feeds(snapshot, places), _telegram(snapshot)]
    told = _progress(snapshot, cells) + _failures(snapshot.feeds, now, cells)
    return [*told, [], *(line for step in steps for line in _hanging(step, 11, cells))]


def filtered_lines(listing: Listing, typed: str, words: str, feed: FeedState | None, cells: int) -> Lines:
    """What the list shows where there is nothing of what was asked for.

    Args:
        listing: what was asked for.
        typed: the filter as it was typed, if any.
        words: both of them.
        feed: the one whose entries were asked for.
        cells: of a line.
    """
    back = wrapped([_bright("Esc"), _muted(" leads back")], cells)
    if typed:
        whole = wrapped([_bright("a"), _muted(" looks through all entries, not only those that a rule found")], cells)
        none = _paragraph([_muted("No entry passes the filter "), Run(words)], cells)
        return none + (whole if listing.matched else []) + back
    if listing.starred:
        stars = [_bright("s"), _muted(" stars the entry under the cursor")]
        return _paragraph([Run("Nothing here is starred")], cells) + wrapped(stars, cells) + back
    if listing.unread:
        return _paragraph([Run("Nothing is unread here")], cells) + wrapped([_muted(_NEVER_UNREAD)], cells) + back
    if feed is not None:
        why = wrapped([Run(shown(feed.last_error), Ink.HIGH)], cells) if feed.last_error else []
        return _paragraph([Run(f"Of {shown(feed.name)} no entry is stored")], cells) + why + back
    return _paragraph([_muted("No entry here: "), Run(words)], cells) + back


def _progress(snapshot: Snapshot, cells: int) -> Lines:
    """How far the first poll is, or why nothing happens."""
    feeds = snapshot.feeds
    done = sum(feed.last_attempt is not None for feed in feeds)
    stored = f"{count(sum(feed.entries for feed in feeds), 'entry')} stored"
    if not feeds:
        return _paragraph([_bright("No feed is configured yet")], cells)
    if snapshot.engine.pid is None:
        start = wrapped([_muted("Start one with "), _bright("digest run"), _muted(" in another terminal.")], cells)
        return _paragraph([_bright("No engine runs, so nothing is polled")], cells) + start
    hope = wrapped([_muted("Entries that match a rule appear here by themselves.")], cells)
    asked = [feed for feed in feeds if not feed.paused]
    if asked and all(map(is_unreached, asked)):
        offline = [_muted("Is this machine online? "), _bright("digest demo"), _muted(" plays a day without network.")]
        return _paragraph([_bright("No feed could be reached")], cells) + wrapped(offline, cells)
    if done == len(feeds):
        polled = [_muted(f"All {count(len(feeds), 'feed')} were polled, {stored}.")]
        return _paragraph([_bright("Nothing has matched yet")], cells) + wrapped(polled, cells) + hope
    drawn = bar(done, len(feeds), _PROGRESS)
    track = [Run(drawn, Ink.ACCENT), Run("━" * (_PROGRESS - len(drawn)), Ink.LINE)]
    line = [*track, Run("  "), _bright(f"{done} of {len(feeds)}"), _muted(f"   {stored}")]
    title = [_bright(f"Polling {count(len(feeds), 'feed')} for the first time")]
    return _paragraph(title, cells) + wrapped(line, cells) + hope


def _failures(feeds: Sequence[FeedState], now: datetime, cells: int) -> Lines:
    """Which feeds failed, and why in a word."""
    failing = [feed for feed in feeds if is_wrong(feed, now)]
    if not failing:
        return []
    names = ", ".join(f"{shown(feed.name)} ({short_reason(feed)})" for feed in failing[:4])
    more = f" and {len(failing) - 4} more" if len(failing) > 4 else ""
    words = feeds_wrong(tally(feeds, now))
    return _paragraph([Run(f"▲ {words}: ", Ink.HIGH), Run(names + more)], cells)


def _rules(snapshot: Snapshot, places: Places) -> list[Run]:
    live = sum(rule.enabled for rule in snapshot.book.rules)
    where = [Run(f"{count(live, 'rule')} in "), _bright(str(places.rules)), _muted(", reloaded when saved")]
    return [_muted("RULES"), *where]


def _feeds(snapshot: Snapshot, places: Places) -> list[Run]:
    where = [Run(f"{count(len(snapshot.feeds), 'feed')} in "), _bright(str(places.config))]
    return [_muted("FEEDS"), *where]


def _telegram(snapshot: Snapshot) -> list[Run]:
    """How to be told in Telegram."""
    label = _muted("TELEGRAM")
    channels = [channel.state for channel in snapshot.channels if not is_admin_chat(channel.state.name)]
    if not channels:
        find = [_bright("digest telegram chats"), Run(" names the chats that have written to your bot")]
        return [label, Run("no channel yet: "), *find, _muted("; add one as [[channel]] in the config")]
    off = next((channel.off for channel in channels if channel.off), "")
    if off:
        return [label, Run(shown(off), Ink.NORMAL), _muted(": nothing is sent until that is corrected")]
    names = ", ".join(shown(channel.name) for channel in channels)
    return [label, Run(names), _muted(" is told of what comes after a feed's first poll")]


def _bright(text: str) -> Run:
    return Run(text, Ink.BRIGHT)


def _muted(text: str) -> Run:
    return Run(text, Ink.MUTED)


def _paragraph(spans: list[Run], cells: int) -> Lines:
    """An empty line, then the text."""
    return [[], *wrapped(spans, cells)]


def _hanging(spans: list[Run], indent: int, cells: int) -> Lines:
    """A label, then its text wrapped beside it; below it where room is short."""
    label, *text = spans
    if cells < 48:
        return [[label], *wrapped(text, cells), []]
    first, *rest = wrapped(text, cells - indent)
    return [[Run(f"{label.text:<{indent}}", label.ink), *first], *([Run(" " * indent), *line] for line in rest)]
