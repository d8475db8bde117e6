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
        async with slots.hold(host):
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
    async with slots.hold("127.0.0.1"), slots.hold("127.0.0.1"), slots.hold("localhost"):
        pass


async def test_hosts_are_forgotten_when_nobody_uses_them() -> None:
    """A year of hosts leaves nothing behind, also when a request is cancelled while it waits."""
    slots = Slots(concurrency=1, per_host=1)
    async with slots.hold("a.example"):
        waiting = asyncio.create_task(slots.hold("a.example").__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    assert not slots._hosts
    assert not slots._users
