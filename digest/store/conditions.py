"""What is wrong: by what feeds, rules and channels are judged, and a row for each thing for as long as it is so.

What is asked here may be asked every minute. A row is stored together with the messages that tell of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, delete, func, insert, select, update

from digest.delivery.messages.notice import LastDay
from digest.store.channels import NO_LONGER_CONFIGURED
from digest.store.owing import owe
from digest.store.rows import source_name
from digest.store.schema import (
    channels,
    conditions,
    deliveries,
    entries,
    feeds,
    identities,
    matches,
    rule_files,
    rules,
    subscriptions,
)
from digest.values.messages import DeliveryKind, DeliveryState
from digest.values.news import Outcome
from digest.values.states import RuleFileState, outlet
from digest.watch.alike import site_of
from digest.watch.conditions import BrokenFile, ChannelSigns, FeedSigns, KnownCondition, RuleSigns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from digest.store.database import Database
    from digest.values.messages import PlannedDelivery
    from digest.watch.conditions import Condition, News


class Conditions:
    """The conditions of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self) -> list[KnownCondition]:
        """What is wrong now, the oldest first."""
        return [one for one in self.all() if one.ended is None]

    def all(self) -> list[KnownCondition]:
        """The same, and what is over and was not told yet."""
        query = select(conditions).order_by(conditions.c.since, conditions.c.key)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [KnownCondition(row.key, row.sentence, row.since, row.over, row.told, row.ended) for row in rows]

    def change(self, news: News, owed: Sequence[PlannedDelivery], now: datetime) -> list[int]:
        """Note what began, ended or reads otherwise, and owe the messages that tell of it, at once; their ids."""
        with self._database.write() as (connection, seq):
            left = [*_keys(news.over), *_keys(news.lapsed), *(one.key for one in news.began)]
            connection.execute(delete(conditions).where(conditions.c.key.in_(left)))
            rows = [_row(one, now, seq) for one in news.began] + [_row(one, None, seq) for one in news.shown]
            if rows:
                connection.execute(insert(conditions), rows)
            for keys, moment in ((_keys(news.ended), now), (_keys(news.resumed), None)):
                these = update(conditions).where(conditions.c.key.in_(keys))
                connection.execute(these.values(ended=moment, seq=seq))
            if news.reworded:
                words = [{"of": one.key, "new": one.sentence, "new_over": one.over} for one in news.reworded]
                change = update(conditions).where(conditions.c.key == bindparam("of"))
                change = change.values(sentence=bindparam("new"), over=bindparam("new_over"), seq=seq)
                connection.execute(change, words)
            return owe(connection, [(planned, ()) for planned in owed], now, seq)


def _keys(known: Sequence[KnownCondition]) -> list[str]:
    return [one.key for one in known]


def _row(one: Condition, told: datetime | None, seq: int) -> dict[str, object]:
    known = {"key": one.key, "sentence": one.sentence, "over": one.over, "since": one.since}
    return known | {"told": told, "ended": None, "seq": seq}


# --- by what it is judged ---------------------------------------------------------------------------------------------


