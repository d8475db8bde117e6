"""The web server of the simulated day: every outlet's feed, filling up as the day goes by.

It answers as honest servers do: validators, 304 where nothing changed, gzip where it is asked for. Two outlets have
the usual troubles, each for a while in the live part: one answers 503, one is slower than any reader's patience.

When each report appears: first a baseline, then the rest of the day in a few minutes.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Self

from aiohttp import web

from digest.demo.documents import feed_document, page, page_address
from digest.demo.newsday import minute_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from digest.demo.newsday import Dispatch, NewsDay, Outlet

_TROUBLE = {"flaky": (0.30, 0.45), "slow": (0.55, 0.70)}
"""When each trouble lasts, in parts of the live part."""


class FeedServer:
    """Serves the day on loopback; an async context manager.

    The live part begins with `begin`; until then only the baseline can be seen.

    Args:
        day: what is told.
        live_seconds: how long the live part lasts.
        slowness: seconds that a slow server takes to answer while it is in trouble.
        clock: gives seconds that only grow; the live part goes by it.
    """

    def __init__(
        self, day: NewsDay, *, live_seconds: float, slowness: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.day = day
        self.live_seconds = live_seconds
        self.baseline_fetched = asyncio.Event()
        """Set once every feed has been given out."""
        self._slowness = slowness
        self._clock = clock
        self._appearances = schedule(day, seconds=live_seconds)
        self._outlets = {outlet.id: outlet for outlet in day.outlets}
        self._reports = {shown.report.id: shown for shown in self._appearances}
        self.opened = datetime.now(UTC)
        self._began: tuple[datetime, float] | None = None
        self._fetched: set[str] = set()
        self._runner: web.AppRunner | None = None
        self._base = ""

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.router.add_get("/{outlet}/feed", self._feed)
        application.router.add_get("/{outlet}/{report}.html", self._page)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def address(self, outlet: Outlet) -> str:
        """Give the address of an outlet's feed."""
        return f"{self._base}/{outlet.id}/feed"

    def pages(self) -> list[str]:
        """Give the address of every report's page, those still to come included."""
        return [page_address(self._base, shown.report) for shown in self._appearances]

    def begin(self) -> None:
        """Let the live part begin now."""
        self._began = (datetime.now(UTC), self._clock())

    def is_over(self) -> bool:
        """The last report of the day has appeared."""
        elapsed = self._elapsed()
        return elapsed is not None and elapsed >= self.live_seconds

    # --- answering ---------------------------------------------------------------------------------------------------

    async def _feed(self, request: web.Request) -> web.StreamResponse:
        outlet = self._outlets.get(request.match_info["outlet"])
        if outlet is None:
            raise web.HTTPNotFound
        if self._in_trouble(outlet):
            if outlet.trouble == "flaky":
                return web.Response(status=503, text="Service Unavailable\n")
            await asyncio.sleep(self._slowness)
        shown = self._shown(outlet)
        body, content_type = feed_document(outlet, shown, self._base)
        etag = hashlib.sha256(body).hexdigest()[:16]
        modified = self._modified(outlet, shown)
        headers = {"Last-Modified": format_datetime(modified, usegmt=True), "Cache-Control": "no-cache"}
        if _unchanged(request, etag, modified):
            response = web.Response(status=304, headers=headers)
        else:
            response = web.Response(body=body, headers={**headers, "Content-Type": content_type})
            response.enable_compression()
        response.etag = etag
        self._note(outlet)
        return response

    def _note(self, outlet: Outlet) -> None:
        """Remember that the outlet's feed was given out."""
        self._fetched.add(outlet.id)
        if len(self._fetched) == len(self._outlets):
            self.baseline_fetched.set()

    async def _page(self, request: web.Request) -> web.StreamResponse:
        shown = self._reports.get(request.match_info["report"])
        if shown is None or shown.report.outlet != request.match_info["outlet"]:
            raise web.HTTPNotFound
        outlet = self._outlets[shown.report.outlet]
        text = page(outlet, shown.report, self._date(shown))
        return web.Response(text=text, content_type="text/html")

    # --- the day -----------------------------------------------------------------------------------------------------

    def _elapsed(self) -> float | None:
        """Seconds of the live part so far; ``None`` before it."""
        return None if self._began is None else self._clock() - self._began[1]

    def _in_trouble(self, outlet: Outlet) -> bool:
        begins, ends = _TROUBLE.get(outlet.trouble, (0.0, 0.0))
        elapsed = self._elapsed()
        return elapsed is not None and begins <= elapsed / self.live_seconds < ends

    def _shown(self, outlet: Outlet) -> list[tuple[Dispatch, datetime]]:
        """Give what the outlet's feed holds now with its dates, newest first."""
        elapsed = self._elapsed()
        seen = visible(self._appearances, elapsed)
        return [
            (shown.reads(elapsed), self._date(shown)) for shown in reversed(seen) if shown.report.outlet == outlet.id
        ]

    def _modified(self, outlet: Outlet, shown: Sequence[tuple[Dispatch, datetime]]) -> datetime:
        """Give when what the outlet's feed holds changed last: by a new report, or by an edit of one."""
        changed = [shown[0][1] if shown else self.opened.replace(microsecond=0)]
        elapsed = self._elapsed()
        if elapsed is not None and self._began is not None:
            own = (each for each in self._appearances if each.report.outlet == outlet.id)
            edits = [each.edited for each in own if each.edited is not None and each.edited <= elapsed]
            changed += [(self._began[0] + timedelta(seconds=edit)).replace(microsecond=0) for edit in edits]
        return max(changed)

    def _date(self, shown: _Appearance) -> datetime:
        """Give a report's date: the baseline counts back from when the server opened, the rest from the live part."""
        if shown.after is None or self._began is None:
            return shown.published(self.opened)
        return shown.published(self._began[0])


