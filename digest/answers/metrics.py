"""How all stands in numbers, as Prometheus reads them, without a word of what was read.

Whether an engine runs is seen from outside of it, by its lock and its heartbeat, so it can be asked when none does; the
same of the database. Nothing is counted here that takes reading whole tables of entries.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from digest import __version__
from digest.engine.overview import feeds_now
from digest.errors import StoreError
from digest.presence import engine_ready, engine_running, read_presence, standstill
from digest.values.states import EngineState, FeedHealth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    from prometheus_client.core import Metric

    from digest.config import Config
    from digest.store.store import Store

    Open = Callable[[Config], AbstractContextManager[Store | None]]

_SILENT: Final = timedelta(seconds=60)
"""Without a heartbeat in the database, written every two, after which an engine elsewhere counts as down."""
DESCRIBED: Final[Mapping[str, str]] = {
    "digest_build_info": "The version that answers.",
    "digest_store_up": "Whether the database can be read and is of this version.",
    "digest_engine_up": "Whether an engine runs and gives signs of life.",
    "digest_engine_problem": "Whether the engine, or what it last told of, has a problem: digest status says which.",
    "digest_engine_start_time_seconds": "When the engine that runs was started.",
    "digest_engine_heartbeat_timestamp_seconds": "When an engine last gave a sign of life through the database.",
    "digest_feeds": "Feeds of the config by their health.",
    "digest_entries_total": "Entries ever stored.",
    "digest_matches_total": "Times that a rule ever hit an entry.",
    "digest_messages_total": "Messages ever owed to a channel.",
    "digest_outbox_messages": "Messages that are stored, by their state.",
    "digest_outbox_oldest_timestamp_seconds": "When the oldest of the queued messages was owed; absent without any.",
    "digest_rule_files": "Rule files, and of them those with an error on disk, whose last good version is live.",
    "digest_conditions": "What is wrong now for long enough to be told: digest status says what.",
    "digest_database_size_bytes": "Bytes that the database takes on disk.",
    "digest_backup_timestamp_seconds": "When the last backup was made; absent where none is known.",
}
"""Every name and what it tells; a counter ends in ``_total``."""


@dataclass(slots=True)
class Samples:
    """Values by name and label; a value has at most one label."""

    found: dict[str, list[tuple[Mapping[str, str], float]]] = field(default_factory=dict)

    def add(self, name: str, value: float | datetime | None, **label: str) -> None:
        """Add one; times are seconds since 1970, and what is not known is left out."""
        if value is not None:
            number = float(value) if isinstance(value, int | float) else value.timestamp()
            self.found.setdefault(name, []).append((label, number))


def gathered(config: Config, opened: Open, now: datetime) -> Samples:
    """What there is to say; without a database that is whether an engine runs."""
    samples = Samples()
    samples.add("digest_build_info", 1, version=__version__)
    try:
        with opened(config) as store:
            samples.add("digest_store_up", store is not None)
            said = store.engine.state() if store else EngineState()
            runs = _runs(config, store, said, now)
            if store is not None:
                _of_store(samples, config, store, now)
    except StoreError:
        samples.found = {"digest_build_info": samples.found["digest_build_info"]}  # nothing of what was read half
        samples.add("digest_store_up", 0)
        said, runs = EngineState(), _runs(config, None, EngineState(), now)
    light = read_presence(config.state)
    pid = engine_running(config.state)
    problems = (said.problem if runs else "", light.problem if light is not None and light.pid == pid else "")
    samples.add("digest_engine_up", runs)
    samples.add("digest_engine_problem", any(problems))
    samples.add("digest_engine_start_time_seconds", said.started if runs else None)
    samples.add("digest_engine_heartbeat_timestamp_seconds", said.heartbeat)
    return samples


def unready(config: Config, opened: Open, now: datetime) -> str:
    """Why no alert would come now, in words that tell nothing more; empty where all is at work."""
    try:
        with opened(config) as store:
            if store is None:
                return "there is no database yet"
            said = store.engine.state()
            if not _runs(config, store, said, now):
                return "no engine is at work"
            if engine_running(config.state) is not None and not engine_ready(config.state):
                return "the engine is starting"
            return ""
    except StoreError:
        return "the database cannot be used"


def written(samples: Samples) -> bytes:
    """The samples in Prometheus' text format."""
    from prometheus_client.core import CollectorRegistry
    from prometheus_client.exposition import generate_latest

    registry = CollectorRegistry()
    registry.register(_Collector(samples))
    return bytes(generate_latest(registry))


class _Collector:
    def __init__(self, samples: Samples) -> None:
        self._samples = samples

    def collect(self) -> Iterable[Metric]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        for name, found in self._samples.found.items():
            labels = list(found[0][0])
            kind = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
            family = kind(name, DESCRIBED[name], labels=labels)
            for label, value in found:
                family.add_metric([label[key] for key in labels], value)
            yield family


def _runs(config: Config, store: Store | None, said: EngineState, now: datetime) -> bool:
    """Whether an engine is at work here; or elsewhere, by what a server and the engine itself say."""
    if (pid := engine_running(config.state)) is not None:
        return not standstill(config.state, pid)
    if store is None or not store.database.held_by():
        return False
    return said.heartbeat is not None and now - said.heartbeat < _SILENT


def _of_store(samples: Samples, config: Config, store: Store, now: datetime) -> None:
    with store.database.one_view():
        healths = [health for _, health in feeds_now(config.feeds, store, now)]
        for health in FeedHealth:
            samples.add("digest_feeds", healths.count(health), health=health.value)
        for state, count in store.outbox.counts().items():
            samples.add("digest_outbox_messages", count, state=state.value)
        gauges = store.upkeep.gauges()
        for name in ("entries", "matches"):
            samples.add(f"digest_{name}_total", gauges.last_ids.get(name, 0))
        samples.add("digest_messages_total", gauges.last_ids.get("deliveries", 0))
        samples.add("digest_outbox_oldest_timestamp_seconds", gauges.oldest_queued)
        files = store.rules.files()
        broken = sum(bool(file.problems) for file in files)
        samples.add("digest_rule_files", len(files) - broken, state="ok")
        samples.add("digest_rule_files", broken, state="broken")
        samples.add("digest_conditions", len(store.conditions.known()))
        samples.add("digest_database_size_bytes", gauges.size)
        samples.add("digest_backup_timestamp_seconds", gauges.backup)
