"""Commands that start at once, for tests in which the start of Python is not the point."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

import pytest

from tests.e2e.nursery import the_nursery
from tests.e2e.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.e2e.nursery import Nursery


_LONG: Final = (
    "tests/engine/test_limits_kept.py",
    "tests/match/test_match_reference.py",
    "tests/demo/test_runner.py",
    "tests/bot/test_session.py",
    "tests/e2e/",
)
"""Where tests are that take long by themselves, or mostly wait."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the long ones, so that none of them is left when all else is done."""
    items[:] = long_first(items, getattr(config, "workerinput", {}).get("workercount", 1))


def long_first(items: Sequence[pytest.Item], workers: int) -> list[pytest.Item]:
    """Tests in such an order that each worker, which gets as many in a row as any other, has its long ones first."""
    rank = {item: next((at for at, path in enumerate(_LONG) if item.nodeid.startswith(path)), None) for item in items}
    long = sorted((item for item in items if rank[item] is not None), key=lambda item: rank[item] or 0)
    others = iter([item for item in items if rank[item] is None])
    ordered: list[pytest.Item] = []
    for worker in range(workers):
        mine = long[worker::workers]
        share = (len(items) - len(ordered)) // (workers - worker)
        ordered += [*mine, *islice(others, max(share - len(mine), 0))]
    return [*ordered, *others]


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Starts commands, for all tests of this worker."""
    with the_nursery() as opened:
        yield opened


@pytest.fixture
def forked(nursery: Nursery, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every world of the test has its commands started by the nursery, unless it says otherwise."""
    monkeypatch.setattr(World, "nursery", nursery)
