"""The demo tells the whole truth about a run, and leaves nothing behind, however it ends."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

PROCESSES = Path("/proc")
needs_proc = pytest.mark.skipif(not (PROCESSES / "self").is_dir(), reason="looks for left-over processes in /proc")

# A short day: thirty reports from its middle, the first ten of them as the baseline; no bundle among them, which would
# wait half a minute for what else may come after a start.
SCRIPT = """
import sys
from digest.demo.newsday import NewsDay, load_newsday
from digest.demo.runner import run_demo
day = load_newsday()
sys.exit(run_demo(headless=True, live_seconds=3.0, day=NewsDay(day.outlets, day.reports[100:130], baseline=10)))
"""


WHOLE_DAY = "import sys; from digest.demo.runner import run_demo; sys.exit(run_demo(headless=True, live_seconds=45.0))"
FIGURES = re.compile(
    r"(?P<entries>\d+) entries, \d+ alerts, \d+ stor(?:y|ies), (?P<messages>\d+) messages, (?P<edits>\d+) edits?,"
    r" 0 repeats, nothing lost"
)


@contextlib.contextmanager
def running_demo(folder: Path, script: str = SCRIPT) -> Iterator[subprocess.Popen[str]]:
    """Run a short headless demo whose temporary files go to ``folder``."""
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "TMPDIR": str(folder), "TZ": "Asia/Seoul"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def engines_in(folder: Path) -> list[int]:
    """The processes that have ``folder`` in their command line."""
    found = []
    for process in PROCESSES.iterdir():
        if process.name.isdecimal():
            with contextlib.suppress(OSError):  # it has ended meanwhile
                if os.fsencode(folder) in (process / "cmdline").read_bytes():
                    found.append(int(process.name))
    return found


def wait_for_engine(folder: Path) -> None:
    """Wait until the demo's engine runs."""
    wait_until(lambda: engines_in(folder), otherwise=lambda: "no engine was started")


@needs_proc
def test_a_short_day_arrives_whole_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """Every message is printed once and clean, the figures add up, exit code 0; no process, no file remains."""
    with running_demo(tmp_path) as process:
        output, errors = process.communicate(timeout=100)
    assert (process.returncode, errors) == (0, "")
    figures = output.strip().splitlines()[-1]
    counted = FIGURES.fullmatch(figures)
    assert counted, figures
    assert counted["entries"] == "30"
    headings = [line for line in output.splitlines() if line.startswith("── ")]
    edits = sum("edited: message" in line for line in headings)
    assert (len(headings) - edits, edits) == (int(counted["messages"]), int(counted["edits"]))
    assert int(counted["messages"]) >= 2  # one of them the digest
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]|<b>|&amp;", output)
    assert engines_in(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


@needs_proc
def test_the_whole_day_is_a_few_messages_and_shows_what_stories_are(tmp_path: Path) -> None:
    """At most 25 of them, nothing lost: a toll that rises, a headline edited in place, a spike, a bundle, a digest."""
    with running_demo(tmp_path, WHOLE_DAY) as process:
        output, errors = process.communicate(timeout=200)
    assert (process.returncode, errors) == (0, "")
    counted = FIGURES.fullmatch(output.strip().splitlines()[-1])
    assert counted, output
    assert int(counted["messages"]) <= 25
    texts = re.split(r"^── ", output, flags=re.MULTILINE)[1:]
    new = [text for text in texts if "edited: message" not in text.partition("\n")[0]]
    assert any("answers message" in text and "UPDATE · the toll rises" in text for text in new)
    assert any("~~one missile~~ two missiles" in text for text in texts if text not in new)
    # Once, unless polls are so late that more than an hour of this short day lies between two of its reports.
    assert any("within an hour, usually" in text for text in new)
    assert any("alerts bundled" in text for text in new)
    assert any("2 sources" in text for text in new)
    assert "Evening digest · " in "".join(new[-3:])  # a digest is three messages at most


@needs_proc
@pytest.mark.parametrize("numbers", [[signal.SIGINT], [signal.SIGINT] * 3, [signal.SIGTERM], [signal.SIGHUP]])
def test_an_interrupted_demo_leaves_nothing_behind(tmp_path: Path, numbers: list[signal.Signals]) -> None:
    """Ctrl-C (pressed impatiently, too), a kill and a closed terminal end the engine and remove the folder."""
    with running_demo(tmp_path) as process:
        wait_for_engine(tmp_path)
        for number in numbers:
            process.send_signal(number)
            time.sleep(0.05)  # signals of one kind that come at once are one
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (130, "")
    assert engines_in(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


@needs_proc
def test_leaving_the_dashboard_ends_everything(tmp_path: Path) -> None:
    """The demo shows the real dashboard on the real news, and says when they are over; with q engine and folder go."""
    terminal, far_end = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT.replace("headless=True, live_seconds=3.0", "headless=False, live_seconds=3.0")],
        env={**os.environ, "TMPDIR": str(tmp_path), "TERM": "xterm-256color", "COLUMNS": "120", "LINES": "36"},
        stdin=far_end,
        stdout=far_end,
        stderr=far_end,
        start_new_session=True,
    )
    os.close(far_end)
    try:
        read_until(terminal, b"Pacific Wire")
        read_until(terminal, b"This day is over")
        os.write(terminal, b"q")
        read_until(terminal, None)
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.wait()
        os.close(terminal)
    assert engines_in(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def read_until(terminal: int, wanted: bytes | None) -> None:
    """Read what is painted until ``wanted`` comes, or (``None``) until the far end hangs up."""
    painted = b""
    give_up = time.monotonic() + 40
    while time.monotonic() < give_up:
        if wanted is not None and wanted in painted:
            return
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                painted += os.read(terminal, 65536)
            except OSError:  # how Linux tells that the far end is closed
                assert wanted is None, painted[-2000:]
                return
    pytest.fail(f"{wanted!r} was not painted; the last was {painted[-2000:]!r}")
