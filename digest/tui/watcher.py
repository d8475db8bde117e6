"""The thread that reads the store for the dashboard: it minds the doorbell, answers questions, makes the small writes.

All of the database is on this side, so a slow disk never stops a keypress. Changed is told at most twice a second; when
questions pile up, the newest of a kind is answered and the rest are forgotten.
"""

from __future__ import annotations

import queue
import threading
import time
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from digest.errors import BusyError, DamagedRowError, DigestError, StoreError, UsageError
from digest.presence import read_presence
from digest.tui.configured import ConfigFile
from digest.tui.questions import (
    Act,
    Acted,
    AskOrder,
    AskRows,
    Changed,
    Found,
    Look,
    Order,
    Painted,
    Refused,
    Replaced,
    Rows,
    Scope,
    Sign,
    Snapshot,
    Unreadable,
    Waits,
)
from digest.values.facets import EVERY_ENTRY, dated
from digest.values.listing import EntryIds, Listing, ListPlaces
from digest.words import midnight

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, tzinfo
    from pathlib import Path

    from textual.message import Message

    from digest.presence import Presence
    from digest.store import Store
    from digest.store.dashboard import Dashboard
    from digest.tui.questions import Question
    from digest.values.facets import Facet
    from digest.values.states import FeedState

_DOORBELL = 0.25
"""Seconds between two looks at the doorbell."""
_UPON_NEWS = 0.1
"""Seconds in which a pane, told the news, asks for something else instead of what it shows."""
_SIGN = 1.0
"""Seconds between two looks at the engine's sign of life."""
_PACE = 0.5
"""Seconds between two tellings of news, at least."""
_SEARCHED = 5.0
"""Seconds before a database with a row that cannot be read is read again: naming the row took a search of all."""
_PATIENCE = 2.0
"""Seconds that the first paint is waited for, at most, before figures are counted."""
_BUSY = 1.0
"""Seconds that a small write waits for another process's at a time; meanwhile nothing is read."""
_REMINDER = 8.0
"""Seconds between two tellings that it waits still."""
_STALE = 30.0
"""Seconds after which figures are counted anew even if nothing rang: hours pass and days end."""
_RECENT = timedelta(hours=1)
"""How long ago an urgent entry may have come to be told as one."""
_FIRST = 100
"""Entries read for the first paint, before the whole order is."""
_VIEW = "this is a view only: start digest serve with --allow-edit"
"""Why a view writes nothing."""


