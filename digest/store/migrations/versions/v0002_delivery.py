"""Holding, pacing by chat, the bot and the watchdog.

Revision: 0002, follows 0001.
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Move what is known of a chat's pace from its channels to the chat, and add the tables of the bot."""
    op.add_column("deliveries", sa.Column("held_by", sa.Text(), nullable=True))
    op.add_column("deliveries", sa.Column("released", sa.BigInteger(), nullable=True))
    _create_pace()
    _create_mutes()
    _create_changes()
    _create_strangers()
    _create_bot_chats()
    _create_leases()
    _create_conditions()


def _create_pace() -> None:
    pace = op.create_table(
        "pace",
        sa.Column("chat", sa.Text(), nullable=False),
        sa.Column("recent_sends", sa.JSON(), nullable=False),
        sa.Column("paused_until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("chat", name=op.f("pk_pace")),
    )
    stored = op.get_bind().execute(sa.text("SELECT target, migrated_to, recent_sends, paused_until FROM channels"))
    of_chat: dict[str, tuple[list[int], int | None]] = {}
    for row in stored:
        chat = row.migrated_to or row.target
        sends, paused = of_chat.get(chat, ([], None))
        sends = sorted([*sends, *json.loads(row.recent_sends)])
        paused = max(filter(None, (paused, row.paused_until)), default=None)
        of_chat[chat] = (sends, paused)
    rows = [{"chat": chat, "recent_sends": sends, "paused_until": paused} for chat, (sends, paused) in of_chat.items()]
    if rows:
        op.bulk_insert(pace, rows)
    op.drop_column("channels", "recent_sends")
    op.drop_column("channels", "paused_until")


def _create_mutes() -> None:
    op.create_table(
        "mutes",
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("rule", name=op.f("pk_mutes")),
    )


def _create_changes() -> None:
    op.create_table(
        "changes",
        sa.Column("id", _ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("args", sa.JSON(), nullable=False),
        sa.Column("undone", sa.BigInteger(), nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
        sqlite_autoincrement=True,
    )


def _create_strangers() -> None:
    op.create_table(
        "strangers",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_strangers")),
    )


def _create_bot_chats() -> None:
    op.create_table(
        "bot_chats",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bot_chats")),
    )


def _create_leases() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )


def _create_conditions() -> None:
    op.create_table(
        "conditions",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("over", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_conditions")),
    )
