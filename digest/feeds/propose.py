"""Selectors for a page that has no feed, proposed by what repeats on it.

::

    tree ─▶ elements of one path ─▶ do most hold a title that is a link, each its own? ─▶ where in them do title,
              │                        └ no: a menu, tags, buttons to share with            date and summary stand? ─▶
              └ without footers, menus      more prose beside than in it: an article        short selectors that find
                and sidebars                                                                just these ─▶ the best first

What is proposed was tried on the page: its preview is what `parse_page` reads with it.
"""

from __future__ import annotations

import html
import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import chain
from math import sqrt
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from cssselect import HTMLTranslator
from lxml.cssselect import CSSSelector

from digest.errors import ParseError
from digest.feeds.page import date_in, load_page, parse_page, words_of_element
from digest.values.settings import PageSelectors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from digest.values.news import ParsedFeed

    Element = Any
    """lxml has no types."""

_FEWEST: Final = 4
"""Entries that a list has at least."""
_MOST_PROPOSALS: Final = 5
_PREVIEW: Final = 5
_MOST_ELEMENTS: Final = 20_000
_MOST_GROUPS: Final = 60
"""Of a page, that are looked at closely: the largest."""
_MOST_OF_GROUP: Final = 60
"""Entries of a list by which its selectors are found."""
_SHARE: Final = 0.7
"""Of a list's elements, that are entries: a table has a head, and a list its advertisements."""
_FEW_DATES: Final = 0.6
_SHORTEST_TITLE: Final = 14
"""Letters, on the mean; a wide one counts twice. Menus and tags have shorter words."""
_SHORTEST_SUMMARY: Final = 50
_PROSE: Final = 80
"""Letters of a paragraph that is read, not passed over."""
_ARTICLE: Final = 800
"""Letters of prose that a page may have beside its list, unless the list says more."""

_APART: Final = (
    "nav, footer, aside, form, button, [role=navigation], [role=contentinfo], [role=search], [role=menu], [role=banner]"
)
_APART_NAMES: Final = re.compile(
    r"(?:^|[-_ ])(?:nav|navi|gnb|lnb|snb|navbar|navigation|menu|menus|submenu|footer|foot|breadcrumbs?|crumbs?|side|"
    r"sidebar|pagination|paging|pager|share|sharing|social|sns|cookies?|related|recommend(?:ed|ations)?|trending|popular|"
    r"most-read|ranking|advert\w*|ads?|banner|tags?|tagcloud|languages?|lang|family-?site|skip|search|comments?|calendar)"
    r"(?:$|[-_ \d])",
    re.IGNORECASE,
)
_STATES: Final = frozenset(
    {"odd", "even", "first", "last", "active", "alt", "on", "new", "hot", "notice", "sticky", "top"}
)
"""Classes that say of an element what it is not always."""
_MADE_UP: Final = re.compile(r"\d|^(?:css|sc|jsx|svelte|emotion|styled)-|^_|[a-z][A-Z][a-z]?[A-Z]|[A-Z]{2}[a-z]")
"""Names that a program gave, which are others after its next run."""
_NAME: Final = re.compile(r"-?[A-Za-z_][\w-]*")
_WIDE: Final = re.compile("[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff]")


class PreviewLine(NamedTuple):
    """An entry as it would come."""

    title: str
    """Plain text."""
    link: str
    """Absolute; empty where the page has none that can be followed."""
    published: datetime | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """Selectors by which a page could be read."""

    url: str
    selectors: PageSelectors
    entries: int
    """How many they find."""
    preview: tuple[PreviewLine, ...]
    """The first of these, five at most."""
    lang: str
    """What the page says its language is; or ""."""

    @property
    def table(self) -> dict[str, str]:
        """The keys of the ``[[feed]]`` that reads the page so."""
        keys = ("entry", "title", "link", "date", "summary")
        return {"page": self.url} | {key: text for key in keys if (text := getattr(self.selectors, key))}

    @property
    def toml(self) -> str:
        """The ``[[feed]]`` to be pasted into the config, with a line feed at its end."""
        width = max(map(len, self.table))
        lines = [f"{key:<{width}} = {json.dumps(text, ensure_ascii=False)}" for key, text in self.table.items()]
        return "\n".join(["[[feed]]", *lines, ""])


