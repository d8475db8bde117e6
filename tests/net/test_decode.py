"""Bodies are unpacked by what their bytes are, whatever the header says, within one cap."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from contextlib import suppress

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import FetchError
from digest.net.decode import first_bytes, unpacked

try:
    from compression import zstd  # type: ignore[import-not-found, unused-ignore]  # since Python 3.14
except ImportError:
    from backports import zstd

DOCUMENT = b'<?xml version="1.0"?><rss>' + b"".join(b"<item>%d \xc3\xa9</item>" % n for n in range(500)) + b"</rss>"
GZIP = gzip.compress(DOCUMENT)
CAP = 1_000_000


def deflated(body: bytes) -> bytes:
    """Raw deflate, without zlib's wrapper."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


PACKED = {
    "plain": DOCUMENT,
    "UTF-16": DOCUMENT.decode().encode("utf-16"),
    "UTF-16 without a mark": DOCUMENT.decode().encode("utf-16-be"),
    "gzip": GZIP,
    "gzip twice": gzip.compress(GZIP),
    "gzip of several members": gzip.compress(DOCUMENT[:99]) + gzip.compress(DOCUMENT[99:]),
    "gzip with padding": GZIP + b"\0" * 100,
    "gzip without its checksum": GZIP[:-8],
    "gzip with another checksum": GZIP[:-8] + b"whatever",
    "gzip with a name and more": b"\x1f\x8b\x08\x1e" + bytes(6) + b"\x02\0ab" + b"feed.xml\0why\0" + b"hc" + GZIP[10:],
    "zlib": zlib.compress(DOCUMENT),
    "raw deflate": deflated(DOCUMENT),
    "brotli": brotli.compress(DOCUMENT),
    "zstd": zstd.compress(DOCUMENT),
    "bzip2": bz2.compress(DOCUMENT),
    "xz": lzma.compress(DOCUMENT),
    "brotli in gzip": gzip.compress(brotli.compress(DOCUMENT)),
    "gzip in brotli": brotli.compress(GZIP),
}
NAMES = [
    "",
    "gzip",
    "x-gzip",
    "deflate",
    "br",
    "zstd",
    "identity",
    "aws-chunked",
    "utf-8",
    "none",
    "gzip, gzip",
    "\ufffd",
]


@pytest.mark.parametrize("packed", PACKED.values(), ids=PACKED)
async def test_the_bytes_are_believed_over_the_header(packed: bytes) -> None:
    """Packed without saying so, said and not done, done twice, or otherwise than said: it is read."""
    for name in NAMES:
        assert await unpacked(packed, name, CAP) in {DOCUMENT, PACKED["UTF-16"], PACKED["UTF-16 without a mark"]}, name


CUT_OFF = {name: PACKED[name][: len(PACKED[name]) // 2] for name in ("gzip", "zlib", "zstd", "bzip2", "xz")}


@pytest.mark.parametrize(("name", "packed"), CUT_OFF.items())
async def test_what_is_cut_off_is_not_taken_for_the_whole(name: str, packed: bytes) -> None:
    """What was missing would be missed for good, for its validators would be those of the whole."""
    with pytest.raises(FetchError, match=f"the {name} document is cut off before its end"):
        await unpacked(packed, "", CAP)


async def test_what_shows_nothing_and_cannot_be_unpacked_is_damaged_or_unknown() -> None:
    """The name that the header gives it is said."""
    for name, words in {
        "br": "“brotli”, but it is damaged or is not",
        "dcz": "“dcz”, which Digest cannot unpack",
    }.items():
        with pytest.raises(FetchError, match=f"packed as {words}"):
            await unpacked(brotli.compress(DOCUMENT)[:-9], name, CAP)


BOMBS = {
    name: pack(b"\0" * 5_000_000)
    for name, pack in {
        "gzip": gzip.compress,
        "zlib": zlib.compress,
        "bzip2": bz2.compress,
        "xz": lzma.compress,
        "zstd": zstd.compress,
    }.items()
} | {
    "gzip twice": gzip.compress(gzip.compress(b"\0" * 5_000_000)),
    "brotli": brotli.compress(b"<" * 5_000_000, quality=1),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
async def test_a_bomb_costs_no_more_than_the_cap(bomb: bytes) -> None:
    """Whatever it is packed with, and however often."""
    with pytest.raises(FetchError, match=r"larger than 977KB"):
        await unpacked(bomb, "br", CAP)


async def test_packing_without_an_end_is_refused() -> None:
    """Four times over is a whim; five times is an attack."""
    packed = DOCUMENT
    for _ in range(5):
        packed = gzip.compress(packed)
    with pytest.raises(FetchError, match="packed more than 4 times over"):
        await unpacked(packed, "", CAP)


@given(
    st.binary(max_size=200),
    st.sampled_from(NAMES),
    st.sampled_from([b"", b"\x1f\x8b\x08", b"x\x9c", b"BZh91AY&SY", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\0"]),
)
async def test_any_bytes_are_a_document_or_a_sentence(body: bytes, name: str, begins: bytes) -> None:
    """Nothing that a library says of damaged bytes gets out."""
    with suppress(FetchError):
        assert len(await unpacked(begins + body, name, CAP)) <= CAP
    first_bytes(begins + body, name)


def test_a_glance_sees_the_beginning_of_what_is_cut_off() -> None:
    """What a server says with an error is read no further than that."""
    assert first_bytes(GZIP[:-99], "").startswith(DOCUMENT[:9])
    assert first_bytes(DOCUMENT, "gzip") == DOCUMENT
