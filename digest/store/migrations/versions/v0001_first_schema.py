"""The first schema.

Revision: 0001, the first.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create every table, and the change sequence at 0."""
    _create_feeds()
    _create_identities()
    _create_entries()
    _create_entry_texts()
    _create_matches()
    _create_channels()
    _create_deliveries()
    _create_delivery_alerts()
    _create_digests()
    _create_rule_versions()
    _create_rule_files()
    _create_rules()
    _create_meta()
    _create_engine()
    _create_requests()
    op.execute("INSERT INTO meta (key, value) VALUES ('seq', '0')")


def _create_feeds() -> None:
    op.create_table(
        "feeds",
        sa.Column("id", _ID, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("fetch_url", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("lang", sa.Text(), nullable=False),
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("every_ms", sa.BigInteger()),
        sa.Column("full_text", sa.Boolean(), nullable=False),
        sa.Column("configured", sa.Boolean(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("added", sa.BigInteger(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("last_modified", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("entry_hashes", sa.LargeBinary(), nullable=False),
        sa.Column("baseline_at", sa.BigInteger()),
        sa.Column("last_attempt", sa.BigInteger()),
        sa.Column("last_ok", sa.BigInteger()),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("last_status", sa.Integer()),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("gone_at", sa.BigInteger()),
        sa.Column("interval_ms", sa.BigInteger(), nullable=False),
        sa.Column("next_due", sa.BigInteger(), nullable=False),
        sa.Column("last_new", sa.BigInteger()),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_feeds"),
        sa.UniqueConstraint("url", name="uq_feeds_url"),
    )
    op.create_index("ix_feeds_next_due", "feeds", ["next_due"], unique=False)
    op.create_index("ix_feeds_seq", "feeds", ["seq"], unique=False)


def _create_identities() -> None:
    op.create_table(
        "identities",
        sa.Column("feed_id", _ID, nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("link", sa.LargeBinary(), nullable=False),
        sa.Column("title", sa.LargeBinary(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", _ID),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name="fk_identities_feed_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("feed_id", "key", name="pk_identities"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_identities_feed_id_first_seen", "identities", ["feed_id", "first_seen"], unique=False)
    op.create_index("ix_identities_feed_id_link", "identities", ["feed_id", "link"], unique=False)
    op.create_index("ix_identities_feed_id_title", "identities", ["feed_id", "title"], unique=False)


def _create_entries() -> None:
    op.create_table(
        "entries",
        sa.Column("id", _ID, nullable=False),
        sa.Column("feed_id", _ID, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("lang", sa.Text(), nullable=False),
        sa.Column("published", sa.BigInteger()),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("baseline", sa.Boolean(), nullable=False),
        sa.Column("severity", sa.Integer()),
        sa.Column("read_at", sa.BigInteger()),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name="fk_entries_feed_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_entries"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_entries_feed_id", "entries", ["feed_id"], unique=False)
    op.create_index("ix_entries_first_seen", "entries", ["first_seen"], unique=False)
    op.create_index(
        "ix_entries_matched",
        "entries",
        ["first_seen", "id"],
        unique=False,
        sqlite_where=sa.text("severity IS NOT NULL"),
    )
    op.create_index(
        "ix_entries_unread",
        "entries",
        ["id"],
        unique=False,
        sqlite_where=sa.text("severity IS NOT NULL AND read_at IS NULL AND baseline IS 0"),
    )
    op.create_index("ix_entries_seq", "entries", ["seq"], unique=False)
    op.create_index("ix_entries_url", "entries", ["url"], unique=False)


def _create_entry_texts() -> None:
    op.create_table(
        "entry_texts",
        sa.Column("entry_id", _ID, autoincrement=False, nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("fold_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name="fk_entry_texts_entry_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("entry_id", name="pk_entry_texts"),
    )


def _create_matches() -> None:
    op.create_table(
        "matches",
        sa.Column("id", _ID, nullable=False),
        sa.Column("entry_id", _ID, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("hits", sa.JSON(), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name="fk_matches_entry_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_matches"),
        sa.UniqueConstraint("entry_id", "rule", name="uq_matches_entry_id_rule"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_matches_created", "matches", ["created"], unique=False)
    op.create_index("ix_matches_rule_created", "matches", ["rule", "created"], unique=False)
    op.create_index("ix_matches_seq", "matches", ["seq"], unique=False)


def _create_channels() -> None:
    op.create_table(
        "channels",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("migrated_to", sa.Text(), nullable=False),
        sa.Column("off", sa.Text(), nullable=False),
        sa.Column("paused_until", sa.BigInteger()),
        sa.Column("recent_sends", sa.JSON(), nullable=False),
        sa.Column("last_ok", sa.BigInteger()),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("last_error_at", sa.BigInteger()),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_channels"),
    )


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", _ID, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("message_ids", sa.JSON(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.BigInteger()),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("retried", sa.BigInteger()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("maybe_repeat", sa.Boolean(), nullable=False),
        sa.Column("key", sa.Text()),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint("key", name="uq_deliveries_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_deliveries_seq", "deliveries", ["seq"], unique=False)
    op.create_index("ix_deliveries_state_channel", "deliveries", ["state", "channel"], unique=False)


def _create_delivery_alerts() -> None:
    op.create_table(
        "delivery_alerts",
        sa.Column("delivery_id", _ID, nullable=False),
        sa.Column("match_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name="fk_delivery_alerts_delivery_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["match_id"], ["matches.id"], name="fk_delivery_alerts_match_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("delivery_id", "match_id", name="pk_delivery_alerts"),
    )
    op.create_index("ix_delivery_alerts_match_id", "delivery_alerts", ["match_id"], unique=False)


def _create_digests() -> None:
    op.create_table(
        "digests",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("local_date", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("alerts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", "local_date", name="pk_digests"),
    )


def _create_rule_versions() -> None:
    op.create_table(
        "rule_versions",
        sa.Column("id", _ID, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("loaded", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rule_versions"),
    )
    op.create_index("ix_rule_versions_path_id", "rule_versions", ["path", "id"], unique=False)


def _create_rule_files() -> None:
    op.create_table(
        "rule_files",
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("version_id", _ID),
        sa.Column("since", sa.BigInteger()),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("path", name="pk_rule_files"),
    )


def _create_rules() -> None:
    op.create_table(
        "rules",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("channels", sa.JSON()),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rules"),
    )


def _create_meta() -> None:
    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_meta"),
    )


def _create_engine() -> None:
    op.create_table(
        "engine",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("pid", sa.Integer()),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("started", sa.BigInteger()),
        sa.Column("heartbeat", sa.BigInteger()),
        sa.Column("activity", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_engine"),
    )


def _create_requests() -> None:
    op.create_table(
        "requests",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("args", sa.JSON(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("claimed", sa.BigInteger()),
        sa.Column("done", sa.BigInteger()),
        sa.Column("result", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_requests"),
    )
