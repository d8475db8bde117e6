"""Write the key table of the manual's page anew from the table of actions: ``python -m tests.keys``."""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path
from typing import Final

from digest.tui.actions import ACTIONS, shown_key

PAGE: Final = Path(__file__).resolve().parents[1] / "digest" / "manual" / "dashboard.md"
BAR: Final = r"\|"
"""How a bar that ends no cell is written in a table of Markdown."""
_TABLE: Final = re.compile(r"(?<=\n## Keys\n\n).*?(?=\nThe mouse)", re.DOTALL)


def key_table() -> str:
    """A table for each group of actions, in Markdown."""
    lines: list[str] = []
    for group, actions in groupby(ACTIONS, key=lambda action: action.group):
        lines += [f"{group[0].upper()}{group[1:]}:", "", "| key | does |", "|---|---|"]
        for action in actions:
            keys = " ".join(f"`{shown_key(key)}`" for key in action.keys)
            cells = (keys or "`:`", action.words)
            lines.append("".join(f"| {each.replace('|', BAR)} " for each in cells) + "|")
        lines.append("")
    return "\n".join(lines)


def with_keys(page: str) -> str:
    """The page with the table as it is now."""
    return _TABLE.sub(lambda _: key_table(), page)


if __name__ == "__main__":
    PAGE.write_text(with_keys(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
