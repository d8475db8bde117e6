"""``digest check``: is everything right that a user wrote, and, with ``--online``, everything it points to."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from digest.answers.rules import load_rule_files
from digest.cli.group import config_named, config_option, json_option
from digest.cli.output import complain, say, say_json
from digest.cli.session import open_database_if_any
from digest.errors import ConfigError, Problem, StoreError
from digest.rulebook.folder import NO_RULE, shown_path
from digest.rulebook.folders import RuleFolders
from digest.shapes import problem_shape
from digest.values.databases import DRIVER_MISSING, SQLITE
from digest.values.desks import desk_of
from digest.words import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digest.config import Config
    from digest.match import LoadedRules
    from digest.store.store import Store

_SAMPLE = 5_000
"""As many of the newest entries are looked at for words: enough to tell what is common, in a fraction of a second."""


@click.command(epilog="\b\nExamples:\n  digest check\n  digest check --online\n  digest check --json | jq -r .message")
@click.option("--online", is_flag=True, help="Also ask every feed, the bot and each Telegram channel.")
@config_option
@json_option
@click.pass_context
def check(context: click.Context, *, online: bool, as_json: bool) -> None:
    """Check the config, the rule files and their examples; the exit code is 1 with any error.

    Each problem reads `path:line:col: message`. Warnings do not change the exit code.
    """
    from digest.config import find_config, read_config_file

    path = find_config(config_named(context))
    problems: list[Problem] = []
    summary = ""
    try:
        config, wrong = read_config_file(path)
    except ConfigError as error:
        problems += error.problems
    else:
        loaded = load_rule_files(config)
        problems += sorted([*wrong, *config.warnings])
        problems += of_rules(config, loaded, sound=not wrong)
        summary = _summary(config, loaded)
        if not wrong:
            problems += _of_config(config)
            problems += _of_keys(config)
            problems += _of_stored(config, loaded)
        if online and not wrong:
            from digest.cli.online import ask_around

            found, answers = ask_around(config)
            problems += found
            summary += answers
    report(problems, summary, as_json=as_json)
    context.exit(1 if any(problem.level == "error" for problem in problems) else 0)


def _of_keys(config: Config) -> Iterator[Problem]:
    """What is odd about the dashboard's keys."""
    if config.keys or config.views:
        from digest.tui.configured import key_doubts

        yield from key_doubts(config)


def of_rules(config: Config, loaded: LoadedRules, *, sound: bool) -> Iterator[Problem]:
    """What is odd about the rules; ``sound``: the config was read without a mistake."""
    from digest.match.lint.firing import unheard_rules, unknown_channels
    from digest.match.lint.terms import lint
    from digest.match.lint.waiting import late_rules, unmet_tiers

    yield from loaded.problems
    yield from loaded.warnings
    if not loaded.rules and not loaded.problems:
        yield Problem(str(shown_path(config.rules)), 1, 1, NO_RULE, "warning")
    if sound or config.channels:  # else nobody knows which there are
        yield from unknown_channels(loaded, config.desks_of_channels)
        yield from unheard_rules(loaded, config.channels)
    if sound:
        yield from late_rules(loaded, config.digests)
        yield from unmet_tiers(loaded, config.feeds)
    yield from lint(loaded)


def _of_config(config: Config) -> Iterator[Problem]:
    """What is odd about what the config leads to."""
    from digest.config import access_problems, key_problems, token_problems

    yield from token_problems(config)
    yield from key_problems(config)
    yield from access_problems(config)
    yield from _database(config)
    yield from _unusable(config)
    yield from _notices(config)
    yield from _model(config)


def _of_stored(config: Config, loaded: LoadedRules) -> Iterator[Problem]:
    """What the store shows of the rules, and of the config; while there is no store it waits."""
    from digest.match.lint.sample import lint_sample

    try:
        with open_database_if_any(config) as store:
            if store is not None:
                yield from _other_config(config, store)
                if (pushed := store.rules.pushed()) is not None:
                    message = f"the live rules were pushed by {pushed.by}; see digest rules push --help"
                    yield Problem(str(shown_path(config.rules)), 1, 1, message, "warning")
                yield from lint_sample(loaded, store.archive().newest(_SAMPLE))
                yield from _figures(config, loaded, store)
    except StoreError as error:
        message = f"the rules were not compared with the stored entries: {error}"
        yield Problem(str(config.path), 1, 1, message, "warning")


def _other_config(config: Config, store: Store) -> Iterator[Problem]:
    """Where it is not the clock's, while there is one: what the last one told may be of years ago."""
    from digest.config.policy import other_sections

    if "clock" in store.parts.at_work() and (others := other_sections(store.parts.told_config(), config)):
        message = f"other than in the config of the clock: {', '.join(others)}"
        yield Problem(str(config.path), 1, 1, message, "warning")


