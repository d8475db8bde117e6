"""Unpack a body by what its bytes are, never holding more than the cap.

Servers name packings they did not use, use some that they do not name, and pack what is packed already. So the bytes
are believed: what begins as gzip, zlib, zstd, bzip2 or xz is unpacked whatever the header says, again and again up to
four times. Raw deflate and brotli begin with nothing: they are tried where the bytes are no text, as the header says
first. A header that names a packing of bytes that are plain is no reason to refuse them.

A client that decodes by itself has swallowed a bomb before any cap can act: 300 KB of gzip can hold 67 MB. Here every
library is asked for a slice at a time, and the event loop has its turn between them. What is cut off before its end is
refused: read in part, it would pass for the whole, and what was missing would be missed for good. Only gzip's
checksums may be wrong or missing, as for browsers.
"""

from __future__ import annotations

import asyncio
import bz2
import lzma
import re
import zlib
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from digest.errors import FetchError
from digest.text import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

_MOST_LAYERS: Final = 4
_SLICE: Final = 65_536
"""Bytes that are unpacked at once ..."""
_INPUT: Final = 16_384
"""... of so many packed ones."""
_SLICES_AT_ONCE: Final = 4
_LARGEST_WINDOW: Final = 23
"""Of zstd, as a power of two: 8 MB, as RFC 9659 bids."""
_XZ_MEMORY: Final = 2**24
_PLAIN: Final = {"", "identity", "none", "binary", "plain"}
_CONTROLS: Final = bytes({*range(32)} - {*b"\t\n\f\r\x1b"})
_DOCUMENT: Final = re.compile(rb"[\xef\xbb\xbf\xff\xfe\0\s]{0,200}[<{\[]")
_MARKS: Final = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")


class _CutOffError(Exception):
    """The packed bytes end before their end."""


@dataclass(frozen=True, slots=True)
class _Packing:
    """A way to pack."""

    name: str
    begins: re.Pattern[bytes] | None
    """How it shows; ``None``: it does not."""
    unpack: Callable[[bytes], Iterator[bytes]]
    """The slices; raises `_CutOffError`, or one of the libraries' errors."""


# --- by its bytes ------------------------------------------------------------------------------------------------


async def unpacked(body: bytes, encoding: str, max_bytes: int) -> bytes:
    """A whole body, unpacked.

    Args:
        body: as it came.
        encoding: the Content-Encoding header's value, empty where there is none.
        max_bytes: cap on the body at each stage.

    Raises:
        FetchError: it is too large, damaged, cut off, or packed in a way that is not known.
    """
    for layer in range(_MOST_LAYERS):
        plain = await _one_layer(body, encoding, max_bytes)
        if plain is None:
            if layer == 0:
                _refuse_unknown(body, encoding)
            return body
        body = plain
    if _packing(body) is not None:
        raise FetchError(f"the document is packed more than {_MOST_LAYERS} times over")
    return body


def first_bytes(body: bytes, encoding: str) -> bytes:
    """The beginning of a body, unpacked as far as that goes; for a glance at what a server says with an error."""
    for packing in (_packing(body), *_hidden(body, encoding)):
        if packing is not None:
            seen = bytearray()
            try:
                for piece in islice(packing.unpack(body), 1):
                    seen += piece
            except _ERRORS:
                continue
            return bytes(seen)
    return body


async def _one_layer(body: bytes, encoding: str, max_bytes: int) -> bytes | None:
    """What was packed; ``None`` where nothing was."""
    shown = _packing(body)
    if shown is not None:
        try:
            return await _whole(shown, body, max_bytes)
        except _CutOffError as error:
            raise FetchError(f"the {shown.name} document is cut off before its end") from error
        except _ERRORS as error:
            if shown.name != "zlib":  # the two bytes it begins with are no proof
                raise FetchError(f"the document is packed with {shown.name}, but it is damaged") from error
    for packing in _hidden(body, encoding):
        try:
            plain = await _whole(packing, body, max_bytes)
        except _ERRORS:
            continue
        # By chance, nearly anything is raw deflate.
        if _packing(plain) is not None or (_is_text(plain[:512]) and _DOCUMENT.match(plain)):
            return plain
    return None


def _packing(body: bytes) -> _Packing | None:
    """The packing that the first bytes show."""
    return next((each for each in _PACKINGS if each.begins is not None and each.begins.match(body)), None)


def _hidden(body: bytes, encoding: str) -> list[_Packing]:
    """The packings that nothing shows, if the bytes are no text; the one that is named first."""
    if not body or _is_text(body[:512]):
        return []
    hidden = [each for each in _PACKINGS if each.begins is None]
    return sorted(hidden, key=lambda each: each.name not in _named(encoding))


def _is_text(start: bytes) -> bool:
    """Whether bytes may be text in any encoding."""
    if start.startswith(_MARKS) or b"<" in start[:4] or (b"{" in start[:4] and b"\0" in start):
        controls = 0 if b"\0" in start else _controls(start)
        return controls * 20 <= len(start)
    return _controls(start) * 20 <= len(start)


def _controls(start: bytes) -> int:
    return len(start) - len(start.translate(None, _CONTROLS))


def _named(encoding: str) -> list[str]:
    """The packings that a header names, without those that are none."""
    words = (word.strip().lower().removeprefix("x-") for word in encoding.split(","))
    return [{"br": "brotli"}.get(word, word) for word in words if word not in _PLAIN]


