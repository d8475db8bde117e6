"""What the web server answers to programs, on the wire: who gets it, in what form, and that nothing is changed."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import subprocess
import sys
import threading
from contextlib import nullcontext
from http.client import HTTPConnection
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote

import feedparser
import pytest

from digest.answers.pages import Answers
from digest.feeds.parse import parse_document
from digest.serve.api import Api, Content, RefusedError
from digest.serve.doorkeeper import Doorkeeper
from digest.store import open_store
from tests.command import run_command
from tests.serve.serving import CONFIG, PROCESSES, Serving, serving
from tests.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.skipif(not (PROCESSES / "self").is_dir(), reason="the server's tests look into /proc")

LISTS = {
    "alerts": ("alerts",),
    "feeds": ("feeds", "list"),
    "rules": ("rules", "list"),
    "status": ("status",),
}


def key_of(served: Serving) -> str:
    """The key that it printed."""
    return served.said.split("/feeds/?key=")[1].split()[0]


def ask(
    served: Serving, path: str, method: str = "GET", *, key: bool = True, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """A request: status, headers, body."""
    connection = HTTPConnection("127.0.0.1", served.port, timeout=PATIENCE)
    if key:
        path += f"{'&' if '?' in path else '?'}key={key_of(served)}"
    connection.putrequest(method, path, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, dict(answer.getheaders()), body


def lines(served: Serving, path: str) -> list[dict[str, Any]]:
    """The lines of an answer."""
    status, headers, body = ask(served, path)
    assert (status, headers["Content-Type"]) == (200, "application/x-ndjson; charset=utf-8"), body
    return [json.loads(line) for line in body.decode().split("\n")[:-1]]


def command(served: Serving, *words: str) -> list[dict[str, Any]]:
    """The lines of a command in the folder that is served."""
    before = words.index("--") if "--" in words else len(words)
    options = "--json", "--config", str(served.folder / "config.toml")
    done = run_command(*words[:before], *options, *words[before:], folder=served.folder)
    assert done.code == 0, done.err
    return done.lines


def problem(answer: tuple[int, dict[str, str], bytes]) -> dict[str, Any]:
    """The problem in an answer."""
    status, headers, body = answer
    assert headers["Content-Type"].startswith("application/problem+json"), body
    found: dict[str, Any] = json.loads(body)
    assert found["status"] == status
    return found


# --- who gets it -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/api/alerts", "/api/nothing", "/feeds/", "/feeds/alerts.atom", "/api", "/feeds"])
def test_nobody_without_the_key(served: Serving, path: str) -> None:
    """Whatever is asked for; a wrong one is like none, and the answer does not say what there is."""
    for given in ("", "?key=", "?key=guessed", f"?key={key_of(served)[:-1]}", f"?key={served.token}", "?token=x"):
        answer = ask(served, path + given, key=False)
        assert (answer[0], answer[1]["WWW-Authenticate"].split()[0]) == (401, "Basic")
        assert "the key that “digest serve” printed" in problem(answer)["detail"]


def test_the_key_goes_in_the_address_or_as_a_password(served: Serving) -> None:
    """Feed readers know only addresses and logins; scripts send the token itself, too; a browser has its cookie."""
    basic = base64.b64encode(f"anyone:{key_of(served)}".encode()).decode()
    _, first, _ = ask(served, f"/?token={served.token}", key=False)
    for headers in (
        {"Authorization": f"Basic {basic}"},
        {"Authorization": f"Bearer {key_of(served)}"},
        {"Authorization": f"Bearer {served.token}"},
        {"Cookie": first["Set-Cookie"].split(";")[0]},
    ):
        assert ask(served, "/api/status", key=False, **headers)[0] == 200
    for value in ("Basic !", "Basic \xc3\xa9", "Basic " + "A" * 4000, "Bearer ", "Digest x"):
        assert ask(served, "/api/status", key=False, Authorization=value)[0] == 401


def test_the_key_does_not_open_the_dashboard(served: Serving) -> None:
    """It stands in feed readers' settings: who finds it there can read, and neither look nor change."""
    key = key_of(served)
    for path in (f"/?token={key}", f"/?key={key}", f"/ws?key={key}", f"/assets/page.js?key={key}"):
        status, headers, _ = ask(served, path, key=False)
        assert (status, "Set-Cookie" in headers) == (403, False)
    name = f"digest-{served.port}"
    assert ask(served, "/", key=False, Cookie=f"{name}={key}")[0] == 403


