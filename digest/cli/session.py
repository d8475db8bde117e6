"""What commands open before they can do anything: the config, the rule files, a query, the store."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli.group import config_named
from digest.cli.output import complain
from digest.errors import ConfigError, NoStoreError, Problem, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from digest.config import Config
    from digest.store.store import Store


def read_config() -> Config:
    """The config of this call.

    Raises:
        ConfigError: there is none, or it is wrong.
    """
    from digest.config import load_config

    return load_config(config_path_of_call())


def config_in_force() -> tuple[Config, Sequence[Problem]]:
    """The config of this call; while it has mistakes, what a running engine goes on by, as far as its file says it.

    Returns:
        The config, and the mistakes.

    Raises:
        ConfigError: there is none, or it is wrong and no engine runs by what it said before.
    """
    from digest.config import load_config, read_despite
    from digest.presence import engine_running, other_config

    path = config_path_of_call()
    try:
        return load_config(path), ()
    except ConfigError:
        config, problems = read_despite(path)
        if engine_running(config.state) is None or other_config(config.state, path):
            raise
        return config, problems


def edit_config(edit: Callable[[str], str], *, dry_run: bool = False) -> Path:
    """Change the config file of this call, whose text is without mistakes; it is never left broken.

    Args:
        edit: makes the new text of the old.
        dry_run: only see whether it can be done.

    Returns:
        The file.

    Raises:
        ConfigError: there is none, or it has mistakes of its own.
        UsageError: it cannot be done, and all is as it was.
    """
    from digest.config import EXAMPLE_NAME, config_problems, load_config
    from digest.rulebook.writing import one_writer, write_whole

    path = config_path_of_call()
    load_config(path)
    if path.name == EXAMPLE_NAME:
        raise UsageError(f"{path} only serves until there is a config of your own: digest init writes config.toml")
    with one_writer(path.resolve().parent):
        was = path.read_bytes()
        text = was.decode("utf-8")
        mark = "\ufeff" * text.startswith("\ufeff")
        edited = edit(text.removeprefix(mark))
        if problems := config_problems(path, edited):
            raise UsageError(f"{path} is left as it is: {problems[0].message}")
        if not dry_run:
            write_whole(path, mark + edited, was=was)
    return path


def config_path_of_call() -> Path:
    """The config file of this call.

    Raises:
        ConfigError: there is none.
    """
    from digest.config import find_config

    return find_config(config_named(click.get_current_context()))


def state_folder_of_call() -> Path:
    """The state folder of this call, which is known even while the config has mistakes.

    Raises:
        ConfigError: there is no config.
    """
    from digest.config import state_folder

    return state_folder(config_path_of_call())


def complain_of(problem: Problem) -> None:
    """Tell of something in a rule file that is wrong, or doubtful."""
    complain(str(problem), fg="red" if problem.level == "error" else "yellow")


@contextmanager
def open_database(config: Config) -> Iterator[Store]:
    """The store behind a config, for reading and small writes.

    Raises:
        StoreError: it is not there yet, or of another version; with what to do.
    """
    from digest.store.store import open_store

    store = open_store(config.database)
    try:
        with store.database.blaming_damage():
            yield store
    finally:
        store.close()


@contextmanager
def open_database_if_any(config: Config) -> Iterator[Store | None]:
    """The store behind a config, or ``None`` where no engine has run yet: then there is simply nothing to show."""
    scheme, _, file = config.database.partition(":///")
    if scheme == "sqlite" and not Path(file).exists():  # known without the store's large libraries
        yield None
        return
    with ExitStack() as opened:
        try:
            store = opened.enter_context(open_database(config))
        except NoStoreError:
            store = None
        yield store
