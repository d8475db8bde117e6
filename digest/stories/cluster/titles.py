"""What a headline says, without the name of the outlet that stands behind it."""

from __future__ import annotations

import re
from typing import Final

from digest.match.text.fold import folded

_MARK: Final = re.compile(r"\s+[-\u2013\u2014|\u00b7\u2022\u00ab\u00bb:]\s+|\s*[|\uff5c]\s*")
_MOST_CUTS: Final = 3  # "Headline | World | The Guardian"
_LONGEST_NAME: Final = 32  # letters; "The Sydney Morning Herald" has 25
_MOST_WORDS: Final = 4
_LEAST_LEFT: Final = 3  # words of a headline; fewer are no headline without what follows
_LEAST_LETTERS: Final = 8  # the same where scripts put no spaces between words


def parted(title: str, source: str = "") -> tuple[str, str]:
    """The title without an outlet's name at its end ("… - Reuters", "… | World | BBC News"), and whose voice it is.

    Args:
        title: plain text, one line.
        source: what the feed goes by; its name is cut wherever a mark parts it off, also in front ("BBC News: …").

    Returns:
        The headline, and the outlet, folded: the last name that was cut, for a feed may gather many outlets; else the
        source.
    """
    own = outlet = folded(source)
    for cut in range(_MOST_CUTS):
        mark = next(reversed([*_MARK.finditer(title)]), None)
        if mark is None or not _is_outlet(title, mark, own):
            break
        outlet = outlet if cut else folded(title[mark.end() :])
        title = title[: mark.start()]
    return _without_own_name_in_front(title, own), outlet


def _is_outlet(title: str, mark: re.Match[str], own: str) -> bool:
    """Whether what stands behind the last mark is a name and leaves a headline before it."""
    name, rest = title[mark.end() :].strip(), title[: mark.start()]
    if own and folded(name) == own:
        return bool(rest.strip())
    if not name or len(name) > _LONGEST_NAME or len(name.split()) > _MOST_WORDS or any(map(str.isdecimal, name)):
        return False
    if ":" in mark[0] or (name[0].islower() and "." not in name):  # a name, or a site (bbc.com)
        return False
    return len(rest.split()) >= _LEAST_LEFT or (not rest.isascii() and sum(map(str.isalnum, rest)) >= _LEAST_LETTERS)


def _without_own_name_in_front(title: str, own: str) -> str:
    head, mark, rest = title.partition(": ")
    return rest if mark and rest and own and folded(head) == own else title