@pytest.mark.parametrize("headers", [{"Host": "news.example:1"}, {"Origin": "http://news.example"}])
def test_no_other_page_and_no_other_name(served: Serving, headers: dict[str, str]) -> None:
    """With the right key, too: a website cannot have a browser read this."""
    assert problem(ask(served, "/api/alerts", key=True, **headers))["status"] == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", ["/api/alerts", "/feeds/alerts.atom", "/api/nothing"])
def test_nothing_can_be_changed(served: Serving, path: str, method: str) -> None:
    """Any method but GET and HEAD is refused, and the store is as it was."""
    with open_store(served.database) as store:
        before = store.seq()
        answer = ask(served, path, method)
        assert (answer[0], answer[1]["Allow"], store.seq()) == (405, "GET, HEAD", before)
        assert problem(answer)["detail"] == "nothing is changed here"


def test_a_head_has_no_body(served: Serving) -> None:
    """And the headers of its GET."""
    status, headers, body = ask(served, "/feeds/alerts.atom", "HEAD")
    assert (status, body, headers["Etag"]) == (200, b"", ask(served, "/feeds/alerts.atom")[1]["Etag"])


def test_the_key_is_told_once_and_never_logged(served: Serving) -> None:
    """On standard error when it starts; no answer of lines or feeds holds it, and no file of ours."""
    ask(served, "/api/search?q=%28")
    ask(served, "/feeds/query.atom?q=korea")
    key = key_of(served)
    assert served.said.count(key) == 1
    assert not any(key.encode() in ask(served, path)[2] for path in ("/feeds/alerts.atom", "/feeds/alerts.json"))
    holding = [path.name for path in served.folder.rglob("*") if path.is_file() and key.encode() in path.read_bytes()]
    assert holding == ["stderr"]


# --- lines -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("room", LISTS)
def test_lines_are_those_of_the_command_line(served: Serving, room: str) -> None:
    """One piece of code writes both."""
    wanted = command(served, *LISTS[room])
    assert wanted
    assert lines(served, f"/api/{room}?limit=1000" if room != "status" else "/api/status") == wanted[-1000:]


def test_a_search_is_that_of_the_command_line(served: Serving) -> None:
    """With words and with what is known of entries; oldest first."""
    for query in ("korea", "is:alert", "korea -football is:unread", "-football", "/kore./"):
        wanted = command(served, "search", "--", query)
        assert wanted
        assert lines(served, f"/api/search?limit=1000&q={quote(query)}") == wanted
        assert lines(served, f"/api/search?limit=3&q={quote(query)}") == wanted[-3:]
        assert lines(served, f"/api/search?limit=1000&since=2000-01-01&q={quote(query)}") == wanted
        after = wanted[0]["id"]
        assert lines(served, f"/api/search?after={after}&limit=1&q={quote(query)}") == wanted[1:2]


def test_a_story_why_and_a_digest(served: Serving) -> None:
    """As their commands write them."""
    alert = lines(served, "/api/alerts?limit=1")[0]
    assert lines(served, f"/api/why?entry={alert['entry']['id']}") == command(served, "why", str(alert["entry"]["id"]))
    (one,) = lines(served, f"/api/why?entry={alert['entry']['id']}&rule={alert['rule']}")
    assert (one["rule"], one["alerted"]) == (alert["rule"], True)
    story = next((a["story"] for a in lines(served, "/api/alerts?limit=1000") if a["story"] != a["entry"]["id"]), 0)
    if story:
        assert lines(served, f"/api/story?id={story}") == command(served, "story", str(story))
    (digest,) = lines(served, "/api/digest?since=30d")
    assert digest["entries"]


