"""Whom the doorkeeper lets in: a table of what requests say of themselves."""

from __future__ import annotations

import pytest

from digest.serve.doorkeeper import Doorkeeper, NotLetIn

PORT = 8420
OURS = f"127.0.0.1:{PORT}"


def token_of(address: str) -> str:
    """The token in an address."""
    return address.split("token=")[1]


@pytest.mark.parametrize(
    ("host", "origin", "must_say", "refusal"),
    [
        (OURS, None, False, None),
        (OURS, f"http://{OURS}", True, None),
        (f"localhost:{PORT}", f"http://localhost:{PORT}", True, None),
        (f"LOCALHOST:{PORT}", f"http://localhost:{PORT}", True, None),
        (OURS, None, True, NotLetIn.ORIGIN),
        (OURS, "null", False, NotLetIn.ORIGIN),
        (OURS, "", False, NotLetIn.ORIGIN),
        (OURS, "https://news.example", False, NotLetIn.ORIGIN),
        (OURS, f"https://{OURS}", True, NotLetIn.ORIGIN),
        (OURS, "http://127.0.0.1:8421", True, NotLetIn.ORIGIN),
        (OURS, f"http://localhost:{PORT}", True, NotLetIn.ORIGIN),
        (OURS, f"http://{OURS}.news.example", True, NotLetIn.ORIGIN),
        ("", None, False, NotLetIn.HOST),
        ("127.0.0.1", None, False, NotLetIn.HOST),
        ("127.0.0.1:8421", None, False, NotLetIn.HOST),
        (f"news.example:{PORT}", f"http://news.example:{PORT}", True, NotLetIn.HOST),
        (f"{OURS}.news.example", None, False, NotLetIn.HOST),
        (f"127.0.0.2:{PORT}", None, False, NotLetIn.HOST),
    ],
)
def test_who_names_another_address_or_comes_from_another_page(
    host: str,
    origin: str | None,
    must_say: bool,  # noqa: FBT001
    refusal: NotLetIn | None,
) -> None:
    """Only this very name and port, and only a page that came from there; a rebound name of a stranger's is neither."""
    assert Doorkeeper(PORT).refuses(host, origin, must_say=must_say) == refusal


def test_a_port_that_browsers_leave_out() -> None:
    """Port 80 stands in no header."""
    assert Doorkeeper(80).refuses("127.0.0.1", "http://127.0.0.1", must_say=True) is None


def test_a_token_is_exchanged_for_something_else() -> None:
    """The cookie's value is not the token, no two servers share either, and each has 256 bits."""
    doorkeeper, other = Doorkeeper(PORT), Doorkeeper(PORT)
    token = token_of(doorkeeper.address)
    cookie = doorkeeper.exchange(token)
    assert cookie is not None
    assert len(token) == len(cookie) == 43
    assert len({token, cookie, token_of(other.address), other.exchange(token_of(other.address))}) == 4
    assert doorkeeper.knows(cookie)
    assert not doorkeeper.knows(token)
    assert not other.knows(cookie)


@pytest.mark.parametrize("token", ["", "x", "é", "\ud800", "a" * 43])
def test_what_is_no_token(token: str) -> None:
    """It is worth nothing, whatever it is made of."""
    doorkeeper = Doorkeeper(PORT)
    assert doorkeeper.exchange(token) is None
    assert not doorkeeper.knows(token)
    assert not doorkeeper.knows(None)


def test_an_address_for_others_eyes_works_once() -> None:
    """A second one to use it is not let in; the printed one works on."""
    doorkeeper = Doorkeeper(PORT)
    once, again = token_of(doorkeeper.address_once()), token_of(doorkeeper.address_once())
    assert doorkeeper.exchange(once) is not None
    assert doorkeeper.exchange(once) is None
    assert doorkeeper.exchange(again) is not None
    assert doorkeeper.exchange(token_of(doorkeeper.address)) is not None
    assert doorkeeper.exchange(token_of(doorkeeper.address)) is not None
