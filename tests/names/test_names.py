"""Names for aliases: what a word names, which names are fit for a rule, and that what is shown can be pasted."""

from __future__ import annotations

from importlib.resources import files

import pytest

from digest.match import load_rules
from digest.match.lint.terms import lint
from digest.match.matching.matcher import RuleSet
from digest.match.names.gazetteer import Gazetteer, Name, Named, NamedKind, gazetteer
from digest.match.names.languages import likely_language, script_of
from digest.match.names.lines import alias_lines, alias_name
from digest.match.names.subjects import topic_of
from digest.match.names.suggest import Suggestion, suggestions
from digest.values.news import EntryText


def lines(word: str) -> str:
    """What is shown for a word."""
    return "\n".join(alias_lines(word, gazetteer().find(word), gazetteer()))


def suggested(word: str) -> dict[str, Suggestion]:
    """The suggestions for the first that a word names."""
    return {one.name: one for one in suggestions(gazetteer().find(word)[0], gazetteer(), word)}


@pytest.mark.parametrize(
    ("word", "name", "country"),
    [
        ("Syria", "Syria", "SY"),
        ("syria", "Syria", "SY"),
        ("시리아", "Syria", "SY"),
        ("叙利亚", "Syria", "SY"),
        ("КНДР", "North Korea", "KP"),
        ("한국", "South Korea", "KR"),
        ("U.S.", "United States", "US"),
        ("Burma", "Myanmar", "MM"),
        ("Damas", "Damascus", "SY"),
        ("平壤", "Pyongyang", "KP"),
        ("Идлиб", "Idlib", "SY"),
        ("Маріуполь", "Mariupol", "UA"),
        ("Hodeida", "Hodeidah", "YE"),
        ("Gaza", "Gaza", "PS"),
        ("Gazastreifen", "Gaza Strip", "PS"),
        ("克里米亚", "Crimea", "UA"),
        ("Georgia", "Georgia", "GE"),
        ("Tripoli, Lebanon", "Tripoli", "LB"),
        ("طرابلس, LB", "Tripoli", "LB"),
    ],
)
def test_a_word_of_any_language_names_its_place(word: str, name: str, country: str) -> None:
    """Countries come before places, large places before small ones, and a country behind a comma decides."""
    first = gazetteer().find(word)[0]
    assert (first.name, first.country) == (name, country)


@pytest.mark.parametrize(
    ("word", "names"),
    [
        (
            "Syria",
            [
                "سوريا",
                "叙利亚",
                "敘利亞",
                "シリア",
                "시리아",
                "Сирия",
                "Сирія",
                "סוריה",
                "सीरिया",
                "Syrien",
                "Syrie",
                "Siria",
            ],
        ),
        (
            "North Korea",
            ["북한", "朝鲜", "北朝鮮", "كوريا الشمالية", "Северная Корея", "Corée du Nord", "Kuzey Kore", "DPRK"],
        ),
        ("Idlib", ["إدلب", "Идлиб", "Ідліб", "伊德利卜", "イドリブ", "이들리브", "אדלב", "Ιντλίμπ"]),
        ("Gaza", ["غزة", "加沙", "加薩", "ガザ", "가자", "Газа", "עזה", "Gazze"]),
        ("Pyongyang", ["평양", "平壤", "Пхеньян", "بيونغ يانغ", "Bình Nhưỡng", "Pjongjang"]),
    ],
)
def test_the_names_in_the_languages_of_news(word: str, names: list[str]) -> None:
    """None of these is missing, doubtful or without its language."""
    found = suggested(word)
    assert [name for name in names if name not in found or found[name].doubt or not found[name].languages] == []


@pytest.mark.parametrize("word", ["Syria", "North Korea", "Iraq", "United States", "Idlib", "Kyiv", "St. Lucia"])
def test_what_is_shown_can_be_pasted(word: str) -> None:
    """It loads as a rule file, no name of it is needless or can never match, and each is found in a text of its own."""
    first = gazetteer().find(word)[0]
    loaded = load_rules({"a.toml": f'[alias]\n{lines(word)}\n[[rule]]\nid = "a"\nany = ["@{alias_name(first)}"]\n'})
    assert loaded.problems == ()
    assert lint(loaded) == []
    rules = RuleSet(loaded.rules)
    listed = [one.name for one in suggestions(first, gazetteer(), word) if not one.doubt and one.languages]
    assert len(listed) > 5
    assert [name for name in listed if not rules.matching(EntryText(title=name))] == []


