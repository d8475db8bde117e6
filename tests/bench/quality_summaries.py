"""How good summaries are: run it with ``python -m tests.bench.quality_summaries [FOLDER]``.

Everything is measured on texts that lie outside the project: the two scraped pages and the feeds beside the folder
that DIGEST_CORPUS names, and the pages of FOLDER (``*.html``, anywhere below it) that have a description of their own.
What is not there is left out, and said to be.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from digest.errors import DigestError
from digest.feeds.parse import parse_document
from digest.stories.boilerplate import is_boilerplate
from digest.stories.extract import article_text
from digest.stories.sentences import split_sentences
from digest.stories.summarise import Summariser
from digest.text import clean_line, html_to_text
from digest.values.news import EntryText, Hit
from tests.stories.labelled_sentences import labelled, share_right

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_WORD: Final = re.compile(r"[^\W_]+")
_DESCRIPTION: Final = re.compile(
    r"""<meta\s[^>]*?(?:name|property)=["'](?:og:)?description["'][^>]*?content=(["'])(.*?)\1""",
    re.IGNORECASE | re.DOTALL,
)
_SHORTEST_REFERENCE, _SHORTEST_TEXT = 50, 600
_BIG: Final = 4_000
_FOREIGN: Final = ("Subscribe", "Newsletter", "Crossword", "Published", "Check Out", "Naver", "Rigetti", "Most Popular")
"""Words of what surrounds the articles of the two scraped pages."""


class Page(NamedTuple):
    """A text with what its editors said of it."""

    title: str
    text: str
    reference: str
    lang: str


# --- texts -----------------------------------------------------------------------------------------------------------


def corpus() -> Path | None:
    """The folder of feeds, where there is one."""
    folder = Path(os.environ.get("DIGEST_CORPUS", "/nonexistent"))
    return folder if folder.is_dir() else None


def pages(folder: Path) -> list[Page]:
    """Pages with a description that the article does not simply begin with."""
    found: dict[str, Page] = {}
    for path in sorted(folder.rglob("*.html")):
        body = path.read_bytes()
        described = [
            clean_line(html_to_text(match[2])) for match in _DESCRIPTION.finditer(body.decode(errors="replace"))
        ]
        reference = max(described, key=len, default="")
        if len(reference) >= _SHORTEST_REFERENCE:
            article = article_text(body)
            if len(article.text) >= _SHORTEST_TEXT and reference[:50] not in article.text:
                found.setdefault(article.text[:200], Page(article.title, article.text, reference, ""))
    return list(found.values())


def entries(folder: Path) -> Iterator[EntryText]:
    """The entries of every feed below a folder."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        try:
            feed = parse_document(path.read_bytes(), content_type="", url="https://feeds.example/")
        except DigestError:
            continue
        for entry in feed.entries:
            title, summary, content = (html_to_text(part) for part in (entry.title, entry.summary, entry.content))
            yield EntryText(title=clean_line(title), summary=summary, content=content, lang=entry.lang or feed.lang)


def described(found: Sequence[EntryText]) -> list[Page]:
    """Entries whose feed has a summary beside a longer text that does not begin with it, as pages."""
    fit = (
        entry
        for entry in found
        if len(entry.summary) >= _SHORTEST_REFERENCE
        and len(entry.content) >= _SHORTEST_TEXT
        and entry.summary[:50] not in entry.content
    )
    return [Page(entry.title, entry.content, entry.summary, entry.lang) for entry in fit]


# --- figures ---------------------------------------------------------------------------------------------------------


def rouge(one: str, other: str) -> float:
    """ROUGE-1 F of two texts, 0 to 100."""
    ours, theirs = (Counter(_WORD.findall(text.casefold())) for text in (one, other))
    shared = (ours & theirs).total()
    return 200 * shared / (ours.total() + theirs.total()) if shared else 0.0


def gain(found: Sequence[Page]) -> tuple[float, float]:
    """ROUGE-1 F of the first two sentences and of the summaries, against what the editors wrote."""
    first = [rouge(" ".join(split_sentences(page.text, page.lang)[:2]), page.reference) for page in found]
    ours = [
        rouge(" ".join(Summariser(EntryText(page.title, content=page.text, lang=page.lang)).summary()), page.reference)
        for page in found
    ]
    return sum(first) / len(first), sum(ours) / len(ours)


