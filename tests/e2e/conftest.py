"""Commands that start at once, for tests in which the start of Python is not the point."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.nursery import the_nursery
from tests.e2e.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.nursery import Nursery


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Starts commands, for all tests of this worker."""
    with the_nursery() as opened:
        yield opened


@pytest.fixture
def forked(nursery: Nursery, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every world of the test has its commands started by the nursery, unless it says otherwise."""
    monkeypatch.setattr(World, "nursery", nursery)
