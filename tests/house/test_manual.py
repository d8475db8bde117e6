"""The manual says what is so: its pages are listed and linked, its commands can be typed, its files load."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from digest.cli.help import MANUAL, rendered, topics
from digest.cli.main import digest
from digest.config import load_config
from digest.match import load_rules
from digest.match.lint.terms import lint
from tests.keys import with_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(MANUAL.glob("*.md"))}
README = (ROOT / "README.md").read_text(encoding="utf-8")
TEXTS = {**PAGES, "the README": README, "rules/README": (ROOT / "rules" / "README.md").read_text(encoding="utf-8")}


def blocks(text: str, language: str) -> list[str]:
    """The code of a page in one language, as a reader copies it."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", code, flags=re.MULTILINE) for indent, code in found]


def test_the_readme_is_read_in_one_sitting() -> None:
    """150 lines at most; the rest is in the manual."""
    assert len(README.splitlines()) <= 150


def test_every_page_is_listed_with_a_line() -> None:
    """``digest help`` shows each page there is, and no other."""
    listed = topics()
    assert set(listed) == PAGES.keys() - {"README"}
    assert all(1 < len(words) <= 80 for words in listed.values())


@pytest.mark.parametrize("name", [name for name in TEXTS if "README" not in name])
def test_every_page_begins_with_what_it_is_about(name: str) -> None:
    """One title, and only one, in the first line."""
    assert re.findall(r"^# .+$", re.sub(r"```.*?```", "", TEXTS[name], flags=re.DOTALL), re.MULTILINE) == [
        TEXTS[name].splitlines()[0]
    ]


@pytest.mark.parametrize("name", TEXTS)
def test_every_link_leads_somewhere(name: str) -> None:
    """Links between pages, and from the README to files of the checkout."""
    folder = {"the README": ROOT, "rules/README": ROOT / "rules"}.get(name, MANUAL)
    links = re.findall(r"\]\((?!https?://)([^)]+)\)", TEXTS[name])
    assert [link for link in links if not (folder / link).is_file()] == []


@pytest.mark.parametrize("name", [name for name in PAGES if blocks(PAGES[name], "toml")])
def test_every_toml_block_loads(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules and aliases as the rule files of one folder, everything else as a config; `check` has no word to say.

    Of an example under `unwanted` it must remind.
    """
    monkeypatch.chdir(tmp_path)
    rules = {}
    for number, block in enumerate(blocks(PAGES[name], "toml")):
        if {"rule", "alias", "example"} & tomllib.loads(block).keys():
            rules[f"block-{number}.toml"] = block
        else:
            path = tmp_path / f"config-{number}.toml"
            path.write_text(_completed(block), encoding="utf-8")
            assert load_config(path).warnings == ()
    loaded = load_rules(rules)
    reminders = "still matches this unwanted example"
    doubts = [problem for problem in (*loaded.warnings, *lint(loaded)) if reminders not in problem.message]
    assert (loaded.problems, doubts) == ((), [])


def _completed(block: str) -> str:
    """A piece of a config with the channels that it names."""
    data = tomllib.loads(block)
    there = {channel["name"] for channel in data.get("channel", [])}
    named = {name for digest in data.get("digest", []) for name in digest["channels"]}
    named |= set(data.get("notices", {}).get("channels", []))
    missing = sorted(named - there)
    return block + "".join(f'\n[[channel]]\nname = "{name}"\ntelegram = "@{name}_news"\n' for name in missing)


def typed() -> Iterator[tuple[str, str]]:
    """Each command line that is shown, with the page it is on."""
    for name, text in TEXTS.items():
        for line in "\n".join(blocks(text, "sh")).splitlines():
            if line.startswith("digest"):
                yield name, line
        for code in re.findall(r"(?<!`)`(digest(?: [^`]+)?)`(?!`)", re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
            yield name, code


@pytest.mark.parametrize(("name", "line"), sorted(set(typed())))
def test_every_command_that_is_shown_can_be_typed(name: str, line: str) -> None:
    """The command is there, and so is each option it is shown with."""
    del name
    words = shlex.split(re.split(r" [|>&]", line)[0].replace("[", "").replace("]", ""), comments=True)[1:]
    command: click.Command = digest
    context = click.Context(digest)
    while words and isinstance(command, click.Group) and not words[0].startswith("-") and words[0] != "…":
        _, found, words = command.resolve_command(context, words)
        assert found is not None
        command = found
    options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    assert [word for word in words if word.startswith("--") and word not in options] == []


def test_every_key_of_the_dashboard_is_explained() -> None:
    """The page has the table of the actions' keys as it is: ``python -m tests.keys`` writes it anew."""
    page = (MANUAL / "dashboard.md").read_text(encoding="utf-8")
    assert page == with_keys(page)
    assert page.count("| `") > 30


def test_every_key_of_the_config_is_explained() -> None:
    """What the example config has stands on the page, too."""
    example = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    keys = set(re.findall(r"^(?:# )?([a-z_]+) +=|^([a-z_]+) = ", example, re.MULTILINE))
    named = {first or second for first, second in keys}
    assert len(named) > 30
    assert [key for key in sorted(named) if f"`{key}`" not in PAGES["config"]] == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_readable_in_a_terminal(name: str) -> None:
    """No mark of Markdown or HTML is left, no line of code is cut, and what is piped has no terminal sequence."""
    text = rendered(PAGES[name], 80, styled=False)
    assert "\x1b" not in text
    assert not re.search(r"^#|```|\]\(|<[a-z]+>", text, re.MULTILINE)
    for code in (block for language in ("sh", "toml", "text") for block in blocks(PAGES[name], language)):
        for line in code.splitlines():
            assert line.rstrip() in text


def test_a_styled_page_says_the_same() -> None:
    """Bold and dim are all that a terminal adds."""
    plain, styled = (rendered(PAGES["rules"], 80, styled=styled) for styled in (False, True))
    assert "\x1b[1" in styled
    assert re.sub(r"\x1b\[[0-9;]*m| +$", "", styled, flags=re.MULTILINE).split() == plain.split()
