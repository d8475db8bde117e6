"""Read mutated documents for a stated time: ``python -m tests.fuzz --seconds 60 [--corpus FOLDER] [--seed 1]``.

Each document of the corpus (without one, a few of our own) is cut, doubled, spliced with another, and sprinkled with
what has broken readers before; then it goes the way of a feed: unpacked, decoded, parsed, cleaned, folded, matched.
Checked is what must hold for any bytes: no exception but those meant for users, bounds of time and memory, and no
control character in anything that comes out. What fails is kept in the folder ``--keep``.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
import time
import traceback
from pathlib import Path
from typing import Final

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz.reading import Failed, read_document
from tests.fuzz.seeds import SEEDS

_CHECKED_AT_ONCE: Final = 500
"""Examples between two looks at the clock."""
_MOST_BYTES: Final = 200_000
"""Of a document of the corpus; what is larger costs time and finds no more."""
_SHARDS: Final = (
    *(
        b"<![CDATA[",
        b"]]>",
        b"<!--",
        b"-->",
        b"<?xml version='1.0' encoding='",
        b"<!DOCTYPE x [<!ENTITY a 'b'>]>",
        b"&a;",
    ),
    *(
        b"&#0;",
        b"&#x1b;",
        b"&#xd800;",
        b"&#99999999999;",
        b"&amp;amp;lt;b&amp;gt;",
        b"&",
        b"<",
        b">",
        b"</item>",
        b"</rss>",
    ),
    *(
        b"<item>",
        b"<entry>",
        b"<title>",
        b"<link/>",
        b"xml:base='javascript:x'",
        b" xmlns='x'",
        b"xmlns:a='",
        b"'",
        b'"',
    ),
    *(
        b"\0",
        b"\x1b]0;x\x07",
        b"\x9b2J",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\xed\xa0\x80",
        b"\xc3",
        b"\xe2\x80",
        b"\xe2\x80\xae",
    ),
    *(
        b"{",
        b"}",
        b"[" * 50,
        b'"items":',
        b"1e999",
        b"\\ud800",
        b"\x1f\x8b\x08",
        b"\x28\xb5\x2f\xfd",
        b"a" * 300,
        b" " * 300,
    ),
    *(
        b"<b>" * 40,
        b"<a b=" * 20,
        b"+0900",
        b"99999-13-45",
        b"Mon, 99 Foo 0000 25:61:61 +9999",
        b"\r\n\r\n",
        b"utf-7",
        b"utf-16",
    ),
)
_TYPES: Final = (
    "",
    "text/xml; charset=utf-16",
    "application/xml; charset=euc-kr",
    "application/json",
    "text/html",
    "x; charset=\xff",
)


def _mutated(corpus: list[bytes]) -> st.SearchStrategy[bytes]:
    """Documents with up to eight changes, each of which needs no knowledge of what a feed is."""
    document = st.sampled_from(corpus)
    shard = st.one_of(st.sampled_from(_SHARDS), st.binary(max_size=6))
    at = st.floats(0, 1)
    change = st.one_of(
        st.tuples(st.just("put"), at, at, shard),
        st.tuples(st.just("cut"), at, at, st.just(b"")),
        st.tuples(st.just("double"), at, at, st.just(b"")),
        st.tuples(st.just("over"), at, at, shard),
        st.tuples(st.just("splice"), at, at, document),
    )
    return st.tuples(document, st.lists(change, max_size=8)).map(lambda drawn: _changed(*drawn))


def _changed(document: bytes, changes: list[tuple[str, float, float, bytes]]) -> bytes:
    for kind, first, second, shard in changes:
        low, high = sorted((int(first * len(document)), int(second * len(document))))
        if kind == "cut":
            document = document[:low] + document[min(high, low + 400) :]
        elif kind == "double":
            document = document[:high] + document[low:high][:4_000] + document[high:]
        elif kind == "over":
            document = document[:low] + shard + document[low + len(shard) :]
        elif kind == "splice":
            document = document[:low] + shard[int(second * len(shard)) :]
        else:
            document = document[:low] + shard + document[low:]
    return document[: 2 * _MOST_BYTES]


def _corpus(folder: str) -> list[bytes]:
    found = [path for path in sorted(Path(folder).rglob("*")) if path.is_file()] if folder else []
    return [*SEEDS, *(path.read_bytes() for path in found if 0 < path.stat().st_size <= _MOST_BYTES)]


def main() -> int:
    """Fuzz; the exit code is 1 where something was found."""
    options = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.partition("\n")[0])
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--corpus", default="", help="a folder of documents; without it a few of our own")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--keep", default="", help="a folder for what fails")
    chosen = options.parse_args()
    corpus = _corpus(chosen.corpus)
    until, number, tried = time.monotonic() + chosen.seconds, chosen.seed, 0
    failures: dict[str, bytes] = {}

    def attempt(body: bytes, content_type: str) -> None:
        nonlocal tried
        if time.monotonic() > until:
            return
        tried += 1
        try:
            asyncio.run(read_document(body, content_type))
        except Failed as failed:
            failures.setdefault(str(failed), body)
        except Exception:  # noqa: BLE001 - that is what is looked for
            lines = traceback.format_exc().strip().splitlines()
            failures.setdefault(f"{lines[-1]} at {lines[-3].strip()}", body)

    while time.monotonic() < until:
        run = given(_mutated(corpus), st.sampled_from(_TYPES))(attempt)
        run = settings(
            max_examples=_CHECKED_AT_ONCE,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )(run)
        seed(number)(run)()
        number += 1
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    seeds = f"{chosen.seed} to {number - 1}"
    print(f"{tried:,} documents made of {len(corpus)} in {chosen.seconds:g} s, seeds {seeds}, {memory} MB at most")
    for place, (words, body) in enumerate(failures.items()):
        print(f"- {words} ({len(body):,} bytes)")
        if chosen.keep:
            Path(chosen.keep).mkdir(parents=True, exist_ok=True)
            (Path(chosen.keep) / f"{chosen.seed}-{place}").write_bytes(body)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
