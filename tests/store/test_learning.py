"""What the store knows that rules can learn from: missed reports, and what became of alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from digest.values.stories import Answered
from tests.cli.conftest import CONFIG
from tests.fakes.learning import DAY, NOW, LearningDesk, learning_desk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RULES = '[[rule]]\nid = "quakes"\nany = ["quake"]\n\n[[rule]]\nid = "floods"\nany = ["flood"]\n'


@pytest.fixture
def newsroom(tmp_path: Path) -> Iterator[LearningDesk]:
    """A store with two feeds and two rules."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "r.toml").write_text(RULES, encoding="utf-8")
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    with learning_desk(tmp_path) as store:
        yield LearningDesk(store, tmp_path)


def test_missed_is_what_no_rule_found_in_stories_that_alerted(newsroom: LearningDesk) -> None:
    """A report that another rule found is not missed; nor one in a story of no alert, or that came before."""
    first = newsroom.brings("Quake in Meridia", came=NOW - 2 * DAY)
    old = newsroom.brings("Tremor in Meridia", story=first, came=NOW - 2 * DAY)
    late = newsroom.brings("Tremor shakes Meridia", story=first)
    other = newsroom.brings("Flood after tremor in Meridia", story=first)
    newsroom.brings("Tremor in the markets")
    second = newsroom.brings("Quake in Kestria")
    found = newsroom.store.learning.missed(NOW - 5 * DAY)
    assert (found["quakes"].reports, found["quakes"].known) == ({old, late}, {first, old, late, other, second})
    assert (found["floods"].reports, found["floods"].known) == ({old, late}, {first, old, late, other})
    since = newsroom.store.learning.missed(NOW - DAY)
    assert (since["quakes"].reports, since["floods"].reports) == (set(), {late})  # only the flood alerted since then
    assert newsroom.store.learning.missed(NOW - 5 * DAY, "floods").keys() == {"floods"}


def test_answered_tells_what_a_reader_made_of_each_alert(newsroom: LearningDesk) -> None:
    """Read, starred, or in a story that is starred or followed."""
    ids = [newsroom.brings(f"Quake number {number}", came=NOW - DAY) for number in range(5)]
    newsroom.brings("Quake long ago", came=NOW - 9 * DAY)
    newsroom.read(ids[1])
    newsroom.star(ids[2])
    newsroom.follow(ids[3])
    newsroom.star_story(ids[4])
    found = newsroom.store.learning.answered(NOW - 2 * DAY)["quakes"]
    assert found == [
        Answered(entry, NOW - DAY, read=number == 1, picked=number > 1) for number, entry in enumerate(ids)
    ]
    assert newsroom.store.learning.answered(NOW - 2 * DAY, "floods") == {}
