"""A feed's bytes are read in the encoding they are in, not the one they claim."""

from __future__ import annotations

import pytest
import webencodings
from hypothesis import given
from hypothesis import strategies as st

from digest.feeds.encoding import to_utf8, unknown_encoding

KOREAN = "<rss><title>북한, 시리아 대사관 폐쇄 — 뷁똠</title></rss>"
RUSSIAN = "<rss><title>КНДР закрывает посольство в Сирии</title></rss>"
CHINESE = "<rss><title>朝鲜关闭驻叙利亚大使馆 𠮷</title></rss>"
JAPANESE = "<rss><title>北朝鮮がシリアの大使館を閉鎖 ①</title></rss>"
TAIWANESE = "<rss><title>北韓關閉駐敘利亞大使館，外交部證實</title></rss>"
FRENCH = "<rss><title>L’ambassade fermée à Damas…</title></rss>"

# name of the table row, the text, the codec it is written in, the name it goes by
ENCODINGS = [
    ("utf-8", KOREAN, "utf-8", "utf-8"),
    ("utf-16 with a mark", KOREAN, "utf-16", "utf-16"),
    ("utf-16-le", KOREAN, "utf-16-le", "utf-16"),
    ("utf-16-be", KOREAN, "utf-16-be", "utf-16"),
    ("utf-16 without a mark, declared as UTF-8", KOREAN, "utf-16-le", "utf-8"),
    ("utf-32 without a mark", KOREAN, "utf-32-be", "utf-32"),
    ("utf-32", KOREAN, "utf-32", "utf-32"),
    ("utf-8 with a mark", KOREAN, "utf-8-sig", "utf-8"),
    ("euc-kr with Windows letters", KOREAN.replace("—", "-"), "cp949", "euc-kr"),
    ("windows-949", KOREAN.replace("—", "-"), "cp949", "windows-949"),
    ("koi8-r", RUSSIAN, "koi8-r", "KOI8-R"),
    ("windows-1251", RUSSIAN, "cp1251", "windows-1251"),
    ("gb2312 that is gb18030", CHINESE, "gb18030", "gb2312"),
    ("x-gbk", CHINESE, "gb18030", "x-gbk"),
    ("shift_jis with Windows signs", JAPANESE, "cp932", "Shift_JIS"),
    ("windows-31j", JAPANESE, "cp932", "windows-31j"),
    ("euc-jp", JAPANESE.replace(" ①", ""), "euc-jp", "euc-jp"),
    ("big5", TAIWANESE, "big5hkscs", "big5"),
    ("ks_c_5601-1987", KOREAN.replace("—", "-"), "cp949", "ks_c_5601-1987"),
    ("a name of Java's", KOREAN.replace("—", "-"), "cp949", "x-windows-949"),
    ("windows-1250", "<rss>Żółć ľščťžýáí</rss>", "cp1250", "x-cp1250"),
    ("x-mac-cyrillic", RUSSIAN, "mac-cyrillic", "x-mac-cyrillic"),
    ("ibm866", RUSSIAN, "cp866", "csibm866"),
    ("iso-2022-jp", JAPANESE.replace(" ①", ""), "iso-2022-jp", "iso-2022-jp"),
    ("latin-1 that is windows-1252", FRENCH, "cp1252", "ISO-8859-1"),
]
IDS = [row[0] for row in ENCODINGS]


@pytest.mark.parametrize(("text", "codec", "name"), [row[1:] for row in ENCODINGS], ids=IDS)
def test_the_xml_declaration_names_the_encoding(text: str, codec: str, name: str) -> None:
    """As the document itself says, taken as the larger set that is meant; the declaration does not outlive it."""
    document = to_utf8(f'<?xml version="1.0" encoding="{name}"?>\n{text}'.encode(codec))
    assert document.endswith(text.encode())
    assert b"encoding" not in document.lower() or codec.startswith("utf-8")


@pytest.mark.parametrize(("text", "codec", "name"), [row[1:] for row in ENCODINGS], ids=IDS)
def test_the_header_names_the_encoding(text: str, codec: str, name: str) -> None:
    """Without a declaration the server's word counts."""
    assert to_utf8(text.encode(codec), f'text/xml; charset="{name}"').decode() == text


@pytest.mark.parametrize("label", sorted(webencodings.LABELS))
def test_every_name_of_the_standard_is_known(label: str) -> None:
    """In whatever letters, as declaration and as header; and what is ASCII stays so."""
    latin = f'<?xml version="1.0" encoding=" {label.upper()} "?><rss>é</rss>'.encode("cp1252")
    assert unknown_encoding(latin, f"text/xml; charset={label}") == ""
    assert to_utf8(b"<rss>a</rss>", f"text/xml; charset={label}") == b"<rss>a</rss>"


@pytest.mark.parametrize("name", ["x-klingon", "utf8mb4", "iso-8859-99", "rot13x"])
def test_a_name_that_nobody_knows_is_told_and_the_document_is_read_as_best(name: str) -> None:
    """By its language, else as browsers read what names nothing; but not where it made no difference."""
    declared = f'<?xml version="1.0" encoding="{name}"?>'.encode()
    assert to_utf8(declared + FRENCH.encode("cp1252")).decode() == FRENCH
    told = unknown_encoding(declared + FRENCH.encode("cp1252"))
    assert told.startswith(f"it names an encoding that nobody knows, “{name}”: it is read as cp1252")
    russian = "<language>ru-RU</language>" + RUSSIAN
    assert to_utf8(declared + russian.encode("cp1251")).decode() == russian
    assert "read as cp1251" in unknown_encoding(declared + russian.encode("cp1251"))
    for body in (FRENCH.encode(), b"<rss>plain</rss>", FRENCH.encode("utf-16")):
        assert unknown_encoding(body, f"text/xml; charset={name}") == ""


