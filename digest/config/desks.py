"""``[[desk]]``: the desks with a name, each with a rules folder of its own; and which one a channel or digest is of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from digest.config.secret_text import read_path
from digest.values.desks import MAIN, UNNAMED, called, unknown_desk
from digest.values.settings import DeskSpec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from digest.toml.table import Table

_NAME: Final = re.compile(r"\w[\w.-]*")
_ADVICE: Final = {
    "owners": "write admins = [123456789]",
    "channels": "a channel names its desk: write desk = under its [[channel]]",
    "digests": "a digest names its desk: write desk = under its [[digest]]",
    "folder": 'write rules = "…"',
}


def read_desks(top: Table, rules: Path, base: Path) -> tuple[DeskSpec, ...]:
    """Every ``[[desk]]``, in file order.

    Args:
        top: the file.
        rules: the folder of the desk without a name.
        base: what paths are relative to.
    """
    desks: list[DeskSpec] = []
    folders = {UNNAMED: rules}
    for table in top.tables("desk"):
        name = table.text("name").strip()
        spec = DeskSpec(
            name=name,
            rules=read_path(table, "rules", base, base / f"rules-{name}"),
            admins=_admins(table),
        )
        table.finish(_ADVICE)
        if _is_name(table, name, [desk.name for desk in desks]):
            _check_folder(table, spec.rules, folders)
            folders[name] = spec.rules
            desks.append(spec)
    return tuple(desks)


def read_desk(table: Table, desks: Sequence[str]) -> str:
    """The desk that a channel or digest is of."""
    name = table.text("desk").strip()
    if name == MAIN and MAIN not in desks:
        return UNNAMED
    if table.has("desk") and isinstance(table.raw("desk"), str) and name not in desks:
        table.wrong("desk", unknown_desk(name, desks))
        return UNNAMED
    return name


def _admins(table: Table) -> tuple[int, ...]:
    admins = table.numbers("admins")
    if any(number <= 0 for number in admins):
        table.wrong("admins", "an admin is a person, whose id is above 0: digest telegram chats shows ids", value=False)
    return admins


def _is_name(table: Table, name: str, taken: Sequence[str]) -> bool:
    """Whether a desk can be called so; what is wrong is noted."""
    if not name:
        if not table.has("name"):
            table.lacks('this desk has no name: add name = "korea"')
        elif isinstance(table.raw("name"), str):
            table.wrong("name", "this desk has an empty name: give it one")
        return False
    if not _NAME.fullmatch(name):
        table.wrong("name", 'a desk is named with letters, digits, -, _ and . only, as in "korea"')
    elif name.casefold() == MAIN:
        table.wrong("name", f"{MAIN} is the desk without a [[desk]]: give this one another name")
    elif name.casefold() in [each.casefold() for each in taken]:
        table.wrong("name", f"there is already a desk “{name}” further up: give this one another name")
    else:
        return True
    return False


def _check_folder(table: Table, folder: Path, others: Mapping[str, Path]) -> None:
    """Each desk has its rules to itself; of what is hidden in another's folder that one takes no notice."""
    key = "rules" if table.has("rules") else "name"
    own = _whole(folder)
    try:
        if own.is_file():
            table.wrong(key, f"rules must name a folder, and {folder} is a file")
    except OSError as error:  # longer than any name, or in a folder that may not be looked into
        table.wrong(key, f"rules must name a folder: {error.strerror or error}")
    for desk, other in others.items():
        theirs = _whole(other)
        if own == theirs:
            table.wrong(key, f"this is the rules folder of the desk {called(desk)}: give each desk one of its own")
        elif _is_seen_in(own, theirs) or _is_seen_in(theirs, own):
            table.wrong(key, f"this and the rules folder of the desk {called(desk)} lie in one another: put it beside")


def _whole(folder: Path) -> Path:
    """The folder behind all links, where that can be told."""
    try:
        return folder.resolve()
    except (OSError, RuntimeError):  # a link that leads to itself
        return folder.absolute()


def _is_seen_in(inner: Path, outer: Path) -> bool:
    return inner.is_relative_to(outer) and not inner.relative_to(outer).parts[0].startswith(".")
