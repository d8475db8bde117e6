"""What is doubtful in rules that are right, each at its place; and nothing about rules that are well made."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.match import FOLD_VERSION, Rule, RuleSet, fold_entry, load_rules
from digest.match.language.query import Phrase, print_query
from digest.match.lint.firing import loud_rules, silent_rules
from digest.match.lint.sample import lint_sample
from digest.match.lint.terms import lint
from digest.values.news import EntryText, StoredEntry
from tests.match.test_match_explain import QUERIES

NOW = datetime(2026, 11, 25, tzinfo=UTC)
RULE = '[[rule]]\nid = "a"\n'
STARTERS = Path(__file__).parents[2] / "rules"


def warnings(text: str) -> list[str]:
    """The warnings on a rule file, as users read them."""
    loaded = load_rules({"r.toml": text})
    assert not loaded.problems
    found = lint(loaded)
    assert {problem.level for problem in found} <= {"warning"}
    return [str(problem) for problem in found]


DOUBTFUL = [
    (RULE + 'any = ["Zurich", "Zürich"]', "3:19: “Zürich” is needless: “Zurich” in the same list finds the same"),
    (
        RULE + 'any = ["Syrian", "Syria*"]',
        "3:9: “Syrian” is needless: “Syria*” in the same list finds all that",
    ),
    (RULE + 'any = ["Korea", "North Korea"]', "3:18: “North Korea” is needless: “Korea” in the same list"),
    (RULE + 'any = ["=US", "us"]', "3:10: “=US” is needless: “us” in the same list finds all that it does"),
    (RULE + 'any = ["=US", "US"]', "3:10: “=US” is needless: “US” in the same list finds all that it does"),
    (RULE + 'any = ["북한", "북한대사관"]', "3:15: “북한대사관” is needless: “북한” in the same list"),
    (RULE + 'query = \'("a b"~3 OR "a b") AND c\'', "3:23: “a b” is needless: “a b~3” in the same list"),
    (RULE + "query = 'c AND (title:x OR x)'", "3:23: “title:x” is needless: “x” in the same list"),
    ('[alias]\nx = ["Łódź", "Lodz"]\n' + RULE + 'any = ["@x"]', "2:15: “Lodz” is needless: “Łódź” in the same list"),
    (RULE + 'any = ["x", "tier:B", "tier:A..C"]', "3:19: “tier:B” is needless: “tier:A..C” in the same list finds all"),
    (RULE + "query = 'x AND tier:B NOT tier:A..C'", "3:27: this rule can never match: NOT tier:A..C excludes all that"),
    (RULE + 'any = ["C++"]', "3:9: “C++” is looked for as “c”, for signs are no letters"),
    (
        RULE + 'all = ["Syria"]\nnone = ["Syria*"]',
        "4:10: this rule can never match: NOT Syria* excludes all that Syria finds; take one of the two out",
    ),
    (RULE + "query = '(x OR y) NOT (y OR x OR z)'", "3:24: this rule can never match: NOT y OR x OR z excludes"),
    (RULE + "query = 'x AND (y OR z) NOT y NOT z'", "3:29: this rule can never match: NOT y excludes all that y OR z"),
    (RULE + "query = 'x AND (y NOT y)'", "3:23: this rule can never match: NOT y excludes all that y finds"),
    (RULE + "query = '(x NEAR/3 y) NOT x'", "3:27: this rule can never match: NOT x excludes all that x finds"),
    (RULE + "query = 'title:(x NOT x)'", "3:23: this rule can never match: NOT title:x excludes all that title:x"),
    (
        '[alias]\nx = ["Syria", "Syrian*"]\n' + RULE + 'any = ["@x", "Syrians"]',
        "5:15: “Syrians” is needless: “@x” in the same list finds all that it does",
    ),
    (
        RULE + 'any = ["5%"]',
        r"3:9: “5%” is looked for as “5”, for signs are no letters: where they matter, write /\b5%/",
    ),
    (RULE + 'any = ["tag:c#"]', r"3:13: “tag:c#” is looked for as “c”, for signs are no letters: where they matter,"),
    (
        '[alias]\nx = ["a"]\n' + RULE + 'any = ["b"]',
        "2:1: no rule uses the alias @x: take it out, or write",
    ),
]


@pytest.mark.parametrize(("text", "warning"), DOUBTFUL, ids=[warning for _, warning in DOUBTFUL])
def test_what_is_doubtful_is_named_at_its_place(text: str, warning: str) -> None:
    """One warning for each fault, with line, column and what to do."""
    (found,) = warnings(text)
    assert found.startswith(f"r.toml:{warning}")


SOUND = [
    RULE + 'any = ["US", "embassy", "embassies"]',
    RULE + 'any = ["title:Korea", "summary:Korea"]',
    RULE + "query = 'Korea AND \"North Korea\"'",
    RULE + "query = '2 OF (Korea, \"North Korea\")'",
    RULE + 'any = ["=US", "=us"]',
    RULE + 'any = ["U.S."]\nnone = ["lang:pt-BR", "lang:ko"]',
    RULE + 'any = ["a b", "a b c"]\nenabled = false'.replace('"a b c"', '"b c"'),
    RULE + 'any = ["大使", "大使館"]',
    RULE + "query = '(x OR y) NOT y'",
    RULE + "query = 'x NOT tier:F'",
    RULE + 'all = ["x", "tier:A..C"]\nany = ["tier:F", "y", "A"]',
    RULE + 'all = ["Syria"]\nnone = ["title:Syria"]',
    RULE + "query = 'x NOT (x NOT y)'",
    RULE + "query = 'x NOT /^x$/'",
    RULE + "query = 'x NOT \"x y\"'",
    RULE + 'any = ["=Syria"]\nnone = ["=SYRIA"]',
    RULE + 'any = ["#Syria", "Q&A", "T-Mobile", "l\'Oréal", "G 7", "U.S."]',
    '[alias]\nx = ["title:Syria"]\n' + RULE + 'any = ["@x", "Syria"]',
    '[alias]\nx = ["=US"]\n' + RULE + 'any = ["@x", "us"]',
    '[alias]\nx = ["a"]\ny = ["@x"]\n' + RULE + 'any = ["@y"]',
]


@pytest.mark.parametrize("text", SOUND)
def test_what_is_well_made_is_left_alone(text: str) -> None:
    """Other fields, other case, parts of a whole that are all asked for, and aliases of aliases are no fault."""
    assert warnings(text) == []


def test_what_a_broken_file_names_is_unknown() -> None:
    """An alias is not called unused while a rule that may use it cannot be read."""
    alias = '[alias]\nx = ["Syria"]\n'
    assert len(lint(load_rules({"a.toml": alias}))) == 1
    assert lint(load_rules({"a.toml": alias, "b.toml": RULE + 'any = ["@x", "(("]\nkey = 1'})) == []


@pytest.mark.parametrize("term", ["C++", "C#", ".NET", "5%", "A+", "title:C++", "R+D", "x/y+"])
def test_what_to_write_for_signs_finds_them(term: str) -> None:
    """The expression that a warning gives can stand in the rule, and finds the term in a text, and less than it did."""
    (found,) = warnings(f"{RULE}any = [{term!r}]")
    instead = found.partition("write ")[2].removesuffix(" (in single quotes)")
    loaded = load_rules({"r.toml": f"{RULE}any = ['{instead}']"})
    rules = RuleSet(loaded.rules)
    bare = term.removeprefix("title:")
    assert (loaded.problems, lint(loaded)) == ((), [])
    assert rules.matching(EntryText(title=f"Of {bare}, again"))
    assert not rules.matching(EntryText(title=f"Of {bare.translate(dict.fromkeys(map(ord, '.+#%')))} again"))


def test_the_starter_rules_have_no_warning() -> None:
    """We keep our own advice."""
    loaded = load_rules({path.name: path.read_text(encoding="utf-8") for path in STARTERS.glob("*.toml")})
    assert (len(loaded.rules) > 3, lint(loaded)) == (True, [])


def sample(*texts: str, count: int = 100) -> list[StoredEntry]:
    """Stored entries with these summaries, filled up with others."""
    made = [EntryText(summary=text) for text in texts]
    made += [EntryText(summary=f"Nothing of note {number}") for number in range(count - len(texts))]
    return [
        StoredEntry(number, 1, "", text, None, NOW, folded=fold_entry(text), fold_version=FOLD_VERSION)
        for number, text in enumerate(made)
    ]


SIGHTS = sample(*["Alphas, alphabet and embassies of Сирии in Syrians' states"] * 9)


@given(st.lists(QUERIES, min_size=1, max_size=3))
def test_lint_never_fails(queries: list[object]) -> None:
    """Whatever the rules are, every warning lies in the file."""
    rules = "".join(
        f"[[rule]]\nid = \"r{number}\"\nquery = '''{print_query(query)}'''\n"  # type: ignore[arg-type]
        for number, query in enumerate(queries)
    )
    text = f"[alias]\n{_aliases(rules)}\n{rules}"
    loaded = load_rules({"r.toml": text})
    for problem in [*lint(loaded), *lint_sample(loaded, SIGHTS)]:
        assert problem.line <= text.count("\n") + 1
        assert problem.column <= len(text.split("\n")[problem.line - 1]) + 1


def _aliases(rules: str) -> str:
    """A definition of every alias that is named."""
    named = {word.rstrip(",)") for word in rules.replace("(", " ").replace(":", " ").split() if word.startswith("@")}
    return "\n".join(f'{name[1:]!r} = ["alpha"]' for name in sorted(name.rstrip("'") for name in named))


# --- stored entries ----------------------------------------------------------------------------------------------


def sighted(items: str, *texts: str, count: int = 100) -> list[str]:
    """The warnings that stored entries give on a rule with these items."""
    loaded = load_rules({"r.toml": f"{RULE}any = {items}"})
    assert not loaded.problems
    return [str(problem) for problem in lint_sample(loaded, sample(*texts, count=count))]


def test_a_wildcard_that_reaches_common_words() -> None:
    """It is named with the words and their share; the wildcard's own stem may be common."""
    (found,) = sighted('["sta*", "syria*"]', *["The state of Syria"] * 9)
    assert found.startswith(
        "r.toml:3:9: “sta*” reaches very common words: “state” (9%), by share of the newest 100 entries"
    )
    assert sighted('["sta*"]', *["The state"] * 9, count=99) == []
    assert sighted('["syria*", "korean*"]', *["Syrians and Korean"] * 9) == []
    assert sighted('["embass*", "Kore*"]', *["An embassy of Korean"] * 9) == []
    assert sighted('["quake*", "syria*"]', *["A quake, quakes and Syrians in Syria"] * 90) == [], "a list finds no less"
    assert len(sighted('["embass*"]', *["The embassy"] * 30)) == 1


