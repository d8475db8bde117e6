"""Lives through days of labelled news with the real code, and gives what was told of them.

::

    reports ─▶ cleaned, matched, summarised ─▶ stored, joined, decided ─▶ messages ─▶ "sent" at once
                                                    └─ every midnight ─▶ a digest

The store is SQLite on disk, messages are written when they go, and the clock is that of the data.
"""

from __future__ import annotations

import itertools
import tempfile
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from digest.delivery.decide import Policy, decide
from digest.delivery.limits import chat_key
from digest.delivery.messages.digest import DigestFormat, digest_parts, render_digest
from digest.delivery.messages.write import whole
from digest.delivery.queue import Situation
from digest.delivery.retries import Patience
from digest.engine.polling.facts import Source, entry_facts
from digest.feeds.identity import identities
from digest.match import RuleSet
from digest.store import file_url
from digest.store.period import read_period
from digest.store.rows import judged_match
from digest.store.schema import entries, matches
from digest.store.telling import rewritten
from digest.stories.summarise import Summariser
from digest.values.messages import Delivery
from digest.values.news import EntryText, FeedUpdate, Hit, Match, NewEntry, ParsedEntry, PollResult, Severity
from digest.values.settings import ChannelSpec, FeedSpec, Telegram
from digest.values.stories import Development
from tests.fakes.stores import new_store

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from digest.delivery.decide import Decide
    from digest.store import Store
    from digest.values.messages import DigestDocument
    from digest.values.news import JudgedMatch
    from tests.bench.news_days import NewsDays, Reported

