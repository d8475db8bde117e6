"""The small writes that a key asks for, each with what takes it back.

They run in the watcher's thread, and what they find there (was it starred?) is kept for the way back.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from digest.errors import UsageError
from digest.text import clean_block
from digest.tui.browser import opener, start
from digest.tui.questions import Act
from digest.values.desks import desk_of
from digest.values.facets import Is
from digest.values.listing import Listing
from digest.values.messages import DeliveryState, Taken
from digest.values.stories import story_name, story_number
from digest.words import clock, count, dropped, local_time, message_called, mute_span, retried

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, tzinfo
    from pathlib import Path

    from digest.delivery.decide import Decide
    from digest.match import Rule
    from digest.rulebook.folders import RuleFolders
    from digest.store import Store
    from digest.store.people import Change
    from digest.tui.welcome import Places
    from digest.values.messages import Delivery

    Clock = Callable[[], datetime]

_BY: Final = "the dashboard"
_AT_ONCE: Final = 20
"""Pages opened with one key, at most."""


def star(entry: int, now: Clock) -> Act:
    """Star an entry, or take its star off; taken back, it has the note that it had."""
    return _starring(entry, lambda had: "" if had is None else None, now)


def note(entry: int, words: str, now: Clock) -> Act:
    """Star an entry with a note."""
    return _starring(entry, lambda _: clean_block(words), now)


def _starring(entry: int, wanted: Callable[[str | None], str | None], now: Clock) -> Act:
    """Give an entry the note that is wanted by the one it has; ``None`` is no star at all."""
    had: list[str | None] = []

    def put(store: Store, note: str | None) -> str:
        if note is None:
            store.stars.remove(entry=entry)
            return "the star is off"
        store.stars.add(entry=entry, note=note, now=now())
        return f"★ starred{' with your note' if note else ''}: digest brief shows it"

    def do(store: Store) -> str:
        had[:] = [next((each.note for each in store.stars.all() if each.entry == entry), None)]
        return put(store, wanted(had[0]))

    return Act(do, lambda store: put(store, had[0]), (entry,))


def browse(entry: int, show: Callable[[str], object]) -> Act:
    """Have the page of an entry shown that the reader does not have, by its address."""

    def do(store: Store) -> str:
        found = store.reads.entry(str(entry))
        if found is None:
            raise UsageError("it is no longer stored")
        show(found.url)
        return ""

    return Act(do)


def open_starred(entries: Sequence[int]) -> Act:
    """Open the pages of those entries that are starred, in the browser."""

    def do(store: Store) -> str:
        starred = {*store.reads.having(Is.STARRED)}
        wanted = [entry for entry in entries if entry in starred][:_AT_ONCE]
        if not wanted:
            raise UsageError("nothing in this list is starred: s stars an entry")
        found = [store.reads.entry(str(entry)) for entry in wanted]
        openers, why_not = [], "the entries are no longer stored"
        for entry in filter(None, found):
            try:
                openers.append(opener(entry.url))
            except UsageError as error:  # the others can be opened all the same
                why_not = str(error)
        if not openers:
            raise UsageError(why_not)
        if any(each.takes_terminal for each in openers):
            raise UsageError("the browser takes the terminal: open them one by one")
        start(*openers)
        return f"opened {count(len(openers), 'page')}"

    return Act(do)


def save_view(name: str, query: str, config: Path, views: dict[str, str]) -> Act:
    """Add a filter to the end of the config, as a view, and to those known; what stands there stays as it is."""
    named, typed = (json.dumps(text, ensure_ascii=False) for text in (name, query))
    table = f"[[view]]\nname = {named}\nquery = {typed}\n"

    def do(_store: Store) -> str:
        from digest.rulebook.writing import write_whole

        try:
            was = config.read_bytes()
            write_whole(config, f"{was.decode('utf-8').rstrip()}\n\n{table}", was=was)
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{config.name} cannot be written: {error}") from None
        views[name] = query
        return f"saved as the view {name} in {config.name}"

    return Act(do)


def send_digest(name: str, config: Path, now: Clock) -> Act:
    """Have the engine send a digest of the config now."""

    def do(store: Store) -> str:
        from digest.config import load_config

        known = [planned.name for planned in load_config(config).digests]
        if name not in known:
            raise UsageError(f"the config has no digest {name}: {', '.join(known) or 'none is planned'}")
        since = store.digests.last_until(name) or now() - timedelta(days=1)
        store.requests.ask("send-digest", {"name": name, "since": since.isoformat()}, now())
        return f"the engine was asked to send the digest {name}"

    return Act(do)


def pause(feed: int, now: Clock) -> Act:
    """Pause a feed, or have one that is paused polled again, at once."""
    wanted: list[bool] = []

    def put(store: Store, *, back: bool) -> str:
        found = next((each for each in store.polls.all_feeds() if each.id == feed), None)
        if found is None:
            raise UsageError("the feed is no longer in the config")
        wanted[:] = wanted or [not found.paused]
        paused = wanted[0] is not back
        store.polls.set_paused(feed, paused=paused, now=now())
        return f"{found.name}: " + ("paused, until p has it polled again" if paused else "it is polled again")

    return Act(lambda store: put(store, back=False), lambda store: put(store, back=True))


def mark_read(entries: Sequence[int], now: Clock, *, read: bool, words: str = "") -> Act:
    """Note that entries were read, or are to be read again; ``words`` say it where they are many."""
    changed: list[int] = []

    def do(store: Store) -> str:
        from digest.store.dashboard import Dashboard

        changed[:] = Dashboard(store.database).mark(entries, now() if read else None)
        if words and not changed:
            raise UsageError("nothing of it is unread")
        return words and f"{words}: {count(len(changed), 'entry')}"

    def undo(store: Store) -> str:
        from digest.store.dashboard import Dashboard

        Dashboard(store.database).mark(changed, None if read else now())
        return f"{count(len(changed), 'entry')} {'unread' if read else 'read'} again"

    return Act(do, undo, tuple(entries))


def read_feed(feed: int, now: Clock) -> Act:
    """Note that all of a feed was read."""
    changed: list[int] = []

    def do(store: Store) -> str:
        from digest.store.dashboard import Dashboard

        found = next((each for each in store.polls.all_feeds() if each.id == feed), None)
        if found is None:
            raise UsageError("the feed is no longer in the config")
        dashboard = Dashboard(store.database)
        unread = dashboard.order(Listing(matched=False, unread=True, feed=feed))
        changed[:] = dashboard.mark(unread.entries, now())
        if not changed:
            raise UsageError(f"nothing of {found.name} is unread")
        return f"{found.name}: marked as read: {count(len(changed), 'entry')}"

    def undo(store: Store) -> str:
        from digest.store.dashboard import Dashboard

        Dashboard(store.database).mark(changed, None)
        return f"{count(len(changed), 'entry')} unread again"

    return Act(do, undo)


def mute(name: str, span: str, now: Clock, zone: tzinfo) -> Act:
    """Mute a rule by its id or a story by its name for a time such as ``2h``, an hour or a day without one.

    Where it is muted already and no time is given, that ends.
    """

    def do(store: Store) -> Change | None:
        at, called = now(), store.reads.called(name)
        if not span and store.mutes.of(name, at) is not None:
            return store.changes.unmute(name, _BY, f"unmuted {called}", at)
        try:
            until = at + mute_span(span or ("1h" if story_number(name) is None else "1d"))
        except ValueError as error:
            raise UsageError(str(error)) from None
        words = f"muted {called} until {local_time(until, ZoneInfo(str(zone)), now=at)}"
        return store.changes.mute(name, until, _BY, words, at)

    return _undoable(do, now)


def follow(story: int, now: Clock) -> Act:
    """Follow a story, or no longer."""

    def do(store: Store) -> Change | None:
        called = store.reads.called(story_name(story))
        followed = store.changes.follow(story, _BY, f"followed {called}", now())
        return followed or store.changes.unfollow(story, _BY, f"no longer followed {called}", now())

    return _undoable(do, now)


def have(entry: int, now: Clock, zone: tzinfo, *, over: bool = False) -> Act:
    """Have an entry's event in hand, or let go of it; ``over``: have it, also where somebody else does."""

    def do(store: Store) -> Change:
        found = store.reads.entry(str(entry))
        if found is None:
            raise UsageError("it is no longer stored")
        from digest.store.people import Colleague

        me, event = Colleague.here(_BY), found.event
        came_of_it = store.changes.take(event, me, now(), over=over)
        if isinstance(came_of_it, Taken) and came_of_it.person == me.person and not over:
            came_of_it = store.changes.release(event, me, now())
        if came_of_it is None:
            raise UsageError("there is nothing to take in hand: it did not alert")
        if isinstance(came_of_it, Taken):
            since = clock(came_of_it.since, zone)
            mine = came_of_it.person == me.person
            raise UsageError(
                f"you have it since {since}" if mine else f"{came_of_it.who} has it since {since}; :take_over takes it"
            )
        return came_of_it

    return _undoable(do, now)


