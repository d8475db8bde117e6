"""``digest events``: what the engine decided, a line each, read back from its log."""

from __future__ import annotations

import select
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from digest.cli.group import SinceType, config_option, json_option
from digest.cli.output import complain, say, say_json
from digest.cli.session import config_path_of_call
from digest.values.events import EventKind
from digest.words import clock_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime, tzinfo

    from digest.logfile import Record

_GLANCE = 0.25  # seconds between two looks at the log
_WIDE = max(map(len, EventKind))
_KINDS = [kind.value for kind in EventKind]
_GROUPS = [group for group in dict.fromkeys(kind.group for kind in EventKind) if group not in _KINDS]
_IDS = ("feed", "entry", "story", "delivery", "into")


@click.command(
    short_help="List what the engine decided, or follow it as it decides.",
    epilog="\b\nExamples:\n  digest events --since 2h\n  digest events --follow --kind delivery\n"
    "  digest events --entry 17\n  digest events --json --kind suppressed | jq .reason",
)
@click.option("--follow", "-f", is_flag=True, help="Go on with what comes; without --since, show that alone.")
@click.option("--since", type=SinceType(), metavar="TIME", help="Only those since then: 2h, 7d, 2026-11-22.")
@click.option("--feed", type=int, metavar="ID", help="Only those of this feed and its entries.")
@click.option("--entry", type=int, metavar="ID", help="Only those of this entry, and of the messages that tell it.")
@click.option("--delivery", type=int, metavar="ID", help="Only those of this message of the outbox.")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice([*_GROUPS, *_KINDS]),
    metavar="NAME",
    help="Only these: delivery.sent, or all that begin so: delivery. Several times for several.",
)
@config_option
@json_option
def events(  # noqa: PLR0913 - one for each option
    since: datetime | None,
    feed: int | None,
    entry: int | None,
    delivery: int | None,
    kinds: Sequence[str],
    *,
    follow: bool,
    as_json: bool,
) -> None:
    """List what the engine decided, oldest first: of entries, messages, feeds, rules, the config.

    It is read from the engine's log and the older files beside it, as far as these go back. With --follow it goes on
    until it is interrupted, or nobody reads its output any more.
    """
    from digest.config import read_despite
    from digest.logfile import LogReader
    from digest.presence import LOG_NAME

    config, _ = read_despite(config_path_of_call())  # with a mistake in it, what was decided of that is of interest
    wanted = _Wanted({"feed": feed, "entry": entry, "delivery": delivery}, kinds, since)
    zone, found = ZoneInfo(config.timezone), False
    with LogReader(config.state / LOG_NAME, from_end=follow and since is None) as log:
        while True:
            for record in wanted.of(log.read()):
                found = True
                if as_json:
                    say_json(record.shape())
                else:
                    _print(record, zone)
            if not follow:
                break
            sys.stdout.flush()
            _rest()
    if not found and not as_json:
        there = (config.state / LOG_NAME).exists()
        complain("No events." if there else "No events: no engine has run here yet. digest watch starts one.")


class _Wanted:
    """What of the log is asked for.

    Args:
        ids: those that an event must have, by field; ``None``: any.
        kinds: of which it must be one, or its group; none: any.
        since: from when on.
    """

    def __init__(self, ids: Mapping[str, int | None], kinds: Sequence[str], since: datetime | None) -> None:
        self._ids = {name: number for name, number in ids.items() if number is not None}
        self._kinds, self._since = frozenset(kinds), since
        self._tell_it: set[object] = set()
        """The deliveries that tell of the entry that is asked for: what becomes of them becomes of it."""

    def of(self, records: Iterable[Record]) -> Iterable[Record]:
        """The events among these."""
        return (record for record in records if record.kind and self._is_about(record) and self._is_wanted(record))

    def _is_about(self, record: Record) -> bool:
        fields = record.fields
        if "entry" in self._ids and fields.get("entry") == self._ids["entry"]:
            self._tell_it.add(fields.get("delivery"))
        if "entry" in self._ids and fields.get("delivery") in self._tell_it - {None} and "entry" not in fields:
            self._tell_it.add(fields.get("into"))
            return all(fields.get(name) == number for name, number in self._ids.items() if name == "delivery")
        return all(fields.get(name) == number for name, number in self._ids.items())

    def _is_wanted(self, record: Record) -> bool:
        if self._kinds and record.kind not in self._kinds and record.kind.partition(".")[0] not in self._kinds:
            return False
        return self._since is None or (record.at is not None and record.at >= self._since)


def _print(record: Record, zone: tzinfo) -> None:
    """A line: when, of which kind, what, and the ids that other commands take."""
    time_ = "" if record.at is None else f"{record.at.astimezone(zone):%Y-%m-%d} {clock_seconds(record.at, zone)}"
    ids = ", ".join(f"{name} {record.fields[name]}" for name in _IDS if name in record.fields)
    message = " ".join(record.message.split())
    say(f"{time_}  {record.kind:<{_WIDE}}  {message}" + (f"  ({ids})" if ids else ""))


def _rest() -> None:
    """Wait a moment; at once, if nobody reads the output any more, raise what writing to it would."""
    ended = []
    if hasattr(select, "poll"):
        with suppress(OSError, ValueError):  # no file of the system's
            poll = select.poll()
            poll.register(sys.stdout.fileno(), 0)
            ended = poll.poll(_GLANCE * 1000)
            if not ended:
                return
    if ended:
        raise BrokenPipeError
    time.sleep(_GLANCE)
