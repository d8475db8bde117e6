"""An entry's markup as marks over its plain text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.feeds.markup import marked_text
from digest.text import html_to_text
from digest.values.news import MarkKind

PIECES = (
    "<p>", "</p>", "<a href='/x'>", "</a>", "<b>", "</b>", "word ", "é\u0301 ", "<br>", "<ul>", "<ol start=3>", "</ol>",
    "<li>", "</li>", "</ul>", "<blockquote>", "</blockquote>", "<h2>", "</h2>", "<pre>", "</pre>", "<code>x</code>",
    "<table>", "<tr>", "<td>", "<th>", "</table>", "</td>", "<img src=/i.png alt='an image'>", "&lt;b&gt;", "\n", "  ",
    "<!-- no -->", "<script>x</script>", "<3", "<", "&amp;amp;", "\u200d", "<a href", "]]>", "<video>", "\x1b[31m",
)  # fmt: skip


def marks(markup: str, url: str = "https://outlet.example/news/1") -> list[tuple[str, str, str]]:
    """What is marked in a text: the kind, the words, the detail."""
    text, found = marked_text(markup, url)
    return [(mark.kind.value, text[mark.start : mark.end], mark.detail) for mark in found]


@given(st.lists(st.sampled_from(PIECES), max_size=60))
def test_the_text_is_the_same_to_the_letter(pieces: list[str]) -> None:
    """What rules matched is what is shown: reading the structure never changes a text, and no mark leaves it."""
    text, found = marked_text("".join(pieces), "")
    assert text == html_to_text("".join(pieces))
    assert [(mark.start, -mark.end) for mark in found] == sorted((mark.start, -mark.end) for mark in found)
    for mark in found:
        assert 0 <= mark.start <= mark.end <= len(text)
        assert (mark.start == mark.end) is (mark.kind is MarkKind.IMAGE)


@pytest.mark.parametrize(
    ("markup", "wanted"),
    [
        ("<p>No structure.</p>", []),
        ("<h3>What next</h3><p>Talks.</p>", [("heading", "What next", "3")]),
        (
            "See <a href='/n/2?a=1&amp;b=2'>an earlier  report</a>, <a href='javascript:x'>this</a>, <a>that</a>.",
            [("link", "an earlier report", "https://outlet.example/n/2?a=1&b=2")],
        ),
        (
            "A <b>bold <i>word</i></b> and <code>x = 1</code>",
            [("emphasis", "bold word", ""), ("emphasis", "word", ""), ("code", "x = 1", "")],
        ),
        ("<b>One<br>two</b> three", [("emphasis", "One", ""), ("emphasis", "two", "")]),
        ("<pre>a = 1</pre>b", [("code", "a = 1", "")]),
        ("<pre>if a:\n    b\n\tc</pre>", [("code", "if a:", ""), ("code", "b", "4"), ("code", "c", "4")]),
        (
            "<ul><li>one<ol start='3'><li>deep</li><li>deeper</ol><li><p>two</p><p>more</p></li></ul>after",
            [("item", "one", "1"), ("item", "deep", "2 3"), ("item", "deeper", "2 4"), ("item", "two\nmore", "1")],
        ),
        (
            "<blockquote><p>We go.</p><ul><li>now</li></ul></blockquote>— Kim",
            [("quote", "We go.\nnow", ""), ("item", "now", "1")],
        ),
        (
            "<p>Text <img src='/a.jpg' alt='The  roof'> more</p><img src='data:image/png;base64,x'>",
            [("image", "", "https://outlet.example/a.jpg The roof")],
        ),
        ("<img src='/pixel.gif' width='1' height=1 alt=x><p>Text</p>", []),
        ("&lt;p&gt;Escaped &lt;b&gt;once&lt;/b&gt; too often&lt;/p&gt;", [("emphasis", "once", "")]),
    ],
)
def test_what_is_marked(markup: str, wanted: list[tuple[str, str, str]]) -> None:
    """Each kind of structure, with what is to be known of it."""
    assert marks(markup) == wanted


def test_a_table_of_figures_has_cells() -> None:
    """By row and column, also where one is empty; what heads them is emphasised."""
    table = (
        "<table><tr><th>Year</th><th>Staff</th><th>Note</th></tr>"
        "<tr><td>2012</td><td></td><td>closed</td></tr><tr><td>2013<td>15</table>"
    )
    found = [each for each in marks(table) if each[0] != "emphasis"]
    assert found == [
        ("table", "Year\nStaff\nNote\n2012\nclosed\n2013\n15", ""),
        ("cell", "Year", "0 0"),
        ("cell", "Staff", "0 1"),
        ("cell", "Note", "0 2"),
        ("cell", "2012", "1 0"),
        ("cell", "closed", "1 2"),
        ("cell", "2013", "2 0"),
        ("cell", "15", "2 1"),
    ]
    assert [words for kind, words, _ in marks(table) if kind == "emphasis"] == ["Year", "Staff", "Note"]


@pytest.mark.parametrize(
    "table",
    [
        "<table><tr><td><img src=/a.png alt=a></td><td>One row</td></tr></table>",
        "<table><tr><td>a</td></tr><tr><td>one column</td></tr></table>",
        "<table><tr><td>a<td>b<tr><td><ul><li>c</ul><td>d</table>",
        "<table><tr><td>a<td>b<tr><td><table><tr><td>c<td>d<tr><td>e<td>f</table><td>g</table>",
        f"<table><tr><td>a<td>b<tr><td>c<td>{'long ' * 100}</table>",
        "<table><tr><td>a<td>b</tr>stray words<tr><td>c<td>d</table>",
    ],
)
def test_a_table_that_puts_things_in_their_places_is_none(table: str) -> None:
    """Letters and old pages are laid out with tables; their text is read as it comes."""
    assert not {kind for kind, *_ in marks(table)} & {"table", "cell"}


@pytest.mark.parametrize(
    "piece",
    [
        "<b>",
        "<a href=/x>",
        "<blockquote>",
        "<ul><li>",
        "<table><tr><td>",
        "<img src=/a.png>",
        "<b>x</b>",
        "<h1>x",
        "<a ",
    ],
)
def test_a_flood_of_markup_is_bounded(piece: str) -> None:
    """It is read to its end, and what is kept of it has an end."""
    assert len(marked_text(piece * 20_000, "https://outlet.example/")[1]) <= 1_000
