"""What is owed to whom, what went wrong with it, and what was sent lately? The outbox, what needs somebody first."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, cast

from rich.cells import cell_len

from digest.store.pages import outbox_view
from digest.tui import acts
from digest.tui.actions import Subject
from digest.tui.cells import Run, fit, isolated, shown, sides, width, wrapped
from digest.tui.pages.base import LinesPage, nothing, section
from digest.tui.palette import INKS, Ink
from digest.tui.widgets.pane import Item
from digest.values.listing import Listing
from digest.values.messages import DeliveryKind, DeliveryState, Hold
from digest.values.settings import is_admin_chat
from digest.values.states import ChannelHealth
from digest.watch.health import channel_health
from digest.words import brief, clock, count, short_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime, tzinfo

    from digest.store import Store
    from digest.store.dashboard import ChannelLine
    from digest.store.pages import MessageLine, OutboxView

_GLYPHS: Final = {
    DeliveryState.SENT: Run("✓ ", Ink.ACCENT),
    DeliveryState.UNKNOWN: Run("◆ ", Ink.NORMAL),
    DeliveryState.DEAD: Run("▲ ", Ink.HIGH),
    DeliveryState.DROPPED: Run("· ", Ink.MUTED),
}
_WORDS: Final = {
    DeliveryState.QUEUED: "waits",
    DeliveryState.SENDING: "is being sent",
    DeliveryState.UNKNOWN: "in doubt",
    DeliveryState.DEAD: "given up",
    DeliveryState.DROPPED: "dropped",
}
_HELD: Final = {
    Hold.QUIET: "held in quiet hours",
    Hold.MUTE: "held while muted",
    Hold.BUNDLE: "held, to be told with others",
}
_INKS: Final = {DeliveryState.UNKNOWN: Ink.NORMAL, DeliveryState.DEAD: Ink.HIGH}


class OutboxPage(LinesPage):
    """The messages of the outbox."""

    key = "outbox"
    crumb = "Outbox"
    hints = ("open", "retry", "drop", "undo", "find", "close", "help")

    def __init__(self, now: Callable[[], datetime], zone: tzinfo) -> None:
        super().__init__()
        self._now, self._zone = now, zone
        self._view: OutboxView | None = None

    def read(self, store: Store) -> OutboxView:
        """What waits, failed and was sent lately; the channels."""
        return outbox_view(store)

    def show(self, value: object) -> None:
        """Show them."""
        self._view = cast("OutboxView", value)
        self.rebuild()

    def aside_cells(self, cells: int) -> int:
        """Room for a channel's name and what is wrong with it."""
        return cells * 30 // 100

    def items(self, cells: int) -> list[Item]:
        """What needs somebody, what waits, what was sent."""
        if (view := self._view) is None:
            return []
        items = [
            *self._told("NEEDS YOU", view.needs, self._count(*_INKS), cells, Ink.HIGH_BOLD),
            *self._told(
                "WAITS", view.waits, self._count(*(_WORDS.keys() | {DeliveryState.HELD}) - _INKS.keys()), cells
            ),
            *self._told("SENT LATELY", view.done, 0, cells),
        ]
        advice = [
            Run("digest run", Ink.BRIGHT),
            Run(" sends what the rules find to each "),
            Run("[[channel]]", Ink.BRIGHT),
        ]
        return items or nothing("No message was ever owed.", advice, cells)

    def _count(self, *states: DeliveryState) -> int:
        return sum(self._view.counts.get(state, 0) for state in states) if self._view else 0

    def _told(
        self, label: str, messages: Sequence[MessageLine], number: int, cells: int, ink: Ink = Ink.LABEL
    ) -> Iterator[Item]:
        """A section, where there is anything in it."""
        if not messages:
            return
        yield section(label, f"{number:,}" if number else "newest first", cells, ink)
        for message in messages:
            yield from self._lines(message, cells)
        yield Item(())

    def _lines(self, message: MessageLine, cells: int) -> Iterator[Item]:
        """A message, and below it why it is not sent."""
        channel = self._channel_cells(cells)
        glyph = _GLYPHS.get(message.state, Run("… ", Ink.MUTED))
        done = message.state in {DeliveryState.SENT, DeliveryState.DROPPED}
        time = short_time(message.updated if done else message.created, self._now(), self._zone)
        head = [
            Run(f"{time:>6} "),
            glyph,
            Run(fit(shown(message.channel), channel) + " ", Ink.TEXT),
            Run(f"{message.severity.glyph} ", INKS[message.severity]),
        ]
        kind = "" if message.kind is DeliveryKind.ALERT else f"{message.kind}: "
        what = [Run(kind, Ink.MUTED), Run(isolated(shown(message.title)), Ink.READ if done else Ink.BRIGHT)]
        state = self.state_words(message)
        ink = _INKS.get(message.state, Ink.MUTED)
        if done and cells >= 56:
            yield Item(sides([*head, *what], [Run(state, ink), Run(" ")], cells), message.id)
            return
        yield Item([*head, *what], message.id)
        room = width(head) - 2
        for line in wrapped([Run(state, ink), Run(_reason(message), Ink.MUTED)], max(8, cells - room - 2)):
            yield Item([Run(" " * room), *line])

    def _channel_cells(self, cells: int) -> int:
        """What the longest name takes."""
        view = self._view
        names = [each.channel for each in (*view.needs, *view.waits, *view.done)] if view else []
        return min(max(map(cell_len, names), default=1), 14 if cells >= 56 else 7)

    def state_words(self, message: MessageLine) -> str:
        """Where it stands, in words."""
        if message.state is DeliveryState.SENT:
            took = message.updated - message.created
            return f"sent in {brief(took)}" if took >= timedelta(seconds=1) else "sent at once"
        words = _WORDS.get(message.state, "held")
        if message.state is DeliveryState.HELD and message.held_by is not None:
            words = _HELD[message.held_by]
        if message.state in {DeliveryState.HELD, DeliveryState.QUEUED} and message.not_before is not None:
            words += f" until {clock(message.not_before, self._zone)}"
        return words

    def beside(self, cells: int) -> list[Item]:
        """The channels."""
        if self._view is None or not self._view.channels:
            return []
        items = [section("CHANNELS", "", cells)]
        for channel in self._view.channels:
            if not is_admin_chat(channel.state.name) or channel.unknown or channel.dead:
                items += self._channel(channel, cells)
        return items

    def _channel(self, channel: ChannelLine, cells: int) -> Iterator[Item]:
        state, now = channel.state, self._now()
        health = channel_health(state, now)
        ink = {ChannelHealth.OK: Ink.ACCENT, ChannelHealth.FAILING: Ink.HIGH}.get(health, Ink.NORMAL)
        yield Item(sides([Run(" "), Run(shown(state.name), Ink.BRIGHT)], [Run(str(health), ink), Run(" ")], cells))
        told = []
        if state.last_ok is not None:
            told.append(f"last sent {short_time(state.last_ok, now, self._zone)}")
        counts = {"waits": channel.queued, "held": channel.held, "in doubt": channel.unknown, "given up": channel.dead}
        told += [f"{number} {word}" for word, number in counts.items() if number]
        if state.last_error and state.last_error_at is not None:
            told.append(f"{short_time(state.last_error_at, now, self._zone)} {shown(state.last_error)}")
        told += [shown(state.off)] if state.off else []
        for words in told:
            yield from (Item([Run("   "), *line]) for line in wrapped([Run(words, Ink.MUTED)], max(8, cells - 5)))
        yield Item(())

    # --- acting --------------------------------------------------------------------------------------------------

    def at_hand(self) -> Mapping[Subject, object]:
        """The message under the cursor."""
        cursor = self.lines.cursor
        return {Subject.MESSAGE: cursor} if isinstance(cursor, int) and self._view else {}

    async def open_line(self) -> None:
        """List the entries that it tells of."""
        if (message := self.at_hand().get(Subject.MESSAGE)) is not None:
            await self.desk.list_entries(Listing(delivery=cast("int", message)))

    def action_retry(self) -> None:
        """Send it again, or now; one that arrived only if that is meant."""
        chosen = cast("int", self.lines.cursor)
        shown_as_done = self._view.done if self._view else ()
        sent = [each for each in shown_as_done if each.id == chosen and each.state is DeliveryState.SENT]
        if all(self.desk.is_sure(f"{shown(each.channel)} got “{shown(each.title)}” already") for each in sent):
            self.desk.act(acts.retry(chosen, self._now))

    def action_drop(self) -> None:
        """Let it not be sent."""
        self.desk.act(acts.drop(cast("int", self.lines.cursor), self._now))


def _reason(message: MessageLine) -> str:
    """Why, and how often it was tried."""
    why = "" if message.state is DeliveryState.HELD else shown(message.reason)
    tried = f"tried {count(message.attempts, 'time')}" if message.attempts > 1 else ""
    again = "may be a repeat" if message.maybe_repeat else ""
    told = ", ".join(filter(None, (why, tried, again)))
    return f": {told}" if told else ""
