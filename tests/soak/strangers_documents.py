"""Documents that hostile feeds serve: each kind is a function that says what it attacks, and gives bytes.

Every function takes the number of the poll (`turn`), and no two turns give the same bytes: neither a validator nor a
hash spares the reader anything. All are within the default ``poll.max_bytes`` (10 MB), but for what says otherwise.
What is costly to write is written once and only its numbers change, so that serving them takes little of the machine.
"""

from __future__ import annotations

import gzip
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Final

import brotli

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MATCHING: Final = "Syria and Pyongyang"
"""Stands in the titles: the starter rules find it."""
WALL: Final = 500_000
"""Characters of one field."""
RULES: Final = r"""
[alias]
officials = ["minister*", "envoy*", "ambassador*", "spokes*", "대변인", "外交部", "посол*"]
places    = ["embassy", "embassies", "consulate*", "대사관", "大使馆", "สถานทูต", "посольств*"]

[[rule]]
id = "near"
query = "minister* NEAR/5 (Syria OR Pyongyang)"
[[rule]]
id = "near-aliases"
query = "@officials NEAR/30 @places NOT football"
[[rule]]
id = "near-far"
severity = "low"
query = "(a OR minister) NEAR/100 (b OR embassy) AND Syria"
[[rule]]
id = "words-apart"
any = ["minister Syria~3", "embassy missile~4", "peace talks~2", "a b~5"]
[[rule]]
id = "pattern"
query = 'Syria AND /20[0-9]{2}-[0-9]{2}-[0-9]{2}/'
[[rule]]
id = "pattern-runs"
query = '/(a+)+b/ OR /[0-9-]+x/'
[[rule]]
id = "wildcards"
any = ["missil*", "denucleari*", "sanction*", "ракет*", "미사일", "导弹", "ขีปนาวุธ"]
[[rule]]
id = "some-of"
query = "3 OF (Syria, Pyongyang, minister, embassy, missile, envoy)"
[[rule]]
id = "many-of"
severity = "low"
query = "2 OF (story, told, nothing, note, old, word, an)"
[[rule]]
id = "in-title"
query = 'title:"Syria and Pyongyang" AND NOT title:football'
[[rule]]
id = "exact"
severity = "high"
any = ["=DPRK", "Kim Jong Un", "조선중앙통신"]
[[rule]]
id = "walls"
any = ["북한 시리아", "朝鲜", "叙利亚 建交", "เกาหลีเหนือ", "ซีเรีย"]
"""
"""A dozen rules of every kind, to stand beside the starter rules; the documents hit most of them."""
_TURN: Final = "0TURN000"
"""Stands for the number of the poll."""


def rss(items: Iterable[str], head: str = "") -> str:
    """An RSS document of these items; ``head`` stands before its root, as a DTD does."""
    channel = f"<channel><title>A stranger</title>{''.join(items)}</channel>"
    return f'<?xml version="1.0" encoding="utf-8"?>{head}<rss version="2.0">{channel}</rss>'


def item(number: int, body: str, title: str = MATCHING) -> str:
    """An item that is new at every poll; title and body stand as they are written."""
    guid = f"<guid>{_TURN}-{number}</guid>"
    return f"<item>{guid}<title>{title} {_TURN} {number}</title><description>{body}</description></item>"


def packed(body: bytes) -> bytes:
    """The same as it goes over the wire with ``Content-Encoding: gzip``."""
    return gzip.compress(body, compresslevel=6, mtime=0)


def _at(template: str | bytes, turn: int) -> bytes:
    """A document at one poll."""
    document = template if isinstance(template, bytes) else template.encode()
    return document.replace(_TURN.encode(), b"%08d" % turn)


