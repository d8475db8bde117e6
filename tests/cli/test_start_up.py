"""What each command may import: start-up has a budget, and heavy libraries are paid for only by who uses them.

The seconds are in `tests/bench/bench_startup.py`; what they are spent on is guarded here.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from digest.presence import EngineLock
from digest.store import open_store
from digest.store.sqlite import file_url
from tests.command import Done

if TYPE_CHECKING:
    from tests.cli.conftest import Desk

ELSEWHERE = (
    *("textual", "telegram", "httpx", "aiohttp", "apprise", "apscheduler", "alembic"),
    *("trafilatura", "lxml", "sqlalchemy.orm", "sqlalchemy.dialects.postgresql"),
)
"""What no command needs that neither shows a screen nor talks to a network: nor a migration, where none is due."""
STORE = ("sqlalchemy", "digest.store.store")
MATCHER = ("digest.match", "ahocorasick_rs", "re2")
SEGMENTER = ("icu4py",)


def run_and_name(desk: Desk, arguments: list[str], unwanted: tuple[str, ...]) -> Done:
    """Run a command; the last line of its standard error names what it has imported of the unwanted."""
    code = (
        "import sys\n"
        "from digest.cli.main import main\n"
        "try:\n"
        f"    main({arguments!r})\n"
        "finally:\n"
        f"    print(sorted(set({unwanted!r}) & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=desk.folder,
        env=desk.environment,
        input=b'{"id": 1, "title": "snow"}\n',
        capture_output=True,
        check=False,
        timeout=60,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["status", "--help"], ["--version"], ["paths"], ["stop"], ["init", "new"]],
    ids=" ".join,
)
def test_who_only_names_things_needs_no_store_and_no_matcher(desk: Desk, arguments: list[str]) -> None:
    """Not even where an engine runs, whose lock says of it what there is to say."""
    done = run_and_name(desk, arguments, (*ELSEWHERE, *STORE, *MATCHER, *SEGMENTER, "rich.console"))
    assert done.code == 0, done.err
    assert done.err.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "arguments",
    [["match", "--query", "snow"], ["match"], ["check"], ["rules", "test"], ["rules", "list"], ["status"]],
    ids=" ".join,
)
def test_who_reads_rules_needs_no_store(desk: Desk, arguments: list[str]) -> None:
    """Where there is none yet; and words are not segmented where no rule is of a script without spaces."""
    done = run_and_name(desk, arguments, (*ELSEWHERE, *STORE, *SEGMENTER))
    assert done.code == 0, done.err
    assert done.err.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "arguments",
    [
        ["status"],
        ["status", "--json"],
        ["alerts"],
        ["feeds", "list"],
        ["outbox", "list"],
        ["rules", "list"],
        ["db", "info"],
    ],
    ids=" ".join,
)
def test_who_reads_what_is_stored_needs_no_matcher(desk: Desk, arguments: list[str]) -> None:
    """With an engine at work, which knows the rules; and no migration is due."""
    with EngineLock(desk.folder / "state") as lock:
        open_store(file_url(desk.folder / "state" / "digest.db"), migrate=True).close()
        lock.ready()
        done = run_and_name(desk, arguments, (*ELSEWHERE, *MATCHER, *SEGMENTER))
    assert done.code == 0, done.err
    assert done.err.splitlines()[-1] == "[]"


@pytest.mark.parametrize("arguments", [["search", "snow"], ["check"], ["compose"], ["why", "1"]], ids=" ".join)
def test_who_asks_the_past_needs_nothing_else(desk: Desk, arguments: list[str]) -> None:
    """The matcher and the store; neither screen, network, feed parser nor migrations."""
    (desk.folder / "state").mkdir()
    open_store(file_url(desk.folder / "state" / "digest.db"), migrate=True).close()
    done = run_and_name(desk, arguments, ELSEWHERE)
    assert "Traceback" not in done.err
    assert done.err.splitlines()[-1] == "[]"
