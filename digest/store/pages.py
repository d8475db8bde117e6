"""What the dashboard's pages ask of the store: each a few short reads of narrow rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from digest.store.corrections import corrections_of
from digest.store.schema import entries, stars
from digest.values.stories import story_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from digest.store.people import Mute
    from digest.store.store import Store
    from digest.values.messages import Alert, Correction
    from digest.values.stories import Story


@dataclass(frozen=True, slots=True)
class StoryDetail:
    """All that the page of a story shows, but for those that may be related."""

    story: Story
    alerts: tuple[Alert, ...]
    """What was told of it, oldest first."""
    corrections: Mapping[int, Correction]
    """Of its reports' headlines, by the ids of their entries."""
    langs: Mapping[int, str]
    """Of its reports, likewise."""
    starred: frozenset[int]
    """The ids of its starred entries; all of them where the story is."""
    mute: Mute | None


def story_detail(store: Store, story: int, now: datetime) -> StoryDetail | None:
    """A story in full; ``None`` if there is none of this id."""
    found = store.reads.story(story)
    if found is None:
        return None
    with store.database.read() as connection:
        ids = [report.entry for report in found.reports]
        of_it = select(entries.c.id, entries.c.lang).where(entries.c.story_id == story)
        langs = {row.id: row.lang for row in connection.execute(of_it)}
        corrections = corrections_of(connection, ids)
        picked = set(connection.execute(select(stars.c.entry_id)).scalars())
        whole = connection.execute(select(stars.c.id).where(stars.c.story_id == story)).first()
    starred = frozenset(ids) if whole else picked.intersection(ids)
    mute = store.mutes.of(story_name(story), now)
    alerts = tuple(store.reads.alerts_about(story=story))
    return StoryDetail(found, alerts, corrections, langs, frozenset(starred), mute)
