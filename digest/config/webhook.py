"""A ``webhook`` of a ``[[channel]]``: where it leads, and the secret that signs what goes there.

The secret is written as Standard Webhooks has it: ``whsec_`` and 24 to 64 bytes in Base64. Two of them, with a space
between, sign side by side while a receiver goes over from one to the other.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final

from digest.config.secret_text import find_secret, is_open_to_all, read_secret_place
from digest.config.units import is_private_host, parse_http_url
from digest.values.settings import Webhook

if TYPE_CHECKING:
    from pathlib import Path

    from digest.toml.table import Table

SECRET_VARIABLE: Final = "DIGEST_WEBHOOK_SECRET"  # noqa: S105 - where it is, not what
SECRET_ADVICE: Final = (
    f"a secret never stands in the config: put it into the environment variable {SECRET_VARIABLE}, "
    "or name another one with secret_env, or a file with secret_file"
)
_PREFIX: Final = "whsec_"
_LEAST_BYTES, _MOST_BYTES = 24, 64
_MOST_KEYS: Final = 4
_MAKE_ONE: Final = 'make one: echo "whsec_$(openssl rand -base64 32)"'


def read_webhook(table: Table, base: Path, *, private_hosts: bool) -> Webhook:
    """The webhook of a channel; where its table names none, what is wrong with the keys beside it is noted."""
    url = table.parsed("webhook", "", parse_http_url)
    variable, path = read_secret_place(table, "secret", SECRET_VARIABLE, base)
    if not table.has("webhook"):
        for name in (each for each in ("secret_env", "secret_file") if table.has(each)):
            table.wrong(name, "only a webhook channel has a secret: take this out", value=False)
        return Webhook("")
    if url and is_private_host(url) and not private_hosts:
        table.wrong("webhook", "this address is on a private network: private_hosts = true under [poll] allows that")
    elif url.startswith("http:") and not is_private_host(url):
        table.doubtful("webhook", "this address is not https, so others may read what goes there")
    if path is not None and is_open_to_all(path):
        table.doubtful("secret_file", f"every user of this machine can read the secret: run chmod 600 {path}")
    return Webhook(url, *_keys(variable, path), private_hosts)


def _keys(variable: str, path: Path | None) -> tuple[tuple[bytes, ...], str]:
    """What signs, and why there is nothing that does; one of the two is empty."""
    text, missing = find_secret(variable, path, "secret")
    keys = [_key(secret) for secret in text.split()]
    if missing:
        return (), f"there is no secret to sign with ({missing}): {_MAKE_ONE}"
    if None in keys or len(keys) > _MOST_KEYS:
        place = path or f"the environment variable {variable}"
        return (), f"what stands in {place} is no secret of a webhook: {_MAKE_ONE}"
    return tuple(filter(None, keys)), ""


def _key(secret: str) -> bytes | None:
    """The bytes of a secret; ``None`` where it is none."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if secret.startswith(_PREFIX) and _LEAST_BYTES <= len(key) <= _MOST_BYTES else None
