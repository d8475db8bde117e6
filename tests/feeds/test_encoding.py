"""A feed's bytes are read in the encoding they are in, not the one they claim."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.feeds.encoding import to_utf8

KOREAN = "<rss><title>북한, 시리아 대사관 폐쇄 — 뷁똠</title></rss>"
RUSSIAN = "<rss><title>КНДР закрывает посольство в Сирии</title></rss>"
CHINESE = "<rss><title>朝鲜关闭驻叙利亚大使馆 𠮷</title></rss>"
JAPANESE = "<rss><title>北朝鮮がシリアの大使館を閉鎖 ①</title></rss>"
FRENCH = "<rss><title>L’ambassade fermée à Damas…</title></rss>"

# name of the table row, the text, the codec it is written in, the name it goes by
ENCODINGS = [
    ("utf-8", KOREAN, "utf-8", "utf-8"),
    ("utf-16 with a mark", KOREAN, "utf-16", "utf-16"),
    ("utf-16-le", KOREAN, "utf-16-le", "utf-16"),
    ("utf-16-be", KOREAN, "utf-16-be", "utf-16"),
    ("utf-32", KOREAN, "utf-32", "utf-32"),
    ("utf-8 with a mark", KOREAN, "utf-8-sig", "utf-8"),
    ("euc-kr with Windows letters", KOREAN.replace("—", "-"), "cp949", "euc-kr"),
    ("windows-949", KOREAN.replace("—", "-"), "cp949", "windows-949"),
    ("koi8-r", RUSSIAN, "koi8-r", "KOI8-R"),
    ("windows-1251", RUSSIAN, "cp1251", "windows-1251"),
    ("gb2312 that is gb18030", CHINESE, "gb18030", "gb2312"),
    ("x-gbk", CHINESE, "gb18030", "x-gbk"),
    ("shift_jis with Windows signs", JAPANESE, "cp932", "Shift_JIS"),
    ("euc-jp", JAPANESE.replace(" ①", ""), "euc-jp", "euc-jp"),
    ("iso-2022-jp", JAPANESE.replace(" ①", ""), "iso-2022-jp", "iso-2022-jp"),
    ("latin-1 that is windows-1252", FRENCH, "cp1252", "ISO-8859-1"),
]
IDS = [row[0] for row in ENCODINGS]


@pytest.mark.parametrize(("text", "codec", "name"), [row[1:] for row in ENCODINGS], ids=IDS)
def test_the_xml_declaration_names_the_encoding(text: str, codec: str, name: str) -> None:
    """As the document itself says, taken as the larger set that is meant; the declaration does not outlive it."""
    document = to_utf8(f'<?xml version="1.0" encoding="{name}"?>\n{text}'.encode(codec))
    assert document.endswith(text.encode())
    assert b"encoding" not in document.lower() or name == "utf-8"


@pytest.mark.parametrize(("text", "codec", "name"), [row[1:] for row in ENCODINGS], ids=IDS)
def test_the_header_names_the_encoding(text: str, codec: str, name: str) -> None:
    """Without a declaration the server's word counts."""
    assert to_utf8(text.encode(codec), f'text/xml; charset="{name}"').decode() == text


@pytest.mark.parametrize(
    "said", ["iso-8859-1", "us-ascii", "euc-kr", "utf-16", "no-such-thing", "rot13", "hex", "punycode"]
)
def test_utf8_is_utf8_whatever_is_said(said: str) -> None:
    """Valid UTF-8 is no other encoding by chance; a server's default is no evidence, and neither is nonsense."""
    assert to_utf8(KOREAN.encode(), f"text/xml; charset={said}").decode() == KOREAN
    assert to_utf8(f'<?xml version="1.0" encoding="{said}"?>{KOREAN}'.encode()).decode() == KOREAN


def test_one_broken_character_costs_one_character() -> None:
    """A cut letter does not turn the document into another encoding, in UTF-8 or in an older one."""
    broken = KOREAN.encode()[:18] + KOREAN.encode()[19:]
    assert "시리아 대사관".encode() in to_utf8(broken)
    euc = RUSSIAN.encode("cp1251").replace(b"\xe2", b"\x98", 1)
    assert "посольство".encode() in to_utf8(euc, "text/xml; charset=windows-1251")
    korean = ('<?xml version="1.0" encoding="euc-kr"?>' + KOREAN.replace("—", "-")).encode("cp949")
    cut = korean.replace(b" ", b"\xff ", 3)
    assert "대사관".encode() in to_utf8(cut, "text/xml; charset=iso-8859-1")


def test_what_a_publisher_could_not_read_is_no_sign_of_another_encoding() -> None:
    """Its U+FFFD is UTF-8 as any other letter; a control character beside it changes nothing."""
    assert to_utf8("<a>\x07\ufffd\ufffd</a>".encode(), "charset=euc-kr").decode() == "<a>\ufffd\ufffd</a>"


def test_latin_text_that_claims_utf8_is_read_as_windows_1252() -> None:
    """The commonest lie of old European feeds."""
    document = f'<?xml version="1.0" encoding="utf-8"?>{FRENCH}'.encode("cp1252")
    assert to_utf8(document, "text/xml; charset=utf-8").decode() == FRENCH


def test_controls_and_space_at_the_edges_are_gone() -> None:
    """An XML parser would stop at either; terminal sequences go whole."""
    document = b" \r\n\xef\xbb\xbf<rss><title>A\x00\x08B \x1b]0;x\x07C\x0b</title></rss>\n\n"
    assert to_utf8(document) == b"<rss><title>AB C</title></rss>"


def test_what_is_clean_stays_as_it_is() -> None:
    """Nearly every feed: the bytes pass unchanged, and their declaration with them."""
    document = f'<?xml version="1.0" encoding="UTF-8"?>\n{KOREAN}'.encode()
    assert to_utf8(document, "application/rss+xml") == document


@given(
    st.binary(max_size=300) | st.text("\x7f\ufffdÉa", max_size=9).map(str.encode),
    st.sampled_from(["", "text/xml; charset=gb2312", "charset=utf-16", "charset=iso-2022-kr"]),
)
def test_any_bytes_become_utf8_and_stay(body: bytes, content_type: str) -> None:
    """Never an error; what comes out is UTF-8, and is read as itself."""
    document = to_utf8(body, content_type)
    document.decode()
    assert to_utf8(document) == document