@pytest.mark.parametrize(
    ("word", "prefixes"),
    [
        ("Syria", {"Сирия": "Сири*", "Сирія": "Сирі*", "Συρία": "Συρί*", "Syrien": "", "सीरिया": ""}),
        ("Niger", {"Нигер": ""}),  # it would find Нигерия
        ("North Korea", {"КНДР": "", "Северная Корея": "Северн* Коре*"}),
        ("Damascus", {"Дамаск": "Дамаск*"}),
    ],
)
def test_inflected_names_get_a_prefix_that_finds_nothing_else(word: str, prefixes: dict[str, str]) -> None:
    """In languages whose endings are known, and never one that begins the name of another country."""
    found = suggested(word)
    assert {name: found[name].prefix for name in prefixes} == prefixes
    for prefix in filter(None, prefixes.values()):
        assert f'"{prefix}" finds its other forms' in lines(word)


@pytest.mark.parametrize(
    ("word", "name", "doubt"),
    [
        ("Damascus", "Şam", "too short: it is looked for as “sam”"),
        ("Syria", "Siri", "a common word"),
        ("El Salvador", "Salvador", "Salvador (Brazil) is called so, too"),
    ],
)
def test_what_would_find_something_else_is_left_out_and_told(word: str, name: str, doubt: str) -> None:
    """It stands behind the alias, as a comment with its reason."""
    assert suggested(word)[name].doubt.startswith(doubt)
    alias, _, comments = lines(word).partition("\n]\n")
    assert f'"{name}"' not in alias
    assert f"left out: {name} (" in comments


def test_an_ambiguous_name_is_told() -> None:
    """With what else it names, and how to ask for that."""
    for word, other in (("Tripoli", "Tripoli, Lebanon"), ("Georgia", "Georgia, United States")):
        shown = " ".join(lines(word).replace("\n#", "").split())
        assert f"“{word}” also names {other.split(',')[0]} in {other.split(', ')[1]}" in shown
        assert f'digest alias suggest "{other}"' in shown
    assert "also names" not in lines("Tripoli, Lebanon")


def test_names_that_no_rule_tells_apart_are_one() -> None:
    """With the languages of both; the Arabic article makes no other name."""
    one = Named(
        NamedKind.PLACE, "Łódź", "PL", names=(Name("Lodz", ("de",)), Name("عراق", ("fa",)), Name("العراق", ("ar",)))
    )
    found = suggestions(one, Gazetteer([one]), "Lodz")
    assert [(each.name, each.languages) for each in found] == [("Łódź", ("en", "de")), ("عراق", ("fa",))]


def test_a_word_that_is_unknown_gets_near_ones() -> None:
    """By how they are written; none where nothing is near."""
    assert gazetteer().find("Syira") == gazetteer().find("") == gazetteer().find("Tripoli, Peru") == ()
    assert "Syria" in gazetteer().near("Syira")
    assert gazetteer().near("qqqqqqqq") == []


@pytest.mark.parametrize(
    ("name", "language"),
    [("Киев", "ru"), ("Київ", "uk"), ("Кіеў", "be"), ("Газзә", ""), ("تهران", "ar"), ("گرگان", "fa"), ("غزہ", "ur")],
)
def test_letters_tell_a_language(name: str, language: str) -> None:
    """Those of no language of news are none; where nothing tells, it is the likeliest of the script."""
    assert likely_language(name) == language


def test_a_name_of_two_scripts_is_of_none() -> None:
    """As those are that were made by mistake."""
    assert [script_of(name) for name in ("Gaza", "가자", "Gaza가", "12", "")] == ["latin", "hangul", "", "", ""]


@pytest.mark.parametrize("table", ["subjects", "where"])
def test_every_term_of_the_tables_is_in_the_rule_language(table: str) -> None:
    """As it would have to be in a user's rule file; an alias that is not would be lost with all the others."""
    text = (files("digest.match.names") / f"{table}.toml").read_text(encoding="utf-8")
    assert [str(problem) for problem in load_rules({f"{table}.toml": text}).problems] == []


@pytest.mark.parametrize(
    ("title", "countries", "subjects"),
    [
        ("Oslo to reopen its embassy in Damascus", "no sy", "embassy open"),
        ("В Сирии при авиаударе погибли шесть человек", "sy", "airstrike dead"),
        ("朝鲜向东部海域发射弹道导弹", "kp", "launch missile sea"),
        ("시리아, 5월 17일 총선 실시", "sy", "election"),
        ("اعتقال وزير الدفاع في بيروت", "lb", "arrest defence minister"),
        ("Nothing of the kind", "", ""),
    ],
)
def test_a_headline_tells_where_it_is_and_what_it_is_about(title: str, countries: str, subjects: str) -> None:
    """In any language of the starter rules; a place is in its country, too."""
    topic = topic_of(title)
    assert topic.countries == set(countries.split())
    assert topic.subjects >= set(subjects.split())
