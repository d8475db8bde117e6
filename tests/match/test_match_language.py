"""The rule language: what it reads as, what it says of mistakes and where, and that printing is reading backwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.match import QueryError, parse_query, print_query
from digest.match.language.parse import parse_item
from digest.match.language.query import Alias, And, Count, Field, Near, Not, Or, Phrase, Query, Regex, children_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ALIASES = {"syria": (Phrase("Syria"),), "dprk": (Phrase("North Korea"), Phrase("북한"))}

a, b, c = Phrase("a"), Phrase("b"), Phrase("c")

TREES: list[tuple[str, Query]] = [
    ("a", a),
    ('"a"', a),
    ('"north  korea"', Phrase("north korea")),
    ("“north korea”", Phrase("north korea")),
    ("„north korea“", Phrase("north korea")),
    ("Syria*", Phrase("Syria*")),
    ('"North Kore*"', Phrase("North Kore*")),
    ("=US", Phrase("US", case=True)),
    ('="White House"', Phrase("White House", case=True)),
    ('"a b"~2', Phrase("a b", slop=2)),
    ("1,000", Phrase("1,000")),
    ("l'ambassade", Phrase("l'ambassade")),
    ('ארה"ב', Phrase("ארה״ב")),
    ("10:30", Phrase("10:30")),
    ("AC/DC", Phrase("AC/DC")),
    ('"or"', Phrase("or")),
    ('"AND"', Phrase("AND")),
    (r"/a\/b\.c/", Regex(r"a/b\.c")),
    ("@syria", Alias("syria")),
    ("a AND b AND c", And((a, b, c))),
    ("a\n AND\r\nb", And((a, b))),
    ("a OR b OR c", Or((a, b, c))),
    ("a NOT b", And((a, Not(b)))),
    ("a AND NOT b", And((a, Not(b)))),
    ("NOT a AND b", And((Not(a), b))),
    ("a NOT b NOT c", And((a, Not(b), Not(c)))),
    ("(a OR b) AND c", And((Or((a, b)), c))),
    ("((a))", a),
    ("a AND (b AND c)", And((a, And((b, c))))),
    ("a AND (b OR NOT c)", And((a, Or((b, Not(c)))))),
    ("title:a", Field("title", a)),
    ("tier:B", Field("tier", Phrase("B"))),
    ("tier:A..C AND a", And((Field("tier", Phrase("A..C")), a))),
    ("tier:(A..B OR D)", Field("tier", Or((Phrase("A..B"), Phrase("D"))))),
    ("title: a", Field("title", a)),
    ("title:=US", Field("title", Phrase("US", case=True))),
    ("title:(a OR b)", Field("title", Or((a, b)))),
    ("title:a AND b", And((Field("title", a), b))),
    ("a NEAR/3 b", Near(a, b, 3, ordered=False)),
    ("a ONEAR/0 b", Near(a, b, 0, ordered=True)),
    ("NOT a NEAR/3 b AND c", And((Not(Near(a, b, 3, ordered=False)), c))),
    ("a NEAR/3 (b OR c)", Near(a, Or((b, c)), 3, ordered=False)),
    ("title:a NEAR/3 @syria", Near(Field("title", a), Alias("syria"), 3, ordered=False)),
    ("a NEAR/3 b NEAR/2 c", Near(Near(a, b, 3, ordered=False), c, 2, ordered=False)),
    ('2 OF (a, "b c", @syria)', Count(2, (a, Phrase("b c"), Alias("syria")))),
    ("1 OF (a AND b, c)", Count(1, (And((a, b)), c))),
]


@pytest.mark.parametrize(("text", "tree"), TREES, ids=[text for text, _ in TREES])
def test_queries_read_as_trees(text: str, tree: Query) -> None:
    """Precedence, signs and quotes read as the manual says, and print as what reads the same."""
    assert parse_query(text, ALIASES) == tree
    assert parse_query(print_query(tree), ALIASES) == tree


LOOSE = "NOT {} matches without any word being found: it needs something found beside it, as in syria NOT football"

BACKSPACE = (
    r"a backspace stands here, for that is what \b means in double quotes: write \\b, "
    "or put the whole text in single quotes ('...')"
)
NO_SUCH_SPACE = (
    "this regular expression can never match, for no text holds the character U+00A0: "
    r"words are parted by one space or a line break (\s finds either)"
)
ERRORS = [
    ("", 0, "the query is empty: write a word to look for"),
    (
        "north korea",
        6,
        (
            'no operator between “north” and “korea”: write "north korea" for the phrase, north AND korea for both, '
            "or north OR korea for either"
        ),
    ),
    ('syria "north korea"', 6, 'no operator before "north korea": write AND, OR or NOT between two terms'),
    ("a AND b OR c", 8, "AND and OR stand side by side: put one of them in parentheses, as in (a AND b) OR c"),
    ("a OR b NOT c", 7, "OR and NOT stand side by side: put one of them in parentheses, as in a OR (b NOT c)"),
    ("a NOT b OR c", 8, "NOT and OR stand side by side: put one of them in parentheses, as in (a NOT b) OR c"),
    ("a and b", 2, '“and” is read as a word here: write AND, or "and" in quotes for the word'),
    ("a Or b", 2, '“Or” is read as a word here: write OR, or "Or" in quotes for the word'),
    ("not a", 0, '“not” is read as a word here: write NOT, or "not" in quotes for the word'),
    ("a near/4 b", 2, '“near/4” is read as a word here: write NEAR/4, or "near/4" in quotes for the word'),
    ("a NEAR b", 2, "NEAR is followed by / and a number up to 9999, as in NEAR/5"),
    ("a NEAR/x b", 2, "NEAR is followed by / and a number up to 9999, as in NEAR/5"),
    ("*syria", 0, "* stands only at the end of a word: write its first letters, as in syria*"),
    ("Sy*ia", 0, "* stands only at the end of a word: write its first letters, as in Syria*"),
    ('a AND "north *korea"', 13, "* stands only at the end of a word: write its first letters, as in korea*"),
    ("*", 0, "* stands only at the end of a word: write its first letters, as in Syria*"),
    ("Sy*", 0, "Sy* would match too much: * needs three letters before it"),
    ("북*", 0, "북* would match too much: * needs two letters before it"),
    ("朝*", 0, "朝* would match too much: * needs two letters before it"),
    ("NOT a", 0, LOOSE.format("a")),
    ("NOT a AND NOT b", 0, LOOSE.format("a")),
    ("a OR NOT b", 5, LOOSE.format("b")),
    ("1 OF (a, NOT b)", 9, LOOSE.format("b")),
    ("a OR title:(NOT b)", 12, LOOSE.format("b")),
    (
        "NOT (" + " OR ".join(["embassy"] * 20) + ")",
        0,
        LOOSE.format("(embassy OR embassy OR embassy OR embassy OR embassy …"),
    ),
    ("x\x00", 1, "the control character U+0000 stands in no text: take it out"),
    ("@syira", 0, "there is no alias @syira: write @syria"),
    ("@DPRK", 0, "there is no alias @DPRK: write @dprk"),
    ("a AND @iran", 6, 'there is no alias @iran: define it under [alias], as in iran = ["..."]'),
    ("titel:a", 0, "there is no field “titel”: write title:"),
    ("Title:a", 0, "there is no field “Title”: write title:"),
    (
        "a AND https://x.org",
        6,
        (
            "there is no field “https”: the fields are title, summary, content, source, lang, author, tag, tier; "
            "put the text in quotes if it is none"
        ),
    ),
    ("title:", 0, "title: is followed by a term or a group, as in title:syria"),
    ("title:(summary:a)", 7, "summary: stands inside title: — give each a group of its own"),
    ("(a OR b", 0, "this ( is never closed: add a )"),
    ("a)", 1, "this ) closes nothing: take it out, or open a ( before"),
    ("a AND ()", 6, "there is nothing between these parentheses: write a term there, or take them out"),
    ("a AND", 2, "AND needs a term after it"),
    ("a AND OR b", 6, "a term is missing before OR: write a word there, or put “OR” in quotes"),
    ("AND a", 0, "a term is missing before AND: write a word there, or put “AND” in quotes"),
    ('a AND "b', 6, "this quote is never closed: put another after the phrase"),
    ('a AND ""', 7, "there is nothing between these quotes, so it can match nothing: write a word to look for"),
    ('"—"', 1, "“—” has no letter or digit, so it can match nothing: write a word to look for"),
    ('"a b"~x', 5, '~ is followed by a number up to 9999, as in "diplomatic ties"~2'),
    ('"a b"~2.5', 5, '~ is followed by a number up to 9999, as in "diplomatic ties"~2'),
    ("ties~2", 0, '~2 stands right behind a phrase in quotes, as in "diplomatic ties"~2'),
    ('"a b" ~2', 6, '~2 stands right behind a phrase in quotes, as in "diplomatic ties"~2'),
    ("/a", 0, "this / begins a regular expression that is never closed: end it with another /"),
    (
        "/a(/",
        0,
        (
            "this regular expression cannot be read (missing ): a(): "
            r"write \ before a sign that stands for itself, as in \("
        ),
    ),
    (
        "a AND /(?=b)/",
        6,
        (
            "this regular expression cannot be read (invalid perl operator: (?=): "
            "RE2 has no look-around and no back-references"
        ),
    ),
    (
        "/a*/",
        0,
        "this regular expression matches nothing at all, so it matches everywhere: make one part of it certain",
    ),
    ("a OR /\bIS\b/", 6, BACKSPACE),
    ('"IS\f"', 3, BACKSPACE.replace("backspace", "form feed").replace(r"\b", r"\f")),
    ("IS\x1b[31m", 2, "the control character U+001B stands in no text: take it out"),
    ("title:(a AND /North\u00a0Korea/)", 13, NO_SUCH_SPACE),
    ("x = = 1", 2, '= stands right before a word or a phrase, as in =US or ="White House"'),
    ("tier:G", 5, "there is no tier “G”: write a letter from A (the best) to F, or a range, as in tier:A..C"),
    ("a AND tier:A..", 11, "“A..” is no range of tiers: write tier:A..F"),
    ("tier:..C", 5, "“..C” is no range of tiers: write tier:A..C"),
    ("tier:b-d", 5, "“b-d” is no range of tiers: write tier:B..D"),
    ("tier:A..Z", 5, "“A..Z” is no range of tiers: write tier:A..C"),
    ("tier:C..A", 5, "C..A runs backwards, for A is the best tier: write tier:A..C"),
    ("tier:(B OR @syria)", 11, "tier: takes letters and ranges, as in tier:A..C: take @syria out"),
    ("tier:/A/", 5, "tier: takes letters and ranges, as in tier:A..C: take /A/ out"),
    ("a AND tier:", 6, "tier: is followed by a term or a group, as in tier:B"),
    ("tier: NOT F", 6, "NOT stands before a field, never behind it: write NOT tier:B"),
    ("NOT tier:F", 0, LOOSE.format("tier:F")),
    ("title: NOT a", 7, "NOT stands before a field, never behind it: write NOT title:football"),
    ("title :a", 6, "the colon of a field stands right behind its name: write title:a"),
    ("= US", 0, '= stands right before a word or a phrase, as in =US or ="White House"'),
    ("=@syria", 0, '= stands right before a word or a phrase, as in =US or ="White House"'),
    ("a AND @", 6, "@ is followed by the name of an alias, as in @syria"),
    ("(a AND b) NEAR/3 c", 1, "NEAR/3 joins words, phrases, aliases and groups of OR: take AND, NOT and OF out of it"),
    ("a NEAR/3 NOT b", 9, "NEAR/3 joins words, phrases, aliases and groups of OR: take NOT out of it"),
    ("2 OF a", 5, "OF is followed by a list in parentheses, as in 2 OF (a, b, c)"),
    ("4 OF (a, b)", 0, "4 OF stands before a list of 2: write a number from 1 to 2"),
    ("0 OF (a, b)", 0, "0 OF stands before a list of 2: write a number from 1 to 2"),
    (
        "2 OF (@syria)",
        0,
        "2 OF stands before a list of 1 (an alias is one of them): write 1 OF, or more terms with commas between them",
    ),
    ("2 OF (a, b,)", 11, "a term is missing before ): write a word there, or take the comma out"),
    ("2 OF ()", 6, "a term is missing before ): write a word there"),
    ("a 2 OF (b, c)", 2, "no operator before 2 OF: write AND, OR or NOT between two terms"),
    (
        "ministry of defence",
        9,
        (
            'no operator between “ministry” and “of”: write "ministry of" for the phrase, ministry AND of for both, '
            "or ministry OR of for either"
        ),
    ),
    ("OF", 0, "OF stands after a number, as in 2 OF (a, b, c): write the number, or put “OF” in quotes"),
    ("ministry OF defence", 9, "OF stands after a number and before a list, as in 2 OF (a, b, c)"),
    ("a, b", 1, "a comma stands only within n OF (a, b, c): write OR or AND"),
    ("a -b", 2, "“-” means nothing before a word: write NOT b"),
    ("-b", 0, "“-” means nothing before a word: write NOT b"),
    ("a && b", 2, "“&&” is no operator here: write AND"),
    ("a | b", 2, "“|” is no operator here: write OR"),
    ("!!!", 0, "“!!!” has no letter or digit, so it can match nothing: write a word to look for"),
    ("a -> b", 2, "“->” has no letter or digit, so it can match nothing: write a word to look for"),
    ("@syria.", 6, "“.” has no letter or digit, so it can match nothing: write a word to look for"),
    ("@syria*", 6, "* stands only at the end of a word: write its first letters, as in Syria*"),
    ("a AND b （c", 8, "“（” is no sign of the language: write (, or put the words in quotes"),
    ("title：a", 5, "“：” is no sign of the language: write :, or put the words in quotes"),
    ("(" * 101 + "a", 100, "more than 100 groups within one another: make it flatter"),
    (" NEAR/1 ".join(["a"] * 102), 902, "more than 100 NEAR on one another: join some of them by AND"),
    ("title:a NEAR/3 summary:b", 8, "NEAR/3 looks within one field, so title: and summary: never meet: write AND"),
    ("a ONEAR/1 title:b NEAR/3 tag:c", 18, "NEAR/3 looks within one field, so title: and tag: never meet: write AND"),
    ('"AT&amp;T"', 3, "texts hold the characters themselves, never &amp;: write '&'"),
    ("a AND lang:korean", 11, "lang: is a code like en, ko or pt-BR, so “korean” can never match: write the code"),
]


@pytest.mark.parametrize(("text", "offset", "message"), ERRORS, ids=[text[:30] or "empty" for text, *_ in ERRORS])
def test_mistakes_are_placed_and_remedied(text: str, offset: int, message: str) -> None:
    """Each mistake is shown at the offending word, with what to write instead."""
    with pytest.raises(QueryError) as caught:
        parse_query(text, ALIASES)
    assert (caught.value.offset, str(caught.value)) == (offset, message)


# (what is wrong, what the message says to write, the query in which it is written so)
REMEDIES = [
    ("north korea", '"north korea"', '"north korea"'),
    ("north korea", "north AND korea", "north AND korea"),
    ("north korea", "north OR korea", "north OR korea"),
    ("«north korea»", '"«north korea»"', '"«north korea»"'),
    ("朝鲜 叙利亚", '"朝鲜 叙利亚"', '"朝鲜 叙利亚"'),
    ("a AND b OR c", "(a AND b) OR c", "(a AND b) OR c"),
    ("a OR b AND c", "a OR (b AND c)", "a OR (b AND c)"),
    ("a OR b NOT c", "a OR (b NOT c)", "a OR (b NOT c)"),
    ("a NOT b OR c", "(a NOT b) OR c", "(a NOT b) OR c"),
    ("a and b", "write AND", "a AND b"),
    ("a and b", '"and"', 'a AND "and" AND b'),
    ("a Not b", "write NOT", "a NOT b"),
    ("a near/4 b", "NEAR/4", "a NEAR/4 b"),
    ("a NEAR3 b", "NEAR/3", "a NEAR/3 b"),
    ("2 of (a, b)", "2 OF (a, b, c)", "2 OF (a, b, c)"),
    ("a b~2", '"diplomatic ties"~2', 'a AND "diplomatic ties"~2'),
    ('"a b" ~3', '"diplomatic ties"~3', '"diplomatic ties"~3'),
    ("*syria", "syria*", "syria*"),
    ("a AND Sy*ia", "Syria*", "a AND Syria*"),
    ("a AND syr*.", "syr*", "a AND syr*"),
    ("a -b", "NOT b", "a NOT b"),
    ("a !b", "NOT b", "a NOT b"),
    ("+a", "write a", "a"),
    ("a && b", "AND", "a AND b"),
    ("a | b", "OR", "a OR b"),
    ("title: NOT a", "NOT title:football", "b NOT title:football"),
    ("title :a", "title:a", "title:a"),
    ("titel:a", "title:", "title:a"),
    ("a AND tier:A..", "tier:A..F", "a AND tier:A..F"),
    ("tier:C..A", "tier:A..C", "tier:A..C"),
    ("TITLE:a", "title:", "title:a"),
    ("@DPRK", "@dprk", "@dprk"),
    ("title：a", "write :", "title:a"),
    ("（a OR b)", "write (", "(a OR b)"),
    ("a AND = US", "=US", "a AND =US"),
    ("2 OF (@syria)", "1 OF", "1 OF (@syria)"),
    ("3 OF (a, b)", "from 1 to 2", "2 OF (a, b)"),
    ("a OR NOT b", "syria NOT football", "a OR (syria NOT football)"),
    ("a AND /x(/", r"\(", r"a AND /x\(/"),
    ("a AND AND", "“AND” in quotes", 'a AND "AND"'),
    ("https://x.org", "put the text in quotes", '"https://x.org"'),
]


@pytest.mark.parametrize(
    ("wrong", "remedy", "right"), REMEDIES, ids=[f"{wrong} {remedy}" for wrong, remedy, _ in REMEDIES]
)
def test_what_a_message_says_to_write_can_be_read(wrong: str, remedy: str, right: str) -> None:
    """Whoever writes what the message says has mended the query."""
    with pytest.raises(QueryError) as caught:
        parse_query(wrong, ALIASES)
    assert remedy in str(caught.value)
    parse_query(right, ALIASES)


ITEMS: list[tuple[str, Query]] = [
    ("Syria", Phrase("Syria")),
    ("North Korea", Phrase("North Korea")),
    ("  North\nKorea ", Phrase("North Korea")),
    ("war and peace", Phrase("war and peace")),
    ("Сири*", Phrase("Сири*")),
    ("=US", Phrase("US", case=True)),
    ("=White House", Phrase("White House", case=True)),
    ("diplomatic ties~2", Phrase("diplomatic ties", slop=2)),
    ('"diplomatic ties"~2', Phrase("diplomatic ties", slop=2)),
    ('"AND"', Phrase("AND")),
    ("@syria", Alias("syria")),
    ("title:football", Field("title", Phrase("football"))),
    ("tier:A..C", Field("tier", Phrase("A..C"))),
    ("title: football match", Field("title", Phrase("football match"))),
    ('title:="White House"', Field("title", Phrase("White House", case=True))),
    ("Star Trek: Discovery", Phrase("Star Trek: Discovery")),
    ("Breaking: Syria", Phrase("Breaking: Syria")),
    ("/sy(ria|rie)/", Regex("sy(ria|rie)")),
    ("AC/DC", Phrase("AC/DC")),
    ("/r/syria news", Phrase("/r/syria news")),
    ("1,000 troops", Phrase("1,000 troops")),
]


@pytest.mark.parametrize(("text", "tree"), ITEMS, ids=[text for text, _ in ITEMS])
def test_items_read_as_one_term(text: str, tree: Query) -> None:
    """An item is one term: spaces make a phrase, and the signs of a term work."""
    assert parse_item(text, ALIASES) == tree


ITEM_ERRORS = [
    (" ", 0, "this item is empty: write a word or a phrase"),
    ("Syria AND Korea", 6, "an item is one term, without AND: use query, or put the words in quotes"),
    ("(Syria OR Korea)", 7, "an item is one term, without OR: use query, or put the words in quotes"),
    ("Syria NEAR/3 Korea", 6, "an item is one term, without NEAR/3: use query, or put the words in quotes"),
    ("2 OF (a, b)", 0, "an item is one term, without OF: use query"),
    (
        "@syria embassy",
        7,
        "an item is one term, and embassy begins another: give it an item of its own, or use query",
    ),
    ("embassy @syria", 8, "@syria stands alone in its item: give it one of its own"),
    ("@syira", 0, "there is no alias @syira: write @syria"),
    ("titel:football", 0, "there is no field “titel”: write title:"),
    (" *yria", 1, "* stands only at the end of a word: write its first letters, as in yria*"),
    ("tier:C..B", 5, "C..B runs backwards, for A is the best tier: write tier:B..C"),
    ("tier:", 0, "tier: is followed by a term, as in tier:B"),
    ("title: ", 0, "title: is followed by a term, as in title:syria"),
    ("lang:english", 5, "lang: is a code like en, ko or pt-BR, so “english” can never match: write the code"),
    ("diplomatic ties~10000", 15, '~ is followed by a number up to 9999, as in "diplomatic ties"~2'),
    ('title:"football', 6, "this quote is never closed: put another after the phrase"),
]


@pytest.mark.parametrize(("text", "offset", "message"), ITEM_ERRORS, ids=[text for text, *_ in ITEM_ERRORS])
def test_mistakes_in_items_are_placed(text: str, offset: int, message: str) -> None:
    """Operators are errors in an item; places count from its start."""
    with pytest.raises(QueryError) as caught:
        parse_item(text, ALIASES)
    assert (caught.value.offset, str(caught.value)) == (offset, message)


WORDS = st.sampled_from(
    [
        *("syria", "North", "U.S.", "l'eau", "북한", "朝鲜", "or", "NOT", "NEAR/2", "OF", "1,5", "x:y", "a-b"),
        *(
            "2",
            "title:",
            "=US",
            "@syria",
            "a~2",
            "/a/",
            "a/b",
            "(a)",
            "a,",
            "-a",
            "!a",
            "ארה״ב",
            "😀a",
            "a\\",
            "é",
            "e\u0301",
        ),
    ]
)
PHRASES = st.builds(
    Phrase,
    st.lists(st.one_of(WORDS, st.just("Kore*")), min_size=1, max_size=3).map(" ".join),
    st.booleans(),
    st.one_of(st.none(), st.integers(0, 9999)),
)
TERMS = st.one_of(
    PHRASES,
    st.builds(
        Regex,
        st.sampled_from(
            ["a/b", r"a\\/b", r"x\.y", "[a/]b", "a b", 'a"b', r"a, b\)", "(?-i)US", r"\\\\a", r"a\nb", "a\nb", "é"]
        ),
    ),
    st.builds(Alias, st.sampled_from(["syria", "dprk"])),
)


def names_fields(query: Query) -> set[str]:
    """The fields that stand anywhere in a query."""
    own = {query.name} if isinstance(query, Field) else set()
    return own.union(*map(names_fields, () if isinstance(query, Alias) else children_of(query)))


def is_in_one_field(query: Query) -> bool:
    """Whether what stands in it can meet."""
    return len(names_fields(query)) < 2


PLACED = st.recursive(
    st.one_of(TERMS, st.builds(Field, st.sampled_from(["title", "tag"]), TERMS)),
    lambda inner: st.one_of(
        st.builds(Near, inner, inner, st.integers(0, 9), st.booleans()).filter(
            lambda near: len(names_fields(near)) < 2
        ),
        st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=4,
)
QUERIES = st.recursive(
    PLACED,
    lambda inner: st.one_of(
        st.builds(
            lambda one, more: And((one, *more)),
            inner,
            st.lists(st.one_of(inner, st.builds(Not, inner)), min_size=1, max_size=3),
        ),
        st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(lambda children: Count(len(children), tuple(children)), st.lists(inner, min_size=1, max_size=3)),
    ),
    max_leaves=8,
)


@given(QUERIES)
def test_printing_a_query_reads_as_the_same_query(query: Query) -> None:
    """``parse(print(q)) == q`` for every tree."""
    assert parse_query(print_query(query), ALIASES) == query


@given(
    st.one_of(
        st.text(),
        st.lists(
            st.sampled_from(
                [
                    "a",
                    "AND",
                    "OR",
                    "NOT",
                    "(",
                    ")",
                    '"',
                    "“",
                    "~2",
                    "NEAR/1",
                    "2 OF",
                    ",",
                    "title:",
                    "=",
                    "/",
                    "*",
                    "@syria",
                    "\n",
                    "북",
                    "\\",
                ]
            )
        ).map(" ".join),
    )
)
@example("/\\")
@example("((((")
@example("=" * 500)
@example("NOT " * 5000)
@example("title:" * 5000)
def test_no_text_crashes_the_parser(text: str) -> None:
    """Any text reads as a query that prints as itself, or is a mistake at a place within it."""
    query, mistake = read(parse_query, text)
    assert mistake is None or 0 <= mistake.offset <= len(text)
    assert query is None or parse_query(print_query(query), ALIASES) == query
    _, mistake = read(parse_item, text)
    assert mistake is None or 0 <= mistake.offset <= len(text)


def read(
    reader: Callable[[str, Mapping[str, tuple[Query, ...]]], Query], text: str
) -> tuple[Query, None] | tuple[None, QueryError]:
    """The query, or the mistake."""
    try:
        return reader(text, ALIASES), None
    except QueryError as error:
        return None, error
