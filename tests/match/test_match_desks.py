"""The rules of several desks as one set: ids behind their desks' names, aliases and marks of each its own."""

from __future__ import annotations

from digest.match import load_rules, read_search
from digest.match.lint.firing import unknown_channels
from digest.match.lint.terms import lint
from digest.values.desks import desk_of
from digest.values.facets import OfDesk
from digest.values.news import EntryText

MAIN = '[alias]\nplace = ["Paris"]\n[[rule]]\nid = "embassies"\nall = ["@place", "embassy"]\n'
KOREA = '[alias]\nplace = ["Seoul"]\n[[rule]]\nid = "embassies"\nall = ["@place", "embassy"]\n'
FILES = {"a.toml": MAIN, "korea/a.toml": KOREA}


def test_two_desks_may_call_a_rule_and_an_alias_the_same() -> None:
    """Each rule goes by its desk's name and names its desk's aliases; one set matches for all."""
    loaded = load_rules(FILES, desk_at=desk_of)
    assert loaded.problems == ()
    assert [(rule.id, rule.title, rule.path) for rule in loaded.rules] == [
        ("embassies", "embassies", "a.toml"),
        ("korea/embassies", "embassies", "korea/a.toml"),
    ]
    found = {title: loaded.ruleset.matching(EntryText(title)) for title in ("Paris embassy", "Seoul embassy", "Paris")}
    assert found == {"Paris embassy": {"embassies"}, "Seoul embassy": {"korea/embassies"}, "Paris": set()}


def test_a_search_names_aliases_of_its_desk_before_those_of_others() -> None:
    """Without a desk those of the one without a name; one that it lacks may be another's."""
    loaded = load_rules(FILES | {"korea/b.toml": '[alias]\nnorth = ["Pyongyang"]\n'}, desk_at=desk_of)
    assert [term.text for term in loaded.aliases["place"]] == ["Paris"]  # type: ignore[union-attr]
    assert [term.text for term in loaded.aliases_for("korea")["place"]] == ["Seoul"]  # type: ignore[union-attr]
    assert loaded.aliases.keys() == loaded.aliases_for("korea").keys() == {"place", "north"}


def test_a_rule_names_no_alias_of_another_desk() -> None:
    """The mistake is the file's alone: the other desk's stays live."""
    loaded = load_rules(FILES | {"korea/a.toml": '[[rule]]\nid = "x"\nany = ["@place"]\n'}, desk_at=desk_of)
    assert [str(problem) for problem in loaded.problems] == [
        'korea/a.toml:3:9: there is no alias @place: define it under [alias], as in place = ["..."]'
    ]
    assert [rule.id for rule in loaded.rules] == ["embassies"]


def test_a_desk_breaks_nothing_of_another() -> None:
    """A doubled id is one within a desk; what is broken at one is the last good version there."""
    twice = '[[rule]]\nid = "embassies"\nany = ["x"]\n'
    loaded = load_rules(FILES | {"korea/b.toml": twice}, {"korea/a.toml": KOREA}, desk_at=desk_of)
    assert [problem.message for problem in loaded.problems] == [
        "rule “korea/embassies” is defined twice: it is already in korea/a.toml:4:1"
    ]
    assert {rule.id for rule in loaded.rules} == {"embassies", "korea/embassies"}


def test_marks_are_of_the_rules_of_their_desk() -> None:
    """They name a rule as its file does."""
    mark = '[[example]]\nrule = "embassies"\nunwanted = "Seoul embassy"\n'
    loaded = load_rules(FILES | {"korea/marks.toml": mark, "marks.toml": mark}, desk_at=desk_of)
    assert sorted((rule.id, example.path) for rule, example in loaded.examples()) == [
        ("embassies", "marks.toml"),
        ("korea/embassies", "korea/marks.toml"),
    ]
    assert [problem.path for problem in loaded.warnings] == ["korea/marks.toml"]


def test_a_rule_names_channels_of_its_desk_only() -> None:
    """One of another desk is told at its place, with what to do; so is one that there is not."""
    named = '[[rule]]\nid = "x"\nany = ["x"]\nchannels = ["seoul", "all", "soul"]\n'
    loaded = load_rules({"korea/a.toml": named}, desk_at=desk_of)
    other, none = unknown_channels(loaded, {"all": "", "seoul": "korea"})
    assert str(other).startswith(
        "korea/a.toml:4:22: rule “korea/x”: the channel “all” is of the desk main, and this is"
    )
    assert other.message.endswith(" of korea: name one of its own")
    assert str(none) == "korea/a.toml:4:29: rule “korea/x”: there is no channel “soul”: did you mean “seoul”?"


def test_an_alias_that_only_another_desk_uses_is_unused() -> None:
    """It is told of the desk that does not use it, although the name is the same."""
    loaded = load_rules({"a.toml": MAIN, "korea/a.toml": '[alias]\nplace = ["Seoul"]\n'}, desk_at=desk_of)
    assert [problem.path for problem in lint(loaded) if "@place" in problem.message] == ["korea/a.toml"]


def test_desk_is_asked_for_as_other_facets_are() -> None:
    """The one without a name is called ``main``; capitals do not matter."""
    assert read_search("desk:Korea").facets == OfDesk("korea")
    assert read_search("desk:main").facets == OfDesk("")
    assert [OfDesk("korea").names(rule) for rule in ("korea/a", "Korea/a", "korean/a", "a")] == [1, 1, 0, 0]
    assert [OfDesk("").names(rule) for rule in ("korea/a", "a")] == [0, 1]
