"""Parser children: all work on hostile documents is done in processes that may die of it.

::

    turn ─▶ fetch ─▶ read ─▶ a free place ─▶ an idle child, or a new one ─▶ question ─▶ answers ─▶ DocumentFacts
      │                                            │                           └ it died, or took too long: killed
      └ a feed whose documents are costly waits    └ started when first needed, when those at work take long,
        here, behind the other costly ones           and again after each death

What a feed's documents cost is remembered, and whoever costs much waits as if it had come later. There are two lanes.
In the quick lane a document is read for a third of a second of CPU at most, and a place is kept for feeds of which it
is known that they take less. One that takes more goes to the slow lane, which has one place, all the time that a
document may take, and children that give way to all others; so do the feed's later ones, until they have been cheap for
a while. However many feeds cost as much as they may, those that cost little hardly wait for them.

Pages of articles have a lane of their own: what reads them needs a library that no feed needs, and a child that has it
is kept for the next page.

A child is a fresh interpreter: it inherits no socket, no lock and no secret, is in no terminal's process group, and
ends with its standard input, so also when the engine is killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import json
import logging
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

import digest
from digest.engine.polling.parser_frames import (
    LENGTHS,
    OUT_OF_MEMORY,
    edit_of,
    entry_of,
    kept_row,
    pack,
    page_of,
    text_row,
    unpack_identities,
)
from digest.errors import ParseError
from digest.values.news import DocumentFacts
from digest.values.settings import reading_row
from digest.values.states import hints_of

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Sequence
    from types import TracebackType

    from digest.engine.polling.parser_frames import PackedRules, PageQuestion
    from digest.values.news import KeptEntry, NewEntry, PageFacts
    from digest.values.settings import Reading

_PROGRAM: Final = ("-P", "-W", "ignore", "-m", "digest.engine.polling.parser_child")
"""Without the current folder on its path: what happens to lie there is never imported."""
_PASSED_ON: Final = (
    "PATH",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LD_LIBRARY_PATH",
    "TMPDIR",
    "TZ",
    "SYSTEMROOT",
    "VIRTUAL_ENV",
)
"""Of the environment: what a Python needs to start. The rest may hold secrets."""
_LARGEST_ANSWER: Final = 64 << 20
"""Bytes of one frame; those of a child in its right mind stay far below it."""
_DYING_SECONDS: Final = 5
"""How long a process may take from closing its pipes to its end."""
_KEPT_UP_TO: Final = 4 << 20
"""Bytes; a larger document leaves a swollen child behind, which is ended rather than kept."""
_TURNS: Final = 4
"""Costly feeds that are fetched at once: so many of their documents wait to be read, and slow servers hold up few."""
_REMEMBERED: Final = 0.7
"""What is left, after each further document, of what a feed has cost: a costly one must be cheap for a while."""
_WAITS_FOR: Final = 20
"""Seconds by which a feed counts as come later, for each second of CPU that it costs; so none waits for ever."""
_NICENESS: Final = 10
"""How much the children of the slow lane give way."""
_PAGES: Final = 2
"""Pages that are read at once: one that costs as much as it may holds up no message behind it."""


_LONGEST_FAULT: Final = 4_000
"""Characters of a traceback that are logged."""

_log = logging.getLogger(__name__)

_Answer = TypeVar("_Answer")


class CostlyError(ParseError):
    """A document takes more than the quick lane gives: it is to be read in its feed's turn of the slow one."""


@dataclass(frozen=True, slots=True)
class Question:
    """A document to be read, and what its entries are to carry."""

    body: bytes = field(repr=False)
    """Decompressed."""
    content_type: str
    """The header that came with it, or ""."""
    url: str
    """Where it came from; relative links start there."""
    known_hashes: bytes = field(default=b"", repr=False)
    """``entry_hashes`` of the feed's previous document."""
    name: str = ""
    """The user's for the feed; without it the feed's own title is what its entries carry."""
    fallback: str = ""
    """Where it has no title either."""
    lang: str = ""
    tags: tuple[str, ...] = ()
    tier: str = ""
    most: int = 2_000
    """New entries that may come of it."""
    reading: Reading | None = None
    """How it is read if it is no feed."""
    told: bool = True
    """Whether somebody may be told of what rules find in it."""


