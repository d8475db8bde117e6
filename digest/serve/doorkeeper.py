"""Who is let in: a token once, a cookie from then on, and never a page of another origin.

Cookies and names are no walls between the ports of one machine, and any website can have a browser send requests to
127.0.0.1, under a name of its own, too. So each request must name this very address (``Host``), what another page
sends is refused (``Origin``), and all but the exchange of the token needs the cookie.
"""

from __future__ import annotations

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
    """

    def __init__(self, port: int) -> None:
        self._token, self._cookie = secrets.token_urlsafe(_BYTES), secrets.token_urlsafe(_BYTES)
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

    def knows(self, cookie: str | None) -> bool:
        """Whether a cookie's value is the one that a token was exchanged for."""
        return cookie is not None and _same(cookie, self._cookie)


def _same(one: str, other: str) -> bool:
    """Compare in a time that does not tell how much of them is the same."""
    return hmac.compare_digest(one.encode(errors="replace"), other.encode())
