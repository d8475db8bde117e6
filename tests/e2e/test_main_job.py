"""The main job, end to end: feeds over HTTP in, rules in files, the engine in its own process, the real client out."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from digest.engine.background import start_detached, stop_engine
from digest.presence import engine_ready, engine_running
from digest.values.messages import DeliveryState
from tests.e2e.world import Feed, World
from tests.fakes.bot_api import TOKEN
from tests.fakes.bot_faults import slow
from tests.fakes.stores import kind
from tests.unlike import unlike

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("forked")

RULE = '"North Korea" AND embassy'


def matching(number: int) -> str:
    """A title that the rule hits, with the signs that HTML and Telegram stumble over."""
    return unlike(f"North Korea & its <embassy> no. {number} [AFP]")


async def test_alerts_arrive_once_and_in_order_across_a_kill(tmp_path: Path) -> None:
    """The first poll alerts nobody; then each match comes once, oldest first; a kill loses and repeats nothing."""
    first, second = Feed("First News"), Feed("Second News")
    for number in range(3):
        first.add(matching(number))
    first.add("Football results")
    second.add("Weather")
    async with World(tmp_path, first=first, second=second) as world:
        world.write_rule("dprk", RULE)
        await world.start()
        await world.until_polled()
        first.add(matching(10), "It was <b>closed</b> on Monday. North Korea said so in a long statement about it.")
        first.add(matching(11))
        await world.until_sent(matching(10), matching(11))
        await world.until_settled()

        world.kill()
        first.add(matching(12))
        second.add(matching(13))
        await world.start()
        await world.until_sent(matching(12), matching(13))
        second.add(matching(14))
        await world.until_sent(matching(14))
        assert await world.terminate() == 0

        assert world.sent()[:2] == [matching(10), matching(11)]
        assert sorted(world.sent()) == [matching(number) for number in (10, 11, 12, 13, 14)]
        assert world.sent()[-1] == matching(14)
        assert {call for call, _ in world.bot.calls} == {"sendMessage"}
        assert len(world.bot.calls) == 5, "a message was refused, and sent again"
        with world.store() as store:
            assert store.reads.count_alerts() == 5
            assert store.reads.count_entries() == 10
            assert {state: count for state, count in store.outbox.counts().items() if count} == {DeliveryState.SENT: 5}


async def test_a_message_under_way_at_a_kill_comes_again_and_says_so(tmp_path: Path) -> None:
    """A kill between Telegram's acceptance and the answer may repeat a message, labelled, and never loses it."""
    feed = Feed("News")
    async with World(tmp_path, feed=feed) as world:
        world.write_rule("dprk", RULE)
        await world.start()
        await world.until_polled()
        world.bot.fail(slow(30))
        feed.add(matching(1))
        await world.until(lambda: world.bot.messages)
        world.kill()
        await world.start()
        await world.until(lambda: len(world.bot.messages) == 2)
        original, again = (message.text for message in world.bot.messages)
        assert original in again
        assert again != original


