"""What the texts of entries are beside their words.

Revision: 0008, follows 0007.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Of what came before nothing is known: its markup was not kept."""
    for column in ("summary_spans", "content_spans"):
        op.add_column("entry_texts", sa.Column(column, sa.JSON(), nullable=False, server_default=sa.text("'[]'")))
