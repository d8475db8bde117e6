"""What holds for every test."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path
from typing import Final

from hypothesis import HealthCheck, settings

_MEMORY: Final = "/dev/shm"  # noqa: S108 - pytest makes a folder of its own in it
_ROOM: Final = 2 * 1024**3  # bytes that the tests' folders may need together

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


def pytest_configure() -> None:
    """Put the tests' folders into memory where there is room, and hear Ctrl-C.

    A shell starts what runs in its background deaf to Ctrl-C, and so would be every command that a test starts.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # Every commit waits for the disk, and no test is one of the disk.
    if Path(_MEMORY).is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", _MEMORY)
