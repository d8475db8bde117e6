"""Textual's driver for a real terminal, for the moments when the terminal is taken away and given back."""

from __future__ import annotations

import contextlib

from textual.drivers.linux_driver import LinuxDriver


class TerminalDriver(LinuxDriver):
    """Stops and goes on between two steps of the event loop, and ends without a word when the terminal is gone."""

    def run_input_thread(self) -> None:
        """Read keys until the end, or until the terminal hangs up, which ends the process: see ``hangup``."""
        with contextlib.suppress(OSError):
            super().run_input_thread()

    def _sigtstp_application(self, *_: object) -> None:
        """Leave the terminal and stop; never in the middle of a write, whose lock this would wait for."""
        with contextlib.suppress(RuntimeError):  # the loop has ended, and with it all there was to stop
            self._loop.call_soon_threadsafe(super()._sigtstp_application)

    def _sigcont_application(self, *_: object) -> None:
        """Take the terminal again."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._resume)

    def _resume(self) -> None:
        """Take the terminal as at the start; after a SIGSTOP, which nobody hears, leave it first."""
        if not self._must_signal_resume:
            self.suspend_application_mode()
            self._must_signal_resume = True
        self.resume_application_mode()
