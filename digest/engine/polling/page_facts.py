"""What the page of an article says: extracted, matched, summarised, compared. Runs in a parser child.

::

    page ─▶ extract ─▶ no article, or less than the feed gives ─▶ why, in plain words: the feed's own text serves
                │
                ├─▶ match again by the rules that found its entry ─▶ summarise, each showing why
                └─▶ was read before ─▶ what it says otherwise
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from digest.engine.polling.facts import LONGEST_TEXT, few_hits, kept_spans
from digest.feeds.encoding import to_utf8
from digest.match import fold_entry
from digest.stories.evidence import change_of
from digest.stories.extract import article_text
from digest.stories.obstacles import PageProblem, page_problem
from digest.stories.summarise import Summariser
from digest.text import bounded, clean_line, html_to_text, quoted
from digest.values.news import EntryText, Hit, PageFacts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digest.engine.polling.parser_frames import PageQuestion
    from digest.match import RuleSet
    from digest.stories.extract import Article

NO_ARTICLE: Final = "there is no article on the page"
LESS: Final = "the page gives less text than the feed"
"""Why an article is not taken: most likely it ends at a paywall."""
_MEDIA: Final = re.compile(r"\s*(?:text/(?:html|plain|xml)|application/(?:xhtml\+xml|xml))\s*(?:;|$)", re.IGNORECASE)
_CHARSET: Final = re.compile(r"charset\s*=", re.IGNORECASE)
_PLACES: Final = 50
"""Of a word in an article, that are looked at."""
_IS_PAGE: Final = re.compile(r"<(?:!doctype html|html|head|body)\b", re.IGNORECASE)
_IS_PAGE_WITHIN: Final = 2_000
_TITLE: Final = re.compile(r"<title[^>]{0,200}>(.{0,500}?)</title>", re.IGNORECASE | re.DOTALL)
_OBSTACLE: Final = 200_000
"""Bytes of a page that are looked at for what it wants of its reader."""
_OBSTACLES: Final = {
    PageProblem.CHALLENGE: "the site answers with a page that asks for proof that a person is reading",
    PageProblem.CONSENT: "the site answers with a page that asks for consent to cookies",
    PageProblem.DENIED: "the site answers with a page that refuses access",
    PageProblem.MISSING: "the site answers with a page that says there is no such page",
    PageProblem.READERS_ONLY: "the site answers with a page that asks its readers to log in or subscribe",
}


def page_facts(asked: PageQuestion, rules: RuleSet) -> PageFacts:
    """What a page says, and what its entry's rules make of that."""
    if asked.content_type and not _MEDIA.match(asked.content_type):
        return PageFacts(problem=f"the address leads to no page, but to {quoted(asked.content_type, 60)}")
    body = to_utf8(asked.body, asked.content_type) if _CHARSET.search(asked.content_type) else asked.body
    article = article_text(body, title=asked.text.title, url=asked.url)
    text = bounded(article.text, LONGEST_TEXT)
    found = PageFacts(article.title, text, kept_spans(article.spans, text), method=article.method)
    if problem := _problem(article, asked):
        return replace(found, text="", spans=(), problem=problem)
    page = replace(asked.text, summary="", content=found.text)
    matches = (
        {match.rule: few_hits(match) for match in rules.match_entry(page, fold_entry(page))} if asked.found else {}
    )
    summariser = Summariser(page)
    shown = {
        rule: matches[rule].hits if rule in matches else tuple(_places(page, words))
        for rule, words in asked.found.items()
    }
    return replace(
        found,
        # A summary that shows nothing of what a rule found would not say why it alerted: the feed's own says it.
        summaries={rule: summariser.summary(hits) for rule, hits in shown.items() if hits},
        rules=frozenset(matches),
        change=change_of("page", asked.before, found.text, known=asked.known, lang=page.lang) if asked.before else None,
    )


def obstacle(body: bytes, content_type: str) -> str:
    """What a page wants of its reader that came in the place of a feed, in plain words; empty where it is none."""
    page = to_utf8(body, content_type)[:_OBSTACLE].decode("utf-8", "ignore")
    if not _IS_PAGE.search(page[:_IS_PAGE_WITHIN]):
        return ""
    title = _TITLE.search(page)
    problem = page_problem(clean_line(html_to_text(title[1])) if title else "", html_to_text(page))
    return "" if problem is None else _OBSTACLES[problem]


def _problem(article: Article, asked: PageQuestion) -> str:
    """Why an article is not taken, in plain words; empty where it is."""
    told = article.problem or ""
    if told or not article.text or (article.method == "whole" and asked.found):  # a user may name any text
        return told or NO_ARTICLE
    return LESS if len(article.text) < max(len(asked.text.summary), len(asked.text.content)) else ""


def _places(page: EntryText, words: Sequence[str]) -> Iterator[Hit]:
    """Where words that a rule found in the feed's text stand in the article, as they are written there."""
    for name in ("title", "content"):
        text = getattr(page, name)
        for word in dict.fromkeys(filter(None, words)):
            for found in islice(re.finditer(re.escape(word), text), _PLACES):
                yield Hit(name, found.start(), found.end(), word, word)
