"""The server as a browser, or an attacker, meets it on the wire."""

from __future__ import annotations

import re
import signal
import socket
import stat
import sys
from http.client import HTTPConnection
from typing import TYPE_CHECKING

import pytest
from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError

from digest.engine.background import stop_engine
from digest.presence import engine_running
from digest.serve.doorkeeper import NotLetIn
from digest.store import open_store
from digest.store.dashboard import Dashboard
from digest.values.listing import Listing
from tests.command import run_command
from tests.serve.page import Page
from tests.serve.serving import PROCESSES, Serving, lives, serving
from tests.waiting import PATIENCE, until, wait_until

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(not (PROCESSES / "self").is_dir(), reason="looks for dashboards in /proc")

WANTED_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
PLACES = 8


def ask(served: Serving, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], str]:
    """A request with no more headers than these (`_` stands for `-`): status, headers, body."""
    connection = HTTPConnection("127.0.0.1", served.port, timeout=PATIENCE)
    connection.putrequest(method, path, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read().decode(errors="replace")
    connection.close()
    return answer.status, dict(answer.getheaders()), body


def cookie_of(served: Serving) -> str:
    """The cookie of somebody who came with the token."""
    _, headers, _ = ask(served, f"/?token={served.token}")
    return headers["Set-Cookie"].split(";")[0]


async def let_in(served: Serving, client: ClientSession) -> None:
    """Come with the token."""
    async with client.get("/", params={"token": served.token}) as answer:
        assert answer.status == 200


async def page(served: Serving, client: ClientSession) -> Page:
    """A page, just opened."""
    socket_ = await client.ws_connect("/ws", params={"width": 120, "height": 36}, origin=served.origin, max_msg_size=0)
    return Page(socket_)


def files_with(folder: Path, words: str) -> list[Path]:
    """The files below a folder that have these words in them."""
    return [path for path in folder.rglob("*") if path.is_file() and words.encode() in path.read_bytes()]


def seq(served: Serving) -> int:
    """How often the store was written to."""
    with open_store(served.database) as store:
        return store.seq()


def unread(served: Serving) -> int:
    """How many entries of the list are unread."""
    with open_store(served.database) as store:
        dashboard = Dashboard(store.database)
        return sum(row.unread for row in dashboard.rows([place.entry for place in dashboard.order(Listing())]))


# --- who is let in -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "cookie", "headers", "refusal"),
    [
        (False, True, {"Host": "news.example:{port}"}, NotLetIn.HOST),
        (True, False, {"Host": "news.example:{port}"}, NotLetIn.HOST),
        (False, True, {"Origin": "http://news.example"}, NotLetIn.ORIGIN),
        (True, False, {"Origin": "http://news.example"}, NotLetIn.ORIGIN),
        (False, True, {"Upgrade": "websocket", "Connection": "Upgrade"}, NotLetIn.ORIGIN),
        (False, False, {}, NotLetIn.COOKIE),
        (False, False, {"Cookie": "digest-{port}=guessed"}, NotLetIn.COOKIE),
        (False, False, {"Origin": "http://127.0.0.1:{port}"}, NotLetIn.COOKIE),
    ],
)
def test_who_is_not_let_in(
    served: Serving,
    token: bool,  # noqa: FBT001
    cookie: bool,  # noqa: FBT001
    headers: dict[str, str],
    refusal: NotLetIn,
) -> None:
    """Whatever is asked for, the answer is why not, and no dashboard starts."""
    filled = {name: value.format(port=served.port) for name, value in headers.items()}
    known = {"Cookie": cookie_of(served)} if cookie else {}
    for path in ("/", "/ws", "/assets/textual.js", "/nothing"):
        status, answered, body = ask(served, path + (f"?token={served.token}" if token else ""), **filled, **known)
        assert (status, refusal in body, "Set-Cookie" in answered) == (403, True, False)
    assert served.dashboards == []


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_nothing_is_there_to_be_sent_to(served: Serving, method: str) -> None:
    """From elsewhere it is refused, and our own page has nothing to send but to its websocket."""
    known = {"Cookie": cookie_of(served)}
    assert ask(served, "/", method, **known)[0] == 403
    assert ask(served, "/", method, Origin="http://127.0.0.1:1", **known)[0] == 403
    assert ask(served, "/", method, Origin=served.origin, **known)[0] == 405


