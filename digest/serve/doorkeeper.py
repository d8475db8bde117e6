"""Who is let in: a token once, a cookie from then on, and never a page of another origin.

Cookies and names are no walls between the ports of one machine, and any website can have a browser send requests to
127.0.0.1, under a name of its own, too. So each request must name this very address (``Host``), what another page
sends is refused (``Origin``), and all but the exchange of the token needs the cookie.

Programs get a key in place of the cookie. It is made of the token, so it holds for as long, and opens nothing but what
is read: it stands in the settings of feed readers, and whoever finds it there does not get to the dashboard.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from enum import StrEnum
from typing import Final

_BYTES: Final = 32
"""Of a secret: nobody guesses 256 bits."""


class NotLetIn(StrEnum):
    """Why a request is refused, as the page says it."""

    HOST = "This server answers only to the address that “digest serve” printed."
    ORIGIN = "This request was sent by another page, and those are not let in."
    ADDRESS = "This address is not, or no longer, valid."
    COOKIE = "This browser has not been let in, or “digest serve” was started anew since."


class Doorkeeper:
    """Judges requests to one server; what it is told of them may be anything.

    Args:
        port: of the server.
        token: that holds; a new one without it.
    """

    def __init__(self, port: int, token: str = "") -> None:
        self._token, self._cookie = token or new_token(), secrets.token_urlsafe(_BYTES)
        key = hmac.digest(self._token.encode(), b"digest serve: reading alone", "sha256")
        self.key = base64.urlsafe_b64encode(key).decode().rstrip("=")
        """Lets programs read."""
        self._tickets: list[str] = []
        names = ("127.0.0.1", "localhost")
        self._hosts = {f"{name}:{port}" for name in names} | (set(names) if port == 80 else set())
        self.port = port

    @property
    def address(self) -> str:
        """The address that lets a browser in, for as long as the server runs."""
        return f"http://127.0.0.1:{self.port}/?token={self._token}"

    def address_once(self) -> str:
        """One that does so once, for where others can read it: a process's arguments are no secret."""
        self._tickets.append(secrets.token_urlsafe(_BYTES))
        return f"http://127.0.0.1:{self.port}/?token={self._tickets[-1]}"

    @property
    def reading_address(self) -> str:
        """The page that lists what programs can read, with their key."""
        return f"http://127.0.0.1:{self.port}/feeds/?key={self.key}"

    @property
    def cookie_name(self) -> str:
        """The cookie's name: cookies know no ports, so it has the port in it."""
        return f"digest-{self.port}"

    def refuses(self, host: str, origin: str | None, *, must_say: bool) -> NotLetIn | None:
        """Why a request is refused by where it goes and whence it comes; ``None`` where it is not.

        Args:
            host: its ``Host``.
            origin: its ``Origin``, if it has one.
            must_say: whether it must have one: browsers give it with what is more than reading.
        """
        if host.lower() not in self._hosts:
            return NotLetIn.HOST
        if origin is None:
            return NotLetIn.ORIGIN if must_say else None
        return None if origin == f"http://{host.lower()}" else NotLetIn.ORIGIN

    def exchange(self, token: str) -> str | None:
        """The cookie's value for a token; ``None`` where that is not valid."""
        for ticket in self._tickets:
            if _same(token, ticket):
                self._tickets.remove(ticket)
                return self._cookie
        return self._cookie if _same(token, self._token) else None

    def lets_read(self, secret: str, *, token_too: bool = False) -> bool:
        """Whether a secret is the key that programs read with, or the token, which is not for addresses that stay."""
        return _same(secret, self.key) or (token_too and _same(secret, self._token))

    def knows(self, cookie: str | None) -> bool:
        """Whether a cookie's value is the one that a token was exchanged for."""
        return cookie is not None and _same(cookie, self._cookie)


def new_token() -> str:
    """A token that nobody guesses."""
    return secrets.token_urlsafe(_BYTES)


def _same(one: str, other: str) -> bool:
    """Compare in a time that does not tell how much of them is the same."""
    return hmac.compare_digest(one.encode(errors="replace"), other.encode())
