"""Starting and stopping an engine from another process: what ``watch`` and ``stop`` do.

An engine in the background is ``digest run`` in a session of its own: closing the terminal or the dashboard does not
reach it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from digest.errors import EngineError
from digest.presence import cannot_be_used, engine_ready, engine_running, make_state_folder, standstill

if TYPE_CHECKING:
    from pathlib import Path

_START_SECONDS = 20.0  # migrations of a large database included
_STOP_SECONDS = 10.0
_LAST_WORDS = "engine.stderr"  # what the interpreter says when the engine cannot even start logging


def start_detached(config_path: Path, state: Path) -> int:
    """Start an engine in the background and wait until it holds the state folder's lock and the database is open.

    Returns its process id; that of a running engine where there is one.

    Raises:
        EngineError: it ended at once, and the message is its reason; or the state folder cannot be used.
    """
    running = engine_running(state)
    if running is not None:
        return running
    last_words = state / _LAST_WORDS
    process = _spawn(config_path, last_words)
    give_up = time.monotonic() + _START_SECONDS
    while time.monotonic() < give_up:
        if engine_ready(state) and (running := engine_running(state)) is not None:
            process.returncode = 0  # it is on its own now: no warning that it still runs when we end
            return running
        if process.poll() is not None:
            reason = last_words.read_text(encoding="utf-8", errors="replace").strip()
            raise EngineError(reason or f"the engine ended at once with exit code {process.returncode}")
        time.sleep(0.05)
    process.terminate()
    process.wait()
    raise EngineError(f"the engine did not start within {_START_SECONDS:g} s: see {state / 'engine.log'}")


def _spawn(config_path: Path, last_words: Path) -> subprocess.Popen[bytes]:
    """An engine in a session of its own; what it prints goes to a file.

    Without the current folder on its path (``-P``): what happens to lie there is never imported.
    """
    try:
        make_state_folder(last_words.parent)
        output = last_words.open("wb")
    except OSError as error:
        raise EngineError(cannot_be_used(last_words.parent, error)) from error
    with output:
        return subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-P", "-m", "digest", "run", "--background", "--config", os.fspath(config_path)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def stop_engine(state: Path) -> int | None:
    """Stop the engine of a state folder and wait for its end; returns its process id, ``None`` where none runs.

    Raises:
        EngineError: it is another user's, or did not stop in time.
    """
    pid = engine_running(state)
    if pid is None:
        return None
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return pid
    except PermissionError:
        raise EngineError(f"the engine (pid {pid}) belongs to another user: only they can stop it") from None
    give_up = time.monotonic() + _STOP_SECONDS
    while engine_running(state) == pid:
        if time.monotonic() > give_up:
            still = standstill(state, pid)
            words = f"the engine (pid {pid}) did not stop within {_STOP_SECONDS:g} s"
            raise EngineError(f"{words}{still and '; ' + still}")
        time.sleep(0.05)
    return pid
