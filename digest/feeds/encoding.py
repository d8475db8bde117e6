"""Bytes of a feed as UTF-8, whatever its server and its first line say they are.

Servers name encodings they do not use, and one cut character must not turn a Korean feed into Latin gibberish. So what
the bytes show comes before what is said of them, the first of these that reads them:

1. a byte order mark, and the zeros between the letters of UTF-16 and UTF-32;
2. UTF-8, if the bytes have more of its letters than of what is none: text in an older encoding never has by chance;
3. what the document says of itself, then what the header says, by the names of the WHATWG Encoding Standard: first an
   encoding of several bytes a letter that reads all of it, and Windows-1252 last, for it reads anything;
4. what is usual for the language that the document names, else Windows-1252; a name that nobody knows is told.

Bytes that mean nothing become U+FFFD, and take no letter after them along.
"""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import webencodings

from digest.text import quoted, without_controls

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED: Final = re.compile(rb"""^\s*<\?xml[^>]*?\sencoding\s*=\s*["']\s*([^"'<>]{1,60}?)\s*["']""")
_CHARSET: Final = re.compile(r"""charset\s*=\s*["']?\s*([^"';,\s]{1,60})""", re.IGNORECASE)
_XML_DECLARATION: Final = re.compile(r"<\?xml\s[^>]*\?>")
_LANGUAGE: Final = re.compile(
    rb"""<(?:\w+:)?language>\s*([a-zA-Z-]{2,12})|\sxml:lang\s*=\s*["']([a-zA-Z-]{2,12})|"language"\s*:\s*"([a-zA-Z-]{2,12})"""
)
_REPLACED: Final = "\ufffd".encode()
_EDGES: Final = " \t\r\n\ufeff"
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_TAGS: Final = b"<?xml version='1.0' encoding=\"a-Z\"?><rss/>&amp;"
_TEXT: Final = re.compile(rb"[\t\n\r -~]+")

_LONG: Final = re.compile(rb"[\xe1-\xef][\x80-\xbf]{2}|\xe0[\xa0-\xbf][\x80-\xbf]|[\xf0-\xf4][\x80-\xbf]{3}")
_SHORT: Final = re.compile(rb"[\xc2-\xdf][\x80-\xbf]")
_CUT: Final = re.compile(rb"[\xe1-\xef][\x80-\xbf](?![\x80-\xbf])|[\xf0-\xf4][\x80-\xbf]{1,2}(?![\x80-\xbf])")

_WEB: Final = {"iso8859-8-i": "iso8859-8", "gbk": "gb18030", "x-user-defined": "cp1252", "replacement": ""}
"""Codecs of the standard's encodings, where Python's of that name is another, or there is none."""
_WESTERN: Final = "cp1252"
_SEVERAL_BYTES: Final = ("cp949", "gb18030", "cp932", "euc_jp", "big5hkscs", "johab")
_NO_LETTERS: Final = dict.fromkeys((0x80, *range(0xF8F0, 0xF8F4)), "\ufffd")
"""What Python makes of bytes that are none of Shift_JIS."""
_SEVEN_BITS: Final = {"iso2022": b"\x1b", "hz": b"~{"}
"""Encodings whose documents are pure ASCII to all others, so their name must be believed; and what shows them."""
_FIT: Final = ("cp", "iso", "koi8", "euc", "shift", "gb", "big5", "hz", "mac", "tis", "johab", "kz", "ptcp")
_OF_LANGUAGES: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "tg", "mn"), ("cp1251",)),
    **dict.fromkeys(("pl", "cs", "sk", "hu", "sl", "hr", "bs", "ro", "sq"), ("cp1250",)),
    **dict.fromkeys(("lt", "lv", "et"), ("cp1257",)),
    **dict.fromkeys(("tr", "az", "ku"), ("cp1254",)),
    **dict.fromkeys(("ar", "fa", "ur"), ("cp1256",)),
    **dict.fromkeys(("he", "iw", "yi"), ("cp1255",)),
    "el": ("cp1253",),
    "vi": ("cp1258",),
    "th": ("cp874",),
    "ko": ("cp949",),
    "ja": ("cp932", "euc_jp"),
    "zh-tw": ("big5hkscs", "gb18030"),
    "zh-hk": ("big5hkscs", "gb18030"),
    "zh-hant": ("big5hkscs", "gb18030"),
    "zh": ("gb18030", "big5hkscs"),
}
"""As browsers have it by the user's language, where a page names nothing."""


