"""Textual's driver for a real terminal, for the moments when the terminal is taken away and given back."""

from __future__ import annotations

import contextlib
import os
import signal

from textual.drivers.linux_driver import LinuxDriver

from digest.tui.hangup import hung_up
from digest.tui.signals import FORMER_TITLE, KEEP_TITLE


class TerminalDriver(LinuxDriver):
    """Stops and goes on between two steps of the event loop, and ends without a word when the terminal is gone."""

    def run_input_thread(self) -> None:
        """Read keys until the end, or until the terminal hangs up, which ends the process: see ``hangup``."""
        with contextlib.suppress(OSError):
            super().run_input_thread()

    def end_guest(self) -> None:
        """From any thread: a program that was given the terminal hears that this has gone, as all of the job does.

        The kernel tells only the terminal's own session.
        """
        if not self._auto_restart:
            os.killpg(0, signal.SIGHUP)

    _continued = False

    def start_application_mode(self) -> None:
        """Take the terminal; the title of its window is kept for the end."""
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual leaves it so
        self.write(KEEP_TITLE)

    def stop_application_mode(self) -> None:
        """Give it back as it was."""
        self.write(FORMER_TITLE)
        super().stop_application_mode()

    def _sigtstp_application(self, *_: object) -> None:
        """Leave the terminal and stop; never in the middle of a write, whose lock this would wait for."""
        self._continued = False
        with contextlib.suppress(RuntimeError):  # the loop has ended, and with it all there was to stop
            self._loop.call_soon_threadsafe(self._stop, os.getpid())

    def _sigcont_application(self, *_: object) -> None:
        """Take the terminal again."""
        self._continued = True
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._resume)

    def stop_job(self) -> None:
        """Leave the terminal, then stop with all of the job: a parent that stopped first would bring the shell back."""
        self._continued = False
        self._stop(0)

    def _stop(self, process: int) -> None:
        """Leave the terminal and stop, also where a parent stopped first and a shell has the terminal already.

        Not when the terminal has gone meanwhile: nobody would let it go on. Python hands out signals that come together
        by their numbers, so the news that it goes on may have come before that it is to stop.
        """
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        self.suspend_application_mode()
        self._must_signal_resume = True
        if not self._continued and not hung_up():
            os.kill(process, signal.SIGSTOP)
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)

    def _resume(self) -> None:
        """Take the terminal as at the start; after a SIGSTOP, which nobody hears, leave it first."""
        if not self._must_signal_resume:
            self.suspend_application_mode()
            self._must_signal_resume = True
        self.resume_application_mode()
