"""Places in TOML files: keys, values, and offsets inside strings."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from digest.toml.places import KeySpan, locate, locate_in_string, spans
from digest.toml.problems import toml_problem

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT = '''\
# a note with [brackets] and key = "value"
title = "a # b"
"quoted key" = 1
dotted.name = true
numbers = [ 1, # one
  2, [3, 4] ]
point = { x = 1, y = { z = "é" } }

[alias]
dprk = ["북한", "朝鲜"]

[[rule]]
id = "one"
[rule.more]
deep = 1

[[rule]]
id = "two"
query = """
a "b" \\
   c"""
[[rule.part]]
n = 1
[[rule.part]]
n = 2
'''


@pytest.mark.parametrize(
    ("keys", "key", "value"),
    [
        (("title",), (2, 1), (2, 9)),
        (("quoted key",), (3, 1), (3, 16)),
        (("dotted",), (4, 1), (4, 1)),
        (("dotted", "name"), (4, 8), (4, 15)),
        (("numbers", 0), (5, 13), (5, 13)),
        (("numbers", 1), (6, 3), (6, 3)),
        (("numbers", 2, 1), (6, 10), (6, 10)),
        (("point", "y", "z"), (7, 24), (7, 28)),
        (("alias",), (9, 2), (9, 2)),
        (("alias", "dprk", 1), (10, 15), (10, 15)),
        (("rule", 0, "id"), (13, 1), (13, 6)),
        (("rule", 0, "more", "deep"), (15, 1), (15, 8)),
        (("rule", 1), (17, 3), (17, 3)),
        (("rule", 1, "query"), (19, 1), (19, 9)),
        (("rule", 1, "part", 1, "n"), (25, 1), (25, 5)),
    ],
)
def test_keys_and_values_are_found(keys: tuple[str | int, ...], key: tuple[int, int], value: tuple[int, int]) -> None:
    """Every way TOML has of writing a key and a value has its place."""
    tomllib.loads(DOCUMENT)
    assert locate(DOCUMENT, keys) == key
    assert locate(DOCUMENT, keys, value=True) == value


@pytest.mark.parametrize(
    ("keys", "place"),
    [(("rule", 1, "severity"), (17, 3)), (("rule", 7, "id"), (12, 3)), (("nothing", "here"), (1, 1)), ((), (1, 1))],
)
def test_what_is_missing_is_placed_at_the_table_around_it(keys: tuple[str | int, ...], place: tuple[int, int]) -> None:
    """A missing key is shown where it would belong."""
    assert locate(DOCUMENT, keys, value=True) == place


@pytest.mark.parametrize(
    ("text", "offset", "place"),
    [
        ('q = "abc"', 0, (1, 6)),
        ('q = "abc"', 2, (1, 8)),
        ('q = "abc"', 3, (1, 9)),
        ('q = "abc"', 99, (1, 9)),
        (r'q = "a\tb\u00e9c\U0001F600d"', 4, (1, 16)),
        (r'q = "a\tb\u00e9c\U0001F600d"', 6, (1, 27)),
        (r"q = 'a\tb'", 3, (1, 9)),
        ("q = '''\nab\ncd'''", 0, (2, 1)),
        ("q = '''\nab\ncd'''", 3, (3, 1)),
        ("q = '''ab\ncd'''", 4, (2, 2)),
        ("q = '''\r\nab\r\ncd'''", 4, (3, 2)),
        ('q = """a \\\n   b"""', 2, (2, 4)),
        ('q = """a\\n\\"b"c"""', 3, (1, 13)),
        ('q = """""a"""""', 2, (1, 10)),
        ("한글 = 1\nq = '북한 AND x'".replace("한글", '"한글"'), 3, (2, 9)),
    ],
)
def test_offsets_inside_strings(text: str, offset: int, place: tuple[int, int]) -> None:
    """A code point of a value is found in the file, whatever escapes and quotes stand before it."""
    tomllib.loads(text)
    assert locate_in_string(text, ("q",), offset) == place


def test_a_value_that_is_no_string_is_placed_at_its_beginning() -> None:
    """Asking for an offset in a list or a missing key is no error."""
    assert locate_in_string("q = [1]", ("q",), 3) == (1, 5)
    assert locate_in_string("q = [1]", ("z",), 3) == (1, 1)


SCALARS = st.text(max_size=20) | st.integers(-(2**63), 2**63 - 1) | st.booleans()
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=12,
)


def leaves(tree: Any, keys: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every scalar of a document with its path."""
    if isinstance(tree, dict):
        for name, inner in tree.items():
            yield from leaves(inner, (*keys, name))
    elif isinstance(tree, list):
        for index, inner in enumerate(tree):
            yield from leaves(inner, (*keys, index))
    else:
        yield keys, tree