def to_utf8(body: bytes, content_type: str = "") -> bytes:
    """``body`` as UTF-8 fit for an XML or JSON parser.

    An XML declaration that named another encoding is gone, and so are a byte order mark, white space at the start,
    terminal sequences and the control characters that neither format allows.

    Args:
        body: the document.
        content_type: its header, with or without ``charset``.
    """
    if _is_clean_utf8(body):
        return body.strip()
    text = without_controls(_decoded(body, content_type)).strip(_EDGES)
    declaration = _XML_DECLARATION.match(text)
    return text[declaration.end() if declaration else 0 :].strip(_EDGES).encode("utf-8", "replace")


def unknown_encoding(body: bytes, content_type: str = "") -> str:
    """What is to be told of a document's encoding, where its name is known to nobody and made a difference."""
    strange = (name for name in _names(body, content_type) if not webencodings.lookup(name.strip()))
    unknown = next((name for name in strange if not _own_name(name)), "")
    if not unknown or body.isascii() or by_first_bytes(body) is not None or _is_utf8(body, content_type):
        return ""
    codec = next((codec for codec in _candidates(body, content_type) if codec), _WESTERN)
    return f"it names an encoding that nobody knows, {quoted(unknown, 60)}: it is read as {codec}, which may be wrong"


def _is_clean_utf8(body: bytes) -> bool:
    """True where nothing is to be done, as for nearly all feeds."""
    declared = _DECLARED.match(body)
    if declared is not None and declared[1].lower() != b"utf-8":
        return False
    if body[:64].lstrip().startswith(codecs.BOM_UTF8) or _CONTROLS.search(body):
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def by_first_bytes(body: bytes) -> str | None:
    """The text of a document whose first bytes tell its encoding, as those of UTF-16 do; ``None``: they do not."""
    codec = next((codec for mark, codec in _BYTE_ORDER_MARKS if body.startswith(mark)), None)
    if codec is not None and codec != "utf-8" and _TEXT.fullmatch(body[2:40]):
        return body[2:].decode("utf-8", "replace")  # the mark is all that is of UTF-16
    codec = codec or _by_zeros(body[:16])
    return None if codec is None else body.decode(codec, "replace").removeprefix("\ufeff")


def _by_zeros(start: bytes) -> str | None:
    """The encoding whose letters of ASCII have such zeros around them; markup begins with enough of them."""
    zeros = [not byte for byte in start]
    for codec, shape in (
        ("utf-32-le", (False, True, True, True)),
        ("utf-32-be", (True, True, True, False)),
        ("utf-16-le", (False, True)),
        ("utf-16-be", (True, False)),
    ):
        fits = [zero is shape[place % len(shape)] for place, zero in enumerate(zeros)]
        if len(start) >= 2 * len(shape) and all(fits[: 2 * len(shape)]) and sum(fits) * 4 >= 3 * len(fits):
            return codec
    return None


def _decoded(body: bytes, content_type: str) -> str:
    text = by_first_bytes(body)
    if text is not None:
        return text
    for codec, shown_by in _SEVEN_BITS.items():
        named = next((each for each in map(_codec, _names(body, content_type)) if each.startswith(codec)), "")
        if named and shown_by in body:
            return body.decode(named, "replace")
    if _is_utf8(body, content_type):
        return body.decode("utf-8", "replace")
    for codec in _candidates(body, content_type):
        text = body.decode(codec, _LENIENT).translate(_NO_LETTERS)
        if _is_plausible(text):
            return text
    return body.decode(_WESTERN, "replace")


def _is_utf8(body: bytes, content_type: str) -> bool:
    """Whether bytes are UTF-8, be it with some that are broken.

    In Latin text a letter of several bytes is hardly one by chance, nor is the beginning of one. In others it may be:
    where the document is to be one of these, by name or by language, there must be far more of them than of others.
    """
    unread = _unread(body)
    if not unread:
        return True
    long, short, cut = (len(each.findall(body)) for each in (_LONG, _SHORT, _CUT))
    first = next(map(_codec, _names(body, content_type)), "")
    if first not in {"", "utf-8", _WESTERN} or _usual(body):
        return long + short >= 4 * unread
    return 8 * long + short + cut >= max(1, unread - cut)


