"""How a feed is read that is no feed document, and how often it publishes.

Revision: 0010, follows 0009.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """All feeds so far are feed documents; how often they publish, their next entries tell."""
    for column in ("reading", "rhythm"):
        op.add_column("feeds", sa.Column(column, sa.JSON()))
