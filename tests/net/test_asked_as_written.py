"""Addresses are asked for as they are written, and redirects lead where RFC 3986 says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import FetchError
from digest.net.address import Address, follow, read_address
from digest.net.fetch import Fetched, Fetcher
from tests.fakes.raw_server import answer, serving
from tests.net.test_fetch import LIMITS

AS_WRITTEN = [
    "/list/a%2Cb/feed",
    "/list/a,b/feed",
    "/a%2fb/%7Euser/~user",
    "/a;v=1,2;w/+x+%2B/=&$!*'()@:",
    "//feeds//x",
    "/feed?q=a+b&r=a%20b&s=%C3%A9&t=%E9&u=http://x/?y=z",
    "/feed?",
    "/feed?a=1&&b",
    "/100%/x%zz",
    "/feed/%2e%2e/x",
    "/[x]/a|b^c~",
]
WRITTEN_FOR_EYES = {
    "/뉴스/é?q=북한": "/%EB%89%B4%EC%8A%A4/%C3%A9?q=%EB%B6%81%ED%95%9C",
    "/a b?c d": "/a%20b?c%20d",
    "/a#part": "/a",
    '/"<x>`{y}': "/%22%3Cx%3E%60%7By%7D",
    "/a/./b/../c": "/a/c",
    "/../../a/..": "/",
    "": "/",
    "?x=1": "/?x=1",
    "\\a\\b": "/a/b",
    "/a\n/b\t": "/a/b",
}


@pytest.mark.parametrize("path", AS_WRITTEN)
async def test_an_address_is_asked_for_exactly_as_it_is_written(path: str) -> None:
    """Escaped or not, doubled slashes and empty queries: by the user, and after a redirect of either kind."""
    for location in (path if not path.startswith("//") else None, f"http://127.0.0.1:{{port}}{path}"):
        if location is None:
            continue
        there = {"/moved": answer(301, Location=location), path: answer(200, b"x")}
        async with serving(there) as server, Fetcher(LIMITS) as fetcher:
            await fetcher.fetch(server.url(path))
            found = await fetcher.fetch(server.url("/moved"))
        assert [asked["path"] for asked in server.asked] == [path, "/moved", path]
        assert isinstance(found, Fetched)
        assert found.permanent_url == found.url == server.url(path)


@pytest.mark.parametrize(("written", "sent"), WRITTEN_FOR_EYES.items())
def test_what_cannot_be_sent_is_changed_as_browsers_do(written: str, sent: str) -> None:
    """Other letters and spaces are escaped, dots are walked, a fragment stays at home."""
    address = read_address(f"https://site.test{written}")
    assert isinstance(address, Address)
    assert address.target == sent


# https://www.rfc-editor.org/rfc/rfc3986#section-5.4
REFERENCES = {
    "g": "/b/c/g",
    "./g": "/b/c/g",
    "g/": "/b/c/g/",
    "/g": "/g",
    "?y": "/b/c/d;p?y",
    "g?y": "/b/c/g?y",
    "#s": "/b/c/d;p?q",
    "g#s": "/b/c/g",
    ";x": "/b/c/;x",
    "g;x": "/b/c/g;x",
    "": "/b/c/d;p?q",
    ".": "/b/c/",
    "./": "/b/c/",
    "..": "/b/",
    "../": "/b/",
    "../g": "/b/g",
    "../..": "/",
    "../../g": "/g",
    "../../../g": "/g",
    "/./g": "/g",
    "g.": "/b/c/g.",
    "..g": "/b/c/..g",
    "./g/.": "/b/c/g/",
    "g;x=1/../y": "/b/c/y",
    "g?y/../x": "/b/c/g?y/../x",
    "http:g": "/b/c/g",
    "%2C,": "/b/c/%2C,",
    "?": "/b/c/d;p?",
}


@pytest.mark.parametrize(("reference", "target"), REFERENCES.items())
def test_a_relative_redirect_leads_where_the_standard_says(reference: str, target: str) -> None:
    """Its own examples, and a few of ours."""
    base = read_address("http://user:pw@a/b/c/d;p?q")
    assert isinstance(base, Address)
    assert follow(base, reference) == Address("http", "a", 80, target)


HOSTS = {
    "EXAMPLE.org": "example.org",
    "bücher.example": "xn--bcher-kva.example",
    "xn--bcher-kva.example": "xn--bcher-kva.example",
    "북한.example": "xn--pr3b894b.example",
    "ex%61mple.org": "example.org",
    "127。0。0。1": "127.0.0.1",
    "[2001:DB8::1]": "2001:db8::1",
    "a_b.example": "a_b.example",
}


@pytest.mark.parametrize(("written", "host"), HOSTS.items())
def test_a_host_is_asked_for_in_ascii(written: str, host: str) -> None:
    """As browsers write it; letters of full width are no way around a check."""
    address = read_address(f"HTTPS://{written}:443/x")
    assert isinstance(address, Address)
    assert (address.host, address.port, address.url.raw_host) == (host, 443, host)


@pytest.mark.parametrize(
    "text", ["", "feed.xml", "//site.test/x", "file:///x", "http://", "http:///x", "http://a b/", "http://::1/",
    "http://h:99999/", "http://[x/", "http://%ff/", "http://a%00b/", "http://user@/x", "javascript:alert(1)"],
)  # fmt: skip
def test_what_is_no_address_of_the_web_is_none(text: str) -> None:
    """Nothing is guessed."""
    assert not isinstance(read_address(text), Address)


def test_an_address_shows_no_login() -> None:
    """Neither as text, nor in a traceback."""
    address = read_address("https://m%C3%A9:se%3Asame@site.test/x")
    assert isinstance(address, Address)
    assert address.login == "mé:se:same".encode()
    assert "same" not in f"{address} {address!r} {address.url}"


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_is_none(text: str) -> None:
    """What comes out can be sent, and is read as itself."""
    base = read_address("http://a/b")
    assert isinstance(base, Address)
    for found in (read_address(text), read_address(f"http://a/{text}"), follow(base, text)):
        if isinstance(found, Address):
            assert f"{found.host}{found.target}".isascii()
            assert f"{found.host}{found.target}".isprintable()
            assert " " not in found.target
            assert read_address(str(found)) == Address(found.scheme, found.host, found.port, found.target)
            assert found.url.raw_path_qs == found.target


async def test_a_redirect_with_bytes_of_no_encoding_is_asked_for_with_these_bytes() -> None:
    """As browsers do; it need not be UTF-8."""
    there = answer(302).replace(b"\r\n\r\n", b"\r\nLocation: /caf\xe9\r\n\r\n")
    async with serving({"/": there, "/caf%E9": answer(200, b"x")}) as server, Fetcher(LIMITS) as fetcher:
        assert isinstance(await fetcher.fetch(server.url()), Fetched)
        with pytest.raises(FetchError, match="404"):
            await fetcher.fetch(server.url("/caf"))
