"""A parser child: reads documents and pages from standard input, one after another, until it ends.

All work on what strangers wrote is done here, from splitting the document to choosing the sentences of a summary. It
is a process of its own so that it can be killed: by the system when a document costs too much, by the engine when it
takes too long. It holds nothing that would be lost.
"""

from __future__ import annotations

import importlib
import json
import os
import pickle
import signal
import sys
import time
import traceback
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from digest.engine.polling.facts import Source, entry_edit, entry_facts, feed_title, summarised
from digest.engine.polling.parser_frames import (
    LENGTHS,
    OUT_OF_MEMORY,
    PageQuestion,
    edit_row,
    entry_row,
    kept_of,
    pack,
    pack_identities,
    page_row,
    text_of,
    unpack_identities,
)
from digest.errors import ParseError
from digest.feeds.encoding import unknown_encoding
from digest.feeds.identity import KnownIdentities
from digest.feeds.unseen import newest_first, open_document
from digest.match import RuleSet
from digest.text import clean_line
from digest.values.settings import reading_of
from digest.values.states import hints_row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from digest.feeds.unseen import Opened, Unseen
    from digest.match import Rule
    from digest.values.news import EntryEdit, Identity, ParsedFeed

_AT_ONCE: Final = 100
"""Entries in one frame at most ..."""
_AT_ONCE_CHARACTERS: Final = 500_000
"""... or so many characters of them, with those of one entry more."""
_HIT: Final = 100
"""Characters that a hit counts for."""
_MOST_KEPT: Final = 200
"""Known entries of one document that are compared with what they said."""
_MOST_BYTES: Final = 32 << 20
"""Of all entries of one document; those that there is no room for are left out."""


def main() -> None:
    """Serve until standard input ends: the engine closed it, or is dead.

    Arguments on the command line: MB of memory, and how much this process gives way to others (`os.nice`).
    """
    memory_mb, niceness = int(sys.argv[1]), int(sys.argv[2])
    for name in ("SIGINT", "SIGTERM"):
        # Ctrl-C and a service's stop go to the whole group; ending this one is the engine's business.
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    import digest.feeds.fields  # noqa: F401 -- now, so that no document pays for it

    if niceness and hasattr(os, "nice"):
        os.nice(niceness)
    _limit_memory(memory_mb)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # nothing a library prints may get between the frames
    reader = _Reader(sys.stdin.buffer, answers)
    reader.say_ready()
    while (frame := _read_frame(sys.stdin.buffer)) is not None:
        words, raw = frame
        if "rules" in words:
            _no_memory_limit()
            reader.take_rules(raw, words["rules"])
            _limit_memory(memory_mb)
            continue
        if "page" in words and "trafilatura" not in sys.modules:
            _no_memory_limit()
            import trafilatura  # noqa: F401 -- only here, and now, so that no page pays for it

            _limit_memory(memory_mb)
        _limit_cpu(words["cpu_seconds"])
        try:
            reader.read(words, raw)
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        _limit_cpu(0)


