"""``digest outbox``: what is owed to which channel, and the user's word on it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from digest.cli.group import LazyGroup, config_option, json_option
from digest.cli.output import complain, say, say_json, say_table
from digest.cli.session import open_database, open_database_if_any, read_config
from digest.config import unknown_channel
from digest.errors import UsageError
from digest.shapes import delivery_shape
from digest.values.messages import Delivery, DeliveryState
from digest.values.settings import Folder
from digest.words import dropped, message_called, minute, retried

if TYPE_CHECKING:
    from collections.abc import Sequence

_DONE = {DeliveryState.SENT, DeliveryState.DROPPED}


@click.group(
    cls=LazyGroup,
    commands_at={
        "list": "digest.cli.outbox:list_deliveries",
        "retry": "digest.cli.outbox:retry",
        "drop": "digest.cli.outbox:drop",
    },
    short_help="The messages that wait for each channel.",
)
@config_option
def outbox() -> None:
    """The messages that wait for each channel, and what to do with one.

    A message is queued, then sending, then sent; or held for later, unknown (the answer was lost: it may have
    arrived), dead (given up, with the reason) or dropped (by you).
    """


@click.command(
    "list",
    short_help="List the messages that wait, oldest first.",
    epilog="\b\nExamples:\n  digest outbox list\n  digest outbox list --state dead --json | jq .reason",
)
@click.option("--all", "everything", is_flag=True, help="Those sent and dropped, too.")
@click.option(
    "--state", "states", multiple=True, type=click.Choice([state.value for state in DeliveryState]), help="Only these."
)
@click.option("--channel", metavar="NAME", help="Only those to this channel.")
@config_option
@json_option
def list_deliveries(states: Sequence[str], channel: str | None, *, everything: bool, as_json: bool) -> None:
    """List the messages that wait, oldest first."""
    config = read_config()
    wanted = {DeliveryState(state) for state in states} or set(DeliveryState) - (set() if everything else _DONE)
    with open_database_if_any(config) as store:
        found = store.outbox.list(wanted, channel=channel) if store else ()
    names = [spec.name for spec in config.every_channel]
    if channel is not None and not found and channel not in names:
        raise UsageError(unknown_channel(channel, names))
    if as_json:
        for delivery in found:
            say_json(delivery_shape(delivery))
    elif found:
        rows = [_row(delivery, ZoneInfo(config.timezone)) for delivery in found]
        say_table(rows, heads=("ID", "CHANNEL", "STATE", "ATTEMPTS", "NOT BEFORE", "MESSAGE", "REASON"), right=(0, 3))
    else:
        complain("No message waits.")


def _row(delivery: Delivery, zone: ZoneInfo) -> tuple[str, ...]:
    return (
        str(delivery.id),
        delivery.channel,
        delivery.state.value,
        str(delivery.attempts),
        minute(delivery.not_before, zone),
        delivery.title if len(delivery.title) <= 60 else f"{delivery.title[:59]}…",
        delivery.reason,
    )


@click.command(
    short_help="Send messages again, or now.",
    epilog="\b\nExamples:\n  digest outbox retry 12\n  digest outbox retry 12 13 14",
)
@click.argument("ids", type=int, nargs=-1, required=True, metavar="ID...")
@config_option
def retry(ids: Sequence[int]) -> None:
    """Send messages again, or now: quiet hours, mutes and the wait after a failure do not hold them back.

    One that was sent already goes again as a whole, labelled as a possible repeat; in a file nothing is written twice.
    """
    config = read_config()
    files = {spec.name for spec in config.channels if isinstance(spec.medium, Folder)}
    with open_database(config) as store:
        for number in ids:
            before, now = store.outbox.retry(number, datetime.now(UTC)), store.outbox.get(number)
            words = retried(before)
            if before is DeliveryState.SENT and now.channel in files:
                words = "was written already: what still stands in the file is not written twice"
            say(f"{number} {message_called(now)} {words}{now.reason and f', and waits: {now.reason}'}")


@click.command(
    short_help="Drop messages: they are never sent.",
    epilog="\b\nExamples:\n  digest outbox drop 12\n  digest outbox drop 12 13 14",
)
@click.argument("ids", type=int, nargs=-1, required=True, metavar="ID...")
@config_option
def drop(ids: Sequence[int]) -> None:
    """Give up messages that are owed: they are not sent. One that is on its way may arrive all the same."""
    with open_database(read_config()) as store:
        for number in ids:
            before = store.outbox.drop(number, datetime.now(UTC))
            say(f"{number} {message_called(store.outbox.get(number))} {dropped(before)}")
