"""One poll of one feed, from the network to what is to be stored.

::

    feed ─▶ turn ─▶ fetch ─▶ parse ─▶ identify ─▶ clean + fold ─▶ match ─▶ summarise ─▶ PollResult: facts only
             │        │      └───────────── a parser child, asked by ``parsers`` ─────┘
             │        │          │          └ nothing unseen: only the feed's state changes
             │        │          └ no feed, or too hostile to read ─▶ failing, in plain words
             │        └ unchanged: only the feed's state changes; no document ─▶ failing (410: gone), in plain words
             └ a feed whose documents are costly waits for the others that are

Nothing is decided of what was found, and nothing is stored: the result goes to ``commits``, and what its matches lead
to is decided in the transaction that stores them. What a feed can do never raises.
"""

from __future__ import annotations

import asyncio
import logging
import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from digest.engine.ground.crash_points import CrashPoint, reach
from digest.engine.ground.logs import redact
from digest.engine.polling.commits import as_baseline, oldest_first
from digest.engine.polling.parser_frames import pack_identities, unpack_identities
from digest.engine.polling.parsers import CostlyError, Question, StoreAnswers
from digest.errors import FetchError, ParseError, StoreError
from digest.feeds.cadence import (
    Intervals,
    after_skipped,
    gone_due,
    heard_from,
    host_rests,
    next_due,
    next_interval,
    retry_due,
)
from digest.feeds.hints import with_link_headers
from digest.net.fetch import Unchanged
from digest.values.events import EventKind, event
from digest.values.news import FeedUpdate, PollResult
from digest.values.settings import FeedAccess
from digest.values.states import PollHints

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from digest.config import PollConfig
    from digest.engine.ground.threads import StoreThread
    from digest.engine.polling.parsers import ParserPool
    from digest.engine.rules import LiveRules
    from digest.net.fetch import Fetched, Fetcher
    from digest.net.slots import Slots
    from digest.store.store import Store
    from digest.values.news import DocumentFacts, Identity, KeptEntry, NewEntry
    from digest.values.states import FeedState, Rhythm

_OUR_FAULT = "Digest itself failed on this feed: engine.log has the details"
_HUNG = "the engine hung on this feed and had to begin anew: it is asked again in an hour, and engine.log has more"
_AFTER_HANGING = 3600.0  # seconds
_GONE = 410
_WANT_PEACE = frozenset({429, 503})
"""Statuses that say nothing of a document, and that whoever says them should not be asked for all of it at once."""
_MORE_THAN_ENOUGH = 300.0  # seconds beyond the request's own: a poll that takes longer hangs
_ASKED_AT_ONCE = 2_000  # identities in one question to the store, which others ask meanwhile

_log = logging.getLogger(__name__)


def _nothing(url: str) -> FeedAccess:
    del url
    return FeedAccess()


@dataclass(frozen=True, slots=True)
class PollTools:
    """What polls are done with; all of them share these."""

    slots: Slots
    fetcher: Fetcher
    parsers: ParserPool
    rules: LiveRules
    store: Store
    thread: StoreThread
    access: Callable[[str], FeedAccess] = _nothing
    """What a feed is asked with, by its address in the config; it holds secrets, so the store does not have it."""