def test_a_wildcard_that_reaches_many_words() -> None:
    """None of them need be very common by itself, if there are many and all together are."""
    texts = ["continue", "content", "contact", "conference", "control"]
    (found,) = sighted('["con*"]', *texts)
    assert found.startswith(
        "r.toml:3:9: “con*” reaches very common words: “conference” (1%), “contact” (1%), “content” (1%) and 2 more"
    )
    assert sighted('["con*"]', *texts[1:]) == []
    assert sighted('["con*"]', *texts, count=200) == []


FORMS = [
    (
        '["Syrian"]',
        ["Syrians"] * 41,
        "3:9: “Syrians” seen 41 times in the newest 100 entries, and not found: write Syrian*",
    ),
    ('["Syria"]', ["Syrians"] * 9 + ["Syrian"] * 4, "3:9: “Syrians” seen 9 times, “Syrian” seen 4 times in the newest"),
    ('["Syria", "Syrian"]', ["Syrians"] * 4, "3:18: “Syrians” seen 4 times"),
    (
        '["Syrian"]',
        ["Syrians"] * 3 + ["Syrianair"],
        '3:9: “Syrians” seen 3 times in the newest 100 entries, and not found: add "Syrians"?',
    ),
    (
        '["North Korea"]',
        ["North Koreans"] * 3,
        "3:9: “North Koreans” seen 3 times in the newest 100 entries, and not found: write North Korea* instead",
    ),
    (
        '["embassy"]',
        ["embassies"] * 4,
        "3:9: “embassies” seen 4 times in the newest 100 entries, and not found: write embass*",
    ),
    (
        '["Iran"]',
        ["Iranian"] * 3 + ["Iran and an Iranian"],
        '3:9: “Iranian” seen 3 times in the newest 100 entries, and not found: add "Iranian"?',
    ),
    (
        '["Сирия"]',
        ["в Сирии и Сириус"] * 3 + ["Сирию"] * 3,
        "3:9: “Сирии” seen 3 times, “Сирию” seen 3 times in the newest",
    ),
    ('["посольство"]', ["в посольствах"] * 3, "3:9: “посольствах” seen 3 times"),
    ('["Συρία"]', ["της Συρίας"] * 3, "3:9: “Συρίας” seen 3 times"),
    ('["πρέσβης"]', ["οι πρέσβεις"] * 3, "3:9: “πρέσβεις” seen 3 times"),
]


