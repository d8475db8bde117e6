"""``auth``, ``headers`` and ``proxy`` of a feed: read with their secrets, and never repeated."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from digest.config import Config, access_problems, load_config
from digest.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from digest.values.settings import FeedAccess

PASSWORD = "grün-Straße: 1"
BASIC = "Basic " + base64.b64encode(f"mé:{PASSWORD}".encode()).decode()


def config_of(folder: Path, keys: str, url: str = "https://site.test/feed") -> Config:
    """A config with a feed of these keys."""
    (folder / "config.toml").write_text(f'[[feed]]\nurl = "{url}"\n{keys}\n', encoding="utf-8")
    return load_config(folder / "config.toml")


def access_of(folder: Path, keys: str) -> FeedAccess:
    """What such a feed is asked with."""
    return config_of(folder, keys).feeds[0].access


@pytest.fixture(autouse=True)
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The places where secrets are."""
    monkeypatch.setenv("FEED_PASSWORD", PASSWORD)
    monkeypatch.setenv("FEED_TOKEN", "t0ken")
    monkeypatch.setenv("FEED_PROXY", "socks5://me:hush@proxy.test:1080")
    monkeypatch.delenv("UNSET", raising=False)
    for name, body in {
        "word": PASSWORD.encode(),
        "line": f"{PASSWORD}\n".encode(),
        "windows": f"\ufeff{PASSWORD}\r\n".encode(),
    }.items():
        (tmp_path / name).write_bytes(body)
        (tmp_path / name).chmod(0o600)


@pytest.mark.parametrize("place", ['_env = "FEED_PASSWORD"', '_file = "word"', '_file = "line"', '_file = "windows"'])
def test_a_login_goes_out_as_basic_in_utf8(tmp_path: Path, place: str) -> None:
    """RFC 7617 2.1; of a file, neither its byte order mark nor its last line break is part of the password."""
    access = access_of(tmp_path, f'auth = {{ user = "mé", password{place} }}')
    assert access.headers == (("Authorization", BASIC),)
    assert {PASSWORD, BASIC.split()[1]} <= set(access.secrets)


def test_a_token_goes_out_as_bearer(tmp_path: Path) -> None:
    """Only its place stands in the config."""
    assert access_of(tmp_path, 'auth = { token_env = "FEED_TOKEN" }').headers == (("Authorization", "Bearer t0ken"),)


def test_headers_take_values_or_the_places_of_values(tmp_path: Path) -> None:
    """By ``_env`` and ``_file`` at the end of the name."""
    access = access_of(
        tmp_path, 'headers = { "X-Api-Key_env" = "FEED_TOKEN", "X-Other_file" = "line", User-Agent = "curl" }'
    )
    assert dict(access.headers) == {"X-Api-Key": "t0ken", "X-Other": PASSWORD, "User-Agent": "curl"}
    table = config_of(tmp_path, '[feed.headers]\nCookie_env = "FEED_TOKEN"')
    assert table.feeds[0].access.headers == (("Cookie", "t0ken"),)


def test_a_proxy_may_stand_in_a_secret_place(tmp_path: Path) -> None:
    """It may hold a password."""
    assert access_of(tmp_path, 'proxy = "http://127.0.0.1:3128"').proxy == "http://127.0.0.1:3128"
    assert access_of(tmp_path, 'proxy = "None"').proxy == "none"
    access = access_of(tmp_path, 'proxy_env = "FEED_PROXY"')
    assert (access.proxy, access.secrets[-1]) == ("socks5://me:hush@proxy.test:1080", "hush")


MISSING = {
    'auth = { user = "me", password_env = "UNSET" }': "the password is missing: the environment variable UNSET",
    'auth = { token_file = "none" }': "none cannot be read: No such file or directory",
    'auth = { token_file = "utf16" }': "utf16 cannot be read: it is saved as UTF-16: save it as UTF-8",
    'auth = { token_file = "bare" }': "bare cannot be read: it is saved as UTF-16: save it as UTF-8",
    'auth = { token_file = "latin" }': "latin cannot be read: it is no text in UTF-8",
    'auth = { token_file = "empty" }': "empty is empty",
    'auth = { token_file = "." }': "cannot be read: it is no file",
    'auth = { token_file = "lines" }': "lines holds a line break or a control character",
    'auth = { token_file = "long" }': "it is far too long for a secret",
    'headers = { X_env = "UNSET" }': "the X is missing: the environment variable UNSET is not set",
    'proxy_env = "FEED_PASSWORD"': "its proxy cannot be used: this is no proxy",
}  # fmt: skip


