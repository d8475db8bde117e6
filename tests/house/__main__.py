"""Print the figures of the house: ``python -m tests.house [--against REVISION] [--transactions]``.

With a revision of git, what it was then and what it is now stand side by side.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import tarfile
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.house.figures import Figures, figures, room_circles
from tests.house.transactions import transactions_a_message

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def checkout(revision: str) -> Iterator[Path]:
    """The sources of a revision, in a folder for as long as the block lasts."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = ["git", "archive", revision, "digest", "tests", "rules", "pyproject.toml", "config.example.toml"]
        packed = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
        with tarfile.open(fileobj=io.BytesIO(packed)) as files:
            files.extractall(folder, filter="data")
        yield folder


def show(title: str, before: Mapping[str, str] | None, after: Mapping[str, str]) -> None:
    """Print a table; what is only in one of them has nothing in the other's column."""
    print(f"\n{title}")
    for name in dict.fromkeys([*after, *(before or {})]):
        old = "" if before is None else f"{before.get(name, '–'):36}"
        print(f"  {name:32} {old}{after.get(name, '–')}")


def details(found: Figures) -> Iterator[str]:
    """What the figures consist of, where somebody will want to mend it."""
    for function in found.functions:
        if function.complexity > 15:
            yield f"complexity {function.complexity}: {function.place}"
    for module in found.modules:
        if module.lines > 300:
            yield f"{module.lines} lines: {module.name}"
        yield from (f"no docstring: {place}" for place in module.unexplained)
    for name, modules in found.twice().items():
        yield f"{name} is defined in {' and in '.join(modules)}"
    for circle in room_circles(found.modules):
        yield f"these rooms import one another: {', '.join(circle)}"
    for place in found.sleeps():
        yield f"a fixed sleep: {place}"


def main() -> int:
    """Print what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.house", description="Print the figures of the house.")
    parser.add_argument("--against", metavar="REVISION", help="show beside them what they were then")
    parser.add_argument("--transactions", action="store_true", help="count, too, what one message costs the store")
    given = parser.parse_args()
    now = figures(ROOT)
    if given.against is None:
        show("The package", None, now.table())
        show("Its rooms", None, now.rooms())
        if given.transactions:
            show("The store, for each message", None, transactions_a_message(ROOT))
    else:
        with checkout(given.against) as folder:
            then = figures(folder)
            show(f"The package: at {given.against}, and now", then.table(), now.table())
            show("Its rooms", then.rooms(), now.rooms())
            if given.transactions:
                costs = transactions_a_message(folder), transactions_a_message(ROOT)
                show("The store, for each message", *costs)
    print("\nTo look at")
    for line in details(now):
        print(f"  {line}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
