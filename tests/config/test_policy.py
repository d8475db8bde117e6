"""Which keys of a config have to be the same on all machines of an engine in parts."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from digest.config import load_config
from digest.config.policy import other_sections, shared_marks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from digest.config import Config

EVERYTHING = """
[[feed]]
url = "https://example.org/rss.xml"
[[desk]]
name = "asia"
[[channel]]
name = "told"
telegram = "@told"
[[digest]]
name = "morning"
at = "07:00"
channels = ["told"]
[[view]]
name = "quakes"
query = "quake"
[model]
endpoint = "http://127.0.0.1:8080/v1"
"""
OWN = {
    *("path", "base", "rules", "state", "database", "warnings"),
    *("views.name", "views.query", "views.key", "keys", "dashboard.bell", "dashboard.notify", "log.format"),
    *("poll.timeout", "poll.concurrency", "poll.per_host"),
    *("poll.private_hosts", "poll.websub", "poll.websub_listen"),
    *("telegram.token_env", "telegram.token_file", "telegram.api"),
    *("feeds.access", "desks.rules"),
    *("model.endpoint", "model.key_env", "model.key_file", "model.key", "model.libretranslate"),
}
"""What each machine has for itself: paths, secrets, addresses, what it can bear, and what is seen there."""


def changed(config: Config) -> Iterator[tuple[str, Config]]:
    """A config that is another one in one field, for each there is, with that field's name."""
    another: Any = "another"
    for field in fields(config):
        value: Any = getattr(config, field.name)
        one: Any = value[0] if isinstance(value, tuple) and value else value
        if not is_dataclass(one) or isinstance(one, type):
            yield field.name, replace(config, **{field.name: another})
            continue
        for inner in fields(one):
            other = replace(one, **{inner.name: another})
            new: Any = (other,) if isinstance(value, tuple) else other
            yield f"{field.name}.{inner.name}", replace(config, **{field.name: new})


def test_all_that_is_no_machines_own_is_compared(tmp_path: Path) -> None:
    """A key that decides of alerts, and is another one on one machine, is told; a path or a secret never."""
    (tmp_path / "config.toml").write_text(EVERYTHING)
    config = load_config(tmp_path / "config.toml")
    marks = shared_marks(config)
    same = {name for name, other in changed(config) if not other_sections(marks, other)}
    assert same == OWN


def test_what_is_compared_is_told_by_its_name(tmp_path: Path) -> None:
    """As it stands in the file."""
    (tmp_path / "config.toml").write_text(EVERYTHING)
    config = load_config(tmp_path / "config.toml")
    other = replace(config, model=None, desks=(), telegram=replace(config.telegram, flood=1, admins=(7,)))
    assert other_sections(shared_marks(config), other) == [
        "admins of [telegram]",
        "flood of [telegram]",
        "[[desk]]",
        "[model]",
    ]
