"""Whether a story that was told is told again, and why; and whether enough publishers report it to be told at all.

One event is one alert. After its first message in a channel its later reports only add to who reports it, unless one
of them brings what calls for telling it again: see `Development`. A report of which it is not sure that it is of this
event is told like a first one: needless at times, but nothing is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from digest.stories.developments import development, said
from digest.values.desks import desk_of
from digest.values.news import SUPPRESSED, Outcome
from digest.values.settings import Telling
from digest.values.stories import Development

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from digest.stories.developments import Said
    from digest.values.messages import PlannedDelivery
    from digest.values.news import JudgedMatch, Severity, StoredEntry
    from digest.values.stories import Report, Story

_AT_ONCE: Final = Telling()
_LEAST_TIER: Final = "F"
_NEWEST: Final = 100  # reports whose sources are counted
_SHINGLE: Final = 4  # words
_FEWEST_SHINGLES: Final = 8
_ALIKE: Final = 0.7
"""So large a share of the shorter of two texts stands in both: one of them, or a third, was copied."""


Known = Mapping[str, "Severity"]
"""By which rules a story was told, each with the highest severity that it had."""


@dataclass(frozen=True, slots=True)
class SoFar:
    """A story as it stands, and what was told of it until now."""

    story: Story
    """With every report of it, that of which it is to be decided included."""
    rules: Known = field(default_factory=dict)
    """By which it alerted at all ..."""
    channels: Mapping[str, Known] = field(default_factory=dict)
    """... and what each channel was told, or will be; what was given up does not count."""
    said: tuple[Said, ...] = ()
    """What the reports said that were told."""
    sources: int = 0
    """How many independent publishers had reported it when it was told last."""

    def and_told(self, entry: StoredEntry, judged: Iterable[JudgedMatch], owed: Iterable[PlannedDelivery]) -> SoFar:
        """The same after some matches of an entry were decided, and these messages are owed for it."""
        alerts = {each.match.rule: each for each in judged if each.outcome is Outcome.ALERT}
        if not alerts:
            return self
        channels = dict(self.channels)
        for planned in owed:
            now = {rule: alerts[rule].match.severity for rule in planned.rules if rule in alerts}
            channels[planned.channel] = _with(channels.get(planned.channel, {}), now)
        return replace(
            self,
            rules=_with(self.rules, {rule: each.match.severity for rule, each in alerts.items()}),
            channels=channels,
            said=(*self.said, said(entry.text, next(iter(alerts.values())).summary)),
            sources=independent_sources(self.story.reports),
        )


def _with(known: Known, now: Known) -> Known:
    return {**known, **{rule: max(severity, known.get(rule, severity)) for rule, severity in now.items()}}


@dataclass(frozen=True, slots=True)
class Retold:
    """What becomes of a match of a story that was told before."""

    judged: JudgedMatch
    channels: frozenset[str] | None = None
    """Those that are to be told of it; ``None``: all that it goes to."""


def retold(  # noqa: PLR0913, PLR0917 - each is a thing of its own
    judged: Sequence[JudgedMatch],
    before: Sequence[JudgedMatch],
    entry: StoredEntry,
    so_far: SoFar,
    telling: Mapping[str, Telling],
    goes_to: Mapping[str, Collection[str]],
) -> tuple[Retold, ...]:
    """What becomes of an entry's matches that would alert, of which some rule told the story before.

    Args:
        judged: of the entry; those that are no alerts stay as they are.
        before: the same, as they stood: what was suppressed is told only because more publishers joined.
        entry: the report.
        so_far: its story; told at least once.
        telling: how each rule wants to be told, by its id.
        goes_to: the channels that would be owed each match by itself now, by its rule: where one of them does not
            know of the story, it is told there.
    """
    found = development(so_far.said, said(entry.text, judged[0].summary if judged else ()))
    brought = found[0] if found else None
    if brought is None and so_far.story.followed is not None and not entry.repeat:
        brought = Development.FOLLOWED
    return tuple(
        _retold(
            each, entry, so_far, brought, telling.get(each.match.rule), goes_to.get(each.match.rule, ()), was.outcome
        )
        if each.outcome is Outcome.ALERT and not telling.get(each.match.rule, _AT_ONCE).spike
        else Retold(each)
        for each, was in zip(judged, before, strict=True)
    )


def _joined(so_far: SoFar, telling: Telling | None) -> Development | None:
    """Whether so many more publishers report a story as its rule wants."""
    if telling is None or not telling.again:
        return None
    more = independent_sources(so_far.story.reports) - so_far.sources
    return Development.SOURCES if more >= telling.again else None


def _retold(  # noqa: PLR0913, PLR0917 - each is a thing of its own
    judged: JudgedMatch,
    entry: StoredEntry,
    so_far: SoFar,
    brought: Development | None,
    telling: Telling | None,
    goes_to: Collection[str],
    was: Outcome,
) -> Retold:
    if brought is None or was in SUPPRESSED:
        brought = _joined(so_far, telling)
    if was in SUPPRESSED and brought is None:
        return Retold(replace(judged, outcome=was), frozenset())
    news, lacking = _lacking(judged, so_far, goes_to)
    said_now = {brought, *news} - {None}
    if said_now:
        weightiest = next(each for each in Development if each in said_now)
        return Retold(replace(judged, news=weightiest), None if brought or not goes_to else lacking)
    if lacking:  # a channel's first message of the story
        return Retold(judged, lacking)
    if entry.doubtful:
        return Retold(judged)
    same = Outcome.SAME_REPORT if entry.repeat else Outcome.SAME_STORY
    return Retold(replace(judged, outcome=same), frozenset())


def _lacking(
    judged: JudgedMatch, so_far: SoFar, goes_to: Collection[str]
) -> tuple[set[Development | None], frozenset[str]]:
    """What in a match is new to the channels that it goes to, and those that lack it or all of its story."""
    desk = desk_of(judged.match.rule)
    own = {rule: severity for rule, severity in so_far.rules.items() if desk_of(rule) == desk}
    known = {channel: so_far.channels.get(channel, {}) for channel in goes_to} or {"": own}
    news = {channel: _new_to(rules, judged) for channel, rules in known.items()}
    return set(news.values()), frozenset(channel for channel, rules in known.items() if news[channel] or not rules)


def _new_to(known: Known, judged: JudgedMatch) -> Development | None:
    """Why a match is new to somebody who was told of its story by these rules; ``None``: it is not, or all is."""
    if not known:
        return None
    if judged.match.severity > max(known.values()):
        return Development.SEVERITY
    return None if judged.match.rule in known else Development.RULE


# --- enough sources? ---------------------------------------------------------------------------------------------


def independent_sources(reports: Sequence[Report]) -> int:
    """How many independent publishers report a story: who prints another's text is no source of his own."""
    sure = [each for each in reports if not each.doubtful][-_NEWEST:]
    return _voices([(each.publisher, _shingles(each.text)) for each in sure])