@pytest.mark.parametrize("token", ["", "guessed", "%00", "%ff", "é"])
def test_a_wrong_token(served: Serving, token: str) -> None:
    """It is said to be wrong, and gives no cookie."""
    status, headers, body = ask(served, f"/?token={token.replace('é', '%C3%A9')}")
    assert (status, NotLetIn.ADDRESS in body, "Set-Cookie" in headers) == (403, True, False)


def test_the_token_leaves_the_address_for_a_cookie(served: Serving) -> None:
    """The cookie is for this server alone, no script reads it, no other site's link sends it; it is not the token."""
    status, headers, body = ask(served, f"/?token={served.token}")
    assert (status, headers["Location"]) == (303, "/")
    value, *flags = headers["Set-Cookie"].split("; ")
    assert value.startswith(f"digest-{served.port}=")
    assert set(flags) == {"HttpOnly", "SameSite=Strict", "Path=/"}
    assert served.token not in body + str(headers)
    assert ask(served, "/", Cookie=value)[0] == 200


@pytest.mark.parametrize("path", ["/", "/?token=x", "/assets/page.js", "/assets/nothing", "/nothing", "/ws"])
def test_every_answer_forbids_what_is_not_needed(served: Serving, path: str) -> None:
    """Frames, referrers, caches, scripts and connections of others: in what is shown and in what is refused."""
    _, headers, _ = ask(served, path, Cookie=cookie_of(served))
    assert {name: headers.get(name) for name in WANTED_HEADERS} == WANTED_HEADERS
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert (policy["default-src"], policy["script-src"]) == ("'self'", "'self'")
    assert {policy[name] for name in ("frame-ancestors", "base-uri", "form-action", "object-src")} == {"'none'"}
    assert set(re.findall(r"\w+://\S+", " ".join(policy.values()))) == {
        f"ws://127.0.0.1:{served.port}",
        f"ws://localhost:{served.port}",
    }


def test_nothing_that_is_served_names_another_place(served: Serving) -> None:
    """Neither the page nor what it loads has an address of elsewhere in it, and what it loads is there."""
    cookie = cookie_of(served)
    _, _, index = ask(served, "/", Cookie=cookie)
    loaded = set(re.findall(r'(?:src|href)="(/[^"]+)"', index))
    assert len(loaded) == 4
    texts = {path: ask(served, path, Cookie=cookie) for path in loaded | {"/assets/roboto-mono.ttf"}}
    assert {status for status, _, _ in texts.values()} == {200}
    assert re.findall(r"url\(([^)]+)\)", texts["/assets/page.css"][2]) == ['"/assets/roboto-mono.ttf"']
    del texts["/assets/roboto-mono.ttf"]
    for text in (index, *(body for _, _, body in texts.values())):
        elsewhere = set(
            re.findall(r"(?:https?:|wss?:|[\"'(])//[\w.:-]+", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))
        )
        assert elsewhere <= {f"ws://{served.host}", f"http://{served.host}"}


def test_it_stands_on_one_address(served: Serving) -> None:
    """Another address of this very machine does not reach it."""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", served.port), timeout=PATIENCE)


@pytest.mark.parametrize("sent", [b"\x16\x03\x01\x00\r\n\r\n", b"GET /?token=%s HTTP/9.9\r\n\r\n", b"GET\r\n\r\n"])
def test_what_is_no_request(served: Serving, sent: bytes) -> None:
    """It is answered with an error or not at all, and nothing of it is told."""
    said = served.said
    with socket.create_connection(("127.0.0.1", served.port), timeout=PATIENCE) as connection:
        connection.sendall(sent.replace(b"%s", served.token.encode()))
        assert not connection.recv(65536).startswith(b"HTTP/1.1 2")
    assert ask(served, "/")[0] == 403
    assert served.said == said


# --- pages -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", [None, "http://news.example", "http://127.0.0.1:1"])
async def test_a_websocket_of_another_page(served: Serving, origin: str | None) -> None:
    """It is refused even where the browser has the cookie: cookies know no ports."""
    async with served.client() as client:
        await let_in(served, client)
        with pytest.raises(WSServerHandshakeError, match="403"):
            await client.ws_connect("/ws", origin=origin)
    assert served.dashboards == []


