"""``digest compose``: the digest of a period, to look at before it goes out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from digest.cli.group import SinceType, config_option, json_option
from digest.cli.output import complain, say, say_json
from digest.cli.session import load_rule_files, open_database_if_any, read_config
from digest.cli.shapes import digest_shape
from digest.errors import UsageError
from digest.values.messages import DeliveryKind

if TYPE_CHECKING:
    from digest.config import Config
    from digest.values.messages import DigestDocument

_FORMATS = ("text", "markdown", "html", "telegram")


@click.command(
    short_help="Show the digest of a period.",
    epilog="\b\nExamples:\n  digest compose\n  digest compose morning --since 12h --format telegram\n"
    "  digest compose --since 7d --format html > week.html\n  digest compose morning --send",
)
@click.argument("name", required=False)
@click.option("--since", type=SinceType(), metavar="TIME", help="From then to now: 24h (the default), 7d, 2026-11-22.")
@click.option("--format", "style", type=click.Choice(_FORMATS), default="text", help="How it is written: text first.")
@click.option("--send", is_flag=True, help="Send it, to each channel what is for it, and say how it went.")
@config_option
@json_option
def compose(name: str | None, since: datetime | None, style: str, *, send: bool, as_json: bool) -> None:
    """Show the digest NAME of the config, or one without a name, as it would be now; without --send nothing leaves.

    With --send it goes out beside those at its own times, which stay as they are.
    """
    from digest.delivery.messages.digest import DigestFormat, render_digest

    config = read_config()
    names = [spec.name for spec in config.digests]
    if name is not None and name not in names:
        hint = f"the config has {', '.join(names)}" if names else "the config has no [[digest]]"
        raise UsageError(f"there is no digest “{name}”: {hint}")
    if send and name is None:
        known = ", ".join(names) or "the config has none"
        raise UsageError(f"--send needs the NAME of a digest, which says to which channels it goes: {known}")
    until = datetime.now(UTC)
    since = since or until - timedelta(days=1)
    document = _document(config, name or "digest", since, until)
    if as_json:
        say_json(digest_shape(document))
    else:
        say("\n".join(render_digest(document, DigestFormat(style))).rstrip("\n"))
    if not document.entries:
        complain("Nothing alerted in this time; --since 7d looks further back.")
    elif send and name is not None:
        _send(config, name, since, until)


def _document(config: Config, name: str, since: datetime, until: datetime) -> DigestDocument:
    from digest.stories.compose import compose_digest

    titles = {rule.id: rule.title for rule in load_rule_files(config).rules}
    with open_database_if_any(config) as store:
        alerts = list(store.reads.alerts(since=since, until=until)) if store else []
    return compose_digest(alerts, name=name, since=since, until=until, timezone=config.timezone, rules=titles)


def _send(config: Config, name: str, since: datetime, now: datetime) -> None:
    """Have it sent, and say how it went to each channel."""
    from digest.engine.run import do_request

    do_request(config, "send-digest", {"name": name, "since": since.isoformat()}, complain)
    with open_database_if_any(config) as store:
        for delivery in store.outbox.list() if store else ():
            if delivery.kind is DeliveryKind.DIGEST and delivery.created >= now:
                reason = f": {delivery.reason}" if delivery.reason else ""
                complain(f"{delivery.channel}: {delivery.state.value}{reason}")
