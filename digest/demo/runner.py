"""``digest demo``: a news day in a few minutes, on this machine alone.

::

    invented feeds ─▶ the real engine (its own process) ─▶ a local Bot API server ─▶ printed here
    (feed_server)       │ config, rules, state in a             (bot_api)              (--headless)
                        │ temporary folder
                        └─▶ the real dashboard (its own process), unless headless

Everything is on loopback; the folder and the processes are gone when it ends, however it ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from digest.errors import EngineError, StoreError, UsageError
from digest.store.store import open_store  # now: an import while the demo runs holds up its end

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from digest.demo.bot_api import BotApi
    from digest.demo.bot_values import AcceptedMessage
    from digest.demo.feed_server import FeedServer
    from digest.demo.newsday import NewsDay
    from digest.demo.tally import Tally
    from digest.store.store import Store
    from digest.tui.hangup import Hangup

LIVE_SECONDS = 180.0
"""How long the live part of the day lasts in front of the dashboard."""
HEADLESS_SECONDS = 40.0
_SLOWNESS = 4.0
"""Seconds a slow server takes: more than the demo's config waits for."""
_START_PATIENCE = 60.0
_END_PATIENCE = 60.0
_DIGEST_PATIENCE = 20.0
_STOPPED = 130
"""The exit code of a demo that was told to stop."""
_CLEARING = 1.8
"""Seconds that ending the children and removing the folder may take."""
_LOOK_EVERY = 0.1


def run_demo(*, headless: bool = False, live_seconds: float | None = None, day: NewsDay | None = None) -> int:
    """Run the demo until the day is over (headless) or the user leaves the dashboard.

    Args:
        headless: print what is sent instead of showing the dashboard.
        live_seconds: how long the live part lasts; 180, or 40 when headless.
        day: what is told; the day that ships with the package.

    Returns:
        The exit code: 0; 1 when something was lost; 130 when it was told to stop.

    Raises:
        UsageError: the dashboard is wanted where there is no terminal.
        EngineError: the engine did not start, or ended by itself.
    """
    from digest.demo.newsday import load_newsday
    from digest.tui.hangup import Hangup

    if not headless and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("the dashboard needs a terminal: digest demo --headless prints what is sent instead")
    seconds = live_seconds or (HEADLESS_SECONDS if headless else LIVE_SECONDS)
    with Hangup(_STOPPED, seconds=_CLEARING, terminal=not headless) as hangup:
        try:
            return asyncio.run(_run(day or load_newsday(), hangup, headless=headless, live_seconds=seconds))
        except asyncio.CancelledError:
            return _STOPPED


async def _run(day: NewsDay, hangup: Hangup, *, headless: bool, live_seconds: float) -> int:
    this = asyncio.current_task()
    assert this is not None
    hangup.end = partial(asyncio.get_running_loop().call_soon_threadsafe, this.cancel)
    async with _stage(day, live_seconds) as stage:
        return await (_headless(stage) if headless else _in_dashboard(stage))


@dataclass(frozen=True, slots=True)
class _Stage:
    """All that a run needs, up and running."""

    feeds: FeedServer
    api: BotApi
    config: Path
    store: Store
    hour: float
    """How many seconds an hour of the day lasts."""
    check_engine: Callable[[], None]
    """Raises `EngineError` once the engine has ended."""

    async def wait(self, until: Callable[[], bool], seconds: float, meanwhile: Callable[[], None]) -> bool:
        """Wait until ``until`` holds, looking after the engine; False when the time was up first."""
        loop = asyncio.get_running_loop()
        give_up = loop.time() + seconds
        while not until():
            if loop.time() > give_up:
                return False
            self.check_engine()
            meanwhile()
            await asyncio.sleep(_LOOK_EVERY)
        return True


@contextlib.asynccontextmanager
async def _stage(day: NewsDay, live_seconds: float) -> AsyncIterator[_Stage]:
    """Set up folder, servers and engine, and clear them away."""
    from digest.config import load_config
    from digest.demo.bot_api import BotApi
    from digest.demo.children import check_running, engine_process
    from digest.demo.feed_server import FeedServer
    from digest.demo.folder import CHAT, furnish

    hour = live_seconds / max(day.live_hours, 1.0)
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="digest-demo-")))
        api = await stack.enter_async_context(BotApi((CHAT,)))
        feeds = await stack.enter_async_context(FeedServer(day, live_seconds=live_seconds, slowness=_SLOWNESS))
        addresses = [(outlet, feeds.address(outlet)) for outlet in day.outlets]
        config = furnish(folder, addresses, api.url, hour)
        output = folder / "engine.txt"
        engine = await stack.enter_async_context(engine_process(config, hour, output))

        def check_engine() -> None:
            check_running(engine, output)

        store = await _opened(load_config(config).database, check_engine)
        stack.callback(store.close)
        yield _Stage(feeds, api, config, store, hour, check_engine)


