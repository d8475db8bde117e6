"""What brings many alerts at once, each from end to end: never more than one message for all of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from digest.values.messages import DeliveryKind
from tests.e2e.world import Feed, World
from tests.unlike import unlike

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("forked")

MANY = 48


def news(label: str, count: int = MANY) -> list[tuple[str, str]]:
    """Entries that the rule finds."""
    return [(unlike(f"Pyongyang {label} {number}", 3), "") for number in range(count)]


async def told(world: World, *labels: str) -> list[str]:
    """Wait until every alert of these kinds was told; the messages accepted meanwhile."""

    def all_told() -> bool:
        with world.store() as store:
            alerts = [
                alert for alert in store.reads.alerts() if any(label in alert.entry.text.title for label in labels)
            ]
            sent = [alert for alert in alerts if any(each.state == "sent" for each in alert.deliveries)]
            return len(alerts) >= MANY * len(labels) and len(sent) == len(alerts)

    await world.until(all_told)
    await world.until_settled()
    return world.bot.texts()


async def test_a_new_feed_whose_newest_may_alert_is_one_message(tmp_path: Path) -> None:
    """With a baseline of fifty, the first poll of a feed brings fifty alerts: one message says how many."""
    async with World(tmp_path, first=Feed("First", news("new"))) as world:
        world.write_config()
        text = world.config.read_text(encoding="utf-8")
        world.config.write_text(text.replace("[poll]", f"[poll]\nbaseline = {MANY}"), encoding="utf-8")
        world.write_rule("korea", "Pyongyang")
        await world.start()
        (message,) = await told(world, "new")
        assert message.startswith(f"{MANY} alerts at once\n")
        assert message.count("Pyongyang new ") == MANY, "all are named, so nothing says where the rest is"
        assert "--delivery" not in message


async def test_a_feed_that_renames_all_its_entries_is_one_message_at_most(tmp_path: Path) -> None:
    """New identities for known titles alert nobody; when titles and links are new, too, it is one message."""
    feed = Feed("First", news("old"))
    async with World(tmp_path, first=feed) as world:
        world.write_rule("korea", "Pyongyang")
        await world.start()
        await world.until_polled()
        feed.prefix = "renamed:"
        asked = feed.asked
        await world.until(lambda: feed.asked > asked + 1)
        assert world.bot.messages == []
        feed.entries = news("republished")
        (message,) = await told(world, "republished")
        assert message.startswith(f"{MANY} alerts at once\n")


async def test_feeds_that_are_added_together_alert_nobody(tmp_path: Path) -> None:
    """An import of feeds is a baseline for each of them."""
    async with World(
        tmp_path, **{f"feed{number}": Feed(f"F{number}", news(f"f{number}")) for number in range(5)}
    ) as world:
        world.write_rule("korea", "Pyongyang")
        await world.start()
        await world.until_polled()
        await world.until_settled()
        assert world.bot.messages == []


async def test_an_outage_of_a_day_is_one_message(tmp_path: Path) -> None:
    """Six feeds bring ten new alerts each at the first polls after a start: together they are one message."""
    feeds = {f"feed{number}": Feed(f"F{number}", news(f"old{number}", 3)) for number in range(6)}
    async with World(tmp_path, **feeds) as world:
        world.write_rule("korea", "Pyongyang")
        await world.start()
        await world.until_polled()
        await world.terminate()
        for number, feed in enumerate(feeds.values()):
            feed.entries += news(f"missed {number}", MANY // 6)
        feeds["feed3"].delay = 1.0
        with world.store() as store:  # an outage of a second: long enough for every feed to be due
            await world.until(lambda: len(store.polls.due_feeds(datetime.now(UTC), len(feeds))) == len(feeds))
        await world.start()
        (message,) = await told(world, "missed")
        assert message.startswith(f"{MANY} alerts at once\n")


async def test_an_outage_of_the_network_is_one_message(tmp_path: Path) -> None:
    """The engine runs on, and no feed can be reached; what they bring when they can is one message."""
    feeds = {f"feed{number}": Feed(f"F{number}", news(f"old{number}", 3)) for number in range(6)}
    async with World(tmp_path, **feeds) as world:
        world.write_rule("korea", "Pyongyang")
        await world.start()
        await world.until_polled()
        for feed in feeds.values():
            feed.cut = True

        def all_fail() -> bool:
            with world.store() as store:
                return all(feed.failures for feed in store.polls.all_feeds())

        await world.until(all_fail)
        for number, feed in enumerate(feeds.values()):
            feed.entries += news(f"missed {number}", MANY // 6)
            feed.delay = number / 3
            feed.cut = False
        (message,) = await told(world, "missed")
        assert message.startswith(f"{MANY} alerts at once\n")


async def test_urgent_alerts_of_a_flood_go_by_themselves(tmp_path: Path) -> None:
    """Each is a message of its own, ahead of the one for all others."""
    feed = Feed("First", news("old", 3))
    async with World(tmp_path, first=feed) as world:
        world.write_rule("korea", "Pyongyang")
        (tmp_path / "rules" / "war.toml").write_text(
            '[[rule]]\nid = "war"\nseverity = "urgent"\nquery = "missile"\n', encoding="utf-8"
        )
        await world.start()
        await world.until_polled()
        feed.entries += [*news("flood"), ("Pyongyang fires a missile", "")]
        urgent, message = await told(world, "flood")
        assert urgent.startswith("■ urgent · Pyongyang fires a missile")
        assert message.startswith(f"{MANY} alerts at once\n")
        with world.store() as store:
            kinds = [delivery.kind for delivery in store.outbox.list()]
        assert sorted(kinds) == [DeliveryKind.ALERT, DeliveryKind.CATCH_UP]
