"""Which proxy is asked: one rule for feeds and Telegram; and what goes through one."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from digest.channels.telegram import TelegramBot
from digest.config import Secret
from digest.errors import ChannelError, FetchError
from digest.net.fetch import Fetched, Fetcher
from digest.proxies import proxy_of_environment, read_proxy
from digest.values.settings import FeedAccess
from tests.fakes.raw_server import answer, serving
from tests.net.test_fetch import CLOSED, LIMITS

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping

PROXY = "http://proxy.test:3128"
RULE: list[tuple[str, Mapping[str, str], str]] = [
    ("http://site.test/", {}, ""),
    ("http://site.test/", {"http_proxy": PROXY}, PROXY),
    ("http://site.test/", {"HTTP_PROXY": PROXY}, PROXY),
    ("http://site.test/", {"HTTP_PROXY": PROXY, "REQUEST_METHOD": "GET"}, ""),
    ("http://site.test/", {"http_proxy": PROXY, "HTTP_PROXY": "http://other.test"}, PROXY),
    ("https://site.test/", {"http_proxy": PROXY}, ""),
    ("https://site.test/", {"HTTPS_PROXY": PROXY}, PROXY),
    ("https://site.test/", {"https_proxy": "proxy.test:3128"}, PROXY),
    ("https://site.test/", {"ALL_PROXY": "socks5h://proxy.test:1080"}, "socks5h://proxy.test:1080"),
    ("https://site.test/", {"all_proxy": "http://other.test", "https_proxy": PROXY}, PROXY),
    ("https://site.test/", {"https_proxy": " "}, ""),
    ("https://site.test/", {"https_proxy": "none"}, ""),
]
EXEMPT = {
    "site.test": True,
    ".site.test": True,
    "*.site.test": True,
    "test": True,
    "ite.test": False,
    "a.www.site.test": False,
    "*": True,
    "other.test, SITE.test": True,
    "other.test site.test": True,
    "www.site.test:443": True,
    "www.site.test:80": False,
    "": False,
}
NETWORKS = [
    ("10.1.2.3", "10.0.0.0/8", True),
    ("11.1.2.3", "10.0.0.0/8", False),
    ("10.1.2.3", "10.1.2.3", True),
    ("[fd00::1]", "fd00::/8", True),
    ("[fd00::1]", "[fd00::1]:443", True),
    ("[fd00::1]", "fd00::1", True),
]


@pytest.mark.parametrize(("url", "environ", "proxy"), RULE)
def test_the_environment_names_the_proxy(url: str, environ: Mapping[str, str], proxy: str) -> None:
    """As for curl: by scheme, else for all; small letters first; a script's request names none."""
    assert proxy_of_environment(url, environ) == proxy


@pytest.mark.parametrize(("words", "exempt"), EXEMPT.items())
def test_no_proxy_names_what_is_asked_directly(words: str, exempt: bool) -> None:  # noqa: FBT001 - a table's column
    """A host, the domains below it, with or without a port, or all."""
    asked = proxy_of_environment("https://www.site.test/x", {"https_proxy": PROXY, "NO_PROXY": words})
    assert asked == ("" if exempt else PROXY)


@pytest.mark.parametrize(("host", "words", "exempt"), NETWORKS)
def test_no_proxy_knows_networks(host: str, words: str, exempt: bool) -> None:  # noqa: FBT001 - a table's column
    """Of both kinds of addresses."""
    assert (proxy_of_environment(f"https://{host}/", {"https_proxy": PROXY, "no_proxy": words}) == "") is exempt


@pytest.mark.parametrize(
    "value", ["ftp://x.test", "http://", "socks4://x.test", "http://x.test:0", "http://x test", "://"]
)
def test_a_proxy_that_cannot_be_used_is_told_without_its_value(value: str) -> None:
    """It may hold a password; and nothing is asked in a way that the user did not mean."""
    with pytest.raises(ValueError, match="the environment variable all_proxy: this is no proxy") as caught:
        proxy_of_environment("https://site.test/", {"ALL_PROXY": value})
    assert "x.test" not in str(caught.value)
    with pytest.raises(ValueError, match="this is no proxy"):
        read_proxy(value)


def by_proxy(port: int, login: str = "") -> FeedAccess:
    """What a feed is asked with that has a proxy."""
    return FeedAccess(proxy=f"http://{login}127.0.0.1:{port}")


