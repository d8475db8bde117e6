"""What the web server answers to programs: feeds of alerts and of searches, and JSON lines as on the command line.

::

    GET or HEAD? ─▶ this address, no other page? ─▶ the key, or the browser's cookie? ─▶ parameters ─▶ a thread asks
       │ 405            │ 403                          │ 401                              │ 400         the store
       └────────────────┴──────────────────────────────┴──────────────────────────────────┴── problem+json (RFC 9457)

Nothing here changes anything. Feed readers cannot send headers, so the key stands in the address; it opens these
answers alone, never the dashboard.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import html
import json
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from aiohttp import hdrs, web

from digest.answers.pages import MOST, USUAL, AnswerPage, Range
from digest.answers.syndication import Syndicated, alert_item, atom, entry_item, json_feed
from digest.engine.ground.threads import DaemonThreads
from digest.errors import BusyError, ConfigError, StoreError, UsageError
from digest.shapes import json_line
from digest.words import read_since

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from digest.answers.pages import Answers
    from digest.answers.syndication import FeedItem
    from digest.serve.doorkeeper import Doorkeeper

_log = logging.getLogger(__name__)

_AT_ONCE: Final = 2
"""Questions that the store is asked at the same time ..."""
_WAITING: Final = 16
"""... and those that may wait for that; more are told to come again."""
_USUAL_ITEMS: Final = 50
_MOST_ITEMS: Final = 200
_LINES: Final = "application/x-ndjson"
_PAGE: Final = "text/html"
_METRICS: Final = "text/plain; version=0.0.4"
_KINDS: Final = {"atom": "application/atom+xml", "json": "application/feed+json"}
_KEY: Final = "key"
_CHALLENGE: Final = {hdrs.WWW_AUTHENTICATE: 'Basic realm="Digest", charset="UTF-8"'}


@dataclass(frozen=True, slots=True)
class Content:
    """An answer before it is one of HTTP."""

    body: bytes
    kind: str
    next: str = ""
    """The id after which the next page begins."""


class RefusedError(Exception):
    """A request that gets a problem for an answer."""

    def __init__(self, status: HTTPStatus, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status, self.detail, self.more = status, detail, more
        self.headers: dict[str, str] = {}


@dataclass(slots=True)
class Parameters:
    """The parameters of a request, each taken out as it is read; what is left nobody knows."""

    left: dict[str, str]
    known: list[str] = field(default_factory=list)

    def text(self, name: str, *, needed: bool = False) -> str:
        """A text; empty without one."""
        self.known.append(name)
        found = self.left.pop(name, "").strip()
        if needed and not found:
            raise _bad(f"this needs {name}=…")
        return found

    def number(self, name: str, otherwise: int, most: int) -> int:
        """A whole number from 1 to ``most``."""
        text = self.text(name)
        if not text:
            return otherwise
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= most):
            raise _bad(f"{name} is a whole number from 1 to {most}")
        return int(text)

    def since(self) -> datetime | None:
        """A time in the past."""
        text = self.text("since")
        try:
            return read_since(text, datetime.now(UTC)) if text else None
        except ValueError as error:
            raise _bad(f"since: {error}") from None

    def span(self, *, by_number: bool = True) -> Range:
        """Which lines are wanted."""
        after, most = self.text("after"), MOST
        if by_number and after and not (after.isascii() and after.isdigit() and len(after) < 19):
            raise _bad("after is the id of the last line that you have")
        return Range(self.since(), after, self.number("limit", USUAL if by_number else most, most))

    def finish(self) -> None:
        """Refuse what nobody knows."""
        if self.left:
            known = ", ".join(self.known) or "none"
            raise _bad(f"there is no parameter {next(iter(self.left))} here; there are: {known}")


def _bad(detail: str) -> RefusedError:
    return RefusedError(HTTPStatus.BAD_REQUEST, detail)


_THREADS: Final = DaemonThreads()
"""A question that takes long holds up no end of the server."""


class Api:
    """Answers programs.

    Args:
        door: whom to let in.
        answers: what there is to say.
    """

    def __init__(self, door: Doorkeeper, answers: Answers) -> None:
        self._door, self._answers = door, answers
        self._free = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0
        self._rooms: Mapping[str, Callable[[Parameters], Callable[[], Content]]] = {
            "api/alerts": self._alerts,
            "api/search": self._search,
            "api/feeds": lambda asked: self._pages(self._answers.feeds, asked.span(by_number=False)),
            "api/rules": lambda asked: self._pages(self._answers.rules, asked.span(by_number=False)),
            "api/status": lambda _: lambda: _lines([self._answers.status()]),
            "api/story": self._story,
            "api/why": self._why,
            "api/digest": self._digest,
            "metrics": lambda _: lambda: Content(self._answers.metrics(), _METRICS),
        }

    async def answer(self, request: web.Request) -> web.Response:
        """Answer a request, whatever it is."""
        try:
            if request.method not in {hdrs.METH_GET, hdrs.METH_HEAD}:
                raise _with(RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, "nothing is changed here"), Allow="GET, HEAD")
            self._let_in(request)
            asked = Parameters({name: value for name, value in request.query.items() if name != _KEY})
            path = request.path.strip("/")
            say = self._feed(path, request, asked) if path.partition("/")[0] == "feeds" else self._room(path, asked)
            asked.finish()
            return _conditional(request, await self._ask(say))
        except RefusedError as refusal:
            return _problem(refusal)

    async def probe(self, request: web.Request) -> web.Response:
        """Whether the server answers, and whether alerts would come: a few words, for who has no key, too."""
        headers = request.headers
        if refused := self._door.refuses(headers.get(hdrs.HOST, ""), headers.get(hdrs.ORIGIN), must_say=False):
            return _problem(RefusedError(HTTPStatus.FORBIDDEN, refused))
        if request.path == "/healthz":
            return web.Response(text="ok\n")
        try:
            said = await self._ask(lambda: Content(self._answers.unready().encode(), "text/plain"))
            unready = said.body.decode()
        except RefusedError:  # its words may name what is not everybody's
            unready = "too much is asked at once, or the config cannot be read"
        if unready:
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, text=f"{unready}\n")
        return web.Response(text="ready\n")

    def _let_in(self, request: web.Request) -> None:
        headers = request.headers
        if refused := self._door.refuses(headers.get(hdrs.HOST, ""), headers.get(hdrs.ORIGIN), must_say=False):
            raise RefusedError(HTTPStatus.FORBIDDEN, refused)
        in_address, in_header = request.query.get(_KEY, ""), _credential(headers.get(hdrs.AUTHORIZATION, ""))
        if self._door.lets_read(in_address) or self._door.lets_read(in_header, token_too=True):
            return
        if self._door.knows(request.cookies.get(self._door.cookie_name)):
            return
        detail = "this needs the key that “digest serve” printed, as key=… in the address or as a password"
        raise _with(RefusedError(HTTPStatus.UNAUTHORIZED, detail), **_CHALLENGE)

    async def _ask(self, say: Callable[[], Content]) -> Content:
        """Have it said in a thread, after those who asked before."""
        if self._waiting >= _WAITING:
            refusal = RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "too much is asked at once")
            raise _with(refusal, **{hdrs.RETRY_AFTER: "5"})
        self._waiting += 1
        try:
            async with self._free:
                return await asyncio.get_running_loop().run_in_executor(_THREADS, say)
        except UsageError as error:
            raise RefusedError(HTTPStatus.NOT_FOUND, str(error)) from None
        except ConfigError as error:
            raise _wrong(error) from None
        except StoreError as error:
            refusal = RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
            raise _with(refusal, **{hdrs.RETRY_AFTER: "1" if isinstance(error, BusyError) else "60"}) from None
        finally:
            self._waiting -= 1

    # --- JSON lines ----------------------------------------------------------------------------------------------

    def _room(self, path: str, asked: Parameters) -> Callable[[], Content]:
        room = self._rooms.get(path)
        if room is None:
            there = ", ".join(f"/{name}" for name in self._rooms)
            raise RefusedError(HTTPStatus.NOT_FOUND, f"there is nothing here; there are {there} and /feeds/")
        return room(asked)

    @staticmethod
    def _pages(ask: Callable[[Range], AnswerPage], span: Range) -> Callable[[], Content]:
        def say() -> Content:
            page = ask(span)
            return _lines(page.lines, page.next)

        return say

    def _alerts(self, asked: Parameters) -> Callable[[], Content]:
        span, rule = asked.span(), asked.text("rule")
        return self._pages(lambda span: self._answers.alerts(span, rule=rule), span)

    def _search(self, asked: Parameters) -> Callable[[], Content]:
        query = asked.text("q", needed=True)
        return self._pages(lambda span: self._answers.search(query, span), asked.span())

    def _story(self, asked: Parameters) -> Callable[[], Content]:
        named = asked.text("id", needed=True)
        return lambda: _lines([self._answers.story(named)])

    def _why(self, asked: Parameters) -> Callable[[], Content]:
        entry, rule = asked.text("entry", needed=True), asked.text("rule")
        return lambda: _lines(self._answers.why(entry, rule=rule))

    def _digest(self, asked: Parameters) -> Callable[[], Content]:
        since = asked.since()
        return lambda: _lines([self._answers.digest(since)])

    # --- feeds ---------------------------------------------------------------------------------------------------

    def _feed(self, path: str, request: web.Request, asked: Parameters) -> Callable[[], Content]:
        """A feed, or the page that lists them."""
        _, _, name = path.partition("/")
        host = f"http://{request.headers[hdrs.HOST]}"
        if not name:
            return lambda: self._index(host)
        name, _, ending = name.rpartition(".")
        of, _, rule = name.partition("/")
        if ending not in _KINDS or not ((of == "rule" and rule) or (of in {"alerts", "query"} and not rule)):
            known = "/feeds/rule/ID.atom, /feeds/alerts.atom and /feeds/query.atom?q=…, each as .json, too"
            raise RefusedError(HTTPStatus.NOT_FOUND, f"there is no such feed; there are {known}")
        limit = asked.number("limit", _USUAL_ITEMS, _MOST_ITEMS)
        write = atom if ending == "atom" else json_feed
        query = asked.text("q", needed=True) if of == "query" else ""

        def say() -> Content:
            mark, title, items = self._items(query, rule, limit)
            feed = Syndicated(f"{of}:{query or rule}", title, mark, items)
            return Content(write(feed), _KINDS[ending])

        return say

    def _items(self, query: str, rule: str, limit: int) -> tuple[str, str, Sequence[FeedItem]]:
        if query:
            mark, entries = self._answers.newest_found(query, limit)
            return mark, f"Digest: {query}", [entry_item(entry) for entry in entries]
        mark, title, alerts = self._answers.newest_alerts(limit, rule=rule)
        return mark, f"Digest: {title or 'alerts'}", [alert_item(alert) for alert in alerts]

    def _index(self, host: str) -> Content:
        """The page that lists the feeds, with the key in their addresses."""
        feeds = [("All alerts", "alerts"), *((title, f"rule/{name}") for name, title in self._answers.rule_names())]
        rows = "\n".join(
            f"<li>{html.escape(title)}: "
            + ", ".join(
                f'<a href="{html.escape(host)}/feeds/{quote(name)}.{ending}?key={self._door.key}">{shown}</a>'
                for ending, shown in (("atom", "Atom"), ("json", "JSON Feed"))
            )
            for title, name in feeds
        )
        page = (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Digest: feeds</title></head><body>\n'
            "<h1>Feeds</h1>\n<p>For a feed reader on this machine. Each address holds a key: whoever has it can read"
            " alerts and entries here, and do nothing else. A search is a feed, too:"
            f" {html.escape(host)}/feeds/query.atom?q=…&amp;key=…</p>\n<ul>\n{rows}\n</ul></body></html>\n"
        )
        return Content(page.encode(errors="replace"), _PAGE)


def _lines(lines: Sequence[Mapping[str, Any]], after: str = "") -> Content:
    return Content("".join(f"{json_line(line)}\n" for line in lines).encode(), _LINES, next=after)


def _credential(authorization: str) -> str:
    """The secret of a header: a bearer's token, or the password of any user."""
    kind, _, value = authorization.partition(" ")
    if kind.lower() == "bearer":
        return value.strip()
    try:
        return base64.b64decode(value).decode().partition(":")[2]
    except ValueError:
        return ""


