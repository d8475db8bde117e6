"""What an entry said when a rule matched it, word for word, and how that differs from what it says later.

The text that is kept has one layout for good, so that its hash can be made again by anybody: the name of each field on
a line of its own, what it says below, an empty line between two of them.
"""

from __future__ import annotations

import hashlib
from itertools import islice
from typing import TYPE_CHECKING, Final

from digest.text import bounded
from digest.values.news import TextChange

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from digest.values.news import EntryText

FIELDS: Final = ("title", "summary", "content")
"""Of an entry, that are kept and compared."""
_COMPARED: Final = 60_000
"""Characters of a text that are compared ..."""
_MOST_SENTENCES: Final = 600
"""... and sentences: what it costs grows with their square."""
_LONGEST_SENTENCE: Final = 600
_LONGEST_TITLE: Final = 1_000
_LONGEST_PART: Final = 2_000
"""Characters of what is gone, and of what is new."""
_LONGEST_DIFFERENCE: Final = 6_000


def kept_text(text: EntryText) -> str:
    """The text of an entry as it is kept."""
    return "\n\n".join(f"{name}\n{getattr(text, name)}" for name in FIELDS) + "\n"


def fingerprint(text: str) -> str:
    """The SHA-256 of a text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def changes(before: Mapping[str, str], known: Mapping[str, str], now: EntryText) -> tuple[TextChange, ...]:
    """What an entry says otherwise than it was last seen to.

    Args:
        before: what it said, by field.
        known: by field, the fingerprint of what it was seen to say since.
        now: what it says.
    """
    found = (
        change_of(name, before.get(name, ""), getattr(now, name), known=known.get(name, ""), lang=now.lang)
        for name in FIELDS
    )
    return tuple(filter(None, found))


def change_of(field: str, before: str, after: str, *, known: str = "", lang: str = "") -> TextChange | None:
    """What a text says otherwise than one before it; ``None``: nothing, or nothing that is not known.

    Args:
        field: whose text it is.
        before: what it said.
        after: what it says.
        known: the fingerprint of what it was seen to say since; empty: nothing else.
        lang: its language, as far as that is known.
    """
    now = fingerprint(after)
    if now == (known or fingerprint(before)):
        return None
    if field == "title":  # a line of its own, whole: it is what messages show
        old, new = bounded(before, _LONGEST_TITLE), bounded(after, _LONGEST_TITLE)
        return TextChange(field, old, new, f"-{old}\n+{new}", now)
    lines = list(_difference(_sentences(before, lang), _sentences(after, lang)))
    gone, come = ("\n".join(line[1:] for line in lines if line.startswith(mark)) for mark in "-+")
    difference = bounded("\n".join(lines), _LONGEST_DIFFERENCE)
    return TextChange(field, bounded(gone, _LONGEST_PART), bounded(come, _LONGEST_PART), difference, now)


def _difference(before: list[str], after: list[str]) -> Iterator[str]:
    """The lines of a unified diff, without those that name files."""
    from difflib import unified_diff

    return islice(unified_diff(before, after, n=1, lineterm=""), 2, None)


def _sentences(text: str, lang: str) -> list[str]:
    """The first sentences of a text, each on one line."""
    from digest.stories.sentences import sentence_spans  # whoever only keeps texts does without

    text = text[:_COMPARED]
    spans = sentence_spans(text, lang)[:_MOST_SENTENCES]
    return [bounded(" ".join(text[start:end].split()), _LONGEST_SENTENCE) for start, end in spans]
