"""The dashboard on a stage: a real app over a real store, headless, with the clock stopped."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final
from unittest.mock import patch

from textual import _wait
from textual._compositor import Compositor
from textual._context import visible_screen_stack
from textual.pilot import Pilot

from digest.tui.app import DashboardApp
from digest.tui.welcome import Places
from tests import waiting
from tests.tui.newsdesk import NOW, ZONE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

    from textual._queue import Queue
    from textual.app import App
    from textual.message import Message
    from textual.message_pump import MessagePump
    from textual.screen import Screen
    from textual.strip import Strip

    from digest.values.settings import Alarms

_LOOKS: Final = 0.004
"""Seconds for which a pilot looks whether the app does nothing, twice for each key.

By itself it looks for 20 ms, which is most of what a test of many keys takes."""
_NOTHING: Final = _LOOKS / 20
"""Seconds of CPU in that time that are nothing."""
_CALM: Final = 3
"""Looks in a row that find nothing under way."""

PLACES = Places(rules=Path("rules"), config=Path("config.toml"))


def places_in(folder: Path) -> Places:
    """Where the files are of a dashboard that has a folder of its own, as `newsweek.build_week` makes it."""
    return Places(rules=folder / "rules", config=folder / "config.toml", state=folder)


@asynccontextmanager
async def staged(
    url: str,
    size: tuple[int, int] = (120, 36),
    *,
    notice: str = "",
    delivery: int | None = None,
    places: Places | None = None,
    state: Path | None = None,
    alarms: Alarms | None = None,
) -> AsyncIterator[tuple[DashboardApp, Pilot[int]]]:
    """A running dashboard that has read its store."""
    app = DashboardApp(
        url,
        zone=ZONE,
        places=places or replace(PLACES, state=state or PLACES.state),
        notice=notice,
        delivery=delivery,
        alarms=alarms,
        now=lambda: NOW,
        steady=lambda: 0.0,
    )
    app.rests = 0.001
    with (
        patch.object(Compositor, "render_update", _frame),
        patch.object(Pilot, "_wait_for_screen", _wait_for_those_at_work),
        patch.object(app, "_press_keys", partial(_press, app, app._press_keys)),
        patch.multiple(_wait, SLEEP_GRANULARITY=_LOOKS, SLEEP_IDLE=_NOTHING),
    ):
        async with app.run_test(size=size) as pilot:
            await settle(app, pilot)
            yield app, pilot
            text_of(app)


def _frame(compositor: Compositor, *, screen_stack: list[Screen[object]] | None = None, **_: object) -> None:
    """What goes to the terminal between two looks: nothing is drawn, for nobody sees it, and it is half of the work.

    The panes are laid out as ever, whoever looks (`strips_of`, `text_of`) has the whole screen drawn, and so has the
    end; a real terminal gets every frame.
    """
    visible_screen_stack.set(screen_stack or [])
    compositor._dirty_regions.clear()


async def _wait_for_those_at_work(pilot: Pilot[int], timeout: float = waiting.PATIENCE) -> bool:  # noqa: ASYNC109
    """Wait until the app, its screen and all in it have done what had come to them; false if that went wrong.

    By itself a pilot sends a message to each of them and waits for its turn, which is a third of all messages of a
    test. Who waits for the next message has none before it, and is not asked.
    """
    app = pilot.app
    if not app.screen_stack:
        return False
    at_work = [each for each in (app, *app.screen.walk_children(with_self=True)) if not _rests(each)]
    turns = [turn for each in at_work if each.call_later((turn := asyncio.Event()).set)]

    async def all_come() -> None:
        for turn in turns:
            await turn.wait()

    failure: asyncio.Event = app._exception_event
    done, failed = asyncio.create_task(all_come()), asyncio.create_task(failure.wait())
    await asyncio.wait([done, failed], timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    failed.cancel()
    done.cancel()
    assert done.done() or failure.is_set(), "they do not get to what has come to them"
    return done.done()


def _rests(pump: MessagePump) -> bool:
    """Whether it waits for its next message."""
    messages: Queue[Message | None] = pump._message_queue
    return messages.empty() and bool(messages.ready_event._waiters)


async def _press(app: DashboardApp, press: Callable[[Iterable[str]], Awaitable[None]], keys: Iterable[str]) -> None:
    """As somebody who looks: each key once the one before is done, and on once it is seen what became of the last."""
    for key in keys:
        await press([key])
        await waiting.until(lambda: not app.is_doing)
    await waiting.until(lambda: not app.is_running or is_drawn(app))


async def settle(app: DashboardApp, pilot: Pilot[int]) -> None:
    """Wait until the store is read and what is selected stands in the reader, and what that leads to has come, too."""

    def is_read() -> bool:
        return app.snapshot is not None and app.watcher.idle and _reads_selected(app)

    calm = 0
    while calm < _CALM:  # what was answered is on its way through the app's queue, and what is shown then may ask more
        calm = calm + 1 if is_read() and is_drawn(app) else 0
        await until(pilot, is_read)
        await pilot.pause()
        await until(pilot, lambda: is_drawn(app))


async def until(pilot: Pilot[int], condition: Callable[[], bool], seconds: float = waiting.PATIENCE) -> None:
    """Wait for something to become so; fail if it does not."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        await pilot.pause()
        await asyncio.sleep(0.01)


def is_drawn(app: DashboardApp) -> bool:
    """Whether nothing waits for the next frame."""
    screen = app.screen
    return not (screen._layout_required or screen._repaint_required or screen._dirty_widgets)


def _reads_selected(app: DashboardApp) -> bool:
    detail = app.reader.detail
    if detail is not None and app.reasons.wants(replace(detail, findings=())):
        return False
    return (None if detail is None else detail.entry.id) == app.matches.selected


def strips_of(app: App[int]) -> list[Strip]:
    """The screen, drawn as it stands, with what lies behind what is open."""
    visible_screen_stack.set(app._background_screens)
    return app.screen._compositor.render_strips()


def text_of(app: DashboardApp) -> list[str]:
    """The lines of the screen."""
    return ["".join(segment.text for segment in strip) for strip in strips_of(app)]
