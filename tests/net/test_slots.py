"""Places for requests, per host and in all."""

from __future__ import annotations

import asyncio

from digest.net.slots import Slots


async def test_one_host_waits_while_another_goes_on() -> None:
    """A queue before one host takes no place from the others."""
    slots = Slots(concurrency=3, per_host=1)
    inside: list[str] = []
    leave = asyncio.Event()

    async def ask(host: str) -> None:
        async with slots.hold(f"https://{host}/feed"):
            inside.append(host)
            await leave.wait()

    tasks = [asyncio.create_task(ask(host)) for host in ("slow.example", "slow.example", "slow.example", "b.example")]
    await asyncio.sleep(0)
    assert inside == ["slow.example", "b.example"]
    leave.set()
    await asyncio.gather(*tasks)
    assert inside.count("slow.example") == 3


async def test_loopback_is_exempt_from_the_cap_per_host() -> None:
    """This machine is asked as often as there are places in all."""
    slots = Slots(concurrency=3, per_host=1)
    async with (
        slots.hold("http://127.0.0.1:8000/"),
        slots.hold("http://127.0.0.1:8000/"),
        slots.hold("http://localhost/"),
    ):
        assert not slots._hosts


async def test_hosts_are_forgotten_when_nobody_uses_them() -> None:
    """A year of hosts leaves nothing behind, also when a request is cancelled while it waits."""
    slots = Slots(concurrency=1, per_host=1)
    async with slots.hold("https://a.example/"):
        waiting = asyncio.create_task(slots.hold("https://a.example/").__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    assert not slots._hosts
    assert not slots._users


async def test_addresses_that_are_none_hold_a_place_too() -> None:
    """What is wrong with an address is for the fetch to say."""
    slots = Slots(concurrency=1, per_host=1)
    for url in ("", "http://[", "nonsense"):
        async with slots.hold(url):
            assert slots._all.locked()


async def test_no_more_run_at_once_than_allowed_in_all() -> None:
    """The cap on all requests holds for loopback too, which the cap per host exempts."""
    slots = Slots(concurrency=6, per_host=2)
    running, most = 0, 0

    async def ask() -> None:
        nonlocal running, most
        async with slots.hold("http://127.0.0.1/"):
            running, most = running + 1, max(most, running + 1)
            await asyncio.sleep(0)
            running -= 1

    await asyncio.gather(*(ask() for _ in range(20)))
    assert most == 6


async def test_who_is_known_to_be_well_waits_for_no_others() -> None:
    """However many others hold places and wait for them, some are free for what is well, and none is used twice."""
    slots = Slots(concurrency=16, per_host=100)
    leave = asyncio.Event()
    inside: list[bool] = []

    async def ask(*, well: bool) -> None:
        async with slots.hold("https://a.example/", well=well):
            inside.append(well)
            await leave.wait()

    tasks = [asyncio.create_task(ask(well=False)) for _ in range(40)]
    await asyncio.sleep(0)
    tasks += [asyncio.create_task(ask(well=True)) for _ in range(3)]
    for _ in range(3):
        await asyncio.sleep(0)
    assert (inside.count(False), inside.count(True)) == (14, 2)
    leave.set()
    await asyncio.gather(*tasks)
    assert len(inside) == 43
