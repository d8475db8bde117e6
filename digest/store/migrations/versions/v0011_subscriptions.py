"""What the hubs of feeds were asked for (WebSub).

Revision: 0011, follows 0010.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """No hub was asked so far; which feed names one, its next document tells."""
    op.create_table(
        "subscriptions",
        sa.Column("feed_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("hub", "topic", "callback", "secret")),
        sa.Column("due", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.BigInteger()) for name in ("asked", "since", "until", "pushed", "missed")),
        sa.Column("leaving", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("troubled", sa.BigInteger()),
        sa.Column("ignored", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("feed_id", name="pk_subscriptions"),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name="fk_subscriptions_feed_id", ondelete="CASCADE"),
    )