def _conditional(request: web.Request, said: Content) -> web.Response:
    """The answer, or 304 where the asker has it already.

    By its tag alone: a time would tell nothing of what came in the same second, was corrected, or is found no more.
    """
    etag = hashlib.blake2b(said.body, digest_size=16).hexdigest()
    keeps = "no-store" if said.kind == _PAGE else "private, no-cache"  # the page holds the key
    headers = {hdrs.ETAG: f'"{etag}"', hdrs.CACHE_CONTROL: keeps}
    same = any(each.value in {etag, "*"} for each in request.if_none_match or ())
    if said.next:
        query = urlencode({**{k: v for k, v in request.query.items() if k not in {_KEY, "since"}}, "after": said.next})
        headers[hdrs.LINK] = f'<{quote(request.path)}?{query}>; rel="next"'
    answer = web.Response(status=304, headers=headers) if same else web.Response(body=said.body, headers=headers)
    if not same:
        answer.headers[hdrs.CONTENT_TYPE] = f"{said.kind}; charset=utf-8"
    return answer


def _with(refusal: RefusedError, **headers: str) -> RefusedError:
    refusal.headers |= headers
    return refusal


def _wrong(error: ConfigError) -> RefusedError:
    """What is wrong with a query, at its place; or with the config."""
    problem = error.problems[0]
    if problem.path != "<query>":
        _log.warning("the config cannot be read: %s", error)
        return RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "the config cannot be read: digest check says why")
    return RefusedError(
        HTTPStatus.BAD_REQUEST, problem.message, parameter="q", line=problem.line, column=problem.column
    )


def failed() -> web.Response:
    """The answer where something went wrong that nobody foresaw."""
    return _problem(RefusedError(HTTPStatus.INTERNAL_SERVER_ERROR, "something went wrong; the terminal has more"))


def _problem(refusal: RefusedError) -> web.Response:
    """RFC 9457."""
    said = {"type": "about:blank", "title": refusal.status.phrase, "status": refusal.status.value}
    body = json.dumps(said | {"detail": refusal.detail} | refusal.more)
    headers = {**refusal.headers, hdrs.CACHE_CONTROL: "no-store"}
    return web.Response(status=refusal.status, text=body, content_type="application/problem+json", headers=headers)
