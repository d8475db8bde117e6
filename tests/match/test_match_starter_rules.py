"""The starter rules that a first run meets, and the manual beside them."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from digest.match import LoadedRules, Rule, RuleSet, load_rules, parse_query, run_examples
from digest.match.query import Phrase
from digest.match.rulefile import RULE_KEYS
from digest.model import EntryText

FOLDER = Path(__file__).parents[2] / "rules"


def starter() -> LoadedRules:
    """The starter rules as a user gets them."""
    return load_rules({path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.toml")})


def fired(text: EntryText) -> set[str]:
    """The ids of the starter rules that match."""
    return {match.rule for match in RuleSet(starter().rules).match_entry(text)}


def test_starter_rules_load_without_a_word() -> None:
    """No problem, no warning, every example as it says."""
    loaded = starter()
    assert not loaded.problems
    assert not loaded.warnings
    assert {rule.topic for rule in loaded.rules} == {"North Korea", "Syria", "Diplomatic Ties"}
    results = run_examples(loaded.rules)
    assert len(results) > 50
    assert all(result.passed for result in results)


NEWS = [
    (
        EntryText(title="South Korea to Establish Diplomatic Relations with Syria, North Korea’s Friend"),
        {"north-korea", "syria", "diplomatic-ties", "korea-syria"},
    ),
    (
        EntryText(title="Syria’s Bashar al-Assad ‘planning state visit to North Korea’"),
        {"north-korea", "syria", "korea-syria"},
    ),
    (
        EntryText(
            title="Monday's digest",
            content="Chip maker gains 5%\nSeoul is to open ties with Damascus\nThe foreign ministry said it would "
            "set up diplomatic relations with Syria, long a friend of Pyongyang's.\nA singer tops the charts",
        ),
        {"north-korea", "syria", "diplomatic-ties", "korea-syria"},
    ),
    (EntryText(title="Election day in South Korea"), set()),
    (EntryText(title="Transfer news", summary="The striker scored twice."), set()),
    (EntryText(title="Un groupe de rock syrien", summary="Concert à Damas"), {"syria"}),
]


@pytest.mark.parametrize(("text", "rules"), NEWS, ids=[text.title[:30] for text, _ in NEWS])
def test_news_lead_to_the_alerts_a_reader_expects(text: EntryText, rules: set[str]) -> None:
    """Headlines, and articles inside scraped pages, fire the topics they are about and no other."""
    assert fired(text) == rules


def test_scraped_pages_fire_all_three_topics() -> None:
    """The two real pages that stand for the input, each as nothing but content."""
    folder = Path(os.environ.get("DIGEST_CORPUS") or "/nowhere").parent.parent / "seeds"
    pages = sorted(folder.glob("*.txt"))
    if not pages:
        pytest.skip("DIGEST_CORPUS is not set, or no seeds stand beside it")
    for page in pages:
        assert {"north-korea", "syria", "diplomatic-ties"} <= fired(EntryText(content=page.read_text(encoding="utf-8")))


def test_aliases_speak_many_languages() -> None:
    """Each topic is named in at least seven scripts."""
    for name in ("north-korea", "syria", "diplomatic-ties"):
        text = (FOLDER / f"{name}.toml").read_text(encoding="utf-8")
        for script in ("[A-Za-z]", "[가-힣]", "[一-龥]", "[ァ-ヴ]|国交", "[А-я]", "[ء-ي]", "[א-ת]"):
            assert re.search(script, text), (name, script)


# --- the manual --------------------------------------------------------------------------------------------------

MANUAL = (FOLDER / "README.md").read_text(encoding="utf-8")


def test_every_file_in_the_manual_loads() -> None:
    """Each TOML block is a rule file that loads, examples and all."""
    blocks = re.findall(r"```toml\n(.*?)```", MANUAL, re.DOTALL)
    assert len(blocks) >= 4
    for number, block in enumerate(blocks):
        loaded = load_rules({f"block-{number}.toml": block})
        assert not loaded.problems
        assert not loaded.warnings
        assert loaded.rules


def rows(heading: str) -> list[list[str]]:
    """The cells of the table behind a heading (without its head)."""
    table = MANUAL.split(heading, 1)[1]
    lines = [line for line in table.splitlines() if line.startswith("|")]
    head = [number for number, line in enumerate(lines) if line.startswith("|---")]
    end = head[1] - 1 if len(head) > 1 else len(lines)
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[head[0] + 1 : end]]


def test_every_query_in_the_manual_finds_its_text() -> None:
    """Each row of the table of operators: the query finds the headline beside it."""
    aliases = {"syria": (Phrase("Syria*"), Phrase("Damascus"))}
    table = rows("## The full form")
    assert len(table) >= 15
    for query, _, text in table:
        rule = Rule("row", "row", parse_query(query.strip("`"), aliases))
        assert RuleSet([rule]).match_entry(EntryText(title=text)), query


def test_every_word_in_the_manual_finds_what_it_says() -> None:
    """Each row of the table of words: what it finds and what it does not find."""
    table = rows("What to know about words")
    assert len(table) >= 5
    for term, finds, misses in table:
        written = re.findall(r"`(.*?)`", term)[0]
        rule = Rule("row", "row", parse_query(f'"{written}"' if " " in written else written))
        for text in filter(None, finds.split(", ")):
            assert RuleSet([rule]).match_entry(EntryText(title=text.strip(" |"))), (written, text)
        for text in filter(None, misses.strip(" |").split(", ")):
            assert not RuleSet([rule]).match_entry(EntryText(title=text)), (written, text)


def test_every_key_stands_in_the_manual() -> None:
    """No key of a rule is left unsaid."""
    for key in RULE_KEYS:
        assert f"`{key}`" in MANUAL, key