async def _nothing_known(asked: bytes) -> bytes:
    """What a store without entries says."""
    del asked
    return b""


async def _nothing_kept(asked: bytes) -> Sequence[KeptEntry]:
    """What a store without matches says."""
    del asked
    return ()


@dataclass(frozen=True, slots=True)
class StoreAnswers:
    """What a child may ask of the store while it reads a document."""

    known: Callable[[bytes], Awaitable[bytes]] = _nothing_known
    """Which of some packed identities the store holds, packed likewise ..."""
    kept: Callable[[bytes], Awaitable[Sequence[KeptEntry]]] = _nothing_kept
    """... and what the entries of packed identities said, of those that matched."""


class ParserPool:
    """Reads documents; an asynchronous context manager.

    Args:
        size: documents that are read at once in the quick lane; one more of a feed that is known to be cheap.
        cpu_seconds: of CPU time that one document may cost.
        quick_seconds: of CPU time after which it is costly.
        memory_mb: megabytes of memory that a document may take.
        wall_seconds: by the clock, which counts while others hold the cores too.
        starts_within: seconds after which a child that does not get ready is given up.
        start_seconds: for which a document waits for a child that is at work before one more is started; about what
            that costs.
    """

    def __init__(  # noqa: PLR0913 - each of the limits is one of its own
        self,
        size: int = 2,
        *,
        cpu_seconds: float = 5,
        quick_seconds: float = 0.3,
        memory_mb: int = 512,
        wall_seconds: float = 60,
        start_seconds: float = 0.3,
        starts_within: float = 60,
    ) -> None:
        limits = _Limits(cpu_seconds, memory_mb, start_seconds, starts_within)
        quick = replace(limits, cpu_seconds=min(quick_seconds, cpu_seconds))
        self._quick = _Lane(_FairSemaphore(size + 1, kept=1), quick)
        self._slow = _Lane(_FairSemaphore(1), limits, niceness=_NICENESS)
        self._pages = _Lane(_FairSemaphore(_PAGES), limits)
        self._turns = _FairSemaphore(_TURNS)
        self._costs: dict[Hashable, float] = {}  # seconds of CPU by feed: the last ones', the latest most of all
        self._wall_seconds = wall_seconds

    async def __aenter__(self) -> Self:
        """Starts nothing yet."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends every child, also one that is at work."""
        del kind, error, trace
        await asyncio.gather(self._quick.end(), self._slow.end(), self._pages.end())

    @contextlib.asynccontextmanager
    async def turn(self, feed: Hashable) -> AsyncIterator[None]:
        """Wait for the turn of a feed before its document is fetched; a feed that is not costly has it at once.

        So costly feeds keep no place of a request, and no document in memory, while they wait for each other.
        """
        if not self._is_costly(feed):
            yield
            return
        async with self._turns.hold(self._costs[feed]):
            yield

    async def read(
        self,
        feed: Hashable,
        question: Question,
        rules: PackedRules | None = None,
        store: StoreAnswers = StoreAnswers(),
    ) -> DocumentFacts:
        """What a document brings; dates in the future are dropped. Within the feed's `turn`.

        Args:
            feed: whose document it is, as in `turn`.
            question: the document.
            rules: to match by; none, without.
            store: what the store says when it is asked.

        Raises:
            CostlyError: the feed counts as costly from now on: read the document in its next turn.
            ParseError: this is no feed, or one that cannot be read, or not at a bearable cost.
        """
        lane = self._slow if self._is_costly(feed) else self._quick
        try:
            answer, cost = await self._read_in(
                lane,
                self._costs.get(feed),
                len(question.body),
                lambda child: child.read(question, rules, store, lane.cpu_seconds),
            )
        except _ChildDiedError as error:
            self._note(feed, lane.cpu_seconds)
            if error.of_computing and lane.cpu_seconds < self._slow.cpu_seconds:
                raise CostlyError(str(error)) from None
            raise
        self._note(feed, cost)
        if isinstance(answer, ParseError):
            raise answer
        return answer

    async def read_page(self, question: PageQuestion, rules: PackedRules | None = None) -> PageFacts:
        """What the page of an article says.

        Args:
            question: the page.
            rules: to match by; none, without.

        Raises:
            ParseError: it cannot be read, or not at a bearable cost.
        """
        lane = self._pages
        answer, _ = await self._read_in(
            lane, 0.0, len(question.body), lambda child: child.read_page(question, rules, lane.cpu_seconds)
        )
        if isinstance(answer, ParseError):
            raise answer
        return answer

    def unchanged(self, feed: Hashable) -> None:
        """A feed's document was the same again, and cost nothing."""
        if feed in self._costs:
            self._note(feed, 0.0)

    def _note(self, feed: Hashable, cost: float) -> None:
        """What a feed's latest document cost, in seconds of CPU."""
        self._costs[feed] = max(cost, self._costs.get(feed, 0.0) * _REMEMBERED)

    def _is_costly(self, feed: Hashable) -> bool:
        """Whether a feed's documents have lately cost more than the quick lane gives."""
        return self._costs.get(feed, 0.0) >= self._quick.cpu_seconds

    async def _read_in(
        self, lane: _Lane, expected: float | None, size: int, read: Callable[[_Child], Awaitable[_Answer]]
    ) -> _Answer:
        """What a child of a lane says of a document or page of so many bytes."""
        async with lane.places.hold(expected), lane.child(kept=size <= _KEPT_UP_TO) as child:
            try:
                async with asyncio.timeout(self._wall_seconds):
                    return await read(child)
            except TimeoutError:
                raise _ChildDiedError(f"reading it took longer than {self._wall_seconds:g} seconds") from None
            except (asyncio.IncompleteReadError, ConnectionError):
                raise lane.cause(await child.died()) from None