def _unchanged(request: web.Request, etag: str, modified: datetime) -> bool:
    """Judge the request's validators; a tag goes before a date."""
    tags = request.if_none_match
    if tags is not None:
        return any(tag.value in (etag, "*") for tag in tags)
    since = request.if_modified_since
    return since is not None and modified <= since


@dataclass(frozen=True, slots=True)
class _Appearance:
    """A report and when it appears."""

    report: Dispatch
    after: float | None
    """Seconds of the live part; ``None`` for the baseline, which stands in the feeds from the start."""
    earlier: timedelta = timedelta(0)
    """How long before the start a report of the baseline was published."""
    edited: float | None = None
    """Seconds of the live part after which its headline is another one."""

    def reads(self, elapsed: float | None) -> Dispatch:
        """Give the report as its feed has it ``elapsed`` seconds into the live part."""
        edit = self.report.edit
        if edit is None or self.edited is None or elapsed is None or elapsed < self.edited:
            return self.report
        return replace(self.report, title=edit.title)

    def published(self, start: datetime) -> datetime:
        """Give its date, to the second, where the live part begins at ``start``: never in the future once it shows."""
        moment = start - self.earlier if self.after is None else start + timedelta(seconds=self.after)
        return moment.replace(microsecond=0)


def schedule(day: NewsDay, *, seconds: float) -> tuple[_Appearance, ...]:
    """Spread the day's reports: its baseline at once, the others over ``seconds`` as the day spread them."""
    first, rest = day.reports[: day.baseline], day.reports[day.baseline :]
    opening = minute_of(rest[0].at) if rest else 0
    span = max(1, minute_of(rest[-1].at) - opening) if rest else 1

    def after(minute: int) -> float:
        return (minute - opening) / span * seconds

    def edited(report: Dispatch) -> float | None:
        return after(minute_of(report.edit.at)) if report.edit else None

    shown = [
        _Appearance(report, None, timedelta(minutes=opening - minute_of(report.at)), edited(report)) for report in first
    ]
    shown += [_Appearance(report, after(minute_of(report.at)), edited=edited(report)) for report in rest]
    return tuple(shown)


def visible(appearances: Sequence[_Appearance], elapsed: float | None) -> tuple[_Appearance, ...]:
    """Give what can be seen ``elapsed`` seconds into the live part; before it (``None``) only the baseline."""
    return tuple(
        shown for shown in appearances if shown.after is None or (elapsed is not None and shown.after <= elapsed)
    )
