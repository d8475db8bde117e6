"""Who holds what is being sent, answered and polled: an engine may run in parts over one database.

Revision: 0013, follows 0012.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_POLLED = sa.text("job IS NOT NULL")

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """What is under way now is held by nobody, and so it is taken back as ever."""
    op.add_column("leases", sa.Column("token", sa.BigInteger(), nullable=False, server_default="0"))
    for table in ("deliveries", "sends", "requests"):
        op.add_column(table, sa.Column("holder", _TEXT, nullable=True))
    op.add_column("feeds", sa.Column("job", sa.BigInteger(), nullable=True))
    op.create_index("ix_feeds_job", "feeds", ["job"], sqlite_where=_POLLED, postgresql_where=_POLLED)
