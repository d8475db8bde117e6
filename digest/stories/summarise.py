"""Two sentences that tell an entry: chosen from its own words, never written.

A feed's own summary is used whole when it is a fit one: long enough, complete, and more than the title again. Otherwise
sentences of the content (or of the summary) are scored by how close they stand to the text's TF-IDF centre, how early
they come, how much of the title they hold, and whether they have the length and the end of a sentence of news. They are
picked one by one, each new one fined for repeating the others (MMR), none without those it leans on. A reader must see
why the entry matched: if neither the title nor a picked sentence shows a matched term, the best one that does takes the
place of the last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.stories.boilerplate import bare
from digest.stories.candidates import TERMINAL, Candidate, candidates, candidates_around, width
from digest.stories.ranking import (
    CUT_OFF,
    MARKUP,
    MOST_CHARACTERS,
    MOST_SENTENCES,
    Group,
    HitPlaces,
    Ranking,
    characters,
    joined,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.values.news import EntryText, Hit

__all__ = ["MOST_CHARACTERS", "MOST_SENTENCES", "Summariser"]

_FIT_WIDTH = 60
"""The least width of a feed's own summary."""
_LONGEST_OWN = 12_000
"""Characters of a feed's own summary that may be a fit one."""
_FAR_HITS = 5
"""Hits beyond the part that is searched whose sentence is looked for, until one of them tells news."""


class Summariser:
    """An entry's sentences, split and scored once, however many rules found something in it.

    What a rule's hits cost is a look for the sentences that they stand in.

    Args:
        text: the entry's plain text.
    """

    def __init__(self, text: EntryText) -> None:
        self._text = text
        self._lists = {name: candidates(name, text) for name in ("content", "summary")}
        content, summary = self._lists["content"], self._lists["summary"]
        chosen = "content" if _length(content) >= _length(summary) else "summary"
        self._order = (chosen, "summary" if chosen == "content" else "content")
        self._rankings: dict[str, Ranking] = {}
        self._picks: dict[int, list[Group]] = {}

    def summary(self, hits: Sequence[Hit] = (), *, count: int = 2) -> tuple[str, ...]:
        """Give a summary of ``count`` sentences at most, in their order.

        Args:
            hits: what a rule found in the entry; a sentence showing one of them is among those given, if there is one
                and the title shows none.
            count: how many sentences are wanted, 1 to 3.

        Returns:
            Sentences of plain text, 600 characters together at most; none when there is nothing beyond the title.
        """
        count = max(1, min(count, MOST_SENTENCES))
        places = HitPlaces(hits)
        if own := self._own_summary(places, count):
            return _fit([own], places)
        groups = self._picked(count)
        if places.must_show and not any(places.shown_in(group) for group in groups):
            groups = self._showing(places, count, groups)
        return _fit(groups, places)

    # --- the feed's own summary ----------------------------------------------------------------------------------

    def _own_summary(self, places: HitPlaces, count: int) -> list[Candidate]:
        """Give the sentences of the feed's own summary if it can serve whole, in ``count`` at most, else nothing."""
        sentences, text = self._lists["summary"], self._text
        if len(sentences) > count or len(text.summary) > _LONGEST_OWN:
            return []
        whole = " ".join(sentence.text for sentence in sentences)
        fits = (
            len(whole) <= MOST_CHARACTERS
            and width(whole) >= _FIT_WIDTH
            and not _is_cut_off(text.summary, text.content)
            and not MARKUP.search(whole)
            and not _repeats_title(whole, text.title)
        )
        hidden = places.starts["content"] and not places.shown_in(sentences)
        return sentences if fits and not hidden else []

    # --- choosing ------------------------------------------------------------------------------------------------

    def _ranking(self, name: str) -> Ranking:
        """Give the candidates of a field with their worth."""
        if name not in self._rankings:
            self._rankings[name] = Ranking(self._lists[name], self._text.title)
        return self._rankings[name]

    def _picked(self, count: int) -> list[Group]:
        """Give the worthiest sentences, the best first; the same for every rule."""
        if count not in self._picks:
            self._picks[count] = self._ranking(self._order[0]).pick(count)
        return self._picks[count]

    def _showing(self, places: HitPlaces, count: int, groups: list[Group]) -> list[Group]:
        """Give the best sentence that shows a matched term, with as many of those picked as still have room."""
        best = next(filter(None, (self._best_showing(name, places, count) for name in self._order)), None)
        if best is None:
            return groups
        shown = [best]
        for group in groups:
            more = joined(shown, group)
            if sum(map(len, more)) <= count:
                shown = more
        return shown

    def _best_showing(self, name: str, places: HitPlaces, count: int) -> Group | None:
        """Give the worthiest sentence of a field that shows a matched term, with those that it leans on.

        Where none does among those that are searched, it is the one around the first such term.
        """
        if group := self._ranking(name).best_showing(places, count):
            return group
        for place in places.starts[name][:_FAR_HITS]:
            near = Ranking(candidates_around(name, self._text, place), self._text.title)
            if group := near.best_showing(places, count):
                return group
        return None


def _is_cut_off(summary: str, content: str) -> bool:
    """Say whether the summary ends before its writer did: by a mark of omission, or amid the content's sentence."""
    if CUT_OFF.search(summary[-60:]):
        return True
    amid = len(content) > len(summary) and content.startswith(summary)
    return amid and TERMINAL.search(summary[-8:]) is None


def _repeats_title(summary: str, title: str) -> bool:
    """Say whether the summary is the title again, or hardly more."""
    bare_title, letters = bare(title), bare(summary)
    return bool(bare_title) and letters.startswith(bare_title) and len(letters) - len(bare_title) < _FIT_WIDTH // 3


def _length(found: list[Candidate]) -> int:
    return sum(len(candidate.text) for candidate in found)


# --- the last word ---------------------------------------------------------------------------------------------------


def _fit(groups: list[Group], places: HitPlaces) -> tuple[str, ...]:
    """Put the picked sentences in order within the limit: the least of them goes first, a monster is cut."""
    groups = [*groups]
    while len(groups) > 1 and characters([candidate for group in groups for candidate in group]) > MOST_CHARACTERS:
        keep = next((group for group in groups if places.shown_in(group)), groups[0])
        groups.remove(next(group for group in reversed(groups) if group is not keep))
    picked = [candidate for group in groups for candidate in group]
    in_order = sorted(picked, key=lambda candidate: (candidate.where, candidate.start))
    return tuple(_cut(candidate.text, places.first_in(candidate) or 0) for candidate in in_order)


def _cut(sentence: str, shows: int) -> str:
    """Give the sentence; of a monstrous one the words around its matched term, with … where words are left out."""
    if len(sentence) <= MOST_CHARACTERS:
        return sentence
    start = 0 if shows < MOST_CHARACTERS * 3 // 4 else _word_start(sentence, shows - MOST_CHARACTERS // 2)
    room = MOST_CHARACTERS - 1 - (2 if start else 0)
    if start + room >= len(sentence):
        return "… " + sentence[start:]
    end = sentence.rfind(" ", start + room // 2, start + room + 1)
    kept = sentence[start : end if end > 0 else start + room].rstrip(" ,;:、，")
    return ("… " if start else "") + kept + "…"


def _word_start(sentence: str, near: int) -> int:
    """Give where the first word at or after ``near`` begins; ``near`` itself where no space is in sight."""
    space = sentence.find(" ", near, near + 60)
    return space + 1 if space >= 0 else near
