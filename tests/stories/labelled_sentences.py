"""Sentences that were labelled by hand, for tests and for the bench."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from digest.stories.sentences import split_sentences

_FILE = Path(__file__).with_name("sentences.txt")


@dataclass(frozen=True)
class Labelled:
    """A text and the sentences that it has."""

    lang: str
    text: str
    sentences: tuple[str, ...]


def labelled() -> list[Labelled]:
    """Every case of the file, in its order."""
    found = []
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            lang, _, text = line.partition("\t")
            pieces = tuple(piece.strip() for piece in text.split("¦"))
            found.append(Labelled(lang, text.replace("¦", ""), pieces))
    return found


def share_right(cases: list[Labelled]) -> float:
    """The share of cases that are split exactly as they are labelled."""
    return sum(tuple(split_sentences(case.text, case.lang)) == case.sentences for case in cases) / len(cases)
