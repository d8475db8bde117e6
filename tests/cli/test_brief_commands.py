"""``digest star``, ``brief``, ``catchup``, and the digests that were composed before: from the shell."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, update

from digest.config import load_config
from digest.match import FOLD_VERSION, RuleSet, fold_entry, load_rules
from digest.store import schema as tables
from digest.store.dashboard import Dashboard
from digest.stories.compose import compose_digest
from digest.values.messages import DigestDocument, DigestHeadline
from digest.values.news import EntryText, FeedUpdate, Identity, NewEntry, PollResult
from digest.words import iso
from tests.fakes.seeding import commit
from tests.fakes.stores import new_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.store import Store
    from tests.cli.conftest import Desk

NOW = datetime.now(UTC)
EMBASSY, TOYS, QUAKE = "North Korea closes its embassy in Syria", "An embassy of toys opens", "Earthquake in Peru"
FORMATS = ("text", "markdown", "html", "telegram")


@pytest.fixture(autouse=True)
def store(desk: Desk) -> Iterator[Store]:
    """A store with three entries an hour old; two alerted, and the first is story 12."""
    config = load_config(desk.folder / "config.toml")
    rules = RuleSet(load_rules({"test.toml": (desk.folder / "rules/test.toml").read_text()}).rules)
    config.state.mkdir()
    came = NOW - timedelta(hours=1)
    with new_store(config.database) as opened:
        opened.polls.sync_feeds(config.feeds, default_every=timedelta(minutes=10), now=came)
        entries = []
        for number, title in enumerate((EMBASSY, TOYS, QUAKE)):
            text = EntryText(title, f"The first words of {number}. And then there is a good deal more to say of it.")
            identity = Identity(*(f"{kind}{number}".encode().ljust(16) for kind in "klt"))
            found = tuple((match, (f"Said of {number}.",)) for match in rules.match_entry(text))
            url, folded = f"https://example.org/{number}", fold_entry(text)
            entries.append(NewEntry(identity, url, text, None, folded, FOLD_VERSION, baseline=False, matches=found))
        feed = opened.polls.all_feeds()[0].id
        update_of = FeedUpdate(feed, came, ok=True, next_due=NOW, interval=timedelta(minutes=1), failures=0)
        commit(opened, [PollResult(update_of, tuple(entries))], came)
        with opened.database.write() as (connection, seq):
            connection.execute(insert(tables.stories).values(id=12, created=came, updated=came, seq=seq))
            connection.execute(update(tables.entries).where(tables.entries.c.id == 1).values(story_id=12))
        yield opened


# --- picking ---------------------------------------------------------------------------------------------------------


def test_a_brief_is_what_was_starred_in_that_order_with_notes(desk: Desk) -> None:
    """An entry by its id or address, also one that no rule found; a story by an s and its number."""
    assert desk.run("star", "3", "--note", "No rule\nfound it").out == f"★ {QUAKE}\n"
    assert desk.run("star", "s12", "https://example.org/1").out == f"★ {EMBASSY}\n★ {TOYS}\n"
    [found] = desk.run("brief", "--json").lines
    assert (found["name"], [entry["title"] for entry in found["entries"]]) == ("brief", [QUAKE, EMBASSY, TOYS])
    quake, embassy, _ = found["entries"]
    assert quake == {
        "story": 3,
        "title": QUAKE,
        "sentences": ["The first words of 2.", "And then there is a good deal more to say of it."],
        "sources": ["Example News"],
        "links": ["https://example.org/2"],
        "rules": [],
        "severity": "normal",
        "note": "No rule\nfound it",
    }
    assert (embassy["story"], embassy["sentences"], embassy["note"]) == (12, ["Said of 0."], "")


@pytest.mark.parametrize("style", FORMATS)
def test_a_brief_in_each_format(desk: Desk, style: str) -> None:
    """With its note and its source, and nothing is said to be new."""
    desk.run("star", "story", "12", "--note", "Ask <him>")
    written = desk.run("brief", "--format", style).out
    assert all(each in written for each in ("1 picked", EMBASSY, "Example News", "https://example.org/0"))
    assert any(note in written for note in ("Ask <him>", "Ask &lt;him&gt;", "Ask \\<him\\>"))
    assert "NEW" not in written


def test_a_star_is_taken_back_and_its_note_changed(desk: Desk) -> None:
    """It keeps its place; what is not there is told, and exit code 1 says so."""
    desk.run("star", "1", "2")
    desk.run("star", "1", "--note", "later")
    assert [entry["note"] for entry in desk.run("brief", "--json").lines[0]["entries"]] == ["later", ""]
    assert desk.run("star", "1", "--remove").out == "1 taken out of the brief.\n"
    again = desk.run("star", "1", "--remove")
    assert (again.code, again.err) == (1, f"{EMBASSY}: it was not starred, so there is nothing to remove.\n")
    assert [entry["title"] for entry in desk.run("brief", "--json").lines[0]["entries"]] == [TOYS]
    wrong = desk.run("star", "99", "s99", "2")
    assert (wrong.code, wrong.out) == (1, f"★ {TOYS}\n")
    assert wrong.err == "No stored entry has the id 99.\nNo story has the number s99.\n"
    assert desk.run("star", "1", "--remove", "--note", "x").code == 2


def test_nothing_starred_says_how_to_star(desk: Desk) -> None:
    """Exit code 0; for programs an empty brief."""
    done = desk.run("brief")
    assert (done.code, done.out) == (0, "")
    assert "digest star ID" in done.err
    assert desk.run("brief", "--json").lines[0]["entries"] == []


def test_what_was_starred_is_found(desk: Desk) -> None:
    """Alone or beside a query; mistakes keep their columns."""
    assert desk.run("search", "is:starred", "--json").lines == []
    desk.run("star", "s12", "3")
    assert [line["id"] for line in desk.run("search", "is:starred", "--json").lines] == [1, 3]
    for query in ("is:starred AND embassy", "embassy AND is:starred", "is:starred embassy"):
        assert [line["id"] for line in desk.run("search", query, "--json").lines] == [1]
    assert "<query>:1:20:" in desk.run("search", "is:starred embassy and toys").err


# --- periods ---------------------------------------------------------------------------------------------------------


def test_a_catch_up_is_of_the_time_since_an_entry_was_read(desk: Desk, store: Store) -> None:
    """Of 24 hours where none ever was; any other time is asked for."""
    [found] = desk.run("catchup", "--json").lines
    assert (found["name"], [entry["title"] for entry in found["entries"]]) == ("catchup", [TOYS, EMBASSY])
    assert "Since you were away · 2 stories since" in desk.run("catchup").out
    Dashboard(store.database).mark([3], NOW - timedelta(minutes=30))
    nothing = desk.run("catchup")
    assert "Since you were away\nNothing alerted between" in nothing.out
    assert "--since 7d looks further back" in nothing.err
    assert len(desk.run("catchup", "--since", "2h", "--json").lines[0]["entries"]) == 2
    for style in FORMATS:
        assert EMBASSY in desk.run("catchup", "--since", "2h", "--format", style).out


def test_a_digest_that_was_composed_is_shown_again(desk: Desk, store: Store) -> None:
    """Listed with its time, and the same bytes whatever has become of its entries."""
    assert "No digest was composed yet" in desk.run("compose", "--list").err
    since = NOW - timedelta(days=1)
    document = compose_digest(store.reads.alerts(), name="morning", since=since, until=NOW, timezone="Asia/Seoul")
    store.digests.commit(document, "2026-11-22T07:00", [], NOW)
    store.digests.commit(DigestDocument("evening", since, NOW, "UTC", (), 0), "2026-11-22T19:00", [], NOW)
    [evening, morning] = desk.run("compose", "--list", "--json").lines
    assert (morning["name"], morning["at"], morning["entries"]) == ("morning", "2026-11-22T07:00", 2)
    assert [line["name"] for line in desk.run("compose", "evening", "--list", "--json").lines] == [evening["name"]]
    assert "2026-11-22 07:00" in desk.run("compose", "--list").out
    before = [desk.run("compose", "morning", "--at", "2026-11-22", "--format", style).out for style in FORMATS]
    with store.database.write() as (connection, _):
        connection.execute(update(tables.entries).values(title="other"))
    assert before == [desk.run("compose", "morning", "--at", "2026-11-22", "--format", style).out for style in FORMATS]
    assert all(EMBASSY in written for written in before)
    assert "Nothing alerted" in desk.run("compose", "--at", "2026-11-22 19:00").out


DIGEST = '[[digest]]\nname = "morning"\nat = "07:00"\nchannels = ["desk", "phone"]\n'
TO = '[[channel]]\nname = "{0}"\ntelegram = "@{0}"\nseverity = "{1}"\n'


def test_a_digest_is_shown_as_its_channels_would_get_it(desk: Desk, store: Store) -> None:
    """Of the time since its last one; where they are told different things, to each; without any, all that it is of."""
    desk.append("config.toml", "\n" + TO.format("desk", "low") + TO.format("phone", "urgent") + DIGEST)
    alone = desk.run("compose", "morning", "--json")
    assert [len(line["entries"]) for line in alone.lines] == [2]
    assert "No channel of the digest “morning” is in service" in alone.err
    channels = load_config(desk.folder / "config.toml").channels
    store.channels.sync(channels, {}, NOW - timedelta(days=2))
    each = desk.run("compose", "morning", "--json")
    assert [len(line["entries"]) for line in each.lines] == [2, 0]
    assert each.err == "For desk:\nFor phone:\n"
    store.digests.commit(DigestDocument("morning", NOW, NOW, "UTC", (), 0), "2026-11-22T07:00", [], NOW)
    since_then = desk.run("compose", "morning", "--json")
    assert [line["entries"] for line in since_then.lines] == [[]]
    assert since_then.lines[0]["since"] == iso(store.digests.last_until("morning"))


def test_what_stands_with_a_story_is_there_for_programs(desk: Desk, store: Store) -> None:
    """With the ids of the stories; a report of the same story has none of its own."""
    other = DigestHeadline("Otro", "https://e.example/2", "Diario", 77, "es")
    report = DigestHeadline("Perhaps", "https://e.example/3", "Wire")
    document = compose_digest(store.reads.alerts(), name="morning", since=NOW - timedelta(days=1), until=NOW)
    (group, *_) = document.groups
    line = replace(group.lines[0], also=(other,), apart=(report,))
    store.digests.commit(replace(document, groups=(replace(group, lines=(line,)),)), "2026-11-22T07:00", [], NOW)
    [entry] = desk.run("compose", "morning", "--at", "2026-11-22", "--json").lines[0]["entries"]
    told = {"story": 77, "title": "Otro", "source": "Diario", "link": "https://e.example/2", "lang": "es"}
    assert entry["also"] == [told]
    assert [each["story"] for each in entry["apart"]] == [None]


def test_a_digest_that_was_not_composed_is_told(desk: Desk, store: Store) -> None:
    """With what to write instead; one of an older version was not kept."""
    document = DigestDocument("morning", NOW - timedelta(days=1), NOW, "UTC", (), 0)
    for local in ("2026-11-22T07:00", "2026-11-22T19:00", "2026-11-23T07:00"):
        store.digests.commit(document, local, [], NOW)
    with store.database.write() as (connection, _):
        old = tables.digests.c.local_date == "2026-11-23T07:00"
        connection.execute(update(tables.digests).where(old).values(document={}))
    for arguments, said in (
        (("--at", "2026-11-24"), "no digest was composed at 2026-11-24: digest compose --list"),
        (("morning", "--at", "2026-11-24"), "no digest “morning” was composed at 2026-11-24: digest compose --list"),
        (("evening", "--at", "2026-11-22"), "no digest “evening” was composed yet: a [[digest]] in config.toml"),
        (
            ("--at", "2026-11-22"),
            "digest compose morning --at 2026-11-22T07:00 shows the first (the others: morning 2026-11-22T19:00)",
        ),
        (("--at", "2026-11-23"), "an older version of Digest composed morning at 2026-11-23T07:00, and kept no copy"),
    ):
        done = desk.run("compose", *arguments)
        assert (done.code, said in done.err) == (1, True), done.err
    for arguments, said in (
        (("--at", "2026-11-23", "--send"), "use them without --since and --send"),
        (("--list", "--since", "2h"), "use them without --since and --send"),
        (("--at", "yesterday"), "“yesterday” is no local date: write 2026-11-22, or 2026-11-22T07:00"),
        (("--at", ""), "“” is no local date"),
    ):
        done = desk.run("compose", *arguments)
        assert (done.code, said in done.err) == (2, True), done.err
    assert [line["entries"] for line in desk.run("compose", "--list", "--json").lines][-1] is None
