"""Stories: which entries report the same event, what is remembered to tell, pages, evidence, and stars.

Revision: 0007, follows 0006.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """No entry has a story until it is compared with others, when there is time: those of the last three days are."""
    _add_columns()
    op.execute("UPDATE entries SET story_id = 0 WHERE first_seen < (SELECT max(first_seen) FROM entries) - 259200000")
    _make_story_tables()
    _make_tables_of_entries()


def _add_columns() -> None:
    op.add_column("feeds", sa.Column("tier", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("entries", sa.Column("publisher", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("entries", sa.Column("story_id", _id, nullable=True))
    op.add_column("entries", sa.Column("repeat", sa.Boolean(), nullable=False, server_default=sa.text("0")))
    op.add_column("entries", sa.Column("doubtful", sa.Boolean(), nullable=False, server_default=sa.text("0")))
    op.create_index(op.f("ix_entries_story_id"), "entries", ["story_id"])
    op.create_index("ix_entries_unstoried", "entries", ["id"], sqlite_where=sa.text("story_id IS NULL"))
    op.add_column("matches", sa.Column("news", sa.Text(), nullable=True))
    op.add_column("matches", sa.Column("sources", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("deliveries", sa.Column("story_id", _id, nullable=True))
    op.add_column("deliveries", sa.Column("stale", sa.BigInteger(), nullable=True))
    op.add_column("deliveries", sa.Column("edit_at", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_deliveries_story_id"), "deliveries", ["story_id"])
    op.create_index("ix_deliveries_stale", "deliveries", ["edit_at"], sqlite_where=sa.text("stale IS NOT NULL"))
    op.add_column("digests", sa.Column("document", sa.JSON(), nullable=False, server_default=sa.text("'{}'")))


def _make_story_tables() -> None:
    op.create_table(
        "stories",
        sa.Column("id", _id, autoincrement=False, nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("followed", sa.BigInteger(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stories")),
    )
    op.create_index(op.f("ix_stories_updated"), "stories", ["updated"])
    op.create_index(op.f("ix_stories_seq"), "stories", ["seq"])
    op.create_table(
        "story_window",
        sa.Column("id", _id, nullable=False),
        sa.Column("entry_id", _id, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("lang", sa.Text(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story_window")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_story_window_entry_id")),
        sqlite_autoincrement=True,
    )


def _make_tables_of_entries() -> None:
    op.create_table(
        "articles",
        sa.Column("entry_id", _id, autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("spans", sa.JSON(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_articles")),
    )
    op.create_table(
        "evidence",
        sa.Column("entry_id", _id, autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_evidence")),
    )
    op.create_table(
        "stars",
        sa.Column("id", _id, nullable=False),
        sa.Column("entry_id", _id, nullable=True),
        sa.Column("story_id", _id, nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stars")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_stars_entry_id")),
        sa.UniqueConstraint("story_id", name=op.f("uq_stars_story_id")),
    )
    op.create_index(op.f("ix_stars_seq"), "stars", ["seq"])
