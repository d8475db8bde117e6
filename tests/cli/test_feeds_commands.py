"""``digest feeds``: feeds come in by one command, and the config is never left broken."""

from __future__ import annotations

import asyncio
import tomllib
from typing import TYPE_CHECKING

import pytest

from tests.fakes.raw_server import answer, serving
from tests.fakes.stores import new_store, store_url

if TYPE_CHECKING:
    from tests.cli.conftest import Desk
    from tests.command import Done
    from tests.fakes.raw_server import Server


def rss(title: str, entries: int = 3, said: str = "The news of the day in words", lang: str = "") -> bytes:
    """A feed with an entry a day."""
    items = "".join(
        f"<item><guid>{day}</guid><title>{said}</title><pubDate>{day:02d} Nov 2026 10:00:00 GMT</pubDate></item>"
        for day in range(1, entries + 1)
    )
    head = f"<title>{title}</title><language>{lang}</language>"
    body = f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{items}</channel></rss>'
    return answer(200, body.encode(), Content_Type="application/rss+xml")


def page(*feeds: str) -> bytes:
    """A page that names these feeds."""
    links = "".join(f'<link rel="alternate" type="application/rss+xml" href="{feed}">' for feed in feeds)
    return answer(200, f"<html><head>{links}</head></html>".encode(), Content_Type="text/html")


SITE = {
    "/one": page("/news.xml", "/gone.xml"),
    "/two": page("/news.xml", "/sport.xml"),
    "/none": page(),
    "/news.xml": rss("The News"),
    "/sport.xml": rss("Sport", 2),
}


async def run(desk: Desk, *arguments: str) -> Done:
    """Run a command while a server of this loop answers."""
    return await asyncio.to_thread(desk.run, *arguments)


def feeds_of(desk: Desk) -> list[dict[str, object]]:
    """The feeds of the config file."""
    return list(tomllib.loads((desk.folder / "config.toml").read_text())["feed"])


async def test_a_feed_is_added_by_a_page_of_its_site(desk: Desk) -> None:
    """It is read, told and written, with what was said of it; the rest of the file is as it was."""
    before = (desk.folder / "config.toml").read_text()
    async with serving(dict(SITE)) as server:
        done = await run(
            desk, "feeds", "add", server.url("/one"), "--tag", "a b", "--every", "5m", "--tier", "B", "--lang", "en"
        )
        assert done.code == 0, done.err
        assert "The News" in done.out
        assert "3 entries · about 1 a day" in done.out
        assert "English" in done.out
        assert feeds_of(desk)[-1] == {
            "url": server.url("/news.xml"),
            "name": "The News",
            "tags": ["a b"],
            "every": "5m",
            "lang": "en",
            "tier": "B",
        }
        again = await run(desk, "feeds", "add", server.url("/news.xml/"))
        assert again.code == 0
        assert "already: The News" in again.out
    removed = desk.run("feeds", "remove", "The News")
    assert removed.code == 0, removed.err
    assert (desk.folder / "config.toml").read_text() == before


async def test_of_several_feeds_nobody_guesses(desk: Desk) -> None:
    """They are shown, and how one is chosen; nothing is written, unless the first is asked for."""
    before = (desk.folder / "config.toml").read_text()
    async with serving(dict(SITE)) as server:
        done = await run(desk, "feeds", "add", server.url("/two"))
        assert done.code == 1
        assert done.out.index("1. The News") < done.out.index("2. Sport")
        assert "there are 2 feeds: choose one by its address" in done.err
        assert (desk.folder / "config.toml").read_text() == before
        dry = await run(desk, "feeds", "add", server.url("/two"), "--yes", "--dry-run")
        assert dry.code == 0, dry.err
        assert "It would be added to" in dry.out
        assert (desk.folder / "config.toml").read_text() == before


