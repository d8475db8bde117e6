"""Stored entries in bulk: each once, whatever the page, and folded text only where it is of today's folding."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from digest.match import FOLD_VERSION
from digest.store.entries import Archive
from tests.fakes.seeding import commit
from tests.store.conftest import MINUTE, NOW, entry, polled

if TYPE_CHECKING:
    from digest.store import Store


@pytest.mark.parametrize("count", [0, 1, 1999, 2000, 2001])
def test_every_entry_once(store: Store, count: int) -> None:
    """Pages leave nothing out and repeat nothing."""
    made = [replace(entry(f"{n}"), fold_version=FOLD_VERSION) for n in range(count)]
    commit(store, [polled(*made)], NOW)
    pages = list(Archive(store.database).folded())
    assert [text for page in pages for _, text in page] == [f"folded {n}" for n in range(count)]
    whole = [(text.title, text.tags, folded) for page in Archive(store.database).texts() for _, text, folded in page]
    assert whole == [(f"북한 {n}", ("a", "b"), f"folded {n}") for n in range(count)]
    ids = [number for page in pages for number, _ in page]
    assert [each.folded for each in Archive(store.database).entries(ids)] == [f"folded {n}" for n in range(count)]


def test_text_folded_by_another_version_is_not_given(store: Store) -> None:
    """Whoever asks must fold it anew."""
    old, new = entry("old"), replace(entry("new"), fold_version=FOLD_VERSION)
    commit(store, [polled(replace(old, fold_version=FOLD_VERSION - 1), new)], NOW)
    assert [text for page in Archive(store.database).folded() for _, text in page] == ["", "folded new"]


def test_only_what_came_since(store: Store) -> None:
    """Entries first seen then or later; by the clock, which may have been set back between."""
    for minute in (0, 2, 1, 3):
        commit(store, [polled(entry(f"{minute}"))], NOW + minute * MINUTE)
    archive = Archive(store.database, NOW + 2 * MINUTE)
    ids = [number for page in archive.folded() for number, _ in page]
    assert [each.url[-1] for each in archive.entries(ids)] == ["2", "3"]


def test_the_newest_and_the_oldest(store: Store) -> None:
    """As many as asked for, in full, the newest first; and when the first of all came, if there is one."""
    archive = Archive(store.database)
    assert (archive.newest(2), archive.oldest()) == ([], None)
    for minute in (1, 2, 3):
        commit(store, [polled(entry(f"{minute}"))], NOW + minute * MINUTE)
    assert [each.url[-1] for each in archive.newest(2)] == ["3", "2"]
    assert archive.oldest() == NOW + MINUTE
