"""Who has which event in hand, and which messages wait for somebody to take what they tell.

Revision: 0012, follows 0011.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_WAITS = sa.text("untaken IS NOT NULL")

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Nobody has anything so far, and what was told before waits for nobody."""
    op.create_table(
        "duties",
        sa.Column("event", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("who", _TEXT, nullable=False),
        sa.Column("person", _TEXT, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event", name="pk_duties"),
    )
    op.create_index("ix_duties_since", "duties", ["since"])
    op.add_column("deliveries", sa.Column("untaken", sa.BigInteger(), nullable=True))
    op.create_index("ix_deliveries_untaken", "deliveries", ["untaken"], sqlite_where=_WAITS, postgresql_where=_WAITS)
    for name in ("twin", "words"):  # 0009 gave what came before it an empty text, which is no bytes to SQLite
        column = sa.column(name, sa.LargeBinary())
        op.execute(sa.update(sa.table("identities", column)).where(sa.func.length(column) == 0).values({name: b""}))
