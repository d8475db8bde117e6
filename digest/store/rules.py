"""Rule files as the engine loaded them: what is live, what is wrong on disk, every good version there ever was."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, delete, func, insert, select, update

from digest.errors import Problem
from digest.model import RuleFileState, Severity
from digest.store.schema import rule_files, rule_versions, rules

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from digest.match import LoadedRules
    from digest.store.database import Database


@dataclass(frozen=True, slots=True)
class LiveRule:
    """A rule that is in force, without its query."""

    id: str
    title: str
    topic: str
    severity: Severity
    channels: tuple[str, ...] | None
    """``None``: every channel."""
    path: str
    line: int
    enabled: bool


class Rules:
    """The rules of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save_loaded(self, loaded: LoadedRules, now: datetime) -> None:
        """Make what was just loaded the live rules; a text that is new to its file is kept as a version."""
        problems: dict[str, list[list[Any]]] = defaultdict(list)
        for problem in loaded.problems:
            problems[problem.path].append([problem.path, problem.line, problem.column, problem.message])
        with self._database.write() as (connection, seq):
            stored = {row.path: row for row in connection.execute(select(rule_files))}
            for path in loaded.live.keys() | problems.keys():
                version = _keep_version(connection, path, loaded.live[path], now) if path in loaded.live else None
                row: dict[str, Any] = {"version_id": version, "problems": problems[path], "seq": seq}
                if path not in stored:
                    connection.execute(
                        insert(rule_files).values(row | {"path": path, "since": now if version else None})
                    )
                    continue
                if stored[path].version_id != version:
                    row["since"] = now if version else None
                connection.execute(update(rule_files).where(rule_files.c.path == path).values(row))
            left = stored.keys() - loaded.live.keys() - problems.keys()
            connection.execute(delete(rule_files).where(rule_files.c.path.in_(left)))
            _replace_rules(connection, loaded, seq)

    def last_good(self) -> Mapping[str, str]:
        """The last good text of each file of the folder, by path; one that never had any is not there."""
        newest = select(func.max(rule_versions.c.id)).group_by(rule_versions.c.path)
        query = (
            select(rule_versions.c.path, rule_versions.c.text)
            .join(rule_files, rule_files.c.path == rule_versions.c.path)
            .where(rule_versions.c.id.in_(newest))
        )
        with self._database.read() as connection:
            return {row.path: row.text for row in connection.execute(query.order_by(rule_versions.c.path))}

    def live_texts(self) -> Mapping[str, str]:
        """The text of each file that is live, by path."""
        query = select(rule_files.c.path, rule_versions.c.text).join(
            rule_versions, rule_versions.c.id == rule_files.c.version_id
        )
        with self._database.read() as connection:
            return {row.path: row.text for row in connection.execute(query.order_by(rule_files.c.path))}

    def previous_texts(self) -> Mapping[str, str]:
        """The text that each live file had before the one it has, by path; one that never had another is not there."""
        before = (
            select(func.max(rule_versions.c.id))
            .join(rule_files, rule_files.c.path == rule_versions.c.path)
            .where(rule_versions.c.id < rule_files.c.version_id)
            .group_by(rule_versions.c.path)
        )
        query = select(rule_versions.c.path, rule_versions.c.text).where(rule_versions.c.id.in_(before))
        with self._database.read() as connection:
            return {row.path: row.text for row in connection.execute(query.order_by(rule_versions.c.path))}

    def live(self) -> list[LiveRule]:
        """The live rules, in the order of their files and of their places there; disabled ones included."""
        with self._database.read() as connection:
            rows = connection.execute(select(rules).order_by(rules.c.position)).all()
        return [
            LiveRule(
                id=row.id,
                title=row.title,
                topic=row.topic,
                severity=Severity(row.severity),
                channels=None if row.channels is None else tuple(row.channels),
                path=row.path,
                line=row.line,
                enabled=row.enabled,
            )
            for row in rows
        ]

    def files(self) -> list[RuleFileState]:
        """The rule files, by path, with what is wrong with them on disk."""
        with self._database.read() as connection:
            rows = connection.execute(rule_file_query()).all()
        return [rule_file_state(row) for row in rows]


def rule_file_query() -> Select[Any]:
    """The rule files, by path, each with the number of its live version: 0 where none is live."""
    version = (
        select(func.count())
        .where(rule_versions.c.path == rule_files.c.path, rule_versions.c.id <= rule_files.c.version_id)
        .scalar_subquery()
    )
    return select(rule_files, version.label("version")).order_by(rule_files.c.path)


def rule_file_state(row: Row[Any]) -> RuleFileState:
    """A row of ``rule_file_query``."""
    return RuleFileState(
        path=row.path,
        version=row.version or None,
        since=row.since,
        problems=tuple(Problem(*problem) for problem in row.problems),
    )


def _keep_version(connection: Connection, path: str, text: str, now: datetime) -> int:
    """The id of the newest version of a file, which is this text from now on."""
    newest = select(func.max(rule_versions.c.id)).where(rule_versions.c.path == path).scalar_subquery()
    found = connection.execute(select(rule_versions.c.id, rule_versions.c.sha256).where(rule_versions.c.id == newest))
    row = found.one_or_none()
    sha256 = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    if row is not None and row.sha256 == sha256:
        return int(row.id)
    values = {"path": path, "sha256": sha256, "text": text, "loaded": now}
    return int(connection.execute(insert(rule_versions).returning(rule_versions.c.id), values).scalar_one())


def _replace_rules(connection: Connection, loaded: LoadedRules, seq: int) -> None:
    connection.execute(delete(rules))
    rows = [
        {
            "id": rule.id,
            "title": rule.title,
            "topic": rule.topic,
            "severity": rule.severity,
            "channels": None if rule.channels is None else list(rule.channels),
            "path": rule.path,
            "line": rule.line,
            "position": position,
            "enabled": rule.enabled,
            "seq": seq,
        }
        for position, rule in enumerate(loaded.rules)
    ]
    if rows:
        connection.execute(insert(rules), rows)
