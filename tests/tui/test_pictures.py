"""The dashboard looks as it did when its pictures were last approved, byte for byte."""

from __future__ import annotations

import pytest

from tests.screenshots import FOLDER, SCENES, TOUR, take, take_tour


@pytest.mark.parametrize("name", SCENES)
async def test_picture(name: str) -> None:
    """A change of the look is a decision: ``make screenshots`` draws the pictures anew, and the diff shows them."""
    drawn = await take(SCENES[name])
    assert drawn == (FOLDER / f"{name}.{SCENES[name].ending}").read_text(encoding="utf-8"), (
        f"{name} looks otherwise now"
    )


async def test_the_tour() -> None:
    """The same of the animated one, which stays small enough for a README."""
    drawn = await take_tour()
    assert drawn == (FOLDER / f"{TOUR}.svg").read_text(encoding="utf-8"), "the tour looks otherwise now"
    assert len(drawn.encode()) < 300_000