class _Reader:
    """Answers the engine's questions.

    Args:
        questions: where the engine's frames come from.
        answers: where its own go.
    """

    def __init__(self, questions: BinaryIO, answers: BinaryIO) -> None:
        self._questions = questions
        self._answers = answers
        self._rules = RuleSet(())
        self._unpickled: dict[bytes, Rule] = {}
        self._began = 0.0  # time.process_time() from which the document in hand pays

    def say_ready(self) -> None:
        """All that every document needs is imported."""
        self._say(pack({}))

    def take_rules(self, raw: bytes, lengths: list[int]) -> None:
        """Match by these rules from now on; what was made for those that stay is kept."""
        known, self._unpickled = self._unpickled, {}
        at = 0
        for length in lengths:
            pickled = raw[at : at + length]
            at += length
            self._unpickled[pickled] = known.get(pickled) or pickle.loads(pickled)  # noqa: S301 - the engine's own
        self._rules = RuleSet(tuple(self._unpickled.values()), self._rules)

    def read(self, words: dict[str, Any], raw: bytes) -> None:
        """Read one document or page, and answer."""
        self._began = time.process_time()
        try:
            (self._answer_page if "page" in words else self._answer)(words, raw)
        except ParseError as error:
            self._say(pack({"error": str(error), "cpu_seconds": time.process_time() - self._began}))
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - a fault of ours: the engine's log gets it, and the next document is read
            self._say(pack({"fault": traceback.format_exc(), "cpu_seconds": time.process_time() - self._began}))

    def _answer(self, words: dict[str, Any], raw: bytes) -> None:
        most = words["most"]
        document = _opened(words, raw)
        known = KnownIdentities.of(unpack_identities(self._ask(pack_identities(document.asked))[1]))
        unseen = document.unseen(known, most)
        title = feed_title(unseen.feed.title)
        source = Source(
            words["name"] or title or words["fallback"],
            words["lang"] or clean_line(unseen.feed.lang)[:_LONGEST_LANG],
            tuple(words["tags"]),
            words["tier"],
        )
        rest = list(unseen.rest)
        rows, names = self._say_most(unseen, source, rest, told=words["told"])
        rekeyed = pack_identities(identity for pair in unseen.rekeyed for identity in pair)
        edits = [edit_row(each) for each in self._edits(unseen, known, source)]
        about = {
            "title": title,
            "holds_entries": bool(document.entry_hashes or document.feed.entries),
            "lengths": [len(names), len(document.entry_hashes), len(rekeyed)],
            "told": _complaint(document.feed, words, raw),
            "elsewhere": document.feed.elsewhere,
            "hints": document.hints and hints_row(document.hints),
            "cpu_seconds": time.process_time() - self._began,
        }
        last = names + document.entry_hashes + rekeyed + pack_identities(rest)
        self._say(pack({"entries": rows, "document": about, "edits": edits}, last))

    def _say_most(self, unseen: Unseen, source: Source, rest: list[Identity], *, told: bool) -> tuple[list[Any], bytes]:
        """Tell the new entries, some at a time, and give the last of them; what there is no room for joins the rest.

        The newest come first, each with its number in the document's order.
        """
        room = _MOST_BYTES
        rows: list[Any] = []
        names: list[Identity] = []
        characters = 0
        for number in newest_first([entry.published for entry, _ in unseen.new]):
            entry, identity = unseen.new[number]
            if room <= 0:
                rest.append(identity)
                continue
            facts = entry_facts(entry, identity, source, self._rules, told=False)
            if told and facts.matches:
                self._load("digest.stories.summarise")
                facts = summarised(facts)
            rows.append([number, *entry_row(facts)])
            names.append(identity)
            characters += len(facts.text.summary) + len(facts.text.content) + len(facts.folded)
            characters += _HIT * sum(len(match.hits) for match, _ in facts.matches)
            if len(rows) >= _AT_ONCE or characters >= _AT_ONCE_CHARACTERS:
                frame = pack({"entries": rows}, pack_identities(names))
                room -= len(frame)
                self._say(frame)
                rows, names, characters = [], [], 0
        return rows, pack_identities(names)

    def _edits(self, unseen: Unseen, known: KnownIdentities, source: Source) -> Iterator[EntryEdit]:
        """What entries say otherwise that are known, and matched when they came; some hundreds of them at most."""
        before = {new.key: old.key for old, new in unseen.rekeyed}
        entries = {
            key: (entry, identity)
            for entry, identity in zip(unseen.feed.entries, unseen.named, strict=True)
            if (key := before.get(identity.key, identity.key)) in known.by_key
        }
        if not entries:
            return
        asked = [known.by_key[key] for key in islice(entries, _MOST_KEPT)]
        for kept in map(kept_of, self._ask(pack_identities(asked), "kept")[0]["kept"]):
            entry, identity = entries[kept.key]
            if edit := entry_edit(entry, identity, source, kept, self._rules):
                yield edit

    def _answer_page(self, words: dict[str, Any], raw: bytes) -> None:
        from digest.engine.polling.page_facts import page_facts

        asked = words["page"] | {"text": text_of(words["page"]["text"])}
        row = page_row(page_facts(PageQuestion(raw, **asked), self._rules))
        self._say(pack({"page": row, "cpu_seconds": time.process_time() - self._began}))

    def _load(self, module: str) -> None:
        """Import what few documents need; none of them pays for it."""
        if module not in sys.modules:
            began, left = time.process_time(), _limit_cpu(0)
            importlib.import_module(module)
            _limit_cpu(left)
            self._began += time.process_time() - began

    def _ask(self, names: bytes, what: str = "asked") -> tuple[dict[str, Any], bytes]:
        """What the engine's store knows of what a document's entries are known by, if there are any."""
        if not names:
            return {}, b""
        self._say(pack({what: True}, names))
        frame = _read_frame(self._questions)
        if frame is None:  # the engine is gone
            os._exit(0)
        return frame

    def _say(self, frame: bytes) -> None:
        self._answers.write(frame)
        self._answers.flush()


_LONGEST_LANG: Final = 100


def _complaint(feed: ParsedFeed, words: dict[str, Any], raw: bytes) -> str:
    """What the user should know of a document that could be read; broken XML that reads well is too common for it."""
    if words["reading"]:
        return clean_line(feed.complaint)
    return unknown_encoding(raw[words["known_hashes"] :], words["content_type"])


def _opened(words: dict[str, Any], raw: bytes) -> Opened:
    """A document, opened; where a page stands in its place that wants something of its reader, that is the error."""
    hashes = words["known_hashes"]
    try:
        return open_document(
            raw[hashes:],
            content_type=words["content_type"],
            url=words["url"],
            known_hashes=raw[:hashes],
            now=datetime.now(UTC),
            reading=reading_of(words["reading"]),
        )
    except ParseError:
        from digest.engine.polling.page_facts import obstacle  # what few documents need

        if told := obstacle(raw[hashes:], words["content_type"]):
            raise ParseError(told) from None
        raise


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

    def _no_memory_limit() -> None:
        """Nothing to be done."""

    def _limit_cpu(seconds: float) -> float:
        """Nothing to be done."""
        return seconds

else:
    import resource
    from pathlib import Path

    def _limit_memory(megabytes: int) -> None:
        """So much more address space than this process has now, and no core file when it ends badly."""
        try:
            pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        except OSError:  # no such file but on Linux
            pages = 0
        most = pages * resource.getpagesize() + (megabytes << 20)
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def _no_memory_limit() -> None:
        """As much as the system gives: the user's own rules take what they take."""
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))

    def _limit_cpu(seconds: float) -> float:
        """So many more seconds of CPU from now on, then the system ends this process; 0 for no limit.

        Returns what was left of the limit before.
        """
        return signal.setitimer(signal.ITIMER_PROF, seconds)[0]  # its signal's own effect is the end


if __name__ == "__main__":
    main()
