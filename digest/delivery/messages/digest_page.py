"""A digest as one web page, in a single file: it reads well on a phone, in the dark and on paper, and loads nothing.

Nothing that a feed wrote is markup in it: all texts are escaped, only web addresses are links, and a policy in its head
forbids scripts, images and whatever else the page itself does not hold.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from digest.delivery.media.markup import is_web
from digest.delivery.messages import digest_words as words
from digest.text import join_sentences
from digest.words import iso

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.values.messages import DigestDocument, DigestGroup, DigestLine

_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1b1b1b; --soft: #5f5f5f; --line: #dadada; --link: #0b4f9e; --paper: #fff }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e6e6; --soft: #a3a3a3; --line: #3c3c3c; --link: #8fbcf5; --paper: #161616 }
}
* { box-sizing: border-box }
body {
  margin: 0 auto; max-width: 42rem; padding: 1.25rem 1rem 3rem; color: var(--ink); background: var(--paper);
  font: 1.0625rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere;
  -webkit-text-size-adjust: 100%; text-size-adjust: 100%
}
header { border-bottom: 2px solid var(--ink); padding-bottom: .75rem }
header p { margin: 0; color: var(--soft) }
h1 { font-size: 1.75rem; line-height: 1.2; margin: .1rem 0 .3rem }
h2 { font-size: 1.125rem; margin: 2.25rem 0 0; padding-bottom: .3rem; border-bottom: 1px solid var(--line) }
h2 small { font-size: .8125rem; font-weight: normal; color: var(--soft); margin-left: .35rem }
article { padding: .9rem 0 .2rem }
article + article { border-top: 1px solid var(--line) }
h3 { font-size: 1.125rem; line-height: 1.3; margin: .1rem 0 .3rem }
article p { margin: .3rem 0 }
.at, .by, .more { font-size: .875rem; color: var(--soft) }
.by b { color: var(--ink) }
.note { border-left: 3px solid var(--line); padding-left: .75rem; white-space: pre-line }
a { color: var(--link); text-decoration-thickness: 1px; text-underline-offset: .15em }
h3 a { color: inherit; text-decoration: none }
h3 a:hover, h3 a:focus { text-decoration: underline }
@media print {
  :root { --ink: #000; --soft: #444; --line: #bbb; --link: #000; --paper: #fff }
  @page { margin: 18mm }
  body { max-width: none; padding: 0; font-size: 10.5pt }
  h2, h3 { break-after: avoid }
  article { break-inside: avoid }
  h3 a[href]::after {
    content: " " attr(href); display: block; font-size: 8pt; font-weight: normal; color: var(--soft)
  }
}
"""
_POLICY: Final = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-"
    + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    + "'"
)
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


def digest_page(document: DigestDocument) -> str:
    """The whole page; the same document makes the same bytes."""
    return "\n".join(_page(document)) + "\n"


def _page(document: DigestDocument) -> Iterator[str]:
    date = f"{document.until.astimezone(ZoneInfo(document.timezone)):%Y-%m-%d}"
    yield "<!doctype html>"
    yield '<html lang="en">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="referrer" content="no-referrer">'
    yield '<meta name="color-scheme" content="light dark">'
    yield f"<title>{_text(words.name(document))}, {_text(words.day(document))}</title>"
    yield f"<style>{_STYLE}</style>"
    yield "</head>"
    yield "<body>"
    yield "<header>"
    yield f'<p><time datetime="{date}">{_text(words.day(document))}</time></p>'
    yield f"<h1>{_text(words.name(document))}</h1>"
    yield f"<p>{_text(words.counts(document))}</p>"
    yield "</header>"
    yield "<main>"
    for group in document.groups:
        yield from _section(group, document)
    yield "</main>"
    yield "</body>"
    yield "</html>"


def _section(group: DigestGroup, document: DigestDocument) -> Iterator[str]:
    glyph, name, severity = words.label(group)
    yield "<section>"
    if name:
        yield f'<h2><span aria-hidden="true">{glyph}</span> {_text(name)} <small>{severity}</small></h2>'
    for line in group.lines:
        yield from _article(line, document)
    if left := words.more(group):
        yield f'<p class="more">{_text(left)}</p>'
    yield "</section>"


def _article(line: DigestLine, document: DigestDocument) -> Iterator[str]:
    language = f' lang="{line.lang}"' if _LANGUAGE.fullmatch(line.lang) else ""
    yield "<article>"
    yield f'<p class="at"><time datetime="{iso(line.time)}">{_text(words.time(line, document))}</time></p>'
    yield f'<h3 dir="auto"{language}>{_link(words.title(line), line.url)}</h3>'
    if line.sentences:
        yield f'<p dir="auto"{language}>{_text(join_sentences(words.sentences(line)))}</p>'
    if line.note:
        yield f'<p class="note" dir="auto">{_text(line.note)}</p>'
    voices = ", ".join(f"<bdi>{_link(words.source_name(each) or each.url, each.url)}</bdi>" for each in line.sources)
    if by := " · ".join(part for part in (*(f"<b>{_text(each)}</b>" for each in words.changes(line)), voices) if part):
        yield f'<p class="by">{by}</p>'
    for said, other in words.besides(line):
        headline = f"<bdi>{_link(words.beside_it(other), other.url)}</bdi>"
        yield f'<p class="by">{_text(said)}{headline}</p>'
    yield "</article>"


def _text(text: str) -> str:
    """Text as it stands in a page; half of a surrogate pair, which no file can hold, is a question mark."""
    return html.escape(text.encode("utf-8", "replace").decode())


def _link(text: str, url: str) -> str:
    return f'<a href="{_text(url)}" rel="noopener noreferrer">{_text(text)}</a>' if is_web(url) else _text(text)