def _unread(body: bytes) -> int:
    """How many broken letters UTF-8 has in these bytes; what the publisher's own reader could not read is none."""
    return body.decode("utf-8", "replace").count("\ufffd") - body.count(_REPLACED)


def _is_plausible(text: str) -> bool:
    """False where more than a few characters could not be read."""
    return text.isascii() or len(text) - len(text.encode("ascii", "ignore")) >= 3 * text.count("\ufffd")


def _names(body: bytes, content_type: str) -> Iterator[str]:
    """The encodings that a document and its header name."""
    if declared := _DECLARED.match(body):
        yield declared[1].decode("utf-8", "replace")
    if charset := _CHARSET.search(content_type):
        yield charset[1]


def _candidates(body: bytes, content_type: str) -> list[str]:
    """Codecs that may read what is not UTF-8, the likeliest first."""
    named = [codec for name in _names(body, content_type) if (codec := _codec(name)) and codec != "utf-8"]
    if named:
        return sorted(named, key=lambda each: (each == _WESTERN, each in _SEVERAL_BYTES and not _reads_all(body, each)))
    return sorted(_usual(body), key=lambda codec: not _reads_all(body, codec))


def _usual(body: bytes) -> tuple[str, ...]:
    """The codecs that are usual for the language that a document names; none for those of the West."""
    found = _LANGUAGE.search(body)
    language = next((part for part in found.groups() if part), b"").decode().lower() if found else ""
    return _OF_LANGUAGES.get(language) or _OF_LANGUAGES.get(language.partition("-")[0], ())


def _reads_all(body: bytes, codec: str) -> bool:
    """Whether an encoding of several bytes a letter reads every byte; others nearly always do, which proves nothing."""
    if codec not in _SEVERAL_BYTES:
        return False
    try:
        body.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


@lru_cache(maxsize=256)
def _codec(name: str) -> str:
    """Python's name for what an encoding's name means; empty for what is unknown or fits no text of ASCII tags.

    A name that the standard does not have is Python's own, if it has it, as ``cp949`` and ``x-windows-949`` are.
    """
    own = _own_name(name)
    found = webencodings.lookup(name.strip()) or webencodings.lookup(own.replace("_", "-"))
    codec = own if found is None or found.name == "replacement" else found.codec_info.name
    codec = _WEB.get(codec, codec)
    if codec != "utf-8" and (not codec.startswith(_FIT) or _TAGS.decode(codec, "replace").encode() != _TAGS):
        return ""
    return codec


def _own_name(name: str) -> str:
    """The name of Python's codec of that name; empty where it has none."""
    name = name.strip().lower().removeprefix("x-")
    for form in (name, re.sub(r"^windows-(?=\d)", "cp", name)):
        with suppress(LookupError, ValueError):
            return codecs.lookup(form).name
    return ""


# --- broken letters ----------------------------------------------------------------------------------------------

_LENIENT: Final = "digest.lenient"


def _one_lost(error: UnicodeError) -> tuple[str, int]:
    """What stands for bytes that mean nothing, and where to go on: never after a byte of ASCII, so no tag is lost.

    The letters that Windows adds to EUC-JP are found by their places in its other encoding.
    """
    assert isinstance(error, UnicodeDecodeError)
    pair = error.object[error.start : error.start + 2]
    if len(pair) < 2 or pair[1] < 0x80:
        return "\ufffd", error.start + 1
    if error.encoding == "euc_jp" and min(pair) > 0xA0:
        row, cell = pair[0] - 0xA1, pair[1] - 0xA1
        lead = row // 2 + (0x81 if row < 62 else 0xC1)
        trail = cell + (0x9F if row % 2 else 0x40 + (cell >= 63))
        return bytes((lead, trail)).decode("cp932", "replace")[:1], error.start + 2
    # Encodings of one byte a letter have no pairs.
    return "\ufffd", error.start + (2 if error.encoding in _SEVERAL_BYTES or error.end > error.start + 1 else 1)


codecs.register_error(_LENIENT, _one_lost)
