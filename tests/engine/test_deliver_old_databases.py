"""What an older Digest owed is delivered by this one: nothing is lost, and nothing goes twice but what is in doubt.

The databases were made by the code of three commits, see ``tests/store/old_databases/make.py``.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digest.channels.telegram import TelegramBot
from digest.delivery.media.markup import REPEAT_LABEL
from digest.demo.bot_values import Chat
from digest.engine.ground.threads import StoreThread
from digest.engine.sending.open import channel_opener
from digest.engine.sending.outbox import DeliveryPolicy, OutboxDrain
from digest.store import Store, file_url, open_store
from digest.values.messages import DeliveryState
from digest.values.settings import ChannelSpec, Folder, QuietHours, Telegram
from tests.fakes.bot_api import TOKEN, BotApi

if TYPE_CHECKING:
    from collections.abc import Sequence

OLD = Path(__file__).parent.parent / "store" / "old_databases"
DESK, PHONE, NIGHT = Chat(-1001, "Desk", "group"), Chat(42, "Phone", "private"), Chat(43, "Night", "private")
AFTERWARDS = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
"""Late enough for all that was put off, and after the quiet hours."""
OLDER, NEWEST = ("e457abd", "33d86ed"), "eea1f6d"


class Token:
    """The server's own."""

    def reveal(self) -> str:
        """The token itself."""
        return TOKEN


def restored(name: str, folder: Path) -> str:
    """An old database on disk."""
    with sqlite3.connect(folder / "digest.db") as connection:
        connection.executescript((OLD / f"{name}.sql").read_text())
    connection.close()
    return file_url(folder / "digest.db")


def channels(name: str, folder: Path) -> list[ChannelSpec]:
    """The config of its user, whose folders have moved meanwhile."""
    found = [ChannelSpec("desk", Telegram(str(DESK.id))), ChannelSpec("phone", Telegram(str(PHONE.id)))]
    if name == NEWEST:
        found += [
            ChannelSpec("notes", Folder(str(folder / "notes"))),
            ChannelSpec("log", Folder(str(folder / "log"), "jsonl")),
            ChannelSpec("night", Telegram(str(NIGHT.id)), quiet=QuietHours(0, 23 * 60)),
        ]
    return found


async def deliver(store: Store, api: BotApi, specs: Sequence[ChannelSpec]) -> None:
    """Start an engine's delivering half, and let it deliver what can go."""
    store.sends.windows = lambda _: ()
    async with StoreThread() as thread, TelegramBot(Token(), api.url) as bot:
        drain = OutboxDrain(
            store,
            thread,
            channels=specs,
            off={},
            open_channel=channel_opener(bot),
            policy=DeliveryPolicy(timedelta(days=7)),
            now=lambda: AFTERWARDS,
        )
        await drain.prepare()
        await drain.run_once()


def alert(name: str, word: str = "◆ normal") -> str:
    """An alert as this Digest writes it; no rule is live, so the rule goes by its id."""
    return (
        f'{word} · <a href="https://one.example/{name}">Korea &lt;{name}&gt; &amp; more</a>\n'
        "One · 07:00 UTC, 22 Nov\n\n<b>Korea</b> said so.\n\nRule: korea"
    )


@pytest.mark.parametrize("name", [*OLDER, NEWEST])
async def test_all_that_was_owed_arrives(name: str, tmp_path: Path) -> None:
    """What is queued is written anew, what is half-sent goes on with its next part, and what is decided stays so."""
    url, specs = restored(name, tmp_path), channels(name, tmp_path)
    with open_store(url, migrate=True) as store:
        before = {each.title: each for each in store.outbox.list() if each.channel == "desk"}
        async with BotApi((DESK, PHONE, NIGHT)) as api:
            await deliver(store, api, specs)
            got = [message.html for message in api.messages if message.chat.id == DESK.id]
            on_phone = [message.html for message in api.messages if message.chat.id == PHONE.id]
            at_night = [message.text for message in api.messages if message.chat.id == NIGHT.id]
        after = {each.title: each for each in store.outbox.list() if each.channel == "desk"}

    half, struck = (before[f"Korea <{each}> & more"].parts for each in ("half-sent", "half-sent and struck"))
    assert len(half) == len(struck) == 2
    entries = before["digest morning"].parts[0].partition("\n")[2].partition(" entries")[0]  # as it was written then
    (digest,) = (html for html in got if "Morning digest" in html)
    assert_digest(digest, entries)
    notice = ["✓ over · The feed &lt;One&gt; &amp; all works again, after 60 minutes"] if name == NEWEST else []
    assert sorted(got) == sorted([
        alert("queued", "▲ high"), half[1], REPEAT_LABEL + struck[1], REPEAT_LABEL + alert("in doubt"),
        REPEAT_LABEL + alert("struck", "▲ high"), digest, *notice,
    ])  # fmt: skip
    decided = {"sent": DeliveryState.SENT, "unknown": DeliveryState.UNKNOWN}
    decided |= {"dead": DeliveryState.DEAD, "dropped": DeliveryState.DROPPED}
    assert {each: after[f"Korea <{each}> & more"].state for each in decided} == decided
    others = {each.state for title, each in after.items() if title not in {f"Korea <{one}> & more" for one in decided}}
    assert others == {DeliveryState.SENT}
    if name == NEWEST:
        assert_of_the_newest(tmp_path, on_phone, at_night)
    else:  # nothing says until when a message of so long ago is held: it waits for a user's word, as it did
        told, digest = sorted(on_phone, key=lambda html: "Morning digest" in html)
        assert told == alert("queued", "▲ high")
        assert_digest(digest, entries)


def assert_digest(html: str, entries: str) -> None:
    """It is written as digests are today, with all that it told of then."""
    assert html.startswith(
        f"<b>Sunday, 22 November 2026</b>\nMorning digest · {entries} stories since 08:00 UTC, 21 Nov"
    )
    assert '<a href="https://one.example/queued">Korea &lt;queued&gt; &amp; more</a>\nKorea said so.\nNEW · One' in html
    assert html.count("NEW · One") == int(entries)


def assert_of_the_newest(folder: Path, on_phone: list[str], at_night: list[str]) -> None:
    """Its files, notices and quiet hours."""
    assert len(on_phone) == 3
    (notes,), (log,) = (list((folder / each).iterdir()) for each in ("notes", "log"))
    for words in ("in files", "works again", "Morning digest"):
        assert words in notes.read_text()
        assert words in log.read_text()
    assert '"over": [{"key": "feed:1:failing"' in log.read_text()
    assert "possible" not in notes.read_text()
    assert log.read_text().count('"possible_repeat": false') == 3
    assert any("Morning digest" in text and "<first of the night>" in text for text in at_night)
    assert sum("<third of the night>" in text for text in at_night) == 1
    assert not any(text.startswith(REPEAT_LABEL) for text in at_night)
