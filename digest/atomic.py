"""How a file that is whole comes to its place, so that nobody ever finds half of it there."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def put_in_place(aside: Path, place: Path) -> None:
    """Let a file that is whole be known by another name of the same folder, which nobody has taken.

    Raises:
        FileExistsError: somebody has.
        OSError: it cannot be.
    """
    try:
        os.link(aside, place)
    except OSError as error:
        if error.errno not in {errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK}:
            raise
        if os.path.lexists(place):  # a disk without links
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(place)) from error
        aside.rename(place)
    else:
        aside.unlink()
