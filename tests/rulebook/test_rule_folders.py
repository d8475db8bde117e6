"""The rules folders of all desks as one, on disk."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from digest.errors import Problem
from digest.match import Example, ExampleKind, load_rules
from digest.rulebook.drafts import load_draft, with_draft
from digest.rulebook.folders import RuleFolders
from digest.rulebook.marks import note_relevant, note_unwanted
from digest.values.desks import desk_of
from digest.values.news import EntryText, StoredEntry

if TYPE_CHECKING:
    from pathlib import Path

RULE = '[[rule]]\nid = "a"\nany = ["x"]\n'


def folders_in(tmp_path: Path) -> RuleFolders:
    """Two folders, each with a file of the same name."""
    found = RuleFolders({"": tmp_path / "rules", "korea": tmp_path / "rules-korea"})
    for folder, word in zip(found.by_desk.values(), ("x", "y"), strict=True):
        folder.mkdir()
        (folder / "a.toml").write_text(RULE.replace('"x"', f'"{word}"'))
    return found


def test_files_go_by_their_names(tmp_path: Path) -> None:
    """Those of a named desk behind it; so does what is odd about them."""
    folders = folders_in(tmp_path)
    (tmp_path / "rules-korea/b.tml").write_text("")
    found = folders.read()
    assert list(found.texts) == ["a.toml", "korea/a.toml"]
    assert [doubt.path for doubt in found.warnings] == ["korea/b.tml"]
    assert folders.file("korea/a.toml") == tmp_path / "rules-korea/a.toml"
    assert folders.by_path(found.texts).keys() == {
        str(tmp_path / "rules/a.toml"),
        str(tmp_path / "rules-korea/a.toml"),
    }
    assert [folders.desk_at(path) for path in folders.by_path(found.texts)] == ["", "korea"]
    assert folders.desk_at(str(tmp_path / "draft/a.toml")) == ""
    assert folders.by_path({"gone/a.toml": RULE}) == {}


def test_a_folder_that_is_gone_takes_nothing_of_the_others(tmp_path: Path) -> None:
    """Of its desk alone nobody knows which files there are."""
    folders = folders_in(tmp_path)
    (tmp_path / "rules-korea").rename(tmp_path / "aside")
    found = folders.read()
    assert (list(found.texts), found.lost) == (["a.toml"], frozenset({"korea"}))
    (problem,) = folders.at_paths(found.problems)
    assert problem.path == str(tmp_path / "rules-korea")


def test_an_edit_of_any_desk_is_seen(tmp_path: Path) -> None:
    """And so is a folder that is another from now on."""
    folders = folders_in(tmp_path)
    before = folders.fingerprint()
    assert folders.fingerprint() == before
    (tmp_path / "rules-korea/a.toml").write_text(RULE + "\n")
    after = folders.fingerprint()
    assert after != before
    assert RuleFolders({"": tmp_path / "rules", "asia": tmp_path / "rules-korea"}).fingerprint() != after


def test_a_draft_stands_in_for_the_file_of_its_desk(tmp_path: Path) -> None:
    """The desk is named, or that of the folder it lies in; the file of the other desk stays."""
    folders, told = folders_in(tmp_path), list[Problem]()
    live = folders.by_path(folders.read().texts)
    draft = tmp_path / "a.toml"
    draft.write_text(RULE.replace('"x"', '"z"'))
    for desk, others in (("korea", "rules"), (None, "rules-korea"), ("", "rules-korea")):
        made = with_draft(live, str(draft), folders, told.append, desk)
        assert made.texts.keys() == {str(draft), str(tmp_path / others / "a.toml")}
        loaded, sound = load_draft(made.texts, live, told.append, made.desk_at)
        assert sound
        assert {rule.id for rule in loaded.rules} == {"a", "korea/a"}
        assert [rule.id for rule in loaded.rules if rule.path in made.own] == ["korea/a" if desk == "korea" else "a"]
    whole = with_draft(live, str(tmp_path / "rules-korea"), folders, told.append)
    assert whole.texts.keys() == live.keys()
    assert told == []


def test_a_mark_names_its_rule_as_its_desk_does(tmp_path: Path) -> None:
    """It is written into the folder of the rule's desk, is found again there, and is taken back."""
    folders = folders_in(tmp_path)
    loaded = load_rules(folders.read().texts, desk_at=desk_of)
    rule = next(rule for rule in loaded.rules if rule.id == "korea/a")
    entry = StoredEntry(1, 1, "", EntryText("y is here"), None, datetime.now(UTC))
    assert note_unwanted(folders.of(rule.id), rule, entry) == "noted as unwanted for korea/a"
    assert 'rule = "a"\n' in (tmp_path / "rules-korea/marks.toml").read_text()
    assert not (tmp_path / "rules/marks.toml").exists()
    again = load_rules(folders.read().texts, desk_at=desk_of)
    assert again.apart[0] == Example(
        "korea/a", ExampleKind.UNWANTED, EntryText("y is here"), "korea/marks.toml", again.apart[0].keys
    )
    assert note_unwanted(folders.of(rule.id), rule, entry) == "noted as unwanted for korea/a already"
    assert note_relevant(folders.of(rule.id), rule, entry) == "no longer noted as unwanted for korea/a"
    assert load_rules(folders.read().texts, desk_at=desk_of).apart == ()