_DAY: Final = timedelta(days=1)
_MINUTE: Final = timedelta(minutes=1)
_RULE: Final = "everything"
_DESK: Final = ChannelSpec("desk", Telegram("@desk"))
_PATIENCE: Final = Patience(365 * _DAY)
_FEW: Final = 50
_LONGEST_WAIT: Final = timedelta(hours=1)
"""What waits when the last report came goes within that."""


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a report that a rule found."""

    report: Reported
    entry: int
    story: int | None
    doubtful: bool
    text: EntryText
    matches: tuple[JudgedMatch, ...]


@dataclass(frozen=True, slots=True)
class DayDigest:
    """The digest of one day, and the messages that it is."""

    document: DigestDocument
    parts: tuple[str, ...]


@dataclass(slots=True)
class Lived:
    """All that was told of some days."""

    told: list[Told] = field(default_factory=list)
    """The reports that a rule found when they came, in order."""
    reports: dict[int, Reported] = field(default_factory=dict)
    """Every report, by the id of its entry."""
    texts: dict[int, EntryText] = field(default_factory=dict)
    messages: int = 0
    """That went to chats, digests not counted."""
    parts: list[str] = field(default_factory=list)
    """The text of these, and of what each would be edited to at the end."""
    digests: list[DayDigest] = field(default_factory=list)


def lived(days: NewsDays) -> Lived:
    """Live through some days."""
    with (
        tempfile.TemporaryDirectory() as folder,
        new_store(file_url(Path(folder) / "digest.db")) as store,
    ):
        return _Life(days, store).whole()


class _Life:
    """Days as they go by, in a store of their own."""

    def __init__(self, days: NewsDays, store: Store) -> None:
        self._days, self._store = days, store
        self._began = min(each.at for each in days.reports) - _MINUTE
        rules = days.rules.rules if days.rules else ()
        names = sorted({channel for rule in rules for channel in rule.channels or ()})
        self._channels = [ChannelSpec(name, Telegram(f"@{name}")) for name in names] or [_DESK]
        self._titles = {rule.id: rule.title for rule in rules}
        policy = Policy(
            365 * _DAY,
            self._channels,
            routes={rule.id: rule.channels for rule in rules},
            telling={rule.id: rule.telling for rule in rules},
        )
        self._decide: Decide = partial(decide, policy)
        self._feeds = self._with_feeds()
        self._found = Lived()
        self._message_ids = itertools.count(1)

    def _with_feeds(self) -> Mapping[str, int]:
        """A feed for each publisher; their ids."""
        store, began = self._store, self._began
        store.sends.windows = lambda _: ()
        outlets = dict.fromkeys(each.publisher for each in self._days.reports)
        specs = {
            name: FeedSpec(f"https://outlet{number}.example/rss", name=name, publisher=name)
            for number, name in enumerate(outlets)
        }
        store.polls.sync_feeds(list(specs.values()), default_every=_MINUTE, now=began)
        store.channels.sync(self._channels, {}, began)
        by_url = {feed.spec.url: feed.id for feed in store.polls.all_feeds()}
        return {name: by_url[spec.url] for name, spec in specs.items()}

    def whole(self) -> Lived:
        """All of it, from the first report to the last digest."""
        midnight = self._began.replace(hour=0, minute=0, second=0, microsecond=0) + _DAY
        baseline = [each for each in self._days.reports if each.baseline]
        live = [each for each in self._days.reports if not each.baseline]
        self._commit(baseline, baseline[-1].at if baseline else self._began)
        for now, group in itertools.groupby(live, key=lambda each: each.at.replace(second=0, microsecond=0)):
            while now >= midnight:
                self._send(midnight)
                self._tell_day(midnight)
                midnight += _DAY
            self._send(now)
            self._commit(list(group), now)
        self._send(live[-1].at + _LONGEST_WAIT)
        self._tell_day(max(midnight, live[-1].at + _LONGEST_WAIT))
        self._read_again()
        return self._found

    # --- reports -------------------------------------------------------------------------------------------------

    def _commit(self, reports: Sequence[Reported], now: datetime) -> None:
        if not reports:
            return
        made = [self._entry(each, number) for number, each in enumerate(reports)]
        results = [self._polled(made[number], each, now) for number, each in enumerate(reports)]
        new = self._store.polls.commit_polls(results, now, self._decide)
        for entry, each, said in zip(new, reports, made, strict=True):
            self._found.reports[entry] = each
            self._found.texts[entry] = said.text
        while self._store.polls.commit_stories(_FEW, now, self._decide):
            pass

    def _entry(self, each: Reported, number: int) -> NewEntry:
        name = f"{self._feeds[each.publisher]}/{each.at.timestamp():.0f}/{len(self._found.reports) + number}"
        parsed = ParsedEntry(
            guid=name, link=f"https://outlet.example/{name}", title=each.title, summary=each.summary,
            content=each.content, lang=each.lang, published=each.at,
        )  # fmt: skip
        (identity,) = identities([parsed])
        source = Source(each.publisher)
        made = entry_facts(parsed, identity, source, self._days.rules or RuleSet(()))
        if self._days.rules is None:
            hits = _some_hit(made.text)
            match = Match(_RULE, Severity.HIGH, hits)
            made = replace(made, matches=((match, Summariser(made.text).summary(hits)),))
        return replace(made, baseline=each.baseline)

    def _polled(self, made: NewEntry, each: Reported, now: datetime) -> PollResult:
        update = FeedUpdate(
            self._feeds[each.publisher], now, ok=True, next_due=now + _MINUTE, interval=_MINUTE, failures=0
        )
        return PollResult(update, (made,))

    # --- messages and digests ------------------------------------------------------------------------------------

    def _send(self, until: datetime) -> None:
        """Send what goes up to a time, each at its own."""
        for channel in self._channels:
            self._send_to(channel, until)

    def _send_to(self, channel: ChannelSpec, until: datetime) -> None:
        chat, now = chat_key(channel.medium), self._found_last(until)
        while now <= until:
            situation = Situation(now, _PATIENCE)
            taken, _ = self._store.queue.take(chat, situation, lambda _: (channel, whole), None, timedelta(0))
            if taken is None:
                return
            if isinstance(taken, Delivery):
                self._sent(taken, now)
            else:
                now = max(taken, now + timedelta(milliseconds=1))

    def _found_last(self, until: datetime) -> datetime:
        """When the last report came before a time: what it brought goes at once."""
        last = next(reversed(self._found.reports.values()), None)
        return until if last is None else min(until, last.at.replace(second=0, microsecond=0))

    def _sent(self, taken: Delivery, now: datetime) -> None:
        self._found.messages += len(taken.parts)
        self._found.parts += taken.parts
        for _ in taken.parts:
            self._store.outbox.part_sent(taken.id, next(self._message_ids), now)

    def _tell_day(self, until: datetime) -> None:
        """Compose and write the digest of a day."""
        since = max(self._began, until - _DAY)
        document = read_period(self._store, since, until).digest("daily", "UTC", self._titles)
        parts = list(render_digest(document, DigestFormat.TELEGRAM))
        for channel in self._channels:
            parts += digest_parts(document, channel, delivery=1, cut=lambda some: some)
        self._found.digests.append(DayDigest(document, tuple(parts)))

    # --- what became of it ---------------------------------------------------------------------------------------

    def _read_again(self) -> None:
        """Note what was decided of each report, and how the messages would read now."""
        columns = matches, entries.c.story_id, entries.c.doubtful
        query = select(*columns).join(entries, entries.c.id == matches.c.entry_id).order_by(entries.c.id, matches.c.id)
        specs = {channel.name: channel for channel in self._channels}
        deliveries = self._store.outbox.list()
        with self._store.database.read() as connection:
            for entry, rows in itertools.groupby(connection.execute(query), key=lambda row: row.entry_id):
                some = list(rows)
                judged = tuple(
                    replace(judged_match(row), news=Development(row.news) if row.news else None) for row in some
                )
                report, text = self._found.reports[entry], self._found.texts[entry]
                if not report.baseline:
                    self._found.told.append(Told(report, entry, some[0].story_id, some[0].doubtful, text, judged))
            for each in deliveries:
                self._found.parts += rewritten(connection, each, specs[each.channel], whole) or ()


def _some_hit(text: EntryText) -> tuple[Hit, ...]:
    """What a rule might have found: the longest word of the end of the summary, else of the title."""
    name, said = ("summary", text.summary) if text.summary else ("title", text.title)
    half = len(said) // 2 if text.summary else 0
    word = max(said[half:].split(), key=len, default="").strip("\"'“”‘’«»().,;:!?…")
    start = said.find(word, half)
    return (Hit(name, start, start + len(word), word, word),) if word else ()


def names_of(told: Iterable[Told]) -> list[str]:
    """Reports as lines for a reader: event and headline."""
    return [f"[{each.report.label}] {each.report.title}" for each in told]
