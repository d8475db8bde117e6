"""Why a document cannot be read at all: in plain words, at its place, with what to write instead."""

from __future__ import annotations

import re
import tomllib

from digest.errors import Problem
from digest.toml.places import last_statement

_PLAIN = (
    (
        r"Invalid statement",
        'this is no setting: write key = "value", or a heading in [brackets], or put # before a note',
    ),
    (r"Expected newline", "something follows the value: one setting stands on one line, and text stands in quotes"),
    (r"Expected '=' after a key", "there must be an = after the name of a setting"),
    (r"Expected '\]\]'", "the heading must end in ]]"),
    (r"Expected '\]'", "the heading must end in ]"),
    (
        r"Expected '(?:'''|\"\"\")'|Expected \"(?:'''|\"\"\")\"|Unterminated string",
        "the text that begins here is never closed: add its closing quotes",
    ),
    (r"Expected \"'\"", "this text has no closing quote"),
    (r"Illegal character '\\n'", "this text has no closing quote on its line"),
    (r"(?:Illegal|Found invalid) character (.*)", r"the control character \1 cannot stand here: remove it"),
    (
        r"Unescaped '\\' in a string",
        "a backslash in double quotes is written twice (\\\\\\\\); in single quotes ('...') once",
    ),
    (r"Invalid hex value|Escaped character", "\\\\u takes the four, \\\\U the eight hex digits of a character"),
    (r"Unclosed array", "the list lacks a comma between two items, or its closing ]"),
    (r"Unclosed inline table", "what stands in { } stays on one line, with commas between its settings"),
    (
        r"Invalid initial character for a key part",
        "a name of a setting is expected here: letters, digits, - and _ (and no comma before a closing })",
    ),
    (
        r"Cannot declare \((.*?),?\) twice",
        r"the heading \1 stands here for the second time: put its settings under the first one",
    ),
    (r"Cannot overwrite a value", "this was already set further up: keep one of the two"),
    (r"Duplicate inline table key (.*)", r"\1 is set twice here: keep one of the two"),
    (r"Cannot (?:mutate|redefine)", "this was already defined in another way further up: keep one of the two"),
    (r"Invalid date or datetime", "this is no date: put text in quotes"),
)


def toml_problem(path: str, text: str, error: Exception) -> Problem:
    """Say in plain words, at its place, why tomllib could not read a document, and what to write instead."""
    if not isinstance(error, tomllib.TOMLDecodeError):  # thousands of brackets, a number of thousands of digits
        return Problem(path, 1, 1, "this is nested too deeply, or holds a number too long, to be read: make it smaller")
    text = text.replace("\r\n", "\n")  # as tomllib does; no line or column changes by it
    found = re.search(
        r"^(?P<words>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$", str(error)
    )
    words = found["words"] if found else str(error)
    if found is not None and found["line"]:
        line, column = int(found["line"]), int(found["column"])
    else:
        line, column = last_statement(text)
    row = text.split("\n")[line - 1]
    message, better_column = _plain_words(words, row, column)
    return Problem(path, line, better_column, message)


def encoding_problem(path: str, error: UnicodeDecodeError) -> Problem:
    """Say where a file, decoded as a whole, is not UTF-8, and what to do."""
    before = error.object[: error.start]
    line, column = before.count(b"\n") + 1, len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1
    return Problem(path, line, column, "this is not UTF-8: save the file as UTF-8")


def _plain_words(words: str, row: str, column: int) -> tuple[str, int]:
    """Tomllib's message for a place on a line, as (plain words with a remedy, the column to show)."""
    start = len(row) - len(row.lstrip()) + 1
    unquoted = re.match(r"\s*[\w.\"'-]+\s*=\s*(?P<value>[^\s\"'\[{#][^#=]*?)\s*(?:#.*)?$", row)
    if unquoted is not None and words.startswith(("Invalid value", "Expected newline", "Invalid date")):
        return _unquoted(unquoted["value"]), unquoted.start("value") + 1
    if words.startswith("Invalid value"):
        return "a value is missing here, or it is text without quotes", len(row.rstrip()) + 1 if row.rstrip().endswith(
            "="
        ) else column
    for pattern, plain in _PLAIN:
        found = re.match(pattern, words)
        if found is not None:
            overwritten = words.startswith(("Cannot", "Duplicate"))  # tomllib points behind what it means
            return found.expand(plain), start if overwritten else column
    return words, column


def _unquoted(value: str) -> str:
    if value[0] in "“”„‘’«「":
        return "use straight quotes: \"...\" or '...'"
    if value.lower() in {"true", "false"}:
        return f"write {value.lower()}, in small letters"
    if value.lower() in {"yes", "no", "on", "off"}:
        return f"write true or false instead of {value}"
    return f'put text in quotes: "{value}"' if '"' not in value and "\\" not in value else "put text in quotes"
