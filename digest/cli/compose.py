"""``digest compose`` and ``digest catchup``: what alerted in a period, and the digests that were composed before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from digest.cli.group import SinceType, config_option, json_option
from digest.cli.output import complain, say, say_json, say_table
from digest.cli.session import load_rule_files, open_database_if_any, read_config
from digest.cli.shapes import composed_shape, digest_shape
from digest.errors import UsageError
from digest.values.messages import DeliveryKind
from digest.words import minute

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.config import Config
    from digest.store.digests import ComposedDigest
    from digest.store.store import Store
    from digest.values.messages import DigestDocument

_DAY = timedelta(days=1)
format_option = click.option(
    "--format",
    "style",
    type=click.Choice(("text", "markdown", "html", "telegram")),
    default="text",
    help="How it is written: text first.",
)


@click.command(
    short_help="Show the digest of a period.",
    epilog="\b\nExamples:\n  digest compose\n  digest compose morning --since 12h --format telegram\n"
    "  digest compose --since 7d --format html > week.html\n  digest compose morning --send\n"
    "  digest compose --list\n  digest compose morning --at 2026-11-22 --format markdown",
)
@click.argument("name", required=False)
@click.option("--since", type=SinceType(), metavar="TIME", help="From then to now: 24h (the default), 7d, 2026-11-22.")
@format_option
@click.option("--send", is_flag=True, help="Send it, to each channel what is for it, and say how it went.")
@click.option("--list", "listed", is_flag=True, help="List those that were composed at their times.")
@click.option("--at", metavar="TIME", help="One of these again, by its local date: 2026-11-22, 2026-11-22T07:00.")
@config_option
@json_option
def compose(  # noqa: PLR0913 - one for each option
    name: str | None, since: datetime | None, style: str, at: str | None, *, send: bool, listed: bool, as_json: bool
) -> None:
    """Show the digest NAME of the config, or one without a name, as it would be now; without --send nothing leaves.

    With --send it goes out beside those at its own times, which stay as they are.
    """
    config = read_config()
    if listed or at is not None:
        if send or since is not None:
            raise UsageError("--list and --at show what was composed before: use them without --since and --send")
        _past(config, name, at, style, as_json=as_json)
        return
    _must_be_known(config, name, send=send)
    until = datetime.now(UTC)
    since = since or until - _DAY
    with open_database_if_any(config) as store:
        document = _document(config, store, name or "digest", since, until)
    show(document, style, as_json=as_json)
    if not document.entries:
        complain("Nothing alerted in this time; --since 7d looks further back.")
    elif send and name is not None:
        _send(config, name, since, until)


@click.command(
    short_help="Show what alerted while you were away.",
    epilog="\b\nExamples:\n  digest catchup\n  digest catchup --since 3d\n"
    "  digest catchup --since 2026-11-22 --format html > away.html",
)
@click.option(
    "--since", type=SinceType(), metavar="TIME", help="From then to now: 12h, 3d; else since you last read an entry."
)
@format_option
@config_option
@json_option
def catchup(since: datetime | None, style: str, *, as_json: bool) -> None:
    """Show what alerted while you were away: one ranked message, as a digest of that time.

    Without --since it begins when an entry was last read, on the dashboard or by `digest mark read`, and 24 hours ago
    where none ever was.
    """
    config = read_config()
    now = datetime.now(UTC)
    with open_database_if_any(config) as store:
        since = since or (store.reads.last_read() if store else None) or now - _DAY
        document = _document(config, store, "catchup", since, now, "Since you were away")
    show(document, style, as_json=as_json)
    if not document.entries:
        complain("Nothing alerted in this time; --since 7d looks further back.")


def show(document: DigestDocument, style: str, *, as_json: bool) -> None:
    """Print a digest in one of its formats, or for programs."""
    from digest.delivery.messages.digest import DigestFormat, render_digest

    if as_json:
        say_json(digest_shape(document))
    else:
        say("\n".join(render_digest(document, DigestFormat(style))).rstrip("\n"))


def _document(  # noqa: PLR0913, PLR0917 - what a digest is of
    config: Config, store: Store | None, name: str, since: datetime, until: datetime, title: str = ""
) -> DigestDocument:
    from digest.store.period import Period, read_period

    titles = {rule.id: rule.title for rule in load_rule_files(config).rules}
    found = read_period(store, since, until) if store else Period(since, until)
    return found.digest(name, config.timezone, titles, title)


def _must_be_known(config: Config, name: str | None, *, send: bool) -> None:
    names = [spec.name for spec in config.digests]
    if name is not None and name not in names:
        hint = f"the config has {', '.join(names)}" if names else "the config has no [[digest]]"
        raise UsageError(f"there is no digest “{name}”: {hint}")
    if send and name is None:
        known = ", ".join(names) or "the config has none"
        raise UsageError(f"--send needs the NAME of a digest, which says to which channels it goes: {known}")


def _past(config: Config, name: str | None, at: str | None, style: str, *, as_json: bool) -> None:
    """Show the digests that were composed at their times, or the one of a time."""
    with open_database_if_any(config) as store:
        found = store.digests.composed(name) if store else []
    if at is None:
        _list(found, ZoneInfo(config.timezone), as_json=as_json)
    else:
        show(_composed(found, at), style, as_json=as_json)


def _list(found: Sequence[ComposedDigest], zone: ZoneInfo, *, as_json: bool) -> None:
    for each in found if as_json else ():
        say_json(composed_shape(each))
    if as_json:
        return
    if not found:
        complain("No digest was composed yet: a [[digest]] in config.toml says when one is.")
        return
    rows = [
        (
            each.name,
            each.local.replace("T", " "),
            "?" if each.document is None else f"{each.document.entries + each.document.more:,}",
            f"{minute(each.since, zone)} to {minute(each.until, zone)}",
        )
        for each in found
    ]
    say_table(rows, heads=("digest", "at", "stories", "of"), right=(2,))


def _composed(found: Sequence[ComposedDigest], at: str) -> DigestDocument:
    """The one composed at a local date, or date and time."""
    wanted = at.strip().replace(" ", "T")
    there = [each for each in found if each.local.startswith(wanted)] if wanted else []
    if not there:
        raise UsageError(f"no digest was composed at “{at}”: digest compose --list shows those that were")
    if len(there) > 1:
        shown = ", ".join(f"{each.name} {each.local}" for each in there[:5])
        raise UsageError(f"more than one was composed at “{at}”: name it, and its time ({shown})")
    if there[0].document is None:
        raise UsageError(f"an older version of Digest composed that of {there[0].local}, and kept no copy")
    return there[0].document


def _send(config: Config, name: str, since: datetime, now: datetime) -> None:
    """Have it sent, and say how it went to each channel."""
    from digest.engine.run import do_request

    do_request(config, "send-digest", {"name": name, "since": since.isoformat()}, complain)
    with open_database_if_any(config) as store:
        for delivery in store.outbox.list() if store else ():
            if delivery.kind is DeliveryKind.DIGEST and delivery.created >= now:
                reason = f": {delivery.reason}" if delivery.reason else ""
                complain(f"{delivery.channel}: {delivery.state.value}{reason}")
