"""Whose matches they are, as a condition of SQL: the desk follows from the id of the rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import false, or_, true

from digest.store.schema import matches
from digest.values.desks import UNNAMED

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement


def found_for(desks: Collection[str] | None) -> ColumnElement[bool]:
    """The matches of rules of these desks; ``None``: of any."""
    return true() if desks is None else or_(false(), *map(_of, sorted(desks)))


def _of(desk: str) -> ColumnElement[bool]:
    if desk == UNNAMED:
        return ~matches.c.rule.contains("/", autoescape=True)
    return matches.c.rule.startswith(f"{desk}/", autoescape=True)
