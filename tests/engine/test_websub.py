"""Hubs push what feeds publish: real hubs on loopback, kind ones and others, and an engine that listens."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from digest.config import load_config
from digest.engine.websub import WebSub
from digest.values.push import PushState, Subscription
from tests.e2e.world import DESK, Feed
from tests.engine.test_config_live import PHONE, Desk
from tests.fakes.bot_api import BotApi
from tests.fakes.hub import Hub, free_port
from tests.fakes.raw_server import Server, answer, serving
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine
    from pathlib import Path

    from tests.engine.conftest import Polls

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def feed_document(hub: str, *titles: str) -> bytes:
    """An RSS document that names a hub, and its own address as publishers do."""
    items = "".join(f"<item><guid>{title}</guid><title>{title}</title></item>" for title in titles)
    links = f"<a:link rel='hub' href='{hub}'/><a:link href='https://news.example/feed?a=1&amp;b=2' rel='self'/>"
    head = f"<rss version='2.0' xmlns:a='http://www.w3.org/2005/Atom'><channel><title>News</title>{links}"
    return f"{head}{items}</channel></rss>".encode()


class Subscribed:
    """A feed with a hub, and what an engine has of both; its time is the test's own."""

    def __init__(self, polls: Polls, server: Server, hub: Hub, folder: Path) -> None:
        self.polls, self.server, self.hub, self.folder = polls, server, hub, folder
        self.now = datetime.now(UTC)
        self.port = free_port()
        self.beside: set[asyncio.Task[None]] = set()
        self.configure()
        self.begin()

    def configure(self, more: str = "", base: str = "") -> None:
        """Write and read a config."""
        path = self.folder / "config.toml"
        public = base or f"http://127.0.0.1:{self.port}/desk"
        lines = [
            f'[poll]\nprivate_hosts = true\nwebsub = "{public}"\nwebsub_listen = "127.0.0.1:{self.port}"\n{more}',
        ]
        path.write_text("".join(lines))
        self.config = load_config(path)

    def begin(self) -> None:
        """Begin, as a started engine does."""
        self.websub = WebSub(lambda: self.config, self.polls.tools, self._beside, lambda _: False, lambda: self.now)
        self.polls.poller.is_pushed = self.websub.is_relied_on

    def _beside(self, job: Coroutine[None, None, None], name: str) -> None:
        self.beside.add(asyncio.create_task(job, name=name))

    async def end(self) -> None:
        """End, as a stopped engine does."""
        await self.websub.close()
        await asyncio.gather(*self.beside)

    async def poll(self, *titles: str) -> bool:
        """Have the feed hold these entries, and poll it; whether it may rest for long then."""
        if titles:
            self.server.answers["/"] = answer(200, feed_document(self.hub.url, *titles))
        feed = self.polls.feed(self.server.url())
        result = await self.polls.poll(self.server.url())
        self.websub.learn(feed, result)
        return result.update.interval == self.config.poll.max

    async def tend(self, state: PushState | None) -> Subscription | None:
        """Tend until the one subscription stands so (``None``: until there is none), and that is stored."""
        while True:
            await self.websub.tend()
            held = self.polls.tools.store.subscriptions.all()
            if [each.state(self.now) for each in held] == ([] if state is None else [state]):
                return held[0] if held else None
            await asyncio.sleep(0.01)

    def is_due(self) -> bool:
        """Whether the feed is due now."""
        due = self.polls.feed(self.server.url()).next_due
        return due is not None and due <= self.now + timedelta(seconds=1)  # the store counts milliseconds

    async def later(self, span: timedelta) -> None:
        """Let time pass, and tend once after it; looks at all feeds come once a minute."""
        self.now += span
        self.websub._look_at = 0.0
        await self.websub.tend()


@pytest.fixture
async def desk(polls: Polls, tmp_path: Path) -> AsyncIterator[Subscribed]:
    """A feed with three entries whose hub is a kind one."""
    async with Hub() as hub, serving({}) as server:
        made = Subscribed(polls, server, hub, tmp_path)
        try:
            async with asyncio.timeout(100):
                await made.poll("c", "b", "a")
                yield made
        finally:
            await made.end()


