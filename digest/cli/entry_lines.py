"""Entries as JSON lines, as ``digest match`` reads them: checked, and made the plain text that rules look at."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from digest.errors import DigestError
from digest.text import clean_line, html_to_text
from digest.values.news import EntryText

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


class EntryError(DigestError):
    """A line that holds no entry; the message says why."""


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One line that holds an entry."""

    id: str | int
    text: EntryText


@dataclass(frozen=True, slots=True)
class BadLine:
    """One line that does not; ``line`` counts from 1, ``error`` says what is wrong with it."""

    line: int
    error: str


def read_entries(lines: Iterable[bytes]) -> Iterator[EntryLine | BadLine]:
    """Read entries one by one, in order; a line of nothing but white space is none."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            raw = _parse(line)
            yield EntryLine(_id(raw), entry_text(raw))
        except EntryError as error:
            yield BadLine(number, str(error))


def entry_text(raw: Mapping[str, Any]) -> EntryText:
    """The plain text of an entry; title, summary and content may hold HTML.

    Raises:
        EntryError: the title is missing, or a field has the wrong type; ``null`` counts as left out.
    """
    if "title" not in raw:
        raise EntryError("title is missing")
    for name in ("url", "published"):
        _text(raw, name)
    return EntryText(
        title=html_to_text(_text(raw, "title")),
        summary=html_to_text(_text(raw, "summary")),
        content=html_to_text(_text(raw, "content")),
        source=clean_line(_text(raw, "source")),
        lang=clean_line(_text(raw, "lang")),
        author=clean_line(_text(raw, "author")),
        tags=_tags(raw),
    )


def _parse(line: bytes) -> dict[str, Any]:
    try:
        raw = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise EntryError("this line is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise EntryError(f"this is no JSON: {error.msg} at column {error.colno}") from None
    except (RecursionError, ValueError):  # thousands of brackets, a number of thousands of digits
        raise EntryError("this JSON is nested too deeply, or holds a number too long") from None
    if not isinstance(raw, dict):
        raise EntryError("this is no JSON object")
    return raw


def _id(raw: Mapping[str, Any]) -> str | int:
    found = raw.get("id")
    if found is None:
        raise EntryError("id is missing")
    if isinstance(found, bool) or not isinstance(found, str | int):
        raise EntryError("id must be a string or a whole number")
    return found


def _text(raw: Mapping[str, Any], name: str) -> str:
    found = raw.get(name)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise EntryError(f"{name} must be a string")
    return found


def _tags(raw: Mapping[str, Any]) -> tuple[str, ...]:
    found = raw.get("tags")
    if found is None:
        return ()
    if not isinstance(found, list) or not all(isinstance(tag, str) for tag in found):
        raise EntryError("tags must be a list of strings")
    return tuple(tag for tag in map(clean_line, found) if tag)
