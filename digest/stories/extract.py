"""The article out of what surrounds it: headlines of other stories, calls to subscribe, menus and notices.

A web page is left to trafilatura. Text that was already scraped off a page has lost its markup, so here lines are all
there is to go by, and the rules are:

1. The article starts after the last line that is its title, give or take a section's or an outlet's name. Where the
   title is not known, a heading that stands twice within a few lines is taken for it.
2. A line is prose if it ends like a sentence and has nine words or more (fifteen characters in Han, kana or Hangul).
   A short line between two lines of prose that ends like a sentence counts, too: people do say short things.
3. Calls to action and lines seen before are dropped, wherever they stand: the article may go on after them.
4. Runs of prose with at most seven dropped lines between them are one block; the longest block is the article.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from digest.feeds.encoding import by_first_bytes
from digest.stories.boilerplate import bare, is_boilerplate, is_title
from digest.stories.obstacles import PageProblem, page_problem
from digest.stories.structure import article_lines, marked, page_lines
from digest.text import clean_block, clean_line, html_to_text

if TYPE_CHECKING:
    from digest.values.news import TextMark

_FEWEST_WORDS = 9
_FEWEST_WIDE = 15
_BRIDGED = 7
_MOST_TITLES = 8
"""Title lines that are tried, the last ones of the document."""
_SHORTEST_HEADING = 12
"""Letters and digits; menus repeat shorter words."""

_MARKUP = re.compile(r"<(?:!doctype html|html|head|body|article|main|div|p|section)\b", re.IGNORECASE)
_TERMINAL = re.compile(r"[.!?…。！？؟۔।][\"'”’»›」』）)\]]*$")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class Article:
    """An article as plain text; blocks are parted by line feeds."""

    title: str
    text: str
    """Empty where the document holds no article."""
    method: Literal["page", "text", "whole"]
    """``page``: found by trafilatura; ``text``: found by lines; ``whole``: nothing looked like prose, so all of it."""
    spans: tuple[TextMark, ...] = ()
    """What the text of a page is beside its words, in order of place."""
    problem: PageProblem | None = None
    """What stands in the article's place; the text is empty then."""


def article_text(document: str | bytes, *, title: str = "", url: str = "") -> Article:
    """Give the article of a web page or of plain scraped text.

    Args:
        document: markup or plain text; bytes are read as their first ones or their markup say, else as UTF-8.
        title: the article's title where known; it tells plain text where to start.
        url: the page's address where known, an aid to trafilatura.
    """
    if isinstance(document, bytes):
        document = by_first_bytes(document) or document
    text = document if isinstance(document, str) else document.decode("utf-8", errors="replace")
    if _MARKUP.search(text[:20_000]):
        return _from_page(document, text, title=clean_line(title), url=url)
    text = clean_block(text)
    if problem := page_problem(text.partition("\n")[0], text):
        return Article(clean_line(title), "", "whole", problem=problem)
    return _from_lines(text, title=clean_line(title))


# --- pages -----------------------------------------------------------------------------------------------------------


def _from_page(document: str | bytes, text: str, *, title: str, url: str) -> Article:
    """Ask trafilatura; where it finds nothing, read the page's text by lines."""
    import trafilatura

    tree = trafilatura.load_html(document)
    if tree is None:
        return _from_lines(html_to_text(text), title=title)
    of_page = page_lines(tree, url)
    own_title = clean_line(tree.findtext(".//title") or "")
    found = trafilatura.bare_extraction(
        document, url=url or None, favor_precision=True, include_comments=False, with_metadata=True
    )
    if found is None or isinstance(found, dict) or not found.text:
        whole = html_to_text(text)
        problem = page_problem(own_title, whole)
        return Article(title, "", "whole", problem=problem) if problem else _from_lines(whole, title=title)
    title = title or clean_line(found.title or "")
    if problem := page_problem(own_title or title, clean_block(found.text)):
        return Article(title, "", "page", problem=problem)
    lines = [
        line for line in article_lines(found.body) if not is_boilerplate(line.text) and not is_title(line.text, title)
    ]
    article, spans = marked(lines, of_page)
    return Article(title, article, "page", spans)


# --- lines -----------------------------------------------------------------------------------------------------------


def _from_lines(text: str, *, title: str) -> Article:
    """Find the article among the lines of cleaned plain text."""
    lines = text.split("\n")
    title = title or _heading_said_twice(lines)
    block = _block_after_title(lines, title)
    if not block:
        return Article(title, text, "whole")
    return Article(title or _title_above(lines, block[0]), "\n".join(block), "text")


def _block_after_title(lines: list[str], title: str) -> list[str]:
    """Give the longest block after the title; of several title lines the last one counts that has an article below.

    A list of headlines may name the title before the article, with teasers after it, and again at the end of the page.
    """
    starts = [0, *(at + 1 for at, line in enumerate(lines) if is_title(line, title))]
    blocks = [_longest_block(lines[start:]) for start in starts[-_MOST_TITLES:]]
    enough = max(map(_size, blocks)) / 2
    return next(block for block in reversed(blocks) if _size(block) >= enough)


def _heading_said_twice(lines: list[str]) -> str:
    """Give a line, no prose, that a line shortly after it repeats, as pages do with the title of the one article."""
    for at, line in enumerate(lines):
        heading = len(bare(line)) >= _SHORTEST_HEADING and not _is_prose(line) and not is_boilerplate(line)
        if heading and any(is_title(other, line) for other in lines[at + 1 : at + 4]):
            return line
    return ""


def _size(block: list[str]) -> int:
    """Characters of a block."""
    return sum(map(len, block))


def _longest_block(lines: list[str]) -> list[str]:
    """Give the lines of the longest run of prose, by characters, gaps of dropped lines bridged."""
    blocks: list[list[str]] = [[]]
    gap = 0
    for line in _judged(lines):
        if line is None:
            gap += 1
            continue
        if gap > _BRIDGED:
            blocks.append([])
        blocks[-1].append(line)
        gap = 0
    return max(blocks, key=_size)


def _judged(lines: list[str]) -> list[str | None]:
    """Give each line, or None where it is dropped."""
    seen: set[str] = set()
    judged: list[str | None] = []
    for at, line in enumerate(lines):
        letters = bare(line)
        keep = letters not in seen and not is_boilerplate(line) and (_is_prose(line) or _is_short_speech(lines, at))
        seen.add(letters)
        judged.append(line if keep else None)
    return judged


def _is_prose(line: str) -> bool:
    """Rule 2: it ends like a sentence and is long enough to be one."""
    if _TERMINAL.search(line[-8:]) is None:
        return False
    return len(line.split()) >= _FEWEST_WORDS or len(_WIDE.findall(line)) >= _FEWEST_WIDE


def _is_short_speech(lines: list[str], at: int) -> bool:
    """Rule 2, the exception: a short sentence with prose right before and right after it."""
    if not 0 < at < len(lines) - 1 or _TERMINAL.search(lines[at][-8:]) is None:
        return False
    return _is_prose(lines[at - 1]) and _is_prose(lines[at + 1])


def _title_above(lines: list[str], first: str) -> str:
    """Guess the title: the topmost of the headings right above the article's first line; its deck comes below it."""
    at = lines.index(first)
    title = ""
    for line in reversed(lines[max(0, at - _BRIDGED) : at]):
        if _is_prose(line):
            break
        if not is_boilerplate(line) and (len(line.split()) >= 4 or len(_WIDE.findall(line)) >= 6):
            title = line
    return title
