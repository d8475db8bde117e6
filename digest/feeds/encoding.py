"""Bytes of a feed as UTF-8, whatever its server and its first line say they are.

Servers name encodings they do not use, and one cut character must not turn a Korean feed into Latin gibberish. What
is valid UTF-8 is UTF-8 (text in an older encoding never is by chance); else the document's and the header's word are
tried, each as the larger set that its users mean by it; the first that leaves little unread wins.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, Final

from digest.text import without_controls

if TYPE_CHECKING:
    from collections.abc import Iterator

_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_DECLARED: Final = re.compile(rb"""^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]{1,40})["']""")
_CHARSET: Final = re.compile(r"""charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
_XML_DECLARATION: Final = re.compile(r"<\?xml\s[^>]*\?>")
_ALIAS: Final = re.compile(r"^windows-(?=[0-9])")
_REPLACED: Final = "\ufffd".encode()
_EDGES: Final = " \t\r\n\ufeff"
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

# What a name is taken to mean, by the name Python gives it: browsers do likewise (WHATWG Encoding Standard).
_MEANT: Final = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
    "iso8859-11": "cp874",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
}
_SEVEN_BITS: Final = ("iso2022", "hz")
"""Encodings whose documents are pure ASCII to all others, so their name must be believed."""
_FIT: Final = ("cp", "iso", "koi8", "euc", "shift", "gb", "big5", "hz", "mac", "tis", "johab")


def to_utf8(body: bytes, content_type: str = "") -> bytes:
    """``body`` as UTF-8 fit for an XML or JSON parser.

    An XML declaration that named another encoding is gone, and so are a byte order mark, white space at the start,
    terminal sequences and the control characters that neither format allows. Bytes that mean nothing become U+FFFD.

    Args:
        body: the document.
        content_type: its header, with or without ``charset``.
    """
    if _is_clean_utf8(body):
        return body.strip()
    text = without_controls(_decoded(body, content_type)).strip(_EDGES)
    declaration = _XML_DECLARATION.match(text)
    return text[declaration.end() if declaration else 0 :].strip(_EDGES).encode("utf-8", "replace")


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
    return None if codec is None else body.decode(codec, "replace").removeprefix("\ufeff")


def _decoded(body: bytes, content_type: str) -> str:
    text = by_first_bytes(body)
    if text is not None:
        return text
    for codec in _candidates(body, content_type):
        text = body.decode(codec, "replace")
        was_there = body.count(_REPLACED) if codec == "utf-8" else 0  # the publisher's own reader could not read it
        if _is_plausible(text, text.count("\ufffd") - was_there):
            return text
    return body.decode("cp1252", "replace")


def _is_plausible(text: str, unread: int) -> bool:
    """False where more than a few characters could not be read."""
    if text.isascii():
        return True
    return len(text) - len(text.encode("ascii", "ignore")) >= 3 * unread


def _candidates(body: bytes, content_type: str) -> Iterator[str]:
    declared = _DECLARED.match(body)
    charset = _CHARSET.search(content_type)
    names = (declared and declared[1].decode(), charset and charset[1])
    codecs_named = [codec for name in names if name and (codec := _codec(name))]
    yield from (codec for codec in codecs_named if codec.startswith(_SEVEN_BITS))
    yield "utf-8"
    yield from codecs_named


def _codec(name: str) -> str:
    """Python's name for what an encoding's name means; none for what is unknown or fits no text of ASCII tags."""
    try:
        known = codecs.lookup(_ALIAS.sub("cp", name.lower().removeprefix("x-"))).name
    except LookupError:
        return ""
    return _MEANT.get(known, known) if known.startswith(_FIT) else ""
