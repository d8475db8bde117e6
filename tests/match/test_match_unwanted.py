"""An unwanted example is added to a rule file and taken out again, and nothing else in the file changes."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import UsageError
from digest.match import RuleSet, load_rules
from digest.match.unwanted import example_of, has_list, with_unwanted, without_unwanted
from digest.text import clean_block
from digest.toml.places import comments
from digest.values.news import EntryText

TITLE = 'Toys: a "small" embassy'
QUOTED = r'"Toys: a \"small\" embassy"'


BETWEEN = """\
# b
[[rule]]
id = "b"
any = ["x"]

# of z
[alias]
z = ["q"]

# a
[[rule]]
id = "a"
any = ["x"]
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            '# top\n[[rule]]\nid = "a" # its id\nany = ["x"]\n\n# about b\n[[rule]]\nid = "b"\nany = ["y"]\n',
            f'# top\n[[rule]]\nid = "a" # its id\nany = ["x"]\nunwanted = [{QUOTED}]\n\n'
            '# about b\n[[rule]]\nid = "b"\nany = ["y"]\n',
            id="a new list stands before what leads over to the next rule",
        ),
        pytest.param(
            '[[rule]]\nid = "a"\nno_match = ["n"]\nany = ["x"]\nenabled = true\n',
            f'[[rule]]\nid = "a"\nno_match = ["n"]\nunwanted = [{QUOTED}]\nany = ["x"]\nenabled = true\n',
            id="beside the other examples",
        ),
        pytest.param(
            '[[rule]]\nid = "a"\nany = ["x"]\nunwanted = [\n    "one",  # why\n    # and this\n    "two",\n]\n',
            '[[rule]]\nid = "a"\nany = ["x"]\nunwanted = [\n    "one",  # why\n    # and this\n    "two",\n'
            f"    {QUOTED},\n]\n",
            id="a list over several lines keeps them",
        ),
        pytest.param(
            '[[rule]]\nid = "a"\nany = ["x"]\nunwanted = ["#1", "two"] # why\n',
            f'[[rule]]\nid = "a"\nany = ["x"]\nunwanted = ["#1", "two", {QUOTED}] # why\n',
            id="a list on one line stays on one",
        ),
        pytest.param(
            '[[rule]]\nid = "a"\nany = ["x"]\nunwanted = [\n  "one" # why, and how\n  # last\n]\n',
            f'[[rule]]\nid = "a"\nany = ["x"]\nunwanted = [\n  {QUOTED},\n  "one" # why, and how\n  # last\n]\n',
            id="a comment behind a last element without a comma",
        ),
        pytest.param(
            '[[rule]]\r\nid = "a"\r\nany = ["x"]\r\n# end\r\n',
            f'[[rule]]\r\nid = "a"\r\nany = ["x"]\r\nunwanted = [{QUOTED}]\r\n# end\r\n',
            id="lines that end as on Windows",
        ),
        pytest.param(
            '[[rule]]\nid = "a"\nquery = """\nx\nOR y"""',
            f'[[rule]]\nid = "a"\nquery = """\nx\nOR y"""\nunwanted = [{QUOTED}]',
            id="no line break at the end",
        ),
        pytest.param(
            'rule = [{id = "a", any = ["x"]}]\n',
            f'rule = [{{id = "a", any = ["x"], unwanted = [{QUOTED}]}}]\n',
            id="a rule on one line",
        ),
        pytest.param(
            'rule = [\n  {id = "a", match = ["m"], any = ["x"]}, # a\n  {id = "b", any = ["y"]}\n]\n',
            f'rule = [\n  {{id = "a", match = ["m"], unwanted = [{QUOTED}], any = ["x"]}}, # a\n'
            '  {id = "b", any = ["y"]}\n]\n',
            id="rules in braces, one on each line",
        ),
        pytest.param(
            BETWEEN,
            f"{BETWEEN}unwanted = [{QUOTED}]\n",
            id="aliases between two rules stay there",
        ),
        pytest.param(
            '[[rule]]\nid = "a"\nany = ["x"] # words\n\n[[rule.match]]\ntitle = "x"\n',
            f'[[rule]]\nid = "a"\nany = ["x"] # words\nunwanted = [{QUOTED}]\n\n[[rule.match]]\ntitle = "x"\n',
            id="before other examples that have headers",
        ),
        pytest.param(
            '[[rule]]\nid = "a"\nany = ["x"]\n  [[rule.unwanted]] # one\n    title = "x" # why\n\n'
            '# b\n[[rule]]\nid = "b"\n',
            '[[rule]]\nid = "a"\nany = ["x"]\n  [[rule.unwanted]] # one\n    title = "x" # why\n\n'
            f'  [[rule.unwanted]]\n    title = {QUOTED}\n\n# b\n[[rule]]\nid = "b"\n',
            id="unwanted examples that have headers",
        ),
        pytest.param(
            '[[rule]]\nid = "a"\nany = ["x"]\nunwanted = [ # none\n  # yet\n] # end\n',
            f'[[rule]]\nid = "a"\nany = ["x"]\nunwanted = [ # none\n  # yet\n  {QUOTED},\n] # end\n',
            id="an empty list with comments",
        ),
        pytest.param(
            '[[rule]]\nid = "a"\nany = ["x"]\nunwanted = [ # c\n  # of one\n  "one" # why\n]\n',
            f'[[rule]]\nid = "a"\nany = ["x"]\nunwanted = [ # c\n  {QUOTED},\n  # of one\n  "one" # why\n]\n',
            id="comments before and behind the only element",
        ),
        pytest.param(
            '[[rule]]\nid = "a"\nquery = """\nx OR\n#y"""\nenabled = true\nmatch = ["""\n#x"""]\n',
            '[[rule]]\nid = "a"\nquery = """\nx OR\n#y"""\nenabled = true\nmatch = ["""\n#x"""]\n'
            f"unwanted = [{QUOTED}]\n",
            id="a text over several lines whose last one looks like a comment",
        ),
    ],
)
def test_the_text_of_a_file_keeps_its_layout(before: str, after: str) -> None:
    """One example more, every comment where it was; a second time adds nothing; taken out, the rest is as before."""
    had = has_list(before, "a")
    edited = with_unwanted(before, "a", TITLE)
    assert edited == after
    assert with_unwanted(edited, "a", f"  {TITLE} ") is None
    assert without_unwanted(edited, "a", TITLE, made_list=not had) == before
    assert without_unwanted(before, "a", TITLE) is None