async def test_a_broken_feed_stops_no_other(tmp_path: Path) -> None:
    """Servers that fail, hang, lie or send pages instead of feeds are failing feeds; the rest goes on."""
    broken = {
        "page": Feed(
            "", broken=lambda: web.Response(text="<html><body>Sign in</body></html>", content_type="text/html")
        ),
        "empty": Feed("", broken=lambda: web.Response(body=b"", content_type="application/rss+xml")),
        "error": Feed("", broken=lambda: web.Response(status=500)),
        "gone": Feed("", broken=lambda: web.Response(status=410)),
        "bomb": Feed("", broken=lambda: web.Response(body=b"x" * 100, headers={"Content-Encoding": "br"})),
        "hostile": Feed("", broken=lambda: web.Response(body=b"<rss><channel><item " + b"a='' " * 200_000)),
        "hangs": Feed("", hangs=True),
    }
    good = Feed("Good News")
    async with World(tmp_path, good=good, **broken) as world:
        world.write_rule("dprk", RULE)
        await world.start()
        await world.until_polled("good")
        good.add(matching(1))
        await world.until_sent(matching(1))

        def all_told() -> bool:
            with world.store() as store:
                said = {feed.spec.url for feed in store.polls.all_feeds() if feed.last_error}
            return {world.url(name) for name in broken if name != "hangs"} <= said

        await world.until(all_told)
        good.add(matching(2))
        await world.until_sent(matching(2))
        assert "Traceback" not in (world.state / "engine.log").read_text()
        with world.store() as store:
            errors = {feed.spec.url: feed.last_error for feed in store.polls.all_feeds()}
            gone = [feed.spec.url for feed in store.polls.all_feeds() if feed.gone_at is not None]
    assert errors[world.url("error")] == "500: the server has an error of its own"
    assert gone == [world.url("gone")]
    assert errors[world.url("good")] == ""


async def test_an_edit_of_a_rule_is_live_at_once_and_a_broken_one_changes_nothing(tmp_path: Path) -> None:
    """Rules follow their folder without a restart; the last good version of a broken file stays live, and is told."""
    feed = Feed("News")
    async with World(tmp_path, feed=feed) as world:
        world.write_rule("dprk", RULE)
        await world.start()
        await world.until_polled()

        def live() -> set[str]:
            with world.store() as store:
                return {rule.id for rule in store.rules.live()}

        world.write_rule("space", "rocket")
        await world.until(lambda: live() == {"dprk", "space"})
        saved = (tmp_path / "rules" / "space.toml").stat().st_mtime
        with world.store() as store:  # by what the engine noted: how busily the test looked is no matter
            (since,) = [file.since for file in store.rules.files() if file.path == "space.toml"]
        assert since is not None
        assert since.timestamp() - saved < 3, "a second is promised"
        feed.add("A rocket rose")
        await world.until_sent("A rocket rose")

        world.write_rule("space", "rocket AND OR")

        def told() -> bool:
            with world.store() as store:
                return any(file.path == "space.toml" and file.problems for file in store.rules.files())

        await world.until(told)
        feed.add("Another rocket fell")
        await world.until_sent("Another rocket fell")
        (tmp_path / "rules" / "space.toml").unlink()
        await world.until(lambda: live() == {"dprk"})


async def test_a_stop_takes_no_more_than_five_seconds(tmp_path: Path) -> None:
    """SIGTERM ends the engine cleanly, also when a feed hangs and Telegram does not answer."""
    feed, hanging = Feed("News"), Feed("", hangs=True)
    async with World(tmp_path, feed=feed, hanging=hanging) as world:
        world.write_rule("dprk", RULE)
        await world.start()
        await world.until_polled("feed")
        world.bot.fail(slow(30))
        feed.add(matching(1))
        await world.until(lambda: world.bot.messages and hanging.asked)
        assert await world.terminate(seconds=5) == 0
        assert engine_running(world.state) is None
        with world.store() as store:
            assert store.engine.state().pid is None
            assert store.outbox.counts()[DeliveryState.SENDING] == 1, "its answer was lost, and the next start says so"


async def test_the_token_is_in_no_file_and_no_output(tmp_path: Path) -> None:
    """Not in the database, not in the log, not on the terminal; also not when Telegram refuses the token."""
    feed = Feed("News")
    async with World(tmp_path, feed=feed) as world:
        world.write_rule("dprk", RULE)
        await world.start()
        await world.until_polled()
        feed.add(matching(1))
        await world.until_sent(matching(1))
        world.bot.token = "987654321:AAEanother-token-that-is-not-ours-0"
        feed.add(matching(2))
        await world.until(lambda: "token" in world.output())
        assert await world.terminate() == 0
    names, showing = _files_with(tmp_path, TOKEN, TOKEN.partition(":")[2])
    assert {"engine.log", "output.txt", *(["digest.db"] if kind() == "sqlite" else ())} <= names
    assert showing == []


