"""The texts that the rule editor begins with: a rule made from an entry, a rule with words excluded."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import TYPE_CHECKING, Final

from digest.errors import UsageError
from digest.match import QueryError, parse_query
from digest.match.language.query import Phrase
from digest.rulebook.editing import UneditableError, exclude
from digest.rulebook.folder import as_text, read_whole
from digest.text import clean_line

if TYPE_CHECKING:
    from pathlib import Path

_HEAD: Final = "# Rules made in the dashboard.\n"
_NAMES: Final = 4
"""Words of a title that a rule begins with."""


def new_rule(path: Path, title: str) -> tuple[str, str]:
    """A rule that finds the telling words of a title, at the end of a file's text: its id, and that text.

    Raises:
        UsageError: the file cannot be read.
    """
    text = _text_of(path)
    title = clean_line(title)
    words = telling_words(title)
    taken = set(re.findall(r"^\s*id\s*=\s*[\"']([^\"']+)", text, re.MULTILINE))
    stem = re.sub(r"[^a-z0-9]+", "-", unicodedata.normalize("NFKD", " ".join(words[:2])).lower()).strip("-") or "rule"
    rule = next(name for name in (stem, *(f"{stem}-{n}" for n in range(2, 1000))) if name not in taken)
    lines = ["[[rule]]", f'id = "{rule}"', f"title = {_string(title)}"]
    lines.append(f"all = [{', '.join(map(_string, words))}]" if words else "all = []")
    return rule, with_rule(path, "\n".join(lines) + "\n")


def with_rule(path: Path, rule: str) -> str:
    """The text of a rule file with a rule at its end; raises `UsageError` where it cannot be read."""
    return f"{_text_of(path).rstrip()}\n\n{rule}"


def telling_words(title: str) -> list[str]:
    """The names of a title, else its longest words, in their order."""
    words = list(dict.fromkeys(re.findall(r"[^\W\d_][\w'’-]+", title)))
    names = [word for word in words[1:] if word[0].isupper()] or words
    kept = sorted(names, key=len, reverse=True)[:_NAMES]
    return [word for word in words if word in kept]


def excluding(path: Path, rule: str, words: str) -> str:
    """The text of a rule file with words excluded by a rule.

    Raises:
        DigestError: that cannot be done, and why.
    """
    text = _text_of(path)
    try:
        query = parse_query(words if words.startswith('"') or " " not in words else f'"{words}"')
        if not isinstance(query, Phrase):
            raise UsageError("a word or a phrase can be excluded so; more is written into the rule itself")
        return exclude(text, rule, [query])
    except QueryError as error:
        raise UsageError(str(error)) from None
    except UneditableError:
        raise UsageError(f"{path.name} is laid out so that only its author can edit the rule: e opens it") from None


def _text_of(path: Path) -> str:
    """What a rule file says, or a draft of it that was kept, or what one begins with that is not there yet."""
    draft = path.with_name(f"{path.name}.draft")
    try:
        path = draft if draft.is_file() else path
        return as_text(read_whole(path)) if path.exists() else _HEAD
    except UnicodeDecodeError:
        raise UsageError(f"{path.name} is not UTF-8: save it as UTF-8") from None
    except OSError as error:
        raise UsageError(f"{path.name} cannot be read: {error.strerror or error}") from None


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
