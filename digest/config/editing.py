"""Edits of the feeds in a config file. All else stays as it is, letter by letter, comments and all.

The text is edited where things stand in it, and what comes of it is read again: an edit that changes anything else than
what it was to change is no edit.
"""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from digest.config.reading import address_of
from digest.errors import UsageError
from digest.toml.places import spans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    FeedTable = Mapping[str, str | bool | Sequence[str]]

_BLANK: Final = re.compile(r"[ \t]*\r?(?:\n|\Z)")
_COMMENT: Final = re.compile(r"[ \t]*#[^\n]*(?:\n|\Z)")
_HEADER: Final = re.compile(r"[ \t]*\[")


def with_feeds(text: str, tables: Iterable[FeedTable]) -> str:
    """A config with more feeds, behind those that it has.

    Args:
        text: of the file.
        tables: the keys of each ``[[feed]]`` with their values; what is empty is left out.

    Raises:
        UsageError: the file is laid out so that only its author can do it.
    """
    made = [_table(table) for table in tables]
    newline = "\r\n" if "\r\n" in text else "\n"
    blocks = (f"{newline}".join(["[[feed]]", *lines, ""]) for lines in made)
    number = _count(text)
    at = _block(text, number - 1)[1] if number else len(text)
    before, after = text[:at], text[at:]
    gap = "" if not before.strip() else newline * (1 if before.endswith("\n") else 2)
    end = newline if after and not _BLANK.match(after) else ""
    edited = f"{before}{gap}{newline.join(blocks)}{end}{after}"
    return _checked(text, edited, lambda feeds: [*feeds, *(tomllib.loads("\n".join(lines)) for lines in made)])


def without_feed(text: str, url: str) -> str:
    """A config without the feed of an address, and what is noted within its table.

    Raises:
        UsageError: as above; or there is no such feed.
    """
    urls = [address_of(feed) for feed in tomllib.loads(text).get("feed", [])]
    if url not in urls:
        raise UsageError("the feed was taken out by somebody else just now")
    number = urls.index(url)
    begin, end = _block(text, number)
    if _BLANK.match(text, end):  # also at the end of the file
        while begin and _BLANK.fullmatch(text, above := text.rfind("\n", 0, begin - 1) + 1, begin):
            begin = above
    return _checked(
        text, text[:begin] + text[end:], lambda feeds: [feed for place, feed in enumerate(feeds) if place != number]
    )


def with_scheme(address: str) -> str:
    """An address as it can be asked: without a scheme, or with ``feed:``, as people write it."""
    address = address.strip()
    if address.lower().startswith("feed:"):
        address = address[5:].removeprefix("//")
    return address if "://" in address[:9] else f"https://{address.removeprefix('//')}"


def twin(url: str) -> str:
    """The same text for addresses of one feed: http or https, with or without ``www.``, or a slash at the end."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return url
    host = (parts.hostname or "").removeprefix("www.")
    login = f"{parts.username}@" if parts.username else ""
    where = f"{host}:{port}" if port not in {None, 80, 443} else host
    return f"{login}{where}{parts.path.rstrip('/')}{'?' * bool(parts.query)}{parts.query}"


def _table(values: FeedTable) -> list[str]:
    """The lines of a table."""
    return [f"{key} = {_value(value)}" for key, value in values.items() if value]


def _value(value: str | bool | Sequence[str]) -> str:  # noqa: FBT001 - a value of the file
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value if isinstance(value, str) else list(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _count(text: str) -> int:
    """How many feeds there are."""
    feeds = tomllib.loads(text).get("feed", [])
    places = spans(text)
    if not isinstance(feeds, list) or any(("feed", number) not in places for number in range(len(feeds))):
        raise UsageError(_LAID_OUT)
    return len(feeds)


_LAID_OUT: Final = "the feeds of this config are not written as [[feed]] tables each: edit the file yourself"


def _block(text: str, number: int) -> tuple[int, int]:
    """Where the table of a feed begins and ends, with the comments in it and right behind it, in whole lines."""
    places = spans(text)
    found = [span for keys, span in places.items() if keys[:2] == ("feed", number)]
    header = places.get(("feed", number))
    if header is None or not _HEADER.match(text, begin := text.rfind("\n", 0, header.key) + 1):
        raise UsageError(_LAID_OUT)
    end = _line_end(text, max(span.end for span in found))
    last = end
    while comment := _COMMENT.match(text, last):
        if comment.end() == last:
            break
        last = comment.end()
    return begin, end if _HEADER.match(text, last) else last


def _line_end(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found + 1


def _checked(text: str, edited: str, wanted: Callable[[list[Any]], list[Any]]) -> str:
    """What comes out of an edit is not taken on trust."""
    before = tomllib.loads(text)
    feeds = wanted(before.pop("feed", []))
    try:
        after = tomllib.loads(edited)
    except tomllib.TOMLDecodeError:
        raise UsageError(_LAID_OUT) from None
    if after.pop("feed", []) != feeds or after != before:
        raise UsageError(_LAID_OUT)
    return edited
