"""A desk with its bot at work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.bot.desk import Desk
from tests.e2e.conftest import forked, nursery

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

__all__ = ["desk", "forked", "nursery"]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Rules, store, outbox and bot, with a Bot API server on loopback."""
    async with Desk(tmp_path) as opened:
        yield opened
