"""The digest of a period: its alerts story by story, the weightiest first, under the rules that found them.

::

    alerts of the time ─┐                       ┌ severity, publishers, rules, newest ┐
    earlier ones ───────┼─▶ one event a story ─▶┤                                     ├─▶ groups ─▶ document
    who reports what ───┘   new, updated, more  └ two a publisher, ten a rule ────────┘
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from digest.text import headline
from digest.values.messages import (
    Alert,
    DigestChange,
    DigestDocument,
    DigestGroup,
    DigestHeadline,
    DigestLine,
    DigestSource,
)
from digest.values.news import Severity
from digest.values.stories import Development

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from digest.values.news import StoredEntry
    from digest.values.stories import Kin, Report, Story

MOST_OF_PUBLISHER: Final = 2
"""Stories of a group that one publisher tells."""
MOST_IN_GROUP: Final = 10
"""Stories of a group; those of high severity are always named, whatever their number."""
MOST_APART: Final = 3
"""Headlines beside a story that may be another event; those of high severity are always named."""
_SHOWN_SENTENCES: Final = 2
_ALONE: Final = -1
_LEAST_TRUSTED: Final = "F"
_CORRECTIONS: Final = frozenset({Development.TOLL, Development.REVERSAL})
"""What makes wrong what was said before: nobody should read the older report first."""


def compose_digest(  # noqa: PLR0913 - what a digest is of; all but the alerts by name
    alerts: Iterable[Alert],
    *,
    name: str,
    since: datetime,
    until: datetime,
    timezone: str = "UTC",
    rules: Mapping[str, str] | None = None,
    earlier: Iterable[Alert] = (),
    stories: Mapping[int, Story] | None = None,
    counted: Mapping[str, int] | None = None,
    kin: Iterable[Kin] = (),
    title: str = "",
) -> DigestDocument:
    """Compose the digest of the alerts of a period.

    A story stands once, under the severest of the rules it alerted by (the first of them by name, if several are); its
    line names all of them. Stories of one event are one line: the best ranked tells it, and the headlines of the others
    stand with it. Stories are ranked by severity, independent publishers, number of rules, and age, the newest first;
    groups by their first story. What a publisher or a rule has too much of is counted, but never what is of high
    severity or above.

    Args:
        alerts: of the period, in any order.
        name: the digest's own name.
        since: aware, inclusive.
        until: aware, exclusive; what came later is not told.
        timezone: IANA name of the zone in which its times are to be shown.
        rules: titles by rule id; a rule without one goes by its id.
        earlier: alerts that were told before, of stories that have alerts or new reports in the period.
        stories: who reports the stories of all these, by their ids; an entry without one is a story of its own.
        counted: how many stories of each rule were left out when these alerts were chosen: then all of them are named.
        kin: which of the stories are told as one event.
        title: what the digest goes by, where that is not made of its name.
    """
    told, before = _by_story(alerts), _by_story(earlier)
    events = [
        _Event(key, told.get(key, ()), before.get(key, ()), (stories or {}).get(key), since, until)
        for key in dict.fromkeys((*told, *before))
    ]
    groups: dict[str, _Group] = {}
    for event in _gathered(sorted((event for event in events if event.is_news), key=_Event.rank), kin):
        rule = event.rules[0]
        groups.setdefault(rule, _Group(None if counted is None else counted.get(rule, 0))).add(event)
    made = (group.made(rule, (rules or {}).get(rule) or rule) for rule, group in groups.items())
    return DigestDocument(name, since, until, timezone, tuple(made), sum(map(len, told.values())), title)


def named(document: DigestDocument, alerts: Iterable[Alert]) -> list[Alert]:
    """Those of the alerts that a digest was made of whose stories it names, and does not only count."""
    lines = [line for group in document.groups for line in group.lines]
    keys = {-line.entry if line.story is None else line.story for line in lines}
    keys |= {other.story for line in lines for other in (*line.also, *line.apart) if other.story is not None}
    return [alert for alert in alerts if _key_of(alert) in keys]


def compose_brief(lines: Sequence[DigestLine], *, now: datetime, timezone: str) -> DigestDocument:
    """What a user picked, in the order of picking: all of it, without rules as heads.

    Args:
        lines: one for each pick, as `picked` makes them.
        now: the time; its day stands on top.
        timezone: IANA name of the zone in which its times are to be shown.
    """
    severity = max((line.severity for line in lines), default=Severity.LOW)
    groups = (DigestGroup("", "", severity, tuple(lines)),) if lines else ()
    since = min((line.time for line in lines), default=now)
    return DigestDocument("brief", since, now, timezone, groups, 0, "Brief")


def picked(
    entry: StoredEntry, alerts: Sequence[Alert], story: Story | None, sentences: Sequence[str], *, until: datetime
) -> DigestLine:
    """The line of an entry or story that a user picked.

    Args:
        entry: what was picked; of a story without an alert its first report.
        alerts: of the entry, or of all the story; the best of them tells it.
        story: who reports it, if it has been compared with others.
        sentences: what an entry that never alerted says.
        until: who reports it later is not named.
    """
    if alerts:
        told = sorted(alerts, key=lambda alert: (alert.created, alert.id))
        _, line = next(_Event(_key_of(told[0]), told, (), story, told[0].created, until).lines())
        return replace(line, change=None, joined=0, apart=())
    line = replace(_line_of(entry), story=entry.story, sentences=tuple(sentences[:_SHOWN_SENTENCES]), change=None)
    sources = _Event(0, (), (), story, until, until).sources()
    return replace(line, sources=tuple((sources | {_voice(entry): DigestSource(line.source, line.url)}).values()))


# --- one story -------------------------------------------------------------------------------------------------------


def _by_story(alerts: Iterable[Alert]) -> dict[int, tuple[Alert, ...]]:
    """Alerts by the id of their story; those of an entry without one by its own, below zero."""
    found: dict[int, list[Alert]] = {}
    for alert in alerts:
        found.setdefault(_key_of(alert), []).append(alert)
    return {key: tuple(sorted(some, key=lambda alert: (alert.created, alert.id))) for key, some in found.items()}


def _key_of(alert: Alert) -> int:
    story = alert.entry.story
    return -alert.entry.id if story is None else story


@dataclass(frozen=True, slots=True)
class _Event:
    """What is known of one story, and what of it came in the period."""

    key: int
    """The story's id, or below zero that of an entry which is one of its own."""
    alerts: Sequence[Alert]
    """Of the period, oldest first ..."""
    earlier: Sequence[Alert]
    """... and those before."""
    story: Story | None
    since: datetime
    until: datetime
    also: Sequence[_Event] = ()
    """Told with it: very likely the same ..."""
    perhaps: Sequence[_Event] = ()
    """... and perhaps another."""

    @property
    def change(self) -> DigestChange:
        if not self.alerts:
            return DigestChange.MORE
        told_before = self.earlier or all(alert.news for alert in self.alerts)
        return DigestChange.UPDATED if told_before else DigestChange.NEW

    @property
    def is_news(self) -> bool:
        """Whether there is anything to say of it."""
        return bool(self.alerts or self.joined)

    @property
    def joined(self) -> int:
        """How many publishers began to report it in the period, if it was told before."""
        if self.story is None or self.change is DigestChange.NEW:
            return 0
        return sum(self.since <= report.came < self.until for report in self.story.sources)

    @property
    def rules(self) -> tuple[str, ...]:
        """Every rule that told it, severest first."""
        ranked = sorted((*self.earlier, *self.alerts), key=lambda alert: (-alert.severity, alert.rule))
        return tuple(dict.fromkeys(alert.rule for alert in ranked))

    @property
    def severity(self) -> Severity:
        """The highest of its alerts."""
        return max(alert.severity for alert in (*self.earlier, *self.alerts))

    def rank(self) -> tuple[float, ...]:
        """Sort key: the weightiest first."""
        last = (self.alerts or self.earlier)[-1]
        weights = self.severity, len(self.sources()), len(self.rules), last.created.timestamp(), last.entry.id
        return tuple(-weight for weight in weights)

    def sources(self) -> dict[str, DigestSource]:
        """Who reports it, by publisher, in the order of their first reports."""
        reports = self.story.sources if self.story else ()
        found = {each.publisher: DigestSource(each.source, each.url) for each in reports if each.came < self.until}
        for alert in (*self.earlier, *self.alerts):
            found.setdefault(_voice(alert.entry), DigestSource(alert.entry.text.source, alert.entry.url))
        return found

    def lines(self) -> Iterator[tuple[str, DigestLine]]:
        """The publishers by whose report it can be told, each with its line; the best first."""
        sources, severity = self.sources(), self.severity
        rules = tuple(dict.fromkeys((*self.rules, *(rule for other in self.also for rule in other.rules))))
        for publisher, told in self.tellers():
            yield (
                publisher,
                replace(
                    told,
                    rules=rules,
                    severity=severity,
                    story=self.key if self.key > 0 else None,
                    sources=tuple((sources | {publisher: DigestSource(told.source, told.url)}).values()),
                    change=self.change,
                    joined=self.joined,
                    apart=tuple(self._all_apart(told)),
                    also=tuple(other.headline() for other in self.also),
                ),
            )

    def headline(self) -> DigestHeadline:
        """What stands of it with another."""
        told = next(self.tellers())[1]
        return DigestHeadline(told.title, told.url, told.source, self.key, told.lang)

    def _all_apart(self, told: DigestLine) -> Iterator[DigestHeadline]:
        """What may be another event, of it and of all that is told with it."""
        yield from self.apart(told)
        yield from (other.headline() for other in self.perhaps)
        for other in (*self.also, *self.perhaps):
            yield from other.apart(next(other.tellers())[1])

    def apart(self, told: DigestLine) -> tuple[DigestHeadline, ...]:
        """What alerted in the period and may be another event, beside the report that tells the story.

        It has no line of its own, for most are of the story after all; and it is named, for some are not.
        """
        found: dict[str, DigestHeadline] = {}
        ranked = sorted(self.alerts, key=lambda alert: (-alert.severity, alert.created, alert.id))
        for alert in ranked:
            line = _line_of(alert.entry)
            is_other = alert.entry.doubtful and alert.entry.id != told.entry and line.title != told.title
            if is_other and (alert.severity >= Severity.HIGH or len(found) < MOST_APART):
                found.setdefault(line.title, DigestHeadline(line.title, line.url, line.source))
        return tuple(found.values())

    def tellers(self) -> Iterator[tuple[str, DigestLine]]:
        """Its reports, the best first: those that alerted say something, of others only the headline is known."""
        by_entry: dict[int, list[Alert]] = {}
        for alert in self.alerts or self.earlier:
            by_entry.setdefault(alert.entry.id, []).append(alert)
        for some in sorted(by_entry.values(), key=self._trust):
            yield _voice(some[0].entry), _line_of(some[0].entry, some)
        if self.change is DigestChange.UPDATED:  # another report would not say what is new
            return
        rest = [each for each in self.story.reports if each.came < self.until] if self.story else []
        for report in sorted(rest, key=lambda each: (each.tier or _LEAST_TRUSTED, each.came, each.entry)):
            yield report.publisher, _headline_of(report)

    def _trust(self, alerts: Sequence[Alert]) -> tuple[float | str, ...]:
        """Sort key of an entry's alerts: what tells the story best comes first.

        Of a story that was told before that is what came last, also where the first report is wrong by now; else the
        report of the most trusted feed, then of the severest rule, then the first. What may be of another event comes
        after all of them.
        """
        last = alerts[-1]
        is_latest = self.change is DigestChange.UPDATED or any(alert.news in _CORRECTIONS for alert in alerts)
        age = -last.created.timestamp() if is_latest else 0.0
        severity = max(alert.severity for alert in alerts)
        tier = last.entry.text.tier or _LEAST_TRUSTED
        return last.entry.doubtful, not is_latest, age, tier, -severity, alerts[0].created.timestamp(), alerts[0].id