def test_pages_lead_to_one_another(served: Serving) -> None:
    """Each line comes once, in order; without a place to begin the newest come, as tail shows them."""
    for room, id_of in (("alerts", lambda line: line["id"]), ("search", lambda line: line["id"])):
        query = "&q=is:alert" if room == "search" else ""
        every = lines(served, f"/api/{room}?limit=1000{query}")
        assert lines(served, f"/api/{room}?limit=3{query}") == every[-3:]
        path, seen = f"/api/{room}?since=2000-01-01&limit=7{query}", []
        while path:
            _, headers, body = ask(served, path)
            seen += [json.loads(line) for line in body.decode().split("\n")[:-1]]
            path = headers.get("Link", "").removeprefix("<").partition(">")[0]
            assert "key" not in path
        assert list(map(id_of, seen)) == list(map(id_of, every))
        assert len(seen) > 7
        assert lines(served, f"/api/{room}?after={every[-1]['id']}{query}") == []
        assert lines(served, f"/api/{room}?after=0&limit=7{query}") == every[:7]


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/api/nothing", 404, "there are /api/alerts"),
        ("/api/alerts/../status", 404, "there is nothing here"),
        ("/api/alerts?rule=nope", 404, "there is no rule “nope”"),
        ("/api/alerts?after=999999999", 404, "there is no alert 999999999"),
        ("/api/alerts?after=x", 400, "after is the id of the last line"),
        ("/api/alerts?since=yesterday", 400, "since: “yesterday” is no time: write 24h"),
        ("/api/alerts?limit=0", 400, "limit is a whole number from 1 to 1000"),
        ("/api/alerts?limit=1001", 400, "limit is a whole number from 1 to 1000"),
        ("/api/alerts?limit=1e3", 400, "limit is a whole number"),
        ("/api/alerts?colour=red", 400, "there is no parameter colour here; there are: after, since, limit, rule"),
        ("/api/search", 400, "this needs q=…"),
        ("/api/feeds?after=https://x.example/", 404, "there is no https://x.example/ in this list"),
        ("/api/why?entry=999999999", 404, "no stored entry has the id 999999999"),
        ("/api/story?id=999999999", 404, "there is no story or entry 999999999"),
        ("/feeds/nothing.atom", 404, "/feeds/rule/ID.atom"),
        ("/feeds/alerts.rss", 404, "/feeds/rule/ID.atom"),
        ("/feeds/rule/nope.atom", 404, "there is no rule “nope”"),
        ("/feeds/rule/korea/nope.atom", 404, "there is no rule “korea/nope”"),
        ("/feeds/query.atom", 400, "this needs q=…"),
        ("/feeds/alerts.atom?limit=201", 400, "limit is a whole number from 1 to 200"),
    ],
)
def test_what_is_wrong_is_said(served: Serving, path: str, status: int, words: str) -> None:
    """As a problem of RFC 9457, in a sentence that says what to write instead."""
    found = problem(ask(served, path))
    assert (found["status"], words in found["detail"]) == (status, True), found
    assert found["type"] == "about:blank"


@pytest.mark.parametrize("room", ["/api/search", "/feeds/query.atom", "/feeds/query.json"])
def test_what_is_wrong_in_a_query_has_its_place(served: Serving, room: str) -> None:
    """The column of the offending word, as on the command line."""
    found = problem(ask(served, f"{room}?q={quote('korea AND (embassy OR')}"))
    done = run_command("search", "korea AND (embassy OR", "--config", str(served.folder / "config.toml"))
    place = f"<query>:{found['line']}:{found['column']}: {found['detail']}"
    assert (found["status"], found["parameter"], place in done.err) == (400, "q", True), done.err


