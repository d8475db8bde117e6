"""A message is written when it goes: its row holds what it tells of, and the place that its parts were written for.

Revision: 0004, follows 0003.
"""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from collections.abc import Iterator

revision = "0004"
down_revision = "0003"

_DELIVERIES = sa.table(
    "deliveries",
    *(sa.column(name) for name in ("id", "channel", "kind", "state", "title", "created", "parts", "tells", "place")),
)


def upgrade() -> None:
    """Parts stay as they are: what has begun goes on with them, all else is written anew when it goes."""
    op.add_column("deliveries", sa.Column("tells", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("deliveries", sa.Column("place", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.execute(
        "UPDATE deliveries SET place = coalesce((SELECT CASE WHEN migrated_to <> '' THEN migrated_to ELSE target END"
        " FROM channels WHERE channels.name = deliveries.channel), '') WHERE parts <> '[]'"
    )
    connection = op.get_bind()
    digests = _digests(connection)
    of_alerts = "id IN (SELECT delivery_id FROM delivery_alerts)"
    query = sa.select(_DELIVERIES, sa.literal_column(of_alerts).label("of_alerts"))
    for row in connection.execute(query.where(sa.text(f"kind <> 'alert' OR NOT {of_alerts}"))).all():
        tells = _tells(row, digests) if row.of_alerts else _said(row)
        if tells:
            change = sa.update(_DELIVERIES).where(_DELIVERIES.c.id == row.id)
            connection.execute(change.values(tells=json.dumps(tells, ensure_ascii=False)))


def _digests(connection: sa.Connection) -> dict[str, list[tuple[int, int]]]:
    """The periods of every digest by its name, the earliest first."""
    found: dict[str, list[tuple[int, int]]] = {}
    for row in connection.execute(sa.text("SELECT name, since, until FROM digests ORDER BY until")):
        found.setdefault(row.name, []).append((row.since, row.until))
    return found


def _tells(row: Any, digests: dict[str, list[tuple[int, int]]]) -> dict[str, Any]:
    """What it tells of beside its alerts."""
    if row.kind == "catch-up":
        why = {"held in quiet hours": "quiet", "held while muted": "mute"}
        return next(({"because": hold} for words, hold in why.items() if row.title.endswith(words)), {})
    if row.kind == "digest":
        name = row.title.removeprefix("digest ")
        composed = [period for period in digests.get(name, ()) if period[1] <= row.created]
        # One that somebody asked for has no period of its own: it began with its first alert, which the store knows.
        return {"name": name} | (dict(zip(("since", "until"), composed[-1], strict=True)) if composed else {})
    return {}


# --- what tells of no alert: its words, without the markup of the place they were written for ------------------------

_LINK = re.compile(r'<a href="([^"]*)">(.*?)</a>', re.DOTALL)
_TAG = re.compile(r"</?[a-z][^>]*>")
_MARKDOWN_LINK = re.compile(r"(?<!\\)\[((?:\\.|[^\]\\])*)\]\(<([^>]*)>\)", re.DOTALL)
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_BOLD = re.compile(r"(?<!\\)\*\*")
_OF_EVERY_MESSAGE = ("kind", "severity", "created", "title", "text")


def _said(row: Any) -> dict[str, Any]:
    parts = json.loads(row.parts)
    lines = [line for part in parts for line in _words(part, row.place).split("\n")]
    return {"lines": lines} | _facts(parts) if lines else {}


def _words(part: str, place: str) -> str:
    if not place.startswith("file:"):
        is_telegram = ":" not in place
        return html.unescape(_TAG.sub("", _LINK.sub(r"\2 \1", part))) if is_telegram else part
    record = _record(part)
    if record is not None:
        return str(record.get("text", ""))
    return _ESCAPE.sub(r"\1", _BOLD.sub("", _MARKDOWN_LINK.sub(r"\1 \2", part)).replace("  \n", "\n"))


def _facts(parts: list[str]) -> dict[str, Any]:
    """What a line of JSON says to programs, but what each says."""
    records: Iterator[Any] = filter(None, map(_record, parts))
    facts = {key: value for key, value in next(records, {}).items() if key not in _OF_EVERY_MESSAGE}
    return {"facts": facts} if facts else {}


def _record(part: str) -> dict[str, Any] | None:
    try:
        found = json.loads(part)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
