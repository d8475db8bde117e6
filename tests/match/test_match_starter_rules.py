"""The starter rules that a first run meets."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from digest.match import LoadedRules, RuleSet, load_rules, run_examples
from digest.values.news import EntryText

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
    results = run_examples(loaded.ruleset, loaded.examples())
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
