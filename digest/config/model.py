"""``[model]``: the language model of digests, read from its table; its key from where the table says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from digest.config.secret_text import find_secret, read_secret_place
from digest.config.units import parse_http_url
from digest.values.settings import ModelSpec
from digest.words import read_span

if TYPE_CHECKING:
    from pathlib import Path

    from digest.toml.table import Table

_KEY_ADVICE = 'a key never stands in the config: name the variable that holds it, as in key_env = "MODEL_KEY"'
_ADVICE = {
    "key": _KEY_ADVICE,
    "api_key": _KEY_ADVICE,
    "url": "write endpoint",
    "base_url": "write endpoint",
    "model": "write name",
}
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LONGEST_WAIT = 300  # seconds


def read_model(table: Table, base: Path) -> ModelSpec | None:
    """``[model]``; ``None`` where it says nothing."""
    if not table.names:
        return None
    default = ModelSpec()
    key_env, key_file = read_secret_place(table, "key", default.key_env, base)
    spec = ModelSpec(
        endpoint=table.parsed("endpoint", default.endpoint, parse_http_url).rstrip("/"),
        name=table.text("name").strip(),
        key_env=key_env,
        key_file="" if key_file is None else str(key_file),
        key=find_key(key_env, key_file)[0],
        translate=table.parsed("translate", default.translate, _language),
        libretranslate=table.parsed("libretranslate", default.libretranslate, parse_http_url).rstrip("/"),
        daily=table.number("daily", default.daily, least=1, most=10_000),
        timeout=table.parsed("timeout", default.timeout, read_span),
    )
    table.finish(_ADVICE)
    _check(table, spec)
    return spec


def _check(table: Table, spec: ModelSpec) -> None:
    """What needs another key beside it."""
    if not table.has("endpoint") and not table.has("libretranslate"):
        table.lacks('this model has no address: add endpoint = "http://127.0.0.1:8080/v1"')
    elif table.has("libretranslate") and not table.has("translate"):
        table.wrong("libretranslate", 'libretranslate needs a language beside it: add translate = "en"', value=False)
    if spec.timeout.total_seconds() > _LONGEST_WAIT:
        table.wrong("timeout", "a digest waits for no answer longer than 5m: write a shorter time")


def _language(text: str) -> str:
    if _LANGUAGE.fullmatch(text) is None:
        raise ValueError(f"“{text}” is no code of a language: write one such as en, ko or pt-BR")
    return text


def find_key(variable: str, path: Path | None) -> tuple[str, str]:
    """The key, and why there is none where one should be."""
    if path is None and not variable:
        return "", ""
    key, missing = find_secret(variable, path, "key")
    key = key.strip()
    if not key.isascii() or not key.isprintable():
        return "", f"what stands in {path or f'the environment variable {variable}'} is no key"
    return key, missing
