"""``digest mark``: what the bot and the dashboard can say of an entry, from the shell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from digest.config import load_config
from digest.match import FOLD_VERSION, MARKS, RuleSet, fold_entry, load_rules
from digest.store.dashboard import Dashboard
from digest.values.news import EntryText, FeedUpdate, Identity, NewEntry, PollResult
from tests.fakes.seeding import commit
from tests.fakes.stores import new_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.store import Store
    from tests.cli.conftest import Desk

NOW = datetime.now(UTC)
EMBASSY, TOYS, QUAKE = "North Korea closes its embassy in Syria", "An embassy of toys opens", "Earthquake in Peru"


@pytest.fixture(autouse=True)
def store(desk: Desk) -> Iterator[Store]:
    """A store with three entries, matched by the desk's rules; the last by none."""
    config = load_config(desk.folder / "config.toml")
    rules = RuleSet(load_rules({"test.toml": (desk.folder / "rules/test.toml").read_text()}).rules)
    config.state.mkdir()
    with new_store(config.database) as opened:
        opened.polls.sync_feeds(config.feeds, default_every=timedelta(minutes=10), now=NOW)
        entries = []
        for number, title in enumerate((EMBASSY, TOYS, QUAKE)):
            text = EntryText(title, source="Example News")
            entry = NewEntry(
                Identity(*(f"{kind}{number}".encode().ljust(16) for kind in "klt")),
                f"https://example.org/{number}",
                text,
                None,
                fold_entry(text),
                FOLD_VERSION,
                baseline=False,
                matches=tuple((match, ()) for match in rules.match_entry(text)),
            )
            entries.append(entry)
        feed = opened.polls.all_feeds()[0].id
        update = FeedUpdate(feed, NOW, ok=True, next_due=NOW, interval=timedelta(minutes=1), failures=0)
        commit(opened, [PollResult(update, tuple(entries))], NOW)
        yield opened


def unread(store: Store) -> list[bool]:
    """Whether each entry is unread."""
    details = [Dashboard(store.database).detail(number) for number in (1, 2, 3)]
    return [detail is not None and detail.unread for detail in details]


def test_read_and_unread(desk: Desk, store: Store) -> None:
    """By id or address, several at once; what is not there is named, the rest is done, and the exit code is 1."""
    assert unread(store) == [True, True, True]
    done = desk.run("mark", "read", "1", "https://example.org/2")
    assert (done.code, done.out, done.err) == (0, "2 entries read.\n", "")
    assert unread(store) == [False, True, False]
    done = desk.run("mark", "unread", "99", "1", "https://example.org/none")
    assert (done.code, done.out) == (1, "1 entry unread.\n")
    assert done.err == ("No stored entry has the id 99.\nNo stored entry has the address https://example.org/none.\n")
    assert unread(store) == [True, True, False]


def test_not_relevant_and_back(desk: Desk) -> None:
    """A mark for each rule that found it; the rule's file is left; `rules test` and `check` know it; taken back."""
    before = (desk.folder / "rules/test.toml").read_text()
    done = desk.run("mark", "not-relevant", "2")
    assert (done.code, done.out) == (0, f"{TOYS}: noted as unwanted for embassies\n")
    assert desk.run("mark", "not-relevant", "2").out == f"{TOYS}: noted as unwanted for embassies already\n"
    assert (desk.folder / "rules/test.toml").read_text() == before
    line = (desk.folder / "rules" / MARKS).read_text().splitlines().index(f'unwanted = "{TOYS}"') + 1
    [tested] = [line for line in desk.run("rules", "test", "--json").lines if line["kind"] == "unwanted"]
    assert tested == {
        "rule": "embassies",
        "path": "rules/marks.toml",
        "line": line,
        "kind": "unwanted",
        "text": TOYS,
        "passed": False,
    }
    checked = desk.run("check")
    assert f"rules/marks.toml:{line}:12: warning: rule “embassies” still matches this unwanted example" in checked.err
    assert checked.code == 0
    done = desk.run("mark", "relevant", "2")
    assert (done.code, done.out) == (0, f"{TOYS}: no longer noted as unwanted for embassies\n")
    assert desk.run("mark", "relevant", "2").out == f"{TOYS}: embassies finds it, and nothing else is noted\n"
    assert "[[example]]" not in (desk.folder / "rules" / MARKS).read_text()


def test_what_a_rule_should_find(desk: Desk) -> None:
    """An entry that it does not find is a known gap of it, until that is taken back."""
    done = desk.run("mark", "relevant", "3", "--rule", "embassies")
    assert (done.code, done.out) == (0, f"{QUAKE}: noted as what embassies should find\n")
    [gap] = [line for line in desk.run("rules", "test", "--json").lines if line["kind"] == "known_gap"]
    assert (gap["rule"], gap["text"], gap["passed"]) == ("embassies", QUAKE, True)
    done = desk.run("mark", "not-relevant", "3", "--rule", "embassies")
    assert (done.code, done.out) == (0, f"{QUAKE}: no longer noted as what embassies should find\n")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["not-relevant", "3"], 1, f"{QUAKE}: none of the rules found it: name one with --rule\n"),
        (
            ["not-relevant", "3", "--rule", "embassies"],
            1,
            f"{QUAKE}: as it is now, the rule “embassies” does not match this\n",
        ),
        (["relevant", "1", "--rule", "embasies"], 1, "there is no rule “embasies”: did you mean “embassies”?\n"),
        (["relevant"], 2, "Missing argument 'ID...'"),
        (["irrelevant", "1"], 2, "There is no command “irrelevant”. Did you mean “relevant”?"),
    ],
)
def test_what_cannot_be_said_is_told(desk: Desk, arguments: list[str], code: int, words: str) -> None:
    """In words, on standard error; nothing is written."""
    done = desk.run("mark", *arguments)
    assert (done.code, done.out) == (code, "")
    assert words in done.err
    assert not (desk.folder / "rules" / MARKS).exists()


def test_a_broken_file_of_marks_is_left(desk: Desk) -> None:
    """The error is told as that of any rule file, and nothing is written over it."""
    desk.write(f"rules/{MARKS}", "[[")
    done = desk.run("mark", "not-relevant", "1", "2")
    assert (done.code, done.err.count("correct the file first: marks.toml:1:")) == (1, 2)
    assert (desk.folder / "rules" / MARKS).read_text() == "[["
    assert "rules/marks.toml:1:" in desk.run("check").err
