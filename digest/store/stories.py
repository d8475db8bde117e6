"""Stories as the store knows them: their reports, what was told of them, and what in them waits for more reports."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Text, and_, bindparam, exists, func, select
from sqlalchemy import cast as sql_cast

from digest.delivery.retelling import SoFar
from digest.store.rows import source_name, texts_of
from digest.store.schema import (
    deliveries,
    delivery_alerts,
    entries,
    entry_texts,
    feeds,
    matches,
    rules,
    stories,
    story_window,
)
from digest.stories.developments import said
from digest.stories.spikes import HOUR, WEEKS, Pace
from digest.values.messages import DeliveryState
from digest.values.news import SUPPRESSED, EntryText, Outcome, Severity, entry_time
from digest.values.states import outlet
from digest.values.stories import Report, Story

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import BindParameter, ColumnElement, Connection, Row, Select

    from digest.delivery.retelling import Known

_said: Final = lru_cache(maxsize=2_000)(said)
"""Of reports that were told: each later one of the story asks again."""
_AT_ONCE: Final = 5_000
"""Stories in one question: SQLite takes 32,766 values."""
_TEXT_KEPT: Final = 400
"""Characters of a report's own text that are compared with others'."""


def read_stories(connection: Connection, ids: Collection[int]) -> dict[int, Story]:
    """Stories with their reports, by their ids; one that is not there is left out, and so is 0, which is none."""
    wanted = sorted(each for each in {*ids} if each > 0)
    found: dict[int, Story] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        some = {"ids": wanted[start : start + _AT_ONCE]}
        reports: dict[int, list[Report]] = defaultdict(list)
        for row in connection.execute(_REPORTS, some):
            reports[row.story_id].append(_report(row))
        found |= {
            row.id: Story(row.id, row.created, row.updated, tuple(reports[row.id]), row.followed)
            for row in connection.execute(_STORIES, some)
            if row.id in reports
        }
    return found


@dataclass(frozen=True, slots=True)
class NearStory:
    """A story of some days, as far as it is compared with those of other languages."""

    story: int
    lang: str
    """As its reports were compared in."""
    created: datetime
    texts: tuple[EntryText, ...]
    """Titles and beginnings of its reports."""


def read_near(connection: Connection, at: datetime) -> list[NearStory]:
    """The stories that began within a day and a half of a time, and whose reports are remembered."""
    began = stories.c.created.between(at - _NEAR, at + _NEAR)
    columns = stories.c.id, stories.c.created, story_window.c.lang, entries.c.title, _TEXT.label("text")
    query = (
        select(*columns)
        .join(entries, entries.c.story_id == stories.c.id)
        .join(story_window, story_window.c.entry_id == entries.c.id)
        .outerjoin(entry_texts, entry_texts.c.entry_id == entries.c.id)
        .where(began)
        .order_by(entries.c.id)
    )
    found: dict[int, NearStory] = {}
    for row in connection.execute(query):
        text = EntryText(row.title, row.text or "", lang=row.lang)
        known = found.get(row.id) or NearStory(row.id, row.lang, row.created, ())
        found[row.id] = replace(known, texts=(*known.texts, text))
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is kept of a report to compare it with."""

    lang: str
    vector: bytes


def read_remembered(connection: Connection, ids: Collection[int]) -> dict[int, Remembered]:
    """What is kept of the reports of stories, by their entries; of those that came long ago nothing is."""
    wanted = sorted({*ids})
    found: dict[int, Remembered] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        for row in connection.execute(_KEPT, {"ids": wanted[start : start + _AT_ONCE]}):
            found[row.entry_id] = Remembered(row.lang, row.vector)
    return found


def so_far(connection: Connection, ids: Collection[int]) -> Mapping[int, SoFar]:
    """Stories with what was told of them, by their ids."""
    found = {story: SoFar(each) for story, each in read_stories(connection, ids).items()}
    alerts: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(_ALERTS, {"ids": list(found)}) if found else ():
        alerts[row.story_id].append(row)
    channels: dict[int, dict[str, dict[str, Severity]]] = {story: {} for story in alerts}
    for row in connection.execute(_CHANNELS, {"ids": list(alerts)}) if alerts else ():
        channels[row.story_id].setdefault(row.channel, {})[row.rule] = Severity(row.severity)
    return found | {story: _so_far(found[story].story, rows, channels[story]) for story, rows in alerts.items()}


