"""``digest alerts``: what was worth telling, and what became of telling it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from digest.answers.rules import rule_must_exist, rules_in_force
from digest.cli.desks import desk_option, known_desk
from digest.cli.group import SinceType, config_option, json_option
from digest.cli.output import complain, say, say_json
from digest.cli.session import open_database_if_any, read_config
from digest.shapes import alert_shape
from digest.words import in_what, minute

if TYPE_CHECKING:
    from datetime import datetime

    from digest.values.messages import Alert


@click.command(
    short_help="List the alerts with their deliveries, oldest first.",
    epilog="\b\nExamples:\n  digest alerts --since 24h\n  digest alerts --rule dprk-syria --json | jq .entry.title",
)
@click.option("--since", type=SinceType(), metavar="TIME", help="Only those since then: 24h, 7d, 2026-11-22.")
@click.option("--rule", metavar="ID", help="Only those of this rule.")
@click.option("--delivery", type=int, metavar="ID", help="Only those that this message of the outbox tells of.")
@desk_option
@config_option
@json_option
def alerts(since: datetime | None, rule: str | None, delivery: int | None, desk: str | None, *, as_json: bool) -> None:
    """List the alerts with their deliveries, oldest first; all of them without --since."""
    config, found = read_config(), False
    desks = None if (desk := known_desk(config, desk)) is None else {desk}
    with open_database_if_any(config) as store:
        if store and delivery is not None:
            store.outbox.get(delivery)  # says it if there is none
        for alert in store.reads.alerts(since=since, rule=rule, delivery=delivery, desks=desks) if store else ():
            found = True
            if as_json:
                say_json(alert_shape(alert))
            else:
                _print(alert, ZoneInfo(config.timezone))
        if not found and rule is not None:
            rule_must_exist(rule, [known.id for known in rules_in_force(config, store)[0]])
        if not found and not as_json:
            complain("No alerts." if store else "No alerts: no engine has run here yet. digest watch starts one.")


def _print(alert: Alert, zone: ZoneInfo) -> None:
    time = minute(alert.created, zone)
    indent = " " * (len(time) + 2)
    text = alert.entry.text
    say(f"{time}  {alert.severity.glyph} {alert.severity.word}  {alert.entry.title}", bold=True)
    say(f"{indent}{' · '.join(part for part in (text.source, alert.rule, alert.entry.url) if part)}")
    told = [f"{each.channel}: {each.state.value}{in_what(each)}" for each in alert.deliveries]
    if told:
        say(f"{indent}{', '.join(told)}")
    if alert.taken is not None:
        say(f"{indent}{alert.taken.who} has it since {minute(alert.taken.since, zone)}")
