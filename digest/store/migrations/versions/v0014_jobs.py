"""The tables of Procrastinate, by which the parts of an engine hand out what is to be polled; only on PostgreSQL.

Revision: 0014, follows 0013.
"""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """They are Procrastinate's own, as the version that is installed has them."""
    if op.get_bind().dialect.name == "postgresql":
        from digest.store.postgres import make_job_tables

        make_job_tables(op.get_bind())