def _refuse_unknown(body: bytes, encoding: str) -> None:
    """Refuse what the header says to be packed, and what is no text, so that it must be."""
    named = _named(encoding)
    if body and named and not _is_text(body[:512]):
        known = any(each.name == named[-1] for each in _PACKINGS)
        why = "but it is damaged or is not" if known else "which Digest cannot unpack"
        raise FetchError(f"the document is packed as {quoted(named[-1])}, {why}")


async def _whole(packing: _Packing, body: bytes, max_bytes: int) -> bytes:
    whole = bytearray()
    for number, piece in enumerate(packing.unpack(body), start=1):
        whole += piece
        if len(whole) > max_bytes:
            raise too_large(max_bytes)
        if number % _SLICES_AT_ONCE == 0:
            await asyncio.sleep(0)
    return bytes(whole)


def too_large(max_bytes: int) -> FetchError:
    """The error for a document over the cap, which it names in the unit the config would."""
    megabytes = max_bytes / 2**20
    cap = f"{megabytes:.3g}MB" if megabytes >= 1 else f"{max_bytes / 2**10:.3g}KB"
    return FetchError(f"the document is larger than {cap} (poll.max_bytes)")


# --- slice by slice ----------------------------------------------------------------------------------------------


def _deflate(body: bytes, bits: int, at: int = 0) -> Generator[bytes, None, int]:
    """Unpack a stream of zlib's; returns where it ended."""
    unpacker = zlib.decompressobj(bits)
    pending = b""
    while not unpacker.eof:
        if not pending:
            pending = body[at : at + _INPUT]
            at += len(pending)
        piece = unpacker.decompress(pending, _SLICE)
        if not (pending or piece or unpacker.eof):
            raise _CutOffError
        yield piece
        pending = unpacker.unconsumed_tail
    return at - len(unpacker.unused_data)


def _gzip(body: bytes) -> Iterator[bytes]:
    """Unpack gzip, one member after the other; what follows the last one and is no gzip is padding."""
    at = 0
    while _GZIP.match(body, at):
        at = yield from _deflate(body, -zlib.MAX_WBITS, _after_head(body, at))
        at += 8  # the checksum and the length


def _after_head(body: bytes, at: int) -> int:
    """Where the head of a gzip member ends (RFC 1952 2.3)."""
    flags = body[at + 3] if at + 3 < len(body) else 0
    at += 10
    if flags & 4:
        at += 2 + int.from_bytes(body[at : at + 2], "little")
    for flag in (8, 16):  # a name and a comment, each up to a NUL
        if flags & flag:
            at = body.find(b"\0", at) + 1 or len(body)
    return at + 2 if flags & 2 else at


def _members(body: bytes, unpacker_of: Callable[[], Any], begins: bytes) -> Iterator[bytes]:
    """Unpack what one of the libraries with the interface of ``bz2`` packed."""
    at = 0
    while at == 0 or body.startswith(begins, at):
        unpacker = unpacker_of()
        while not unpacker.eof:
            pending = body[at : at + _INPUT] if unpacker.needs_input else b""
            at += len(pending)
            if unpacker.needs_input and not pending:
                raise _CutOffError
            yield unpacker.decompress(pending, _SLICE)
        at -= len(unpacker.unused_data)


def _zstd(body: bytes) -> Iterator[bytes]:
    try:
        from compression import zstd  # type: ignore[import-not-found, unused-ignore]  # since Python 3.14
    except ImportError:
        from backports import zstd
    options = {zstd.DecompressionParameter.window_log_max: _LARGEST_WINDOW}
    try:
        yield from _members(body, partial(zstd.ZstdDecompressor, options=options), _ZSTD)
    except zstd.ZstdError as error:
        raise zlib.error(str(error)) from error


def _brotli(body: bytes) -> Iterator[bytes]:
    import brotli

    unpacker = brotli.Decompressor()
    at = 0
    while not unpacker.is_finished():
        pending = body[at : at + _INPUT] if unpacker.can_accept_more_data() else b""
        at += len(pending)
        try:
            piece = unpacker.process(pending, output_buffer_limit=_SLICE)
        except brotli.error as error:
            raise zlib.error(str(error)) from error
        if not (pending or piece or unpacker.is_finished()):
            raise _CutOffError
        yield piece


_GZIP: Final = re.compile(rb"\x1f\x8b\x08")
_ERRORS: Final = (_CutOffError, zlib.error, lzma.LZMAError, OSError, ValueError, EOFError)
"""What the libraries raise of damaged bytes."""
_XZ: Final = b"\xfd7zXZ\0"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_PACKINGS: Final = (
    _Packing("gzip", _GZIP, _gzip),
    _Packing("zlib", re.compile(rb"\x78[\x01\x5e\x9c\xda]"), partial(_deflate, bits=zlib.MAX_WBITS)),
    _Packing("zstd", re.compile(re.escape(_ZSTD)), _zstd),
    _Packing(
        "bzip2", re.compile(rb"BZh[1-9]1AY&SY"), partial(_members, unpacker_of=bz2.BZ2Decompressor, begins=b"BZh")
    ),
    _Packing(
        "xz",
        re.compile(re.escape(_XZ)),
        partial(_members, unpacker_of=partial(lzma.LZMADecompressor, memlimit=_XZ_MEMORY), begins=_XZ),
    ),
    _Packing("deflate", None, partial(_deflate, bits=-zlib.MAX_WBITS)),
    _Packing("brotli", None, _brotli),
)
