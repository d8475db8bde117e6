"""A PostgreSQL server of the tests' own, from Debian's packages: a fresh cluster in a temporary folder."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Final

BINARIES: Final = Path("/usr/lib/postgresql/15/bin")
MISSING: Final = "PostgreSQL 15 is not installed: apt-get install postgresql-15"
_USER: Final = "digest"
_PATIENCE: Final = 30.0  # seconds to start
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder of its own in it
_NO_SAFETY: Final = ("fsync=off", "full_page_writes=off")


def available() -> bool:
    """Whether the packages are here, and what starts a server that ends with its parent."""
    return (BINARIES / "initdb").exists() and shutil.which("setpriv") is not None


class Cluster:
    """A running server on a Unix socket, which ends with this process whatever becomes of that.

    Its locale is one that sorts unlike code points, as many servers' are.

    Args:
        safe: whether what is committed outlives the machine, as on a server in use; it outlives the server always.
    """

    def __init__(self, *, safe: bool = False) -> None:
        self.folder = Path(
            tempfile.mkdtemp(prefix="digest-pg-", dir=_MEMORY if _MEMORY.is_dir() and not safe else None)
        )
        self._safe = safe
        self._numbers = count(1)
        self._server: subprocess.Popen[bytes] | None = None
        if os.geteuid() == 0:  # the server refuses to be run by root
            nobody = pwd.getpwnam("nobody")
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
        self._run("initdb", "--pgdata", str(self._data), "--username", _USER, "--auth", "trust", "--encoding", "UTF8",
                  "--locale-provider", "icu", "--icu-locale", "en", "--locale", "C.UTF-8", "--no-sync")  # fmt: skip
        self.start()

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def pid(self) -> int | None:
        """Of the server's first process, while it runs."""
        return None if self._server is None else self._server.pid

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        settings = [f"unix_socket_directories={self.folder}", "listen_addresses=", "max_connections=200"]
        settings += [] if self._safe else _NO_SAFETY
        options = [part for setting in settings for part in ("-c", setting)]
        with (self.folder / "log").open("ab") as log:
            command = (*_as_nobody("--pdeathsig", "INT"), str(BINARIES / "postgres"), "-D", str(self._data), *options)
            self._server = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder)
        until = time.monotonic() + _PATIENCE
        while not self._answers():
            if time.monotonic() > until or self._server.poll() is not None:
                raise RuntimeError((self.folder / "log").read_text())
            time.sleep(0.02)

    def stop(self, *, at_once: bool = False) -> None:
        """Stop the server: in good order, or as if its machine had failed."""
        if self._server is not None:
            self._server.send_signal(signal.SIGQUIT if at_once else signal.SIGINT)
            self._server.wait(_PATIENCE)
            self._server = None

    def remove(self) -> None:
        """Stop the server and remove all of it."""
        with suppress(subprocess.TimeoutExpired):
            self.stop(at_once=True)
        if self._server is not None:
            self._server.kill()
            self._server.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, name: str) -> str:
        """The URL of a database."""
        return f"postgresql://{_USER}@/{name}?host={self.folder}"

    def create(self, template: str = "template0") -> str:
        """A new database, a copy of another one; its name."""
        name = f"digest_{next(self._numbers)}"
        self.ask(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still in it."""
        self.ask(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def ask(self, statement: str, name: str = "postgres") -> list[tuple[object, ...]]:
        """What a statement says, outside of any transaction."""
        import psycopg

        with psycopg.connect(self.url(name), autocommit=True) as connection:
            found = connection.execute(statement)
            return list(found.fetchall()) if found.description else []

    def _answers(self) -> bool:
        command = (str(BINARIES / "pg_isready"), "--quiet", "--host", str(self.folder))
        return subprocess.run(command, check=False).returncode == 0

    def _run(self, program: str, *args: str) -> None:
        done = subprocess.run(
            (*_as_nobody(), str(BINARIES / program), *args), capture_output=True, check=False, cwd=self.folder
        )
        if done.returncode:
            raise RuntimeError(done.stderr.decode())


def _as_nobody(*more: str) -> tuple[str, ...]:
    if os.geteuid():
        return ("setpriv", *more) if more else ()
    nobody = pwd.getpwnam("nobody")
    return ("setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups", *more)
