"""``digest match``: entries as JSON lines in, matches as JSON lines out; touches no state.

Each entry is checked, and made the plain text that rules look at.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from digest.cli.group import config_option
from digest.cli.output import complain, json_line
from digest.cli.session import load_rule_files, query_rules, read_config
from digest.cli.shapes import fields_shape, matches_shape
from digest.errors import DigestError
from digest.text import clean_line, html_to_text
from digest.values.news import EntryText

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.match import RuleSet


@click.command(
    epilog="""\b
Examples:
  digest match < entries.jsonl
  echo '{"id": 1, "title": "Envoy returns to Pyongyang"}' | digest match --query 'envoy AND Pyongyang'
  digest match --text entries.jsonl | jq .matches

\b
Reads, line by line:
  {"id", "title", "summary"?, "content"?, "source"?, "lang"?, "author"?, "tags"?, "url"?, "published"?}
and writes, in that order:
  {"id", "matches": [{"rule", "severity", "hits": [{"field", "start", "end", "text", "term"}]}]}
A line that is no entry gets {"line", "error"}, the rest goes on, and the exit code is 1. Blank lines are skipped.
""",
)
@click.argument("entries", type=click.File("rb"), default="-", metavar="[FILE]")
@click.option("--query", metavar="QUERY", help="Match this query in place of the rule files; no config is needed.")
@click.option("--text", "with_text", is_flag=True, help="Add the plain fields that the offsets of hits count in.")
@click.option("--json", is_flag=True, expose_value=False, help="JSON lines, which is what it always writes.")
@config_option
@click.pass_context
def match(context: click.Context, entries: BinaryIO, query: str | None, *, with_text: bool) -> None:
    """Match entries (JSON lines from FILE or standard input) with the rules, and write what matched."""
    if query is not None:
        rules, sound = query_rules(query), True
    else:
        loaded = load_rule_files(read_config())
        for problem in loaded.problems:
            complain(str(problem))
        rules, sound = loaded.ruleset, not loaded.problems
    sound &= _match_all(entries, rules, with_text=with_text)
    context.exit(0 if sound else 1)


def _match_all(entries: BinaryIO, rules: RuleSet, *, with_text: bool) -> bool:
    """Answer each line as it comes, blank ones left out; tells whether every line was an entry."""
    output = sys.stdout.buffer
    sound = True
    for number, line in enumerate(entries, start=1):
        if not line.strip():
            continue
        try:
            answer = _answer(_parse(line), rules, with_text=with_text)
        except _EntryError as error:
            sound = False
            answer = {"line": number, "error": str(error)}
        output.write(json_line(answer).encode() + b"\n")
        output.flush()  # whoever pipes a live stream through waits for no buffer to fill
    return sound


def _answer(raw: Mapping[str, Any], rules: RuleSet, *, with_text: bool) -> dict[str, Any]:
    """What the rules find in an entry, and its plain fields if they are wanted."""
    key, text = _id(raw), _entry_text(raw)
    return matches_shape(key, rules.match_entry(text)) | (fields_shape(text) if with_text else {})


class _EntryError(DigestError):
    """A line that holds no entry; the message says why."""


def _entry_text(raw: Mapping[str, Any]) -> EntryText:
    """The plain text of an entry; title, summary and content may hold HTML.

    Raises:
        _EntryError: the title is missing, or a field has the wrong type; ``null`` counts as left out.
    """
    if "title" not in raw:
        raise _EntryError("title is missing")
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
        raise _EntryError("this line is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise _EntryError(f"this is no JSON: {error.msg} at column {error.colno}") from None
    except (RecursionError, ValueError):  # thousands of brackets, a number of thousands of digits
        raise _EntryError("this JSON is nested too deeply, or holds a number too long") from None
    if not isinstance(raw, dict):
        raise _EntryError("this is no JSON object")
    return raw


def _id(raw: Mapping[str, Any]) -> str | int:
    found = raw.get("id")
    if found is None:
        raise _EntryError("id is missing")
    if isinstance(found, bool) or not isinstance(found, str | int):
        raise _EntryError("id must be a string or a whole number")
    return found


def _text(raw: Mapping[str, Any], name: str) -> str:
    found = raw.get(name)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise _EntryError(f"{name} must be a string")
    return found


def _tags(raw: Mapping[str, Any]) -> tuple[str, ...]:
    found = raw.get("tags")
    if found is None:
        return ()
    if not isinstance(found, list) or not all(isinstance(tag, str) for tag in found):
        raise _EntryError("tags must be a list of strings")
    return tuple(tag for tag in map(clean_line, found) if tag)
