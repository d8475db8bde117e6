"""Heads of answers are read as browsers read them: long ones, and with lines that are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.net.fetch import Fetched, Fetcher
from digest.net.heads import well_formed
from tests.fakes.raw_server import serving
from tests.net.test_fetch import LIMITS, fetch_error

OK = b"HTTP/1.1 200 OK\r\n"
LENGTH = b"Content-Length: 6\r\n"
END = b"\r\n<rss/>"
READ = {
    "one long header": OK + b"Content-Security-Policy: " + b"a" * 8_500 + b"\r\n" + LENGTH + END,
    "200 KB of one header": OK + b"X-Long: " + b"a" * 200_000 + b"\r\n" + LENGTH + END,
    "200 KB of many headers": OK + b"Set-Cookie: a=b; Path=/\r\n" * 8_000 + LENGTH + END,
    "a long reason": b"HTTP/1.1 200 " + b"a" * 9_000 + b"\r\n" + LENGTH + END,
    "no reason": b"HTTP/1.1 200\r\n" + LENGTH + END,
    "another version": b"HTTP/2 200\r\n" + LENGTH + END,
    "an old version": b"HTTP/1.0 200 OK\r\n" + END,
    "line feeds alone": (OK + LENGTH).replace(b"\r", b"") + b"\n<rss/>",
    "an empty line before": b"\r\n" + OK + LENGTH + END,
    "answers before the answer": b"HTTP/1.1 100 \r\n\r\nHTTP/1.1 103 Early\r\nLink: </>\r\n\r\n" + OK + LENGTH + END,
    "a line without a colon": OK + b"Nonsense\r\n" + LENGTH + END,
    "a space before the colon": OK + b"Content-Length : 6\r\n" + END,
    "a name with a space": OK + b"X A: b\r\n" + LENGTH + END,
    "a folded line": OK + b"X-A: b\r\n  c\r\n" + LENGTH + END,
    "controls in a value": OK + b"X-A: \0\x01\x7f\r\n" + LENGTH + END,
    "bytes of no encoding": OK + b"X-\xe9: a\r\nX-A: \xff\r\n" + LENGTH + END,
    "the length twice": OK + LENGTH * 2 + END,
    "the length twice in one line": OK + b"Content-Length: 6, 6\r\n" + END,
    "two lengths": OK + LENGTH + b"Content-Length: 7\r\n" + END,
    "no length": OK + b"Content-Length:\r\n" + END,
    "a length with a sign": OK + b"Content-Length: +6\r\n" + END,
    "a length beside chunks": OK + b"Content-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n<rss/>\r\n0\r\n\r\n",
    "more than the length": OK + LENGTH + END + b"\r\nand more, which is no answer",
}  # fmt: skip


@pytest.mark.parametrize("there", READ.values(), ids=READ)
async def test_what_is_odd_about_a_head_costs_no_more_than_itself(there: bytes) -> None:
    """Long, twice, or malformed: the document is there."""
    async with serving({"/": there}) as server, Fetcher(LIMITS) as fetcher:
        found = await fetcher.fetch(server.url())
    assert isinstance(found, Fetched)
    assert found.body == b"<rss/>"


@pytest.mark.parametrize("line", [b"X-A: %s\r\n" % (b"a" * 300_000), b"X-A: b\r\n" * 50_000, b"a" * 300_000])
async def test_heads_beyond_256_kb_are_refused(line: bytes) -> None:
    """However they come together."""
    async with serving({"/": OK + line + LENGTH + END}) as server:
        assert str(await fetch_error(server.url())) == "the server's answer has more than 256 KB of headers"


@given(
    st.lists(
        st.sampled_from(
            [
                OK,
                LENGTH,
                b"\r\n",
                b"\n",
                b":",
                b" ",
                b"a",
                b"\0",
                b"\xff",
                b"Transfer-Encoding: chunked\r\n",
                b"HTTP/1.1 200",
            ]
        )
    ).map(b"".join)
)
def test_any_head_becomes_one_that_stays_as_it_is(head: bytes) -> None:
    """What is no head at all stays, for the parser to refuse."""
    once = well_formed(head + b"\r\n\r\n")
    assert well_formed(once) == once or not once.startswith(b"HTTP/1.")