async def test_a_hub_is_asked_once_renewed_in_time_and_known_after_a_restart(desk: Subscribed) -> None:
    """What it is asked for is what the feed names; its pushes make the feed due, whoever listens by then."""
    held = await desk.tend(PushState.ACTIVE)
    (form,) = desk.hub.asked
    assert held is not None
    assert (form["hub.topic"], form["hub.lease_seconds"]) == ("https://news.example/feed?a=1&b=2", "864000")
    assert (form["hub.callback"], form["hub.secret"]) == (held.callback, held.secret)
    assert len(held.token) >= 32
    assert len(held.secret) < 200  # bytes, says the Recommendation
    assert not {held.token, held.secret} & {held.feed_id, held.hub, held.topic}
    assert await desk.poll("c", "b", "a")
    await desk.end()

    desk.begin()
    desk.now += HOUR
    assert not desk.is_due()
    await desk.tend(PushState.ACTIVE)
    assert desk.is_due()  # nobody was there to be told
    await desk.poll()
    desk.now += 3 * HOUR
    assert not desk.is_due()
    assert await desk.hub.publish() == [202]
    await desk.tend(PushState.ACTIVE)
    assert desk.is_due()
    assert desk.hub.modes == ["subscribe"]

    await desk.later(8 * DAY)
    await until(lambda: desk.hub.answers == [200, 200])
    renewed = await desk.tend(PushState.ACTIVE)
    assert renewed is not None
    assert (renewed.callback, renewed.since) == (held.callback, held.since)
    assert renewed.until is not None
    assert renewed.until > desk.now + 9 * DAY


async def test_a_hub_that_fails_silently_is_noticed_and_trusted_again_with_its_next_push(desk: Subscribed) -> None:
    """A poll that finds what it does not tell of, before or soon after, ends the feed's rest at once."""
    desk.now -= DAY
    await desk.tend(PushState.ACTIVE)
    desk.now += DAY
    assert await desk.poll("d", "c", "b", "a")
    await desk.later(11 * MINUTE)
    (held,) = desk.polls.tools.store.subscriptions.all()
    assert held.state(desk.now) is PushState.MISSED
    desk.now += HOUR
    assert desk.is_due()
    assert not await desk.poll("e", "d", "c", "b", "a")
    await desk.hub.publish()
    await desk.tend(PushState.ACTIVE)
    assert await desk.poll("f", "e", "d", "c", "b", "a")
    desk.now += 2 * HOUR
    await desk.poll("g", "f", "e", "d", "c", "b", "a")  # a poll may come between publishing and pushing
    desk.now += MINUTE
    await desk.hub.publish()
    await desk.later(11 * MINUTE)
    await desk.tend(PushState.ACTIVE)


MANNERS = (
    (Hub(verifies=0), PushState.REFUSED, "does not confirm"),
    (Hub(lies=True), PushState.REFUSED, "does not confirm"),
    (Hub(denies="too many"), PushState.REFUSED, "it refuses to push this feed: “too many”"),
    (Hub(status=500), PushState.REFUSED, "500: "),
    (Hub(hops=9), PushState.REFUSED, "redirects"),
    (Hub(hops=2), PushState.ACTIVE, ""),
    (Hub(verifies=2), PushState.ACTIVE, ""),
    (Hub(lease="30"), PushState.ACTIVE, ""),
)


async def test_a_hub_may_behave_as_it_likes(desk: Subscribed) -> None:
    """What each does is known in words, and hurts no other."""
    async with AsyncExitStack() as hubs:
        urls = []
        for number, (hub, _, _) in enumerate(MANNERS):
            await hubs.enter_async_context(hub)
            desk.server.answers[f"/{number}"] = answer(200, feed_document(hub.url, "a"))
            urls.append(desk.server.url(f"/{number}"))
            await desk.polls.poll(urls[-1])
        await desk.later(timedelta())
        while [len(hub.answers) for hub, _, _ in MANNERS] != [0, 1, 1, 0, 0, 1, 2, 1] or desk.websub._asking:
            await desk.websub.tend()  # no more than eight are asked at once
            await asyncio.sleep(0.01)
        known = {feed.id: feed.spec.url for feed in desk.polls.tools.store.polls.all_feeds()}

        def stands() -> dict[str, Subscription]:
            return {known[each.feed_id]: each for each in desk.polls.tools.store.subscriptions.all()}

        await desk.websub.tend()
        granted = {url: stands()[url] for url in urls}
        assert granted[urls[7]].until == granted[urls[7]].since + timedelta(seconds=30)  # type: ignore[operator]
        assert [granted[url].state(desk.now) for url in urls[5:]] == [PushState.ACTIVE] * 3
        await desk.later(11 * MINUTE)  # those that did not confirm are asked again
        found = stands()
        for url, (_, state, problem) in zip(urls[:7], MANNERS, strict=False):
            assert (found[url].state(desk.now), problem in found[url].problem) == (state, True), url
        assert all(
            hub.asked[0]["hub.topic"] == "https://news.example/feed?a=1&b=2" for hub, _, _ in MANNERS if hub.asked
        )


@asynccontextmanager
async def leaving(desk: Subscribed, hub: Hub) -> AsyncIterator[Subscription]:
    """A subscription in force; what becomes of it after a change is the end of it at its hub."""
    held = await desk.tend(PushState.ACTIVE)
    assert held is not None
    yield held
    await desk.later(timedelta())
    await until(lambda: hub.modes == ["subscribe", "unsubscribe"] and not hub.held)
    await desk.websub.tend()
    assert await desk.hub.push(held.callback, b"", {}) == 410


