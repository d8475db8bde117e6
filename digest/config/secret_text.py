"""Secrets stand beside the config: in an environment variable or a file of their own, which the config only names."""

from __future__ import annotations

import codecs
import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from digest.toml.table import Table

_MOST_BYTES: Final = 65_536
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_path(table: Table, name: str, base: Path, default: Path) -> Path:
    """A path, relative to ``base``; ``~`` is the home folder."""
    text = table.text(name)
    raw = table.raw(name)
    if isinstance(raw, str) and not raw.strip():
        table.wrong(name, f"{name} is empty: write a path, or leave the key out")
    try:
        return base / Path(text).expanduser() if text.strip() else default
    except RuntimeError:  # ~name of a user that does not exist
        table.wrong(name, f"there is no home folder for “{text}”: write the whole path")
        return default


def read_secret_place(table: Table, secret: str, default: str, base: Path) -> tuple[str, Path | None]:
    """The environment variable that holds a secret, and the absolute file that holds it instead, if one does."""
    by_name, by_file = f"{secret}_env", f"{secret}_file"
    variable = table.text(by_name, default).strip()
    if table.has(by_name) and (not variable.replace("_", "a").isalnum() or variable[:1].isdigit()):
        # It may well be the secret itself: never repeat it.
        table.wrong(by_name, f"this is no name of an environment variable: write its name here, not the {secret}")
    if table.has(by_name) and table.has(by_file):
        table.wrong(by_file, f"{by_name} and {by_file} exclude each other: keep one of the two", value=False)
    path = read_path(table, by_file, base, Path())
    return variable, path if table.has(by_file) else None


def find_secret(variable: str, path: Path | None, what: str) -> tuple[str, str]:
    """A secret without the line break at its end, and why there is none; one of the two is empty.

    Args:
        variable: the environment variable that holds it, where no file does.
        path: the file that does.
        what: what it is, as in "the token file".
    """
    if path is None:
        text = os.environ.get(variable, "").strip("\r\n")
        return text, "" if text.strip() else f"the environment variable {variable} is not set"
    try:
        text = _text_of(path).strip("\r\n")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return "", f"the {what} file {path} cannot be read: {reason}"
    return text, "" if text.strip() else f"{path} is empty"


def _text_of(path: Path) -> str:
    """The text of a file that a user saved with whatever editor; raises ``ValueError`` with what is wrong."""
    if not stat.S_ISREG(path.stat().st_mode):  # to open a pipe is to wait for who writes into it
        raise ValueError("it is no file")
    with path.open("rb") as file:
        body = file.read(_MOST_BYTES + 1)
    if len(body) > _MOST_BYTES:
        raise ValueError("it is far too long for a secret")
    if body.startswith(_UTF16) or b"\0" in body:
        raise ValueError("it is saved as UTF-16: save it as UTF-8")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("it is no text in UTF-8") from None


def is_open_to_all(path: Path) -> bool:
    """Whether every user of the machine can read a file."""
    try:
        return sys.platform != "win32" and bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False
