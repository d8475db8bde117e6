"""Feed text is made plain and harmless, and nothing that a reader should see is lost."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.errors import FetchError, Problem
from digest.text import (
    bounded,
    clean_block,
    clean_line,
    for_display,
    headline,
    html_to_text,
    join_sentences,
    quoted,
    safe_link,
    without_controls,
    without_login,
)

# What hostile and careless feeds are made of, for hypothesis to mix.
SHARDS = [
    *("\x1b", "\x1b]0;", "\x1b[31m", "\x1b\\", "\x07", "\x9b", "\x9d", "\x9c", "\x90", "\x00", "\x7f", "\x85"),
    *("\u200b", "\u200c", "\u200d", "\u202e", "\u2066", "\u2069", "\ufeff", "\u00ad", "\ufe0f", "\u3164", "\U000e0041"),
    *(
        "\u0301",
        "\u0344",
        "e",
        "é",
        "각",
        "ᄀ",
        "ᅡ",
        "👍",
        "🏽",
        "👩",
        "→",
        "\u2329",
        "\u0338",
        "\ud83d",
        "\udc4d",
        "\ufdd0",
    ),
    *(" ", "\n", "\r", "\t", "\u3000", "\u2028", "\u00a0", "a", "Z", "1", ";", "[", "]", "m", "<", ">", "&", "/"),
    *("<b>", "</b>", "<p>", "<br/>", "<!--", "-->", "<script>", "</script>", "<![CDATA[", "]]>", "<a href='", '"', "="),
    *("&amp;", "&#27;", "&#x9b;", "&#0;", "&lt;", "&nbsp;", "&#8203;", "&#xD800;", "&", "&#", "#8217;"),
]
hostile = st.lists(st.one_of(st.sampled_from(SHARDS), st.text(max_size=3)), max_size=30).map("".join)


def assert_plain(text: str, *, lines: bool) -> None:
    """The promise of cleaned text."""
    for character in text:
        assert unicodedata.category(character) not in {"Cc", "Cs"} or (lines and character == "\n"), ascii(text)
        assert unicodedata.bidirectional(character) not in {
            "LRE",
            "RLE",
            "LRO",
            "RLO",
            "PDF",
            "LRI",
            "RLI",
            "FSI",
            "PDI",
        }
        assert character not in "\u200b\u200c\u200e\u200f\ufeff\u00ad\u2060", ascii(text)
    assert unicodedata.is_normalized("NFC", text)
    for line in text.split("\n"):
        assert line == " ".join(line.split())
        assert line or text == ""


@given(hostile)
@example("👍\u200d\u200b\u200d👍")
@example("e\u200d\u0301")
@example("\x1b\x1b[0m[31m")
@example("👍\u200d\u2329")
def test_a_cleaned_line_is_plain_and_cleaning_is_idempotent(raw: str) -> None:
    """Whatever comes in: no control, nothing that turns the line, one line, NFC; a second cleaning changes nothing."""
    line = clean_line(raw)
    assert_plain(line, lines=False)
    assert clean_line(line) == line


@given(hostile)
def test_a_cleaned_block_is_plain_and_cleaning_is_idempotent(raw: str) -> None:
    """The same, with line breaks as the only control character and no empty lines."""
    block = clean_block(raw)
    assert_plain(block, lines=True)
    assert clean_block(block) == block


@given(hostile)
def test_text_from_markup_is_plain(markup: str) -> None:
    """Entities and odd markup bring nothing in that cleaning would have kept out."""
    text = html_to_text(markup)
    assert_plain(text, lines=True)
    assert clean_block(text) == text


@given(
    st.lists(
        st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8).filter(str.isalnum),
        min_size=1,
        max_size=6,
    )
)
def test_words_survive(words: list[str]) -> None:
    """Letters and digits are never lost, in plain text or between tags."""
    expected = unicodedata.normalize("NFC", " ".join(words))
    assert clean_line("\x1b[1m " + " \u202e\n ".join(words)) == expected
    assert html_to_text("<i>" + "</i> <i>".join(words) + "</i>") == expected


LINES = [
    ("Plain title", "Plain title"),
    ("  a\t b\r\n c\u3000d ", "a b c d"),
    ("\x1b]0;pwned\x07Title", "Title"),
    ("\x1b]0;pwned\x1b\\Title", "Title"),
    ("\x1b]8;;https://a.example\x1b\\link\x1b]8;;\x1b\\", "link"),
    ("\x1bPdcs\x1b\\Title \x1b_apc\x9c!", "Title !"),
    ("\x1b[1;31mred\x1b[0m", "red"),
    ("\x9b31mred", "red"),
    ("\x9bHello", "Hello"),
    ("\x1bcreset \x1b(Bset", "reset set"),
    ("\x1b]0;never closed, so kept", "0;never closed, so kept"),
    ("a\x00b\x08c\x7fd", "abcd"),
    ("Kim\u202eJong\u2066Un\u2069", "KimJongUn"),
    ("zero\u200bwidth", "zero width"),
    ("soft\u00adhyphen \ufeffmark", "softhyphen mark"),
    ("می\u200cخواهم", "میخواهم"),
    ("👨\u200d👩\u200d👧 and a\u200db", "👨\u200d👩\u200d👧 and ab"),
    ("🏴\u200d☠\ufe0f", "🏴\u200d☠\ufe0f"),
    ("cafe\u0301 각", "café 각"),
    ("half \ud83d pair", "half \ufffd pair"),
    ("[/] [AFP] [bold]x[/bold] [@click=app.quit]y", "[/] [AFP] [bold]x[/bold] [@click=app.quit]y"),
    ("<b>not & markup;</b>", "<b>not & markup;</b>"),
    ("", ""),
]


@pytest.mark.parametrize(("raw", "expected"), LINES, ids=ascii)
def test_lines_are_cleaned(raw: str, expected: str) -> None:
    """Sequences go whole, text that only looks like markup stays, letters keep their accents."""
    assert clean_line(raw) == expected


def test_blocks_keep_their_boundaries() -> None:
    """Line breaks of every kind are boundaries; empty lines are none."""
    assert clean_block("a  b\r\nc\rd\n \n\n e\u2028f ") == "a b\nc\nd\ne f"


MARKUP = [
    ("plain & simple", "plain & simple"),
    ("a < b and c > d", "a < b and c > d"),
    ("x <3 y", "x <3 y"),
    ("if a <b then <i>c</i>", "if a <b then c"),
    ("<속보> 북한", "<속보> 북한"),
    ("3<4, 5>4 <- see", "3<4, 5>4 <- see"),
    ("<p>One</p><p>Two<br>Three</p>four", "One\nTwo\nThree\nfour"),
    ("<ul><li>a<li>b</ul><table><tr><td>c</td><td>d</td></tr></table>", "a\nb\nc\nd"),
    ("N<b>or</b>th<span> Ko</span>rea", "North Korea"),
    ("word<img src=x>word", "word word"),
    ("one\ntwo\r\nthree", "one two three"),
    ("<P CLASS=x>Upper</P >case", "Upper\ncase"),
    ("<script>var a = '<b>';</script>text", "text"),
    ("<STYLE type='x'>p { }</sTyLe\n>text", "text"),
    ("before<script>never closed", "beforenever closed"),
    ("<script src='x'/>text", "text"),
    ("a<!-- <p>gone</p> -->b", "ab"),
    ("a<!-->b<!--->c", "abc"),
    ("a<!-- never closed", "a never closed"),
    ("<![CDATA[Title]]>", "Title"),
    ("Title]]>", "Title"),
    ("<!DOCTYPE html><?xml version='1'?><![if !IE]>x<![endif]>", "x"),
    ("<a title='x > y' href=\"a>b\">z</a>", "z"),
    ('<a href="never closed>text</a> and more', "text and more"),
    ('cut in the <a href="https://a.exam', "cut in the"),
    ("Korea&amp;#8217;s &amp;amp; Syria&#8217;s", "Korea’s & Syria’s"),
    ("AT&T R&D &copy &nosuch; &", "AT&T R&D © &nosuch; &"),
    ("&lt;String&gt; &amp;lt;x&amp;gt;", "<String> <x>"),
    ("&lt;p&gt;Escaped &lt;b&gt;once&lt;/b&gt; too often&lt;/p&gt;", "Escaped once too often"),
    ("a&nbsp;&#160;b&#10;c&#13;d&#9;e", "a b c d e"),
    ("&#27;[31m&#x1b;]0;&#0;&#x80;&#xD800;", "[31m]0;\ufffd€\ufffd"),
    ("&#" + "9" * 5000 + ";", "\ufffd"),
    ("&#0000000000000039;", "\ufffd"),
    ("zero\x00 \ud800", "zero \ufffd"),
    ("<t:tag>name</t:tag><my-tag>s</my-tag>", "names"),
    ("Shares of <AAPL.O> and <7203.T> fall", "Shares of <AAPL.O> and <7203.T> fall"),
    ("List<String>, Map<K, V> and <name@example.org>", "List<String>, Map<K, V> and <name@example.org>"),
    (
        "<https://a.example/x> <Korea> <foo bar='x'>baz</foo> a <b and c> d",
        "<https://a.example/x> <Korea> <foo bar='x'>baz</foo> a <b and c> d",
    ),
    ("<svg><path d='x'/><text>hi</text></svg> <?>", "hi <?>"),
    ("<pre>one\ntwo</pre>three\nfour", "one\ntwo\nthree four"),
    (
        '<p>x</p>&lt;div class="md"&gt;&lt;p&gt;Votes&lt;/p&gt;&lt;p&gt;again&lt;/p&gt;&lt;/div&gt; by <a>u</a>',
        "x\nVotes\nagain\nby u",
    ),
    ("<b>x</b> y&lt;/p&gt;&lt;p&gt;z&lt;/p&gt;", "x y\nz"),
    (
        "&amp;lt;div&amp;gt;&amp;lt;p&amp;gt;x&amp;lt;/p&amp;gt;&amp;lt;p&amp;gt;y&amp;lt;/p&amp;gt; by <a>u</a>",
        "x\ny\nby u",
    ),
    ("<p>Write &lt;b&gt;bold&lt;/b&gt;</p><code>&lt;p&gt;x&lt;/p&gt;</code>", "Write <b>bold</b>\n<p>x</p>"),
    ("<p>&lt;p&gt;x&lt;/p&gt; is an element of HTML</p>", "<p>x</p> is an element of HTML"),
    ("How to use &lt;b&gt;bold&lt;/b&gt; in HTML", "How to use <b>bold</b> in HTML"),
    ("&lt;i&gt;Titanic&lt;/i&gt; sinks", "Titanic sinks"),
    ("[AFP] [/] [link=x]y", "[AFP] [/] [link=x]y"),
    ("", ""),
]


@pytest.mark.parametrize(("markup", "expected"), MARKUP, ids=[ascii(row[0])[:40] for row in MARKUP])
def test_markup_becomes_text(markup: str, expected: str) -> None:
    """Tags go, blocks part, entities are decoded as often as they were escaped, and comparisons are no tags."""
    assert html_to_text(markup) == expected


FLOODS = {
    "comments": "<!--" * 500_000,
    "attributes": "<a" + " x=1" * 200_000 + ">t",
    "open attributes": "<a" + " x='1" * 200_000 + ">t",
    "nested tags": "<div>" * 20_000 + "t" + "</div>" * 20_000,
    "tags in tags": "<a" * 175_000,
    "tags of its own": "<a-b>" * 60_000 + "</a-b>",
    "escaped blocks": "<b>&lt;p&gt;x&lt;/p&gt;" * 20_000,
    "lines of code": "</pre>" + "<pre>\n" * 60_000,
    "quotes": '<a "="' * 60_000,
    "ends in quotes": '<a ="x>" ' * 40_000,
    "scripts": "<script>" * 44_000,
    "sections": "<![CDATA[" * 39_000,
    "declarations": "<!a" * 117_000,
    "ampersands": "&" * 350_000,
    "references": "&#" * 175_000,
    "escapes": "\x1b]" * 175_000,
    "sequences": "\x1b[" + "0" * 350_000,
    "joiners": "\u200d" * 350_000,
    "marks": "a" + "\u0301\u0316" * 350_000,
    "joined marks": "a" + "\u0301\u200d\u0316\u200d" * 250_000,
    "spaces": "\u3000" * 350_000 + "\x00",
}


@pytest.mark.parametrize("markup", FLOODS.values(), ids=FLOODS.keys())
def test_floods_cost_no_more_than_their_length(markup: str) -> None:
    """What would take minutes if each mark cost a walk to the end is done at once (or the suite's limit ends it)."""
    assert_plain(html_to_text(markup), lines=True)


def test_towers_of_marks_are_cut_and_all_else_stays() -> None:
    """At most thirty marks on a letter; the letters after them are all there."""
    text = clean_line("a" + "\u0316" * 500 + "b" + "\u0316" * 5 + "c")
    assert text == "a" + "\u0316" * 30 + "b" + "\u0316" * 5 + "c"


def test_display_drops_what_terminals_disagree_on() -> None:
    """Variants, key caps, skin tones, joiners and fillers go; the rest stays."""
    assert for_display("☠\ufe0f 1\ufe0f\u20e3 👍🏽 👩\u200d👧 a\u3164b") == "☠ 1 👍 👩👧 ab"
    assert for_display("plain") == "plain"


def test_controls_leave_a_document_and_its_markup_stays() -> None:
    """Before parsing, only what no parser takes is removed; a sequence never swallows a tag or a line."""
    document = "<a>\x1b]0;x\x07T\x00itle\x1b]open</a>\n<b>\x07</b>\tä\u202e"
    assert without_controls(document) == "<a>Titleopen</a>\n<b></b>\tä\u202e"


LINKS_KEPT = [
    ("https://a.example/x?y=1#z", "https://a.example/x?y=1#z"),
    (" HTTPS://a.example/\n", "https://a.example/"),
    ("http://a.example/a b?q=\"<x>'", "http://a.example/a%20b?q=%22%3Cx%3E%27"),
    ("https://a.example/a\tb\r\nc", "https://a.example/abc"),
    ("https://ko.example/북한?q=ü", "https://ko.example/북한?q=ü"),
    ("https://a.example/\u202e\x1b[31m", "https://a.example/%E2%80%AE%1B[31m"),
    ("https://a.example/\ud800", "https://a.example/%3F"),
    ("http://[2001:db8::1]:8080/", "http://[2001:db8::1]:8080/"),
]
LINKS_REFUSED = [
    *(
        "",
        "javascript:alert(1)",
        "JaVaScRiPt://a.example/%0a",
        "file:///etc/passwd",
        "data:text/html,x",
        "ftp://a.example/",
    ),
    *(
        "//a.example/",
        "/path",
        "a.example",
        "http:",
        "http:///x",
        "https://a b.example/",
        "http://[::1",
        "http://a:99999/",
    ),
    *("https://a\u202e.example/", "https://a\u200b.example/", "tg://resolve?domain=x", "http://\x00"),
]


@pytest.mark.parametrize(("url", "expected"), LINKS_KEPT, ids=ascii)
def test_links_are_made_safe(url: str, expected: str) -> None:
    """A web address stays one, with nothing in it that ends a quoted attribute or moves a terminal."""
    assert safe_link(url) == expected
    assert safe_link(expected) == expected


@pytest.mark.parametrize("url", LINKS_REFUSED, ids=ascii)
def test_what_is_no_web_address_is_no_link(url: str) -> None:
    """Only absolute http and https addresses with a sound host are links."""
    assert safe_link(url) == ""


@given(hostile)
def test_a_safe_link_is_printable_and_stays(tail: str) -> None:
    """Whatever a feed appends to an address, what comes out is one token, and safe again."""
    link = safe_link("https://a.example/" + tail)
    assert safe_link(link) == link
    assert not set(link) & set(" \"'<>`\n\t\x1b\u202e")
    link.encode()


@pytest.mark.parametrize("link", ["https://a.example/" + "x" * 3000, "https://a.example/" + '"' * 1000])
def test_a_link_beyond_all_measure_is_none(link: str) -> None:
    """Also one that only its encoding makes so long; it is not cut, for it would lead elsewhere."""
    assert safe_link(link) == ""
    assert safe_link(link[:500]) != ""


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://user:sesame@a.example/x", "https://a.example/x"),
        ("https://user:ses@me@a.example/@x", "https://a.example/@x"),
        ("https://a.example/@x?y=z@b", "https://a.example/@x?y=z@b"),
        ("https://a.example#@x", "https://a.example#@x"),
        ("user@a.example/rss", "a.example/rss"),
        ("https:/user:sesame@a.example/", "https:/a.example/"),
        ("//user:sesame@a.example/", "//a.example/"),
        ("ftp://user:sesame@a.example/", "ftp://a.example/"),
        ("https://a.example/" + "x" * 200, "https://a.example/" + "x" * 101 + "…"),
    ],
)
def test_an_address_is_shown_without_its_login(url: str, expected: str) -> None:
    """However it is written, and no longer than a name may be."""
    assert without_login(url) == expected


