"""Answers in pages of JSON lines, each as the command line prints it with ``--json``: for the web and for agents.

::

    question ─▶ config of now ─▶ store, opened for it ─▶ as many lines as a page takes, oldest first
                                                          └ more? where the next page begins

Without a place to begin a page holds the newest lines, as ``tail`` does. Nothing is held between two questions.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import dropwhile, islice
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from digest.answers.finding import digest_of, entries_of, entry_named, found_ids, newest_ids, story_named, why_of
from digest.answers.rules import aliases_of, live_texts, loaded_in_force, rule_must_exist, rules_in_force, typed_search
from digest.answers.shapes import feed_shape, rule_shape, status_shape, story_shape, why_shape
from digest.answers.status import overview_now, rules_and_hits
from digest.engine.overview import feeds_now
from digest.errors import ConfigError, NoStoreError, UsageError
from digest.shapes import alert_shape, digest_shape, found_shape
from digest.text import without_login

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from digest.config import Config
    from digest.errors import Problem
    from digest.store.store import Store
    from digest.values.messages import Alert
    from digest.values.news import Hit, StoredEntry

MOST: Final = 1000
"""Lines of a page."""
USUAL: Final = 100
_DAY: Final = timedelta(days=1)
Line = dict[str, Any]
Open = Callable[["Config"], AbstractContextManager["Store | None"]]
"""The store of a config; ``None`` where no engine has run yet."""


@dataclass(frozen=True, slots=True)
class Range:
    """Which of the lines are wanted."""

    since: datetime | None = None
    """Only what came then or later."""
    after: str = ""
    """Only what comes after the line of this id."""
    limit: int = USUAL

    @property
    def is_newest(self) -> bool:
        """Whether nothing says where to begin."""
        return self.since is None and not self.after


@dataclass(frozen=True, slots=True)
class AnswerPage:
    """Some lines of an answer."""

    lines: Sequence[Line]
    next: str = ""
    """The id after which the next page begins; empty: there is none."""


class Answers:
    """What can be asked; each question reads the config and opens the store by itself. Any thread may ask.

    Every question may raise ``UsageError`` (what is named is not there, or cannot be), ``ConfigError`` (the config
    cannot be read or, with ``<query>`` for a path, a query is none: with line and column) and ``StoreError``.

    Args:
        path: of the config.
        opened: opens a store.
    """

    def __init__(self, path: Path, opened: Open) -> None:
        self._path = path
        self._opened = opened

    def alerts(self, span: Range, *, rule: str = "") -> AnswerPage:
        """Lines of ``digest alerts``."""
        config, _ = self._config()
        with self._opened(config) as store:
            self._must_exist(rule, config, store)
            if store is None:
                return AnswerPage([])
            found = self._alerts(store, span, rule or None)
            return _page(((str(alert.id), alert_shape(alert)) for alert in found), span)

    @staticmethod
    def _alerts(store: Store, span: Range, rule: str | None) -> Iterable[Alert]:
        """From where the page begins."""
        if span.after and span.after != "0":  # before any, as for entries
            after = store.reads.alert(_number(span.after, "alert"))
            if after is None:
                raise UsageError(f"there is no alert {span.after}, any more perhaps: ask with since")
            since = max(after.created, span.since or after.created)
            there = store.reads.alerts(since=since, rule=rule)
            return dropwhile(lambda each: each.created <= after.created and each.id <= after.id, there)
        if not span.is_newest:
            return store.reads.alerts(since=span.since, rule=rule)
        newest = store.reads.latest_alerts(span.limit, rule=rule)
        return store.reads.alerts(since=newest[-1].created, rule=rule) if newest else ()

    def search(self, query: str, span: Range) -> AnswerPage:
        """Lines of ``digest search``."""
        found = ((str(entry.id), found_shape(entry, hits)) for entry, hits in self._found(query, span))
        return _page(found, span)

    def _found(self, query: str, span: Range) -> Iterable[tuple[StoredEntry, Sequence[Hit]]]:
        config, _ = self._config()
        begin = _number(span.after, "entry") if span.after else 0
        with self._opened(config) as store:
            wanted = typed_search(query, aliases_of(config, live_texts(config, store)), ZoneInfo(config.timezone))
            if store is None:
                return []
            if span.is_newest:
                ids = newest_ids(store, wanted, span.limit)
            else:
                behind = dropwhile(lambda entry: entry <= begin, found_ids(store, wanted, span.since))
                ids = list(islice(behind, span.limit + 1))
            return list(entries_of(store, wanted, ids))

    def feeds(self, span: Range) -> AnswerPage:
        """Lines of ``digest feeds list``, in the order of the config; the id of one is its address, without a login."""
        config, _ = self._config()
        with self._opened(config) as store:
            found = feeds_now(config.feeds, store, datetime.now(UTC))
        addresses = [without_login(feed.spec.url) for feed, _ in found]
        lines = [feed_shape(*each) | {"url": url} for each, url in zip(found, addresses, strict=True)]
        return _page(_after(list(zip(addresses, lines, strict=True)), span), span)

    def rules(self, span: Range) -> AnswerPage:
        """Lines of ``digest rules list``."""
        config, _ = self._config()
        with self._opened(config) as store:
            found, _ = rules_and_hits(config, store, datetime.now(UTC))
        return _page(_after([(rule.id, rule_shape(rule, day, last)) for rule, day, last in found], span), span)

    def status(self) -> Line:
        """What ``digest status`` writes."""
        config, mistakes = self._config()
        with self._opened(config) as store:
            return status_shape(overview_now(config, store, datetime.now(UTC), mistakes))

    def metrics(self) -> bytes:
        """How all stands in numbers, as Prometheus reads it; also without a database, and without an engine."""
        from digest.answers.metrics import gathered, written

        return written(gathered(self._config()[0], self._opened, datetime.now(UTC)))

    def unready(self) -> str:
        """Why no alert would come now, in words for anybody; empty where all is at work."""
        from digest.answers.metrics import unready

        return unready(self._config()[0], self._opened, datetime.now(UTC))

    def story(self, named: str) -> Line:
        """What ``digest story`` writes of the story with this number, or of this report."""
        from digest.engine.story import timeline
        from digest.store.related import related_stories

        config, _ = self._config()
        with self._opened(config) as opened:
            store = _there(opened)
            found = story_named(store, named)
            aliases = loaded_in_force(config, store).aliases
            return story_shape(found, timeline(store, found), related_stories(store, found, aliases))

    def why(self, entry: str, *, rule: str = "") -> list[Line]:
        """The lines of ``digest why`` for the entry of an id or an address."""
        config, _ = self._config()
        with self._opened(config) as opened:
            store = _there(opened)
            found = entry_named(store, entry)
            findings = why_of(config, store, found)
            changed = store.reads.corrections([found.id]).get(found.id)
        if rule:
            rule_must_exist(rule, [finding.rule for finding in findings])
        return [why_shape(found, each, changed) for each in findings if rule in {"", each.rule}]

    def digest(self, since: datetime | None = None) -> Line:
        """What ``digest compose`` writes of the time since then; of the last day, without."""
        config, _ = self._config()
        now = datetime.now(UTC)
        with self._opened(config) as store:
            return digest_shape(digest_of(config, store, "digest", since or now - _DAY, now))

    # --- what feeds are made of ----------------------------------------------------------------------------------

    def newest_alerts(self, limit: int, *, rule: str = "") -> tuple[str, str, Sequence[Alert]]:
        """The last alerts, the newest first; before them the store's mark, and the rule's title."""
        config, _ = self._config()
        with self._opened(config) as store:
            rules, _ = rules_in_force(config, store)
            self._must_exist(rule, config, store)
            title = next((each.title for each in rules if each.id == rule), rule)
            if store is None:
                return "", title, ()
            return store.mark(), title, store.reads.latest_alerts(limit, rule=rule or None)

    def newest_found(self, query: str, limit: int) -> tuple[str, Sequence[StoredEntry]]:
        """The last entries that a query finds, the newest first, and the store's mark."""
        found = [entry for entry, _ in self._found(query, Range(limit=limit))]
        with self._opened(self._config()[0]) as store:
            return "" if store is None else store.mark(), found[::-1]

    def rule_names(self) -> list[tuple[str, str]]:
        """The rules in force: their ids and titles."""
        config, _ = self._config()
        with self._opened(config) as store:
            return [(rule.id, rule.title) for rule in rules_in_force(config, store)[0]]

    # --- what they share -----------------------------------------------------------------------------------------

    def _config(self) -> tuple[Config, Sequence[Problem]]:
        """As its file says now; with mistakes, as far as it says it."""
        from digest.config import load_config, read_despite

        try:
            return load_config(self._path), ()
        except ConfigError:
            return read_despite(self._path)

    @staticmethod
    def _must_exist(rule: str, config: Config, store: Store | None) -> None:
        """A rule is there, or was when it alerted."""
        if rule and not (store is not None and store.reads.latest_alerts(1, rule=rule)):
            rule_must_exist(rule, [known.id for known in rules_in_force(config, store)[0]])


def _page(lines: Iterable[tuple[str, Line]], span: Range) -> AnswerPage:
    """As many of the lines as a page takes: the first, or where nothing says where to begin the last."""
    if span.is_newest:
        return AnswerPage([line for _, line in deque(lines, span.limit)])
    taken = list(islice(lines, span.limit + 1))
    more = len(taken) > span.limit
    return AnswerPage([line for _, line in taken[: span.limit]], taken[span.limit - 1][0] if more else "")


def _after(lines: Sequence[tuple[str, Line]], span: Range) -> Iterable[tuple[str, Line]]:
    """Those behind the one that is named."""
    if not span.after:
        return lines
    ids = [each for each, _ in lines]
    if span.after not in ids:
        raise UsageError(f"there is no {span.after} in this list, any more perhaps: begin anew")
    return lines[ids.index(span.after) + 1 :]


def _number(text: str, what: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise UsageError(f"the id of an {what} is a number")
    return int(text)


def _there(store: Store | None) -> Store:
    if store is None:
        raise NoStoreError("no engine has run here yet: digest watch starts one")
    return store
