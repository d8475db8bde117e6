"""Draw the dashboard's pictures anew: ``python -m tests.screenshots`` (``--check`` only compares).

The first of them, ``main-120x36.svg``, is the picture in the README, and so is the last, the animated tour. Twenty
sizes are drawn in letters alone.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from unittest.mock import patch

from tests.tui.newsdesk import build, build_broken, build_empty, copied
from tests.tui.newsweek import build_week
from tests.tui.picture import animated, parts_of, picture
from tests.tui.stage import PLACES, places_in, settle, staged, text_of, until

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER: Final = Path(__file__).parent / "tui" / "snapshots"


@dataclass(frozen=True)
class Scene:
    """What is on a picture: the size in cells, the keys pressed before it is taken, the store behind it."""

    size: tuple[int, int]
    keys: tuple[str, ...] = ()
    build: Callable[[Path], str] = build
    letters: bool = False
    """Without colours, as the lines of the screen."""

    @property
    def ending(self) -> str:
        """Of the name of its file."""
        return "txt" if self.letters else "svg"


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
    "main-160x45": Scene((160, 45)),
    "all-120x36": Scene((120, 36), ("a",), letters=True),
    "zoomed-120x36": Scene((120, 36), ("z",), letters=True),
}
_SCREENS: Final = {
    "story": ("j", "j", "j", "j", "i", "j", "j", "j"),
    "outbox": ("O", "j"),
    "statistics": ("C",),
    "rule-hits": ("R", "j"),
    "feed-health": ("H",),
    "digests": ("D",),
    "log": ("L",),
    "on-duty": ("h", "j", "h", "B"),
    "troubles": ("T",),
    "palette": ("colon", *"mute"),
}
"""What lies over the desk, each in four sizes."""
for _name, _keys in _SCREENS.items():
    for _cells, _rows in ((120, 36), (80, 24), (160, 45), (60, 20)):
        SCENES[f"{_name}-{_cells}x{_rows}"] = Scene((_cells, _rows), _keys, build_week, letters=_cells not in {120, 80})
_SIZES: Final = (
    *((240, 70), (220, 60), (200, 60), (180, 50), (160, 45), (159, 45), (140, 40), (132, 43), (120, 36), (118, 30)),
    *((117, 30), (100, 30), (100, 24), (90, 28), (80, 40), (80, 24), (72, 20), (60, 20), (50, 18), (40, 10)),
)
SCENES.update({f"size-{cells}x{rows}": Scene((cells, rows), letters=True) for cells, rows in _SIZES})


TOUR: Final = "tour-120x30"
_TOUR_SIZE: Final = (120, 30)
_TOUR_SECONDS: Final = 4.0
_TOUR: Final = (
    ("What your rules found, the newest first", ()),
    ("Enter reads: the article as it was made, why it fired, who was told", ("j", "j", "j", "j", "enter")),
    ("i shows the story: what each outlet added, and which facts changed", ("i", "j", "j", "j")),
    ("/ filters while you type; W makes a rule of it", ("escape", "escape", "slash", *"embassy", "enter")),
    ("D shows the next digest beside its message in Telegram", ("escape", "D")),
    ("C counts: hits by rule and hour, how long messages took, who was first", ("escape", "C")),
)
"""What is said of each scene, and the keys that lead to it from the one before."""


async def take_tour() -> str:
    """The animated tour, as SVG."""
    with tempfile.TemporaryDirectory() as folder:
        url = copied(build_week, Path(folder))
        async with staged(url, _TOUR_SIZE, places=places_in(Path(folder))) as (app, pilot):
            scenes = []
            for words, keys in _TOUR:
                for key in keys:
                    await pilot.press(key)
                    await settle(app, pilot)
                if "slash" in keys:
                    await until(pilot, lambda: app.typed_filter == "embassy")
                    await settle(app, pilot)
                scenes.append((words, parts_of(app)))
            return animated(app, scenes, _TOUR_SECONDS)


async def take(scene: Scene) -> str:
    """The picture of a scene, as SVG or in letters."""
    with tempfile.TemporaryDirectory() as folder:
        url = copied(scene.build, Path(folder))
        places = places_in(Path(folder)) if scene.build is build_week else PLACES
        with patch.dict(os.environ, LOGNAME="ann"):
            async with staged(url, scene.size, places=places) as (app, pilot):
                for key in scene.keys:
                    await pilot.press(key)
                    await settle(app, pilot)
                return "".join(f"{line.rstrip()}\n" for line in text_of(app)) if scene.letters else picture(app)


def main(arguments: list[str]) -> int:
    """Draw all pictures and say which are new; with ``--check`` leave the files alone."""
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots", description=__doc__)
    parser.add_argument("--update", action="store_true", help="write what differs (so does no option at all)")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a picture differs")
    check = parser.parse_args(arguments).check
    differing = 0
    for name, scene in {**SCENES, TOUR: None}.items():
        drawn = asyncio.run(take_tour() if scene is None else take(scene))
        file = FOLDER / f"{name}.{'svg' if scene is None else scene.ending}"
        if not file.exists() or file.read_text(encoding="utf-8") != drawn:
            differing += 1
            print(f"{'differs' if check else 'drawn'}: {file}")
            if not check:
                file.write_text(drawn, encoding="utf-8")
    return int(check and differing > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