class Watcher:
    """Owns the connection and the thread.

    Args:
        url: the database.
        post: takes answers; may be called from this thread.
        now: the time, in UTC.
        zone: where the user's day begins.
        scope: what the list holds at first.
        state: the engine's state folder, for its sign of life.
        config: the config file, for its edits.
        read_only: whether it refuses whatever is not a read.
        desk: whose matches are shown; ``None``: all.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what it reads, whom it tells, by what it reckons
        self,
        url: str,
        post: Callable[[Message], object],
        now: Callable[[], datetime],
        zone: tzinfo,
        scope: Scope | None = None,
        state: Path | None = None,
        config: Path | None = None,
        *,
        read_only: bool = False,
        desk: str | None = None,
    ) -> None:
        self._desk = desk
        self._url, self._post, self._now, self._zone = url, post, now, zone
        self._state = state
        self._config = None if config is None else ConfigFile(config)
        self._read_only = read_only
        self._presence: Presence | None = None
        self._looked = 0.0
        self._questions: queue.SimpleQueue[Question | None] = queue.SimpleQueue()
        self._open: list[Question] = []
        self._acts: list[Act] = []  # that are still to be written, in order
        self._told_of_waiting = 0.0
        self._scope = scope or Scope()
        self._seq = -1
        self._feeds: dict[int, FeedState] = {}
        self._feeds_order: Mapping[str, int] | None = None  # that they stand in
        self._looks: dict[str, Look] = {}  # what each pane shows, by its name
        self._stale: dict[str, Look] = {}  # those of them that news came after
        self._listed = EntryIds()  # what the list holds while it is filtered
        self._snapshot: Snapshot | None = None
        self._glanced: tuple[int, ...] = ()  # what was shown before the store was open
        self._count_again = 0.0
        self._uncounted = False  # something came since the last count, which was too short a time ago
        self._answered = False
        self._asked = self._taken = 0  # questions, by whoever asks and by the thread
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)

    def start(self) -> None:
        """Begin; answers come from now on."""
        self._thread.start()

    def stop(self) -> int:
        """End, once the answer in hand is given; how many small writes could not be made.

        A terminal may go away before it was begun.
        """
        self._questions.put(None)
        if self._thread.ident is not None:
            self._thread.join(timeout=5)
        with suppress(queue.Empty):
            while True:
                if (question := self._questions.get_nowait()) is not None:
                    self._open.append(question)
        return len(self._acts) + sum(isinstance(question, Act) for question in self._open)

    def ask(self, question: Question) -> None:
        """Put a question; the answer is posted."""
        self._asked += 1
        self._questions.put(question)

    @property
    def idle(self) -> bool:
        """Whether all that was asked is answered and all news is told."""
        return self._asked == self._taken and self._answered

    # --- the thread ----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        """Open the store, serve; begin again when it fails or is not there yet."""
        if not self._glance():
            return
        from digest.store import open_store
        from digest.store.dashboard import Dashboard

        while True:
            try:
                with open_store(self._url, patience=_BUSY) as store:
                    self._serve(store, Dashboard(store.database, self._desk))
                    return
            except StoreError as error:
                self._post(Unreadable(str(error)))
                pause = _SEARCHED if isinstance(error, DamagedRowError) else _PACE
            except Exception as error:  # noqa: BLE001 - a thread that ends unseen leaves a screen that looks alive
                self._open.clear()
                self._post(Unreadable(f"the store cannot be read: {error}"))
                pause = _PACE
            if not self._pause(pause):
                return

    def _pause(self, seconds: float) -> bool:
        """Wait a little before another try; false if it is time to end."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if not self._collect(left):
                return False
            self._look_for_engine()  # which may well live while a server does not
        return True

    def _serve(self, store: Store, dashboard: Dashboard) -> None:
        """Tell what is there, then answer questions and tell news until told to stop."""
        self._seq, self._snapshot = -1, None
        self._feeds.clear()
        # Before anything is read, so that nothing is missed that comes meanwhile.
        which, version = store.database.which(), store.data_version()
        self._tell(store, dashboard)
        self._open[:0] = [AskOrder(self._scope), AskRows(self._glanced)]
        self._glanced = ()
        self._answer(store, dashboard)
        told, rung = time.monotonic(), False
        while True:
            self._answered = not (rung or self._acts or self._stale or self._uncounted)
            goes_on = self._collect(_UPON_NEWS if self._stale else _DOORBELL)
            self._answered = False
            if not self._open:
                self._open += self._stale.values()
                self._stale.clear()
            self._look_for_engine()
            self._look_for_config(dashboard)
            if store.database.which() != which:
                self._post(Replaced())
                raise StoreError(f"the database {store.database.name} was moved away or replaced")
            if not goes_on:
                self._write(store)
                return
            self._answer(store, dashboard)
            if (current := store.data_version()) != version:
                version, rung = current, True
            elapsed = time.monotonic() - told
            stale = elapsed >= _STALE or (self._uncounted and time.monotonic() >= self._count_again)
            if elapsed >= _PACE and (rung or stale):
                self._tell(store, dashboard, stale=stale)
                told, rung = time.monotonic(), False

    def _look_for_engine(self) -> None:
        """Tell of the engine's sign of life in its file, when there is a new one."""
        if self._state is None or time.monotonic() - self._looked < _SIGN:
            return
        self._looked = time.monotonic()
        presence = read_presence(self._state)
        if presence is not None and presence != self._presence:
            self._presence = presence
            self._post(Sign(presence))

    def _look_for_config(self, dashboard: Dashboard) -> None:
        """Tell what the config file says, when it was edited; the feeds stand in its order from then on."""
        news = None if self._config is None else self._config.look()
        if news is None:
            return
        self._post(news)
        if news.config is not None and self._snapshot is not None:
            self._read_feeds(dashboard)
            self._snapshot = replace(self._snapshot, feeds=tuple(self._feeds.values()))
            self._post(Changed(self._snapshot, self._scope))

    def _collect(self, timeout: float) -> bool:
        """Take in hand all questions that wait, none after the timeout; false if it is time to end."""
        with suppress(queue.Empty):
            question = self._questions.get(timeout=timeout)
            self._answered = False
            while question is not None:
                self._open.append(question)
                self._taken += 1
                question = self._questions.get_nowait()
            return False
        return True

    def _answer(self, store: Store, dashboard: Dashboard) -> None:
        """Writes in order; then of orders the last, of each pane's looks the last, of rows all at once.

        What is asked stays in hand until it is answered: if the store fails, it is answered once that is open again.
        """
        self._write(store)
        wanted: list[int] = []
        order: AskOrder | None = None
        looks: dict[str, Look] = {}
        for question in self._open:
            match question:
                case AskRows(entries):
                    wanted += entries
                case AskOrder():
                    order = question
                case Look(pane):
                    looks[pane] = question
        if order is not None:
            self._scope = order.scope
            self._post(Order(order.scope, self._order(dashboard), whole=True))
            if self._snapshot is not None and self._scope != Scope():
                self._snapshot = replace(self._snapshot, listed=dashboard.count(matched=self._scope.listing.matched))
                self._post(Changed(self._snapshot, self._scope))
        if wanted:
            self._post(Rows(wanted, dashboard.rows(wanted)))
        for look in looks.values():
            self._looks.pop(look.pane, None)
            self._stale.pop(look.pane, None)
            if look.read is not None:
                self._looks[look.pane] = look
                self._post(_found(look, store))
        self._open.clear()

    def _write(self, store: Store) -> None:
        """The small writes in hand, in order; one that fails is told, and no reason to stop reading.

        While another process writes they wait, and so does all that was asked after them.
        """
        self._acts += [question for question in self._open if isinstance(question, Act)]
        self._open = [question for question in self._open if not isinstance(question, Act)]
        while self._acts:
            act = self._acts[0]
            try:
                self._post(Acted(act, self._do(act, store)))
            except BusyError as error:
                self._tell_of_waiting(str(error))
                return
            except Exception as error:  # noqa: BLE001 - whatever it is, it is told, and the next is written
                words = str(error) if isinstance(error, DigestError) else repr(error)
                self._post(Refused(act, words, for_good=isinstance(error, UsageError)))
                if act.entries:
                    self._open.append(AskRows(act.entries))  # shown as they were to be: show them as they are
            del self._acts[0]

    def _tell_of_waiting(self, why: str) -> None:
        if time.monotonic() - self._told_of_waiting >= _REMINDER:
            self._told_of_waiting = time.monotonic()
            self._post(Waits(len(self._acts), why))

    def _do(self, act: Act, store: Store) -> str:
        """Make a small write: all of them are made here, so what a view refuses, no key and no page can do."""
        if self._read_only:
            raise UsageError(_VIEW)
        return act.do(store)

    # --- news ----------------------------------------------------------------------------------------------------

    def _glance(self) -> bool:
        """The newest entries at once, so that there is something to read while the rest is imported and counted.

        Returns false if it is time to end.
        """
        from digest.store.glance import glance

        lines = glance(self._url, _FIRST) if self._desk is None else []
        self._glanced = tuple(row.id for _, row in lines)
        if lines:
            self._post(Order(Scope(), ListPlaces(place for place, _ in lines), whole=False))
            self._post(Rows(self._glanced, [row for _, row in lines]))
        until = time.monotonic() + _PATIENCE
        while lines and Painted() not in self._open and (left := until - time.monotonic()) > 0:
            if not self._collect(left):
                return False
        return True

    def _tell(self, store: Store, dashboard: Dashboard, *, stale: bool = False) -> None:
        """How everything stands; all of it is read anew only when something changed."""
        with store.database.one_view():
            self._read_news(store, dashboard, stale=stale)

    def _read_news(self, store: Store, dashboard: Dashboard, *, stale: bool) -> None:
        seq = store.seq()
        if seq == self._seq and self._snapshot is not None and not stale:
            # Only the engine's sign of life, or a request of a face: neither is counted.
            self._snapshot = replace(self._snapshot, engine=store.engine.state())
            self._post(Changed(self._snapshot, self._scope))
            return
        now = self._now()
        day = midnight(now, self._zone)
        self._read_feeds(dashboard)
        changed = self._changed(dashboard) if self._seq >= 0 else ListPlaces()
        self._snapshot = Snapshot(
            engine=store.engine.state(),
            channels=dashboard.channels(),
            figures=dashboard.figures(now, day),
            book=dashboard.rule_book(day, now),
            feeds=tuple(self._feeds.values()),
            listed=dashboard.count(matched=self._scope.listing.matched) if self._scope != Scope() else 0,
            unread=self._unread_by_feed(dashboard),
            wrong=store.conditions.known(),
        )
        urgent = dashboard.rows(dashboard.urgent(self._seq, now - _RECENT)) if self._seq >= 0 else ()
        before, self._seq = self._seq, seq
        rows = dashboard.rows(changed.entries[:_FIRST].tolist())
        every = dashboard.changed(before, Listing(matched=False)).entries if before >= 0 else ()
        touched = tuple(set(every) - set(changed.entries[:_FIRST]))
        self._post(Changed(self._snapshot, self._scope, changed, rows, urgent, touched))
        self._stale = dict(self._looks)

    def _unread_by_feed(self, dashboard: Dashboard) -> Mapping[int, int]:
        """What of each feed is unread: counted anew when that takes a fiftieth of the time since it was, at most."""
        began = time.monotonic()
        self._uncounted = self._snapshot is not None and began < self._count_again
        if self._snapshot is not None and self._uncounted:
            return self._snapshot.unread
        found = dashboard.unread_news_by_feed()
        self._count_again = began + 50 * (time.monotonic() - began)
        return found

    def _read_feeds(self, dashboard: Dashboard) -> None:
        """The feeds that changed; those no longer configured go."""
        changed = dashboard.changed_feeds(self._seq)
        order = self._config.order if self._config else {}
        if order == self._feeds_order and all(state and feed in self._feeds for feed, state in changed.items()):
            self._feeds |= {feed: state for feed, state in changed.items() if state}  # each where it stands
            return
        self._feeds_order = order
        known = [state for state in (self._feeds | changed).values() if state]
        known.sort(key=lambda feed: (order.get(feed.spec.url, len(order)), feed.id))
        self._feeds = {feed.id: feed for feed in known}

    def _order(self, dashboard: Dashboard) -> ListPlaces:
        """The list of the scope."""
        passing = self._passing(dashboard, dashboard.order(self._scope.listing, self._facet()))
        self._listed = EntryIds(reversed(passing.entries)) if self._scope.filter else EntryIds()
        return passing

    def _changed(self, dashboard: Dashboard) -> ListPlaces:
        """What of the scope changed; an entry that is listed stays, though the filter may no longer let it through."""
        every = dashboard.changed(self._seq, self._scope.listing)
        if self._scope.filter is None or not every:
            return every
        of_facet = dashboard.changed(self._seq, self._scope.listing, self._facet())
        self._listed.update(reversed(self._passing(dashboard, of_facet).entries))
        return ListPlaces(place for place in every if place.entry in self._listed)

    def _facet(self) -> Facet:
        chosen = self._scope.filter
        return EVERY_ENTRY if chosen is None else dated(chosen.facets, self._now())

    def _passing(self, dashboard: Dashboard, places: ListPlaces) -> ListPlaces:
        """Those whose texts are as the filter's words say."""
        chosen = self._scope.filter
        if chosen is None or chosen.rules is None:
            return places
        passed = EntryIds(chosen.passing(dashboard.chosen(places.entries)))
        return ListPlaces(place for place in places if place.entry in passed)


def _found(look: Look, store: Store) -> Found:
    """What a pane looks for; where only that cannot be read, why: the others go on."""
    try:
        return Found(look, look.read(store) if look.read else None)
    except DamagedRowError as error:
        return Found(look, problem=str(error))
    except StoreError:
        raise
    except DigestError as error:
        return Found(look, problem=str(error))
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one page, the rest of the dashboard is not
        return Found(look, problem=f"Digest itself failed on this page ({type(error).__name__}: {error})")
