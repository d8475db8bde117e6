"""What a database's URL says: where on a server it is, and what of that nobody may see."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

SQLITE: Final = "sqlite:///"
"""Everything behind it is a file's path, as it is."""
SERVERS: Final = ("postgresql://", "postgresql+psycopg://")
DRIVER_MISSING: Final = "a database on PostgreSQL needs psycopg: pip install 'newsdigest[postgres]'"
_SECRET: Final = re.compile(r"((?:ssl)?password=)([^&]*)", re.IGNORECASE)
_EXAMPLE: Final = "postgresql://USER@HOST:5432/NAME"


def masked(url: str) -> str:
    """A database's URL without the passwords in it, fit for logs and messages; of a file its path.

    Rather too much is hidden than too little: a password may hold any sign, though it should be written as ``%3F``.
    """
    if url.startswith(SQLITE):
        return url.removeprefix(SQLITE)
    head, found, rest = url.partition("://")
    before, at, behind = rest.rpartition("@")
    user, has_password, _ = before.partition(":")
    shown = f"{user}{':***' if has_password else ''}{at}{behind}" if found else ""
    return head + found + _SECRET.sub(r"\1***", shown)


def passwords_in(url: str) -> tuple[str, ...]:
    """The passwords in a database's URL, as they stand there and as they are meant."""
    if url.startswith(SQLITE):
        return ()
    rest = url.partition("://")[2]
    before, _, query = rest.partition("?")
    found = [rest.rpartition("@")[0].partition(":")[2], before.rpartition("@")[0].partition(":")[2]]
    found += [each[2] for each in _SECRET.finditer(query)]
    return tuple(dict.fromkeys(word for each in found if each for word in (each, unquote(each))))


def fault(url: str) -> str:
    """What is wrong with a database's URL, in words; empty where it can be one."""
    if not url.startswith(SERVERS):
        return 'it must begin with "postgresql://"'
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return f"its host or port cannot be read: write {_EXAMPLE}"
    if not parts.path.strip("/"):
        return f"it must end with the database's name: write {_EXAMPLE}"
    return ""


def same_place(one: str, other: str) -> bool:
    """Whether two URLs name one database, as far as they say it themselves."""
    if one.startswith(SQLITE) and other.startswith(SQLITE):
        return Path(one.removeprefix(SQLITE)).resolve() == Path(other.removeprefix(SQLITE)).resolve()
    return one == other
