"""The bot of an engine in parts: it answers its admins, and has others do what they ask for, through the store."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from digest.engine.companions import accompany
from digest.engine.ground.logs import hide
from digest.engine.ground.watchdog import wait_and_beat
from digest.engine.sending.open import secrets_of
from digest.rulebook.folders import RuleFolders

if TYPE_CHECKING:
    from digest.config import Config
    from digest.engine.companions import Companion, Surroundings
    from digest.engine.config import LiveConfig
    from digest.engine.ground.watchdog import Watchdog


class BotPart:
    """Listens and answers.

    Args:
        config: followed while it works.
        around: what it works with.
        bot: the companion of a whole engine that does that.
        watchdog: over all this.
    """

    def __init__(self, config: LiveConfig, around: Surroundings, bot: Companion, watchdog: Watchdog) -> None:
        self._config = config
        config.taking = self._take
        self._around = around
        self._bot = bot
        self._keep = watchdog.keeper.keep
        self._changed = asyncio.Event()

    def problem(self) -> str:
        """What a user should know of, in plain words."""
        return "; ".join(self._around.problems.values()) or self._config.problem()

    async def work(self, stop: asyncio.Event) -> None:
        """Listen until ``stop``.

        Raises:
            StoreError: the store failed before the first question.
        """
        rules = self._around.rules
        await rules.refresh()
        beside = [
            asyncio.create_task(self._keep("the bot", self._listen), name="the bot"),
            asyncio.create_task(self._keep("following the rules", rules.watch), name="follow the rules"),
            asyncio.create_task(self._keep("following the config", self._config.watch), name="follow the config"),
            asyncio.create_task(stop.wait(), name="wait for a stop"),
        ]
        await asyncio.wait(beside, return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)

    async def _listen(self) -> None:
        """Answer; without admins, or a token, there is nothing to do until the config is another one."""
        while True:
            self._changed.clear()
            await accompany(self._bot, self._around)
            await wait_and_beat(self._changed)

    async def _take(self, config: Config) -> None:
        """Go on with another config, which is that of now in a moment."""
        hide(secrets_of(config))
        self._around.rules.use(RuleFolders(config.rule_folders), config.desks_of_channels)
        self._changed.set()