@given(st.dictionaries(st.text(max_size=6), TREES, max_size=4))
def test_every_value_of_any_document_is_found(tree: dict[str, Any]) -> None:
    """What stands at the place of a value reads as that value; in a string, each code point is at its offset."""
    text = tomlkit.dumps(tree)
    lines = text.split("\n")
    for keys, value in leaves(tomllib.loads(text)):
        line, column = locate(text, keys, value=True)
        here = "\n".join([lines[line - 1][column - 1 :], *lines[line:]])
        if isinstance(value, str):
            assert here[0] in "\"'"
            for offset, character in enumerate(value):
                row, place = locate_in_string(text, keys, offset)
                assert lines[row - 1][place - 1 :][:1] in {character, "\\"} or character == "\n"
        else:
            assert here.startswith(str(value).lower())


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a b = 1", (1, 3), "="),
        ("a = hello", (1, 5), 'put text in quotes: "hello"'),
        ("x = 1\nevery = 10m", (2, 9), '"10m"'),
        ("a = True", (1, 5), "write true"),
        ("a = yes", (1, 5), "true or false"),
        ("a = “x”", (1, 5), "straight quotes"),
        ("a =", (1, 4), "value is missing"),
        ('a = "x\nb = 2', (1, 7), "no closing quote on its line"),
        ("b = 1\nq = '''\nabc\n\n", (2, 1), "never closed"),
        ('b = 1\nq = """\nabc\n\n', (2, 1), "never closed"),
        ("a = 1\na = 2\n", (2, 1), "already set"),
        ("[t]\n[t]", (2, 1), "second time"),
        ("a = [1 2]", (1, 8), "comma"),
        ("a = [1,\n2\nb = 3", (3, 1), "comma"),
        (r'a = "\d"', (1, 8), "backslash"),
        ("[[feed]\nurl = 1", (1, 7), "]]"),
        ("url https", (1, 5), "="),
        ("? = 1", (1, 1), "no setting"),
        ("a = {b = 1\n}", (1, 11), "one line"),
        ('a = "\x07"', (1, 6), "control character"),
    ],
)
def test_syntax_errors_in_plain_words(text: str, place: tuple[int, int], words: str) -> None:
    """A document that is no TOML is answered with the place and what to write instead."""
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    problem = toml_problem("config.toml", text, caught.value)
    assert (problem.line, problem.column) == place
    assert words in problem.message


@given(st.text(alphabet="ab=[]{}\"'\\\n#.,1 \t\r", max_size=30))
def test_any_broken_document_has_a_place_inside_it(text: str) -> None:
    """The place of an error is always one that an editor can jump to."""
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem = toml_problem("f", text, error)
        rows = text.replace("\r\n", "\n").split("\n")
        assert 1 <= problem.line <= len(rows)
        assert 1 <= problem.column <= len(rows[problem.line - 1]) + 1
        assert problem.message


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_spans_begin_and_end_where_things_stand(end: str) -> None:
    """A setting, its value, the elements of it; a header with its brackets; whichever way lines end."""
    text = '[[rule]] # one\nid = 7 # seven\nany = [ "x" , {a = true} ]\n'.replace("\n", end)
    place = spans(text)
    assert place["rule", 0] == KeySpan(2, 2, len("[[rule]]"))
    stands = {
        keys[2:]: (text[span.key : span.value], text[span.value : span.end])
        for keys, span in place.items()
        if len(keys) > 2
    }
    assert stands == {
        ("id",): ("id = ", "7"),
        ("any",): ("any = ", '[ "x" , {a = true} ]'),
        ("any", 0): ("", '"x"'),
        ("any", 1): ("", "{a = true}"),
        ("any", 1, "a"): ("a = ", "true"),
    }
