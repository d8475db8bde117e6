"""What holds for every test."""

from __future__ import annotations

import os


def pytest_xdist_auto_num_workers() -> int:
    """With ``-n auto``: most tests wait, for processes and sockets, so more than one a core fits."""
    return max(4, os.cpu_count() or 1)