def shown(found: Sequence[EntryText]) -> tuple[float, float, int]:
    """Of entries in which a word of their content is looked for: verbatim share, term-visible share, and how many."""
    verbatim = sentences = visible = asked = 0
    for entry in found:
        hit = _some_hit(entry)
        summary = Summariser(entry).summary((hit,) if hit else ())
        sentences += len(summary)
        verbatim += sum(
            part.removeprefix("… ").removesuffix("…") in entry.summary + "\n" + entry.content for part in summary
        )
        if hit:
            asked += 1
            visible += any(hit.text in part for part in (*summary, entry.title))
    return verbatim / max(1, sentences), visible / max(1, asked), asked


def _some_hit(entry: EntryText) -> Hit | None:
    """A word in the middle of a sentence of an entry that tells news: what a rule might have found."""
    for name, text in (("content", entry.content), ("summary", entry.summary)):
        told = [
            part for part in split_sentences(text[:6_000], entry.lang) if len(part) > 60 and not is_boilerplate(part)
        ]
        if told:
            sentence = told[len(told) // 2]
            word = max(_WORD.findall(sentence), key=len, default="")
            start = text.find(sentence) + sentence.find(word)
            return Hit(name, start, start + len(word), word, word) if word else None
    return None


def foreign_words(seeds: Path) -> int:
    """Words of what surrounds the articles that are found in the articles or summaries of the two scraped pages."""
    found = 0
    for path in sorted(seeds.glob("*.txt")):
        article = article_text(path.read_text(encoding="utf-8"))
        summary = Summariser(EntryText(article.title, content=article.text)).summary(count=3)
        found += sum(word in text for word in _FOREIGN for text in (article.text, *summary))
    return found


def milliseconds(texts: Sequence[str]) -> float:
    """CPU of one summary of 4,000 characters; the least of three rounds."""
    long = [EntryText(content=text[:_BIG]) for text in texts if len(text) >= _BIG]
    rounds = []
    for _ in range(3):
        started = time.process_time()
        for text in long:
            Summariser(text).summary()
        rounds.append((time.process_time() - started) * 1_000 / max(1, len(long)))
    return min(rounds)


# --- all of it -------------------------------------------------------------------------------------------------------


def sentence_figures() -> str:
    """How many labelled cases are split rightly, in both halves."""
    cases = labelled()
    return (
        f"sentences: {share_right(cases[0::2]):.3f} of {len(cases[0::2])} cases tuned on, "
        f"{share_right(cases[1::2]):.3f} of {len(cases[1::2])} only counted"
    )


def summary_figures(folder: Path | None = None) -> Iterator[str]:
    """Every figure, a line each.

    Args:
        folder: of pages with a description, beside what DIGEST_CORPUS names.
    """
    yield sentence_figures()
    feeds = corpus()
    known = list(entries(feeds)) if feeds else []
    if feeds:
        verbatim, visible, asked = shown(known)
        yield f"summaries of {len(known):,} entries: verbatim {verbatim:.4f}, term visible {visible:.4f} of {asked:,}"
        yield f"scraped pages: {foreign_words(feeds / '..' / '..' / 'seeds')} words of what surrounds the article"
    else:
        yield "no feeds, no scraped pages: DIGEST_CORPUS names no folder"
    sets = {"feed entries": described(known), "pages": pages(folder) if folder else []}
    for name, found in sets.items():
        if found:
            first, ours = gain(found)
            figures = f"first two {first:.1f}, ours {ours:.1f}, gain {ours - first:+.1f}"
            yield f"{name} with a description, {len(found)}: {figures}"
    texts = [page.text for found in sets.values() for page in found]
    if texts:
        yield f"CPU of 4,000 characters: {milliseconds(texts):.1f} ms"


if __name__ == "__main__":
    for line in summary_figures(Path(sys.argv[1]) if len(sys.argv) > 1 else None):
        print(line)
