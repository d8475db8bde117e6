"""What Tab makes of the word before the cursor in a filter: fields, states, rules, feeds, aliases."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from digest.tui.questions import Snapshot

_WORD: Final = re.compile(r'[^\s()"-]\S*\Z')
_NAMED: Final = ("feed", "source")


@dataclass(frozen=True, slots=True)
class KnownNames:
    """The names that a filter may hold."""

    rules: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()


def names_in(snapshot: Snapshot | None) -> KnownNames:
    """The names that the dashboard knows now."""
    if snapshot is None:
        return KnownNames()
    return KnownNames(
        tuple(rule.id for rule in snapshot.book.rules), tuple(dict.fromkeys(feed.name for feed in snapshot.feeds))
    )


def completions(before: str, names: KnownNames, aliases: Iterable[str]) -> list[str]:
    """What the text before the cursor may become, in order; nothing where there is nothing to add.

    Args:
        before: that text.
        names: what can stand behind ``rule:``, ``desk:``, ``feed:`` and ``source:``.
        aliases: what can stand behind ``@``.
    """
    from digest.match.language.facets import EXAMPLES, values_of
    from digest.match.text.fold import FIELDS
    from digest.values.desks import called, desk_of

    found = _WORD.search(before)
    if found is None:
        return []
    word, kept = found[0], before[: found.start()]
    name, colon, value = word.partition(":")
    if word.startswith("@"):
        words = [f"@{alias}" for alias in sorted(aliases)]
    elif not colon:
        words = [f"{field}:" for field in (*EXAMPLES, *FIELDS)]
    else:
        desks = tuple(dict.fromkeys(called(desk_of(rule)) for rule in names.rules))
        named = {"rule": names.rules, "desk": desks, **dict.fromkeys(_NAMED, names.feeds)}
        known = named.get(name, values_of(name))
        begun = value.lstrip('"')
        words = [f"{name}:{each}" for each in map(_quoted, known)]
        return [kept + each for each in words if _begins(each, f"{name}:{begun}")]
    return [kept + each for each in words if _begins(each, word)]


def _quoted(name: str) -> str:
    return f'"{name.replace(chr(34), " ")}"' if re.search(r'[\s()",]', name) else name


def _begins(text: str, word: str) -> bool:
    """Whether a word is the beginning of a text, quotes aside, and not all of it."""
    return text != word and text.replace('"', "").casefold().startswith(word.casefold())
