"""One account of what was sent when, message by message, and what each message and channel waits for.

Revision: 0005, follows 0004.
"""

from __future__ import annotations

import json
import time

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """What was sent in the last minute still counts; what waits is placed anew at the start."""
    op.create_table(
        "sends",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("chat", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sends")),
    )
    op.create_index(op.f("ix_sends_chat"), "sends", ["chat"])
    op.create_index(op.f("ix_sends_at"), "sends", ["at"])
    op.create_table(
        "pauses",
        sa.Column("chat", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("chat", name=op.f("pk_pauses")),
    )
    connection = op.get_bind()
    for row in connection.execute(sa.text("SELECT chat, recent_sends, paused_until FROM pace")).all():
        times = row.recent_sends if isinstance(row.recent_sends, list) else json.loads(row.recent_sends)
        for at in times:
            added = sa.text("INSERT INTO sends (chat, at, done) VALUES (:chat, :at, :done)")
            connection.execute(added, {"chat": row.chat, "at": at, "done": True})
        if row.paused_until is not None:
            pause = sa.text("INSERT INTO pauses (chat, since, until) VALUES (:chat, :since, :until)")
            since = min(row.paused_until, round(time.time() * 1000))
            connection.execute(pause, {"chat": row.chat, "since": since, "until": row.paused_until})
    op.drop_table("pace")
    op.add_column("channels", sa.Column("try_at", sa.BigInteger(), nullable=True))
    op.add_column("channels", sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
    for name in ("retry_at", "failed", "turn"):
        op.add_column("deliveries", sa.Column(name, sa.BigInteger(), nullable=True))
    op.add_column("deliveries", sa.Column("copies", sa.Integer(), nullable=False, server_default="0"))
