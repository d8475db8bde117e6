"""Parser children: hostile documents are read in processes that may die of them.

::

    parse ─▶ a free place ─▶ an idle child, or a new one ─▶ frame out ─▶ frame in ─▶ ParsedDocument
                                   │                           └ it died, or took too long: killed ─▶ ParseError
                                   └ started when first needed, and again after each death

A child is a fresh interpreter: it inherits no socket and no lock, is in no terminal's process group, and ends with
its standard input, so also when the engine is killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import digest
from digest.engine.parser_child import OUT_OF_MEMORY
from digest.engine.parser_frames import LENGTHS, pack, unpack_document
from digest.errors import ParseError
from digest.feeds.unseen import ParsedDocument

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from types import TracebackType

__all__ = ["ParsedDocument", "ParserPool"]

_PROGRAM: Final = ("-P", "-W", "ignore", "-m", "digest.engine.parser_child")
"""Without the current folder on its path: what happens to lie there is never imported."""
_LARGEST_ANSWER: Final = 128 << 20
"""Bytes; a 10 MB document's own answer stays far below it."""
_DYING_SECONDS: Final = 5
"""How long a process may take from closing its pipes to its end."""
_KEPT_UP_TO: Final = 4 << 20
"""Bytes; a larger document leaves a swollen child behind, which is ended rather than kept."""


class ParserPool:
    """Reads documents in at most ``size`` children at once; an asynchronous context manager.

    Args:
        size: children.
        cpu_seconds: of CPU time that one document may cost.
        memory_mb: megabytes of memory that a child may use.
        wall_seconds: by the clock, which counts while others hold the cores too.
    """

    def __init__(self, size: int = 2, cpu_seconds: float = 5, memory_mb: int = 512, wall_seconds: float = 60) -> None:
        self._places = asyncio.Semaphore(size)
        self._cpu_seconds = cpu_seconds
        self._memory_mb = memory_mb
        self._wall_seconds = wall_seconds
        self._idle: list[_Child] = []
        self._busy: set[_Child] = set()

    async def __aenter__(self) -> Self:
        """Starts nothing yet."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends every child, also one that is at work."""
        del kind, error, trace
        children = [*self._idle, *self._busy]
        self._idle.clear()
        await asyncio.gather(*(child.end() for child in children))

    async def parse(self, body: bytes, *, content_type: str, url: str, known_hashes: bytes = b"") -> ParsedDocument:
        """What a document holds that is not known by its bytes; dates in the future are dropped.

        Args:
            body: the document, decompressed.
            content_type: the header that came with it, or "".
            url: where it came from; relative links start there.
            known_hashes: ``entry_hashes`` of the feed's previous document.

        Raises:
            ParseError: this is no feed, or one that cannot be read, or not at a bearable cost.
        """
        question = {"content_type": content_type, "url": url, "known_hashes": len(known_hashes)}
        async with self._places:
            words, raw = await self._ask(pack(question, known_hashes + body))
        if "error" in words:
            raise ParseError(words["error"])
        return unpack_document(words, raw)

    async def _ask(self, frame: bytes) -> tuple[dict[str, Any], bytes]:
        child = await self._free_child()
        self._busy.add(child)
        healthy = False
        try:
            async with asyncio.timeout(self._wall_seconds):
                answer = await child.ask(frame)
            healthy = True
        except TimeoutError:
            raise ParseError(f"reading it took longer than {self._wall_seconds:g} seconds") from None
        except (asyncio.IncompleteReadError, ConnectionError):
            raise ParseError(self._cause(await child.died())) from None
        finally:
            self._busy.discard(child)
            if healthy and len(frame) <= _KEPT_UP_TO:
                self._idle.append(child)
            else:
                await child.end()
        return answer

    async def _free_child(self) -> _Child:
        while self._idle:
            child = self._idle.pop()
            if not child.ended:
                return child
            await child.end()
        return await _Child.start(self._cpu_seconds, self._memory_mb)

    def _cause(self, status: int) -> str:
        """Why a child died, in words."""
        if status == OUT_OF_MEMORY:
            return f"reading it took more than {self._memory_mb} MB of memory"
        if sys.platform != "win32" and status == -signal.SIGXCPU:
            return f"reading it took more than {self._cpu_seconds:g} seconds of computing"
        return f"reading it crashed the parser (status {status})"


class _Child:
    """One process and its pipes."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, cpu_seconds: float, memory_mb: int) -> Self:
        # The package is found where this one was.
        home = str(Path(digest.__file__).parent.parent)
        path = os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH", ""))))
        return cls(
            await asyncio.create_subprocess_exec(
                sys.executable,
                *_PROGRAM,
                str(cpu_seconds),
                str(memory_mb),
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                env={**os.environ, "PYTHONPATH": path},
                start_new_session=True,
            )
        )

    async def ask(self, frame: bytes) -> tuple[dict[str, Any], bytes]:
        """The answer to a frame; IncompleteReadError or ConnectionError if the child dies of it."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(frame)
        await stdin.drain()
        text, raw = LENGTHS.unpack(await stdout.readexactly(LENGTHS.size))
        if text + raw > _LARGEST_ANSWER:
            raise ParseError("it grows beyond all measure when it is read")
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
