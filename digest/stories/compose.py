"""The digest of a period: its alerts by rule, severest first, every entry once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.text import headline
from digest.values.messages import Alert, DigestDocument, DigestGroup, DigestLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime


def compose_digest(  # noqa: PLR0913 - what a digest is of; all but the alerts by name
    alerts: Iterable[Alert],
    *,
    name: str,
    since: datetime,
    until: datetime,
    timezone: str = "UTC",
    rules: Mapping[str, str] | None = None,
) -> DigestDocument:
    """Compose the digest of the alerts created from ``since`` up to, not including, ``until``.

    An entry stands once, under the severest of the rules it alerted by (the first of them by name, if several are);
    its line names all of them. Groups are in order of severity, then size, then name; lines newest first.

    Args:
        alerts: in any order; those outside the period are left out.
        name: the digest's own name.
        since: aware, inclusive.
        until: aware, exclusive.
        timezone: IANA name of the zone in which its times are to be shown.
        rules: titles by rule id; a rule without one goes by its id.
    """
    chosen = [alert for alert in alerts if since <= alert.created < until]
    by_entry: dict[int, list[Alert]] = {}
    for alert in chosen:
        by_entry.setdefault(alert.entry.id, []).append(alert)
    lines: dict[str, list[DigestLine]] = {}
    for entry_alerts in sorted(by_entry.values(), key=_newest_first):
        line = _line(entry_alerts)
        lines.setdefault(line.rules[0], []).append(line)
    groups = [_group(rule, (rules or {}).get(rule) or rule, grouped) for rule, grouped in lines.items()]
    groups.sort(key=lambda group: (-group.severity, -len(group.lines), group.rule))
    return DigestDocument(name, since, until, timezone, tuple(groups), len(chosen))


def _newest_first(alerts: Sequence[Alert]) -> tuple[float, int]:
    """Sort key of an entry: its latest alert, then the order in which it was stored."""
    return -max(alert.created.timestamp() for alert in alerts), -alerts[0].entry.id


def _line(alerts: Sequence[Alert]) -> DigestLine:
    """Give the one line of an entry that alerted by one or more rules."""
    ranked = sorted(alerts, key=lambda alert: (-alert.severity, alert.rule))
    entry = ranked[0].entry
    return DigestLine(
        title=headline(entry.text.title, entry.text.summary, entry.text.content),
        url=entry.url,
        source=entry.text.source,
        published=entry.published,
        time=entry.time,
        entry=entry.id,
        sentences=next((alert.summary for alert in ranked if alert.summary), ()),
        rules=tuple(dict.fromkeys(alert.rule for alert in ranked)),
        severity=ranked[0].severity,
    )


def _group(rule: str, title: str, lines: Sequence[DigestLine]) -> DigestGroup:
    """Give a rule's group; its severity is the highest under which one of its lines alerted."""
    return DigestGroup(rule, title, max(line.severity for line in lines), tuple(lines))
