"""The dashboard looks as it did when its pictures were last approved, byte for byte."""

from __future__ import annotations

import pytest

from tests.screenshots import FOLDER, SCENES, take


@pytest.mark.parametrize("name", SCENES)
async def test_picture(name: str) -> None:
    """A change of the look is a decision: ``make screenshots`` draws the pictures anew, and the diff shows them."""
    drawn = await take(SCENES[name])
    assert drawn == (FOLDER / f"{name}.{SCENES[name].ending}").read_text(encoding="utf-8"), (
        f"{name} looks otherwise now"
    )
