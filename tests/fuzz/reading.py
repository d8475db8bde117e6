"""A document on the way of a feed, and what must hold of whatever comes out."""

from __future__ import annotations

import re
import resource
import time
from datetime import UTC, datetime
from typing import Final

from digest.engine.polling.facts import Source, entry_facts, feed_title
from digest.errors import FetchError, ParseError
from digest.feeds.encoding import to_utf8, unknown_encoding
from digest.feeds.identity import KnownIdentities
from digest.feeds.unseen import open_document
from digest.match import RuleSet
from digest.net.decode import unpacked
from digest.text import clean_line

NOW: Final = datetime(2026, 11, 30, 12, tzinfo=UTC)
_CAP: Final = 2_000_000
_CPU: Final = 5.0
"""Seconds that a child has for a document."""
_MEMORY: Final = 400
"""MB that one document may add to what the process ever took."""
_CONTROL: Final = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Failed(Exception):  # noqa: N818 - it is a finding
    """Something does not hold that must; says what."""


async def read_document(body: bytes, content_type: str = "") -> int:
    """Read a document as a poll does; how many entries were found.

    Raises:
        Failed: it took too long or too much, or something came out that may not.
    """
    began, before = time.process_time(), _memory()
    found = 0
    try:
        body = await unpacked(body, "", _CAP)
        _check(unknown_encoding(body, content_type), "what is told of the encoding")
        if to_utf8(to_utf8(body, content_type)) != to_utf8(body, content_type):
            raise Failed("UTF-8 is not read as itself")
        document = open_document(body, content_type=content_type, url="https://feed.test/rss", now=NOW)
        unseen = document.unseen(KnownIdentities.of(()), 200)
        _check(feed_title(unseen.feed.title), "a feed's title")
        for entry, identity in unseen.new:
            found += 1
            facts = entry_facts(entry, identity, Source("A feed"), RuleSet(()))
            text = facts.text
            for what in (text.title, text.author, text.lang, *text.tags):
                if what != clean_line(what):
                    raise Failed("a line is not clean")
            for what in (text.summary, text.content, facts.folded):
                _check(what, "a text")
            _check(facts.url, "a link")
            if facts.url and not re.match(r"https?://", facts.url):
                raise Failed("a link leads elsewhere than to the web")
    except (FetchError, ParseError) as error:
        _check(str(error), "an error")
    if time.process_time() - began > _CPU:
        raise Failed(f"it took more than {_CPU:g} s of computing")
    if _memory() - before > _MEMORY:
        raise Failed(f"it took more than {_MEMORY} MB")
    return found


def _check(text: str, what: str) -> None:
    if _CONTROL.search(text):
        raise Failed(f"{what} holds a control character")


def _memory() -> int:
    """The most that this process ever took, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