async def test_a_dashboard_lives_as_long_as_its_page(served: Serving) -> None:
    """Each page has a process of its own, that ends with it, and ends it."""
    async with served.client() as client:
        await let_in(served, client)
        first, second = await page(served, client), await page(served, client)
        for shown in (first, second):
            await shown.see("N. Korea fires")
        assert len(served.dashboards) == 2
        await first.socket.close()
        await until(lambda: len(served.dashboards) == 1)
        await second.type("q")
        while (await second.receive()).type is not WSMsgType.CLOSE:
            pass
        await until(lambda: not served.dashboards)
    assert "dashboard ended" not in served.said


async def test_a_page_that_goes_without_a_word(served: Serving) -> None:
    """Its connection is cut, and its dashboard ends as well."""
    async with served.client() as client:
        await let_in(served, client)
        shown = await page(served, client)
        await shown.see("N. Korea fires")
        assert shown.socket._conn is not None
        assert shown.socket._conn.transport is not None
        shown.socket._conn.transport.abort()
        await until(lambda: not served.dashboards)


async def test_one_page_too_many(served: Serving) -> None:
    """It says so, starts nothing, and there is room again once another one is closed."""
    async with served.client() as client:
        await let_in(served, client)
        pages = [await page(served, client) for _ in range(PLACES)]
        await until(lambda: len(served.dashboards) == PLACES)
        refused = await page(served, client)
        await refused.see("Close one of them")
        assert f"{PLACES} pages are open" in refused.text
        assert len(served.dashboards) == PLACES
        await pages[0].socket.close()
        await (await page(served, client)).see("N. Korea fires")


_STRANGE = (
    "", "{", "null", "[]", '["stdin"]', '["stdin", 7]', '["resize", {}]', '["resize", {"width": "x", "height": 1}]',
    '["resize", {"width": -5, "height": 1e9}]', '["quit"]', "[" * 100_000, '["ping", {}]', '["deliver_chunk_request"]',
)  # fmt: skip


async def test_what_no_page_of_ours_sends(served: Serving) -> None:
    """It is passed over: the dashboard goes on."""
    async with served.client() as client:
        await let_in(served, client)
        shown = await page(served, client)
        await shown.see("N. Korea fires")
        for number, message in enumerate(_STRANGE):
            await shown.socket.send_str(message)
            await shown.type("?")
            await shown.see("KEYS")
            await shown.socket.send_json(["ping", str(number)])
            while (answer := await shown.receive()).type is not WSMsgType.TEXT:
                assert answer.type is WSMsgType.BINARY, message
            assert answer.json() == ["pong", str(number)], message
            await shown.type("?")
            await shown.see("N. Korea fires")


async def test_a_terminal_of_any_size(served: Serving) -> None:
    """It is painted at the size that the page has, and at no size that only costs memory."""
    async with served.client() as client:
        await let_in(served, client)
        async with client.ws_connect(
            "/ws", params={"width": 99_999_999, "height": -3}, origin=served.origin, max_msg_size=0
        ) as socket_:
            shown = Page(socket_)
            await shown.resize(99_999_999, 36)
            await shown.see("N. Korea fires")
            await shown.resize(60, 20)
            await shown.see("Matches")


async def test_a_dashboard_that_cannot_start(folder: Path) -> None:
    """The page and the terminal say why, without a traceback."""
    with serving(folder) as served:
        (folder / "config.toml").write_text("nonsense = 1\n")
        async with served.client() as client:
            await let_in(served, client)
            shown = await page(served, client)
            await shown.see("nonsense")
            assert "config.toml:1:1: unknown key" in shown.text
        assert "nonsense" in served.said


@pytest.mark.parametrize("keys", ["m", " ", "\r"])
async def test_a_view_writes_nothing(served: Serving, keys: str) -> None:
    """Every key that would change something says why it does not; the store is as it was."""
    before, left = seq(served), unread(served)
    assert left > 0
    async with served.client() as client:
        await let_in(served, client)
        shown = await page(served, client)
        await shown.see("N. Korea fires")
        await shown.type(keys)
        await shown.see("not done: this is a view only: start digest serve with --allow-edit")
    assert (seq(served), unread(served)) == (before, left)


