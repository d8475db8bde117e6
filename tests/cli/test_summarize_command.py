"""``digest summarize``: a page or a text in two of its own sentences."""

from __future__ import annotations

import http.server
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Desk

TITLE = "Oslo and Damascus agree to reopen the embassy in January"
FIRST = "Norway has announced plans to reopen its embassy in Damascus, which has been shut for thirteen long years."
SECOND = "On Tuesday an official stated that the reopening of the embassy in Damascus would cost two million crowns."
LAST = "Pyongyang, which has kept a mission in the city since 1966, did not comment on the news when it was asked."
TEXT = (
    f"Ferries cut\nBand sets record\n{TITLE}\n\n{FIRST}\n{SECOND}\nSubscribe to our newsletter\n{LAST}\n\nMost read\n"
)
PAGE = (
    f"<!doctype html><html><head><title>{TITLE}</title></head><body><nav><a href='/'>Home</a></nav>"
    f"<article><h1>{TITLE}</h1><p>{FIRST}</p><p>{SECOND}</p><p>{LAST}</p></article></body></html>"
)
CHALLENGE = "<html><head><title>Just a moment...</title></head><body><p>Verify you are human.</p></body></html>"


@contextmanager
def serving(body: str, kind: str = "text/html; charset=utf-8") -> Iterator[str]:
    """A server on loopback that gives one document; its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
            del format, args

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/news/1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("arguments", [[], ["--title", TITLE]], ids=["title-unknown", "title-known"])
def test_a_text_is_told_in_two_of_its_sentences(empty_desk: Desk, arguments: list[str]) -> None:
    """From a file, without any config: the article without what surrounds it, and two sentences of it."""
    empty_desk.write("page.txt", TEXT)
    done = empty_desk.run("summarize", "page.txt", "--json", *arguments)
    assert done.code == 0
    assert done.lines == [
        {
            "title": TITLE if arguments else done.lines[0]["title"],
            "text": f"{FIRST}\n{SECOND}\n{LAST}",
            "summary": [FIRST, SECOND],
            "method": "text",
        }
    ]


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
@pytest.mark.parametrize("said", ["", '<meta charset="utf-16">'], ids=["", "said"])
def test_a_page_that_its_first_bytes_tell_how_to_read(empty_desk: Desk, codec: str, said: str) -> None:
    """Whatever its markup says beside: an editor may have saved it so, with or without a byte order mark."""
    page = PAGE.replace("<title>", f"{said}<title>").replace("Norway", "Norvège")
    (empty_desk.folder / "page.html").write_bytes(page.encode(codec))
    [answer] = empty_desk.run("summarize", "page.html", "--json").lines
    assert (answer["method"], answer["title"]) == ("page", TITLE)
    assert answer["summary"] == [FIRST.replace("Norway", "Norvège"), SECOND]


def test_a_query_shows_its_term(empty_desk: Desk) -> None:
    """A sentence with what the query matches is among the two; one that matches nothing is told of."""
    [answer] = empty_desk.run("summarize", "-", "--query", "Pyongyang OR 평양", "--json", stdin=TEXT).lines
    assert answer["summary"] == [FIRST, LAST]
    done = empty_desk.run("summarize", "-", "--query", "Reykjavik", stdin=TEXT)
    assert (done.code, "does not match" in done.err, FIRST in done.out) == (0, True, True)
    assert empty_desk.run("summarize", "-", "--query", "a AND", stdin=TEXT).code == 2


def test_a_page_is_fetched_with_the_guards_of_feeds(desk: Desk, empty_desk: Desk) -> None:
    """An address is asked as a feed is: loopback only where the config allows private hosts."""
    with serving(PAGE) as url:
        [answer] = desk.run("summarize", url, "--json").lines
        assert (answer["title"], answer["method"]) == (TITLE, "page")
        assert answer["text"] == f"{FIRST}\n{SECOND}\n{LAST}"
        desk.write("config.toml", "")
        done = empty_desk.run("summarize", url)
    assert (done.code, done.out) == (1, "")
    assert "private_hosts" in done.err


@pytest.mark.parametrize(
    ("body", "kind", "told"),
    [(CHALLENGE, "text/html", "a browser with a person before it"), ("GIF89a", "image/gif", "leads to no page")],
)
def test_what_is_no_article_is_told(desk: Desk, body: str, kind: str, told: str) -> None:
    """A challenge is never taken for the article, a picture never for a page; exit code 1."""
    with serving(body, kind) as url:
        done = desk.run("summarize", url)
    assert (done.code, done.out) == (1, "")
    assert told in done.err


@pytest.mark.parametrize(
    ("arguments", "stdin", "told"),
    [
        (["nowhere.txt"], b"", "nowhere.txt: No such file"),
        (["-"], b"", "no article in standard input"),
        (["-"], b"\x89PNG\0\0", "neither a web page nor plain text"),
        (["ftp://host.example/x"], b"", "only http and https"),
    ],
)
def test_what_cannot_be_read_is_told(empty_desk: Desk, arguments: list[str], stdin: bytes, told: str) -> None:
    """In one plain sentence, with exit code 1."""
    done = empty_desk.run("summarize", *arguments, stdin=stdin)
    assert (done.code, done.out) == (1, "")
    assert told in done.err
