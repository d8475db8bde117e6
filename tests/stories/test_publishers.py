"""Whose voice an entry is: the config's word, else the registered domain."""

from __future__ import annotations

import socket
import tempfile
from typing import TYPE_CHECKING

import pytest

from digest.stories.cluster import publisher_of, publishers

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def _fresh() -> None:
    """Nothing is remembered of other tests."""
    publishers._suffixes.cache_clear()
    publishers._registered.cache_clear()


@pytest.mark.parametrize(
    ("publisher", "entry", "feed", "found"),
    [
        ("Example Group", "https://www.bbc.co.uk/1", "https://feeds.bbci.co.uk/rss", "Example Group"),
        ("  ", "https://www.bbc.co.uk/1", "https://feeds.bbci.co.uk/rss", "bbc.co.uk"),
        ("", "", "https://feeds.bbci.co.uk/rss", "bbci.co.uk"),
        ("", "https://edition.CNN.com:8443/a?b#c", "", "cnn.com"),
        ("", "https://one.blogspot.com/a", "", "one.blogspot.com"),
        ("", "https://user:pass@news.example.com.au/", "", "example.com.au"),
        ("", "https://www.пример.рф/новость", "", "xn--e1afmkfd.xn--p1ai"),
        ("", "https://www.xn--e1afmkfd.xn--p1ai/", "", "xn--e1afmkfd.xn--p1ai"),
        ("", "http://127.0.0.1:8000/x", "", "127.0.0.1"),
        ("", "http://[2001:db8::1]:80/x", "", "2001:db8::1"),
        ("", "http://localhost:8000/x", "", "localhost"),
        ("", "http://co.uk/", "", "co.uk"),
        ("", "http://[", "https://example.org/", "example.org"),
        ("", "http://a:99999999/", "", "a"),
        ("", "mailto:someone@example.org", "", ""),
        ("", "guid-12345", "file:///tmp/x", ""),
        ("", "http://" + "a" * 5000 + ".com/", "", ""),
        ("", "http://.../", "", ""),
        ("", "http://a..b.com/", "", ""),
        ("", "http://exa mple\x00.org/", "", ""),
        ("", "http://ex\u202eample.org/", "https://example.com", "example.com"),
    ],
)
def test_the_publisher_is_the_configs_else_the_domain_of_the_entry_else_of_the_feed(
    publisher: str, entry: str, feed: str, found: str
) -> None:
    """Whatever the address is: with a port, a login, an IP, of another script, or none at all."""
    assert publisher_of(publisher, entry, feed) == found


@pytest.mark.usefixtures("_fresh")
def test_nothing_is_fetched_and_nothing_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The list of suffixes is the one that was shipped."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def refuse(*_: object) -> None:
        raise AssertionError("a connection was made")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert publisher_of("", "https://news.example.co.jp/", "") == "example.co.jp"
    assert not [*tmp_path.iterdir()]
