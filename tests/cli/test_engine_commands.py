"""``digest run``, ``watch`` and ``stop``, with a feed on loopback and the engine as a process of its own.

Where what the start of Python does is the point, it is started the usual way; else the nursery forks it.
"""

from __future__ import annotations

import contextlib
import os
import pty
import select
import shutil
import signal
import sqlite3
import subprocess
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digest.presence import engine_ready, engine_running
from tests.cli.conftest import Desk
from tests.command import Done
from tests.fakes.stores import new_store, store_url
from tests.waiting import PATIENCE, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.e2e.nursery import Forked, Nursery

RSS = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>T</title><language>en</language>
<item><title>An embassy closes</title><link>https://example.org/1</link></item></channel></rss>"""


class _Feed(BaseHTTPRequestHandler):
    """Answers every request with the feed."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(RSS)))
        self.end_headers()
        self.wfile.write(RSS)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Be quiet."""


@pytest.fixture
def polled(desk: Desk, nursery: Nursery) -> Iterator[Office]:
    """A desk whose one feed is on loopback, with an empty store; whatever engine runs there is stopped at the end."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Feed) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        desk.write(
            "config.toml",
            f'[poll]\nprivate_hosts = true\n[[feed]]\nurl = "http://127.0.0.1:{server.server_port}/feed"\n',
        )
        (desk.folder / "state").mkdir(mode=0o700)
        new_store(store_url(desk.folder / "state" / "digest.db")).close()
        yield Office(desk.folder, nursery)
        desk.run("stop")
        server.shutdown()


@dataclass(frozen=True)
class Office(Desk):
    """A desk whose commands begin at once, each in a process of its own."""

    nursery: Nursery

    def begin(self, *arguments: str) -> Command:
        """Start a command, with two new files for what it prints."""
        number = len(list(self.folder.glob("*.out")))
        out, err = (self.folder / f"{number}.{name}" for name in ("out", "err"))
        out.touch()
        err.touch()
        return Command(out, err, self.nursery.start(arguments, out, self.environment, errors=err, folder=self.folder))

    def run_process(self, *arguments: str, stdin: str | bytes = b"", **variables: str) -> Done:
        """As `Desk.run_process`."""
        assert not stdin
        assert not variables
        command = self.begin(*arguments)
        code = command.process.wait(PATIENCE)
        assert "Traceback" not in command.said
        return Done(code, command.out.read_text(), command.said)

    @contextlib.contextmanager
    def started(self, *arguments: str) -> Iterator[Command]:
        """The command, running beside the test."""
        command = self.begin(*arguments)
        try:
            yield command
        finally:
            command.process.kill()


@dataclass(frozen=True)
class Command:
    """A command at work, and where it writes."""

    out: Path
    err: Path
    process: Forked

    @property
    def said(self) -> str:
        """What stands on its standard error."""
        return self.err.read_text()


@contextlib.contextmanager
def started(desk: Desk, *arguments: str, through: Sequence[str] = ()) -> Iterator[subprocess.Popen[bytes]]:
    """The command from the start of Python on, running beside the test; ``through`` another that becomes it."""
    with subprocess.Popen([*through, *desk.command(*arguments)], cwd=desk.folder, env=desk.environment) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def suspend(engine: Forked, database: Path) -> None:
    """Stop an engine where it stands, but not in the middle of a commit: nobody else could write meanwhile."""
    with contextlib.closing(sqlite3.connect(database, timeout=PATIENCE, isolation_level=None)) as writer:
        writer.execute("begin immediate")
        engine.send_signal(signal.SIGSTOP)
        wait_until(lambda: Path(f"/proc/{engine.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T")


def test_once(polled: Office) -> None:
    """Every feed is polled, and it ends; what was there at first is a baseline. The store is made if there is none."""
    shutil.rmtree(polled.folder / "state")
    done = polled.run_process("run", "--once")
    assert done.code == 0
    [status] = polled.run("status", "--json").lines
    assert (status["entries"], status["alerts"], status["feeds"]["ok"]) == (1, 0, 1)
    [rule, _] = polled.run("rules", "list", "--json").lines
    assert (rule["id"], rule["hits_24h"]) == ("embassies", 1)


def test_once_with_a_feed_that_fails(polled: Office) -> None:
    """That is the feed's affair, not the command's."""
    polled.append("config.toml", '[[feed]]\nurl = "http://127.0.0.1:1/gone"\nname = "Gone"\n')
    assert polled.run_process("run", "--once").code == 0
    healths = {feed["name"]: feed for feed in polled.run("feeds", "list", "--json").lines}
    assert healths["Gone"]["health"] == "failing"
    assert healths["Gone"]["last_error"]


def test_once_where_no_engine_can_start(polled: Office) -> None:
    """The reason is said at once: nobody is waited for where no engine runs."""
    assert polled.run_process("run", "--once").code == 0
    (polled.folder / "state" / "engine.log").unlink()
    (polled.folder / "state" / "engine.log").mkdir()
    done = polled.run_process("run", "--once")
    assert done.code == 1
    assert "engine.log cannot be written" in done.err


def test_once_beside_an_engine_that_dies(polled: Office) -> None:
    """Who asked it does it without it."""
    with polled.started("run") as running:
        engine = running.process
        wait_until(lambda: polled.run("status", "--json").lines[0]["entries"] == 1)
        suspend(engine, polled.folder / "state" / "digest.db")
        with polled.started("run", "--once") as once:
            wait_until(lambda: polled.run("db", "info", "--json").lines[0]["rows"]["requests"] == 1)
            engine.kill()
            engine.wait(PATIENCE)
            assert once.process.wait(PATIENCE) == 0, once.said
            assert f"the running engine (pid {engine.pid}) is asked to do it" in once.said
    assert polled.run("status", "--json").lines[0]["engine"]["running"] is False


def test_once_beside_others(polled: Office) -> None:
    """Each waits for the one before it, and all of them are well; Ctrl-C ends the waiting of one alone."""
    with contextlib.ExitStack() as running:
        five = [running.enter_context(polled.started("run", "--once")) for _ in range(5)]
        wait_until(lambda: engine_running(polled.folder / "state") is not None)
        several = {command.process.pid: command for command in five}
        holder = several.pop(engine_running(polled.folder / "state") or 0, five[0])
        holder.process.send_signal(signal.SIGSTOP)
        gone = several.popitem()[1]
        wait_until(lambda: "\n" in gone.said)
        assert "is asked to do it" in gone.said.splitlines()[0]
        gone.process.send_signal(signal.SIGINT)
        assert gone.process.wait(PATIENCE) == 130
        holder.process.send_signal(signal.SIGCONT)
        for command in (holder, *several.values()):
            assert command.process.wait(PATIENCE) == 0


def test_an_engine_of_another_config(polled: Office) -> None:
    """Nothing is asked of it, its config is named wherever it is met, and it can be stopped."""
    other = polled.write("other.toml", (polled.folder / "config.toml").read_text(encoding="utf-8"))
    words = f"started with another config, {polled.folder.resolve() / 'config.toml'}"
    with polled.started("run") as running:
        engine = running.process
        wait_until(lambda: engine_ready(polled.folder / "state"))
        for arguments in (["run"], ["run", "--once"]):
            done = polled.run_process(*arguments, "--config", str(other))
            assert (done.code, words in done.err, f"pid {engine.pid}" in done.err) == (1, True, True)
        assert words in polled.run("status", "--config", str(other)).out
        link = polled.folder / "link.toml"
        link.symlink_to(polled.folder / "config.toml")
        assert polled.run_process("run", "--once", "--config", str(link)).code == 0
        assert words in polled.run("stop", "--config", str(other)).out
        assert engine.wait(PATIENCE) == 0


def test_one_engine_for_one_state_folder(polled: Office) -> None:
    """A second one is refused with the first's pid; status knows the first; stop ends it."""
    with polled.started("run") as running:
        first = running.process
        wait_until(lambda: polled.run("status", "--json").lines[0]["engine"]["running"])
        second = polled.run_process("run")
        assert (second.code, second.out) == (1, "")
        assert f"pid {first.pid}" in second.err
        wait_until(lambda: polled.run("status", "--json").lines[0]["engine"]["since"] is not None)
        assert polled.run("status", "--json").lines[0]["engine"]["pid"] == first.pid
        assert polled.run_process("run", "--once").code == 0
        polled.append("config.toml", "junk = 1\n[[[")  # a mistake of now must not keep it from being stopped
        done = polled.run("stop")
        assert (done.code, done.out) == (0, f"The engine (pid {first.pid}) has stopped.\n")
        assert first.wait(PATIENCE) == 0
    assert polled.run("stop").out.startswith("No engine runs on ")


