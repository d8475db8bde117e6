"""``digest mark``: say of stored entries that they are read, or that a rule was right, or wrong, to find them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from digest.answers.rules import loaded_in_force, rule_must_exist
from digest.cli.group import LazyGroup, config_option
from digest.cli.output import complain, say
from digest.cli.session import open_database, read_config
from digest.errors import UsageError
from digest.rulebook.folders import RuleFolders
from digest.words import count

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from digest.config import Config
    from digest.match import Rule
    from digest.store.store import Store
    from digest.values.news import StoredEntry

    Judged = Callable[[Path, Rule, StoredEntry], str]


@click.group(
    cls=LazyGroup,
    commands_at={
        "read": "digest.cli.mark:read",
        "unread": "digest.cli.mark:unread",
        "relevant": "digest.cli.mark:relevant",
        "not-relevant": "digest.cli.mark:not_relevant",
    },
    short_help="Say of entries that they are read, relevant, or not.",
)
@config_option
def mark() -> None:
    """Say of entries that they are read, relevant, or not.

    An entry is named by its address or by its id, which `digest search` and the bot's button More show.
    """


_entries = click.argument("ids", nargs=-1, required=True, metavar="ID...")
_rule = click.option("--rule", metavar="ID", help="Only for this rule; without it, for each that found the entry.")


@click.command(
    short_help="Mark entries as read.",
    epilog="\b\nExamples:\n  digest mark read 4711\n  digest mark read 4711 4712 4713",
)
@_entries
@config_option
@click.pass_context
def read(context: click.Context, ids: Sequence[str]) -> None:
    """Mark entries as read, as the dashboard does when one is opened."""
    context.exit(_set_read(ids, datetime.now(UTC)))


@click.command(
    short_help="Mark entries as unread.",
    epilog="\b\nExamples:\n  digest mark unread 4711\n  digest mark unread https://example.org/news/1",
)
@_entries
@config_option
@click.pass_context
def unread(context: click.Context, ids: Sequence[str]) -> None:
    """Mark entries as unread: the dashboard shows them as new again.

    What a feed's first poll brought is never unread.
    """
    context.exit(_set_read(ids, None))


@click.command(
    "not-relevant",
    short_help="Note that a rule should not have found an entry.",
    epilog="\b\nExamples:\n  digest mark not-relevant 4711\n  digest mark not-relevant 4711 --rule dprk-syria",
)
@_entries
@_rule
@config_option
@click.pass_context
def not_relevant(context: click.Context, ids: Sequence[str], rule: str | None) -> None:
    """Note that rules should not have found these entries, as the button of an alert in Telegram does.

    It is noted in marks.toml in the rules folder, as an unwanted example of the rule: `digest check` shows which word
    still finds it until you change the rule. What alerts does not change by itself.
    """
    from digest.rulebook.marks import note_unwanted

    context.exit(_judge(ids, rule, note_unwanted))


@click.command(
    short_help="Take that back, or note what a rule should have found.",
    epilog="\b\nExamples:\n  digest mark relevant 4711\n  digest mark relevant 4711 --rule dprk-syria",
)
@_entries
@_rule
@config_option
@click.pass_context
def relevant(context: click.Context, ids: Sequence[str], rule: str | None) -> None:
    """Take back that entries are not relevant; or, with --rule, note what that rule should find and does not.

    The latter is noted in marks.toml in the rules folder, as a known gap of the rule.
    """
    from digest.rulebook.marks import note_relevant

    context.exit(_judge(ids, rule, note_relevant))


# --- read and unread -------------------------------------------------------------------------------------------------


def _set_read(ids: Sequence[str], at: datetime | None) -> int:
    """Note of entries that they were read at a time, or are not; the exit code."""
    from digest.store.dashboard import Dashboard

    with open_database(read_config()) as store:
        found = found_entries(store, ids)
        Dashboard(store.database).mark([entry.id for entry in found], at)
        if found:
            say(f"{count(len(found), 'entry')} {'read' if at else 'unread'}.")
    return 0 if len(found) == len(ids) else 1


def found_entries(store: Store, ids: Sequence[str]) -> list[StoredEntry]:
    """The entries of these ids or addresses; what names none is told."""
    found = []
    for each in ids:
        entry = store.reads.entry(each)
        if entry is None:
            complain(f"No stored entry has the {'id' if each.isdigit() else 'address'} {each}.", fg="red")
        else:
            found.append(entry)
    return found


# --- relevant, or not ------------------------------------------------------------------------------------------------


def _judge(ids: Sequence[str], named: str | None, judged: Judged) -> int:
    """Say something of entries and their rules, and tell what came of it; the exit code."""
    config = read_config()
    folders, done, wrong = RuleFolders(config.rule_folders), 0, 0
    with open_database(config) as store:
        found = found_entries(store, ids)
        asked = [(entry, rule) for entry in found for rule in _rules_of(entry, named, config, store)]
    for entry, rule in asked:
        try:
            say(f"{entry.title}: {judged(folders.of(rule.id), rule, entry)}")
            done += 1
        except UsageError as error:
            complain(f"{entry.title}: {error}", fg="red")
            wrong += 1
    return 0 if done and not wrong and len(found) == len(ids) else 1


def _rules_of(entry: StoredEntry, named: str | None, config: Config, store: Store) -> list[Rule]:
    """The rules that something is said about: the one named, else those that found the entry when it came."""
    rules = {rule.id: rule for rule in loaded_in_force(config, store).rules}
    if named is not None:
        rule_must_exist(named, list(rules))
        return [rules[named]]
    names = [match.judged.match.rule for match in store.reads.matches_of(entry.id)]
    found = [rules[name] for name in names if name in rules]
    if not found:
        complain(f"{entry.title}: none of the rules found it: name one with --rule", fg="red")
    return found
