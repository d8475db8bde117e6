"""What a server says of itself, byte by byte, from the wire to the message: never more than clean, short words."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from digest.config import load_config
from digest.engine.sending.notices import Notices
from digest.text import clean_line
from digest.values.settings import ChannelSpec, FeedSpec, Telegram
from tests.fakes.raw_server import answer, serving
from tests.fakes.writing import stored_parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from digest.store import Store
    from tests.engine.conftest import Polls

LONGEST_SENTENCE = 500
"""Characters of what is said of one feed."""
LONGEST_NAME = 120
HEAD = b"HTTP/1.1 "
DIRTY = b"\x1b]0;owned\x07\x1b[31mred\xe2\x80\xae\xff\xfe\xc2\x9b2J\t\x08\xed\xa0\x80"
"""Terminal sequences, a turn of direction, bytes that are no UTF-8, and half a surrogate pair."""
LONG = b"z" * 5000


def header(name: bytes, value: bytes, status: bytes = b"200 OK") -> bytes:
    """An answer with this header."""
    return HEAD + status + b"\r\n" + name + b": " + value + b"\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx"


def moved(place: bytes, status: bytes = b"301 Moved") -> bytes:
    """A redirect."""
    return header(b"Location", place, status)


def document(title: str, body: str = "") -> bytes:
    """An answer that is a feed."""
    return answer(200, f"<rss version='2.0'><channel><title>{title}</title>{body}</channel></rss>".encode())


HALF = "\ud800\x00\x1b"


def packed_as(name: bytes) -> bytes:
    """A body that is no text, and what it is said to be packed with."""
    return header(b"Content-Encoding", name).partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + b"\x1f\x9d\x90\x01\x02" * 20


HALVES = {
    **dict.fromkeys(("title", "language", "home_page_url"), HALF),
    "items": [
        dict.fromkeys(("id", "title", "summary", "content_text", "language"), HALF)
        | {"url": f"https://a.example/{HALF}", "tags": [HALF], "authors": [{"name": HALF}]}
    ],
}
"""A JSON feed of half surrogate pairs and controls."""

# What a server may say of itself, and what of it a user may see: the beginning of the sentence, "" for a poll that is
# well.
HOSTILE = {
    "encoding dirty": (packed_as(DIRTY), "the document is packed as “red"),
    "encodings dirty": (packed_as(DIRTY + b", " + DIRTY), "the document is packed as “red"),
    "encoding long": (packed_as(LONG), "the document is packed as “zzz"),
    "encodings long": (packed_as(b"gzip, " * 1000), "the document is packed as “gzip”, but it is damaged or is not"),
    "encoding posing": (
        packed_as("gzip”. All is well. Ignore “".encode()),
        'the document is packed as “gzip". all is well. ignore "”, which Digest cannot unpack',
    ),
    "encoding of plain text": (header(b"Content-Encoding", DIRTY), "this is plain text, not a feed"),
    "reason dirty": (HEAD + b"500 " + DIRTY + b"\r\n\r\n", "500: the server has an error"),
    "reason long": (HEAD + b"503 " + LONG + b"\r\n\r\n", "503: the server is overloaded"),
    "no status": (HEAD + DIRTY + b"\r\n\r\n", "the server's answer is not proper HTTP"),
    "no version": (DIRTY + b" 200 OK\r\n\r\n", "the server's answer is not proper HTTP"),
    "header's name": (HEAD + b"200 OK\r\n" + DIRTY + b": x\r\n\r\n", "the document is empty"),
    "chunk": (HEAD + b"200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + DIRTY, "the server's answer is not proper HTTP"),
    "moved to a dirty host": (moved(b"http://a" + DIRTY + b"/"), "301: the server redirects to no web address"),
    "moved to raw bytes": (moved(b"http://\xff\xfe.invalid/"), "301: the server redirects to no web address"),
    "moved to a long host": (moved(b"http://" + LONG + b"/"), "no such host: “zzz"),
    "moved to a long name": (moved(b"http://" + b"zz." * 1600 + b"invalid/"), "no such host: “zz.zz"),
    "moved to long digits": (moved(b"http://" + b"1" * 5000 + b"/"), "no such host: “111"),
    "moved to a hidden direction": (
        moved(b"http://a%e2%80%aeb.invalid/"),
        "301: the server redirects to no web address",
    ),
    "moved to punycode": (moved(b"http://xn--a-ecp.ru/"), "301: the server redirects to no web address"),
    "moved to broken punycode": (moved(b"https://xn--%{"), "301: the server redirects to no web address"),
    "moved to brackets": (moved(b"//];[%9\xe3\x80\x82\t:@"), "301: the server redirects to no web address"),
    "moved to a control": (moved(b"http://\x1b[31m.invalid/"), "301: the server redirects to no web address"),
    "moved to a scope in Arabic": (moved("http://127.0.0.1%25\u0661/".encode()), "301: the server redirects to no web"),
    "moved to a long scheme": (moved(LONG + b":x"), "301: the server redirects to “zzz"),
    "moved to a port too high": (moved(b"http://127.0.0.1:99999/"), "301: the server redirects to no web address"),
    "moved to a scope": (moved(b"http://[fe80::1%25evil]/"), "the server cannot be reached"),
    "moved to a login": (moved(b"http://sesame:open@nowhere.invalid/"), "no such host: “nowhere.invalid”"),
    "moved to a long path": (moved(b"/gone" + LONG), "404: there is no such page"),
    "retry dirty": (header(b"Retry-After", DIRTY, b"429 x"), "429: asked too often"),
    "retry huge": (header(b"Retry-After", b"9" * 5000, b"503 x"), "503: the server is overloaded"),
    "retry never": (header(b"Retry-After", b"Fri, 31 Dec 9999 23:59:59 -2359", b"503 x"), "503: the server is"),
    "retry odd": (header(b"Retry-After", b"Mon, 99 Foo " + b"9" * 400 + b" +" + b"9" * 400, b"503 x"), "503: the"),
    "XML of another kind": (answer(200, b"<" + LONG[:60] + b" a='\x1b[31m'/>"), "this is XML (zzz"),
    "broken JSON": (answer(200, b'{"\x1b[31m\xff": ' + LONG), "this is broken JSON"),
    "page": (answer(200, b"<html><title>" + DIRTY + b"</title></html>"), "this is a web page"),
    "encoding of the document": (
        answer(200, b"<?xml version='1.0' encoding='\x1b[31m\xff'?><rss><channel><item><title>\xff</title>" + LONG),
        "",
    ),
    "ETag dirty": (document("x").replace(b"\r\n\r\n", b'\r\nETag: "' + DIRTY + b'"\r\n\r\n', 1), ""),
    "ETag long": (document("x").replace(b"\r\n\r\n", b'\r\nETag: "' + LONG + b'"\r\n\r\n', 1), ""),
    "type dirty": (document("x").replace(b"\r\n\r\n", b"\r\nContent-Type: a/b; charset=" + DIRTY + b"\r\n\r\n", 1), ""),
    "cookie dirty": (document("x").replace(b"\r\n\r\n", b"\r\nSet-Cookie: " + DIRTY + b"=1\r\n\r\n", 1), ""),
    "title dirty": (document("&amp;#27;[31mred&#x202e; &amp;#x9b;2J &#xD800; ”"), ""),
    "title long": (document("Z" * 500_000), ""),
    "title an open bracket": (document("http://["), ""),
    "title an address": (document("https://a\u2100b/"), ""),
    "title no host": (document("http://"), ""),
    "link long": (document("x", f"<item><title>t</title><link>https://a.example/{'z' * 9000}</link></item>"), ""),
    "halves of pairs": (answer(200, json.dumps(HALVES).encode()), ""),
    "link dirty": (
        document("x", "<item><title>t</title><link>https://a.example/&#x202e;&#x9b;&#xD800;</link></item>"),
        "",
    ),
}


@pytest.fixture
def notices_config(tmp_path: Path) -> Path:
    """The config beside the store of these tests, without its feeds."""
    path = tmp_path / "config.toml"
    path.write_text(
        'timezone = "UTC"\nstate = "."\nrules = "rules"\n[poll]\nprivate_hosts = true\n'
        '[[channel]]\nname = "desk"\ntelegram = "@desk"\n[notices]\nchannels = ["desk"]\n'
    )
    return path


def assert_clean(words: str, longest: int) -> None:
    """One line that can be printed, sent and stored anywhere, and is no longer than that."""
    assert words == clean_line(words), ascii(words)
    assert words.isprintable(), ascii(words)
    assert len(words) <= longest, words
    words.encode()


def add_feeds(config: Path, urls: Sequence[str]) -> None:
    """Have the config list these feeds."""
    config.write_text(config.read_text() + "".join(f'[[feed]]\nurl = "{url}"\n' for url in urls))


def failing_lines(config: Path, urls: Sequence[str]) -> set[int]:
    """Where in the config the feeds stand that fail."""
    failing = [url for url, (_, words) in zip(urls, HOSTILE.values(), strict=True) if words]
    lines = config.read_text().split("\n")
    return {lines.index(f'url = "{url}"') + 1 for url in failing}


async def digest(config: Path, *words: str, code: int = 0) -> str:
    """What a command prints; it must end as expected."""
    command = [sys.executable, "-m", "digest", *words, "--config", str(config)]
    process = await asyncio.create_subprocess_exec(
        *command, env=os.environ | {"PYTHONWARNINGS": "error", "TELEGRAM_BOT_TOKEN": ""}, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    assert process.returncode == code
    return printed.decode()


def texts(value: object) -> Iterator[str]:
    """Every text in a piece of JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts(one)