def propose_selectors(page: bytes, url: str, content_type: str = "") -> tuple[Proposal, ...]:
    """Selectors for the lists of news on a page, the best first; none for a page that has no such list.

    Args:
        page: as it was fetched, decompressed.
        url: where it came from, after redirects.
        content_type: the header that came with it, or "".

    Raises:
        ParseError: it is empty.
    """
    tree = load_page(page, content_type)
    elements = list(tree.iter())  # held, for what stands for an element is another object once nobody holds it
    if len(elements) > _MOST_ELEMENTS:
        return ()
    apart = set(chain.from_iterable(each.iter() for each in _set_apart(tree)))
    prose = _Prose(tree)
    lists = [found for group in _groups(tree, apart) if (found := _list_of(group, prose)) is not None]
    lists.sort(key=lambda each: -each.score)
    proposals: list[Proposal] = []
    seen: list[set[str]] = []
    for each in lists:
        titles = set(each.titles)
        if any(len(titles & other) * 2 > min(len(titles), len(other)) for other in seen):
            continue
        if (proposal := _tried(each, tree, page, url, content_type)) is not None:
            seen.append(titles)
            proposals.append(proposal)
        if len(proposals) == _MOST_PROPOSALS:
            break
    return tuple(proposals)


def _tried(found: _List, tree: Element, page: bytes, url: str, content_type: str) -> Proposal | None:
    """What a list is read by, if that reads the page as it should."""
    entry = _entry_selector(found.members, tree)
    if not entry:
        return None
    parts = {name: _part_selector(found.members, element_of) for name, element_of in found.parts.items()}
    selectors = PageSelectors(entry, **{name: selector for name, selector in parts.items() if selector})
    try:
        feed = parse_page(page, selectors, content_type=content_type, url=url)
    except ParseError:
        return None
    if len(feed.entries) < _FEWEST:
        return None
    return Proposal(url, selectors, len(feed.entries), tuple(_preview(feed)), feed.lang)


def _preview(feed: ParsedFeed) -> Iterator[PreviewLine]:
    for entry in feed.entries[:_PREVIEW]:
        yield PreviewLine(html.unescape(entry.title), entry.link, entry.published)


# --- what repeats ----------------------------------------------------------------------------------------------------


def _set_apart(tree: Element) -> Iterator[Element]:
    """What is no news, by its element or its name: menus, footers, sidebars."""
    yield from CSSSelector(_APART)(tree)
    for each in tree.iter():
        if each.tag in {"html", "body", "main", "article", "a", "td", "tr", "h1", "h2", "h3"}:
            continue
        of_page = all(around.tag not in {"article", "li"} for around in each.iterancestors())
        name = f"{each.get('id') or ''} {each.get('class') or ''}"
        if _APART_NAMES.search(name) or (each.tag == "header" and of_page):
            yield each


def _groups(tree: Element, apart: set[Element]) -> list[list[Element]]:
    """Elements that stand at the same path, with the same classes or whatever their classes; the largest first."""
    by_path: defaultdict[Any, list[Element]] = defaultdict(list)
    paths: dict[Element, tuple[str, ...]] = {}
    body = next(tree.iter("body"), tree)
    for each in body.iter():
        if not isinstance(each.tag, str) or each in apart or each is body:
            continue
        paths[each] = path = (*paths.get(each.getparent(), ()), each.tag)
        by_path[path].append(each)
        by_path[path, frozenset(_classes(each) - _STATES)].append(each)
        by_path[path, each.getparent()].append(each)
    found = {tuple(map(id, group)): group for group in by_path.values() if len(group) >= _FEWEST}
    return sorted(found.values(), key=lambda group: -len(group))[:_MOST_GROUPS]


def _classes(element: Element) -> set[str]:
    return set((element.get("class") or "").split())


# --- a list ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _List:
    """Elements that each hold an entry."""

    members: list[Element]
    titles: list[str]
    parts: Mapping[str, Mapping[Element, Element]]
    """Of title, date and summary, by the member, the element that says it."""
    score: float


def _list_of(group: list[Element], prose: _Prose) -> _List | None:
    """The list that a group of elements is, if it is one."""
    some = group[:_MOST_OF_GROUP]
    titles = {each: title for each in some if (title := _title_of(each)) is not None}
    if len(titles) < max(_FEWEST, _SHARE * len(some)):
        return None
    words = {each: words_of_element(title) for each, title in titles.items()}
    length = sum(map(_letters, words.values())) / len(words)
    own = len(set(words.values()))
    if length < _SHORTEST_TITLE or own < 0.8 * len(words) or prose.beside(group) > max(_ARTICLE, prose.within(group)):
        return None
    dates = _steady(titles, _dates_in)
    summaries = _steady(titles, lambda member: _summaries_in(member, titles[member]))
    links = {_target(title) for title in titles.values()} - {""}
    score = sqrt(min(len(group), 40)) * min(length, 70) * (1.0 if len(links) >= 0.8 * len(words) else 0.5)
    score *= (1.6 if dates else 1.0) * (1.2 if summaries else 1.0) * (1.1 if _has_headings(titles.values()) else 1.0)
    parts = {"title": titles, "date": dates, "summary": summaries}
    return _List(group, list(words.values()), parts, score)