class _ChildDiedError(ParseError):
    """A child ended of a document, or had to be ended.

    Args:
        of_computing: of its limit of CPU time.
    """

    def __init__(self, message: str, *, of_computing: bool = False) -> None:
        super().__init__(message)
        self.of_computing = of_computing


class _FairSemaphore:
    """Places that go to whoever came first, each counting as come later the more it is expected to cost.

    Args:
        size: places.
        kept: of these, for those whose cost is known.
    """

    def __init__(self, size: int, kept: int = 0) -> None:
        self._free = size
        self._kept = kept
        self._known: list[_Waiter] = []
        self._unknown: list[_Waiter] = []
        self._numbers = itertools.count()

    @contextlib.asynccontextmanager
    async def hold(self, cost: float | None) -> AsyncIterator[None]:
        """Hold a place for as long as the block lasts.

        Args:
            cost: seconds of CPU that the holder is expected to take; ``None`` where nobody knows.
        """
        given: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        counts_from = time.monotonic() + (cost or 0.0) * _WAITS_FOR
        heapq.heappush(self._unknown if cost is None else self._known, (counts_from, next(self._numbers), given))
        self._give()
        try:
            await given
        except asyncio.CancelledError:
            if given.done() and not given.cancelled():
                self._take_back()
            raise
        try:
            yield
        finally:
            self._take_back()

    def _take_back(self) -> None:
        self._free += 1
        self._give()

    def _give(self) -> None:
        """Give the free places to those whose turn it is."""
        while self._free:
            open_to = [self._known] if self._free <= self._kept else [self._known, self._unknown]
            first = min(filter(None, open_to), key=lambda waiting: waiting[0][:2], default=None)
            if first is None:
                return
            *_, given = heapq.heappop(first)
            if not given.done():
                given.set_result(None)
                self._free -= 1


_Waiter = tuple[float, int, "asyncio.Future[None]"]


@dataclass(frozen=True, slots=True)
class _Limits:
    """What a document may take in a lane, as `ParserPool` has it."""

    cpu_seconds: float
    memory_mb: int
    start_seconds: float
    starts_within: float


