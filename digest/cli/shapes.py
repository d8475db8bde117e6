"""The JSON objects that scripts rely on, made from the values of the house. Names and order are part of the promise."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from digest.text import without_login
from digest.values.messages import DeliveryState
from digest.values.push import PushState
from digest.values.states import FeedHealth
from digest.watch.health import moved_to, rhythm_words
from digest.words import iso

if TYPE_CHECKING:
    from collections.abc import Iterable

    from digest.engine.overview import Overview
    from digest.errors import Problem
    from digest.match import Difference, ExampleResult
    from digest.store.articles import StoredArticle
    from digest.store.digests import ComposedDigest
    from digest.store.evidence import StoredEvidence
    from digest.store.people import Change, Mute
    from digest.store.strangers import Stranger
    from digest.stories.extract import Article
    from digest.values.messages import (
        Alert,
        Correction,
        Delivery,
        DigestDocument,
        DigestHeadline,
        DigestLine,
        InHand,
        Taken,
    )
    from digest.values.news import EntryText, Hit, Match, StoredEntry
    from digest.values.push import Subscription
    from digest.values.states import FeedState, LiveRule, RuleFileState


def hit_shape(hit: Hit) -> dict[str, Any]:
    """A hit: ``start`` and ``end`` are code-point offsets into the field as plain text."""
    return {"field": hit.field, "start": hit.start, "end": hit.end, "text": hit.text, "term": hit.term}


def headline_shape(changed: Correction | None) -> dict[str, Any] | None:
    """A headline that was changed after a rule had found it; ``None``: it was not."""
    return None if changed is None else {"before": changed.before, "after": changed.after, "at": iso(changed.at)}


def match_shape(match: Match) -> dict[str, Any]:
    """One rule that matched, and where."""
    return {
        "rule": match.rule,
        "severity": match.severity.word,
        "hits": [hit_shape(hit) for hit in match.hits],
    }


def fields_shape(text: EntryText) -> dict[str, Any]:
    """The plain fields of an entry."""
    return {
        "title": text.title,
        "summary": text.summary,
        "content": text.content,
        "source": text.source,
        "lang": text.lang,
        "author": text.author,
        "tags": list(text.tags),
    }


def summary_shape(article: Article, summary: Iterable[str]) -> dict[str, Any]:
    """What ``summarize`` tells; ``text`` is the article without its boilerplate."""
    return {"title": article.title, "text": article.text, "summary": list(summary), "method": article.method}


def problem_shape(problem: Problem) -> dict[str, Any]:
    """A problem of ``check``."""
    place = {"path": problem.path, "line": problem.line, "column": problem.column}
    return {**place, "level": problem.level, "message": problem.message}


def matches_shape(id_: str | int, matches: Iterable[Match]) -> dict[str, Any]:
    """What ``match`` writes for one entry."""
    return {"id": id_, "matches": [match_shape(match) for match in matches]}


def cluster_shape(id_: str | int, story: int, *, repeat: bool) -> dict[str, Any]:
    """What ``cluster`` writes for one entry."""
    return {"id": id_, "story": story, "repeat": repeat}


def feed_shape(feed: FeedState, health: FeedHealth) -> dict[str, Any]:
    """A feed of ``feeds list``."""
    waits = health not in {FeedHealth.PAUSED, FeedHealth.GONE}
    return {
        "url": feed.spec.url,
        "name": feed.name,
        "tags": list(feed.spec.tags),
        "health": health.value,
        "entries": feed.entries,
        "last_ok": iso(feed.last_ok),
        "last_error": feed.last_error or None,
        "next": iso(feed.next_due) if waits else None,
        "moved": moved_to(feed) or None,
        "silence": feed.silence or None,
        "rhythm": rhythm_words(feed, datetime.now(UTC), UTC) or None,
        "push": feed.subscription and _push_shape(feed.subscription, datetime.now(UTC)),
    }


def _push_shape(held: Subscription, now: datetime) -> dict[str, Any]:
    """What a feed's hub was asked for, without what only the hub may know."""
    return {
        "hub": without_login(held.hub),
        "state": held.state(now).value,
        "until": iso(held.until),
        "last": iso(held.pushed),
        "problem": held.problem or None,
        "ignored": held.ignored,
    }


