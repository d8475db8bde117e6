"""What a feed's unseen entries say: cleaned, folded, matched, summarised. Runs in a parser child.

::

    parsed entry ─▶ clean ─▶ fold ─▶ match ─▶ summarise ─▶ facts
                                       └ no rule hit: facts all the same, for searches and rules to come

Every step is a core function; this module only hands one's result to the next. Nothing is decided here: what becomes
of a match is decided where it is stored, in ``store.alerts``. Whatever of this a feed makes slow ends its child.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from digest.feeds.markup import marked_text
from digest.match import FOLD_VERSION, fold_entry
from digest.stories.evidence import changes
from digest.text import LONGEST_NAME, bounded, clean_line, html_to_text, safe_link
from digest.values.news import EntryEdit, EntryText, NewEntry, TextMark

if TYPE_CHECKING:
    from digest.match import RuleSet
    from digest.values.news import Identity, KeptEntry, Match, ParsedEntry

# No entry is as long as this but by mistake or malice, and one may not hold up all others, nor fill a chat.
_LONGEST_TITLE = 1_000  # characters; of the other one-line fields too
LONGEST_TEXT = 500_000  # a long novel
_MOST_TAGS = 100
_HITS_OF_A_TERM = 50  # of one rule in one entry that are kept: enough to mark and to summarise by
_HITS_OF_AN_ENTRY = 1_000  # of all rules; those that come after keep one of each term


@dataclass(frozen=True, slots=True)
class Source:
    """What the entries of a feed carry of it."""

    name: str = ""
    lang: str = ""
    """Of an entry that names none."""
    tags: tuple[str, ...] = ()
    """Beside an entry's own."""
    tier: str = ""


def feed_title(markup: str) -> str:
    """A feed's own title as one clean line; what is no name any more is cut off."""
    return bounded(clean_line(html_to_text(markup)), LONGEST_NAME)


def entry_facts(
    entry: ParsedEntry, identity: Identity, source: Source, rules: RuleSet, *, told: bool = True
) -> NewEntry:
    """What one entry says, and which rules hit it; without sentences for that where nobody may be told of it."""
    lines, of_summary, of_content = _text_and_spans(entry, source)
    text = _on_one_line(lines)
    folded = fold_entry(lines)
    matches: list[Match] = []
    left = _HITS_OF_AN_ENTRY
    for match in rules.match_entry(lines, folded):
        matches.append(few_hits(match, _HITS_OF_A_TERM if left > 0 else 1))
        left -= len(matches[-1].hits)
    facts = NewEntry(
        identity=identity,
        url=safe_link(entry.link),
        text=text,
        published=entry.published,
        folded=folded,
        fold_version=FOLD_VERSION,
        matches=tuple((match, ()) for match in matches),
        summary_spans=of_summary,
        content_spans=of_content,
    )
    return summarised(facts) if matches and told else facts


def summarised(facts: NewEntry) -> NewEntry:
    """The same with the sentences that show what each rule found."""
    from digest.stories.summarise import Summariser  # much to load, and most documents match nothing

    summariser = Summariser(facts.text)
    return replace(facts, matches=tuple((match, summariser.summary(match.hits)) for match, _ in facts.matches))


def entry_edit(
    entry: ParsedEntry, identity: Identity, source: Source, kept: KeptEntry, rules: RuleSet
) -> EntryEdit | None:
    """What an entry that matched says otherwise now, and which rules match that; ``None``: the same."""
    lines = _text_and_spans(entry, source)[0]
    changed = changes(kept.texts, kept.known, _on_one_line(lines))
    if not changed:
        return None
    matched = frozenset(match.rule for match in rules.match_entry(lines, fold_entry(lines)))
    return EntryEdit(identity.key, changed, matched)


def entry_text(entry: ParsedEntry, source: Source) -> EntryText:
    """The plain text of an entry, cleaned once and for all; a title is one line.

    What goes on beyond all measure is cut off, and ends in an ellipsis.
    """
    return _on_one_line(_text_and_spans(entry, source)[0])


def _on_one_line(text: EntryText) -> EntryText:
    """A text whose title is shown on one line; what parts its lines parts phrases, so it is matched before."""
    return replace(text, title=text.title.replace("\n", " ")) if "\n" in text.title else text


_Spans = tuple[TextMark, ...]


def _text_and_spans(entry: ParsedEntry, source: Source) -> tuple[EntryText, _Spans, _Spans]:
    """The same with the lines of its title, and with what its summary and its content are beside their words."""
    tags = [bounded(clean_line(tag), _LONGEST_TITLE) for tag in (*entry.tags[:_MOST_TAGS], *source.tags)]
    summary, of_summary = marked_text(entry.summary, entry.link)
    content, of_content = marked_text(entry.content, entry.link)
    text = EntryText(
        title=bounded(html_to_text(entry.title), _LONGEST_TITLE),
        summary=bounded(summary, LONGEST_TEXT),
        content=bounded(content, LONGEST_TEXT),
        source=source.name,
        lang=bounded(clean_line(entry.lang), _LONGEST_TITLE) or source.lang,
        author=bounded(clean_line(entry.author), _LONGEST_TITLE),
        tags=tuple(dict.fromkeys(tag for tag in tags if tag)),
        tier=source.tier,
    )
    return text, kept_spans(of_summary, text.summary), kept_spans(of_content, text.content)


def kept_spans(spans: _Spans, text: str) -> _Spans:
    """Those that lie in a text that may have been cut off."""
    return tuple(span for span in spans if span.end <= len(text))


def few_hits(match: Match, most: int = _HITS_OF_A_TERM) -> Match:
    """A match with the first hits of each of its terms: a word that stands there 100,000 times matches no better."""
    seen: Counter[str] = Counter()
    kept = []
    for hit in match.hits:
        seen[hit.term] += 1
        if seen[hit.term] <= most:
            kept.append(hit)
    return replace(match, hits=tuple(kept))
