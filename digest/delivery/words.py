"""A few words for what was found: what an entry goes by, and the words that hit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from digest.text import headline

if TYPE_CHECKING:
    from collections.abc import Iterable

    from digest.values.news import Hit, StoredEntry

_SHOWN_WORDS: Final = 8


def title_of(entry: StoredEntry) -> str:
    """What an entry goes by."""
    return headline(entry.text.title, entry.text.summary, entry.text.content) or entry.url


def words_of(hits: Iterable[Hit]) -> str:
    """The words that hit, each once, with the field where it is not the title."""
    words = dict.fromkeys(f"“{hit.text}”" + ("" if hit.field == "title" else f" in {hit.field}") for hit in hits)
    shown = list(words)[:_SHOWN_WORDS]
    more = len(words) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
