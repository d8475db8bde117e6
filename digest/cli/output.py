"""What a command prints: JSON lines, tables aligned by cells, and plain sentences; never a control character.

Results go to standard output; progress and complaints to standard error.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from digest.shapes import json_line
from digest.text import plain
from digest.words import minute, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from digest.values.messages import Correction
    from digest.values.news import Hit, StoredEntry


def say(text: str = "", **style: Any) -> None:
    """Print a line of result; ``style`` as for ``click.style``."""
    click.secho(plain(text), **style)


def complain(text: str, **style: Any) -> None:
    """Print a line to standard error."""
    click.secho(plain(text), err=True, **style)


def say_entry(entry: StoredEntry, hits: Iterable[Hit], zone: ZoneInfo, mark: str = "", **style: str) -> None:
    """Print an entry: time and title, then outlet, words, its id and address."""
    time = minute(entry.time, zone)
    say(f"{mark}{time}  {entry.title}", bold=True, **style)
    indent = " " * (len(mark) + len(time) + 2)
    say(
        indent
        + " · ".join(part for part in (entry.text.source, words_of(hits), f"entry {entry.id}", entry.url) if part)
    )


def say_headline(changed: Correction, zone: ZoneInfo, indent: str = "") -> None:
    """Print how a headline was changed after a rule had found it, and when that was seen."""
    say(f"{indent}headline changed {minute(changed.at, zone)}: {changed.words}")


def say_json(value: Mapping[str, Any]) -> None:
    """Print one JSON object, in UTF-8 whatever the locale."""
    sys.stdout.buffer.write(json_line(value).encode() + b"\n")


def say_table(rows: Sequence[Sequence[str]], *, heads: Sequence[str], right: Sequence[int] = ()) -> None:
    """Print rows under their heads, in columns as wide as their widest cell; the last column is not padded.

    Args:
        rows: the texts of each row, one for each head.
        heads: the heads of the columns.
        right: the columns whose texts stand at the right.
    """
    from rich.cells import cell_len

    lines = [[plain(cell).replace("\n", " ") for cell in row] for row in (heads, *rows)]
    widths = [max(cell_len(line[column]) for line in lines) for column in range(len(heads))]
    for number, line in enumerate(lines):
        cells = []
        for column, cell in enumerate(line):
            gap = " " * (widths[column] - cell_len(cell))
            last = column == len(heads) - 1
            cells.append(gap + cell if column in right else cell if last else cell + gap)
        click.secho("  ".join(cells).rstrip(), dim=number == 0 or None)