class _Lane:
    """Places for children that are alike."""

    def __init__(self, places: _FairSemaphore, limits: _Limits, *, niceness: int = 0) -> None:
        self.places = places
        self.cpu_seconds = limits.cpu_seconds
        self._memory_mb = limits.memory_mb
        self._start_seconds = limits.start_seconds
        self._starts_within = limits.starts_within
        self._niceness = niceness
        self.idle: list[_Child] = []
        self.busy: set[_Child] = set()
        self._choosing = asyncio.Lock()
        self._freed = asyncio.Event()

    @contextlib.asynccontextmanager
    async def child(self, *, kept: bool) -> AsyncIterator[_Child]:
        """A child for one document; kept for the next if that is wanted and it has said all that it had to say."""
        child = await self._free_child()
        self.busy.add(child)
        try:
            yield child
        finally:
            self.busy.discard(child)
            self._freed.set()
            if kept and child.answered:
                self.idle.append(child)
            else:
                await child.end()

    async def _free_child(self) -> _Child:
        """One that rests, or soon will; else a new one. Whoever asked first has it first."""
        async with self._choosing:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._start_seconds):
                    while self.busy and not self.idle:
                        self._freed.clear()
                        await self._freed.wait()
            while self.idle:
                child = self.idle.pop()
                if not child.ended:
                    return child
                await child.end()
            return await _Child.start(self._memory_mb, self._niceness, self._starts_within)

    async def end(self) -> None:
        """End all children."""
        children = [*self.idle, *self.busy]
        self.idle.clear()
        await asyncio.gather(*(child.end() for child in children))

    def cause(self, status: int) -> _ChildDiedError:
        """Why a child died, in words."""
        if status == OUT_OF_MEMORY:
            return _ChildDiedError(f"reading it took more than {self._memory_mb} MB of memory")
        if sys.platform != "win32" and status == -signal.SIGPROF:
            words = f"reading it took more than {self.cpu_seconds:g} seconds of computing"
            return _ChildDiedError(words, of_computing=True)
        return _ChildDiedError(f"reading it crashed the parser (status {status})")