class Poller:
    """Polls feeds, one at a time each, as many at once as there are places.

    Args:
        poll: intervals and bounds, as of now.
        tools: what the work is done with.
    """

    def __init__(self, poll: Callable[[], PollConfig], tools: PollTools) -> None:
        self._poll_config = poll
        self._tools = tools
        self.is_pushed: Callable[[int, bool], bool] = lambda *_: False
        """Whether a feed, by its id, may rest for long, as its hub tells of news; and whether the poll brought any."""

    async def poll(self, feed: FeedState) -> PollResult:
        """Poll one feed; whatever the feed does, the result says it.

        Raises:
            StoreError: the store could not say what is known of the feed.
        """
        try:
            return await self._poll(feed)
        except CostlyError as error:
            _log.info("%s: %s: it waits for its turn from now on", redact(feed.name), error)
            return await self._poll(feed)

    async def _poll(self, feed: FeedState) -> PollResult:
        """One attempt; raises ``CostlyError`` where the feed turns out to be costly."""
        url = feed.fetch_url if _trusts_redirect(feed) else feed.spec.url
        status = None
        try:
            # A document in hand counts until it is read.
            async with (
                self._tools.parsers.turn(feed.id),
                self._tools.slots.hold(url, well=feed.last_ok is not None and not feed.failures),
                asyncio.timeout(self._poll_config().timeout.total_seconds() + _MORE_THAN_ENOUGH),
            ):
                found = await self._fetched(feed, url)
                reach(CrashPoint.AFTER_FETCH)
                status = found.status
                if isinstance(found, Unchanged):
                    self._tools.parsers.unchanged(feed.id)
                    return self._unchanged(feed, found, url)
                document = await self._read(feed, found)
                if document.elsewhere:
                    found = await self._fetch_elsewhere(feed, document.elsewhere)
                    if isinstance(found, Unchanged):
                        return self._unchanged(feed, found, url)
                    document = _no_index(await self._read(feed, found))
            reach(CrashPoint.AFTER_PARSE)
            return self._found(feed, found, document, url)
        except FetchError as error:
            return self._failed(feed, str(error), status=error.status, retry_after=error.retry_after)
        except CostlyError:
            raise
        except ParseError as error:
            return self._failed(feed, str(error), status=status)
        except StoreError:
            raise
        except Exception:  # noqa: BLE001 - one feed that trips us must not stop the others
            _log.exception("feed %d (%s) could not be polled", feed.id, redact(feed.spec.url))
            return self.our_fault(feed)

    async def _fetched(self, feed: FeedState, url: str) -> Fetched | Unchanged:
        """What is at the feed's address; after a failure the document itself, for a 304 would prove nothing of it."""
        spared = feed.last_status is None or (feed.failures == 1 and feed.last_status in _WANT_PEACE)
        proof = feed.failures > 0 and not spared
        return await self._tools.fetcher.fetch(
            url,
            etag="" if proof else feed.etag,
            last_modified="" if proof else feed.last_modified,
            body_hash=feed.body_hash,
            access=self._tools.access(feed.spec.url),
            home=feed.spec.url,
        )

    def our_fault(self, feed: FeedState) -> PollResult:
        """What is stored of a poll that failed by a fault of our own: the feed fails, and is tried again."""
        return self._failed(feed, _OUR_FAULT)

    def hung(self, feed: FeedState) -> PollResult:
        """What is stored of a poll at which the engine hung: the feed fails, and has to wait."""
        return self._failed(feed, _HUNG, retry_after=_AFTER_HANGING)

    async def _fetch_elsewhere(self, feed: FeedState, url: str) -> Fetched | Unchanged:
        """The document that the feed's own leads to; its validators are none of that, but its hash is the feed's."""
        try:
            found = await self._tools.fetcher.fetch(
                url, body_hash=feed.body_hash, access=self._tools.access(feed.spec.url), home=feed.spec.url
            )
        except FetchError as error:  # its status says nothing of the feed: that one of its sitemaps is gone, say
            raise FetchError(f"the sitemap that it leads to: {error}", retry_after=error.retry_after) from None
        return replace(found, etag="", last_modified="", permanent_url=None)

    async def _read(self, feed: FeedState, found: Fetched) -> DocumentFacts:
        """What a document says, and which rules hit it: those of now, however long its turn was waited for."""
        store, call = self._tools.store.polls, self._tools.thread.call

        def some_known(asked: tuple[Identity, ...]) -> bytes:
            return pack_identities(store.known_identities(feed.id, asked).by_key.values())

        async def known(asked: bytes) -> bytes:
            names = unpack_identities(asked)
            starts = range(0, len(names), _ASKED_AT_ONCE)
            return b"".join([await call(some_known, names[start : start + _ASKED_AT_ONCE]) for start in starts])

        async def kept(asked: bytes) -> Sequence[KeptEntry]:
            return await call(self._tools.store.evidence.kept, feed.id, [each.key for each in unpack_identities(asked)])

        question = Question(
            found.body,
            found.content_type,
            found.url,
            feed.entry_hashes,
            name=feed.spec.name,
            fallback=feed.title or _host(feed.spec.url),
            lang=feed.spec.lang,
            tags=feed.spec.tags,
            tier=feed.spec.tier,
            most=self._poll_config().max_entries,
            reading=feed.spec.reading,
            told=feed.baseline_at is not None or self._poll_config().baseline > 0,
        )
        is_new = feed.last_ok is None and not feed.entries  # nothing is stored of it that it could bring again
        answers = StoreAnswers() if is_new else StoreAnswers(known, kept)
        rules = self._tools.rules.active.packed
        return await self._tools.parsers.read(feed.id, question, rules, answers)

    def _found(self, feed: FeedState, found: Fetched, document: DocumentFacts, url: str) -> PollResult:
        """What a document brought."""
        first_poll, now = feed.baseline_at is None, datetime.now(UTC)
        made = as_baseline(document.entries, self._poll_config().baseline, now) if first_poll else document.entries
        entries = oldest_first(made, now)
        left_out = _left_out(document, self._poll_config().max_entries, now)
        rhythm = heard_from(
            feed.rhythm,
            _came(entries, None if first_poll else feed.last_ok),
            now,
            matched=sum(bool(entry.matches) for entry in entries),
            hints=with_link_headers(document.hints or PollHints(), found.link, found.url),
        )
        update = replace(
            self._update(feed, found, url, rhythm, brought=bool(entries)),
            error=left_out or document.told or (_told(feed) if not entries else ""),
            body_hash=found.body_hash,
            entry_hashes=document.entry_hashes,
            title=document.title or None,
            baseline=first_poll and document.holds_entries,
        )
        self._log_what_came(feed, document, entries)
        if left_out:
            _log.warning("%s: %s", redact(feed.name), left_out)
        return PollResult(update, entries, document.rekeyed, document.rest, document.edits)

    def _log_what_came(self, feed: FeedState, document: DocumentFacts, entries: Sequence[NewEntry]) -> None:
        name = redact(feed.spec.name or document.title or feed.title or _host(feed.spec.url))
        if matched := sum(bool(entry.matches) for entry in entries):
            words = (
                "%s: matched in its first poll: %d of %d" if feed.baseline_at is None else "%s: matched: %d of %d new"
            )
            _log.info(words, name, matched, len(entries))

    def _unchanged(self, feed: FeedState, found: Unchanged, url: str) -> PollResult:
        """The same document again.

        A feed that came back to the config may well answer so to its first poll: that is its baseline then.
        """
        update = self._update(feed, found, url, heard_from(feed.rhythm, (), datetime.now(UTC)))
        baseline = feed.baseline_at is None and feed.entries > 0
        return PollResult(replace(update, error=_told(feed), baseline=baseline))

    def _update(
        self, feed: FeedState, found: Fetched | Unchanged, url: str, rhythm: Rhythm, *, brought: bool = False
    ) -> FeedUpdate:
        """The state of a feed after a poll that went well, and by which its rhythm is this."""
        now, poll = datetime.now(UTC), self._poll_config()
        pace = Intervals(poll.min, poll.max, poll.every, feed.spec.every)
        pushed = self.is_pushed(feed.id, brought)
        interval = next_interval(rhythm, pace, now, fresh_for=found.fresh_for, pushed=pushed)
        due = next_due(now, interval, chance=random.random())  # noqa: S311 - spreads load, hides nothing
        if pace.fixed is None:
            due = after_skipped(due, rhythm, now + pace.longest)
        moved_back = "" if url == feed.spec.url else None  # the old address serves again: forget where it once led
        return FeedUpdate(
            feed_id=feed.id,
            attempted=now,
            ok=True,
            next_due=due,
            interval=interval,
            failures=0,
            status=found.status,
            etag=found.etag,
            last_modified=found.last_modified,
            fetch_url=found.permanent_url or moved_back,
            rhythm=None if rhythm == feed.rhythm else rhythm,
        )

    def _failed(
        self, feed: FeedState, error: str, *, status: int | None = None, retry_after: float | None = None
    ) -> PollResult:
        """The state of a feed after an attempt that failed; validators and hashes stay those of the last success."""
        now = datetime.now(UTC)
        failures = feed.failures + 1
        chance = random.random()  # noqa: S311 - spreads load, hides nothing
        gone = status == _GONE
        due = (
            gone_due(now, chance=chance)
            if gone
            else retry_due(now, feed.interval, failures=failures, chance=chance, retry_after=retry_after)
        )
        extra = event(EventKind.FEED_FAILING, feed=feed.id, failures=failures, reason=error)
        _log.info("%s: %s", redact(feed.name), error, extra=extra)
        return PollResult(
            FeedUpdate(
                feed_id=feed.id,
                attempted=now,
                ok=False,
                next_due=due,
                interval=feed.interval,
                failures=failures,
                error=error,
                status=status,
                gone=gone,
                host_rests=host_rests(now, status, retry_after),
            )
        )


