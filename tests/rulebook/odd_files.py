"""What may lie in a rules folder and is no rule file, each made by a function, with the words that tell of it."""

from __future__ import annotations

import os
import socket
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

A, B, C = (f'[[rule]]\nid = "{name}"\nany = ["{name}"]\n' for name in "abc")


def odd_file(name: str | bytes, size: int = 0) -> Callable[[Path], None]:
    """A file of such a name, of a rule, or of so many bytes."""

    def make(folder: Path) -> None:
        with open(os.path.join(os.fsencode(folder), os.fsencode(name)), "wb") as file:  # noqa: PTH118, PTH123 - bytes
            file.write(B.encode())
            file.truncate(size or len(B))

    return make


def pipe(folder: Path) -> None:
    """A named pipe."""
    os.mkfifo(folder / "b.toml")


def listening_socket(folder: Path) -> None:
    """A socket."""
    with closing(socket.socket(socket.AF_UNIX)) as listener:
        listener.bind(os.path.relpath(folder / "b.toml"))


def link(to: str, name: str = "b.toml") -> Callable[[Path], None]:
    """A link."""
    return lambda folder: (folder / name).symlink_to(to)


def subfolder(folder: Path) -> None:
    """Rule files in a subfolder and below it."""
    (folder / "more" / "deep").mkdir(parents=True)
    (folder / "more" / "deep" / "b.toml").write_text(B)
    (folder / "more" / "c.toml").write_text(C)


ODD_NAME = "not UTF-8, or holds a character that cannot be shown"
ERRORS = [
    (odd_file(b"caf\xe9.toml"), "caf\\xe9.toml", ODD_NAME),
    (odd_file("b\x1b[2J.toml"), "b\\x1b[2J.toml", ODD_NAME),
    (odd_file("b\nconfig.toml"), "b\\x0aconfig.toml", ODD_NAME),
    (odd_file("b\u202elmot.toml"), "b\\u202elmot.toml", ODD_NAME),
    (odd_file("b.toml", 1 << 34), "b.toml", "it is larger than 10 MB"),
    (pipe, "b.toml", "it is a named pipe"),
    (listening_socket, "b.toml", "it is a socket"),
    (link("/dev/zero"), "b.toml", "it is a device"),
    (link("/dev/tty"), "b.toml", "it is a device"),
    (link("b.toml"), "b.toml", "symbolic links"),
]
WARNINGS = [
    (odd_file("KOREA.TOML"), "KOREA.TOML", "ends in .toml, in small letters"),
    (odd_file("korea.toml.txt"), "korea.toml.txt", "ends in .toml"),
    (odd_file("korea.toml "), "korea.toml ", "ends in .toml"),
    (odd_file("korea.tml"), "korea.tml", "ends in .toml"),
    (lambda folder: (folder / "b.toml").mkdir(), "b.toml", "a folder"),
    (lambda folder: os.mkfifo(folder / "B.TOML"), "B.TOML", "ends in .toml"),
    (subfolder, "more/c.toml", "it lies in a subfolder, as do 1 more"),
    (link("nowhere"), "b.toml", "leads nowhere"),
]
SILENT = ["b.toml~", "#b.toml#", ".b.toml.swp", ".b.toml", "b.toml.bak", "b.toml.off", "README.md", "4913"]