async def test_a_view_keeps_no_theme(served: Serving) -> None:
    """It is shown to who chose it, and the next dashboard is as ever."""
    async with served.client() as client:
        await let_in(served, client)
        shown = await page(served, client)
        await shown.see("N. Korea fires")
        await shown.type("t")
        await shown.see("theme: ")
    assert not (served.folder / "state" / "dashboard.json").exists()


async def test_with_leave_to_edit(editable: Serving) -> None:
    """The same keys change the store."""
    left = unread(editable)
    async with editable.client() as client:
        await let_in(editable, client)
        shown = await page(editable, client)
        await shown.see("N. Korea fires")
        await shown.type(" ")
        await until(lambda: unread(editable) == left - 1)


@pytest.mark.parametrize(
    "steps",
    [
        ("\x1a", "no shell is behind this"),
        ("|", "pipe ", "echo reached > reached\r", "not done: a page in a browser starts no program"),
        ("E", "not edited: a page in a browser starts no program"),
        (":", "what to do", "start_engine\r", "that cannot be done from here"),
        (":", "what to do", "stop_engine\r", "that cannot be done from here"),
    ],
)
@pytest.mark.parametrize("option", ["--no-edit", "--allow-edit"])
async def test_nothing_on_this_machine_is_reached(
    served: Serving, editable: Serving, option: str, steps: tuple[str, ...]
) -> None:
    """No shell, no command, no editor, no engine: not with leave to edit either. What is typed is answered in turn."""
    running = editable if option == "--allow-edit" else served
    async with running.client() as client:
        await let_in(running, client)
        shown = await page(running, client)
        await shown.see("DIPLOMATIC TIES")
        for typed, answered in zip(steps[::2], steps[1::2], strict=True):
            await shown.type(typed)
            await shown.see(answered)
    assert files_with(running.folder, "reached") == []


# --- beginning and end -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
async def test_the_end(folder: Path, number: signal.Signals) -> None:
    """Ctrl-C ends the server and all dashboards with exit code 0, and no file or line has the token.

    The dashboards of one that is killed end by themselves.
    """
    with serving(folder) as served:
        async with served.client() as client:
            await let_in(served, client)
            pages = [await page(served, client) for _ in range(3)]
            for shown in pages:
                await shown.see("N. Korea fires")
            dashboards = served.dashboards
            assert len(dashboards) == 3
            served.process.send_signal(number)
            assert served.process.wait(PATIENCE) == (-number if number == signal.SIGKILL else 0)
            wait_until(lambda: not any(map(lives, dashboards)))
        assert [path for path in files_with(folder, served.token) if path.name != "stdout"] == []


def test_a_port_in_use(served: Serving) -> None:
    """It says so and what to do, with exit code 1."""
    done = run_command("serve", "--port", str(served.port), folder=served.folder)
    assert (done.code, done.out) == (1, "")
    assert f"port {served.port} is in use" in done.err
    assert "--port 0" in done.err


@pytest.mark.parametrize("arguments", [("--port", "70000"), ("--port", "x"), ("--host", "0.0.0.0")])
def test_wrong_usage(folder: Path, arguments: tuple[str, ...]) -> None:
    """There is no such port, and no way to serve to other machines."""
    assert run_command("serve", *arguments, folder=folder).code == 2


async def test_a_browser_is_opened_with_an_address_that_works_once(folder: Path) -> None:
    """What stands among the arguments of a process, where others can read it, lets in the browser and nobody else."""
    program = folder / "browser"
    program.write_text(f'#!{sys.executable}\nimport pathlib, sys\npathlib.Path("opened").write_text(sys.argv[1])\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    with serving(folder, "--open", BROWSER=str(program)) as served:
        opened = folder / "opened"
        await until(lambda: opened.is_file() and opened.read_text())
        address = opened.read_text()
        assert served.token not in address
        assert ask(served, address.removeprefix(served.origin))[0] == 303
        assert ask(served, address.removeprefix(served.origin))[0] == 403


def test_an_engine_is_started_where_none_runs(tmp_path: Path) -> None:
    """As `digest watch` does; it stays when the server ends."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "config.toml").write_text('[poll]\nprivate_hosts = true\n[[feed]]\nurl = "http://127.0.0.1:1/feed"\n')
    with serving(tmp_path, engine=False) as served:
        engine = engine_running(tmp_path / "state")
        assert f"started an engine (pid {engine})" in served.said
    assert stop_engine(tmp_path / "state") == engine