def _no_index(document: DocumentFacts) -> DocumentFacts:
    """A document to which another one led: it leads no further."""
    if document.elsewhere:
        raise ParseError("this sitemap index leads to another one: name the news sitemap itself")
    return document


def _came(entries: Sequence[NewEntry], since: datetime | None) -> list[datetime | None]:
    """When entries came, by their own dates; at the last poll if they are dated before it, for they were not there."""
    return [date and max(date, since or date) for date in (entry.published for entry in entries)]


def _left_out(document: DocumentFacts, most: int, now: datetime) -> str:
    """Which of a document's new entries are not stored, in plain words; empty where all are."""
    stored, beyond = len(document.entries), len(document.rest)
    if not beyond:
        return ""
    why = "poll.max_entries" if stored >= most else "they hold more text than one poll may bring"
    return (
        f"on {now:%d %b %Y} it brought {stored + beyond:,} new entries at once: the newest {stored:,} are stored "
        f"({why}), the others are taken for seen"
    )


def _told(feed: FeedState) -> str:
    """What is told of a feed that is well: what a poll left out, until a later one brings something new."""
    return "" if feed.failures else feed.last_error


def _host(url: str) -> str:
    """The host of an address, for it may hold a login; empty where it has none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _trusts_redirect(feed: FeedState) -> bool:
    """Whether to ask where a permanent redirect led; every other failure in a row is asked at the user's address."""
    return bool(feed.fetch_url) and feed.failures % 2 == 0
