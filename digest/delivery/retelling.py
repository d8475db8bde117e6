"""Whether a story that was told is told again, and why; and whether enough publishers report it to be told at all.

One event is one alert. After its first message in a channel its later reports only add to who reports it, unless one
of them brings what calls for telling it again: see `Development`. A report of which it is not sure that it is of this
event is told like a first one: needless at times, but nothing is lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from digest.stories.developments import development, said
from digest.values.news import SUPPRESSED, Outcome
from digest.values.settings import Telling
from digest.values.stories import Development

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from digest.stories.developments import Said
    from digest.values.news import JudgedMatch, Severity, StoredEntry
    from digest.values.stories import Report, Story

_AT_ONCE: Final = Telling()
_LEAST_TIER: Final = "F"
_NEWEST: Final = 100  # reports whose sources are counted
_SHINGLE: Final = 4  # words
_FEWEST_SHINGLES: Final = 8
_ALIKE: Final = 0.7
"""So large a share of the shorter of two texts stands in both: one of them, or a third, was copied."""


@dataclass(frozen=True, slots=True)
class SoFar:
    """A story as it stands, and what was told of it until now."""

    story: Story
    """With every report of it, that of which it is to be decided included."""
    rules: Mapping[str, Severity] = field(default_factory=dict)
    """The rules by which it alerted, each with the highest severity that it had."""
    channels: frozenset[str] = frozenset()
    """The channels that were owed a message of it."""
    said: tuple[Said, ...] = ()
    """What the reports said that were told."""
    sources: int = 0
    """How many publishers had reported it when it was told last."""

    def and_told(self, entry: StoredEntry, judged: Iterable[JudgedMatch], channels: Collection[str]) -> SoFar:
        """The same after some matches of an entry were decided, and these channels are owed a message of them."""
        alerts = [each for each in judged if each.outcome is Outcome.ALERT]
        if not alerts:
            return self
        rules = dict(self.rules)
        for each in alerts:
            rules[each.match.rule] = max(each.match.severity, rules.get(each.match.rule, each.match.severity))
        return replace(
            self,
            rules=rules,
            channels=self.channels | set(channels),
            said=(*self.said, said(entry.text, alerts[0].summary)),
            sources=len(self.story.sources),
        )


def retold(
    judged: Sequence[JudgedMatch],
    before: Sequence[JudgedMatch],
    entry: StoredEntry,
    so_far: SoFar,
    telling: Mapping[str, Telling],
) -> tuple[JudgedMatch, ...]:
    """What becomes of an entry's matches that would alert, of which some rule told the story before.

    Args:
        judged: of the entry; those that are no alerts stay as they are.
        before: the same, as they stood: what was suppressed is told only because more publishers joined.
        entry: the report.
        so_far: its story; told at least once.
        telling: how each rule wants to be told, by its id.
    """
    brought = development(so_far.said, said(entry.text, judged[0].summary if judged else ()))
    return tuple(
        _retold(each, entry, so_far, telling.get(each.match.rule, _AT_ONCE), brought and brought[0], was.outcome)
        for each, was in zip(judged, before, strict=True)
    )


def _retold(  # noqa: PLR0913, PLR0917 - each is a thing of its own
    judged: JudgedMatch,
    entry: StoredEntry,
    so_far: SoFar,
    telling: Telling,
    brought: Development | None,
    was: Outcome,
) -> JudgedMatch:
    if judged.outcome is not Outcome.ALERT or telling.spike:
        return judged
    if telling.again and len(so_far.story.sources) - so_far.sources >= telling.again:
        brought = brought or Development.SOURCES
    elif was in SUPPRESSED:
        return replace(judged, outcome=was)
    news = _news(judged, entry, so_far) or brought
    if entry.doubtful and not news:
        return judged
    same = Outcome.SAME_REPORT if entry.repeat else Outcome.SAME_STORY
    return replace(judged, outcome=Outcome.ALERT if news else same, news=news)


def _news(judged: JudgedMatch, entry: StoredEntry, so_far: SoFar) -> Development | None:
    """Why a match calls for telling its story again, beside what its text says and who reports it."""
    if judged.match.severity > max(so_far.rules.values()):
        return Development.SEVERITY
    if judged.match.rule not in so_far.rules:
        return Development.RULE
    if so_far.story.followed is not None and not entry.repeat:
        return Development.FOLLOWED
    return None


# --- enough sources? ---------------------------------------------------------------------------------------------


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


def _shingles(text: str) -> frozenset[str]:
    """Runs of a few words; of a text without spaces, of a few characters."""
    words: Sequence[str] = text.casefold().split()
    if len(words) < _FEWEST_SHINGLES <= len(text) // 3:
        words = text.casefold()
    return frozenset("".join(words[at : at + _SHINGLE]) for at in range(len(words) - _SHINGLE + 1))


def _is_copy(one: frozenset[str], other: frozenset[str]) -> bool:
    fewer = min(len(one), len(other))
    return fewer >= _FEWEST_SHINGLES and len(one & other) >= _ALIKE * fewer
