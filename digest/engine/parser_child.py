"""A parser child: reads documents from standard input, one after another, until it ends.

It is a process of its own so that it can be killed: by the system when a document costs too much, by the engine when
it takes too long. It holds nothing that would be lost.
"""

from __future__ import annotations

import json
import math
import os
import signal
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from digest.engine.parser_frames import LENGTHS, pack, pack_document
from digest.errors import ParseError
from digest.feeds.unseen import parse_unseen

if TYPE_CHECKING:
    from typing import BinaryIO

OUT_OF_MEMORY: Final = 3
"""Exit status of a child whose document needed more memory than it may have."""


def main() -> None:
    """Serve until standard input ends: the engine closed it, or is dead.

    Arguments on the command line: seconds of CPU for one document, MB of memory.
    """
    cpu_seconds, memory_mb = float(sys.argv[1]), int(sys.argv[2])
    for name in ("SIGINT", "SIGTERM"):
        # Ctrl-C and a service's stop go to the whole group; ending this one is the engine's business.
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    import feedparser  # noqa: F401 -- now, so that no document pays for it

    _limit_memory(memory_mb)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # nothing a library prints may get between the frames
    while (frame := _read_frame(sys.stdin.buffer)) is not None:
        _limit_cpu(cpu_seconds)
        try:
            answer = _answer(*frame)
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        answers.write(answer)
        answers.flush()


def _answer(words: dict[str, Any], raw: bytes) -> bytes:
    hashes = words["known_hashes"]
    try:
        document = parse_unseen(
            raw[hashes:],
            content_type=words["content_type"],
            url=words["url"],
            known_hashes=raw[:hashes],
            now=datetime.now(UTC),
        )
    except ParseError as error:
        return pack({"error": str(error)}, b"")
    return pack_document(document)


def _read_frame(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    lengths = stream.read(LENGTHS.size)
    if len(lengths) < LENGTHS.size:
        return None
    text, raw = LENGTHS.unpack(lengths)
    words = stream.read(text)
    body = stream.read(raw)
    return (json.loads(words), body) if len(body) == raw else None


if sys.platform == "win32":  # no such limits there: the engine's watchdog is alone

    def _limit_memory(megabytes: int) -> None:
        """Nothing to be done."""

    def _limit_cpu(seconds: float) -> None:
        """Nothing to be done."""

else:
    import resource

    def _limit_memory(megabytes: int) -> None:
        """No more address space than this, and no core file when it ends badly."""
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def _limit_cpu(seconds: float) -> None:
        """So many more seconds of CPU from now on, then the system ends this process; whole seconds, rounded up."""
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        soft = math.ceil(time.process_time() + seconds)
        resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


if __name__ == "__main__":
    main()
