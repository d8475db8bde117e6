"""What users say of entries, as examples in a rule file of its own: only Digest writes it, and no other file of theirs.

::

    an entry and its rule ─▶ the shortest example that says why ─▶ [[example]] at the end of marks.toml ─▶ loaded
"""

from __future__ import annotations

import functools
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from digest.errors import UsageError
from digest.match import MARKS, ExampleKind, RuleSet
from digest.match.rules.rulefile import read_rule_file
from digest.rulebook.folder import as_text, read_whole
from digest.rulebook.writing import one_writer, write_whole
from digest.text import clean_block
from digest.toml.places import comments, spans
from digest.values.desks import own_name
from digest.values.news import EntryText

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from digest.match import Example, Rule
    from digest.match.rules.rulefile import RuleFile
    from digest.values.news import Hit, StoredEntry

    Cut = Callable[[str, str], str]

_HEAD: Final = """\
# What was said of entries, as examples of rules: “not relevant” in Telegram, digest mark in a shell.
# Digest adds to the end of this file. You may edit it too: what you change is kept.
"""
_BY_HAND: Final = f"edit {MARKS} by hand: what somebody has written or laid out there is left to them"
_LONGEST: Final = 2_000
"""Letters of one field of an example; a page of content is no example."""
_BESIDE: Final = 100
"""Letters on either side of what was found, where an example is a piece of a long field."""
_GAP: Final = " … "
_UP_TO_SPACE: Final = re.compile(r"\A\S*\s")
_FROM_SPACE: Final = re.compile(r"\s\S*\Z")


@dataclass(frozen=True, slots=True)
class Mark:
    """What is said of an entry: that a rule should find it and does not, or finds it and should not."""

    rule: str
    """The rule's id."""
    kind: ExampleKind
    example: str | Mapping[str, Any]
    """As it stands in a rule file: a title, or a table of fields."""

    @property
    def title(self) -> str:
        """What it is shown as, in a few words."""
        title = self.example if isinstance(self.example, str) else str(self.example.get("title", "its text"))
        return title if len(title) <= 100 else f"{title[:99]}…"

    @property
    def text(self) -> str:
        """The lines of its ``[[example]]``."""
        return f"[[example]]\nrule = {_written(own_name(self.rule))}\n{self.kind} = {_written(self.example)}\n"

    def read(self) -> Example:
        """As it is read from a file."""
        [example] = read_rule_file(MARKS, self.text).examples
        return example


def note_unwanted(folder: Path, rule: Rule, entry: StoredEntry) -> str:
    """Note that a rule should not have found an entry; what was done, in words.

    Raises:
        UsageError: it cannot be noted, and why.
    """
    if remove_marks(folder, rule.id, ExampleKind.KNOWN_GAP, entry.text):
        return f"no longer noted as what {rule.id} should find"
    added = add_mark(folder, unwanted(rule, entry.text), rule.examples)
    return f"noted as unwanted for {rule.id}{'' if added else ' already'}"


def note_relevant(folder: Path, rule: Rule, entry: StoredEntry) -> str:
    """Take that back, or note that a rule should have found an entry; what was done, in words.

    Raises:
        UsageError: it cannot be noted, and why.
    """
    if remove_marks(folder, rule.id, ExampleKind.UNWANTED, entry.text):
        return f"no longer noted as unwanted for {rule.id}"
    if RuleSet([rule]).matching(entry.text):
        return f"{rule.id} finds it, and nothing else is noted"
    added = add_mark(folder, known_gap(rule, entry.text), rule.examples)
    return f"noted as what {rule.id} should find{'' if added else ' already'}"


def unwanted(rule: Rule, text: EntryText) -> Mark:
    """The mark of an entry that a rule matches and should not.

    Raises:
        UsageError: it does not match it.
    """
    example = _shortest(rule, text)
    if example is None:
        raise UsageError(f"as it is now, the rule “{rule.id}” does not match this")
    return Mark(rule.id, ExampleKind.UNWANTED, example)


def known_gap(rule: Rule, text: EntryText) -> Mark:
    """The mark of an entry that a rule should match and does not.

    Raises:
        UsageError: it has neither title nor summary.
    """
    if not (text.title or text.summary):
        raise UsageError("it has neither a title nor a summary: there is nothing that a rule could be shown")
    fields = {name: getattr(text, name)[:_LONGEST] for name in ("title", "summary") if getattr(text, name)}
    return Mark(rule.id, ExampleKind.KNOWN_GAP, fields if "summary" in fields else text.title)


