"""Alerts on entries that had come before a rule found them: only when a user asks for it.

::

    live rules ─▶ search what came since ─▶ leave out what matched when it came ─▶ judge ─▶ summarise ─▶ plan ─▶ commit

A channel is owed nothing older than itself, and what was a feed's baseline stays one: it is stored and shown, and
alerts nobody.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from digest.delivery.plan import AlertEntry, judge, plan_deliveries
from digest.engine.entries import few_hits
from digest.match import search
from digest.model import JudgedMatch, LateMatches
from digest.stories.summarise import summarise

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from digest.engine.entries import Policy
    from digest.engine.reload import ActiveRules
    from digest.model import Match, StoredEntry
    from digest.store.store import Store


def late_matches(store: Store, active: ActiveRules, policy: Policy, since: datetime) -> Iterator[LateMatches]:
    """What the live rules find in entries that came since then, and did not find when these came."""
    born = {channel.name: channel.first_seen for channel in store.channels.all()}
    for entry, matches in search(active.rules, store.archive(since)):
        known = {stored.judged.match.rule for stored in store.reads.matches_of(entry.id)}
        if fresh := [match for match in matches if match.rule not in known]:
            there = [channel for channel in policy.channels if born[channel.name] <= entry.first_seen]
            yield _late(entry, fresh, active, replace(policy, channels=there))


def _late(entry: StoredEntry, matches: Sequence[Match], active: ActiveRules, policy: Policy) -> LateMatches:
    """What some rules find in one entry, judged as if they had found it when it came."""
    outcome = judge(entry.published, baseline=entry.baseline, now=entry.first_seen, max_age=policy.max_age)
    judged = tuple(JudgedMatch(match, outcome, summarise(entry.text, match.hits)) for match in map(few_hits, matches))
    told = AlertEntry(entry.text, entry.url, entry.published, entry.first_seen)
    return LateMatches(entry.id, judged, plan_deliveries(told, judged, active.routes, policy.channels, policy.off))