async def test_a_hub_that_is_no_longer_wanted_is_told(desk: Subscribed) -> None:
    """The feed names another one, or is paused; what the hub pushes all the same is refused for good."""
    async with Hub() as other:
        async with leaving(desk, desk.hub):
            link = f'<{other.url}>; rel="hub", </feed>; rel=self'  # headers win over the document
            desk.server.answers["/"] = answer(200, feed_document(desk.hub.url, "d"), Link=link)
            await desk.poll()
        await desk.later(timedelta())
        async with leaving(desk, other) as held:
            assert (held.hub, held.topic) == (other.url, desk.server.url("/feed"))
            desk.polls.tools.store.polls.set_paused(held.feed_id, paused=True, now=desk.now)
        await desk.tend(None)


async def test_without_the_key_nothing_is_subscribed_and_nothing_listens(desk: Subscribed) -> None:
    """A hub that does not answer keeps nobody from it; nor does a port that is taken keep the engine from its work."""
    held = await desk.tend(PushState.ACTIVE)
    assert held is not None
    desk.hub.verifies = 0
    path = desk.folder / "config.toml"
    path.write_text("[poll]\nprivate_hosts = true\n")
    desk.config = load_config(path)
    await desk.tend(PushState.ENDING)
    assert desk.websub.port
    await desk.later(2 * MINUTE)
    await desk.tend(None)
    await desk.websub.tend()
    assert not desk.websub.port
    async with serving({}) as taken:
        desk.port = taken.port
        desk.configure()
        await desk.websub.tend()
        assert "Address already in use" in desk.websub.problem
    desk.hub.verifies = 1
    desk.configure()
    await desk.tend(PushState.ACTIVE)
    assert not desk.websub.problem


async def test_a_flood_of_pushes_asks_the_feed_no_more_often_than_it_may_be(desk: Subscribed) -> None:
    """Nor sooner than its server wants peace."""
    await desk.tend(PushState.ACTIVE)
    desk.now = datetime.now(UTC)
    await desk.poll()
    for _ in range(5):
        await desk.hub.publish()
        await desk.websub.tend()
    feed = desk.polls.feed(desk.server.url())
    assert feed.last_attempt is not None
    assert feed.next_due == feed.last_attempt + desk.config.poll.min

    desk.server.answers["/busy"] = answer(429, Retry_After="3600")
    await desk.polls.poll(desk.server.url("/busy"))
    rests = desk.polls.feed(desk.server.url("/busy")).next_due
    assert rests is not None
    desk.polls.tools.store.polls.put_off({feed.id: rests})  # as the engine does with all feeds of such a server
    await desk.hub.publish()
    await desk.tend(PushState.ACTIVE)
    assert desk.polls.feed(desk.server.url()).next_due == rests


async def test_a_push_reaches_telegram_and_a_forged_one_nobody(tmp_path: Path) -> None:
    """The whole engine: a feed that rests for hours is told at once; removed from the config, its hub is told."""
    port = free_port()
    async with Hub() as hub, Desk(tmp_path, BotApi((DESK, PHONE)), news=Feed("News"), other=Feed("Other")) as desk:
        desk.write_rule("rocket", "rocket")
        desk.feeds["news"].link = f'<{hub.url}>; rel="hub", <{desk.url("news")}>; rel="self"'

        def write(*names: str) -> None:
            desk.write(*names)
            text = desk.config.read_text().replace('every = "1s"\n', "")
            keys = f'websub = "http://127.0.0.1:{port}/w"\nwebsub_listen = "127.0.0.1:{port}"\n'
            desk.config.write_text(text.replace("[poll]\n", f'[poll]\nevery = "1h"\n{keys}'))

        write()
        await desk.begin()
        await until(lambda: hub.held and desk.polled("news", "other"))
        desk.feeds["news"].add("A rocket")
        asked = desk.feeds["news"].asked
        (callback,) = hub.held
        assert await hub.publish(secret="guessed") == [202]
        await until(lambda: [each.ignored for each in desk.here.subscriptions.all()] == [1])
        assert desk.feeds["news"].asked == asked
        assert desk.sent() == []
        assert await hub.publish(b"<feed>only a part</feed>", algorithm="sha1") == [202]
        await until(desk.sent)
        assert desk.sent() == ["A rocket"]
        log = (desk.state / "logs" / "engine.log") if (desk.state / "logs").exists() else desk.state / "engine.log"
        assert not log.exists() or callback not in log.read_text()

        write("other")
        await until(lambda: hub.modes == ["subscribe", "unsubscribe"] and not hub.held)
        await until(lambda: desk.here.subscriptions.all() == [])
        assert await hub.push(callback, b"", {}) == 410