@pytest.mark.parametrize(
    "text",
    ['[[rule]]\nid = "b"\nany = ["x"]\n', 'rule = "a"\n', '[[rule]]\nid = "a"\nany = ["x"]\nunwanted = "one"\n'],
)
def test_what_cannot_be_edited_is_said(text: str) -> None:
    """No such rule, or a list that is none: nothing is guessed."""
    with pytest.raises(UsageError, match=r"not in the file any more|by hand"):
        with_unwanted(text, "a", TITLE)


@pytest.mark.parametrize(
    ("text", "after"),
    [
        pytest.param('unwanted = ["T"] # Bob says so', None, id="a comment behind it"),
        pytest.param('# Bob says so\nunwanted = ["T"]', None, id="a comment above it"),
        pytest.param('unwanted = [\n "T", # Bob says so\n "one",\n]', None, id="a comment behind it in a list"),
        pytest.param('[[rule.unwanted]] # Bob says so\ntitle = "T"', None, id="a comment behind its header"),
        pytest.param('unwanted = [\n "T",\n # Bob\n "one",\n]', 'unwanted = [\n # Bob\n "one",\n]', id="before others"),
        pytest.param('unwanted = ["one", "T", "two"]', 'unwanted = ["one", "two"]', id="between others on a line"),
        pytest.param('unwanted = ["T", "two"] # both', 'unwanted = ["two"] # both', id="the first on a line"),
        pytest.param(
            'unwanted = ["one", # why\n  "T"]', 'unwanted = ["one", # why\n  ]', id="the last, behind a comment"
        ),
        pytest.param('unwanted = [\n  "T"\n]', "unwanted = [\n]", id="alone on its line"),
    ],
)
def test_what_was_changed_since_is_taken_out_or_said(text: str, after: str | None) -> None:
    """An example that somebody wrote about is left to them, in Undo's own words; one that was only moved goes."""
    head = '[[rule]]\nid = "a"\nany = ["x"]\n'
    if after is None:
        with pytest.raises(UsageError, match="take it out by hand, for the file was changed there since"):
            without_unwanted(head + text + "\n", "a", "T", made_list=True)
    else:
        back = without_unwanted(head + text + "\n", "a", "T", made_list="one" in text or "two" in text)
        assert back == head + after + "\n"


# --- files of every shape --------------------------------------------------------------------------------------------

_WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
_EXAMPLE = st.one_of(
    _WORDS.map(lambda words: f"New: {words}"),
    st.fixed_dictionaries(
        {"title": _WORDS.map(lambda words: f"New: {words}"), "tags": st.lists(_WORDS, max_size=2)},
        optional={"summary": _WORDS},
    ),
)
_NOTE = st.sampled_from(["", "", "", " # note", '# [[rule]], "x" ]'])