async def test_an_address_without_a_feed_says_why(desk: Desk) -> None:
    """What is found around a page that is not there is not added in its place."""
    site = dict(SITE) | {"/feed": rss("All")}
    async with serving(site) as server:
        missing = await run(desk, "feeds", "add", server.url("/nope.xml"))
        assert missing.code == 1
        assert "there is no such page; what was found around it is added by its own address" in missing.err
        del server.answers["/feed"]
        none = await run(desk, "feeds", "discover", server.url("/none"))
        assert none.code == 1
        assert "no feed was found at" in none.err
        assert "this is a web page, not a feed" in none.err
        _is_polite(server)
    nobody = await run(desk, "feeds", "discover", server.url("/"))
    assert (nobody.code, nobody.out) == (1, "")
    assert "refused the connection" in nobody.err
    assert len(feeds_of(desk)) == 2


@pytest.mark.parametrize(
    ("status", "said"),
    [(401, "401: a login is needed: write the feed into config.toml yourself, with auth ="), (429, "asked too often")],
)
async def test_a_site_that_wants_no_more_questions_is_asked_none(desk: Desk, status: int, said: str) -> None:
    """What it answered is told, and where feeds often are is not tried."""
    async with serving({"/a": answer(status, b"no"), "/feed": rss("All")}) as server:
        done = await run(desk, "feeds", "add", server.url("/a"))
        assert (done.code, len(server.asked)) == (1, 1)
    assert said in done.err


async def test_an_address_without_a_scheme_that_has_no_https_is_asked_for_by_http(desk: Desk) -> None:
    """The sentence says so; where the user wrote the scheme it does not."""
    async with serving(dict(SITE)) as server:
        bare = server.url("/news.xml").removeprefix("http://")
        assert f"if it has no https, ask for http://{bare}" in (await run(desk, "feeds", "add", bare)).err
        assert "ask for" not in (await run(desk, "feeds", "add", f"https://{bare}")).err


def _is_polite(server: Server) -> None:
    """No place is asked twice for one look, and not many."""
    asked = [each["path"] for each in server.asked]
    assert all(asked.count(path) <= 2 for path in asked)
    assert len(asked) < 25


async def test_discover_writes_json_lines(desk: Desk) -> None:
    """What `add` would find, for programs; without a config as well."""
    (desk.folder / "config.toml").write_text("[poll]\nprivate_hosts = true\n")
    async with serving(dict(SITE)) as server:
        done = await run(desk, "feeds", "discover", server.url("/two"), "--json")
    assert [(each["title"], each["entries"], each["per_day"], each["lang"], each["how"]) for each in done.lines] == [
        ("The News", 3, 1.0, "en", "page"),
        ("Sport", 2, 1.0, "en", "page"),
    ]
    assert done.lines[0]["newest"] == "2026-11-03T10:00:00.000Z"


async def test_no_language_is_told_of_a_word_or_two(desk: Desk) -> None:
    """From so little it would be a guess; what the feed names itself is told."""
    async with serving({"/brief": rss("Brief", said="T"), "/named": rss("Brief", said="T", lang="fr")}) as server:
        langs = [
            (await run(desk, "feeds", "discover", server.url(each), "--json")).lines[0]["lang"]
            for each in ("/brief", "/named")
        ]
    assert langs == ["", "fr"]


async def test_a_page_without_a_feed_is_read_by_selectors(desk: Desk) -> None:
    """They are shown with what would come, and added only by who says so; such a feed is paused and removed as any."""
    cards = "".join(
        f'<article class="card"><h2><a href="/news/{day}">The ministry said something new on day {day}</a></h2>'
        f'<time datetime="2026-11-{day:02d}">{day} November</time><p>It said so at noon.</p></article>'
        for day in range(1, 9)
    )
    ministry = answer(200, f"<html><body><main>{cards}</main></body></html>".encode(), Content_Type="text/html")
    async with serving({"/ministry": ministry}) as server:
        url = server.url("/ministry")
        shown = await run(desk, "feeds", "discover", url)
        assert shown.code == 0
        assert "8 entries" in shown.out
        assert "The ministry said something new on day 1" in shown.out
        best = (await run(desk, "feeds", "discover", url, "--json")).lines[0]
        assert (best["page"], best["entries"], best["how"]) == (url, 8, "selectors")
        unasked = await run(desk, "feeds", "add", url)
        assert (unasked.code, "with --yes" in unasked.err) == (1, True)
        added = await run(desk, "feeds", "add", url, "--yes", "--name", "Ministry")
        assert added.code == 0, added.err
    assert feeds_of(desk)[-1]["page"] == url
    assert desk.run("check").code == 0
    assert [feed["name"] for feed in desk.run("feeds", "list", "--json").lines][-1] == "Ministry"
    exported = desk.run("feeds", "export")
    assert ("Ministry" in exported.out, "1 feed left out" in exported.err) == (False, True)
    assert desk.run("feeds", "remove", "Ministry").code == 0
    assert "Ministry" not in (desk.folder / "config.toml").read_text()


