"""Each kind of hostile feed ends within its limit, in a plain sentence, and reaches nothing inside the house."""

from __future__ import annotations

import re
import socket
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.errors import FetchError
from digest.net.fetch import Fetcher, Limits
from digest.net.resolve import CheckedResolver
from digest.text import clean_block, clean_line
from digest.values.settings import FeedAccess
from tests.fakes.raw_server import answer, serving
from tests.soak.strangers_documents import (
    brotli_bomb,
    comments,
    controls,
    laughing_entities,
    lying_encodings,
    nested_tags,
    outside_entities,
    small_bomb,
    web_page,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.conftest import Polls

# A document, and what is said of it; "" where it is read.
DOCUMENTS: dict[str, tuple[Callable[[int], bytes], str]] = {
    "tags within tags": (nested_tags, "|reading it took more than 3 seconds of computing"),
    "comments": (comments, ""),
    "entities of entities": (laughing_entities, ""),
    "entities of files": (outside_entities, ""),
    "a web page": (web_page, "this is a web page, not a feed"),
    "controls": (controls, ""),
    "lying encodings": (lying_encodings, ""),
    "a bomb in a bomb": (small_bomb, "the document is larger than 10MB"),
    "a bomb unasked for": (brotli_bomb, "the document is larger than 10MB"),
    "an error in JSON": (lambda turn: b'{"error": "no such feed: %d"}' % turn, "this is JSON, but not a JSON Feed"),
    "nothing": (lambda turn: b" " * turn, "the document is empty"),
}  # fmt: skip
_LIMIT = 20.0
"""Seconds for one, of which its child has 3 of computing; on a machine that others use, too."""


@pytest.mark.parametrize(("document", "words"), DOCUMENTS.values(), ids=DOCUMENTS)
async def test_a_hostile_document_ends_within_its_limit(
    polls: Polls, document: Callable[[int], bytes], words: str
) -> None:
    """It is read, or the feed says why not; and what is stored of it holds nothing that a terminal obeys."""
    async with serving({}) as server:
        for turn in (1, 2):
            server.answers["/"] = answer(200, document(turn))
            began = time.monotonic()
            result = await polls.poll(server.url())
            assert time.monotonic() - began < _LIMIT
    feed = polls.feed(server.url())
    assert feed.last_error == clean_line(feed.last_error)
    assert "Digest itself" not in feed.last_error
    assert re.fullmatch(words if words.startswith("|") else f"{words}.*" if words else "", feed.last_error)
    assert result.update.ok is not bool(feed.last_error)
    for entry in polls.tools.store.reads.entries():
        assert entry.text.title == clean_line(entry.text.title)
        assert entry.text.summary == clean_block(entry.text.summary)
        assert not re.search(r"root:|localhost", f"{entry.text.title}{entry.text.summary}")


CLOSED = Limits(timedelta(seconds=5), 100_000)
INSIDE = ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]"]
INSIDE += ["[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "127。0。0。1", "１２７.0.0.1", "0.0.0.0", "[::]"]
INSIDE += ["169.254.169.254", "10.0.0.1", "[fe80::1]", "[fd00::1]"]


@pytest.mark.parametrize("host", INSIDE)
async def test_no_address_leads_into_the_house_however_it_is_written(host: str) -> None:
    """Neither the user's own, nor one that a server outside redirects to; nothing is connected to."""
    async with serving({"/inside": answer(200, b"secret")}) as inside, Fetcher(CLOSED) as fetcher:
        url = f"http://{host}:{inside.port}/inside"
        with pytest.raises(FetchError, match=r"poll\.private_hosts|no such host"):
            await fetcher.fetch(url)
        there = {"http://outside.test/": answer(302, Location=url.encode().decode("latin-1"))}
        async with serving(there) as proxy:  # stands for a server outside
            access = FeedAccess(proxy=f"http://127.0.0.1:{proxy.port}")
            with pytest.raises(FetchError, match=r"poll\.private_hosts|no such host"):
                await fetcher.fetch("http://outside.test/", access=access)
        assert (len(proxy.asked), inside.asked) == (1, [])


async def test_a_name_that_changes_its_address_leads_nowhere_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is connected to is what was checked; of several addresses those inside are left out."""
    answers = iter([["93.184.216.34"], ["93.184.216.34", "10.0.0.1", "127.0.0.1"], ["127.0.0.1"]])

    def look_up(host: str, port: int, *_: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in next(answers)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    resolver = CheckedResolver(private_hosts=False)
    for _ in range(2):
        assert [each["host"] for each in await resolver.resolve("rebinding.test", 80)] == ["93.184.216.34"]
    with pytest.raises(FetchError, match=r"“rebinding\.test” is this machine itself"):
        await resolver.resolve("rebinding.test", 80)