@st.composite
def _list(draw: st.DrawFn, indent: str) -> str:
    """A list of examples, on one line or on several, with a comma at its end or not, comments anywhere."""
    items = draw(st.lists(st.sampled_from(['"one, #1"', "'two ]'", '{title = "three"}', '"""\n#4\n"""']), max_size=3))
    comma = draw(st.sampled_from(["", ",", " ,"])) if items else ""
    if draw(st.booleans()):
        return f"[{draw(st.sampled_from(['', ' ']))}{', '.join(items)}{comma}{draw(st.sampled_from(['', ' ']))}]"
    lines = [f"[{draw(_NOTE)}"]
    for number, item in enumerate(items):
        lines += [f"{indent}# over it"] * draw(st.integers(0, 1))
        between = draw(st.sampled_from([",", " ,"])) if number < len(items) - 1 else comma
        lines.append(f"{indent}{item}{between}{draw(_NOTE)}")
    lines += [f"{indent}# last"] * draw(st.integers(0, 1))
    end = draw(st.sampled_from(["\n]", "\n    ]", "]"]))
    return "\n".join(lines) + ("\n]" if "#" in lines[-1] else end)


@st.composite
def _rule(draw: st.DrawFn, name: str) -> str:
    """A rule below its header: settings in any order, examples in lists or below headers of their own."""
    lead = draw(st.sampled_from(["", "  ", "\t"]))
    settings = [
        f'id = "{name}"',
        'any = ["x"]',
        *draw(st.sampled_from([[], ["enabled = true"], ['title = """\n# x"""']])),
    ]
    headers = []
    for kind in draw(st.lists(st.sampled_from(["known_gap", "unwanted", "other"]), unique=True)):
        if kind == "other":
            settings.append("severity = 'low'")
        elif draw(st.booleans()):
            settings.append(f"{kind} = {draw(_list(lead + '  '))}")
        else:
            for number in range(draw(st.integers(1, 2))):
                note = "# why\n" * draw(st.integers(0, 1))
                headers.append(f'{note}{lead}[[rule.{kind}]]{draw(_NOTE)}\n{lead}  title = "{number}"{draw(_NOTE)}')
                headers += [""] * draw(st.integers(0, 1))
    rows = [f"{lead}{row}{draw(_NOTE)}" for row in draw(st.permutations(settings))]
    return "\n".join([f"{lead}[[rule]]{draw(_NOTE)}", *rows, *headers])


@st.composite
def _rule_file(draw: st.DrawFn) -> str:
    """Several rules, one of them ``a``; aliases before, between or behind them; lines may end as on Windows."""
    names = draw(st.permutations(["a", *draw(st.sampled_from([[], ["b"], ["b", "c"]]))]))
    if draw(st.booleans()):
        parts = [draw(_rule(name)) for name in names]
        aliases = "[alias]\nz = ['q']"
    else:
        more = draw(st.sampled_from(["", ", enabled = true", ', unwanted = ["o"]', ", unwanted = [\n 'o', # c\n]"]))
        rows = [f'{{id = "{name}", known_gap = [], any = ["x"]{more}}}' for name in names]
        parts = [f"rule = [{draw(st.sampled_from(['', chr(10)]))}" + ", # next\n ".join(rows) + "]"]
        aliases = "alias.z = ['q']"
    if draw(st.booleans()):
        parts.insert(draw(st.integers(0, len(parts))), aliases)
    gap = draw(st.sampled_from(["\n", "\n\n", "\n# --\n", "\n\n# --\n"]))
    text = (
        draw(st.sampled_from(["", "# top\n"]))
        + gap.join(parts)
        + draw(st.sampled_from(["", "\n", "\n# end\n", "\n\n"]))
    )
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


@given(_rule_file(), _EXAMPLE)
def test_in_any_file_one_piece_of_text_comes_and_goes(text: str, example: str | dict[str, Any]) -> None:
    """What was written stays around what is added; the file loads and says the one example more; Undo is exact."""
    assert not load_rules({"a.toml": text}).problems, "the test's own file"
    edited = with_unwanted(text, "a", example)
    assert edited is not None
    added = len(edited) - len(text)
    assert any(edited[:at] + edited[at + added :] == text for at in range(len(text) + 1)), "one piece"
    assert comments(edited) == comments(text)
    assert ("\r" in edited) == ("\r" in text)
    assert not load_rules({"a.toml": edited}).problems
    before, after = (_rules_of(each) for each in (text, edited))
    assert _titled([example])[0] in _titled(after["a"].pop("unwanted"))
    assert len(_rules_of(edited)["a"]["unwanted"]) == len(before["a"].pop("unwanted", [])) + 1
    assert before == after
    assert without_unwanted(edited, "a", example, made_list=not has_list(text, "a")) == text