def _line_of(entry: StoredEntry, alerts: Sequence[Alert] = ()) -> DigestLine:
    """The line of one report, with what its alerts say of it; the severest that says anything is heard."""
    said = heard(alerts)
    title = headline(entry.text.title, entry.text.summary, entry.text.content)
    sentences = said.summary[:_SHOWN_SENTENCES] if said else ()
    return DigestLine(
        title=title,
        url=entry.url,
        source=entry.text.source,
        published=entry.published,
        time=entry.time,
        entry=entry.id,
        sentences=sentences,
        key=key_of(title, sentences, said),
        lang=entry.text.lang,
    )


def heard(alerts: Iterable[Alert]) -> Alert | None:
    """Whose sentences are shown, of the alerts of one entry; ``None``: none says anything."""
    ranked = sorted(alerts, key=lambda alert: (-alert.severity, alert.rule))
    return next((alert for alert in ranked if alert.summary), None)


def key_of(title: str, sentences: Sequence[str], alert: Alert | None) -> int:
    """Which sentence stands where there is room for one: one must see why it alerted, there or in the headline."""
    return min(showing(title, sentences, alert), default=0)


def showing(title: str, sentences: Sequence[str], alert: Alert | None) -> frozenset[int]:
    """The places of the sentences that show why it alerted; none where the headline shows it, or where none does."""
    words = [hit.text for hit in alert.hits if hit.text] if alert else []
    if any(word in title for word in words):
        return frozenset()
    return frozenset(number for number, each in enumerate(sentences) if any(word in each for word in words))