@pytest.mark.parametrize(("items", "texts", "warning"), FORMS)
def test_forms_that_no_term_finds(items: str, texts: list[str], warning: str) -> None:
    """One line a term, at the longest; a wildcard is advised where it reaches nothing else that was seen."""
    (found,) = sighted(items, *texts)
    assert found.startswith(f"r.toml:{warning}")


OTHER_WORDS = [
    ('["Mali"]', ["a malik", "Malik"]),
    ('["Turk"]', ["Turkey", "a turkey"]),
    ('["Niger"]', ["Nigerian news"]),
    ('["Roman"]', ["Romanian", "Romania"]),
    ('["Park"]', ["Parks"]),
    ('["France"]', ["Frances"]),
    ('["visit"]', ["visites"]),
    ('["media"]', ["the median income"]),
    ('["Google"]', ["wir googlen"]),
    ('["Christ"]', ["Christian", "Christians"]),
    ('["press"]', ["presss", "pressure"]),
    ('["day"]', ["days"]),
    ('["Сирия"]', ["Сириус"]),
    ('["=Syrian"]', ["Syrians"]),
    ('["Syrian", "/syri/"]', ["Syrians"]),
    ('["Syrian*"]', ["Syrians"]),
    ('["title:Syrian"]', ["Syrians"]),
    ('["대사"]', ["대사들"]),
]


