"""What messages are told of stories and of headlines that were changed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, insert

from digest.store.corrections import corrections_of
from digest.store.schema import evidence
from digest.values.messages import Correction
from tests.fakes.newsroom import Newsroom
from tests.store.conftest import NOW

if TYPE_CHECKING:
    from digest.store import Store

EPOCH = datetime.fromtimestamp(0, UTC)


def changed(before: str, after: str, **more: object) -> dict[str, Any]:
    """A change of a title."""
    return {"at": 0, "field": "title", "before": before, "after": after, **more}


@pytest.mark.parametrize(
    ("changes", "correction"),
    [
        ([], None),
        ([changed("A", "B")], Correction("A", "B", at=EPOCH)),
        (
            [changed("A", "B", matches=True), changed("B", "C", matches=False)],
            Correction("A", "C", matches=False, at=EPOCH),
        ),
        ([changed("A", "B", matches=False), changed("B", "A", matches=True)], None),
        ([changed("A", "")], None),
        ([{"at": 0, "field": "content", "before": "A", "after": "B", "matches": False}], None),
    ],
)
def test_all_changes_of_a_headline_are_one(
    store: Store, changes: list[dict[str, Any]], correction: Correction | None
) -> None:
    """From what matched to what stands there now; one that was taken back is none."""
    news = Newsroom(store, lambda: NOW, channels=())
    entry = news.report(news.story(), "Example")
    row = {"entry_id": entry, "at": NOW, "sha256": "", "text": "", "changes": changes}
    with store.database.write() as (connection, _):
        connection.execute(delete(evidence))
        connection.execute(insert(evidence).values(row))
        found = corrections_of(connection, [entry])
    assert found == ({} if correction is None else {entry: correction})


def test_a_story_is_read_with_its_reports(store: Store) -> None:
    """Oldest first, each with its publisher and tier; its sources are the first report of each publisher."""
    news = Newsroom(store, lambda: NOW, channels=(), tiers={"Reuters": "A"})
    story = news.story()
    for outlet in ("Example", "Reuters", "Example"):
        news.report(story, outlet)
    found = store.reads.story(story)
    assert found is not None
    assert [(report.entry, report.publisher, report.tier) for report in found.reports] == [
        (1, "Example", ""),
        (2, "Reuters", "A"),
        (3, "Example", ""),
    ]
    assert [report.entry for report in found.sources] == [1, 2]
    assert store.reads.story(99) is store.reads.story(0) is store.reads.story(1 << 70) is None
