"""One poll of one feed, from the network to what is to be stored.

::

    feed ─▶ fetch ─▶ parse ─▶ identify ─▶ clean + fold ─▶ match ─▶ judge ─▶ summarise ─▶ plan ─▶ PollResult
             │         │          │       └──────────────── engine.entries ───────────────┘
             │         │          └ nothing unseen: only the feed's state changes
             │         └ no feed, or too hostile to read ─▶ failing, in plain words
             └ unchanged: only the feed's state changes; no document ─▶ failing (410: gone), in plain words

Nothing is decided here that a core module could decide, and nothing is stored: the result goes to
``engine.commits``. What a feed can do never raises.
"""

from __future__ import annotations

import asyncio
import logging
import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from digest.engine.crash_points import CrashPoint, reach
from digest.engine.entries import Circumstances, new_entries, oldest_first, source_name
from digest.engine.logs import redact
from digest.errors import FetchError, ParseError, StoreError
from digest.feeds.cadence import Pace, gone_due, next_due, next_interval, retry_due
from digest.feeds.identity import identify, identities
from digest.model import FeedUpdate, PollResult
from digest.net.fetch import Unchanged
from digest.text import clean_line, html_to_text

if TYPE_CHECKING:
    from digest.config import PollConfig
    from digest.engine.entries import Policy
    from digest.engine.parsers import ParsedDocument, ParserPool
    from digest.engine.reload import LiveRules
    from digest.engine.store_thread import StoreThread
    from digest.model import FeedState
    from digest.net.fetch import Fetched, Fetcher
    from digest.net.slots import Slots
    from digest.store.store import Store

_OUR_FAULT = "Digest itself failed on this feed: engine.log has the details"
_GONE = 410
_MORE_THAN_ENOUGH = 300.0  # seconds beyond the request's own: a poll that takes longer hangs
_AT_A_STRETCH = 20  # entries; then the other polls and the heartbeat get their turn

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Tools:
    """What polls are done with; all of them share these."""

    slots: Slots
    fetcher: Fetcher
    parsers: ParserPool
    rules: LiveRules
    store: Store
    thread: StoreThread


class Poller:
    """Polls feeds, one at a time each, as many at once as there are places.

    Args:
        poll: intervals and bounds.
        policy: what alerts, and where to.
        tools: what the work is done with.
    """

    def __init__(self, poll: PollConfig, policy: Policy, tools: Tools) -> None:
        self._poll = poll
        self._policy = policy
        self._tools = tools
        self._longest = poll.timeout.total_seconds() + _MORE_THAN_ENOUGH

    async def poll(self, feed: FeedState) -> PollResult:
        """Poll one feed; whatever the feed does, the result says it.

        Raises:
            StoreError: the store could not say what is known of the feed.
        """
        url = feed.fetch_url if _trusts_redirect(feed) else feed.spec.url
        status = None
        try:
            # A document in hand counts until it is parsed.
            async with self._tools.slots.hold(url), asyncio.timeout(self._longest):
                found = await self._tools.fetcher.fetch(
                    url, etag=feed.etag, last_modified=feed.last_modified, body_hash=feed.body_hash
                )
                reach(CrashPoint.AFTER_FETCH)
                status = found.status
                if isinstance(found, Unchanged):
                    return PollResult(self._update(feed, found, url, new=0))
                document = await self._tools.parsers.parse(
                    found.body, content_type=found.content_type, url=found.url, known_hashes=feed.entry_hashes
                )
            reach(CrashPoint.AFTER_PARSE)
            return await self._look_through(feed, found, document, url)
        except FetchError as error:
            return self._failed(feed, str(error), status=error.status, retry_after=error.retry_after)
        except ParseError as error:
            return self._failed(feed, str(error), status=status)
        except StoreError:
            raise
        except Exception:  # noqa: BLE001 - one feed that trips us must not stop the others
            _log.exception("feed %d (%s) could not be polled", feed.id, redact(feed.spec.url))
            return self.our_fault(feed)

    def our_fault(self, feed: FeedState) -> PollResult:
        """What is stored of a poll that failed by a fault of our own: the feed fails, and is tried again."""
        return self._failed(feed, _OUR_FAULT)

    async def _look_through(self, feed: FeedState, found: Fetched, document: ParsedDocument, url: str) -> PollResult:
        """What a document brought."""
        asked = identities(document.feed.entries)
        known = await self._tools.thread.call(self._tools.store.polls.known_identities, feed.id, asked)
        identified = identify(document.feed.entries, asked, known, left_out=document.left_out)
        given = Circumstances(
            source=source_name(feed, document.feed),
            lang=feed.spec.lang or clean_line(document.feed.lang),
            first_poll=feed.baseline_at is None,
            active=self._tools.rules.active,
            policy=self._policy,
            now=datetime.now(UTC),
            tags=feed.spec.tags,
        )
        made = []
        for entry in new_entries(identified.new, given):
            made.append(entry)
            if len(made) % _AT_A_STRETCH == 0:
                await asyncio.sleep(0)
        entries = oldest_first(made, given.now)
        update = self._update(feed, found, url, new=0 if given.first_poll else len(entries))
        update = replace(
            update,
            body_hash=found.body_hash,
            entry_hashes=document.entry_hashes,
            title=clean_line(html_to_text(document.feed.title)) or None,
        )
        matched = sum(bool(entry.matches) for entry in entries)
        if matched:
            words = "%s: matched in its first poll: %d of %d" if given.first_poll else "%s: matched: %d of %d new"
            _log.info(words, given.source, matched, len(entries))
        return PollResult(update, entries, identified.rekeyed)

    def _update(self, feed: FeedState, found: Fetched | Unchanged, url: str, *, new: int) -> FeedUpdate:
        """The state of a feed after a poll that went well and brought so many new entries."""
        now = datetime.now(UTC)
        pace = Pace(self._poll.min, self._poll.max, feed.spec.every)
        interval = next_interval(feed.interval, pace, new=new)
        moved_back = "" if url == feed.spec.url else None  # the old address serves again: forget where it once led
        return FeedUpdate(
            feed_id=feed.id,
            attempted=now,
            ok=True,
            next_due=next_due(now, interval, chance=random.random()),  # noqa: S311 - spreads load, hides nothing
            interval=interval,
            failures=0,
            status=found.status,
            etag=found.etag,
            last_modified=found.last_modified,
            fetch_url=found.permanent_url or moved_back,
            # Also where nothing changed: a feed that came back to the config may well answer 304 to its first poll.
            baseline=feed.baseline_at is None,
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
        _log.info("%s: %s", redact(feed.name), error)
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
            )
        )


def _trusts_redirect(feed: FeedState) -> bool:
    """Whether to ask where a permanent redirect led; every other failure in a row is asked at the user's address."""
    return bool(feed.fetch_url) and feed.failures % 2 == 0
