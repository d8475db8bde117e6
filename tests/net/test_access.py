"""What a user gave for a feed goes to its server, and to no other."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from digest.errors import FetchError
from digest.net.address import Address
from digest.net.fetch import Fetched, Fetcher, _is_home
from digest.values.settings import FeedAccess
from tests.fakes.raw_server import answer, serving
from tests.net.test_fetch import LIMITS

LOGIN = "Basic " + base64.b64encode("mé:grün-Straße".encode()).decode()
OTHER = "401: a login of another kind is needed than Digest knows (“Digest”)"
ACCESS = FeedAccess((("Authorization", LOGIN), ("X-Api-Key", "sesame"), ("Accept-Language", "ko")))


async def test_a_login_in_an_address_goes_out_in_utf8_as_it_is_meant() -> None:
    """Percent-encoded there, decoded here (RFC 7617 2.1); bytes that are no UTF-8 stay these bytes."""
    logins = {
        "m%C3%A9:gr%C3%BCn-Stra%C3%9Fe@": "mé:grün-Straße".encode(),
        "m%E9:%FC%3A%40@": b"m\xe9:\xfc:@",
        "me@": b"me:",
    }
    async with serving({"/": answer(200, b"x")}) as server, Fetcher(LIMITS) as fetcher:
        for login in logins:
            await fetcher.fetch(server.url().replace("//", f"//{login}"))
    assert [asked["authorization"] for asked in server.asked] == [
        f"basic {base64.b64encode(login).decode()}".lower() for login in logins.values()
    ]


async def test_what_a_feed_is_asked_with_stays_with_its_server() -> None:
    """Along a redirect to itself it goes, to another server, or another port, only what anybody may see."""
    async with serving({"/": answer(200, b"x")}) as other:
        answers = {"/": answer(307, Location="/in"), "/in": answer(302, Location=other.url())}
        async with serving(answers) as server, Fetcher(LIMITS) as fetcher:
            await fetcher.fetch(server.url(), access=ACCESS)
    assert [(asked["authorization"], asked["x-api-key"]) for asked in server.asked] == [(LOGIN.lower(), "sesame")] * 2
    assert other.asked[0]["accept-language"] == "ko"
    assert not {"authorization", "x-api-key", "cookie", "referer"} & other.asked[0].keys()


async def test_a_cookie_of_the_user_s_own_stays_beside_those_that_a_server_sets() -> None:
    """Whatever letters its name is written in, one header holds them all."""
    answers = {"/": answer(302, Location="/in", Set_Cookie="seen=yes"), "/in": answer(200, b"x")}
    access = FeedAccess((("cookie", "id=me"),))
    async with serving(answers) as server, Fetcher(LIMITS) as fetcher:
        await fetcher.fetch(server.url(), access=access)
    assert [asked["cookie"] for asked in server.asked] == ["id=me", "id=me; seen=yes"]


async def test_the_address_a_feed_moved_to_gets_its_login_only_on_the_same_server() -> None:
    """A stored redirect is no way to learn it; and it is stored without the login."""
    async with (
        serving({"/": answer(200, b"x"), "/old": answer(301, Location="/")}) as server,
        Fetcher(LIMITS) as fetcher,
    ):
        home = server.url("/old").replace("//", "//me:sesame@")
        found = await fetcher.fetch(home)
        assert isinstance(found, Fetched)
        assert (found.permanent_url, found.url) == (server.url(), server.url())
        await fetcher.fetch(server.url(), home=home)
        await fetcher.fetch(server.url(), home="http://me:sesame@elsewhere.test/", access=ACCESS)
    assert ["authorization" in asked for asked in server.asked] == [True, True, True, False]


def test_a_server_that_speaks_securely_now_is_still_the_same() -> None:
    """Its port is the usual one: whoever asked in the clear loses nothing; the other way round it would."""
    home = Address("http", "site.test", 80, "/")
    assert _is_home(home, replace(home, scheme="https", port=443))
    assert not _is_home(replace(home, scheme="https", port=443), home)
    assert not _is_home(home, replace(home, scheme="https", port=8443))
    assert not _is_home(home, replace(home, host="www.site.test"))


@pytest.mark.parametrize(
    ("asks", "access", "words"),
    [
        ('Basic realm="x"', FeedAccess(), "401: a login is needed"),
        ('Basic realm="x"', ACCESS, "401: the login is not accepted"),
        ("", ACCESS, "401: the login is not accepted"),
        ('Digest realm="x, basic", qop="auth"', ACCESS, OTHER),
        ('Negotiate, Basic realm="x"', FeedAccess(), "401: a login is needed"),
    ],
)  # fmt: skip
async def test_a_login_that_is_missing_wrong_or_of_another_kind_is_told_apart(
    asks: str, access: FeedAccess, words: str
) -> None:
    """Each wants something else of the user."""
    async with serving({"/": answer(401, b"", WWW_Authenticate=asks)}) as server, Fetcher(LIMITS) as fetcher:
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(server.url(), access=access)
    assert (str(caught.value), caught.value.status) == (words, 401)


async def test_a_feed_whose_secret_is_missing_is_not_asked() -> None:
    """Without it the server would only say no, and it may count that."""
    async with serving({"/": answer(200, b"x")}) as server, Fetcher(LIMITS) as fetcher:
        with pytest.raises(FetchError, match="the password is missing"):
            await fetcher.fetch(server.url(), access=FeedAccess(problem="the password is missing"))
    assert server.asked == []


def test_what_a_feed_is_asked_with_shows_no_secret() -> None:
    """Neither in a traceback nor in a log."""
    shown = repr(replace(ACCESS, proxy="http://me:sesame@proxy.test", secrets=("sesame",)))
    assert "sesame" not in shown
    assert LOGIN not in shown
