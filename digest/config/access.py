"""What a feed is asked with besides its address: ``auth``, ``headers`` and ``proxy`` of a ``[[feed]]``."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Final

from digest.config.secret_text import find_secret, is_open_to_all, read_secret_place
from digest.proxies import read_proxy
from digest.values.settings import FeedAccess

if TYPE_CHECKING:
    from pathlib import Path

    from digest.toml.table import Table

_NAME: Final = re.compile(r"[!#$%&'*+.^`|~0-9A-Za-z-]+")
_OURS: Final = frozenset({
    *("host", "connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "accept-encoding"),
    *("if-none-match", "if-modified-since", "range", "if-range", "proxy-authorization"),
})  # fmt: skip
_SUFFIXES: Final = ("_env", "_file")
_NEVER_HERE: Final = 'never stands in the config: name the variable that holds it, as in {}_env = "FEED_{}"'
_ADVICE: Final = {
    **{name: f"a password {_NEVER_HERE.format('password', 'PASSWORD')}" for name in ("password", "pass", "pw")},
    **{name: f"a token {_NEVER_HERE.format('token', 'TOKEN')}" for name in ("token", "bearer")},
    "username": 'write user = "..."',
}


class _Reading:
    """What is found on the way."""

    def __init__(self, base: Path) -> None:
        self._base = base
        self.secrets: list[str] = []
        self.problem = ""

    def secret(self, table: Table, name: str) -> str:
        """The secret of a key without its ``_env`` or ``_file``; what is wrong with it is kept for who asks."""
        variable, path = read_secret_place(table, name, "", self._base)
        if not variable and path is None:
            return ""
        text, missing = find_secret(variable, path, name)
        if path is not None and is_open_to_all(path):
            table.doubtful(f"{name}_file", f"every user of this machine can read the {name}: run chmod 600 {path}")
        if text and not text.isprintable():
            place = path or f"the environment variable {variable}"
            text, missing = "", f"what stands in {place} holds a line break or a control character"
        if missing:
            self.problem = f"the {name} is missing: {missing}"
        elif text:
            self.secrets.append(text)
        return text


def read_access(table: Table, url: str, base: Path) -> FeedAccess:
    """The three keys of a feed; secrets are read now."""
    reading = _Reading(base)
    login = _login(table, url, reading)
    headers = {name: value for name, value in _headers(table.table("headers"), reading) if value}
    if login:
        headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
        headers["Authorization"] = login
    proxy = table.parsed("proxy", "", read_proxy)
    if table.has("proxy_env") or table.has("proxy_file"):
        proxy = _proxy(table, reading)
    if "@" in proxy:
        reading.secrets.append(proxy.rpartition("@")[0].rpartition("//")[2].partition(":")[2])
    return FeedAccess(tuple(headers.items()), proxy, tuple(each for each in reading.secrets if each), reading.problem)


def _login(table: Table, url: str, reading: _Reading) -> str:
    """The value of ``Authorization``: Basic in UTF-8 (RFC 7617), or a bearer token; empty without ``auth``."""
    auth = table.table("auth")
    user = auth.text("user")
    password, token = reading.secret(auth, "password"), reading.secret(auth, "token")
    auth.finish(_ADVICE)
    if not table.has("auth") or not isinstance(table.raw("auth"), dict):
        return ""
    bearer = auth.has("token_env") or auth.has("token_file")
    complete = auth.has("user") and (auth.has("password_env") or auth.has("password_file"))
    if bearer == complete and not set(auth.names) & set(_ADVICE):
        advice = 'auth takes a user and the place of a password: auth = { user = "me", password_env = "FEED_PASSWORD" }'
        table.wrong("auth", f'{advice}; or a token: auth = {{ token_env = "FEED_TOKEN" }}')
    if ":" in user:
        auth.wrong("user", "a user's name cannot hold a colon: the password goes into password_env or password_file")
    if "@" in url.partition("//")[2].partition("/")[0]:
        table.wrong("auth", "the address holds a login, too: keep one of the two", value=False)
    if bearer:
        return f"Bearer {token.strip()}" if token else ""
    basic = base64.b64encode(f"{user}:{password}".encode()).decode()
    reading.secrets.append(basic)
    return f"Basic {basic}"


def _headers(table: Table, reading: _Reading) -> list[tuple[str, str]]:
    """Names and values; ``NAME_env`` and ``NAME_file`` say where a value is."""
    found: dict[str, tuple[str, str]] = {}
    for key in table.names:
        name = next((key.removesuffix(suffix) for suffix in _SUFFIXES if key.endswith(suffix)), key)
        if _NAME.fullmatch(name) is None:
            table.wrong(key, "this is no name of a header: it takes letters, digits and hyphens", value=False)
        elif name.lower() in _OURS:
            table.wrong(key, f"{name} is Digest's own to send: take it out", value=False)
        elif name.lower() in found:
            table.wrong(key, f"there is already a header {name}: keep one of the two", value=False)
        value = table.text(key) if name == key else reading.secret(table, name)
        found[name.lower()] = name, value.strip()
    return list(found.values())


def _proxy(table: Table, reading: _Reading) -> str:
    if table.has("proxy"):
        table.wrong("proxy", "proxy stands here and in a secret place: keep one of the two", value=False)
    written = reading.secret(table, "proxy")
    try:
        return read_proxy(written) if written else ""
    except ValueError as error:
        reading.problem = f"its proxy cannot be used: {error}"
        return ""
