"""Desks on the command line: qualified ids, ``--desk``, and every folder checked."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from digest.answers.rules import load_rule_files
from digest.config import load_config
from digest.match import FOLD_VERSION, fold_entry
from digest.values.news import EntryText, FeedUpdate, Identity, JudgedMatch, NewEntry, Outcome, PollResult
from tests.fakes.seeding import commit, seed
from tests.fakes.stores import new_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.store import Store
    from tests.cli.conftest import Desk

NOW = datetime.now(UTC)
TITLES = ("An embassy opens in Paris", "A rocket is seen above Seoul", "An embassy opens in Seoul", "A quake in Peru")
KOREA = """
[[desk]]
name = "korea"
[[channel]]
name = "seoul"
file = "told"
desk = "korea"
[[channel]]
name = "all"
file = "all"
"""
RULES = """\
[alias]
place = ["Seoul"]
[[rule]]
id = "embassies"
all = ["@place"]
match = ["An embassy opens in Seoul"]
"""


@pytest.fixture
def desks(desk: Desk) -> Desk:
    """Two desks, each with a rule ``embassies``."""
    desk.append("config.toml", KOREA)
    desk.write("rules-korea/korea.toml", RULES)
    return desk


@pytest.fixture
def store(desks: Desk) -> Iterator[Store]:
    """A store with four entries, all that was found of them told."""
    config = load_config(desks.folder / "config.toml")
    rules = load_rule_files(config).ruleset
    config.state.mkdir()
    with new_store(config.database) as opened:
        opened.polls.sync_feeds(config.feeds, default_every=timedelta(minutes=10), now=NOW)
        entries = []
        for number, title in enumerate(TITLES):
            text = EntryText(title, source="Example News")
            key = f"{number}".encode().ljust(16)
            entry = NewEntry(
                Identity(key, key, key), f"https://e.example/{number}", text, None, fold_entry(text), FOLD_VERSION
            )
            judged = [JudgedMatch(match, Outcome.ALERT, ()) for match in rules.match_entry(text)]
            entries.append(seed(entry, judged, ()))
        feed = opened.polls.all_feeds()[0].id
        update = FeedUpdate(feed, NOW, ok=True, next_due=NOW, interval=timedelta(minutes=1), failures=0)
        commit(opened, [PollResult(update, tuple(entries))], NOW)
        yield opened


def test_check_looks_into_every_folder(desks: Desk) -> None:
    """Each mistake has its file, line and column; the summary names each folder."""
    done = desks.run("check")
    assert done.code == 0, done.err
    assert "rules: 2 rules; rules-korea: 1 rule; " in done.out
    desks.append("rules-korea/korea.toml", '[[rule]]\nid = "x"\nany = ["@syria"]\nchannels = ["all"]\n')
    done = desks.run("check")
    assert done.code == 1
    assert "rules-korea/korea.toml:9:9: there is no alias @syria" in done.err
    assert "rules-korea/korea.toml:10:13: rule “korea/x”: the channel “all” is of the desk main" in done.err
    assert "rules/test.toml" not in done.err
    (desks.folder / "rules-korea/korea.toml").unlink()
    (desks.folder / "rules-korea").rmdir()
    done = desks.run("check")
    assert done.code == 1
    assert "rules-korea:1:1: the rules folder is not there: make it, or take the desk korea out" in done.err


def test_rules_and_matches_go_by_their_desks(desks: Desk) -> None:
    """In lists, examples and what ``match`` writes."""
    rules = [json.loads(line) for line in desks.run("rules", "list", "--json").out.splitlines()]
    assert [(rule["id"], rule["path"]) for rule in rules] == [
        ("embassies", "rules/test.toml"),
        ("quakes", "rules/test.toml"),
        ("korea/embassies", "rules-korea/korea.toml"),
    ]
    tried = [json.loads(line) for line in desks.run("rules", "test", "--json").out.splitlines()]
    assert {(each["rule"], each["path"]) for each in tried if each["kind"] == "match"} == {
        ("embassies", "rules/test.toml"),
        ("korea/embassies", "rules-korea/korea.toml"),
    }
    done = desks.run("match", stdin=json.dumps({"id": 1, "title": TITLES[2]}))
    assert [match["rule"] for match in json.loads(done.out)["matches"]] == ["embassies", "korea/embassies"]


@pytest.mark.usefixtures("store")
def test_what_is_of_one_desk_is_shown_alone(desks: Desk) -> None:
    """``--desk`` and ``desk:`` say the same; ``main`` is the one without a name; an unknown one is told."""

    def titles(*words: str) -> list[str]:
        lines = [json.loads(line) for line in desks.run(*words, "--json").out.splitlines()]
        return [line.get("title") or line["entry"]["title"] for line in lines]

    assert titles("alerts", "--desk", "korea") == [TITLES[1], TITLES[2]]
    assert titles("alerts", "--desk", "main") == [TITLES[0], TITLES[2]]
    assert len(titles("alerts")) == 4
    assert titles("search", "desk:korea") == titles("search", "--desk", "korea", "opens OR seen") == [*TITLES[1:3]]
    assert titles("search", "desk:main -desk:korea") == [TITLES[0]]
    assert titles("search", "--desk", "korea", "@place") == [*TITLES[1:3]]
    assert titles("rules", "try", "--desk", "korea", "@place") == [*TITLES[1:3]]
    done = desks.run("alerts", "--desk", "koera")
    assert (done.code, done.err) == (1, "there is no desk “koera”: did you mean “korea”?\n")


def test_mutes_and_marks_know_qualified_ids(desks: Desk, store: Store) -> None:
    """A mark stands in the folder of its rule's desk, named as the rule is there."""
    assert desks.run("mute", "korea/embassies", "2h").code == 0
    assert [mute.rule for mute in store.mutes.in_force(datetime.now(UTC))] == ["korea/embassies"]
    assert desks.run("unmute", "korea/embassies").code == 0
    story = store.reads.entry("3").story  # type: ignore[union-attr]
    for desk, name in (("main", f"story {story}"), ("korea", f"korea/story {story}")):
        assert desks.run("mute", f"{desk}/{story}", "2h").code == 0
        assert [mute.rule for mute in store.mutes.in_force(datetime.now(UTC))] == [name]
        assert desks.run("unmute", name).code == 0
    assert "there is no desk “koera”" in desks.run("mute", f"koera/{story}").err
    assert "did you mean “korea/embassies”?" in desks.run("mute", "korea/embasies").err
    done = desks.run("mark", "not-relevant", "3")
    assert done.code == 0
    assert f"{TITLES[2]}: noted as unwanted for korea/embassies\n" in done.out
    for folder in ("rules", "rules-korea"):
        assert 'rule = "embassies"\n' in (desks.folder / folder / "marks.toml").read_text()
    done = desks.run("mark", "relevant", "3", "--rule", "korea/embassies")
    assert done.out == f"{TITLES[2]}: no longer noted as unwanted for korea/embassies\n"
    assert "rule = " not in (desks.folder / "rules-korea/marks.toml").read_text()
    why = [json.loads(line) for line in desks.run("why", "3", "--rule", "korea/embassies", "--json").out.splitlines()]
    assert [(each["rule"], each["alerted"]) for each in why] == [("korea/embassies", True)]


