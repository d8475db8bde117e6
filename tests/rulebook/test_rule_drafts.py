"""A draft stands among the live rule files; what is wrong with it is told, and what was wrong before is not its."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from digest.errors import UsageError
from digest.match import Memory
from digest.rulebook.drafts import load_draft, load_edited, with_draft
from digest.rulebook.folders import RuleFolders

if TYPE_CHECKING:
    from pathlib import Path

    from digest.errors import Problem

RULE = '[[rule]]\nid = "a"\nany = ["x"]\n'
OTHER = '[[rule]]\nid = "b"\nany = ["y"]\n'
GUARD = '[[example]]\nrule = "a"\nmatch = "x"\n'


def live_of(tmp_path: Path) -> dict[str, str]:
    """The live files of a folder."""
    return {str(tmp_path / "rules" / name): text for name, text in (("a.toml", RULE), ("guards.toml", GUARD))}


def test_a_file_stands_in_for_the_live_one_of_its_name(tmp_path: Path) -> None:
    """Any other is one more; a folder is the whole set, and what in it is no rule file is told."""
    live = live_of(tmp_path)
    told: list[Problem] = []
    draft = tmp_path / "a.toml"
    draft.write_text(OTHER)
    texts, own, _ = with_draft(live, str(draft), RuleFolders.only(tmp_path / "rules"), told.append)
    assert (sorted(texts.values()), own) == (sorted([OTHER, GUARD]), frozenset({str(draft)}))
    draft = draft.rename(tmp_path / "c.toml")
    texts, own, _ = with_draft(live, str(draft), RuleFolders.only(tmp_path / "rules"), told.append)
    assert (sorted(texts.values()), own) == (sorted([OTHER, GUARD, RULE]), frozenset({str(draft)}))
    assert told == []
    (tmp_path / "B.TOML").write_text("")
    texts, own, _ = with_draft(live, str(tmp_path), RuleFolders.only(tmp_path / "rules"), told.append)
    assert (texts, own) == ({str(draft): OTHER}, frozenset({str(draft)}))
    assert [(problem.path, problem.level) for problem in told] == [(str(tmp_path / "B.TOML"), "warning")]


@pytest.mark.parametrize("name", ["none.toml", "latin.toml", "rules"])
def test_what_cannot_be_read_is_said(tmp_path: Path, name: str) -> None:
    """No such file, no UTF-8, a folder without rule files."""
    (tmp_path / "latin.toml").write_bytes(b"\xe9")
    (tmp_path / "rules").mkdir()
    with pytest.raises(UsageError, match=r"cannot be read|is not UTF-8|there is no rule file"):
        with_draft({}, str(tmp_path / name), RuleFolders.only(tmp_path / "rules"), print)


@pytest.mark.parametrize(
    ("draft", "sound", "words"),
    [
        (RULE + 'title = "A"\n', True, []),
        (RULE.replace('"x"', '"y"'), False, ["rule “a” does not match the example at guards.toml:3:1, and should"]),
        (OTHER, True, ["there is no rule “a”: write the id of one, or take this"]),
    ],
)
def test_a_draft_is_held_against_the_examples_of_other_files(draft: str, sound: bool, words: list[str]) -> None:  # noqa: FBT001 - drawn from a table
    """One that breaks them could not be saved; one that lets a rule go could, and it is told what names the rule."""
    live = {"a.toml": RULE, "guards.toml": GUARD}
    told: list[Problem] = []
    loaded, could_be_saved = load_draft(live | {"a.toml": draft}, live, told.append)
    assert could_be_saved is sound
    assert [problem.message[: len(words[0])] for problem in told] == words
    assert len(loaded.rules) == 1


def test_a_draft_that_is_no_rule_file_is_not_compared() -> None:
    """What is wrong is told, each at its place; a live file that is broken on disk is not its fault."""
    told: list[Problem] = []
    with pytest.raises(UsageError, match="the draft could not be loaded as it is"):
        load_draft({"a.toml": "[[", "b.toml": "x = 1"}, {"b.toml": "x = 1"}, told.append)
    assert sorted(problem.path for problem in told) == ["a.toml", "b.toml"]
    assert load_draft({"a.toml": RULE, "b.toml": "x = 1"}, {"b.toml": "x = 1"}, told.append)[1]


def test_an_edit_that_would_not_be_loaded_is_none(tmp_path: Path) -> None:
    """Be it no TOML, or that an example fails, wherever that stands; what was wrong elsewhere before is not its."""
    live = live_of(tmp_path) | {"broken.toml": "[["}
    path, memory = str(tmp_path / "rules" / "a.toml"), Memory()
    loaded = load_edited(live, path, RULE.replace('["x"]', '["x", "z"]'), memory)
    assert loaded is not None
    assert [rule.id for rule in loaded.rules] == ["a"]
    assert load_edited(live, path, RULE.replace('["x"]', '["z"]'), memory) is None
    assert load_edited(live, path, "[[rule", memory) is None