def entry_shape(entry: StoredEntry) -> dict[str, Any]:
    """A stored entry, without its text."""
    return {
        "id": entry.id,
        "url": entry.url,
        "title": entry.text.title,
        "source": entry.text.source,
        "published": iso(entry.published),
        "first_seen": iso(entry.first_seen),
    }


def evidence_shape(entry: StoredEntry, kept: StoredEvidence, page: StoredArticle | None) -> dict[str, Any]:
    """What ``evidence`` writes: the text as it was kept, and what was seen to differ since, oldest first."""
    told = None
    if page is not None:
        told = {"at": iso(page.at), "title": page.title, "text": page.text, "problem": page.problem or None}
    changes = [{**each, "at": iso(datetime.fromtimestamp(each["at"] / 1000, UTC))} for each in kept.changes]
    return {
        "entry": entry_shape(entry),
        "at": iso(kept.at),
        "sha256": kept.sha256,
        "text": kept.text,
        "changes": changes,
        "page": told,
    }


def found_shape(entry: StoredEntry, hits: Iterable[Hit]) -> dict[str, Any]:
    """An entry that was found, of ``search``, ``rules try`` and ``rules diff``."""
    return entry_shape(entry) | {"hits": [hit_shape(hit) for hit in hits]}


def difference_shape(difference: Difference) -> dict[str, Any]:
    """A line of ``rules diff``: an alert that an edit adds or drops, and what in the edit does it."""
    change = "added" if difference.added else "dropped"
    return {
        "rule": difference.rule.id,
        "change": change,
        "reason": difference.reason,
        **found_shape(difference.entry, difference.hits),
    }


def alert_shape(alert: Alert) -> dict[str, Any]:
    """A line of ``alerts``; one of a story that was told before says why it is told again."""
    entry = alert.entry
    update = {} if alert.news is None else {"update": alert.news.value}
    return {
        "id": alert.id,
        "rule": alert.rule,
        "severity": alert.severity.word,
        "created": iso(alert.created),
        "entry": entry_shape(entry),
        "story": entry.story or entry.id,
        **update,
        "acknowledged": taken_shape(alert.taken),
        "summary": list(alert.summary),
        "hits": [hit_shape(hit) for hit in alert.hits],
        "deliveries": [
            {
                "channel": delivery.channel,
                "kind": delivery.kind.value,
                "state": delivery.state.value,
                "attempts": delivery.attempts,
                "updated": iso(delivery.updated),
                "message_id": list(delivery.message_ids),
            }
            for delivery in alert.deliveries
        ],
    }


def taken_shape(taken: Taken | None) -> dict[str, Any] | None:
    """Who has an event in hand since when; ``None``: nobody has."""
    return None if taken is None else {"by": taken.who, "since": iso(taken.since)}


def _in_hand_shape(one: InHand) -> dict[str, Any]:
    """An event that somebody has or ought to have."""
    return {
        "story": one.event,
        "title": one.title,
        "severity": one.severity.word,
        "since": iso(one.since),
        "acknowledged": taken_shape(one.taken),
        "escalated": list(one.went_to),
    }


def delivery_shape(delivery: Delivery) -> dict[str, Any]:
    """A line of ``outbox list``."""
    return {
        "id": delivery.id,
        "channel": delivery.channel,
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "not_before": iso(delivery.not_before),
        "reason": delivery.reason or None,
        "alerts": list(delivery.alerts),
    }


def digest_shape(document: DigestDocument) -> dict[str, Any]:
    """What ``compose``, ``brief`` and ``catchup`` write; ``more``: how many stories are only counted."""
    return {
        "name": document.name,
        "since": iso(document.since),
        "until": iso(document.until),
        "entries": [_line_shape(line) for group in document.groups for line in group.lines],
        "more": document.more,
    }


def _line_shape(line: DigestLine) -> dict[str, Any]:
    """A story of a digest, by its entry's id where that is all of it; in a brief with its note, and no change.

    ``also`` and ``apart`` are there where other headlines stand with it.
    """
    besides = {"also": line.also, "apart": line.apart}
    translation = {"translation": line.translation} if line.translation else {}
    return (
        translation
        | {
            "story": line.story or line.entry,
            "title": line.title,
            "sentences": list(line.sentences),
            "sources": [source.name for source in line.sources if source.name],
            "links": list(dict.fromkeys(filter(None, (line.url, *(source.url for source in line.sources))))),
            "rules": list(line.rules),
            "severity": line.severity.word,
        }
        | ({"note": line.note} if line.change is None else {"change": line.change.value})
        | {name: list(map(_beside_shape, others)) for name, others in besides.items() if others}
    )


