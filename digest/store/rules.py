"""Rule files as the engine loaded them: what is live, what is wrong on disk, every good version there ever was.

::

    the engine's folder ─▶ save_loaded ─┐
                                        ├▶ live ─▶ faces, pollers
    digest rules push ────▶ push ───────┘
              (from then on the folder counts no more, until that is taken back: withdraw)
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Select, bindparam, delete, func, insert, select, update

from digest.errors import Problem
from digest.store.database import put_fact
from digest.store.schema import conditions, meta, rule_files, rule_versions, rules
from digest.values.news import Severity
from digest.values.states import LiveRule, Pushed, RuleFileState
from digest.watch.conditions import broken_file

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Mapping

    from sqlalchemy import ColumnElement, Connection, Row

    from digest.match import LoadedRules
    from digest.store.database import Database


_PUSHED: Final = "pushed"
_TURNED: Final = "rules_turned"  # the number of the write that pushed, or withdrew, last
_GONE = ""
"""The text of a version that stands for a file's absence: what it said before is no longer its last good text."""


class Rules:
    """The rules of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save_loaded(self, loaded: LoadedRules, now: datetime, *, unversioned: Collection[str] = ()) -> bool:
        """Make what was just loaded from the folder the live rules; a text that is new is kept as a version.

        Of ``unversioned`` files, which change often and say nothing of what alerts, only the newest text is kept.
        Returns false, and changes nothing, where rules were pushed.
        """
        with self._database.write() as (connection, seq):
            if _pushed(connection) is not None:
                return False
            _save(connection, loaded, unversioned, now, seq)
            return True

    def push(self, loaded: LoadedRules, by: str, now: datetime) -> None:
        """Make these the live rules, whatever the folder of an engine says."""
        with self._database.write() as (connection, seq):
            _save(connection, loaded, (), now, seq)
            put_fact(connection, _PUSHED, json.dumps([by, now.isoformat()]))
            put_fact(connection, _TURNED, str(seq))

    def withdraw(self) -> bool:
        """Let the engine's folder count again, whose rules are live with its next look; whether any were pushed."""
        with self._database.write() as (connection, seq):
            withdrawn = bool(connection.execute(delete(meta).where(meta.c.key == _PUSHED)).rowcount)
            if withdrawn:
                put_fact(connection, _TURNED, str(seq))
            return withdrawn

    def pushed(self) -> Pushed | None:
        """Who pushed the rules that are live, if they were pushed."""
        with self._database.read() as connection:
            return _pushed(connection)

    def turned(self) -> str:
        """What changes with every push and every withdrawal: what a folder says has to be published anew then."""
        with self._database.read() as connection:
            return connection.execute(select(meta.c.value).where(meta.c.key == _TURNED)).scalar_one_or_none() or ""

    def save_fault(self, problem: Problem) -> None:
        """Note why nothing could be loaded: all that was live stays so, and the next load takes the note away."""
        problems = [[problem.path, problem.line, problem.column, problem.message]]
        row = {"path": problem.path, "version_id": None, "problems": problems}
        with self._database.write() as (connection, seq):
            stored = connection.execute(select(rule_files).where(rule_files.c.path == problem.path)).one_or_none()
            _save_file(connection, stored, row, datetime.now(UTC), seq)

    def last_good(self) -> Mapping[str, str]:
        """The last good text of each file, by path; one that had none since it came to the folder is not there."""
        newest = select(func.max(rule_versions.c.id)).group_by(rule_versions.c.path)
        query = (
            select(rule_versions.c.path, rule_versions.c.text)
            .join(rule_files, rule_files.c.path == rule_versions.c.path)
            .where(rule_versions.c.id.in_(newest), rule_versions.c.text != _GONE)
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

    def live_mark(self) -> Hashable:
        """What changes whenever a text that is live does."""
        query = select(rule_files.c.path, rule_versions.c.sha256).join(
            rule_versions, rule_versions.c.id == rule_files.c.version_id
        )
        with self._database.read() as connection:
            return tuple(tuple(row) for row in connection.execute(query.order_by(rule_files.c.path)))

    def previous_texts(self) -> Mapping[str, str]:
        """The text that each live file had before the one it has, by path; one that never had another is not there.

        That it was away meanwhile, or put back, is no edit of it.
        """
        now = rule_versions.alias()
        before = (
            select(func.max(rule_versions.c.id))
            .join(rule_files, rule_files.c.path == rule_versions.c.path)
            .join(now, now.c.id == rule_files.c.version_id)
            .where(rule_versions.c.id < now.c.id, rule_versions.c.text.not_in((now.c.text, "")))
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
            return [rule_file_state(row) for row in connection.execute(rule_file_query())]


def _save(connection: Connection, loaded: LoadedRules, unversioned: Collection[str], now: datetime, seq: int) -> None:
    """Make these the live rules."""
    problems: dict[str, list[list[Any]]] = defaultdict(list)
    for problem in loaded.problems:
        problems[problem.path].append([problem.path, problem.line, problem.column, problem.message])
    stored = {row.path: row for row in connection.execute(select(rule_files))}
    for path in sorted(loaded.live.keys() | problems.keys()):
        version, new = None, False
        if path in loaded.live:
            version, new = _keep_version(connection, path, loaded.live[path], now, over=path in unversioned)
        row = {"path": path, "version_id": version, "problems": problems.get(path, [])}
        _save_file(connection, stored.get(path), row, now, seq, new=new)
    gone = rule_files.c.path.in_(stored.keys() - loaded.live.keys() - problems.keys())
    for path in connection.scalars(select(rule_files.c.path).where(gone, _had_a_version())).all():
        _keep_version(connection, path, _GONE, now)
    connection.execute(delete(rule_files).where(gone))
    _save_rules(connection, loaded, seq)
    _forget_mended(connection, problems, loaded.live.keys() - problems.keys(), now, seq)


def _pushed(connection: Connection) -> Pushed | None:
    said = connection.execute(select(meta.c.value).where(meta.c.key == _PUSHED)).scalar_one_or_none()
    if said is None:
        return None
    by, at = json.loads(said)
    return Pushed(by, datetime.fromisoformat(at))


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


def _had_a_version() -> ColumnElement[bool]:
    """Whether a file was ever good."""
    return select(rule_versions.c.id).where(rule_versions.c.path == rule_files.c.path).exists()


def _keep_version(
    connection: Connection, path: str, text: str, now: datetime, *, over: bool = False
) -> tuple[int, bool]:
    """The id of the newest version of a file, which is this text from now on, and whether it was another before.

    Args:
        connection: of the transaction.
        path: the file.
        text: what it says.
        now: the time.
        over: the text takes the place of the one before.
    """
    newest = select(func.max(rule_versions.c.id)).where(rule_versions.c.path == path).scalar_subquery()
    found = connection.execute(select(rule_versions.c.id, rule_versions.c.sha256).where(rule_versions.c.id == newest))
    row = found.one_or_none()
    sha256 = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    if row is not None and row.sha256 == sha256:
        return int(row.id), False
    values = {"path": path, "sha256": sha256, "text": text, "loaded": now}
    if row is not None and over:
        connection.execute(update(rule_versions).where(rule_versions.c.id == row.id).values(values))
        return int(row.id), True
    return int(connection.execute(insert(rule_versions).returning(rule_versions.c.id), values).scalar_one()), True


def _save_file(  # noqa: PLR0913 - a row, and what it replaces
    connection: Connection, stored: Any, row: dict[str, Any], now: datetime, seq: int, *, new: bool = False
) -> None:
    """Store which version of a file is live and what is wrong with it, unless that is what is ``stored``."""
    row["seq"] = seq
    if new or stored is None or stored.version_id != row["version_id"]:
        row["since"] = now if row["version_id"] else None
    elif stored.problems == row["problems"]:
        return
    if stored is None:
        connection.execute(insert(rule_files).values(row))
    else:
        connection.execute(update(rule_files).where(rule_files.c.path == row["path"]).values(row))


def _forget_mended(
    connection: Connection, broken: Collection[str], well: Collection[str], now: datetime, seq: int
) -> None:
    """Forget of files that are well what was only shown: one that breaks again has not been broken since.

    What was told has ended now, and that is told by the next look.
    """
    still = conditions.c.key.in_([broken_file(path) for path in broken])
    of_file = conditions.c.key.like(broken_file("%"))
    connection.execute(delete(conditions).where(of_file, ~still, conditions.c.told.is_(None)))
    if not any(RuleFileState(path).is_folder for path in broken):  # else nobody knows
        ended = conditions.c.key.in_([broken_file(path) for path in well]) & conditions.c.ended.is_(None)
        connection.execute(update(conditions).where(ended).values(ended=now, seq=seq))


def _save_rules(connection: Connection, loaded: LoadedRules, seq: int) -> None:
    """Make the rules stored the live ones, writing only what changed: most edits are of one among thousands."""
    rows = {
        rule.id: {
            "id": rule.id,
            "title": rule.title,
            "topic": rule.topic,
            "severity": rule.severity,
            "channels": None if rule.channels is None else list(rule.channels),
            "path": rule.path,
            "line": rule.line,
            "position": position,
            "enabled": rule.enabled,
        }
        for position, rule in enumerate(loaded.rules)
    }
    columns = [column for column in rules.c if column.name != "seq"]
    stored = {row["id"]: dict(row) for row in connection.execute(select(*columns)).mappings()}
    if left := [{"left": name} for name, row in stored.items() if rows.get(name) != row]:
        connection.execute(delete(rules).where(rules.c.id == bindparam("left")), left)
    if new := [row | {"seq": seq} for name, row in rows.items() if stored.get(name) != row]:
        connection.execute(insert(rules), new)