@pytest.mark.usefixtures("store")
def test_a_draft_is_of_the_desk_that_is_named(desks: Desk) -> None:
    """It is compared with, and put in the place of, the file of that desk; the other desk's stays."""
    draft = desks.write("draft/korea.toml", RULES.replace('["@place"]', '["@place", "embassy"]'))
    done = desks.run("rules", "diff", str(draft), "--desk", "korea", "--json")
    assert [json.loads(line)["title"] for line in done.out.splitlines()] == [TITLES[1]]
    done = desks.run("rules", "apply", str(draft), "--desk", "korea")
    assert (done.code, done.out.partition(":")[0]) == (0, "rules-korea/korea.toml is saved")
    assert (desks.folder / "rules-korea/korea.toml").read_text() == draft.read_text()
    assert not (desks.folder / "rules/korea.toml").exists()
    (desks.folder / "elsewhere").mkdir()
    there = desks.write("rules-korea/more.toml", '[[rule]]\nid = "more"\nany = ["@place"]\n')
    done = desks.run("rules", "apply", str(desks.folder / "elsewhere/../rules-korea" / there.name))
    assert (done.code, done.out.partition(":")[0]) == (0, "rules-korea/more.toml is saved")
    assert not (desks.folder / "rules/more.toml").exists()
    done = desks.run("rules", "apply", str(desks.write("draft/new.toml", '[[rule]]\nid = "n"\nany = ["x"]\n')))
    assert (done.code, (desks.folder / "rules/new.toml").exists()) == (0, True)
