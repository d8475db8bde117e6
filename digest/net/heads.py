"""The heads of answers, read as browsers read them: up to 256 KB in all, and what is malformed costs only itself.

aiohttp's parser refuses an answer for one header line that it does not like. Here a head is seen before it gets there:
one that is well-formed passes as it is, any other is written anew.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from aiohttp.client_proto import ResponseHandler

from digest.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_HEAD_BYTES: Final = 256 * 1024
_MOST_INTERIM: Final = 20
_LOOKED_AT: Final = 64
"""Bytes of what came: it may come a byte at a time."""
_INTERIM: Final = re.compile(rb"\s*HTTP/\S+\s+1(?!01)\d\d")
_END: Final = re.compile(rb"\r?\n\r?\n")
_STATUS_LINE: Final = re.compile(rb"HTTP/(\d)(?:\.(\d))?[ \t]+(\d{3})(?![^\s])[^\r\n]*")
_NAME: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_WELL_FORMED: Final = re.compile(
    rb"HTTP/1\.[01] \d{3}(?: [^\r\n\0]*+)?+\r\n(?:[!#$%&'*+.^_`|~0-9A-Za-z-]++:[^\r\n\0]*+\r\n)*+\r\n"
)
_FRAMING: Final = re.compile(rb"\r\n(content-length|transfer-encoding):", re.IGNORECASE)
_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)


class LenientHandler(ResponseHandler):
    """aiohttp's protocol of a connection, its answers' heads put right before they are parsed.

    A head that has not ended after `MOST_HEAD_BYTES` ends the connection. What comes after the length that was
    announced is no part of the body, and ends the connection, too.
    """

    _head: bytearray | None = None
    """What has come of a head; ``None`` once it is whole."""
    _interim: int = 0
    """How many answers before the answer may still come."""
    _left: int | None = None
    """Bytes of the body still to come; ``None`` where their number was not announced."""

    def set_response_params(self, **params: Any) -> None:
        """A request was sent: next comes a head."""
        self._head, self._left, self._interim = bytearray(), None, _MOST_INTERIM
        super().set_response_params(**params)

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        if self._parser is None or not data:
            super().data_received(data)
        elif self._head is None:
            self._pass_on(data)
        else:
            seen = max(0, len(self._head) - 3)
            self._head += data
            self._read_head(seen)

    def connection_lost(self, exc: BaseException | None) -> None:
        """What came of a head is all there is; the parser says what is wrong with it."""
        if self._head:
            super().data_received(bytes(self._head))
        self._head = None
        super().connection_lost(exc)

    def _read_head(self, seen: int) -> None:
        while self._head is not None:
            end = _END.search(self._head, seen)
            if end is None and not b"HTTP/".startswith(self._head[:_LOOKED_AT].lstrip()[:5]):  # it will never be one
                head, rest = bytes(self._head), b""
            elif end is None or end.end() > MOST_HEAD_BYTES:
                if len(self._head) > MOST_HEAD_BYTES:
                    self._refuse()
                return
            else:
                head, rest = bytes(self._head[: end.end()]), bytes(self._head[end.end() :])
            if self._interim and _INTERIM.match(head):  # the answer itself is still to come
                self._interim -= 1
                self._head, seen = bytearray(rest), 0
                super().data_received(head)
                if not rest:
                    return
                continue
            self._head = None
            head = well_formed(head)
            length = _LENGTH.search(head)
            self._left = None if length is None else int(length[1])
            self._pass_on(rest, head)

    def _pass_on(self, data: bytes, head: bytes = b"") -> None:
        """A head and a part of its body, as much of it as was announced."""
        if self._left is not None:
            if len(data) > self._left:
                data = data[: self._left]
                self._should_close = True  # what follows belongs to no request
            self._left -= len(data)
        if head or data:
            super().data_received(head + data)

    def _refuse(self) -> None:
        self._head = None
        if self.transport is not None:
            self.transport.close()
        self.set_exception(FetchError(f"the server's answer has more than {MOST_HEAD_BYTES // 1024} KB of headers"))


def well_formed(head: bytes) -> bytes:
    """A head that a strict parser reads as browsers read this one; what is no head of HTTP stays as it is."""
    head = head.lstrip(b"\r\n")
    if _WELL_FORMED.fullmatch(head) and _says_once(head):
        return head
    first, *lines = re.split(rb"\r?\n", head.rstrip(b"\r\n"))
    status = _STATUS_LINE.fullmatch(first)
    if status is None:
        return head
    version = b"HTTP/1.0" if status[1] + (status[2] or b"1") == b"10" else b"HTTP/1.1"
    fields = list(_framed(list(_fields(lines))))
    return b"\r\n".join((version + b" " + status[3] + b" ", *(b"%s: %s" % each for each in fields), b"", b""))


def _says_once(head: bytes) -> bool:
    """Whether at most one line says where the body ends, and says it rightly."""
    said = _FRAMING.findall(head)
    return not said or (len(said) == 1 and (said[0].lower() != b"content-length" or bool(_LENGTH.search(head))))


def _fields(lines: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """The header lines that are ones; a line that begins with space goes on with the one before (RFC 9112 5.2)."""
    unfolded: list[bytes] = []
    for line in lines:
        if unfolded and line[:1] in {b" ", b"\t"}:
            unfolded[-1] += b" " + line.strip()
        else:
            unfolded.append(line)
    for line in unfolded:
        name, colon, value = line.partition(b":")
        if colon and _NAME.fullmatch(name.strip()):
            yield name.strip(), re.sub(rb"[\r\0]", b" ", value).strip()


def _framed(fields: list[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    """The same with one word on where the body ends: chunks before a length (RFC 9112 6.3), and no false length."""
    chunked = any(name.lower() == b"transfer-encoding" and b"chunked" in value.lower() for name, value in fields)
    lengths = {
        part.strip() for name, value in fields if name.lower() == b"content-length" for part in value.split(b",")
    }
    yield from (each for each in fields if each[0].lower() != b"content-length")
    if chunked or not lengths:
        return
    length = lengths.pop()
    if not lengths and re.fullmatch(rb"\d{1,18}", length):
        yield b"Content-Length", length
    else:
        yield b"Connection", b"close"