# --- the file --------------------------------------------------------------------------------------------------------


def add_mark(folder: Path, mark: Mark, known: Iterable[Example] = ()) -> bool:
    """Add a mark to the marks of a rules folder; the next load of the rules knows it.

    Args:
        folder: the rules folder.
        mark: what is to be added.
        known: examples that need no mark that says the same: those within its rule.

    Returns:
        Whether it was added; not if it is known, or stands there already.

    Raises:
        UsageError: the file has a mistake, or cannot be written; it is as it was.
    """
    said = _said(mark.read())
    if said in map(_said, known):
        return False

    def add(file: RuleFile) -> str:
        marked = [_said(each) for each in file.examples]
        if said in marked:
            return file.text
        before = file.text or _HEAD
        edited = f"{before}{'' if before.endswith(chr(10)) else chr(10)}\n{mark.text}"
        _see_it_says(edited, [*marked, said], before)
        return edited

    return _edit(folder, add)


def remove_marks(folder: Path, rule: str, kind: ExampleKind, text: EntryText) -> int:
    """Take out the marks of a folder that were made of an entry, for one rule; returns how many there were.

    Raises:
        UsageError: one was written by hand, or they cannot be taken out, or the file has a mistake or cannot be
            written; it is as it was.
    """
    found: list[Example] = []

    def remove(file: RuleFile) -> str:
        own = [each for each in file.examples if (each.rule, each.kind) == (own_name(rule), kind)]
        found.extend(each for each in own if _is_of(each.text, text))
        if not all(_is_as_written(file.text, each, text) for each in found):
            raise UsageError(_BY_HAND)
        edited = file.text
        for each in reversed(found):
            edited = _without_table(edited, each.keys[:2])
        _see_it_says(edited, [_said(each) for each in file.examples if each not in found], file.text)
        return edited

    _edit(folder, remove)
    return len(found)


def made_of(examples: Iterable[Example], entries: Iterable[StoredEntry]) -> frozenset[int]:
    """The ids of those entries that some example was made of."""
    by_title: dict[str, list[StoredEntry]] = {}
    every = [*entries]
    for entry in every:
        by_title.setdefault(clean_block(entry.text.title), []).append(entry)
    found = set()
    for example in examples:
        title = example.text.title
        near = by_title.get(title, []) if title and len(title) < _LONGEST else every
        found |= {entry.id for entry in near if _is_of(example.text, entry.text)}
    return frozenset(found)


def _edit(folder: Path, edit: Callable[[RuleFile], str]) -> bool:
    """Write what an edit makes of the marks, if that is anything else; of several writers one waits for the other."""
    path = folder / MARKS
    try:
        with one_writer(folder):
            raw = read_whole(path) if path.exists() else b""
            file = read_rule_file(MARKS, as_text(raw))
            if file.problems:
                raise UsageError(f"correct the file first: {file.problems[0]}")
            edited = edit(file)
            if edited != file.text:
                write_whole(path, edited, was=raw)
            return edited != file.text
    except UnicodeDecodeError:
        raise UsageError(f"correct the file first: {MARKS} is not UTF-8") from None
    except OSError as error:
        raise UsageError(f"{MARKS} cannot be written: {error.strerror or error}") from None


def _said(example: Example) -> tuple[str, ExampleKind, EntryText]:
    """What an example says, wherever it stands."""
    return own_name(example.rule), example.kind, example.text


def _see_it_says(edited: str, wanted: list[tuple[str, ExampleKind, EntryText]], before: str) -> None:
    """What comes out of an edit is not taken on trust: its examples are those wanted, and every comment is left."""
    file = read_rule_file(MARKS, edited)
    if file.problems or [_said(each) for each in file.examples] != wanted or comments(edited) != comments(before):
        raise UsageError(_BY_HAND)


