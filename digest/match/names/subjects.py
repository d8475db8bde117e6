"""Where news is and what it is about, told from a headline in any language of the starter rules.

Countries and large places (``where.toml``) and subjects (``subjects.toml``) are aliases in the rule language, found as
those of the user's rules are: whole words, script by script.
"""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from digest.match.language.parse import parse_item
from digest.match.language.query import Alias
from digest.match.matching.matcher import RuleSet
from digest.match.rules.rule import Rule
from digest.values.news import EntryText

if TYPE_CHECKING:
    from collections.abc import Iterator

_DATA: Final = Path(__file__).parent
_WHERE: Final = "where"


@dataclass(frozen=True, slots=True)
class Topic:
    """What a headline names."""

    countries: frozenset[str]
    """Their two letters, also of the places in them."""
    places: frozenset[str]
    """``sy-damascus``"""
    subjects: frozenset[str]
    """``embassy``"""


def topic_of(title: str) -> Topic:
    """Tell where news is and what it is about; nothing found is three empty sets.

    Args:
        title: plain text.
    """
    found = [name.split(" ") for name in _known().matching(EntryText(title=title))]
    where = {name for kind, name in found if kind == _WHERE}
    return Topic(
        countries=frozenset(name.partition("-")[0] for name in where),
        places=frozenset(name for name in where if "-" in name),
        subjects=frozenset(name for kind, name in found if kind != _WHERE),
    )


@functools.cache
def _known() -> RuleSet:
    """All that is known, made when first asked for."""
    return RuleSet((*_rules(_WHERE), *_rules("subjects")))


def _rules(table: str) -> Iterator[Rule]:
    aliases = tomllib.loads((_DATA / f"{table}.toml").read_text(encoding="utf-8"))["alias"]
    for name, items in aliases.items():
        yield Rule(f"{table} {name}", "", Alias(name, tuple(map(parse_item, items))))