# --- feeds -------------------------------------------------------------------------------------------------------


def test_a_feed_is_read_by_readers(served: Serving) -> None:
    """By feedparser and by our own reader, as Atom and as JSON; with the same entries, the newest first."""
    alerts = lines(served, "/api/alerts?limit=50")[::-1]
    status, headers, body = ask(served, "/feeds/alerts.atom")
    assert (status, headers["Content-Type"]) == (200, "application/atom+xml; charset=utf-8")
    found = feedparser.parse(body)
    assert (found.bozo, found.version) == (0, "atom10")
    assert [entry.title for entry in found.entries] == [alert["entry"]["title"] for alert in alerts]
    assert [entry.link for entry in found.entries] == [alert["entry"]["url"] for alert in alerts]
    assert all(entry.id.startswith("urn:uuid:") for entry in found.entries)
    assert len({entry.id for entry in found.entries}) == len(alerts)
    assert [{tag.term for tag in entry.tags} for entry in found.entries] == [
        {alert["rule"], alert["severity"]} for alert in alerts
    ]
    as_json = ask(served, "/feeds/alerts.json")[2]
    ours = [parse_document(document, content_type="", url="http://127.0.0.1/") for document in (body, as_json)]
    first, second = ([(e.guid, e.link, e.title) for e in feed.entries] for feed in ours)
    assert first == second == [(entry.id, entry.link, entry.title) for entry in found.entries]
    items = json.loads(as_json)
    assert (items["version"], items["items"][0]["_digest"]["rule"]) == (
        "https://jsonfeed.org/version/1.1",
        alerts[0]["rule"],
    )


def test_a_rule_and_a_query_have_feeds(served: Serving) -> None:
    """Only what that rule told, and only what that query finds."""
    alerts = lines(served, "/api/alerts?limit=1000")
    rule = alerts[-1]["rule"]
    of_rule = feedparser.parse(ask(served, f"/feeds/rule/{rule}.atom?limit=200")[2])
    assert len(of_rule.entries) == min(sum(alert["rule"] == rule for alert in alerts), 200)
    found = feedparser.parse(ask(served, "/feeds/query.atom?q=korea&limit=3")[2])
    assert found.feed.title == "Digest: korea"
    assert [e.title for e in found.entries] == [e["title"] for e in lines(served, "/api/search?q=korea&limit=3")][::-1]
    assert {entry.id for entry in found.entries}.isdisjoint(entry.id for entry in of_rule.entries)


def test_what_is_known_is_not_sent_again(served: Serving) -> None:
    """304 by the tag; never by a time, which does not tell what came in the same second, or is found no more."""
    for path in ("/feeds/alerts.atom", "/feeds/alerts.json", "/api/alerts"):
        _, headers, _ = ask(served, path)
        tag = headers["Etag"]
        status, again, body = ask(served, path, If_None_Match=f'"x", W/{tag}')
        assert (status, body, again["Etag"]) == (304, b"", tag)
        assert ask(served, path, If_None_Match='"x"')[0] == 200
        assert "Last-Modified" not in headers
        assert ask(served, path, If_Modified_Since="Fri, 31 Dec 9999 23:59:59 GMT")[0] == 200
    assert headers["Cache-Control"] == "private, no-cache"


def test_the_page_lists_the_feeds(served: Serving) -> None:
    """Each with its key, so that it can be copied, and each is there."""
    status, headers, body = ask(served, "/feeds/")
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert headers["Cache-Control"] == "no-store"
    paths = [part.split('"')[0] for part in body.decode().split(f'href="{served.origin}')[1:]]
    assert len(paths) == 2 * (1 + len(lines(served, "/api/rules")))
    assert {ask(served, path, key=False)[0] for path in paths} == {200}