@pytest.mark.parametrize(("items", "texts"), OTHER_WORDS)
def test_other_words_are_no_forms(items: str, texts: list[str]) -> None:
    """A wrong suggestion costs trust: not a word that only begins alike, nor one a term of the file finds."""
    assert sighted(items, *texts * 9) == []


def test_forms_seen_too_seldom() -> None:
    """Twice is no reason for a line, and few entries tell nothing."""
    assert sighted('["Syrian"]', "Syrians", "Syrians") == []
    assert sighted('["Syrian"]', *["Syrians"] * 9, count=99) == []
    assert sighted('["quake"]', *["Quakes: a quake"] * 9, "quakes", "quakes") == [], "the term finds nearly all of them"


def test_a_form_that_an_alias_of_another_file_finds() -> None:
    """What a rule finds by an alias is not told of at its other terms."""
    files = {"a.toml": '[alias]\nx = ["Syrians"]\n', "b.toml": f'{RULE}any = ["@x", "Syrian"]'}
    assert lint_sample(load_rules(files), sample(*["Syrians"] * 9)) == []


def test_a_form_that_another_term_finds_is_known() -> None:
    """Also where it stands in another list of the file."""
    assert sighted('["Syria", "Syrian*"]', *["Syrians"] * 9, count=1000) == []
    assert sighted('["Syria"]\nnone = ["Syrians"]', *["Syrians"] * 9) == []


# --- figures -----------------------------------------------------------------------------------------------------


def test_silent_and_loud_rules() -> None:
    """A month of silence in a store that knows it, and far more matches than the others; disabled rules are let be."""
    days = {"calm": 3, "also": 4, "loud": 300, "off": 0, "young": 0}
    rules = [Rule(name, "", Phrase("x"), path="r.toml", line=line) for line, name in enumerate(days, 1)]
    mute = Rule("mute", "", Phrase("x"), path="old.toml")
    rules += [mute, replace(mute, id="gone", enabled=False)]
    last = {name: NOW for name, number in days.items() if number} | {"mute": NOW - timedelta(days=40)}
    week = {name: 7 * number for name, number in days.items() if number}
    since = {"r.toml": NOW - timedelta(days=9), "old.toml": NOW - timedelta(days=90)}
    oldest = NOW - timedelta(days=60)
    assert [str(problem) for problem in loud_rules(rules, week)] == [
        "r.toml:3:1: rule “loud” fires 300 times a day, the others 3.5: ask for more with AND or NEAR",
    ]
    assert [str(problem) for problem in silent_rules(rules, last, since, oldest, NOW)] == [
        "old.toml:1:1: rule “mute” has not fired for 40 days: is it still wanted, and spelled as the news is?",
    ]
    assert list(silent_rules(rules[-2:], last, since, NOW - timedelta(days=5), NOW)) == []
    assert list(loud_rules([rule for rule in rules if rule.id == "loud"], week)) == []
