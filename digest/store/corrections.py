"""Headlines that were changed after a match, as messages tell of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, select

from digest.store.schema import evidence
from digest.values.messages import Correction

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

_AT_ONCE: Final = 5_000
"""Ids in one statement: SQLite takes 32,766 values."""


def corrections_of(connection: Connection, ids: Collection[int]) -> Mapping[int, Correction]:
    """What headlines of entries, by their ids, said at the match, and what they say now, where that differs."""
    found = {}
    for some in _some(ids):
        for row in connection.execute(_CHANGES, {"wanted": some}):
            correction = _correction(row.changes)
            if correction is not None:
                found[row.entry_id] = correction
    return found


_CHANGES: Final = select(evidence.c.entry_id, evidence.c.changes).where(
    evidence.c.entry_id.in_(bindparam("wanted", expanding=True))
)


def _correction(changes: Sequence[Mapping[str, Any]]) -> Correction | None:
    """The changes of a title, oldest first, as one."""
    of_title = [each for each in changes if each.get("field") == "title"]
    if not of_title:
        return None
    before, after = str(of_title[0].get("before", "")), str(of_title[-1].get("after", ""))
    if before == after or not after:
        return None
    at = datetime.fromtimestamp(of_title[-1]["at"] / 1000, UTC)
    return Correction(before, after, matches=bool(of_title[-1].get("matches", True)), at=at)


def _some(ids: Collection[int]) -> Iterator[Sequence[int]]:
    """The ids, some thousands at a time, each once."""
    wanted = sorted(set(ids))
    return (wanted[start : start + _AT_ONCE] for start in range(0, len(wanted), _AT_ONCE))