LANGUAGES = {
    "ko": ("cp949", KOREAN.replace("—", "-")),
    "ja": ("cp932", JAPANESE),
    "ja-JP": ("euc_jp", JAPANESE.replace(" ①", "")),
    "zh-cn": ("gb18030", CHINESE),
    "zh-TW": ("big5hkscs", TAIWANESE),
    "uk": ("cp1251", "<rss>Київ повідомляє про обстріл</rss>"),
    "el": ("cp1253", "<rss>Η Βόρεια Κορέα κλείνει</rss>"),
    "th": ("cp874", "<rss>เกาหลีเหนือปิดสถานทูตในซีเรีย</rss>"),
    "fr": ("cp1252", FRENCH),
}


@pytest.mark.parametrize(("language", "written"), LANGUAGES.items())
def test_what_names_no_encoding_is_read_by_its_language(language: str, written: tuple[str, str]) -> None:
    """As browsers do by the user's; a declaration of UTF-8 that is not true names nothing."""
    codec, text = written
    for declared in ("", '<?xml version="1.0" encoding="UTF-8"?>'):
        document = f"<language>{language}</language>{text}"
        assert to_utf8((declared + document).encode(codec), "text/xml").decode() == document


@pytest.mark.parametrize(
    ("declared", "charset", "codec", "text"),
    [
        ("windows-1251", "iso-8859-1", "cp1251", RUSSIAN),
        ("iso-8859-1", "windows-1251", "cp1251", RUSSIAN),
        ("euc-kr", "windows-1252", "cp949", KOREAN.replace("—", "-")),
        ("iso-8859-1", "euc-kr", "cp949", KOREAN.replace("—", "-")),
        ("shift_jis", "euc-jp", "cp932", JAPANESE),
        ("euc-jp", "shift_jis", "cp932", JAPANESE),
        ("utf-8", "big5", "big5hkscs", TAIWANESE),
        ("utf-16", "windows-1251", "cp1251", RUSSIAN),
        ("windows-1251", "utf-8", "utf-8", KOREAN),
        ("windows-1251", "koi8-r", "utf-8-sig", KOREAN),
    ],
)
def test_of_two_names_the_one_counts_that_reads_without_gibberish(
    declared: str, charset: str, codec: str, text: str
) -> None:
    """A server's default is no evidence, nor is a template's; the bytes themselves come before both."""
    document = f'<?xml version="1.0" encoding="{declared}"?>{text}'.encode(codec)
    assert to_utf8(document, f"text/xml; charset={charset}").decode().endswith(text)


BROKEN = {
    "utf-8": ("utf-8", KOREAN, "시리아"),
    "euc-kr": ("cp949", KOREAN.replace("—", "-"), "시리아"),
    "shift_jis": ("cp932", JAPANESE, "シリア"),
    "euc-jp": ("euc_jp", JAPANESE.replace(" ①", ""), "シリア"),
    "gbk": ("gb18030", CHINESE, "叙利亚"),
    "big5": ("big5hkscs", TAIWANESE, "敘利亞"),
}


@pytest.mark.parametrize(("name", "written"), BROKEN.items())
@pytest.mark.parametrize("broken", [b"\xff", b"\x80", b"\xfe\xff", b"\xf8", b"\xe3"])
def test_a_broken_byte_loses_itself_alone(name: str, written: tuple[str, str, str], broken: bytes) -> None:
    """Before a tag, in the midst of a word, at the end: the tags stay, and so does nearly all of the text."""
    codec, text, word = written
    head = f'<?xml version="1.0" encoding="{name}"?>'.encode()
    body = text.encode(codec)
    place = body.index(word.encode(codec))
    for document in (body.replace(b"</title>", broken + b"</title>"), body[:place] + broken + b" " + body[place:]):
        read = to_utf8(head + document).decode()
        assert (word in read, read.endswith("</title></rss>"), "\ufffd" in read) == (True, True, True), read


def test_utf8_with_one_good_letter_and_one_broken_is_utf8() -> None:
    """A quotation mark in one title, a letter cut in half in another; strays of Windows-1252; an only letter cut."""
    head = b'<?xml version="1.0" encoding="utf-8"?>'
    assert to_utf8(head + b"<a>Korea\xe2\x80\x99s</a><a>caf\xc3</a>").decode() == "<a>Korea’s</a><a>caf\ufffd</a>"
    assert to_utf8(head + b"<a>Korea\xe2\x80\x99s</a><a>it\x92s</a>").decode() == "<a>Korea’s</a><a>it\ufffds</a>"
    assert to_utf8(head + b"<a>Korea\xe2\x80s</a>").decode() == "<a>Korea\ufffds</a>"


def test_letters_that_windows_added_to_euc_jp_are_read() -> None:
    """The standard has them; Python has not."""
    body = '<?xml version="1.0" encoding="euc-jp"?><a>シリア'.encode("euc_jp") + b"\xad\xa1\xad\xb5</a>"
    assert to_utf8(body).decode() == "<a>シリア①Ⅰ</a>"


def test_a_mark_of_utf16_before_plain_text_is_no_utf16() -> None:
    """Some program wrote it by mistake: what follows has no zeros."""
    assert to_utf8(b"\xff\xfe<?xml version='1.0' encoding='utf-8'?><a>b</a>").decode().endswith("<a>b</a>")
    assert to_utf8(b"<\0a>b</a> and more text than one zero").decode() == "<a>b</a> and more text than one zero"


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
