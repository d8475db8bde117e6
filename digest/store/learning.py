"""What rules can learn from: the reports that they missed in their stories, and what became of their alerts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from digest.store.schema import entries, matches, stars, stories
from digest.values.news import Outcome
from digest.values.stories import Answered

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from digest.store.database import Database


@dataclass(slots=True)
class MissedReports:
    """Of a rule, as ids of entries."""

    reports: set[int] = field(default_factory=set)
    """In stories that it alerted on, and found by no rule."""
    known: set[int] = field(default_factory=set)
    """All that stands in its stories, or that it found."""


class Learning:
    """The questions of rules to the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def missed(self, since: datetime, rule: str | None = None) -> Mapping[str, MissedReports]:
        """What rules missed of stories that they alerted on since then, in reports that came since then.

        Args:
            since: when it begins.
            rule: of this one alone.

        Returns:
            By the rule's id; a rule that alerted on nothing is absent.
        """
        named: list[ColumnElement[bool]] = [] if rule is None else [matches.c.rule == rule]
        alerted = select(matches.c.rule, entries.c.story_id, matches.c.created).join(entries).distinct()
        alerted = alerted.where(matches.c.outcome == Outcome.ALERT, entries.c.story_id > 0, *named)
        of_them = select(entries.c.story_id).join(matches).where(matches.c.outcome == Outcome.ALERT, *named)
        found = select(matches.c.entry_id).where(matches.c.entry_id == entries.c.id).exists()
        members = select(entries.c.id, entries.c.story_id, (entries.c.first_seen >= since) & ~found)
        members = members.where(entries.c.story_id > 0, entries.c.story_id.in_(of_them))
        rules: defaultdict[int, dict[str, bool]] = defaultdict(dict)
        told: defaultdict[str, MissedReports] = defaultdict(MissedReports)
        with self._database.read() as connection:
            for name, story, created in connection.execute(alerted):
                rules[story][name] = rules[story].get(name, False) or created >= since
            for entry, story, is_missed in connection.execute(members):
                for name, of_late in rules[story].items():
                    told[name].known.add(entry)
                    if is_missed and of_late:
                        told[name].reports.add(entry)
            for entry, name in connection.execute(select(matches.c.entry_id, matches.c.rule).where(*named)):
                if name in told:
                    told[name].known.add(entry)
        return told

    def answered(self, since: datetime, rule: str | None = None) -> Mapping[str, list[Answered]]:
        """What became of the alerts since then, by the rule's id; ``rule``: of this one alone."""
        picked = select(stars.c.id).where(or_(stars.c.entry_id == entries.c.id, stars.c.story_id == entries.c.story_id))
        followed = stories.c.followed.is_not(None)
        query = (
            select(
                matches.c.rule,
                entries.c.id,
                matches.c.created,
                entries.c.read_at.is_not(None),
                or_(picked.exists(), followed.is_(True)),
            )
            .join(entries, entries.c.id == matches.c.entry_id)
            .outerjoin(stories, stories.c.id == entries.c.story_id)
            .where(matches.c.outcome == Outcome.ALERT, matches.c.created >= since)
            .order_by(matches.c.id)
        )
        if rule is not None:
            query = query.where(matches.c.rule == rule)
        found: defaultdict[str, list[Answered]] = defaultdict(list)
        with self._database.read() as connection:
            for name, entry, came, read, kept in connection.execute(query):
                found[name].append(Answered(entry, came, bool(read), bool(kept)))
        return found
