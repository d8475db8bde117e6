"""How all stands now, for whoever asks from outside of the engine; and how often each rule hits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from digest.answers.rules import rules_in_force
from digest.engine.overview import EngineNow, Overview, RulesNow, overview
from digest.presence import engine_running, other_config, read_presence, standstill
from digest.rulebook.folders import RuleFolders
from digest.values.states import EngineState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from digest.config import Config
    from digest.errors import Problem
    from digest.store.store import Store
    from digest.values.states import LiveRule


def overview_now(config: Config, store: Store | None, now: datetime, mistakes: Sequence[Problem] = ()) -> Overview:
    """How all stands; while the config file has mistakes the feeds are those that an engine goes on with."""
    if mistakes and store is not None:
        config = replace(config, feeds=tuple(feed.spec for feed in store.polls.all_feeds()))
    return overview(config, store, now, _engine(config, store), _rules(config, store), mistakes)


def rules_and_hits(
    config: Config, store: Store | None, now: datetime
) -> tuple[list[tuple[LiveRule, int, datetime | None]], Sequence[Problem]]:
    """The rules in force, each with its hits of the last 24 hours and the last one; what is wrong with their files."""
    found, problems = rules_in_force(config, store)
    hits = store.reads.rule_hits(now) if store else {}
    return [
        (rule, *((hits[rule.id].day, hits[rule.id].last) if rule.id in hits else (0, None))) for rule in found
    ], problems


def _engine(config: Config, store: Store | None) -> EngineNow:
    pid = engine_running(config.state)
    said = store.engine.state() if store else EngineState()
    if pid is None and store and store.database.held_by():
        return EngineNow.of(said.pid, said, "")
    return EngineNow.of(pid, said, "" if pid is None else _problem(config, said, pid))


def _rules(config: Config, store: Store | None) -> RulesNow:
    rules, problems = rules_in_force(config, store)
    folders = RuleFolders(config.rule_folders)
    return RulesNow(len(rules), problems, folders.at_paths(folders.read().warnings))


def _problem(config: Config, said: EngineState, pid: int) -> str:
    """What is wrong with the running engine, in its own words where it has any.

    The file of its lock has them even where the store cannot be written; either may be a second behind the other.
    """
    if words := standstill(config.state, pid) or other_config(config.state, config.path):
        return words
    light = read_presence(config.state)
    own = [sign.problem for sign in (light, said) if sign is not None and sign.pid == pid]
    return next(filter(None, own), "")
