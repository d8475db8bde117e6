"""What was told of what is wrong, and what is over and not told yet.

Revision: 0003, follows 0002.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """All that was known to be wrong had been told."""
    op.add_column("conditions", sa.Column("told", sa.BigInteger(), nullable=True))
    op.add_column("conditions", sa.Column("ended", sa.BigInteger(), nullable=True))
    op.execute("UPDATE conditions SET told = since")
