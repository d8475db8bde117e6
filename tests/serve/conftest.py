"""A folder with a config and a day of news, and a server over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fakes.stores import database_key
from tests.serve.serving import CONFIG, Serving, serving
from tests.tui.newsdesk import build, copied
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def furnished(folder: Path) -> Path:
    """A folder to serve from."""
    (folder / "rules").mkdir()
    (folder / "rules" / "1-north-korea.toml").touch()
    (folder / "state").mkdir()
    copied(build, folder / "state")
    (folder / "config.toml").write_text(database_key(folder / "state") + CONFIG)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of a test's own."""
    return furnished(tmp_path)


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A server that lets nobody edit, for as long as there are tests of it."""
    with serving(furnished(tmp_path_factory.mktemp("serving"))) as running:
        yield running


@pytest.fixture(scope="module")
def editable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """One that lets its visitors edit, what they like."""
    with serving(furnished(tmp_path_factory.mktemp("editable")), "--allow-edit") as running:
        yield running


@pytest.fixture
def served(lasting: Serving) -> Serving:
    """That server, with no page open; nothing may happen to it."""
    wait_until(lambda: not lasting.dashboards)
    return lasting
