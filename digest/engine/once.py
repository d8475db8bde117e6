"""An engine that does one thing and ends: ``digest run --once``, or what a face asks for while no engine runs.

What other faces ask for meanwhile is done beside it; who asks after that does it without this engine.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from digest.errors import EngineError, StoreError

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from digest.engine.work import Engine
    from digest.values.states import Request

_MANY: Final = 50  # entries that join stories at once, for nobody waits for the store meanwhile
_LOOK: Final = 0.5  # seconds between two looks at what faces ask for

_log = logging.getLogger(__name__)


async def poll_once(engine: Engine) -> int:
    """Poll every feed once, owe the digests that are due, deliver what can go now; returns the exit code."""
    return await _work_at(engine, _round(engine))


async def do_once(engine: Engine, request: Request) -> int:
    """Do what was asked, deliver what can go now; returns the exit code.

    Raises:
        DigestError: it could not be done.
    """
    return await _work_at(engine, _answer(engine, request))


async def _round(engine: Engine) -> None:
    """Poll every feed, owe the digests that are due and what else there is to tell, and deliver what can go now."""
    await engine.polling.poll_now()
    await engine.owe_digests()
    await engine.notices.look(once=True)
    await engine.escalate(once=True)
    await engine.pages.see_through()
    await engine.drain.run_once()
    await engine.commits.join_rest(_MANY)
    if await engine.picks.is_wanted():  # digests alone wait for it
        await engine.picks.see_through()
        await engine.notices.look(once=True)
    await engine.drain.run_once()


async def _answer(engine: Engine, request: Request) -> None:
    """Do what was asked, and deliver what can go now."""
    if words := await engine.requests.do(request):
        raise EngineError(words)
    await engine.drain.run_once()


async def _work_at(engine: Engine, job: Coroutine[None, None, None]) -> int:
    """Do one thing, unless a signal says stop before it is done; returns the exit code."""
    committing = asyncio.create_task(engine.commits.run(), name="commit polls")
    doing = asyncio.create_task(_answering_beside(engine, job), name="one job")
    stopping = asyncio.create_task(engine.stop.wait(), name="wait for a stop")
    await asyncio.wait({committing, doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
    doing.cancel()
    stopping.cancel()
    await engine.finish_polls(committing)
    await engine.pages.end()
    await asyncio.gather(doing, return_exceptions=True)
    if doing.cancelled():
        return 1
    doing.result()
    return 0


async def _answering_beside(engine: Engine, job: Coroutine[None, None, None]) -> None:
    """Do one thing, and what faces ask for while it goes on."""
    taking = asyncio.create_task(_take_requests(engine), name="take requests")
    try:
        await job
    finally:
        taking.cancel()
    while engine.beside:
        await asyncio.wait(set(engine.beside), timeout=_LOOK)
        await engine.drain.run_once()


async def _take_requests(engine: Engine) -> None:
    """Take up what faces ask for until cancelled."""
    while True:
        try:
            await engine.requests.take_up()
        except StoreError as error:
            _log.warning("what was asked for waits for the store: %s", error)
        await asyncio.sleep(_LOOK)