def _headline_of(report: Report) -> DigestLine:
    return DigestLine(report.title, report.url, report.source, None, report.came, report.entry)


def _voice(entry: StoredEntry) -> str:
    """Whose report it is, by which publishers are counted."""
    return entry.publisher or entry.text.source


def _gathered(ranked: Sequence[_Event], kin: Iterable[Kin]) -> Iterator[_Event]:
    """Events, the weightiest first, each with those of its kin that come after it.

    What is only likely to be of an event stands alone where nothing is told that is surely of it.
    """
    sure: dict[int, int] = {}
    doubtful: dict[int, int] = {}
    for number, some in enumerate(kin):
        sure |= dict.fromkeys(some.stories, number)
        doubtful |= dict.fromkeys(some.doubtful, number)
    there = {sure[event.key] for event in ranked if event.key in sure}
    together = [(event, sure.get(event.key, doubtful.get(event.key, _ALONE))) for event in ranked]
    members: dict[int, list[_Event]] = {}
    for event, number in together:
        members.setdefault(number, []).append(event)
    for event, number in together:
        if number not in there:
            yield event
        elif members[number][0] is event:
            also = [other for other in members[number][1:] if other.key in sure and event.key in sure]
            perhaps = [other for other in members[number][1:] if other.key in doubtful or event.key in doubtful]
            yield replace(event, also=also, perhaps=perhaps)


