"""Which stories of other languages may be the same event as one: offered, never merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.match import RuleSet
from digest.match.language.query import Alias
from digest.match.rules.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from digest.match.language.query import Query
    from digest.store.store import Store
    from digest.store.stories import NearStory
    from digest.stories.cluster import Traits
    from digest.values.stories import Story


def related_stories(store: Store, story: Story, aliases: Mapping[str, Sequence[Query]]) -> list[NearStory]:
    """Stories of other languages that may be the same event, the likeliest first.

    Args:
        store: where the stories of those days are.
        story: the one that is looked at.
        aliases: those of the rules: a name that stands for all its spellings is what languages share most.
    """
    from digest.stories.cluster import related  # numpy, which only who looks at stories needs

    near = {each.story: each for each in store.reads.stories_near(story.created)}
    if story.id not in near:
        return []
    named = RuleSet(Rule(name, "", Alias(name, tuple(terms))) for name, terms in aliases.items())
    own = _traits(near.pop(story.id), named)
    return [near[found] for found in related(own, [_traits(each, named) for each in near.values()])]


def _traits(story: NearStory, named: RuleSet) -> Traits:
    from digest.stories.cluster import traits_of

    hit = {match.rule for text in story.texts for match in named.match_entry(text)}
    return traits_of(story.story, story.lang, story.created, [text.title for text in story.texts], hit)
