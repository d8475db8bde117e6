"""Draw the dashboard's pictures anew: ``python -m tests.screenshots`` (``--check`` only compares).

The first of them, ``main-120x36.svg``, is the picture in the README.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.tui.newsdesk import build, build_broken, build_empty
from tests.tui.picture import picture
from tests.tui.stage import settle, staged

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER: Final = Path(__file__).parent / "tui" / "snapshots"


@dataclass(frozen=True)
class Scene:
    """What is on a picture: the size in cells, the keys pressed before it is taken, the store behind it."""

    size: tuple[int, int]
    keys: tuple[str, ...] = ()
    build: Callable[[Path], str] = build


SCENES: Final = {
    "main-120x36": Scene((120, 36)),
    "light-120x36": Scene((120, 36), ("t",)),
    "reader-120x36": Scene((120, 36), ("j", "enter")),
    "article-120x36": Scene((120, 36), (*"jjjjjj", "enter")),
    "article-160x48": Scene((160, 48), (*"jjjjjj", "enter")),
    "first-run-120x36": Scene((120, 36), build=build_empty),
    "trouble-120x36": Scene((120, 36), build=build_broken),
    "help-120x36": Scene((120, 36), ("question_mark",)),
    "main-80x24": Scene((80, 24)),
    "rules-80x24": Scene((80, 24), ("2", "j", "j")),
    "feeds-80x24": Scene((80, 24), ("3",)),
    "reader-80x24": Scene((80, 24), ("enter",)),
    "main-60x20": Scene((60, 20)),
    "main-40x15": Scene((40, 15)),
}


async def take(scene: Scene) -> str:
    """The picture of a scene, as SVG."""
    with tempfile.TemporaryDirectory() as folder:
        async with staged(scene.build(Path(folder) / "digest.db"), scene.size) as (app, pilot):
            for key in scene.keys:
                await pilot.press(key)
                await settle(app, pilot)
            return picture(app)


def main(arguments: list[str]) -> int:
    """Draw all pictures and say which are new; with ``--check`` leave the files alone."""
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots", description=__doc__)
    parser.add_argument("--update", action="store_true", help="write what differs (so does no option at all)")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a picture differs")
    check = parser.parse_args(arguments).check
    differing = 0
    for name, scene in SCENES.items():
        drawn, file = asyncio.run(take(scene)), FOLDER / f"{name}.svg"
        if not file.exists() or file.read_text(encoding="utf-8") != drawn:
            differing += 1
            print(f"{'differs' if check else 'drawn'}: {file}")
            if not check:
                file.write_text(drawn, encoding="utf-8")
    return int(check and differing > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
