"""Rows into the values of ``digest.values``, and the columns each of them needs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, case, func, select

from digest.store.schema import entries, entry_texts, feeds, matches
from digest.values.messages import Alert, Delivery, DeliveryKind, DeliveryState, Hold
from digest.values.news import EntryText, Hit, JudgedMatch, MarkKind, Match, Outcome, Severity, StoredEntry, TextMark
from digest.values.settings import FeedSpec, reading_of
from digest.values.states import ChannelState, EngineState, FeedState, outlet, rhythm_of
from digest.values.stories import Development

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Row

_MS = timedelta(milliseconds=1)


def to_ms(span: timedelta) -> int:
    """Milliseconds of a duration, as interval columns keep it."""
    return round(span / _MS)


def feed_state(row: Row[Any]) -> FeedState:
    """A row of ``feeds``."""
    return FeedState(
        id=row.id,
        spec=FeedSpec(
            url=row.url,
            name=row.name,
            tags=tuple(row.tags),
            every=None if row.every_ms is None else row.every_ms * _MS,
            lang=row.lang,
            publisher=row.publisher,
            tier=row.tier,
            full_text=row.full_text,
            reading=reading_of(row.reading),
        ),
        rhythm=rhythm_of(row.rhythm),
        title=row.title,
        fetch_url=row.fetch_url,
        paused=row.paused,
        etag=row.etag,
        last_modified=row.last_modified,
        body_hash=row.body_hash,
        entry_hashes=row.entry_hashes,
        baseline_at=row.baseline_at,
        last_attempt=row.last_attempt,
        last_ok=row.last_ok,
        last_error=row.last_error,
        last_status=row.last_status,
        failures=row.failures,
        gone_at=row.gone_at,
        interval=row.interval_ms * _MS,
        next_due=row.next_due,
        last_new=row.last_new,
        entries=row.entries,
    )


source_name: ColumnElement[str] = case(
    (feeds.c.name != "", feeds.c.name), (feeds.c.title != "", feeds.c.title), else_=feeds.c.url
)
"""What a feed goes by: the user's name for it, else its own title, else its address; see `outlet`."""


def entry_query(*more: ColumnElement[Any]) -> Select[Any]:
    """All columns that ``stored_entry`` reads, and more if wanted."""
    return (
        select(
            entries.c.id,
            entries.c.feed_id,
            entries.c.url,
            entries.c.title,
            entries.c.author,
            entries.c.lang,
            entries.c.published,
            entries.c.first_seen,
            entries.c.baseline,
            entries.c.publisher,
            entries.c.story_id,
            entries.c.repeat,
            entries.c.doubtful,
            feeds.c.tier,
            func.coalesce(entry_texts.c.summary, "").label("text_summary"),
            func.coalesce(entry_texts.c.content, "").label("content"),
            entry_texts.c.tags,
            func.coalesce(entry_texts.c.folded, "").label("folded"),
            func.coalesce(entry_texts.c.fold_version, 0).label("fold_version"),
            source_name.label("source"),
            *more,
        )
        .join(feeds, feeds.c.id == entries.c.feed_id)
        .outerjoin(entry_texts, entry_texts.c.entry_id == entries.c.id)
    )


def stored_entry(row: Row[Any]) -> StoredEntry:
    """A row of ``entry_query``; raises ``TypeError`` for one that cannot be read."""
    title, summary, content, source, lang, author, url, publisher, tier = texts_of(
        (row.title, row.text_summary, row.content, row.source, row.lang, row.author, row.url, row.publisher, row.tier)
    )
    return StoredEntry(
        id=row.id,
        feed_id=row.feed_id,
        url=url,
        text=EntryText(
            title=title,
            summary=summary,
            content=content,
            source=outlet(source),
            lang=lang,
            author=author,
            tags=texts_of(row.tags or ()),
            tier=tier,
        ),
        published=row.published,
        first_seen=row.first_seen,
        baseline=row.baseline,
        folded=row.folded,
        fold_version=row.fold_version,
        publisher=publisher,
        story=row.story_id or None,
        repeat=row.repeat,
        doubtful=row.doubtful,
    )


