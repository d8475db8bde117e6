"""What the page of digests shows, read in the watcher's thread: those composed, those planned, and how one reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from digest.config import load_config
from digest.config.times import digest_times
from digest.delivery.messages.digest import DigestFormat, digest_parts, render_digest
from digest.store.composing import begun, composed_for
from digest.store.pages import digest_lines, last_answer
from digest.values.settings import Telegram

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from digest.config import Config
    from digest.store import Store
    from digest.store.pages import Answer, ComposedLine
    from digest.values.messages import DigestDocument
    from digest.values.settings import DigestSpec

DigestKey = tuple[str, str]
"""Its name, and the local time at which it was composed; empty: the next one."""
MOST: Final = 4096
"""Characters of a message of Telegram, as it counts them."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A digest of the config."""

    name: str
    at: datetime | None
    """When it goes out next."""
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpenDigest:
    """A digest in full."""

    key: DigestKey
    document: DigestDocument | None
    """``None``: an older version of Digest composed it, and kept no copy."""
    chat: str
    """The channel that its messages are those of; empty: none of Telegram."""
    parts: tuple[str, ...]
    """In Telegram's HTML."""


@dataclass(frozen=True, slots=True)
class DigestBook:
    """All that the page shows."""

    planned: Sequence[Planned]
    """The next one first."""
    composed: Sequence[ComposedLine]
    shown: OpenDigest | None
    answer: Answer | None
    """What came of the last that was asked for."""


def read_digests(store: Store, path: Path, chosen: DigestKey | None, now: datetime) -> DigestBook:
    """The digests, and the one that is chosen; without a choice the one that goes out next.

    Raises:
        ConfigError: the config cannot be read.
    """
    config = load_config(path)
    planned = [
        Planned(spec.name, next((due.at for due in digest_times(spec, now)), None), spec.channels)
        for spec in config.digests
    ]
    planned.sort(key=lambda each: (each.at is None, each.at or now, each.name))
    composed = digest_lines(store)
    if chosen is None:
        first = [(each.name, "") for each in planned] + [(each.name, each.local) for each in composed]
        chosen = first[0] if first else None
    shown = None if chosen is None else _shown(store, config, chosen, now)
    return DigestBook(planned, composed, shown, last_answer(store, "send-digest"))


def _shown(store: Store, config: Config, key: DigestKey, now: datetime) -> OpenDigest:
    name, local = key
    spec = next((each for each in config.digests if each.name == name), None)
    if local or spec is None:
        document = store.digests.document(name, local)
        parts = render_digest(document, DigestFormat.TELEGRAM) if document else ()
        return OpenDigest(key, document, "", parts)
    return _next(store, config, spec, now)


def _next(store: Store, config: Config, spec: DigestSpec, now: datetime) -> OpenDigest:
    """The next one as it would be now; its message as the first of its chats would get it."""
    period = next((due.period for due in digest_times(spec, now)), timedelta(days=1))
    since = begun(store, spec.name, now, period)
    document, told = composed_for(store, spec, config.channels, since, now, store.rules.live())
    key = (spec.name, "")
    for each in told:
        if isinstance(each.channel.medium, Telegram):
            parts = digest_parts(each.document, each.channel, delivery=0, cut=tuple)
            return OpenDigest(key, document, each.channel.name, parts)
    return OpenDigest(key, document, "", render_digest(document, DigestFormat.TELEGRAM))