def _files_with(folder: Path, *secrets: str) -> tuple[set[str], list[Path]]:
    """The names of all files below a folder, and the files that hold one of the secrets."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    showing = [path for path in files if any(secret.encode() in path.read_bytes() for secret in secrets)]
    return {path.name for path in files}, showing


async def test_once_polls_every_feed_and_delivers_then_ends(tmp_path: Path) -> None:
    """``run --once`` needs no running engine; feeds that fail do not change its exit code."""
    feed, broken = Feed("News"), Feed("", broken=lambda: web.Response(status=500))
    feed.add(matching(1))
    async with World(tmp_path, feed=feed, broken=broken) as world:
        world.write_config(every="6h")
        world.write_rule("dprk", RULE)
        assert await world.finished(world.command("run", "--once")) == 0
        assert world.sent() == []
        feed.add(matching(2))
        assert await world.finished(world.command("run", "--once")) == 0
        assert world.sent() == [matching(2)]
        assert (feed.asked, broken.asked) == (2, 2)


async def test_feeds_that_cannot_be_reached_hold_up_no_alert_of_a_round(tmp_path: Path) -> None:
    """``run --once`` delivers what the others brought, though it looks like a network that is just back."""
    lost = {f"lost{number}": Feed(f"L{number}") for number in range(3)}
    async with World(tmp_path, feed=(feed := Feed("News")), **lost) as world:
        world.write_config(every="6h")
        world.write_rule("dprk", RULE)
        assert await world.finished(world.command("run", "--once")) == 0
        for each in lost.values():
            each.cut = True
        feed.add(matching(1))
        feed.delay = 1.0
        assert await world.finished(world.command("run", "--once")) == 0
        assert world.sent() == [matching(1)]


async def test_a_running_engine_is_asked_to_do_it_once(tmp_path: Path) -> None:
    """``run --once`` beside an engine leaves the work to it; a second engine is refused with the first's pid."""
    feed = Feed("News")
    async with World(tmp_path, feed=feed) as world:
        world.write_config(every="6h")
        world.write_rule("dprk", RULE)
        await world.start()
        await world.until_polled()
        feed.add(matching(1))
        assert await world.finished(world.command("run", "--once")) == 0
        assert world.sent() == [matching(1)]
        assert f"the running engine (pid {world.pid}) is asked to do it" in world.output()
        assert await world.finished(world.command("run")) == 1
        assert f"(pid {world.pid})" in world.output()
        assert world.process is not None
        assert world.process.poll() is None


async def test_a_digest_is_sent_when_asked_for(tmp_path: Path) -> None:
    """By the running engine, or by one that ends when it is done, with how it went; else nothing leaves."""
    feed, digest = Feed("News"), '[[digest]]\nname = "daily"\nat = "03:00"\nchannels = ["desk"]\n'
    async with World(tmp_path, feed=feed) as world:
        world.write_config(extra=digest)
        world.write_rule("dprk", RULE)
        await world.start()
        await world.until_polled()
        feed.add(matching(1))
        await world.until(lambda: world.sent() == [matching(1)])
        assert await world.finished(world.command("compose", "daily")) == 0
        assert await world.finished(world.command("compose", "--send")) == 1
        assert len(world.bot.messages) == 1
        for number in (1, 2):
            assert await world.finished(world.command("compose", "daily", "--send")) == 0
            assert "desk: sent" in world.output()
            assert ["1 story since" in message.text for message in world.bot.messages[1:]] == [True] * number
            await world.finished(world.command("stop"))
        assert await world.finished(world.command("compose", "daily", "--send", "--since", "1s")) == 0
        assert "Nothing alerted in this time" in world.output()
        assert len(world.bot.messages) == 3