async def _opened(database: str, check_engine: Callable[[], None]) -> Store:
    """Open the store once the engine has made it."""
    give_up = asyncio.get_running_loop().time() + _START_PATIENCE
    while True:
        try:
            return open_store(database)
        except StoreError as error:
            if asyncio.get_running_loop().time() > give_up:
                raise EngineError(f"the engine did not get ready: {error}") from None
        check_engine()
        await asyncio.sleep(_LOOK_EVERY)


# --- the two ways to watch ---------------------------------------------------------------------------------------


async def _in_dashboard(stage: _Stage) -> int:
    """Show the dashboard while the day goes by, which says when that is over."""
    from digest.demo.children import show_dashboard
    from digest.demo.folder import OVER

    async def play() -> None:
        await _play(stage, lambda: None)
        (stage.config.parent / OVER).touch()

    day = asyncio.create_task(play())
    try:
        return await show_dashboard(stage.config, stage.hour)
    finally:
        day.cancel()
        await asyncio.gather(day, return_exceptions=True)


async def _headless(stage: _Stage) -> int:
    """Print every message and edit as it is accepted, then the figures."""
    printed = 0

    def print_new() -> None:
        nonlocal printed
        for message, is_edit in stage.api.accepted[printed:]:
            _print_message(message, is_edit=is_edit)
            printed += 1

    told = f"{len(stage.feeds.day.reports)} invented reports in {stage.feeds.live_seconds:g} seconds"
    _say(f"A simulated news day: {told}.")
    _say("What a local Bot API server accepts, at Telegram's pace of one message a second to each chat:\n")
    await _play(stage, print_new)
    print_new()
    result = _count(stage)
    for reason in result.lost:
        sys.stderr.write(f"{reason}\n")
    _say(result.sentence)
    return 1 if result.lost else 0


def _print_message(message: AcceptedMessage, *, is_edit: bool) -> None:
    """Print a message as it is seen, what is struck through between tildes."""
    from digest.demo.telegram_html import with_strikes

    edited = f" · edited: message {message.id}" if is_edit else ""
    answer = f" · answers message {message.reply_to}" if message.reply_to and not is_edit else ""
    _say(f"── {message.chat.title} · {message.at.astimezone():%H:%M:%S}{edited}{answer} ".ljust(60, "─"))
    _say(f"{with_strikes(message.text, message.marks)}\n")


async def _play(stage: _Stage, meanwhile: Callable[[], None]) -> None:
    """Let the day go by, and have its digest sent at its end."""
    from digest.demo.folder import DIGEST

    await _begin(stage, meanwhile)
    await stage.wait(stage.feeds.is_over, stage.feeds.live_seconds + 10, meanwhile)
    await stage.wait(lambda: _all_done(stage), _END_PATIENCE, meanwhile)
    since = stage.feeds.opened.isoformat()
    asked = stage.store.requests.ask("send-digest", {"name": DIGEST, "since": since}, datetime.now(UTC))
    await stage.wait(lambda: stage.store.requests.result(asked) is not None, _DIGEST_PATIENCE, meanwhile)
    await stage.wait(lambda: _all_done(stage), _DIGEST_PATIENCE, meanwhile)


async def _begin(stage: _Stage, meanwhile: Callable[[], None]) -> None:
    """Begin the live part once every feed's first poll is stored."""
    ready = await stage.wait(
        lambda: stage.feeds.baseline_fetched.is_set() and stage.store.reads.count_entries() >= stage.feeds.day.baseline,
        _START_PATIENCE,
        meanwhile,
    )
    if not ready:
        raise EngineError(f"the engine did not poll every feed within {_START_PATIENCE:g} s")
    stage.feeds.begin()


def _all_done(stage: _Stage) -> bool:
    """Every report is stored, and nothing is on its way any more."""
    from digest.values.messages import DeliveryState

    if stage.store.reads.count_entries() < len(stage.feeds.day.reports):
        return False
    counts = stage.store.outbox.counts()
    under_way = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.HELD)
    return not sum(counts.get(state, 0) for state in under_way) and not stage.store.edits.count()


def _count(stage: _Stage) -> Tally:
    from digest.demo.tally import tally

    return tally(stage.store, stage.feeds.pages(), stage.api.messages, edits=len(stage.api.edits))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
