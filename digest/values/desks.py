"""Desks: which one a rule, a rule file or a muted story is of; its name stands before what is its own.

::

    embassies            embassies.toml            story 12              of the desk without a name, ``main`` in words
    korea/embassies      korea/embassies.toml      korea/story 12        of the desk korea

So the desk follows from a name wherever there is one, and where there is one desk alone no name has any.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

UNNAMED: Final = ""
"""The desk that an installation has without any ``[[desk]]``."""
MAIN: Final = "main"
"""What it is called where it has to be named."""


def desk_of(name: str) -> str:
    """The desk that a rule, a rule file or a muted story is of, by its name."""
    return name.rpartition("/")[0]


def own_name(name: str) -> str:
    """What it is called at its desk."""
    return name.rpartition("/")[2]


def of_desk(desk: str, name: str) -> str:
    """The name of what is called so at a desk."""
    return f"{desk}/{name}" if desk and name else name


def one_desk(name: str) -> str:
    """The desk of anything where nobody tells desks apart."""
    del name
    return UNNAMED


def called(desk: str) -> str:
    """What a desk is called."""
    return desk or MAIN


def unknown_desk(name: str, known: Collection[str]) -> str:
    """The sentence for a desk that the config does not have; ``known``: those with a name."""
    if close := get_close_matches(name, known, n=1):
        return f"there is no desk “{name}”: did you mean “{close[0]}”?"
    have = f"the config has {', '.join(dict.fromkeys(known))}" if known else "add a [[desk]] of that name"
    return f"there is no desk “{name}”: {have}"


def elsewhere(name: str, desk: str, other: str) -> str:
    """The sentence for a channel of another desk than the one that names it."""
    return f"the channel “{name}” is of the desk {called(other)}, and this is of {called(desk)}: name one of its own"