def _beside_shape(other: DigestHeadline) -> dict[str, Any]:
    """A headline that stands with a story; ``story`` is null where it is a report of the same."""
    return {"story": other.story, "title": other.title, "source": other.source, "link": other.url, "lang": other.lang}


def composed_shape(composed: ComposedDigest) -> dict[str, Any]:
    """A line of ``compose --list``; without ``entries`` where an older version kept no copy."""
    document = composed.document
    return {
        "name": composed.name,
        "at": composed.local,
        "since": iso(composed.since),
        "until": iso(composed.until),
        "entries": None if document is None else document.entries + document.more,
    }


def rule_shape(rule: LiveRule, hits: int, last: datetime | None) -> dict[str, Any]:
    """A line of ``rules list``; the hits are those of the last 24 hours."""
    return {
        "id": rule.id,
        "title": rule.title,
        "severity": rule.severity.word,
        "path": rule.path,
        "line": rule.line,
        "enabled": rule.enabled,
        "hits_24h": hits,
        "last_hit": iso(last),
    }


def rule_file_shape(file: RuleFileState) -> dict[str, Any]:
    """A rule file as the engine last loaded it; ``version`` counts from 1, and is null where nothing of it is live."""
    return {
        "path": file.path,
        "version": file.version,
        "since": iso(file.since),
        "errors": sum(problem.level == "error" for problem in file.problems),
    }


def example_shape(result: ExampleResult, line: int) -> dict[str, Any]:
    """A line of ``rules test``, with the line of the example's file; a known gap passes, closed or not."""
    return {
        "rule": result.rule.id,
        "path": result.example.path,
        "line": line,
        "kind": result.example.kind.value,
        "text": result.example.shown,
        "passed": result.passed,
    }


def status_shape(found: Overview) -> dict[str, Any]:
    """What ``status`` writes."""
    engine, rules = found.engine, found.rules
    return {
        "engine": {
            "running": engine.pid is not None,
            "pid": engine.pid,
            "since": iso(engine.started),
            "problem": engine.problem,
        },
        "feeds": {
            "total": sum(found.feeds.values()),
            **{health.value: found.feeds.get(health, 0) for health in FeedHealth},
        },
        "push": {state.value: found.pushes.get(state, 0) for state in PushState},
        "entries": found.entries,
        "alerts": found.alerts,
        "rules": {
            "loaded": rules.loaded,
            "errors": [_place_shape(problem) for problem in rules.problems],
            "files": [rule_file_shape(file) for file in found.files],
        },
        "config": {"errors": [_place_shape(problem) for problem in found.mistakes]},
        "outbox": {state.value: found.outbox.get(state, 0) for state in DeliveryState},
        "duty": [_in_hand_shape(one) for one in found.in_hand],
        "mutes": [_mute_shape(mute) for mute in found.mutes],
        "changes": [_change_shape(change) for change in found.changes],
        "strangers": {
            "count": len(found.strangers),
            "last": _stranger_shape(found.strangers[0]) if found.strangers else None,
        },
        "bot": {"polling": found.bot_listens, "problem": found.bot_problem or None},
        "conditions": [{"key": one.key, "sentence": one.sentence, "since": iso(one.since)} for one in found.conditions],
    }


def _place_shape(problem: Problem) -> dict[str, Any]:
    return {key: value for key, value in problem_shape(problem).items() if key != "level"}


def _mute_shape(mute: Mute) -> dict[str, Any]:
    return {"rule": mute.rule, "until": iso(mute.until), "by": mute.by, "since": iso(mute.since)}


def _change_shape(change: Change) -> dict[str, Any]:
    return {
        "id": change.id,
        "at": iso(change.at),
        "by": change.by,
        "what": change.what,
        "kind": change.kind.value,
        "undone": iso(change.undone),
        "undone_by": change.undone_by or None,
    }


def _stranger_shape(stranger: Stranger) -> dict[str, Any]:
    return {
        "user_id": stranger.user_id,
        "name": stranger.name,
        "count": stranger.count,
        "last_seen": iso(stranger.last_seen),
    }