def _filled(piece: str, length: int = WALL) -> str:
    """A piece over and over, up to a length."""
    return (piece * (length // len(piece) + 1))[:length]


def _walls(piece: str, entries: int = 19, length: int = WALL) -> str:
    """A feed of entries whose bodies are nothing but one piece."""
    body = escape(_filled(piece, length), quote=False)
    return rss(item(number, body) for number in range(entries))


# --- costly for whoever cleans, folds, matches, or sums up ---------------------------------------------------------


@cache
def _dots() -> str:
    return _walls(". . . ")


def dots(turn: int) -> bytes:
    """19 entries of 500,000 characters that are nothing but sentence ends; 10 KB on the wire. Attacks summaries."""
    return _at(_dots(), turn)


@cache
def _short_sentences() -> str:
    return _walls("Syria did. Pyongyang was. ", entries=8)


def short_sentences(turn: int) -> bytes:
    """20,000 sentences an entry, every one with a hit. Attacks the choice of sentences for a rule's hits."""
    return _at(_short_sentences(), turn)


@cache
def _one_word() -> str:
    return _walls("Syria ", entries=4, length=1_200_000)


def one_word(turn: int) -> bytes:
    """200,000 times the same term of a rule. Attacks whatever is done once a hit."""
    return _at(_one_word(), turn)


@cache
def _crossing_words() -> str:
    return _walls("minister embassy Syria missile a b ", entries=8)


def crossing_words(turn: int) -> bytes:
    """Both sides of NEAR and ``~n``, by turns. Attacks proximity, whose pairs grow with the square."""
    return _at(_crossing_words(), turn)


@cache
def _almost_patterns() -> str:
    return _walls("a" * 5_000 + "! " + "2026-" * 1_000 + " ", entries=8)


def almost_patterns(turn: int) -> bytes:
    """Runs that a regular expression nearly matches, over and over. Attacks rules with ``/…/``."""
    return _at(_almost_patterns(), turn)


@cache
def _hangul_wall() -> str:
    return _walls("북한시리아대사관외교부장관은는이가", entries=6)


def hangul_wall(turn: int) -> bytes:
    """500,000 syllables without a space. Attacks word borders and particles."""
    return _at(_hangul_wall(), turn)


@cache
def _han_wall() -> str:
    return _walls("朝鲜叙利亚建交大使馆发展中国家", entries=6)


def han_wall(turn: int) -> bytes:
    """500,000 Chinese characters without a stop. Attacks segmentation."""
    return _at(_han_wall(), turn)


@cache
def _thai_wall() -> str:
    return _walls("เกาหลีเหนือซีเรียสถานทูต", entries=6)


def thai_wall(turn: int) -> bytes:
    """500,000 Thai letters without a space. Attacks the dictionary of the segmenter."""
    return _at(_thai_wall(), turn)


@cache
def _mark_towers() -> str:
    return _walls("S" + "\u0315\u0300\u05ae\u0323" * 60_000, entries=6)


def mark_towers(turn: int) -> bytes:
    """Combining marks on one letter, in the worst order. Attacks normalisation, which sorts them."""
    return _at(_mark_towers(), turn)


# --- costly for whoever reads HTML --------------------------------------------------------------------------------


@cache
def _open_tags() -> str:
    return _walls("<a <b ", entries=8)


def open_tags(turn: int) -> bytes:
    """``<a <b <a …``: tags without an end. Attacks a search for ``>`` that begins anew at each."""
    return _at(_open_tags(), turn)


@cache
def _open_quotes() -> str:
    return _walls("<a b=\"c' d='e\" ", entries=8)


def open_quotes(turn: int) -> bytes:
    """Attributes whose quotes cross and never close. Attacks a reader of tags that goes back."""
    return _at(_open_quotes(), turn)


@cache
def _open_comments() -> str:
    return _walls("<!-- <![CDATA[ <script> <style> ", entries=8)


def open_comments(turn: int) -> bytes:
    """Comments, scripts and sections that never end. Attacks a search for each one's end."""
    return _at(_open_comments(), turn)


@cache
def _escaped_again() -> str:
    return _walls("&" + "amp;" * 1_000 + "lt;p&" + "amp;" * 3 + "gt; ", entries=8)


def escaped_again(turn: int) -> bytes:
    """``&amp;amp;amp;…`` a thousand times over. Attacks whoever decodes until nothing changes."""
    return _at(_escaped_again(), turn)


@cache
def _many_blocks() -> str:
    return _walls("<p>Syria</p><br>", entries=8)


def many_blocks(turn: int) -> bytes:
    """30,000 paragraphs of one word. Attacks whatever is done once a line."""
    return _at(_many_blocks(), turn)


# --- costly for the XML parser ------------------------------------------------------------------------------------


@cache
def _attributes() -> str:
    names = " ".join(f'a{number}="{_TURN}"' for number in range(200_000))
    return rss([f"<item {names}><title>{MATCHING} {_TURN}</title></item>"])


def attributes(turn: int) -> bytes:
    """One element of 200,000 attributes. Attacks whatever looks at each of them."""
    return _at(_attributes(), turn)


@cache
def _broken_tags() -> str:
    return rss([f"<item><guid>{_TURN}</guid><title>{MATCHING}</x></title><description>{'<a ' * 2_000_000}"])


def broken_tags(turn: int) -> bytes:
    """``<a <a <a`` in broken XML, 6 MB. Attacks what mends broken XML, which may read them again and again."""
    return _at(_broken_tags(), turn)


@cache
def _broken_attributes() -> str:
    return rss([f"<item><guid>{_TURN}</guid><title>{MATCHING}</x></title><description><a {'b=c ' * 1_000_000}>"])


def broken_attributes(turn: int) -> bytes:
    """A million attributes of one name in broken XML, 4 MB. Attacks the memory of what mends it."""
    return _at(_broken_attributes(), turn)


@cache
def _unclosed() -> str:
    return f"<rss version='2.0'><channel><title>{_TURN}</title>" + "<item><title>x" * 480_000


def unclosed(turn: int) -> bytes:
    """Half a million entries, each inside of the one before, 7 MB of broken XML. Attacks what mends it."""
    return _at(_unclosed(), turn)


@cache
def _entity_growth() -> str:
    head = f'<!DOCTYPE rss [<!ENTITY big "{"x " * 50_000}">]>'
    return rss((item(number, "&big;" * 6 + "y" * 8_000) for number in range(100)), head)


def entity_growth(turn: int) -> bytes:
    """An entity of 100,000 characters, 600 times: 60 MB out of 0.9 MB. Attacks with text that no cap has seen."""
    return _at(_entity_growth(), turn)


@cache
def _broken_end() -> str:
    body = escape(_filled("<p>An <b>ordinary</b> text.</p> ", 600), quote=False)
    return rss(item(number, body) for number in range(8_500))[:-7] + "</rss"


def broken_end(turn: int) -> bytes:
    """10 MB of ordinary entries, broken in the last byte. Attacks with a second reading."""
    return _at(_broken_end(), turn)


@cache
def _costly() -> str:
    body = escape(_filled("<p>An <b>ordinary</b> text.</p> ", 600), quote=False)
    return rss(item(number, body, "Nothing of note") for number in range(5_500))[:-7] + "</rss"


def costly(turn: int) -> bytes:
    """6 MB that cost some seconds and are read well in the end. Attacks with feeds that never fail."""
    return _at(_costly(), turn)


@cache
def _bearable() -> str:
    body = escape(_filled("<p>An <b>ordinary</b> text.</p> ", 600), quote=False)
    return rss(item(number, body, "Nothing of note") for number in range(1_000))


def bearable(turn: int) -> bytes:
    """1 MB of 1,000 good new entries at each poll: half a second of computing or so. Attacks by number alone."""
    return _at(_bearable(), turn)


@cache
def _nested_markup() -> str:
    depth = 900_000
    inner = '<div xmlns="http://www.w3.org/1999/xhtml">' + "<b>" * depth + MATCHING + "</b>" * depth + "</div>"
    entry = f'<entry><id>{_TURN}</id><title>{MATCHING} {_TURN}</title><content type="xhtml">{inner}</content></entry>'
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>A stranger</title>{entry}</feed>'


def nested_markup(turn: int) -> bytes:
    """900,000 elements within each other. Attacks every stack on the way."""
    return _at(_nested_markup(), turn)


@cache
def _nested_tags() -> str:
    depth = 100_000
    return rss([item(0, "<x>" * depth + MATCHING + "</x>" * depth)])


def nested_tags(turn: int) -> bytes:
    """100,000 tags within each other, of no language. Attacks what walks down by calling itself."""
    return _at(_nested_tags(), turn)


@cache
def _comments() -> str:
    return rss([item(0, "<!-- -->" * 500_000 + MATCHING)])


def comments(turn: int) -> bytes:
    """Half a million comments of XML. Attacks what joins the text around each."""
    return _at(_comments(), turn)


@cache
def _laughing_entities() -> str:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return rss([item(0, "&l9;")], f'<!DOCTYPE rss [<!ENTITY l0 "ha">{levels}]>')


def laughing_entities(turn: int) -> bytes:
    """Entities of entities: a thousand million laughs out of 1 KB. Attacks the memory."""
    return _at(_laughing_entities(), turn)


def outside_entities(turn: int) -> bytes:
    """A DTD and entities that are files and addresses of the reader's own. Attacks with what should stay inside."""
    head = (
        '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/rss.dtd" [<!ENTITY file SYSTEM "file:///etc/passwd">'
        '<!ENTITY web SYSTEM "http://127.0.0.1:9/secret"><!ENTITY % more SYSTEM "file:///etc/hosts"> %more;]>'
    )
    return _at(rss([item(0, "&file;&web;", "&file; and")], head), turn)


def web_page(turn: int) -> bytes:
    """A page that talks of feeds. Attacks whoever takes it for one."""
    return b"<!DOCTYPE html><html><body><h1>RSS</h1><pre>&lt;rss>&lt;channel></pre><rss><channel>%d</html>" % turn


def controls(turn: int) -> bytes:
    """NUL, terminal sequences and reversed text in every field. Attacks the terminal of whoever reads."""
    odd = "\x00\x1b[31m\x1b]0;owned\x07\u202e\x9b2J\x7f&#27;&#x9b;&#x202e;"
    return _at(rss([item(0, odd * 50, f"{MATCHING}{odd}")]), turn)


_LIES: Final = ("utf-16", "utf-32", "shift_jis", "utf-7", "x-user-defined", "rot13", "iso-2022-kr", "gb18030")


def lying_encodings(turn: int) -> bytes:
    """Another encoding than the one it names, by turns, and broken in its midst. Attacks what believes names."""
    body = rss([item(0, "Корея 북한 中国 é" * 1_000)]).replace("utf-8", _LIES[turn % len(_LIES)])
    raw = body.encode(("utf-8", "utf-16", "utf-32", "gb18030")[turn // len(_LIES) % 4])
    return _at(raw[: len(raw) // 2] + b"\xff\xfe\x80" + raw[len(raw) // 2 :], turn)


@cache
def _categories() -> str:
    words = "".join(f"<category>word {number}</category>" for number in range(100_000))
    return rss([f"<item><guid>{_TURN}</guid><title>{MATCHING} {_TURN}</title>{words}</item>"])


def categories(turn: int) -> bytes:
    """100,000 categories on one entry. Attacks a list that is searched for each of its members."""
    return _at(_categories(), turn)


@cache
def _memory_hog() -> str:
    head = f'<!DOCTYPE rss [<!ENTITY big "{"x " * 65_000}">]>'
    return rss((item(number, "&big;" * 65 + "y" * 90_000) for number in range(80)), head)


def memory_hog(turn: int) -> bytes:
    """7 MB whose text is 680 MB once its entities are replaced. Attacks the memory of whoever reads it."""
    return _at(_memory_hog(), turn)


# --- too much to store ----------------------------------------------------------------------------------------------


@cache
def _new_entries() -> str:
    return rss(item(number, _filled("Nothing of note. ", 130)) for number in range(40_000))


def new_entries(turn: int) -> bytes:
    """40,000 small entries, new at every poll: 10 MB unpacked. Attacks the store and whoever shares it."""
    return _at(_new_entries(), turn)


@cache
def _edited_entries() -> str:
    entries = (
        f"<item><guid>{number}</guid><title>An old story {number}</title>"
        f"<description>{_filled(f'Edited {_TURN}. ', 150)}</description></item>"
        for number in range(20_000)
    )
    return rss(entries)


def edited_entries(turn: int) -> bytes:
    """20,000 known entries in 4.9 MB, each of them edited since the last poll. Attacks reading and identifying."""
    return _at(_edited_entries(), turn)


@cache
def _huge_new() -> str:
    return rss([item(0, _filled("A long story about Syria, told once more. ", 9_000_000))])


def huge_new(turn: int) -> bytes:
    """One new entry with a body of 9 MB at each poll. Attacks all that goes with the length of one text."""
    return _at(_huge_new(), turn)


def huge_edited(turn: int) -> bytes:
    """One known entry whose body of 9 MB is another at each poll. Attacks the comparison of two versions."""
    return _huge_new().replace(f"<guid>{_TURN}", "<guid>one").replace("told once", f"told {turn} times").encode()


# --- JSON Feed ------------------------------------------------------------------------------------------------------


def _json_feed(items: str) -> str:
    return f'{{"version": "https://jsonfeed.org/version/1.1", "title": "A stranger", "items": [{items}]}}'


@cache
def _json_nested() -> str:
    return _json_feed(f'{{"id": "{_TURN}", "title": "{MATCHING}", "_x": {"[" * 400_000}{"]" * 400_000}}}')


def json_nested(turn: int) -> bytes:
    """Lists within lists, 400,000 deep. Attacks the recursion of the JSON reader."""
    return _at(_json_nested(), turn)


@cache
def _json_numbers() -> str:
    few = ", ".join(f'{{"id": {"9" * 4_200}, "title": "{MATCHING} {_TURN}"}}' for _ in range(2_000))
    return _json_feed(few)


def json_numbers(turn: int) -> bytes:
    """2,000 numbers of 4,200 digits where a text should be. Attacks their conversion, which is quadratic."""
    return _at(_json_numbers(), turn)


@cache
def _json_objects() -> str:
    deep = '{"":' * 900 + "0" + "}" * 900
    return _json_feed(f'{{"id": "\U0001f600{_TURN}", "title": "{MATCHING}", "_x": [{", ".join([deep] * 2_100)}]}}')


def json_objects(turn: int) -> bytes:
    """2 million small objects, and one letter that makes each of 10 million characters take four bytes: memory."""
    return _at(_json_objects(), turn)


@cache
def _json_dots() -> str:
    wall = _filled(". . . ")
    head = f'"title": "{MATCHING} {_TURN}", "content_text": "{wall}"'
    return _json_feed(", ".join(f'{{"id": "{_TURN}-{number}", {head}}}' for number in range(19)))


def json_dots(turn: int) -> bytes:
    """`dots` by another reader."""
    return _at(_json_dots(), turn)


# --- what the network has to refuse -----------------------------------------------------------------------------------


@cache
def _bomb() -> bytes:
    return gzip.compress(rss([item(0, " " * 100_000_000)]).encode(), compresslevel=9, mtime=0)


def bomb(turn: int) -> bytes:
    """100 MB of blanks in 100 KB of gzip, over every cap; already packed, and the same but for its last bytes."""
    return _bomb() + b"%08d" % turn


@cache
def _small_bomb() -> bytes:
    return gzip.compress(_bomb(), compresslevel=9, mtime=0)


def small_bomb(turn: int) -> bytes:
    """The same, packed once more: less than 1 KB."""
    return _small_bomb() + b"%08d" % turn


@cache
def _brotli_bomb() -> bytes:
    return bytes(brotli.compress(rss([item(0, " " * 100_000_000)]).encode(), quality=1))


def brotli_bomb(turn: int) -> bytes:
    """The same by another packer, which nobody asked for."""
    del turn
    return _brotli_bomb()


DOCUMENTS: Final[dict[str, Callable[[int], bytes]]] = {
    document.__name__: document
    for document in (
        dots,
        short_sentences,
        one_word,
        crossing_words,
        almost_patterns,
        hangul_wall,
        han_wall,
        thai_wall,
        mark_towers,
        open_tags,
        open_quotes,
        open_comments,
        escaped_again,
        many_blocks,
        attributes,
        broken_tags,
        broken_attributes,
        entity_growth,
        broken_end,
        costly,
        bearable,
        nested_markup,
        nested_tags,
        comments,
        laughing_entities,
        outside_entities,
        web_page,
        controls,
        lying_encodings,
        categories,
        memory_hog,
        new_entries,
        edited_entries,
        huge_new,
        huge_edited,
        json_nested,
        json_numbers,
        json_objects,
        json_dots,
    )
}
"""By name; what each gives is a feed document, unpacked."""
