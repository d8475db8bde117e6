"""An unwanted example is added to a rule file and taken out again, and nothing else in the file changes."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import UsageError
from digest.match import load_rules
from digest.match.unwanted import example_of, has_list, with_unwanted, without_unwanted
from digest.model import EntryText
from digest.positions import comments
from digest.text import clean_block

TITLE = 'Toys: a "small" embassy'
QUOTED = r'"Toys: a \"small\" embassy"'


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
            '[[rule]]\nid = "a"\nany = ["x"]\nunwanted = [\n  "one" # why\n  # last\n]\n',
            f'[[rule]]\nid = "a"\nany = ["x"]\nunwanted = [\n  {QUOTED},\n  "one" # why\n  # last\n]\n',
            id="a comment behind a last element without a comma",
        ),
        pytest.param(
            '[[rule]]\r\nid = "a"\r\nany = ["x"]\r\n# end\r\n',
            f'[[rule]]\r\nid = "a"\r\nany = ["x"]\r\nunwanted = [{QUOTED}]\r\n# end\r\n',
            id="lines that end as on Windows",
        ),
        pytest.param(
            '[[rule]]\nid = "a"\nquery = """\nx\nOR y"""',
            f'[[rule]]\nid = "a"\nquery = """\nx\nOR y"""\nunwanted = [{QUOTED}]\n',
            id="no line break at the end",
        ),
        pytest.param(
            'rule = [{id = "a", any = ["x"]}]\n',
            f'rule = [{{id = "a", any = ["x"], unwanted = [{QUOTED}]}}]\n',
            id="a rule on one line",
        ),
    ],
)
def test_the_text_of_a_file_keeps_its_layout(before: str, after: str) -> None:
    """One example more, every comment where it was; a second time adds nothing; taken out, the rest is as before."""
    had = has_list(before, "a")
    edited = with_unwanted(before, "a", TITLE)
    assert edited == after
    assert with_unwanted(edited, "a", f"  {TITLE} ") is None
    back = without_unwanted(edited, "a", TITLE, made_list=not had)
    assert back is not None
    assert back.rstrip().replace(" }", "}") == before.rstrip()
    assert without_unwanted(back, "a", TITLE) is None


@pytest.mark.parametrize(
    "text",
    ['[[rule]]\nid = "b"\nany = ["x"]\n', 'rule = "a"\n', '[[rule]]\nid = "a"\nany = ["x"]\nunwanted = "one"\n'],
)
def test_what_cannot_be_edited_is_said(text: str) -> None:
    """No such rule, or a list that is none: nothing is guessed."""
    with pytest.raises(UsageError, match=r"not in the file any more|by hand"):
        with_unwanted(text, "a", TITLE)


_WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)


@given(st.lists(_WORDS, max_size=4), _WORDS, st.booleans(), st.sampled_from(["\n", "\r\n"]))
def test_whatever_it_says_the_file_can_be_read_again(known: list[str], title: str, spread: bool, end: str) -> None:  # noqa: FBT001 - drawn
    """The list holds what it held and the one more; comments stay; what was added can be taken out."""
    listed = ", ".join(f'"""{_escaped(each)}"""' for each in known)
    rows = f"[\n  {listed}\n  # last\n]" if spread and known and "#" not in listed else f"[{listed}]"
    text = f'# first\n[[rule]]\nid = "a" # id\nany = ["x"]\nunwanted = {rows}\n# end\n'.replace("\n", end)
    edited = with_unwanted(text, "a", title)
    if edited is None:
        assert any(clean_block(each) == clean_block(title) for each in known), "as texts are read"
        return
    [rule] = tomllib.loads(edited)["rule"]
    assert sorted(rule["unwanted"]) == sorted([*tomllib.loads(text)["rule"][0]["unwanted"], title])
    assert comments(edited) == comments(text)
    back = without_unwanted(edited, "a", title)
    assert back is not None
    assert tomllib.loads(back) == tomllib.loads(text)


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