@pytest.mark.parametrize(
    ("sentences", "joined"),
    [
        (["One.", "Two?"], "One. Two?"),
        (["他确认。", "会议推迟。"], "他确认。会议推迟。"),
        (["「会う。」", "と述べた。"], "「会う。」と述べた。"),
        (["북한이 밝혔다.", "회담은 없다."], "북한이 밝혔다. 회담은 없다."),
        ([], ""),
    ],
)
def test_sentences_are_parted_as_their_script_does_it(sentences: list[str], joined: str) -> None:
    """Chinese and Japanese put no space between sentences; the others do."""
    assert join_sentences(sentences) == joined


# --- words of others in sentences of ours ------------------------------------------------------------------------


@given(hostile, st.integers(1, 40))
@example("👩\u200d👩", 3)
def test_what_is_cut_stays_clean(raw: str, most: int) -> None:
    """Cleaned text that is cut needs no cleaning, and is no longer than it may be."""
    cut = bounded(clean_line(raw), most)
    assert clean_line(cut) == cut
    assert len(cut) <= most


@given(hostile)
def test_quoted_words_end_where_the_quotation_marks_do(raw: str) -> None:
    """A stranger's words cannot leave their quotation marks, nor crowd out the rest of the sentence."""
    words = quoted(raw, 20)
    assert (words[0], words[-1]) == ("“", "”")
    assert not set(words[1:-1]) & set("“”")
    assert len(words) <= 22
    assert clean_line(words) == words


@given(hostile, st.integers(0, 2000))
def test_a_sentence_is_clean_and_bounded_however_it_is_made(raw: str, length: int) -> None:
    """No maker of an error has to think of it; and one that is handed on stays as it is."""
    error, problem = FetchError(raw + "x" * length), Problem("a.toml", 1, 1, raw + "x" * length)
    assert str(error) == problem.message == clean_line(str(error))
    assert len(str(error)) <= 500
    assert str(FetchError(str(error))) == str(error)


# --- titles ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        (("Title", "Summary"), "Title"),
        (("", "First line.\nSecond."), "First line."),
        (("", "", "Content alone"), "Content alone"),
        (("", "", ""), ""),
        (("x" * 200, ""), "x" * 200),
        (("", "word, " * 40), "word, " * 14 + "word…"),
        (("", "北" * 200), "北" * 90 + "…"),
    ],
)
def test_headline(fields: tuple[str, ...], wanted: str) -> None:
    """A title stands as it is; a text gives its first words, and says that they are not all."""
    assert headline(*fields) == wanted
