"""What holds for every test."""

from __future__ import annotations

import os
import signal

from hypothesis import HealthCheck, settings

settings.register_profile(
    "tests",
    deadline=None,  # how long an example takes is the machine's affair
    suppress_health_check=[HealthCheck.too_slow],  # so is this
    derandomize=True,  # what fails on one machine fails on every other
    database=None,
)
settings.load_profile("tests")


def pytest_xdist_auto_num_workers() -> int:
    """With ``-n auto``: most tests wait, for processes and sockets, so more than one a core fits."""
    return max(4, os.cpu_count() or 1)


def pytest_configure() -> None:
    """A shell starts what runs in its background deaf to Ctrl-C, and so would be every command that a test starts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