@pytest.mark.parametrize(("keys", "words"), MISSING.items())
def test_a_feed_whose_secret_cannot_be_had_says_why(tmp_path: Path, keys: str, words: str) -> None:
    """The config can be read all the same, for whoever only reads the store needs none; ``check`` warns at the feed."""
    bodies = {
        "utf16": "t0ken".encode("utf-16"),
        "bare": "t0ken".encode("utf-16-le"),
        "latin": b"stra\xdfe",
        "empty": b"\xef\xbb\xbf\r\n",
        "lines": b"a\nb\n",
        "long": b"x" * 70_000,
    }
    for name, body in bodies.items():
        (tmp_path / name).write_bytes(body)
        (tmp_path / name).chmod(0o600)
    config = config_of(tmp_path, keys)
    assert words in config.feeds[0].access.problem
    (problem,) = access_problems(config)
    assert (problem.level, problem.line, words in problem.message) == ("warning", 1, True)
    assert PASSWORD not in problem.message


WRONG = {
    'auth = { user = "me", password = "sesame" }': (3, "a password never stands in the config: name the variable"),
    'auth = { token = "sesame" }': (3, "a token never stands in the config: name the variable"),
    'auth = "me:sesame"': (3, "auth is a table"),
    'auth = { user = "me" }': (3, "auth takes a user and the place of a password"),
    'auth = { password_env = "FEED_PASSWORD" }': (3, "auth takes a user and the place of a password"),
    'auth = { user = "me", password_env = "FEED_PASSWORD", token_env = "FEED_TOKEN" }': (3, "auth takes a user and"),
    'auth = { user = "m:e", password_env = "FEED_PASSWORD" }': (3, "cannot hold a colon"),
    'auth = { user = "me", password_env = "sesame 1" }': (3, "no name of an environment variable"),
    'auth = { user = "me", password_env = "A", password_file = "b" }': (3, "exclude each other"),
    'headers = { Host = "x" }': (3, "Host is Digest's own to send"),
    'headers = { "If-None-Match_env" = "FEED_TOKEN" }': (3, "If-None-Match is Digest's own to send"),
    'headers = { "a b" = "x" }': (3, "this is no name of a header"),
    'headers = { X-A = "1", x-a_env = "FEED_TOKEN" }': (3, "there is already a header x-a"),
    'headers = { X-A = "1\\n2" }': (3, "holds a line break"),
    "headers = { X-A = 1 }": (3, "X-A takes text in quotes"),
    'proxy = "socks4://x.test"': (3, "this is no proxy: write http://host:port"),
    'proxy = "http://a.test"\nproxy_env = "FEED_PROXY"': (3, "keep one of the two"),
}  # fmt: skip


@pytest.mark.parametrize(("keys", "expected"), WRONG.items())
def test_what_cannot_stand_is_told_at_its_place_without_the_secret(
    tmp_path: Path, keys: str, expected: tuple[int, str]
) -> None:
    """With the remedy; a value that may be a secret is not repeated."""
    with pytest.raises(ConfigError) as caught:
        config_of(tmp_path, keys)
    line, words = expected
    assert [(problem.line, words in problem.message) for problem in caught.value.problems] == [(line, True)]
    assert "sesame" not in str(caught.value)


def test_a_login_in_the_address_and_another_beside_it_are_one_too_many(tmp_path: Path) -> None:
    """Nobody could say which one is meant."""
    with pytest.raises(ConfigError, match="the address holds a login, too") as caught:
        config_of(tmp_path, 'auth = { token_env = "FEED_TOKEN" }', "https://me:sesame@site.test/")
    assert "sesame" not in str(caught.value)
