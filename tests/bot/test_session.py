"""A session with the bot of a running engine, written down as it is seen: the real process, the real client."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from digest.channels.telegram import TelegramBot
from digest.config import Secret
from digest.demo.bot_values import Chat, User
from digest.engine.background import start_detached, stop_engine
from digest.presence import engine_running
from tests.bot.desk import as_seen
from tests.e2e.world import Feed, World
from tests.fakes.bot_api import TOKEN

if TYPE_CHECKING:
    from pathlib import Path

    from digest.demo.bot_values import AcceptedMessage

ANN, MALLORY = User(42, "Ann"), User(99, "Mallory")
PRIVATE, THEIRS = Chat(42, "Ann", "private"), Chat(99, "Mallory", "private")

EMBASSIES = """\
# Where diplomats live.
[[rule]]
id = "embassies"
any = ["embassy", "대사관"]   # more to come
"""


@dataclass
class Session:
    """What is said, pressed and answered, in order."""

    world: World
    lines: list[str] = field(default_factory=list)

    async def say(self, text: str, chat: Chat = PRIVATE, user: User = ANN) -> AcceptedMessage:
        """Someone writes; the answer."""
        self.lines.append(f"{user.first_name}: {text}")
        before = len(self.world.bot.messages)
        await self.world.bot.write_to_bot(chat, text, user)
        return await self._answer(before)

    async def press(self, message: AcceptedMessage, label: str) -> AcceptedMessage:
        """Ann presses a button; the message that answers, or what its message says now."""
        self.lines.append(f"{ANN.first_name} presses [{label}]")
        before, toasts = len(self.world.bot.messages), len(self.world.bot.answers)
        place = self.world.bot.messages.index(message)
        await self.world.bot.press(message, label, ANN)
        await self.world.until(lambda: len(self.world.bot.answers) > toasts)
        if toast := self.world.bot.answers[-1].text:
            self.lines.append(f"    ({toast})")
        if label != "Undo":
            return await self._answer(before)
        await self.world.until(lambda: self.world.bot.messages[place].text != message.text)
        return self._see(self.world.bot.messages[place])

    async def _answer(self, before: int) -> AcceptedMessage:
        await self.world.until(lambda: len(self.world.bot.messages) > before)
        return self._see(self.world.bot.messages[before])

    def _see(self, message: AcceptedMessage) -> AcceptedMessage:
        self.lines += ["Digest: " + as_seen(message).replace("\n", "\n    "), ""]
        return message


async def command(world: World, *words: str) -> str:
    """What a command of ours prints."""
    before = len(world.output())
    assert await world.finished(world.command(*words)) == 0
    return world.output()[before:]


def furnish(world: World) -> None:
    """An admin who is a channel, too, and a rule."""
    world.bot.chats |= {42: PRIVATE, 99: THEIRS}
    world.write_config()
    text = world.config.read_text().replace("[telegram]\n", "[telegram]\nadmins = [42]\n")
    text = text.replace(f'telegram = "{-1001}"', 'telegram = "42"')
    world.config.write_text(text)
    (world.folder / "rules" / "embassies.toml").write_text(EMBASSIES, encoding="utf-8")


@pytest.mark.usefixtures("forked")
async def test_a_session(tmp_path: Path) -> None:
    """An alert comes; Ann asks why, mutes, undoes, notes it as unwanted; a stranger is refused; status tells it all."""
    feed = Feed("Wire")
    async with World(tmp_path, wire=feed) as world:
        furnish(world)
        await world.start()
        await world.until_polled()
        session = Session(world)
        feed.add("The embassy of toys opens", "A shop of that name opened today, and children came.")
        alert = await session._answer(0)
        assert "Wire" in alert.text
        assert alert.labels == ("Mute rule 1h", "Mute 1d", "Not relevant", "Mute story", "Follow story", "Why", "More")
        await session.press(alert, "Why")
        await session.press(alert, "More")
        muted = await session.press(alert, "Mute rule 1h")
        await session.press(muted, "Undo")
        noted = await session.press(alert, "Not relevant")
        await session.say("/rule embassies")
        marks = tmp_path / "rules" / "marks.toml"
        assert marks.read_text().endswith('rule = "embassies"\nunwanted = "The embassy of toys opens"\n')
        await session.press(noted, "Undo")
        assert "[[example]]" not in marks.read_text()
        assert (tmp_path / "rules" / "embassies.toml").read_text() == EMBASSIES
        await session.say("/mute embassies 1d")
        await session.say("/status", THEIRS, MALLORY)
        await session.say("/status")
        told = (await command(world, "status")).splitlines()
        session.lines += ["$ digest status", *told, ""]
        transcript = tmp_path / "session.txt"
        transcript.write_text("\n".join(session.lines), encoding="utf-8")
        for words in (
            "Ann presses [Why]\nDigest: The embassy of toys opens\n",
            "found “embassy”\n    decided by embassy\n    message to desk: sent",
            "A shop of that name opened today, and children came.",
            "(Muting embassies for 1h … /unmute embassies ends it)\nDigest: Muted embassies until ",
            "Digest: Undone: Ann (42) by Telegram muted embassies until ",
            "Digest: Noted as unwanted for embassies in marks.toml: “The embassy of toys opens”.",
            "Ann: /mute embassies 1d\nDigest: Muted embassies until ",
            "Mallory: /status\nDigest: Sorry, I work for the owners",
            "change    ",
            "muted     embassies until ",
            "refused   1 stranger; the last: Mallory (99)",
            "bot       listens to its admins",
        ):
            assert words in transcript.read_text(encoding="utf-8")
        # Who asks for the chats takes no update from the engine's bot.
        chats = [json.loads(line) for line in (await command(world, "telegram", "chats", "--json")).splitlines()]
        assert {chat["id"] for chat in chats} == {42, 99}
        async with TelegramBot(Secret(TOKEN), world.bot.url) as other:
            await other.chats()
        await world.until(lambda: _problem(world))
        told_now = await command(world, "status")
        assert "bot       the bot does not hear: another program reads this bot's updates: stop it there" in told_now
        assert await world.terminate() == 0
        assert TOKEN not in world.output()


def _problem(world: World) -> str:
    with world.store() as store:
        return store.leases.problem()


async def test_the_engine_in_the_background_has_the_bot_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As ``digest watch`` starts it."""
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    async with World(tmp_path) as world:
        furnish(world)
        pid = await asyncio.to_thread(start_detached, world.config, world.state)
        try:
            assert "/mute" in (await Session(world).say("/help")).text
        finally:
            assert await asyncio.to_thread(stop_engine, world.state) == pid
        assert engine_running(world.state) is None
        with world.store() as store:
            assert store.leases.problem() == ""