# --- without the network -----------------------------------------------------------------------------------------


def test_a_config_with_a_mistake_is_not_touched(desk: Desk) -> None:
    """Its place is said."""
    broken = "[poll]\nevery = 3\n"
    (desk.folder / "config.toml").write_text(broken)
    for words in (("add", "https://new.example/"), ("remove", "Example News"), ("import", "-")):
        done = desk.run("feeds", *words, stdin="https://new.example/\n")
        assert done.code == 2
        assert "config.toml:2:9: " in done.err
    assert (desk.folder / "config.toml").read_text() == broken


def test_the_example_is_nobodys_own(desk: Desk) -> None:
    """Where it stands in for a config, it is said how to have one."""
    (desk.folder / "config.toml").rename(desk.folder / "config.example.toml")
    (desk.folder / "pyproject.toml").touch()
    done = desk.run("feeds", "import", "-", stdin="https://new.example/\n")
    assert done.code == 1
    assert "digest init writes config.toml" in done.err


def test_a_config_behind_a_link_keeps_it_and_its_mode(desk: Desk) -> None:
    """As dotfiles are kept."""
    path = desk.folder / "config.toml"
    kept = path.rename(desk.folder / "kept.toml")
    kept.chmod(0o600)
    path.symlink_to("kept.toml")
    assert desk.run("feeds", "import", "-", stdin="https://new.example/\n").code == 0
    assert path.is_symlink()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert len(feeds_of(desk)) == 3


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("remove", "example news"), 0, "Example News is out of config.toml."),
        (("remove", "http://www.example.net/feed/"), 0, "is out of config.toml."),
        (("remove", "Exampel News"), 1, "the config has no feed “Exampel News”: did you mean “Example News”?"),
        (("remove", "zzz"), 1, "the config has no feed “zzz”: digest feeds list shows all"),
        (("pause", "Example News"), 1, "no engine has run here yet"),
    ],
)
def test_a_feed_is_meant_by_its_name_or_its_address(desk: Desk, words: tuple[str, str], code: int, said: str) -> None:
    """Small letters and twins will do; a wrong name is answered with the nearest."""
    done = desk.run("feeds", *words)
    assert said in done.out + done.err
    assert done.code == code


def test_several_feeds_are_removed_at_once_or_none(desk: Desk) -> None:
    """One name that is wrong leaves the file as it is; one feed named twice is one."""
    before = (desk.folder / "config.toml").read_text()
    assert desk.run("feeds", "remove", "Example News", "zzz").code == 1
    assert (desk.folder / "config.toml").read_text() == before
    done = desk.run("feeds", "remove", "Example News", "https://example.net/feed", "example news")
    assert (done.code, done.out.count("is out of config.toml")) == (0, 2)
    assert "feed" not in tomllib.loads((desk.folder / "config.toml").read_text())


def test_several_of_one_name_are_told(desk: Desk) -> None:
    """The address says which."""
    with (desk.folder / "config.toml").open("a") as file:
        file.write('[[feed]]\nurl = "https://third.example/"\nname = "Example News"\n')
    done = desk.run("feeds", "remove", "Example News")
    assert done.code == 1
    assert "several feeds are called “Example News”: name one by its address: https://example.org/rss.xml, " in done.err


