"""Entries for a test's store, with what became of them said beforehand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from digest.delivery.decide import Asked, Decision, Policy, decide
from digest.values.news import JudgedMatch, NewEntry, Outcome, StoredEntry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from digest.store import Store
    from digest.values.messages import PlannedDelivery
    from digest.values.news import PollResult


@dataclass(frozen=True, slots=True)
class Seed(NewEntry):
    """A new entry, and what is to be decided of it: the outcome of a match by its rule, and the messages owed."""

    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    owed: tuple[PlannedDelivery, ...] = ()


def seed(entry: NewEntry, judged: Sequence[JudgedMatch] = (), owed: Sequence[PlannedDelivery] = ()) -> Seed:
    """An entry in which rules found this, with these messages owed for it."""
    return Seed(
        entry.identity,
        entry.url,
        entry.text,
        entry.published,
        entry.folded,
        entry.fold_version,
        entry.baseline,
        tuple((each.match, each.summary) for each in judged),
        entry.summary_spans,
        entry.content_spans,
        {each.match.rule: each.outcome for each in judged},
        tuple(owed),
    )


def commit(store: Store, results: Sequence[PollResult], now: datetime) -> list[int]:
    """Store what polls brought, and decide as its seeds say; of any other entry nothing is owed. The new ids."""
    seeds = {
        (result.update.feed_id, entry.url, entry.text.title): entry
        for result in results
        for entry in result.entries
        if isinstance(entry, Seed)
    }

    def as_wanted(asked: Sequence[Asked], since: Mapping[str, datetime], at: datetime) -> list[Decision]:
        del since, at
        keys = [(each.entry.feed_id, each.entry.url, each.entry.text.title) for each in asked]
        return [_decision(each, seeds.get(key)) for each, key in zip(asked, keys, strict=True)]

    return store.polls.commit_polls(results, now, as_wanted)


def decided(policy: Policy, entry: NewEntry, came: datetime, since: Mapping[str, datetime] | None = None) -> Decision:
    """What is decided of an entry that comes at this time, when every channel is there unless other is known."""
    stored = StoredEntry(1, 1, entry.url, entry.text, entry.published, came, entry.baseline)
    asked = Asked(stored, tuple(JudgedMatch(match, Outcome.UNDECIDED, summary) for match, summary in entry.matches))
    since = {channel.name: came for channel in policy.channels} if since is None else since
    (decision,) = decide(policy, [asked], since, came)
    return decision


def _decision(asked: Asked, wanted: Seed | None) -> Decision:
    outcomes = wanted.outcomes if wanted else {}
    judged = (
        JudgedMatch(each.match, outcomes.get(each.match.rule, Outcome.ALERT), each.summary) for each in asked.matches
    )
    return Decision(tuple(judged), wanted.owed if wanted else ())