def test_status_of_an_engine_that_has_stopped(polled: Office) -> None:
    """It is not running, without a process or a time."""
    assert polled.run_process("run", "--once").code == 0
    stopped = {"running": False, "pid": None, "since": None, "problem": ""}
    assert polled.run("status", "--json").lines[0]["engine"] == stopped


def test_a_running_engine_tells_what_is_in_force(polled: Office) -> None:
    """A file that breaks is named, while its last good version goes on matching; so is what cannot be read."""
    os.mkfifo(polled.folder / "rules" / "pipe.toml")
    os.link(polled.folder / "rules" / "test.toml", os.fsencode(polled.folder) + b"/rules/caf\xe9.toml")
    with polled.started("run"):
        wait_until(lambda: polled.run("status", "--json").lines[0]["entries"] == 1)
        polled.append("rules/test.toml", '[[rule]]\nid = "x"\nquery = "a b"\n')
        wait_until(lambda: len(polled.run("status", "--json").lines[0]["rules"]["errors"]) == 3)
        rules = polled.run("status", "--json").lines[0]["rules"]
        assert rules["loaded"] == 2
        places = [(error["path"], error["line"], error["column"]) for error in rules["errors"]]
        odd = [("rules/caf\\xe9.toml", 1, 1), ("rules/pipe.toml", 1, 1)]
        assert places == [*odd, ("rules/test.toml", 15, 12)]
        listed = polled.run("rules", "list", "--json")
        assert [rule["path"] for rule in listed.lines] == ["rules/test.toml"] * 2
        assert "\nrules/test.toml:15:12: " in listed.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_an_interrupt_stops_the_engine_in_good_order(polled: Office, number: signal.Signals) -> None:
    """Ctrl-C is how ``digest run`` is ended; it ends with its terminal, too."""
    with started(polled, "run") as engine:
        wait_until(lambda: polled.run("status", "--json").lines[0]["entries"] == 1)
        engine.send_signal(number)
        assert engine.wait(PATIENCE) == 0
    assert "the engine has stopped" in (polled.folder / "state" / "engine.log").read_text()


