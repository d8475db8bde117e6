"""The dashboard in a real browser: opened, kept up to date, worked with by keys, and closed to others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from digest.serve.doorkeeper import NotLetIn
from digest.store import open_store
from tests.serve.chromium import PROGRAM, Chromium, Tab, chromium
from tests.serve.serving import PROCESSES, Serving, serving
from tests.serve.test_server import unread
from tests.tui.newsdesk import Dispatch, add_report
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="there is no Chromium: apt-get install chromium"),
    pytest.mark.skipif(not (PROCESSES / "self").is_dir(), reason="looks for dashboards in /proc"),
]

_HOSTILE = """<!doctype html><title>elsewhere</title><iframe src="{ours}/"></iframe><script>
const heard = [];
const socket = new WebSocket("{ours}/ws?width=80&height=24".replace("http", "ws"));
socket.onopen = () => heard.push("websocket open");
socket.onerror = () => heard.push("websocket refused");
for (const method of ["GET", "POST"])
  fetch("{ours}/", {{ method, credentials: "include" }}).then(
    () => heard.push(method + " read"), () => heard.push(method + " refused"));
const script = document.createElement("script");
script.src = "{ours}/assets/textual.js";
script.onload = () => heard.push("script read");
script.onerror = () => heard.push("script refused");
document.head.append(script);
</script>"""


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Chromium]:
    """Chromium, with a new profile."""
    async with chromium(tmp_path) as running:
        yield running


@pytest.fixture
async def tab(browser: Chromium, served: Serving) -> Tab:
    """A tab that was opened with the printed address, and shows the dashboard."""
    return await opened(browser, served)


async def opened(browser: Chromium, served: Serving) -> Tab:
    """A new tab with the printed address."""
    tab = await browser.open()
    await tab.go(served.address)
    await tab.see("N. Korea fires two ballistic missiles into sea")
    await until_focused(tab, "xterm-helper-textarea")
    return tab


async def until_focused(tab: Tab, name: str) -> None:
    """Wait until the keys go to an element of this id or class."""
    focused = ""
    for _ in range(600):
        focused = await tab.value("(document.activeElement ?? {id: 'none'}).id || document.activeElement.className")
        if focused == name:
            return
        await tab.value("new Promise(done => setTimeout(done, 100))")
    pytest.fail(f"the keys go to {focused!r}")


async def test_it_opens(tab: Tab, served: Serving) -> None:
    """The address bar has no token, nothing comes from elsewhere, nothing is amiss, and something is painted."""
    assert await tab.value("[location.href, document.referrer, document.cookie]") == [f"{served.origin}/", "", ""]
    assert [url for url in tab.requested if url.startswith("ws:")] != []
    ours = (f"http://{served.host}/", f"ws://{served.host}/ws", "data:")
    assert [url for url in tab.requested if not url.startswith(ours)] == []
    assert tab.console == []
    assert await tab.value("document.fonts.check('15px \"Roboto Mono\"')")
    before = await tab.picture()
    await tab.press("?")
    await tab.see("KEYS")
    await tab.value("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert len({before, await tab.picture()}) == 2


async def test_it_keeps_up_to_date(browser: Chromium, folder: Path) -> None:
    """What another process stores is shown without a key or a click."""
    with serving(folder) as served:
        tab = await opened(browser, served)
        with open_store(served.database) as store, store.database.write() as (connection, seq):
            title = "Third missile falls short"
            add_report(connection, Dispatch("14:06", "Meridian", "launch", title, title, unread=True), seq)
        await tab.see("Third missile falls short")


async def test_it_is_worked_with_by_keys(tab: Tab, served: Serving) -> None:
    """From the first key on: the list, the reader, panes, a filter, leaving and opening it again."""
    await tab.press("ArrowDown")
    await tab.see("paused at")
    await tab.press("Enter")
    await tab.until(lambda lines: not any("MATCHES" in line for line in lines))
    await tab.press("Escape")
    await tab.see("MATCHES")
    await tab.press("1")  # for in other panes / looks for words in them
    await tab.press("/")
    await tab.see("Enter keeps it")
    for letter in "embassy":
        await tab.press(letter)
    await tab.until(lambda lines: not any("ballistic missiles into sea" in line for line in lines))
    await tab.press("Escape")
    await tab.see("ballistic missiles into sea")
    await tab.press("q")
    await until_focused(tab, "again")
    assert not served.dashboards
    await tab.press("Enter")
    await until_focused(tab, "xterm-helper-textarea")
    await until(lambda: len(served.dashboards) == 1)


async def test_it_only_shows(tab: Tab, served: Serving) -> None:
    """Keys that would change something say that this is a view."""
    left = unread(served)
    await tab.press("m")
    await tab.see("not done: this is a view only: start digest serve with --allow-edit")
    assert unread(served) == left


async def test_with_leave_to_edit(browser: Chromium, folder: Path) -> None:
    """The same key changes the store."""
    with serving(folder, "--allow-edit") as served:
        left = unread(served)
        await (await opened(browser, served)).press("m")
        await until(lambda: unread(served) == left - 1)


async def test_a_link_opens_in_the_visitors_browser(tab: Tab, browser: Chromium) -> None:
    """As a new tab beside the dashboard."""
    await tab.see("WHY IT FIRED")
    await tab.press("o")
    await tab.see("opened in the browser")
    await until(lambda: any(".example/2026/11/24/" in url for url in browser.targets))


async def test_a_dashboard_ends_with_its_tab(tab: Tab, browser: Chromium, served: Serving) -> None:
    """When the page is loaded anew there is one again, and none when the tab is closed."""
    (first,) = served.dashboards
    await tab.call("Page.reload")
    await until(lambda: served.dashboards not in ([], [first]) and len(served.dashboards) == 1)
    await tab.close()
    await until(lambda: not served.dashboards)
    assert browser.targets


async def test_who_comes_without_the_token(browser: Chromium, served: Serving) -> None:
    """The page says so, and what to do."""
    tab = await browser.open()
    for path, reason in (("/", NotLetIn.COOKIE), ("/?token=guessed", NotLetIn.ADDRESS)):
        await tab.go(served.origin + path)
        await tab.value(
            "new Promise(done => document.readyState == 'complete' ? done() : addEventListener('load', done))"
        )
        shown = ""
        while reason not in shown:
            shown = await tab.value("document.body.innerText")
        assert "digest serve" in shown
    assert served.dashboards == []


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
async def test_another_page_of_the_same_browser(tab: Tab, browser: Chromium, served: Serving, name: str) -> None:
    """A server on another port gets the very cookies, and yet its page neither connects, reads, sends nor frames."""
    application = web.Application()

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=_HOSTILE.format(ours=f"http://{name}:{served.port}"), content_type="text/html")

    application.router.add_get("/", answer)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hostile = await browser.open()
    await hostile.go(f"http://127.0.0.1:{runner.addresses[0][1]}/")
    heard: list[str] = []
    while len(heard) < 4:
        heard = await hostile.value("typeof heard === 'undefined' ? [] : heard")
    assert sorted(heard) == ["GET refused", "POST refused", "script refused", "websocket refused"]
    assert len(served.dashboards) == 1
    await runner.cleanup()
    assert tab.requested
