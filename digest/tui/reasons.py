"""Why nobody is told of an entry: the rules of now are asked once the cursor rests on it, as ``digest why`` asks them.

::

    the cursor rests on an entry that no channel gets ─▶ the watcher's thread: the rules explain it ─▶ the reader
                                                          (they are loaded once, and again when they changed)

What was said is shown for as long as the entry is as it was then.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from digest.values.desks import desk_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.match import RuleSet
    from digest.store import Store
    from digest.store.dashboard import EntryDetail
    from digest.store.why import Finding
    from digest.tui.welcome import Places

RESTS: Final = 0.4
"""Seconds after which the cursor rests."""


class Reasons:
    """Knows why nobody is told of the entry that is read.

    Args:
        places: where the rules and the config are.
    """

    def __init__(self, places: Places) -> None:
        self._places = places
        self._of: EntryDetail | None = None
        self._findings: Sequence[Finding] = ()

    def with_findings(self, detail: EntryDetail) -> EntryDetail:
        """The entry with what the rules say of it, where that is known."""
        return replace(detail, findings=self._findings) if self._of == detail else detail

    def wants(self, detail: EntryDetail) -> bool:
        """Whether the rules are to be asked about an entry."""
        return not detail.deliveries and self._of != detail

    def keep(self, detail: EntryDetail, findings: Sequence[Finding]) -> None:
        """What they said; nothing, where they could not be asked."""
        self._of, self._findings = detail, findings

    def read(self, detail: EntryDetail, store: Store) -> Sequence[Finding]:
        """In the watcher's thread: what each rule says, the nearest miss first of those that did not find it.

        Raises:
            DigestError: the config cannot be read.
        """
        from digest.config import load_config
        from digest.store.why import findings_of

        texts = store.rules.live_texts() or self._places.folders.read().texts
        return findings_of(detail.entry, _rules(tuple(texts.items())), load_config(self._places.config).channels, store)


@lru_cache(1)
def _rules(texts: tuple[tuple[str, str], ...]) -> RuleSet:
    from digest.match import load_rules

    return load_rules(dict(texts), try_examples=False, desk_at=desk_of).ruleset