# --- the stories of one rule -----------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Group:
    """The stories of a rule, as they are chosen one after the other, the weightiest first."""

    counted: int | None = None
    """How many were left out before; then none is."""
    lines: list[DigestLine] = field(default_factory=list)
    more: int = 0
    told_by: Counter[str] = field(default_factory=Counter)
    publishers: set[str] = field(default_factory=set)
    """All who report any of its stories."""
    spare: list[_Event] = field(default_factory=list)
    """What is left out only as its publisher has told enough."""

    def add(self, event: _Event) -> None:
        """Name a story, or count it where there is no room for it; what is severe has room."""
        self.publishers |= event.sources().keys()
        has_room = event.severity >= Severity.HIGH or self.counted is not None
        if not has_room and len(self.lines) >= MOST_IN_GROUP:
            self.more += 1
            return
        chosen = next((told for told in event.lines() if has_room or self._hears(told[0])), None)
        if chosen is None:
            self.spare.append(event)
            return
        publisher, line = chosen
        self.told_by[publisher] += 1
        self.lines.append(line)

    def _hears(self, publisher: str) -> bool:
        return self.told_by[publisher] < MOST_OF_PUBLISHER

    def made(self, rule: str, title: str) -> DigestGroup:
        """The group; where all its stories are one publisher's, nobody else's room is taken."""
        room = max(MOST_IN_GROUP - len(self.lines), 0) if len(self.publishers) == 1 else 0
        lines = (*self.lines, *(next(event.lines())[1] for event in self.spare[:room]))
        more = self.more + len(self.spare[room:]) + (self.counted or 0)
        return DigestGroup(rule, title, max(line.severity for line in lines), lines, more)
