"""``--desk``: which desk is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from digest.errors import UsageError
from digest.values.desks import MAIN, UNNAMED, unknown_desk

if TYPE_CHECKING:
    from digest.config import Config

desk_option: Final = click.option("--desk", metavar="NAME", help=f"Only what is for this desk; {MAIN} has no [[desk]].")
draft_desk_option: Final = click.option(
    "--desk", metavar="NAME", help=f"The desk whose rules the draft holds; without it that of its folder, or {MAIN}."
)


def known_desk(config: Config, named: str | None) -> str | None:
    """The desk that is named, if one is.

    Raises:
        UsageError: the config has none of that name.
    """
    if named is None or named in config.rule_folders:
        return named
    if named == MAIN:
        return UNNAMED
    raise UsageError(unknown_desk(named, [desk.name for desk in config.desks]))