def poll(now: Clock) -> Act:
    """Have the engine poll every feed."""

    def do(store: Store) -> str:
        store.requests.ask("poll", {}, now())
        return "the engine was asked to poll every feed"

    return Act(do)


def not_relevant(entry: int, folders: RuleFolders, desk: str | None = None) -> Act:
    """Note in ``marks.toml`` that the rules of a desk (``None``: of any) which found an entry should not have.

    Only what is new is taken back.
    """
    from digest.rulebook.marks import note_relevant, note_unwanted

    noted: list[str] = []

    def judge(store: Store, note: Callable[..., str], names: Sequence[str]) -> dict[str, str]:
        """What was said of each rule, by its id; one that refuses does not keep the others from it."""
        found = store.reads.entry(str(entry))
        if found is None:
            raise UsageError("it is no longer stored")
        rules = {rule.id: rule for rule in _live_rules(store, folders) if desk in {None, desk_of(rule.id)}}
        said: dict[str, str] = {}
        refused = UsageError("no live rule found it")
        for name in (name for name in names if name in rules):
            try:
                said[name] = note(folders.of(name), rules[name], found)
            except UsageError as error:
                refused = error
        if not said:
            raise refused
        return said

    def do(store: Store) -> str:
        said = judge(store, note_unwanted, [match.judged.match.rule for match in store.reads.matches_of(entry)])
        noted[:] = [name for name, words in said.items() if not words.endswith(" already")]
        if not noted:
            raise UsageError(_of_rules([*said.values()]))
        return _of_rules([said[name] for name in noted])

    def undo(store: Store) -> str:
        return _of_rules([*judge(store, note_relevant, noted).values()])

    return Act(do, undo)


