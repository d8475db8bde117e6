"""Entries as JSON lines, as ``match`` and ``cluster`` read them: each is checked, and made plain text."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, BinaryIO

from digest.errors import DigestError
from digest.feeds.dates import read_date
from digest.shapes import json_line
from digest.text import clean_line, html_to_text
from digest.values.news import EntryText

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime


class EntryError(DigestError):
    """A line that holds no entry; the message says why."""


def answer_each(entries: BinaryIO, answer: Callable[[Mapping[str, Any]], dict[str, Any]]) -> bool:
    """Write an answer to each line as it comes, blank ones left out; tells whether every line was an entry.

    Args:
        entries: the lines.
        answer: gives the object that is written for an entry; it raises `EntryError` for what is none.
    """
    output = sys.stdout.buffer
    sound = True
    for number, line in enumerate(entries, start=1):
        if not line.strip():
            continue
        try:
            answered = answer(_parse(line))
        except EntryError as error:
            sound = False
            answered = {"line": number, "error": str(error)}
        output.write(json_line(answered).encode() + b"\n")
        output.flush()  # whoever pipes a live stream through waits for no buffer to fill
    return sound


def entry_id(raw: Mapping[str, Any]) -> str | int:
    """The id that its answer carries.

    Raises:
        EntryError: it is missing, or neither a string nor a whole number.
    """
    found = raw.get("id")
    if found is None:
        raise EntryError("id is missing")
    if isinstance(found, bool) or not isinstance(found, str | int):
        raise EntryError("id must be a string or a whole number")
    return found


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


def entry_time(raw: Mapping[str, Any]) -> datetime | None:
    """When an entry was published; None where that is left out.

    Raises:
        EntryError: what stands there is no time.
    """
    text = _text(raw, "published").strip()
    found = read_date(text)
    if text and found is None:
        raise EntryError("published is no time; write it like 2026-03-02T06:00:00Z, or leave it out")
    return found


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