def _figures(config: Config, loaded: LoadedRules, store: Store) -> Iterator[Problem]:
    """How often the rules fire, if that is odd."""
    from datetime import UTC, datetime, timedelta

    from digest.match.lint.firing import loud_rules, silent_rules

    now = datetime.now(UTC)
    week = store.reads.rule_matches_since(now - timedelta(days=7))
    last = {rule: hits.last for rule, hits in store.reads.rule_hits(now).items()}
    files = {file.path: file.since for file in store.rules.files() if file.since is not None}
    since = RuleFolders(config.rule_folders).by_path(files)
    yield from silent_rules(loaded.rules, last, since, store.archive().oldest(), now)
    yield from loud_rules(loaded.rules, week)


def report(problems: Sequence[Problem], summary: str, *, as_json: bool) -> None:
    """Say what was found, a line each, and in the end how much, behind a summary."""
    for problem in problems:
        if as_json:
            say_json(problem_shape(problem))
        elif problem.level == "warning":
            complain(f"{problem.path}:{problem.line}:{problem.column}: warning: {problem.message}", fg="yellow")
        else:
            complain(str(problem), fg="red")
    if as_json:
        return
    errors = sum(problem.level == "error" for problem in problems)
    warnings = len(problems) - errors
    found = [count(errors, "error")] * bool(errors) + [count(warnings, "warning")] * bool(warnings)
    say(f"{summary}{' and '.join(found) or 'all is right'}", fg=None if found else "green")


# --- the database ------------------------------------------------------------------------------------------------


def _database(config: Config) -> Iterator[Problem]:
    """Say that a database on PostgreSQL needs what is not installed."""
    from importlib.util import find_spec

    from digest.config import problem_at

    if not config.database.startswith(SQLITE) and find_spec("psycopg") is None:
        yield problem_at(config, ("database",), DRIVER_MISSING)


# --- notices -----------------------------------------------------------------------------------------------------

_NOBODY_TOLD = (
    "nobody is told when a feed fails or a rule file breaks: write admins under [telegram] or channels under "
    "[notices]; channels = [] leaves it to the dashboard and digest status"
)


def _notices(config: Config) -> Iterator[Problem]:
    """Say that notices go to nobody, unless the user says so."""
    import tomllib

    from digest.config import problem_at

    if config.notices.channels:
        return
    if "channels" not in tomllib.loads(config.path.read_text(encoding="utf-8-sig")).get("notices", {}):
        yield problem_at(config, ("notices",), _NOBODY_TOLD, "warning", value=False)
    elif config.notices.still_here is not None:
        message = "this goes to nobody: name a channel under [notices], or leave this out"
        yield problem_at(config, ("notices", "still_here"), message, "warning")


def _model(config: Config) -> Iterator[Problem]:
    """Say that nothing asks the language model."""
    from digest.config import problem_at

    if config.model is not None and not config.digests:
        message = "nothing asks this model, for there is no digest: add [[digest]], or leave this out"
        yield problem_at(config, ("model",), message, "warning", value=False)


# --- channels ----------------------------------------------------------------------------------------------------


def _unusable(config: Config) -> Iterator[Problem]:
    """Say of every address and every folder what keeps messages from going there; nothing is sent or made."""
    from digest.engine.sending.open import obstacle
    from digest.toml.places import locate
    from digest.values.settings import Folder, Webhook

    for index, channel in enumerate(config.channels):
        if message := obstacle(channel.medium):
            text = config.path.read_text(encoding="utf-8-sig")
            keys = {Folder: "file", Webhook: "webhook"}
            key = keys.get(type(channel.medium), "apprise")
            level = "warning" if key == "webhook" else "error"  # it waits for its secret, as Telegram for its token
            yield Problem(str(config.path), *locate(text, ("channel", index, key), value=True), message, level)


# --- rules -------------------------------------------------------------------------------------------------------


def _summary(config: Config, loaded: LoadedRules) -> str:
    """What was checked: ``config.toml: 35 feeds, 1 channel; rules: 12 rules; ``."""
    rules = Counter(desk_of(rule.id) for rule in loaded.rules)
    parts = [f"{shown_path(config.path)}: {count(len(config.feeds), 'feed')}, {count(len(config.channels), 'channel')}"]
    parts += [f"{shown_path(folder)}: {count(rules[desk], 'rule')}" for desk, folder in config.rule_folders.items()]
    return "; ".join(parts) + "; "