async def test_an_engine_in_the_background_outlives_its_starter_and_can_be_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What ``watch`` starts is at work when it returns, belongs to no terminal, and ends on ``stop``."""
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    async with World(tmp_path, feed=Feed("News")) as world:
        pid = await asyncio.to_thread(start_detached, world.config, world.state)
        try:
            assert engine_ready(world.state)
            assert os.getsid(pid) == pid
            assert await asyncio.to_thread(start_detached, world.config, world.state) == pid
            await world.until_polled()
        finally:
            assert await asyncio.to_thread(stop_engine, world.state) == pid
        assert engine_running(world.state) is None
        assert await asyncio.to_thread(stop_engine, world.state) is None


# --- real feeds --------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not os.environ.get("DIGEST_CORPUS"), reason="DIGEST_CORPUS names no folder of real feeds")
async def test_every_real_document_is_read_or_refused_in_words(tmp_path: Path) -> None:
    """None of them stops the engine, and a second round finds nothing new in any."""
    feeds = {path.name: Feed("", body=path.read_bytes()) for path in _documents()}
    async with World(tmp_path, **feeds) as world:
        world.write_rule("dprk", RULE)
        assert await world.finished(world.command("run", "--once")) == 0
        with world.store() as store:
            states, entries = store.polls.all_feeds(), store.reads.count_entries()
        assert len(states) == len(feeds)
        assert all(state.last_error or state.baseline_at for state in states)
        assert sum(bool(state.last_error) for state in states) <= len(states) // 10
        assert entries > 1000
        assert await world.finished(world.command("run", "--once")) == 0
        with world.store() as store:
            assert store.reads.count_entries() == entries
        assert "Traceback" not in (world.state / "engine.log").read_text()
        assert world.sent() == []


def _documents() -> list[Path]:
    return sorted(path for path in Path(os.environ["DIGEST_CORPUS"]).rglob("*") if path.is_file())


# --- the seeds ---------------------------------------------------------------------------------------------------


def _seeds() -> Iterator[Path]:
    corpus = os.environ.get("DIGEST_CORPUS")
    if corpus:
        yield from sorted((Path(corpus).parent.parent / "seeds").glob("*.txt"))


_STARTER_RULES = Path(__file__).parents[2] / "rules"
_EXPECTED = {"000": {"korea-syria", "north-korea", "diplomatic-ties"}, "001": {"korea-syria", "north-korea"}}
"""The least that a reader of each seed expects to be told of, by the number its name begins with."""


@pytest.mark.skipif(not list(_seeds()), reason="DIGEST_CORPUS is unset, or has no folder of seeds beside it")
async def test_the_starter_rules_alert_on_the_seeds(tmp_path: Path) -> None:
    """Two scraped pages about North Korea and Syria, as contents of entries, reach the reader by the starter rules."""
    feed = Feed("Scraped")
    async with World(tmp_path, feed=feed) as world:
        (tmp_path / "rules").rmdir()
        (tmp_path / "rules").symlink_to(_STARTER_RULES)
        await world.start()
        await world.until_polled()
        for path in _seeds():
            feed.add(f"Page {path.name}", path.read_text(encoding="utf-8").replace("\n", "<br>"))
        await world.until_sent(*(f"Page {path.name}" for path in _seeds()))
        with world.store() as store:
            alerts = list(store.reads.alerts())
        for path in _seeds():
            told = [alert for alert in alerts if alert.entry.text.title == f"Page {path.name}"]
            assert _EXPECTED[path.name[:3]] <= {alert.rule for alert in told}
            hits = {hit.text.casefold() for alert in told for hit in alert.hits}
            assert {"syria", "north korea"} <= hits
            assert any("Syria" in sentence or "Assad" in sentence for alert in told for sentence in alert.summary)
        (first, second) = (message.text for message in world.bot.messages)
        assert "high" in first.partition("\n")[0]
        assert "high" in second.partition("\n")[0]