def has_sources(reports: Sequence[Report], telling: Telling) -> bool:
    """Whether as many publishers as a rule wants have reported a story, within the time that it gives them.

    Reports of one publisher are one source, and so are those of several that print the same text. Only publishers of
    the rule's tier or better count.

    Args:
        reports: of the story, oldest first.
        telling: what the rule wants.
    """
    least = telling.sources_tier or _LEAST_TIER
    trusted = [each for each in reports if not each.doubtful and (each.tier or _LEAST_TIER) <= least][-_NEWEST:]
    texts = [_shingles(each.text) for each in trusted]
    for at, last in enumerate(trusted):
        since = [one for one in range(at + 1) if last.came - trusted[one].came <= telling.within]
        publishers = {trusted[one].publisher for one in since}
        if len(publishers) >= telling.sources:
            voices = _voices([(trusted[one].publisher, texts[one]) for one in since])
            if voices >= telling.sources:
                return True
    return False


def _voices(reports: Sequence[tuple[str, frozenset[str]]]) -> int:
    """How many independent voices there are among some reports: of each its publisher and its text."""
    voices: list[tuple[set[str], list[frozenset[str]]]] = []
    for publisher, text in reports:
        for publishers, texts in voices:
            if publisher in publishers or any(_is_copy(text, other) for other in texts):
                publishers.add(publisher)
                texts.append(text)
                break
        else:
            voices.append(({publisher}, [text]))
    return len(voices)


@lru_cache(2_000)
def _shingles(text: str) -> frozenset[str]:
    """Runs of a few words; of a text without spaces, of a few characters."""
    words: Sequence[str] = text.casefold().split()
    if len(words) < _FEWEST_SHINGLES <= len(text) // 3:
        words = text.casefold()
    return frozenset("".join(words[at : at + _SHINGLE]) for at in range(len(words) - _SHINGLE + 1))


def _is_copy(one: frozenset[str], other: frozenset[str]) -> bool:
    fewer = min(len(one), len(other))
    return fewer >= _FEWEST_SHINGLES and len(one & other) >= _ALIKE * fewer