def waiting_in(connection: Connection, grown: Collection[int]) -> tuple[dict[int, list[int]], list[int]]:
    """Matches of live rules that may be told because these stories have more reports now.

    Returns the oldest of each rule that waits for sources, with those that wait behind it: what holds for it holds for
    them. And of those that were suppressed the newest of each rule, for a rule may want to be told again when so many
    more publishers joined.
    """
    if not grown:
        return {}, []
    few: dict[tuple[int, str], list[int]] = defaultdict(list)
    newest: dict[tuple[int, str], int] = {}
    for row in connection.execute(_WAITING, {"ids": list(grown)}):
        if row.outcome == Outcome.FEW_SOURCES:
            few[row.story_id, row.rule].append(row.id)
        else:
            newest[row.story_id, row.rule] = row.id
    return {oldest: behind for oldest, *behind in sorted(few.values())}, sorted(newest.values())


def suppressed_in(connection: Connection, some: Collection[int]) -> list[int]:
    """Matches of live rules in these stories that were suppressed, for their story had been told, in their order."""
    rows = connection.execute(_WAITING, {"ids": list(some)})
    return [row.id for row in rows if row.outcome != Outcome.FEW_SOURCES]


def newest_unfound(connection: Connection, grown: Collection[int]) -> dict[int, list[tuple[str, Severity]]]:
    """The newest report of each of these stories in which a live rule found nothing that told the story before.

    By the report's id these rules, each with the highest severity that it told. What may be of another event, and what
    was there at its feed's first poll, is left out.
    """
    found: dict[int, list[tuple[str, Severity]]] = defaultdict(list)
    for row in connection.execute(_UNFOUND, {"ids": list(grown)}) if grown else ():
        if row.newest is not None:
            found[row.newest].append((row.rule, Severity(row.severity)))
    return found


def read_pace(connection: Connection, rule: str, *, now: datetime) -> Pace:
    """How fast the reports come that a rule finds; what feeds brought at their first poll does not count.

    What is older than the weeks that say what is usual is not read, however much a rule ever found.
    """
    hour = _FOUND.where(*_came_between(rule, now - HOUR, now)).order_by(entries.c.first_seen, entries.c.id)
    reports = tuple(_report(row) for row in connection.execute(hour))
    alerts = select(func.max(matches.c.created)).where(matches.c.rule == rule, matches.c.outcome == Outcome.ALERT)
    told: datetime | None = connection.execute(alerts.where(matches.c.created > now - WEEKS * _WEEK)).scalar_one()
    since = None
    if told is not None:
        times = _TIMES.where(*_came_between(rule, told - HOUR, now)).order_by(entries.c.first_seen)
        since = tuple(connection.execute(times).scalars())
    earlier = select(entries.c.title).join(matches, matches.c.entry_id == entries.c.id)
    earlier = earlier.where(matches.c.rule == rule, ~entries.c.baseline, entries.c.first_seen <= now - HOUR)
    earlier = earlier.order_by(matches.c.created.desc(), matches.c.id.desc()).limit(_HEADLINES_BEFORE)
    before = texts_of(connection.execute(earlier).scalars())
    return Pace(reports, _usual(connection, rule, now), since, told, before)


def _usual(connection: Connection, rule: str, now: datetime) -> float:
    """How many reports an hour are usual at this time of the week; less than a week after the first: at any time."""
    known = _TIMES.where(matches.c.rule == rule, ~entries.c.baseline, entries.c.first_seen <= now - HOUR)
    first: datetime | None = connection.execute(known.order_by(matches.c.created, matches.c.id).limit(1)).scalar()
    if first is None:
        return 0.0
    ends = [now - number * _WEEK for number in range(1, WEEKS + 1) if now - number * _WEEK - HOUR >= first]
    hours = [(end - HOUR, end) for end in ends] or [(first - HOUR, now - HOUR)]
    found = _TIMES.with_only_columns(func.count())
    count = sum(connection.execute(found.where(*_came_between(rule, *hour))).scalar_one() for hour in hours)
    return count / (len(ends) or max((now - HOUR - first) / HOUR, 1.0))


