"""Alerts on entries that came before: when a user asks for it, or when a wrong clock took them for too old.

::

    live rules ─▶ search what came since ─▶ leave out what matched when it came ─▶ judge ─▶ summarise ─▶ plan ─▶ commit

A channel is owed nothing older than itself, and what was a feed's baseline stays one: it is stored and shown, and
alerts nobody.

    clock put right ─▶ what it had judged too old ─▶ judge again by the time it is ─▶ plan ─▶ commit
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from digest.delivery.decide import judge, plan_deliveries
from digest.delivery.words import title_of
from digest.engine.polling.facts import few_hits
from digest.feeds.dates import plausible
from digest.match import search
from digest.stories.summarise import Summariser
from digest.values.news import JudgedMatch, LateMatches, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from digest.engine.polling.entries import Policy
    from digest.engine.rules import ActiveRules
    from digest.store.store import Store
    from digest.values.news import Match, StoredEntry


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
    summariser = Summariser(entry.text)
    judged = tuple(JudgedMatch(match, outcome, summariser.summary(match.hits)) for match in map(few_hits, matches))
    owed = plan_deliveries(title_of(entry), judged, active.routes, policy.channels, policy.off)
    return LateMatches(entry.id, judged, owed)


def misjudged(
    store: Store, active: ActiveRules, policy: Policy, since: datetime, now: datetime
) -> Iterator[LateMatches]:
    """What was judged too old since then, by a clock that was ahead, and is not by the time that it is now.

    Args:
        store: where the matches are; only those by rules that are still live count.
        active: the live rules.
        policy: which entries may alert.
        since: of the first that may have been judged by the wrong clock; those of the future are among them.
        now: the time, by a clock that was put right.
    """
    for entry in store.archive().entries(store.reads.judged_too_old(since)):
        # By a clock that is behind, everything would be young, and most of it of tomorrow.
        outcome = judge(entry.published, baseline=entry.baseline, now=now, max_age=policy.max_age)
        if outcome is not Outcome.ALERT or plausible(entry.published, now) is None:
            continue
        matches = (stored.judged for stored in store.reads.matches_of(entry.id))
        judged = tuple(
            replace(each, outcome=outcome)
            for each in matches
            if each.outcome is Outcome.TOO_OLD and each.match.rule in active.routes
        )
        if judged:
            owed = plan_deliveries(title_of(entry), judged, active.routes, policy.channels, policy.off)
            yield LateMatches(entry.id, judged, owed)
