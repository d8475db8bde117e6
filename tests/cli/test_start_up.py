"""What each command may import: start-up has a budget, and heavy libraries are paid for only by who uses them.

The seconds are in `tests/bench/bench_startup.py`; what they are spent on is guarded here. Commands that may import the
same share a process, and each answers for what was not there before it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from digest.presence import EngineLock
from digest.store import open_store
from digest.store.sqlite import file_url
from tests.cli.conftest import furnished
from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.sqlite

ELSEWHERE = (
    *("textual", "telegram", "httpx", "aiohttp", "apprise", "apscheduler", "alembic"),
    *("trafilatura", "lxml", "sqlalchemy.orm", "sqlalchemy.dialects.postgresql", "structlog"),
)
"""What no command needs that neither shows a screen nor talks to a network: nor a migration, where none is due."""
STORE = ("sqlalchemy", "digest.store.store")
MATCHER = ("digest.match", "ahocorasick_rs", "re2")
SEGMENTER = ("icu4py",)


ONE_AFTER_ANOTHER = """
import io, json, sys
from digest.cli.main import main
unwanted, rows = json.loads(sys.argv[1])
before = set()
for arguments in rows:
    sys.stdin = io.TextIOWrapper(io.BytesIO(b'{"id": 1, "title": "snow"}\\n'))
    try:
        main(arguments)
    except SystemExit as end:
        code = end.code
    imported = set(unwanted) & set(sys.modules) - before
    before |= imported
    print("\\nROW", code, *sorted(imported), file=sys.stderr)
"""
NAMING = [["--help"], ["status", "--help"], ["--version"], ["paths"], ["stop"], ["events"], ["init", "new"]]
READING_RULES = [["match", "--query", "snow"], ["match"], ["check"], ["rules", "test"], ["rules", "list"], ["status"]]
READING_THE_STORE = [
    ["status"],
    ["status", "--json"],
    ["alerts"],
    ["feeds", "list"],
    ["outbox", "list"],
    ["rules", "list"],
    ["db", "info"],
]
ASKING_THE_PAST = [["search", "snow"], ["check"], ["compose"], ["why", "1"]]


@dataclass(frozen=True)
class Row:
    """How a command ended, and what of the unwanted it was the first to import."""

    code: int
    imported: list[str]
    err: str


def run_and_name(folder: Path, rows: list[list[str]], unwanted: tuple[str, ...], *, ready: bool = False) -> list[Row]:
    """Run commands in a new process, one after another, with a new store if it is to be ready: how each of them did."""
    desk = furnished(folder)
    if ready:
        open_store(file_url(desk.folder / "state" / "digest.db"), migrate=True).close()
    done = subprocess.run(
        [sys.executable, "-c", ONE_AFTER_ANOTHER, json.dumps([unwanted, rows])],
        cwd=desk.folder,
        env=desk.environment,
        capture_output=True,
        check=False,
        timeout=PATIENCE,
        text=True,
    )
    found, said = [], ""
    for line in done.stderr.splitlines():
        if line.startswith("ROW "):
            _, code, *imported = line.split()
            found.append(Row(int(code), imported, said))
            said = ""
        else:
            said += f"{line}\n"
    assert len(found) == len(rows), done.stderr
    return found


@pytest.fixture(scope="module")
def naming(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """How the commands did that only name things."""
    unwanted = (*ELSEWHERE, *STORE, *MATCHER, *SEGMENTER, "rich.console")
    return run_and_name(tmp_path_factory.mktemp("naming"), NAMING, unwanted)


@pytest.fixture(scope="module")
def reading_rules(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """How the commands did that read rules, where there is no store."""
    return run_and_name(tmp_path_factory.mktemp("rules"), READING_RULES, (*ELSEWHERE, *STORE, *SEGMENTER))


@pytest.fixture(scope="module")
def reading_the_store(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """How the commands did that read the store, beside an engine."""
    folder = tmp_path_factory.mktemp("store")
    with EngineLock(folder / "state") as lock:
        lock.ready()
        return run_and_name(folder, READING_THE_STORE, (*ELSEWHERE, *MATCHER, *SEGMENTER), ready=True)


@pytest.fixture(scope="module")
def asking_the_past(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """How the commands did that match what is stored."""
    folder = tmp_path_factory.mktemp("past")
    (folder / "state").mkdir()
    return run_and_name(folder, ASKING_THE_PAST, ELSEWHERE, ready=True)


def names(rows: list[list[str]]) -> pytest.MarkDecorator:
    """A test for each of the commands."""
    return pytest.mark.parametrize("number", range(len(rows)), ids=[" ".join(arguments) for arguments in rows])


@names(NAMING)
def test_who_only_names_things_needs_no_store_and_no_matcher(naming: list[Row], number: int) -> None:
    """Not even where an engine runs, whose lock says of it what there is to say."""
    assert naming[number].code == 0, naming[number].err
    assert naming[number].imported == []


@names(READING_RULES)
def test_who_reads_rules_needs_no_store(reading_rules: list[Row], number: int) -> None:
    """Where there is none yet; and words are not segmented where no rule is of a script without spaces."""
    assert reading_rules[number].code == 0, reading_rules[number].err
    assert reading_rules[number].imported == []


@names(READING_THE_STORE)
def test_who_reads_what_is_stored_needs_no_matcher(reading_the_store: list[Row], number: int) -> None:
    """With an engine at work, which knows the rules; and no migration is due."""
    assert reading_the_store[number].code == 0, reading_the_store[number].err
    assert reading_the_store[number].imported == []


@names(ASKING_THE_PAST)
def test_who_asks_the_past_needs_nothing_else(asking_the_past: list[Row], number: int) -> None:
    """The matcher and the store; neither screen, network, feed parser nor migrations."""
    assert "Traceback" not in asking_the_past[number].err
    assert asking_the_past[number].imported == []