async def test_whatever_a_server_says_is_shown_clean_and_short(
    polls: Polls, engine_store: Store, notices_config: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Each through fetcher, parser and store out into `feeds list`, `status`, JSON and a Telegram notice of its own."""
    config = load_config(notices_config)
    notices = Notices(lambda: config, engine_store, polls.tools.thread, lambda: None)
    paths = {f"/{number}": there for number, (there, _) in enumerate(HOSTILE.values())}
    async with serving(paths) as server:
        urls = [server.url(path) for path in paths]
        long_ago = datetime.now(UTC) - timedelta(days=1)
        engine_store.polls.sync_feeds([FeedSpec(url) for url in urls], default_every=timedelta(hours=1), now=long_ago)
        for _ in range(3):  # with what the first poll left, too; and a failure is told from the third on
            await asyncio.gather(*(polls.poll(url) for url in urls))
        await assert_listed(notices_config, urls)
    assert "Traceback" not in caplog.text
    found = {feed.spec.url: feed for feed in engine_store.polls.all_feeds()}
    for url, (name, (_, words)) in zip(urls, HOSTILE.items(), strict=True):
        feed = found[url]
        assert feed.last_error.startswith(words), (name, feed.last_error)
        assert bool(feed.failures) == bool(words), (name, feed.last_error)
        assert_clean(feed.last_error, LONGEST_SENTENCE)
        assert_clean(feed.name, LONGEST_NAME)
        for stored in (feed.etag, feed.last_modified, feed.fetch_url):
            assert stored.isascii(), name
            assert stored.isprintable(), name
            assert len(stored) <= 2048, name
    for entry in engine_store.archive().newest(100):
        assert len(entry.url) <= 2048
        assert_clean(entry.url, 2048)
        assert_clean(entry.text.source, LONGEST_NAME)
    await assert_told(engine_store, notices)


async def assert_told(store: Store, notices: Notices) -> None:
    """A notice for each feed that fails: one message, on one line."""
    feeds, now = store.polls.all_feeds(), datetime.now(UTC)
    failing = [feed for feed in feeds if feed.failures]
    for feed in feeds:
        store.polls.set_paused(feed.id, paused=True, now=now)
    for feed in failing:  # each by itself, for many at once are told together
        store.polls.set_paused(feed.id, paused=False, now=now)
        await notices.look()
        store.polls.set_paused(feed.id, paused=True, now=now)
    messages = [one for one in store.outbox.list() if "has failed since" in "".join(one.tells["lines"])]
    assert len(messages) == len(failing) > 20
    for one in messages:
        (part,) = stored_parts(store, one, ChannelSpec(one.channel, Telegram("1")))
        assert_clean(unescape(re.sub("<[^>]*>", "", part)), LONGEST_SENTENCE + LONGEST_NAME + 100)


async def assert_listed(config: Path, urls: Sequence[str]) -> None:
    """The commands print whole lines of clean text, and JSON that any reader takes."""
    add_feeds(config, urls)
    for words in (("feeds", "list"), ("status",)):
        printed, as_json = await asyncio.gather(digest(config, *words), digest(config, *words, "--json"))
        for line in printed.split("\n"):
            assert line.isprintable(), ascii(line)
            assert len(line) <= 2 * LONGEST_NAME + LONGEST_SENTENCE + 100
        lines: list[Any] = [json.loads(line) for line in as_json.split("\n") if line]
        assert len(lines) == (len(urls) if "list" in words else 1)
        for text in texts(lines):
            assert_clean(text, LONGEST_SENTENCE + LONGEST_NAME + 100)
    asked = await digest(config, "check", "--online", "--json", code=1)
    problems: list[dict[str, Any]] = [json.loads(line) for line in asked.split("\n") if line]
    assert {problem["line"] for problem in problems if problem["level"] == "error"} == failing_lines(config, urls)
    for problem in problems:
        assert_clean(problem["message"], LONGEST_SENTENCE)


async def test_validators_are_sent_back_as_they_came_or_not_at_all(polls: Polls) -> None:
    """No header of one answer adds a line to the next request."""
    hostile = [b'"\xff"', b'"a\x1b[31mb"', b'"a\x0bX-Injected: b"', b'W/"' + LONG + b'"', '"caf\u00e9"'.encode()]
    answers = {
        f"/{number}": answer(200, b"<rss><channel><item><title>t</title></item></channel></rss>").replace(
            b"\r\n\r\n", b"\r\nETag: " + tag + b"\r\nLast-Modified: " + tag + b"\r\n\r\n", 1
        )
        for number, tag in enumerate([b'W/"a b"', *hostile])
    }
    async with serving(answers) as server:
        for path in [*answers, *answers]:
            await polls.poll(server.url(path))
    again = server.asked[len(answers) :]
    assert [asked.get("if-none-match") for asked in again] == ['w/"a b"', *([None] * len(hostile))]
    assert [asked.get("if-modified-since") for asked in again] == ['w/"a b"', *([None] * len(hostile))]
    assert not any("x-injected" in asked for asked in server.asked)


async def test_a_redirect_to_bytes_that_are_no_utf8_is_asked_for_with_these_bytes(polls: Polls) -> None:
    """Korean and Japanese servers write addresses in their own encodings; browsers ask for just these bytes."""
    answers = {"/": moved(b"/\xba\xcf?q=\xff#x"), "/%BA%CF?q=%FF": document("North")}
    async with serving(answers) as server:
        result = await polls.poll(server.url())
    assert result.update.ok
    assert result.update.fetch_url == server.url("/%BA%CF?q=%FF")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://" + "z" * 5000 + "/rss", "zzz"),
        ("http://user:sesame@nowhere.invalid/rss", "nowhere.invalid"),
        ("http://user:ses@me@nowhere.invalid/@rss", "nowhere.invalid"),
        ("http://a%1b%5b31m.invalid/", "a%1b%5b31m.invalid"),
        ("http://xn--/", "xn--"),
        ("http://xn--%{/", "xn--%{"),
        ("http://nowhere.invalid/" + "z" * 5000, "nowhere.invalid"),
        ("http://127.1/", "127.1"),
    ],
)
async def test_a_strange_address_is_told_once_short_and_without_its_login(polls: Polls, url: str, name: str) -> None:
    """In the feed's name, its health, and what a notice calls it."""
    now = datetime.now(UTC)
    await polls.poll(url)
    feed = polls.feed(url)
    assert feed.name.startswith(name)
    assert_clean(feed.name, LONGEST_NAME)
    assert_clean(feed.last_error, 200)
    (sign,) = polls.tools.store.signs.feeds()
    assert sign.name == feed.name
    assert sign.well_at <= now + timedelta(seconds=1)
    for words in (feed.name, feed.last_error, sign.name):
        assert "sesame" not in words
        assert "user" not in words
        assert "ses@" not in words
