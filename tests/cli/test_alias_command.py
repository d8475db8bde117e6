"""``digest alias suggest``: names for aliases, offline and for review only."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Desk


def test_an_alias_to_look_through(desk: Desk) -> None:
    """The output as a whole is TOML with an alias for each word; nothing in the folder is touched, no config needed."""
    before = {path: path.read_bytes() for path in desk.folder.rglob("*.toml")}
    done = desk.run("alias", "suggest", "Syria", "북한", "Syria")
    assert (done.code, done.err) == (0, "")
    aliases = tomllib.loads(done.out)["alias"]
    assert list(aliases) == ["syria", "north-korea"]
    assert {"Syria", "시리아", "叙利亚", "سوريا", "Сирия"} <= set(aliases["syria"])
    assert {path: path.read_bytes() for path in desk.folder.rglob("*.toml")} == before
    (desk.folder / "config.toml").unlink()
    assert desk.run("alias", "suggest", "Syria").code == 0


def test_names_as_lines(desk: Desk) -> None:
    """One for each name of each place that the word names, with its language and kind."""
    done = desk.run("alias", "suggest", "Tripoli", "--json")
    assert done.code == 0
    assert {(line["word"], line["kind"], line["country"]) for line in done.lines} == {
        ("Tripoli", "place", "LY"),
        ("Tripoli", "place", "LB"),
    }
    first = next(line for line in done.lines if line["name"] == "的黎波里")
    assert (first["lang"], first["langs"]) == ("zh-Hans", ["zh-Hans", "zh-Hant"])


def test_an_unknown_word(desk: Desk) -> None:
    """Is told with near ones, and the exit code is 1; what is known is shown all the same."""
    done = desk.run("alias", "suggest", "Syira", "Idlib")
    assert done.code == 1
    assert "No country or place is known as “Syira”: did you mean Syria" in done.err
    assert list(tomllib.loads(done.out)["alias"]) == ["idlib"]
    done = desk.run("alias", "suggest", "qqqqqqqq", "\x1b[31m")
    assert (done.code, done.out, "\x1b" in done.err) == (1, "", False)
    assert "write the names yourself, under [alias] in a rule file" in done.err
    assert desk.run("alias", "suggest").code == 2
