"""When an engine was at work, in a table of its own instead of when none was.

Revision: 0006, follows 0005.
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """It was at work between the times in which it was not; before the first of them, always."""
    op.create_table(
        "awake",
        sa.Column("begun", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("begun", name=op.f("pk_awake")),
    )
    connection = op.get_bind()
    stored = connection.execute(sa.text("SELECT value FROM meta WHERE key = 'absences'")).scalar_one_or_none()
    last = connection.execute(sa.text("SELECT heartbeat FROM engine")).scalar_one_or_none()
    begun = 0
    for ended, back in (*json.loads(stored or "[]"), (last or 0, 0)):
        if ended > begun:
            row = {"begun": begun, "ended": ended}
            connection.execute(sa.text("INSERT INTO awake (begun, ended) VALUES (:begun, :ended)"), row)
        begun = max(back, begun)
    op.execute("DELETE FROM meta WHERE key = 'absences'")
