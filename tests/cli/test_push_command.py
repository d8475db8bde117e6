"""``digest rules push``: what CI publishes is checked first, is live for all, and says whose it is."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from digest.store import file_url, open_store
from tests.cli.conftest import CONFIG, RULES, furnished
from tests.fakes.stores import new_store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.cli.conftest import Desk

BROKEN = '[[rule]]\nid = "broken"\nquery = "embassy AND"\n'
FAILING = '[[rule]]\nid = "quakes"\nany = ["earthquake"]\nmatch = ["A flood in Peru"]\n'


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A checkout with rules, whose config names a database that an engine has made."""
    desk = furnished(tmp_path / "desk")
    desk.write("config.toml", CONFIG)
    (desk.folder / "state").mkdir()
    new_store(url(desk)).close()
    return desk


def url(desk: Desk) -> str:
    """Of its database."""
    return file_url(desk.folder / "state" / "digest.db")


def live(desk: Desk) -> Mapping[str, str]:
    """The texts that are live."""
    with open_store(url(desk)) as store:
        return store.rules.live_texts()


def test_a_folder_is_published_and_withdrawn(desk: Desk) -> None:
    """Rules are live as they are in the folder that is named, all else is gone; who did it stands in the status."""
    desk.write("checkout/korea.toml", RULES)
    done = desk.run("rules", "push", "checkout", LOGNAME="ann")
    assert (done.code, done.out) == (0, "2 rules of 1 file pushed: all is right\n"), done.err
    assert live(desk) == {"korea.toml": RULES}
    assert "rules     2, pushed by ann on " in desk.run("status").out
    assert [rule["id"] for rule in desk.run("rules", "list", "--json").lines] == ["embassies", "quakes"]
    desk.run("rules", "push")
    assert live(desk) == {"test.toml": RULES}
    refused = desk.run("rules", "apply", "checkout/korea.toml")
    assert (refused.code, "the live rules were pushed by" in refused.err) == (1, True)
    assert desk.run("rules", "push", "--withdraw").code == 0
    again = desk.run("rules", "push", "--withdraw")
    assert (again.code, "no rules were pushed" in again.err) == (1, True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (BROKEN, "checkout/b.toml:3:18: "),
        (FAILING, "checkout/b.toml:4:10: "),
        (RULES.replace("embassies", "a b"), "checkout/b.toml:2:6: "),
    ],
)
def test_nothing_of_a_folder_with_a_mistake_is_published(desk: Desk, text: str, words: str) -> None:
    """The place is said as check says it, and what was live stays so."""
    desk.run("rules", "push")
    desk.write("checkout/a.toml", RULES.replace("quakes", "others"))
    desk.write("checkout/b.toml", text)
    done = desk.run("rules", "push", "checkout")
    assert done.code == 1
    assert words in done.err
    assert "nothing was pushed: 1 error" in done.out
    assert live(desk) == {"test.toml": RULES}


def test_what_was_checked_is_what_is_published(desk: Desk) -> None:
    """Not what is edited meanwhile: it is written here before any second time that the file is opened."""
    file, opened = desk.folder / "rules" / "test.toml", 0

    def edit(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal opened
        if event == "open" and str(arguments[0]).endswith(str(file.name)) and opened < 2:
            opened += 1
            if opened == 2:
                file.write_text(BROKEN)

    desk.write("rules/test.toml", RULES)
    sys.addaudithook(edit)
    done = desk.run("rules", "push")
    assert (done.code, opened) == (0, 1), done.err
    assert live(desk) == {"test.toml": RULES}
    opened = 2  # a hook stays


def test_whoever_looks_at_rules_is_told_that_they_were_pushed(desk: Desk) -> None:
    """The folder that check looks at does not count, and the live rules stand in no file of this machine."""
    desk.write("rules/test.toml", RULES)
    assert "rules/test.toml:1" in desk.run("rules", "list").out
    desk.run("rules", "push", LOGNAME="ann")
    done = desk.run("check")
    assert (done.code, "rules:1:1: warning: the live rules were pushed by ann on " in done.err) == (0, True), done.err
    assert [line.split()[-1] for line in desk.run("rules", "list").out.splitlines()[1:]] == ["pushed", "(disabled)"]
    desk.run("rules", "push", "--withdraw")
    assert "pushed" not in desk.run("check").err


def test_what_cannot_be_pushed_is_said(desk: Desk) -> None:
    """A folder that is not there, one without rules, a database that no engine has made."""
    assert "there is no folder nowhere" in desk.run("rules", "push", "nowhere").err
    (desk.folder / "empty").mkdir()
    done = desk.run("rules", "push", "empty")
    assert (done.code, "nothing was pushed: there is no rule in empty" in done.err) == (1, True)
    assert desk.run("rules", "push", "empty", "--withdraw").code == 2
    (desk.folder / "state" / "digest.db").unlink()
    done = desk.run("rules", "push")
    assert (done.code, "there is no database" in done.err) == (1, True)
