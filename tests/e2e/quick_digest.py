"""``digest`` that sends again soon what a lost answer left in doubt, as ``-m tests.e2e.quick_digest run``.

A user's message waits a minute, then longer; what is tested here is what becomes of it then. How long it waits is
tested where time is a value.
"""

from __future__ import annotations

from datetime import timedelta

from digest.delivery import retries


def resend_soon() -> None:
    """Let a message whose answer was lost wait for seconds, where it waits for minutes."""
    retries.RESEND = tuple(timedelta(seconds=seconds) for seconds in (1, 2, 4, 8))  # type: ignore[misc]


if __name__ == "__main__":
    from digest.cli.main import main

    resend_soon()
    main()