class _Child:
    """One process and its pipes."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._rules: PackedRules | None = None
        self.answered = True
        """Whether it has said all that it had to say of the last document."""

    @classmethod
    async def start(cls, memory_mb: int, niceness: int, within: float) -> Self:
        """One that is ready: it has imported what it needs, within so many seconds.

        Raises:
            ParseError: it does not start.
        """
        # The package is found where this one was.
        home = str(Path(digest.__file__).parent.parent)
        path = os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH", ""))))
        passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *_PROGRAM,
            str(memory_mb),
            str(niceness),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env={**passed_on, "PYTHONPATH": path},
            start_new_session=True,
        )
        child = cls(process)
        try:
            async with asyncio.timeout(within):
                await child._hear()
        except BaseException as error:
            status = await child.end()
            if isinstance(error, TimeoutError):
                raise _ChildDiedError(f"the parser did not start within {within:g} seconds") from None
            if isinstance(error, asyncio.IncompleteReadError | ConnectionError):
                raise _ChildDiedError(f"the parser did not start (status {status})") from None
            raise
        return child

    @property
    def pid(self) -> int:
        """Of its process."""
        return self._process.pid

    async def read(
        self, question: Question, rules: PackedRules | None, store: StoreAnswers, cpu_seconds: float
    ) -> tuple[DocumentFacts | ParseError, float]:
        """Its answer to a document, and what that cost; IncompleteReadError or ConnectionError if it dies of it."""
        await self._begin(rules)
        words = {
            "cpu_seconds": cpu_seconds,
            "content_type": question.content_type,
            "url": question.url,
            "known_hashes": len(question.known_hashes),
            "name": question.name,
            "fallback": question.fallback,
            "lang": question.lang,
            "tags": question.tags,
            "tier": question.tier,
            "most": question.most,
            "reading": reading_row(question.reading),
            "told": question.told,
        }
        await self._say(pack(words, question.known_hashes + question.body))
        entries: dict[int, NewEntry] = {}
        while True:
            answer, raw = await self._hear()
            if "asked" in answer:
                await self._say(pack({}, await store.known(raw)))
            elif "kept" in answer:
                await self._say(pack({"kept": [kept_row(each) for each in await store.kept(raw)]}))
            elif "document" in answer:
                self.answered = True
                found = _document(answer, raw, entries)
                return found, answer["document"]["cpu_seconds"]
            elif "entries" in answer:
                entries |= _numbered(answer["entries"], raw)
            else:
                self.answered = True
                return _refused(answer, "feed"), answer["cpu_seconds"]

    async def read_page(
        self, question: PageQuestion, rules: PackedRules | None, cpu_seconds: float
    ) -> tuple[PageFacts | ParseError, float]:
        """Its answer to a page, and what that cost; errors as above."""
        await self._begin(rules)
        page = {
            "content_type": question.content_type,
            "url": question.url,
            "text": text_row(question.text),
            "found": dict(question.found),
            "before": question.before,
            "known": question.known,
        }
        await self._say(pack({"cpu_seconds": cpu_seconds, "page": page}, question.body))
        answer, _ = await self._hear()
        self.answered = True
        cost: float = answer["cpu_seconds"]
        return page_of(answer["page"]) if "page" in answer else _refused(answer, "page"), cost

    async def _begin(self, rules: PackedRules | None) -> None:
        """Tell it the rules, if they are not those that it has."""
        self.answered = False
        if rules is not None and rules is not self._rules:
            await self._say(pack({"rules": rules.lengths}, rules.pickled))
            self._rules = rules

    async def _say(self, frame: bytes) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        stdin.write(frame)
        await stdin.drain()

    async def _hear(self) -> tuple[dict[str, Any], bytes]:
        stdout = self._process.stdout
        assert stdout is not None
        text, raw = LENGTHS.unpack(await stdout.readexactly(LENGTHS.size))
        if text + raw > _LARGEST_ANSWER:
            raise _ChildDiedError("it grows beyond all measure when it is read")
        return json.loads(await stdout.readexactly(text)), await stdout.readexactly(raw)

    async def died(self) -> int:
        """The exit status of a process whose pipes closed by themselves (negative: the signal it died of).

        Such a process is left to end: ``kill`` collects one that has just ended, and what it ended of is lost.
        """
        try:
            async with asyncio.timeout(_DYING_SECONDS):
                return await self._process.wait()
        except TimeoutError:
            return await self.end()

    async def end(self) -> int:
        """Kills the process if it still runs; its exit status."""
        stdin = self._process.stdin
        assert stdin is not None
        stdin.close()
        if not self.ended:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        return await self._process.wait()

    @property
    def ended(self) -> bool:
        """True once the process is known to be dead."""
        return self._process.returncode is not None


def _refused(answer: dict[str, Any], what: str) -> ParseError:
    """Why a child read nothing of a feed's document or a page; a fault of our own goes to the log."""
    if "fault" in answer:
        _log.error("a %s could not be read, by a fault of Digest itself:\n%s", what, answer["fault"][-_LONGEST_FAULT:])
        return ParseError(f"Digest itself failed on this {what}: engine.log has the details")
    return ParseError(answer["error"])


def _numbered(rows: list[list[Any]], names: bytes) -> dict[int, NewEntry]:
    """Entries by their numbers in the document's order."""
    return {row[0]: entry_of(row[1:], identity) for row, identity in zip(rows, unpack_identities(names), strict=True)}


def _document(answer: dict[str, Any], raw: bytes, entries: dict[int, NewEntry]) -> DocumentFacts:
    """What a child said of a document, with the last of its entries."""
    about, rows = answer["document"], answer["entries"]
    names, hashes, rekeyed = itertools.accumulate(about["lengths"])
    all_of_them = entries | _numbered(rows, raw[:names])
    pairs = iter(unpack_identities(raw[hashes:rekeyed]))
    return DocumentFacts(
        title=about["title"],
        entry_hashes=raw[names:hashes],
        holds_entries=about["holds_entries"],
        entries=tuple(all_of_them[number] for number in sorted(all_of_them)),
        rekeyed=tuple(zip(pairs, pairs, strict=True)),
        rest=unpack_identities(raw[rekeyed:]),
        edits=tuple(edit_of(row) for row in answer["edits"]),
        told=about["told"],
        elsewhere=about["elsewhere"],
        hints=hints_of(about["hints"]) if about["hints"] else None,
    )