def _came_between(rule: str, after: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    """Reports that a rule found and that came after a time up to another; said so that the index on their time serves.

    That on the rule leads to all that it ever found.
    """
    came = entries.c.first_seen > after, entries.c.first_seen <= until
    return *came, entries.c.severity.is_not(None), ~entries.c.baseline, func.coalesce(matches.c.rule, "") == rule


def _so_far(story: Story, alerts: Sequence[Row[Any]], channels: Mapping[str, Known]) -> SoFar:
    rules: dict[str, Severity] = {}
    for row in alerts:
        rules[row.rule] = max(Severity(row.severity), rules.get(row.rule, Severity.LOW))
    texts = {row.entry_id: (EntryText(row.title, row.text or "", lang=row.lang), row.summary) for row in alerts}
    told = tuple(_said(text, texts_of(summary)) for text, summary in texts.values())
    return SoFar(story, rules, channels, told, max(row.sources for row in alerts))


def _report(row: Row[Any]) -> Report:
    came = entry_time(row.published, row.first_seen) if row.baseline else row.first_seen
    title, url, source, publisher, tier = texts_of((row.title, row.url, row.source, row.publisher, row.tier))
    return Report(row.id, title, url, outlet(source), publisher, tier, came, row.repeat, row.doubtful, row.text or "")


_NEAR: Final = timedelta(hours=36)
_WEEK: Final = timedelta(days=7)
_HEADLINES_BEFORE: Final = 200
"""Earlier headlines, beside which it shows what is new in those of a spike."""

# Made once: they are asked in every transaction that brings something.
_IDS: Final[BindParameter[int]] = bindparam("ids", expanding=True)
_TEXT: Final = func.substr(func.coalesce(func.nullif(entry_texts.c.summary, ""), entry_texts.c.content), 1, _TEXT_KEPT)
_STORIES: Final = select(stories).where(stories.c.id.in_(_IDS))
_REPORT: Final[Select[Any]] = (
    select(
        entries.c.id,
        entries.c.story_id,
        entries.c.title,
        entries.c.url,
        entries.c.publisher,
        entries.c.published,
        entries.c.first_seen,
        entries.c.baseline,
        entries.c.repeat,
        entries.c.doubtful,
        feeds.c.tier,
        source_name.label("source"),
        sql_cast(_TEXT, Text).label("text"),
    )
    .join(feeds, feeds.c.id == entries.c.feed_id)
    .outerjoin(entry_texts, entry_texts.c.entry_id == entries.c.id)
)
_REPORTS: Final[Select[Any]] = _REPORT.where(entries.c.story_id.in_(_IDS)).order_by(entries.c.id)
_KEPT: Final = (
    select(story_window.c.entry_id, story_window.c.lang, story_window.c.vector)
    .join(entries, entries.c.id == story_window.c.entry_id)
    .where(entries.c.story_id.in_(_IDS))
)
_TIMES: Final = select(entries.c.first_seen).join(matches, matches.c.entry_id == entries.c.id)
_FOUND: Final[Select[Any]] = _REPORT.join(matches, matches.c.entry_id == entries.c.id)
_ALERTS: Final = (
    select(
        entries.c.story_id,
        matches.c.entry_id,
        matches.c.rule,
        matches.c.severity,
        matches.c.sources,
        matches.c.summary,
        entries.c.title,
        entries.c.lang,
        sql_cast(_TEXT, Text).label("text"),
    )
    .join(entries, entries.c.id == matches.c.entry_id)
    .outerjoin(entry_texts, entry_texts.c.entry_id == entries.c.id)
    .where(entries.c.story_id.in_(_IDS), matches.c.outcome == Outcome.ALERT)
    .order_by(matches.c.id)
)
_CHANNELS: Final = (
    select(entries.c.story_id, deliveries.c.channel, matches.c.rule, func.max(matches.c.severity).label("severity"))
    .join(matches, matches.c.entry_id == entries.c.id)
    .join(delivery_alerts, delivery_alerts.c.match_id == matches.c.id)
    .join(deliveries, deliveries.c.id == delivery_alerts.c.delivery_id)
    .where(entries.c.story_id.in_(_IDS), deliveries.c.state != DeliveryState.DEAD)
    .group_by(entries.c.story_id, deliveries.c.channel, matches.c.rule)
)
_WAITING: Final = (
    select(matches.c.id, matches.c.rule, matches.c.outcome, entries.c.story_id)
    .join(entries, entries.c.id == matches.c.entry_id)
    .join(rules, and_(rules.c.id == matches.c.rule, rules.c.enabled))
    .where(entries.c.story_id.in_(_IDS), matches.c.outcome.in_((Outcome.FEW_SOURCES, *SUPPRESSED)))
    .order_by(matches.c.id)
)
_other = entries.alias()
_its_match = matches.alias()
_UNFOUND: Final = (
    select(
        matches.c.rule,
        func.max(matches.c.severity).label("severity"),
        select(_other.c.id)
        .where(_other.c.story_id == entries.c.story_id, ~_other.c.doubtful, ~_other.c.baseline)
        .where(~exists().where(_its_match.c.entry_id == _other.c.id, _its_match.c.rule == matches.c.rule))
        .order_by(_other.c.id.desc())
        .limit(1)
        .scalar_subquery()
        .label("newest"),
    )
    .join(entries, entries.c.id == matches.c.entry_id)
    .join(rules, and_(rules.c.id == matches.c.rule, rules.c.enabled))
    .where(entries.c.story_id.in_(_IDS), matches.c.outcome == Outcome.ALERT)
    .group_by(entries.c.story_id, matches.c.rule)
)