def _title_of(member: Element) -> Element | None:
    """The element that holds the title of an entry: a heading that leads somewhere, else the link that says most."""
    links = [each for each in member.iter("a") if each.get("href")]
    if not links:
        return None
    if (heading := _heading_in(member)) is not None:
        return next((each for each in heading.iter("a") if each in links and words_of_element(each)), heading)
    best = max(links, key=lambda each: _letters(words_of_element(each)))
    if best is member and len(member):  # a link around all of it: its first words may be more than a title
        best = next((each for each in member.iter() if each is not member and _is_line(each)), member)
    return best if words_of_element(best) else None


def _heading_in(member: Element) -> Element | None:
    for heading in member.iter("h1", "h2", "h3", "h4", "h5", "h6", "strong", "dt"):
        letters = _letters(words_of_element(heading))
        if letters >= (_SHORTEST_TITLE if heading.tag in _MAY_BE_A_HEADING else 1):
            return heading
    return None


_MAY_BE_A_HEADING: Final = frozenset({"strong", "dt"})


def _is_line(element: Element) -> bool:
    """Whether an element is a line of its own that could be a title."""
    own = (element.text or "").strip()
    return bool(own) and _letters(words_of_element(element)) >= _SHORTEST_TITLE and date_in(element) is None


def _target(title: Element) -> str:
    """Where a title leads, as the page writes it; empty for nowhere that could be followed."""
    around = chain([title], title.iter("a"), title.iterancestors("a"))
    href = next((each.get("href").strip() for each in around if each.tag == "a" and each.get("href")), "")
    return "" if href.startswith(("#", "javascript:", "mailto:")) else href


def _dates_in(member: Element) -> Iterator[Element]:
    """The elements in an entry that are nothing but a date."""
    for each in member.iter():
        if each is member or each.tag == "a":
            continue
        if (each.tag == "time" or not len(each) or len(words_of_element(each)) < 40) and date_in(each) is not None:
            yield each


def _summaries_in(member: Element, title: Element) -> Iterator[Element]:
    """The elements in an entry that say more than its title."""
    within = set(title.iterancestors()) | set(title.iter())
    for each in member.iter("p", "div", "span", "dd"):
        plain = each not in within and all(child.tag in _INLINE for child in each.iter() if child is not each)
        if plain and _letters(words_of_element(each)) >= _SHORTEST_SUMMARY:
            yield each


_INLINE: Final = frozenset(
    {"a", "b", "br", "em", "i", "strong", "span", "small", "mark", "q", "sup", "sub", "u", "wbr"}
)


def _steady(members: Iterable[Element], found_in: Callable[[Element], Iterator[Element]]) -> dict[Element, Element]:
    """What is found at the same place in most entries, by the entry; nothing where no place is steady."""
    places: defaultdict[tuple[str, ...], dict[Element, Element]] = defaultdict(dict)
    members = list(members)
    for member in members:
        for each in found_in(member):
            places[_place(each, member)].setdefault(member, each)
    best = max(places.values(), key=len, default={})
    return best if len(best) >= _FEW_DATES * len(members) else {}


def _place(element: Element, member: Element) -> tuple[str, ...]:
    """The tags, and the own classes, from an entry down to an element in it; in a row with the number of the cell."""
    steps = []
    while element is not member:
        parent = element.getparent()
        name = ".".join([element.tag, *sorted(_classes(element) - _STATES)])
        steps.append(f"{name}:{parent.index(element)}" if element.tag in {"td", "th"} else name)
        element = parent
    return tuple(reversed(steps))


def _has_headings(titles: Iterable[Element]) -> bool:
    return all(
        any(
            re.fullmatch("h[1-6]", around.tag)
            for around in chain([each], each.iterancestors())
            if isinstance(around.tag, str)
        )
        for each in titles
    )


def _letters(words: str) -> int:
    """How much some words say, in letters of an alphabet."""
    return len(words) + len(_WIDE.findall(words))


