"""Regular expressions that demand what no text holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.match import QueryError, query_rule
from digest.match.language.expressions import compile_regex, never_found
from digest.text import clean_block

NEVER = [
    *("a\tb", r"a\tb", r"\x09", r"\x{9}a", r"\011", "a\rb", r"a\r\nb", r"\va", r"\x{1b}\[31m", r"\Qa\tb\E x{2}\x00"),
    *("a\u00a0b", r"a\x{a0}b", "a\u3000b", "a\u200bb", "a\u00adb", r"e\x{301}", "a  b", r"a \n", "a +  b", r"\n\n"),
    *(r"(a\tb|\x07)+", "(?i)a\tb", "(?P<x>a\t)b", "a\t{2,3}", r"(?:\t)c", r"$\t"),
]
EVER = [
    *(r"\bIS\b", "a b", "a\nb", r"a\r?\nb", "a\t*b", "a\t{0,3}b", "a  ?b", r"foo|a\tb", r"(a\tb|c)+", r"(a\tb)?c"),
    *("[\t ]x", r"[\t]?x", r"[^\]\t]x", "[[:space:]]x", r"\sx", r"\pL\p{Han}", r"\.\*", "é", "北韓", "e\\+", r"\Q\t\E"),
    *("👩\u200d👩", "[👩]\u200d[👩]", "(?i)(?:a|b) c", r"\Aa\z", "(?-i)US", "a{2,3} b", "\u0301", "<b>"),
]


@pytest.mark.parametrize("pattern", NEVER)
def test_what_no_text_holds_is_refused(pattern: str) -> None:
    """As a character, as an escape, in a branch or a group: where all of it must be there, it is an error."""
    with pytest.raises(QueryError, match="this regular expression can never match, for no text holds"):
        query_rule("/" + pattern.replace("/", r"\/") + "/")


@pytest.mark.parametrize("pattern", EVER)
def test_what_a_text_may_hold_is_taken(pattern: str) -> None:
    """Also where only a part that may be missing can never be there."""
    assert never_found(pattern) == ""


CONTRADICTIONS = [
    ("a$b", "“b” stands beyond the end of the text ($)"),
    (r"x|a\z b", r"“ ” stands beyond the end of the text (\z)"),
    ("a^", "“a” stands beyond the beginning of the text (^)"),
    (r"(US|UK)!\A", r"“!” stands beyond the beginning of the text (\A)"),
    (r"No\bth", "there is no word boundary within “ot”"),
    (r"\b시리아", r"\b knows the letters a to z only"),
    (r"Сирия\b", r"\b knows the letters a to z only"),
]
TRUE_EDGES = [
    *("^a", "a$", "x*^a", "a$b?", "(?m)a$\nb", "[$]b", "(a$|b)c"),
    *(r"\bNATO\b", r"a\b b", r"a.*\bb", r"C\+\+$", r"\$5"),
]


@pytest.mark.parametrize(("pattern", "words"), CONTRADICTIONS)
def test_what_cannot_be_at_its_place_is_refused(pattern: str, words: str) -> None:
    """Something behind the end of the text, before its beginning, or a boundary that is none."""
    with pytest.raises(QueryError) as caught:
        query_rule(f"/{pattern}/")
    assert str(caught.value).startswith(f"this regular expression can never match: {words}")


@pytest.mark.parametrize("pattern", TRUE_EDGES)
def test_edges_that_may_be_there_are_taken(pattern: str) -> None:
    """What may be missing stands in nobody's way."""
    query_rule(f"/{pattern}/")


@given(st.text("ab \t\n\r\u00a0\u200b\u0301é👩\u200d", max_size=8), st.integers(0, 7), st.integers(1, 4))
def test_what_stands_in_a_text_is_never_refused(text: str, start: int, length: int) -> None:
    """Whatever is cut out of a clean text can be looked for, and is found in it."""
    clean = clean_block(text)
    if piece := clean[start : start + length]:
        pattern = "".join(f"\\x{{{ord(char):x}}}" for char in piece)
        assert never_found(pattern) == ""
        assert compile_regex(pattern).search(clean)
