"""What faces ask the engine for, through the store: poll now, alert on the past, send a digest, stop.

And what a clock that was ahead asks for once it is right, so that nothing waits for, or is lost to, a time that it
alone has shown::

    start ─▶ what is due need not wait for such a time ─▶ (steady for two minutes) ─┐
    clock set back ─────────────────────────────────────────────────────────────────┴▶ all is set right, judged again

At a start nobody knows whether it was the clock of before that was ahead, or whether that of now is behind and will be
put right in a moment. A clock that is set back while we look was ahead.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from digest.engine.polling.facts import few_hits
from digest.engine.sending.digests import owe_digest_now
from digest.errors import DigestError, EngineError, StoreError
from digest.feeds.dates import plausible
from digest.match import search
from digest.values.messages import DeliveryState
from digest.values.news import Outcome

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterator, Mapping, Sequence

    from digest.delivery.decide import Decide
    from digest.engine.config import LiveConfig
    from digest.engine.polling.poll import PollTools
    from digest.engine.polling.rounds import Polling
    from digest.engine.rules import ActiveRules
    from digest.engine.sending.outbox import OutboxDrain
    from digest.match import RuleSet
    from digest.store.store import Store
    from digest.values.news import FoundMatch
    from digest.values.settings import Telling
    from digest.values.states import Request

_DELIVERY_LOOK: Final = 0.1  # seconds between two looks at the outbox for a face that waits ...
_DELIVERY_LOOKS: Final = 30  # ... and how many at most
_STORE_AGAIN: Final = 1.0  # seconds after which an answer is stored again that could not be
_LATE_AT_ONCE: Final = 100  # entries of the past in one transaction, so that polls get their turn

_WAITED: Final = (Outcome.FEW_SOURCES, Outcome.NO_SPIKE)

_SETTLES: Final = 120.0  # seconds after a jump in which something may still be stored with a time of before

_log = logging.getLogger(__name__)


class RequestRunner:
    """Takes up what is asked for, does it, and says how it went.

    Args:
        config: that of now.
        tools: what polls are done with, open.
        polling: polls feeds.
        drain: delivers what alerts on the past are owed.
        deciding: what decides, from now on, what becomes of matches.
        owe_digests: composes the digests that are due.
        read_pages: reads the pages that messages wait for.
        ask_model: asks the language model what digests wait for.
        beside: lets a job of that name run beside the others, until it is done or the engine stops.
        stop: ends the engine when it is set.
    """

    def __init__(  # noqa: PLR0913 - each is a thing of its own
        self,
        config: LiveConfig,
        tools: PollTools,
        polling: Polling,
        drain: OutboxDrain,
        deciding: Callable[[], Decide],
        *,
        owe_digests: Callable[[], Awaitable[None]],
        read_pages: Callable[[], Awaitable[None]],
        ask_model: Callable[[], Awaitable[None]],
        beside: Callable[[Coroutine[None, None, None], str], object],
        stop: asyncio.Event,
    ) -> None:
        self._config = config
        self._tools = tools
        self._store = tools.store
        self._polling = polling
        self._drain = drain
        self._deciding = deciding
        self._owe_digests = owe_digests
        self._read_pages = read_pages
        self._ask_model = ask_model
        self._beside = beside
        self._stop = stop
        self._in_hand: set[int] = set()
        self._in_doubt = False

    async def take_up(self) -> None:
        """Begin with everything that faces ask for; raises ``StoreError`` when the store cannot say."""
        while (request := await self._tools.thread.call(self._claim)) is not None:
            self._in_hand.add(request.id)
            self._beside(self.answer(request), f"request {request.id}")

    def _claim(self) -> Request | None:
        """The next request; where the store failed before, one may be taken that is in no hand. In its thread."""
        if self._in_doubt:
            self._store.requests.give_back(self._in_hand)
        self._in_doubt = True
        found = self._store.requests.claim(datetime.now(UTC))
        self._in_doubt = False
        return found

    async def answer(self, request: Request) -> None:
        """Do what a face asked for and store how it went: nothing where all is well."""
        answer = "the engine was stopped before this was done"
        try:
            answer = await self.do(request)
        except DigestError as error:
            answer = str(error)
        except Exception:  # noqa: BLE001 - the face that asked must get an answer
            _log.exception("request %d (%s) failed", request.id, request.kind)
            answer = "Digest itself failed on this: engine.log has the details"
        finally:
            await self._finish(request.id, answer)

    async def _finish(self, request: int, answer: str) -> None:
        """Store the answer, however long the store is away: somebody waits for it."""
        said = ""
        while True:
            try:
                await self._tools.thread.call(self._store.requests.finish, request, answer, datetime.now(UTC))
            except StoreError as error:
                if str(error) != said:
                    said = str(error)
                    _log.warning("the answer to request %d waits for the store: %s", request, error)
                if self._stop.is_set():  # the next engine answers it
                    return
                await asyncio.sleep(_STORE_AGAIN)
            else:
                self._in_hand.discard(request)
                return

    async def do(self, request: Request) -> str:
        """Do what was asked; returns the answer, nothing where all is well.

        Raises:
            DigestError: it could not be done.
        """
        match request.kind:
            case "poll":
                urls = request.args.get("urls")
                await self._polling.poll_now(urls if isinstance(urls, list) else None)
                await self._owe_digests()
                await self._read_pages()
                await self._ask_model()
                await self._wait_for_deliveries()
            case "alert-past":
                chosen = request.args.get("rules")
                only = frozenset(map(str, chosen)) if isinstance(chosen, list) else None
                await self._alert_past(datetime.fromisoformat(str(request.args["since"])), only)
                await self._read_pages()
                await self._wait_for_deliveries()
            case "send-digest":
                since, until = (request.args.get(edge) for edge in ("since", "until"))
                span = datetime.fromisoformat(str(since)), datetime.fromisoformat(str(until)) if until else None
                await self._send_digest(str(request.args["name"]), *span)
                await self._ask_model()
                await self._wait_for_deliveries()
            case "stop":
                self._stop.set()
            case _:
                return f"this engine does not know how to {request.kind}"
        return ""

    async def _alert_past(self, since: datetime, only: Collection[str] | None) -> None:
        """Alert on what came since then and matches only by what the rules are now, or these of them."""
        await self._tools.rules.refresh()
        rules = self._tools.rules.active.rules
        late = await asyncio.to_thread(lambda: list(late_matches(self._store, rules, since, only)))
        waited = waited_in(late, self._tools.rules.telling)
        found = [(each.entry, each.found) for each in late if each.found]
        call, polls, alerts = self._tools.thread.call, self._store.polls, 0
        for start in range(0, len(waited), _LATE_AT_ONCE):
            again, decide = waited[start : start + _LATE_AT_ONCE], self._deciding()
            alerts += await call(polls.decide_again, again, datetime.now(UTC), decide)
        for start in range(0, len(found), _LATE_AT_ONCE):
            some, decide = dict(found[start : start + _LATE_AT_ONCE]), self._deciding()
            alerts += await call(polls.commit_late, some, datetime.now(UTC), decide)
        _log.info("alerts on entries that came since %s: %d", since.isoformat(timespec="seconds"), alerts)
        self._drain.ring()

    async def _send_digest(self, name: str, since: datetime, until: datetime | None) -> None:
        """Owe a digest of a time, up to now if it has no end, as somebody asked for it.

        Raises:
            EngineError: there is none of that name, or nothing that its channels could be told.
        """
        await self._config.refresh()
        config = self._config.now()
        spec = next((spec for spec in config.digests if spec.name == name), None)
        if spec is None:
            raise EngineError(f"the config that is in force has no digest “{name}”: digest status says what is wrong")
        owe = partial(owe_digest_now, self._store, spec, config.channels, since, until=until)
        if not await self._tools.thread.call(owe, datetime.now(UTC)):
            raise EngineError(f"nothing that alerted since then is for the channels of the digest “{name}”")
        self._drain.ring()

    async def _wait_for_deliveries(self) -> None:
        """Until nothing waits to be sent; what the limits delay is not waited for much longer than a moment."""
        for _ in range(_DELIVERY_LOOKS):
            counts = await self._tools.thread.call(self._store.outbox.counts)
            if not counts[DeliveryState.QUEUED] + counts[DeliveryState.SENDING]:
                return
            await asyncio.sleep(_DELIVERY_LOOK)


@dataclass(frozen=True, slots=True)
class Late:
    """What rules of now find in an entry of before and did not tell of it."""

    entry: int
    found: list[FoundMatch]
    """What they did not find when it came."""
    waited: Mapping[str, tuple[int, Outcome]]
    """What they found then, and waited for more: the id of the match, and what became of it, by rule."""


def late_matches(store: Store, rules: RuleSet, since: datetime, only: Collection[str] | None = None) -> Iterator[Late]:
    """What rules, or these of them, find in entries that came since then, and did not tell then; in their order."""
    from digest.stories.summarise import Summariser  # much to load, and rarely needed

    for entry, matches in search(rules, store.archive(since)):
        known = {each.judged.match.rule: (each.id, each.judged.outcome) for each in store.reads.matches_of(entry.id)}
        wanted = [match for match in matches if only is None or match.rule in only]
        waited = {match.rule: known[match.rule] for match in wanted if match.rule in known}
        waited = {rule: each for rule, each in waited.items() if each[1] in _WAITED}
        fresh = [few_hits(match) for match in wanted if match.rule not in known]
        if fresh or waited:
            summariser = Summariser(entry.text)
            yield Late(entry.id, [(match, summariser.summary(match.hits)) for match in fresh], waited)


def waited_in(late: Sequence[Late], telling: Mapping[str, Telling]) -> list[int]:
    """The ids of matches that waited for what their rules may no longer want, as these want to be told now; in order.

    Of a rule that tells spikes the newest alone: a spike begins with the last report, and is one alert.
    """
    found: list[int] = []
    newest: dict[str, int] = {}
    for each in late:
        for rule, (match, outcome) in each.waited.items():
            if outcome is Outcome.NO_SPIKE and rule in telling and telling[rule].spike:
                newest[rule] = match
            else:
                found.append(match)
    return found + sorted(newest.values())


class WrongClock:
    """Looks for what a clock that was ahead has left.

    Args:
        tools: the store, its thread and the rules.
        deciding: what decides, from now on, what becomes of matches.
        drain: delivers what is owed.
    """

    def __init__(self, tools: PollTools, deciding: Callable[[], Decide], drain: OutboxDrain) -> None:
        self._tools = tools
        self._store = tools.store
        self._deciding = deciding
        self._drain = drain
        self._settles = time.monotonic() + _SETTLES
        self._settled = False
        self._set_back = False

    def jumped(self, ahead: float) -> None:
        """The clock was set, by so many seconds ahead or (-) back, or the machine slept."""
        self._settles = time.monotonic() + _SETTLES
        self._settled = False
        self._set_back = ahead < 0

    async def make_up(self) -> None:
        """Look once, unless the clock has been steady for long: nothing comes with a time of before any more."""
        if self._settled:
            return
        settled = time.monotonic() >= self._settles
        sure = settled or self._set_back
        alerts = await self._judge_again() if sure else 0  # first: it is known by when it was judged
        set_right = self._store.set_right if sure else self._store.let_go
        # The time is taken in the store's thread: nothing that the engine stores lies ahead of it.
        changed = await self._tools.thread.call(lambda: set_right(datetime.now(UTC)))
        feeds, messages = changed.get("feeds", 0), changed.get("deliveries", 0)
        if feeds or messages or alerts:
            _log.warning(
                "the clock was wrong before; feeds put right: %d, messages: %d, alerts on what it took for too old: %d",
                feeds,
                messages,
                alerts,
            )
            self._drain.ring()
        self._settled = settled and time.monotonic() >= self._settles  # unless it jumped meanwhile

    async def _judge_again(self) -> int:
        """Alert on what was too old by the wrong clock alone; how many alerts."""
        now = datetime.now(UTC)
        found = await asyncio.to_thread(misjudged, self._store, self._tools.rules.active, now)
        alerts = 0
        for start in range(0, len(found), _LATE_AT_ONCE):
            some, decide = found[start : start + _LATE_AT_ONCE], self._deciding()
            alerts += await self._tools.thread.call(self._store.polls.decide_again, some, datetime.now(UTC), decide)
        return alerts


def misjudged(store: Store, active: ActiveRules, now: datetime) -> list[int]:
    """The matches that a clock that was ahead took for too old: they were judged in the future.

    Those of rules that are gone are left out, and so is what is of tomorrow by the time that it is ``now``: by a clock
    that is behind, everything is young.
    """
    return [
        match
        for match, rule, published in store.reads.judged_too_old(now)
        if rule in active.by_id and (published is None or plausible(published, now) is not None)
    ]
