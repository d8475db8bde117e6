"""``digest rules push``: rules of a repository, published for all machines."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.answers.rules import load_rule_files
from digest.cli.check import of_rules, report
from digest.cli.group import config_option
from digest.cli.output import say
from digest.cli.session import open_database, read_config
from digest.errors import UsageError
from digest.rulebook.folder import shown_path
from digest.rulebook.folders import RuleFolders
from digest.values.desks import desk_of
from digest.words import count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.config import Config


@click.command(
    short_help="Publish a rules folder for all machines, as CI does.",
    epilog="\b\nExamples:\n  digest rules push\n  digest rules push checkout/rules --config /etc/digest/config.toml\n"
    "  digest rules push --withdraw    # the engine's own folder counts again",
)
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--withdraw", is_flag=True, help="Let the rules folder of the engine count again.")
@config_option
@click.pass_context
def push(context: click.Context, folder: Path | None, *, withdraw: bool) -> None:
    """Check the rules in FOLDER as `digest check` does, and make them the live ones, whole and at once.

    Without FOLDER they are those of the config, of all its desks; FOLDER takes the place of `rules`. With an error
    nothing is published. From then on all machines go by what was pushed, and the engine's own folder counts no more,
    until --withdraw; `digest status` says who pushed, and when.
    """
    config = read_config()
    if withdraw:
        if folder is not None:
            raise click.UsageError("--withdraw takes no folder")
        _withdraw(config)
        return
    if folder is not None and not folder.is_dir():
        raise UsageError(f"there is no folder {folder}")
    config = config if folder is None else replace(config, rules=folder)
    found = RuleFolders(config.rule_folders).read()  # once: what is edited meanwhile was not checked
    loaded = load_rule_files(config, found=found)
    problems = list(of_rules(config, loaded, sound=True))
    if any(problem.level == "error" for problem in problems):
        report(problems, "nothing was pushed: ", as_json=False)
        context.exit(1)
    if not loaded.rules:
        raise UsageError(f"nothing was pushed: there is no rule in {shown_path(config.rules)}")
    _push(config, found.texts)
    report(problems, f"{count(len(loaded.rules), 'rule')} of {count(len(loaded.live), 'file')} pushed: ", as_json=False)


def _push(config: Config, texts: Mapping[str, str]) -> None:
    """Publish the rules of these files, which are without mistakes."""
    from digest.match import load_rules
    from digest.store.people import Colleague

    by = f"{Colleague.here('').name} on {socket.gethostname()}"
    with open_database(config) as store:
        store.rules.push(load_rules(texts, try_examples=False, desk_at=desk_of), by, datetime.now(UTC))


def _withdraw(config: Config) -> None:
    with open_database(config) as store:
        if not store.rules.withdraw():
            raise UsageError("no rules were pushed: those of the engine's folder are live")
    say("The rules of the engine's folder are live again with its next look.")