class SignReads:
    """The questions of whoever looks whether all is well."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def feeds(self) -> list[FeedSigns]:
        """The feeds that are polled, without their rhythm."""
        columns = (
            feeds.c.id,
            feeds.c.url,
            source_name.label("source"),
            func.coalesce(feeds.c.last_ok, feeds.c.added, type_=feeds.c.added.type).label("well_at"),
            feeds.c.last_attempt,
            feeds.c.failures,
            feeds.c.last_status,
            feeds.c.last_error,
            feeds.c.gone_at,
            feeds.c.last_new,
            subscriptions.c.problem,
            subscriptions.c.troubled,
        )
        known = feeds.outerjoin(subscriptions, and_(subscriptions.c.feed_id == feeds.c.id, ~subscriptions.c.leaving))
        query = select(*columns).select_from(known).where(feeds.c.configured, ~feeds.c.paused).order_by(feeds.c.id)
        with self._database.read() as connection:
            return [
                FeedSigns(
                    id=row.id,
                    name=outlet(row.source),
                    site=site_of(row.url),
                    well_at=row.well_at,
                    attempted=row.last_attempt,
                    failures=row.failures,
                    reached=not row.failures or row.last_status is not None,
                    error=row.last_error,
                    gone=row.gone_at is not None,
                    new_at=row.last_new,
                    push_problem=row.problem or "",
                    push_troubled=row.troubled,
                )
                for row in connection.execute(query)
            ]

    def rules(self) -> list[RuleSigns]:
        """The rules that are switched on, without their rhythm; an index tells when each fired last."""
        fired = select(func.max(matches.c.created)).where(matches.c.rule == rules.c.id).scalar_subquery()
        query = select(rules.c.id, rules.c.title, fired.label("fired_at")).where(rules.c.enabled)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(rules.c.position)).all()
            return [RuleSigns(id=row.id, name=row.title or row.id, fired_at=row.fired_at) for row in rows]

    def broken_files(self) -> list[BrokenFile]:
        """The rule files that failed to load, each with its first problem."""
        columns = (rule_files.c.path, rule_files.c.problems, rule_files.c.version_id)
        with self._database.read() as connection:
            rows = connection.execute(select(*columns).order_by(rule_files.c.path)).all()
            return [
                BrokenFile(
                    row.path,
                    _first_problem(row.problems),
                    live=row.version_id is not None,
                    is_folder=RuleFileState(row.path).is_folder,
                )
                for row in rows
                if row.problems
            ]

    def well_files(self) -> list[str]:
        """The paths of the rule files of which nothing is wrong on disk."""
        with self._database.read() as connection:
            rows = connection.execute(select(rule_files.c.path, rule_files.c.problems)).all()
        return [row.path for row in rows if not row.problems]

    def channels(self) -> list[ChannelSigns]:
        """The channels of the config; since when one is in trouble, the store does not know.

        Of what was given up notices are not counted: to tell of them takes a notice.
        """
        dead = and_(deliveries.c.state == DeliveryState.DEAD, deliveries.c.kind != DeliveryKind.NOTICE)
        given_up = (
            select(deliveries.c.channel, func.count().label("number"), func.max(deliveries.c.updated).label("at"))
            .where(dead)
            .group_by(deliveries.c.channel)
        )
        why = select(deliveries.c.reason).where(dead).order_by(deliveries.c.updated.desc()).limit(1)
        with self._database.read() as connection:
            counts = {row.channel: row for row in connection.execute(given_up)}
            in_use = select(channels).where(channels.c.off != NO_LONGER_CONFIGURED).order_by(channels.c.name)
            rows = connection.execute(in_use).all()
            reasons = {
                name: str(connection.execute(why.where(deliveries.c.channel == name)).scalar_one()) for name in counts
            }
        return [
            ChannelSigns(
                name=row.name,
                off=row.off if row.try_at is None else "",
                error=_standing_error(row.last_error, row.last_error_at, row.last_ok),
                given_up_at=counts[row.name].at if row.name in counts else None,
                given_up=counts[row.name].number if row.name in counts else 0,
                given_up_reason=reasons.get(row.name, ""),
            )
            for row in rows
        ]

    def news_times(self, feed: int, since: datetime) -> list[datetime]:
        """When a feed brought something unseen, oldest first; what its first poll brought was no news."""
        seen = identities.c.first_seen
        # The commit of the first poll bears a later time than the attempt does.
        first = select(func.min(seen)).where(identities.c.feed_id == feed).scalar_subquery()
        query = select(seen).distinct().where(identities.c.feed_id == feed, seen >= since, seen > first)
        with self._database.read() as connection:
            return list(connection.execute(query.order_by(seen)).scalars())

    def firing_times(self, rule: str, since: datetime) -> list[datetime]:
        """When a rule fired, oldest first."""
        query = select(matches.c.created).distinct().where(matches.c.rule == rule, matches.c.created >= since)
        with self._database.read() as connection:
            return list(connection.execute(query.order_by(matches.c.created)).scalars())

    def last_day(self, now: datetime, day: timedelta) -> LastDay:
        """What a sign of life tells."""
        since = now - day
        of_day = select(func.count()).select_from(entries).where(entries.c.first_seen >= since)
        alerts = select(func.count()).where(matches.c.created >= since, matches.c.outcome == Outcome.ALERT)
        sent = select(func.count()).where(deliveries.c.state == DeliveryState.SENT, deliveries.c.updated >= since)
        listed = self.feeds()
        with self._database.read() as connection:
            wrong: Sequence[str] = list(
                connection.execute(
                    select(conditions.c.sentence)
                    .where(conditions.c.key.not_like("feed:%:failing"), conditions.c.ended.is_(None))
                    .order_by(conditions.c.since)
                ).scalars()
            )
            return LastDay(
                entries=connection.execute(of_day).scalar_one(),
                alerts=connection.execute(alerts).scalar_one(),
                sent=connection.execute(sent).scalar_one(),
                feeds=len(listed),
                failing=tuple(feed.name for feed in listed if feed.failures or feed.gone),
                wrong=tuple(wrong),
            )


def _first_problem(problems: Sequence[Sequence[object]]) -> str:
    """``line:column: message``, and how many more there are."""
    _path, line, column, message = problems[0]
    more = len(problems) - 1
    return f"{line}:{column}: {message}" + (f" (and {more} more)" if more else "")


def _standing_error(error: str, failed_at: datetime | None, ok_at: datetime | None) -> str:
    """Why the last message did not go; empty once one went after it."""
    return error if failed_at is not None and (ok_at is None or failed_at > ok_at) else ""
