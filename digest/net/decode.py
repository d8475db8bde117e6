"""Unpack a body while it arrives, never holding more than the cap: plain or gzip, and nothing else.

A client that decodes by itself has swallowed a bomb before any cap can act: 300 KB of gzip can hold 67 MB. Here the
decompressor is asked for at most what is still allowed, so a bomb costs no more than the cap.
"""

from __future__ import annotations

import zlib

from digest.errors import FetchError
from digest.text import quoted

_GZIP_WRAPPER = 16 + zlib.MAX_WBITS  # zlib's way to say: gzip headers, no others
_GZIP_MAGIC = b"\x1f\x8b"


class BodyDecoder:
    """The bytes of one body: feed it what the wire brings, then take the whole.

    Args:
        encoding: the Content-Encoding header's value, empty where there is none.
        max_bytes: cap on the unpacked body, and on the packed one.

    Raises:
        FetchError: an encoding that was not asked for.
    """

    def __init__(self, encoding: str, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._body = bytearray()
        self._wire_bytes = 0
        self._packed = _is_gzip(encoding)
        self._member = zlib.decompressobj(_GZIP_WRAPPER)
        self._between_members = b""  # what follows a finished gzip member, too short to tell what it is

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes off the wire; raises ``FetchError`` when the body grows too large or is damaged."""
        self._wire_bytes += len(chunk)
        if self._wire_bytes > self._max_bytes:
            raise too_large(self._max_bytes)
        if self._packed:
            self._unpack(chunk)
        else:
            self._body += chunk

    def finish(self) -> bytes:
        """The whole body; raises ``FetchError`` when the packed document ends before its end."""
        if self._packed and self._wire_bytes and not self._member.eof:
            raise FetchError("the gzip document is cut off before its end")
        return bytes(self._body)

    def _unpack(self, chunk: bytes) -> None:
        """Unpack gzip, one member after the other; what follows the last member and is no gzip is padding."""
        pending = chunk
        while pending:
            if self._member.eof:
                pending = self._between_members + pending
                self._between_members = b"" if len(pending) > 1 else pending
                if not pending.startswith(_GZIP_MAGIC):
                    return
                self._member = zlib.decompressobj(_GZIP_WRAPPER)
            room = self._max_bytes - len(self._body) + 1  # one more than allowed shows that there is more
            try:
                self._body += self._member.decompress(pending, room)
            except zlib.error as error:
                raise FetchError("the document says it is gzip, but it is damaged or is not") from error
            if len(self._body) > self._max_bytes:
                raise too_large(self._max_bytes)
            pending = self._member.unused_data


def _is_gzip(encoding: str) -> bool:
    """Whether a body is gzip (true) or plain (false); any other encoding is refused, stacked ones included."""
    words = [word.strip().lower() for word in encoding.split(",") if word.strip()]
    kept = [word for word in words if word != "identity"]
    if len(kept) > 1:
        raise FetchError(f"the document is packed more than once ({quoted(', '.join(kept))}), which is refused")
    if kept and kept[0] not in {"gzip", "x-gzip"}:
        raise FetchError(f"the document is packed as {quoted(kept[0])}, but only gzip was asked for")
    return bool(kept)


def too_large(max_bytes: int) -> FetchError:
    """The error for a document over the cap, which it names in the unit the config would."""
    megabytes = max_bytes / 2**20
    cap = f"{megabytes:.3g}MB" if megabytes >= 1 else f"{max_bytes / 2**10:.3g}KB"
    return FetchError(f"the document is larger than {cap} (poll.max_bytes)")
