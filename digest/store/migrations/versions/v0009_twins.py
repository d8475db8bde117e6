"""What entries are besides their guids, and which words their titles have.

Revision: 0009, follows 0008.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Of what came before neither is known: it is known by its key, its link and its title, as it was."""
    for column in ("twin", "words"):
        op.add_column("identities", sa.Column(column, sa.LargeBinary(), nullable=False, server_default=sa.text("''")))