def _is_of(example: EntryText, text: EntryText) -> bool:
    """Whether an example was made of an entry: what it says, or pieces of what is long, stands there."""
    names = "title", "summary", "content", "source", "lang", "author"
    if not example.tags and not any(getattr(example, name) for name in names):  # it says nothing, so not of which
        return False
    for name in names:
        said, there = getattr(example, name), clean_block(getattr(text, name))
        short = len(there) <= _LONGEST
        if said and (said != there if short else any(piece not in there for piece in said.split(_GAP))):
            return False
    return not example.tags or example.tags == text.tags


def _is_as_written(text: str, example: Example, entry: EntryText) -> bool:
    """Whether an example stands there as Digest writes it of an entry: with just these fields, laid out so."""
    start, end = _lines(text, example.keys[:2])
    value = tomllib.loads(text)["example"][example.keys[1]][example.kind]
    if text[start:end].strip() != Mark(example.rule, example.kind, value).text.strip():
        return False
    steps = [[*_ever_more(each, lambda _, value: value)] for each in (example.text, entry)]
    return steps[0][-1].keys() in [step.keys() for step in steps[1]]


def _without_table(text: str, table: tuple[str | int, ...]) -> str:
    """A text without the lines of a table, nor the blank line before them."""
    start, end = _lines(text, table)
    return text[: start - text[:start].endswith("\n\n")] + text[end:]


def _lines(text: str, table: tuple[str | int, ...]) -> tuple[int, int]:
    """Where the lines of a table begin and end."""
    own = [span for keys, span in spans(text).items() if keys[:2] == table]
    start = text.rfind("\n", 0, min(span.key for span in own)) + 1
    return start, text.find("\n", max(span.end for span in own)) + 1 or len(text)


def _written(value: Any) -> str:
    """A text, a list of texts or a table of these as TOML, which but for one letter writes them as JSON does."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key} = {_written(each)}" for key, each in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


# --- which example ---------------------------------------------------------------------------------------------------


def _shortest(rule: Rule, text: EntryText) -> str | dict[str, Any] | None:
    """The shortest example that a rule matches for the same reason as an entry; ``None`` if it does not match that.

    A title is best. What matches by its summary, its outlet or its body is a table of just as many fields; of a long
    one, its beginning, else what stands around the words that the rule found.
    """
    asked = RuleSet([replace(rule, enabled=True)])
    for cut in _cuts(asked, text):
        for fields in _ever_more(text, cut):
            if asked.matching(EntryText(**fields)):
                return str(fields["title"]) if fields.keys() == {"title"} else fields
    return None


def _ever_more(text: EntryText, cut: Cut) -> Iterator[dict[str, Any]]:
    """Fields of an entry that may do as an example, few first."""
    fields: dict[str, Any] = {}
    for names in (("title",), ("summary",), ("source", "lang", "author", "tags", "tier"), ("content",)):
        whole = {name: getattr(text, name) for name in names if getattr(text, name)}
        if whole:
            fields |= {name: value if len(value) <= _LONGEST else cut(name, value) for name, value in whole.items()}
            yield dict(fields)


def _cuts(asked: RuleSet, text: EntryText) -> Iterator[Cut]:
    """Ways to make a long field shorter, the best first; the last, for a rule that asks for all of it, does not."""
    yield lambda _, value: value[:_LONGEST]
    found = asked.match_entry(text)
    if not found:
        return
    hits = found[0].hits
    firsts = {(hit.field, hit.term): hit for hit in reversed(hits)}
    yield functools.partial(_around, [*firsts.values()])
    yield functools.partial(_around, hits)
    yield lambda _, value: value


def _around(hits: Sequence[Hit], name: str, value: str) -> str:
    """What stands around the hits in a field, in whole words; its beginning where there is none."""
    pieces: list[tuple[int, int]] = []
    for hit in sorted((hit for hit in hits if hit.field == name), key=lambda hit: hit.start):
        start, end = max(0, hit.start - _BESIDE), min(len(value), hit.end + _BESIDE)
        if start:
            start = hit.start - len(_UP_TO_SPACE.sub("", value[start : hit.start]))
        if end < len(value):
            end = hit.end + len(_FROM_SPACE.sub("", value[hit.end : end]))
        if pieces and start <= pieces[-1][1]:
            before = pieces.pop()
            start, end = before[0], max(end, before[1])
        pieces.append((start, end))
    return _GAP.join(value[start:end].strip() for start, end in pieces) or value[:_LONGEST]
