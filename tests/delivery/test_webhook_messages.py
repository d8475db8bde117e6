"""What a webhook is sent: alerts as ``digest alerts --json`` has them, digests as ``digest compose --json``."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from digest.delivery.messages.write import digest_tells, document_of, whole, written
from digest.shapes import alert_shape, digest_shape, json_line
from digest.values.messages import Alert, Delivery, DeliveryKind, DeliveryState, Facts
from digest.values.news import EntryText, Hit, Severity, StoredEntry
from digest.values.settings import ChannelSpec, Webhook

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
HOOK = ChannelSpec("hook", Webhook("https://x.example/"))
OWED = Delivery(57, "hook", DeliveryKind.ALERT, DeliveryState.SENDING, Severity.HIGH, 1, NOW, NOW, title="T")
HOSTILE = 'Seoul\u2028"talks" </script> <b>\x1b[31m'


def alert(number: int, rule: str = "korea", entry: int = 1, title: str = HOSTILE) -> Alert:
    """An alert of an entry."""
    found = StoredEntry(entry, 1, f"https://x.example/{entry}", EntryText(title, source="Example"), None, NOW)
    return Alert(number, rule, Severity.HIGH, NOW, found, (Hit("title", 0, 5, title[:5], "seoul"),), ("One.",))


def bodies(delivery: Delivery, facts: Facts) -> list[dict[str, Any]]:
    """The parts, each one JSON object on one line."""
    parts = written(delivery, facts, HOOK, whole)
    assert not any(sign in part for part in parts for sign in ("\n", "\u2028", "\x1b"))
    return [json.loads(part) for part in parts]


def test_no_line_holds_a_control_character() -> None:
    """Also where all the rest of it is ASCII; and whoever reads it gets the same text."""
    for sign in map(chr, (*range(0x20), *range(0x7F, 0xA0))):
        line = json_line({"text": f"a{sign}b"})
        assert sign not in line
        assert json.loads(line) == {"text": f"a{sign}b"}


def test_an_alert_is_its_lines_as_on_the_command_line() -> None:
    """One for each rule, without what other channels were sent; the kind and the time as Standard Webhooks has them."""
    alerts = alert(1), alert(2, "talks")
    (body,) = bodies(OWED, Facts(alerts, {"korea": "Korea"}, 1, NOW, NOW))
    assert (body["type"], body["timestamp"]) == ("alert", "2026-11-22T07:00:00.000Z")
    lines = [{name: value for name, value in alert_shape(each).items() if name != "deliveries"} for each in alerts]
    assert body["data"]["alerts"] == json.loads(json.dumps(lines))
    assert {*body["data"]} == {"severity", "title", "alerts", "text"}


def test_each_alert_of_a_catch_up_is_a_message() -> None:
    """A program wants them one by one, however many they are."""
    alerts = tuple(alert(number, entry=number, title=f"No. {number}") for number in range(1, 40))
    found = bodies(replace(OWED, kind=DeliveryKind.CATCH_UP), Facts(alerts, {}, 39, NOW, NOW))
    assert [body["data"]["alerts"][0]["entry"]["id"] for body in found] == list(range(1, 40))
    assert {body["type"] for body in found} == {"alert"}


def test_a_digest_is_what_compose_writes() -> None:
    """All of it, in one message."""
    facts = Facts((alert(1), alert(2, entry=2, title="Another")), {}, 2, NOW, NOW)
    digest = replace(OWED, kind=DeliveryKind.DIGEST)
    digest = replace(digest, tells=digest_tells(document_of(digest, facts, HOOK)))
    (body,) = bodies(digest, facts)
    document = json.loads(json.dumps(digest_shape(document_of(digest, facts, HOOK))))
    assert (body["type"], {name: body["data"][name] for name in document}) == ("digest", document)


def test_a_notice_says_what_it_knows() -> None:
    """Its facts beside its words."""
    tells = {"lines": ["a feed fails"], "facts": {"began": [{"key": "feed:1"}]}}
    (body,) = bodies(replace(OWED, kind=DeliveryKind.NOTICE, tells=tells), Facts())
    assert (body["type"], body["data"]["text"], body["data"]["began"]) == (
        "notice",
        "a feed fails",
        [{"key": "feed:1"}],
    )
