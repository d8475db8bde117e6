"""Has hubs push what feeds publish, where ``poll.websub`` says how they reach us.

::

    feeds ── a look a minute ─▶ subscriptions wanted ─▶ hubs asked ─▶ confirmed, refused ─┐
    pushes, signed ─▶ their feeds are due now ─▶ polled as always                          ├─▶ the store, twice a second
    polls that found what no push told of ─▶ the hub is trusted no more                  ──┘

What is asked, when, and what is believed is decided in ``feeds.websub``. Whenever a feed's hub is trusted no more (its
lease ended, it refused, it was silent, we were away) the feed is due at once, for it may have rested too long.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from digest.engine.ground.logs import redact
from digest.engine.polling.rounds import limits_of
from digest.errors import FetchError, StoreError
from digest.feeds import websub
from digest.values.push import PushState, Subscription

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Coroutine, Mapping

    from digest.config import Config, PollConfig
    from digest.engine.polling.poll import PollTools
    from digest.net.pushes import PushServer
    from digest.values.news import PollResult
    from digest.values.settings import FeedAccess
    from digest.values.states import FeedState

_LOOK_EVERY: Final = 60.0  # seconds between two looks at all feeds, and between two attempts to listen
_LOOK_SOON: Final = 2.0  # seconds until the next one where feeds are known to have changed: many do at once
_ASKED_AT_ONCE: Final = 8

_log = logging.getLogger(__name__)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class WebSub:
    """The subscriptions of an engine, and the server that hubs reach.

    Args:
        config: that of now.
        tools: what hubs are asked with.
        beside: lets a job of that name run beside the others.
        is_polled: whether a feed, by its id, is being polled.
        now: the clock.
    """

    def __init__(
        self,
        config: Callable[[], Config],
        tools: PollTools,
        beside: Callable[[Coroutine[None, None, None], str], object],
        is_polled: Callable[[int], bool],
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._config = config
        self._seen: Config | None = None
        """The config of the last look."""
        self._tools = tools
        self._store = tools.store.subscriptions
        self._call = tools.thread.call
        self._beside = beside
        self._is_polled = is_polled
        self._now = now
        self._known: dict[int, Subscription] | None = None
        """By feed; ``None``: not read yet."""
        self._by_token: dict[bytes, int] = {}
        """Feeds by what hides the token of theirs: strangers may ask for many."""
        self._feeds: dict[int, tuple[str, str, FeedAccess]] = {}
        """Name and address of those that want one, and what they are asked with, which leaves the config with them."""
        self._changed: set[int] = set()
        self._due: set[int] = set()
        self._asking: set[int] = set()
        self._doubts: dict[int, datetime] = {}
        """When a poll found what a hub may still tell of."""
        self._listening: tuple[PushServer, str] | None = None
        self._since = now()
        """Since when hubs reach us, as far as we know."""
        self._look_at = 0.0  # time.monotonic()
        self.problem = ""
        """Why hubs cannot reach us, in plain words; empty: nothing is known of it."""

    @property
    def port(self) -> int:
        """Where it listens; 0: nowhere."""
        return self._listening[0].port if self._listening else 0

    # --- twice a second ------------------------------------------------------------------------------------------

    async def tend(self) -> None:
        """Do what is to be done; raises ``StoreError``, and is to be called again then."""
        if self._known is None:
            self._known = {each.feed_id: each for each in await self._call(self._store.all)}
            self._by_token = {_hidden(each.token): each.feed_id for each in self._known.values()}
            self.were_away()
        config = self._config()
        poll = config.poll
        if not poll.websub and not (self._known or self._changed or self._due):
            await self.close()
            return
        if config is not self._seen or time.monotonic() >= self._look_at:
            self._seen, self._look_at = config, time.monotonic() + _LOOK_EVERY
            await self._listen(poll)
            try:
                await self._look(poll)
            except StoreError:
                self._look_at = 0.0
                raise
        self._begin_to_ask()
        await self._save(poll)

    def were_away(self) -> None:
        """Nobody was there for the hubs to reach: their feeds are due."""
        self._since = self._now()
        self._due |= {each.feed_id for each in self._all() if each.state(self._now()) is PushState.ACTIVE}

    async def close(self) -> None:
        """Listen no more."""
        self.problem = ""
        if self._listening is not None:
            server, _ = self._listening
            self._listening = None
            await server.close()

    async def _listen(self, poll: PollConfig) -> None:
        """Listen where the config says."""
        if self._listening is not None:
            self._listening[0].limits = limits_of(poll)
            if self._listening[1] == poll.websub_listen:
                return
            await self.close()
            self.were_away()
        from digest.net.pushes import PushServer  # aiohttp's server, which no engine needs that is not pushed to

        host, _, port = poll.websub_listen.rpartition(":")
        server = PushServer(self, limits_of(poll))
        try:
            await server.listen(host.strip("[]"), int(port))
        except OSError as error:
            why = os.strerror(error.errno) if error.errno else type(error).__name__
            self.problem = f"hubs cannot push: nobody can listen at {poll.websub_listen} (poll.websub_listen): {why}"
            _log.warning("%s", self.problem)
            return
        self._listening, self._since, self.problem = (server, poll.websub_listen), self._now(), ""
        _log.info("hubs are heard at %s", poll.websub_listen)

    async def _look(self, poll: PollConfig) -> None:
        """Fit the subscriptions to the feeds, and see which of them are over or silent."""
        found = await self._call(self._tools.store.polls.all_feeds) if poll.websub else []
        wanted = {feed.id: feed for feed in found if _names_hub(feed) and not feed.paused and feed.gone_at is None}
        for key, feed in wanted.items():
            self._feeds[key] = feed.name, feed.spec.url, self._tools.access(feed.spec.url)
        base, now = f"{poll.websub.rstrip('/')}/", self._now()
        for known in self._all():
            by = wanted.get(known.feed_id)
            if known.leaving:
                if known.due <= now:
                    self._forget(known)
            elif by is None or not _fits(known, by, base):
                self._end(known, now)
            else:
                self._set(websub.ended(self._judged(known, now), now))
        for key in wanted.keys() - (self._known or {}).keys():
            hints = wanted[key].rhythm.hints
            token = secrets.token_urlsafe(24)
            self._set(Subscription(key, hints.hub, hints.topic, base + token, secrets.token_urlsafe(24), now))

    def _judged(self, known: Subscription, now: datetime) -> Subscription:
        """The same, distrusted where it has not told of what a poll found by now."""
        found = self._doubts.get(known.feed_id)
        if found is None or now - found < websub.LATE:
            return known
        del self._doubts[known.feed_id]
        if known.pushed is not None and known.pushed >= found:
            return known
        _log.warning("%s: its hub %s did not tell of its news", self._name(known), known.host)
        return replace(known, missed=now)

    async def _save(self, poll: PollConfig) -> None:
        """Store what changed, and have feeds polled that are due; one that is being polled, after that."""
        changed = {key: self._get(key) for key in self._changed}
        if changed:
            kept = [each for each in changed.values() if each is not None]
            await self._call(self._store.put, kept, changed.keys())
            self._changed -= {key for key, each in changed.items() if self._get(key) is each}
        due = {key for key in self._due if not self._is_polled(key)}
        if due:
            self._due -= due  # before: another push may come meanwhile
            try:
                await self._call(self._store.make_due, due, self._now(), poll.min)
            except BaseException:  # a job that hung is cancelled, and the engine goes on
                self._due |= due
                raise

    # --- hubs are asked ------------------------------------------------------------------------------------------

    def _begin_to_ask(self) -> None:
        now = self._now()
        for known in self._all():
            if len(self._asking) >= _ASKED_AT_ONCE or self._listening is None:
                return
            if not known.leaving and known.due <= now and known.feed_id not in self._asking:
                self._set(websub.asking(known, now))
                self._begin(known.feed_id)

    def _begin(self, feed_id: int) -> None:
        self._asking.add(feed_id)
        self._beside(self._ask(feed_id), f"ask the hub of feed {feed_id}")

    async def _ask(self, feed_id: int) -> None:
        """Ask a hub for what its subscription says; it may ask back before it answers."""
        try:
            asked, known_feed = self._get(feed_id), self._feeds.get(feed_id)
            if asked is None or known_feed is None:
                return
            _, home, access = known_feed
            problem = ""
            try:
                async with self._tools.slots.hold(asked.hub):
                    form = websub.request_form(asked)
                    await self._tools.fetcher.post(asked.hub, form, access=access, home=home)
            except FetchError as error:
                problem = str(error)
            except Exception:  # noqa: BLE001 - one hub that trips us must not stop the others
                _log.exception("the hub of feed %d could not be asked", feed_id)
                problem = "Digest itself failed on this hub: engine.log has the details"
            known = self._get(feed_id)
            if known is None or known.leaving or known.callback != asked.callback:
                return
            if problem:
                _log.info("%s: its hub %s did not take the request: %s", self._name(known), known.host, problem)
            self._set(websub.refused(known, problem, self._now()) if problem else websub.accepted(known))
        finally:
            self._asking.discard(feed_id)

    def _end(self, known: Subscription, now: datetime) -> None:
        """Let the hub push no more, where it does; by what the feed was asked with, or else not at all."""
        if known.until is None or known.until <= now or known.feed_id not in self._feeds or self._listening is None:
            self._forget(known)
            return
        self._set(websub.ending(known, now))
        self._begin(known.feed_id)

    # --- hubs speak (``net.pushes``) -----------------------------------------------------------------------------

    def confirm(self, token: str, said: Mapping[str, str]) -> bool:
        """Whether a hub asks back for what it was asked for; what it refuses is noted."""
        known = self._of(token)
        if known is None:
            return False
        mode, topic = said.get("hub.mode", ""), said.get("hub.topic", "")
        if mode == "denied" and topic == known.topic:
            if not known.leaving and not websub.is_over(known):
                self._set(websub.denied(known, said.get("hub.reason", ""), self._now()))
                _log.warning("%s: its hub %s refuses to push it", self._name(known), known.host)
            return True
        if not said.get("hub.challenge") or not websub.is_asked_for(known, mode, topic):
            return False
        if known.leaving:
            self._forget(known)
        else:
            self._set(websub.confirmed(known, said.get("hub.lease_seconds", ""), self._now()))
        return True

    def secret(self, token: str) -> str | None:
        """What messages of a subscription are signed with; ``None``: there is none such, or no more."""
        known = self._of(token)
        return None if known is None or known.leaving else known.secret

    def hear(self, token: str, *, genuine: bool) -> None:
        """A message came."""
        known = self._of(token)
        if known is None:
            return
        if not genuine:
            self._set(replace(known, ignored=known.ignored + 1))
        else:
            self._set(websub.pushed(known, self._now()))
            self._due.add(known.feed_id)

    # --- polls ask and tell --------------------------------------------------------------------------------------

    def is_relied_on(self, feed_id: int, brought: bool) -> bool:  # noqa: FBT001 - only polls call it
        """Whether a feed may rest for long after a poll of now, since its hub tells when it changes."""
        known = self._get(feed_id)
        return (
            known is not None
            and self._listening is not None
            and websub.is_relied_on(known, self._now(), brought=brought)
        )

    def learn(self, feed: FeedState, result: PollResult) -> None:
        """A poll was stored: whether the feed names another hub, and whether its hub should have told of what came."""
        rhythm = result.update.rhythm
        was = feed.rhythm.hints
        if rhythm is not None and (rhythm.hints.hub, rhythm.hints.topic) != (was.hub, was.topic):
            self._look_soon()
        known = self._get(feed.id)
        if known is None or feed.last_ok is None or not any(not entry.baseline for entry in result.entries):
            return
        if websub.should_have_told(known, max(feed.last_ok, self._since), self._now()):
            self._doubts.setdefault(feed.id, self._now())

    # --- what is known -------------------------------------------------------------------------------------------

    def _all(self) -> Collection[Subscription]:
        return list((self._known or {}).values())

    def _get(self, feed_id: int) -> Subscription | None:
        return (self._known or {}).get(feed_id)

    def _of(self, token: str) -> Subscription | None:
        return self._get(self._by_token.get(_hidden(token), 0))

    def _set(self, new: Subscription) -> None:
        """Know a subscription so from now on."""
        if self._known is None or self._known.get(new.feed_id) == new:
            return
        self._note(new.feed_id, new)
        self._known[new.feed_id] = new
        self._by_token[_hidden(new.token)] = new.feed_id

    def _forget(self, known: Subscription) -> None:
        self._note(known.feed_id, None)
        if self._known is not None:
            del self._known[known.feed_id]
            self._by_token.pop(_hidden(known.token), None)
        self._feeds.pop(known.feed_id, None)
        self._doubts.pop(known.feed_id, None)
        self._look_soon()  # another hub may be wanted in its place

    def _look_soon(self) -> None:
        self._look_at = min(self._look_at, time.monotonic() + _LOOK_SOON)

    def _note(self, feed_id: int, new: Subscription | None) -> None:
        """Another is to be stored; a feed that rested by the one of before may have rested too long."""
        was, now = self._get(feed_id), self._now()
        self._changed.add(feed_id)
        if was is not None and was.state(now) is PushState.ACTIVE and (new is None or new.missed or new.leaving):
            self._due.add(feed_id)
        if was is not None and was.until is not None and (new is None or new.until is None):
            self._due.add(feed_id)

    def _name(self, known: Subscription) -> str:
        feed = self._feeds.get(known.feed_id)
        return redact(feed[0]) if feed else f"feed {known.feed_id}"


def _hidden(token: str) -> bytes:
    """What a token is looked up by: how long that takes says nothing of one that is like it."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def _names_hub(feed: FeedState) -> bool:
    """Whether a feed names a hub and what that knows it by; one without the other is of no use."""
    return bool(feed.rhythm.hints.hub and feed.rhythm.hints.topic)


def _fits(known: Subscription, feed: FeedState, base: str) -> bool:
    hints = feed.rhythm.hints
    return (known.hub, known.topic) == (hints.hub, hints.topic) and known.callback == base + known.token
