"""``digest rules apply``: put a draft in place, and alert on the past if asked."""

from __future__ import annotations

import time
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.answers.rules import live_texts
from digest.cli.desks import draft_desk_option, known_desk
from digest.cli.group import SinceType, config_option
from digest.cli.output import complain, say
from digest.cli.session import complain_of, open_database_if_any, read_config
from digest.errors import UsageError
from digest.rulebook.drafts import load_draft, with_draft
from digest.rulebook.folder import ODD_NAME, shown_name, shown_path
from digest.rulebook.folders import RuleFolders
from digest.rulebook.writing import write_whole
from digest.values.desks import of_desk
from digest.words import count

if TYPE_CHECKING:
    from digest.config import Config

_LIVE_WITHIN = 10.0  # seconds that a running engine may take to load the file
_GLANCE = 0.1  # seconds between two looks


@click.command(
    short_help="Put a draft in place; with --alert-past also alert on what came before.",
    epilog="\b\nExamples:\n  digest rules diff draft/syria.toml && digest rules apply draft/syria.toml\n"
    "  digest rules apply draft/syria.toml --alert-past 24h\n"
    "  digest rules apply --alert-past 6h    # the rules as they are",
)
@click.argument("path", required=False)
@click.option(
    "--alert-past",
    "since",
    type=SinceType(),
    metavar="TIME",
    help="Also alert on entries that came since then (24h, 2026-11-22) and match only now.",
)
@draft_desk_option
@config_option
def apply(path: str | None, since: datetime | None, desk: str | None) -> None:
    """Check the rule file PATH and put it in place of the live one of its name, whole and at once.

    A file with a mistake, or whose examples fail, is not put in place. A change of the rules never alerts on the past
    by itself; with --alert-past it does, on stored entries that the rules of PATH (without it: all rules) match and did
    not match when they came, or held back for want of sources or a spike that they no longer ask for.
    """
    if path is None and since is None:
        raise click.UsageError("there is nothing to do: name a rule file, or write --alert-past 24h, or both")
    config = read_config()
    rules = None if path is None else _put_in_place(Path(path), config, known_desk(config, desk))
    if since is not None:
        _alert_past(config, since, rules)


def _put_in_place(draft: Path, config: Config, desk: str | None) -> list[str]:
    """Check a draft, write it into the rules folder, and wait until a running engine has it; the ids of its rules."""
    if draft.suffix != ".toml" or draft.is_dir():
        raise UsageError(f"{draft} is no rule file: its name must end in .toml")
    if shown_name(draft.name) != draft.name:
        raise UsageError(f"nothing was saved: {ODD_NAME} ({shown_name(draft.name)})")
    with open_database_if_any(config) as store:
        if store is not None and (pushed := store.rules.pushed()) is not None:
            raise UsageError(
                f"nothing was saved: the live rules were pushed by {pushed.by}; see digest rules push --help"
            )
        live = live_texts(config, store)
    folders = RuleFolders(config.rule_folders)
    texts, own, desk_at = with_draft(live, str(draft), folders, complain_of, desk)
    loaded, sound = load_draft(texts, live, complain_of, desk_at)
    if not sound:
        raise UsageError("nothing was saved: the file would not be loaded as it is")
    name = of_desk(desk_at(str(draft)), draft.name)
    target = folders.file(name)
    (text,) = (texts[name] for name in own)
    if not tomllib.loads(text):
        raise UsageError(f"nothing was saved: there is no rule and no alias in {draft}; to drop a file, delete it")
    write_whole(target, text)
    rules = [rule.id for rule in loaded.rules if rule.path in own]
    say(f"{shown_path(target)} is saved: {count(len(rules), 'rule')}. {_when_live(config, name, text)}")
    return rules


def _when_live(config: Config, name: str, text: str) -> str:
    """Wait for a running engine to load a file; says when it is live."""
    from digest.presence import engine_running

    if engine_running(config.state) is None:
        return "No engine runs: it is live at the next start."
    until = time.monotonic() + _LIVE_WITHIN
    while time.monotonic() < until:
        with open_database_if_any(config) as store:
            if store is not None and store.rules.live_texts().get(name) == text:
                return "It is live."
        time.sleep(_GLANCE)
    return "The running engine has not loaded it yet: digest status says whether it has."


def _alert_past(config: Config, since: datetime, rules: list[str] | None) -> None:
    """Alert on the past by some rules, or all, and say what came of it."""
    from digest.engine.run import do_request

    began = datetime.now(UTC)
    do_request(config, "alert-past", {"since": since.isoformat(), "rules": rules}, complain)
    with open_database_if_any(config) as store:
        late = [alert for alert in store.reads.alerts(since=began) if alert.entry.first_seen < began] if store else []
    say(f"{count(len(late), 'alert')} on entries that came before.")
    if late:
        complain("digest alerts shows them; digest outbox list what is still to be sent.")