def test_a_feed_is_paused_and_polled_again(desk: Desk) -> None:
    """Its health says so; twice is no mistake."""
    (desk.folder / "state").mkdir()
    with new_store(store_url(desk.folder / "state" / "digest.db")):
        pass
    assert "is paused" in desk.run("feeds", "pause", "Example News").out
    both = desk.run("feeds", "pause", "Example News", "https://example.net/feed").out.splitlines()
    assert ["already paused" in line for line in both] == [True, False]
    assert desk.run("feeds", "resume", "https://example.net/feed").code == 0
    health = {line["name"]: line["health"] for line in desk.run("feeds", "list", "--json").lines}
    assert health["Example News"] == "paused"
    assert "polled again" in desk.run("feeds", "resume", "Example News").out
    assert {line["health"] for line in desk.run("feeds", "list", "--json").lines} == {"new"}


def test_an_import_is_told_in_one_line_and_reads_back(desk: Desk) -> None:
    """What is refused has its line; what is exported is imported by another as the same."""
    listed = (
        'https://new.example/feed "a b" "~New"\n../x\nhttp://www.example.net/feed/\nhttps://new.example/feed c\n'
        "http://127.0.0.1/rss\nquery:Mine:unread\nfeed://other.example/rss\n"
    )
    config = desk.folder / "config.toml"
    config.write_text(config.read_text().replace("private_hosts = true", ""))
    dry = desk.run("feeds", "import", "-", "--dry-run", stdin=listed)
    assert len(feeds_of(desk)) == 2
    (desk.folder / "urls").write_text(listed)
    done = desk.run("feeds", "import", "urls")
    assert (dry.code, done.code) == (1, 1)
    assert done.out == f"2 feeds added to {config.name}, 1 was there, 2 refused, 2 not taken.\n"
    assert "would be added" in dry.out
    assert [line.partition(": ")[0] for line in done.err.splitlines()] == ["urls:2", "urls:4", "urls:5", "urls:6"]
    assert feeds_of(desk)[2:] == [
        {"url": "https://new.example/feed", "name": "New", "tags": ["a b", "c"]},
        {"url": "https://other.example/rss"},
    ]
    for style in ("opml", "urls"):
        exported = desk.run("feeds", "export", "--format", style).out
        kept = feeds_of(desk)
        config.write_text("")
        assert desk.run("feeds", "import", "-", stdin=exported).code == 0
        assert feeds_of(desk) == kept


@pytest.mark.parametrize("data", [b"<opml><!DOCTYPE", b"<!DOCTYPE o [<!ENTITY a 'x'>]><opml/>"])
def test_a_list_that_is_refused_changes_nothing(desk: Desk, data: bytes) -> None:
    """And the file is named."""
    before = (desk.folder / "config.toml").read_text()
    (desk.folder / "list.opml").write_bytes(data)
    done = desk.run("feeds", "import", "list.opml")
    assert done.code == 1
    assert done.err.startswith("list.opml: line 1: ")
    (desk.folder / "empty.opml").write_bytes(b"<opml><body/></opml>")
    assert "empty.opml: there is no feed in it" in desk.run("feeds", "import", "empty.opml").err
    folder = desk.run("feeds", "import", "rules")
    assert (folder.code, folder.err) == (1, "rules: Is a directory\n")
    missing = desk.run("feeds", "import", "nowhere.opml")
    assert (missing.code, missing.err) == (1, "nowhere.opml: No such file or directory\n")
    assert (desk.folder / "config.toml").read_text() == before


def test_an_export_that_holds_logins_says_so(desk: Desk) -> None:
    """Lists of feeds are given to others; an address without one is no reason to speak."""
    assert desk.run("feeds", "export").err == ""
    desk.append("config.toml", '[[feed]]\nurl = "https://me:secret@third.example/"\n')
    done = desk.run("feeds", "export")
    assert "1 address written with the login in it" in done.err
    assert "me:secret@" in done.out
    assert "secret" not in done.err


def test_a_read_only_config_is_left_alone(desk: Desk) -> None:
    """Whoever made it so wants it so."""
    (desk.folder / "config.toml").chmod(0o400)
    done = desk.run("feeds", "import", "-", stdin="https://new.example/\n")
    assert done.code == 1
    assert "read-only" in done.err