def test_nohup_keeps_the_engine_at_work(polled: Office) -> None:
    """Who starts ``digest run`` deaf to a closed terminal means it."""
    with started(polled, "run", through=("sh", "-c", 'trap "" HUP; exec "$@"', "sh")) as engine:
        wait_until(lambda: polled.run("status", "--json").lines[0]["entries"] == 1)
        engine.send_signal(signal.SIGHUP)
        assert polled.run_process("run", "--once").code == 0
        assert engine.poll() is None
        engine.terminate()
        assert engine.wait(PATIENCE) == 0


def test_watch_starts_an_engine_that_outlives_it(polled: Office) -> None:
    """It says so; q leaves the dashboard, and the engine goes on until it is stopped."""
    leader, follower = pty.openpty()
    environment = polled.environment | {"TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"}
    with subprocess.Popen(
        polled.command("watch"), cwd=polled.folder, env=environment, stdin=follower, stdout=follower, stderr=follower
    ) as watch:
        os.close(follower)
        seen = b""

        def shows(words: bytes) -> Callable[[], bool]:
            def look() -> bool:
                nonlocal seen
                while select.select([leader], [], [], 0)[0]:
                    seen += os.read(leader, 65536)
                return words in seen

            return look

        wait_until(shows(b"started an engine"))
        wait_until(shows(b"\x1b[?1049h"))  # the dashboard has taken the screen
        os.write(leader, b"q")
        with contextlib.suppress(OSError):  # the terminal is closed from the other side
            wait_until(lambda: shows(b"\x1b[?1049l")() or watch.poll() is not None)
        assert watch.wait(PATIENCE) == 0
    os.close(leader)
    [status] = polled.run("status", "--json").lines
    assert status["engine"]["running"]
    assert "has stopped" in polled.run("stop").out
    assert not polled.run("status", "--json").lines[0]["engine"]["running"]


@pytest.mark.parametrize("arguments", [[], ["watch"]])
def test_the_dashboard_needs_a_terminal(polled: Office, arguments: list[str]) -> None:
    """In a pipe it says so, and starts nothing."""
    done = Desk(polled.folder).run_process(*arguments)
    assert (done.code, done.out) == (1, "")
    assert "needs a terminal" in done.err
    assert polled.run("stop").out.startswith("No engine runs on ")