def _rules_of(text: str) -> dict[str, dict[str, Any]]:
    return {rule["id"]: rule for rule in tomllib.loads(text)["rule"]}


def _titled(examples: list[Any]) -> list[Any]:
    return [{"title": each} if isinstance(each, str) else each for each in examples]


@given(st.lists(_WORDS, max_size=4), _WORDS)
def test_whatever_an_example_says_it_can_be_read_again(known: list[str], title: str) -> None:
    """The list holds what it held and the one more, whatever letters they are of; what was added can be taken out."""
    listed = ", ".join(f'"{_escaped(each)}"' for each in known)
    text = f'[[rule]]\nid = "a"\nany = ["x"]\nunwanted = [{listed}]\n'
    edited = with_unwanted(text, "a", title)
    if edited is None:
        assert any(clean_block(each) == clean_block(title) for each in known), "as texts are read"
        return
    assert tomllib.loads(edited)["rule"][0]["unwanted"] == [*known, title]
    assert without_unwanted(edited, "a", title) == text


def _escaped(text: str) -> str:
    return "".join(f"\\U{ord(letter):08x}" for letter in text)


@pytest.mark.parametrize(
    ("query", "text", "example"),
    [
        ("embassy", EntryText("The embassy", "s"), "The embassy"),
        ("embassy", EntryText("News", "An embassy"), {"title": "News", "summary": "An embassy"}),
        (
            "embassy AND source:One",
            EntryText("The embassy", "s", source="One"),
            {"title": "The embassy", "summary": "s", "source": "One"},
        ),
        (
            "tag:korea",
            EntryText("", "s", tags=("korea", "b")),
            {"summary": "s", "tags": ["korea", "b"]},
        ),
        ("embassy", EntryText("News", content="An embassy"), {"title": "News", "content": "An embassy"}),
        ("embassy", EntryText("News", "nothing"), None),
        ("embassy", EntryText(), None),
    ],
)
def test_the_example_is_as_short_as_it_can_be(query: str, text: EntryText, example: object) -> None:
    """The title if that does it, else as few fields as make the rule match; none if nothing does."""
    [rule] = load_rules({"a.toml": f"[[rule]]\nid = 'a'\nquery = '{query}'\nenabled = false\n"}).rules
    assert example_of(rule, text) == example


_LOREM = "Lorem ipsum dolor. " * 150


@pytest.mark.parametrize(
    ("query", "content", "expected"),
    [
        pytest.param("embassy", _LOREM + "The embassy reopened.", ["embassy reopened."], id="deep in the body"),
        pytest.param(
            "embassy AND syria",
            f"{_LOREM}An embassy. {_LOREM}In Syria. {_LOREM}",
            ["An embassy.", " … ", "In Syria."],
            id="words far apart",
        ),
        pytest.param(
            '"closed embassy"~1000',
            f"{_LOREM}closed {_LOREM}embassy {_LOREM}",
            ["closed", "embassy"],
            id="only together",
        ),
        pytest.param("embassy", "漢字" * 2_000 + " embassy " + "漢字" * 2_000, ["embassy"], id="no spaces"),
    ],
)
def test_an_example_of_a_long_body_is_what_stands_around_the_words(
    query: str, content: str, expected: list[str]
) -> None:
    """What the rule matches deep in a text is found there; as little of the text as does it, in whole words."""
    [rule] = load_rules({"a.toml": f"[[rule]]\nid = 'a'\nquery = '{query}'\n"}).rules
    example = example_of(rule, EntryText("News", content=content))
    assert isinstance(example, dict)
    assert RuleSet([rule]).matching(EntryText(**example)), "it matches"
    assert all(piece in example["content"] for piece in expected)
    if "~" not in query:
        assert len(example["content"]) < 500
        assert example["content"].split()[0] in content.split() or "漢" in content


def test_what_matches_nowhere_has_no_example() -> None:
    """However long the text."""
    [rule] = load_rules({"a.toml": "[[rule]]\nid = 'a'\nquery = 'embassy'\n"}).rules
    assert example_of(rule, EntryText("News", content=_LOREM)) is None