def alert_query(*more: ColumnElement[Any]) -> Select[Any]:
    """All columns that ``alert`` and ``judged_match`` read, and more if wanted, of matches with their entries."""
    found = matches.c.id.label("match_id"), matches.c.rule, matches.c.severity, matches.c.created, matches.c.news
    return entry_query(*found, matches.c.hits, matches.c.summary, *more).join(
        matches, matches.c.entry_id == entries.c.id
    )


def alert(row: Row[Any], told: tuple[Delivery, ...] = ()) -> Alert:
    """A row of ``alert_query``, with the deliveries that tell of it."""
    return Alert(
        id=row.match_id,
        rule=row.rule,
        severity=Severity(row.severity),
        created=row.created,
        entry=stored_entry(row),
        hits=hits_of(row.hits),
        summary=texts_of(row.summary),
        deliveries=told,
        news=Development(row.news) if row.news else None,
    )


def texts_of(stored: Iterable[Any]) -> tuple[str, ...]:
    """Texts from a JSON column, or from several of text; raises ``TypeError`` for what is none."""
    found = tuple(stored)
    if not all(type(each) is str for each in found):
        raise TypeError("no text")
    return found


def hits_of(stored: Iterable[Sequence[Any]]) -> tuple[Hit, ...]:
    """Hits from their JSON column; raises ``TypeError`` for what is none."""
    found = tuple(Hit(*hit) for hit in stored)
    if not all(type(hit.start) is type(hit.end) is int for hit in found):
        raise TypeError("no offset")
    return found


def spans_of(stored: Iterable[Sequence[Any]]) -> tuple[TextMark, ...]:
    """Spans from their JSON column, without those of an unknown kind; raises ``TypeError`` for what is none."""
    found = tuple(TextMark(_KINDS[kind], start, end, detail) for kind, start, end, detail in stored if kind in _KINDS)
    if not all(type(span.start) is type(span.end) is int and type(span.detail) is str for span in found):
        raise TypeError("no span")
    return found


_KINDS = {kind.value: kind for kind in MarkKind}


def hits_as_json(hits: Iterable[Hit]) -> list[list[str | int]]:
    """Hits for their JSON column."""
    return [[hit.field, hit.start, hit.end, hit.text, hit.term] for hit in hits]


def judged_match(row: Row[Any]) -> JudgedMatch:
    """A row of ``matches``."""
    match = Match(row.rule, Severity(row.severity), hits_of(row.hits))
    news = Development(row.news) if row.news else None
    return JudgedMatch(match, Outcome(row.outcome), texts_of(row.summary), news)


def delivery(row: Row[Any], alerts: tuple[int, ...]) -> Delivery:
    """A row of ``deliveries``, with the ids of the matches it tells of."""
    return Delivery(
        id=row.id,
        channel=row.channel,
        kind=DeliveryKind(row.kind),
        state=DeliveryState(row.state),
        severity=Severity(row.severity),
        attempts=row.attempts,
        created=row.created,
        updated=row.updated,
        title=row.title,
        not_before=row.not_before,
        reason=row.reason,
        held_by=Hold(row.held_by) if row.held_by else None,
        tells=dict(row.tells),
        parts=texts_of(row.parts),
        place=row.place,
        message_ids=tuple(row.message_ids),
        alerts=alerts,
        maybe_repeat=row.maybe_repeat,
        retried=row.retried,
        released=row.released,
        story=row.story_id,
    )


def channel_state(row: Row[Any]) -> ChannelState:
    """A row of ``channels``."""
    return ChannelState(
        name=row.name,
        target=row.target,
        first_seen=row.first_seen,
        migrated_to=row.migrated_to,
        off=row.off,
        paused_until=row.paused_until,
        try_at=row.try_at,
        last_ok=row.last_ok,
        last_error=row.last_error,
        last_error_at=row.last_error_at,
    )


def engine_state(row: Row[Any]) -> EngineState:
    """The row of ``engine``."""
    return EngineState(
        pid=row.pid,
        host=row.host,
        version=row.version,
        started=row.started,
        heartbeat=row.heartbeat,
        activity=row.activity,
        problem=row.problem,
    )
