"""What holds for every test."""

from __future__ import annotations

import gc
import itertools
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Connection, Engine, event
from sqlalchemy.util import LRUCache

if TYPE_CHECKING:
    from collections.abc import Hashable

_MEMORY: Final = "/dev/shm"  # noqa: S108 - pytest makes a folder of its own in it
_ROOM: Final = 2 * 1024**3  # bytes that the tests' folders may need together

_ENDED: Final = itertools.count(1)  # tests of this process
_TIDIED: Final = 400  # tests between two looks for garbage everywhere

# It is not there, and the client that Telegram is asked with looks for it everywhere with every request.
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]

settings.register_profile(
    "tests",
    deadline=None,  # how long an example takes is the machine's affair
    suppress_health_check=[HealthCheck.too_slow],  # so is this
    derandomize=True,  # what fails on one machine fails on every other
    database=None,
)
settings.load_profile("tests")


def pytest_xdist_auto_num_workers() -> int:
    """With ``-n auto``: many tests wait, for processes and sockets, so more than one a core fits."""
    return (os.cpu_count() or 1) + 3


class _Statements(LRUCache[Any, Any]):
    """Statements as SQL, once for all databases of one kind: by itself each engine would compile every one anew.

    It forgets those least used, as an engine's own does: a statement with a list of values is another for each length.
    """

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        """What a statement was compiled to."""
        return super().get(_for_all(key), default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        super().__setitem__(_for_all(key), compiled)


def _for_all(key: tuple[Any, ...]) -> tuple[Hashable, ...]:
    dialect, *statement = key
    return (type(dialect), dialect._json_serializer, *statement)


_STATEMENTS: Final = _Statements(1_000)


@event.listens_for(Engine, "engine_connect")
def _share_statements(connection: Connection) -> None:
    connection.execution_options(compiled_cache=_STATEMENTS)


def pytest_collection_finish() -> None:
    """Never look for garbage in the tests themselves: there are thousands."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_runtest_logfinish() -> None:
    """Now and then let go of what tests have left: whoever loads rules freezes all that its test has made, too."""
    if next(_ENDED) % _TIDIED == 0:
        gc.unfreeze()
        gc.collect()
        gc.freeze()


def pytest_configure() -> None:
    """Put the tests' folders into memory where there is room, and hear Ctrl-C.

    A shell starts what runs in its background deaf to Ctrl-C, and so would be every command that a test starts.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    gc.set_threshold(20_000, 20, 20)  # what a test leaves behind is little; looking for it costs
    # Every commit waits for the disk, and no test is one of the disk.
    if Path(_MEMORY).is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", _MEMORY)
