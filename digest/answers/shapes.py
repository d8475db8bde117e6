"""The JSON objects of what an engine, a store or the rules know. Names and order are part of the promise."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from digest.shapes import entry_shape, found_shape, headline_shape, hit_shape, problem_shape, taken_shape
from digest.text import without_login
from digest.values.messages import DeliveryState
from digest.values.push import PushState
from digest.values.states import FeedHealth
from digest.watch.health import moved_to, rhythm_words
from digest.words import iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from digest.engine.overview import Overview
    from digest.engine.story import TimelineLine
    from digest.errors import Problem
    from digest.match import Difference, ExampleResult
    from digest.store.articles import StoredArticle
    from digest.store.digests import ComposedDigest
    from digest.store.evidence import StoredEvidence
    from digest.store.people import Change, Mute
    from digest.store.stories import NearStory
    from digest.store.strangers import Stranger
    from digest.store.why import Finding
    from digest.stories.extract import Article
    from digest.values.messages import Correction, InHand
    from digest.values.news import StoredEntry
    from digest.values.push import Subscription
    from digest.values.states import FeedState, LiveRule, RuleFileState
    from digest.values.stories import Story


def summary_shape(article: Article, summary: Iterable[str]) -> dict[str, Any]:
    """What ``summarize`` tells; ``text`` is the article without its boilerplate."""
    return {"title": article.title, "text": article.text, "summary": list(summary), "method": article.method}


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


def difference_shape(difference: Difference) -> dict[str, Any]:
    """A line of ``rules diff``: an alert that an edit adds or drops, and what in the edit does it."""
    change = "added" if difference.added else "dropped"
    return {
        "rule": difference.rule.id,
        "change": change,
        "reason": difference.reason,
        **found_shape(difference.entry, difference.hits),
    }


def why_shape(entry: StoredEntry, finding: Finding, changed: Correction | None) -> dict[str, Any]:
    """A line of ``why``."""
    from digest.delivery.decide import Standing

    return {
        "entry": entry_shape(entry),
        "story": entry.story,
        "headline": headline_shape(changed),
        "rule": finding.rule,
        "matched": finding.matched,
        "alerted": finding.standing is Standing.ALERT,
        "reason": finding.standing.value,
        "sentence": finding.sentence,
        "clause": finding.clause,
        "hits": [hit_shape(hit) for hit in finding.hits],
    }


def story_shape(found: Story, lines: Sequence[TimelineLine], related: Sequence[NearStory]) -> dict[str, Any]:
    """What ``story`` writes."""
    return {
        "id": found.id,
        "created": iso(found.created),
        "updated": iso(found.updated),
        "followed": iso(found.followed),
        "sources": [report.source for report in found.sources],
        "reports": [
            {
                "entry": line.report.entry,
                "title": line.report.title,
                "headline": headline_shape(line.changed),
                "url": line.report.url,
                "source": line.report.source,
                "publisher": line.report.publisher,
                "tier": line.report.tier or None,
                "came": iso(line.report.came),
                "repeat": line.report.repeat,
                "alerted": line.alert is not None,
                "update": line.alert.news if line.alert else None,
            }
            for line in lines
        ],
        "related": [{"story": each.story, "lang": each.lang, "title": each.texts[0].title} for each in related],
    }


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
