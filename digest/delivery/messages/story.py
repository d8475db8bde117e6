"""What an alert says of its story: who else reports it, why it is told again, and what of its headline was changed.

::

    UPDATE · the toll rises                     why a story that was told is told again
    North Korea ~~closes~~ reopens its embassy  what a headline said before, struck through
    also Reuters, AFP · 5 sources               who else reports it
"""

from __future__ import annotations

from dataclasses import replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, Final, assert_never

from digest.delivery.media.markup import Span, linked
from digest.text import bounded
from digest.values.stories import Development
from digest.words import count

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from digest.values.messages import Correction
    from digest.values.news import Severity
    from digest.values.stories import Story

NO_MATCH: Final = "the headline was changed: it no longer matches"
"""What is said of an alert whose entry its rules would not find any more."""
_NAMED: Final = 5
"""Outlets that are named; of more only the number is told."""
_LONGEST_TITLE: Final = 300
_ALIKE: Final = 0.5
"""Of two headlines that share fewer of their words than this, the whole of the old one is struck."""


def with_tier(source: str, tier: str) -> str:
    """What a feed goes by, and how far it is trusted, where the config says so: ``Example News (B)``."""
    return f"{source} ({tier})" if source and tier else source


def also_words(story: Story, entry: int, publisher: str) -> str:
    """Who reports a story beside the report that is told, and how many do in all; empty where nobody else does.

    Args:
        story: the story.
        entry: the id of the entry that is told.
        publisher: of that entry; empty where that is not known.
    """
    told = {report.publisher for report in story.reports if report.entry == entry} | {publisher}
    others = [report for report in story.sources if report.publisher not in told]
    if not others:
        return ""
    return f"also {_listed([report.source or report.publisher for report in others])} · {len(others) + 1:,} sources"


def update_words(news: Collection[Development], severity: Severity, rules: Sequence[str], story: Story | None) -> str:
    """Why a story is told again, the weightiest first.

    Args:
        news: what is new.
        severity: the highest of what is told now.
        rules: names of those that found it anew.
        story: with all its reports, if it is known.
    """
    return "; ".join(_why(each, severity, rules, story) for each in Development if each in news)


def _why(news: Development, severity: Severity, rules: Sequence[str], story: Story | None) -> str:
    match news:
        case Development.SEVERITY:
            return f"now {severity.word}"
        case Development.RULE:
            return f"also found by the rule{'s' * (len(rules) > 1)} {', '.join(rules)}"
        case Development.REVERSAL:
            return "what was said is denied or called off"
        case Development.TOLL:
            return "the toll rises"
        case Development.SOURCES:
            return f"reported by {len(story.sources):,} sources" if story else "reported by more sources"
        case Development.FOLLOWED:
            return "you follow this story"
        case _:
            assert_never(news)


def spike_spans(spike: Mapping[str, Any]) -> Iterator[Span]:
    """What proves a spike: how many reports there are and were, of whom, the newest headlines, and what drives it.

    Args:
        spike: a ``Spike`` of ``stories.spikes`` as a table.
    """
    usual = f"usually {spike['usual']:.1f} at this hour" if spike["usual"] else "how many are usual is not known yet"
    yield Span(f"\n\n{count(spike['count'], 'report')} within an hour, {usual}", bold=True)
    yield Span(f"\nby {_listed(spike['publishers'])}")
    if spike["words"]:
        yield Span(f"\nwhat is new: {', '.join(spike['words'])}")
    for title, url in spike["headlines"]:
        yield Span("\n• ")
        yield linked(bounded(title, _LONGEST_TITLE), url)


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")


# --- corrections -------------------------------------------------------------------------------------------------


def corrected(correction: Correction, url: str) -> tuple[Span, ...]:
    """A headline linked to its entry, with what it said before struck through, word by word where most words stayed."""
    before, after = (bounded(title, _LONGEST_TITLE) for title in (correction.before, correction.after))
    web = linked("", url)
    old, new = before.split(), after.split()
    compared = SequenceMatcher(None, old, new, autojunk=False)
    runs = [(before, True), (after, False)] if compared.ratio() < _ALIKE else _runs(compared, old, new)
    spans: list[Span] = []
    for words, struck in runs:
        spans += [replace(web, text=" ")] * bool(spans)
        spans.append(replace(web, text=words, struck=struck))
    return tuple(spans)


def _runs(compared: SequenceMatcher[str], old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Runs of words in order, and whether each is struck."""
    for what, old_start, old_end, new_start, new_end in compared.get_opcodes():
        if what != "equal" and old_end > old_start:
            yield " ".join(old[old_start:old_end]), True
        if new_end > new_start:
            yield " ".join(new[new_start:new_end]), False
