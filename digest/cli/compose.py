"""``digest compose`` and ``digest catchup``: what alerted in a period, and the digests that were composed before."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from digest.answers.finding import digest_of
from digest.answers.rules import rules_in_force
from digest.answers.shapes import composed_shape
from digest.cli.group import SinceType, config_option, json_option
from digest.cli.output import complain, say, say_json, say_table
from digest.cli.session import open_database_if_any, read_config
from digest.errors import UsageError
from digest.shapes import digest_shape
from digest.values.messages import DeliveryKind
from digest.words import minute

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from digest.config import Config
    from digest.store.digests import ComposedDigest
    from digest.store.store import Store
    from digest.values.messages import DigestDocument
    from digest.values.settings import DigestSpec

_DAY = timedelta(days=1)
_LOCAL = re.compile(r"[0-9]{4}(-[0-9]{2}){0,2}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}(:[0-9]{2})?", re.ASCII)
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
@click.option(
    "--since",
    type=SinceType(),
    metavar="TIME",
    help="From then to now: 12h, 7d, 2026-11-22; else since the last one of NAME, without NAME 24h.",
)
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

    Of NAME it shows just what --send would send, and what it would be at its own time were that now: for several
    channels that are told different things, each. With --send it goes out beside those at its own times, which stay
    as they are.
    """
    config = read_config()
    if listed or at is not None:
        if send or since is not None:
            raise click.UsageError("--list and --at show what was composed before: use them without --since and --send")
        _past(config, name, at, style, as_json=as_json)
        return
    spec = _known(config, name, send=send)
    until = datetime.now(UTC)
    with open_database_if_any(config) as store:
        if spec is not None and store is not None:
            since, shown = _as_sent(config, store, spec, since, until)
        else:
            since = since or until - _DAY
            shown = {digest_of(config, store, name or "digest", since, until): ()}
    _show_each(shown, style, as_json=as_json)
    if any(document.entries for document in shown) and spec is not None:
        _send_or_say(config, spec, since, until, send=send)


def _show_each(shown: Mapping[DigestDocument, Sequence[str]], style: str, *, as_json: bool) -> None:
    for document, channels in shown.items():
        if len(shown) > 1:
            complain(f"For {', '.join(channels)}:")
        show(document, style, as_json=as_json)
    if not any(document.entries for document in shown):
        complain("Nothing alerted in this time; --since 7d looks further back.")


def _send_or_say(config: Config, spec: DigestSpec, since: datetime, until: datetime, *, send: bool) -> None:
    """Send it, or say what may be different when it is sent."""
    if send:
        _send(config, spec.name, since, until)
    elif spec.asks_model:
        complain("When it is sent the language model is asked, which may pick other sentences.")


def _as_sent(
    config: Config, store: Store, spec: DigestSpec, since: datetime | None, until: datetime
) -> tuple[datetime, Mapping[DigestDocument, Sequence[str]]]:
    """Since when a digest would tell, and what, to which channels; without any in service all that it is of."""
    from digest.engine.sending.digests import since_last
    from digest.store.composing import composed_for

    since = since or since_last(store, spec, until)
    rules, _ = rules_in_force(config, store)
    whole, told = composed_for(store, spec, config.channels, since, until, rules)
    if not told:
        complain(f"No channel of the digest “{spec.name}” is in service: this is all that alerted.")
    shown: dict[DigestDocument, list[str]] = {} if told else {whole: []}
    for each in told:
        shown.setdefault(each.document, []).append(each.channel.name)
    return since, shown


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
        document = digest_of(config, store, "catchup", since, now, "Since you were away")
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


def _known(config: Config, name: str | None, *, send: bool) -> DigestSpec | None:
    """The digest of that name; ``None``: none is named."""
    names = [spec.name for spec in config.digests]
    if name is not None and name not in names:
        hint = f"the config has {', '.join(names)}" if names else "the config has no [[digest]]"
        raise UsageError(f"there is no digest “{name}”: {hint}")
    if send and name is None:
        known = ", ".join(names) or "the config has none"
        raise UsageError(f"--send needs the NAME of a digest, which says to which channels it goes: {known}")
    return next((spec for spec in config.digests if spec.name == name), None)


def _past(config: Config, name: str | None, at: str | None, style: str, *, as_json: bool) -> None:
    """Show the digests that were composed at their times, or the one of a time."""
    with open_database_if_any(config) as store:
        found = store.digests.composed(name) if store else []
    if at is None:
        _list(found, ZoneInfo(config.timezone), as_json=as_json)
    else:
        show(_composed(found, name, at), style, as_json=as_json)


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


def _composed(found: Sequence[ComposedDigest], name: str | None, at: str) -> DigestDocument:
    """The one composed at a local date, or date and time."""
    wanted = at.strip().replace(" ", "T")
    if not _LOCAL.fullmatch(wanted):
        raise click.BadParameter(f"“{at}” is no local date: write 2026-11-22, or 2026-11-22T07:00", param_hint="--at")
    there = [each for each in found if each.local.startswith(wanted)]
    called = f" “{name}”" if name else ""
    if not found:
        raise UsageError(f"no digest{called} was composed yet: a [[digest]] in config.toml says when one is")
    if not there:
        raise UsageError(f"no digest{called} was composed at {at}: digest compose --list shows those that were")
    first, *others = there
    if others:
        shown = ", ".join(f"{each.name} {each.local}" for each in others[:5]) + ", …" * (len(others) > 5)
        one = f"digest compose {first.name} --at {first.local}"
        raise UsageError(f"more than one was composed at {at}: {one} shows the first (the others: {shown})")
    if first.document is None:
        raise UsageError(f"an older version of Digest composed {first.name} at {first.local}, and kept no copy")
    return first.document


def _send(config: Config, name: str, since: datetime, until: datetime) -> None:
    """Have it sent, and say how it went to each channel."""
    from digest.engine.run import do_request

    do_request(config, "send-digest", {"name": name, "since": since.isoformat(), "until": until.isoformat()}, complain)
    with open_database_if_any(config) as store:
        for delivery in store.outbox.list() if store else ():
            if delivery.kind is DeliveryKind.DIGEST and delivery.created >= until:
                reason = f": {delivery.reason}" if delivery.reason else ""
                complain(f"{delivery.channel}: {delivery.state.value}{reason}")
