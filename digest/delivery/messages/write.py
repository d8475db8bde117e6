"""Writes a message when it goes, from what the store knows then, as its channel sends it.

::

    what it tells of ─┬─ lines ────▶ as they stand
                      ├─ alert ────▶ alert.py
                      ├─ catch-up ─▶ catchup.py ──▶ parts for the medium ─▶ cut as the far side takes them
                      ├─ digest ───▶ digest.py
                      └─ notice ───▶ lines, and facts for programs
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, assert_never

from digest.delivery.media.formats import parts_for, record_of
from digest.delivery.media.markup import Span
from digest.delivery.messages.alert import AlertMessage, render_alert
from digest.delivery.messages.catchup import catch_up_parts
from digest.delivery.messages.digest import digest_parts
from digest.delivery.messages.digest_words import heading, nothing_alerted
from digest.delivery.messages.story import also_words, update_words
from digest.stories.compose import compose_digest
from digest.stories.picking import answered
from digest.values.messages import DeliveryKind
from digest.values.settings import Folder, is_for_programs
from digest.values.stories import Development, Kin

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from digest.values.messages import Alert, Delivery, DigestDocument, DigestLine, Facts, Tells
    from digest.values.settings import ChannelSpec
    from digest.values.stories import Story

MODEL_ASKED: Final = "asked"
"""What a digest's ``tells["model"]`` is while it waits for the language model."""

Pieces = Callable[[str, str, int], tuple[str, ...]]
"""A part, the message's title and the part's number, from 0: the part as the far side takes it, whole or cut."""


def whole(part: str, title: str, number: int) -> tuple[str, ...]:
    """The pieces of a far side that takes whatever is written for its kind."""
    del title, number
    return (part,)


def written(delivery: Delivery, facts: Facts, channel: ChannelSpec, pieces: Pieces) -> tuple[str, ...]:
    """The parts of a message, in order and in its channel's format; none where nothing of what it tells of is left.

    The same facts make the same parts, whenever it is asked.
    """

    def cut(parts: tuple[str, ...]) -> tuple[str, ...]:
        found: list[str] = []
        for part in parts:
            found += pieces(part, delivery.title, len(found))
        return tuple(found)

    tells = delivery.tells
    if "lines" in tells:
        return cut(_said(delivery, channel))
    match delivery.kind:
        case DeliveryKind.ALERT:
            return cut(render_alert(_told(delivery, facts), channel)) if facts.alerts else ()
        case DeliveryKind.CATCH_UP if is_for_programs(channel.medium):
            return _one_by_one(facts, channel)
        case DeliveryKind.CATCH_UP:
            return cut(catch_up_parts(facts, channel, delivery=delivery.id, because=tells.get("because", "")))
        case DeliveryKind.DIGEST:
            document = answered(document_of(delivery, facts, channel), tells.get("model"), facts.alerts)
            return digest_parts(document, channel, delivery=delivery.id, cut=cut)
        case DeliveryKind.NOTICE:
            return ()
        case _:
            assert_never(delivery.kind)


def _said(delivery: Delivery, channel: ChannelSpec) -> tuple[str, ...]:
    tells = delivery.tells
    record = record_of(delivery.kind, delivery.severity, delivery.created, delivery.title, **tells.get("facts", {}))
    return parts_for(channel, [Span("\n".join(tells["lines"]))], record)


def _one_by_one(facts: Facts, channel: ChannelSpec) -> tuple[str, ...]:
    """Each alert by itself: a file takes them in one piece, a webhook one after the other."""
    parts = [part for each in _by_entry(facts) for part in render_alert(_alert(each, facts), channel)]
    if not isinstance(channel.medium, Folder) or not parts:
        return tuple(parts)
    return (("\n" if channel.medium.style == "jsonl" else "\n\n").join(parts),)


def _by_entry(facts: Facts) -> list[tuple[Alert, ...]]:
    """The alerts of each entry."""
    return [tuple(alerts) for _, alerts in itertools.groupby(facts.alerts, key=lambda alert: alert.entry.id)]


def _told(delivery: Delivery, facts: Facts) -> AlertMessage:
    """What an alert says, with what was known when it was owed: a channel's first message of a story is no update."""
    message = replace(_story_alert(facts), spike=delivery.tells.get("spike"), escalated=delivery.tells.get("escalated"))
    return message if delivery.tells.get("update") else replace(message, news=(), update="")