async def test_who_asks_too_much_at_once_is_told_to_come_again() -> None:
    """Two questions are asked at a time, some wait, and the others hear when to try again."""
    api = Api(Doorkeeper(1), Answers(Path("config.toml"), lambda _: nullcontext()))
    free, begun = threading.Event(), threading.Semaphore(0)

    def slow() -> Content:
        begun.release()
        free.wait()
        return Content(b"", "text/plain")

    asked = [asyncio.create_task(api._ask(slow)) for _ in range(16)]
    for _ in range(2):
        await asyncio.to_thread(begun.acquire)
    with pytest.raises(RefusedError) as refused:
        await api._ask(slow)
    assert (refused.value.status, refused.value.headers) == (503, {"Retry-After": "5"})
    assert not begun.acquire(blocking=False), "no more than two are asked"
    free.set()
    assert len(await asyncio.gather(*asked)) == 16
    assert await api._ask(slow) is not None


@pytest.mark.skipif(sys.platform == "win32", reason="a named pipe is of POSIX")
def test_a_question_that_takes_long_holds_up_no_end(folder: Path) -> None:
    """Told to stop, the server ends within seconds, whatever the store is still asked."""
    with serving(folder) as running:
        (folder / "config.toml").unlink()
        os.mkfifo(folder / "config.toml")  # whoever reads it waits for ever
        connection = HTTPConnection("127.0.0.1", running.port, timeout=PATIENCE)
        connection.request("GET", f"/api/status?key={key_of(running)}")
        wait_until(lambda: len(list((PROCESSES / str(running.process.pid) / "task").iterdir())) > 1)
        running.process.terminate()
        assert running.process.wait(10) == 0
        connection.close()


# --- the token's file --------------------------------------------------------------------------------------------


def test_a_token_that_is_kept_keeps_addresses_valid(folder: Path) -> None:
    """It is made with a mode that nobody else can read; started anew, the same key opens."""
    with serving(folder, "--token-file", "serve-token") as running:
        first = key_of(running)
        assert ask(running, "/api/status")[0] == 200
    kept = folder / "serve-token"
    assert (kept.stat().st_mode & 0o777, kept.read_text().strip()) == (0o600, running.token)
    with serving(folder, "--token-file", "serve-token") as running:
        assert (key_of(running), running.token) == (first, kept.read_text().strip())


@pytest.mark.skipif(shutil.which("curl") is None, reason="the manual's example is of curl")
def test_the_manuals_example_shows_the_token_to_nobody(folder: Path) -> None:
    """It works as it stands there, and no program's arguments hold the token: every user can read those."""
    manual = (files("digest.manual") / "api.md").read_text(encoding="utf-8")
    (example,) = (line for line in manual.splitlines() if "curl" in line)
    asked = example.partition("|")[2]
    assert (example.startswith("printf "), "$(" in asked, "serve-token" in asked) == (True, False, False)
    with serving(folder, "--token-file", "serve-token") as running:
        line = example.replace("8420", str(running.port)).replace("since=24h", "since=100y")
        done = subprocess.run(["sh", "-c", line], cwd=folder, capture_output=True, timeout=PATIENCE, check=True)
        assert [json.loads(each) for each in done.stdout.splitlines()] == lines(running, "/api/alerts?since=100y")
        assert done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="modes are of POSIX")
@pytest.mark.parametrize(
    ("text", "mode", "words"),
    [
        ("short\n", 0o600, "is no token: delete the file"),
        ("x" * 43, 0o644, "other users of this machine can read the token: run chmod 600"),
    ],
)
def test_a_token_file_that_cannot_be_used(tmp_path: Path, text: str, mode: int, words: str) -> None:
    """The reason is said, and nothing is served."""
    (tmp_path / "config.toml").write_text(CONFIG)
    kept = tmp_path / "serve-token"
    kept.write_text(text)
    kept.chmod(mode)
    done = run_command("serve", "--port", "0", "--token-file", str(kept), folder=tmp_path)
    assert (done.code, words in done.err) == (1, True), done.err
