"""``digest`` that waits for seconds where a user's waits for minutes, as ``-m tests.e2e.quick_digest run``.

A message whose answer was lost waits a minute, then longer; alerts after a start wait two seconds for what is due just
then. What is tested here is what becomes of them afterwards; how long they wait is tested where time is a value.
"""

from __future__ import annotations

from datetime import timedelta

from digest.delivery import retries
from digest.engine import work


def hurry() -> None:
    """Send again soon what a lost answer left in doubt, and wait but shortly for the first polls."""
    retries.RESEND = tuple(timedelta(seconds=seconds) for seconds in (1, 2, 4, 8))  # type: ignore[misc]
    work.JUST_DUE = timedelta(seconds=0.2)  # type: ignore[misc]


if __name__ == "__main__":
    from digest.cli.main import main

    hurry()
    main()