def _story_alert(facts: Facts) -> AlertMessage:
    """What one message tells: of one entry, or of several that are new of one story, the newest of them first."""
    newest_first = sorted(_by_entry(facts), key=lambda alerts: (alerts[0].created, alerts[0].entry.id), reverse=True)
    reports = tuple(_alert(alerts, facts) for alerts in newest_first)
    if len(reports) == 1:
        return reports[0]
    whole = _alert(facts.alerts, facts)
    return replace(
        reports[0],
        severity=whole.severity,
        rules=whole.rules,
        rule_ids=whole.rule_ids,
        alerts=whole.alerts,
        news=whole.news,
        update=whole.update,
        reports=reports,
    )


def _update(alerts: Sequence[Alert], names: Mapping[str, str], story: Story | None) -> str:
    """Why a story is told again by these alerts, in words."""
    found_anew = dict.fromkeys(names[alert.rule] for alert in alerts if alert.news is Development.RULE)
    news = {alert.news for alert in alerts if alert.news is not None}
    return update_words(news, alerts[0].severity, tuple(found_anew), story)


def _alert(alerts: Sequence[Alert], facts: Facts) -> AlertMessage:
    entry, alerts = alerts[0].entry, sorted(alerts, key=lambda alert: (-alert.severity, alert.id))
    names = {alert.rule: facts.titles.get(alert.rule) or alert.rule for alert in alerts}
    story = None if entry.story is None or entry.doubtful else facts.stories.get(entry.story)
    return AlertMessage(
        text=entry.text,
        url=entry.url,
        published=entry.published,
        first_seen=entry.first_seen,
        severity=alerts[0].severity,
        rules=tuple(names.values()),
        rule_ids=tuple(names),
        hits=tuple(hit for alert in alerts for hit in alert.hits),
        summary=next((alert.summary for alert in alerts if alert.summary), ()),
        news=tuple(each for each in Development if any(alert.news is each for alert in alerts)),
        alerts=tuple(alerts),
        update=_update(alerts, names, story),
        also="" if story is None else also_words(story, entry.id, entry.publisher),
        story=entry.story,
        correction=facts.corrections.get(entry.id),
        taken=facts.taken.get(entry.event),
    )


def document_of(delivery: Delivery, facts: Facts, channel: ChannelSpec) -> DigestDocument:
    """The digest that a message tells, as it is without a language model."""
    tells = delivery.tells
    since, until = (_time(tells.get(edge)) for edge in ("since", "until"))
    earlier = frozenset(tells.get("earlier", ()))
    return compose_digest(  # by its list, not by times: a clock may have been put right since
        [alert for alert in facts.alerts if alert.id not in earlier],
        name=tells.get("name", ""),
        since=since or facts.first or delivery.created,
        until=until or delivery.created,
        timezone=tells.get("timezone") or channel.timezone,
        rules=facts.titles,
        earlier=[alert for alert in facts.alerts if alert.id in earlier],
        stories=facts.stories,
        counted=tells.get("more", {}),
        kin=[Kin(tuple(sure), tuple(doubtful)) for sure, doubtful in tells.get("kin", ())],
    )


def _time(stored: int | None) -> datetime | None:
    return None if stored is None else datetime.fromtimestamp(stored / 1000, UTC)


def digest_tells(document: DigestDocument, earlier: Sequence[int] = (), *, asks_model: bool = False) -> Tells:
    """What a digest tells of beside its alerts.

    Args:
        document: as it was composed.
        earlier: the ids of the alerts that were told before its time.
        asks_model: it waits for the language model.
    """
    since, until = (round(edge.timestamp() * 1000) for edge in (document.since, document.until))
    tells: Tells = {"name": document.name, "since": since, "until": until, "timezone": document.timezone}
    more = {group.rule: group.more for group in document.groups if group.more}
    tells |= {"model": MODEL_ASKED} if asks_model else {}
    kin = [_kin(line) for group in document.groups for line in group.lines]
    tells |= (
        {"kin": told} if (told := [[sure, doubtful] for sure, doubtful in kin if len(sure) + len(doubtful) > 1]) else {}
    )
    return tells | ({"earlier": list(earlier)} if earlier else {}) | ({"more": more} if more else {})


def _kin(line: DigestLine) -> tuple[list[int], list[int]]:
    """The stories that a line tells of: those of its event, and those that may be of another."""
    sure = [line.story, *(other.story for other in line.also)]
    return [each for each in sure if each], [other.story for other in line.apart if other.story]


def empty_digest_tells(document: DigestDocument, *, here: bool) -> Tells:
    """What a digest of nothing tells; ``here``: there was something, and nothing of it is for the channel."""
    return digest_tells(document) | {"lines": [heading(document), nothing_alerted(document, here=here)]}
