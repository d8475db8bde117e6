"""Rule files: every mistake at its place, what stays live when one is broken, and what files share."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.match import Memory, RuleSet, load_rules, print_query
from digest.values.news import EntryText, Severity
from digest.values.settings import Deliver, Telling

GOOD = """\
[alias]
dprk = ["North Korea", "북한"]

[[rule]]
id  = "ties"
any = ["diplomatic ties", "embassy"]
all = ["@dprk", "Syria*"]
none = ["football", "title:cup"]

[[rule]]
id = "dprk"
title = "North Korea"
severity = "high"
channels = ["desk"]
query = '''
@dprk
AND (embassy OR envoy*)
'''
match = ["North Korea closes its embassy", {title = "Envoy leaves", summary = "He was in North Korea", lang = "en"}]
no_match = ["South Korea closes its embassy"]
enabled = false
deliver = "now"
"""


def test_both_forms_load() -> None:
    """The simple and the full form give rules with all that was said of them."""
    loaded = load_rules({"north-korea.toml": GOOD})
    assert loaded.problems == loaded.warnings == ()
    assert loaded.live == {"north-korea.toml": GOOD}
    ties, dprk = loaded.rules
    assert print_query(ties.query) == (
        '("diplomatic ties" OR embassy) AND @dprk AND Syria* NOT (football OR title:cup)'
    )
    assert (ties.id, ties.title, ties.severity, ties.channels, ties.enabled) == (
        "ties",
        "ties",
        Severity.NORMAL,
        None,
        True,
    )
    assert (ties.path, ties.line, ties.topic) == ("north-korea.toml", 4, "North Korea")
    assert (dprk.title, dprk.severity, dprk.channels, dprk.enabled) == ("North Korea", Severity.HIGH, ("desk",), False)
    assert dprk.line == 10
    assert [example.shown for example in dprk.examples] == [
        "North Korea closes its embassy",
        "Envoy leaves · He was in North Korea",
        "South Korea closes its embassy",
    ]
    text = EntryText(title="Syrians visit the North Korea embassy")
    assert [match.rule for match in RuleSet(loaded.rules).match_entry(text)] == ["ties"]


RULE = '[[rule]]\nid = "a"\n'


def told(keys: str) -> Telling:
    """How a rule with these keys tells."""
    loaded = load_rules({"r.toml": f'{RULE}any = ["x"]\n{keys}'})
    assert loaded.problems == ()
    (rule,) = loaded.rules
    return rule.telling


def test_how_a_rule_tells() -> None:
    """Each key by which a rule waits, bundles and speaks again gives its value; without any it alerts at once."""
    assert told("") == told('deliver = "now"') == Telling()
    assert (Telling().sources, Telling().within, Telling().deliver) == (1, timedelta(hours=72), Deliver.NOW)
    assert told("sources = 3") == Telling(sources=3)
    assert told('sources = 2\nwithin = "60m"\nsources_tier = "C"') == Telling(2, timedelta(hours=1), "C")
    assert told('again = 3\nspike = 3\ndeliver = "digest"') == Telling(again=3, spike=3.0, deliver=Deliver.DIGEST)
    assert told("sources = 2\nspike = 1.5") == Telling(sources=2, spike=1.5)
    assert told('deliver = "every 2h30m"') == Telling(deliver=Deliver.EVERY, every=timedelta(minutes=150))


def test_an_edit_of_how_a_rule_tells_is_loaded() -> None:
    """A load that remembers the last one hands on the rule as it is now, though it asks the same."""
    memory = Memory()
    before, after = (
        load_rules({"r.toml": f'{RULE}any = ["x"]\n{keys}'}, memory=memory).ruleset for keys in ("", "sources = 2")
    )
    assert [rule.telling.sources for each in (before, after) for rule in each.rules] == [1, 2]


BEYOND = "r.toml:1:1: this is nested too deeply, or holds a number too long, to be read: make it smaller"

MISTAKES = [
    (RULE + 'any = ["Sy*"]', "r.toml:3:9: Sy* would match too much: * needs three letters before it"),
    (
        RULE + 'any = ["Syria", "a AND b"]',
        "r.toml:3:20: an item is one term, without AND: use query, or put the words in quotes",
    ),
    (
        RULE + "query = '''\nSyria\nAND @dprk\n'''",
        'r.toml:5:5: there is no alias @dprk: define it under [alias], as in dprk = ["..."]',
    ),
    (
        RULE + 'query = "é\\tSyria or Iraq"',
        (
            'r.toml:3:13: no operator between “é” and “Syria”: write "é Syria" for the phrase, é AND Syria for both, '
            "or é OR Syria for either"
        ),
    ),
    (
        RULE + 'query = "Syria" \nany = ["x"]',
        "r.toml:4:1: any never stands beside query: write all of it in query, or none of it",
    ),
    (RULE, 'r.toml:1:3: this rule looks for nothing: add any = ["..."] or query = "..."'),
    (
        RULE + 'none = ["x"]',
        'r.toml:3:1: none needs something to be found beside it: add any = ["..."] or all = ["..."]',
    ),
    (RULE + "any = []", 'r.toml:3:7: any is a list of terms: write any = ["Syria", "diplomatic ties"]'),
    (RULE + 'any = "Syria"', 'r.toml:3:7: any is a list of terms: write any = ["Syria", "diplomatic ties"]'),
    ("x = " + "[" * 5000, BEYOND),
    (RULE + 'any = ["x"]\nsources = ' + "9" * 5000, BEYOND),
    (RULE + 'any = ["Syria", 3]', 'r.toml:3:17: any is a list of terms: write any = ["Syria", "diplomatic ties"]'),
    ('[[rule]]\nany = ["x"]', 'r.toml:1:3: this rule has no id: add a line like id = "syria-embassy"'),
    (
        '[[rule]]\nid = "a b"\nany = ["x"]',
        'r.toml:2:6: an id is letters, digits, -, _ and . only, as in "syria-embassy"',
    ),
    ('[[rule]]\nid = 3\nany = ["x"]', 'r.toml:2:6: id is a text: write id = "..."'),
    (RULE + 'any = ["x"]\nseverty = "high"', "r.toml:4:1: unknown key “severty”: did you mean “severity”?"),
    (RULE + 'any = ["x"]\nno-match = ["y"]', "r.toml:4:1: unknown key “no-match”: did you mean “no_match”?"),
    (RULE + 'any = ["x"]\nseverity = "High"', "r.toml:4:12: severity is one of low, normal, high, urgent"),
    (RULE + 'any = ["x"]\nseverity = 2', "r.toml:4:12: severity is one of low, normal, high, urgent"),
    (
        RULE + 'any = ["x"]\nchannels = "desk"',
        'r.toml:4:12: channels is a list of channel names: write channels = ["desk"]',
    ),
    (RULE + 'any = ["x"]\nenabled = "no"', "r.toml:4:11: enabled is true or false, without quotes"),
    (RULE + 'any = ["x"]\nsources = 1', "r.toml:4:11: sources must be from 2 to 100"),
    (RULE + 'any = ["x"]\nsources = "3"', "r.toml:4:11: sources takes a whole number"),
    (RULE + 'any = ["x"]\nsources = true', "r.toml:4:11: sources takes a whole number"),
    (
        RULE + 'any = ["x"]\nwithin = "1h"',
        "r.toml:4:1: within needs sources beside it: add sources = 3, or take this out",
    ),
    (
        RULE + 'any = ["x"]\nsources = 2\nwithin = "1 hour"',
        ("r.toml:5:10: “1 hour” is no duration: write a number and s, m, h, d or y, such as 90s, 10m, 2h or 7d"),
    ),
    (
        RULE + 'any = ["x"]\nsources = 2\nwithin = "4d"',
        "r.toml:5:10: within must be from 1m to 72h: no story is followed longer",
    ),
    (
        RULE + 'any = ["x"]\nsources_tier = "C"',
        "r.toml:4:1: sources_tier needs sources beside it: add sources = 3, or take this out",
    ),
    (
        RULE + 'any = ["x"]\nsources = 2\nsources_tier = "G"',
        'r.toml:5:16: sources_tier is a letter from A (the best) to F: write sources_tier = "C"',
    ),
    (RULE + 'any = ["x"]\nagain = 0', "r.toml:4:9: again must be from 1 to 100"),
    (RULE + 'any = ["x"]\nagain = 2.5', "r.toml:4:9: again takes a whole number"),
    (RULE + 'any = ["x"]\nspike = 1', "r.toml:4:9: spike must be above 1 and at most 1000, as in spike = 3.0"),
    (RULE + 'any = ["x"]\nspike = nan', "r.toml:4:9: spike must be above 1 and at most 1000, as in spike = 3.0"),
    (RULE + 'any = ["x"]\nspike = inf', "r.toml:4:9: spike must be above 1 and at most 1000, as in spike = 3.0"),
    (
        RULE + 'any = ["x"]\nspike = "3x"',
        "r.toml:4:9: spike is a number: write spike = 3.0 for three times the usual rate",
    ),
    (
        RULE + 'any = ["x"]\ndeliver = "hourly"',
        (
            'r.toml:4:11: “hourly” is no time to deliver: write "now", "digest", or "every" and a duration, as in '
            '"every 2h"'
        ),
    ),
    (RULE + 'any = ["x"]\ndeliver = "2h"', 'r.toml:4:11: “2h” is no time to deliver: write "every 2h"'),
    (
        RULE + 'any = ["x"]\ndeliver = "every day"',
        "r.toml:4:11: “day” is no duration: write a number and s, m, h, d or y, such as 90s, 10m, 2h or 7d",
    ),
    (
        RULE + 'any = ["x"]\ndeliver = "every 2d"',
        "r.toml:4:11: alerts are bundled every 5m to 24h: write a span between the two",
    ),
    (RULE + 'any = ["x"]\nsource = 3', "r.toml:4:1: unknown key “source”: did you mean “sources”?"),
    (RULE + 'any = ["x"]\nmatch = "x"', 'r.toml:4:9: match is a list of texts: write match = ["..."]'),
    (
        RULE + 'any = ["x"]\nmatch = [3]',
        'r.toml:4:10: an example is a text, or a table like {title = "...", source = "..."}',
    ),
    (RULE + 'any = ["x"]\nmatch = [{titel = "x"}]', "r.toml:4:11: unknown key “titel”: did you mean “title”?"),
    (RULE + 'any = ["x"]\nmatch = [{title = 3}]', 'r.toml:4:19: title is a text: write title = "..."'),
    (
        RULE + 'any = ["x"]\nmatch = ["x", "y"]',
        "r.toml:4:15: rule “a” does not match this example, and should: it fails at x",
    ),
    (
        RULE + 'any = ["x"]\nno_match = ["X-ray"]',
        "r.toml:4:13: rule “a” matches this example, and should not: it finds “X”, by x",
    ),
    (RULE + 'any = ["x"]\n[[rules]]\nid = "b"', "r.toml:4:3: unknown key “rules”: did you mean “rule”?"),
    ('[rule]\nid = "a"', "r.toml:1:2: a rule begins with [[rule]], in double brackets"),
    ('[alias]\nsyria = "Syria"', 'r.toml:2:9: an alias is a list of terms: write syria = ["Syria", "Damascus"]'),
    ("[alias]\nsyria = []", 'r.toml:2:9: an alias is a list of terms: write syria = ["Syria", "Damascus"]'),
    (
        '[alias]\n"a b" = ["x"]',
        "r.toml:2:1: an alias is named with letters, digits, - and _ only, so that @a b can be written",
    ),
    (
        '[alias]\na = ["@b"]\nb = ["x", "@a"]',
        "r.toml:3:12: @a leads back to itself, as @a → @b → @a: take one of them out",
    ),
    (
        'alias = ["x"]',
        'r.toml:1:1: alias is a table: write [alias], and under it lines like syria = ["Syria", "Damascus"]',
    ),
    (
        RULE + 'any = ["x"]\n' + RULE + 'any = ["y"]',
        "r.toml:5:6: rule “a” is defined twice: it is already in r.toml:2:1",
    ),
]


@pytest.mark.parametrize(("text", "problem"), MISTAKES)
def test_mistakes_are_shown_at_their_place(text: str, problem: str) -> None:
    """Each mistake as ``path:line:col: message``, with what to write instead; the file is left out."""
    loaded = load_rules({"r.toml": text})
    assert str(loaded.problems[0]) == problem
    assert loaded.rules == ()
    assert loaded.live == {}


def test_a_broken_toml_file_is_a_problem_too() -> None:
    """What tomllib cannot read is a problem at its place, never a traceback."""
    loaded = load_rules({"r.toml": '[[rule]]\nid = "a\n'})
    assert [(problem.path, problem.line) for problem in loaded.problems] == [("r.toml", 2)]


def test_all_mistakes_of_a_file_are_shown_at_once() -> None:
    """One look is enough to mend a file."""
    loaded = load_rules({"r.toml": RULE + 'any = ["Sy*", "*x"]\nseverity = "x"\nmtch = []'})
    assert [(problem.line, problem.column) for problem in loaded.problems] == [(3, 9), (3, 16), (4, 12), (5, 1)]
    loaded = load_rules({"r.toml": RULE + 'any = ["Sy*", "*x"]\n[[rule]]\nid = "b"\nquery = "a or b"'})
    assert [(problem.line, problem.column) for problem in loaded.problems] == [(3, 9), (3, 16), (6, 12)]


def test_a_rule_knows_its_line_even_behind_a_string_that_looks_like_a_header() -> None:
    """The line of a rule is that of its own header."""
    text = '[[rule]]\nid = "a"\nany = ["x"]\ntitle = \'\'\'\n[[rule]]\n\'\'\'\n  [[ rule ]]\nid = "b"\nany = ["y"]\n'
    assert [rule.line for rule in load_rules({"r.toml": text}).rules] == [1, 7]


def test_warnings_never_block() -> None:
    """A known gap that closed, and what is unwanted, are told; the file is live."""
    text = RULE + 'any = ["x"]\nknown_gap = ["x now", "y"]\nunwanted = ["x still", "z"]'
    loaded = load_rules({"r.toml": text})
    assert loaded.problems == ()
    assert [str(warning) for warning in loaded.warnings] == [
        "r.toml:4:14: rule “a” matches this known gap now: move it to match",
        "r.toml:5:13: rule “a” still matches this unwanted example: it finds “x”, by x",
        "r.toml:5:24: rule “a” no longer matches this unwanted example: move it to no_match",
    ]
    assert {warning.level for warning in loaded.warnings} == {"warning"}
    assert len(loaded.rules) == 1


def test_examples_can_be_left_untried() -> None:
    """A file whose examples fail still gives its rules to whoever wants to run the examples one by one."""
    text = RULE + 'any = ["x"]\nmatch = ["y"]'
    assert load_rules({"r.toml": text}).rules == ()
    assert len(load_rules({"r.toml": text}, try_examples=False).rules) == 1


# --- several files -----------------------------------------------------------------------------------------------

NAMES = '[alias]\nsyria = ["Syria"]\n'
USES = '[[rule]]\nid = "uses"\nany = ["@syria"]\n'
BROKEN_NAMES = NAMES + "[[rule]]\n"


def test_aliases_are_shared_by_all_files() -> None:
    """Whichever order the files come in."""
    for files in ({"a.toml": NAMES, "b.toml": USES}, {"a.toml": USES, "b.toml": NAMES}):
        loaded = load_rules(files)
        assert not loaded.problems
        assert [rule.id for rule in loaded.rules] == ["uses"]


def test_the_last_good_version_stays_live() -> None:
    """A broken file is replaced by what was live, and its mistakes are shown all the same."""
    old = RULE + 'any = ["old"]'
    loaded = load_rules({"r.toml": RULE + 'any = ["Sy*"]'}, {"r.toml": old})
    assert [str(problem)[:11] for problem in loaded.problems] == ["r.toml:3:9:"]
    assert loaded.live == {"r.toml": old}
    assert [print_query(rule.query) for rule in loaded.rules] == ["old"]


def test_a_deleted_file_is_gone() -> None:
    """Last good texts bring back no file that is not there."""
    assert load_rules({}, {"r.toml": RULE + 'any = ["old"]'}).rules == ()


def test_a_broken_file_takes_those_with_it_that_need_it_and_no_other() -> None:
    """A file that names an alias of a broken one says where the alias would be."""
    other = '[[rule]]\nid = "other"\nany = ["x"]\n'
    loaded = load_rules({"a.toml": BROKEN_NAMES, "b.toml": USES, "c.toml": other})
    assert [str(problem) for problem in loaded.problems] == [
        'a.toml:3:3: this rule has no id: add a line like id = "syria-embassy"',
        'a.toml:3:3: this rule looks for nothing: add any = ["..."] or query = "..."',
        "b.toml:3:9: @syria is defined in a.toml, which has an error and is not loaded",
    ]
    assert [rule.id for rule in loaded.rules] == ["other"]


@pytest.mark.parametrize("broken", [NAMES + "garbage here", NAMES.replace("]", "", 1), "[alias", NAMES + "[[rule]]"])
def test_a_file_that_needs_a_name_from_a_broken_one_stays_live(broken: str) -> None:
    """The last good version of the broken one still defines it; only the broken one is in the wrong."""
    loaded = load_rules({"a.toml": broken, "b.toml": USES}, {"a.toml": NAMES, "b.toml": USES})
    assert loaded.live == {"a.toml": NAMES, "b.toml": USES}
    assert [rule.id for rule in loaded.rules] == ["uses"]
    assert {problem.path for problem in loaded.problems} == {"a.toml"}


@pytest.mark.parametrize("broken", [NAMES + "garbage here", "[alias]\nsyria = 5", "[[rule]]\n"])
def test_an_edit_goes_live_while_a_file_is_broken_that_it_needs_a_name_from(broken: str) -> None:
    """The last good version of the broken one still defines it, so that nothing is wrong with the edit."""
    edited = USES.replace('"@syria"', '"@syria", "Damascus"')
    loaded = load_rules({"a.toml": broken, "b.toml": edited}, {"a.toml": NAMES, "b.toml": USES})
    assert loaded.live == {"a.toml": NAMES, "b.toml": edited}
    assert {problem.path for problem in loaded.problems} == {"a.toml"}


def test_what_only_a_file_that_cannot_be_read_may_define_is_said_to_be_there() -> None:
    """Advice to define it again would be wrong."""
    loaded = load_rules({"a.toml": NAMES + "garbage here", "b.toml": USES})
    assert [str(problem) for problem in loaded.problems] == [
        f"a.toml:{NAMES.count(chr(10)) + 1}:9: there must be an = after the name of a setting",
        "b.toml:3:9: there is no alias @syria: it may stand in a.toml, correct that first",
    ]


def test_a_file_that_needs_a_name_lost_with_an_edit_falls_back_too() -> None:
    """The last good versions of both fit each other, so both stay live."""
    new_names = '[alias]\nsyria2 = ["Syria"]\n[[rule]]\n'
    new_uses = USES.replace("@syria", "@syria2")
    loaded = load_rules({"a.toml": new_names, "b.toml": new_uses}, {"a.toml": NAMES, "b.toml": USES})
    assert loaded.live == {"a.toml": NAMES, "b.toml": USES}
    assert [rule.id for rule in loaded.rules] == ["uses"]
    assert {problem.path for problem in loaded.problems} == {"a.toml", "b.toml"}


def test_of_two_that_clash_the_new_one_is_to_blame() -> None:
    """A new file cannot put a live one out by defining its names again."""
    loaded = load_rules({"a.toml": NAMES + USES, "b.toml": NAMES + USES}, {"b.toml": NAMES + USES})
    assert list(loaded.live) == ["b.toml"]
    assert [str(problem) for problem in loaded.problems] == [
        "a.toml:2:1: alias @syria is defined twice: it is already in b.toml:2:1",
        "a.toml:4:6: rule “uses” is defined twice: it is already in b.toml:4:1",
    ]


def test_a_last_good_version_that_cannot_stay_is_said_to_be_gone() -> None:
    """Nothing vanishes in silence."""
    loaded = load_rules({"r.toml": RULE}, {"r.toml": USES})
    assert loaded.live == {}
    assert str(loaded.problems[0]).startswith(
        "r.toml:1:1: the last good version of this file cannot stay live either: there is no alias @syria"
    )


# ¶ stands where a problem is, at the first character of what is wrong
PLACES = [
    RULE + "any = ['Syria', '¶*ria']",
    RULE + 'any = ["é😀", "😀 ¶*ria"]',
    RULE + 'any = [\n  "Syria",  # ] "\n  "¶Sy*",\n  "Korea ¶AND x",\n]',
    RULE + 'any = ["""\nSyria ¶AND x"""]',
    RULE + 'query = "a\\tAND b ¶OR c"',
    RULE + 'query = "\\U0001F600a OR ¶AND b"',
    RULE + 'query = "😀a\\u00e9 AND ¶@nope"',
    RULE + 'query = """\nalpha AND \\\n\n    beta AND ¶@nope"""',
    RULE + 'query = """alpha AND be\\\n   ta AND ¶titel:x"""',
    RULE + "query = '''\r\nalpha\r\nAND beta ¶OR gamma'''\r\n",
    RULE + 'query\t=\t"alpha\tAND\t¶@nope"',
    RULE + "\tquery = '''\n\talpha\tAND\t¶@nope'''",
    RULE + 'query = """a AND "b" ¶"c""""',
    RULE + '"query" = "alpha AND ¶*beta"',
    RULE + 'any = ["b", ¶3, ¶true]',
    RULE + 'all = ["¶*x"]\nnone = ["¶@nope", "x ¶OR y"]\n¶foo = 1\nseverity = ¶"hgh"',
    RULE + 'query = "¶NOT x"\nmatch = ["a", ¶3]\nseverity = ¶0',
    '[[¶rule]]\nquery = "a ¶OR"',
    'rule = [{id = "r", any = ["¶*x"]}]',
    'alias.a = ["¶*x", "title:¶@b"]',
    RULE + 'any = ["x"]\n[[rule.match]]\ntitle = "x"\n[[rule.match]]\n¶foo = "x"',
]


@pytest.mark.parametrize("marked", PLACES)
def test_every_mistake_is_placed_in_the_file(marked: str) -> None:
    """Lines and columns count code points of the file: behind escapes, emoji, tabs and joined lines too."""
    expected = []
    *before, last = marked.split("¶")
    for number in range(1, len(before) + 1):
        head = "".join(before[:number]).replace("\r\n", "\n")
        expected.append((head.count("\n") + 1, len(head) - head.rfind("\n")))
    loaded = load_rules({"r.toml": "".join([*before, last])})
    assert [(problem.line, problem.column) for problem in loaded.problems] == expected


def test_aliases_stand_within_one_another_as_deep_as_can_be_read() -> None:
    """Beyond, one is told where to write the terms themselves; aliases that double on the way cost nothing."""
    chain = "".join(f'a{number} = ["@a{number + 1}", "title:@a{number + 1}"]\n' for number in range(29))
    loaded = load_rules({"r.toml": "[alias]\n" + chain + 'a29 = ["x"]\n' + RULE + 'query = "@a0"'})
    assert not loaded.problems
    assert RuleSet(loaded.rules).match_entry(EntryText(title="x"))
    chain = "".join(f'a{number} = ["@a{number + 1}"]\n' for number in reversed(range(3000)))
    loaded = load_rules({"r.toml": "[alias]\n" + chain + 'a3000 = ["x"]\n'})
    assert {problem.message.partition(":")[0] for problem in loaded.problems} == {
        "more than 30 aliases within one another"
    }


@given(
    st.dictionaries(
        st.sampled_from(["a.toml", "b.toml"]), st.one_of(st.text(), st.sampled_from([NAMES, USES, GOOD, BROKEN_NAMES]))
    )
)
def test_no_text_crashes_loading(files: dict[str, str]) -> None:
    """Any files give rules and problems at places in them."""
    loaded = load_rules(files, {"a.toml": NAMES, "b.toml": GOOD})
    assert not loaded.faults
    for problem in (*loaded.problems, *loaded.warnings):
        lines = files[problem.path].replace("\r\n", "\n").split("\n")
        assert 1 <= problem.line <= len(lines)
        assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1
    assert set(loaded.live) <= set(files)


@given(
    st.sampled_from([GOOD, *(marked.replace("¶", "") for marked in PLACES)]),
    st.lists(
        st.tuples(
            st.floats(0, 1),
            st.integers(0, 3),
            st.one_of(
                st.text(max_size=2),
                st.sampled_from(['"', "[", "]", "{", "= ", "\n", "\\", "'" * 3, " OR ", "*", "@", "(", "/"]),
            ),
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_no_slip_of_the_hand_crashes_loading(text: str, slips: list[tuple[float, int, str]]) -> None:
    """A rule file with characters lost and others put in has its problems at places in it."""
    for where, lost, put in slips:
        place = int(where * len(text))
        text = text[:place] + put + text[place + lost :]
    loaded = load_rules({"r.toml": text})
    assert not loaded.faults
    lines = text.replace("\r\n", "\n").split("\n")
    for problem in (*loaded.problems, *loaded.warnings):
        assert 1 <= problem.line <= len(lines)
        assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1
        assert problem.message
