"""What a monitor asks `digest serve`: numbers that hold whether or not an engine runs, and nothing secret."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from digest.answers.metrics import DESCRIBED, gathered, unready, written
from digest.cli.session import open_database_if_any
from digest.config import load_config
from digest.presence import EngineLock, engine_running
from digest.store import file_url, open_store
from digest.store.backup import note_backup
from digest.values.messages import DeliveryState
from digest.values.states import FeedHealth
from tests.fakes import postgres
from tests.fakes.stores import database_key, of_kind, store_url
from tests.serve.conftest import furnished
from tests.serve.serving import CONFIG, PROCESSES, Serving, serving
from tests.serve.test_api import ask

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(not (PROCESSES / "self").is_dir(), reason="the server's tests look into /proc")
NOW = datetime.now(UTC)
Values = dict[tuple[str, ...], float]


def values(text: str) -> Values:
    """Values by name and labels, read as Prometheus reads them."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scraped(folder: Path, now: datetime = NOW) -> Values:
    """What a folder's numbers are."""
    return values(written(gathered(load_config(folder / "config.toml"), open_database_if_any, now)).decode())


def readiness(folder: Path, now: datetime = NOW) -> str:
    """Why it is not ready."""
    return unready(load_config(folder / "config.toml"), open_database_if_any, now)


def test_a_scrape(served: Serving) -> None:
    """By the key or the token in a header, in the text format, with every value that is known; never without."""
    assert ask(served, "/metrics", key=False)[0] == 401
    status, headers, body = ask(served, "/metrics", key=False, Authorization=f"Bearer {served.token}")
    assert (status, headers["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    found = values(body.decode())
    assert {name for name, *_ in found} <= set(DESCRIBED)
    assert found["digest_store_up",] == found["digest_engine_up",] == 1
    assert found["digest_entries_total",] > 0
    assert sum(value for (name, *_), value in found.items() if name == "digest_feeds") == 1
    assert {name[1] for name in found if name[0] == "digest_feeds"} == {health.value for health in FeedHealth}
    assert found["digest_database_size_bytes",] > 10_000


def test_nothing_secret_is_said(folder: Path) -> None:
    """Labels are words of Digest's own: no address, name, path or headline gets into a monitor's database."""
    login = '[[feed]]\nurl = "https://me:s3same@example.org/x"\nname = "private"\n'
    (folder / "config.toml").write_text(database_key(folder / "state") + CONFIG + login)
    with EngineLock(folder / "state"):
        labels = {label for _, *labels in scraped(folder) for label in labels}
    own = {*FeedHealth, *DeliveryState, "ok", "broken"}
    assert {label for label in labels if label not in own} == {"0.1.0"}


def test_every_name_follows_the_conventions() -> None:
    """A prefix, base units, ``_total`` for what only grows; and a sentence for each."""
    for name, words in DESCRIBED.items():
        assert name.startswith("digest_")
        assert words.endswith(".")
        assert not name.endswith(("_count", "_sum", "_bucket", "_ms", "_mb"))


def test_an_engine_that_is_down(folder: Path) -> None:
    """Is what a scrape is for: it is told, and the rest as far as the store knows it."""
    found = scraped(folder)
    assert (found["digest_engine_up",], found["digest_store_up",]) == (0, 1)
    assert ("digest_engine_start_time_seconds",) not in found
    assert readiness(folder) == "no engine is at work"
    with EngineLock(folder / "state") as lock:
        assert scraped(folder)["digest_engine_up",] == 1
        assert readiness(folder) == "the engine is starting"
        lock.ready()
        assert readiness(folder) == ""


def test_an_engine_that_stands_still_is_down(folder: Path) -> None:
    """It holds its lock, and has given no sign of life for long."""
    import os

    with EngineLock(folder / "state") as lock:
        lock.ready()
        lock.beat("")
        os.utime(lock.path, (0, 0))
        assert scraped(folder)["digest_engine_up",] == 0
        assert readiness(folder) == "no engine is at work"
        lock.beat("the disk is full")
        found = scraped(folder)
        assert (found["digest_engine_up",], found["digest_engine_problem",]) == (1, 1)


@pytest.mark.sqlite
def test_a_database_that_cannot_serve(folder: Path) -> None:
    """None yet, none of ours, one of an older version: the scrape goes on, and says so."""
    path = folder / "state" / "digest.db"
    with open_store(file_url(path)) as store, store.database.write() as (connection, _):
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    for spoil in (lambda: None, lambda: path.write_text("no database\n" * 999), path.unlink):
        spoil()
        found = scraped(folder)
        assert {name for name, *_ in found} == {
            "digest_build_info",
            "digest_store_up",
            "digest_engine_up",
            "digest_engine_problem",
        }
        assert (found["digest_store_up",], found["digest_engine_up",]) == (0, 0)
        assert readiness(folder) in {"the database cannot be used", "there is no database yet"}


def test_the_last_backup(folder: Path) -> None:
    """When it was made; nothing is said while none is known, so an alert on its absence is one."""
    assert ("digest_backup_timestamp_seconds",) not in scraped(folder)
    with open_store(store_url(folder / "state" / "digest.db")) as store:
        note_backup(store.database, folder / "monday.db", NOW)
    assert scraped(folder)["digest_backup_timestamp_seconds",] == pytest.approx(NOW.timestamp(), abs=0.01)


def test_probes_need_no_key_and_say_little(served: Serving) -> None:
    """For whoever asks from this machine under its own name; any other method is refused."""
    assert ask(served, "/healthz", key=False)[::2] == (200, b"ok\n")
    assert ask(served, "/readyz", key=False)[::2] == (503, b"the engine is starting\n")
    for path in ("/healthz", "/readyz", "/metrics"):
        assert ask(served, path, Host="news.example:1")[0] == 403
        assert ask(served, path, "POST", key=False)[0] in {403, 405}


def test_no_engine_is_started_where_none_is_wanted(folder: Path) -> None:
    """``--no-engine``: beside an engine that something else starts, and may start a moment later."""
    with serving(folder, "--no-engine", engine=False) as served:
        assert ask(served, "/readyz", key=False)[::2] == (503, b"no engine is at work\n")
        assert engine_running(folder / "state") is None
        (folder / "config.toml").write_text("secret-word = 1\n")
        status, _, body = ask(served, "/readyz", key=False)
        assert (status, b"secret-word" in body) == (503, False)
        answers: list[int] = []
        asking = [
            threading.Thread(target=lambda: answers.append(ask(served, "/healthz", key=False)[0])) for _ in "12345"
        ]
        for each in asking:
            each.start()
        for each in asking:
            each.join()
        assert answers == [200] * 5


@pytest.mark.skipif(not postgres.available(), reason=postgres.MISSING)
def test_an_engine_on_another_machine(tmp_path: Path) -> None:
    """Is up as long as it holds the server's lock and beats; both are needed."""
    with of_kind("postgresql"):
        folder = furnished(tmp_path)
        url = store_url(folder / "state" / "digest.db")
        with open_store(url, migrate=True) as engine:
            engine.engine.started(1, "elsewhere", "1", NOW)
            assert scraped(folder)["digest_engine_up",] == 1
            assert readiness(folder) == ""
            assert scraped(folder, NOW + timedelta(minutes=2))["digest_engine_up",] == 0
        assert scraped(folder)["digest_engine_up",] == 0