def _of_rules(said: Sequence[str]) -> str:
    """What was said of the first rule, and of how many more."""
    more = len(said) - 1
    return f"{said[0]}, and so for {count(more, 'other rule')}" if more else said[0]


def _live_rules(store: Store, folders: RuleFolders) -> Sequence[Rule]:
    """The rules as the engine loaded them; where none has yet, as they are on disk."""
    from digest.match import load_rules

    texts = store.rules.live_texts() or folders.read().texts
    return load_rules(texts, try_examples=False, desk_at=desk_of).rules


def _undoable(do: Callable[[Store], Change | None], now: Clock) -> Act:
    """A change that the store can undo by itself."""
    made: list[Change] = []

    def turn(store: Store) -> str:
        change = do(store)
        if change is None:
            raise UsageError("it is no longer stored")
        made[:] = [change]
        return change.what

    def undo(store: Store) -> str:
        from digest.store.people import Undoing

        if not made:
            raise UsageError("it was not done")
        undoing = store.changes.undo(made[0].id, _BY, now())
        if undoing is not Undoing.DONE:
            raise UsageError(f"{made[0].what}: {undoing.sentence}")
        return f"taken back: {made[0].what}"

    return Act(turn, undo)


def part(story: int, entry: int, places: Places, now: Clock) -> Act:
    """Let a report be a story of its own."""
    made: list[int] = []

    def do(store: Store) -> str:
        made[:] = [store.grouping.part(story, [entry], now(), _decide(store, places))]
        return f"{store.reads.called(story_name(made[0]))} is a story of its own now"

    def undo(store: Store) -> str:
        called = store.reads.called(story_name(made[0]))
        store.grouping.merge(story, made[0], now(), _decide(store, places))
        return f"{called} is of the story {store.reads.called(story_name(story))} again"

    return Act(do, undo, (entry,))


def join(story: int, other: str, places: Places, now: Clock) -> Act:
    """Let another story be one with this: its number, that of one of its reports or its address is the first word."""
    moved: list[int] = []

    def do(store: Store) -> str:
        from digest.answers.finding import story_named

        found = story_named(store, other.partition(" ")[0])
        called = store.reads.called(story_name(found.id))
        moved[:] = [report.entry for report in found.reports]
        store.grouping.merge(story, found.id, now(), _decide(store, places))
        return f"{called} is one with this story now"

    def undo(store: Store) -> str:
        parted = store.grouping.part(story, moved, now(), _decide(store, places))
        return f"{store.reads.called(story_name(parted))} is a story of its own again"

    return Act(do, undo)


def _decide(store: Store, places: Places) -> Decide:
    """What decides, by config and rules of now, what becomes of matches whose story is another."""
    from digest.config import load_config
    from digest.config.policy import decides

    rules = _live_rules(store, places.folders)
    routes = {rule.id: rule.channels for rule in rules}
    return decides(load_config(places.config), routes, {rule.id: rule.telling for rule in rules})


def retry(message: int, now: Clock) -> Act:
    """Send a message again, or now."""

    def do(store: Store) -> str:
        before, at_last = store.outbox.retry(message, now()), store.outbox.get(message)
        waits = at_last.reason and f", and waits: {at_last.reason}"
        return f"{message_called(at_last)} {retried(before)}{waits}; that cannot be taken back"

    return Act(do)


def drop(message: int, now: Clock) -> Act:
    """Let a message not be sent."""
    was: list[Delivery] = []

    def do(store: Store) -> str:
        was[:] = [store.outbox.get(message)]
        if (before := store.outbox.drop(message, now())) in {DeliveryState.SENT, DeliveryState.DROPPED}:
            raise UsageError(f"{message_called(was[0])} {dropped(before)}")
        return f"{message_called(was[0])} {dropped(before)}"

    def undo(store: Store) -> str:
        if not store.outbox.take_back_drop(was[0], now()):
            raise UsageError(f"{message_called(was[0])} is dropped no longer")
        return f"{message_called(was[0])} is owed again"

    return Act(do, undo)