async def test_a_feed_is_asked_through_its_proxy_as_it_is_written() -> None:
    """The name is the proxy's to look up, the login in UTF-8 is for it alone, and it may be on this machine."""
    url = "http://site.test/a%2Cb"
    async with serving({url: answer(200, b"<rss/>")}) as proxy, Fetcher(CLOSED) as fetcher:
        found = await fetcher.fetch(url, access=by_proxy(proxy.port, "m%C3%A9:str%C3%B6m@"))
    assert isinstance(found, Fetched)
    login = base64.b64encode("mé:ström".encode()).decode().lower()
    assert (proxy.asked[0]["host"], proxy.asked[0]["proxy-authorization"]) == ("site.test", f"basic {login}")
    assert "authorization" not in proxy.asked[0]


async def test_the_environments_proxy_is_asked_and_a_feed_can_do_without(monkeypatch: pytest.MonkeyPatch) -> None:
    """``none`` in the config is no proxy, whatever the environment says."""
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    async with serving({"/": answer(200, b"direct")}) as server, serving({}) as proxy:
        proxy.answers[server.url()] = answer(200, b"proxied")
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        async with Fetcher(LIMITS) as fetcher:
            bodies = [await fetcher.fetch(server.url(), access=FeedAccess(proxy=each)) for each in ("", "none")]
    assert [found.body for found in bodies if isinstance(found, Fetched)] == [b"proxied", b"direct"]


PRIVATE = ["127.0.0.1", "10.0.0.1", "[::1]", "[::ffff:a00:1]", "169.254.169.254", "localhost", "x.localhost"]
PRIVATE += ["0x7f.1", "0177.0.0.1", "0xa9fea9fe"]


@pytest.mark.parametrize("host", PRIVATE)
async def test_what_is_plainly_private_is_not_asked_of_a_proxy(host: str) -> None:
    """Where names lead is the proxy's to judge; an address, in whatever form, is seen here."""
    async with serving({}) as proxy, Fetcher(CLOSED) as fetcher:
        with pytest.raises(FetchError, match=r"poll\.private_hosts|no such host"):
            await fetcher.fetch(f"http://{host}/", access=by_proxy(proxy.port))
        assert proxy.asked == []


async def test_what_a_proxy_does_is_told_as_the_proxys() -> None:
    """It is down, or wants a login: the feed's server has nothing to do with it."""
    async with serving({"site.test:443": answer(407)}) as proxy, Fetcher(LIMITS) as fetcher:
        with pytest.raises(FetchError, match="the proxy refuses: 407, it wants a login"):
            await fetcher.fetch("https://site.test/", access=by_proxy(proxy.port))
    async with Fetcher(LIMITS) as fetcher:
        with pytest.raises(FetchError, match="the proxy cannot be reached"):
            await fetcher.fetch("http://site.test/", access=by_proxy(proxy.port))
        with pytest.raises(FetchError, match="the proxy cannot be reached"):
            await fetcher.fetch("http://site.test/", access=FeedAccess(proxy=f"socks5://127.0.0.1:{proxy.port}"))


async def test_a_feed_is_asked_through_socks_and_the_name_is_the_proxys_to_look_up() -> None:
    """Name and port go to the proxy, and its word comes back."""
    asked = b""

    async def socks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        await reader.readexactly(3)
        writer.write(b"\x05\x00")
        asked = await reader.readexactly(4 + 1 + len("site.test") + 2)
        writer.write(b"\x05\x00\x00\x01" + bytes(6))
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(200, b"<rss/>"))
        await writer.drain()

    async with serving(socks) as proxy, Fetcher(CLOSED) as fetcher:
        found = await fetcher.fetch("http://site.test/", access=FeedAccess(proxy=f"socks5h://127.0.0.1:{proxy.port}"))
    assert isinstance(found, Fetched)
    assert asked == b"\x05\x01\x00\x03\x09site.test\x00\x50"


async def test_telegram_goes_through_the_environments_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the same rule; one that cannot be used is told, and nothing is sent past it."""
    told = b'{"ok": true, "result": {"id": 1, "is_bot": true, "first_name": "Desk", "username": "desk_bot"}}'
    url = "http://api.test/bot1:AAE/getMe"
    async with serving({url: answer(200, told, Content_Type="application/json")}) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        async with TelegramBot(Secret("1:AAE"), "http://api.test") as bot:
            assert (await bot.describe()).username == "desk_bot"
    monkeypatch.setenv("http_proxy", "nonsense://x")
    with pytest.raises(ChannelError, match="the environment variable http_proxy: this is no proxy"):
        TelegramBot(Secret("1:AAE"), "http://api.test")