class _Prose:
    """The paragraphs of a page that are read, not passed over."""

    def __init__(self, tree: Element) -> None:
        self._lengths: dict[Element, int] = {}
        for each in tree.iter("p", "blockquote"):
            words = words_of_element(each)
            in_links = sum(len(words_of_element(link)) for link in each.iter("a"))
            if _letters(words) >= _PROSE and in_links * 2 < len(words):
                self._lengths[each] = _letters(words)

    def within(self, members: Sequence[Element]) -> int:
        """Letters of prose, and of all else, in some elements."""
        return sum(_letters(words_of_element(each)) for each in members)

    def beside(self, members: Sequence[Element]) -> int:
        """Letters of prose that stand in none of some elements."""
        inside = set(members)
        return sum(
            length
            for each, length in self._lengths.items()
            if each not in inside and not any(around in inside for around in each.iterancestors())
        )


# --- selectors -------------------------------------------------------------------------------------------------------


def _entry_selector(members: list[Element], tree: Element) -> str:
    """The shortest selector that finds just some elements of a page; empty where none does."""
    wanted = set(members)
    return next((each for each in _entry_candidates(members) if _finds(each, tree) == wanted), "")


def _entry_candidates(members: list[Element]) -> Iterator[str]:
    """Selectors that may find some elements: by their own class, by what is around them, by all that is between."""
    own, scopes = _own_selectors(members), _scopes(members)
    yield from (each for each in own if "." in each)
    yield from (f"{before} {each}" for before in _around(members[0], scopes) for each in own)
    yield from own


def _around(member: Element, scopes: list[tuple[Element, str]]) -> Iterator[str]:
    """What may stand before the selector of an element: somewhere inside, a child, all the way down."""
    yield from (scope for _, scope in scopes if "." in scope or "#" in scope)
    yield from (f"{scope} >" for _, scope in scopes)
    yield from (f"{scope}{_steps_between(member, top)} >" for top, scope in scopes)


def _scopes(members: list[Element]) -> list[tuple[Element, str]]:
    """What is around all of some elements, the nearest first, with each of its own selectors."""
    shared = set.intersection(*(set(one.iterancestors()) for one in members))
    around = [each for each in members[0].iterancestors() if each in shared and each.tag != "html"]
    return [(top, scope) for top in around for scope in _own_selectors([top])]


def _steps_between(element: Element, top: Element) -> str:
    """What stands between an element and one around it, from the outside in, as steps of a selector."""
    above = list(element.iterancestors())
    return "".join(f" > {each.tag}" for each in reversed(above[: above.index(top)]))


def _own_selectors(elements: Sequence[Element]) -> list[str]:
    """Selectors of one step that some elements have in common, the one that says most first."""
    tags = {each.tag for each in elements}
    if len(tags) > 1:
        return []
    (tag,) = tags
    shared = set.intersection(*map(_classes, elements)) - _STATES
    names = sorted(
        (each for each in shared if _NAME.fullmatch(each)), key=lambda each: (bool(_MADE_UP.search(each)), len(each))
    )
    ids = {each.get("id") or "" for each in elements}
    named = [f"#{each}" for each in ids if len(elements) == 1 and _NAME.fullmatch(each) and not _MADE_UP.search(each)]
    return [
        *named,
        *(f"{tag}.{each}" for each in names if not _MADE_UP.search(each)),
        tag,
        *(f"{tag}.{each}" for each in names if _MADE_UP.search(each)),
    ]


def _part_selector(members: list[Element], element_of: Mapping[Element, Element]) -> str:
    """The shortest selector whose first find in most entries is the element that is wanted; empty where none is."""
    if not element_of:
        return ""
    some = [member for member in members if member in element_of]
    tally: Counter[str] = Counter()
    for member in some[:_FEWEST]:
        tally.update(_part_candidates(element_of[member], member))
    ranked = sorted(tally, key=lambda each: (-tally[each], "nth-child" in each, each.count(" "), len(each)))
    for selector in ranked:
        find = CSSSelector(selector, translator=HTMLTranslator())
        right = sum(next(iter(find(member)), None) is element_of[member] for member in some)
        if right >= 0.9 * len(some):
            return selector
    return ""


def _part_candidates(element: Element, member: Element) -> set[str]:
    """Selectors that may find an element from the entry it is in."""
    own = _own_selectors([element])
    found = {each for each in own if not each.startswith("#")}
    around = element
    while around is not member and around.getparent() is not member and around.getparent() is not None:
        around = around.getparent()
        found |= {
            f"{scope} {each}" for scope in _own_selectors([around]) if not scope.startswith("#") for each in own[:2]
        }
    if around is not member and around.getparent() is not None and around.tag in {"td", "th", "div", "span", "p", "dd"}:
        cell = f"{around.tag}:nth-child({around.getparent().index(around) + 1})"
        found.add(cell if around is element else f"{cell} {element.tag}")
    return found


def _finds(selector: str, tree: Element) -> set[Element]:
    return set(CSSSelector(selector, translator=HTMLTranslator())(tree))
